//! The report for a person at a terminal: verdict, coverage, items by door, problems, what to do next.
//!
//! To be read in a minute. Never says that an input is clean: the words "no undeclared door found" stand only in one sentence
//! with the level of assurance and the coverage.

use crate::excerpt::Excerpt;
use crate::inventory::{first_places, inventory};
use crate::json::problems;
use crate::names::{self, inert, shown};
use crate::place;
use crate::why::phase;
use anstyle::{AnsiColor, Style};
use doorward_model::{Digest, Evidence, Finding, Level, NodeId, ProblemKind, Report, Step, Verdict, doors};
use std::collections::BTreeMap;

/// Most pieces of evidence that are shown for one item.
const EVIDENCE_SHOWN_MAX: usize = 4;
/// Most other places that are shown for one item.
const ALSO_SHOWN_MAX: usize = 4;
/// Most places that are shown for one kind of problem.
const PROBLEMS_SHOWN_MAX: usize = 3;
/// Most reasons for an incomplete audit that are shown.
const REASONS_SHOWN_MAX: usize = 10;

/// How to write for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions<'o> {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Notes too.
    pub all: bool,
    /// Most items to print; how many more there are is said.
    pub items_max: usize,
    /// What the operator called each input, in order; bytes, made visible here.
    pub names: &'o [Vec<u8>],
    /// The file that the JSON went to, where it went to one.
    pub saved: Option<&'o str>,
    /// The report's digest, where it is known.
    pub digest: Option<Digest>,
}

impl Default for TerminalOptions<'_> {
    fn default() -> Self {
        Self { color: false, width: 100, all: false, items_max: 50, names: &[], saved: None, digest: None }
    }
}

/// The report as text.
pub fn terminal(report: &Report, options: &TerminalOptions<'_>) -> String {
    let mut writing = Writing { report, options, first: first_places(&report.tree), text: String::new() };
    writing.verdict();
    writing.coverage();
    writing.items();
    writing.problems();
    writing.hints();
    writing.text
}

struct Writing<'r> {
    report: &'r Report,
    options: &'r TerminalOptions<'r>,
    first: Vec<Option<NodeId>>,
    text: String,
}

