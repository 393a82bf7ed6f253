//! Who is let into the console: a link that opens it once, and the visits that came of such links.
//! Pure but for the making of a visit; never a header or an address.

use std::collections::VecDeque;

use crate::admin::{NoRandomness, Token};

/// How many visits are known at once; the oldest ends when there are more.
const VISITS: usize = 16;

/// The door of one console.
#[derive(Debug, Default)]
pub(super) struct Door {
    link: Option<Token>,
    visits: VecDeque<Visit>,
}

/// A browser that was let in. It needs both halves: the cookie, which no script can read but which the
/// browser shows to every port of this machine, and the proof, which only pages of this port can read.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) cookie: Token,
    pub(crate) proof: Token,
}

impl Visit {
    /// A visit that nobody can guess.
    pub(super) fn new() -> Result<Self, NoRandomness> {
        Ok(Self { cookie: Token::random()?, proof: Token::random()? })
    }
}

impl Door {
    /// From now on this link opens, and no other.
    pub(super) fn offer(&mut self, link: Token) {
        self.link = Some(link);
    }

    /// Lets a visit in and takes its link away; a wrong link costs nothing.
    pub(super) fn enter(&mut self, link: &[u8], visit: Visit) -> Option<Visit> {
        self.link.take_if(|offered| offered.is(link))?;
        if self.visits.len() == VISITS {
            self.visits.pop_front();
        }
        self.visits.push_back(visit.clone());
        Some(visit)
    }

    pub(super) fn knows(&self, cookie: &[u8], proof: &[u8]) -> bool {
        self.visits.iter().any(|visit| visit.cookie.is(cookie) & visit.proof.is(proof))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(door: &Door, cookie: &Visit, proof: &Visit) -> bool {
        door.knows(cookie.cookie.reveal().as_bytes(), proof.proof.reveal().as_bytes())
    }

    #[test]
    fn a_link_opens_once_and_a_newer_one_takes_its_place() {
        let mut door = Door::default();
        let (old, new) = (Token::random().unwrap(), Token::random().unwrap());
        let enter = |door: &mut Door, link: &str| door.enter(link.as_bytes(), Visit::new().unwrap()).is_some();
        assert!(!enter(&mut door, ""), "nothing is offered yet");
        door.offer(old.clone());
        door.offer(new.clone());
        assert!(!enter(&mut door, old.reveal()));
        assert!(!enter(&mut door, &new.reveal()[1..]));
        assert!(enter(&mut door, new.reveal()));
        assert!(!enter(&mut door, new.reveal()), "it is used");
    }

    #[test]
    fn a_visit_needs_both_of_its_own_halves() {
        let mut door = Door::default();
        let visits: Vec<_> = (0..=VISITS)
            .map(|_| {
                let link = Token::random().unwrap();
                door.offer(link.clone());
                door.enter(link.reveal().as_bytes(), Visit::new().unwrap()).expect("the link is right")
            })
            .collect();
        let [.., one, other] = &visits[..] else { panic!("there are two") };
        assert!(knows(&door, one, one) && knows(&door, other, other));
        assert!(!knows(&door, one, other) && !knows(&door, other, one), "halves of two visits");
        assert!(!door.knows(one.cookie.reveal().as_bytes(), b""));
        assert!(!door.knows(b"", one.proof.reveal().as_bytes()));
        assert!(!knows(&door, &visits[0], &visits[0]), "the oldest has ended");
    }
}
