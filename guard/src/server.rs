//! The scan role: two tools and a resource, on rmcp. Which question a call asks, and what becomes of a
//! failure; never HTTP, never bytes of a frame.

use rmcp::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, DiscoverResult, ErrorData, Implementation,
    InitializeRequestParams, InitializeResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    MetaObject, PaginatedRequestParams, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, Resource, ResourceContents, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::config::Config;
use crate::era::Handshake;
use crate::gate::Call;
use crate::gateway::{Gateway, ScanError};
use crate::json::Object;
use crate::log;
use crate::room::Held;
use crate::scan::{ArgumentError, Scan, ScanResponse};
use crate::verdict::Verdict;

const TOOLS: &str = include_str!("offer/tools.json");
const ABOUT: &str = include_str!("offer/about.md");
const ABOUT_URI: &str = "interven://about";
const INSTRUCTIONS: &str = include_str!("offer/instructions.md");

/// The scan role of the guard.
pub struct Guard {
    gateway: Gateway,
    fail_open: bool,
    console: Option<String>,
}

impl Guard {
    /// A guard as configured. Nothing is connected yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { gateway: Gateway::new(config), fail_open: config.fail_open, console: config.console.clone() }
    }

    async fn scan(&self, arguments: &Object, arrived: Instant) -> Held<Answer> {
        let scan = match Scan::read(arguments) {
            Ok(scan) => scan,
            Err(error) => return not_asked(&error).into(),
        };
        match self.gateway.scan(&scan, arrived).await {
            Ok(verdict) => verdict.map(|verdict| Answer::verdict(verdict, self.console.as_deref())),
            Err(error) if self.fail_open && error.is_outage() => {
                log::say(format_args!("a call was let through unscanned, as INTERVEN_FAIL_OPEN asks: {error}"));
                Answer::verdict(&Verdict::fail_open(), None).into()
            }
            Err(error) => failed(&error, Answer::scan_failed).into(),
        }
    }

    async fn report(&self, arguments: &Object, arrived: Instant) -> Held<Answer> {
        let response = match ScanResponse::read(arguments) {
            Ok(response) => response,
            Err(error) => return Answer::report_failed(&error).into(),
        };
        match self.gateway.report(&response, arrived).await {
            Ok(receipt) => receipt.map(Answer::receipt),
            Err(error) => failed(&error, Answer::report_failed).into(),
        }
    }
}

fn not_asked(error: &ArgumentError) -> Answer {
    Answer::scan_failed(&format_args!("{error}; correct the arguments and scan again"))
}

fn failed(error: &ScanError, answer: impl Fn(&dyn std::fmt::Display) -> Answer) -> Answer {
    log::say(error);
    answer(error)
}

fn ourselves() -> Implementation {
    Implementation::new("mcp-guard", env!("CARGO_PKG_VERSION")).with_title("MCP guard")
}

/// Who answers: in 2026-07-28 every result says so (MCP 2026-07-28, basic, "Per-response protocol
/// fields"), in a session `initialize` has said it.
fn signature(context: &RequestContext<RoleServer>) -> Option<MetaObject> {
    context.meta.protocol_version()?;
    let ourselves = serde_json::to_value(ourselves()).expect("a name and a version are JSON");
    Some(MetaObject([("io.modelcontextprotocol/serverInfo".to_owned(), ourselves)].into_iter().collect()))
}

/// Our lists have one page, so no cursor is of our making (MCP 2025-11-25, server/utilities/pagination).
fn first(page: Option<&PaginatedRequestParams>) -> Result<(), ErrorData> {
    if page.is_some_and(|page| page.cursor.is_some()) {
        return Err(ErrorData::invalid_params("there is no such page; list again without a cursor", None));
    }
    Ok(())
}

impl ServerHandler for Guard {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        ServerConfig::new(capabilities).with_server_info(ourselves()).with_instructions(INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        _: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        let agreed = context.extensions.get::<Handshake>().expect("the gate agrees on the version of a session");
        let mut opened = self.get_info();
        let version = ProtocolVersion::KNOWN_VERSIONS.iter().find(|known| known.as_str() == agreed.as_str());
        opened.protocol_version = version.expect("rmcp knows every version with a handshake").clone();
        Ok(opened)
    }

    async fn discover(&self, _: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        Ok(DiscoverResult::from_server_info(vec![ProtocolVersion::V_2026_07_28], self.get_info()))
    }

    async fn list_tools(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        first(page.as_ref())?;
        let tools: Vec<Tool> = serde_json::from_str(TOOLS).expect("the tools that are offered are written as MCP says");
        Ok(ListToolsResult { meta: signature(&context), ..ListToolsResult::with_all_items(tools) })
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let call = context.extensions.get::<Call>().expect("the gate hands every tool call its own bytes").clone();
        let arguments = call.arguments.clone().unwrap_or_default();
        let answer = async {
            match request.name.as_ref() {
                "interven_scan" => Ok(self.scan(&arguments, call.arrived).await),
                "interven_scan_response" => Ok(self.report(&arguments, call.arrived).await),
                name => Err(ErrorData::invalid_params(format!("there is no tool `{name}`; ask for tools/list"), None)),
            }
        };
        tokio::select! {
            biased;
            // Dropping the other branch drops its HTTP request; rmcp sends nothing for a cancelled call.
            () = context.ct.cancelled() => {}
            answer = answer => call.answer(answer?),
        }
        let mut shell = CallToolResult::success(Vec::new());
        shell.meta = signature(&context);
        Ok(shell.into())
    }

    async fn list_resources(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        first(page.as_ref())?;
        let about = Resource::new(ABOUT_URI, "about")
            .with_title("How this guard works")
            .with_description("Policy guidance: read it at the start of a session")
            .with_mime_type("text/markdown");
        Ok(ListResourcesResult { meta: signature(&context), ..ListResourcesResult::with_all_items(vec![about]) })
    }

    async fn list_resource_templates(
        &self,
        page: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        first(page.as_ref())?;
        Ok(ListResourceTemplatesResult { meta: signature(&context), ..Default::default() })
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        if request.uri != ABOUT_URI {
            return Err(ErrorData::resource_not_found(format!("there is no resource `{}`", request.uri), None));
        }
        let about = ResourceContents::text(ABOUT, ABOUT_URI).with_mime_type("text/markdown");
        let mut read = ReadResourceResult::new(vec![about]);
        read.meta = signature(&context);
        Ok(ReadResourceResponse::Complete(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_is_well_formed() {
        let tools: Vec<Tool> = serde_json::from_str(TOOLS).unwrap();
        assert_eq!(
            tools.iter().map(|tool| tool.name.as_ref()).collect::<Vec<_>>(),
            ["interven_scan", "interven_scan_response"]
        );
        // A field that rmcp does not know would be lost on the way.
        assert_eq!(serde_json::to_value(&tools).unwrap(), serde_json::from_str::<serde_json::Value>(TOOLS).unwrap());
    }
}
