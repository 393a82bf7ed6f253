"""Breaks the code under each property on purpose, in a copy, and prints after how many inputs it is found.

Usage: mutations.py [NAME...]. Each mutation is a defect that somebody could make; one that no property
finds is an error. The tables in README.md are what this prints: first what the properties find, then what
`guard-conformance fuzz` finds in the guard from outside.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import zip_longest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent

# property (its test), what is broken, and (file, as it is, as it is broken) once or more
MUTATIONS = [
    ("the_gate_agrees_with_another_strict_parser", "duplicate key is served", [
        ("guard/src/json/scanner.rs", "pair[0].0 == pair[1].0", "pair[0].0 == pair[1].0 && pair[0].0.len() > 64"),
    ]),
    ("the_gate_agrees_with_another_strict_parser", "lone surrogate is served", [
        ("guard/src/json/scanner.rs", "0xdc00..0xe000 => false,", "0xdc00..0xe000 => true,"),
    ]),
    ("the_gate_agrees_with_another_strict_parser", "1e400 is refused", [
        ("guard/src/json/scanner.rs", "            self.digits()?;\n        }\n        Ok(())\n    }\n\n    fn string",
         "            let exponent = self.at;\n            self.digits()?;\n            if self.at - exponent > 2 {\n                return self.fail(\"too large\");\n            }\n        }\n        Ok(())\n    }\n\n    fn string"),
    ]),
    ("the_gate_agrees_with_another_strict_parser", "01 is served", [
        ("guard/src/json/scanner.rs", "if !self.take(b'0') {\n            self.digits()?;", "if true {\n            self.digits()?;"),
    ]),
    ("a_line_is_read_as_it_is_written", "raw CR is served", [
        ("guard/src/frame.rs", "if let Some(at) = memchr::memchr(b'\\r', &line) {", "if let Some(at) = memchr::memchr(b'\\x0b', &line) {"),
    ]),
    ("a_line_is_read_as_it_is_written", "the keys of a call go on unescaped", [
        ("guard/src/frame/call.rs", "    serde_json::to_writer(&mut *line, key).expect(\"a string is written to memory\");\n",
         "    line.extend_from_slice(format!(\"\\\"{key}\\\"\").as_bytes());\n"),
    ]),
    ("a_line_is_read_as_it_is_written", "a stub keeps the arguments that come before the id", [
        ("guard/src/frame.rs", "        cuts.sort_by_key(|(range, _)| range.start);\n", "        cuts.retain(|(range, _)| range.start >= self.id_at.start);\n        cuts.sort_by_key(|(range, _)| range.start);\n"),
    ]),
    ("a_body_survives", "a body goes through doubles: 1e400, 2^64, -0", [
        ("guard/src/scan.rs", "            body: arguments.get(\"body\"),",
         "            body: arguments.get(\"body\").map(|body| {\n                serde_json::from_slice::<serde_json::Value>(&body).map_or(body, |value| value.to_string().into())\n            }),"),
    ]),
    ("a_body_survives", "-0 becomes 0", [
        ("guard/src/scan.rs", "            body: arguments.get(\"body\"),",
         "            body: arguments.get(\"body\").map(|body| if &body[..] == b\"-0\" { Bytes::from_static(b\"0\") } else { body }),"),
    ]),
    ("a_body_survives", "null is left out", [
        ("guard/src/scan.rs", "            body: arguments.get(\"body\"),", "            body: arguments.get(\"body\").filter(|body| &body[..] != b\"null\"),"),
    ]),
    ("arguments_survive", "the url is normalised", [
        ("guard/src/scan.rs", "            url: text(arguments, \"url\")?,", "            url: text(arguments, \"url\")?.to_ascii_lowercase().into(),"),
    ]),
    ("arguments_survive", "an argument that is not known is dropped", [
        ("guard/src/scan.rs", "        only(arguments, &[\"tool_name\", \"url\", \"method\", \"body\"])?;\n", ""),
    ]),
    ("arguments_survive", "the gateway trims the method", [
        ("mock-gateway/src/api/read.rs", "    let method = fields.required_text(\"method\")?;", "    let method = fields.required_text(\"method\")?.trim().to_owned();\n    let method = method.replace('\\r', \"\");"),
    ]),
    ("addresses_of_tools_differ", "a slash stays plain in an address", [
        ("guard/src/scan.rs", "b\"-_~\".contains(&byte)", "b\"-_~/\".contains(&byte)"),
    ]),
    ("addresses_of_tools_differ", "a dot stays plain in an address", [
        ("guard/src/scan.rs", "b\"-_~\".contains(&byte)", "b\"-_~.\".contains(&byte)"),
    ]),
    ("a_result_says_what_was_decided", "`allow` is an ALLOW", [
        ("guard/src/verdict.rs", "Some(\"ALLOW\") => Decision::Allow,", "Some(\"ALLOW\" | \"allow\") => Decision::Allow,"),
    ]),
    ("a_result_says_what_was_decided", "a result keeps its line breaks", [
        ("guard/src/answer.rs", "        in_one_line(&mut out[start..]);\n", "        let _ = start;\n"),
    ]),
    ("a_result_says_what_was_decided", "the console's address goes in twice", [
        ("guard/src/answer.rs", "document.root().get(\"approval_url\").map(crate::json::Value::span)", "document.root().get(\"approval_url\").filter(|url| url.raw() != \"null\").map(crate::json::Value::span)"),
    ]),
    ("a_sanitized_body_is_the_gateway_s", "a sanitized body goes through doubles", [
        ("guard/src/verdict.rs", "(self.decision == Decision::Sanitize).then(|| self.field(\"sanitized_body\")).flatten()",
         "(self.decision == Decision::Sanitize).then(|| self.field(\"sanitized_body\")).flatten().map(|body| {\n            serde_json::from_slice::<serde_json::Value>(&body).map_or(body, |value| value.to_string().into())\n        })"),
    ]),
    ("the_same_value_has_the_same_grant", "key order matters", [
        ("mock-gateway/src/json.rs", "                    a.sort_by(|x, y| x.0.cmp(&y.0));\n", ""),
    ]),
    ("the_same_value_has_the_same_grant", "1.10 and 1.1 are the same", [
        ("mock-gateway/src/json.rs", "(Self::Number(a), Self::Number(b)) | (Self::String(a), Self::String(b)) => a == b,",
         "(Self::Number(a), Self::Number(b)) => a.parse::<f64>() == b.parse::<f64>(),\n            (Self::String(a), Self::String(b)) => a == b,"),
        ("mock-gateway/src/json.rs", "Self::Number(text) | Self::String(text) => text.hash(state),", "Self::Number(_) => {}\n            Self::String(text) => text.hash(state),"),
    ]),
    ("redaction_takes_secrets_alone", "escapes move what is cut", [
        ("mock-gateway/src/json/literal.rs", "places.resize(text.len(), start);", "places.push(start);"),
    ]),
    ("redaction_takes_secrets_alone", "names of secrets are compared with their case", [
        ("mock-gateway/src/classify/name.rs", "let mut letters = letters.map(u8::to_ascii_lowercase);", "let mut letters = letters.copied();"),
    ]),
    ("redaction_takes_secrets_alone", "a number in a text is replaced without quotes", [
        ("mock-gateway/src/redact.rs", "let quote = format!(\"{}\\\"\", \"\\\\\".repeat((1 << depth) - 1));", "let quote = if *depth == 0 { \"\\\"\" } else { \"\" };"),
    ]),
    ("redaction_leaves_nothing_to_find", "a number is replaced without quotes", [
        ("mock-gateway/src/redact.rs", "let quote = format!(\"{}\\\"\", \"\\\\\".repeat((1 << depth) - 1));", "let quote = if *depth > 9 { \"\\\"\" } else { \"\" };"),
    ]),
    ("an_overlap_is_found_in_every_dress", "upper case is another text", [
        ("mock-gateway/src/correlate/letters.rs", "word.letters.push(character.to_ascii_lowercase());", "word.letters.push(character);"),
    ]),
    ("an_overlap_is_found_in_every_dress", "what stands in base64 is not looked into again", [
        ("mock-gateway/src/correlate/content.rs", "        if depth < NESTED {\n            let inner", "        if depth < NESTED - 3 {\n            let inner"),
    ]),
    ("an_overlap_is_found_in_every_dress", "keys are compared in the order in which they stand", [
        ("mock-gateway/src/correlate/content.rs", "                members.sort_by(|a, b| a.0.cmp(&b.0));\n", ""),
    ]),
    ("an_overlap_is_found_in_every_dress", "a phrase is an overlap", [
        ("mock-gateway/src/correlate.rs", "pub const LEAST: usize = 64;", "pub const LEAST: usize = 56;"),
    ]),
    ("a_scenario_is_read_or_refused", "limits are not written", [
        ("mock-gateway/src/scenario.rs", "if self.limits != Limits::default() {", "if self.limits != Limits::default() && self.rules.is_empty() {"),
    ]),
    ("a_case_is_read_or_refused", "an edition is subtracted before it is checked", [
        ("conformance/src/case.rs", "    if case.since == 0 || case.since > EDITION {", "    let age = EDITION - case.since;\n    if case.since == 0 || age > EDITION {"),
    ]),
    ("a_manifest_is_read_or_refused", "a command is taken to have a word", [
        ("conformance/src/subject.rs", "manifest.command.values().any(Vec::is_empty)", "manifest.command.values().any(|command| command[0].is_empty())"),
    ]),
    ("a_client_s_settings_are_read_or_refused", "an error is shown at a byte, not a character", [
        ("conformance/src/subject/client_config.rs", "text.get(..offset).unwrap_or(text)", "&text[..offset + 1]"),
    ]),
    ("a_recording_is_read_or_refused", "a text is cut at a byte, not a character", [
        ("conformance/src/timeline.rs", "match text.char_indices().nth(characters) {", "match text.bytes().enumerate().nth(characters) {"),
    ]),
    ("approvals_follow_the_contract", "a window lasts one moment longer", [
        ("mock-gateway/src/approval/desk.rs", "!self.over && now < self.expires", "!self.over && now <= self.expires"),
    ]),
    ("approvals_follow_the_contract", "a grant is good for every key", [
        ("mock-gateway/src/approval/desk.rs", "self.key == other.key && self.scan.same_arguments", "self.scan.same_arguments"),
        ("mock-gateway/src/approval/desk.rs", "(&self.key, method, url,", "(method, url,"),
    ]),
    ("approvals_follow_the_contract", "what was denied can be approved", [
        ("mock-gateway/src/approval/desk.rs", "            Status::Pending => {\n                let record", "            Status::Pending | Status::Denied => {\n                let record"),
    ]),
    ("nothing_denied_runs", "what needs an approval runs", [
        ("guard/src/proxy/intercept.rs", "Decision::RequireApproval => approval_required(named(verdict, policy), manners, policy),", "Decision::RequireApproval => Next::Now(Action::Forward(None)),"),
    ]),
    ("nothing_denied_runs", "a server may answer what it was not asked", [
        ("guard/src/proxy/ledger.rs", "            Stage::Judged(_) => None,\n        }\n    }\n\n    /// The line that answers", "            Stage::Judged(_) => self.open.remove(id),\n        }\n    }\n\n    /// The line that answers"),
    ]),
    ("nothing_denied_runs", "an id may be used twice at once", [
        ("guard/src/proxy/relay/up.rs", "        if self.ledger().holds(id) {\n            return Err(refuse(", "        if self.ledger().holds(id) && id.as_json().len() > 64 {\n            return Err(refuse("),
    ]),
    ("nothing_denied_runs", "sanitized arguments are forgotten", [
        ("guard/src/proxy/intercept.rs", "    Action::Forward(Some(body.into()))", "    let _ = body;\n    Action::Forward(None)"),
    ]),
]

SERVED = "            body: arguments.get(\"body\"),"
DOUBLES = [("guard/src/scan.rs", SERVED,
            "            body: arguments.get(\"body\").map(|body| {\n                serde_json::from_slice::<serde_json::Value>(&body).map_or(body, |value| value.to_string().into())\n            }),")]
INFINITY = [("guard/src/scan.rs", SERVED,
             "            body: arguments.get(\"body\").map(|body| String::from_utf8_lossy(&body).replace(\"1e400\", \"null\").into()),")]

# what is found from outside, what is broken, and where; the edits are those of above where there are none
PLANTED = [
    ("gateway-asked/duplicate-key", "duplicate key is served", None),
    ("gateway-asked/lone-low-surrogate", "lone surrogate is served", None),
    ("not-refused/raw-CR", "raw CR is served", None),
    ("body-altered/2^64", "a body goes through doubles", DOUBLES),
    ("body-altered/-0", "a body goes through doubles", DOUBLES),
    ("body-altered/1e400", "what is no double becomes null, as in JavaScript", INFINITY),
]
INPUTS = 500

# Properties of which none runs the code that is broken for another: they are broken at once, in one build.
APART = [
    "a_case_is_read_or_refused",
    "a_client_s_settings_are_read_or_refused",
    "a_manifest_is_read_or_refused",
    "a_recording_is_read_or_refused",
    "a_scenario_is_read_or_refused",
    "an_overlap_is_found_in_every_dress",
    "approvals_follow_the_contract",
    "nothing_denied_runs",
    "redaction_takes_secrets_alone",
]


def copy(into):
    files = subprocess.run(["git", "ls-files"], cwd=TOP, capture_output=True, check=True, text=True).stdout.split("\n")
    for name in filter(None, files):
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / name, into / name)


def tried(top, test):
    """After how many inputs the test is red, and how the message begins; None when it is green."""
    command = ["cargo", "test", "--offline", "--quiet", "-p", "guard-fuzz", "--test"]
    file = "approvals" if test == "approvals_follow_the_contract" else "properties"
    # Not where anything else is built: cargo would take what is broken here for what is whole there.
    apart = {**os.environ, "CARGO_TARGET_DIR": str(TOP / "target" / "mutations")}
    done = subprocess.run([*command, file, "--", "--exact", test], cwd=top, env=apart, capture_output=True, text=True)
    told = done.stdout + done.stderr
    if done.returncode == 0:
        assert "1 passed" in told, f"{test} is no test:\n{told}"
        return None
    found = re.search(r"broken by input (\d+)", told) or re.search(r"successes: (\d+)", told)
    if not found:
        sys.exit(f"{test} is red for another reason:\n{told}")
    return int(found[1]) + (file == "approvals")


def hunted(top, finding):
    """After how many inputs the hunt finds this in the guard; None when it does not."""
    apart = {**os.environ, "CARGO_TARGET_DIR": str(TOP / "target" / "mutations")}
    subprocess.run(["cargo", "build", "--offline", "--quiet", "-p", "mcp-guard"], cwd=top, env=apart, check=True)
    with tempfile.TemporaryDirectory() as kept:
        hunt = [TOP / "target" / "release" / "guard-conformance", "fuzz", "--seed", "7", "--cases", str(INPUTS),
                "--mcp", "2025-11-25", "--save", kept, "--", TOP / "target" / "mutations" / "debug" / "mcp-guard"]
        done = subprocess.run(hunt, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"the hunt could not run:\n{done.stdout}{done.stderr}")
        case = Path(kept) / f"{finding}.yaml"
        return int(re.search(r"after (\d+) inputs", case.read_text())[1]) if case.exists() else None


def rounds(mutations):
    """Which mutations are tried at once: each alone, and those of properties that share no code side by side."""
    together = [[one for one in mutations if one[0] == test] for test in APART]
    alone = [[one] for one in mutations if one[0] not in APART]
    return alone + [list(filter(None, side_by_side)) for side_by_side in zip_longest(*together)]


class Broken:
    """The copy while these edits are made to it."""

    def __init__(self, top, edits):
        self.top, self.edits = top, edits

    def __enter__(self):
        self.before = {file: (self.top / file).read_text() for file, _, _ in self.edits}
        for file, old, new in self.edits:
            text = (self.top / file).read_text()
            assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
            (self.top / file).write_text(text.replace(old, new))

    def __exit__(self, *_):
        for file, text in self.before.items():
            (self.top / file).write_text(text)


def main():
    missed = 0
    # Always the same folder, so that what was built for it serves the next time too.
    top = Path(tempfile.gettempdir()) / "guard-fuzz-mutations"
    shutil.rmtree(top, ignore_errors=True)
    copy(top)
    is_wanted = lambda one: not sys.argv[1:] or one[0] in sys.argv[1:]
    try:
        print("| property | broken on purpose | found by input |\n|---|---|---|")
        for mutations in rounds(list(filter(is_wanted, MUTATIONS))):
            with Broken(top, [edit for _, _, edits in mutations for edit in edits]):
                for test, what, _ in mutations:
                    number = tried(top, test)
                    missed += number is None
                    print(f"| `{test}` | {what} | {number or 'never'} |", flush=True)
        print("\n| broken on purpose | found from outside as | after inputs |\n|---|---|---|")
        subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "guard-conformance"], cwd=TOP, check=True)
        for finding, what, edits in filter(is_wanted, PLANTED):
            with Broken(top, edits or next(edits for _, same, edits in MUTATIONS if same == what)):
                number = hunted(top, finding)
            missed += number is None
            print(f"| {what} | `{finding}` | {number or 'never'} |", flush=True)
    finally:
        shutil.rmtree(top)
    sys.exit(f"{missed} are never found" if missed else 0)


main()
