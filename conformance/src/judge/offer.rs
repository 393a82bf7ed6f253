//! What a server says of its tools, and whether it keeps to it: their names, their schemas, the structure of
//! their results. Judged wherever the tools were listed. Never what a tool decides.

use std::collections::BTreeMap;

use jsonschema::Validator;
use mock_gateway::json::Json;
use serde_json::Value;

use super::modern::method;
use super::scene::Scene;
use super::{Findings, client, shown};
use crate::finding::Code;
use crate::step::Expect;
use crate::version::Era;

/// The longest name of a tool, in characters (MCP 2025-11-25, server/tools, "Tool Names").
const LONGEST_NAME: usize = 128;

/// server/tools, "Tool Names": which characters, how many, and no name twice.
pub(super) fn names(scene: &Scene<'_>, findings: &mut Findings) {
    for list in lists(scene) {
        let mut names: Vec<&str> = Vec::new();
        for tool in list {
            let name = tool.get("name").and_then(Json::as_str).unwrap_or_default();
            let fits = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
            let expected = match name.chars().count() {
                1..=LONGEST_NAME if names.contains(&name) => "no name twice",
                1..=LONGEST_NAME if name.chars().all(fits) => {
                    names.push(name);
                    continue;
                }
                _ => "a name of 1 to 128 letters, digits, underscores, hyphens and dots",
            };
            let seen = [client(format!("a tool named {}", shown(tool.get("name"))))];
            findings.add(Code::ToolNameMalformed, &scene.recording.header.case, expected, seen);
        }
    }
}

/// server/tools, "Tool", and basic, "JSON Schema Usage": an input schema is one of an object, and every schema
/// holds under its dialect, without anything being fetched.
pub(super) fn schemas(scene: &Scene<'_>, findings: &mut Findings) {
    let objects_only = scene.recording.header.version.era() == Era::Legacy;
    for tool in lists(scene).into_iter().flatten() {
        for (member, of_object) in [("inputSchema", true), ("outputSchema", objects_only)] {
            let schema = tool.get(member);
            let is_object = schema.and_then(|schema| schema.get("type")).and_then(Json::as_str) == Some("object");
            let why = match schema {
                None if member == "outputSchema" => continue,
                Some(_) if of_object && !is_object => "a schema with type: object".to_owned(),
                Some(schema) => match validator(schema) {
                    Ok(_) => continue,
                    Err(why) => format!("a schema that holds under its dialect: {why}"),
                },
                None => "a schema".to_owned(),
            };
            let name = shown(tool.get("name"));
            let seen = [client(shown(schema))];
            findings.add(
                Code::SchemaInvalid,
                &scene.recording.header.case,
                format!("as {member} of {name}, {why}"),
                seen,
            );
        }
    }
}

/// server/tools, "Output Schema": what a tool gives, where it is no error, is what it has announced.
pub(super) fn structure(scene: &Scene<'_>, findings: &mut Findings) {
    let announced: BTreeMap<&str, Validator> = lists(scene)
        .into_iter()
        .flatten()
        .filter_map(|tool| Some((tool.get("name")?.as_str()?, validator(tool.get("outputSchema")?).ok()?)))
        .collect();
    for (request, result) in results(scene) {
        let name = request.pointer("/params/name").and_then(Json::as_str).unwrap_or_default();
        let Some(schema) = announced.get(name) else { continue };
        let case = &scene.recording.header.case;
        let Some(structure) = result.get("structuredContent") else {
            if result.get("isError").and_then(Json::as_bool) != Some(true) {
                let expected = format!("structuredContent, since {name} announces an outputSchema");
                findings.add(Code::StructureMissing, case, expected, [client(result.to_string())]);
            }
            continue;
        };
        // A number that is beyond the reader is no fault of the structure.
        let Some(value) = value(structure) else { continue };
        if let Err(error) = schema.validate(&value) {
            let at = error.instance_path().to_string();
            let expected = format!("what the outputSchema of {name} says; at `{at}`: {error}");
            findings.add(Code::StructureUnfit, case, expected, [client(structure.to_string())]);
        }
    }
}

