"""The walk that every Python client takes through a guard: what it is offered, the four decisions, a response
scan, a tool that is not there, and a gateway that is gone. Never how a client spells any of it.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCENARIO = json.loads((Path(__file__).parent / "scenario.json").read_text())
SCANS = {scan["decision"]: scan for scan in SCENARIO["scans"]}
RESPONSE = SCENARIO["response"]

# How the guard is launched; `check.py` has put the recording relay in front of it.
COMMAND, *ARGUMENTS = json.loads(os.environ["GUARD_COMMAND"])
ENVIRONMENT = {name: value for name, value in os.environ.items() if name.startswith("INTERVEN_") or name == "PATH"}


@dataclass
class Answer:
    """What a client made of a `tools/call` result."""

    is_error: bool
    structure: Any
    text: str


def stop_gateway():
    """Has `check.py` stop the gateway, and waits until it is gone."""
    print("stop the gateway", flush=True)
    assert sys.stdin.readline().strip() == "stopped"


def check_verdict(scan, verdict):
    assert verdict["decision"] == scan["decision"], verdict
    assert verdict["reason_codes"] == scan.get("reason_codes", []), verdict
    assert verdict["trace_id"], verdict
    if scan["decision"] == "SANITIZE":
        assert verdict["sanitized_body"] == scan["sanitized_body"], verdict
    if scan["decision"] == "REQUIRE_APPROVAL":
        assert verdict["approval_id"] and verdict["approval_url"].startswith("http"), verdict


async def walk(instructions, tools, about, call, refusal):
    """`tools()` gives names, `about()` a text, `call(name, arguments)` an Answer; `refusal(error)` gives the
    JSON-RPC code of an exception that the client raised, or None where it was for something else."""
    assert "interven_scan" in (instructions or ""), "the instructions name the tool"
    assert set(await tools()) >= {"interven_scan", "interven_scan_response"}
    assert "interven_scan" in await about(), "interven://about tells what to do"

    traces = {}
    for decision, scan in SCANS.items():
        answer = await call("interven_scan", scan["arguments"])
        assert not answer.is_error, answer
        assert json.loads(answer.text) == answer.structure, "text and structure agree"
        check_verdict(scan, answer.structure)
        traces[decision] = answer.structure["trace_id"]
    assert len(set(traces.values())) == len(traces), "every scan has a trace of its own"

    arguments = {"response_body": RESPONSE["body"], "response_status": RESPONSE["status"]}
    seen = await call("interven_scan_response", {"trace_id": traces["ALLOW"]} | arguments)
    assert not seen.is_error and seen.structure["content_fingerprint"], seen

    try:
        answer = await call("interven_nothing", {})
    except Exception as error:
        assert refusal(error) == -32602, repr(error)
    else:
        raise AssertionError(f"a tool that is not there answered: {answer}")

    stop_gateway()
    failed = await call("interven_scan", SCANS["ALLOW"]["arguments"])
    assert failed.is_error and failed.structure is None, failed
    assert "gateway" in failed.text and "ALLOW" not in failed.text, failed
