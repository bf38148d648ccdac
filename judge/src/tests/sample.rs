//! Pages and trees that tests are made of.

use crate::{Policy, Rules, judge};
use doorward_model::{
    Content, ContentId, Digest, Examined, Fact, Judgement, Meta, Node, NodeId, Phase, Placement, Problem, ProblemKind, Reading,
    Role, Span, Step, Tree, Unit, vocabulary,
};

/// A page that passes the linter: `head` and `patterns` are TOML, `when` the condition.
pub(crate) fn page(head: &str, patterns: &str, when: &str) -> String {
    let patterns = if patterns.is_empty() { String::new() } else { format!("```patterns\n{patterns}\n```\n") };
    format!(
        "```toml\n{head}\n```\n# Something happens\n\nIt does.\n\n## Why it matters\nIt does.\n\n## When it is fine\nNever.\n\n\
         ## What this misses\nMuch.\n\n{patterns}```when\n{when}\n```\n```sh match\na\n```\n```sh no-match\nb\n```\n"
    )
}

/// A head of `severity`, `confidence` and `scope`.
pub(crate) fn head(severity: &str, confidence: &str, scope: &str) -> String {
    format!("door = \"BLD-3\"\nseverity = \"{severity}\"\nconfidence = \"{confidence}\"\nscope = \"{scope}\"")
}

/// Rules of these conditions, named `test/a`, `test/b` and so on.
pub(crate) fn rules(scope: &str, conditions: &[&str]) -> Rules {
    let pages =
        ('a'..).zip(conditions).map(|(name, when)| (format!("test/{name}"), page(&head("high", "medium", scope), "", when)));
    Rules::parse(pages.collect()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// The fact that this text lists.
pub(crate) fn fact(text: &str, at: u64) -> Fact {
    let mut facts = crate::syntax::facts(text, 1, &|_| Some(0)).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let fact = facts.remove(0);
    Fact { span: Span::new(at, at + 5), ..fact }
}

/// One file of a tree.
pub(crate) struct File<'a> {
    pub path: &'a str,
    pub role: Role,
    pub phase: Phase,
    /// Number of the content; files with the same number share it.
    pub content: u32,
    pub unit: u32,
}

/// A file of the first package with a content of its own.
pub(crate) fn file(path: &str, content: u32, role: Role, phase: Phase) -> File<'_> {
    File { path, role, phase, content, unit: 0 }
}

/// A tree of these files; `facts` are those of the contents, in their order. Places are emitted as `link` does.
pub(crate) fn tree(files: &[File<'_>], facts: Vec<Vec<Fact>>) -> Tree {
    let mut tree = Tree { roots: Vec::new(), ..Tree::default() };
    let node =
        |parent, step, name: &str, content| Node { parent, step, name: name.as_bytes().into(), meta: Meta::default(), content };
    tree.nodes.push(node(None, Step::Root { index: 0 }, "", None));
    tree.placements.push(Placement { unit: 0, path: Box::default(), role: Role::Data, phase: Phase::Run, functions: None });
    for (number, facts) in (0_u8..).zip(facts) {
        tree.contents.push(Content {
            digest: Digest([number; 32]),
            len: 1000,
            reading: Reading { format: "shell".into() },
            examined: Examined::Scanned,
            functions: vec!["".into(), "install".into(), "remove".into()],
            facts,
            problems: Vec::new(),
            summary: None,
        });
    }
    for unit in 0..=files.iter().map(|file| file.unit).max().unwrap_or(0) {
        let name = format!("package-{unit}").into();
        let (ecosystem, version, folder) = (Box::default(), Box::default(), Box::default());
        tree.units.push(Unit { ecosystem, name, version, base: NodeId(0), folder, members: Vec::new(), facts: Vec::new() });
    }
    for (at, file) in (1_u32..).zip(files) {
        tree.nodes.push(node(Some(NodeId(0)), Step::Member { index: at }, file.path, Some(ContentId(file.content))));
        tree.placements.push(Placement {
            unit: file.unit,
            path: file.path.as_bytes().into(),
            role: file.role,
            phase: file.phase,
            functions: None,
        });
        let place = Fact::new(&vocabulary::PLACE, Span::default(), "link")
            .with("path", file.path)
            .with("role", file.role.name())
            .with("phase", file.phase.name())
            .with("extension", file.path.rsplit('.').next().unwrap_or_default());
        let unit = &mut tree.units[file.unit as usize];
        unit.members.push(NodeId(at));
        unit.facts.push((NodeId(at), place));
    }
    tree
}

/// A tree of one script that has these facts.
pub(crate) fn script(facts: &[&str]) -> Tree {
    let facts = (0_u64..).zip(facts).map(|(at, text)| fact(text, at * 10)).collect();
    tree(&[file("run.sh", 0, Role::Code, Phase::Run)], vec![facts])
}

/// Gives a content a problem.
pub(crate) fn with_problem(mut tree: Tree, content: usize, kind: ProblemKind) -> Tree {
    tree.contents[content].problems.push(Problem::new(kind, "it said so"));
    tree
}

/// Judges by the default policy.
pub(crate) fn judged(rules: &Rules, tree: &Tree) -> Judgement {
    judge(rules, &Policy::default(), tree)
}
