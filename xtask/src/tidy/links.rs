//! Links of the documents.

use super::{files, none};
use std::path::{Component, Path, PathBuf};

#[test]
fn links_between_documents_resolve() {
    let files = files();
    let exists = |path: &Path| files.iter().any(|file| Path::new(&file.path).starts_with(path));
    let mut wrong = Vec::new();
    // Planted packages hold pages of their own, whose links are part of the fixture.
    for file in files.iter().filter(|file| file.path.ends_with(".md") && !file.path.starts_with("fixtures/planted/")) {
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        for (line, target) in links(file.text().unwrap_or_default()) {
            match resolve(folder, target) {
                Some(path) if exists(&path) => {}
                _ => wrong.push(format!("{}:{line}: {target}", file.path)),
            }
        }
    }
    none("links that lead nowhere", wrong);
}

/// Line and target of every link to another file, outside of code.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fence: Option<&str> = None;
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let ticks = &trimmed[..trimmed.len() - trimmed.trim_start_matches('`').len()];
        match fence {
            None if ticks.len() >= 3 => fence = Some(ticks),
            Some(open) if ticks.len() >= open.len() && trimmed.trim_end() == ticks => fence = None,
            Some(_) => {}
            None => {
                let plain = line.split('`').step_by(2);
                found.extend(plain.flat_map(targets).map(|target| (number + 1, target)));
            }
        }
    }
    found
}

fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("](").filter_map(|(at, mark)| {
        let target = text[at + mark.len()..].split([')', ' ']).next()?;
        let elsewhere = target.contains("://") || target.starts_with("mailto:") || target.starts_with('#');
        (!elsewhere).then(|| target.split('#').next().unwrap_or(target))
    })
}

/// The path in the repository, or `None` where it leads out of it.
fn resolve(folder: &Path, target: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

#[test]
fn links_in_code_are_not_links() {
    let text =
        "see [a](b.md) and `[c](d.md)`\n```md\n[e](f.md)\n```\n[g](h/i.md#j \"title\") [k](https://example.test) [l](#m)\n";
    assert_eq!(links(text), [(1, "b.md"), (5, "h/i.md")]);
    assert_eq!(resolve(Path::new("docs"), "../a.md"), Some("a.md".into()));
    assert_eq!(resolve(Path::new("docs"), "../../a.md"), None);
}
