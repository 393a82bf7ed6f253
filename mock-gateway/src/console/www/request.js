// One request in full: the call, the decision and who took it, what became of the body, the wire.

import { el, block, facts, link } from "./element.js";
import { difference } from "./diff.js";
import { indented, parsed } from "./json.js";
import { subject } from "./ledger.js";
import { time } from "./clock.js";
import { decision, trouble, verdict } from "./verdict.js";

export function request(app, id, signal) {
  const page = el("section", { class: "detail", "aria-label": `Request ${id}` }, el("p", { class: "none" }, "…"));
  let approval = null;
  let turn = 0;
  const standing = () => app.approvals.find((one) => one.approval_id === approval)?.status;
  let drawn;
  const draw = async () => {
    turn += 1;
    const mine = turn;
    try {
      const [full, scenario] = await Promise.all([app.get(`/journal/${encodeURIComponent(id)}`), app.scenario()]);
      // What was asked for earlier may be answered later.
      if (signal.aborted || mine !== turn) return;
      approval = full.request.decision?.approval_id;
      drawn = standing();
      page.replaceChildren(...sections(app, full, scenario));
      app.tick();
    } catch (problem) {
      if (!signal.aborted) page.replaceChildren(back(), el("p", { class: "none" }, app.words(problem)));
    }
  };
  app.listen("rows", signal, ({ detail }) => {
    if (detail === null || detail.has(Number(id))) draw();
  });
  // A note that is being written must not be lost because somebody else was decided about.
  app.listen("approvals", signal, () => standing() === drawn || draw());
  draw();
  return page;
}

export const back = () => el("a", { class: "back", href: "/console/" }, "← Activity");

function sections(app, full, scenario) {
  const { request: about, call, answer } = full;
  const row = app.ledger.rows.get(about.number) ?? rowOf(full);
  const said = parsed(answer?.text ?? "");
  return [
    back(),
    el("h2", { tabindex: -1 }, `#${about.number} `, subject(row)),
    el("p", { class: "sum" }, verdict(row), trouble(row), el("span", { class: "quiet" }, ` ${time(about.time)}, decided by ${about.decision?.by ?? "nobody yet"}`)),
    waiting(app, about.decision?.approval_id),
    decided(about, said),
    call === null ? null : asked(call, said),
    why(about.decision, scenario),
    related(app, about),
    wire(full),
  ].filter((section) => section !== null);
}

// A request that is older than what the list keeps.
function rowOf({ request: about, call }) {
  const { choice, by, fault, nearest, approval_id: approval } = about.decision ?? {};
  return { ...about, tool: about.tool_name, verb: call?.method ?? null, url: call?.url ?? null, choice, by, fault, nearest, approval };
}

function waiting(app, id) {
  const approval = app.approvals.find((one) => one.approval_id === id);
  if (approval === undefined) return null;
  const page = link(`/console/approvals/${encodeURIComponent(id)}`, "Its approval");
  return el(
    "section",
    { class: "card", "data-approval": approval.status === "pending" ? id : null, "aria-label": "Approval" },
    el("p", {}, page, ` is ${approval.status}.`),
    approval.status === "pending" ? decision(app, approval, ["approve", "deny"]) : null,
  );
}

function decided(about, said) {
  const codes = Array.isArray(said?.reason_codes) ? said.reason_codes : [];
  const risk = said?.risk_score === undefined ? null : `${said.risk_score} ${said.risk_band ?? ""}`;
  const signals = Array.isArray(said?.signals) ? said.signals : [];
  return el(
    "section",
    {},
    el("h3", {}, "Decision"),
    facts(
      ["reasons", codes.length === 0 ? null : codes.map((code) => [el("code", {}, code), " "])],
      ["error", typeof said?.error === "string" ? [el("code", {}, said.error), " ", said.reason ?? ""] : null],
      ["risk", risk],
      ["classes", Array.isArray(said?.classifications) ? said.classifications.join(", ") : null],
      ["trace", about.decision?.trace_id ? el("code", {}, about.decision.trace_id) : null],
      ["policy", said?.policy_name ?? said?.policy_id ?? null],
      ["key", about.authorization],
    ),
    signals.length === 0 ? null : table(
      "Signals",
      ["engine", "score", "details"],
      signals.map(({ engine, score, details }) => [engine, score, typeof details === "string" ? details : JSON.stringify(details)]),
    ),
  );
}

