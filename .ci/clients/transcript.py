"""What crossed between a client and a guard: held against the protocol, and made into text that is the same
each time. Never runs anything.
"""

import base64
import json
import re

MODERN = "2026-07-28"
META = "io.modelcontextprotocol/"
WIDTH = 116
PROSE = 80  # characters of a text that is not JSON: what a model is told is no matter of the wire


class Number(str):
    """A number as it was written."""


def parse(line):
    """JSON with the digits of its numbers, and no key twice."""

    def once(pairs):
        assert len(dict(pairs)) == len(pairs), f"a key stands twice in {line}"
        return dict(pairs)

    try:
        return json.loads(line, parse_int=Number, parse_float=Number, object_pairs_hook=once)
    except ValueError:
        raise AssertionError(f"a line is no JSON: {line}") from None


def compact(value):
    """JSON on one line, long prose cut."""
    match value:
        case Number():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)}: {compact(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(compact, value)) + "]"
        case str() if len(value) > PROSE and not value.startswith("{"):
            return json.dumps(value[:PROSE], ensure_ascii=False)[:-1] + '…"'
        case _:
            return json.dumps(value, ensure_ascii=False)


def shown(value, margin="  "):
    """JSON on one line where it fits, else a member on each."""
    line = compact(value)
    if len(margin + line) <= WIDTH or not value or not isinstance(value, (dict, list)):
        return line
    if isinstance(value, dict):
        members, ends = [f"{json.dumps(key)}: {shown(item, margin + '  ')}" for key, item in value.items()], "{}"
    else:
        members, ends = [shown(item, margin + "  ") for item in value], "[]"
    return ends[0] + ",".join(f"\n{margin}  {member}" for member in members) + f"\n{margin}{ends[1]}"


class Session:
    """One process of the guard, from its start to its end."""

    def __init__(self, path):
        self.raw = path.read_text()
        events = [json.loads(line) for line in self.raw.splitlines()]
        assert not any("cut" in event or "broken" in event for event in events), f"cut short: {events[-3:]}"
        self.pid = events[0]["pid"]
        self.exit = next((event["exit"] for event in events if "exit" in event), None)
        self.stderr = [event["line"] for event in events if event.get("who") == "stderr"]
        lines = [event for event in events if event.get("who") in ("client", "guard")]
        self.wire = [(event["who"], parse(event["line"])) for event in lines]

    def sent(self, who):
        return [message for author, message in self.wire if author == who]

    def opening(self):
        return self.sent("client")[0]["method"]

    def check(self, version, key):
        """Asserts of the guard what the protocol asks of every session."""
        requests = {compact(message["id"]): message for message in self.sent("client") if "id" in message}
        assert len(requests) == sum("id" in message for message in self.sent("client")), "the client used an id twice"
        answers = [message for message in self.sent("guard") if "method" not in message]
        answered = [compact(message["id"]) for message in answers]
        assert sorted(answered) == sorted(requests), f"asked {list(requests)}, answered {answered}"
        for message in answers:
            request = requests[compact(message["id"])]
            assert message["jsonrpc"] == "2.0" and ("result" in message) != ("error" in message), message
            assert list(message).count("id") == 1
            if "result" in message:
                self.check_result(request, message["result"], version)
        if version == MODERN:
            for request in requests.values():
                meta = request["params"]["_meta"]
                assert meta[META + "protocolVersion"] == version, f"asked in {meta}"
            assert not any("id" in message and "method" in message for message in self.sent("guard")), "the guard asks"
        for spelling in (key, base64.b64encode(key.encode()).decode().rstrip("=")):
            assert spelling not in self.raw, "the key crossed the wire, or stands on stderr"
        assert self.exit == 0, f"the guard ended with {self.exit}, not 0: {self.stderr}"

    @staticmethod
    def check_result(request, result, version):
        """basic/index: `resultType` is on every result in 2026-07-28, and in no version before."""
        method = request["method"]
        if version == MODERN:
            assert result.get("resultType") == "complete", f"{method} is answered without resultType: {result}"
        else:
            assert "resultType" not in result, f"{method} is answered with resultType in {version}"
        if method == "initialize":
            assert result["protocolVersion"] == version, f"agreed on {result['protocolVersion']}"
        if method == "server/discover":
            assert MODERN in result["supportedVersions"], result["supportedVersions"]

    def text(self):
        arrows = {"client": "client →", "guard": "guard  ←"}
        lines = [f"{arrows[who]} {shown(message)}" for who, message in self.wire]
        return "\n".join(["start", *lines, *(f"stderr   {line}" for line in self.stderr), f"exit     {self.exit}"])


def text(sessions, gateway):
    """The transcript of all processes; what differs from run to run is named instead."""
    whole = "\n\n".join(session.text() for session in sessions) + "\n"
    whole = whole.replace(gateway, "http://GATEWAY")
    names = {}
    uuid = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
    whole = uuid.sub(lambda found: names.setdefault(found[0], f"UUID-{len(names) + 1}"), whole)
    return re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z", "TIME", whole)
