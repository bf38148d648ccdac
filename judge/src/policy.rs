//! The policy: what the reader of a report asks for. Version 0: levels, what makes an audit incomplete, users' YARA rules.

use crate::page::{Block, PageError, toml_error};
use doorward_model::{Digest, Grade, Level, ProblemKind};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The text of the policy that is in force unless another is named.
pub const DEFAULT: &str = include_str!("../../policies/default.toml");

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name, as the report gives it.
    pub name: Box<str>,
    /// SHA-256 of its text.
    pub digest: Digest,
    levels: Table,
    anywhere: Vec<ProblemKind>,
    where_it_runs: Vec<ProblemKind>,
    yara: Stated,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    name: Box<str>,
    levels: Table,
    incomplete: Incomplete,
    yara: Stated,
}

/// Levels by severity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    high: Row,
    medium: Row,
    low: Row,
}

/// Levels by confidence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    high: Level,
    medium: Level,
    low: Level,
}

/// Levels of users' YARA rules, by the severity that their metadata state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stated {
    high: Level,
    medium: Level,
    low: Level,
    unstated: Level,
}

/// Names of the problems that make an audit incomplete.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Incomplete {
    anywhere: Vec<toml::Spanned<Box<str>>>,
    where_it_runs: Vec<toml::Spanned<Box<str>>>,
}

impl Default for Policy {
    fn default() -> Self {
        Self::parse("default", DEFAULT).unwrap_or_else(|error| unreachable!("a test holds that it parses: {error}"))
    }
}

impl Policy {
    /// Reads a policy. `id` is what errors call it.
    ///
    /// # Errors
    /// What is wrong, and the line.
    pub fn parse(id: &str, text: &str) -> Result<Self, PageError> {
        let block = Block { info: "toml", body: text.to_owned(), line: 1 };
        let failed = |line: usize, what: String| PageError { id: id.into(), line, what: what.into() };
        let file: File = toml::from_str(text).map_err(|error| {
            let (line, what) = toml_error(&error, &block);
            failed(line, what)
        })?;
        if file.version != 0 {
            let line = 1 + text.lines().position(|line| line.starts_with("version")).unwrap_or(0);
            return Err(failed(line, format!("version {} of policies is not known here; known is 0", file.version)));
        }
        let kinds = |names: &[toml::Spanned<Box<str>>]| {
            let kinds = names.iter().map(|name| {
                let line = 1 + text.bytes().take(name.span().start).filter(|byte| *byte == b'\n').count();
                let known = ProblemKind::ALL.iter().find(|(_, known, _)| *known == &**name.get_ref());
                known.map(|(kind, ..)| *kind).ok_or_else(|| failed(line, format!("there is no problem `{}`", name.get_ref())))
            });
            kinds.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            name: file.name,
            digest: Digest(Sha256::digest(text.as_bytes()).into()),
            levels: file.levels,
            anywhere: kinds(&file.incomplete.anywhere)?,
            where_it_runs: kinds(&file.incomplete.where_it_runs)?,
            yara: file.yara,
        })
    }

    /// The level of a finding.
    pub fn level(&self, severity: Grade, confidence: Grade) -> Level {
        let row = match severity {
            Grade::High => &self.levels.high,
            Grade::Medium => &self.levels.medium,
            Grade::Low => &self.levels.low,
        };
        match confidence {
            Grade::High => row.high,
            Grade::Medium => row.medium,
            Grade::Low => row.low,
        }
    }

    /// The level of a hit of a user's YARA rule; `None` where the rule states no severity.
    pub fn yara_level(&self, severity: Option<Grade>) -> Level {
        match severity {
            Some(Grade::High) => self.yara.high,
            Some(Grade::Medium) => self.yara.medium,
            Some(Grade::Low) => self.yara.low,
            None => self.yara.unstated,
        }
    }

    /// Whether a problem makes the audit incomplete. `runs` says that what has the problem runs by itself or is a root.
    pub fn is_incomplete(&self, kind: ProblemKind, runs: bool) -> bool {
        self.anywhere.contains(&kind) || (runs && self.where_it_runs.contains(&kind))
    }
}
