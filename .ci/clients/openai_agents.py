"""PyPI `openai-agents`: an agent loop whose model follows the policy that the guard hands out.

Usage: openai_agents.py discover

The model is a script without a network, but the loop is the SDK's: it offers the tools, runs what the model
asks for and hands the results back. What ran is known from the external system itself, a function tool that
notes every call.
"""

import asyncio
import json

from agents import Agent, FunctionTool, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.mcp import MCPServerStdio
from mcp.shared.exceptions import MCPError
from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

from walk import ARGUMENTS, COMMAND, ENVIRONMENT, RESPONSE, SCANS, check_verdict, stop_gateway

PROMPT = """Before you call `external`, ask interven_scan about the call. Only ALLOW lets it run as planned, and
SANITIZE with sanitized_body; on DENY refuse and name the reasons, on REQUIRE_APPROVAL stop and show where an
analyst decides. Hand what came back to interven_scan_response.
"""


class PolicyFollower(Model):
    """Decides its next step from the conversation alone, as a model would: the task in the first message is a
    call of `external`, and every later step follows from the results so far."""

    async def get_response(self, system_instructions, input, model_settings, tools, *_, **__):
        assert "interven_scan" in system_instructions
        task = json.loads(input[0]["content"])
        results = [item["output"] for item in input if item.get("type") == "function_call_output"]
        step = self.step(task, [text(result) for result in results])
        if isinstance(step, str):
            content = [ResponseOutputText(type="output_text", text=step, annotations=[])]
            item = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=content)
        else:
            name, arguments = step
            assert name in {tool.name for tool in tools}, f"`{name}` is not offered"
            call = f"call-{len(results) + 1}"
            arguments = json.dumps(arguments)
            item = ResponseFunctionToolCall(type="function_call", call_id=call, name=name, arguments=arguments)
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *_, **__):
        raise NotImplementedError("the loop does not stream")

    @staticmethod
    def step(task, results):
        """The next call, or the last word."""
        match results:
            case []:
                return "interven_scan", task
            case [verdict]:
                try:
                    verdict = json.loads(verdict)
                except ValueError:
                    return f"Not run, because nobody judged it: {verdict}"
                match verdict["decision"]:
                    case "ALLOW":
                        return "external", task
                    case "SANITIZE":
                        return "external", task | {"body": verdict["sanitized_body"]}
                    case "DENY":
                        return f"Refused: {', '.join(verdict['reason_codes'])}"
                    case "REQUIRE_APPROVAL":
                        return f"An analyst must approve first: {verdict['approval_url']}"
                raise AssertionError(f"not a decision: {verdict}")
            case [verdict, response]:
                seen = {"response_body": json.loads(response), "response_status": RESPONSE["status"]}
                return "interven_scan_response", {"trace_id": json.loads(verdict)["trace_id"]} | seen
            case [_, response, remembered]:
                assert json.loads(remembered)["content_fingerprint"], remembered
                return f"Done: {response}"


def text(output):
    """A tool's result as the loop hands it to a model: a text, or a list with one."""
    if isinstance(output, list):
        (output,) = output
    return output if isinstance(output, str) else output["text"]


def external(ran):
    """The external system, which notes what reached it."""

    async def run(_, arguments):
        ran.append(json.loads(arguments))
        return json.dumps(RESPONSE["body"])

    schema = {"type": "object", "properties": {name: {} for name in SCANS["ALLOW"]["arguments"]}}
    return FunctionTool("external", "Calls an external system.", schema, run, strict_json_schema=False)


async def loop(guard, scan, about):
    """One run of the agent on a planned call: what ran, and the last word."""
    ran = []
    model, tools = PolicyFollower(), [external(ran)]
    agent = Agent("agent", instructions=PROMPT + about, model=model, tools=tools, mcp_servers=[guard])
    result = await Runner.run(agent, json.dumps(scan["arguments"]), max_turns=6)
    outputs = [text(item.output) for item in result.new_items if item.type == "tool_call_output_item"]
    return ran, outputs[0], result.final_output


async def main():
    set_tracing_disabled(True)
    parameters = {"command": COMMAND, "args": ARGUMENTS, "env": ENVIRONMENT}
    async with MCPServerStdio(parameters, cache_tools_list=True, client_session_timeout_seconds=20) as guard:
        about = (await guard.read_resource("interven://about")).contents[0].text

        verdicts, words = {}, {}
        for decision, scan in SCANS.items():
            planned = scan["arguments"]
            must_run = {"ALLOW": [planned], "SANITIZE": [planned | {"body": scan.get("sanitized_body")}]}
            ran, verdict, words[decision] = await loop(guard, scan, about)
            assert ran == must_run.get(decision, []), f"{decision}: {ran}"
            verdicts[decision] = json.loads(verdict)
            check_verdict(scan, verdicts[decision])
            print(f"{decision}: {len(ran)} ran; {words[decision]}")
        for reason in verdicts["DENY"]["reason_codes"]:
            assert reason in words["DENY"], words["DENY"]
        assert verdicts["REQUIRE_APPROVAL"]["approval_url"] in words["REQUIRE_APPROVAL"]
        for decision in ("ALLOW", "SANITIZE"):
            assert words[decision] == f"Done: {json.dumps(RESPONSE['body'])}"

        try:
            answer = await guard.call_tool("interven_nothing", {})
        except MCPError as error:
            assert error.error.code == -32602, repr(error)
        else:
            raise AssertionError(f"a tool that is not there answered: {answer}")

        stop_gateway()
        ran, _, word = await loop(guard, SCANS["ALLOW"], about)
        assert ran == [] and word.startswith("Not run") and "gateway" in word, (ran, word)


asyncio.run(main())
