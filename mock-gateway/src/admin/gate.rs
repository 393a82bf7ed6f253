//! Who is let in: the right address in Host, no foreign Origin, the token, and JSON where there is a
//! body. Pure; nothing is read or done before this has agreed.

use std::net::SocketAddr;

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;

use super::problem::Problem;
use super::token::Token;

/// Checks the head of a request that came in at `here`: the address, the origin, the token, in this
/// order.
pub(super) fn admit(head: &Parts, here: SocketAddr, token: &Token) -> Result<(), Problem> {
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
    let bearer = |header: &[u8]| match header.split_at_checked(7) {
        Some((scheme, given)) => scheme.eq_ignore_ascii_case(b"bearer ") && token.is(given.trim_ascii()),
        None => false,
    };
    if !single(&head.headers, &AUTHORIZATION).is_some_and(bearer) {
        let remedy = "send `Authorization: Bearer TOKEN` with the token that was printed when the gateway started";
        return Err(Problem::new(401, "the token is missing or wrong", remedy));
    }
    Ok(())
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
        admit(&head, here.parse().unwrap(), &TOKEN.parse().unwrap()).map_or_else(|problem| problem.status, |()| 200)
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
