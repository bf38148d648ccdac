//! Who may depend on whom.

use super::{metadata, none};
use std::collections::BTreeSet;

/// A crate of the workspace and the only crates it may depend on.
struct Row {
    crate_: &'static str,
    workspace: &'static [&'static str],
    /// `None`: any that the licences allow.
    registry: Option<&'static [&'static str]>,
}

/// The arrows of `ARCHITECTURE.md`. A new arrow is a decision: it needs a paragraph in `docs/decisions.md`.
const TABLE: &[Row] = &[
    Row { crate_: "model", workspace: &[], registry: Some(&["serde"]) },
    Row { crate_: "open", workspace: &["model"], registry: None },
    Row { crate_: "observe", workspace: &["model"], registry: None },
    Row { crate_: "link", workspace: &["model"], registry: Some(&[]) },
    Row { crate_: "judge", workspace: &["model"], registry: Some(&["regex", "sha2", "toml", "serde"]) },
    Row { crate_: "compare", workspace: &["model"], registry: Some(&["sha2"]) },
    Row {
        crate_: "contain",
        workspace: &["model"],
        registry: Some(&["landlock", "libc", "libmimalloc-sys", "memmap2", "mimalloc"]),
    },
    Row {
        crate_: "engine",
        workspace: &["contain", "judge", "link", "model", "observe", "open"],
        registry: Some(&["gix-hash", "gix-object", "gix-odb", "libc", "postcard", "serde", "sha2"]),
    },
    Row {
        crate_: "report",
        workspace: &["model"],
        registry: Some(&["annotate-snippets", "anstyle", "serde", "serde_json", "sha2"]),
    },
    Row {
        crate_: "cli",
        workspace: &["compare", "contain", "engine", "judge", "link", "model", "observe", "open", "report"],
        registry: None,
    },
    Row { crate_: "xtask", workspace: &[], registry: None },
];

/// Crates that open sockets, and what brings them in: none of them belongs in an audit.
const NETWORK: &[&str] =
    &["async-std", "axum", "curl", "hyper", "mio", "native-tls", "openssl", "reqwest", "rustls", "socket2", "tokio", "ureq"];

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let metadata = metadata(&["--no-deps"]);
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(row) = TABLE.iter().find(|row| name.strip_prefix("doorward-") == Some(row.crate_)) else {
            wrong.push(format!("{name} has no row in the table; packages are named doorward-<folder>"));
            continue;
        };
        seen.insert(row.crate_);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            // What tests use never ships.
            if dependency["kind"].as_str() != Some("dev") {
                let dependency = dependency["name"].as_str().unwrap_or_default();
                wrong.extend(refusal(row, dependency).map(|why| format!("{name} depends on {dependency}: {why}")));
            }
        }
    }
    wrong
        .extend(TABLE.iter().filter(|row| !seen.contains(row.crate_)).map(|row| format!("{} is gone: drop its row", row.crate_)));
    none("dependencies that the table does not allow", wrong);
}

fn refusal(row: &Row, dependency: &str) -> Option<&'static str> {
    if let Some(name) = dependency.strip_prefix("doorward-") {
        return (!row.workspace.contains(&name)).then_some("no arrow leads there");
    }
    if NETWORK.contains(&dependency) {
        return Some("nothing in an audit opens a socket");
    }
    let listed = row.registry.is_none_or(|allowed| allowed.contains(&dependency));
    (!listed).then_some("this crate is kept small; see its row")
}

#[test]
fn nothing_that_ships_brings_a_network_client() {
    let metadata = metadata(&["--filter-platform", host()]);
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let names = packages.filter_map(|package| package["name"].as_str());
    none("network clients in the graph", names.filter(|name| NETWORK.contains(name)).map(String::from).collect());
}

/// The platform that the tests run on: only its crates are sure to be on this machine.
pub(super) fn host() -> &'static str {
    if cfg!(target_arch = "aarch64") { "aarch64-unknown-linux-gnu" } else { "x86_64-unknown-linux-gnu" }
}

#[test]
fn the_table_refuses_what_it_should() {
    let row = |name| TABLE.iter().find(|row| row.crate_ == name).unwrap();
    for (from, to) in [
        ("open", "doorward-observe"),
        ("observe", "doorward-open"),
        ("judge", "doorward-open"),
        ("compare", "doorward-judge"),
        ("report", "doorward-compare"),
        ("link", "doorward-judge"),
        ("report", "doorward-engine"),
        ("model", "doorward-open"),
        ("model", "serde_json"),
        ("cli", "tokio"),
    ] {
        assert!(refusal(row(from), to).is_some(), "{from} -> {to}");
    }
    assert!(refusal(row("engine"), "doorward-contain").is_none());
    assert!(refusal(row("model"), "serde").is_none());
}
