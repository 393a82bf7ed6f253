// Elements made of values. Whatever a client sent becomes text and nothing else: there is no way here
// from a string to markup, and what a reader could not see, or could see in a wrong order, is named.

// Controls, bidirectional controls, invisible characters, lone surrogates: all but tab and line feed.
// One that is repeated is one find.
const UNSEEN = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e01ef}]|\p{Surrogate})\1*/gu;

// Past this many they are not named any more: a megabyte of them must not become as many elements.
const MOST_MARKS = 200;
const UNNAMED = "\ufffd";

// A text as nodes, with the code point in the place of each character that has no look of its own.
export function shown(text) {
  const nodes = document.createDocumentFragment();
  const plain = [];
  let from = 0;
  let marks = 0;
  const settle = (...more) => {
    nodes.append(plain.join(""), ...more);
    plain.length = 0;
  };
  for (const found of text.matchAll(UNSEEN)) {
    plain.push(text.slice(from, found.index));
    from = found.index + found[0].length;
    if (marks === MOST_MARKS) {
      plain.push(UNNAMED);
      continue;
    }
    marks += 1;
    settle(mark(found[1], found[0].length / found[1].length));
  }
  plain.push(text.slice(from));
  settle();
  return nodes;
}

function mark(character, times) {
  const node = document.createElement("span");
  node.className = "mark";
  const name = `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  node.textContent = times === 1 ? name : `${name} × ${times.toLocaleString("en")}`;
  return node;
}

// An element; a function under `on…` listens, a string among the children is shown as text.
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (name === "href" && !String(value).startsWith("/console")) throw new Error(`no link leads to ${value}`);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : shown(String(child)));
  }
  return node;
}

// Facts as a list of terms; one without a value is left out.
export function facts(...pairs) {
  const told = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return el("dl", { class: "facts" }, told.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
}

// How much of a long text is laid out before somebody asks for the rest.
const AT_FIRST = 20000;

// A text that may be long, in the letters it came in.
export function block(text, label) {
  const pre = el("pre", { tabindex: 0, role: "region", "aria-label": label }, text.slice(0, AT_FIRST));
  if (text.length <= AT_FIRST) return pre;
  const all = () => {
    pre.replaceChildren(shown(text));
    more.remove();
    pre.focus();
  };
  const more = el("button", { type: "button", class: "more", onclick: all }, `Show all ${text.length.toLocaleString("en")} characters`);
  return el("div", {}, pre, more);
}

export function link(path, ...children) {
  return el("a", { href: path }, ...children);
}
