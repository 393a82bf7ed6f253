"""The gateway's own Python SDK (PyPI `interven`), against the mock gateway.

Usage: interven_sdk.py PATH-OF-MOCK-GATEWAY. Calls everything that the SDK has for the public API and
prints a line for each thing that it returns or raises; exits 1 where one is not as it is due. What the SDK
has for other services (its `tools`, its HMAC clients) is only seen to be refused.
"""

import json
import logging
import os
import pathlib
import sys
import tempfile
import threading
import time
from urllib.parse import urljoin

# The SDK calls `requests` without a session: what this machine sets must not reach it.
for name in list(os.environ):
    if name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") or name.lower().endswith("_proxy") or name.startswith("INTERVEN_"):
        del os.environ[name]

import interven
import requests
from interven import Client, gate, guard

from mock_faults import Gateway

KEY, TOKEN = "iv_test_1", "a-token-of-this-run-only"

AT = "https://{}.example/x".format
SSN = "219-09-9999"


def scenario():
    def scan(host, *replies):
        return {"when": {"url": AT(host)}, "then": list(replies)}

    def response(word, reply):
        return {"when": {"path": "/v1/scan/response", "body": {"answer": word}}, "then": reply}

    html = {"status": 502, "json": "<html>bad gateway</html>", "content_type": "text/html"}
    return {"rules": [
        scan("deny", {"decision": "DENY", "reason_codes": ["SECRETS", "EXTERNAL_PRINCIPAL"]}),
        scan("sanitize", {"decision": "SANITIZE", "reason_codes": ["PII"], "sanitize": "redact"}),
        scan("lower", {"decision": "allow"}),
        {"when": {"url": "https://ask-*.example/x"}, "then": {"decision": "REQUIRE_APPROVAL"}},
        scan("pace", {"status": 429, "retry_after": "2s"}),
        scan("broken", {"status": 500}),
        scan("busy", {"status": 503}),
        scan("html", html),
        scan("html-200", {"json": "<html>hello</html>", "content_type": "text/html"}),
        scan("cut", {"decision": "ALLOW", "wire": "reset_mid_body"}),
        scan("reset", {"wire": "reset"}),
        scan("hang", {"wire": "hang"}),
        scan("allow", {"decision": "ALLOW"}),
        response("broken", {"status": 500}),
        response("html", html),
        response("html-200", {"json": "<html>hello</html>"}),
        {"when": {"path": "/v1/approvals/in-html/status"}, "then": html},
        {"when": {"path": "/health", "nth": 2}, "then": {"status": 503}},
    ]}


