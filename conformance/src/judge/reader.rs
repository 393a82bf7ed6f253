//! What another reader of MCP makes of a guard's messages: the types that the crate `rust-mcp-schema` has made from
//! the published schemas. It knows the newest version of each era. Never more than a second opinion: where it is
//! stricter than the specification, the specification holds.

use mcp_schema_legacy as legacy;
use mcp_schema_modern as modern;
use mock_gateway::json::Json;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::modern::method;
use super::scene::Scene;
use super::{Findings, client};
use crate::finding::Code;
use crate::version::Era;

/// Reads every answer by the request that it answers, every notification by its name.
pub(super) fn second(scene: &Scene<'_>, findings: &mut Findings) {
    let era = scene.recording.header.version.era();
    let answers = scene.exchanges().map(|(request, answer)| (answer, read_answer(era, request, answer)));
    let notifications = scene.messages().filter(|message| message.get("id").is_none());
    let notifications = notifications.filter_map(|message| Some((message, read_notification(era, message)?)));
    for (message, read) in answers.chain(notifications) {
        if let Err(why) = read {
            let expected = format!("a message that rust-mcp-schema can read; it says: {why}");
            let seen = [client(message.to_string())];
            findings.add(Code::UnreadableToOthers, &scene.recording.header.case, expected, seen);
        }
    }
}

fn read_answer(era: Era, request: &Json, answer: &Json) -> Result<(), String> {
    let Some(result) = answer.get("result") else {
        return match era {
            Era::Legacy => read::<legacy::JsonrpcErrorResponse>(answer),
            Era::Modern => read::<modern::JsonrpcErrorResponse>(answer),
        };
    };
    // What was called as a task and refused is answered like any call.
    let is_task = request.pointer("/params/task").is_some() && result.get("task").is_some();
    let asks = result.get("resultType").and_then(Json::as_str) == Some("input_required");
    let name = method(request).unwrap_or_default();
    match (era, name) {
        (Era::Legacy, "initialize") => read::<legacy::InitializeResult>(result),
        (Era::Legacy, "tools/list") => read::<legacy::ListToolsResult>(result),
        (Era::Legacy, "tools/call") if is_task => read::<legacy::CreateTaskResult>(result),
        (Era::Legacy, "tools/call") => read::<legacy::CallToolResult>(result),
        (Era::Legacy, "resources/list") => read::<legacy::ListResourcesResult>(result),
        (Era::Legacy, "resources/templates/list") => read::<legacy::ListResourceTemplatesResult>(result),
        (Era::Legacy, "resources/read") => read::<legacy::ReadResourceResult>(result),
        (Era::Legacy, "prompts/list") => read::<legacy::ListPromptsResult>(result),
        (Era::Legacy, "prompts/get") => read::<legacy::GetPromptResult>(result),
        (Era::Legacy, "completion/complete") => read::<legacy::CompleteResult>(result),
        (Era::Legacy, _) => read::<legacy::Result>(result),
        (Era::Modern, _) if asks => read::<modern::InputRequiredResult>(result),
        (Era::Modern, "server/discover") => read::<modern::DiscoverResult>(result),
        (Era::Modern, "tools/list") => read::<modern::ListToolsResult>(result),
        (Era::Modern, "tools/call") => read::<modern::CallToolResult>(result),
        (Era::Modern, "resources/list") => read::<modern::ListResourcesResult>(result),
        (Era::Modern, "resources/templates/list") => read::<modern::ListResourceTemplatesResult>(result),
        (Era::Modern, "resources/read") => read::<modern::ReadResourceResult>(result),
        (Era::Modern, "prompts/list") => read::<modern::ListPromptsResult>(result),
        (Era::Modern, "prompts/get") => read::<modern::GetPromptResult>(result),
        (Era::Modern, "completion/complete") => read::<modern::CompleteResult>(result),
        (Era::Modern, "subscriptions/listen") => read::<modern::SubscriptionsListenResult>(result),
        (Era::Modern, _) => read::<modern::Result>(result),
    }
}

/// `None` for what is no notification, or one that MCP does not define.
fn read_notification(era: Era, message: &Json) -> Option<Result<(), String>> {
    Some(match (era, method(message)?) {
        (Era::Legacy, "notifications/cancelled") => read::<legacy::CancelledNotification>(message),
        (Era::Legacy, "notifications/progress") => read::<legacy::ProgressNotification>(message),
        (Era::Legacy, "notifications/message") => read::<legacy::LoggingMessageNotification>(message),
        (Era::Legacy, "notifications/resources/updated") => read::<legacy::ResourceUpdatedNotification>(message),
        (Era::Modern, "notifications/cancelled") => read::<modern::CancelledNotification>(message),
        (Era::Modern, "notifications/progress") => read::<modern::ProgressNotification>(message),
        (Era::Modern, "notifications/message") => read::<modern::LoggingMessageNotification>(message),
        (Era::Modern, "notifications/resources/updated") => read::<modern::ResourceUpdatedNotification>(message),
        (Era::Modern, "notifications/subscriptions/acknowledged") => {
            read::<modern::SubscriptionsAcknowledgedNotification>(message)
        }
        _ => return None,
    })
}

/// Whether a value can be read as this type. Numbers and depths that its JSON cannot hold say nothing of the form.
fn read<T: DeserializeOwned>(value: &Json) -> Result<(), String> {
    match serde_json::from_str::<Value>(&value.to_string()) {
        Ok(value) => serde_json::from_value::<T>(value).map(drop).map_err(|error| error.to_string()),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_objects_to_what_the_schemas_do_not_know() {
        let json = |text: &str| Json::parse(text.as_bytes()).unwrap();
        let call = json(r#"{"method":"tools/call","params":{}}"#);
        let answer = |result: &str| json(&format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
        for (era, result, holds) in [
            (Era::Legacy, r#"{"content":[{"type":"text","text":"t"}]}"#, true),
            (Era::Modern, r#"{"resultType":"complete","content":[{"type":"text","text":"t"}]}"#, true),
            (Era::Modern, r#"{"content":[]}"#, false),
            (Era::Legacy, r#"{"structuredContent":{}}"#, false),
            (Era::Legacy, r#"{"content":[{"text":"t"}]}"#, false),
            (Era::Legacy, r#"{"content":[],"structuredContent":{"n":1e400}}"#, true),
        ] {
            assert_eq!(read_answer(era, &call, &answer(result)).is_ok(), holds, "{result}");
        }
        let progress = json(r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1}}"#);
        assert!(read_notification(Era::Legacy, &progress).unwrap().is_err());
        let other = json(r#"{"jsonrpc":"2.0","method":"notifications/other"}"#);
        assert!(read_notification(Era::Modern, &other).is_none());
    }
}
