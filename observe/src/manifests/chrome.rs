//! A browser extension's `manifest.json`, versions 2 and 3.
//!
//! Source: Chrome's "Manifest file format" and MDN's "manifest.json".

use super::{entry, json::Id, json::Json, json::Kind, package, permission};
use crate::Facts;

/// Reads a `manifest.json`; false where the object is none.
pub(super) fn read(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    let word = json.get(root, "manifest_version").is_some_and(|id| json.kind(id) == Some(Kind::Word));
    let Some(name) = json.get(root, "name").filter(|_| word) else { return false };
    let text = |key: &str| json.get(root, key).and_then(|id| json.text(id)).unwrap_or_default();
    package(facts, json.pair(name), "chrome", &text("name"), &text("version"), &text("description"));
    let rights = [
        ("permissions", false),
        ("host_permissions", false),
        ("optional_permissions", true),
        ("optional_host_permissions", true),
    ];
    for (key, optional) in rights {
        for value in json.all(root, key).flat_map(|list| json.inside(list)) {
            if let Some(text) = json.text(value) {
                permission(facts, json.span(value), &text, optional);
            }
        }
    }
    let background = json.get(root, "background");
    for key in ["service_worker", "scripts", "page"] {
        for value in background.into_iter().flat_map(|background| json.all(background, key)) {
            files(json, value, "background", "open", facts);
        }
    }
    for content in json.all(root, "content_scripts").flat_map(|list| json.inside(list)) {
        for value in json.all(content, "js") {
            files(json, value, "content-script", "open", facts);
        }
        for site in json.all(content, "matches").flat_map(|list| json.inside(list)) {
            if let Some(text) = json.text(site) {
                permission(facts, json.span(site), &text, false);
            }
        }
    }
    for key in ["devtools_page", "options_page"] {
        for value in json.all(root, key) {
            files(json, value, "page", "run", facts);
        }
    }
    true
}

/// Files named by a text or a list of texts.
fn files(json: &Json<'_>, value: Id, event: &str, phase: &str, facts: &mut Facts) {
    let many = json.kind(value) == Some(Kind::Array);
    let names: Vec<Id> = if many { json.inside(value).collect() } else { vec![value] };
    for name in names {
        if let Some(path) = json.text(name) {
            entry(facts, json.span(name), event, &path, phase);
        }
    }
}