impl Writing<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// One line.
    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    /// A paragraph, broken at blanks to the width.
    fn wrapped(&mut self, indent: usize, text: &str) {
        wrapped(&mut self.text, self.options.width, indent, text);
    }

    fn count(&self, level: Level) -> usize {
        self.report.judgement.findings.iter().filter(|finding| finding.level == level && self.report.counts(finding)).count()
    }

    fn verdict(&mut self) {
        let (alarms, reviews) = (self.count(Level::Alarm), self.count(Level::Review));
        let judgement = &self.report.judgement;
        let (word, color) = match judgement.verdict {
            Verdict::Pass => ("PASS", AnsiColor::Green),
            Verdict::Fail => ("FAIL", AnsiColor::Red),
            Verdict::Incomplete => ("INCOMPLETE", AnsiColor::Yellow),
        };
        let word = self.paint(color.on_default().bold(), word);
        let counts = format!("{}, {} to review", counted(alarms, "alarm"), counted(reviews, "item"));
        if alarms + reviews == 0 && judgement.verdict == Verdict::Pass {
            let coverage = &self.report.coverage;
            let hashed = coverage.examined.get("hashed").copied().unwrap_or_default();
            let examined = coverage.contents.saturating_sub(hashed.contents);
            let level = inert(&self.report.assurance).into_owned();
            let text = format!(
                "{word}  No undeclared door found at level {level} in the {} of {} ({} of {}) that were examined.",
                examined,
                counted(coverage.contents, "content"),
                bytes(coverage.bytes.saturating_sub(hashed.bytes)),
                bytes(coverage.bytes)
            );
            self.line(&text);
        } else {
            self.line(&format!("{word}  {counts}"));
        }
        let reasons = &judgement.incomplete_because;
        for reason in reasons.iter().take(REASONS_SHOWN_MAX) {
            let reason = format!("incomplete: {}", inert(reason));
            self.wrapped(2, &reason);
        }
        if reasons.len() > REASONS_SHOWN_MAX {
            let more = format!(
                "  and {} more; see `incomplete_because` in the JSON",
                counted(reasons.len() - REASONS_SHOWN_MAX, "reason")
            );
            self.line(&more);
        }
    }

    fn coverage(&mut self) {
        let coverage = &self.report.coverage;
        let how = [
            ("opened", "opened"),
            ("parsed", "parsed"),
            ("scanned", "searched but not parsed"),
            ("hashed", "only hashed, not examined"),
        ];
        let how = how.map(|(name, words)| (coverage.examined.get(name).copied().unwrap_or_default(), words));
        let how: Vec<_> = how
            .iter()
            .filter(|(count, _)| count.contents > 0)
            .map(|(count, words)| format!("{} {words} ({})", count.contents, bytes(count.bytes)))
            .collect();
        let (files, contents, size) =
            (counted(coverage.files, "file"), counted(coverage.contents, "content"), bytes(coverage.bytes));
        let how = if how.is_empty() { "nothing to examine".into() } else { how.join(", ") };
        let examined = format!("Examined  {files} with {contents}, {size}: {how}.");
        let problems: Vec<_> = coverage.problems.iter().filter(|(_, count)| **count > 0).collect();
        let problems: Vec<_> = problems.iter().map(|(kind, count)| format!("{count} {}", shown(kind.as_bytes()))).collect();
        let problems = if problems.is_empty() { "none met".into() } else { problems.join(", ") };
        let (rules, level) = (&self.report.rules, inert(&self.report.assurance).into_owned());
        let start: String = rules.digest.to_string().chars().take(12).collect();
        let policy = inert(&rules.policy).into_owned();
        let stamp = format!(
            "Level     {level}, {}. Judged by {} ({start}) and policy {policy}.",
            assurance(&level),
            counted(rules.count, "rule")
        );
        self.wrapped(0, &examined);
        self.wrapped(0, &format!("Problems  {problems}."));
        self.inventory();
        if let Some(root) = &self.report.deposit {
            self.wrapped(0, &format!("Deposit   {root}"));
        }
        if let Some(baseline) = &self.report.baseline {
            let known = counted(baseline.known.len(), "finding");
            self.wrapped(0, &format!("Known     {known} that the baseline has: not counted here, marked in the JSON."));
        }
        self.wrapped(0, &stamp);
        if !self.report.repeatable {
            self.wrapped(0, "Not repeatable: a watchdog ended part of the work, so another run may see more or less.");
        }
        if let Some(digest) = self.options.digest {
            self.line(&format!("Digest    {digest}"));
        }
    }

    /// How much of each kind of thing there is to know; the JSON lists them.
    fn inventory(&mut self) {
        let inventory = inventory(&self.report.tree, &self.first);
        let counts = [
            (inventory.packages.len(), "package"),
            (inventory.destinations.len(), "destination"),
            (inventory.keys.len(), "key"),
            (inventory.scripts.len(), "command"),
            (inventory.binaries.len(), "executable"),
        ];
        let counts: Vec<_> = counts.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
        if !counts.is_empty() {
            self.wrapped(0, &format!("Holds     {}; listed in the JSON.", counts.join(", ")));
        }
    }

    fn items(&mut self) {
        let report = self.report;
        let wanted = |finding: &&Finding| (self.options.all || finding.level > Level::Note) && report.counts(finding);
        let mut items: Vec<&Finding> = report.judgement.findings.iter().filter(wanted).collect();
        // A stable sort: within a door the order of the judgement stays.
        items.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.door.cmp(&b.door)));
        let mut heading = None;
        for finding in items.iter().take(self.options.items_max) {
            if heading != Some((finding.level, &finding.door)) {
                heading = Some((finding.level, &finding.door));
                self.heading(finding);
            }
            self.item(finding);
        }
        if items.len() > self.options.items_max {
            let more =
                format!("{} more, not shown here; the JSON holds all.", counted(items.len() - self.options.items_max, "item"));
            self.text.push('\n');
            self.line(&more);
        }
    }

    fn heading(&mut self, finding: &Finding) {
        let (word, style) = level(finding.level);
        let word = self.paint(style, word);
        let name = doors::door(&finding.door).map_or(String::new(), |door| format!(" {}", door.name));
        let name = self.paint(Style::new().bold(), &format!("{}{name}", inert(&finding.door)));
        self.text.push('\n');
        self.line(&format!("{word}  {name}"));
    }

    fn item(&mut self, finding: &Finding) {
        let fingerprint = inert(&finding.fingerprint).into_owned();
        let title = self.paint(Style::new().bold(), &inert(&finding.title));
        let facts = format!(
            "{}  {fingerprint}  severity {}, confidence {}",
            inert(&finding.rule),
            names::grade(finding.severity),
            names::grade(finding.confidence)
        );
        self.text.push('\n');
        self.line(&format!("  {title}"));
        self.line(&format!("  {facts}"));
        let mut runs = format!("Runs {}", phase(finding.phase));
        finding.guards.iter().for_each(|guard| runs.push_str(&format!(", {}", inert(guard))));
        self.wrapped(4, &format!("{runs}."));
        if let Some(state) = finding.state {
            self.line(&format!("    Against the declaration: {}", names::state(state)));
        }
        let mut node_before = None;
        for evidence in finding.evidence.iter().take(EVIDENCE_SHOWN_MAX) {
            self.evidence(evidence, node_before);
            node_before = Some(evidence.node);
        }
        if finding.evidence.is_empty() {
            let place = self.place(finding.node);
            self.line(&format!("    {place}"));
        }
        if finding.evidence.len() > EVIDENCE_SHOWN_MAX {
            let more = finding.evidence.len() - EVIDENCE_SHOWN_MAX;
            self.line(&format!("    and {more} more pieces of evidence"));
        }
        let also: Vec<_> = finding.also.iter().take(ALSO_SHOWN_MAX).map(|node| self.place(*node)).collect();
        if let Some(also) = place::also(&also, finding.places) {
            self.wrapped(4, &format!("Also in: {also}"));
        }
        if let Some(who) = &finding.opens_to {
            self.wrapped(4, &format!("Opens to: {}", inert(who)));
        }
        if !finding.parts.is_empty() {
            let parts: Vec<_> = finding.parts.iter().map(|part| inert(part)).collect();
            self.wrapped(4, &format!("Parts: {}", parts.join(", ")));
        }
        let saved = self.options.saved.and_then(|saved| argument(saved.as_bytes())).unwrap_or_else(|| "REPORT".into());
        let root = place::root(&self.report.tree, finding.node) as usize;
        let input = self.options.names.get(root).and_then(|name| argument(name)).unwrap_or_else(|| "PATH".into());
        self.line(&format!("    Bytes: doorward show {saved} {fingerprint} --in {input}"));
    }

    fn place(&self, node: NodeId) -> String {
        let tree = &self.report.tree;
        match self.options.names.get(place::root(tree, node) as usize) {
            Some(name) => place::path_from(tree, node, &shown(name)),
            None => place::path(tree, node),
        }
    }

    fn evidence(&mut self, evidence: &Evidence, node_before: Option<NodeId>) {
        let mut spot = self.place(evidence.node);
        if node_before == Some(evidence.node) {
            spot = "same place".into();
        }
        match evidence.line {
            0 => spot.push_str(&format!(" @ {:#x}", evidence.span.start)),
            // `base64@31:2:1` would read as one number; a name in an archive or a directory is a file as editors know it.
            line => match self.report.tree.nodes.get(evidence.node.0 as usize).map(|node| &node.step) {
                Some(Step::Root { .. } | Step::Member { .. }) => spot.push_str(&format!(":{line}:{}", evidence.column)),
                _ => spot.push_str(&format!(", line {line}, column {}", evidence.column)),
            },
        }
        let spot = self.paint(AnsiColor::Cyan.on_default(), &spot);
        self.line(&format!("    {spot}"));
        self.wrapped(6, &format!("{}: {}", inert(&evidence.kind), inert(&evidence.says)));
        let Evidence { excerpt, excerpt_start, span, line, column, .. } = evidence;
        let excerpt = Excerpt { bytes: excerpt, start: *excerpt_start, span: *span, line: *line, column: *column };
        let excerpt = excerpt.render(self.options.width.saturating_sub(6).max(34), self.options.color);
        excerpt.lines().for_each(|line| self.line(&format!("      {line}")));
    }

    fn problems(&mut self) {
        let mut by_kind: BTreeMap<ProblemKind, Vec<_>> = BTreeMap::new();
        for problem in problems(self.report, &self.first) {
            by_kind.entry(problem.2.kind).or_default().push(problem);
        }
        if !by_kind.is_empty() {
            self.text.push('\n');
            let heading = self.paint(Style::new().bold(), "Not examined whole, or not accounted for");
            self.line(&heading);
        }
        for (kind, problems) in by_kind {
            let meaning = ProblemKind::ALL.iter().find(|(known, ..)| *known == kind).map_or("", |(_, _, meaning)| meaning);
            self.wrapped(2, &format!("{} {}: {meaning}", problems.len(), kind.name()));
            for (node, _, problem) in problems.iter().take(PROBLEMS_SHOWN_MAX) {
                let at = problem.span.map_or(String::new(), |span| format!(" @ {:#x}", span.start));
                self.wrapped(4, &format!("{}{at}: {}", self.place(*node), inert(&problem.detail)));
            }
            if problems.len() > PROBLEMS_SHOWN_MAX {
                self.line(&format!("    and {} more", problems.len() - PROBLEMS_SHOWN_MAX));
            }
        }
    }

    fn hints(&mut self) {
        let findings = &self.report.judgement.findings;
        let notes = if self.options.all { 0 } else { self.count(Level::Note) };
        let some = findings.iter().find(|f| (self.options.all || f.level > Level::Note) && self.report.counts(f));
        if some.is_none() && notes == 0 {
            return;
        }
        self.text.push('\n');
        if let Some(finding) = some {
            let saved = self.options.saved.and_then(|saved| argument(saved.as_bytes()));
            if saved.is_none() {
                self.line("REPORT is the file that `--json FILE` writes.");
            }
            let saved = saved.unwrap_or_else(|| "REPORT".into());
            let (fingerprint, door) = (inert(&finding.fingerprint), inert(&finding.door));
            self.line(&format!("The chain behind an item: doorward why {saved} {fingerprint}"));
            self.line(&format!("What a door is: doorward explain {door}"));
        }
        if notes > 0 {
            self.line(&format!("{} below the level of an item: --all", counted(notes, "note")));
        }
    }
}

