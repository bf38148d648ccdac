//! Language front ends: each lowers its syntax tree to the neutral form, and knows no rules and no APIs.

pub(crate) mod batch;
pub(crate) mod javascript;
pub(crate) mod powershell;
pub(crate) mod python;
pub(crate) mod rust;
pub(crate) mod shell;

use crate::neutral::{Lowered, Module};

/// A language that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    /// Python 2 and 3.
    Python,
    /// JavaScript and TypeScript.
    JavaScript,
    /// The shell of POSIX and bash.
    Shell,
    /// Command lines of Windows.
    Batch,
    /// PowerShell.
    PowerShell,
    /// Rust.
    Rust,
}

impl Language {
    /// The language of a format, if it is followed.
    pub(crate) fn of(format: &str) -> Option<Self> {
        Some(match format {
            "python" => Self::Python,
            "javascript" | "typescript" => Self::JavaScript,
            "shell" => Self::Shell,
            "batch" => Self::Batch,
            "powershell" => Self::PowerShell,
            "rust" => Self::Rust,
            _ => return None,
        })
    }

    /// As the bench names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Shell => "shell",
            Self::Batch => "batch",
            Self::PowerShell => "powershell",
            Self::Rust => "rust",
        }
    }

    /// Whether its calls are commands.
    pub(crate) fn is_shell(self) -> bool {
        matches!(self, Self::Shell | Self::Batch | Self::PowerShell)
    }

    /// Lowers a source and hands its neutral form to `then`.
    pub(crate) fn lower(self, source: &str, then: &mut dyn FnMut(&Module<'_>)) -> Lowered {
        match self {
            Self::Python => python::lower(source, then),
            Self::JavaScript => javascript::lower(source, then),
            Self::Shell => shell::lower(source, then),
            Self::Batch => batch::lower(source, then),
            Self::PowerShell => powershell::lower(source, then),
            Self::Rust => rust::lower(source, then),
        }
    }
}
