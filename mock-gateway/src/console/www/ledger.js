// What happened, request by request, from the events of the journal. Only values; how they look is
// the views' business.

import { parsed } from "./json.js";

// How many requests are kept; the journal has the older ones.
export const KEPT = 500;

export class Ledger {
  rows = new Map();

  // Takes events in, and says which requests they are about; `null` where the journal forgot some
  // before they could be read, so that nothing is as it was.
  take(events) {
    const touched = new Set();
    let lost = false;
    for (const event of events) {
      if (event.event === "lost") {
        this.rows.clear();
        lost = true;
        continue;
      }
      const row = event.event === "arrived" ? arrival(event) : this.rows.get(event.request);
      if (row === undefined) continue;
      this.rows.set(row.number, row);
      become(row, event);
      touched.add(row.number);
    }
    for (const number of this.rows.keys()) {
      if (this.rows.size <= KEPT) break;
      this.rows.delete(number);
      touched.add(number);
    }
    return lost ? null : touched;
  }

  // Those of an approval or of a trace, oldest first.
  with(field, id) {
    return [...this.rows.values()].filter((row) => row[field] === id);
  }
}

function arrival({ request, time, method, path, body, length }) {
  const bare = path.split("?")[0];
  const call = bare.endsWith("/v1/scan") ? parsed(body ?? "") : null;
  const text = (name) => (typeof call?.[name] === "string" ? call[name] : null);
  return { number: request, time, method, path: bare, length, tool: text("tool_name"), verb: text("method"), url: text("url") };
}

function become(row, event) {
  switch (event.event) {
    case "decided":
      row.choice = event.choice;
      row.by = event.by;
      row.trace = event.trace_id ?? null;
      row.approval = event.approval_id ?? null;
      row.fault = event.fault ?? null;
      row.nearest = event.nearest ?? null;
      break;
    case "answered":
      row.status = event.status;
      break;
    case "broken":
      row.broken = event.sent;
      break;
    case "hung_up":
      row.hungUp = true;
      break;
  }
}

// What a request is about, in a few words.
export function subject(row) {
  return [row.tool, row.verb ?? row.method, row.url ?? row.path].filter((part) => part !== null).join(" ");
}

// Which of the kinds that can be filtered for.
export function kind(row) {
  if (["ALLOW", "SANITIZE", "DENY", "REQUIRE_APPROVAL"].includes(row.choice)) return row.choice;
  return row.choice === undefined ? "OPEN" : "OTHER";
}
