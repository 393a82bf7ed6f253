// The page as a whole: let in, kept up to date, and showing what its address names. State and wiring;
// what a view looks like is its own.

import { Problem, ask, enter, follow } from "./gateway.js";
import { KEPT, Ledger } from "./ledger.js";
import { Clock, clockFace } from "./clock.js";
import { el } from "./element.js";
import { activity } from "./activity.js";
import { request } from "./request.js";
import { approval, queue } from "./approvals.js";
import { windows } from "./windows.js";
import { scenario } from "./scenario.js";
import { fidelity } from "./fidelity.js";
import { listen } from "./keys.js";

const news = new EventTarget();
let views = new AbortController();
let stream = new AbortController();
let inForce = null;

const app = {
  ledger: new Ledger(),
  clock: new Clock(),
  state: null,
  approvals: [],
  route: { view: "activity", id: null },
  tick: () => {},

  get: (path) => ask("GET", path),
  listen: (name, signal, heard) => news.addEventListener(name, heard, { signal }),

  // The scenario in force; asked for once until it changes.
  scenario() {
    inForce ??= ask("GET", "/scenario").catch(() => null);
    return inForce;
  },

  // Does something at the desk, says so, and shows what became of it.
  async act(method, path, body, done) {
    try {
      await ask(method, path, body ?? (method === "POST" ? {} : undefined));
      if (done) app.say(done);
      return true;
    } catch (problem) {
      app.say(app.words(problem));
      return false;
    } finally {
      await look(true);
    }
  },

  words: (problem) => (problem instanceof Problem ? [problem.message, problem.remedy].filter(Boolean).join(": ") : "the gateway cannot be reached"),

  say(text) {
    document.getElementById("said").replaceChildren(text);
    const toast = document.getElementById("toast") ?? el("p", { id: "toast", "aria-hidden": "true" });
    toast.replaceChildren(text);
    document.body.append(toast);
    clearTimeout(app.said);
    app.said = setTimeout(() => toast.remove(), 4000);
  },

  go(path) {
    if (path !== location.pathname) history.pushState(null, "", path);
    show();
  },
};

const tell = (name, detail) => news.dispatchEvent(new CustomEvent(name, { detail }));

// How the gateway stands, and whatever has changed with it. One look after the other, so that no older
// answer comes in the place of a newer one.
let looking = Promise.resolve();

function look(thoroughly) {
  looking = looking.catch(() => {}).then(() => lookNow(thoroughly));
  return looking;
}

async function lookNow(thoroughly) {
  const before = app.state;
  app.state = await ask("GET", "/state");
  const jumped = app.clock.set(app.state.now, app.state.frozen);
  document.getElementById("line").hidden = true;
  const changed = (name) => before?.[name] !== app.state[name];
  if (before === null || changed("scenario") || changed("scenario_fault") || thoroughly) {
    inForce = null;
    tell("scenario");
  }
  if (thoroughly || jumped || changed("pending") || changed("grants")) await lookAtApprovals(before !== null);
  head();
}

async function lookAtApprovals(announce) {
  const known = new Set(app.approvals.map(({ approval_id: id }) => id));
  app.approvals = (await ask("GET", "/approvals")).approvals;
  const fresh = app.approvals.filter(({ approval_id: id, status }) => status === "pending" && !known.has(id));
  if (announce && fresh.length > 0) {
    const more = fresh.length > 1 ? `, and ${fresh.length - 1} more` : "";
    app.say(`Approval asked for: ${fresh.at(-1).tool_name ?? fresh.at(-1).url}${more}`);
  }
  tell("approvals");
}

function head() {
  const { url, scenario: name, scenario_fault: fault, pending, grants } = app.state;
  document.getElementById("where").replaceChildren(el("code", {}, url), " · ", el("a", { href: "/console/scenario" }, name));
  const count = (id, number) => {
    const badge = document.getElementById(id);
    badge.hidden = number === 0;
    badge.textContent = id === "fault" ? "!" : String(number);
  };
  count("pending", pending);
  count("running", grants);
  count("fault", fault === null ? 0 : 1);
  document.title = `${pending > 0 ? `(${pending}) ` : ""}mock-gateway`;
  app.tick();
}

