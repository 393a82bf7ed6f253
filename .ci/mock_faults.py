"""Each fault and each certificate of the mock gateway, as Python's `requests` sees it.

Usage: mock_faults.py PATH-OF-MOCK-GATEWAY. Plays the rows of mock-gateway/tests/wire/faults.json over
http and https, a healthy scan after each, and exits 1 where a row says something else. `--show` prints
what was seen instead.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import requests

TABLE = pathlib.Path(__file__).parent.parent / "mock-gateway/tests/wire/faults.json"


class Gateway:
    """A mock gateway that runs until the block ends."""

    def __init__(self, binary, *arguments):
        self.command = [binary, "--listen", "127.0.0.1:0", *arguments]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # The first line comes once the port is open and the certificate is written.
        self.url = self.process.stdout.readline().split()[-1]
        return self.url

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def session(ca):
    client = requests.Session()
    # REQUESTS_CA_BUNDLE and proxies of this machine are not part of the test.
    client.trust_env = False
    client.verify = ca
    client.headers["Authorization"] = "Bearer iv_test_1"
    return client


def reason(error):
    """The class that a caller catches, and the innermost exception, which names the cause."""
    inner = error
    while below := next((one for one in (getattr(inner, "reason", None), *reversed(inner.args), inner.__context__)
                         if isinstance(one, Exception)), None):
        inner = below
    # OpenSSL says in words what is wrong with a certificate.
    words = getattr(inner, "verify_message", type(inner).__name__).split(",")[0]
    return f"{type(error).__name__}: {words}"


def outcome(client, url, tool, patience):
    scan = {"tool_name": tool, "method": "GET", "url": "https://a.example"}
    try:
        answer = client.post(f"{url}/v1/scan", json=scan, timeout=patience, allow_redirects=False)
    except requests.RequestException as error:
        return reason(error)
    try:
        decision = answer.json().get("decision")
        words = f"{answer.status_code} {decision or 'JSON'}"
    except ValueError:
        words = f"{answer.status_code} {'no JSON' if answer.content else 'nothing'}"
    if len(answer.content) > 10_000:
        words += f", {len(answer.content)} bytes"
    kind, location = answer.headers.get("content-type"), answer.headers.get("location")
    if kind and kind != "application/json":
        words += f", {kind}"
    return words + (f", to {location}" if location else "")


def main():
    show = sys.argv[1:2] == ["--show"]
    binary = sys.argv[-1]
    table = json.loads(TABLE.read_text())
    rules = [{"when": {"tool_name": row["fault"]}, "then": row["reply"]} for row in table["faults"]]
    wrong = []

    def compare(what, due, seen):
        if show:
            print(f"{what}: {seen}")
        elif due != seen:
            wrong.append(f"{what}: the table says {due!r}, requests says {seen!r}")

    with tempfile.TemporaryDirectory() as folder:
        scenario, ca = pathlib.Path(folder, "faults.yaml"), str(pathlib.Path(folder, "ca.pem"))
        # JSON is YAML.
        scenario.write_text(json.dumps({"rules": [*rules, {"then": {"decision": "ALLOW"}}]}))
        for scheme, arguments in ("http", []), ("https", ["--tls", "good", "--tls-ca", ca]):
            with Gateway(binary, str(scenario), *arguments) as url:
                for row in table["faults"]:
                    due = row["requests"] if scheme == "http" else row.get("https", row).get("requests", row["requests"])
                    patience = 0.3 if row["fault"] == "hang" else 20
                    compare(f"{scheme}, {row['fault']}", due, outcome(session(ca), url, row["fault"], patience))
                    # On a connection of its own: whether the pool has seen the end of the old one is a race.
                    compare(f"{scheme}, after {row['fault']}", "200 ALLOW", outcome(session(ca), url, "healthy", 20))
        for row in table["certificates"]:
            with Gateway(binary, "allow", "--tls", row["certificate"], "--tls-ca", ca) as url:
                seen = outcome(session(ca), url, "healthy", 20)
                compare(f"a certificate that is {row['certificate']}", row["requests"], seen)

    print("\n".join(wrong) or f"requests {requests.__version__}: {len(rules)} faults and 4 certificates as in the table")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
