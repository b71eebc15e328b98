#!/usr/bin/env python3
"""Validates JSON files: validate_schema.py SCHEMA FILE...   ("-" reads standard input)

Exit code 0: all valid; 1: at least one is not, each error on a line; 2: could not look.
Needs python3-jsonschema (Debian 12: 4.10).
"""
import json
import sys

try:
    import jsonschema
except ImportError:
    print("validate_schema.py: no module jsonschema: apt-get install python3-jsonschema", file=sys.stderr)
    sys.exit(2)


def load(path):
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as file:
        return json.load(file)


def errors(validator, path):
    try:
        document = load(path)
    except ValueError as error:
        return [f"{path}: is not JSON: {error}"]
    return [f"{path}: {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(document)]


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    schema = load(arguments[0])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    found = [line for path in arguments[1:] for line in errors(validator, path)]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
