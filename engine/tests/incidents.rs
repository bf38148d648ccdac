//! Replicas of known incidents, in three spellings with both twins, through the whole flow; see `fixtures/incidents/README.md`.
//!
//! What does not hold yet stands in the table's `known` lists, which must be exact: a gap that closes shows as much as one that opens.

use doorward_engine::{Audit, Lane, Setup, audit_files};
use doorward_judge::{Policy, Rules};
use doorward_model::{Fact, Level, Limits, Report};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where the generated part of the table begins.
const KNOWN: &str = "[known]\n";

/// Names and addresses that nobody can own: RFC 2606, RFC 5737, and the host itself.
const RESERVED: [&str; 3] = [".invalid", ".example", ".test"];

/// Every replica is found in every spelling, and every twin is silent, but for what the table says is known.
///
/// `UPDATE=1` rewrites the `known` lists.
#[test]
fn every_incident_is_found_and_every_twin_is_silent() {
    let path = folder().join("expected.toml");
    let text = std::fs::read_to_string(&path).expect("the table is there");
    let table: Table = toml::from_str(&text).expect("the table is TOML");
    let (mut missed, mut noisy) = (Vec::new(), Vec::new());
    let mut shown = String::new();
    let (rules, limits, policy) = (Rules::builtin(), Limits::default(), Policy::default());
    let spill = std::env::temp_dir();
    let audit = Audit { limits: &limits, rules: &rules, policy: &policy, yara: &[], spill: &spill };
    let setup = Setup::new(&rules, &Vec::new(), &limits, true);
    let mut lane = Lane::here(setup).expect("a lane in this process");
    for incident in &table.incident {
        for variant in incident.alarm.iter().chain(&incident.silent) {
            let name = format!("{}/{variant}", incident.name);
            let report = examine(&audit, &mut lane, &folder().join(&name));
            let strongest = report.judgement.findings.iter().map(|finding| finding.level).max();
            let wanted = incident.alarm.contains(variant);
            let holds =
                if wanted { strongest == Some(Level::Alarm) } else { strongest.is_none_or(|level| level < Level::Review) };
            row(&mut shown, &name, wanted, holds, &report);
            match (holds, wanted) {
                (true, _) => {}
                (false, true) => missed.push(name),
                (false, false) => noisy.push(name),
            }
        }
    }
    eprintln!("{shown}{} incidents, {} spellings missed, {} twins not silent", table.incident.len(), missed.len(), noisy.len());
    if std::env::var_os("UPDATE").is_some() {
        let kept = text.split(KNOWN).next().unwrap_or_default();
        let known = format!("{kept}{KNOWN}{}{}", list("missed", &missed), list("noisy", &noisy));
        std::fs::write(&path, known).expect("the table can be written");
        return;
    }
    assert_eq!(
        (table.known.missed, table.known.noisy),
        (missed, noisy),
        "left: known; right: now. UPDATE=1 rewrites {}",
        path.display()
    );
}

/// Every folder is in the table with exactly the variants it has, and no row is without folders.
#[test]
fn the_table_lists_every_variant() {
    let text = std::fs::read_to_string(folder().join("expected.toml")).expect("the table is there");
    let table: Table = toml::from_str(&text).expect("the table is TOML");
    for incident in &table.incident {
        assert!(doorward_model::doors::door(&incident.door).is_some(), "{}: no door {}", incident.name, incident.door);
        let mut wanted: Vec<&str> = incident.alarm.iter().chain(&incident.silent).map(|variant| &**variant).collect();
        wanted.sort_unstable();
        assert_eq!(names(&folder().join(&incident.name)), wanted, "variants of {} ({})", incident.name, incident.ecosystem);
    }
    let listed: Vec<&str> = table.incident.iter().map(|incident| &*incident.name).collect();
    let mut here = names(&folder());
    here.retain(|name| folder().join(name).is_dir());
    assert_eq!(here, listed);
}

