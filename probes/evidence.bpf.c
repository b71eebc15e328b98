// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The split, with looks at what the loop thread does while an iteration grows old: the tier "stacks". */
#include "look_asleep.bpf.h"
#include "look_running.bpf.h"
#include "split.bpf.h"
