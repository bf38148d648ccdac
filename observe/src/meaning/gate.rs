//! Which code is followed: what names nothing that leaves, runs or opens has no flow that ends anywhere.
//!
//! The names come from the tables of APIs, so that a new row needs no code here. A name that is written in pieces is reached
//! through a word that can put it together, and those stand below.
//! Not handled: such a name in a file that has none of the words.

use super::apis::{self, Row};
use crate::languages::Language;
use crate::literals::{Literals, Text};
use doorward_model::{FactKind, vocabulary as kinds};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Where flows end.
static SINKS: [&FactKind; 15] = [
    &kinds::ACCOUNT_ADD,
    &kinds::PROTECTION_OFF,
    &kinds::PUBLISH,
    &kinds::PROCESS_SPAWN,
    &kinds::CODE_EVAL,
    &kinds::CODE_LOAD,
    &kinds::NET_CONNECT,
    &kinds::NET_SEND,
    &kinds::NET_RECEIVE,
    &kinds::NET_RESOLVE,
    &kinds::NET_LISTEN,
    &kinds::REGISTRY_WRITE,
    &kinds::PERSIST,
    &kinds::FILE_EXECUTE,
    &kinds::CLIPBOARD_WRITE,
];

/// Words that can put a name together.
const PYTHON_WORDS: [&str; 11] = [
    "__pyarmor__",
    "__import__",
    "__builtins__",
    "importlib",
    "globals()",
    "getattr(os",
    "exec",
    "eval(",
    "rmtree",
    "\nwhile True:",
    "\nwhile 1:",
];
const JAVASCRIPT_WORDS: [&str; 20] = [
    "_0x",
    "fromCharCode",
    "atob(",
    "['\\x",
    "[\"\\x",
    // Letters that are written as numbers, in names too.
    "\\u006",
    "\\u007",
    "Function(",
    "constructor(",
    "globalThis[",
    "rmSync",
    "rmdirSync",
    "ethereum",
    "_compile",
    "< Infinity;",
    "< 1 / 0",
    "\nwhile (true)",
    "\nwhile(true)",
    "\nfor (;;)",
    "\nwhile (1)",
];

const SHELL_WORDS: [&str; 17] = [
    "mkfifo", "http://", "https://", "$IFS", "${IFS", "eval", "base64", "/dev/tcp", "/dev/udp", "xxd", "openssl", "python",
    "perl", "node", "$'\\x", "| sh", "bash <(",
];

/// What Rust starts, reaches and evaluates; its paths are written out, so names of the table's modules would be met everywhere.
const RUST_WORDS: [&str; 14] = [
    "Command::new",
    "process::{",
    "process::Command",
    "TcpStream",
    "UdpSocket",
    "reqwest",
    "ureq::",
    "minreq::",
    "attohttpc::",
    "isahc::",
    "env::vars",
    "libloading",
    "remove_dir_all",
    "dlopen",
];

/// Places that make something run again by itself: a write there ends a flow, whatever writes it.
const PLACES: [&str; 12] = [
    ".bashrc",
    ".zshrc",
    ".profile",
    "Startup",
    "autostart",
    "crontab",
    "cron.d",
    "authorized_keys",
    "LaunchAgents",
    "systemd",
    "mcp.json",
    "mcpServers",
];

/// Literals and how long each is.
type Names = (Literals, Vec<usize>);

static PYTHON: LazyLock<Option<Names>> = LazyLock::new(|| compile(apis::PYTHON, &PYTHON_WORDS, python_names, false));
static JAVASCRIPT: LazyLock<Option<Names>> =
    LazyLock::new(|| compile(apis::JAVASCRIPT, &JAVASCRIPT_WORDS, javascript_names, false));

static RUST: LazyLock<Option<Names>> = LazyLock::new(|| compile(&[], &RUST_WORDS, command_names, false));

static SHELL: LazyLock<Option<Names>> = LazyLock::new(|| compile(apis::SHELL, &SHELL_WORDS, command_names, true));

