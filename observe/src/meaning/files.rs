//! Files that the program writes and later runs or reads: what was put into them comes out again.
//!
//! A file is known by the text of its path, as far as that is known. Not handled: folders that the program enters, names that a
//! server chooses, files that are run by name alone.

use super::apis::{Row, Takes};
use super::emit::argument;
use super::machine::{Args, Machine};
use super::values::{Shape, Tag, Value, merge, stepped};
use crate::neutral::At;
use doorward_model::{Fact, vocabulary as kinds};
use std::rc::Rc;

/// Most files that are kept in mind.
const FILES_MAX: usize = 64;

/// Shortest path that tells a file from others.
const PATH_BYTES_MIN: usize = 3;

/// Longest content that is kept.
const CONTENT_BYTES_MAX: usize = 256 << 10;

/// A file that the program wrote.
pub(crate) struct Written {
    path: String,
    tag: Option<Rc<Tag>>,
    content: Option<String>,
}

/// Words before a file that is run: what runs it, and what runs that.
const RUNNERS: [&str; 26] = [
    "python",
    "python2",
    "python3",
    "pythonw",
    "py",
    "pyw",
    "sh",
    "bash",
    "zsh",
    "cmd",
    "start",
    "nohup",
    "sudo",
    "exec",
    "call",
    "powershell",
    "pwsh",
    "wscript",
    "cscript",
    "mshta",
    "node",
    "open",
    "xdg-open",
    "setsid",
    "osascript",
    "\u{2026}",
];

/// A path as it is compared: one kind of slash, no quotes, no dot before it.
fn bare_path(path: &str) -> String {
    let path = path.replace(['"', '\''], "").replace('\\', "/");
    path.strip_prefix("./").unwrap_or(&path).to_owned()
}

/// Whether a command starts the file of a path, which may stand for all files below it.
fn starts(command: &str, path: &str) -> bool {
    command.split(['&', ';', '|', '\n']).any(|part| {
        let mut rest = bare_path(part.trim());
        loop {
            if let Some(after) = rest.strip_prefix(path) {
                return after.is_empty() || after.starts_with([' ', '/', '\t']);
            }
            let (word, after) = rest.split_once([' ', '\t']).unwrap_or((&rest, ""));
            let name = word.rsplit('/').next().unwrap_or(word);
            let name = name.strip_suffix(".exe").unwrap_or(name).to_ascii_lowercase();
            let is_option = word.is_empty() || word.starts_with(['-', '/']) && word.len() < 24 && !word.contains("\u{2026}/");
            if after.is_empty() || !is_option && !RUNNERS.contains(&&*name) && !name.starts_with("python") {
                return false;
            }
            rest = bare_path(after.trim_start());
        }
    })
}

