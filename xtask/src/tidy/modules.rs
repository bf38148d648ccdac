//! Every Rust file is part of a crate.

use super::{files, none};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn no_rust_file_is_forgotten() {
    let files = files();
    let sources: Vec<(&str, &str)> =
        files.iter().filter(|file| file.is_rust()).map(|file| (file.path.as_str(), file.text().unwrap_or_default())).collect();
    let reached = reached(&sources);
    let forgotten = sources.iter().filter(|(path, _)| !reached.contains(Path::new(path)));
    none("files that no `mod` names", forgotten.map(|(path, _)| (*path).to_string()).collect());
}

/// The files that the roots of crates lead to, through `mod name;` and `#[path = "..."]`.
fn reached(sources: &[(&str, &str)]) -> BTreeSet<PathBuf> {
    let mut reached: BTreeSet<PathBuf> = BTreeSet::new();
    let mut waiting: Vec<PathBuf> = sources.iter().map(|(path, _)| PathBuf::from(path)).filter(|path| is_root(path)).collect();
    while let Some(path) = waiting.pop() {
        let Some((_, text)) = sources.iter().find(|(known, _)| Path::new(known) == path) else { continue };
        if reached.insert(path.clone()) {
            waiting.extend(modules(&path, text));
        }
    }
    reached
}

/// `src/lib.rs`, `src/main.rs`, `build.rs`, and each file straight in `tests/`, `benches/`, `examples/`, `src/bin/` or
/// `fuzz_targets/`; `tests/<name>/main.rs`.
fn is_root(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let above = path.components().count();
    match folder {
        "src" => above == 3 && (name == "lib.rs" || name == "main.rs"),
        "tests" | "benches" | "examples" => above == 3,
        "bin" | "fuzz_targets" => true,
        // A test program of several files stands in a folder of its own.
        _ if above == 4 && name == "main.rs" => path.components().nth(1).is_some_and(|part| part.as_os_str() == "tests"),
        _ => name == "build.rs" && above == 2,
    }
}

fn modules(path: &Path, text: &str) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let own = if is_root(path) || stem == "mod" { folder.to_path_buf() } else { folder.join(stem) };
    let mut found = Vec::new();
    let mut named = None;
    for line in text.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("#[path = \"").and_then(|rest| rest.strip_suffix("\"]")) {
            named = Some(folder.join(path));
            continue;
        }
        let declared = line.strip_suffix(';').map(|line| line.split_whitespace().collect::<Vec<_>>());
        let name = match declared.as_deref() {
            Some(["mod", name]) => *name,
            Some([visible, "mod", name]) if visible.starts_with("pub") => *name,
            _ => continue,
        };
        match named.take() {
            Some(path) => found.push(path),
            None => found.extend([own.join(format!("{name}.rs")), own.join(name).join("mod.rs")]),
        }
    }
    found
}

#[test]
fn modules_are_followed() {
    let sources = [
        ("open/src/lib.rs", "mod formats;\npub(crate) mod codecs;\n"),
        ("open/src/formats.rs", "mod zip;\n#[path = \"tape.rs\"]\nmod tar;\n"),
        ("open/src/formats/zip.rs", ""),
        ("open/src/tape.rs", ""),
        ("open/src/codecs/mod.rs", "mod hex;\n"),
        ("open/src/codecs/hex.rs", ""),
        ("open/src/forgotten.rs", ""),
        ("open/tests/bombs.rs", ""),
        ("cli/tests/command/main.rs", "mod hostile;\n"),
        ("cli/tests/command/hostile.rs", ""),
    ];
    let reached = reached(&sources);
    let missing: Vec<_> = sources.iter().filter(|(path, _)| !reached.contains(Path::new(path))).map(|(path, _)| *path).collect();
    assert_eq!(missing, ["open/src/forgotten.rs"]);
}
