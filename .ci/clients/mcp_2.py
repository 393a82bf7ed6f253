"""PyPI `mcp` 2, both openings: `Client` asks with `server/discover`, `ClientSession` shakes hands.

Usage: mcp_2.py discover|initialize
"""

import asyncio
import sys
from contextlib import asynccontextmanager

from mcp import StdioServerParameters
from mcp.client import Client, ClientSession
from mcp.client.stdio import stdio_client
from mcp.shared.exceptions import MCPError

from walk import ARGUMENTS, COMMAND, ENVIRONMENT, Answer, walk


@asynccontextmanager
async def opened(opening):
    """The client and the guard's instructions; both kinds of client name their methods alike."""
    guard = stdio_client(StdioServerParameters(command=COMMAND, args=ARGUMENTS, env=ENVIRONMENT))
    if opening == "discover":
        async with Client(guard) as client:
            yield client, client.instructions
    else:
        async with guard as streams, ClientSession(*streams) as session:
            yield session, (await session.initialize()).instructions


async def main():
    async with opened(sys.argv[1]) as (client, instructions):

        async def tools():
            return [tool.name for tool in (await client.list_tools()).tools]

        async def about():
            return (await client.read_resource("interven://about")).contents[0].text

        async def call(name, arguments):
            result = await client.call_tool(name, arguments)
            return Answer(result.is_error, result.structured_content, result.content[0].text)

        def refusal(error):
            return error.error.code if isinstance(error, MCPError) else None

        await walk(instructions, tools, about, call, refusal)


asyncio.run(main())
