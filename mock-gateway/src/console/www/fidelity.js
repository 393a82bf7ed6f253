// Every behaviour of this gateway, and how well it is known that the real one has it too.

import { el } from "./element.js";

const MARKS = {
  seed: "the vendor's integration page for MCP says so",
  documented: "the vendor's public API documentation says so",
  observed: "a published client library relies on it",
  assumed: "nothing public says; this is the most careful reading",
};

export function fidelity(app, signal) {
  const page = el("section", { class: "page", tabindex: 0, "aria-label": "Fidelity" }, el("p", { class: "none" }, "…"));
  app.get("/fidelity").then((found) => {
    if (!signal.aborted) page.replaceChildren(...sections(found));
  }, (problem) => page.replaceChildren(el("p", { class: "none" }, app.words(problem))));
  return page;
}

function sections({ assumed, behaviours }) {
  return [
    el("h2", {}, "Fidelity"),
    el("p", { class: "quiet" }, `${assumed} of ${behaviours.length} behaviours are assumed. What works here because of one of those may not work live.`),
    ...Object.entries(MARKS).map(([mark, meaning]) => {
      const marked = behaviours.filter((behaviour) => behaviour.mark === mark);
      return el(
        "table",
        { class: "wide fidelity" },
        el("caption", {}, `${mark} (${marked.length}) `, el("span", { class: "quiet" }, meaning)),
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "behaviour"), el("th", { scope: "col" }, "what the gateway does"))),
        el("tbody", {}, marked.map(({ id, text }) => el("tr", {}, el("td", {}, el("code", {}, id)), el("td", {}, text)))),
      );
    }),
  ];
}