/// server/tools, "Structured Content": it is also there as the JSON of a text block, for clients that read only text.
pub(super) fn text(scene: &Scene<'_>, findings: &mut Findings) {
    for (_, result) in results(scene) {
        let Some(structure) = result.get("structuredContent") else { continue };
        let blocks = result.get("content").and_then(Json::as_array).unwrap_or_default();
        let says_so = |block: &Json| {
            let text = block.get("text").and_then(Json::as_str).unwrap_or_default();
            Json::parse(text.trim().as_bytes()).is_ok_and(|text| text == *structure)
        };
        if !blocks.iter().any(says_so) {
            let seen = [client(result.to_string())];
            findings.add(Code::TextMissing, &scene.recording.header.case, format!("a text block {structure}"), seen);
        }
    }
}

/// The tools of each page that was listed.
fn lists<'a>(scene: &'a Scene<'_>) -> Vec<&'a [Json]> {
    let exchanges = scene.exchanges().filter(|(request, _)| method(request) == Some("tools/list"));
    exchanges.filter_map(|(_, answer)| answer.pointer("/result/tools")?.as_array()).collect()
}

/// The results of calls, each with its request.
fn results<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = (&'a Json, &'a Json)> {
    let calls = scene.exchanges().filter(|(request, _)| method(request) == Some("tools/call"));
    calls.filter_map(|(request, answer)| Some((request, answer.get("result")?)))
}

/// A schema under the dialect that it names, 2020-12 by default.
fn validator(schema: &Json) -> Result<Validator, String> {
    let schema = value(schema).ok_or("a number is too large")?;
    jsonschema::options().offline().build(&schema).map_err(|error| error.to_string())
}

fn value(json: &Json) -> Option<Value> {
    serde_json::from_str(&json.to_string()).ok()
}

