//! What the tests of whole packages share.

use doorward_engine::{Audit, Lane, Setup, audit_files};
use doorward_judge::{Policy, Rules};
use doorward_model::{Limits, Report};

/// Audits files, each behind a line `-- path --`, in this process.
pub fn audit(package: &str) -> Report {
    let (limits, policy, rules) = (Limits::default(), Policy::default(), Rules::builtin());
    let spill = std::env::temp_dir();
    let audit = Audit { limits: &limits, rules: &rules, policy: &policy, yara: &[], spill: &spill };
    let mut lane = Lane::here(Setup::new(&rules, &[], &limits, false)).expect("the observers compile");
    let mut files: Vec<(&str, String)> = Vec::new();
    for line in package.lines() {
        match line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            Some(path) => files.push((path, String::new())),
            None => {
                if let Some((_, text)) = files.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    audit_files(&audit, &files, &mut lane).expect("the files are audited")
}
