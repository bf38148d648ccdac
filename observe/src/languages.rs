//! Language front ends: each lowers its syntax tree to the neutral form, and knows no rules and no APIs.

pub(crate) mod javascript;
pub(crate) mod python;
