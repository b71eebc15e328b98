"""What scripts/bench is made of; its --help says what it measures."""
