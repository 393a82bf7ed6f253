// npm `@modelcontextprotocol/sdk` 1, which knows the handshake only.

const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { server, walk } = require("./walk.cjs");

walk(new Client({ name: "ci", version: "1.0.0" }), new StdioClientTransport(server));