export function table(caption, heads, rows) {
  return el(
    "table",
    {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell ?? "–"))))),
  );
}

function asked(call, said) {
  const { body, sanitized_body: sanitized } = call;
  return el(
    "section",
    {},
    el("h3", {}, "Call"),
    facts(["url", [el("b", {}, call.method), " ", el("code", {}, call.url)]], ["operation", said?.operation]),
    sanitized !== null
      ? [el("h4", {}, "Body, and what it became"), changes(indented(body ?? ""), indented(sanitized))]
      : body === null ? el("p", { class: "quiet" }, "No body.") : [el("h4", {}, "Body"), block(indented(body), "Body of the call")],
  );
}

// How much of what stayed the same is shown around a change.
const AROUND = 400;

function changes(before, after) {
  const pieces = difference(before, after);
  if (pieces.every(({ kind }) => kind === "same")) {
    return [el("p", { class: "quiet" }, "The sanitized body is the same."), block(after, "Body of the call")];
  }
  const looks = { gone: ["del", "removed"], new: ["ins", "added"] };
  const parts = pieces.map(({ kind, text }, place) => {
    if (kind === "same") return middle(text, place > 0, place < pieces.length - 1);
    const [tag, word] = looks[kind];
    const cut = text.length > 4 * AROUND ? `${text.slice(0, 4 * AROUND)} … ${text.length.toLocaleString("en")} characters` : text;
    return el(tag, {}, el("span", { class: "unseen" }, `${word}: `), cut);
  });
  return el("pre", { class: "diff", tabindex: 0, role: "region", "aria-label": "What sanitizing changed" }, parts);
}

function middle(text, hasBefore, hasAfter) {
  const [head, tail] = [hasBefore ? AROUND : 0, hasAfter ? AROUND : 0];
  if (text.length <= head + tail + AROUND) return text;
  const skipped = text.length - head - tail;
  return [text.slice(0, head), el("span", { class: "skipped" }, `… ${skipped.toLocaleString("en")} characters as they were …`), tail === 0 ? "" : text.slice(-tail)];
}

function why(decided, scenario) {
  if (decided === null) return null;
  const { by, reply, nearest } = decided;
  const met = /^rule (\d+)/.exec(by);
  const rule = met === null ? null : scenario?.rules[Number(met[1]) - 1];
  return el(
    "section",
    {},
    el("h3", {}, "Why"),
    facts(
      ["decided by", by],
      ["the reply", reply],
      ["rule now", rule ? el("code", {}, rule) : null],
      ["nearest", nearest === null ? null : [`rule ${nearest.rule}: `, el("code", {}, nearest.field), " asks for ", el("code", {}, nearest.wanted), ", got ", el("code", {}, nearest.got)]],
    ),
  );
}

function related(app, about) {
  const trace = about.decision?.trace_id;
  const others = trace ? app.ledger.with("trace", trace).filter((row) => row.number !== about.number) : [];
  if (others.length === 0) return null;
  return el(
    "section",
    {},
    el("h3", {}, "Same trace"),
    el("ul", { class: "plain" }, others.map((row) => el("li", {}, link(`/console/requests/${row.number}`, `#${row.number} ${row.method} ${row.path}`)))),
  );
}

function wire({ request: about, headers, body, answer }) {
  const head = [`${about.method} ${about.path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n");
  const text = (content) => content.text ?? content.hex.replace(/(..)/g, "$1 ");
  const cut = about.length > (body.text ?? "").length && body.text !== null && about.length > 262144;
  const end = answer !== null ? `HTTP status ${about.status}`
    : about.broken !== null ? `broken after ${about.broken} bytes of HTTP, as the scenario says`
    : about.hung_up ? "the client hung up before the answer was complete" : "no answer yet";
  return el(
    "section",
    {},
    el("h3", {}, "Wire"),
    facts(["fault", about.decision?.fault], ["sent", `${about.length.toLocaleString("en")} bytes of body`], ["answer", end]),
    el("h4", {}, "Request"),
    block(head, "Head of the request"),
    text(body) === "" ? null : block(text(body), "Body of the request"),
    cut ? el("p", { class: "quiet" }, "Only the beginning was kept.") : null,
    answer === null ? null : [el("h4", {}, "Answer"), block(text(answer), "Body of the answer")],
  );
}
