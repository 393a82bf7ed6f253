"""The page of a bench in Chromium: light, dark and on a phone, with every picture drawn.

Usage: bench_page.py FILE.html. Exits 1 with one line for each thing that is not as it should be. Needs Debian's
`chromium` and `chromium-driver`. With AXE_CORE=PATH/axe.min.js the page is held to axe-core too.
"""

import json
import pathlib
import re
import sys

from html_report import SIZES, Browser, under_axe

# Pictures of which nothing is seen, and lines without a length.
EMPTY = """
  const blank = [...document.querySelectorAll('svg')].filter((it) => it.getBoundingClientRect().height < 4);
  const lines = [...document.querySelectorAll('.chart path.line')];
  const flat = lines.filter((it) => it.getTotalLength() < 1 || getComputedStyle(it).stroke === 'none');
  return [lines.length, blank.length + flat.length];
"""
# Texts of one picture that lie over one another.
OVERLAPS = """
  const found = [];
  for (const svg of document.querySelectorAll('.chart > svg')) {
    const boxes = [...svg.querySelectorAll('text')].map((it) => [it.textContent, it.getBoundingClientRect()]);
    for (const [index, [text, box]] of boxes.entries())
      for (const [other, its] of boxes.slice(index + 1))
        if (box.left < its.right && its.left < box.right && box.top < its.bottom && its.top < box.bottom)
          found.push(`${svg.getAttribute('aria-label')}: "${text}" and "${other}"`);
  }
  return found;
"""


def main(path):
    faults = []
    page = pathlib.Path(path).resolve()
    with Browser() as browser:
        browser.log("performance")
        for scheme in ("light", "dark"):
            for name, (width, height, mobile) in SIZES.items():
                def must(holds, what, where=f"{scheme}, {name}"):
                    if not holds:
                        faults.append(f"{where}: {what}")

                browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
                browser.ask("/url", {"url": page.as_uri()})
                ground = browser.run("return getComputedStyle(document.documentElement).backgroundColor;")
                is_dark = sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128
                must(is_dark == (scheme == "dark"), f"the ground is {ground}")
                lines, empty = browser.run(EMPTY)
                must(lines > 0 and empty == 0, f"of {lines} lines and their pictures, {empty} show nothing")
                must(not (found := browser.run(OVERLAPS)), f"texts lie over one another: {found}")
                wide = browser.run("const root = document.documentElement; return [root.scrollWidth, root.clientWidth];")
                must(wide[0] <= wide[1], f"the page is {wide[0]} wide on a screen of {wide[1]}")
                for entry in browser.log("browser"):
                    must(False, f"console: {entry['message']}")
                under_axe(browser, must)
        sent = [json.loads(entry["message"])["message"] for entry in browser.log("performance")]
        asked = {event["params"]["request"]["url"] for event in sent if event["method"] == "Network.requestWillBeSent"}
        if asked != {page.as_uri()}:
            faults.append(f"the page asks for more than itself: {asked}")
    for fault in faults:
        print(fault)
    print(f"{path}: {len(faults)} faults" if faults else f"{path}: as it should be, light and dark, wide and on a phone")
    return bool(faults)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