class Desk:
    """The admin API, as the analyst uses it."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {TOKEN}"

    def ask(self, operation, body=None, **query):
        answer = self.session.request("GET" if body is None else "POST", self.url + operation, json=body, params=query)
        answer.raise_for_status()
        return answer.json()

    def decide(self, approval_id, verdict):
        self.ask(f"/approvals/{approval_id}/{verdict}", {})

    def decide_once_polled(self, approval_id, verdict):
        """Decides while a client waits: as soon as it has asked once in vain."""
        def run():
            path = f"/v1/approvals/{approval_id}/status"
            while not self.ask("/journal", path=path)["requests"]:
                time.sleep(0.02)
            self.decide(approval_id, verdict)
        threading.Thread(target=run, daemon=True).start()

    def advance(self, by):
        self.ask("/clock/advance", {"by": by})

    def last(self, path):
        """What crossed when this path was last asked for."""
        request = self.ask("/journal", path=path)["requests"][-1]
        return self.ask(f"/journal/{request['number']}")


class Shown:
    """What was seen, each with what was due."""

    def __init__(self):
        self.wrong, self.count = [], 0

    def that(self, what, seen, due):
        self.count += 1
        print(f"{what}: {seen}")
        if seen != due:
            self.wrong.append(f"{what}: due was {due!r}, the SDK gives {seen!r}")


def raised(call):
    """The class and the beginning of the words of what a call raises."""
    try:
        return f"nothing, but {call()!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def scans(shown, client, url, desk):
    def verdict(host, body=None, method="post"):
        return client.scan(method=method, url=AT(host), body=body)

    allow = verdict("allow", method="get")
    shown.that("ALLOW", (allow.decision, allow.allowed, allow.risk_band, allow.reason_codes), ("ALLOW", True, "LOW", []))
    shown.that("its trace_id, a UUID", len(allow.trace_id.split("-")), 5)
    crossed = desk.last("/v1/scan")
    shown.that("what crossed", json.loads(crossed["body"]["text"]),
               {"method": "GET", "url": AT("allow"), "body": {}, "runtime_type": "python"})
    shown.that("with a bearer token", crossed["request"]["authorization"], "right")
    agent = "8f14e45f-ceea-467f-a9d1-000000000001"
    client.scan(method="GET", url=AT("allow"), headers={"X-A": "b"}, agent_id=agent, runtime_type="crewai")
    crossed = json.loads(desk.last("/v1/scan")["body"]["text"])
    shown.that("headers, agent, runtime", [crossed[name] for name in ("headers", "agent_id", "runtime_type")],
               [{"X-A": "b"}, agent, "crewai"])

    deny = verdict("deny")
    shown.that("DENY", (deny.decision, deny.blocked, deny.reason_codes), ("DENY", True, ["SECRETS", "EXTERNAL_PRINCIPAL"]))
    sanitize = verdict("sanitize", {"text": f"SSN {SSN}", "n": 1})
    shown.that("SANITIZE", (sanitize.needs_sanitization, sanitize.sanitized_body),
               (True, {"text": "SSN [REDACTED:PII]", "n": 1}))
    ask = verdict("ask-url")
    shown.that("REQUIRE_APPROVAL", (ask.needs_approval, ask.raw["approval_url"]),
               (True, urljoin(desk.url, f"/console/approvals/{ask.approval_id}")))
    shown.that("a decision in lower case", verdict("lower").decision, "ALLOW")

    from_environment = {"INTERVEN_API_KEY": KEY, "INTERVEN_GATEWAY_URL": url + "/"}
    os.environ.update(from_environment)
    shown.that("settings of the environment", Client().scan(method="GET", url=AT("allow")).decision, "ALLOW")
    for name in from_environment:
        del os.environ[name]
    shown.that("no key", raised(Client).split(".")[0], "AuthenticationError: No API key provided")


def failures(shown, client, url):
    def failed(what, due, host="allow", client=client, **scan):
        shown.that(what, raised(lambda: client.scan(**{"method": "POST", "url": AT(host), **scan}))[:len(due)], due)

    stranger = Client("iv_test_2", gateway_url=url)
    failed("401", "AuthenticationError: API key invalid", client=stranger)
    failed("413", "PayloadTooLargeError: Request body exceeds 256KB limit", body="x" * (256 * 1024))
    failed("400", "GatewayError: Interven returned 400: VALIDATION_ERROR", url="relative/x")
    failed("429", "GatewayError: Interven returned 429: RATE_LIMITED", "pace")
    failed("500", "GatewayError: Interven returned 500: INTERNAL_ERROR", "broken")
    failed("503", "GatewayError: Interven returned 503: SERVICE_UNAVAILABLE", "busy")
    failed("502 without JSON", "GatewayError: Non-JSON response from Interven (status=502)", "html")
    failed("200 without JSON", "GatewayError: Non-JSON response from Interven (status=200)", "html-200")
    failed("reset in mid-body", "GatewayError: Network error contacting Interven", "cut")
    failed("reset", "GatewayError: Network error contacting Interven", "reset")
    failed("no answer in time", "GatewayError: Network error contacting Interven", "hang",
           client=Client(KEY, gateway_url=url, timeout=0.3))
    failed("nobody there", "GatewayError: Network error contacting Interven",
           client=Client(KEY, gateway_url="http://127.0.0.1:1"))
    shown.that("a scan after all that", client.scan(method="GET", url=AT("allow")).decision, "ALLOW")


def responses(shown, client, url):
    trace = client.scan(method="GET", url=AT("allow")).trace_id
    due = "data_classes", "fields_redacted_count", "content_fingerprint"
    for kind, body, classes, fields in [("an object", {"who": f"SSN {SSN}"}, ["PII"], 1), ("a string", "hello", [], 0),
                                        ("an array", [1, 2], [], 0)]:
        seen = client.scan_response(trace_id=trace, response_body=body, response_status=200)
        shown.that(f"scan_response of {kind}", (tuple(seen), seen[due[0]], seen[due[1]]), (due, classes, fields))

    def failed(what, due, body, client=client, trace=trace):
        shown.that(what, raised(lambda: client.scan_response(trace_id=trace, response_body=body))[:len(due)], due)

    failed("scan_response, 401", "AuthenticationError: API key invalid", {}, client=Client("iv_test_2", gateway_url=url))
    failed("scan_response, 400", "GatewayError: Interven returned 400: VALIDATION_ERROR", {}, trace="")
    failed("scan_response, 413", "GatewayError: Interven returned 413: PAYLOAD_TOO_LARGE", "x" * (256 * 1024))
    failed("scan_response, 500", "GatewayError: Interven returned 500: INTERNAL_ERROR", {"answer": "broken"})
    failed("scan_response, 502 without JSON", "GatewayError: Interven returned 502: <html>", {"answer": "html"})
    failed("scan_response, 200 without JSON", "JSONDecodeError: Expecting value", {"answer": "html-200"})
    failed("scan_response, nobody there", "GatewayError: Network error", {}, client=Client(KEY, gateway_url="http://127.0.0.1:1"))


def polls(shown, client, url, desk):
    def ask(host):
        return client.scan(method="POST", url=AT(host), body={"a": 1}).approval_id

    def poll(approval_id, client=client):
        status = client.poll_approval(approval_id)
        return status.status, status.error

    pending = ask("ask-poll")
    first = client.poll_approval(pending)
    shown.that("a poll", (first.approval_id == pending, first.status, first.decision, first.is_terminal, first.error),
               (True, "pending", None, False, None))
    shown.that("what remains of ten minutes", 590 <= first.remaining_seconds <= 600, True)
    shown.that("its guidance, two sentences", [bool(first.poll_guidance), bool(first.retry_guidance)], [True, True])
    again = client.poll_approval(pending)
    shown.that("a poll too soon", (again.status, again.error, bool(again.poll_guidance)), ("unknown", "RATE_LIMITED", True))
    shown.that("a poll of what is unknown", poll("nobody"), ("unknown", "NOT_FOUND"))
    shown.that("a poll with another key", poll(pending, Client("iv_test_2", gateway_url=url)), ("unknown", "UNAUTHORIZED"))
    shown.that("a poll without JSON", poll("in-html"), ("unknown", "<html>bad gateway</html>"))
    status, error = poll(pending, Client(KEY, gateway_url="http://127.0.0.1:1"))
    shown.that("a poll, nobody there", (status, error.split(":")[0]), ("unknown", "Network error"))

    approved = ask("ask-approve")
    desk.decide_once_polled(approved, "approve")
    end = client.wait_for_approval(approved, poll_interval=0)
    shown.that("a wait, approved meanwhile", (end.is_approved, end.decision, bool(end.decided_at)), (True, "ALLOW", True))
    polled = [one["decision"]["choice"] for one in desk.ask("/journal", path=f"/v1/approvals/{approved}/status")["requests"]]
    shown.that("its polls, none too soon", polled, ["200", "200"])
    granted = client.scan(method="POST", url=AT("ask-approve"), body={"a": 1})
    shown.that("the same scan again", (granted.decision, granted.reason_codes), ("ALLOW", ["RECENT_APPROVAL_GRANT"]))

    denied = ask("ask-deny")
    desk.decide(denied, "deny")
    shown.that("a wait, denied", raised(lambda: client.wait_for_approval(denied)).split(":")[0], "ApprovalDeniedError")
    time.sleep(2)
    end = client.wait_for_approval(denied, raise_on_terminal=False)
    shown.that("the same, without raising", (end.status, end.decision), ("denied", "DENY"))
    refused = client.scan(method="POST", url=AT("ask-deny"), body={"a": 1})
    shown.that("the same scan again", (refused.decision, refused.approval_id), ("DENY", None))

    waiting = ask("ask-wait")
    shown.that("a wait too long", raised(lambda: client.wait_for_approval(waiting, max_wait=1)).split(":")[0],
               "ApprovalTimeoutError")
    expired = ask("ask-expire")
    desk.advance("10m")
    shown.that("a wait, expired", raised(lambda: client.wait_for_approval(expired)).split(":")[0], "ApprovalExpiredError")
    shown.that("ten minutes after the grant", client.scan(method="POST", url=AT("ask-approve"), body={"a": 1}).decision,
               "REQUIRE_APPROVAL")


def gates(shown, client, url, desk):
    def passed(host, client=client, **more):
        result = gate(client, method="POST", url=AT(host), body={"who": SSN}, **more)
        return result.proceed, result.decision, result.body

    shown.that("gate, ALLOW", passed("allow"), (True, "ALLOW", {"who": SSN}))
    shown.that("gate, DENY", passed("deny"), (False, "DENY", None))
    shown.that("gate, SANITIZE", passed("sanitize"), (True, "SANITIZE", {"who": "[REDACTED:PII]"}))
    approve = {"on_pending": lambda scan: desk.decide(scan.approval_id, "approve")}
    deny = {"on_pending": lambda scan: desk.decide(scan.approval_id, "deny")}
    shown.that("gate, approved", passed("ask-gate", **approve), (True, "REQUIRE_APPROVAL", {"who": SSN}))
    shown.that("gate, denied", passed("ask-no", **deny), (False, "REQUIRE_APPROVAL", None))
    shown.that("gate, 500: it fails open", passed("broken"), (True, "ALLOW", {"who": SSN}))
    shown.that("gate, 401", raised(lambda: passed("allow", Client("iv_test_2", gateway_url=url))).split(":")[0],
               "AuthenticationError")

    ran = []

    def tool(host):
        return guard(client, url=AT(host))(lambda text: ran.append(text) or "done")

    shown.that("guard", (tool("allow")("a"), tool("deny")("b"), ran),
               ("done", "Action blocked by security policy: Denied by policy: SECRETS, EXTERNAL_PRINCIPAL", ["a"]))


def health(shown, client, desk):
    shown.that("health", client.health(), True)
    shown.that("it comes without a token", desk.last("/health")["request"]["authorization"], "missing")
    shown.that("health, 503", client.health(), False)
    shown.that("health, nobody there", Client(KEY, gateway_url="http://127.0.0.1:1").health(), False)


def beyond(shown, client):
    message = client.tools.slack.post_message(text="hello")
    shown.that("tools, which the mock does not serve", (message.decision, message.error), ("", "NOT_FOUND"))


def main():
    shown = Shown()
    os.environ["MOCK_GATEWAY_ADMIN_TOKEN"] = TOKEN
    # It warns of every scan that fails, and here they fail on purpose.
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, "sdk.yaml")
        # JSON is YAML.
        file.write_text(json.dumps(scenario()))
        gateway = Gateway(sys.argv[1], str(file), "--key", KEY, "--admin")
        with gateway as url:
            admin = next(line for line in gateway.process.stdout if "MOCK_GATEWAY_ADMIN_URL" in line)
            client, desk = Client(KEY, gateway_url=url), Desk(admin.strip().split("=", 1)[1])
            scans(shown, client, url, desk)
            failures(shown, client, url)
            responses(shown, client, url)
            polls(shown, client, url, desk)
            gates(shown, client, url, desk)
            health(shown, client, desk)
            beyond(shown, client)
    print("\n".join(shown.wrong) or f"interven {interven.__version__}: {shown.count} things as they are due")
    sys.exit(bool(shown.wrong))


if __name__ == "__main__":
    main()
