// The scenario in force, what is wrong with the one that should have come, and another one in its place.

import { el, block } from "./element.js";

export function scenario(app, signal) {
  const page = el("section", { class: "page", tabindex: 0, "aria-label": "Scenario" }, el("p", { class: "none" }, "…"));
  const draw = async () => {
    const found = await app.scenario();
    if (signal.aborted || found === null) return;
    const focused = document.activeElement?.id;
    page.replaceChildren(...sections(app, found));
    if (focused) document.getElementById(focused)?.focus();
  };
  app.listen("scenario", signal, draw);
  draw();
  return page;
}

function sections(app, { rules, yaml, bundled }) {
  const { scenario: name, scenario_fault: fault } = app.state;
  const choice = el(
    "select",
    { id: "bundled" },
    bundled.includes(name) ? null : el("option", { value: "", disabled: true, selected: true }, "choose one"),
    bundled.map((one) => el("option", { value: one, selected: one === name }, one)),
  );
  const change = (event) => {
    event.preventDefault();
    if (choice.value !== "") app.act("PUT", "/scenario", { bundled: choice.value }, `Scenario ${choice.value} is in force`);
  };
  return [
    el("h2", {}, "Scenario ", el("code", {}, name)),
    fault === null ? null : el("div", { class: "fault", role: "alert" }, el("h3", {}, "What should have come in force could not"), el("pre", { tabindex: 0, role: "region", "aria-label": "Fault of the scenario" }, fault)),
    el(
      "form",
      { class: "switch", onsubmit: change },
      el("label", { for: "bundled" }, "Bundled scenario"),
      choice,
      el("button", { class: "strong", id: "switch" }, "Put in force"),
      el("span", { class: "quiet" }, "Approvals, windows and the journal stay."),
    ),
    el("h3", {}, "Rules, the first that fits"),
    el("ol", { class: "rules" }, rules.map((rule) => el("li", {}, rule))),
    el("h3", {}, "As a file"),
    block(yaml, "Scenario as YAML"),
  ].filter((section) => section !== null);
}
