//! Every fixture gives what its `.expect` says. `UPDATE=1` rewrites them.

use doorward_model::{Limits, text};
use doorward_open::{Place, hint, open_all};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Most bytes of a content that an expectation shows.
const SHOWN_BYTES_MAX: usize = 48;

#[test]
fn every_fixture_gives_what_it_should() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for path in paths() {
        let found = describe(&open_all(&bytes(&path), &hint_of(&path), &[], &Limits::default()));
        let beside = path.with_extension("expect");
        if update {
            std::fs::write(&beside, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            writeln!(wrong, "{}\n--- expected\n{expected}+++ found\n{found}", beside.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_opener_has_a_fixture() {
    let folders: Vec<_> = paths().iter().map(|path| path.parent().unwrap().file_name().unwrap().to_owned()).collect();
    // Kinds of zip that only the name tells apart are opened by the same opener.
    let openers = ["zip", "jmod", "crx", "gzip", "bzip2", "xz", "zstd", "zlib", "tar", "ar", "deb", "utf-16"];
    for name in openers {
        assert!(folders.iter().any(|folder| folder == name), "{name}");
    }
}

/// The fixtures, sorted.
pub fn paths() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/open");
    let folders = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    let mut paths: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "hex")).collect();
    paths.sort();
    assert!(paths.len() > 50);
    paths
}

/// The bytes of a fixture: hexadecimal digits, `41*512` for a run, comments behind `#`.
pub fn bytes(path: &Path) -> Vec<u8> {
    let written = std::fs::read_to_string(path).unwrap();
    let tokens = written.lines().flat_map(|line| line.split('#').next().unwrap_or_default().split_whitespace());
    let mut bytes = Vec::new();
    for token in tokens {
        let (byte, times) = token.split_once('*').unwrap_or((token, "1"));
        let byte = u8::from_str_radix(byte, 16).unwrap_or_else(|_| panic!("{}: {token}", path.display()));
        bytes.resize(bytes.len() + times.parse::<usize>().unwrap(), byte);
    }
    bytes
}

/// The hint that the fixture's name gives.
pub fn hint_of(path: &Path) -> doorward_model::Hint {
    hint(path.file_stem().unwrap().as_encoded_bytes())
}

/// One line for the outcome, one for each place, one for each problem.
pub fn describe(places: &[Place]) -> String {
    let mut kinds: Vec<_> = places.iter().flat_map(all_problems).map(|problem| problem.kind.name()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut shown = if kinds.is_empty() { "opens\n".to_owned() } else { format!("problem: {}\n", kinds.join(", ")) };
    for place in places {
        let path = place.path(places);
        write!(shown, "{}", if path.is_empty() { "." } else { &path }).unwrap();
        let meta = &place.child.meta;
        if meta.kind != doorward_model::Kind::File {
            write!(shown, " {:?}", meta.kind).unwrap();
        }
        if let Some(target) = &meta.link_target {
            write!(shown, " -> {}", text::visible(target)).unwrap();
        }
        if let Some(mode) = meta.mode {
            write!(shown, " {mode:o}").unwrap();
        }
        if let (Some(opened), Some(content)) = (&place.opened, &place.child.content) {
            let head = text::visible(&content[..content.len().min(SHOWN_BYTES_MAX)]);
            write!(shown, " | {} | {:?} | {} bytes", opened.reading.format, opened.examined, content.len()).unwrap();
            if opened.examined != doorward_model::Examined::Opened {
                write!(shown, " | {head}").unwrap();
            }
        }
        shown.push('\n');
        for problem in all_problems(place) {
            let at = problem.span.map_or(String::new(), |span| format!(" at {}..{}", span.start, span.end));
            writeln!(shown, "    {}{at}: {}", problem.kind.name(), problem.detail).unwrap();
        }
    }
    shown
}

fn all_problems(place: &Place) -> impl Iterator<Item = &doorward_model::Problem> {
    place.child.problem.iter().chain(&place.problems)
}
