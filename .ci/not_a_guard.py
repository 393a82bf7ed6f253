"""The suite on a real MCP server that is no guard: red, with every failure saying what was missing.

Usage: not_a_guard.py GUARD_CONFORMANCE COMMAND...
"""

import json
import subprocess
import sys

# What any decent MCP server does, guard or not; who asks no gateway trusts no bad certificate either.
DECENT = {
    "config/no-key-no-allow",
    "fail-open/tls",
    "failure/redirect-downgrade",
    "failure/tls-expired",
    "failure/tls-untrusted",
    "failure/tls-wrong-host",
    "mcp/instructions",
    "mcp/introduction",
    "mcp/ping",
    "mcp/resource-unknown",
    "mcp/tool-name-exact",
    "mcp/version-echoed",
    "mcp/version-fallback",
    "response/arguments-missing",
    "scan/arguments-missing",
    "security/bad-call-not-logged",
    "security/key-with-line-break",
    "stdio/eof-at-once",
    "stdio/eof-with-hung-work",
    "stdio/unterminated-line",
    "verdict/allow-respelled",
    "verdict/denial-respelled",
}


def main():
    program, command = sys.argv[1], sys.argv[2:]
    run = subprocess.run(
        [program, "run", "--json", "-", "--", *command], stdout=subprocess.PIPE, timeout=600, check=False
    )
    assert run.returncode == 1, f"exit code {run.returncode}, not 1"
    report = json.loads(run.stdout)
    for result in report["results"]:
        case, outcome = result["case"], result["outcome"]
        if outcome == "pass":
            assert case.startswith("standing/") or case in DECENT, f"{case} passed on what is no guard"
            continue
        if outcome == "not-applicable":  # asked only of who speaks another version
            continue
        assert outcome in ("fail", "warning"), f"{case}: {outcome}"
        assert result["findings"], f"{case} is red without a finding"
        for finding in result["findings"]:
            assert finding["expected"] and all(seen["what"] for seen in finding["seen"]), (case, finding)
        assert f"--case {case}" in result["rerun"], result["rerun"]
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report["summary"]["counts"])
    print(f"{report['run']['subject']} is no guard: {counts}")


if __name__ == "__main__":
    main()
