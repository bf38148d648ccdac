//! What one audit of a batch said: a line of `doorward audit --each`.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a finding asks of its reader; notes are never counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A person should look.
    Review,
    /// The chain is complete.
    Alarm,
}

/// What the audit of one package came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The strongest item of each rule.
    pub rules: BTreeMap<String, Level>,
    /// Items: alarms and reviews.
    pub items: usize,
    /// Rules that left a note and no item: what was seen of a package that was missed.
    pub notes: BTreeSet<String>,
    /// Where the items of each rule are, for the lists.
    pub places: Vec<(String, String)>,
    /// Why it is incomplete; empty where it is not.
    pub incomplete: Vec<String>,
}

impl Outcome {
    /// Whether there is an item of at least this level.
    pub fn reaches(&self, level: Level) -> bool {
        self.rules.values().any(|found| *found >= level)
    }

    /// Reads one line.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line: Value = serde_json::from_str(line).map_err(|error| format!("not a line of JSON: {error}"))?;
        let mut outcome = Self::default();
        if let Some(error) = line["error"].as_str() {
            outcome.incomplete.push(format!("could not run: {error}"));
            return Ok(outcome);
        }
        let findings = line["findings"].as_array().ok_or("a line without findings")?;
        for finding in findings {
            let rule = finding["rule"].as_str().ok_or("a finding without a rule")?;
            let level = match finding["level"].as_str() {
                Some("alarm") => Level::Alarm,
                Some("review") => Level::Review,
                Some("note") => {
                    outcome.notes.insert(rule.into());
                    continue;
                }
                other => return Err(format!("a finding of level {other:?}")),
            };
            outcome.items += 1;
            let strongest = outcome.rules.entry(rule.into()).or_insert(level);
            *strongest = level.max(*strongest);
            outcome.places.push((rule.into(), finding["path"].as_str().unwrap_or_default().into()));
        }
        let reasons = line["incomplete_because"].as_array().into_iter().flatten();
        outcome.incomplete = reasons.filter_map(|reason| reason.as_str().map(String::from)).collect();
        if line["verdict"].as_str() == Some("incomplete") && outcome.incomplete.is_empty() {
            outcome.incomplete.push("no reason given".into());
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_counted_by_its_items() {
        let line = r#"{"verdict":"fail","incomplete_because":[],"findings":[
            {"rule":"a/b","level":"review","path":"x"},{"rule":"a/b","level":"alarm","path":"y"},{"rule":"c/d","level":"note"}]}"#;
        let outcome = Outcome::parse(&line.replace('\n', "")).unwrap();
        assert_eq!(outcome.items, 2);
        assert_eq!(outcome.rules, BTreeMap::from([("a/b".into(), Level::Alarm)]));
        assert_eq!(outcome.notes, BTreeSet::from(["c/d".into()]));
        assert!(outcome.reaches(Level::Alarm) && outcome.incomplete.is_empty());
    }

    #[test]
    fn what_was_not_examined_is_incomplete() {
        let parse = |line| Outcome::parse(line).unwrap();
        assert_eq!(parse(r#"{"verdict":"incomplete","incomplete_because":["a limit"],"findings":[]}"#).incomplete, ["a limit"]);
        assert_eq!(parse(r#"{"verdict":"incomplete","findings":[]}"#).incomplete.len(), 1);
        assert_eq!(parse(r#"{"verdict":"incomplete","error":"no such file"}"#).incomplete.len(), 1);
        for line in ["", "[]", r#"{"findings":[{"rule":"a","level":"loud"}]}"#, r#"{"findings":[{"level":"note"}]}"#] {
            assert!(Outcome::parse(line).is_err(), "{line}");
        }
    }
}
