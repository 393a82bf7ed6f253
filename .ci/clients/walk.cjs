// The walk that every Node client takes through a guard: what it is offered, the four decisions, a response
// scan, a tool that is not there, and a gateway that is gone. Never how a client spells any of it.

const assert = require("node:assert/strict");
const { createInterface } = require("node:readline");
const SCENARIO = require("./scenario.json");

// How the guard is launched; `check.py` has put the recording relay in front of it.
const [command, ...args] = JSON.parse(process.env.GUARD_COMMAND);
const mayPass = ([name]) => name.startsWith("INTERVEN_") || name === "PATH";
const server = { command, args, env: Object.fromEntries(Object.entries(process.env).filter(mayPass)) };

/** Has `check.py` stop the gateway, and waits until it is gone. */
function stopGateway() {
  const lines = createInterface({ input: process.stdin });
  console.log("stop the gateway");
  return new Promise((resolve, reject) => {
    lines.once("line", (line) => {
      lines.close();
      line === "stopped" ? resolve() : reject(new Error(`the gateway is not stopped: ${line}`));
    });
  });
}

function checkVerdict(scan, verdict) {
  assert.equal(verdict.decision, scan.decision);
  assert.deepEqual(verdict.reason_codes, scan.reason_codes ?? []);
  assert.ok(verdict.trace_id);
  if (scan.decision === "SANITIZE") assert.deepEqual(verdict.sanitized_body, scan.sanitized_body);
  if (scan.decision === "REQUIRE_APPROVAL") {
    assert.ok(verdict.approval_id);
    assert.match(verdict.approval_url, /^http/);
  }
}

/** Walks with a client of either SDK, which name their methods and results alike, and says goodbye. */
async function walk(client, transport) {
  await client.connect(transport);
  assert.match(client.getInstructions() ?? "", /interven_scan/);
  const names = (await client.listTools()).tools.map((tool) => tool.name);
  for (const name of ["interven_scan", "interven_scan_response"]) assert.ok(names.includes(name), name);
  const about = await client.readResource({ uri: "interven://about" });
  assert.match(about.contents[0].text, /interven_scan/);

  const call = (name, given) => client.callTool({ name, arguments: given });
  const traces = new Map();
  for (const scan of SCENARIO.scans) {
    const result = await call("interven_scan", scan.arguments);
    assert.ok(!result.isError, JSON.stringify(result));
    assert.deepEqual(JSON.parse(result.content[0].text), result.structuredContent);
    checkVerdict(scan, result.structuredContent);
    traces.set(scan.decision, result.structuredContent.trace_id);
  }
  assert.equal(new Set(traces.values()).size, SCENARIO.scans.length, "every scan has a trace of its own");

  const { body, status } = SCENARIO.response;
  const report = { trace_id: traces.get("ALLOW"), response_body: body, response_status: status };
  const seen = await call("interven_scan_response", report);
  assert.ok(!seen.isError && seen.structuredContent.content_fingerprint, JSON.stringify(seen));

  await assert.rejects(call("interven_nothing", {}), { code: -32602 });

  await stopGateway();
  const failed = await call("interven_scan", SCENARIO.scans[0].arguments);
  assert.ok(failed.isError && failed.structuredContent === undefined, JSON.stringify(failed));
  assert.match(failed.content[0].text, /gateway/);
  assert.doesNotMatch(failed.content[0].text, /ALLOW/);

  await client.close();
}

module.exports = { server, walk };
