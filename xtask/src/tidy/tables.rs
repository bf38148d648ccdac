//! What belongs together: formats and codecs with their fixtures or tests, rule pages with their examples, results with a date.

use super::{File, files, none};

/// The files straight in a folder, without their ending.
fn names<'a>(files: &'a [File], folder: &str, ending: &str) -> Vec<(&'a str, &'a str)> {
    let inside = |file: &'a File| {
        let name = file.path.strip_prefix(folder)?.strip_suffix(ending)?;
        (!name.contains('/')).then(|| (name, file.text().unwrap_or_default()))
    };
    files.iter().filter_map(inside).collect()
}

#[test]
fn every_format_and_codec_is_tested() {
    let files = files();
    let mut wrong = Vec::new();
    for kind in ["formats", "codecs"] {
        let folder = format!("open/src/{kind}/");
        for (name, text) in names(&files, &folder, ".rs") {
            let tested = text.contains("#[cfg(test)]") || files.iter().any(|file| tests(file, &folder, name));
            if name != "tests" && !tested {
                wrong.push(format!("{folder}{name}.rs: no test and no fixture"));
            }
        }
    }
    none("openers without a test", wrong);
}

/// Whether a file tests the opener of that name: a fixture in a folder of its name, or a test that says it.
fn tests(file: &File, folder: &str, name: &str) -> bool {
    let plain = |text: &str| text.replace(['-', '_'], "");
    let fixture = file.path.starts_with("fixtures/") && file.path.split(['/', '.']).any(|part| plain(part) == plain(name));
    let test =
        file.path.starts_with("open/tests/") || file.path.strip_prefix(folder).is_some_and(|path| path.starts_with("tests"));
    fixture || (test && file.text().is_some_and(|text| text.contains(name) || text.contains(&name.replace('_', "-"))))
}

#[test]
fn every_rule_page_has_what_a_reader_needs() {
    let mut wrong = Vec::new();
    for file in files().iter().filter(|file| file.path.starts_with("rules/") && file.path.ends_with(".md")) {
        let text = file.text().unwrap_or_default();
        // `rules/README.md` is about the folder.
        if file.path.matches('/').count() < 2 {
            continue;
        }
        for part in ["\n# ", "## Why it matters", "## When it is fine", "## What this misses", " match", " no-match"] {
            if !text.contains(part) {
                wrong.push(format!("{}: lacks {part:?}", file.path));
            }
        }
    }
    none("rule pages that lack a part", wrong);
}

#[test]
fn results_are_named_by_their_date() {
    let dated = |file: &&File| {
        let name = file.path.strip_prefix("evals/results/").or_else(|| file.path.strip_prefix("bench/results/"));
        name.is_some_and(|name| name != "README.md" && !name.strip_suffix(".md").is_some_and(crate::date::is_date))
    };
    none("results without a date", files().iter().filter(dated).map(|file| file.path.clone()).collect());
}
