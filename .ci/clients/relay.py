"""Stands between a client and its guard and writes down what crosses, bytes unchanged.

Usage: relay.py FOLDER COMMAND...

The client launches this in place of the guard. Each process writes FOLDER/<n>.jsonl, one JSON object an
event: its guard's process id, each line with who wrote it, and at last the guard's exit code. A line is
written down before it is passed on, so nobody's answer stands above what it answers.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path


def recording(folder):
    """The next free file of the folder; a client may start more than one process."""
    for number in range(1, 100):
        try:
            return (folder / f"{number}.jsonl").open("x", encoding="utf-8")
        except FileExistsError:
            continue
    raise RuntimeError("the client started a hundred processes")


def pump(source, target, write_down):
    """Passes bytes on until the source ends, each line noted when it is complete."""
    rest = b""
    while chunk := os.read(source, 1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            write_down(line)
        view = memoryview(chunk)
        while view:
            view = view[os.write(target, view) :]
    if rest:
        write_down(rest, cut=True)


def main():
    # Some clients close stdin and send TERM at once. The guard is to be seen ending by itself, so it hears only
    # of the first; whoever waits for it in vain kills this process, and `check.py` finds what is left.
    signal.signal(signal.SIGTERM, lambda *_: None)
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    file, lock = recording(folder), threading.Lock()

    def note(**event):
        with lock:
            file.write(json.dumps(event) + "\n")
            file.flush()

    def lines_of(who):
        return lambda line, **more: note(who=who, line=line.decode(errors="backslashreplace"), **more)

    guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    note(pid=guard.pid)

    def from_client():
        try:
            pump(0, guard.stdin.fileno(), lines_of("client"))
        except BrokenPipeError:
            note(broken="the guard reads no more")
        guard.stdin.close()

    outputs = [
        threading.Thread(target=pump, args=(guard.stdout.fileno(), 1, lines_of("guard"))),
        threading.Thread(target=pump, args=(guard.stderr.fileno(), 2, lines_of("stderr"))),
    ]
    for thread in [threading.Thread(target=from_client, daemon=True), *outputs]:
        thread.start()
    for thread in outputs:
        thread.join()
    code = guard.wait()
    note(exit=code)
    sys.stdout.flush()
    os._exit(code if code >= 0 else 128 - code)  # the thread that reads stdin may still wait there


if __name__ == "__main__":
    main()
