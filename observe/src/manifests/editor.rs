//! Files that make editors and their assistants run commands when a folder is opened: `.vscode/tasks.json` with
//! `runOn: folderOpen`, `devcontainer.json` with its life-cycle commands, and assistants' settings with hooks.
//!
//! Sources: the Visual Studio Code documentation of tasks ("runOn"), the Dev Container specification ("Lifecycle scripts").

use super::{json::Id, json::Json, json::Kind, script};
use crate::Facts;

/// Commands of a development container, in the order in which they run.
const CONTAINER: [&str; 6] = [
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
];

/// Reads one of these files; false where the object is none.
pub(super) fn read(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    let tasks = tasks(json, root, facts);
    let container = container(json, root, facts);
    let hooks = hooks(json, root, facts);
    tasks || container || hooks
}

/// Tasks that run when the folder is opened.
fn tasks(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    let mut seen = false;
    for task in json.all(root, "tasks").filter(|&id| json.kind(id) == Some(Kind::Array)).flat_map(|list| json.inside(list)) {
        let run_on = json.get(task, "runOptions").and_then(|options| json.get(options, "runOn")).and_then(|id| json.text(id));
        seen |= json.get(task, "label").or_else(|| json.get(task, "command")).is_some();
        if run_on.as_deref() != Some("folderOpen") {
            continue;
        }
        // Each system may have a command of its own.
        let systems = ["linux", "osx", "windows"].into_iter().filter_map(|system| json.get(task, system));
        for place in [task].into_iter().chain(systems) {
            if let Some(command) = json.get(place, "command").and_then(|id| json.text(id)) {
                let arguments = json.get(place, "args").or_else(|| json.get(task, "args"));
                let text = |id: Id| json.text(json.get(id, "value").unwrap_or(id));
                let arguments = arguments.into_iter().flat_map(|list| json.inside(list)).filter_map(text);
                let line = [command].into_iter().chain(arguments.map(|text| quoted(&text))).collect::<Vec<_>>().join(" ");
                script(facts, json.span(task), "folderOpen", &line, "open");
            }
        }
    }
    seen
}

/// A word of a command as a shell would be given it: what has blanks stays one word.
fn quoted(word: &str) -> String {
    if !word.contains([' ', '\t', '\n']) || word.starts_with(['"', '\'']) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Commands of a development container: a text, a list of words, or an object of either.
fn container(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    let mut seen = false;
    for key in CONTAINER {
        for value in json.all(root, key) {
            let many = json.kind(value) == Some(Kind::Object);
            let commands: Vec<Id> = if many { json.inside(value).collect() } else { vec![value] };
            for command in commands {
                let words: Vec<String> = match json.kind(command) {
                    Some(Kind::Array) => json.inside(command).filter_map(|id| json.text(id)).map(|word| quoted(&word)).collect(),
                    _ => json.text(command).into_iter().collect(),
                };
                if !words.is_empty() {
                    script(facts, json.span(command), key, &words.join(" "), "open");
                    seen = true;
                }
            }
        }
    }
    seen
}

/// `{"hooks": {EVENT: [{"hooks": [{"type": "command", "command": "..."}]}]}}`.
fn hooks(json: &Json<'_>, root: Id, facts: &mut Facts) -> bool {
    let mut seen = false;
    for event in json.all(root, "hooks").filter(|&id| json.kind(id) == Some(Kind::Object)).flat_map(|hooks| json.inside(hooks)) {
        for hook in json.inside(event).filter_map(|group| json.get(group, "hooks")).flat_map(|hooks| json.inside(hooks)) {
            if let Some((id, command)) = json.get(hook, "command").and_then(|id| Some((id, json.text(id)?))) {
                script(facts, json.span(id), &json.key(event), &command, "open");
                seen = true;
            }
        }
    }
    seen
}
