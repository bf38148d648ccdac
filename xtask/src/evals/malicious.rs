//! The malicious side: recall over representatives and over clusters, by ecosystem and by fold.

use super::outcome::{Level, Outcome};
use super::rows::{Fold, Row};
use super::statistics::{Rate, cluster_percent};
use crate::markdown::table;
use std::collections::BTreeMap;

/// Folds that lie further apart say that rules describe samples, not behaviour.
const FOLD_GAP_POINTS: f64 = 4.0;

/// A package and what the audit of it came to.
pub type Audited<'a> = (&'a Row, &'a Outcome);

/// Recall of one level in one group of rows.
#[derive(Default)]
struct Recall {
    representatives: Rate,
    clusters: BTreeMap<String, Rate>,
}

impl Recall {
    fn of(audited: &[Audited<'_>], level: Level) -> Self {
        let mut recall = Self::default();
        for (row, outcome) in audited {
            let hit = outcome.reaches(level);
            recall.clusters.entry(row.cluster.clone()).or_default().count(hit);
            if row.representative {
                recall.representatives.count(hit);
            }
        }
        recall
    }

    fn cluster_percent(&self) -> f64 {
        cluster_percent(self.clusters.values())
    }

    fn cells(&self) -> [String; 2] {
        let Rate { hits, .. } = self.representatives;
        let least = self.representatives.percent_at_least();
        [format!("{hits} = {:.1} % (> {least:.1} %)", self.representatives.percent()), format!("{:.1} %", self.cluster_percent())]
    }
}

/// All tables of the malicious side.
pub fn tables(audited: &[Audited<'_>], missing: usize) -> String {
    let ok: Vec<Audited<'_>> = audited.iter().filter(|(row, _)| row.quality == "ok").copied().collect();
    let mut rows = Vec::new();
    for (name, group) in groups(&ok) {
        rows.push(recall_row(&name, &group));
    }
    let head = [
        "malicious",
        "rows",
        "representatives",
        "alarm",
        "review or alarm",
        "clusters",
        "alarm",
        "review or alarm",
        "incomplete",
    ];
    let mut text = table(&head, &rows);
    text.push_str(&format!("\n{}", gap(&ok)));
    if missing > 0 {
        text.push_str(&format!("\n{missing} rows of the list are not in the corpus and are not counted.\n"));
    }
    let mut qualities: BTreeMap<&str, Vec<Audited<'_>>> = BTreeMap::new();
    for entry in audited.iter().filter(|(row, _)| row.quality != "ok") {
        qualities.entry(&entry.0.quality).or_default().push(*entry);
    }
    if !qualities.is_empty() {
        let rows: Vec<_> = qualities.iter().map(|(name, group)| recall_row(name, group)).collect();
        text.push_str("\nRows whose quality is not `ok`, apart:\n\n");
        text.push_str(&table(&head, &rows));
    }
    text
}

/// All rows, then by ecosystem, each whole and by fold.
fn groups<'a>(audited: &[Audited<'a>]) -> Vec<(String, Vec<Audited<'a>>)> {
    let mut ecosystems: Vec<&str> = audited.iter().map(|(row, _)| row.ecosystem.as_str()).collect();
    ecosystems.sort_unstable();
    ecosystems.dedup();
    let mut groups = Vec::new();
    for ecosystem in std::iter::once(None).chain(ecosystems.into_iter().map(Some)) {
        let name = ecosystem.unwrap_or("all");
        let whole: Vec<Audited<'a>> =
            audited.iter().filter(|(row, _)| ecosystem.is_none_or(|name| row.ecosystem == name)).copied().collect();
        for (fold, label) in [(Fold::Tune, "tune"), (Fold::Blind, "blind")] {
            let part: Vec<Audited<'a>> = whole.iter().filter(|(row, _)| row.fold == fold).copied().collect();
            groups.push((format!("{name}, {label}"), part));
        }
        let at = groups.len() - 2;
        groups.insert(at, (name.to_string(), whole));
    }
    groups
}

fn recall_row(name: &str, group: &[Audited<'_>]) -> Vec<String> {
    let (alarm, review) = (Recall::of(group, Level::Alarm), Recall::of(group, Level::Review));
    let incomplete = group.iter().filter(|(_, outcome)| !outcome.incomplete.is_empty()).count();
    let [alarm_rows, alarm_clusters] = alarm.cells();
    let [review_rows, review_clusters] = review.cells();
    vec![
        name.into(),
        group.len().to_string(),
        alarm.representatives.total.to_string(),
        alarm_rows,
        review_rows,
        alarm.clusters.len().to_string(),
        alarm_clusters,
        review_clusters,
        incomplete.to_string(),
    ]
}

/// How far the folds lie apart.
fn gap(audited: &[Audited<'_>]) -> String {
    let percent = |fold, level| {
        let part: Vec<Audited<'_>> = audited.iter().filter(|(row, _)| row.fold == fold).copied().collect();
        Recall::of(&part, level).cluster_percent()
    };
    let gap = |level| percent(Fold::Tune, level) - percent(Fold::Blind, level);
    let (alarm, review) = (gap(Level::Alarm), gap(Level::Review));
    let wide = alarm.abs().max(review.abs()) > FOLD_GAP_POINTS;
    let meaning = if wide { "too wide: some rule describes samples, not behaviour" } else { "within bounds" };
    format!(
        "Tune less blind, by cluster: alarm {alarm:+.1}, review or alarm {review:+.1} points; at most {FOLD_GAP_POINTS} allowed: {meaning}.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::super::rows;
    use super::*;

    fn outcome(level: Option<Level>) -> Outcome {
        Outcome { rules: level.map(|level| ("a/b".to_string(), level)).into_iter().collect(), ..Outcome::default() }
    }

    #[test]
    fn recall_is_counted_by_row_and_by_cluster() {
        let list = "set\tecosystem\tname\tversion\tcluster\trepresentative\tquality\tfold\n\
            s\tpypi\ta\t1\tc1\t1\tok\ttune\n\
            s\tpypi\ta\t2\tc1\t0\tok\ttune\n\
            s\tnpm\tb\t1\tc2\t1\tok\tblind\n\
            s\tnpm\tc\t1\tc3\t1\tempty\ttune\n";
        let rows = rows::parse(list).unwrap();
        let outcomes = [outcome(Some(Level::Alarm)), outcome(None), outcome(Some(Level::Review)), outcome(None)];
        let audited: Vec<Audited<'_>> = rows.iter().zip(&outcomes).collect();
        let tables = tables(&audited, 2);
        let line = |name: &str| tables.lines().find(|line| line.starts_with(&format!("| {name} |"))).unwrap().to_string();
        assert_eq!(line("all"), "| all | 3 | 2 | 1 = 50.0 % (> 2.5 %) | 2 = 100.0 % (> 22.4 %) | 2 | 25.0 % | 75.0 % | 0 |");
        assert_eq!(
            line("pypi, tune"),
            "| pypi, tune | 2 | 1 | 1 = 100.0 % (> 5.0 %) | 1 = 100.0 % (> 5.0 %) | 1 | 50.0 % | 50.0 % | 0 |"
        );
        assert!(line("npm, tune").contains("| 0 | 0 |"));
        assert!(line("empty").contains("| 1 | 1 | 0 = 0.0 %"));
        assert!(tables.contains("alarm +50.0, review or alarm -50.0 points") && tables.contains("too wide"));
        assert!(tables.contains("2 rows of the list are not in the corpus"));
    }
}
