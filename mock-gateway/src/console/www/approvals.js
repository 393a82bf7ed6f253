// The queue of approvals, and one of them with the whole call that waits for it.

import { el, block, facts, link } from "./element.js";
import { indented } from "./json.js";
import { countdown, time } from "./clock.js";
import { decision, status } from "./verdict.js";

const subject = ({ tool_name: tool, method, url }) => [tool, method, url].filter(Boolean).join(" ");

export const pathOf = (approval) => `/console/approvals/${encodeURIComponent(approval.approval_id)}`;

export function queue(app, signal) {
  const waiting = el("ol", { class: "rows", "aria-labelledby": "queue-title" });
  const settled = el("ol", { class: "rows", "aria-labelledby": "settled-title" });
  const none = el("p", { class: "none" }, "Nobody waits for an approval.");
  const earlier = el("h3", { id: "settled-title" }, "Earlier");
  const line = (approval) => {
    const current = app.route.view === "approvals" && app.route.id === approval.approval_id;
    const pending = approval.status === "pending";
    return el(
      "li",
      {},
      el(
        "a",
        { class: "row", href: pathOf(approval), "aria-current": current ? "true" : null, "data-approval": pending ? approval.approval_id : null },
        el("span", { class: "time" }, time(approval.opened_at)),
        status(approval.status),
        el("span", { class: "tool" }, approval.tool_name ?? "–"),
        el("span", { class: "url" }, el("b", {}, approval.method), " ", approval.url),
        el("span", { class: "troubles" }, pending ? countdown(approval.expires_at) : null),
      ),
    );
  };
  const draw = () => {
    const focused = document.activeElement?.getAttribute("href");
    const all = [...app.approvals].reverse();
    const pending = all.filter((approval) => approval.status === "pending");
    const others = all.filter((approval) => approval.status !== "pending").slice(0, 200);
    waiting.replaceChildren(...pending.map(line));
    settled.replaceChildren(...others.map(line));
    none.hidden = pending.length > 0;
    earlier.hidden = others.length === 0;
    app.tick();
    if (focused) [...waiting.querySelectorAll("a"), ...settled.querySelectorAll("a")].find((row) => row.getAttribute("href") === focused)?.focus();
  };
  app.listen("approvals", signal, draw);
  app.listen("route", signal, draw);
  draw();
  return el("section", { class: "list", "aria-labelledby": "queue-title" }, el("div", { class: "head" }, el("h2", { id: "queue-title" }, "Approvals")), waiting, none, earlier, settled);
}

export function approval(app, id, signal) {
  const page = el("section", { class: "detail", "aria-label": "Approval" }, el("p", { class: "none" }, "…"));
  let standing = null;
  const draw = async () => {
    const known = app.approvals.find((one) => one.approval_id === id);
    // A note that is being written must not be lost because somebody else was decided about.
    if (standing !== null && known?.status === standing) return;
    try {
      const full = await app.get(`/approvals/${encodeURIComponent(id)}`);
      if (signal.aborted) return;
      standing = full.approval.status;
      page.replaceChildren(...sections(app, full));
      app.tick();
    } catch (problem) {
      if (!signal.aborted) page.replaceChildren(back(), el("p", { class: "none" }, app.words(problem)));
    }
  };
  app.listen("approvals", signal, draw);
  draw();
  return page;
}

const back = () => el("a", { class: "back", href: "/console/approvals" }, "← Approvals");

function sections(app, { approval: about, headers, body, classifications }) {
  const pending = about.status === "pending";
  const requests = app.ledger.with("approval", about.approval_id);
  const ends = { pending: "expires in", approved: "grant ends in", denied: "denial ends in" }[about.status];
  return [
    back(),
    el("h2", { tabindex: -1 }, subject(about)),
    el("p", { class: "sum" }, status(about.status), el("span", { class: "quiet" }, ` asked at ${time(about.opened_at)}`)),
    pending ? el("section", { class: "card", "data-approval": about.approval_id, "aria-label": "Decide" }, decision(app, about, ["approve", "deny"])) : null,
    el(
      "section",
      {},
      el("h3", {}, "Approval"),
      facts(
        ["id", el("code", {}, about.approval_id)],
        [ends ?? "ended", ends ? countdown(about.expires_at) : time(about.expires_at)],
        ["decided at", about.decided_at ? time(about.decided_at) : null],
        ["note", about.note],
        ["agent", [about.agent_name, about.agent_id].filter(Boolean).join(", ")],
        ["found", classifications.join(", ")],
        ["requests", requests.length === 0 ? null : requests.slice(-20).map((row) => [link(`/console/requests/${row.number}`, `#${row.number}`), " "])],
      ),
    ),
    el(
      "section",
      {},
      el("h3", {}, "Call"),
      facts(["url", [el("b", {}, about.method), " ", el("code", {}, about.url)]]),
      headers.length === 0 ? null : block(headers.map(([name, value]) => `${name}: ${value}`).join("\n"), "Headers of the call"),
      body === null ? el("p", { class: "quiet" }, "No body.") : block(indented(body), "Body of the call"),
    ),
  ].filter((section) => section !== null);
}