/// Longest name that is looked for where it is put together.
const NAME_BYTES_MAX: usize = 256;

/// Modules whose names are words of any text: what is imported from them tells, not they.
const WORDS: [&str; 3] = ["http", "code", "github"];

/// Whether a source names anything where a flow can end.
pub(crate) fn is_worth(bytes: &[u8], language: Language) -> bool {
    let literals = match language {
        Language::Python => &*PYTHON,
        Language::JavaScript => &*JAVASCRIPT,
        Language::Rust => &*RUST,
        Language::Shell | Language::Batch | Language::PowerShell => &*SHELL,
    };
    let Some((literals, lens)) = literals else { return true };
    let mut worth = false;
    let of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let ends = |text: usize, start: usize| lens.get(text).and_then(|len| bytes.get(start..)?.get(len.saturating_sub(1)..));
    let whole = language != Language::JavaScript && language != Language::Rust;
    // A name of Python is a whole word; one of JavaScript may be the start of a path.
    let goes_on = |text: usize, start: usize| {
        whole && matches!(ends(text, start), Some([last, next, ..]) if of_word(last) && of_word(next))
    };
    literals.each(bytes, |text, start| {
        // Inside of a longer word it is another name.
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        worth |= !before.is_some_and(of_word) && !goes_on(text, start);
    });
    worth
        || match language {
            Language::Python => gets_computed(bytes),
            Language::JavaScript => requires_computed(bytes) || members_computed(bytes),
            _ => false,
        }
}

/// Shortest line that a person does not write.
const PACKED_LINE_BYTES: usize = 16 << 10;

/// Most lines that are looked at for one.
const LINES_MAX: usize = 20_000;

/// Names that an obfuscator of JavaScript gives, and how many of them in a beginning of this length tell it.
const MADE_NAME: &[u8] = b"_0x";
const MADE_NAMES_MIN: usize = 256;
const MADE_NAMES_BYTES: usize = 64 << 10;

/// How many times larger than other code a source may be and still be followed: one that is packed, because most of it is one text;
/// one that acts, because a hundred kilobytes of anything before them would hide a few lines.
pub(crate) fn times(bytes: &[u8], language: Language) -> usize {
    match language {
        Language::Python if acts(bytes) => ACTING_TIMES,
        Language::Python if has_packed_line(bytes) => PACKED_TIMES,
        Language::JavaScript if has_made_names(bytes) => PACKED_TIMES,
        _ => 1,
    }
}

/// Code that carries other code packed is followed up to so many times the size of other code.
const PACKED_TIMES: usize = 8;

/// Code that starts programs, runs texts as code or opens connections is followed up to so many times the size of other code. Of large
/// files of Python in wheels one in ten does.
const ACTING_TIMES: usize = 32;

const PYTHON_ACTS: [&[u8]; 12] = [
    b"exec(",
    b"eval(compile(",
    b"__import__(",
    b"marshal.",
    b"os.system",
    b"os.popen",
    b"subprocess.",
    b"urlopen(",
    b"urlretrieve(",
    b"requests.get(",
    b"requests.post(",
    b"requests.request(",
];

/// Whether one of these stands in a source, and not inside a longer name.
fn acts(bytes: &[u8]) -> bool {
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
    };
    PYTHON_ACTS.iter().any(|word| memchr::memmem::find_iter(bytes, word).any(begins))
}

/// Whether a file of Python that makes code of text has a line that nobody wrote.
fn has_packed_line(bytes: &[u8]) -> bool {
    if bytes.len() < PACKED_LINE_BYTES {
        return false;
    }
    let runs = [&b"exec"[..], b"eval(", b"marshal"].iter().any(|word| memchr::memmem::find(bytes, word).is_some());
    let mut start = 0_usize;
    runs && memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]).take(LINES_MAX).any(|end| {
        let len = end.saturating_sub(start);
        start = end.saturating_add(1);
        len >= PACKED_LINE_BYTES
    })
}

