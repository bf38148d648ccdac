//! Examples of a rule page: what must match and what must not.
//!
//! The info string of a fenced block says which: `sh match`, `json no-match name=package/package.json`, `files match` (several
//! files, each behind a line `-- path --`), `hex match name=logo.png` (bytes in hexadecimal, `#` comments), `facts match`
//! (listed facts, for what no inert file should hold).

use crate::page::Block;
use crate::syntax::{self, Wrong};
use doorward_model::{
    Content, ContentId, Digest, Examined, Fact, Meta, Node, NodeId, Phase, Placement, Problem, ProblemKind, Reading, Role, Root,
    Step, Tree, Unit, vocabulary,
};
use sha2::{Digest as _, Sha256};

/// One example of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// Line of its first line in the page, counted from 1.
    pub line: usize,
    /// Whether the rule must find something in it.
    pub matches: bool,
    /// What is examined.
    pub input: Input,
}

/// Path and bytes of each file.
pub type Files = Vec<(Box<str>, Box<[u8]>)>;

/// What an example consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Files: path and bytes, in the order of the page.
    Files(Files),
    /// Facts as text.
    Facts(Box<str>),
}

impl Example {
    /// The example in a block; `None` where the block is none.
    pub(crate) fn read(block: &Block<'_>) -> Result<Option<Self>, Wrong> {
        let mut words = block.info.split_whitespace();
        let hint = words.next().unwrap_or_default();
        let matches = match words.next() {
            Some("match") => true,
            Some("no-match") => false,
            _ => return Ok(None),
        };
        let mut name = None;
        for word in words {
            match word.strip_prefix("name=") {
                Some(path) if is_inside(path) => name = Some(path.to_owned()),
                Some(_) => return Err((block.line - 1, "`name=` takes a relative path without `..`".into())),
                None => return Err((block.line - 1, format!("unknown word `{word}` behind the example; known is `name=PATH`"))),
            }
        }
        let input = match hint {
            "facts" => Input::Facts(block.body.as_str().into()),
            "files" => Input::Files(files(block)?),
            "hex" => Input::Files(vec![(name.unwrap_or("example.bin".into()).into(), bytes(block)?)]),
            hint => Input::Files(vec![(name.unwrap_or(format!("example.{hint}")).into(), block.body.as_bytes().into())]),
        };
        Ok(Some(Self { line: block.line, matches, input }))
    }

    /// The tree that listed facts describe: one file of one package. `None` for files.
    ///
    /// `pattern` gives the name of one of the page's patterns its number.
    ///
    /// # Errors
    /// What is wrong with the list, and its line.
    pub(crate) fn listed(&self, pattern: &dyn Fn(&str) -> Option<u32>) -> Result<Option<Tree>, Wrong> {
        match &self.input {
            Input::Files(_) => Ok(None),
            Input::Facts(text) => syntax::facts(text, self.line, pattern).map(|facts| Some(tree_of(facts))),
        }
    }
}

