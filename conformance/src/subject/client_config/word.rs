//! Judges one word of a client's settings file: whether it could be a secret, leads off this machine,
//! or is only known to the client. Pure, and on the safe side. Never a file, never what is launched.
//!
//! A flag and its value are read as one text, `--flag=value`, and so is a variable, `NAME=value`. Three
//! questions are asked of the text, and none of the program that will get it:
//!
//! - Which names does it give values to? `--token=…`, `TOKEN=…` behind `-e`, `Authorization: …` and
//!   `"password": …` are the same sentence; a name that announces a secret or another machine decides.
//! - Is there noise in it, such as only a generator of keys writes?
//! - Does any piece of it name a machine, in the forms of a URL, an address, `host:port` or `user@host`?
//!
//! What cannot be known from a word passes: a short secret, or a host without a port, that stands alone.

use std::net::IpAddr;

/// Why a word of the file is not given to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Only the client knows it.
    #[error("its value is asked for or looked up by the client")]
    Asked,
    /// It could be a secret.
    #[error("it could be a secret")]
    Secret,
    /// It names another machine.
    #[error("it leads off this machine")]
    Away,
    /// The variable is one that the harness sets.
    #[error("the harness gives the guard one of its own")]
    Harness,
    /// Nobody said that the variable is harmless.
    #[error("it is not known to be harmless; a manifest can pass it")]
    Unknown,
}

/// A value that is no secret and no machine, whatever its name; the canary key is judged as one.
pub(super) const PLAIN: &str = "none";

/// More of these: what switches and modes are set to.
const PLAINS: [&str; 10] = [PLAIN, "true", "false", "on", "off", "yes", "no", "null", "stdio", "*"];

/// What a client fills in itself: `${…}` in most, the others in OpenCode.
const ASKED: [&str; 3] = ["${", "{env:", "{file:"];

/// A word of a name that ends so announces a secret; `apikey` and `authtoken` are written as one.
const SECRET_ENDS: [&str; 10] =
    ["key", "token", "secret", "password", "passwd", "passphrase", "credential", "cookie", "jwt", "auth"];

/// Words too short to be looked for at the end of another, as in `bypass`.
const SECRET_WORDS: [&str; 8] = ["pass", "pat", "pwd", "pw", "pin", "cred", "bearer", "authorization"];

/// After these a `key` is one of a database and `tokens` are counted.
const HARMLESS_BEFORE: [&str; 8] = ["primary", "foreign", "partition", "sort", "public", "cache", "max", "min"];

/// A name whose last word ends so wants a machine.
const MACHINE_ENDS: [&str; 5] = ["host", "hostname", "url", "uri", "endpoint"];

/// A name whose last word is one of these wants a machine.
const MACHINE_WORDS: [&str; 9] = ["server", "address", "addr", "proxy", "remote", "peer", "origin", "domain", "broker"];

/// A flag that begins so is a switch, and the next word is not its value.
const SWITCHES: [&str; 5] = ["no", "disable", "enable", "skip", "without"];

/// The schemes of `Authorization`.
const AUTHORIZATION_SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// Schemes whose URLs are understood without, or with any number of, slashes.
const WEB: [&str; 5] = ["http", "https", "ws", "wss", "ftp"];

/// Programs whose trade is to run things on another machine.
const REMOTE_SHELLS: [&str; 5] = ["ssh", "mosh", "plink", "rsh", "kubectl"];

/// What may follow `name@` in a package besides a version.
const TAGS: [&str; 10] = ["latest", "next", "beta", "alpha", "canary", "rc", "stable", "nightly", "dev", "preview"];

/// From how many bytes on letters and digits without a break are a generated key.
const LONG: usize = 24;

/// From how many bytes on letters and digits that alternate like noise are one.
const NOISY: usize = 20;

/// Judges a word that stands behind `flag`, which is empty when the word is nobody's value.
pub(super) fn judge(flag: &str, word: &str) -> Result<(), Reason> {
    let text = if flag.is_empty() { word.to_owned() } else { format!("{flag}={word}") };
    let text = without_digest(&text);
    if ASKED.iter().any(|asked| text.contains(asked)) {
        return Err(Reason::Asked);
    }
    let gives_secret =
        assignments(text).any(|given| announces_secret(given.name) && !is_plain(bare_credential(given.value)));
    if gives_secret || has_authorization(text) || has_noise(text) {
        return Err(Reason::Secret);
    }
    let gives_machine = assignments(text)
        .any(|given| given.is_explicit && announces_machine(given.name) && !given.value.split(',').all(stays_here));
    if gives_machine {
        return Err(Reason::Away);
    }
    let ends = |character: char| character.is_whitespace() || "\"'`;=&|(){}<>".contains(character);
    text.split(ends).try_for_each(list)
}

