//! Units, roles and phases of the layouts that package managers really make, built by hand.

mod code;

use doorward_link::link;
use doorward_model::{
    Content, ContentId, Digest, Examined, Fact, Kind, Meta, Node, NodeId, Phase, Reading, Root, Span, Step, Summary, Tree, Value,
    summary::Import,
    vocabulary::{CODE_LOAD, DEPENDENCY, ENTRY, PACKAGE, PACKAGE_HOME, PLACE, PROCESS_SPAWN, SCRIPT},
};

/// A tree in the making.
#[derive(Default)]
struct Build {
    tree: Tree,
}

impl Build {
    fn root(kind: Kind, format: &str) -> (Self, NodeId) {
        let mut build = Self::default();
        build.tree.roots.push(Root { kind, digest: None, bytes: 0 });
        let id = build.node(None, Step::Root { index: 0 }, "", kind, format, vec![]);
        (build, id)
    }

    fn node(&mut self, parent: Option<NodeId>, step: Step, name: &str, kind: Kind, format: &str, facts: Vec<Fact>) -> NodeId {
        let content = (kind == Kind::File).then(|| self.content(format, 1, facts));
        let meta = Meta { kind, mode: Some(0o644), ..Meta::default() };
        self.tree.nodes.push(Node { parent, step, name: name.as_bytes().into(), meta, content });
        NodeId(self.tree.nodes.len() as u32 - 1)
    }

    fn content(&mut self, format: &str, len: u64, facts: Vec<Fact>) -> ContentId {
        let number = self.tree.contents.len() as u32;
        let mut digest = Digest::default();
        digest.0[..4].copy_from_slice(&number.to_le_bytes());
        let reading = Reading { format: format.into() };
        let content = Content {
            digest,
            len,
            reading,
            examined: Examined::Scanned,
            functions: vec!["".into()],
            facts,
            problems: vec![],
            summary: None,
        };
        self.tree.contents.push(content);
        ContentId(number)
    }

    fn member(&mut self, parent: NodeId, name: &str, format: &str, facts: Vec<Fact>) -> NodeId {
        self.node(Some(parent), Step::Member { index: 0 }, name, Kind::File, format, facts)
    }

    fn layer(&mut self, parent: NodeId, format: &str, facts: Vec<Fact>) -> NodeId {
        self.node(Some(parent), Step::Layer, "", Kind::File, format, facts)
    }

    fn files(&mut self, parent: NodeId, names: &[&str]) {
        for name in names {
            let format = if name.ends_with(".py") {
                "python"
            } else if name.ends_with(".js") || name.ends_with(".rs") {
                "javascript"
            } else {
                "text"
            };
            self.member(parent, name, format, vec![]);
        }
    }

    fn linked(mut self) -> Tree {
        link(&mut self.tree, &group);
        assert_eq!(self.tree.placements.len(), self.tree.nodes.len());
        self.tree
    }
}

fn group(format: &str) -> &'static str {
    match format {
        "python" | "javascript" | "shell" => "code",
        "elf" => "binary",
        "tar" | "gzip" | "zip" | "ar" => "archive",
        "text" => "text",
        _ => "data",
    }
}

fn package(ecosystem: &str, name: &str) -> Fact {
    let fact = Fact::new(&PACKAGE, Span::new(2, 9), "manifests");
    fact.with("ecosystem", ecosystem).with("name", name).with("version", "1.0").with("summary", "")
}

fn script(event: &str, command: &str, phase: &str) -> Fact {
    Fact::new(&SCRIPT, Span::new(10, 20), "manifests").with("event", event).with("command", command).with("phase", phase)
}

fn entry(event: &str, path: &str, phase: &str) -> Fact {
    Fact::new(&ENTRY, Span::new(10, 20), "manifests").with("event", event).with("path", path).with("phase", phase)
}

/// Every unit as `ecosystem name base folder: path role phase, ...` of its members.
fn shown(tree: &Tree) -> Vec<String> {
    let member = |id: &NodeId| {
        let placement = &tree.placements[id.0 as usize];
        format!("{} {} {}", String::from_utf8_lossy(&placement.path), placement.role.name(), placement.phase.name())
    };
    let unit = |unit: &doorward_model::Unit| {
        let members: Vec<String> = unit.members.iter().map(member).collect();
        let folder = String::from_utf8_lossy(&unit.folder);
        format!("{} {} {} {folder}: {}", unit.ecosystem, unit.name, unit.base.0, members.join(", "))
    };
    tree.units.iter().map(unit).collect()
}

