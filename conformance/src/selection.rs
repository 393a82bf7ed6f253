//! Which cases of all that there are. Never what becomes of them.

use crate::case::{Case, EDITION, Profile};
use crate::known::Pattern;

/// The cases that a person asked for.
#[derive(Debug, Clone)]
pub struct Selection {
    /// By id; none means all.
    pub patterns: Vec<Pattern>,
    /// Of this profile only; of all when there is none.
    pub profile: Option<Profile>,
    /// Of this edition or older.
    pub edition: u32,
}

impl Default for Selection {
    /// What CI runs.
    fn default() -> Self {
        Self { patterns: Vec::new(), profile: Some(Profile::Default), edition: EDITION }
    }
}

impl Selection {
    /// Whether a case is among them.
    #[must_use]
    pub fn holds(&self, case: &Case) -> bool {
        self.holds_unnamed(case)
            && (self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(&case.id)))
    }

    /// Whether a case would be among them if none had been named.
    #[must_use]
    pub fn holds_unnamed(&self, case: &Case) -> bool {
        self.profile.is_none_or(|profile| case.profile == profile) && case.since <= self.edition
    }

    /// The selection in the words of the command line.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words: Vec<String> = self.patterns.iter().map(|pattern| format!("--case {}", pattern.text())).collect();
        words.push(format!("--edition {}", self.edition));
        words.join(" ")
    }
}
