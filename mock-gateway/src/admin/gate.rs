//! Who is let in: the right address in Host, no foreign Origin, the token or a visit of the console,
//! and JSON where there is a body. Pure; nothing is read or done before this has agreed.

use std::net::SocketAddr;

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method};

use super::problem::Problem;
use super::token::Token;
use crate::console::Console;

/// The half of a visit that only pages of the console can read.
const PROOF: HeaderName = HeaderName::from_static("console-proof");

/// What browsers say about who asks (Fetch Metadata Request Headers, `Sec-Fetch-Site`).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks the head of a request that came in at `here`: the address, then the origin.
pub(super) fn address(head: &Parts, here: SocketAddr) -> Result<(), Problem> {
    let authority = head.uri.authority().map(|authority| authority.as_str().as_bytes());
    let host = single(&head.headers, &HOST).filter(|host| names(host, here));
    // A web page whose name was made to lead here still sends its own name (DNS rebinding).
    if host.is_none() || authority.is_some_and(|authority| !names(authority, here)) {
        let error = format!("the Host header does not name {here}");
        return Err(Problem::new(421, error, format!("send requests to http://{here}, written exactly so")));
    }
    if head.headers.contains_key(ORIGIN) {
        let own = |origin: &&[u8]| origin.strip_prefix(b"http://").is_some_and(|host| names(host, here));
        if single(&head.headers, &ORIGIN).filter(own).is_none() {
            let error = "the request comes from a page of another origin";
            return Err(Problem::new(403, error, "leave the Origin header out; pages of other origins have no access"));
        }
    }
    Ok(())
}

/// Checks that whoever asks has the token, or was let into the console.
pub(super) fn power(head: &Parts, token: &Token, console: Option<&Console>) -> Result<(), Problem> {
    let bearer = |header: &[u8]| match header.split_at_checked(7) {
        Some((scheme, given)) => scheme.eq_ignore_ascii_case(b"bearer ") && token.is(given.trim_ascii()),
        None => false,
    };
    if single(&head.headers, &AUTHORIZATION).is_some_and(bearer) {
        return Ok(());
    }
    if console.is_some_and(|console| visits(head, console)) {
        return own_page(head);
    }
    let remedy = "send `Authorization: Bearer TOKEN` with the token that was printed when the gateway started";
    Err(Problem::new(401, "the token is missing or wrong", remedy))
}

/// Checks that a page of this address asks, as far as its browser says so: whatever is no GET carries
/// its Origin (Fetch, "append a request `Origin` header"), and [`address`] has agreed to that.
pub(super) fn own_page(head: &Parts) -> Result<(), Problem> {
    let foreign = head.headers.contains_key(FETCH_SITE) && single(&head.headers, &FETCH_SITE) != Some(b"same-origin");
    if foreign || (head.method != Method::GET && !head.headers.contains_key(ORIGIN)) {
        let error = "no page of this address asks for this";
        return Err(Problem::new(403, error, "use the console in a tab of its own, or send the token"));
    }
    Ok(())
}

/// Whether both halves of a visit are there.
fn visits(head: &Parts, console: &Console) -> bool {
    let Some(proof) = single(&head.headers, &PROOF) else { return false };
    let pairs = head.headers.get_all(COOKIE).iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    let mut ours = pairs.filter_map(|pair| {
        let (name, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=')?);
        (name.trim_ascii() == console.cookie().as_bytes()).then(|| value[1..].trim_ascii())
    });
    ours.any(|cookie| console.knows(cookie, proof))
}

/// Checks that a body is said to be JSON. Pages of other origins can send other types without asking.
pub(super) fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let essence = |value: &[u8]| {
        let essence = value.split(|byte| *byte == b';').next().unwrap_or(value);
        essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
    };
    if single(headers, &CONTENT_TYPE).is_some_and(essence) {
        return Ok(());
    }
    Err(Problem::new(415, "the body is not said to be JSON", "send the header `Content-Type: application/json`"))
}

/// The value of a header that may occur only once.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first.as_bytes())
}