#[test]
fn npm_tgz() {
    let (mut build, root) = Build::root(Kind::File, "gzip");
    let tar = build.layer(root, "tar", vec![]);
    let facts = vec![
        package("npm", "x"),
        script("postinstall", "node ./scripts/go && npm run more", "install"),
        script("more", "sh tools/more.sh", "run"),
        script("build", "node tools/build.js", "run"),
        entry("main", "lib", "import"),
        entry("bin", "cli.js", "run"),
    ];
    build.member(tar, "package/package.json", "json", facts);
    build.files(
        tar,
        &[
            "package/scripts/go.js",
            "package/tools/more.sh",
            "package/tools/build.js",
            "package/lib/index.js",
            "package/lib/other.js",
            "package/cli.js",
            "package/test/a.js",
            "package/README.md",
            "stray/x.js",
        ],
    );
    let tree = build.linked();
    assert_eq!(
        shown(&tree),
        [
            "npm x 1 package/:  data run,  data run, ../stray/x.js code run, README.md doc run, cli.js code run, lib/index.js code import, \
          lib/other.js code run, package.json manifest run, scripts/go.js build install, test/a.js test test, tools/build.js code run, \
          tools/more.sh build install"
        ]
    );
    let unit = &tree.units[0];
    let about = |id: u32| unit.facts.iter().filter(|(node, fact)| node.0 == id && *fact.kind == SCRIPT).count();
    // go.js and more.sh carry the script that names them; the manifest carries its three scripts.
    assert_eq!((about(2), about(3), about(4), about(5)), (3, 1, 2, 1));
    let (_, fact) = unit.facts.iter().find(|(node, fact)| node.0 == 3 && *fact.kind == SCRIPT).unwrap();
    assert_eq!(fact.text("event"), Some("postinstall"));
    assert_eq!((fact.steps[0].content, fact.steps[0].span), (Some(ContentId(2)), Span::new(10, 20)));
}

#[test]
fn place_facts_say_what_is_known_of_a_file() {
    let (mut build, root) = Build::root(Kind::File, "zip");
    let file = build.member(root, "pkg/tool.SH", "shell", vec![]);
    build.tree.nodes[file.0 as usize].meta.mode = Some(0o755);
    let step = Step::Decoded { from: Span::new(0, 4), codec: "base64".into() };
    let hidden = build.node(Some(file), step, "", Kind::File, "elf", vec![]);
    let carved = build.node(Some(root), Step::Carved { from: Span::new(0, 1) }, "", Kind::File, "zip", vec![]);
    build.member(carved, "x", "text", vec![]);
    let tree = build.linked();
    let place = |id: u32| {
        let (_, fact) = tree.units[0].facts.iter().find(|(node, fact)| node.0 == id && *fact.kind == PLACE).unwrap();
        let text = |name: &str| fact.text(name).unwrap().to_owned();
        let bit = |name: &str| fact.number(name).unwrap();
        let texts = ["path", "name", "extension", "format", "group", "role", "phase"].map(text).join(" ");
        (texts, bit("executable"), bit("hidden"), bit("carved"))
    };
    assert_eq!(place(1), ("pkg/tool.SH tool.SH sh shell code code run".into(), 1, 0, 0));
    assert_eq!(place(hidden.0), ("pkg/tool.SH tool.SH sh elf binary code run".into(), 0, 1, 0));
    assert_eq!(place(carved.0).3, 1);
    assert_eq!(place(carved.0 + 1).0, "x x  text text data run");
    assert_eq!(place(carved.0 + 1).3, 0, "an archive that was carved accounts for its members");
    assert_eq!(tree.units.len(), 1);
}

#[test]
fn wheel() {
    let (mut build, root) = Build::root(Kind::File, "zip");
    build.files(root, &["foo/__init__.py", "foo/a.py", "foo.pth", "setup.py"]);
    build.member(root, "foo-1.0.dist-info/METADATA", "text", vec![package("pypi", "foo")]);
    build.member(root, "foo-1.0.dist-info/entry_points.txt", "text", vec![entry("console-script", "foo.a:main", "run")]);
    build.files(root, &["foo-1.0.dist-info/RECORD"]);
    assert_eq!(
        shown(&build.linked()),
        ["pypi foo 0 :  data run, foo-1.0.dist-info/METADATA manifest run, foo-1.0.dist-info/RECORD manifest run, \
          foo-1.0.dist-info/entry_points.txt manifest run, foo.pth code import, foo/__init__.py code import, foo/a.py code run, \
          setup.py code run"]
    );
}

