"""The GitHub action's scripts as a runner starts them: a release is installed by its checksum or not at all, and
a run leaves its reports, its outputs and its exit code.

Usage: action.py GUARD_CONFORMANCE MCP_GUARD FAULTY_GUARD
"""

import hashlib
import io
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tarfile
import tempfile

ACTION = pathlib.Path(__file__).resolve().parent.parent / ".github/actions/guard-conformance"
TARGET = "x86_64-unknown-linux-musl"
VERSION = "v9.8.7"
ARCHIVE = f"guard-conformance-{VERSION}-{TARGET}.tar.gz"


class Runner:
    """What GitHub gives a step: files to write to, and an environment."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        for file in self.files.values():
            file.touch()

    def step(self, script, **inputs):
        environment = {name: str(file) for name, file in self.files.items()}
        environment |= {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(self.folder)}
        environment |= {
            name if name.isupper() else f"GUARD_CONFORMANCE_{name.upper()}": value for name, value in inputs.items()
        }
        done = subprocess.run(
            [ACTION / script], cwd=self.folder, env=environment, text=True, capture_output=True, timeout=300, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def outputs(self):
        return dict(line.split("=", 1) for line in self.files["GITHUB_OUTPUT"].read_text().splitlines())

    def summary(self):
        return self.files["GITHUB_STEP_SUMMARY"].read_text()


def release(runner, sums=None):
    """A release of one small program, and the inputs that lead to it."""
    folder = runner.folder / f"OWNER/NAME/releases/download/{VERSION}"
    folder.mkdir(parents=True)
    program = b"#!/bin/sh\necho guard-conformance 9.8.7\n"
    member = tarfile.TarInfo(f"{ARCHIVE.removesuffix('.tar.gz')}/guard-conformance")
    member.size, member.mode = len(program), 0o755
    with tarfile.open(folder / ARCHIVE, "w:gz") as archive:
        archive.addfile(member, io.BytesIO(program))
    digest = hashlib.sha256((folder / ARCHIVE).read_bytes()).hexdigest()
    (folder / "SHA256SUMS").write_text(sums(digest) if sums else f"{digest}  {ARCHIVE}\n{digest}  other.tar.gz\n")
    return {
        "GITHUB_SERVER_URL": f"file://{runner.folder}",
        "RUNNER_OS": "Linux",
        "RUNNER_ARCH": "X64",
        "repository": "OWNER/NAME",
        "version": VERSION,
    }


def installs():
    runner = Runner()
    code, log = runner.step("install/install.sh", **release(runner))
    assert code == 0, log
    folder = pathlib.Path(runner.files["GITHUB_PATH"].read_text().strip())
    assert (folder / "guard-conformance").is_file(), folder

    for what, sums in {
        "is not the file that was released": lambda digest: f"{digest[::-1]}  {ARCHIVE}\n",
        "does not name": lambda digest: f"{digest}  other-{ARCHIVE}\n",
    }.items():
        runner = Runner()
        code, log = runner.step("install/install.sh", **release(runner, sums))
        assert code == 3 and what in log, log
        assert runner.files["GITHUB_PATH"].read_text() == "", "what was not verified is on the PATH"

    for change, what in [
        ({"version": "main"}, "must name a release"),
        ({"version": "v1.2.3/../../other"}, "must name a release"),
        ({"version": "v1.2.3"}, "cannot download SHA256SUMS"),
        ({"RUNNER_OS": "Windows", "RUNNER_ARCH": "ARM64"}, "no release for Windows on ARM64"),
    ]:
        runner = Runner()
        code, log = runner.step("install/install.sh", **(release(runner) | change))
        assert code == 3 and what in log, (change, log)


def runs(program, guard, faulty):
    runner = Runner()
    code, log = runner.step("run.sh", binary=program, command=f"'{guard}'", case="scan/deny scan/all*", summary="true")
    assert (code, runner.outputs()) == (0, {"result": "passed", "passed": "2", "failed": "0"}), (log, runner.outputs())
    reports = {file.name for file in (runner.folder / "guard-conformance-report").iterdir() if file.stat().st_size}
    assert reports == {"report.json", "report.junit.xml", "report.md", "report.html"}, reports
    assert runner.summary() == (runner.folder / "guard-conformance-report/report.md").read_text() != ""

    # A guard that fails; and what it prints is no command to the runner.
    runner = Runner()
    code, log = runner.step(
        "run.sh", binary=program, command=f"{faulty} --sin reasons-trimmed", case="scan/deny scan/allow", reports="out"
    )
    assert (code, runner.outputs()) == (1, {"result": "failed", "passed": "1", "failed": "1"}), (log, runner.outputs())
    assert (runner.folder / "out/report.json").is_file() and runner.summary() == ""
    token = re.match(r"::stop-commands::([0-9a-f]{32})\n", log)
    assert token and log.split("\n::" + token[1] + "::\n")[1:], log
    assert re.findall(r"(?m)^::.*", log) == [f"::stop-commands::{token[1]}", f"::{token[1]}::"], log

    # Inputs are words; none of them is a program.
    runner = Runner()
    code, log = runner.step("run.sh", binary=program, command="$(touch owned) `touch owned` ; touch owned")
    assert code == 3 and runner.outputs()["result"] == "could-not-run", (code, log)
    code, log = runner.step("run.sh", binary=program, manifest="x.yaml\n::set-output name=result::passed")
    assert code == 2 and runner.outputs()["result"] == "bad-input", (code, log)
    assert not (runner.folder / "owned").exists()

    for inputs, due, what in [
        ({}, (2, "bad-input"), "the guard is missing"),
        ({"command": guard, "manifest": "guard.yaml"}, (2, "bad-input"), "not both"),
        ({"command": "guard 'open"}, (2, "bad-input"), "a quote without its end"),
        ({"command": guard, "strict": "yes"}, (2, "bad-input"), "strict is true or false"),
        ({"command": guard, "edition": "x --seed 1"}, (2, "bad-input"), "--edition"),
        ({"command": guard, "case": "no/such"}, (4, "nothing-selected"), ""),
        ({"command": guard, "case": "scan/deny", "partition": "2/2"}, (4, "nothing-selected"), ""),
    ]:
        runner = Runner()
        code, log = runner.step("run.sh", binary=program, **inputs)
        assert (code, runner.outputs()["result"]) == due and what in log, (inputs, code, log)
        assert "passed" not in runner.outputs(), "counts of what was not run"


def hands_over(python):
    """Every input arrives as the words that it means, and a text in the report is not taken for its counts."""
    runner = Runner()
    lies = '"summary":{"counts":[["pass",99]]'
    report = {"results": [lies], "summary": {"counts": [["pass", 7], ["known-failure", 2], ["fail", 3]], "stale": [lies]}}
    (runner.folder / "report.json").write_text(json.dumps(report, indent=2))
    program = runner.folder / "program"
    program.write_text(
        f"#!{python}\nimport json, shutil, sys\n"
        "json.dump(sys.argv[1:], open('argv', 'w'))\nshutil.copy('report.json', 'r/report.json')\n"
    )
    program.chmod(0o755)
    code, log = runner.step(
        "run.sh", binary=str(program), manifest="my guard.yaml", setup="true", case="scan/* 'policy/{a,b}'", profile="load",
        edition="2", mcp="2026-07-28\n2025-11-25", strict="true", partition="2/5", reports="r",
    )  # fmt: skip
    assert code == 0, log
    argv = json.loads((runner.folder / "argv").read_text())
    assert argv == [
        *("run", "--json", "r/report.json", "--junit", "r/report.junit.xml"),
        *("--markdown", "r/report.md", "--html", "r/report.html"),
        *("--case=scan/*", "--case=policy/{a,b}", "--mcp=2026-07-28", "--mcp=2025-11-25", "--profile=load"),
        *("--edition=2", "--partition=2/5", "--strict", "--setup", "--manifest=my guard.yaml"),
    ], argv
    assert runner.outputs() == {"result": "passed", "passed": "7", "failed": "3"}, runner.outputs()
    code, log = runner.step("run.sh", binary=str(program), command="node 'a b.js' --x=\"{upstream}\" -- $HOME", reports="r")
    assert json.loads((runner.folder / "argv").read_text())[9:] == [
        *("--", "node", "a b.js", "--x={upstream}", "--", "$HOME")
    ], log


def main():
    program, guard, faulty = (os.path.abspath(path) for path in sys.argv[1:])
    assert platform.system() == "Linux", "the archive of the test is one for Linux"
    installs()
    hands_over(sys.executable)
    runs(program, guard, faulty)
    print("the action installs what was released, and ends as the suite does")


main()
