"""The HTML report in Chromium, as a person meets it: light, dark and on a phone.

Usage: html_report.py FILE.html MARKER. The report must be of a guard that said MARKER, a text with markup in
it, and failed a case. Exits 1 with one line for each thing that is not as it should be. Needs Debian's
`chromium` and `chromium-driver`. With AXE_CORE=PATH/axe.min.js the page is held to axe-core too.
"""

import html.parser
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

ENTER = "\ue007"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # W3C WebDriver, "web element identifier"
SIZES = {"wide": (1280, 900, False), "phone": (390, 844, True)}


class Browser:
    """A headless Chromium that is told what to do through chromedriver's HTTP interface."""

    def __enter__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        quiet = subprocess.DEVNULL
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=quiet, stderr=quiet, start_new_session=True)
        self.base = f"http://127.0.0.1:{port}"
        options = {
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-prefers-reduced-motion"],
            "perfLoggingPrefs": {"enableNetwork": True},
        }
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        for _ in range(100):
            try:
                session = self.ask("/session", {"capabilities": {"alwaysMatch": wanted}})
                break
            except urllib.error.URLError as error:
                if isinstance(error, urllib.error.HTTPError) or self.driver.poll() is not None:
                    raise
                time.sleep(0.1)  # It does not listen yet.
        else:
            sys.exit("chromedriver does not answer")
        self.base += f"/session/{session['sessionId']}"
        return self

    def __exit__(self, *_):
        try:
            urllib.request.urlopen(urllib.request.Request(self.base, method="DELETE"), timeout=20)
        except OSError:
            pass  # It is ended below, whatever it says.
        # With it goes the browser, also one that hangs.
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()

    def ask(self, path, body):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=90) as answer:
            return json.load(answer)["value"]

    def cdp(self, command, **parameters):
        return self.ask("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def run(self, script, *arguments):
        return self.ask("/execute/sync", {"script": script, "args": list(arguments)})

    def press(self, selector, keys):
        element = self.ask("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self.ask(f"/element/{element}/value", {"text": keys})

    def log(self, kind):
        return self.ask("/se/log", {"type": kind})


class Plain(html.parser.HTMLParser):
    """What is on the page without its script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text, self.within = [], "", None
        self.feed(text)

    def handle_starttag(self, tag, _):
        self.tags.append(tag)
        self.within = tag

    def handle_endtag(self, _):
        self.within = None

    def handle_data(self, data):
        if self.within not in ("script", "style"):
            self.text += data


# What is visible of the cases, and what the filters say of it.
VISIBLE = """
  const parts = [...document.querySelectorAll('.case')].filter((part) => part.checkVisibility());
  return { count: parts.length, said: document.querySelector('output').textContent,
           of: parts.map(({ id, dataset }) => ({ id, ...dataset })) };
"""
SET = "const it = document.querySelector(arguments[0]); it.value = arguments[1]; it.dispatchEvent(new Event('input', { bubbles: true }));"
CLICK = "document.querySelector(arguments[0]).click();"
OPENED = "const part = document.querySelector('.case:target'); return part?.open && part.querySelectorAll('.moment').length;"


def main(path, marker):
    faults = []

    def must(holds, what):
        if not holds:
            faults.append(what)

    page = pathlib.Path(path).resolve()
    source = page.read_text(encoding="utf-8")
    must(len(source) < 5_000_000, f"the page is too large: {len(source)} characters")
    plain = Plain(source)
    must(marker in plain.text, "without the script, the guard's words are not in the findings")
    must("run again" in plain.text, "without the script, there is no line that runs a case again")
    must(plain.tags.count("script") == 2, f"there are {plain.tags.count('script')} scripts")

    with Browser() as browser:
        browser.log("performance")
        for scheme in ("light", "dark"):
            for name, (width, height, mobile) in SIZES.items():
                look(browser, page, marker, f"{scheme}, {name}", scheme, (width, height, mobile), must)
        sent = [json.loads(entry["message"])["message"] for entry in browser.log("performance")]
        asked = {event["params"]["request"]["url"] for event in sent if event["method"] == "Network.requestWillBeSent"}
        asked = {url.split("#")[0] for url in asked}
        must(page.as_uri() in asked, "the page itself was not seen to be asked for")
        must(asked <= {page.as_uri()}, f"the page asks for more than itself: {asked - {page.as_uri()}}")
    for fault in faults:
        print(fault)
    print(f"{path}: {len(faults)} faults" if faults else f"{path}: as it should be, light and dark, wide and on a phone")
    return bool(faults)


def look(browser, page, marker, where, scheme, size, demand):
    def must(holds, what):
        demand(holds, f"{where}: {what}")

    width, height, mobile = size
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
    browser.ask("/url", {"url": "about:blank"})
    browser.ask("/url", {"url": page.as_uri()})
    ground = browser.run("return getComputedStyle(document.documentElement).backgroundColor;")
    is_dark = sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128
    must(is_dark == (scheme == "dark"), f"the ground is {ground}")

    if not browser.run("return document.querySelector('output') !== null;"):
        must(False, f"the script of the page does not run: {[entry['message'] for entry in browser.log('browser')]}")
        return

    everything = browser.run(VISIBLE)
    total = everything["count"]
    must(total > 1 and everything["said"] == f"{total} cases", f"{total} cases are there, and {everything['said']} are said")
    failed = [part for part in everything["of"] if part["outcome"] == "fail"]
    must(failed, "no case failed in this report: it shows too little")

    # Each filter leaves what fits, and something.
    for what, selector, value, fits in (
        ("the area", "#area", failed[0]["area"], lambda part: part["area"] == failed[0]["area"]),
        ("the version", "#version", "2025-11-25", lambda part: "2025-11-25" in part["versions"].split()),
        ("the search", "#find", failed[0]["id"].upper(), lambda part: failed[0]["id"] in part["id"]),
    ):
        browser.run(SET, selector, value)
        left = browser.run(VISIBLE)
        due = [part["id"] for part in everything["of"] if fits(part)]
        seen = [part["id"] for part in left["of"]]
        must(seen == due, f"{what} leaves {seen[:5]} and not {due[:5]}")
        browser.run(SET, selector, "")
    browser.run(CLICK, "#filters input[value=fail]")
    left = browser.run(VISIBLE)
    must([part["id"] for part in left["of"]] == [part["id"] for part in failed], "the outcome does not leave what failed")
    must(left["said"] == f"{len(failed)} of {total} cases", f"{len(failed)} failed, and {left['said']} are said")
    browser.run(SET, "#find", "no case says this")
    none = browser.run(VISIBLE)["count"], browser.run("return !document.getElementById('none').hidden;")
    must(none == (0, True), "nothing fits, and that is not said")

    # A link of the grid leads to its case, though it is filtered out, and again when it was closed.
    passed = "table.grid a.cell.pass"
    browser.run(CLICK, passed)
    time.sleep(0.2)
    must(browser.run(OPENED), "a cell of the grid does not open its case with a timeline")
    browser.run("document.querySelector('.case:target').open = false;")
    browser.run(CLICK, passed)
    time.sleep(0.2)
    must(browser.run(OPENED), "the same cell does not open its case again")

    # By keyboard alone: Enter opens a case.
    played = next((part["id"] for part in failed if not part["id"].startswith("standing/")), failed[0]["id"])
    browser.press(f"[id='{played}'] > summary", ENTER)
    time.sleep(0.2)
    drawn = browser.run(
        "const part = document.getElementById(arguments[0]);"
        "return ['.moment .arrow', '.axis rect', '.bar'].map((what) => part.querySelectorAll(what).length);", played)
    must(all(count > 0 for count in drawn), f"{played} shows {drawn} arrows, ticks and bars")

    # With everything open, nothing of the guard is markup, and nothing is wider than the screen.
    browser.run("for (const part of document.querySelectorAll('.case')) part.open = true;")
    time.sleep(1)
    must(browser.run("return document.body.innerText.includes(arguments[0]);", marker), "the guard's words are not shown")
    strange = browser.run("return [...document.querySelectorAll('img, iframe, object, embed, link, form, .case b, [onerror], [onload]')].map((it) => it.outerHTML);")
    must(not strange, f"a text became markup: {strange}")
    must(browser.run("return document.scripts.length;") == 2, "a text became a script")
    wide = browser.run("const root = document.documentElement; return [root.scrollWidth, root.clientWidth];")
    must(wide[0] <= wide[1], f"the page is {wide[0]} wide on a screen of {wide[1]}")
    for entry in browser.log("browser"):
        must(False, f"console: {entry['message']}")
    # Two parts are open, not all: axe-core looks at every element, and the rest is more of the same.
    browser.run("for (const part of document.querySelectorAll('.case')) part.open = part.id === arguments[0] || part.matches(':target');", failed[0]["id"])
    under_axe(browser, must)


def under_axe(browser, must):
    """Holds the page as it is shown to axe-core, where that is given."""
    if "AXE_CORE" not in os.environ:
        return
    source = pathlib.Path(os.environ["AXE_CORE"]).read_text(encoding="utf-8")
    browser.cdp("Runtime.evaluate", expression=source)
    found = browser.cdp("Runtime.evaluate", expression="axe.run().then((it) => it.violations)", awaitPromise=True, returnByValue=True)
    for violation in found["result"].get("value", [{"id": "axe-core", "help": str(found), "nodes": []}]):
        where = ", ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:3])
        must(False, f"axe-core {violation['id']}: {violation['help']} ({where})")
    browser.log("browser")  # What axe-core itself says is not the page's.


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