/// Whether a host, with its port unless that is 80, is this address to the letter.
fn names(host: &[u8], here: SocketAddr) -> bool {
    let address = here.to_string();
    let bare = address.strip_suffix(":80").filter(|_| here.port() == 80);
    host == address.as_bytes() || bare.is_some_and(|bare| host == bare.as_bytes())
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";
    const RIGHT: &str = "Bearer 0123456789abcdef";

    fn status(here: &str, uri: &str, headers: &[(&str, &str)]) -> u16 {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let admitted = address(&head, here.parse().unwrap()).and_then(|()| power(&head, &TOKEN.parse().unwrap(), None));
        admitted.map_or_else(|problem| problem.status, |()| 200)
    }

    #[test]
    fn a_visit_of_the_console_needs_its_cookie_its_proof_and_its_own_page() {
        let here: SocketAddr = "127.0.0.1:4871".parse().unwrap();
        let console = Console::at(here);
        let link = console.link().unwrap();
        let visit = console.enter(link.split_once("#open=").unwrap().1).unwrap().unwrap();
        let cookie = format!("theme=dark; mock-gateway-4871={}", visit.cookie.reveal());
        let (cookie, proof) = (("cookie", &*cookie), ("console-proof", visit.proof.reveal()));
        let (own, right) = (("host", "127.0.0.1:4871"), ("origin", "http://127.0.0.1:4871"));
        for (due, method, headers) in [
            (200, "GET", vec![own, cookie, proof]),
            (200, "GET", vec![own, cookie, proof, ("sec-fetch-site", "same-origin")]),
            (200, "POST", vec![own, cookie, proof, right]),
            (401, "GET", vec![own, cookie]),
            (401, "GET", vec![own, proof]),
            (401, "GET", vec![own, ("cookie", &cookie.1.replace("4871", "4870")), proof]),
            (401, "GET", vec![own, cookie, proof, proof]),
            (403, "POST", vec![own, cookie, proof]),
            (403, "GET", vec![own, cookie, proof, ("sec-fetch-site", "same-site")]),
            (403, "GET", vec![own, cookie, proof, ("sec-fetch-site", "none")]),
            (403, "POST", vec![own, cookie, proof, ("origin", "http://127.0.0.1:3000")]),
            (421, "POST", vec![("host", "rebound.example"), cookie, proof, right]),
        ] {
            let mut request = Request::builder().method(method).uri("/admin/v1/state");
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let (head, ()) = request.body(()).unwrap().into_parts();
            let token = TOKEN.parse().unwrap();
            let admitted = address(&head, here).and_then(|()| power(&head, &token, Some(&console)));
            assert_eq!(admitted.map_or_else(|problem| problem.status, |()| 200), due, "{method} {headers:?}");
        }
    }

    #[test]
    fn only_its_own_address_its_own_pages_and_its_token_are_let_in() {
        let own = ("host", "127.0.0.1:4871");
        let right = ("authorization", RIGHT);
        for (due, headers) in [
            (200, vec![own, right]),
            (200, vec![own, ("authorization", "bearer  0123456789abcdef")]),
            (200, vec![own, right, ("origin", "http://127.0.0.1:4871")]),
            (421, vec![right]),
            (421, vec![own, own, right]),
            (421, vec![("host", "127.0.0.1"), right]),
            (421, vec![("host", "localhost:4871"), right]),
            (421, vec![("host", "127.0.0.1:48710"), right]),
            (421, vec![("host", "rebound.example:4871"), right]),
            (421, vec![("host", "127.0.0.1:4871.rebound.example"), right]),
            (403, vec![own, right, ("origin", "null")]),
            (403, vec![own, right, ("origin", "")]),
            (403, vec![own, right, ("origin", "https://127.0.0.1:4871")]),
            (403, vec![own, right, ("origin", "http://127.0.0.1:4870")]),
            (403, vec![own, right, ("origin", "http://evil.example")]),
            (403, vec![own, right, ("origin", "http://127.0.0.1:4871"), ("origin", "http://evil.example")]),
            (401, vec![own]),
            (401, vec![own, ("authorization", "Bearer")]),
            (401, vec![own, ("authorization", "Bearer ")]),
            (401, vec![own, ("authorization", TOKEN)]),
            (401, vec![own, ("authorization", "Basic 0123456789abcdef")]),
            (401, vec![own, ("authorization", "Bearer 0123456789abcdeF")]),
            (401, vec![own, ("authorization", "Bearer 0123456789abcdef0")]),
            (401, vec![own, right, right]),
        ] {
            assert_eq!(status("127.0.0.1:4871", "/admin/v1/state", &headers), due, "{headers:?}");
        }
        assert_eq!(status("127.0.0.1:4871", "http://127.0.0.1:4871/x", &[own, right]), 200);
        assert_eq!(status("127.0.0.1:4871", "http://rebound.example:4871/x", &[own, right]), 421);
    }

    #[test]
    fn an_address_is_written_as_browsers_write_it() {
        let right = ("authorization", RIGHT);
        assert_eq!(status("[::1]:4871", "/", &[("host", "[::1]:4871"), right]), 200);
        assert_eq!(status("[::1]:4871", "/", &[("host", "::1:4871"), right]), 421);
        assert_eq!(status("127.0.0.1:80", "/", &[("host", "127.0.0.1"), right]), 200);
        assert_eq!(status("127.0.0.1:8080", "/", &[("host", "127.0.0.1:80"), right]), 421);
    }

    #[test]
    fn only_json_is_json() {
        let check = |value: &str| is_json(&HeaderMap::from_iter([(CONTENT_TYPE, value.parse().unwrap())])).is_ok();
        for good in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
            assert!(check(good), "{good}");
        }
        for bad in
            ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "text/plain; application/json"]
        {
            assert!(!check(bad), "{bad}");
        }
        assert_eq!(is_json(&HeaderMap::new()).unwrap_err().status, 415);
    }
}
