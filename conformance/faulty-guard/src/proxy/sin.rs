//! The registry of the proxy role's sins: one file per sin, one line here. Each stands for a failure
//! seen in the field, named in its file. Never an honest behaviour, which is a hook's default.

use super::honest::Proxy;
use crate::sin::{Role, Sin};

const fn sin(name: &'static str, does: &'static str, proxy: &'static dyn Proxy) -> Sin {
    Sin { name, does, role: Role::Proxy(proxy) }
}

/// Every sin of the proxy role, by the area of the cases that catch it.
#[rustfmt::skip] // One line per sin, however long, is the point of the table.
pub(crate) const ALL: &[Sin] = &[
];
