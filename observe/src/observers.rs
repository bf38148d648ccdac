//! The table of all observers. To add one: its file, one `mod` line, one row here.

use crate::matcher::Found;
use crate::text::{Subject, addresses, characters, checks, constants, credentials, far_right, keys, urls};
use crate::{Facts, binaries, bytecode, manifests, meaning};
use doorward_model::{FactKind, Reading, vocabulary};

/// Looks at one content and says what it sees.
pub struct Observer {
    /// Name; the `by` of its facts.
    pub name: &'static str,
    /// Raised with every change of what it sees, so that caches notice.
    pub version: u32,
    pub(crate) looks: Looks,
}

/// How an observer looks at a content.
pub(crate) enum Looks {
    /// At the whole of it; it returns at once where the reading is none of its business.
    Whole(fn(&[u8], &Reading, &mut Facts)),
    /// At the whole of it, where it is text.
    Text(fn(&Subject, &mut Facts)),
    /// At the whole of it, where it is code.
    Code(fn(&Subject, &mut Facts)),
    /// At the whole of it, where it is code and somebody compares versions; its facts are told of kinds in [`COMPARED`].
    Compared(fn(&Subject, &mut Facts)),
    /// At the whole of it, text or not.
    Any(fn(&Subject, &mut Facts)),
    /// At each place of its marks, which are found in the one pass of the matcher, in order.
    Marks(&'static [&'static [u8]], fn(&Subject, Found, &mut Facts)),
}

/// Kinds of facts that are of use to whoever compares two versions, and to nobody else. They take time, are many, and are bounded
/// apart from all others, so that an audit says the same whether they are asked for or not.
pub static COMPARED: [&FactKind; 2] = [&vocabulary::CHECK, &vocabulary::CRYPTO_CONSTANT];

/// Names of observers, for the table and for their facts.
pub(crate) mod names {
    pub(crate) const URLS: &str = "urls";
    pub(crate) const KEYS: &str = "keys";
    pub(crate) const CREDENTIALS: &str = "credentials";
    pub(crate) const ADDRESSES: &str = "addresses";
    pub(crate) const CHARACTERS: &str = "characters";
    pub(crate) const FAR_RIGHT: &str = "far-right";
    pub(crate) const CHECKS: &str = "checks";
    pub(crate) const CHECKS_OFF: &str = "checks-off";
    pub(crate) const CONSTANTS: &str = "constants";
    pub(crate) const MATCHER: &str = "matcher";
    pub(crate) const YARA: &str = "yara";
    pub(crate) const MEANING: &str = "meaning";
    pub(crate) const BYTECODE: &str = "bytecode";
    pub(crate) const CONTENT: &str = "content";
}

/// All observers, in the order in which they run.
pub static OBSERVERS: &[Observer] = &[
    Observer { name: names::URLS, version: 1, looks: Looks::Marks(urls::MARKS, urls::observe) },
    Observer { name: names::KEYS, version: 1, looks: Looks::Marks(keys::MARKS, keys::observe) },
    Observer { name: names::CREDENTIALS, version: 1, looks: Looks::Marks(credentials::MARKS, credentials::observe) },
    Observer { name: names::ADDRESSES, version: 1, looks: Looks::Any(addresses::observe) },
    Observer { name: names::CHARACTERS, version: 1, looks: Looks::Text(characters::observe) },
    Observer { name: names::FAR_RIGHT, version: 1, looks: Looks::Code(far_right::observe) },
    Observer { name: names::CHECKS, version: 1, looks: Looks::Compared(checks::observe) },
    Observer { name: names::CHECKS_OFF, version: 1, looks: Looks::Marks(checks::MARKS, checks::off) },
    Observer { name: names::CONSTANTS, version: 1, looks: Looks::Compared(constants::observe) },
    Observer { name: "manifests", version: 2, looks: Looks::Whole(manifests::observe) },
    Observer { name: "binaries", version: 1, looks: Looks::Whole(binaries::observe) },
    Observer { name: names::BYTECODE, version: 1, looks: Looks::Whole(bytecode::observe) },
    Observer { name: names::MEANING, version: 2, looks: Looks::Whole(meaning::observe) },
];
