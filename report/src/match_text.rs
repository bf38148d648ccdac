//! A correspondence for a person on a terminal.

use crate::match_outline::Matched;
use crate::names::{inert, shown};
use crate::place;
use crate::terminal::{counted, level, wrapped};
use crate::why::phase;
use anstyle::{AnsiColor, Style};
use doorward_model::correspondence::{Shipped, Status};
use doorward_model::{Level, Role};

/// How to write a correspondence.
#[derive(Clone, Copy, Debug)]
pub struct MatchOptions<'o> {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Most files under one heading.
    pub items_max: usize,
    /// What the operator called the artefact; bytes, made visible here.
    pub name: &'o [u8],
}

impl Default for MatchOptions<'_> {
    fn default() -> Self {
        Self { color: false, width: 100, items_max: 10, name: b"artefact" }
    }
}

/// The correspondence as text.
pub fn match_terminal(matched: &Matched<'_>, options: &MatchOptions<'_>) -> String {
    let mut writing = Writing { matched, options, text: String::new() };
    writing.head();
    writing.unexplained();
    writing.odd();
    writing.text
}

struct Writing<'o> {
    matched: &'o Matched<'o>,
    options: &'o MatchOptions<'o>,
    text: String,
}

impl Writing<'_> {
    fn paint(&self, style: Style, text: &str) -> String {
        if self.options.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn wrapped(&mut self, indent: usize, text: &str) {
        wrapped(&mut self.text, self.options.width, indent, text);
    }

    fn head(&mut self) {
        let matched = self.matched;
        let (files, left) = (matched.correspondence.files.len(), matched.count(Status::Nothing));
        let alarms = matched.of_level(Level::Alarm);
        let (word, color) = match () {
            () if alarms > 0 => ("ALARM", AnsiColor::Red),
            () if left > 0 => ("UNEXPLAINED", AnsiColor::Yellow),
            () => ("EXPLAINED", AnsiColor::Green),
        };
        let said = match left {
            0 => format!("all of {} come from the sources", counted(files, "file")),
            _ => format!("{left} of {} not explained by the sources", counted(files, "file")),
        };
        let alarms = if alarms > 0 { format!(", {alarms} with an alarm") } else { String::new() };
        let word = self.paint(color.on_default().bold(), word);
        self.text.push_str(&format!("{word}  {}: {said}{alarms}.\n", shown(self.options.name)));
        self.wrapped(0, &format!("Files   {}", matched.counts()));
        for source in matched.sources {
            let what = if source.is_known { "Known " } else { "Source" };
            let files = counted(source.indexed.tree.nodes.iter().filter(|node| node.content.is_some()).count(), "file");
            let commit = source.commit.map_or(String::new(), |commit| format!(", commit {}", inert(commit)));
            let root = source.root.map_or(String::new(), |root| format!(", root {root}"));
            self.wrapped(0, &format!("{what}  {}: {files}{commit}{root}", shown(source.name)));
        }
        let because = matched.correspondence.why_not_higher.first();
        self.wrapped(0, &format!("Level   {}: {}", matched.assurance(), because.map_or("".into(), |why| inert(why))));
    }

    fn unexplained(&mut self) {
        let files = self.matched.correspondence.unexplained();
        if files.is_empty() {
            return;
        }
        let heading = self.paint(Style::new().bold(), "Not explained, what does most first");
        self.text.push_str(&format!("\n{heading}\n"));
        files.iter().take(self.options.items_max).for_each(|file| self.file(file));
        self.more(files.len());
    }

    fn more(&mut self, all: usize) {
        if all > self.options.items_max {
            let more = all - self.options.items_max;
            self.text.push_str(&format!("  and {more} more; `--all` and the JSON name all\n"));
        }
    }

    fn file(&mut self, file: &Shipped) {
        let word = match file.level {
            Some(of) => {
                let (word, style) = level(of);
                format!("{}  ", self.paint(style, word))
            }
            None => String::new(),
        };
        self.text.push_str(&format!("  {word}{}\n", place::path(&self.matched.artefact.tree, file.node)));
        for said in self.matched.origin(file) {
            self.wrapped(4, &said);
        }
        match file.role {
            Role::Code | Role::Build => self.wrapped(4, &format!("{}, runs {}", file.role.name(), phase(file.phase))),
            Role::Test | Role::Doc | Role::Data | Role::Manifest => self.wrapped(4, file.role.name()),
        }
        for what in &file.does {
            self.wrapped(4, &format!("- {}", inert(what)));
        }
    }

    fn odd(&mut self) {
        let odd: Vec<String> = self.matched.odd().map(|file| self.matched.oddity(file)).collect();
        if odd.is_empty() {
            return;
        }
        let heading = self.paint(Style::new().bold(), "Explained, and still to be seen");
        self.text.push_str(&format!("\n{heading}\n"));
        odd.iter().take(self.options.items_max).for_each(|said| self.wrapped(2, said));
        self.more(odd.len());
    }
}