/// Whether an obfuscator named things.
fn has_made_names(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..MADE_NAMES_BYTES).unwrap_or(bytes);
    memchr::memmem::find_iter(beginning, MADE_NAME).take(MADE_NAMES_MIN).count() == MADE_NAMES_MIN
}

/// Whether a module is required by a name that is not written there.
fn requires_computed(bytes: &[u8]) -> bool {
    const CALL: &[u8] = b"require(";
    memchr::memmem::find_iter(bytes, CALL).any(|at| {
        let argument = bytes.get(at.saturating_add(CALL.len())..).unwrap_or_default();
        let argument = argument.get(..NAME_BYTES_MAX).unwrap_or(argument);
        match argument.split_first() {
            Some((quote @ (b'\'' | b'"' | b'`'), rest)) => {
                let end = memchr::memchr(*quote, rest);
                end.and_then(|end| rest.get(end.saturating_add(1))).is_some_and(|byte| !matches!(byte, b')' | b','))
            }
            Some((byte, _)) => *byte != b')',
            None => false,
        }
    })
}

/// Whether a member is taken by a name that is put together on the spot: `w["fe" + "tch"]`.
fn members_computed(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"[\"").any(|at| is_joined(bytes.get(at.saturating_add(1)..).unwrap_or_default()))
}

/// The same for `getattr(os, "po" + "pen")`.
fn gets_computed(bytes: &[u8]) -> bool {
    const CALL: &[u8] = b"getattr(";
    memchr::memmem::find_iter(bytes, CALL).any(|at| {
        let rest = bytes.get(at.saturating_add(CALL.len())..).unwrap_or_default();
        let rest = rest.get(..NAME_BYTES_MAX).unwrap_or(rest);
        memchr::memchr2(b'"', b'\'', rest).and_then(|quote| rest.get(quote..)).is_some_and(is_joined)
    })
}

/// Whether a short text in quotes comes first and more is added to it, or it is read backwards.
fn is_joined(text: &[u8]) -> bool {
    let text = text.get(..NAME_BYTES_MAX).unwrap_or(text);
    let Some((quote, rest)) = text.split_first() else { return false };
    let after = memchr::memchr(*quote, rest).and_then(|end| rest.get(end.saturating_add(1)..)).unwrap_or_default();
    after.starts_with(b" + ") || after.starts_with(b"+") || after.starts_with(b"[::-1]")
}

fn compile(rows: &[Row], words: &[&str], names: fn(&str) -> Vec<String>, ignore_case: bool) -> Option<Names> {
    let sinks = rows.iter().filter(|row| row.kind.is_some_and(|kind| SINKS.contains(&kind)));
    let mut literals: BTreeSet<String> = sinks.flat_map(|row| names(row.name)).collect();
    literals.extend(words.iter().chain(&PLACES).map(|word| (*word).to_owned()));
    literals.retain(|literal| literal.len() >= crate::literals::WINDOW_BYTES);
    let texts = literals.into_iter().map(|literal| Text { bytes: literal.into_bytes().into(), ignore_case });
    let texts: Vec<Text> = texts.collect();
    let lens = texts.iter().map(|text| text.bytes.len()).collect();
    Some((Literals::new(texts).ok()?, lens))
}

/// The first part of a dotted name, and whether there is more.
fn root(name: &str) -> (&str, bool) {
    let end = name.find(['.', '[', '(']).unwrap_or(name.len());
    (name.get(..end).unwrap_or(name), end < name.len())
}

/// A module by its name; of `os`, which nearly every file imports, the function; of a module that is named like a word, what is
/// imported from it.
fn python_names(name: &str) -> Vec<String> {
    match root(name) {
        ("pip", true) => vec!["pip._vendor".to_owned()],
        (root, true) if WORDS.contains(&root) => {
            let object = name.split('.').find(|part| part.chars().next().is_some_and(char::is_uppercase));
            object.map(|object| object.trim_end_matches("()").to_owned()).into_iter().collect()
        }
        ("os" | "commands", true) => vec![name.rsplit('.').next().unwrap_or(name).trim_end_matches("()").to_owned()],
        (root, true) => vec![root.to_owned()],
        (root, false) => vec![format!("{root}(")],
    }
}

