//! That a sin differs from the honest proxy.

use super::Named;

pub(crate) const TESTS: &[Named] = &[];
