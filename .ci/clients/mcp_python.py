"""The official Python client drives a guard against a standalone mock gateway.

Usage: mcp_python.py GUARD GATEWAY

Walks through the four decisions of the gateway's default scenario and a response scan. The client
itself checks every structured result against the schema that the guard advertises.
"""

import asyncio
import json
import os
import subprocess
import sys
from contextlib import contextmanager

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

KEY = "iv_test_ci_client"


@contextmanager
def gateway(program):
    """A mock gateway on a free port; yields its address."""
    process = subprocess.Popen(
        [program, "--listen", "127.0.0.1:0", "--key", KEY], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        greeting = process.stdout.readline()
        yield greeting.split()[-1]
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0, "the gateway ends cleanly on a signal"


async def walk(guard, url):
    server = StdioServerParameters(
        command=guard, env={"PATH": os.environ["PATH"], "INTERVEN_API_KEY": KEY, "INTERVEN_GATEWAY_URL": url}
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        opened = await session.initialize()
        print(f"session: {opened.serverInfo.name} speaks MCP {opened.protocolVersion}")
        assert "interven_scan" in (opened.instructions or ""), "the instructions name the tool"

        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        assert set(tools) >= {"interven_scan", "interven_scan_response"}, sorted(tools)

        about = await session.read_resource("interven://about")
        assert about.contents[0].text.strip(), "interven://about has text"

        async def scan(expected, **arguments):
            result = await session.call_tool("interven_scan", arguments)
            assert not result.isError, result
            verdict = result.structuredContent
            assert json.loads(result.content[0].text) == verdict, "text and structure agree"
            print(f"{arguments['method']:6} {arguments['url']:48} {verdict['decision']:16} {verdict['reason_codes']}")
            assert verdict["decision"] == expected, verdict
            return verdict

        allowed = await scan("ALLOW", tool_name="drive", method="GET", url="https://drive.example/files/1", body={})
        denied = await scan(
            "DENY",
            tool_name="http_post",
            method="POST",
            url="https://paste.example/upload",
            body={"data": "AKIAIOSFODNN7EXAMPLE"},
        )
        assert "SECRETS" in denied["reason_codes"]
        sanitized = await scan(
            "SANITIZE",
            tool_name="slack",
            method="POST",
            url="https://slack.example/api/chat.postMessage",
            body={"text": "write to ann@example.com", "thread": 7},
        )
        assert sanitized["sanitized_body"]["thread"] == 7, "what is no PII stays"
        assert "ann@example.com" not in json.dumps(sanitized["sanitized_body"])
        held = await scan(
            "REQUIRE_APPROVAL",
            tool_name="crm",
            method="DELETE",
            url="https://crm.example/accounts/1",
            body={"confirm": True},
        )
        assert held["approval_id"] and held["approval_url"].startswith("http")

        seen = await session.call_tool(
            "interven_scan_response", {"trace_id": allowed["trace_id"], "response_body": {"title": "Q3 plan"}}
        )
        assert not seen.isError and seen.structuredContent["content_fingerprint"], seen

        refused = await session.call_tool("interven_scan", {"tool_name": "shell", "method": "POST", "body": {}})
        assert refused.isError, "a call without a url is refused"
    print("all four decisions, a response scan and a refusal, as the client understood them")


def main():
    guard, program = sys.argv[1:]
    with gateway(program) as url:
        asyncio.run(asyncio.wait_for(walk(guard, url), timeout=60))


if __name__ == "__main__":
    main()
