//! What can be asked in the query of a path: which of the things there are meant. Reading only.

use std::fmt;
use std::mem::take;

use percent_encoding::percent_decode_str;

use super::problem::Problem;
use crate::approval::Status;
use crate::journal::Filter;

/// How many requests a page has unless told otherwise.
const PAGE: usize = 100;

/// How many requests a page can have.
const LARGEST_PAGE: usize = 1_000;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Search {
    /// Which requests.
    pub(super) filter: Filter,
    /// The number of the last request that is known already.
    pub(super) after: Option<u64>,
    /// How many of them at most.
    pub(super) limit: usize,
    /// Which approvals.
    pub(super) status: Option<Status>,
}

impl Default for Search {
    fn default() -> Self {
        Self { filter: Filter::all(), after: None, limit: PAGE, status: None }
    }
}

/// What a parameter's value looks like.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Text,
    Moment,
    Number { least: u64, most: Option<u64> },
    Flag,
    OneOf(&'static [&'static str]),
}

/// One parameter of a query.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) about: &'static str,
    put: fn(&mut Search, &str) -> Result<(), String>,
}

/// Which requests of the journal.
pub(super) const JOURNAL: &[Parameter] = &[
    Parameter {
        name: "path",
        kind: Kind::Text,
        about: "Only requests to this path, whatever their query.",
        put: |search, text| narrow(search, |filter| Ok(filter.path(text))),
    },
    Parameter {
        name: "tool_name",
        kind: Kind::Text,
        about: "Only scans of this tool.",
        put: |search, text| narrow(search, |filter| Ok(filter.tool_name(text))),
    },
    Parameter {
        name: "decision",
        kind: Kind::Text,
        about: "Only those that were decided so: `DENY`, or a status such as `503`.",
        put: |search, text| narrow(search, |filter| Ok(filter.decision(text))),
    },
    Parameter {
        name: "trace_id",
        kind: Kind::Text,
        about: "Only those of this trace: the scan, and the responses handed in for it.",
        put: |search, text| narrow(search, |filter| Ok(filter.trace(text))),
    },
    Parameter {
        name: "since",
        kind: Kind::Moment,
        about: "Only those that arrived at this moment of virtual time or later.",
        put: |search, text| narrow(search, |filter| Ok(filter.since(parsed(text)?))),
    },
    Parameter {
        name: "until",
        kind: Kind::Moment,
        about: "Only those that arrived before this moment of virtual time.",
        put: |search, text| narrow(search, |filter| Ok(filter.until(parsed(text)?))),
    },
    Parameter {
        name: "missed",
        kind: Kind::Flag,
        about: "`true`: only scans that met no rule.",
        put: |search, text| narrow(search, |filter| Ok(if flag(text)? { filter.missed() } else { filter })),
    },
    AFTER,
    Parameter {
        name: "limit",
        kind: Kind::Number { least: 1, most: Some(LARGEST_PAGE as u64) },
        about: "How many at most; 100 unless told otherwise.",
        put: |search, text| {
            let limit = parsed::<usize>(text)?;
            if !(1..=LARGEST_PAGE).contains(&limit) {
                return Err(format!("{limit} is not within 1 to {LARGEST_PAGE}"));
            }
            search.limit = limit;
            Ok(())
        },
    },
];

/// Where a stream begins.
pub(super) const STREAM: &[Parameter] = &[AFTER];

/// Which approvals.
pub(super) const APPROVALS: &[Parameter] = &[Parameter {
    name: "status",
    kind: Kind::OneOf(&["pending", "approved", "denied", "expired"]),
    about: "Only those that stand so.",
    put: |search, text| {
        let all = [Status::Pending, Status::Approved, Status::Denied, Status::Expired];
        let status = all.into_iter().find(|status| status.name() == text);
        search.status = Some(status.ok_or("write one of pending, approved, denied, expired")?);
        Ok(())
    },
}];

