//! Inputs for guards and parsers, made of choices: the same choices make the same input, and fewer
//! choices a smaller one, whoever chooses: a seed, a fuzzer, or what shrinks a failure. Map of the
//! module; never what an input should lead to.

mod choices;
pub mod json;
pub mod message;
mod oddity;
pub mod scan;
pub mod secret;

pub use choices::Choices;
