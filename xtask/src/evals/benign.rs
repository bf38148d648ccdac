//! The benign side: `DIR/<ecosystem>/<package>`, and `DIR/hard.txt` with the packages chosen to be hard, one
//! `<ecosystem>/<name>` a line.

use super::outcome::{Level, Outcome};
use super::statistics::{Rate, percentile};
use crate::markdown::table;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One benign package.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    /// The ecosystem, or `hard` and the ecosystem.
    pub group: String,
    /// Its file or folder.
    pub path: PathBuf,
}

/// The packages below some folders.
pub fn collect(folders: &[String]) -> Result<Vec<Package>, String> {
    let mut packages = Vec::new();
    for folder in folders {
        let folder = Path::new(folder);
        let hard = std::fs::read_to_string(folder.join("hard.txt")).unwrap_or_default();
        let hard: Vec<&str> = hard.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        for ecosystem in sorted(folder)?.iter().filter(|path| path.is_dir() && !is_hidden(path)) {
            let name = file_name(ecosystem);
            for path in sorted(ecosystem)?.into_iter().filter(|path| !is_hidden(path)) {
                let entry = format!("{name}/{}", file_name(&path));
                let is_hard = hard.iter().any(|line| names(line, &entry));
                let group = if is_hard { format!("hard: {name}") } else { name.clone() };
                packages.push(Package { group, path });
            }
        }
    }
    Ok(packages)
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_hidden(path: &Path) -> bool {
    file_name(path).starts_with('.')
}

/// Whether a line of `hard.txt` names an entry: the same, or the same followed by a version. Case and `_` do not matter.
fn names(line: &str, entry: &str) -> bool {
    let fold = |text: &str| text.to_lowercase().replace('_', "-");
    let (line, entry) = (fold(line), fold(entry));
    match entry.strip_prefix(&line) {
        Some("") => true,
        Some(rest) => rest.strip_prefix('-').is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit())),
        None => false,
    }
}

#[derive(Default)]
struct Tally {
    alarm: Rate,
    review: Rate,
    incomplete: Rate,
    items: Vec<usize>,
}

impl Tally {
    fn count(&mut self, outcome: &Outcome) {
        self.alarm.count(outcome.reaches(Level::Alarm));
        self.review.count(outcome.reaches(Level::Review));
        self.incomplete.count(!outcome.incomplete.is_empty());
        self.items.push(outcome.items);
    }

    fn row(&self, name: &str) -> Vec<String> {
        let share = |rate: Rate| format!("{} = {:.1} % (< {:.1} %)", rate.hits, rate.percent(), rate.percent_at_most());
        vec![
            name.into(),
            self.alarm.total.to_string(),
            share(self.alarm),
            share(self.review),
            format!("{} = {:.1} %", self.incomplete.hits, self.incomplete.percent()),
            percentile(&self.items, 50).to_string(),
            percentile(&self.items, 95).to_string(),
            self.items.iter().max().copied().unwrap_or_default().to_string(),
        ]
    }
}

/// The table of false alarms; hard ones stand apart and are not in the total.
pub fn tables(packages: &[Package], outcomes: &[Outcome]) -> String {
    let mut groups: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut ordinary, mut hard) = (Tally::default(), Tally::default());
    for (package, outcome) in packages.iter().zip(outcomes) {
        groups.entry(&package.group).or_default().count(outcome);
        if package.group.starts_with("hard") { hard.count(outcome) } else { ordinary.count(outcome) }
    }
    let mut rows = vec![ordinary.row("all but hard")];
    rows.extend(groups.iter().filter(|(name, _)| !name.starts_with("hard")).map(|(name, tally)| tally.row(name)));
    if !hard.items.is_empty() {
        rows.push(hard.row("hard"));
        rows.extend(groups.iter().filter(|(name, _)| name.starts_with("hard")).map(|(name, tally)| tally.row(name)));
    }
    let head = ["benign", "packages", "alarm", "review or alarm", "incomplete", "items: median", "95 %", "most"];
    table(&head, &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_packages_are_named_without_their_version() {
        for (line, entry, hit) in [
            ("pypi/keyboard", "pypi/keyboard-0.13.5-py2.py3-none-any.whl", true),
            ("pypi/browser-cookie3", "pypi/browser_cookie3-0.20.1.tar.gz", true),
            ("pypi/cx_Freeze", "pypi/cx_freeze-8.5.0.tar.gz", true),
            ("pypi/ansible", "pypi/ansible-core-2.1.tar.gz", false),
            ("npm/sharp", "pypi/sharp-1.0.whl", false),
            ("npm/core-js", "npm/core-js", true),
        ] {
            assert_eq!(names(line, entry), hit, "{line} {entry}");
        }
    }

    #[test]
    fn hard_packages_are_counted_apart() {
        let package = |group: &str| Package { group: group.into(), path: PathBuf::new() };
        let packages = [package("npm"), package("hard: npm"), package("npm")];
        let loud = Outcome { rules: BTreeMap::from([("a/b".into(), Level::Alarm)]), items: 3, ..Outcome::default() };
        let tables = tables(&packages, &[Outcome::default(), loud, Outcome::default()]);
        assert!(tables.contains("| all but hard | 2 | 0 = 0.0 % (< 77.6 %) |"), "{tables}");
        assert!(
            tables.contains("| hard | 1 | 1 = 100.0 % (< 100.0 %) | 1 = 100.0 % (< 100.0 %) | 0 = 0.0 % | 3 | 3 | 3 |"),
            "{tables}"
        );
    }
}
