//! What a key means: `a` or `d`, then the number of an approval. Pure; nothing is read or decided here.

use std::collections::BTreeSet;

/// What an analyst decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Approve,
    Deny,
}

impl Verb {
    /// The word in the paths of the admin API.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

/// What shall happen.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// What is typed has changed.
    Changed,
    Decide(Verb, usize),
    /// Another link to the console is wanted.
    Link,
    Quit,
}

/// What was typed and is not complete.
#[derive(Debug, Default)]
pub(super) struct Keys {
    verb: Option<Verb>,
    digits: String,
}

impl Keys {
    /// Takes a key. A number is complete when no other one begins with it, else with Enter.
    pub(super) fn press(&mut self, key: u8, labels: &BTreeSet<usize>) -> Step {
        let Some(verb) = self.verb else {
            match key {
                b'a' => self.verb = Some(Verb::Approve),
                b'd' => self.verb = Some(Verb::Deny),
                b'o' => return Step::Link,
                b'q' => return Step::Quit,
                _ => return Step::Nothing,
            }
            return Step::Changed;
        };
        let is_end = matches!(key, b'\r' | b'\n');
        match key {
            b'0'..=b'9' => self.digits.push(char::from(key)),
            _ if is_end => {}
            _ => {
                *self = Self::default();
                return Step::Changed;
            }
        }
        let meant = self.digits.parse().ok().filter(|label| labels.contains(label));
        let could_go_on = labels.iter().any(|label| {
            let text = label.to_string();
            text.len() > self.digits.len() && text.starts_with(&self.digits)
        });
        if could_go_on && !is_end {
            return Step::Changed;
        }
        *self = Self::default();
        meant.map_or(Step::Changed, |label| Step::Decide(verb, label))
    }

    /// What is typed so far; `None` when that is nothing.
    pub(super) fn prompt(&self) -> Option<String> {
        self.verb.map(|verb| format!("{} which? {}", verb.name(), self.digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(labels: &[usize], typed: &str) -> Step {
        let (mut keys, labels) = (Keys::default(), labels.iter().copied().collect());
        typed.bytes().map(|key| keys.press(key, &labels)).last().expect("something was typed")
    }

    #[test]
    fn a_verb_and_a_number_decide() {
        assert_eq!(last(&[1, 2], "a2"), Step::Decide(Verb::Approve, 2));
        assert_eq!(last(&[1, 2], "d1"), Step::Decide(Verb::Deny, 1));
        assert_eq!(last(&[1, 12], "a1"), Step::Changed, "it could become 12");
        assert_eq!(last(&[1, 12], "a1\n"), Step::Decide(Verb::Approve, 1));
        assert_eq!(last(&[1, 12], "a12"), Step::Decide(Verb::Approve, 12));
        assert_eq!((last(&[1], "o"), last(&[1], "q")), (Step::Link, Step::Quit));
    }

    #[test]
    fn anything_else_decides_nothing_and_begins_anew() {
        for typed in ["a3", "a\n", "a\u{1b}", "aq", "ax", "1", "\n", "a0", "\u{1b}[A", "A1", "da"] {
            assert!(matches!(last(&[1, 2], typed), Step::Nothing | Step::Changed), "{typed:?}");
        }
        assert_eq!(last(&[1], "a\u{1b}1"), Step::Nothing, "the verb is forgotten");
        assert_eq!(last(&[], "a1"), Step::Changed);
        let mut keys = Keys::default();
        keys.press(b'd', &BTreeSet::from([1, 10]));
        keys.press(b'1', &BTreeSet::from([1, 10]));
        assert_eq!(keys.prompt().as_deref(), Some("deny which? 1"));
    }
}
