//! Spans, real sources, broken ones, and hostile nesting.

use super::lower;
use crate::neutral::{Lowered, Stmt, What};

fn lowered(source: &str) -> Lowered {
    let source = source.to_owned();
    let work = move || lower(&source, &mut |_| {});
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread starts");
    thread.join().expect("nothing panics")
}

#[test]
fn spans_are_bytes_of_the_source() {
    let check = |source: &str, expected: &str| {
        lower(source, &mut |module| {
            let calls = module.functions.iter().flat_map(|function| &function.body);
            let spans = calls.filter_map(|stmt| match stmt {
                Stmt::Do(value) if matches!(value.what, What::Call(..)) => Some(value.at.clone()),
                _ => None,
            });
            let texts: Vec<_> = spans.filter_map(|at| source.get(at.start as usize..at.end as usize)).collect();
            assert!(texts.contains(&expected), "{source}: {texts:?}");
        });
    };
    check("fn f() { g(\"é\", 1); }", "g(\"é\", 1)");
    check("#!/usr/bin/env run\nfn f() { a.b(1)?.c(|x| x + 1); }", "a.b(1)?.c(|x| x + 1)");
    check("fn f() { Command::new(\"a\").arg(&x[0]).status(); }", "Command::new(\"a\").arg(&x[0]).status()");
    check("\u{feff}fn f() { include!(\"a\"); }", "include!(\"a\")");
}

/// The sources of this crate are real ones, with most of what the language has.
#[test]
fn real_sources_are_read_whole() {
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut count = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of this crate").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).expect("a source of this crate");
                assert_eq!(lowered(&source), Lowered::default(), "{}", path.display());
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn a_source_that_does_not_parse_says_where() {
    assert_eq!(lowered("fn f() { let = 1; }").error_at, Some(13));
    assert_eq!(lowered("fn f() { \"open }").error_at, Some(9));
}

#[test]
fn hostile_nesting_ends() {
    let many = 120_000;
    for (before, middle, after) in [
        ("(", "1", ")"),
        ("{", "", "}"),
        ("!", "x", ""),
        ("1+", "1", ""),
        ("a.", "b", ""),
        ("a().", "b()", ""),
        ("x=", "1", ""),
        ("return ", "1", ""),
        ("if a {} else ", "{}", ""),
        ("|x| ", "1", ""),
        ("x as u8 as ", "u8", ""),
        ("m!(", "", ")"),
    ] {
        for count in [many / before.len(), 400, 40] {
            let inner = format!("{}{middle}{}", before.repeat(count), after.repeat(count));
            // Whatever it says of it, it says it.
            lowered(&format!("fn f() {{ {inner}; }}"));
        }
    }
    assert!(lowered(&format!("fn f() {{ {}1{} }}", "(".repeat(many), ")".repeat(many))).too_deep);
}