/// Whether the tools of the contract are offered, with schemas that name their arguments.
pub(super) fn tools(scene: &Scene<'_>, expect: &Expect, step: &str, findings: &mut Findings) {
    let pages = scene.pages(step);
    let offered: Vec<&Json> =
        pages.iter().filter_map(|page| page.pointer("/result/tools")?.as_array()).flatten().collect();
    for role in &expect.tools {
        let name = scene.recording.header.tools.name(*role);
        let Some(tool) = offered.iter().copied().find(|tool| tool.get("name").and_then(Json::as_str) == Some(name))
        else {
            let names: Vec<_> = offered.iter().filter_map(|tool| tool.get("name")?.as_str()).collect();
            let seen = if names.is_empty() { "no tools".to_owned() } else { format!("the tools {}", names.join(", ")) };
            findings.add(Code::ToolMissing, step, format!("the tool {name}"), [client(seen)]);
            continue;
        };
        let properties = tool.pointer("/inputSchema/properties");
        let missing: Vec<_> = role
            .arguments()
            .iter()
            .copied()
            .filter(|name| properties.is_none_or(|schema| schema.get(name).is_none()))
            .collect();
        if !missing.is_empty() {
            let expected = format!("an input schema of {name} that names {}", missing.join(", "));
            findings.add(Code::SchemaMissing, step, expected, [client(shown(tool.get("inputSchema")))]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{Event, Recording};
    use crate::requirement::Level;

    fn found(check: impl Fn(&Scene<'_>, &mut Findings), exchanges: &[(&str, &str)]) -> Vec<Code> {
        let events = exchanges.iter().enumerate().flat_map(|(id, (request, result))| {
            let bytes = format!(r#"{{"jsonrpc":"2.0","id":{id},{request}}}"#);
            let line = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#);
            let sent = Event::ClientSent { step: id.to_string(), bytes: bytes.into(), id: Some(id.to_string()) };
            [sent, Event::ClientReceived { line: line.into() }]
        });
        let recording = Recording::sample(events);
        let mut findings = Findings::new(Level::Must, &recording);
        check(&Scene::read(&recording), &mut findings);
        findings.list.into_iter().map(|finding| finding.code).collect()
    }

    const LIST: &str = r#""method":"tools/list""#;
    const CALL: &str = r#""method":"tools/call","params":{"name":"t"}"#;

    fn listed(check: impl Fn(&Scene<'_>, &mut Findings), tools: &str) -> usize {
        found(check, &[(LIST, &format!(r#"{{"tools":[{tools}]}}"#))]).len()
    }

    #[test]
    fn a_name_is_made_of_few_characters_and_unique() {
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(129));
        for (tools, odd) in [
            (r#"{"name":"a-b_c.D9"},{"name":"A-B_C.d9"}"#, 0),
            (r#"{"name":"a b"}"#, 1),
            (r#"{"name":""}"#, 1),
            (r#"{"name":"a"},{"name":"a"}"#, 1),
            (r#"{"title":"a"},{"name":"ä"}"#, 2),
            (long.as_str(), 1),
        ] {
            assert_eq!(listed(names, tools), odd, "{tools}");
        }
    }

    #[test]
    fn a_schema_holds_under_the_dialect_that_it_names() {
        let draft_4 = r#""$schema":"http://json-schema.org/draft-04/schema#","type":"object""#;
        for (members, odd) in [
            (r#""inputSchema":{"type":"object"}"#.to_owned(), 0),
            (r#""inputSchema":{"type":"string"}"#.to_owned(), 1),
            (r#""inputSchema":null"#.to_owned(), 1),
            (r#""other":1"#.to_owned(), 1),
            (r#""inputSchema":{"type":"object","properties":{"a":{"type":"text"}}}"#.to_owned(), 1),
            (r#""inputSchema":{"type":"object"},"outputSchema":{"type":"object","required":"a"}"#.to_owned(), 1),
            (r#""inputSchema":{"type":"object","$ref":"https://other.example/schema"}"#.to_owned(), 1),
            (format!(r#""inputSchema":{{{draft_4},"properties":{{"a":{{"maximum":1,"exclusiveMaximum":true}}}}}}"#), 0),
            (r#""inputSchema":{"type":"object","properties":{"a":{"exclusiveMaximum":true}}}"#.to_owned(), 1),
        ] {
            assert_eq!(listed(schemas, &format!(r#"{{"name":"t",{members}}}"#)), odd, "{members}");
        }
    }

    #[test]
    fn a_result_is_what_its_tool_has_announced() {
        let list = r#"{"tools":[{"name":"t","outputSchema":{"type":"object","required":["decision"]}}]}"#;
        for (result, codes) in [
            (r#"{"structuredContent":{"decision":1}}"#, &[][..]),
            (r#"{"structuredContent":{"verdict":1}}"#, &[Code::StructureUnfit]),
            (r#"{"structuredContent":[]}"#, &[Code::StructureUnfit]),
            (r#"{"content":[]}"#, &[Code::StructureMissing]),
            (r#"{"content":[],"isError":true}"#, &[]),
            (r#"{"structuredContent":{"verdict":1},"isError":true}"#, &[Code::StructureUnfit]),
        ] {
            assert_eq!(found(structure, &[(LIST, list), (CALL, result)]), codes, "{result}");
        }
    }

    #[test]
    fn structure_is_told_as_text_too() {
        for (result, missing) in [
            (r#"{"structuredContent":{"a":1,"b":2},"content":[{"text":"see"},{"text":"{\"b\":2, \"a\":1}"}]}"#, 0),
            (r#"{"structuredContent":{"a":1},"content":[{"type":"text","text":"a is 1"}]}"#, 1),
            (r#"{"content":[]}"#, 0),
        ] {
            assert_eq!(found(text, &[(CALL, result)]).len(), missing, "{result}");
        }
    }
}
