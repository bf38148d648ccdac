//! Composer's `composer.json`.
//!
//! Source: the Composer documentation, "The composer.json schema" and "Scripts". Scripts run for the root package only, which
//! is what an audited package is to whoever checks it out.

use super::{dependency, entry, json::Id, json::Json, json::Kind, package, requirement, script};
use crate::Facts;

/// Reads a `composer.json`; false where the object is none.
pub(super) fn read(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    let text = |key: &str| json.get(root, key).and_then(|id| json.text(id)).unwrap_or_default();
    let has = |key: &str| json.get(root, key).is_some();
    let named = text("name").contains('/') && !text("name").starts_with('@');
    let requires = json.get(root, "require").is_some_and(|id| json.kind(id) == Some(Kind::Object));
    if has("dependencies") || has("devDependencies") || !(requires || has("autoload") && named) {
        return false;
    }
    if let Some(name) = json.get(root, "name") {
        package(facts, json.pair(name), "composer", &text("name"), &text("version"), &text("description"));
    }
    for scripts in json.all(root, "scripts") {
        for value in json.inside(scripts) {
            let event = json.key(value);
            let many = json.kind(value) == Some(Kind::Array);
            let commands: Vec<Id> = if many { json.inside(value).collect() } else { vec![value] };
            for command in commands {
                if let Some(text) = json.text(command) {
                    script(facts, json.span(command), &event, &text, phase(&event));
                }
            }
        }
    }
    for files in json.all(root, "autoload").filter_map(|autoload| json.get(autoload, "files")) {
        for file in json.inside(files) {
            if let Some(path) = json.text(file) {
                entry(facts, json.span(file), "autoload", &path, "import");
            }
        }
    }
    let bins = json
        .all(root, "bin")
        .flat_map(|bin| if json.kind(bin) == Some(Kind::Array) { json.inside(bin).collect() } else { vec![bin] });
    for bin in bins {
        if let Some(path) = json.text(bin) {
            entry(facts, json.span(bin), "bin", &path, "run");
        }
    }
    for (key, when) in [("require", "run"), ("require-dev", "dev"), ("suggest", "optional")] {
        for value in json.all(root, key).flat_map(|object| json.inside(object)) {
            if let Some(text) = json.text(value) {
                dependency(facts, json.pair(value), &json.key(value), &text, "registry", when);
            }
        }
    }
    for url in json.all(root, "repositories").flat_map(|list| json.inside(list)).filter_map(|entry| json.get(entry, "url")) {
        if let Some(text) = json.text(url) {
            dependency(facts, json.pair(url), "", &text, requirement::link(&text), "run");
        }
    }
    true
}

/// When Composer runs a script by itself.
fn phase(event: &str) -> &'static str {
    let installs = [
        "-install-cmd",
        "-update-cmd",
        "-autoload-dump",
        "-package-install",
        "-package-update",
        "-root-package-install",
        "-create-project-cmd",
    ];
    if installs.iter().any(|end| event.ends_with(end)) { "install" } else { "run" }
}
