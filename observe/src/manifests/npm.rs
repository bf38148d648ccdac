//! npm's `package.json`, and the extensions of Visual Studio Code, which use the same file.
//!
//! Source: the npm documentation of package.json, its page "scripts" (life cycle) and Node's "Modules: Packages".
//! Not handled: `directories`, `workspaces`, `imports`.

use super::{
    dependency, entry, entry_named, fact, home, json::Id, json::Json, json::Kind, malformed, package, person, requirement, script,
};
use crate::Facts;
use doorward_model::{Problem, ProblemKind, Span};
use std::collections::BTreeSet;

/// Keys of which one must stand at the top, beside a name or version.
const MARKS: [&str; 16] = [
    "scripts",
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
    "bundleDependencies",
    "bundledDependencies",
    "main",
    "module",
    "exports",
    "bin",
    "files",
    "license",
    "description",
    "engines",
    "version",
];

/// Reads a `package.json`; false where the object is none.
pub(super) fn read(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    if json.kind(root) != Some(Kind::Object) || json.get(root, "lockfileVersion").is_some() {
        return false;
    }
    let has = |key: &str| json.get(root, key).is_some();
    if !(has("name") || has("version") || has("scripts")) || !MARKS.iter().any(|mark| has(mark)) {
        return false;
    }
    let extension = json.get(root, "engines").and_then(|engines| json.get(engines, "vscode")).is_some();
    identity(json, root, facts, extension);
    repeated(json, root, facts);
    persons(json, root, facts);
    scripts(json, root, facts);
    entries(json, root, facts);
    if extension {
        activation(json, root, facts);
    }
    dependencies(json, root, facts);
    true
}

/// Name and version.
fn identity(json: &Json<'_>, root: Id, facts: &mut Facts, extension: bool) {
    let text = |key: &str| json.get(root, key).and_then(|id| json.text(id)).unwrap_or_default();
    let Some(name) = json.get(root, "name") else { return };
    if json.kind(name) != Some(Kind::Text) {
        return malformed(facts, json.pair(name), "the package's name is no text");
    }
    let ecosystem = if extension { "vscode" } else { "npm" };
    package(facts, json.pair(name), ecosystem, &text("name"), &text("version"), &text("description"));
    if let Some(repository) = json.get(root, "repository") {
        let part = json.get(repository, "directory").is_some();
        if let Some((id, url)) = json.get(repository, "url").or(Some(repository)).and_then(|id| Some((id, json.text(id)?))) {
            home(facts, json.span(id), &url, "repository", part);
        }
    }
    if let Some((id, url)) = json.get(root, "homepage").and_then(|id| Some((id, json.text(id)?))) {
        home(facts, json.span(id), &url, "homepage", false);
    }
}

/// Who makes and keeps the package: a text, or an object with name and address.
fn persons(json: &Json<'_>, root: Id, facts: &mut Facts) {
    for (key, role) in [("author", "author"), ("maintainers", "maintainer"), ("contributors", "contributor")] {
        let Some(value) = json.get(root, key) else { continue };
        let several: Vec<Id> = if json.kind(value) == Some(Kind::Array) { json.inside(value).collect() } else { vec![value] };
        for id in several {
            let part = |key: &str| json.get(id, key).and_then(|id| json.text(id)).unwrap_or_default();
            let name = json.text(id).unwrap_or_else(|| format!("{} {}", part("name"), part("email")));
            person(facts, json.span(id), role, &name);
        }
    }
}

/// Keys that stand twice: one reader keeps the first, another the last.
fn repeated(json: &Json<'_>, root: Id, facts: &mut Facts) {
    let inner = json.all(root, "scripts").filter(|&id| json.kind(id) == Some(Kind::Object));
    for object in [root].into_iter().chain(inner) {
        let mut seen = BTreeSet::new();
        for value in json.inside(object) {
            let key = json.key(value);
            if seen.contains(&key) {
                let detail = "a key of the manifest stands twice: readers differ in which they keep";
                facts.problem(Problem::at(Span::of(json.pair(value)), ProblemKind::Deceptive, detail));
            }
            seen.insert(key);
        }
    }
}