#[test]
fn sdist() {
    let (mut build, root) = Build::root(Kind::File, "gzip");
    let tar = build.layer(root, "tar", vec![]);
    build.member(tar, "foo-1.0/PKG-INFO", "text", vec![package("pypi", "foo")]);
    let facts =
        vec![package("pypi", "Foo"), entry("build-backend", "back.end", "install"), entry("backend-path", "tools", "install")];
    build.member(tar, "foo-1.0/pyproject.toml", "toml", facts);
    build.member(tar, "foo-1.0/src/foo.egg-info/PKG-INFO", "text", vec![package("pypi", "foo")]);
    build.files(
        tar,
        &[
            "foo-1.0/setup.py",
            "foo-1.0/src/foo/__init__.py",
            "foo-1.0/sub/setup.py",
            "foo-1.0/conftest.py",
            "foo-1.0/tools/back/end.py",
        ],
    );
    assert_eq!(
        shown(&build.linked()),
        [
            "pypi foo 1 foo-1.0/:  data run,  data run, PKG-INFO manifest run, conftest.py build open, pyproject.toml manifest run, \
          setup.py build install, src/foo.egg-info/PKG-INFO manifest run, src/foo/__init__.py code import, sub/setup.py code run, \
          tools/back/end.py build install"
        ]
    );
}

#[test]
fn lone_setup_py_and_payload_without_manifest() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    build.files(root, &["a/setup.py", "a/b/setup.py", "loose.py"]);
    assert_eq!(shown(&build.linked()), ["  0 : loose.py code run", "pypi  0 a/: b/setup.py code run, setup.py build install"],);
    let (build, _) = Build::root(Kind::File, "python");
    assert_eq!(shown(&build.linked()), ["  0 :  code run"]);
}

#[test]
fn deb() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let deb = build.member(root, "x_1_all.deb", "ar", vec![]);
    // The parts stand before the member that marks the package: order must not matter.
    let control = build.member(deb, "control.tar.xz", "xz", vec![]);
    let data = build.member(deb, "data.tar.xz", "xz", vec![]);
    build.files(deb, &["debian-binary"]);
    let control = build.layer(control, "tar", vec![]);
    let data = build.layer(data, "tar", vec![]);
    build.member(control, "./control", "text", vec![package("deb", "x")]);
    build.files(control, &["./postinst", "./md5sums"]);
    build.files(data, &["./usr/bin/x.py", "./usr/share/doc/x/copyright"]);
    let tree = build.linked();
    assert_eq!(
        shown(&tree),
        ["deb x 1 :  data run, DEBIAN/control manifest run, DEBIAN/md5sums manifest run, DEBIAN/postinst build install, \
          control.tar.xz data run, control.tar.xz data run, data.tar.xz data run, data.tar.xz data run, debian-binary manifest run, \
          usr/bin/x.py code run, usr/share/doc/x/copyright doc run"]
    );
    let scripts = tree.units[0].facts.iter().filter(|(_, fact)| fact.text("event") == Some("postinst"));
    assert_eq!(scripts.map(|(_, fact)| fact.text("phase")).collect::<Vec<_>>(), [Some("install")]);
}

#[test]
fn gem() {
    let (mut build, root) = Build::root(Kind::File, "tar");
    let metadata = build.member(root, "metadata.gz", "gzip", vec![]);
    let data = build.member(root, "data.tar.gz", "gzip", vec![]);
    build.files(root, &["checksums.yaml.gz"]);
    build.layer(metadata, "yaml", vec![package("gem", "foo-bar"), entry("extension", "ext/foo/extconf.rb", "install")]);
    let data = build.layer(data, "tar", vec![]);
    build.member(data, "foo.gemspec", "ruby", vec![package("gem", "foo-bar")]);
    build.files(data, &["ext/foo/extconf.rb", "lib/foo/bar.rb", "Rakefile"]);
    assert_eq!(
        shown(&build.linked()),
        [
            "gem foo-bar 0 :  data run, Rakefile build build, checksums.yaml.gz manifest run, data.tar.gz data run, data.tar.gz data run, \
          ext/foo/extconf.rb build install, foo.gemspec manifest run, lib/foo/bar.rb code import, metadata.gz manifest run, \
          metadata.gz manifest run"
        ]
    );
}

