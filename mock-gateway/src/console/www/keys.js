// The keyboard: every action of the page without a pointer, and the two dialogs that it opens.

import { el } from "./element.js";
import { VERBS, decision } from "./verdict.js";

const KEYS = [
  ["j  k", "next, previous"],
  ["Enter", "open"],
  ["Esc", "back to the list"],
  ["a  d", "approve, deny: with a note, Enter decides"],
  ["/", "filter"],
  ["1 … 5", "activity, approvals, windows, scenario, fidelity"],
  ["?", "these keys"],
];

const VIEWS = ["/console/", "/console/approvals", "/console/windows", "/console/scenario", "/console/fidelity"];

export function listen(app) {
  document.getElementById("help").addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select") !== null) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (press(app, event.key)) event.preventDefault();
  });
}

// Does what a key means, and says whether it means anything.
function press(app, key) {
  if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
  if (key === "a" || key === "d") return decide(app, key === "a" ? "approve" : "deny");
  if (VIEWS[Number(key) - 1] !== undefined) {
    app.go(VIEWS[Number(key) - 1]);
    return true;
  }
  if (key === "?") {
    help();
    return true;
  }
  if (key === "/") {
    if (document.getElementById("filter") === null) app.go("/console/");
    document.getElementById("filter")?.focus();
    return true;
  }
  if (key === "Escape" && app.route.id !== null) {
    app.go(app.route.view === "approvals" ? "/console/approvals" : "/console/");
    return true;
  }
  return false;
}

function move(step) {
  const rows = [...document.querySelectorAll(".rows li:not([hidden]) a")];
  const at = rows.indexOf(document.activeElement);
  const from = at >= 0 ? at : rows.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = from < 0 ? (step > 0 ? 0 : rows.length - 1) : from + step;
  rows[Math.min(rows.length - 1, Math.max(0, next))]?.focus();
  return rows.length > 0;
}

// Decides about the row that has the focus, else about what is open, else about the only one.
function decide(app, verb) {
  const pending = app.approvals.filter(({ status }) => status === "pending");
  const meant = document.activeElement?.dataset.approval ?? document.querySelector(".detail [data-approval]")?.dataset.approval;
  const approval = pending.find(({ approval_id: id }) => id === meant) ?? (meant === undefined && pending.length === 1 ? pending[0] : undefined);
  if (approval === undefined) {
    app.say("No pending approval is chosen: move to one with j and k");
    return true;
  }
  const dialog = show(
    `${VERBS[verb].title} this call?`,
    // Two texts, so that a long name cannot push out of sight where the call goes.
    approval.tool_name && el("p", { class: "call" }, approval.tool_name),
    el("p", { class: "call" }, `${approval.method} ${approval.url}`),
    decision(app, approval, [verb], () => dialog.close()),
  );
  dialog.querySelector("textarea").focus();
  return true;
}

function help() {
  show("Keys", el("dl", { class: "facts" }, KEYS.map(([keys, meaning]) => [el("dt", {}, keys.split(/\s+/).map((key) => [el("kbd", {}, key), " "])), el("dd", {}, meaning)])));
}

function show(title, ...content) {
  const before = document.activeElement;
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, el("h2", { id: "dialog-title" }, title), content);
  dialog.append(el("button", { type: "button", class: "close", onclick: () => dialog.close() }, "Close"));
  dialog.addEventListener("close", () => {
    dialog.remove();
    before?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
