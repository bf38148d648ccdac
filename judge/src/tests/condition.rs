//! The condition language: what it means and what it refuses.

use super::sample::{judged, rules, script, with_problem};
use crate::syntax;
use doorward_model::{ProblemKind, Tree, Value};

fn fires(condition: &str, tree: &Tree) -> bool {
    !judged(&rules("content", &[condition]), tree).findings.is_empty()
}

#[test]
fn conditions_hold_where_their_facts_are() {
    let facts = [
        "url { url: \"http://one.test/a\", scheme: http, host: one.test, port: 80 }",
        "url { url: \"https://two.test\", scheme: https, host: two.test }",
        "decode { codec: base64, bytes: 512, format: elf }",
        "credential { kind: \"some token\" }",
    ];
    let table = [
        ("url", true),
        ("address", false),
        ("url {}", true),
        ("url { host: one.test }", true),
        ("url { host: 'one.test' }", true),
        ("url { host: three.test }", false),
        ("url { host: three.test | two.test }", true),
        ("url { host: three.test | ~\"^two\" }", true),
        ("url { host ~ \"\\.test$\" }", true),
        ("url { host !: one.test }", true),
        ("url { host !: one.test | ~\"^two\" }", false),
        ("url { host !: two.test, scheme: https }", false),
        ("url { userinfo !: 1 }", true),
        ("decode { bytes !: 512 }", false),
        ("url { host: ~\"^test\" }", false),
        ("url { host: one.test, scheme: https }", false),
        ("url { host: two.test, scheme: https }", true),
        ("decode { bytes > 511 }", true),
        ("decode { bytes > 512 }", false),
        ("decode { bytes < 513 }", true),
        ("decode { bytes: 512 }", true),
        ("url { port: 80 }", true),
        ("url { userinfo: 1 }", false),
        ("url and decode", true),
        ("url and address", false),
        ("address or decode", true),
        ("url and not address", true),
        ("url and not decode", false),
        ("url and not not decode", true),
        ("2 of (url, decode, address)", true),
        ("2 of (url, address, key.private)", false),
        ("count(url) >= 2", true),
        ("count(url) > 2", false),
        ("count(url { scheme: http }) >= 2", false),
        ("address and url or decode", true),
        ("address and (url or decode)", false),
        ("url # a comment\n and decode", true),
        ("credential { kind: \"some token\" }", true),
    ];
    let tree = script(&facts);
    for (condition, expected) in table {
        assert_eq!(fires(condition, &tree), expected, "{condition}");
    }
}

#[test]
fn values_that_are_no_plain_text_are_tested_too() {
    let mut tree = script(&["certificate", "key.public { kind: rsa }"]);
    let facts = &mut tree.contents[0].facts;
    facts[0] = facts[0].clone().with("fingerprint", Value::List(vec![Value::from("a"), Value::from("b")]));
    let from = Value::From { sources: vec!["env.read".into()], transforms: Vec::new() };
    facts[1].args[0].1 = from;
    assert!(fires("certificate { fingerprint: b }", &tree));
    assert!(!fires("certificate { fingerprint: c }", &tree));
    assert!(fires("certificate { fingerprint !: c }", &tree));
    assert!(!fires("certificate { fingerprint !: b }", &tree));
    assert!(!fires("key.public { kind !: env.read }", &tree));
    assert!(fires("key.public { kind: env.read }", &tree));
    assert!(!fires("key.public { kind: rsa }", &tree));
    tree.contents[0].facts[1].args[0].1 = Value::Computed;
    assert!(!fires("key.public { kind ~ \"\" }", &tree), "nobody knows what is computed");
    assert!(fires("key.public { kind !: rsa }", &tree), "and so it is not known to be that");
}

/// What was not seen in a content whose examination was cut off may still be there: such a `not` is unknown, and unknown
/// neither silences a rule nor makes one fire.
#[test]
fn unknown_never_silences_a_rule() {
    let table = [
        ("url and not address", true, true),
        ("url and not decode", false, false),
        ("url and address", false, false),
        ("url and not not address", false, false),
        ("url and not 2 of (decode, address, certificate)", true, true),
        ("url and not (decode and address)", true, true),
        ("url and not (decode or address)", false, false),
        ("url and not count(decode) >= 2", true, true),
        ("address and not certificate", false, false),
    ];
    let whole = script(&["url { host: one.test }", "decode { codec: hex }"]);
    for kind in [ProblemKind::FactsCapped, ProblemKind::Crashed] {
        let cut = with_problem(whole.clone(), 0, kind);
        for (condition, in_whole, in_cut) in table {
            assert_eq!(fires(condition, &whole), in_whole, "{condition}");
            assert_eq!(fires(condition, &cut), in_cut, "{condition} with {kind:?}");
        }
    }
}

#[test]
fn faults_are_told_with_their_line() {
    let table = [
        ("", 1, "the text ends"),
        ("url and", 1, "the text ends"),
        ("url\nand\nurll", 3, "no fact kind `urll`"),
        ("url {\n hots: a }", 2, "no argument `hots`"),
        ("url { host }", 1, "expected `:`"),
        ("url { host: }", 1, "expected a word"),
        ("url { host: ~word }", 1, "quoted regular expression"),
        ("url { host: \"open }", 1, "no end on its line"),
        ("url url", 1, "expected `and`, `or` or the end"),
        ("(url", 1, "expected `)`"),
        ("3 of (url, address)", 1, "can never be met"),
        ("0 of (url)", 1, "can never be met"),
        ("count(url) >= 0", 1, "at least 1"),
        ("count(url) < 3", 1, "expected `>=`"),
        ("pattern { id: 3 }", 1, "write `$name`"),
        ("$ and url", 1, "needs the name"),
        ("$a { id: 3 }", 1, "no argument `id`"),
        ("url & url", 1, "unexpected character '&'"),
    ];
    for (condition, line, what) in table {
        let (at, said) = syntax::condition(condition, 1).expect_err(condition);
        assert!(at == line && said.contains(what), "{condition:?}: {at}: {said}");
    }
    let deep = format!("{}url{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(syntax::condition(&deep, 1).expect_err("too deep").1.contains("inside each other"));
}