#[test]
fn crate_jar_vsix_and_nupkg() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let krate = build.member(root, "a-1.crate", "gzip", vec![]);
    let jar = build.member(root, "b.jar", "zip", vec![]);
    let vsix = build.member(root, "c.vsix", "zip", vec![]);
    let nupkg = build.member(root, "d.nupkg", "zip", vec![]);
    let tar = build.layer(krate, "tar", vec![]);
    build.member(tar, "a-1/Cargo.toml", "toml", vec![package("crates", "a"), entry("proc-macro", "src/lib.rs", "build")]);
    build.files(tar, &["a-1/build.rs", "a-1/src/lib.rs"]);
    build.member(jar, "META-INF/MANIFEST.MF", "text", vec![package("maven", "bundle"), entry("premain", "b.Agent", "import")]);
    build.member(jar, "META-INF/maven/g/b/pom.properties", "text", vec![package("maven", "g:b")]);
    build.files(jar, &["b/Agent.class"]);
    build.files(vsix, &["extension.vsixmanifest"]);
    build.member(vsix, "extension/package.json", "json", vec![package("vscode", "c"), entry("extension", "./out/main", "open")]);
    build.files(vsix, &["extension/out/main.js"]);
    build.member(nupkg, "d.nuspec", "xml", vec![package("nuget", "d")]);
    build.files(nupkg, &["tools/install.ps1", "build/d.targets"]);
    assert_eq!(
        shown(&build.linked()),
        [
            "maven g:b 2 :  data run, META-INF/MANIFEST.MF manifest run, META-INF/maven/g/b/pom.properties manifest run, \
             b/Agent.class code import",
            "vscode c 3 extension/:  data run, ../extension.vsixmanifest manifest run, out/main.js code open, package.json manifest run",
            "nuget d 4 :  data run, build/d.targets build build, d.nuspec manifest run, tools/install.ps1 build install",
            "crates a 5 a-1/:  data run,  data run, Cargo.toml manifest run, build.rs build build, src/lib.rs code build",
        ]
    );
}

#[test]
fn nested_packages_are_units_and_copies_are_not() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let install = script("postinstall", "node x.js", "install");
    build.member(root, "package.json", "json", vec![package("npm", "x")]);
    build.member(root, "dist/package.json", "json", vec![package("npm", "x")]);
    build.member(root, "esm/package.json", "json", vec![]);
    build.member(root, "node_modules/y/package.json", "json", vec![package("npm", "y"), install.clone()]);
    build.member(root, "test/fixtures/z/package.json", "json", vec![package("npm", "z"), install]);
    build.files(root, &["node_modules/y/x.js", "test/fixtures/z/x.js", "index.js"]);
    assert_eq!(
        shown(&build.linked()),
        [
            "npm x 0 : dist/package.json manifest run, esm/package.json manifest run, index.js code import, package.json manifest run",
            "npm y 0 node_modules/y/: package.json manifest run, x.js build install",
            "npm z 0 test/fixtures/z/: package.json test test, x.js test test",
        ]
    );
}

#[test]
fn archives_inside_a_package_belong_to_it() {
    let (mut build, root) = Build::root(Kind::File, "zip");
    build.member(root, "package.json", "json", vec![package("npm", "x")]);
    let inner = build.member(root, "assets/data.zip", "zip", vec![]);
    build.files(inner, &["payload.py", "setup.py"]);
    let own = build.member(root, "vendor.zip", "zip", vec![]);
    build.member(own, "Cargo.toml", "toml", vec![package("crates", "y")]);
    build.files(own, &["a"]);
    assert_eq!(
        shown(&build.linked()),
        [
            "npm x 0 :  data run, assets/data.zip data run, assets/data.zip/payload.py code run, assets/data.zip/setup.py code run, \
             package.json manifest run, vendor.zip data run",
            "crates y 5 : Cargo.toml manifest run, a data run",
        ]
    );
}

#[test]
fn installed_distributions_share_a_folder() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    build.member(root, "lib/a_b-1.dist-info/METADATA", "text", vec![package("pypi", "A.B")]);
    build.member(root, "lib/c-1.dist-info/METADATA", "text", vec![package("pypi", "c")]);
    build.files(root, &["lib/a_b/__init__.py", "lib/c.py", "lib/other/x.py", "lib/c-1.dist-info/RECORD"]);
    assert_eq!(
        shown(&build.linked()),
        [
            "  0 : lib/other/x.py code run",
            "pypi A.B 0 lib/: a_b-1.dist-info/METADATA manifest run, a_b/__init__.py code import",
            "pypi c 0 lib/: c-1.dist-info/METADATA manifest run, c-1.dist-info/RECORD manifest run, c.py code import",
        ]
    );
}

