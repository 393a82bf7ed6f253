//! Winnowing (Schleimer, Wilkerson, Aiken: "Winnowing: local algorithms for document fingerprinting",
//! 2003): of every so many overlapping grams of a text the least hash is kept. Never a text.

use std::array;

/// How many letters a gram has: shorter texts than this have nothing in common.
pub(super) const GRAM: usize = 20;

/// Of how many grams in a row one is kept at least.
pub(super) const WINDOW: usize = 9;

/// A gram with fewer different letters than this says nothing: rulers, zeros.
const VARIED: u32 = 5;

/// How many letters are at hand: the grams of a window have less.
const KEPT: usize = (GRAM + WINDOW).next_power_of_two();

/// The factor of the rolling hash, odd and without pattern.
const FACTOR: u64 = 0x9e6c_63d0_876a_3f6b;

/// What a letter leaves behind when it has gone through a whole gram.
const LEAVING: u64 = {
    let (mut power, mut left) = (1_u64, GRAM);
    while left > 0 {
        power = power.wrapping_mul(FACTOR);
        left -= 1;
    }
    power
};

/// A gram that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Print {
    pub(super) hash: u64,
    /// How many letters came before it.
    pub(super) at: usize,
}

/// What stands in a window before the first gram: whatever comes is less, or as good.
const NOTHING: Print = Print { hash: u64::MAX, at: 0 };

/// Takes letters one by one, and keeps the prints.
pub(super) struct Winnow {
    prints: Vec<Print>,
    letters: usize,
    hash: u64,
    /// The last letters: those of every gram in the window.
    last: [u32; KEPT],
    window: [Print; WINDOW],
    least: Print,
}

impl Winnow {
    pub(super) fn new() -> Self {
        Self {
            prints: Vec::new(),
            letters: 0,
            hash: 0,
            last: [0; KEPT],
            window: array::from_fn(|_| NOTHING),
            least: NOTHING,
        }
    }

    pub(super) fn push(&mut self, letter: char) {
        let letter = u32::from(letter);
        self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(u64::from(letter) + 1);
        if self.letters >= GRAM {
            let gone = self.last[(self.letters - GRAM) % KEPT];
            self.hash = self.hash.wrapping_sub((u64::from(gone) + 1).wrapping_mul(LEAVING));
        }
        self.last[self.letters % KEPT] = letter;
        self.letters += 1;
        if self.letters >= GRAM {
            self.see(Print { hash: scattered(self.hash), at: self.letters - GRAM });
        }
    }

    /// Looks at the next gram, and keeps the least of the window that it closes.
    fn see(&mut self, print: Print) {
        self.window[print.at % WINDOW] = print;
        // Of equal ones the last, which stays in the window for longest.
        let before = self.least;
        if print.hash <= before.hash {
            self.least = print;
        } else if before.at + WINDOW <= print.at {
            let later = |least: Print, print: &Print| {
                if (print.hash, least.at) <= (least.hash, print.at) { *print } else { least }
            };
            self.least = self.window.iter().fold(print, later);
        }
        if print.at + 1 >= WINDOW {
            self.keep();
        }
    }

    fn keep(&mut self) {
        if self.prints.last() != Some(&self.least) && self.is_varied(self.least.at) {
            self.prints.push(self.least);
        }
    }

    /// Whether the gram that begins here, in the window, says something.
    fn is_varied(&self, at: usize) -> bool {
        let letters = (at..at + GRAM).map(|at| self.last[at % KEPT]);
        letters.fold(0_u64, |kinds, letter| kinds | 1 << (letter % 64)).count_ones() >= VARIED
    }

    /// The prints in the order of the text, and how many letters it has. A text without one whole
    /// window keeps the least gram of it.
    pub(super) fn end(mut self) -> (Vec<Print>, usize) {
        if (GRAM..GRAM + WINDOW - 1).contains(&self.letters) {
            self.keep();
        }
        (self.prints, self.letters)
    }
}

/// Moves every bit by every other, so that the least hash is that of any gram.
const fn scattered(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    hash ^ (hash >> 32)
}
