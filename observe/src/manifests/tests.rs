//! Each manifest: what is read of a good one, a broken one, a hostile one.

use super::*;
use doorward_model::{Limits, ProblemKind};

/// The facts of a content as `kind arguments @bytes`, and the kinds of its problems.
fn seen(bytes: &[u8], format: &str) -> (Vec<String>, Vec<ProblemKind>) {
    let mut facts = Facts::new(&Limits::default());
    observe(bytes, &Reading { format: format.into() }, &mut facts);
    let shown = |fact: &Fact| {
        let args = fact.args.iter().map(|(_, value)| match value {
            Value::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Value::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        });
        let args: Vec<String> = args.collect();
        format!("{} {} @{}", fact.kind.name, args.join("|"), String::from_utf8_lossy(fact.span.bytes(bytes)))
    };
    (facts.facts.iter().map(shown).collect(), facts.problems.iter().map(|problem| problem.kind).collect())
}

fn check(text: &str, expected: &[&str]) {
    let (facts, problems) = seen(text.as_bytes(), "");
    assert_eq!(facts, expected, "{text}");
    assert_eq!(problems, [], "{text}");
}

#[test]
fn npm() {
    check(
        r#"{"name": "x", "version": "1.2", "description": "d", "scripts": {"preinstall": "node \"a\" b", "build": "b"},
            "main": "lib/a.js", "bin": {"x": "cli.js"}, "exports": {".": {"import": "./m.mjs"}}, "gypfile": true,
            "dependencies": {"y": "^1", "z": "git+ssh://h.example/z"}, "devDependencies": {"w": "file:../w"}}"#,
        &[
            r#"package npm|x|1.2|d @"name": "x""#,
            r#"script preinstall|node "a" b|install @node \"a\" b"#,
            "script build|b|run @b",
            "entry main|lib/a.js|import @lib/a.js",
            "entry exports|./m.mjs|import @./m.mjs",
            "entry bin|cli.js|x|run @cli.js",
            r#"dependency y|^1|registry|run @"y": "^1""#,
            r#"dependency z|git+ssh://h.example/z|git|run @"z": "git+ssh://h.example/z""#,
            r#"dependency w|file:../w|path|dev @"w": "file:../w""#,
        ],
    );
    check(
        r#"{"name": "x", "version": "1", "gypfile": true}"#,
        &[r#"package npm|x|1| @"name": "x""#, r#"script install|node-gyp rebuild|install @"gypfile": true"#],
    );
    check(
        r#"{"name": "x", "version": "1", "repository": {"url": "git+https://h.example/o/x.git", "directory": "p/x"},
            "homepage": "https://x.example"}"#,
        &[
            r#"package npm|x|1| @"name": "x""#,
            "package.home git+https://h.example/o/x.git|repository|1 @git+https://h.example/o/x.git",
            "package.home https://x.example|homepage|0 @https://x.example",
        ],
    );
    check(
        r#"{"name": "x", "version": "1", "repository": "o/x"}"#,
        &[r#"package npm|x|1| @"name": "x""#, "package.home o/x|repository|0 @o/x"],
    );
    // Locks, data and settings are no manifests.
    check(r#"{"name": "x", "lockfileVersion": 2, "dependencies": {"a": {"version": "1"}}}"#, &[]);
    check(r#"{"name": "Ann", "age": 3}"#, &[]);
    check(r#"[{"name": "x", "version": "1"}]"#, &[]);
}

#[test]
fn broken_and_hostile_npm() {
    let (facts, problems) = seen(br#"{"name": 5, "scripts": [1], "version": {"a": []}, "main": 7, "bin": [null, "b"]}"#, "");
    assert_eq!(facts, ["entry bin|b|run @b"]);
    assert_eq!(problems, [ProblemKind::Malformed, ProblemKind::Malformed]);

    // What a truncated manifest would have run is told as far as it goes.
    let (facts, problems) = seen(br#"{"name": "x", "scripts": {"install": "evil""#, "");
    assert_eq!(facts, [r#"package npm|x|| @"name": "x""#, "script install|evil|install @evil"]);
    assert_eq!(problems, [ProblemKind::Malformed]);

    // Both values of a key that stands twice are told: readers differ.
    let (facts, problems) =
        seen(br#"{"name": "x", "scripts": {"install": "a", "install": "b"}, "scripts": {"\u0070reinstall": "c"}}"#, "");
    assert_eq!(facts.len(), 4);
    assert_eq!(problems, [ProblemKind::Deceptive, ProblemKind::Deceptive]);

    let deep = format!(r#"{{"name": "x", "version": "1", "exports": {}}}"#, "[".repeat(100_000));
    assert_eq!(seen(deep.as_bytes(), "").1, [ProblemKind::Nesting]);
    let (facts, _) = seen(b"{\"name\": \"x\xff\", \"version\": \"1\"}", "");
    assert_eq!(facts, ["package npm|x\u{fffd}|1| @\"name\": \"x\u{fffd}\""]);
    let long = format!(r#"{{"name": "x", "scripts": {{"install": "{}"}}}}"#, "é".repeat(10_000));
    assert!(seen(long.as_bytes(), "").0[1].len() < 4096 + 20_100);
}

#[test]
fn extensions_of_editors_and_browsers() {
    check(
        r#"{"name": "x", "version": "1", "engines": {"vscode": "^1"}, "activationEvents": ["*"], "main": "./o"}"#,
        &[r#"package vscode|x|1| @"name": "x""#, "entry main|./o|import @./o", "entry extension|./o|open @./o"],
    );
    check(
        r#"{"manifest_version": 3, "name": "x", "version": "1", "permissions": ["tabs"], "optional_permissions": ["history"],
            "background": {"service_worker": "b.js"}, "content_scripts": [{"matches": ["<all_urls>"], "js": ["c.js"]}]}"#,
        &[
            r#"package chrome|x|1| @"name": "x""#,
            "permission tabs|0 @tabs",
            "permission history|1 @history",
            "entry background|b.js|open @b.js",
            "entry content-script|c.js|open @c.js",
            "permission <all_urls>|0 @<all_urls>",
        ],
    );
    check(
        "// tasks\n{\"version\": \"2.0.0\", \"tasks\": [{\"label\": \"a\", \"command\": \"sh\", \"args\": [\"x.sh\"], \
         \"runOptions\": {\"runOn\": \"folderOpen\"},}, {\"label\": \"b\", \"command\": \"no\"}]}",
        &["script folderOpen|sh x.sh|open @{\"label\": \"a\", \"command\": \"sh\", \"args\": [\"x.sh\"], \
           \"runOptions\": {\"runOn\": \"folderOpen\"},}"],
    );
    // What the editor would quote stays one word.
    check(
        r#"{"tasks": [{"command": "sh", "args": ["a 'b'", {"value": "c d"}], "runOptions": {"runOn": "folderOpen"}}]}"#,
        &[concat!(
            r#"script folderOpen|sh 'a '\''b'\''' 'c d'|open "#,
            r#"@{"command": "sh", "args": ["a 'b'", {"value": "c d"}], "runOptions": {"runOn": "folderOpen"}}"#
        )],
    );
    check(
        r#"{"name": "c", "postCreateCommand": ["bash", "x.sh"], "initializeCommand": {"a": "one", "b": "two"}}"#,
        &[
            "script initializeCommand|one|open @one",
            "script initializeCommand|two|open @two",
            r#"script postCreateCommand|bash x.sh|open @["bash", "x.sh"]"#,
        ],
    );
    check(
        r#"{"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "node s.js"}]}]}}"#,
        &["script SessionStart|node s.js|open @node s.js"],
    );
}

#[test]
fn composer_and_gyp() {
    check(
        r#"{"name": "v/x", "require": {"php": ">=8"}, "autoload": {"files": ["f.php"]}, "scripts": {"post-install-cmd": ["@php a"], "cs": "b"}}"#,
        &[
            r#"package composer|v/x|| @"name": "v/x""#,
            "script post-install-cmd|@php a|install @@php a",
            "script cs|b|run @b",
            "entry autoload|f.php|import @f.php",
            r#"dependency php|>=8|registry|run @"php": ">=8""#,
        ],
    );
    check(
        "{ # gyp\n 'targets': [{'target_name': 'x', 'sources': ['<!@(node -p \"f(1)\")'], 'actions': [{'action': ['sh', 'a.sh']}],}]}",
        &[
            "script gyp-action|sh a.sh|install @['sh', 'a.sh']",
            "script gyp-expansion|node -p \"f(1)\"|install @node -p \"f(1)\"",
            "code.eval f(1)|javascript @node -p \"f(1)\"",
        ],
    );
}

#[test]
fn python() {
    check(
        "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nSummary: s\nRequires-Dist: bar[x] >=2 ; extra == 't'\nRequires-Dist: z @ git+https://h.example/z\n\nName: no\n",
        &[
            "package pypi|foo|1.0|s @foo",
            "dependency bar|[x] >=2 ; extra == 't'|registry|optional @bar[x] >=2 ; extra == 't'",
            "dependency z|@ git+https://h.example/z|git|run @z @ git+https://h.example/z",
        ],
    );
    check(
        "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = 'b'\nbackend-path = [\".\"]\n[project]\nname = \"foo\"\nversion = \"1\"\n\
         dependencies = [\"bar>1\"]\n[project.scripts]\nfoo = \"foo.cli:main\"\n[tool.hatch.build.hooks.custom]\npath = \"h.py\"\n",
        &[
            "package pypi|foo|1| @foo",
            "dependency setuptools||registry|build @setuptools",
            "entry build-backend|b|install @b",
            "entry backend-path|.|install @.",
            "dependency bar|>1|registry|run @bar>1",
            "entry console-script|foo.cli:main|foo|run @foo.cli:main",
            "entry build-script|h.py|install @h.py",
        ],
    );
    check(
        "# c\n[tool.poetry]\nname = \"p\"\nversion = \"2\"\nbuild = \"build.py\"\n[tool.poetry.dependencies]\npython = \"^3\"\na = {git = \"https://h.example/a\"}\n",
        &[
            "package pypi|p|2| @p",
            "dependency a|https://h.example/a|git|run @a = {git = \"https://h.example/a\"}",
            "entry build-script|build.py|install @build.py",
        ],
    );
    check(
        "[metadata]\nname = foo\nversion = 3\n[options]\ninstall_requires =\n    bar>=1\n    baz\n[options.entry_points]\nconsole_scripts =\n    foo = foo:main\n",
        &[
            "package pypi|foo|3| @foo",
            "dependency bar|>=1|registry|run @bar>=1\n    baz",
            "dependency baz||registry|run @bar>=1\n    baz",
            "entry console-script|foo:main|foo|run @foo = foo:main",
        ],
    );
    check(
        "[console_scripts]\nfoo = foo.cli:main\n[pytest11]\np = foo.plugin\n",
        &["entry console-script|foo.cli:main|foo|run @foo.cli:main", "entry plugin|foo.plugin|p|open @foo.plugin"],
    );
    assert_eq!(
        seen(b"./lib\nimport os; os.x()\n", "pth").0,
        ["script interpreter-start|import os; os.x()|import @import os; os.x()"]
    );
    assert_eq!(seen(b"import os\n", "python").0, [""; 0]);
}

#[test]
fn homes_of_python_packages() {
    check(
        "Metadata-Version: 2.1\nName: x\nVersion: 1\nHome-page: https://x.example\nProject-URL: Source, https://h.example/o/x\n",
        &[
            "package pypi|x|1| @x",
            "package.home https://x.example|homepage|0 @https://x.example",
            "package.home https://h.example/o/x|homepage|0 @Source, https://h.example/o/x",
        ],
    );
}

#[test]
fn cargo_manifests() {
    check(
        "[package]\nname = \"x\"\nversion = \"1\"\nbuild = \"b.rs\"\n[lib]\nproc-macro = true\n[dependencies]\na = \"1\"\n\
         b = { git = \"https://h.example/b\", optional = true }\n[target.'cfg(unix)'.build-dependencies]\nc = { path = \"../c\" }\n[[bin]]\nname = \"n\"\npath = \"p.rs\"\n",
        &[
            "package crates|x|1| @x",
            "entry build-script|b.rs|build @b.rs",
            "entry proc-macro|src/lib.rs|build @true",
            "entry bin|p.rs|run @p.rs",
            "dependency a|1|registry|run @a = \"1\"",
            "dependency b|https://h.example/b|git|optional @b = { git = \"https://h.example/b\", optional = true }",
            "dependency c|../c|path|build @c = { path = \"../c\" }",
        ],
    );
    check(
        "[build]\nrustc-wrapper = \"./w.sh\"\n[target.x]\nrunner = [\"sh\", \"r.sh\"]\n",
        &["script rustc-wrapper|./w.sh|build @./w.sh", "script runner|sh r.sh|build @[\"sh\", \"r.sh\"]"],
    );
}

#[test]
fn broken_and_hostile_toml() {
    let (facts, problems) = seen(b"[package]\nname = \"x\"\nversion = \n[dependencies]\na = \"1\"\n", "");
    assert_eq!(facts[0], "package crates|x|| @x");
    assert_eq!(problems, [ProblemKind::Malformed]);
    let deep = format!("[package]\nname = \"x\"\nmetadata = {}\n", "[".repeat(50_000));
    assert_eq!(seen(deep.as_bytes(), "").1, [ProblemKind::Malformed]);
    assert_eq!(seen(b"[package]\nname = \"x\"\n# \xff\n", "").1, [ProblemKind::Malformed]);
    assert_eq!(seen(b"[package]\nname = 5\nbuild = [1, 2]\n", "").1, [ProblemKind::Malformed]);
    let large = format!("[package]\nname = \"x\"\n#{}", "x".repeat(2 << 20));
    assert_eq!(seen(large.as_bytes(), "").1, [ProblemKind::ParseLimit]);
}

#[test]
fn debian_gem_and_java() {
    check(
        "Package: x\nVersion: 1-2\nArchitecture: all\nDepends: a (>= 1), b | c\nDescription: short\n long\n",
        &[
            "package deb|x|1-2|short @x",
            "dependency a|(>= 1)|registry|run @a (>= 1), b | c",
            "dependency b||registry|run @a (>= 1), b | c",
            "dependency c||registry|run @a (>= 1), b | c",
        ],
    );
    check("Package: x\nVersion: 1\n\nPackage: y\nVersion: 1\n", &[]);
    check(
        "--- !ruby/object:Gem::Specification\nname: foo\nversion: !ruby/object:Gem::Version\n  version: 1.2\nexecutables:\n- foo\nextensions:\n- ext/extconf.rb\n\
         dependencies:\n- !ruby/object:Gem::Dependency\n  name: bar\n  type: :development\nsummary: s\n",
        &[
            "entry bin|bin/foo|run @- foo",
            "entry extension|ext/extconf.rb|install @- ext/extconf.rb",
            "dependency bar||registry|dev @name: bar",
            "package gem|foo|1.2|s @foo",
        ],
    );
    check(
        "# frozen\nGem::Specification.new do |s|\n  s.name = 'foo'\n  s.version = \"1\"\n  s.extensions = %w[a/extconf.rb b.rb]\n  s.summary = \"#{x}\"\nend\n",
        &[
            "entry extension|a/extconf.rb|install @%w[a/extconf.rb b.rb]",
            "entry extension|b.rb|install @%w[a/extconf.rb b.rb]",
            "package gem|foo|1| @'foo'",
        ],
    );
    check(
        "Manifest-Version: 1.0\r\nMain-Class: com.ex\r\n ample.Main\r\nPremain-Class: A\r\nImplementation-Title: t\r\n\r\nName: x\r\n",
        &["package maven|t|| @t", "entry main|com.example.Main|run @com.ex\r\n ample.Main", "entry premain|A|import @A"],
    );
    check("#Generated\ngroupId=g\nartifactId=a\nversion=1\n", &["package maven|g:a|1| @a"]);
    check(
        "<project xmlns=\"m\"><artifactId>a</artifactId><groupId>g</groupId><version>1</version><dependencies><dependency>\
         <groupId>h</groupId><artifactId>b</artifactId><scope>test</scope></dependency></dependencies></project>",
        &["package maven|g:a|1| @a", "dependency h:b||registry|dev @<dependency>"],
    );
    check(
        "<?xml version=\"1.0\"?><package><metadata><id>n</id><version>2</version><dependencies><dependency id=\"d\" version=\"3\"/>\
         </dependencies></metadata></package>",
        &["package nuget|n|2| @n", "dependency d|3|registry|run @<dependency id=\"d\" version=\"3\"/>"],
    );
    check("<Project><Target><Exec Command=\"a &amp; b\"/></Target></Project>", &["script msbuild-exec|a & b|build @a &amp; b"]);
}

#[test]
fn no_manifests() {
    for text in [
        "",
        "\0\0",
        "import os\n",
        "x = 1\n[a]\n",
        "# just a comment",
        "Name: x\n",
        "key: value\n",
        "<html></html>",
        "{",
        "[1, 2]",
        "--- yaml\n",
        "\u{feff}",
        "{\"scripts\"",
        "[package",
        "//",
        "/*",
        "Metadata-Version",
        "a=\n",
    ] {
        assert_eq!(seen(text.as_bytes(), ""), (vec![], vec![]), "{text}");
    }
}

#[test]
fn truncated_and_flipped_manifests_end() {
    let wholes = [
        &br#"{"name": "x", "version": "1", "scripts": {"install": "a"}, "exports": {"a": ["b"]}, "tasks": [{"runOptions": {}}]}"#
            [..],
        b"[package]\nname = \"x\"\nversion = \"1\"\n[dependencies]\na = { git = \"g\" }\n[build-system]\nrequires = [\"a\"]\n",
        b"[metadata]\nname = x\n[options]\ninstall_requires =\n  a\n",
        b"Metadata-Version: 2.1\nName: x\nRequires-Dist: a; extra == 'b'\n",
        b"--- !ruby/object:Gem::Specification\nname: x\nextensions:\n- a\n",
        b"<project><artifactId>a</artifactId><dependencies><dependency><scope>b</scope></dependency></dependencies></project>",
        b"Manifest-Version: 1.0\nMain-Class: a\n b\nClass-Path: c d\n",
        b"Gem::Specification.new do |s|\n s.name = \"a\"\n s.extensions = [\"b\", 'c']\nend\n",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for whole in wholes {
        for cut in 0..whole.len() {
            seen(&whole[..cut], "");
        }
        for _ in 0..2_000 {
            let mut bytes = whole.to_vec();
            for _ in 0..2 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = usize::try_from(state >> 33).unwrap() % bytes.len();
                bytes[at] ^= 1 << (state >> 60 & 7);
            }
            seen(&bytes, "pth");
            seen(&bytes, "");
        }
    }
}
