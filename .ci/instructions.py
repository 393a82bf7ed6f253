"""How many instructions each pure path takes, held to benches/instructions.json.

Usage: instructions.py [--renew]. Counts them under Valgrind, and exits 1 with a line for each path that takes
more than is written down and a twentieth, or of which one of the two sides knows nothing. `--renew` writes
down what was counted instead: do so in the change that means it, and say there what was gained or paid.

Counts do not depend on how busy or fast a machine is. They depend on the compiler, which rust-toolchain.toml
pins, and a little on the processor: the C library copies and compares memory by what it can do, and the seed of
a hash table moves a few hundred instructions. The twentieth is for those two.

Needs `valgrind`, and `gungraun-runner` of the library's version, found in GUNGRAUN_RUNNER or the path.
"""

import json
import pathlib
import subprocess
import sys

LIMITS = pathlib.Path(__file__).parent.parent / "benches/instructions.json"
MARGIN = 1.05


def counted():
    command = ["cargo", "bench", "--locked", "-p", "guard-benches", "--bench", "instructions", "--", "--output-format=json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"cannot count: `{' '.join(command)}` ended with {done.returncode}")
    counts = {}
    for line in done.stdout.splitlines():
        summary = json.loads(line)
        [profile] = [profile for profile in summary["profiles"] if profile["tool"] == "Callgrind"]
        counts[f"{summary['function_name']}/{summary['id']}"] = profile["data"]["total"]["metrics"]["Ir"]["values"]["new"]
    return counts


def main(arguments):
    counts = counted()
    if arguments == ["--renew"]:
        LIMITS.write_text(json.dumps(counts, indent=2) + "\n", encoding="utf-8")
        print(f"{len(counts)} counts are written down in {LIMITS.name}")
        return False
    known = json.loads(LIMITS.read_text(encoding="utf-8"))
    faults = []
    for path in sorted(known.keys() | counts.keys()):
        was, now = known.get(path), counts.get(path)
        if was is None or now is None:
            faults.append(f"{path}: {'not written down' if was is None else 'not counted'}")
            continue
        change = now / was - 1
        print(f"{path:20} {now:>12,} {change:+7.1%}{'  could be renewed' if change < -0.05 else ''}")
        if now > was * MARGIN:
            faults.append(f"{path}: {now:,} instructions, {change:.1%} more than the {was:,} that are written down")
    for fault in faults:
        print(fault)
    return bool(faults)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--renew"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
