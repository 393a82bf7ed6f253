//! The admin API's description, OpenAPI 3.1, made from the operations and the types that they take
//! and give. No path or field is written here.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::operation::{BASE, Gives, OPERATIONS, Operation};
use super::problem::Problem;
use super::query::{Kind, Parameter};

/// What every operation can fail with, and why.
const ALWAYS: [u16; 6] = [400, 401, 403, 413, 415, 421];

/// The whole document.
pub(super) fn document() -> Map<String, Value> {
    let settings = || {
        SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
    };
    let (mut taken, mut given) =
        (settings().for_deserialize().into_generator(), settings().for_serialize().into_generator());
    let problem = given.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS.iter() {
        let path = paths.entry(format!("{BASE}{}", operation.path)).or_insert_with(|| json!({}));
        path[operation.method.as_str().to_lowercase()] = describe(operation, &mut taken, &mut given);
    }
    let mut schemas = given.take_definitions(true);
    schemas.extend(taken.take_definitions(true));
    schemas.sort_keys();
    let responses: Map<String, Value> = STATUSES
        .iter()
        .map(|(status, meaning)| {
            let response = json!({ "description": meaning, "content": { "application/json": { "schema": problem } } });
            (format!("{status}"), response)
        })
        .collect();
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mock-gateway: admin API",
            "version": "1",
            "description": "What whoever runs the mock gateway may ask of it: approvals decided, time moved, scenarios replaced, the journal read. It listens on an address of its own, wants the token that was printed when the gateway started, and serves no page of another origin.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "servers": [{
            "url": "http://{address}",
            "variables": { "address": { "default": "127.0.0.1:4871", "description": "The address printed at start; the Host header must name it to the letter." } },
        }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    });
    match document {
        Value::Object(document) => document,
        _ => Map::new(),
    }
}

/// What each failure means.
const STATUSES: &[(u16, &str)] = &[
    (400, "The query or the body cannot be read."),
    (401, "The token is missing or wrong."),
    (403, "The request comes from a page of another origin."),
    (404, "There is no such thing."),
    (409, "It is too late: the approval is pending no more."),
    (413, "The body is too large."),
    (415, "The body is not said to be JSON."),
    (421, "The Host header does not name the address that this API listens on."),
    (422, "The scenario cannot be used; the one in force stays."),
];

fn describe(operation: &Operation, taken: &mut SchemaGenerator, given: &mut SchemaGenerator) -> Value {
    let (media, schema) = match operation.gives {
        Gives::Json(schema) => ("application/json", schema(given)),
        // One line of it: OpenAPI 3.1 has no words for a stream.
        Gives::Lines(schema) => ("application/x-ndjson", schema(given)),
    };
    let mut responses = json!({ "200": { "description": "Done.", "content": { media: { "schema": schema } } } });
    let mut statuses: Vec<_> = ALWAYS.iter().chain(operation.fails).collect();
    statuses.sort_unstable();
    for status in statuses {
        responses[status.to_string()] = json!({ "$ref": format!("#/components/responses/{status}") });
    }
    let mut described = json!({ "operationId": operation.id, "description": operation.about, "responses": responses });
    let segments = operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let named =
        segments.map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
    let parameters: Vec<_> = named.chain(operation.parameters.iter().map(parameter)).collect();
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(takes) = &operation.takes {
        let schema = (takes.schema)(taken);
        described["requestBody"] =
            json!({ "required": takes.required, "content": { "application/json": { "schema": schema } } });
    }
    described
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Moment => json!({ "type": "string", "format": "date-time" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::OneOf(values) => json!({ "type": "string", "enum": values }),
        Kind::Number { least, most: Some(most) } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Number { least, most: None } => json!({ "type": "integer", "minimum": least }),
    };
    json!({ "name": parameter.name, "in": "query", "description": parameter.about, "schema": schema })
}
