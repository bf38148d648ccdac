//! `pyproject.toml`, with the tables of Poetry, Hatch, PDM and setuptools that run code.
//!
//! Source: the Python packaging specification "pyproject.toml" (PEP 517, 518, 621) and each tool's documentation of its build
//! hooks.

use super::tables::{self, Table};
use super::{dependency, entry, entry_named, package, requirement};
use crate::Facts;
use std::ops::Range;

/// Reads the tables; false where there is none of a project.
pub(super) fn read(table: &Table<'_>, facts: &mut Facts) -> bool {
    let project = tables::table(table, &["project"]);
    let poetry = tables::table(table, &["tool", "poetry"]);
    let system = tables::table(table, &["build-system"]);
    if let Some(about) = [project, poetry].into_iter().flatten().find(|about| tables::get(about, "name").is_some()) {
        let text = |key: &str| tables::text(about, key).map_or("", |(_, text)| text);
        if let Some((span, name)) = tables::text(about, "name") {
            package(facts, span, "pypi", name, text("version"), text("description"));
        }
    }
    if let Some(system) = system {
        backend(system, facts);
    }
    if let Some(project) = project {
        requirements(tables::get(project, "dependencies").map(tables::texts).unwrap_or_default(), "run", facts);
        for (_, _, extra) in tables::table(project, &["optional-dependencies"]).into_iter().flat_map(tables::pairs) {
            requirements(tables::texts(extra), "optional", facts);
        }
        commands(project, facts);
    }
    for (_, _, group) in tables::table(table, &["dependency-groups"]).into_iter().flat_map(tables::pairs) {
        requirements(tables::texts(group), "dev", facts);
    }
    if let Some(poetry) = poetry {
        self::poetry(poetry, facts);
    }
    hooks(table, facts);
    project.is_some() || poetry.is_some() || system.is_some() || tables::get(table, "tool").is_some()
}

/// What builds the project: a backend that lies in the project itself runs from it.
fn backend(system: &Table<'_>, facts: &mut Facts) {
    requirements(tables::get(system, "requires").map(tables::texts).unwrap_or_default(), "build", facts);
    let folders = tables::get(system, "backend-path").map(tables::texts).unwrap_or_default();
    if let Some((span, module)) = tables::text(system, "build-backend") {
        entry(facts, span, "build-backend", module, if folders.is_empty() { "build" } else { "install" });
    }
    for (span, folder) in folders {
        entry(facts, span, "backend-path", folder, "install");
    }
}

/// Requirements of PEP 508.
fn requirements(texts: Vec<(Range<usize>, &str)>, when: &str, facts: &mut Facts) {
    for (span, text) in texts {
        if let Some((name, rest, source)) = requirement::python(text) {
            dependency(facts, span, name, rest, source, when);
        }
    }
}

/// Commands and plug-ins that other programs find by their names.
fn commands(project: &Table<'_>, facts: &mut Facts) {
    for (key, event) in [("scripts", "console-script"), ("gui-scripts", "gui-script")] {
        for (_, name, value) in tables::table(project, &[key]).into_iter().flat_map(tables::pairs) {
            if let Some(object) = value.get_ref().as_str() {
                entry_named(facts, tables::inner(value), event, name, object, "run");
            }
        }
    }
    for (_, group, value) in tables::table(project, &["entry-points"]).into_iter().flat_map(tables::pairs) {
        for (_, name, value) in value.get_ref().as_table().into_iter().flat_map(tables::pairs) {
            if let Some(object) = value.get_ref().as_str() {
                let (event, phase) = (super::ini::plugin_event(group), super::ini::plugin_phase(group));
                entry_named(facts, tables::inner(value), event, name, object, phase);
            }
        }
    }
}

/// Poetry's own tables.
fn poetry(poetry: &Table<'_>, facts: &mut Facts) {
    let groups = tables::table(poetry, &["group"]).into_iter().flat_map(tables::pairs);
    let groups = groups
        .filter_map(|(_, _, group)| tables::table(group.get_ref().as_table()?, &["dependencies"]))
        .map(|list| (list, "dev"));
    let own = [("dependencies", "run"), ("dev-dependencies", "dev")];
    let own = own.into_iter().filter_map(|(key, when)| Some((tables::table(poetry, &[key])?, when)));
    for (list, when) in own.chain(groups) {
        for (span, name, value) in tables::pairs(list) {
            let text = |key: &str| value.get_ref().as_table().and_then(|about| tables::text(about, key)).map(|(_, text)| text);
            let (requirement, source) = match (text("git"), text("url"), text("path")) {
                (Some(git), ..) => (git, "git"),
                (_, Some(url), _) => (url, "url"),
                (.., Some(path)) => (path, "path"),
                _ => (text("version").or(value.get_ref().as_str()).unwrap_or_default(), "registry"),
            };
            if name != "python" {
                dependency(facts, span, name, requirement, source, when);
            }
        }
    }
    for (_, name, value) in tables::table(poetry, &["scripts"]).into_iter().flat_map(tables::pairs) {
        if let Some(object) = value.get_ref().as_str() {
            entry_named(facts, tables::inner(value), "console-script", name, object, "run");
        }
    }
    let build = tables::text(poetry, "build").or_else(|| tables::text(tables::table(poetry, &["build"])?, "script"));
    if let Some((span, path)) = build {
        entry(facts, span, "build-script", path, "install");
    }
}

/// Code of the project that build tools run.
fn hooks(table: &Table<'_>, facts: &mut Facts) {
    for hooks in [&["tool", "hatch", "build", "hooks"][..], &["tool", "hatch", "build", "targets", "wheel", "hooks"]] {
        if let Some(value) = tables::table(table, hooks).and_then(|hooks| tables::get(hooks, "custom")) {
            let path = value.get_ref().as_table().and_then(|custom| tables::text(custom, "path"));
            let (span, path) = path.unwrap_or((value.span(), "hatch_build.py"));
            entry(facts, span, "build-script", path, "install");
        }
    }
    let hook = tables::table(table, &["tool", "pdm", "build"]).and_then(|build| tables::text(build, "custom-hook"));
    if let Some((span, path)) = hook {
        entry(facts, span, "build-script", path, "install");
    }
    for (_, _, value) in tables::table(table, &["tool", "setuptools", "cmdclass"]).into_iter().flat_map(tables::pairs) {
        if let Some(class) = value.get_ref().as_str() {
            entry(facts, tables::inner(value), "command-class", class, "install");
        }
    }
}