impl<'m> Machine<'m, '_> {
    /// Something was written: keeps what is in the file, if it may be run.
    pub(crate) fn wrote(&mut self, row: &'static Row, fact: &Fact, owner: Option<&Value>, args: &Args<'m>) {
        let Some(path) = fact.text("path").map(bare_path) else { return };
        if path.len() < PATH_BYTES_MIN || !path.contains(|letter: char| letter.is_ascii_alphanumeric()) {
            return;
        }
        let mut tag = self.taken(row, args);
        if fact.kind.name == "net.receive" {
            let site = self.out.site_of(fact);
            tag = merge(tag, Some(super::emit::origin(&kinds::NET_RECEIVE, fact.text("url").map(Rc::from), site)));
        }
        let content = args.get(0).and_then(Value::known_bytes).filter(|_| fact.kind.name == "file.write");
        let content = content.filter(|bytes| bytes.len() <= CONTENT_BYTES_MAX).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let mut content = content.filter(|text| text.contains(['(', '\n', ' '])).map(str::to_owned);
        // Copies, moves and what is taken out of an archive.
        let about = owner.and_then(|owner| owner.tag.as_ref()).map_or(&[][..], |tag| &tag.about);
        let from = args.get(0).and_then(Value::as_text).into_iter().chain(about.iter().map(|(_, text)| text));
        let from: Vec<String> = from.map(|text| bare_path(&super::emit::plain(text))).filter(|from| *from != path).collect();
        if let Some(known) = self.out.programs.iter().find(|known| from.contains(&known.path)) {
            tag = merge(tag, known.tag.clone());
            content = known.content.clone().or(content);
        }
        tag = stepped(tag, self.out.site_of(fact), Some("file"));
        let is_received = tag.as_ref().is_some_and(|tag| tag.origins.iter().any(|origin| origin.kind.name == "net.receive"));
        if !is_received && content.is_none() {
            return;
        }
        let count = self.out.programs.len();
        let known = self.out.programs.iter_mut().find(|known| known.path == path);
        let Some(known) = known else {
            if count < FILES_MAX {
                self.out.programs.push(Written { path, tag, content });
            }
            return;
        };
        known.tag = merge(known.tag.take(), tag);
        if let Some(more) = content {
            let all = known.content.get_or_insert_default();
            if all.len().saturating_add(more.len()) <= CONTENT_BYTES_MAX && !all.contains(&more) {
                all.push_str(&more);
            }
        }
    }

    /// All that hangs on the data that a call takes.
    pub(crate) fn taken(&self, row: &'static Row, args: &Args<'m>) -> Option<Rc<Tag>> {
        match row.takes {
            Takes::All => args.tag(),
            Takes::Some(list) => list.iter().fold(None, |tag, from| {
                let from = std::slice::from_ref(from);
                merge(tag, argument(from, args).and_then(Value::deep_tag))
            }),
            Takes::Args => {
                row.args.iter().fold(None, |tag, (_, from)| merge(tag, argument(from, args).and_then(Value::deep_tag)))
            }
        }
    }

    /// Something is run: what was put into its file runs.
    pub(crate) fn started(&mut self, fact: &Fact) {
        let command = ["command", "path", "module"].iter().find_map(|name| fact.text(name)).map(str::to_owned);
        let (Some(command), false) = (command, self.out.programs.is_empty()) else { return };
        let mut codes = Vec::new();
        let mut tag = None;
        for file in self.out.programs.iter().filter(|file| starts(&command, &file.path)) {
            tag = merge(tag, file.tag.clone());
            let is_python = [".py", ".pyw"].iter().any(|end| file.path.ends_with(end)) || command.contains('\u{2026}');
            codes.extend(file.content.clone().filter(|_| is_python || command.contains("py")));
        }
        let origins = tag.map_or_else(Vec::new, |tag| tag.origins.clone());
        for origin in origins.iter().filter(|origin| origin.kind.name == "net.receive") {
            self.out.flow(origin, fact);
        }
        let (start, end) = self.out.site_of(fact);
        let at: At = start..end;
        if self.python {
            for code in codes {
                self.run_code(&Value::new(Shape::Text(code.into())), &at);
            }
        }
    }

    /// What was put into the files that something unknown is given by their paths: it may read them.
    pub(crate) fn handed(&self, args: &Args<'m>) -> Option<Rc<Tag>> {
        if self.out.programs.is_empty() {
            return None;
        }
        let paths = args.at.iter().filter_map(Value::as_text).map(|path| bare_path(&super::emit::plain(path)));
        let known = paths.filter_map(|path| self.out.programs.iter().find(|file| file.path == path));
        known.fold(None, |tag, file| merge(tag, file.tag.clone()))
    }

    /// What was put into a file that is read.
    pub(crate) fn read_back(&self, fact: &Fact) -> Option<Rc<Tag>> {
        if self.out.programs.is_empty() {
            return None;
        }
        let path = fact.text("path").map(bare_path)?;
        self.out.programs.iter().find(|file| file.path == path).and_then(|file| file.tag.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_starts_a_file_if_nothing_but_runners_and_options_stand_before_it() {
        let cases = [
            ("/tmp/a.sh", "/tmp/a.sh", true),
            ("chmod +x /tmp/a && /tmp/a --fast", "/tmp/a", true),
            ("python3 -u \"/tmp/a.py\"", "/tmp/a.py", true),
            ("\u{2026} ./x.pyw", "x.pyw", true),
            ("cmd /c start \"\" %TEMP%\\a.exe", "%TEMP%/a.exe", true),
            ("%TEMP%/out/run.exe", "%TEMP%/out", true),
            ("tar xf /tmp/a.tar", "/tmp/a.tar", false),
            ("/tmp/a.sh2", "/tmp/a.sh", false),
            ("sha256sum /tmp/a.sh", "/tmp/a.sh", false),
            ("", "/tmp/a.sh", false),
        ];
        for (command, path, expected) in cases {
            assert_eq!(starts(command, path), expected, "{command}");
        }
    }
}
