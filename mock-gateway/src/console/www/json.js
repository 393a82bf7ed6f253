// JSON as text: indented for a reader, every token as it was written. Never rebuilt from values, which
// would change digits and spellings.

// Past this a text is shown as it came.
const LONGEST = 200000;

export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// The value of a text; `null` when it is no JSON.
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// The same tokens with line breaks and indentation between them; other texts as they are.
export function indented(text) {
  if (text.length > LONGEST || !isJson(text)) return text;
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const lines = [];
  let line = "";
  let depth = 0;
  const start = () => {
    lines.push(line);
    line = "  ".repeat(depth);
  };
  tokens.forEach((token, place) => {
    const next = tokens[place + 1];
    const before = tokens[place - 1];
    if (token === "}" || token === "]") {
      depth -= 1;
      if (before !== "{" && before !== "[") start();
    }
    line += token;
    if (token === "{" || token === "[") {
      depth += 1;
      if (next !== "}" && next !== "]") start();
    } else if (token === ",") start();
    else if (token === ":") line += " ";
  });
  return [...lines, line].join("\n");
}
