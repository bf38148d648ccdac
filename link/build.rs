//! Turns the lists of popular names, `names/*.txt`, into static tables, so that looking a name up costs no start-up.
// What the crate must not do, its build must: read the lists and write the tables.
#![allow(clippy::disallowed_methods, clippy::expect_used)]

#[path = "src/letters.rs"]
mod letters;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// Each list: its file, and the name of the static.
const LISTS: [(&str, &str); 2] = [("npm", "NPM"), ("pypi", "PYPI")];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/letters.rs");
    let mut code = String::new();
    for (list, constant) in LISTS {
        let path = Path::new("../names").join(list).with_extension("txt");
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let dated = text.lines().take_while(|line| line.starts_with('#')).any(|line| line.contains("Date: 20"));
        assert!(dated && text.contains("# Source: "), "{}: a list has a source and a date", path.display());
        let _ = writeln!(code, "pub(crate) static {constant}: Table = {};", table(&text, list == "pypi"));
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("names.rs"), code).expect("the build folder can be written");
}

/// One table as code. Of names that become alike the more popular stands for both.
fn table(text: &str, is_python: bool) -> String {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let names: Vec<String> = lines.map(|line| letters::normal(line, is_python)).collect();
    assert!(names.len() < usize::from(u16::MAX), "ranks have 16 bits");
    let sorted = |key: &dyn Fn(&str) -> String| {
        let mut sorted: BTreeMap<String, usize> = BTreeMap::new();
        for (rank, name) in names.iter().enumerate() {
            sorted.entry(key(name)).or_insert(rank);
        }
        let rows: Vec<String> = sorted.iter().map(|(name, rank)| format!("({name:?}, {rank})")).collect();
        rows.join(", ")
    };
    let ranked: Vec<String> = names.iter().map(|name| format!("({name:?}, {})", letters::mask(name))).collect();
    format!(
        "Table {{ ranked: &[{}], exact: &[{}], squashed: &[{}], folded: &[{}] }}",
        ranked.join(", "),
        sorted(&|name| name.to_owned()),
        sorted(&letters::squashed),
        sorted(&letters::folded)
    )
}