/// Nothing in a replica names a host that somebody could own, but for the one webhook whose id is zeros.
#[test]
fn every_host_is_reserved() {
    let mut files = Vec::new();
    walk(&folder(), &mut files);
    for path in files {
        let Ok(text) = String::from_utf8(std::fs::read(&path).expect("a fixture can be read")) else { continue };
        for (at, _) in text.match_indices("://") {
            let rest = text.get(at + 3..).unwrap_or_default();
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !".-".contains(letter)).unwrap_or(rest.len());
            let (host, after) = rest.split_at(end);
            // A host with no letter after its last dot, or that stops at a quote or a brace, is put together from parts.
            let whole = host.contains('.') && !after.starts_with(['"', '\'', '$', '{']);
            assert!(!whole || is_reserved(host, after), "{}: {host}", path.display());
        }
    }
}

fn is_reserved(host: &str, after: &str) -> bool {
    RESERVED.iter().any(|end| host.ends_with(end))
        || ["203.0.113.", "198.51.100.", "192.0.2.", "127.0.0.1"].iter().any(|start| host.starts_with(start))
        || (host == "discord.com" && after.starts_with("/api/webhooks/000000000000000000/inert"))
        // The subdomain of a sent token: `http://1.<token>/`.
        || host == "1."
}

fn examine(audit: &Audit<'_>, lane: &mut Lane, variant: &Path) -> Report {
    let mut paths = Vec::new();
    walk(variant, &mut paths);
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(variant).expect("below the variant").to_str().expect("names are UTF-8");
        (name.to_owned(), std::fs::read(path).expect("a fixture can be read"))
    };
    let files: Vec<(String, Vec<u8>)> = paths.iter().map(read).collect();
    assert!(!files.is_empty(), "{} has no file", variant.display());
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (&**name, &**bytes)).collect();
    audit_files(audit, &files, lane).expect("the audit runs")
}

/// One line of the printed table.
fn row(shown: &mut String, name: &str, wanted: bool, holds: bool, report: &Report) {
    let word = match (wanted, holds) {
        (_, true) => "ok",
        (true, false) => "MISSED",
        (false, false) => "NOISY",
    };
    let found = report.judgement.findings.iter().filter(|finding| finding.level >= Level::Review);
    let found: Vec<String> = found.map(|finding| format!("{:?} {}", finding.level, finding.rule)).collect();
    writeln!(shown, "{word:6} {name:34} {:?} {}", report.judgement.verdict, found.join(", ")).expect("a string takes it");
    if !holds {
        // Says whether it was not seen, or seen and not judged.
        writeln!(shown, "       seen: {}", seen(report).into_iter().collect::<Vec<_>>().join(", ")).expect("a string takes it");
    }
}

/// The kinds of facts of all contents, and from where to where its flows go.
fn seen(report: &Report) -> BTreeSet<String> {
    let facts = report.tree.contents.iter().flat_map(|content| &content.facts);
    let name = |fact: &Fact| match (fact.text("from"), fact.text("to")) {
        (Some(from), Some(to)) => format!("{from} > {to}"),
        _ => fact.kind.name.to_owned(),
    };
    facts.map(name).collect()
}

/// A list of the table, one name a line.
fn list(key: &str, names: &[String]) -> String {
    if names.is_empty() {
        return format!("{key} = []\n");
    }
    let lines: Vec<String> = names.iter().map(|name| format!("    \"{name}\",\n")).collect();
    format!("{key} = [\n{}]\n", lines.concat())
}

/// Every file below a folder, sorted.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder can be listed");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("names are UTF-8")).collect();
    names.sort_unstable();
    names
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/incidents")
}

/// `expected.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    incident: Vec<Incident>,
    known: Known,
}

/// One incident, with the variants that must alarm and those that must be silent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incident {
    name: String,
    ecosystem: String,
    door: String,
    alarm: Vec<String>,
    silent: Vec<String>,
    /// Why its spellings cannot be found yet, where that is known beforehand.
    #[serde(default, rename = "languages")]
    _languages: Option<String>,
}

/// What does not hold yet, as `name/variant`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    missed: Vec<String>,
    noisy: Vec<String>,
}
