//! Runs the stages over a whole tree within limits: inputs, store, worklist, workers. Knows no output format.
//!
//! Start reading at [`run`].

mod coverage;
mod examine;
mod fault;
mod git;
mod index_file;
mod input;
mod lane;
mod protocol;
mod reopen;
mod rules_test;
mod run;
mod store;
mod worker;
mod worklist;

pub use fault::Fault;
pub use git::Repository;
pub use index_file::{read_index, write_index};
pub use input::{Hashed, Input, hash_file, hash_folder};
pub use lane::{Lane, Setup};
pub use reopen::{Reopened, reopen};
pub use rules_test::{ExampleRun, test_rules};
pub use run::{audit, audit_files, index};
pub use worker::serve;

/// Whether a frame decodes as a reply, a request or a setup of the protocol between parent and workers. For fuzzing.
pub fn decodes(frame: &[u8]) -> bool {
    let is_setup = protocol::decode::<Setup>(frame).is_ok();
    protocol::decode_reply(frame).is_ok() | protocol::decode_request(frame).is_ok() | is_setup
}

use doorward_judge::{Policy, Rules, YaraSources};
use doorward_model::Limits;
use std::path::Path;

/// What an audit is run with.
pub struct Audit<'a> {
    /// Limits.
    pub limits: &'a Limits,
    /// Rules.
    pub rules: &'a Rules,
    /// Policy.
    pub policy: &'a Policy,
    /// The user's YARA sources, which the lanes were set up with.
    pub yara: &'a YaraSources,
    /// Folder for the unlinked files in which large contents wait.
    pub spill: &'a Path,
}

/// Is told how far an audit is. Shapes no report.
pub trait Progress: Sync {
    /// One more content was examined.
    fn examined(&self, bytes: u64);
}

/// No progress is wanted.
impl Progress for () {
    fn examined(&self, _bytes: u64) {}
}
