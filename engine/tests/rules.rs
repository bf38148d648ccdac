//! Every example of every rule page through the whole flow, and what each rule makes of its neighbours' examples.

use doorward_engine::test_rules;
use doorward_judge::Rules;
use std::fmt::Write;
use std::path::Path;

/// Every rule finds what its page says, and nothing where it must not.
///
/// `rules/matrix.txt` holds which rules hit which example, so that its difference shows what a change does to all of them;
/// `UPDATE=1` rewrites it.
#[test]
fn every_page_shows_what_it_says() {
    let runs = test_rules(&Rules::builtin()).expect("the examples run");
    let mut matrix =
        String::from("# Which rules hit which example. Written by `UPDATE=1 cargo test -p doorward-engine --test rules`.\n");
    let mut ordinals = std::collections::BTreeMap::new();
    for run in &runs {
        let word = if run.matches { "match" } else { "no-match" };
        // Counted, not by line: editing prose must not change the matrix.
        let ordinal = ordinals.entry((run.rule.clone(), run.matches)).or_insert(0);
        *ordinal += 1;
        let hits: Vec<&str> = run.hits.iter().map(|hit| &**hit).collect();
        writeln!(matrix, "{}", format!("{} {word} {ordinal}: {}", run.rule, hits.join(" ")).trim_end())
            .expect("a string takes it");
    }
    let failed: Vec<String> = runs
        .iter()
        .filter(|run| !run.holds())
        .map(|run| format!("rules/{}.md:{}: hit {:?}", run.rule, run.line, run.hits))
        .collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules/matrix.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &matrix).expect("the matrix can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, matrix, "UPDATE=1 rewrites {}", path.display());
}
