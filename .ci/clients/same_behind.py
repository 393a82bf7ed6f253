"""Runs a client on a server directly and behind our guard, and checks that it saw the same both times.

Usage: same_behind.py GUARD GATEWAY CLIENT... -- SERVER...

CLIENT gets the command of what it is to start as its last arguments, and prints what it saw, one line each.
The gateway allows everything, and must have been asked about every call.
"""

import difflib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from check import KEY, stop

PATIENCE = 60  # seconds for one run; each takes about ten
CLOCK = re.compile(r"\b\d{1,2}:\d\d:\d\d( [AP]M)?")
MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z")
UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
TASK = re.compile(r"\b[0-9a-f]{32}\b")
BLOB = re.compile(r'("blob":"UmVzb3VyY2Ug)[^"]*')  # a text of the server's with the time of day, in base64
LOGGED = re.compile(r'\{"level":"\w+","data":"\w+[- ]level[- ]message"\}')  # one of eight, by chance


def normal(line):
    """A line without times and what is random."""
    for pattern, name in ((CLOCK, "CLOCK"), (MOMENT, "MOMENT"), (UUID, "UUID"), (TASK, "TASK"), (LOGGED, "LOGGED")):
        line = pattern.sub(name, line)
    return BLOB.sub(r"\1", line)


def watch(client, command, environment):
    run = subprocess.run([*client, *command], env=environment, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
    lines = [normal(line) for line in run.stdout.splitlines()]
    assert run.returncode == 0, f"the client ended with {run.returncode}: {lines[-3:]}"
    # A notification may come before or after the answer next to it: who saw it is compared, not when.
    told = [line for line in lines if line.startswith("told ")]
    return [line for line in lines if line not in told] + sorted(told)


def main():
    guard, gateway, *rest = sys.argv[1:]
    client, server = rest[: rest.index("--")], rest[rest.index("--") + 1 :]
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "NODE_PATH") if name in os.environ}
    direct = watch(client, server, environment)
    command = [gateway, "allow", "--listen", "127.0.0.1:0", "--key", KEY]
    mock = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = mock.stdout.readline().split()[-1]
        # `env` takes the variables no further than the guard, whose child must see what it sees without it.
        secrets = [f"INTERVEN_API_KEY={KEY}", f"INTERVEN_GATEWAY_URL={url}"]
        proxied = watch(client, ["env", *secrets, str(Path(guard).resolve()), "proxy", "--", *server], environment)
    finally:
        stop(mock)
    diff = list(difflib.unified_diff(direct, proxied, "direct", "behind the guard", lineterm="", n=0))
    assert not diff, "not the same behind the guard:\n" + "\n".join(line[:2000] for line in diff)
    calls = sum(line.startswith("tools/call ") for line in direct)
    assert calls > 0, f"the client called nothing: {json.dumps(direct)[:500]}"
    print(f"{len(direct)} lines the same behind the guard, {calls} calls among them")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(str(error))
