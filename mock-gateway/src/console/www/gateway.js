// The admin API as this page uses it. The cookie is the browser's; the proof beside it is kept where
// only pages of this address can read it. Never an element.

const API = "/admin/v1";
const PROOF = "console-proof";

// Why something was not done, and what to do about it.
export class Problem extends Error {
  constructor(status, { error = "the gateway gave no reason", remedy = "" } = {}) {
    super(error);
    this.status = status;
    this.remedy = remedy;
  }
}

async function send(method, path, body, signal) {
  const headers = { [PROOF]: localStorage.getItem(PROOF) ?? "" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await fetch(path, { method, headers, body: text, signal, cache: "no-store", redirect: "error" });
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => undefined));
  return answer;
}

export async function ask(method, path, body) {
  return (await send(method, API + path, body)).json();
}

// Takes the link out of the address and trades it for a visit; does nothing where there is no link.
export async function enter() {
  const link = new URLSearchParams(location.hash.slice(1)).get("open");
  if (link === null) return;
  history.replaceState(null, "", location.pathname);
  const { proof } = await (await send("POST", "/console/session", { link })).json();
  localStorage.setItem(PROOF, proof);
}

// The journal as it grows, in batches of what arrived together.
export async function* follow(after, signal) {
  const answer = await send("GET", `${API}/journal/stream?after=${after}`, undefined, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    yield lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}
