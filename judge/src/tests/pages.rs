//! The pages that ship: each reads, passes the linter, and finds in its listed facts what it says.

use crate::{Input, Policy, Rules, judge};

#[test]
fn every_page_that_ships_passes_the_linter() {
    let pages = crate::rules::pages().map(|(id, text)| (id.to_owned(), text.to_owned())).collect();
    if let Err(errors) = Rules::parse(pages) {
        let errors: Vec<String> = errors.iter().map(|error| format!("rules/{error}")).collect();
        panic!("\n{}", errors.join("\n"));
    }
}

#[test]
fn listed_facts_show_what_their_pages_say() {
    let (rules, policy) = (Rules::builtin(), Policy::default());
    let mut ran = 0;
    for rule in rules.all() {
        for example in rule.examples.iter().filter(|example| matches!(example.input, Input::Facts(_))) {
            let tree = rules.listed(rule, example).unwrap_or_else(|error| panic!("{error}"));
            let judgement = judge(&rules, &policy, &tree.expect("it lists facts"));
            let hit = judgement.findings.iter().any(|found| found.rule == rule.id || found.parts.contains(&rule.id));
            assert_eq!(hit, example.matches, "{}:{}", rule.id, example.line);
            ran += 1;
        }
    }
    assert!(ran >= 20);
}

#[test]
fn the_page_in_the_reference_is_a_page() {
    let reference = include_str!("../../../docs/rules.md");
    let page = reference.split("`````markdown\n").nth(1).and_then(|rest| rest.split("`````").next()).expect("it holds a page");
    let rules = Rules::parse(vec![("shell/example".into(), page.into())]);
    assert!(rules.is_ok(), "{rules:?}");
}
