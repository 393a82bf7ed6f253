// What Node reads in each line of the corpus. Reads lines of hexadecimal digits, prints one answer each:
// the reading in the form of `readings.rs`, or `!` where there is none.
"use strict";

const string = (text) => "s:" + Array.from(text, (letter) => letter.codePointAt(0).toString(16)).join(".");

function reading(value) {
  if (value === null) return "n";
  if (typeof value === "boolean") return `b:${value}`;
  if (typeof value === "number") return "d:" + (Object.is(value, -0) ? "-0" : String(value));
  if (typeof value === "string") return string(value);
  if (Array.isArray(value)) return `[${value.map(reading).join(",")}]`;
  // Own keys, so that `__proto__` is one.
  const members = Object.keys(value).map((key) => `${string(key)}=${reading(value[key])}`);
  return `{${members.sort().join(",")}}`;
}

function read(hex) {
  const text = Buffer.from(hex, "hex").toString("utf8");
  // As `readline` splits, which the SDKs' users take.
  const lines = text.replace(/\r\n?$/, "").split(/\r\n|\n|\r/);
  if (lines.length > 1) return "!several lines";
  try {
    return reading(JSON.parse(lines[0]));
  } catch {
    return "!";
  }
}

const lines = require("node:fs").readFileSync(0, "latin1").split("\n").filter(Boolean);
process.stdout.write(lines.map(read).join("\n") + "\n");