// Follows the journal while the page is seen; after a break it begins anew.
async function followJournal() {
  stream.abort();
  stream = new AbortController();
  const { signal } = stream;
  const last = app.state.requests;
  const newest = Math.max(...app.ledger.rows.keys(), 0);
  // What was open when the stream broke is read again.
  const open = [...app.ledger.rows.values()].find((row) => row.status === undefined && !row.hungUp && row.broken === undefined);
  const after = Math.max(0, last - KEPT, open === undefined ? newest : open.number - 1);
  for await (const events of follow(after, signal)) {
    tell("rows", app.ledger.take(events));
    if (events.some((event) => event.approval_id !== undefined)) await look(true);
  }
}

async function keepFollowing() {
  for (;;) {
    try {
      if (document.hidden) await new Promise((seen) => document.addEventListener("visibilitychange", seen, { once: true }));
      else await followJournal();
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) return locked(problem);
    }
    await new Promise((later) => setTimeout(later, 300));
  }
}

function routeOf(path) {
  const [, , view = "", id] = path.split("/");
  return { view: view || "activity", id: id ? decodeURIComponent(id) : null };
}

function show() {
  const before = app.route;
  app.route = routeOf(location.pathname);
  const { view, id } = app.route;
  const named = view === "requests" ? "activity" : view;
  for (const tab of document.querySelectorAll("nav a[data-view]")) {
    if (tab.dataset.view === named) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  const main = document.getElementById("main");
  main.className = id === null ? named : `${named} open`;
  const stays = main.dataset.view === named && ["activity", "approvals"].includes(named);
  if (!stays) {
    views.abort();
    views = new AbortController();
  }
  main.dataset.view = named;
  detail.abort();
  detail = new AbortController();
  const lists = { activity, approvals: queue, windows, scenario, fidelity };
  const list = stays ? main.firstChild : (lists[named] ?? activity)(app, views.signal);
  const opened = id === null ? null : view === "requests" ? request(app, id, detail.signal) : approval(app, id, detail.signal);
  if (stays) {
    main.children[1]?.remove();
    if (opened !== null) main.append(opened);
  } else main.replaceChildren(...[list, opened].filter((part) => part !== null));
  tell("route");
  app.tick();
  // Where the list gives way to what was opened, the focus goes with it.
  if (id !== null && id !== before.id && list.getClientRects().length === 0) main.focus();
}

let detail = new AbortController();

function locked(problem) {
  stream.abort();
  clearInterval(app.every);
  document.getElementById("clock").replaceChildren();
  document.getElementById("where").replaceChildren();
  document.querySelector("nav").hidden = true;
  const main = document.getElementById("main");
  main.className = "locked";
  main.replaceChildren(
    el("h2", {}, "This console is closed"),
    el("p", {}, problem.status === 401 ? "It opens with the link that mock-gateway prints when it starts, and each link opens it once." : app.words(problem)),
    el("p", {}, "Another link: ", el("kbd", {}, "o"), " in ", el("code", {}, "mock-gateway watch"), "."),
  );
}

async function second() {
  app.tick();
  tell("second");
  if (document.hidden) return;
  try {
    await look(false);
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) return locked(problem);
    const line = document.getElementById("line");
    line.textContent = "The gateway cannot be reached. Trying again.";
    line.hidden = false;
  }
}

document.addEventListener("click", (event) => {
  const anchor = event.target.closest?.("a[href^='/console']");
  if (anchor === null || anchor === undefined || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  app.go(anchor.getAttribute("href"));
});
window.addEventListener("popstate", show);
document.addEventListener("visibilitychange", () => document.hidden && stream.abort());

try {
  // A link that was used before is no matter where somebody is in already.
  const refused = await enter().catch((problem) => problem);
  await look(true).catch((problem) => {
    throw refused ?? problem;
  });
  app.tick = clockFace(app);
  listen(app);
  show();
  app.every = setInterval(second, 1000);
  keepFollowing();
} catch (problem) {
  locked(problem);
}
