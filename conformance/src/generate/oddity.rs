//! What is odd in a line: values and places on which readers are known to differ, each by its name, so that what a
//! guard makes of one is told in a word. Never what a guard should make of it.

/// Stands for a byte that is no UTF-8; `scan` writes it as such.
pub(super) const NOT_UTF8: char = '\u{f8ff}';

/// Stands for seventy thousand spaces.
pub(super) const LONG: char = '\u{f8fe}';

/// Stands for the id of the line.
pub(super) const ID: char = '\u{f8fd}';

/// Values by their text, some of which are no JSON at all.
pub(super) const VALUES: &[(&str, &str)] = &[
    ("duplicate key", r#"{"a":1,"a":2}"#),
    ("duplicate key, escaped", r#"{"a":1,"\u0061":2}"#),
    ("lone surrogate", r#""\ud800""#),
    ("lone low surrogate", r#""a\udc00b""#),
    ("surrogates the wrong way round", r#""\udc00\ud800""#),
    ("1e400", "1e400"),
    ("-1e400", "-1e400"),
    ("1e-400", "1e-400"),
    ("2^53 + 1", "9007199254740993"),
    ("2^63", "9223372036854775808"),
    ("2^64", "18446744073709551616"),
    ("-0", "-0"),
    ("-0.0", "-0.0"),
    ("1.0", "1.0"),
    ("1.10", "1.10"),
    ("1E+2", "1E+2"),
    ("a fraction of many digits", "0.1000000000000000055511151231257827"),
    ("raw CR", "\r1"),
    ("raw CR in a string", "\"a\rb\""),
    ("raw tab in a string", "\"a\tb\""),
    ("raw NUL in a string", "\"a\0b\""),
    ("NUL", r#""a\u0000b""#),
    ("NaN", "NaN"),
    ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
    ("byte order mark before a value", "\u{feff}1"),
    ("no-break space", "\u{a0}1"),
    ("bidirectional override", "\"a\u{202e}b\""),
    ("line separator", "\"a\u{2028}b\""),
    ("noncharacter", "\"a\u{ffff}b\""),
    ("decomposed letter", "\"e\u{301}\""),
    ("escaped pair", r#""\ud83d\ude00""#),
    ("invalid UTF-8", "\"a\u{f8ff}b\""),
    ("leading zero", "01"),
    ("plus sign", "+1"),
    ("no digit behind the point", "1."),
    ("no digit before the point", ".5"),
    ("hexadecimal number", "0x1f"),
    ("single quotes", "'a'"),
    ("comment", "1/*a*/"),
    ("trailing comma", "[1,]"),
    ("unknown escape", r#""\x41""#),
    ("null", "null"),
    ("empty key", r#"{"":1}"#),
    ("__proto__", r#"{"__proto__":{"a":1}}"#),
    ("private key of a parser", r#"{"$serde_json::private::Number":"7"}"#),
    ("long string", "\"\u{f8fe}\""),
    ("nesting", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
];

/// Where in the line of a call something may stand that does not belong there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Before everything.
    Start,
    /// Behind the id.
    BehindId,
    /// Before the name of the tool.
    BeforeName,
    /// Before the arguments.
    BeforeArguments,
    /// Behind the last argument.
    BehindArguments,
    /// Behind everything.
    End,
}

/// What stands there, by its text.
pub(super) const PLACES: &[(&str, Place, &str)] = &[
    ("byte order mark", Place::Start, "\u{feff}"),
    ("white space before the message", Place::Start, " \t"),
    ("duplicate id", Place::BehindId, ",\"id\":\"other\""),
    ("duplicate method", Place::BehindId, ",\"method\":\"ping\""),
    ("duplicate tool", Place::BeforeName, "\"name\":\"other\","),
    ("duplicate arguments", Place::BeforeArguments, "\"arguments\":{},"),
    ("duplicate argument", Place::BehindArguments, ",\"url\":\"https://other.example/\u{f8fd}\""),
    ("duplicate argument, escaped", Place::BehindArguments, ",\"ur\\u006c\":\"https://other.example/\u{f8fd}\""),
    ("unknown argument", Place::BehindArguments, ",\"Url\":\"https://other.example/\u{f8fd}\""),
    ("raw CR between members", Place::BeforeArguments, "\r"),
    ("CRLF", Place::End, "\r"),
    ("second message behind the first", Place::End, "{}"),
    ("NUL behind the message", Place::End, "\0"),
];
