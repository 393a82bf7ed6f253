// Filters the cases, opens the one that a link leads to, and draws what crossed in it. Everything is put in
// as text; nothing is fetched and nothing is kept.
"use strict";

(() => {
  const { texts, cases } = JSON.parse(document.getElementById("data").textContent);
  const LANES = ["client", "guard", "gateway", "upstream", "process"];
  // A row's party by its number in the data; the guard is between them all.
  const LANE_OF = [0, 2, 3, 4];
  const GUARD = 1;
  const [IN, OUT] = [0, 1];

  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };
  const drawn = (name, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const time = (us) => {
    if (us < 1e3) return `${us} µs`;
    return us < 1e6 ? `${(us / 1e3).toFixed(1)} ms` : `${(us / 1e6).toFixed(2)} s`;
  };

  // Plays

  const callTable = (calls) => {
    const longest = Math.max(1, ...calls.map(([, , took]) => took ?? 0));
    const rows = calls.map(([step, what, took]) => {
      const bar = element("span", { className: "bar" });
      bar.style.width = `${((took ?? 0) / longest) * 100}%`;
      const last = took === null ? "no answer" : time(took);
      return element("tr", {},
        element("td", { textContent: texts[step] }),
        element("td", {}, element("code", { textContent: texts[what] })),
        element("td", { className: "share" }, took === null ? "" : bar),
        element("td", { textContent: last }));
    });
    const names = ["step", "request", "", "answered after"].map((name, index) =>
      index === 2
        ? element("td", { className: "share" })
        : element("th", { scope: "col", textContent: name }));
    return element("table", {},
      element("caption", { className: "unseen", textContent: "How long each answer took" }),
      element("thead", {}, element("tr", {}, ...names)),
      element("tbody", {}, ...rows));
  };

  // Where in the time of the play something happened, lane by lane.
  const axis = (timeline) => {
    const times = timeline.map(([at]) => at);
    const [first, last] = [Math.min(...times), Math.max(...times)];
    const place = (at) => ((at - first) / Math.max(1, last - first)) * 997;
    const picture = drawn("svg", { class: "axis", viewBox: "0 0 1000 50", preserveAspectRatio: "none", role: "img" });
    picture.setAttribute("aria-label", `${timeline.length} moments in ${time(last - first)}`);
    for (const lane of LANES.keys()) {
      picture.append(drawn("line", { x1: 0, x2: 1000, y1: lane * 10 + 5, y2: lane * 10 + 5 }));
    }
    for (const [at, party, , what, , direct] of timeline) {
      const tick = drawn("rect", { x: place(at), y: LANE_OF[party] * 10 + 1, width: 3, height: 8 });
      if (direct) tick.setAttribute("class", "direct");
      const title = drawn("title", {});
      title.textContent = `${time(at)}: ${texts[what]}`;
      tick.append(title);
      picture.append(tick);
    }
    const scale = element("div", { className: "scale" },
      ...[first, (first + last) / 2, last].map((at) => element("span", { textContent: time(Math.round(at)) })));
    const names = element("ul", { ariaHidden: "true" }, ...LANES.map((name) => element("li", { textContent: name })));
    return element("div", { className: "when" }, names, picture, scale);
  };

  const moment = ([at, party, way, what, text, direct]) => {
    const lane = LANE_OF[party];
    const between = element("span", { className: "lanes" });
    if (way === IN || way === OUT) {
      const [first, last] = [Math.min(lane, GUARD), Math.max(lane, GUARD)];
      const toTheRight = (way === IN) === (lane < GUARD);
      const arrow = element("span", { className: `arrow ${toTheRight ? "right" : "left"}` });
      arrow.style.gridColumn = `${first + 1} / ${last + 2}`;
      between.append(arrow);
    } else {
      const dot = element("span", { className: "dot" });
      dot.style.gridColumn = `${lane + 1}`;
      between.append(dot);
    }
    const where = [`${LANES[lane]}: `, `to the guard, from the ${LANES[lane]}: `, `from the guard, to the ${LANES[lane]}: `];
    const told = element("div", {},
      element("span", { className: "unseen", textContent: where[way === IN ? 1 : way === OUT ? 2 : 0] }),
      element("span", { textContent: (direct ? "without the guard: " : "") + texts[what] }));
    if (text !== null) told.append(element("code", { className: "said", textContent: texts[text] }));
    return element("li", { className: direct ? "moment direct" : "moment" },
      element("span", { className: "at", textContent: time(at) }), between, told);
  };

  const play = ({ version, took, calls, timeline, moments }) => {
    const part = element("section", { className: "play" }, element("h4", {}, `MCP ${version} `,
      element("span", { className: "quiet", textContent: time(took) })));
    if (calls.length > 0) part.append(callTable(calls));
    if (timeline === null) {
      part.append(element("p", { className: "note", textContent: "The timeline was left out to keep the page small." }));
      return part;
    }
    const names = element("li", { className: "moment names", ariaHidden: "true" }, element("span", {}),
      element("span", { className: "lanes" }, ...LANES.map((name) => element("span", { textContent: name }))), element("span", {}));
    if (timeline.length > 0) part.append(axis(timeline));
    part.append(element("ol", { className: "moments" }, names, ...timeline.map(moment)));
    if (moments > timeline.length) {
      const rest = `${moments - timeline.length} more are in the recording (--record).`;
      part.append(element("p", { className: "note", textContent: rest }));
    }
    return part;
  };

  const open = (part) => {
    const room = part.querySelector(".plays");
    if (room.childElementCount === 0) room.append(...cases[part.dataset.index].map(play));
  };

  // Filters

  const parts = [...document.querySelectorAll(".case")];
  const words = new Map(parts.map((part) => [part, part.textContent.toLowerCase()]));
  const distinct = (of) => [...new Set(parts.flatMap(of))].filter((value) => value !== "");
  const output = element("output", {});
  const find = element("input", { type: "search", id: "find", autocomplete: "off", spellcheck: false });
  const choice = (id, values) => {
    const options = values.map((value) => element("option", { value, textContent: value }));
    return element("select", { id }, element("option", { value: "", textContent: "all" }), ...options);
  };
  const area = choice("area", distinct((part) => [part.dataset.area]));
  const version = choice("version", distinct((part) => part.dataset.versions.split(" ")).sort().reverse());
  const outcomes = [...document.querySelectorAll(".counts li")].map((count) => {
    const box = element("input", { type: "checkbox", value: count.className });
    return [box, element("label", { className: count.className }, box, count.textContent)];
  });

  const filter = () => {
    const wanted = outcomes.map(([box]) => box).filter((box) => box.checked).map((box) => box.value);
    const searched = find.value.trim().toLowerCase();
    let shown = 0;
    for (const part of parts) {
      const { outcome, area: its, versions } = part.dataset;
      const fits = (wanted.length === 0 || wanted.includes(outcome))
        && (area.value === "" || area.value === its)
        && (version.value === "" || versions.split(" ").includes(version.value))
        && words.get(part).includes(searched);
      part.hidden = !fits;
      shown += fits;
    }
    for (const group of document.querySelectorAll("section.area")) {
      group.hidden = group.querySelector(".case:not([hidden])") === null;
    }
    document.getElementById("none").hidden = shown > 0;
    output.textContent = shown === parts.length ? `${shown} cases` : `${shown} of ${parts.length} cases`;
  };

  const clear = () => {
    for (const [box] of outcomes) box.checked = false;
    find.value = area.value = version.value = "";
    filter();
  };

  // A link to a case opens it, whatever is filtered out.
  const follow = () => {
    const part = document.querySelector(":target");
    if (!part?.classList.contains("case")) return;
    if (part.hidden) clear();
    part.open = true;
    part.scrollIntoView();
    part.querySelector("summary").focus({ preventScroll: true });
  };

  const filters = document.getElementById("filters");
  filters.setAttribute("aria-label", "Filter the cases");
  filters.append(
    element("label", {}, "Find", find),
    element("label", {}, "Area", area),
    element("label", {}, "MCP", version),
    element("fieldset", {}, element("legend", { className: "unseen", textContent: "Outcome" }), ...outcomes.map(([, label]) => label)),
    output);
  filters.hidden = false;
  filters.addEventListener("input", filter);
  output.setAttribute("aria-live", "polite");
  document.addEventListener("toggle", ({ target }) => {
    if (target.open && target.classList.contains("case")) open(target);
  }, true);
  document.addEventListener("click", ({ target }) => {
    // The same link again leads there again.
    const link = target.closest?.("a[href^='#']");
    if (link !== null && link.hash === location.hash) follow();
  });
  addEventListener("hashchange", follow);
  filter();
  follow();
})();
