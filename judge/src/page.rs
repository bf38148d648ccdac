//! The rule page: one Markdown file that is the rule, its documentation and its test. `docs/rules.md` describes the format.
//!
//! Of Markdown only headings and fenced blocks are read; all else is prose and kept as it is.

use crate::condition::Condition;
use crate::example::Example;
use crate::pattern::{self, PagePattern};
use crate::syntax;
use doorward_model::Grade;
use serde::Deserialize;

/// A rule, as its page gives it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The page's path below `rules/`, without its suffix.
    pub id: Box<str>,
    /// The whole page.
    pub text: Box<str>,
    /// First heading.
    pub title: Box<str>,
    /// Id in the taxonomy of doors.
    pub door: Box<str>,
    /// What it would mean if true.
    pub severity: Grade,
    /// How often it is true.
    pub confidence: Grade,
    /// Which facts are judged together.
    pub scope: Scope,
    /// Who could use the door, where the page says so.
    pub opens_to: Option<Box<str>>,
    /// The prose between the title and the first section.
    pub summary: Box<str>,
    /// Sections: heading and prose, in order.
    pub sections: Vec<(Box<str>, Box<str>)>,
    /// What must and what must not match.
    pub examples: Vec<Example>,
    pub(crate) patterns: Vec<PagePattern>,
    pub(crate) condition: Condition,
    /// Line of the condition's first line.
    pub(crate) condition_line: usize,
}

/// Which facts a rule judges together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Facts of one function of one content, and of its place.
    Function,
    /// Facts of one content, and of its place.
    Content,
    /// Facts of all files of a package.
    Package,
    /// Facts of everything audited.
    Tree,
}

/// What is wrong with a page, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageError {
    /// Id of the page.
    pub id: Box<str>,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub what: Box<str>,
}

impl std::fmt::Display for PageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.md:{}: {}", self.id, self.line, self.what)
    }
}

impl std::error::Error for PageError {}

/// The `toml` block at the top of a page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    door: Box<str>,
    severity: Grade,
    confidence: Grade,
    scope: Scope,
    opens_to: Option<Box<str>>,
}

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub info: &'a str,
    pub body: String,
    /// Line of the body's first line, counted from 1.
    pub line: usize,
}

/// What a page is made of before its blocks are understood.
#[derive(Default)]
struct Parts<'a> {
    title: Option<&'a str>,
    summary: String,
    sections: Vec<(Box<str>, String)>,
    blocks: Vec<Block<'a>>,
}

impl Rule {
    /// Reads a page. `id` is its path below the folder of rules, without its suffix.
    ///
    /// # Errors
    /// What the page lacks or says wrongly, with the line. What is readable and still bad is for `lint`.
    pub fn parse(id: &str, text: &str) -> Result<Self, PageError> {
        read(id, text).map_err(|(line, what)| PageError { id: id.into(), line, what: what.into() })
    }

    /// The names of the page's patterns, by their number in the lexicon.
    pub(crate) fn pattern_names(&self) -> impl Iterator<Item = (u32, &str)> {
        self.patterns.iter().map(|pattern| (pattern.id, &*pattern.name))
    }
}

fn read(id: &str, text: &str) -> Result<Rule, syntax::Wrong> {
    let parts = split(text)?;
    let Some(first) = parts.blocks.first().filter(|block| block.info == "toml") else {
        return Err((1, "a page starts with a ```toml block: door, severity, confidence, scope".into()));
    };
    let header: Header = toml::from_str(&first.body).map_err(|error| toml_error(&error, first))?;
    let title = parts.title.ok_or((first.line, "the page has no `# Title`".to_owned()))?;
    let mut patterns = Vec::new();
    for block in parts.blocks.iter().filter(|block| block.info == "patterns") {
        patterns.extend(pattern::read(block)?);
    }
    let mut whens = parts.blocks.iter().filter(|block| block.info == "when");
    let when = whens.next().ok_or((first.line, "the page has no ```when block: its condition".to_owned()))?;
    if let Some(second) = whens.next() {
        return Err((second.line, "the page has a second ```when block; one rule has one condition".into()));
    }
    let examples = parts.blocks.iter().filter_map(|block| Example::read(block).transpose()).collect::<Result<_, _>>()?;
    Ok(Rule {
        id: id.into(),
        text: text.into(),
        title: title.into(),
        door: header.door,
        severity: header.severity,
        confidence: header.confidence,
        scope: header.scope,
        opens_to: header.opens_to,
        summary: parts.summary.trim().into(),
        sections: parts.sections.into_iter().map(|(heading, prose)| (heading, prose.trim().into())).collect(),
        examples,
        patterns,
        condition: syntax::condition(&when.body, when.line)?,
        condition_line: when.line,
    })
}

/// Splits a page into headings, prose and fenced blocks.
fn split(text: &str) -> Result<Parts<'_>, syntax::Wrong> {
    let mut parts = Parts::default();
    let mut open: Option<(&str, Block<'_>)> = None;
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match open.take() {
            Some((fence, block)) if ticks.len() >= fence.len() && line.trim_end().len() == ticks.len() => {
                parts.blocks.push(block)
            }
            Some((fence, mut block)) => {
                block.body.push_str(line);
                block.body.push('\n');
                open = Some((fence, block));
            }
            None if ticks.len() >= 3 => {
                let info = line[ticks.len()..].trim();
                open = Some((ticks, Block { info, body: String::new(), line: number + 1 }));
            }
            None => parts.prose(number, line)?,
        }
    }
    match open {
        Some((_, block)) => Err((block.line - 1, "this block is never closed".into())),
        None => Ok(parts),
    }
}

impl<'a> Parts<'a> {
    fn prose(&mut self, number: usize, line: &'a str) -> Result<(), syntax::Wrong> {
        if let Some(heading) = line.strip_prefix("## ") {
            self.sections.push((heading.trim().into(), String::new()));
        } else if let Some(title) = line.strip_prefix("# ") {
            if self.title.replace(title.trim()).is_some() {
                return Err((number, "the page has a second title; use `##` for its sections".into()));
            }
        } else {
            let prose = self.sections.last_mut().map_or(&mut self.summary, |(_, prose)| prose);
            prose.push_str(line);
            prose.push('\n');
        }
        Ok(())
    }
}

/// The line and the words of an error in a block of TOML.
pub(crate) fn toml_error(error: &toml::de::Error, block: &Block<'_>) -> syntax::Wrong {
    let start = error.span().map_or(0, |span| span.start);
    let above = block.body.bytes().take(start).filter(|byte| *byte == b'\n').count();
    (block.line + above, error.message().to_owned())
}
