"""Takes the guided tour: types every command and key of mock-gateway/TOUR.md at real terminals, and compares
what they show with what the page says they do.

Usage: tour.py MOCK-GATEWAY MCP-GUARD, which are started at the ports that the page names. UPDATE_PUBLISHED=1 writes
what was shown into the page.

On the page, a block ```console is your terminal, and ```console first the gateway's. A line `$ ` is a command, the
others are what was shown since; `…` alone stands for any lines. A key in <kbd> is typed at the terminal of the last
block. All is compared but colours and what VARYING names: ids come from the scenario's seed, and are no exception.
"""

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import time
from difflib import unified_diff
from pathlib import Path

PAGE = Path(__file__).parent.parent / "mock-gateway/TOUR.md"
PATIENCE = 20
QUIET = 2
UPDATE = bool(os.environ.get("UPDATE_PUBLISHED"))
PROMPT = "[tour] "
# Colours, and what a line showed before it was cleared.
UNSEEN = re.compile(r"[^\n]*\r\x1b\[2K|\x1b\[[\d;]*m")
# What differs from run to run: points in time, times of day, minutes that are left, and where the guard lies.
VARYING = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d\d:\d\d:\d\d\b|\b\d?\d:\d\d\b|/[\w./-]+(?=/mcp-guard\b)")
PARTS = re.compile(r"^```console(?P<which>.*)\n(?P<lines>(?s:.*?))^```$|<kbd>(?P<key>.*?)</kbd>", re.MULTILINE)
KEYS = {"Ctrl+C": "\x03"}


class Terminal:
    """A shell at a terminal, and all that it has shown."""

    def __init__(self, environment):
        self.shown, self.taken = "", 0
        child, self.end = pty.fork()
        if not child:
            # Nothing is echoed: what was typed stands on the page.
            subprocess.run(["stty", "-echo", "cols", "100"], check=True)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], environment)
        os.set_blocking(self.end, False)
        self.wait(self.is_idle)
        self.lines()

    def type(self, text):
        os.write(self.end, text.encode())

    def wait(self, fits, patience=PATIENCE):
        """Reads until it fits, or patience ends."""
        started = time.monotonic()
        while not fits() and time.monotonic() - started < patience:
            try:
                self.shown += os.read(self.end, 65536).decode(errors="replace").replace("\r\n", "\n")
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                break
        return fits()

    def is_idle(self):
        return self.shown.endswith(PROMPT)

    def rest(self):
        """The lines that no block has shown yet."""
        return UNSEEN.sub("", self.shown[self.taken :]).replace(PROMPT, "").splitlines()

    def lines(self):
        """Those lines, now shown; the last one stays open while it can change."""
        lines, self.taken = self.rest(), self.shown.rfind("\n") + 1
        return lines


class Tour:
    def __init__(self, environment):
        self.environment, self.terminals, self.faults = environment, {}, []

    def take(self, part):
        """What this part of the page should be."""
        if part["key"]:
            self.terminal.type(KEYS.get(part["key"], part["key"]))
            return part[0]
        which = part["which"].strip()
        if which not in self.terminals:
            self.terminals[which] = Terminal(self.environment)
        self.terminal, page = self.terminals[which], []
        *steps, last = re.split(r"^(?=\$ )", part["lines"], flags=re.MULTILINE)
        for step in filter(None, steps):
            page += self.step(step.splitlines(), True)
        page += self.step(last.splitlines(), False)
        return f"```console{part['which']}\n" + "".join(f"{line}\n" for line in page) + "```"

    def step(self, lines, ends):
        """One command and what follows; only another one after it waits for its end."""
        typed = [line for line in lines[:1] if line.startswith("$ ")]
        said, terminal = lines[len(typed) :], self.terminal
        for command in typed:
            self.settle(terminal)
            terminal.type(f"{command[2:]}\n")
            terminal.shown += "\n"
            terminal.taken = len(terminal.shown)
        if UPDATE:
            terminal.wait(terminal.is_idle, PATIENCE if ends else QUIET)
        # What comes after a fault is often its fruit, and not worth long waiting.
        elif not terminal.wait(
            lambda: same(said, terminal.rest()) and (not ends or terminal.is_idle()), QUIET if self.faults else PATIENCE
        ):
            pages, shown = list(map(plain, said)), list(map(plain, terminal.rest()))
            self.faults.append("\n".join(typed + list(unified_diff(pages, shown, "the page", "shown", lineterm=""))))
        return typed + renewed(said, terminal.lines())

    def settle(self, terminal):
        """A shell that takes the next command, and has shown no more than the page."""
        if not terminal.wait(terminal.is_idle):
            sys.exit(f"the page types at a terminal that is busy; it shows:\n{terminal.shown[-2000:]}")
        more = [line for line in terminal.lines() if line]
        if more:
            self.faults.append("\n".join(["shown, and not on the page:", *more]))


def plain(line):
    return VARYING.sub("~", line.rstrip())


def around(said):
    """How many lines stand before and after those that are left out; None where all are there."""
    return (said.index("…"), len(said) - said.index("…") - 1) if "…" in said else None


def same(said, shown):
    said, shown = [plain(line) for line in said], [plain(line) for line in shown]
    if not (parts := around(said)):
        return said == shown
    before, after = parts
    return len(shown) >= before + after and said == shown[:before] + ["…"] + shown[len(shown) - after :]


def renewed(said, shown):
    if same(said, shown):
        return said
    if not (parts := around(said)):
        return [line.rstrip() for line in shown]
    before, after = parts
    return shown[:before] + ["…"] + shown[len(shown) - after :]


def main():
    with tempfile.TemporaryDirectory() as folder:
        for program in sys.argv[1:]:
            shutil.copy(program, folder)
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        environment = kept | {"HOME": folder, "PS1": PROMPT, "TERM": "xterm", "NO_COLOR": "1"}
        environment["PATH"] = f"{folder}:{environment['PATH']}"
        os.chdir(folder)
        page, tour = PAGE.read_text(), Tour(environment)
        due = PARTS.sub(tour.take, page)
        for terminal in tour.terminals.values():
            tour.settle(terminal)
    if UPDATE:
        PAGE.write_text(due)
    elif tour.faults:
        sys.exit("\n\n".join([*tour.faults, "run this again with UPDATE_PUBLISHED=1"]))
    print(f"{len(re.findall(r'^[$] ', page, re.MULTILINE))} commands show what the page says")


main()
