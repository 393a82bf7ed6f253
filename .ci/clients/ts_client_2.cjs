// npm `@modelcontextprotocol/client` 2, both openings: the handshake unless it is told to negotiate.
//
// Usage: ts_client_2.cjs discover|initialize

const { Client } = require("@modelcontextprotocol/client");
const { StdioClientTransport } = require("@modelcontextprotocol/client/stdio");
const { server, walk } = require("./walk.cjs");

const options = process.argv[2] === "discover" ? { versionNegotiation: { mode: "auto" } } : {};
walk(new Client({ name: "ci", version: "1.0.0" }, options), new StdioClientTransport(server));
