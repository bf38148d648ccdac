//! `binding.gyp`: what node-gyp builds, and the commands it runs to find out; and the `.gypi` files that it includes.
//!
//! Source: GYP's input format reference, "Command Expansions" (`<!(...)`, `<!@(...)`) and "actions". Commands run when
//! the build is configured, which npm does while it installs.

use super::{json::Id, json::Json, json::Kind, script};
use crate::Facts;
use memchr::memmem;

/// Most commands that are read of one file.
const COMMANDS_MAX: usize = 1_000;

/// Reads a `binding.gyp`; false where the object is none.
pub(super) fn read(json: &Json<'_>, root: Id, bytes: &[u8], facts: &mut Facts) -> bool {
    let targets: Vec<Id> =
        json.all(root, "targets").filter(|&id| json.kind(id) == Some(Kind::Array)).flat_map(|l| json.inside(l)).collect();
    let is_included = || {
        let has = |key: &str| json.get(root, key).is_some();
        (has("variables") || has("target_defaults") || has("conditions")) && memmem::find(bytes, b"<!").is_some()
    };
    if !targets.iter().any(|&target| json.get(target, "target_name").is_some()) && !is_included() {
        return false;
    }
    for action in targets.iter().filter_map(|&target| json.get(target, "actions")).flat_map(|list| json.inside(list)) {
        if let Some(list) = json.get(action, "action") {
            let words: Vec<String> = json.inside(list).filter_map(|id| json.text(id)).collect();
            script(facts, json.span(list), "gyp-action", &words.join(" "), "install");
        }
    }
    for at in memmem::find_iter(bytes, b"<!").take(COMMANDS_MAX) {
        expansion(bytes, at, facts);
    }
    true
}

/// The command of one `<!(...)` or `<!@(...)`.
fn expansion(bytes: &[u8], at: usize, facts: &mut Facts) {
    let behind = bytes.get(at.saturating_add(2)..).unwrap_or_default();
    let (skip, open) = match behind {
        [b'@', b'(', rest @ ..] => (4_usize, rest),
        [b'(', rest @ ..] => (3, rest),
        _ => return,
    };
    let mut depth = 1_u32;
    let closes = |b: &u8| {
        match b {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    };
    if let Some(end) = open.iter().take(super::ARGUMENT_BYTES_MAX).position(closes) {
        let start = at.saturating_add(skip);
        let command = String::from_utf8_lossy(open.get(..end).unwrap_or_default());
        script(facts, start..start.saturating_add(end), "gyp-expansion", &command, "install");
    }
}