/// The first word of a command, where it is no word of any text.
fn command_names(name: &str) -> Vec<String> {
    let word = name.split(' ').next().unwrap_or(name);
    if word.len() >= crate::literals::WINDOW_BYTES {
        return vec![word.to_owned()];
    }
    // Short words need what stands behind them.
    if name.len() > word.len() {
        vec![name.to_owned()]
    } else {
        vec![format!("{word} -"), format!("{word} $"), format!("{word} \"")]
    }
}

/// A module as it is required or imported, or a global as it is used.
fn javascript_names(name: &str) -> Vec<String> {
    match root(name) {
        // Every page has these: what sends data by them names what it takes.
        ("document" | "location" | "Image", _) => Vec::new(),
        // What is required or imported tells, and names that are not written there.
        ("require" | "import", false) => Vec::new(),
        (root, true) => vec![format!("'{root}'"), format!("\"{root}\""), format!("node:{root}"), format!("{root}.")],
        (root, false) => vec![format!("{root}("), format!("'{root}'"), format!("\"{root}\"")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_end_of_a_flow_is_left_alone() {
        let cases: [(bool, &str, bool); 19] = [
            (true, "import requests\n", true),
            (true, "from os import popen as p\n", true),
            (true, "import os\nprint(os.getcwd())\n", false),
            (true, "run = getattr(__import__('o' + 's'), 'sys' + 'tem')", true),
            (true, "def total(values):\n    return sum(values)\n", false),
            (true, "self.requests_made = 1", false),
            (true, "my_socketry = 1", false),
            (true, "socketry = 1", false),
            (true, "import imports # http://example.test, code", false),
            (true, "from http.client import HTTPSConnection as c", true),
            (true, "from code import InteractiveInterpreter", true),
            (false, "const cp = require('child_process')", true),
            (false, "import { request } from \"https\"", true),
            (false, "import http from 'node:http'", true),
            (false, "await fetch(url)", true),
            (false, "const f = require('fs')", false),
            (false, "const f = require('child_' + 'process')", true),
            (false, "const f = require(name)", true),
            (false, "export const add = (a, b) => a + b; // planet.", false),
        ];
        for (is_python, text, expected) in cases {
            let language = if is_python { Language::Python } else { Language::JavaScript };
            assert_eq!(is_worth(text.as_bytes(), language), expected, "{text}");
        }
    }

    #[test]
    fn large_code_is_followed_where_it_acts_or_is_packed() {
        let cases = [
            (Language::Python, "import zlib\nexec(zlib.decompress(code))\n".to_owned(), ACTING_TIMES),
            (Language::Python, "import subprocess\nsubprocess.run(x)".to_owned(), ACTING_TIMES),
            (Language::Python, format!("x = '{}'\n__builtins__.eval(x)", "x".repeat(PACKED_LINE_BYTES)), PACKED_TIMES),
            (Language::Python, "cursor.exec(query)\nretrieval(x)\n".to_owned(), 1),
            (Language::Python, "table = 1\n".repeat(4000), 1),
            (Language::Python, format!("table = '{}'\n", "x".repeat(PACKED_LINE_BYTES)), 1),
            (Language::JavaScript, format!("eval('{}')", "x".repeat(PACKED_LINE_BYTES)), 1),
            (Language::JavaScript, "fetch(url)".to_owned(), 1),
            (Language::JavaScript, "_0x4f2a(0x1);".repeat(MADE_NAMES_MIN), PACKED_TIMES),
        ];
        for (language, text, expected) in cases {
            assert_eq!(times(text.as_bytes(), language), expected, "{text:.40}");
        }
    }
}
