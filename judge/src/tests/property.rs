//! What holds of every input.

use super::sample::{judged, script, with_problem};
use crate::condition::Condition;
use crate::{Policy, Rule, Rules, syntax};
use doorward_model::ProblemKind;
use proptest::prelude::*;

/// Conditions over four kinds, as text.
fn conditions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["url", "address", "decode", "certificate"]).prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let many = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            many.clone().prop_map(|all| format!("({})", all.join(" and "))),
            many.clone().prop_map(|any| format!("({})", any.join(" or "))),
            many.prop_map(|of| format!("2 of ({})", of.join(", "))),
            inner.prop_map(|inner| format!("not {inner}")),
        ]
    })
}

/// What a condition means over the kinds that are there, by the definition.
fn holds(condition: &Condition, there: &[&str]) -> bool {
    match condition {
        Condition::And(all) => all.iter().all(|each| holds(each, there)),
        Condition::Or(any) => any.iter().any(|each| holds(each, there)),
        Condition::Not(inner) => !holds(inner, there),
        Condition::Of(needed, of) => of.iter().filter(|each| holds(each, there)).count() >= *needed,
        Condition::Count(..) => false,
        Condition::Term(term) => matches!(&term.subject, crate::condition::Subject::Kind(kind) if there.contains(&kind.name)),
    }
}

proptest! {
    #[test]
    fn nothing_written_makes_the_parsers_panic(text in "\\PC{0,200}", tokens in "([(){},:|~<>$#\"' \n]|and|or|not|2|of|count|url|host){0,60}") {
        for text in [&text, &tokens] {
            let _ = syntax::condition(text, 1);
            let _ = syntax::facts(text, 1, &|_| None);
            let _ = Policy::parse("any", text);
            let _ = Rule::parse("any/page", text);
            let _ = Rule::parse("any/page", &format!("```toml\n{text}\n```\n```patterns\n{text}\n```\n```when\n{text}\n```\n```hex match\n{text}\n```\n"));
        }
    }

    #[test]
    fn conditions_mean_what_they_say(when in conditions(), mask in 0_usize..16) {
        let kinds = ["url", "address", "decode", "certificate"];
        let there: Vec<&str> = kinds.iter().enumerate().filter(|(at, _)| mask >> at & 1 == 1).map(|(_, kind)| *kind).collect();
        let condition = syntax::condition(&when, 1).expect("it is well formed");
        let head = super::sample::head("high", "medium", "content");
        let rule = Rule::parse("test/a", &super::sample::page(&head, "", &when)).expect("it is well formed");
        prop_assume!(condition.required().is_some());
        let rules = Rules::of(vec![rule]);
        let whole = script(&there);
        let fires = !judged(&rules, &whole).findings.is_empty();
        // The index by rarest fact loses nothing.
        prop_assert!(fires == holds(&condition, &there), "{} over {:?}", when, there);
        // What is not known never silences a rule.
        let cut = with_problem(whole, 0, ProblemKind::FactsCapped);
        prop_assert!(!fires || !judged(&rules, &cut).findings.is_empty(), "{} over {:?}", when, there);
    }
}
