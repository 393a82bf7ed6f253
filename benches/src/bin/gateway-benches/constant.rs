//! A server on the mock gateway's own HTTP stack that reads a request and answers a constant: what
//! the stack costs by itself.

use std::convert::Infallible;
use std::io::Write as _;

use anyhow::Result;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

/// As long as a verdict of the mock gateway.
const ANSWER: &str = r#"{"decision":"ALLOW","risk_score":0.05,"risk_band":"LOW","reason_codes":[],"trace_id":"8f14e45f-ceea-467f-a9d1-000000000001","tool_name":"slack","operation":"write","classifications":[],"signals":[]}"#;

/// Says where it is and serves for ever.
///
/// # Errors
/// No port can be had, or nobody reads where it is.
pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "a constant is answered on http://{}", listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service_fn(answer));
        tokio::spawn(connection);
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let _read = request.into_body().collect().await?;
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER.as_bytes())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok::<_, Infallible>(response).map_err(|never| match never {})
}
