//! What the linter refuses, and the words it finds for it.

use super::sample::{head, page};
use crate::Rules;

fn errors(id: &str, text: &str) -> Vec<String> {
    let parsed = Rules::parse(vec![(id.into(), text.into())]);
    parsed.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check(id: &str, text: &str, expected: &str) {
    let errors = errors(id, text);
    assert!(errors.iter().any(|error| error.contains(expected)), "wanted {expected:?}, got {errors:?}\n{text}");
}

#[test]
fn a_good_page_passes() {
    let text = page(&head("high", "medium", "content"), "here = 'something'", "$here and url");
    assert_eq!(errors("area/name", &text), [""; 0]);
}

#[test]
fn pages_that_lack_something_are_refused() {
    let good = page(&head("high", "medium", "content"), "here = 'something'", "$here");
    let without = |part: &str| {
        assert!(good.contains(part), "{part}");
        good.replace(part, "")
    };
    let table = [
        (
            without("```toml\ndoor = \"BLD-3\"\nseverity = \"high\"\nconfidence = \"medium\"\nscope = \"content\"\n```\n"),
            "starts with a ```toml block",
        ),
        (without("door = \"BLD-3\"\n"), "missing field `door`"),
        (good.replace("BLD-3", "BLD-99"), "no door `BLD-99`"),
        (good.replace("\"medium\"", "\"sure\""), "area/name.md:4: unknown variant `sure`"),
        (good.replace("door =", "dor = 1\ndoor ="), "area/name.md:2: unknown field `dor`"),
        (without("# Something happens\n"), "no `# Title`"),
        (good.replace("# Something happens", "# Something happens."), "without a full stop"),
        (good.replace("\nIt does.\n\n## Why", "\n## Why"), "say below the title"),
        (without("## When it is fine\nNever.\n"), "`## When it is fine` is missing"),
        (good.replace("\nMuch.\n", "\n"), "`## What this misses` is empty"),
        (without("```when\n$here\n```\n"), "no ```when block"),
        (good.replace("```when", "```when\nurl\n```\n```when"), "second ```when block"),
        (without("```sh match\na\n```\n"), "no `match` example"),
        (without("```sh no-match\nb\n```\n"), "no `no-match` example"),
        (good.replace("```sh match", "```sh match nam=x"), "unknown word `nam=x`"),
        (good.replace("```sh match", "```sh match name=../x"), "relative path"),
        (good.replace("```sh match", "```facts match"), "no fact kind `a`"),
        (good.replace("```sh match", "```files match"), "at least one line"),
        (good.replace("```sh match", "```hex match"), "no pair of hexadecimal digits"),
        (good.replace("b\n```\n", "b\n"), "never closed"),
        (format!("{good}# Again\n"), "second title"),
    ];
    for (text, expected) in table {
        check("area/name", &text, expected);
    }
    for id in ["name", "Area/name", "area/na_me", "area//name"] {
        check(id, &good, "the path of a page is");
    }
}

#[test]
fn patterns_and_conditions_that_say_too_little_are_refused() {
    let table = [
        ("here = 'ab'", "$here", "at least 3 bytes"),
        ("here = { regex = 'a+b' }", "$here", "`literals` is missing"),
        ("here = { regex = 'some(', literals = ['some'] }", "$here", "unclosed group"),
        ("here = { regex = '(?:some)?', literals = ['some'] }", "$here", "matches nothing at all"),
        ("here = { regex = 'some.thing', literals = ['other'] }", "$here", "does not stand in its regular expression"),
        ("here = { hex = '4d5' }", "$here", "pairs of hexadecimal digits"),
        ("here = { hex = '4d ?? 5a' }", "$here", "at least 3 bytes"),
        ("here = { literls = ['some'] }", "$here", "unknown key `literls`"),
        ("here = 3", "$here", "write a string"),
        ("here = 'something'\nother = 'something else'", "$here", "pattern `other` is never used"),
        ("here = 'something'", "$there and $here", "`$there` is not among the patterns"),
        ("", "not url", "can hold where nothing is seen"),
        ("", "url or not address", "only denies"),
        ("", "2 of (url, not address, certificate)", "only denies"),
        ("", "url and url", "stands twice"),
        ("", "1 of (url, address)", "write `or`"),
        ("", "2 of (url, address)", "write `or`"),
        ("", "url { host ~ \"(\" }", "unclosed group"),
    ];
    for (patterns, when, expected) in table {
        check("area/name", &page(&head("high", "medium", "content"), patterns, when), expected);
    }
}

#[test]
fn only_chains_are_both_high() {
    let table = [
        ("url", false),
        ("url { host: a }", false),
        ("url or address", false),
        ("count(url) >= 5", false),
        ("url and not address", false),
        ("url and address", true),
        ("url { host: a } and url { host: b }", true),
        ("(url and address) or credential", false),
        ("(url and address) or (url and credential)", true),
        ("2 of (url, address, credential)", true),
        ("script { phase: install, command ~ \"curl\" }", true),
    ];
    for (when, is_chain) in table {
        let errors = errors("area/name", &page(&head("high", "high", "content"), "", when));
        assert_eq!(errors.is_empty(), is_chain, "{when}: {errors:?}");
    }
}

#[test]
fn an_id_stands_once() {
    let text = page(&head("low", "low", "content"), "", "url");
    let pages = || Rules::parse(vec![("area/name".into(), text.clone())]).expect("it is good");
    assert!(pages().with(pages()).is_err());
    assert!(Rules::parse(vec![("area/name".into(), text.clone()), ("area/name".into(), text.clone())]).is_err());
}
