//! A service whose panics become answers. rmcp leaves a request open for ever when the code that
//! answers it panics. Never what is answered otherwise.

use std::borrow::Cow;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use rmcp::model::{ClientNotification, ClientRequest, ErrorData, ProtocolVersion, ServerConfig, ServerResult};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, Service};

/// Answers what the service answers, and an internal error where it panics.
#[derive(Debug)]
pub struct Caught<S>(pub S);

impl<S: Service<RoleServer>> Service<RoleServer> for Caught<S> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        let mut answer = pin!(self.0.handle_request(request, context));
        // What the panicking code held is dropped with it; the service itself keeps no state that
        // could be left half changed.
        poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Err(ErrorData::internal_error(
                "the guard failed on this request, and cleared nothing; report it to its makers",
                None,
            ))),
        })
        .await
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.0.handle_notification(notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        self.0.get_info()
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        self.0.supported_protocol_versions()
    }
}
