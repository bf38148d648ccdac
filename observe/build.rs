//! Turns the tables of APIs, `apis/*.toml`, into static rows. Strict: an unknown field, kind or argument, or a row without a
//! source, ends the build with its file and line.
// What the crate must not do, its build must: read the pages and write the list of them.
#![allow(clippy::disallowed_methods)]

use doorward_model::{FactKind, vocabulary};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};
use toml::Spanned;

/// One language: its table and the name of the static.
const TABLES: [(&str, &str); 4] = [("python", "PYTHON"), ("javascript", "JAVASCRIPT"), ("shell", "SHELL"), ("rust", "RUST")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    api: Vec<Spanned<Row>>,
}

/// Fields are described at `Row` in `src/meaning/apis.rs`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    kind: Option<String>,
    #[serde(default)]
    read: bool,
    #[serde(default)]
    args: BTreeMap<String, Vec<Argument>>,
    /// Constants that the fact has whatever the arguments are.
    #[serde(default)]
    says: BTreeMap<String, String>,
    takes: Option<Takes>,
    gives: Option<String>,
    through: Option<String>,
    evaluate: Option<String>,
    #[serde(default)]
    calls: Vec<Argument>,
    /// Options of a command and what each is, as `Row::options` says.
    #[serde(default)]
    options: BTreeMap<String, String>,
    #[serde(default)]
    when: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Takes {
    All(String),
    Some(Vec<Argument>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Argument {
    At(u8),
    Named(String),
}

fn main() {
    let apis = Path::new("../apis");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../apis");
    let mut code = String::new();
    for (language, constant) in TABLES {
        let path = apis.join(language).with_extension("toml");
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let table: Table = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let rows = read(&path, &text, table);
        let _ = writeln!(code, "pub(crate) static {constant}: &[Row] = &[\n{rows}];");
    }
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("apis.rs"), code).expect("the build folder can be written");
}

/// The rows of one table as code, sorted by name.
fn read(path: &Path, text: &str, table: Table) -> String {
    let mut names = BTreeSet::new();
    let mut rows = Vec::new();
    for row in table.api {
        let line = text.get(..row.span().start).unwrap_or(text).matches('\n').count() + 1;
        let row = row.into_inner();
        let written = write_row(&row).unwrap_or_else(|why| panic!("{}:{line}: {}: {why}", path.display(), row.name));
        assert!(names.insert((row.name.clone(), row.when.clone())), "{}:{line}: {} has two rows", path.display(), row.name);
        rows.push((row.name, written));
    }
    rows.sort();
    rows.into_iter().map(|(_, row)| row).collect()
}

fn write_row(row: &Row) -> Result<String, String> {
    if row.source.trim().is_empty() || row.name.trim().is_empty() {
        return Err("a row needs a name and a source".into());
    }
    let kind = row.kind.as_deref().map(known).transpose()?;
    let gives = row.gives.as_deref().map(known).transpose()?;
    for name in row.args.keys().chain(row.says.keys()) {
        let has = kind.is_some_and(|kind| kind.args.iter().any(|(known, _)| known == name));
        let given = kind.is_none() && gives.is_some_and(|kind| kind.args.iter().any(|(known, _)| known == name));
        if !has && !given {
            return Err(format!("its kind has no argument {name}"));
        }
    }
    let args: String = row.args.iter().map(|(name, from)| format!("({name:?}, {}), ", list(from))).collect();
    let says: String = row.says.iter().map(|(name, value)| format!("({name:?}, {value:?}), ")).collect();
    let options: String = row.options.iter().map(|(name, role)| format!("({name:?}, {role:?}), ")).collect();
    let takes = match &row.takes {
        None => "Takes::Args".into(),
        Some(Takes::All(all)) if all == "*" => "Takes::All".into(),
        Some(Takes::All(other)) => return Err(format!("takes {other:?}: only \"*\" or a list")),
        Some(Takes::Some(list_of)) => format!("Takes::Some({})", list(list_of)),
    };
    Ok(format!(
        "    Row {{ name: {:?}, kind: {}, read: {}, args: &[{args}], says: &[{says}], takes: {takes}, gives: {}, through: {:?}, evaluate: {:?}, calls: {}, options: &[{options}], when: &{:?} }},\n",
        row.name,
        constant(kind),
        row.read,
        constant(gives),
        row.through,
        row.evaluate,
        list(&row.calls),
        row.when
    ))
}

fn known(name: &str) -> Result<&'static FactKind, String> {
    vocabulary::kind(name).ok_or_else(|| format!("no fact kind {name}"))
}

fn constant(kind: Option<&FactKind>) -> String {
    let name = |kind: &FactKind| kind.name.to_uppercase().replace(['.', '-'], "_");
    kind.map_or("None".into(), |kind| format!("Some(&vocabulary::{})", name(kind)))
}

fn list(arguments: &[Argument]) -> String {
    let one = |argument: &Argument| match argument {
        Argument::At(at) => format!("Argument::At({at}), "),
        Argument::Named(name) => format!("Argument::Named({name:?}), "),
    };
    format!("&[{}]", arguments.iter().map(one).collect::<String>())
}
