//! What runs when: calls, imports and starts from file to file.

use super::*;

/// A summary of calls and imports: `calls` as pairs, imports as module and the function that asks.
fn summary(calls: &[(u32, u32)], imports: &[(&str, u32)]) -> Option<Box<Summary>> {
    let import = |(module, function): &(&str, u32)| Import {
        module: (*module).into(),
        dots: 0,
        item: None,
        function: *function,
        span: Span::default(),
    };
    let imports = imports.iter().map(import).collect();
    Some(Box::new(Summary { whole: true, calls: calls.into(), imports, program: Some(9), ..Summary::default() }))
}

#[test]
fn code_runs_when_what_calls_or_imports_it_does() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let facts = vec![package("npm", "x"), script("postinstall", "node go.js", "install"), entry("main", "index.js", "import")];
    build.member(root, "package.json", "json", facts);
    for (name, calls, imports) in [
        ("go.js", &[(0, 1), (1, 2), (9, 3)][..], &[("./early", 2), ("./late", 4)][..]),
        ("early.js", &[], &[("./cycle", 0)]),
        ("late.js", &[], &[]),
        ("cycle.js", &[(5, 6)], &[("./early", 0)]),
        ("index.js", &[(0, 7)], &[("./late", 8)]),
        ("test/t.js", &[], &[("../late", 0)]),
    ] {
        let id = build.member(root, name, "javascript", vec![]);
        let content = build.tree.node(id).content.unwrap();
        build.tree.contents[content.0 as usize].summary = summary(calls, imports);
    }
    let tree = build.linked();
    let shown: Vec<String> = tree.placements[2..]
        .iter()
        .map(|placement| {
            let functions = placement.functions.iter().flat_map(|all| all.iter());
            let functions: Vec<String> = functions.map(|(function, phase)| format!("{function} {}", phase.name())).collect();
            format!("{}: {} [{}]", String::from_utf8_lossy(&placement.path), placement.phase.name(), functions.join(", "))
        })
        .collect();
    assert_eq!(
        shown,
        [
            "go.js: install [0 install, 1 install, 2 install, 3 install, 9 install]",
            "early.js: install [0 install]",
            "late.js: run []",
            "cycle.js: install [0 install]",
            "index.js: import [0 import, 7 import]",
            "test/t.js: test []",
        ]
    );
    assert_eq!((tree.placements[6].phase_of(7), tree.placements[6].phase_of(8)), (Phase::Import, Phase::Run));
}

#[test]
fn what_a_program_starts_runs_when_it_does() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let facts = vec![package("npm", "x"), script("postinstall", "node lib/go.js", "install")];
    build.member(root, "package.json", "json", facts);
    let starts = |command: &str, function: u32| {
        let fact = Fact::new(&PROCESS_SPAWN, Span::default(), "meaning").with("command", command);
        Fact { function, ..fact }
    };
    let threads = Fact::new(&CODE_LOAD, Span::default(), "meaning").with("module", "\u{2026}/thread.js");
    let go = vec![starts("node beside.js \u{2026}", 0), starts("node top.js", 1), starts("node late.js", 2), threads];
    for (name, facts, calls) in [
        ("lib/go.js", go, &[(0, 1)][..]),
        ("lib/beside.js", vec![starts("node ./go.js", 0)], &[(9, 3)]),
        ("lib/thread.js", vec![], &[]),
        ("top.js", vec![], &[]),
        ("late.js", vec![], &[]),
    ] {
        let id = build.member(root, name, "javascript", facts);
        let content = build.tree.node(id).content.unwrap();
        build.tree.contents[content.0 as usize].summary = summary(calls, &[]);
    }
    let tree = build.linked();
    let phases: Vec<&str> = tree.placements[2..].iter().map(|placement| placement.phase.name()).collect();
    assert_eq!(phases, ["install", "install", "install", "install", "run"]);
    assert_eq!(tree.placements[3].phase_of(3), Phase::Install, "what is started is the program itself");
}

/// Facts of link about packages as a whole: the node and the arguments of each.
fn odd(tree: &Tree) -> Vec<String> {
    let kinds = ["name.like", "version.absurd", "package.empty", "package.clone"];
    let facts = tree.units.iter().flat_map(|unit| &unit.facts).filter(|(_, fact)| kinds.contains(&fact.kind.name));
    let shown = |(node, fact): &(NodeId, Fact)| {
        let args = fact.args.iter().map(|(_, value)| match value {
            Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Value::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        });
        format!("{} {} {}{}", node.0, fact.kind.name, args.collect::<Vec<_>>().join("|"), ["", " <-"][fact.steps.len().min(1)])
    };
    facts.map(shown).collect()
}

#[test]
fn what_is_odd_about_a_package_is_said_of_its_manifest_and_of_what_runs_by_itself() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let package = Fact::new(&PACKAGE, Span::new(2, 9), "manifests").with("ecosystem", "npm").with("name", "expresss");
    let home =
        Fact::new(&PACKAGE_HOME, Span::new(20, 30), "manifests").with("url", "git+https://forge.example/expressjs/express.git");
    let like = Fact::new(&DEPENDENCY, Span::new(30, 40), "manifests").with("name", "lodahs").with("requirement", "1");
    let facts = vec![
        package.with("version", "99.0.1"),
        script("preinstall", "node go.js", "install"),
        home.with("what", "repository").with("part", false),
        like.with("source", "registry").with("when", "run"),
    ];
    build.member(root, "p/package.json", "json", facts);
    let run = build.member(root, "p/go.js", "javascript", vec![]);
    build.tree.contents[build.tree.nodes[run.0 as usize].content.unwrap().0 as usize].len = 500;
    assert_eq!(
        odd(&build.linked()),
        [
            "1 name.like lodahs|lodash|edit|dependency",
            "2 name.like expresss|express|letters|package <-",
            "2 version.absurd 99.0.1 <-",
            "2 package.empty 1 <-",
            "2 package.clone express|longer|git+https://forge.example/expressjs/express.git <-",
            "1 name.like expresss|express|letters|package",
            "1 version.absurd 99.0.1",
            "1 package.empty 1",
            "1 package.clone express|longer|git+https://forge.example/expressjs/express.git",
        ]
    );
}

#[test]
fn a_package_without_a_manifest_has_the_name_of_its_folder() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    build.files(root, &["reqeusts-2.1.0/setup.py", "reqeusts-2.1.0/reqeusts/__init__.py"]);
    assert_eq!(
        odd(&build.linked()),
        [
            "1 name.like reqeusts|requests|edit|package",
            "1 package.empty 1",
            "2 name.like reqeusts|requests|edit|package",
            "2 package.empty 1"
        ],
        "a file of one byte is no code"
    );
    let (mut build, root) = Build::root(Kind::File, "gzip");
    let tar = build.layer(root, "tar", vec![]);
    build.member(tar, "flask-1.0/PKG-INFO", "text", vec![package("pypi", "flask")]);
    build.files(tar, &["flask-1.0/flask/__init__.py"]);
    assert_eq!(odd(&build.linked()), [] as [&str; 0]);
}
