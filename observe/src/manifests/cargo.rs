//! Cargo's `Cargo.toml` and `.cargo/config.toml`.
//!
//! Source: The Cargo Book, "The Manifest Format", "Specifying Dependencies" and "Configuration". A `build.rs` that the
//! manifest does not name is known by its name; `link` says that it runs.

use super::tables::{self, Table, Value};
use super::{dependency, entry, malformed, package, person, script};
use crate::Facts;
use toml::de::DeValue;

/// Reads a crate's or workspace's manifest; false where the tables are none.
pub(super) fn read(table: &Table<'_>, facts: &mut Facts) -> bool {
    let package_table = tables::table(table, &["package"]).or_else(|| tables::table(table, &["project"]));
    if package_table.is_none() && tables::get(table, "workspace").is_none() {
        return false;
    }
    if let Some(about) = package_table {
        identity(about, facts);
    }
    targets(table, facts);
    for (kind, when) in [("dependencies", "run"), ("build-dependencies", "build"), ("dev-dependencies", "dev")] {
        let platforms = tables::table(table, &["target"]).into_iter().flat_map(tables::pairs);
        let platforms =
            platforms.filter_map(|(_, _, value)| value.get_ref().as_table()).filter_map(|t| tables::table(t, &[kind]));
        let shared = tables::table(table, &["workspace", kind]);
        for list in tables::table(table, &[kind]).into_iter().chain(shared).chain(platforms) {
            dependencies(list, when, facts);
        }
    }
    for patch in tables::table(table, &["patch"]).into_iter().flat_map(tables::pairs) {
        if let Some(list) = patch.2.get_ref().as_table() {
            dependencies(list, "run", facts);
        }
    }
    true
}

/// Name, version and build script.
fn identity(about: &Table<'_>, facts: &mut Facts) {
    let text = |key: &str| tables::text(about, key).map_or("", |(_, text)| text);
    match tables::text(about, "name") {
        Some((span, name)) => package(facts, span, "crates", name, text("version"), text("description")),
        None => malformed(facts, 0..0, "a crate without a name"),
    }
    for (span, name) in tables::get(about, "authors").map(tables::texts).unwrap_or_default() {
        person(facts, span, "author", name);
    }
    for (span, path) in tables::get(about, "build").map(tables::texts).unwrap_or_default() {
        entry(facts, span, "build-script", path, "build");
    }
}

/// Libraries and programs whose paths are named, and procedural macros, which run in the compiler.
fn targets(table: &Table<'_>, facts: &mut Facts) {
    if let Some(library) = tables::table(table, &["lib"]) {
        let path = tables::text(library, "path");
        for key in ["proc-macro", "proc_macro"] {
            if let Some(value) = tables::get(library, key).filter(|value| value.get_ref().as_bool() == Some(true)) {
                entry(facts, value.span(), "proc-macro", path.as_ref().map_or("src/lib.rs", |(_, path)| path), "build");
            }
        }
        if let Some((span, path)) = path {
            entry(facts, span, "lib", path, "run");
        }
    }
    for (kind, phase) in [("bin", "run"), ("test", "test"), ("bench", "test"), ("example", "test")] {
        let Some(DeValue::Array(list)) = tables::get(table, kind).map(Value::get_ref) else { continue };
        for target in list.iter().filter_map(|item| item.get_ref().as_table()) {
            if let Some((span, path)) = tables::text(target, "path") {
                entry(facts, span, kind, path, phase);
            }
        }
    }
}

/// One table of dependencies.
fn dependencies(list: &Table<'_>, when: &str, facts: &mut Facts) {
    for (span, key, value) in tables::pairs(list) {
        let Some(about) = value.get_ref().as_table() else {
            dependency(facts, span, key, value.get_ref().as_str().unwrap_or_default(), "registry", when);
            continue;
        };
        let text = |key: &str| tables::text(about, key).map(|(_, text)| text);
        let name = text("package").unwrap_or(key);
        let optional = tables::get(about, "optional").is_some_and(|value| value.get_ref().as_bool() == Some(true));
        let (requirement, source) = match (text("git"), text("path"), text("registry-index")) {
            (Some(git), ..) => (git, "git"),
            (_, Some(path), _) => (path, "path"),
            (.., Some(index)) => (index, "url"),
            _ => (text("version").unwrap_or_default(), "registry"),
        };
        dependency(facts, span, name, requirement, source, if optional { "optional" } else { when });
    }
}

/// Programs that Cargo runs in place of its own because a `.cargo/config.toml` says so.
pub(super) fn config(table: &Table<'_>, facts: &mut Facts) -> bool {
    let mut seen = false;
    let mut tell = |table: &Table<'_>, keys: &[&str]| {
        for key in keys {
            let Some(value) = tables::get(table, key) else { continue };
            let texts = tables::texts(value);
            let words: Vec<&str> = texts.iter().map(|(_, text)| *text).collect();
            if !words.is_empty() {
                script(facts, tables::inner(value), key, &words.join(" "), "build");
                seen = true;
            }
        }
    };
    if let Some(build) = tables::table(table, &["build"]) {
        tell(build, &["rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc"]);
    }
    for (_, _, target) in tables::table(table, &["target"]).into_iter().flat_map(tables::pairs) {
        if let Some(target) = target.get_ref().as_table() {
            tell(target, &["linker", "runner"]);
        }
    }
    seen
}
