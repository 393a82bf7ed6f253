// A verdict as it looks everywhere, and the form in which an analyst gives one.

import { el } from "./element.js";
import { kind } from "./ledger.js";

const LOOKS = { ALLOW: "allow", SANITIZE: "sanitize", DENY: "deny", REQUIRE_APPROVAL: "wait", OPEN: "open", OTHER: "other" };

// The decision in a word; beside it what went wrong on the wire.
export function verdict(row) {
  const words = row.choice === undefined ? "…" : row.choice === "REQUIRE_APPROVAL" ? "APPROVAL" : row.choice;
  return el("span", { class: `verdict ${LOOKS[kind(row)]}`, title: row.choice }, words);
}

export function trouble(row) {
  const troubles = [
    row.fault && row.fault !== row.choice ? row.fault : null,
    row.hungUp ? "hung up" : null,
    row.nearest ? "met no rule" : null,
  ];
  return troubles.filter((one) => one !== null).map((one) => el("span", { class: "trouble" }, one));
}

export function status(word) {
  const looks = { pending: "wait", approved: "allow", denied: "deny", expired: "other" };
  return el("span", { class: `verdict ${looks[word] ?? "other"}` }, word);
}

// The verbs of an analyst: path in the API, button, what is said when it is done.
export const VERBS = {
  approve: { title: "Approve", done: "Approved" },
  deny: { title: "Deny", done: "Denied" },
};

// A note and a button for each verb.
export function decision(app, approval, verbs, done = () => {}) {
  const id = `note-${verbs.join("-")}`;
  const note = el("textarea", { id, rows: 2, maxlength: 2000, placeholder: "for the other people at the desk" });
  const decide = async (verb) => {
    const body = note.value.trim() === "" ? {} : { note: note.value.trim() };
    const path = `/approvals/${encodeURIComponent(approval.approval_id)}/${verb}`;
    if (await app.act("POST", path, body, `${VERBS[verb].done}: ${approval.tool_name ?? approval.url}`)) done();
  };
  const submit = (event) => {
    event.preventDefault();
    decide(event.submitter?.value ?? verbs[0]);
  };
  const send = (event) => {
    // Enter decides where there is one decision to take; Shift and Enter make a new line.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || verbs.length > 1) return;
    event.preventDefault();
    decide(verbs[0]);
  };
  note.addEventListener("keydown", send);
  return el(
    "form",
    { class: "decision", onsubmit: submit },
    el("label", { for: id }, "Note"),
    note,
    el("div", { class: "verbs" }, verbs.map((verb) => el("button", { value: verb, class: `strong ${verb}` }, VERBS[verb].title))),
  );
}
