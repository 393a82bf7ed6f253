// Virtual time, told between two looks at the gateway's clock, and the buttons that move it.

import { el } from "./element.js";

export class Clock {
  #at = 0;
  #seen = 0;
  frozen = true;

  // Sets the clock, and says whether that was a jump.
  set(now, frozen) {
    const jumped = Math.abs(Date.parse(now) - this.now()) > 1500 || frozen !== this.frozen;
    this.#at = Date.parse(now);
    this.#seen = performance.now();
    this.frozen = frozen;
    return jumped;
  }

  now() {
    return this.#at + (this.frozen ? 0 : performance.now() - this.#seen);
  }

  // Whole seconds until a moment; a part of one counts as one.
  until(moment) {
    return Math.max(0, Math.ceil((Date.parse(moment) - this.now()) / 1000));
  }
}

export function time(moment) {
  return new Date(moment).toISOString().slice(11, 19);
}

export function left(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
}

// An element that counts down by itself while it is on the page.
export function countdown(moment) {
  return el("span", { class: "left", "data-until": moment });
}

export function clockFace(app) {
  const face = el("time", { class: "face" });
  const day = el("span", { class: "day" });
  const toggle = el("button", { type: "button", onclick: () => app.act("PUT", "/clock", { frozen: !app.clock.frozen }) });
  const step = (by, label) =>
    el("button", { type: "button", "aria-label": `+${by}: advance the clock by ${label}`, onclick: () => app.act("POST", "/clock/advance", { by }, `Advanced by ${label}`) }, `+${by}`);
  const tick = () => {
    const now = new Date(app.clock.now()).toISOString();
    face.textContent = now.slice(11, 19);
    face.dateTime = now;
    day.textContent = now.slice(0, 10);
    toggle.textContent = app.clock.frozen ? "run" : "stop";
    toggle.setAttribute("aria-label", app.clock.frozen ? "Let the clock run" : "Stop the clock");
    for (const node of document.querySelectorAll("[data-until]")) node.textContent = left(app.clock.until(node.dataset.until));
  };
  document.getElementById("clock").replaceChildren(day, face, toggle, step("1m", "one minute"), step("10m", "ten minutes"), step("1h", "one hour"));
  return tick;
}
