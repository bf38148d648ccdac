//! The gate: formatting, lints, tests (the tidy tests among them) and documentation.

use crate::root;
use std::process::Command;

/// One step of the gate.
struct Step {
    what: &'static str,
    arguments: &'static [&'static str],
    rustdocflags: Option<&'static str>,
}

/// In order of how soon each can fail.
const STEPS: &[Step] = &[
    Step { what: "formatting", arguments: &["fmt", "--all", "--check"], rustdocflags: None },
    // Tests may touch the disk, so the methods that `clippy.toml` forbids a crate are forbidden where no test is compiled.
    Step {
        what: "lints of the product",
        arguments: &[
            "clippy",
            "--workspace",
            "--lib",
            "--bins",
            "--locked",
            "--",
            "-D",
            "warnings",
            "-D",
            "clippy::disallowed_methods",
        ],
        rustdocflags: None,
    },
    Step {
        what: "lints of everything",
        arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        rustdocflags: None,
    },
    Step { what: "tests", arguments: &["test", "--workspace", "--locked", "--no-fail-fast"], rustdocflags: None },
    Step {
        what: "documentation",
        arguments: &["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"],
        // Private items are documented too, so links to them resolve.
        rustdocflags: Some("-D warnings -A rustdoc::private_intra_doc_links"),
    },
];

/// Runs every step, also behind one that failed, and names those that failed.
pub fn run() -> Result<(), String> {
    let mut failed = Vec::new();
    for step in STEPS {
        println!("== {}: cargo {}", step.what, step.arguments.join(" "));
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(step.arguments).current_dir(root());
        if let Some(flags) = step.rustdocflags {
            command.env("RUSTDOCFLAGS", flags);
        }
        let status = command.status().map_err(|error| format!("cargo could not be started: {error}"))?;
        if !status.success() {
            failed.push(step.what);
        }
    }
    if failed.is_empty() {
        println!("== all steps passed");
        return Ok(());
    }
    Err(format!("failed: {}", failed.join(", ")))
}