/// Judges the program that is started.
pub(super) fn judge_program(word: &str) -> Result<(), Reason> {
    let name = word.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
    if REMOTE_SHELLS.contains(&name.trim_end_matches(".exe")) {
        return Err(Reason::Away);
    }
    judge("", word)
}

/// The flag of which the next word, `next`, is the value; empty when it is none's.
pub(super) fn flag_of<'a>(word: &'a str, next: &str) -> &'a str {
    let takes_value = word.starts_with('-')
        && !word.contains('=')
        && !next.starts_with("--")
        && words(word).next().is_none_or(|first| !SWITCHES.contains(&first.as_str()));
    if takes_value { word } else { "" }
}

/// A name and the value that a text gives it.
struct Assignment<'a> {
    name: &'a str,
    value: &'a str,
    /// Not `main:app` or `image:tag`, which look alike.
    is_explicit: bool,
}

fn assignments(text: &str) -> impl Iterator<Item = Assignment<'_>> {
    text.match_indices(['=', ':']).filter_map(|(at, sign)| {
        let before = text[..at].trim_end_matches(['"', '\'', '\\', ' ']);
        let start = before.rfind(|character: char| !is_name(character)).map_or(0, |at| at + width(before, at));
        let name = &before[start..];
        let is_image = sign == ":" && before[..start].ends_with('/');
        let rest = &text[at + sign.len()..];
        let is_explicit = sign == "=" || rest.starts_with([' ', '"', '\'', '\\']);
        let value = rest.trim_start_matches([' ', '\\']);
        let value = value.strip_prefix('[').filter(|list| list.starts_with(['"', '\''])).unwrap_or(value);
        let value = value.strip_prefix(['"', '\'']).unwrap_or(value);
        let value = value.split(['"', '\'', '\\', ';', '&', '}']).next().unwrap_or_default();
        (!name.is_empty() && !is_image).then_some(Assignment { name, value, is_explicit })
    })
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.-".contains(character)
}

fn width(text: &str, at: usize) -> usize {
    text[at..].chars().next().map_or(0, char::len_utf8)
}