/// Commands of `scripts`, of every object of that name.
fn scripts(json: &Json<'_>, root: Id, facts: &mut Facts) {
    let mut builds = true;
    for scripts in json.all(root, "scripts") {
        if json.kind(scripts) != Some(Kind::Object) {
            malformed(facts, json.pair(scripts), "scripts is no object");
            continue;
        }
        for command in json.inside(scripts) {
            let event = json.key(command);
            builds &= !matches!(event.as_str(), "install" | "preinstall");
            if let Some(text) = json.text(command) {
                script(facts, json.span(command), &event, &text, phase(&event));
            }
        }
    }
    let gyp = json.get(root, "gypfile").filter(|&id| json.is_true(id));
    if let (Some(gyp), true) = (gyp, builds) {
        script(facts, json.pair(gyp), "install", "node-gyp rebuild", "install");
    }
}

/// When npm runs a script by itself.
fn phase(event: &str) -> &'static str {
    match event {
        "preinstall" | "install" | "postinstall" | "dependencies" => "install",
        "prepare" | "preprepare" | "postprepare" | "prepublish" | "prepublishOnly" | "prepack" | "postpack" | "publish"
        | "postpublish" | "preversion" | "version" | "postversion" => "build",
        "test" | "pretest" | "posttest" => "test",
        _ => "run",
    }
}

/// Files that are imported by the package's name, or become commands.
fn entries(json: &Json<'_>, root: Id, facts: &mut Facts) {
    for (key, event) in [("main", "main"), ("module", "module"), ("browser", "browser"), ("exports", "exports")] {
        for value in json.all(root, key) {
            for leaf in leaves(json, value) {
                if let Some(path) = json.text(leaf) {
                    entry(facts, json.span(leaf), event, &path, "import");
                }
            }
        }
    }
    let own = json.get(root, "name").and_then(|id| json.text(id)).unwrap_or_default();
    for value in json.all(root, "bin") {
        for leaf in leaves(json, value) {
            if let Some(path) = json.text(leaf) {
                let name = if leaf == value { own.clone() } else { json.key(leaf) };
                entry_named(facts, json.span(leaf), "bin", &name, &path, "run");
            }
        }
    }
}

/// All texts in a value, however deep.
fn leaves(json: &Json<'_>, value: Id) -> Vec<Id> {
    let mut leaves = Vec::new();
    let mut waiting = vec![value];
    while let Some(id) = waiting.pop() {
        match json.kind(id) {
            Some(Kind::Text) => leaves.push(id),
            Some(Kind::Object | Kind::Array) => waiting.extend(json.inside(id)),
            _ => {}
        }
    }
    leaves.sort_unstable();
    leaves
}

/// When an extension's code is loaded: by itself unless all its events are commands and views that a person asks for.
fn activation(json: &Json<'_>, root: Id, facts: &mut Facts) {
    let events: Vec<Id> = json.get(root, "activationEvents").map(|events| json.inside(events).collect()).unwrap_or_default();
    let asked =
        |id: &Id| json.text(*id).is_some_and(|event| ["onCommand:", "onView:"].iter().any(|start| event.starts_with(start)));
    let by_itself = events.iter().find(|event| !asked(event));
    let phase = if by_itself.is_some() { "open" } else { "run" };
    for key in ["main", "browser"] {
        if let Some((id, path)) = json.get(root, key).and_then(|id| Some((id, json.text(id)?))) {
            entry(facts, json.span(id), "extension", &path, phase);
        }
    }
}

/// What the package asks for.
fn dependencies(json: &Json<'_>, root: Id, facts: &mut Facts) {
    let kinds = [
        ("dependencies", "run"),
        ("devDependencies", "dev"),
        ("optionalDependencies", "optional"),
        ("peerDependencies", "run"),
        ("overrides", "run"),
        ("resolutions", "run"),
    ];
    for (key, when) in kinds {
        for object in json.all(root, key).filter(|&id| json.kind(id) == Some(Kind::Object)) {
            for value in json.inside(object) {
                if let Some(text) = json.text(value) {
                    dependency(facts, json.pair(value), &json.key(value), &text, requirement::npm_source(&text), when);
                }
            }
        }
    }
    for key in ["extensionDependencies", "extensionPack"] {
        for name in json.all(root, key).flat_map(|list| json.inside(list)) {
            if let Some(text) = json.text(name) {
                let span = json.span(name);
                facts.push(
                    fact(&doorward_model::vocabulary::DEPENDENCY, span)
                        .with("name", super::kept(&text))
                        .with("requirement", "")
                        .with("source", "registry")
                        .with("when", "run"),
                );
            }
        }
    }
}
