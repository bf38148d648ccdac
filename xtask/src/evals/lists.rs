//! Which rules hit what, and the lists from which the next rule family is chosen.
//!
//! A package of the blind fold is never named: it only counts.

use super::benign::Package;
use super::malicious::Audited;
use super::outcome::{Level, Outcome};
use super::rows::Fold;
use crate::markdown::table;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

#[derive(Default)]
struct Hits<'a> {
    clusters_alarm: BTreeSet<&'a str>,
    clusters: BTreeSet<&'a str>,
    benign_alarm: u64,
    benign: u64,
    hard: u64,
}

/// Hits of each rule: clusters of malicious packages, benign packages.
pub fn rules(malicious: &[Audited<'_>], packages: &[Package], outcomes: &[Outcome]) -> String {
    let mut rules: BTreeMap<&str, Hits<'_>> = BTreeMap::new();
    for (row, outcome) in malicious {
        for (rule, level) in &outcome.rules {
            let hits = rules.entry(rule).or_default();
            hits.clusters.insert(&row.cluster);
            if *level == Level::Alarm {
                hits.clusters_alarm.insert(&row.cluster);
            }
        }
    }
    for (package, outcome) in packages.iter().zip(outcomes) {
        for (rule, level) in &outcome.rules {
            let hits = rules.entry(rule).or_default();
            if package.group.starts_with("hard") {
                hits.hard += 1;
            } else {
                hits.benign += 1;
                hits.benign_alarm += u64::from(*level == Level::Alarm);
            }
        }
    }
    let row = |(rule, hits): (&&str, &Hits<'_>)| {
        let counts = [hits.clusters_alarm.len() as u64, hits.clusters.len() as u64, hits.benign_alarm, hits.benign, hits.hard];
        std::iter::once((*rule).to_string()).chain(counts.iter().map(u64::to_string)).collect::<Vec<_>>()
    };
    let head = ["rule", "clusters: alarm", "review or alarm", "benign: alarm", "review or alarm", "hard benign"];
    table(&head, &rules.iter().map(row).collect::<Vec<_>>())
}

/// Why representatives were missed, in numbers: nothing was seen, only notes, or it was not examined whole.
pub fn reasons(malicious: &[Audited<'_>]) -> String {
    let mut reasons: BTreeMap<(&str, &str), [u64; 2]> = BTreeMap::new();
    let counted = malicious.iter().filter(|(row, _)| row.representative && row.quality == "ok");
    for (row, outcome) in counted.filter(|(_, outcome)| !outcome.reaches(Level::Review)) {
        let reason = match (outcome.incomplete.is_empty(), outcome.notes.is_empty()) {
            (false, _) => "not examined whole",
            (true, false) => "only notes",
            (true, true) => "nothing seen",
        };
        reasons.entry((&row.ecosystem, reason)).or_default()[usize::from(row.fold == Fold::Blind)] += 1;
    }
    let row = |((ecosystem, reason), [tune, blind]): (&(&str, &str), &[u64; 2])| {
        vec![format!("{ecosystem}: {reason}"), tune.to_string(), blind.to_string()]
    };
    table(&["missed representatives", "tune", "blind"], &reasons.iter().map(row).collect::<Vec<_>>())
}

/// What was missed in the fold that may be read, and what was hit on the benign side, by name.
pub fn names(malicious: &[Audited<'_>], packages: &[Package], outcomes: &[Outcome]) -> String {
    let mut text =
        String::from("# Misses of the tune fold\n\nRepresentatives without a review item, with the rules that left a note.\n\n");
    let readable = malicious.iter().filter(|(row, _)| row.fold == Fold::Tune && row.representative && row.quality == "ok");
    for (row, outcome) in readable.filter(|(_, outcome)| !outcome.reaches(Level::Review)) {
        let seen: Vec<&str> = outcome.notes.iter().map(String::as_str).collect();
        let seen = if seen.is_empty() { "nothing".into() } else { seen.join(", ") };
        let _ = writeln!(text, "- {} {} {} (cluster {}): seen: {seen}", row.ecosystem, row.name, row.version, row.cluster);
    }
    text.push_str("\n# Packages of the tune fold that were not examined whole\n\n");
    let readable = malicious.iter().filter(|(row, outcome)| row.fold == Fold::Tune && !outcome.incomplete.is_empty());
    for (row, outcome) in readable {
        let _ = writeln!(text, "- {} {} {}: {}", row.ecosystem, row.name, row.version, outcome.incomplete.join("; "));
    }
    text.push_str("\n# Hits on benign packages, by rule\n\n");
    let mut by_rule: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (package, outcome) in packages.iter().zip(outcomes) {
        let file = package.path.file_name().unwrap_or_default().to_string_lossy();
        for (rule, place) in &outcome.places {
            let level = if outcome.rules.get(rule) == Some(&Level::Alarm) { "alarm" } else { "review" };
            by_rule.entry(rule).or_default().push(format!("{level}: {} {file}: {place}", package.group));
        }
    }
    for (rule, lines) in by_rule {
        let _ = writeln!(text, "## {rule}\n");
        lines.iter().for_each(|line| text.push_str(&format!("- {line}\n")));
        text.push('\n');
    }
    text.push_str("# Benign packages that were not examined whole\n\n");
    for (package, outcome) in packages.iter().zip(outcomes).filter(|(_, outcome)| !outcome.incomplete.is_empty()) {
        let file = package.path.file_name().unwrap_or_default().to_string_lossy();
        let _ = writeln!(text, "- {} {file}: {}", package.group, outcome.incomplete.join("; "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::rows;
    use super::*;

    fn outcome(rule: &str, level: Level) -> Outcome {
        Outcome {
            rules: [(rule.into(), level)].into(),
            items: 1,
            places: vec![(rule.into(), "a/b.js".into())],
            ..Outcome::default()
        }
    }

    #[test]
    fn the_blind_fold_is_counted_and_never_named() {
        let list = "set\tecosystem\tname\tversion\tcluster\trepresentative\tquality\tfold\n\
            s\tnpm\tseen\t1\tc1\t1\tok\ttune\n\
            s\tnpm\thidden\t1\tc2\t1\tok\tblind\n\
            s\tnpm\tcaught\t1\tc3\t1\tok\tblind\n";
        let rows = rows::parse(list).unwrap();
        let outcomes = [Outcome::default(), Outcome::default(), outcome("shell/a", Level::Alarm)];
        let audited: Vec<Audited<'_>> = rows.iter().zip(&outcomes).collect();
        let packages = [
            Package { group: "npm".into(), path: "/b/left-1.0.tgz".into() },
            Package { group: "hard: npm".into(), path: "/b/x".into() },
        ];
        let benign = [outcome("shell/a", Level::Review), outcome("shell/a", Level::Review)];
        let names = names(&audited, &packages, &benign);
        assert!(
            names.contains("npm seen 1 (cluster c1): seen: nothing") && names.contains("review: npm left-1.0.tgz: a/b.js"),
            "{names}"
        );
        assert!(!names.contains("hidden") && !names.contains("caught"));
        assert!(reasons(&audited).contains("| npm: nothing seen | 1 | 1 |"));
        let rules = rules(&audited, &packages, &benign);
        assert!(rules.contains("| shell/a | 1 | 1 | 0 | 1 | 1 |"), "{rules}");
    }
}