/// A paragraph, broken at blanks to the width.
pub(crate) fn wrapped(to: &mut String, width: usize, indent: usize, text: &str) {
    let width = width.max(40);
    let mut columns = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if columns > 0 && columns + 1 + length > width {
            to.truncate(to.trim_end_matches(' ').len());
            to.push('\n');
            columns = 0;
        }
        match columns {
            0 => to.push_str(&" ".repeat(indent)),
            _ => to.push(' '),
        }
        columns = if columns == 0 { indent } else { columns + 1 } + length;
        to.push_str(word);
    }
    to.truncate(to.trim_end_matches(' ').len());
    to.push('\n');
}

pub(crate) fn level(level: Level) -> (&'static str, Style) {
    match level {
        Level::Alarm => ("ALARM", AnsiColor::Red.on_default().bold()),
        Level::Review => ("REVIEW", AnsiColor::Yellow.on_default().bold()),
        Level::Note => ("NOTE", AnsiColor::Blue.on_default().bold()),
    }
}

/// A level of assurance, in words.
fn assurance(level: &str) -> &'static str {
    match level {
        "L0" => "observed: the artefact alone",
        "L1" => "listed: the deposit is complete and hashed",
        "L2" => "inventoried: every shipped file is attributed",
        "L3" => "built from the deposit, offline",
        "L4" => "matched: what was built is what was shipped",
        "L5" => "exercised: matched, run under watch, and built a second time elsewhere",
        _ => "a level that this version does not know",
    }
}

