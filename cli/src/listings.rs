//! What the product knows, as text: rules, doors, formats, version.

use crate::arguments::RuleSources;
use crate::{Failure, print, setup};
use doorward_judge::{Policy, Rules};
use std::fmt::Write;
use std::path::Path;

/// `doorward rules list`: one line a rule.
pub fn rules() -> Result<u8, Failure> {
    let rules = Rules::builtin();
    let wide = rules.all().iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in rules.all().iter() {
        let grades = format!("{}/{}", grade(rule.severity), grade(rule.confidence));
        writeln!(text, "{:wide$}  {:<6} {grades:<13} {}", rule.id, rule.door, rule.title)?;
    }
    print(text.as_bytes())
}

/// `doorward rules show ID`: the page.
pub fn rule(id: &str) -> Result<u8, Failure> {
    let rules = Rules::builtin();
    match rules.all().iter().find(|rule| &*rule.id == id) {
        Some(rule) => print(rule.text.as_bytes()),
        None => Err(format!("{id}: no such rule; `doorward rules list` names them").into()),
    }
}

/// `doorward rules test [DIR]`: lints the pages and runs their examples.
pub fn test_rules(directory: Option<&Path>) -> Result<u8, Failure> {
    let rules = match directory {
        None => Rules::builtin(),
        Some(directory) => Rules::parse(setup::pages(directory)?).map_err(setup::complaints)?,
    };
    let mut text = String::new();
    let runs = doorward_engine::test_rules(&rules)?;
    let mut failed = 0;
    for run in runs.iter().filter(|run| !run.holds()) {
        failed += 1;
        let expected = if run.matches { "is not found, and must be" } else { "is found, and must not be" };
        writeln!(text, "{}.md:{}: this example {expected}", run.rule, run.line)?;
    }
    writeln!(text, "{} rules, {} examples, {failed} failed", rules.all().len(), runs.len())?;
    print(text.as_bytes())?;
    Ok(u8::from(failed > 0))
}

/// `doorward explain DOOR|RULE`.
pub fn explain(subject: &str) -> Result<u8, Failure> {
    if let Some(text) = doorward_report::explain(subject) {
        return print(text.as_bytes());
    }
    rule(subject).map_err(|_| format!("{subject}: neither a door nor a rule; `doorward rules list` names both").into())
}

/// `doorward formats`: what is opened, and what of it is not handled.
pub fn formats() -> Result<u8, Failure> {
    let mut text = String::new();
    for format in doorward_open::formats() {
        writeln!(text, "{} ({}): {}", format.name, format.group, format.handled)?;
        if !format.not_handled.is_empty() {
            writeln!(text, "    not handled: {}", format.not_handled)?;
        }
    }
    writeln!(text, "\nCodecs of payload layers:")?;
    for codec in doorward_open::codecs() {
        writeln!(text, "{}: {}", codec.name, codec.handled)?;
        if !codec.not_handled.is_empty() {
            writeln!(text, "    not handled: {}", codec.not_handled)?;
        }
    }
    print(text.as_bytes())
}

/// `doorward version`.
pub fn version() -> Result<u8, Failure> {
    let loaded = setup::rules(&RuleSources { directories: Vec::new(), yara: Vec::new() })?;
    let stamp = loaded.rules.stamp(&Policy::default(), &loaded.yara);
    let version = env!("CARGO_PKG_VERSION");
    print(
        format!(
            "doorward {version}\nrules {} ({})\npolicy {} ({})\n",
            stamp.digest, stamp.count, stamp.policy_digest, stamp.policy
        )
        .as_bytes(),
    )
}

fn grade(grade: doorward_model::Grade) -> &'static str {
    match grade {
        doorward_model::Grade::Low => "low",
        doorward_model::Grade::Medium => "medium",
        doorward_model::Grade::High => "high",
    }
}