/// A credential without the scheme before it.
fn bare_credential(value: &str) -> &str {
    let scheme = AUTHORIZATION_SCHEMES.iter().find(|scheme| starts_with(value, scheme));
    scheme.map_or(value, |scheme| &value[scheme.len()..])
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The words of a name, in lower case and in the singular: `--apiKeys` has `api` and `key`.
fn words(name: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::new();
    let mut was_lower = false;
    for character in name.chars() {
        if was_lower && character.is_ascii_uppercase() {
            spaced.push(' ');
        }
        was_lower = character.is_ascii_lowercase();
        spaced.push(if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { ' ' });
    }
    let words: Vec<String> = spaced.split_whitespace().map(singular).collect();
    words.into_iter()
}

fn singular(word: &str) -> String {
    word.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(word).to_owned()
}

fn announces_secret(name: &str) -> bool {
    let mut before = String::new();
    words(name).any(|word| {
        let announces = SECRET_WORDS.contains(&word.as_str()) || SECRET_ENDS.iter().any(|end| word.ends_with(end));
        let is_harmless = HARMLESS_BEFORE.contains(&before.as_str());
        before = word;
        announces && !is_harmless
    })
}

fn announces_machine(name: &str) -> bool {
    words(name).last().is_some_and(|word| {
        MACHINE_WORDS.contains(&word.as_str()) || MACHINE_ENDS.iter().any(|end| word.ends_with(end))
    })
}

fn is_plain(value: &str) -> bool {
    let value = value.trim();
    value.is_empty() || PLAINS.iter().any(|plain| value.eq_ignore_ascii_case(plain))
}

fn has_authorization(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    AUTHORIZATION_SCHEMES.iter().any(|scheme| {
        lower.match_indices(scheme).any(|(at, _)| {
            let is_word = !lower[..at].ends_with(|character: char| character.is_ascii_alphanumeric());
            let credential = lower[at + scheme.len()..].split(['"', '\'']).next().unwrap_or_default();
            is_word && !is_plain(credential)
        })
    })
}

/// Whether a generated key stands somewhere. A slash parts the folders of a path, but is a letter of
/// base64, so that a piece which is nothing but base64 is looked at as a whole too.
fn has_noise(text: &str) -> bool {
    text.split(|character: char| !(is_name(character) || "+/~\\".contains(character))).any(|piece| {
        let is_base64 = piece.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
        (is_base64 && !piece.starts_with('/') && is_noise(piece)) || piece.split(['/', '.', '~', '\\']).any(is_noise)
    })
}

fn is_noise(segment: &str) -> bool {
    let has = |run: &str, class: fn(&u8) -> bool| run.as_bytes().iter().any(class);
    let is_long = |run: &str| run.len() >= LONG && has(run, u8::is_ascii_digit) && has(run, u8::is_ascii_alphabetic);
    // Words change from small to capital letters and from letters to digits now and then; noise does
    // in two of five places, even when it is hexadecimal.
    let changes = segment.as_bytes().windows(2).filter(|pair| {
        let (first, second) = (pair[0], pair[1]);
        let is_camel = first.is_ascii_lowercase() && second.is_ascii_uppercase();
        let is_number = first.is_ascii_alphabetic() && second.is_ascii_digit();
        let is_word = first.is_ascii_digit() && second.is_ascii_alphabetic();
        is_camel || is_number || is_word
    });
    let is_noisy = segment.len() >= NOISY && changes.count() * 5 >= segment.len();
    !is_uuid(segment) && (is_noisy || segment.split(|character: char| !character.is_ascii_alphanumeric()).any(is_long))
}

fn is_uuid(text: &str) -> bool {
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// An image without the digest that pins it, which is long and known to all.
fn without_digest(text: &str) -> &str {
    let digest = |digest: &str| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_once("@sha256:").filter(|(_, rest)| digest(rest)).map_or(text, |(image, _)| image)
}

/// Judges places that are parted by commas. After a URL without a path they are more of its hosts.
fn list(text: &str) -> Result<(), Reason> {
    let mut are_hosts = false;
    for piece in text.split(',') {
        if are_hosts && !piece.contains("://") {
            authority(piece)?;
        } else {
            place(piece)?;
        }
        let path = piece.split_once("://").map_or(piece, |(_, rest)| rest);
        are_hosts = (are_hosts || path.len() < piece.len()) && !path.contains(['/', '?', '#']);
    }
    Ok(())
}

/// Judges one place, in each of the forms in which a machine is named.
fn place(piece: &str) -> Result<(), Reason> {
    if let Some(rest) = piece.strip_prefix("//").or_else(|| piece.strip_prefix("\\\\")) {
        return authority(rest);
    }
    let mut is_url = false;
    for (at, _) in piece.match_indices(':') {
        let (before, rest) = (&piece[..at], &piece[at + 1..]);
        let scheme = before.rsplit(|character: char| !(is_name(character) || character == '+')).next();
        let is_web = scheme.is_some_and(|scheme| WEB.iter().any(|web| scheme.eq_ignore_ascii_case(web)));
        if is_web {
            authority(rest.trim_start_matches(['/', '\\']))?;
        } else if let Some(rest) = rest.strip_prefix("//") {
            // Without an authority it is a path, as in `file:///x` or `unix:///x`.
            if !rest.is_empty() && !rest.starts_with('/') {
                authority(rest)?;
            }
        }
        is_url |= is_web || rest.starts_with("//");
    }
    if is_url {
        return Ok(());
    }
    let start = piece.split('/').next().unwrap_or_default();
    let address = start.trim_start_matches('[').split(']').next().unwrap_or_default();
    if let Ok(address) = address.parse::<IpAddr>() {
        return if address.is_loopback() { Ok(()) } else { Err(Reason::Away) };
    }
    if names_user_at_host(piece) || names_port(piece) { Err(Reason::Away) } else { Ok(()) }
}

/// Judges what stands between `//` and the path of a URL.
fn authority(rest: &str) -> Result<(), Reason> {
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    if !is_local(host) {
        Err(Reason::Away)
    } else if user.is_some() {
        Err(Reason::Secret)
    } else {
        Ok(())
    }
}

/// Whether `host` or `host:port` is on this machine.
fn is_local(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => rest.split_once(']').unwrap_or((rest, "?")),
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let is_loopback = || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    is_port && (host.eq_ignore_ascii_case("localhost") || is_loopback())
}

/// Whether what a name for a machine was given stays on this one: a path, a port, a local host, or a URL,
/// which is judged as a place.
fn stays_here(value: &str) -> bool {
    let is_path = value.starts_with(['/', '.', '~']) && !value.starts_with("//");
    let is_port = value.parse::<u16>().is_ok();
    let is_url = value.contains("://");
    let host = value.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    is_plain(value) || value.starts_with('-') || is_path || is_port || is_url || is_local(host)
}

/// Whether an `@` parts a user from a host, and not a package from its scope or version.
fn names_user_at_host(piece: &str) -> bool {
    let package = piece.strip_prefix("npm:").or_else(|| piece.strip_prefix("jsr:")).unwrap_or(piece);
    package.match_indices('@').any(|(at, _)| {
        let is_scope = at == 0 || package[..at].ends_with(['/', '\\']);
        let version = package[at + 1..].split(['/', '\\']).next().unwrap_or_default();
        !is_scope && !is_version(version)
    })
}

fn is_version(text: &str) -> bool {
    let text = text.trim_start_matches(['^', '~', 'v']);
    let (core, suffix) = text.find(['-', '+']).map_or((text, ""), |at| text.split_at(at));
    let is_number = |part: &str| part == "x" || part == "*" || part.parse::<u64>().is_ok();
    let numbers = core.split('.').count();
    TAGS.contains(&text) || (core.split('.').all(is_number) && numbers <= 3 && (suffix.is_empty() || numbers == 3))
}

/// Whether a name that is not this machine's stands before a port, with whatever behind it.
fn names_port(piece: &str) -> bool {
    piece.match_indices(':').any(|(at, _)| {
        let digits = piece[at + 1..].split(|character: char| !character.is_ascii_digit()).next().unwrap_or_default();
        let ends = piece[at + 1 + digits.len()..].chars().next().is_none_or(|end| "/?#:\\]".contains(end));
        let host = piece[..at].rsplit([':', '[']).next().unwrap_or_default();
        let is_name = host.chars().all(is_name) && !host.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().is_ok() && ends && is_name && !is_local(host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judges a line of arguments, parted by white space but for what stands in single quotes.
    fn line(text: &str) -> Result<(), Reason> {
        let words = shlex::split(text).unwrap();
        words.iter().enumerate().try_for_each(|(index, word)| {
            let flag = index.checked_sub(1).map_or("", |before| flag_of(&words[before], word));
            judge(flag, word)
        })
    }

    #[test]
    fn what_could_be_a_secret_is_refused() {
        for text in [
            "--header 'Authorization: Bearer abc'",
            "--header=Authorization:abc",
            "-H 'X-Api-Key: abc'",
            "-e DB_PASSWORD=hunter2",
            "-eTOKEN=abc",
            "TOKEN=abc",
            "--env=TOKEN=abc",
            "--env MY_API_KEYS=abc",
            "--token abc",
            "--token=abc",
            "--token -hunter2",
            "--apiKey abc",
            "--authtoken abc",
            "--gh-pat abc",
            "--db-pass abc",
            "--auth ann:pw",
            "--tokens a,b",
            "'Bearer abc'",
            "'x: basic YTpi'",
            r#"'{"headers":{"Authorization":"Bearer abc"}}'"#,
            r#"'{"a":1,"password" : "abc"}'"#,
            "'Server=localhost;Password=x'",
            "http://localhost/?token=abc",
            "postgres://ann:pw@localhost/db",
            "http://ann@localhost/",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "ghp_0123456789abcdefghijKLMNOP",
            "sk-proj-4Tq_9bZx-Lw2Rk8vN-c7YfJ0dPa",
            "xoxb-123456789012-1234567890123-aB3dE6gH9jK2mN5pQ8sT1vW4",
            "/run/0c5b8f7a2d9e4f1a6b3c",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        ] {
            assert_eq!(line(text), Err(Reason::Secret), "{text}");
        }
    }

    #[test]
    fn what_leads_off_this_machine_is_refused() {
        for text in [
            "https://collector.example/",
            "HTTPS:collector.example",
            "http:///collector.example",
            "//collector.example/x",
            r"'\\collector.example\x'",
            "file://collector.example/x",
            "jdbc:postgresql://collector.example:5432/x",
            "git+https://collector.example/x",
            "http://localhost@collector.example/",
            r"'http://collector.example\@localhost/'",
            "http://localhost.collector.example/",
            "http://localhost:80.collector.example/",
            "http://127.0.0.1.collector.example/",
            "mongodb://localhost:27017,db.example:27017/x",
            "mongodb://localhost,db/x",
            "--urls=http://localhost:1,https://collector.example",
            "203.0.113.7",
            "203.0.113.7:80",
            "203.0.113.7/24",
            "0.0.0.0:8080",
            "2001:db8::1",
            "[2001:db8::1]:80",
            "--to=evil:443",
            "collector.example:443/x",
            "-L 8080:evil:80",
            "--host collector.example",
            "--host=collector.example/x",
            "--host localhost,collector.example",
            "--server evil",
            "--mcp-url collector.example",
            "--apiEndpoint collector.example",
            "-e API_HOST=collector.example",
            r#"'{"host": "collector.example"}'"#,
            "ann@collector.example",
            "ann@buildbox",
            "ann@203.0.113.7",
            "ann@1.2.3.4",
            "ann@10.example.com",
            "git@collector.example:a/b",
            "npm:ann@collector.example",
        ] {
            assert_eq!(line(text), Err(Reason::Away), "{text}");
        }
        for program in ["ssh", "/usr/bin/ssh", r"C:\Windows\SSH.exe", "203.0.113.7", "ann@collector.example"] {
            assert_eq!(judge_program(program), Err(Reason::Away), "{program}");
        }
    }

    #[test]
    fn what_only_the_client_knows_is_refused() {
        for text in ["'${input:key}'", "--x='a${env:KEY}b'", "'{env:KEY}'", "'{file:./key}'"] {
            assert_eq!(line(text), Err(Reason::Asked), "{text}");
        }
    }

    #[test]
    fn what_guards_are_started_with_passes() {
        for text in [
            "--no-auth stdio",
            "--no-auth basic --disableToken x",
            "--auth none",
            "--token --verbose",
            "--token=",
            "--primary-key id",
            "--max-tokens 4096",
            "--author ann",
            "--bypass x --compass y",
            "--tokenizer bpe",
            "-p 127.0.0.1:8080:80",
            "-p 8080:80/tcp",
            "--enable-experimental-http2-support",
            "-y mcp-server-elasticsearch7-readonly",
            "@modelcontextprotocol/server-everything@2025.9.25",
            "@scope/name@1.2.3 name@^1.2 name@1.0.0-beta.1 npm:@scope/name@latest @scope/name",
            "./node_modules/@example/guard/dist/index.js",
            "--id 550e8400-e29b-41d4-a716-446655440000",
            "run --rm -i mcp/guard:1 ghcr.io/example/auth:latest",
            "example/guard@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "http://127.0.0.1:9/ [::1]:9 ::1 localhost:80 127.0.0.1 http://localhost",
            "http://localhost:1,http://localhost:2",
            "mongodb://localhost:1,127.0.0.1:2/x",
            "file:///x unix:///run/x.sock",
            "--host localhost --host=[::1]:9 --url http://127.0.0.1:1/v2 --server 8080 --url ./a --server -v",
            "--hosts localhost,127.0.0.1:80 --allowed-origins '*'",
            "-m guard.server:app guard.py:12x",
            r"'C:\Program Files\guard\2.exe' /home/ann/Projects/MyGuard2/dist/index.js",
            "/opt/python3.11/lib/python3.11/site-packages/my_guard2/v1/main.py",
            "/tmp/.tmpAb3Xy9/guard/main dist/v2/index.js a//b",
            "guard==1.2 --with 'guard[cli]' -c 'print(1)'",
            "--at 12:30 --level=debug -e LOG_LEVEL=debug",
            "--größe 3 ß=ü: x",
        ] {
            assert_eq!(line(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn any_uuid_passes() {
        for number in 0..1000_u128 {
            let number = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let hex = format!("{number:032x}");
            let uuid = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
            assert_eq!(line(&format!("--agent {uuid} --id={uuid}")), Ok(()), "{uuid}");
        }
    }
}
