// The list of requests, newest first, as it grows, and what narrows it.

import { el } from "./element.js";
import { kind, subject } from "./ledger.js";
import { time } from "./clock.js";
import { trouble, verdict } from "./verdict.js";

const KINDS = [
  ["ALL", "All"],
  ["ALLOW", "Allow"],
  ["SANITIZE", "Sanitize"],
  ["DENY", "Deny"],
  ["REQUIRE_APPROVAL", "Approval"],
  ["TROUBLE", "Trouble"],
];

// What is looked for outlives a look at another view.
const search = { kind: "ALL", words: "" };

const inTrouble = (row) => kind(row) === "OTHER" && !(row.status < 400) || trouble(row).length > 0;

function admits(row) {
  const fits = search.kind === "ALL" || (search.kind === "TROUBLE" ? inTrouble(row) : kind(row) === search.kind);
  if (!fits) return false;
  const text = [subject(row), row.choice, row.by, row.trace, row.approval, row.path, `#${row.number}`].join(" ").toLowerCase();
  return search.words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function line(row, current) {
  const about = row.url === null ? [el("span", { class: "tool quiet" }, row.method), el("span", { class: "url" }, row.path)]
    : [el("span", { class: "tool" }, row.tool ?? "–"), el("span", { class: "url" }, el("b", {}, row.verb), " ", row.url)];
  return el(
    "li",
    { hidden: !admits(row) },
    el(
      "a",
      { class: "row", href: `/console/requests/${row.number}`, "aria-current": current ? "true" : null, "data-approval": row.approval },
      el("span", { class: "number" }, `#${row.number}`),
      el("span", { class: "time" }, time(row.time)),
      verdict(row),
      about,
      el("span", { class: "troubles" }, trouble(row)),
    ),
  );
}

export function activity(app, signal) {
  const list = el("ol", { class: "rows", "aria-label": "Requests, newest first" });
  const none = el("p", { class: "none" });
  const lines = new Map();
  const isCurrent = (number) => app.route.view === "requests" && app.route.id === String(number);

  const put = (number) => {
    const row = app.ledger.rows.get(number);
    const old = lines.get(number);
    if (row === undefined) {
      old?.remove();
      lines.delete(number);
      return;
    }
    const fresh = line(row, isCurrent(number));
    lines.set(number, fresh);
    if (old === undefined) {
      list.prepend(fresh);
      return;
    }
    const focused = old.contains(document.activeElement);
    old.replaceWith(fresh);
    if (focused) fresh.firstChild.focus();
  };
  const count = () => {
    const seen = list.querySelectorAll("li:not([hidden])").length;
    none.hidden = seen > 0;
    none.textContent = lines.size === 0
      ? "Nothing has arrived yet. Point a guard at the address above with INTERVEN_GATEWAY_URL."
      : "No request fits the filter.";
  };
  const all = () => {
    list.replaceChildren();
    lines.clear();
    for (const number of app.ledger.rows.keys()) put(number);
    count();
  };
  const filter = () => {
    for (const [number, node] of lines) node.hidden = !admits(app.ledger.rows.get(number));
    count();
  };

  const words = el("input", {
    type: "search",
    id: "filter",
    placeholder: "tool, url, trace, #7",
    "aria-label": "Filter requests by words",
    oninput: () => {
      search.words = words.value;
      filter();
    },
  });
  words.value = search.words;
  const choose = (event) => {
    search.kind = event.target.value;
    filter();
  };
  const chips = KINDS.map(([value, label]) => {
    const radio = el("input", { type: "radio", name: "kind", value, class: "unseen", onchange: choose });
    radio.checked = search.kind === value;
    return el("label", { class: "chip" }, radio, el("span", {}, label));
  });

  app.listen("rows", signal, ({ detail }) => {
    if (detail === null) return all();
    for (const number of detail) put(number);
    count();
  });
  app.listen("route", signal, () => {
    for (const [number, node] of lines) {
      if (isCurrent(number)) node.firstChild.setAttribute("aria-current", "true");
      else node.firstChild.removeAttribute("aria-current");
    }
  });
  all();
  return el(
    "section",
    { class: "list", "aria-labelledby": "activity-title" },
    el("div", { class: "head" }, el("h2", { id: "activity-title" }, "Activity"), words),
    el("div", { class: "chips", role: "radiogroup", "aria-label": "Filter requests by decision" }, chips),
    list,
    none,
  );
}