fn is_inside(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Several files, each behind a line `-- path --`; what stands above the first is a comment.
fn files(block: &Block<'_>) -> Result<Files, Wrong> {
    let mut files: Vec<(Box<str>, String)> = Vec::new();
    for (at, line) in block.body.lines().enumerate() {
        if let Some(path) = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            if !is_inside(path) {
                return Err((block.line + at, "the path of a file is relative and without `..`".into()));
            }
            files.push((path.into(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    if files.is_empty() {
        return Err((block.line, "a `files` example needs at least one line `-- path --`".into()));
    }
    Ok(files.into_iter().map(|(path, text)| (path, text.into_bytes().into())).collect())
}

/// Pairs of hexadecimal digits; `*N` behind a pair repeats it; `#` starts a comment.
fn bytes(block: &Block<'_>) -> Result<Box<[u8]>, Wrong> {
    const REPEAT_MAX: usize = 1 << 20;
    let mut bytes = Vec::new();
    for (at, line) in block.body.lines().enumerate() {
        for word in line.split('#').next().unwrap_or_default().split_whitespace() {
            let wrong = || (block.line + at, format!("`{word}` is no pair of hexadecimal digits"));
            let (digits, repeat) = word.split_once('*').unwrap_or((word, "1"));
            let repeat = repeat.parse::<usize>().ok().filter(|repeat| *repeat <= REPEAT_MAX).ok_or_else(wrong)?;
            if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(wrong());
            }
            let unit: Result<Vec<u8>, _> =
                (0..digits.len()).step_by(2).map(|i| u8::from_str_radix(&digits[i..i + 2], 16)).collect();
            bytes.extend(unit.map_err(|_| wrong())?.repeat(repeat));
        }
    }
    Ok(bytes.into())
}

/// A package of one file that has these facts. Facts that link gives stand with the package, problems with the file.
fn tree_of(facts: Vec<Fact>) -> Tree {
    let file = NodeId(1);
    let by_link = [&vocabulary::PLACE, &vocabulary::SCRIPT, &vocabulary::ENTRY, &vocabulary::PACKAGE, &vocabulary::DEPENDENCY];
    let (problems, facts): (Vec<Fact>, Vec<Fact>) = facts.into_iter().partition(|fact| fact.kind == &vocabulary::PROBLEM);
    let (of_unit, of_content): (Vec<Fact>, Vec<Fact>) = facts.into_iter().partition(|fact| by_link.contains(&fact.kind));
    let place = of_unit.iter().find(|fact| fact.kind == &vocabulary::PLACE);
    let said = |name: &str| place.and_then(|place| place.text(name)).unwrap_or_default();
    let path = if said("path").is_empty() { "example" } else { said("path") };
    let placement = Placement {
        unit: 0,
        path: path.as_bytes().into(),
        role: role(said("role")),
        phase: phase(said("phase")),
        functions: None,
    };
    let hash = Sha256::digest(format!("{of_content:?}{problems:?}"));
    let content = Content {
        digest: Digest(hash.into()),
        len: 0,
        reading: Reading { format: if said("format").is_empty() { "data" } else { said("format") }.into() },
        examined: Examined::Parsed,
        functions: vec!["".into()],
        problems: problems.iter().map(problem).collect(),
        facts: of_content,
        summary: None,
    };
    let node =
        |parent, step, name: &str, content| Node { parent, step, name: name.as_bytes().into(), meta: Meta::default(), content };
    let name = path.rsplit('/').next().unwrap_or(path);
    Tree {
        roots: vec![Root { kind: doorward_model::Kind::Directory, digest: None, bytes: 0 }],
        nodes: vec![
            node(None, Step::Root { index: 0 }, "", None),
            node(Some(NodeId(0)), Step::Member { index: 0 }, name, Some(ContentId(0))),
        ],
        contents: vec![content],
        place_problems: Vec::new(),
        units: vec![Unit {
            ecosystem: said("ecosystem").into(),
            name: "example".into(),
            version: "1.0".into(),
            base: NodeId(0),
            folder: Box::default(),
            members: vec![file],
            facts: of_unit.iter().map(|fact| (file, fact.clone())).collect(),
        }],
        placements: vec![
            Placement { unit: 0, path: Box::default(), role: Role::Data, phase: Phase::Run, functions: None },
            placement,
        ],
    }
}

fn problem(fact: &Fact) -> Problem {
    let name = fact.text("kind").unwrap_or_default();
    let kind = ProblemKind::ALL.iter().find(|(_, known, _)| *known == name).map_or(ProblemKind::Malformed, |(kind, ..)| *kind);
    Problem::at(fact.span, kind, fact.text("detail").unwrap_or_default())
}

fn role(name: &str) -> Role {
    let all = [Role::Code, Role::Build, Role::Test, Role::Doc, Role::Data, Role::Manifest];
    all.into_iter().find(|role| role.name() == name).unwrap_or(Role::Code)
}

fn phase(name: &str) -> Phase {
    let all = [Phase::Build, Phase::Install, Phase::Open, Phase::Import, Phase::Run, Phase::Test];
    all.into_iter().find(|phase| phase.name() == name).unwrap_or(Phase::Run)
}
