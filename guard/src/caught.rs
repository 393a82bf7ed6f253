//! Panics that become answers. A request whose answering code panics would be left open for ever.
//! Never what is answered otherwise.

use std::borrow::Cow;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use rmcp::model::{ClientNotification, ClientRequest, ErrorData, ProtocolVersion, ServerConfig, ServerResult};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, Service};

/// What a future gives; `None` where it panicked. What the panicking code held is dropped with it: it
/// must share nothing that could be left half changed.
pub async fn caught<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// Answers what the service answers, and an internal error where it panics.
#[derive(Debug)]
pub struct Caught<S>(pub S);

impl<S: Service<RoleServer>> Service<RoleServer> for Caught<S> {
    async fn handle_request(
        &self,
        request: ClientRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        caught(self.0.handle_request(request, context)).await.unwrap_or_else(|| {
            Err(ErrorData::internal_error(
                "the guard failed on this request, and cleared nothing; report it to its makers",
                None,
            ))
        })
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
