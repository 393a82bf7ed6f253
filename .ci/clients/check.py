"""Runs a client that we did not write against a guard and a mock gateway, and checks what crossed.

Usage: check.py [--write] GUARD GATEWAY NAME COMMAND...

NAME is CLIENT-OPENING, where OPENING is how the client is to open, `initialize` or `discover`; it is
COMMAND's last argument, too. The client checks what it understood. What crossed is held against the protocol,
and against transcripts/NAME.txt; --write writes that file anew.
"""

import argparse
import difflib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from transcript import MODERN, Session, text

HERE = Path(__file__).resolve().parent
KEY = "iv_test_5d1c0ffee9canary"
VERSIONS = {"initialize": ("initialize", "2025-11-25"), "discover": ("server/discover", MODERN)}
PATIENCE = 60  # seconds for one client; each takes two or three


@contextmanager
def gateway(program):
    """A mock gateway on a free port, and its address."""
    command = [program, "--listen", "127.0.0.1:0", "--key", KEY]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process, process.stdout.readline().split()[-1]
    finally:
        stop(process)


def stop(process):
    process.terminate()
    assert process.wait(timeout=10) == 0, "the gateway ends cleanly on a signal"


def environment(guard, url, folder):
    """All that the client sees of the outside: no proxies, no certificates, a HOME that is empty."""
    home = folder / "home"
    home.mkdir()
    relay = [sys.executable, "-I", str(HERE / "relay.py"), str(folder), guard]
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GUARD_COMMAND": json.dumps(relay),
        "INTERVEN_API_KEY": KEY,
        "INTERVEN_GATEWAY_URL": url,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def play(command, guard, program, folder):
    """Lets the client walk, stopping the gateway when it asks for that; returns the gateway's address."""
    with gateway(program) as (mock, url):
        client = subprocess.Popen(
            command,
            env=environment(guard, url, folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        timer = threading.Timer(PATIENCE, os.killpg, [client.pid, signal.SIGKILL])
        timer.start()
        try:
            for line in client.stdout:
                print(f"  {line}", end="")
                if line == "stop the gateway\n":
                    stop(mock)
                    print("stopped", file=client.stdin)
                    client.stdin.close()
            code = client.wait()
        finally:
            timer.cancel()
        assert code == 0, f"the client ended with {code}, and says why above"
        return url


def nothing_left(sessions):
    """Kills what is still there, and says so."""
    left = [session.pid for session in sessions if session.exit is None and alive(session.pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, f"guards outlived their client: {left}"


def alive(pid):
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"  # dead, and nobody has asked how


def compare(path, now):
    before = path.read_text() if path.exists() else ""
    diff = list(difflib.unified_diff(before.splitlines(), now.splitlines(), "kept", "now", lineterm="", n=2))
    changes = "\n".join(diff)
    assert not diff, f"{path.name} is another; --write keeps the new one, if it is right\n{changes}"


def check(options):
    opening = options.name.rpartition("-")[2]
    method, version = VERSIONS[opening]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        try:
            url = play([*options.command, opening], str(Path(options.guard).resolve()), options.gateway, folder)
        finally:
            sessions = [Session(path) for path in sorted(folder.glob("*.jsonl"))]
            nothing_left(sessions)
    assert sessions, "the client started no guard"
    assert sessions[0].opening() == method, f"the client opened with {sessions[0].opening()}"
    for session in sessions:
        session.check(version, KEY)
    now, kept = text(sessions, url), HERE / "transcripts" / f"{options.name}.txt"
    if options.write:
        kept.write_text(now)
    compare(kept, now)
    requests = sum("id" in message for session in sessions for message in session.sent("client"))
    print(f"{options.name}: {requests} requests in MCP {version}, {time.monotonic() - began:.1f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep this transcript")
    parser.add_argument("guard", metavar="GUARD")
    parser.add_argument("gateway", metavar="GATEWAY")
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("command", metavar="COMMAND", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        check(options)
    except AssertionError as error:
        sys.exit(f"{options.name}: {error}")


if __name__ == "__main__":
    main()
