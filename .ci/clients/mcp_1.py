"""PyPI `mcp` 1: `ClientSession`, which knows the handshake only."""

import asyncio

from mcp import ClientSession, McpError, StdioServerParameters
from mcp.client.stdio import stdio_client

from walk import ARGUMENTS, COMMAND, ENVIRONMENT, Answer, walk


async def main():
    server = StdioServerParameters(command=COMMAND, args=ARGUMENTS, env=ENVIRONMENT)
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        opened = await session.initialize()

        async def tools():
            return [tool.name for tool in (await session.list_tools()).tools]

        async def about():
            return (await session.read_resource("interven://about")).contents[0].text

        async def call(name, arguments):
            result = await session.call_tool(name, arguments)
            return Answer(result.isError, result.structuredContent, result.content[0].text)

        def refusal(error):
            return error.error.code if isinstance(error, McpError) else None

        await walk(opened.instructions, tools, about, call, refusal)


asyncio.run(main())
