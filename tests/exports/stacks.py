"""The formats of stacks: folded, speedscope, pprof."""
import gzip
import json
import pathlib
import re
import subprocess
import unicodedata

import jsonschema

from expected import check, equal

HERE = pathlib.Path(__file__).resolve().parent
FOLDED = re.compile(r"(?P<stack>[^;\n]+(?:;[^;\n]+)*) (?P<weight>[0-9]+)")
SECOND_NUMBER = re.compile(r"\s[0-9]+(\.[0-9]*)?$")


def check_folded(path, expected):
    """As flamegraph.pl and inferno read it: the last word is the weight, and there is no second number before it."""
    total = 0
    text = path.read_bytes().decode("utf-8")
    stacks = set()
    for line in text.split("\n")[:-1]:
        match = FOLDED.fullmatch(line)
        check(match, f"no folded stack: {line[:200]!r}")
        check(not SECOND_NUMBER.search(match["stack"]), f"reads like two weights: {line[-80:]!r}")
        check(not any(unicodedata.category(c) in ("Cc", "Cf") for c in line), f"controls in {line[:200]!r}")
        check(match["stack"] not in stacks, f"twice: {line[:200]!r}")
        stacks.add(match["stack"])
        total += int(match["weight"])
    check(text == "" or text.endswith("\n"), "the last line has no end")
    equal(total, (expected.ns + 500) // 1000, "microseconds in all")


def check_speedscope(path, expected):
    document = json.loads(path.read_text(encoding="ascii"))
    jsonschema.validate(document, json.loads((HERE / "speedscope.schema.json").read_text()))
    frames, profiles = document["shared"]["frames"], document["profiles"]
    check(document["activeProfileIndex"] < len(profiles), "the active profile exists")
    for profile in profiles:
        equal(len(profile["samples"]), len(profile["weights"]), "weights of a profile")
        equal(sum(profile["weights"]), profile["endValue"] - profile["startValue"], "the profile's length")
        check(all(i < len(frames) for sample in profile["samples"] for i in sample), "a frame that is not there")
    equal(sum(profiles[0]["weights"]), expected.ns, "all loops together")
    equal(sum(sum(p["weights"]) for p in profiles[1:]), expected.ns, "all loops one by one")


def decoded(path):
    """Of protoc's text: samples as (values, {label: text}), and all numbers of each field by its path."""
    binary = gzip.decompress(path.read_bytes())
    text = subprocess.run(["protoc", f"-I{HERE}", "--decode=Profile", "pprof.proto"], input=binary, check=True,
                          capture_output=True)
    check(not text.stderr, text.stderr.decode()[:300])
    fields, open_messages = [], []
    for line in text.stdout.decode().splitlines():
        line = line.strip()
        if line == "}":
            fields.append((tuple(open_messages), "end", None))
            open_messages.pop()
        elif line.endswith("{"):
            open_messages.append(line[:-2])
        else:
            name, value = line.split(": ", 1)
            check(name.isidentifier(), f"an unknown field: {line[:100]}")
            fields.append((tuple(open_messages), name, value))
    return fields


def check_pprof(path, expected):
    fields = decoded(path)
    strings = [value for where, name, value in fields if name == "string_table"]
    equal(strings[0], '""', "string 0")
    in_samples = [(name, int(value)) for where, name, value in fields if where == ("sample",) and name != "end"]
    values = [value for name, value in in_samples if name == "value"]
    equal((sum(values[0::2]), sum(values[1::2])), (expected.stalls, expected.ns), "stalls and nanoseconds")
    locations = {int(v) for where, name, v in fields if where == ("location",) and name == "id"}
    functions = {int(v) for where, name, v in fields if where == ("function",) and name == "id"}
    check({value for name, value in in_samples if name == "location_id"} <= locations, "a location that is not there")
    check({int(v) for _, name, v in fields if name == "function_id"} <= functions, "a function that is not there")
    texts = [int(v) for _, name, v in fields if name in ("key", "str", "name", "system_name", "filename", "type", "unit")]
    check(all(0 <= i < len(strings) for i in texts), "a string that is not there")
    if values:
        labels = {strings[int(v)] for where, name, v in fields if where == ("sample", "label") and name == "key"}
        check({'"cause"', '"thread"'} <= labels, f"labels are {labels}")
