// What runs by itself: grants, which allow the same arguments, and denials, which refuse them.

import { el, link } from "./element.js";
import { countdown } from "./clock.js";
import { pathOf } from "./approvals.js";

export function windows(app, signal) {
  const grants = el("div");
  const denials = el("div");
  const draw = () => {
    const running = app.approvals.filter((approval) => app.clock.until(approval.expires_at) > 0);
    grants.replaceChildren(table(app, "Grants", running.filter(({ status }) => status === "approved"), true));
    denials.replaceChildren(table(app, "Denials", running.filter(({ status }) => status === "denied"), false));
    app.tick();
  };
  app.listen("approvals", signal, draw);
  app.listen("second", signal, () => {
    const over = [...document.querySelectorAll("[data-until]")].some((node) => app.clock.until(node.dataset.until) === 0);
    if (over) draw();
  });
  draw();
  return el(
    "section",
    { class: "page", tabindex: 0, "aria-label": "Windows" },
    el("h2", {}, "Windows"),
    el("p", { class: "quiet" }, "While one of these runs, the same call of the same agent with the same key is answered without asking anybody."),
    grants,
    denials,
  );
}

function table(app, caption, approvals, revocable) {
  const heads = ["call", "note", "left", ...(revocable ? ["end"] : [])];
  const revoke = (approval) =>
    el("button", { type: "button", "aria-label": `Revoke the grant of ${approval.tool_name ?? approval.url}`, onclick: () => app.act("DELETE", `/grants/${encodeURIComponent(approval.approval_id)}`, undefined, "Grant revoked") }, "revoke");
  const rows = approvals.map((approval) =>
    el(
      "tr",
      {},
      el("td", {}, link(pathOf(approval), [approval.tool_name, approval.method, approval.url].filter(Boolean).join(" "))),
      el("td", {}, approval.note ?? "–"),
      el("td", { class: "number" }, countdown(approval.expires_at)),
      revocable ? el("td", {}, revoke(approval)) : null,
    ),
  );
  return el(
    "table",
    { class: "wide" },
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.length > 0 ? rows : el("tr", {}, el("td", { colspan: heads.length, class: "none" }, "None runs."))),
  );
}
