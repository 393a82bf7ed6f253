// Takes `server-everything` through all that it offers, with npm `@modelcontextprotocol/sdk` 1, and prints what
// the client saw, one line each. Never compares: `same_behind.py` does.
//
// Usage: everything.cjs COMMAND...

const assert = require("node:assert/strict");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { InMemoryTaskStore } = require("@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js");
const types = require("@modelcontextprotocol/sdk/types.js");

const [command, ...args] = process.argv.slice(2);
const tell = (what, value) => console.log(`${what} ${JSON.stringify(value)}`);

// Arguments that work, for each tool; a tool without an entry fails the walk.
const CALLS = {
  echo: [{ message: "to the letter: ä \u2028 𝄞" }],
  "get-annotated-message": ["error", "success", "debug"].map((messageType) => ({ messageType, includeImage: true })),
  "get-env": [{}],
  "get-resource-links": [{ count: 4 }],
  "get-resource-reference": [{ resourceType: "Text", resourceId: 1 }, { resourceType: "Blob", resourceId: 2 }],
  "get-roots-list": [{}],
  "get-structured-content": [{ location: "Chicago" }, { location: "Nowhere" }],
  "get-sum": [{ a: 0.1, b: 2 }, { a: "no number", b: 2 }],
  "get-tiny-image": [{}],
  "gzip-file-as-resource": [{ name: "a.gz", data: "data:text/plain,hello", outputType: "resource" }],
  "simulate-research-query": [], // as a task, below
  "toggle-simulated-logging": [{}, {}],
  "toggle-subscriber-updates": [{}, {}],
  "trigger-elicitation-request": [{}],
  "trigger-elicitation-request-async": [{}],
  "trigger-long-running-operation": [{ duration: 0.3, steps: 3 }],
  "trigger-sampling-request": [{ prompt: "hello", maxTokens: 10 }],
  "trigger-sampling-request-async": [{ prompt: "hello", maxTokens: 10 }],
  "trigger-url-elicitation": [
    { url: "https://example.com/", elicitationId: "one" },
    { url: "https://example.com/", elicitationId: "two", errorPath: true },
  ],
};

/** What came of a request, an error included. */
async function outcome(what, promise) {
  try {
    tell(what, await promise);
  } catch (error) {
    tell(what, { code: error.code, message: error.message, data: error.data });
  }
}

const capabilities = {
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
  sampling: {},
  tasks: { requests: { elicitation: { create: {} }, sampling: { createMessage: {} } } },
};
const taskStore = new InMemoryTaskStore();
const client = new Client({ name: "ci", version: "1.0.0" }, { capabilities, taskStore });

/** Answers what the server asks: at once, or as a task that is done at once where it asks for a task. */
function answer(schema, reply) {
  client.setRequestHandler(schema, async ({ method, params }, extra) => {
    tell(`asked ${method}`, params);
    if (!params?.task) return reply(params);
    const task = await extra.taskStore.createTask({ ttl: params.task.ttl });
    await extra.taskStore.storeTaskResult(task.taskId, "completed", reply(params));
    return { task };
  });
}

