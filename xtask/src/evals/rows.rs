//! The list of malicious packages that may be used, and the check that nothing else is.
//!
//! One row a package, tab-separated, with a head: set, ecosystem, name, version, cluster, representative, quality, fold.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Half of the clusters, by use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fold {
    /// May be read and tuned on.
    Tune,
    /// Is only counted: no output names a package of it.
    Blind,
}

/// One malicious package.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The collection, which is the first folder of its place.
    pub set: String,
    /// `pypi` or `npm`.
    pub ecosystem: String,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Packages that are nearly the same share this.
    pub cluster: String,
    /// Whether it stands for its cluster.
    pub representative: bool,
    /// `ok`, or why it says little.
    pub quality: String,
    /// Which half.
    pub fold: Fold,
}

impl Row {
    /// Where the layout puts it, below the folder of the corpus.
    pub fn place(&self) -> PathBuf {
        let version = if self.version.is_empty() { "0" } else { &self.version };
        Path::new(&self.set).join(&self.name).join(version)
    }
}

const HEAD: [&str; 8] = ["set", "ecosystem", "name", "version", "cluster", "representative", "quality", "fold"];

/// Reads the list.
pub fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines().enumerate();
    let head: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
    if head != HEAD {
        return Err(format!("the list of rows does not begin with {}", HEAD.join(", ")));
    }
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| row(line).map_err(|why| format!("line {}: {why}", at + 1)))
        .collect()
}

fn row(line: &str) -> Result<Row, String> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [set, ecosystem, name, version, cluster, representative, quality, fold] = fields[..] else {
        return Err(format!("{} columns instead of {}", fields.len(), HEAD.len()));
    };
    let safe = |part: &str| !part.starts_with('/') && part.split('/').all(|part| part != ".." && part != ".");
    if ![set, name, version].into_iter().all(safe) {
        return Err("a name that leads elsewhere".into());
    }
    Ok(Row {
        set: set.into(),
        ecosystem: ecosystem.into(),
        name: name.into(),
        version: version.into(),
        cluster: cluster.into(),
        representative: representative == "1",
        quality: quality.into(),
        fold: match fold {
            "tune" => Fold::Tune,
            "blind" => Fold::Blind,
            other => return Err(format!("unknown fold {other:?}")),
        },
    })
}

/// The rows whose folders exist, with them. Refuses a corpus that holds a folder which no row names: what is not on the list is
/// held out and must not be used.
pub fn locate(rows: &[Row], corpus: &Path) -> Result<Vec<(Row, PathBuf)>, String> {
    let places: BTreeSet<PathBuf> = rows.iter().map(Row::place).collect();
    let mut waiting = vec![PathBuf::new()];
    while let Some(folder) = waiting.pop() {
        for name in folders(&corpus.join(&folder))? {
            let place = folder.join(name);
            if places.contains(&place) {
                continue;
            }
            if !places.iter().any(|known| known.starts_with(&place)) {
                return Err(format!("{} holds a unit that is not in the list; nothing was run", corpus.display()));
            }
            waiting.push(place);
        }
    }
    let located = rows.iter().map(|row| (row.clone(), corpus.join(row.place())));
    Ok(located.filter(|(_, path)| path.is_dir()).collect())
}

fn folders(path: &Path) -> Result<Vec<std::ffi::OsString>, String> {
    let entries = std::fs::read_dir(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut names: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name())
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "set\tecosystem\tname\tversion\tcluster\trepresentative\tquality\tfold\n\
        one\tpypi\talpha\t1.0\tc1\t1\tok\ttune\n\
        one\tpypi\talpha\t1.1\tc1\t0\tok\ttune\n\
        two\tnpm\tbeta\t\tc2\t1\tempty\tblind\n";

    #[test]
    fn rows_are_read_and_odd_ones_refused() {
        let rows = parse(LIST).unwrap();
        assert_eq!(rows.len(), 3);
        assert!(rows[0].representative && !rows[1].representative);
        assert_eq!((rows[2].fold, rows[2].quality.as_str()), (Fold::Blind, "empty"));
        assert_eq!(rows[2].place(), Path::new("two/beta/0"));
        assert!(parse("name\tversion\n").is_err());
        assert!(parse(&LIST.replace("blind", "both")).is_err());
        assert!(parse(&LIST.replace("beta", "../beta")).is_err());
        assert!(parse(&LIST.replace("\tok\ttune", "\tok")).is_err());
    }

    #[test]
    fn a_unit_that_is_not_in_the_list_is_refused() {
        let corpus = std::env::temp_dir().join(format!("doorward-rows-{}", std::process::id()));
        for place in ["one/alpha/1.0/inner", "two/beta/0"] {
            std::fs::create_dir_all(corpus.join(place)).unwrap();
        }
        let rows = parse(LIST).unwrap();
        let located = locate(&rows, &corpus).unwrap();
        assert_eq!(located.iter().map(|(row, _)| row.place()).collect::<Vec<_>>(), [rows[0].place(), rows[2].place()]);
        for stray in ["one/alpha/2.0", "one/gamma", "three"] {
            std::fs::create_dir_all(corpus.join(stray)).unwrap();
            let refused = locate(&rows, &corpus).unwrap_err();
            assert!(!refused.contains("gamma"), "{refused}");
            std::fs::remove_dir_all(corpus.join(stray)).unwrap();
        }
        std::fs::remove_dir_all(corpus).unwrap();
    }
}
