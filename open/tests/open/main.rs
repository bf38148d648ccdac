//! Tests of `open` as its users see it: fixtures, damaged fixtures, hostile input, and what other programs say of the same bytes.

mod fixtures;
mod hostile;
mod identify;
mod smoke;
mod tools;
