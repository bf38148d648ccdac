//! Embeds the rule pages: writes the list of `rules/<area>/<name>.md`, sorted by id, for `rules.rs` to include.

// What the crate must not do, its build must: read the pages and write the list of them.
#![allow(clippy::disallowed_methods)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../rules");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages = Vec::new();
    for area in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        println!("cargo::rerun-if-changed={}", area.display());
        pages.extend(entries(&area).into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    pages.sort();
    let mut list = String::from("&[\n");
    for page in &pages {
        let id = page.strip_prefix(&folder).expect("it was found there").with_extension("");
        let id = id.to_str().expect("ids are ASCII").replace('\\', "/");
        let page = page.canonicalize().expect("it was just listed");
        writeln!(list, "    ({id:?}, include_str!({:?})),", page.display().to_string()).expect("a string takes it");
    }
    list.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("pages.rs"), list).expect("the build folder can be written");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.expect("the folder can be listed").path()).collect()
}