const accepted = { name: "Ada", interpretation: "technical" };
const sample = { role: "assistant", content: { type: "text", text: "a sample" }, model: "scripted" };
answer(types.ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///project", name: "project" }] }));
answer(types.CreateMessageRequestSchema, () => sample);
answer(types.ElicitRequestSchema, ({ mode }) => ({ action: "accept", content: mode === "url" ? undefined : accepted }));
client.fallbackNotificationHandler = async ({ method, params }) => tell(`told ${method}`, params);
// By hand, because the client's own handler forgets a token as soon as its answer is there.
client.setNotificationHandler(types.ProgressNotificationSchema, ({ method, params }) => tell(`told ${method}`, params));

/** An environment by name: in which order a process has its variables is nobody's promise. */
async function sorted(asked) {
  return Object.entries(JSON.parse((await asked).content[0].text)).sort();
}

async function tools() {
  const listed = (await client.listTools()).tools;
  tell("tools/list", listed);
  const names = listed.map((tool) => tool.name).sort();
  assert.deepEqual(names, Object.keys(CALLS).sort(), "the walk has arguments for every tool that there is");
  for (const name of names) {
    for (const given of CALLS[name]) {
      const params = { name, arguments: given, _meta: { progressToken: `of ${name}` } };
      const asked = client.request({ method: "tools/call", params }, types.CallToolResultSchema);
      await outcome(`tools/call ${name}`, name === "get-env" ? sorted(asked) : asked);
    }
  }
  await outcome("tools/call nothing", client.callTool({ name: "nothing", arguments: {} }));
}

/** The tool that runs as a task only, with the question that it asks on the way. */
async function task() {
  const given = { name: "simulate-research-query", arguments: { topic: "python", ambiguous: true } };
  for await (const message of client.experimental.tasks.callToolStream(given, types.CallToolResultSchema, {
    task: { ttl: 60000 },
  })) {
    const { type, result, error } = message;
    // How often the task is asked for is a matter of time.
    if (type !== "taskStatus") tell(`task ${type}`, result ?? error?.message ?? "");
  }
}

async function resources() {
  const listed = (await client.listResources()).resources;
  tell("resources/list", listed);
  tell("resources/templates/list", await client.listResourceTemplates());
  const dynamic = ["demo://resource/dynamic/text/1", "demo://resource/dynamic/blob/2", "demo://nothing"];
  for (const uri of [...listed.map((resource) => resource.uri), ...dynamic]) {
    await outcome(`resources/read ${uri}`, client.readResource({ uri }));
  }
  await outcome("resources/subscribe", client.subscribeResource({ uri: dynamic[0] }));
  await outcome("an update", client.callTool({ name: "toggle-subscriber-updates", arguments: {} }));
  await outcome("no more updates", client.callTool({ name: "toggle-subscriber-updates", arguments: {} }));
  await outcome("resources/unsubscribe", client.unsubscribeResource({ uri: dynamic[0] }));
}

async function prompts() {
  const listed = (await client.listPrompts()).prompts;
  tell("prompts/list", listed);
  const given = {
    "args-prompt": { city: "Basel", state: "BS" },
    "completable-prompt": { department: "Sales", name: "Eve" },
    "resource-prompt": { resourceType: "Text", resourceId: "1" },
    "simple-prompt": {},
  };
  assert.deepEqual(listed.map((prompt) => prompt.name).sort(), Object.keys(given).sort(), "every prompt is asked for");
  for (const [name, values] of Object.entries(given)) {
    await outcome(`prompts/get ${name}`, client.getPrompt({ name, arguments: values }));
  }
  await outcome("prompts/get without its arguments", client.getPrompt({ name: "args-prompt", arguments: {} }));
  const complete = (ref, name, value, context) =>
    outcome(`completion/complete ${name}`, client.complete({ ref, argument: { name, value }, context }));
  const prompt = { type: "ref/prompt", name: "completable-prompt" };
  await complete(prompt, "department", "S");
  await complete(prompt, "name", "", { arguments: { department: "Sales" } });
  await complete({ type: "ref/resource", uri: "demo://resource/dynamic/text/{resourceId}" }, "resourceId", "7");
}

async function main() {
  await client.connect(new StdioClientTransport({ command, args, env: process.env }));
  tell("server", [client.getServerVersion(), client.getServerCapabilities(), client.getInstructions()]);
  // The server asks for the roots a moment after the opening, and offers some tools only then.
  await new Promise((resolve) => setTimeout(resolve, 600));
  await outcome("ping", client.ping());
  await outcome("logging/setLevel", client.setLoggingLevel("debug"));
  await tools();
  await task();
  await resources();
  await prompts();
  await outcome("a method that there is not", client.request({ method: "nothing/there" }, types.EmptyResultSchema));
  await client.close();
  taskStore.cleanup();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