#[test]
fn binding_gyp_means_an_install_script() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    build.member(root, "package.json", "json", vec![package("npm", "x")]);
    build.member(root, "binding.gyp", "gyp", vec![script("gyp-expansion", "node find.js", "install")]);
    build.files(root, &["find.js"]);
    let tree = build.linked();
    assert_eq!(shown(&tree), ["npm x 0 : binding.gyp build install, find.js build install, package.json manifest run"]);
    assert!(tree.units[0].facts.iter().any(|(id, fact)| id.0 == 2 && fact.text("command") == Some("node-gyp rebuild")));
}

#[test]
fn editors_shells_and_hooks_run_when_a_folder_is_opened() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    build.member(root, ".vscode/tasks.json", "json", vec![script("folderOpen", "node ./x/run.js", "open")]);
    build.files(root, &["x/run.js", ".envrc", ".git/hooks/pre-commit", "data.json"]);
    assert_eq!(
        shown(&build.linked()),
        [
            "  0 : .envrc build open, .git/hooks/pre-commit build open, .vscode/tasks.json build open, data.json data run, x/run.js code open"
        ]
    );
}

#[test]
fn directories_may_be_nested_nodes_and_have_no_members() {
    let (mut build, root) = Build::root(Kind::Directory, "");
    let folder = build.node(Some(root), Step::Member { index: 0 }, "pkg", Kind::Directory, "", vec![]);
    build.member(folder, "package.json", "json", vec![package("npm", "x")]);
    let deeper = build.node(Some(folder), Step::Member { index: 1 }, "lib", Kind::Directory, "", vec![]);
    build.files(deeper, &["a.js"]);
    let link = build.node(Some(folder), Step::Member { index: 2 }, "link", Kind::Symlink, "", vec![]);
    let tree = build.linked();
    assert_eq!(shown(&tree), ["npm x 0 pkg/: lib/a.js code run, package.json manifest run"]);
    assert_eq!(&*tree.placements[link.0 as usize].path, b"link");
    assert!(tree.placements.iter().all(|placement| placement.unit == 0));
}

#[test]
fn payload_archives_belong_to_the_file_they_were_written_in() {
    let (mut build, root) = Build::root(Kind::File, "python");
    let zip =
        build.node(Some(root), Step::Decoded { from: Span::new(0, 9), codec: "base64".into() }, "", Kind::File, "zip", vec![]);
    build.files(zip, &["a/run.py", "b.py"]);
    let tree = build.linked();
    assert_eq!(shown(&tree), ["  0 :  code run,  code run, a/run.py code run, b.py code run"]);
    assert!(tree.units[0].facts.iter().filter(|(_, fact)| fact.number("hidden") == Some(1)).count() == 3);
}

#[test]
fn hostile_trees_end() {
    // A container in a container in a container, each with a name of 64 KB.
    let name = "n".repeat(65_536);
    let (mut build, root) = Build::root(Kind::File, "zip");
    let mut at = root;
    for _ in 0..32 {
        at = build.member(at, &name, "zip", vec![]);
    }
    for _ in 0..100 {
        build.member(at, "package.json", "json", vec![]);
    }
    // A folder so deep that it may not form a unit.
    build.member(root, &format!("{}package.json", "a/".repeat(30_000)), "json", vec![package("npm", "deep")]);
    let tree = build.linked();
    assert!(tree.placements.iter().map(|placement| placement.path.len()).sum::<usize>() < 32 * 70_000 + 200_000);
    assert!(tree.units.iter().all(|unit| &*unit.name != "deep"));
}

#[test]
fn a_million_members_are_linked_in_seconds() {
    let (mut build, root) = Build::root(Kind::File, "tar");
    let empty = build.content("empty", 0, vec![]);
    for index in 0..1_000_000_u32 {
        build.tree.nodes.push(Node {
            parent: Some(root),
            step: Step::Member { index },
            name: format!("d{}/f{index}", index % 1000).into_bytes().into(),
            meta: Meta::default(),
            content: Some(empty),
        });
    }
    // Units by the thousand among them.
    let manifest = build.content("json", 9, vec![package("npm", "x"), script("install", "node f1", "install")]);
    for index in 0..1000 {
        let name = format!("d{index}/package.json").into_bytes().into();
        let step = Step::Member { index };
        build.tree.nodes.push(Node { parent: Some(root), step, name, meta: Meta::default(), content: Some(manifest) });
    }
    let start = std::time::Instant::now();
    let tree = build.linked();
    // An order of magnitude above what it takes unoptimised, so that a slow machine does not fail it.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
    assert_eq!(tree.units.len(), 1001);
    assert_eq!(tree.units.iter().map(|unit| unit.members.len()).sum::<usize>(), 1_001_001);
}
