//! What a step says as a message of the client. Never how it is sent.

use mock_gateway::json::Json;

use super::Play;
use crate::exact::Exact;
use crate::party::client::{Client, Message};
use crate::step::Verb;

impl Play<'_> {
    /// The message of a verb that is one.
    pub(super) fn message(&mut self, verb: &Verb) -> Option<Message> {
        match verb {
            Verb::Scan(arguments) => Some(self.call(&self.subject.tools.scan, Some(arguments.text()))),
            Verb::ScanResponse(arguments) => {
                Some(self.call(&self.subject.tools.scan_response, Some(&self.filled(arguments))))
            }
            Verb::Call(call) => Some(self.call(&call.tool, call.arguments.as_ref().map(Exact::text))),
            Verb::Request(request) => {
                let params = request.params.as_ref().map(|params| self.filled(&Exact::from(params)));
                Some(self.client.request(request.id.as_ref().map(Json::from), &request.method, params.as_deref()))
            }
            Verb::Notify(notify) => {
                let params = notify.params.as_ref().map(|params| self.filled(&Exact::from(params)));
                Some(Client::notification(&notify.method, params.as_deref()))
            }
            _ => None,
        }
    }

    fn call(&mut self, tool: &str, arguments: Option<&str>) -> Message {
        let tool = Json::String(tool.to_owned());
        let arguments = arguments.map(|arguments| format!(",\"arguments\":{arguments}")).unwrap_or_default();
        self.client.request(None, "tools/call", Some(&format!("{{\"name\":{tool}{arguments}}}")))
    }

    /// Puts in what a case can only name: the latest trace id and request id, the version, the scan tool.
    /// Without a trace id the call goes out as written, and what comes of it is judged.
    fn filled(&self, text: &Exact) -> String {
        let trace_id = self.trace_id.as_ref().map_or_else(|| "\"{trace_id}\"".to_owned(), ToString::to_string);
        text.text()
            .replace("\"{trace_id}\"", &trace_id)
            .replace("\"{last_id}\"", &self.last_id.to_string())
            .replace("{version}", self.client.dialect().version.name())
            .replace("{scan}", &self.subject.tools.scan)
    }
}
