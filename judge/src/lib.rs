//! Pure functions from facts and policy to findings and verdict. Sees no bytes and does no input or output.
//!
//! Reading order: `page.rs` (what a rule is), `condition.rs` (how it is decided), `rules.rs` (a set of them), `judge.rs`.

mod chains;
mod condition;
mod copies;
mod example;
mod findings;
mod fingerprint;
mod judge;
mod lint;
mod page;
mod pattern;
mod places;
mod policy;
mod rules;
mod syntax;
#[cfg(test)]
mod tests;
mod verdict;
mod view;
mod words;

pub use example::{Example, Files, Input};
pub use judge::judge;
pub use page::{PageError, Rule, Scope};
pub use policy::{DEFAULT as DEFAULT_POLICY, Policy};
pub use rules::{Rules, YaraSources};
