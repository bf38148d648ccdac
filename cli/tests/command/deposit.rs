//! `doorward deposit`: a list holds for the folder that it was made of, and for no other; so does a proof for a file.

use crate::{Ran, audit, doorward};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// Runs `doorward deposit`: exit status, standard output, standard error.
fn deposit(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let ran = Ran::of(doorward().current_dir(folder).arg("deposit").args(arguments).output().expect("it runs"));
    (ran.code, ran.out, ran.err)
}

/// A folder with a deposit `in`, and its root.
fn made() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("in");
    fs::create_dir_all(path.join("src/empty")).expect("folders");
    for (name, text) in [("README", "a lantern\n"), ("src/a b.c", "int a;\n"), ("src/wick.c", "int wick;\n"), ("zero", "")] {
        fs::write(path.join(name), text).expect("a file");
    }
    symlink("src/wick.c", path.join("link")).expect("a link");
    let (code, said, error) = deposit(folder.path(), &["create", "in", "--output", "list"]);
    assert_eq!((code, &*error), (0, ""), "{said}");
    let root = said.lines().find_map(|line| line.strip_prefix("root ")).expect("a root").to_owned();
    assert!(said.starts_with("5 files, 37 bytes\n"), "{said}");
    (folder, root)
}

#[test]
fn a_list_holds_for_its_folder() {
    let (folder, root) = made();
    let (code, said, _) = deposit(folder.path(), &["check", "list", "in", "--root", &root]);
    assert_eq!(code, 0, "{said}");
    let (_, printed, _) = deposit(folder.path(), &["create", "in"]);
    assert_eq!(printed, fs::read_to_string(folder.path().join("list")).expect("the list"));
    let (code, said, _) = deposit(folder.path(), &["check", "list", "in", "--root", &"0".repeat(64)]);
    assert_eq!(code, 1, "another root: {said}");
}

#[test]
fn every_alteration_of_a_folder_is_told() {
    type Alter = fn(&Path);
    let alterations: [(&str, Alter); 7] = [
        ("changed  src/wick.c\n", |path| fs::write(path.join("src/wick.c"), "int Wick;\n").unwrap()),
        ("removed  zero\n", |path| fs::remove_file(path.join("zero")).unwrap()),
        ("added    src/.hidden\n", |path| fs::write(path.join("src/.hidden"), "").unwrap()),
        ("added    src/\\u{202e}c\n", |path| fs::write(path.join("src/\u{202e}c"), "").unwrap()),
        ("changed  README: it may run otherwise", |path| {
            fs::set_permissions(path.join("README"), PermissionsExt::from_mode(0o755)).unwrap();
        }),
        ("changed  link\n", |path| {
            fs::remove_file(path.join("link")).unwrap();
            symlink("/etc/passwd", path.join("link")).unwrap();
        }),
        ("removed  README\n", |path| fs::rename(path.join("README"), path.join("readme")).unwrap()),
    ];
    for (expected, alter) in alterations {
        let (folder, _) = made();
        alter(&folder.path().join("in"));
        let (code, said, _) = deposit(folder.path(), &["check", "list", "in"]);
        assert_eq!(code, 1, "{expected}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn a_proof_holds_for_its_file_alone() {
    let (folder, root) = made();
    let (code, proof, _) = deposit(folder.path(), &["open", "list", "src/a b.c"]);
    assert_eq!(code, 0);
    assert!(!proof.contains("wick") && !proof.contains("README"), "it names no other file: {proof}");
    fs::write(folder.path().join("proof"), &proof).expect("a file");
    let (code, said, _) = deposit(folder.path(), &["verify", "proof", "in/src/a b.c", "--root", &root]);
    assert_eq!(code, 0, "{said}");
    let (code, ..) = deposit(folder.path(), &["verify", "proof", "in/src/wick.c", "--root", &root]);
    assert_eq!(code, 1, "another file");
    let (code, ..) = deposit(folder.path(), &["verify", "proof", "in/src/a b.c", "--root", &"0".repeat(64)]);
    assert_eq!(code, 1, "another deposit");
    fs::write(folder.path().join("proof"), proof.replace("src/a b.c", "src/b.c")).expect("a file");
    let (code, _, error) = deposit(folder.path(), &["verify", "proof", "in/src/a b.c", "--root", &root]);
    assert_eq!((code, error.contains("does not lead to the root")), (2, true), "{error}");
}

#[test]
fn what_cannot_be_sealed_is_said() {
    let (folder, _) = made();
    let (code, _, error) = deposit(folder.path(), &["open", "list", "src/none.c"]);
    assert_eq!((code, error.contains("no file src/none.c")), (2, true), "{error}");
    let socket = std::os::unix::net::UnixListener::bind(folder.path().join("in/socket")).expect("a socket");
    let (code, said, error) = deposit(folder.path(), &["create", "in"]);
    assert_eq!((code, &*said, error.contains("in/socket: a socket")), (2, "", true), "{error}");
    drop(socket);
    let (code, _, error) = deposit(folder.path(), &["create", "nowhere"]);
    assert_eq!((code, error.contains("nowhere")), (2, true), "{error}");
}

#[test]
fn an_audit_of_a_sealed_folder_is_of_level_one() {
    let (folder, root) = made();
    let (list, path) = (folder.path().join("list"), folder.path().join("in"));
    let list = list.to_str().expect("UTF-8");
    let sealed = audit(&path, &["--deposit", list]);
    assert_eq!((&sealed.json["assurance"], &sealed.json["deposit"]), (&"L1".into(), &root.as_str().into()));
    let plain = audit(&path, &[]);
    assert_eq!((&plain.json["assurance"], plain.json.get("deposit")), (&"L0".into(), None));
    fs::write(path.join("src/wick.c"), "int Wick;\n").expect("a file");
    let ran = Ran::of(doorward().arg("audit").arg(&path).args(["--deposit", list]).output().expect("it runs"));
    assert_eq!((ran.code, ran.err.contains("changed  src/wick.c")), (2, true), "{}", ran.err);
    let file = path.join("README");
    let ran = Ran::of(doorward().arg("audit").arg(&file).args(["--deposit", list]).output().expect("it runs"));
    assert_eq!((ran.code, ran.err.contains("one folder")), (2, true), "{}", ran.err);
}
