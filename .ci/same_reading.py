"""What the guard accepts reads the same everywhere: every line of the corpus that it serves is read by
serde_json, Python's json and Node's JSON.parse, each as it comes, and compared with what the guard reads.

Usage: same_reading.py READINGS, the binary of guard-fuzz.

All three hold numbers as doubles. Where that loses something the line is counted under a known kind and
named; everything else that differs is an error. So is a kind that is never met: then nothing was compared.
"""

import io
import json
import re
import subprocess
import sys
from collections import defaultdict
from decimal import Decimal, InvalidOperation
from pathlib import Path

NUMBER = re.compile(r"d:[^,}\]]+")
KINDS = ("digits lost", "infinity", "sign of zero lost", "number refused")


def string(text):
    return "s:" + ".".join(f"{ord(letter):x}" for letter in text)


def reading(value):
    if value is None:
        return "n"
    if isinstance(value, bool):
        return f"b:{str(value).lower()}"
    if isinstance(value, (int, float)):
        return f"d:{value!r}"
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list):
        return "[" + ",".join(map(reading, value)) + "]"
    return "{" + ",".join(sorted(f"{string(key)}={reading(item)}" for key, item in value.items())) + "}"


def python(line):
    try:
        # Universal newlines, as sys.stdin has them.
        lines = io.TextIOWrapper(io.BytesIO(line), encoding="utf-8", newline=None).read().removesuffix("\n").split("\n")
        return reading(json.loads(lines[0])) if len(lines) == 1 else "!several lines"
    except (ValueError, RecursionError):
        return "!"


def exact(text):
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def is_huge(number):
    return abs(float(number[2:])) == float("inf")


def difference(ours, theirs):
    """The kinds of what differs between two numbers; None where they have nothing to do with each other."""
    ours, theirs = ours[2:], theirs[2:].lower().replace("infinity", "inf")
    if float(ours) != float(theirs):
        # Without `float_roundtrip` serde_json's last place is not exact.
        near = abs(float(ours) - float(theirs)) <= abs(float(ours)) * 2**-51
        return "digits lost" if near else None
    if abs(float(ours)) == float("inf") and theirs.lstrip("-") == "inf":
        return "infinity"
    if float(ours) == 0 and ours.startswith("-") != theirs.startswith("-"):
        return "sign of zero lost"
    return "" if exact(ours) is not None and exact(ours) == exact(theirs) else "digits lost"


def compare(ours, theirs):
    """The kinds of what differs; None where something else differs than numbers may."""
    if NUMBER.sub("d", ours) != NUMBER.sub("d", theirs):
        return None
    kinds = [difference(*pair) for pair in zip(NUMBER.findall(ours), NUMBER.findall(theirs))]
    return None if None in kinds else set(kinds) - {""}


def main():
    told = subprocess.run([sys.argv[1]], capture_output=True, check=True).stdout
    seeds = [json.loads(line) for line in told.splitlines()]
    script = str(Path(__file__).with_suffix(".cjs"))
    lines = "\n".join(seed["line"] for seed in seeds)
    node = subprocess.run(["node", script], input=lines, capture_output=True, check=True, text=True).stdout.splitlines()
    assert len(node) == len(seeds) > 100, "a line is missing"
    served, errors, known, unlike = 0, [], defaultdict(list), []
    for seed, by_node in zip(seeds, node):
        readers = {"serde_json": seed["serde_json"] or "!", "python": python(bytes.fromhex(seed["line"])), "node": by_node}
        if seed["gate"] == "refuses":
            read = [name for name, theirs in readers.items() if not theirs.startswith("!")]
            unlike += [f"{seed['path']} ({', '.join(read)})"] if read else []
            continue
        served += 1
        for name, theirs in readers.items():
            if theirs == "!" and any(map(is_huge, NUMBER.findall(seed["guard"]))):
                known[name, "number refused"].append(seed["path"])
                continue
            kinds = None if theirs.startswith("!") else compare(seed["guard"], theirs)
            if kinds is None:
                errors.append(f"{seed['path']}: {name} reads {theirs}\n  the guard reads {seed['guard']}")
            for kind in kinds or ():
                known[name, kind].append(seed["path"])
    print(f"{served} lines are served and read by three others, {len(seeds) - served} are refused")
    for (name, kind), paths in sorted(known.items()):
        print(f"known, {name}, {kind}: " + ", ".join(path.rsplit("/", 1)[1].removesuffix(".json") for path in paths))
    print(f"refused, and read by some: {len(unlike)}\n  " + "\n  ".join(unlike))
    missing = [kind for kind in KINDS if not any(kind == met for _, met in known)]
    if errors or missing:
        sys.exit("\n".join(errors + [f"never met: {kind}" for kind in missing]))


main()