/// A name as one argument of a shell; `None` where no plain spelling has those bytes.
fn argument(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?;
    // A backslash doubles when it is made visible; between quotes it stands for itself.
    if text.is_empty() || inert(text) != text {
        return None;
    }
    let text = if text.len() > 1 && text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/@%+=:,-".contains(&byte));
    Some(if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) })
}

/// `1 file`, `2 files`.
pub(crate) fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A size in decimal units, cut, never rounded up.
fn bytes(count: u64) -> String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match units.iter().find(|(unit, _)| count >= *unit) {
        Some((unit, name)) => format!("{}.{} {name}", count / unit, count % unit / (unit / 10)),
        None => counted(count, "byte"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_a_shell() {
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"pkg.tgz", Some("pkg.tgz")),
            (b"-", Some("-")),
            (b"-rf", Some("./-rf")),
            (b"my file", Some("'my file'")),
            (b"it's;rm", Some("'it'\\''s;rm'")),
            (b"a\nb", None),
            (b"a\xff", None),
            ("\u{202e}gpj".as_bytes(), None),
        ];
        for (name, expected) in cases {
            assert_eq!(argument(name).as_deref(), expected);
        }
    }

    #[test]
    fn sizes_are_never_rounded_up() {
        let cases =
            [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1_999, "1.9 kB"), (8 << 30, "8.5 GB"), (2_000_000, "2.0 MB")];
        for (count, expected) in cases {
            assert_eq!(bytes(count), expected);
        }
    }
}
