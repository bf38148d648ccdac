//! The same input, rules and policy give the same report, byte for byte.

use crate::{audit, audit_input, doorward};
use std::fs;
use std::path::Path;

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/planted")
}

/// Copies a folder of plain files.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn threads_runs_and_folders_change_no_byte() {
    let elsewhere = tempfile::tempdir().unwrap();
    let other = elsewhere.path().join("some/other place");
    copy(&fixtures(), &other);
    let first = audit(&fixtures(), &["--threads", "1", "--facts"]);
    assert!(!first.json["findings"].as_array().unwrap().is_empty());
    for (path, threads) in [(&fixtures(), "8"), (&fixtures(), "1"), (&other, "2"), (&other, "8")] {
        let again = audit(path, &["--threads", threads, "--facts"]);
        assert_eq!(first.bytes, again.bytes, "{} with {threads} threads", path.display());
    }
}

#[test]
fn a_file_and_standard_input_give_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("planted.tar.gz");
    let mut tar = std::process::Command::new("tar");
    tar.arg("-C").arg(fixtures()).args(["--sort=name", "--mtime=@0", "-czf"]).arg(&path).arg(".");
    assert!(tar.status().unwrap().success());
    let from_file = audit(&path, &["--facts"]);
    let from_input = audit_input(&fs::read(&path).unwrap(), &["--facts"]);
    assert!(!from_file.json["findings"].as_array().unwrap().is_empty());
    assert_eq!(from_file.bytes, from_input.bytes);
}

#[test]
fn bulk_lines_come_in_order_and_say_what_single_audits_say() {
    let folder = tempfile::tempdir().unwrap();
    let mut list = String::new();
    for index in 0..40 {
        let path = folder.path().join(format!("{index}.sh"));
        fs::write(&path, format!("#!/bin/sh\necho {index}\n")).unwrap();
        list += &format!("{}\n", path.display());
    }
    list += "/nonexistent\n";
    let list_path = folder.path().join("list");
    fs::write(&list_path, list).unwrap();
    let run = |threads: &str| {
        let output = doorward().args(["audit", "--each", "--threads", threads, "--files-from"]).arg(&list_path).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, one) = run("1");
    assert_eq!(code, Some(2), "one input could not be read");
    assert_eq!(run("8").1, one);
    let lines: Vec<serde_json::Value> = one.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 41);
    for (index, line) in lines[..40].iter().enumerate() {
        assert!(line["input"].as_str().unwrap().ends_with(&format!("/{index}.sh")));
        assert_eq!(line["verdict"], "pass");
    }
    assert!(lines[40]["error"].as_str().unwrap().contains("/nonexistent"));
}
