//! A comparison for a person: on a terminal, and as Markdown for a review.

use crate::excerpt::Excerpt;
use crate::names::inert;
use crate::outline::{Item, Outline, Section, Sides, outline};
use crate::terminal::{level, wrapped};
use crate::why::phase;
use anstyle::{AnsiColor, Style};
use doorward_model::difference::Side;
use doorward_model::{Difference, Finding, Level};

/// Most lines of the Markdown.
const MARKDOWN_LINES_MAX: usize = 40;
/// Most items under one heading of the Markdown.
const MARKDOWN_ITEMS_MAX: usize = 6;
/// Most bytes of one line of the Markdown.
const MARKDOWN_LINE_BYTES_MAX: usize = 300;

/// How to write a comparison.
#[derive(Clone, Copy, Debug)]
pub struct DiffOptions<'o> {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Most items under one heading.
    pub items_max: usize,
    /// What the operator called the two sides; bytes, made visible here.
    pub names: [&'o [u8]; 2],
}

impl Default for DiffOptions<'_> {
    fn default() -> Self {
        Self { color: false, width: 100, items_max: 10, names: [b"old", b"new"] }
    }
}

/// The comparison as text for a terminal.
pub fn diff_terminal(difference: &Difference, old: Side<'_>, new: Side<'_>, options: &DiffOptions<'_>) -> String {
    let outline = outline(Sides { difference, old, new }, options.names);
    let mut writing = Writing { options, text: String::new() };
    writing.head(&outline);
    outline.sections.iter().for_each(|section| writing.section(section));
    writing.text
}

struct Writing<'o> {
    options: &'o DiffOptions<'o>,
    text: String,
}

impl Writing<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn wrapped(&mut self, indent: usize, text: &str) {
        wrapped(&mut self.text, self.options.width, indent, text);
    }

    fn head(&mut self, outline: &Outline<'_>) {
        let color = match outline.word {
            "ALARM" => AnsiColor::Red,
            "QUIET" => AnsiColor::Green,
            _ => AnsiColor::Yellow,
        };
        let word = self.paint(color.on_default().bold(), outline.word);
        self.text.push_str(&format!("{word}  {}\n", outline.head));
        self.wrapped(0, &format!("Files   {}", outline.files));
        self.wrapped(0, &format!("Judged  {}", outline.judged));
        outline.notes.iter().for_each(|note| self.wrapped(0, note));
    }

    fn section(&mut self, section: &Section<'_>) {
        let heading = self.paint(Style::new().bold(), section.heading);
        self.text.push_str(&format!("\n{heading}\n"));
        for item in section.items.iter().take(self.options.items_max) {
            self.item(item);
        }
        if section.items.len() > self.options.items_max {
            let more = section.items.len() - self.options.items_max;
            self.text.push_str(&format!("  and {more} more; `--all` and the JSON name all\n"));
        }
    }

    fn item(&mut self, item: &Item<'_>) {
        let place = if item.place.is_empty() { String::new() } else { format!("  [{}]", item.place) };
        match item.level {
            Some(of) => {
                let (word, style) = level(of);
                let word = self.paint(style, word);
                self.text.push_str(&format!("  {word}  {}\n", item.text));
                self.wrapped(4, item.place.as_str());
            }
            None => self.wrapped(2, &format!("{}{place}", item.text)),
        }
        if let Some(finding) = item.finding {
            self.evidence(finding);
        }
    }

    /// The first piece of evidence: what a reviewer must see to believe it.
    fn evidence(&mut self, finding: &Finding) {
        let mut runs = format!("Runs {}", phase(finding.phase));
        finding.guards.iter().for_each(|guard| runs.push_str(&format!(", {}", inert(guard))));
        self.wrapped(4, &format!("{runs}.  {}", inert(&finding.fingerprint)));
        if let Some(evidence) = finding.evidence.first().filter(|_| finding.level > Level::Note) {
            self.wrapped(4, &format!("{}: {}", inert(&evidence.kind), inert(&evidence.says)));
            let doorward_model::Evidence { excerpt, excerpt_start, span, line, column, .. } = evidence;
            let excerpt = Excerpt { bytes: excerpt, start: *excerpt_start, span: *span, line: *line, column: *column };
            let excerpt = excerpt.render(self.options.width.saturating_sub(4).max(34), self.options.color);
            excerpt.lines().for_each(|line| self.text.push_str(&format!("    {}\n", line.trim_end())));
        }
        if let Some(who) = &finding.opens_to {
            self.wrapped(4, &format!("Opens to: {}", inert(who)));
        }
    }
}

/// The comparison as Markdown of at most 40 lines.
pub fn diff_markdown(difference: &Difference, old: Side<'_>, new: Side<'_>, options: &DiffOptions<'_>) -> String {
    let outline = outline(Sides { difference, old, new }, options.names);
    let mut lines = vec![format!("**{}** {}", outline.word, markdown(&outline.head)), String::new()];
    lines.push(format!("Files: {}  ", markdown(&outline.files)));
    lines.push(format!("Judged {}  ", markdown(&outline.judged)));
    lines.extend(outline.notes.iter().map(|note| format!("{}  ", markdown(note))));
    let mut left_out = 0;
    for section in &outline.sections {
        let all = section.items.len();
        // Its heading, a blank, one item, what is left out, and the last line of all.
        if lines.len() + 5 > MARKDOWN_LINES_MAX {
            left_out += all;
            continue;
        }
        lines.extend([String::new(), format!("**{}** ({all})", section.heading)]);
        let room = (MARKDOWN_LINES_MAX - 2 - lines.len()).min(MARKDOWN_ITEMS_MAX);
        lines.extend(section.items.iter().take(room).map(bullet));
        if all > room {
            lines.push(format!("- and {} more", all - room));
        }
    }
    if left_out > 0 {
        lines.push(format!("\nFurther items, not shown here: {left_out}."));
    }
    lines.join("\n") + "\n"
}

fn bullet(item: &Item<'_>) -> String {
    let level = item.level.map_or(String::new(), |of| format!("{} ", level(of).0));
    let place = if item.place.is_empty() { String::new() } else { format!(", in {}", markdown(&item.place)) };
    format!("- {level}{}{place}", markdown(&item.text))
}

/// Text that Markdown shows as it is: what has a meaning there is escaped, and so is what a page would take for a link or a tag.
fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for c in crate::place::cut(text.to_owned(), MARKDOWN_LINE_BYTES_MAX).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            // A zero-width break would be deceptive; an escaped letter keeps a name or an address from becoming a link.
            '@' => safe.push_str("&#64;"),
            ':' if safe.ends_with("http") || safe.ends_with("https") => safe.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '>' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    safe
}