const AFTER: Parameter = Parameter {
    name: "after",
    kind: Kind::Number { least: 0, most: None },
    about: "Only requests with a higher number than this, the first of them first.",
    put: |search, text| {
        let number = parsed(text)?;
        search.after = Some(number);
        narrow(search, |filter| Ok(filter.after(number)))
    },
};

/// Reads a query; what it asks must be among the parameters.
///
/// # Errors
/// An unknown parameter, one given twice, or a value that is none.
pub(super) fn read(query: &str, known: &[Parameter]) -> Result<Search, Problem> {
    let (mut search, mut seen) = (Search::default(), Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(&name.replace('+', " "))?, decoded(&value.replace('+', " "))?);
        let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
            let names: Vec<_> = known.iter().map(|parameter| parameter.name).collect();
            let remedy =
                if names.is_empty() { "leave the query out".to_owned() } else { format!("use {}", names.join(", ")) };
            return Err(Problem::new(400, format!("there is no parameter `{name}` here"), remedy));
        };
        if seen.contains(&parameter.name) {
            return Err(Problem::new(400, format!("the parameter `{name}` is given twice"), "give it once"));
        }
        seen.push(parameter.name);
        let wrong = |error| Problem::new(400, format!("cannot read the parameter `{name}`: {error}"), parameter.about);
        (parameter.put)(&mut search, &value).map_err(wrong)?;
    }
    Ok(search)
}

/// A part of a path or query with its percent signs read.
///
/// # Errors
/// It is no UTF-8.
pub(super) fn decoded(part: &str) -> Result<String, Problem> {
    let text = percent_decode_str(part).decode_utf8();
    let wrong = |_| Problem::new(400, format!("`{part}` is no UTF-8"), "percent-encode the bytes of UTF-8");
    text.map(std::borrow::Cow::into_owned).map_err(wrong)
}

fn narrow(search: &mut Search, more: impl FnOnce(Filter) -> Result<Filter, String>) -> Result<(), String> {
    search.filter = more(take(&mut search.filter))?;
    Ok(())
}

fn parsed<T: std::str::FromStr<Err: fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "write true or false".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_its_signs() {
        let search = read("tool_name=a%20b+c&decision=DENY&after=7&limit=1000&missed=true&", JOURNAL).unwrap();
        assert_eq!(search.filter.to_string(), "requests of tool a b c decided DENY after number 7 that met no rule");
        assert_eq!((search.after, search.limit), (Some(7), 1_000));
        assert_eq!(read("status=denied", APPROVALS).unwrap().status, Some(Status::Denied));
        let search = read("since=2026-01-01T00:00:00Z", JOURNAL).unwrap();
        assert_eq!(search.filter.to_string(), "requests since 2026-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_unknown_or_unreadable_is_named() {
        for (query, known, error) in [
            ("tool=x", JOURNAL, "there is no parameter `tool` here"),
            ("limit=1", STREAM, "there is no parameter `limit` here"),
            ("x", &[], "there is no parameter `x` here"),
            ("after=1&after=1", JOURNAL, "the parameter `after` is given twice"),
            ("after=-1", JOURNAL, "cannot read the parameter `after`: invalid digit found in string"),
            ("limit=0", JOURNAL, "cannot read the parameter `limit`: 0 is not within 1 to 1000"),
            ("limit=1001", JOURNAL, "cannot read the parameter `limit`: 1001 is not within 1 to 1000"),
            ("missed=yes", JOURNAL, "cannot read the parameter `missed`: write true or false"),
            ("since=now", JOURNAL, "cannot read the parameter `since`: `now` is no point in time"),
            ("status=open", APPROVALS, "cannot read the parameter `status`: write one of pending"),
            ("path=%ff", JOURNAL, "`%ff` is no UTF-8"),
        ] {
            let problem = read(query, known).unwrap_err();
            assert!(problem.status == 400 && problem.error.starts_with(error), "{query}: {problem:?}");
            assert!(!problem.remedy.is_empty());
        }
    }
}
