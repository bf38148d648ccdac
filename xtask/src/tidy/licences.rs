//! Licences of everything that is linked in.

use super::dependencies::host;
use super::{metadata, none};

/// Licences under which we may link and ship. Copyleft of the whole program and non-open ones are not among them.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

#[test]
fn every_dependency_has_a_licence_we_may_ship() {
    let metadata = metadata(&["--filter-platform", host()]);
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let licence = package["license"].as_str().unwrap_or_default();
        if !allows(licence) {
            wrong.push(format!("{} {}: {licence:?}", package["name"], package["version"]));
        }
    }
    none("licences that are not on the list", wrong);
}

/// Whether an SPDX expression leaves us a way that the list allows. A slash is how `OR` was once written.
fn allows(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut tokens = spaced.split_whitespace().peekable();
    either(&mut tokens) && tokens.next().is_none()
}

type Tokens<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(tokens: &mut Tokens) -> bool {
    let mut any = both(tokens);
    while tokens.next_if_eq(&"OR").is_some() {
        any |= both(tokens);
    }
    any
}

fn both(tokens: &mut Tokens) -> bool {
    let mut all = one(tokens);
    while tokens.next_if_eq(&"AND").is_some() {
        all &= one(tokens);
    }
    all
}

fn one(tokens: &mut Tokens) -> bool {
    match tokens.next() {
        Some("(") => {
            let inside = either(tokens);
            tokens.next() == Some(")") && inside
        }
        Some(name) if tokens.next_if_eq(&"WITH").is_some() => {
            let exception = tokens.next().unwrap_or_default();
            ALLOWED.contains(&format!("{name} WITH {exception}").as_str())
        }
        Some(name) => ALLOWED.contains(&name),
        None => false,
    }
}

#[test]
fn expressions_are_read_as_spdx_says() {
    for (expression, allowed) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
        ("MIT/Apache-2.0", true),
        ("GPL-3.0 OR LGPL-3.0 AND MIT", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0", true),
        ("GPL-2.0 WITH Classpath-exception-2.0", false),
        ("", false),
        ("(MIT", false),
    ] {
        assert_eq!(allows(expression), allowed, "{expression:?}");
    }
}
