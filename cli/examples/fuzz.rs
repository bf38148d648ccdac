//! Mutates fixtures and hands them to one part of the product, again and again. Run by `cargo xtask fuzz`.
//!
//! `fuzz TARGET SEED SECONDS STATUS`: the number of each case stands in the file STATUS while it runs, so that a case that ends
//! the process can be run again: `fuzz TARGET SEED case NUMBER`. A case is decided by seed and number alone. What is wrong:
//! a panic, an arithmetic overflow (builds of the `dev` profile check), a span outside of its content, the end of the process,
//! and a case of more than [`SLOW`].
//!
//! Not handled: which code a case reaches; the mutations are blind.

use doorward_engine::{Audit, Lane, Setup, audit_files, decodes};
use doorward_judge::{Policy, Rules};
use doorward_model::{Lexicon, Limits, Reading};
use doorward_observe::Observers;
use doorward_open::Collect;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A case that takes longer is a finding.
const SLOW: Duration = Duration::from_secs(5);

/// Largest input that is made.
const INPUT_BYTES_MAX: usize = 128 << 10;

/// Pieces that mean something to one of the parsers.
const WORDS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "`",
    "${",
    "\\",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "//",
    "/*",
    "*/",
    "#",
    ":",
    ";",
    ",",
    "=",
    "=>",
    "+",
    "*",
    "**",
    ">>",
    "<<",
    "%s",
    "{0}",
    "{{",
    "0x",
    "9223372036854775807",
    "-1",
    "1e999",
    "\u{feff}",
    "\u{fffc}",
    "\u{202e}",
    "def f(a=1,*b,**c):\n ",
    "lambda:",
    "yield ",
    "await ",
    "async ",
    "import os\n",
    "from os import *\n",
    "class A(A):\n ",
    "for i in range(99999):",
    "while True:",
    "try:\n ",
    "except:",
    "with a as b:",
    "match x:\n case ",
    "f\"{a!r:>{b}}\"",
    "exec(",
    "eval(",
    "getattr(",
    "__import__('os')",
    "base64.b64decode(",
    "os.system(",
    "function f(a,b){",
    "return ",
    "(()=>{",
    "})()",
    "new Function(",
    "require('child_process')",
    "process.env",
    "x.push(x.shift())",
    "while(true){",
    "class A extends A{",
    "import('x')",
    "export default ",
    "a?.b",
    "a??b",
    "...a",
    "/[/]/g",
    "<A b={c}/>",
    "type A<T>=T;",
    "arguments[0]",
    "```rule\n",
    "any of",
    "all of",
    "not ",
    " and ",
    " or ",
    " within ",
    "flow",
    "pattern",
    "/(a+)+$/",
    "fact ",
    "severity: high",
    "PK\x03\x04",
    "PK\x05\x06",
    "\x1f\u{8b}",
    "BZh9",
    "ustar",
    "!<arch>\n",
    "\x7fELF",
    "MZ",
    "%PDF-",
    "SQLite format 3\0",
];

/// What a target is fed with, and what it does.
struct Target {
    name: &'static str,
    /// Ends of the names of the files that its cases are made of.
    seeds: &'static [&'static str],
    /// The directory, from the root of the repository.
    folder: &'static str,
    run: fn(&Tools, &[u8]),
}

const TARGETS: &[Target] = &[
    Target { name: "open", seeds: &[""], folder: "fixtures/open", run: open },
    Target { name: "identify", seeds: &[""], folder: "fixtures", run: identify },
    Target {
        name: "python",
        seeds: &[".py", "python.txt", "setup.md"],
        folder: ".",
        run: |tools, bytes| observe(tools, bytes, "python"),
    },
    Target {
        name: "javascript",
        seeds: &[".js", ".mjs", ".ts", "javascript.txt"],
        folder: ".",
        run: |tools, bytes| observe(tools, bytes, "javascript"),
    },
    Target {
        name: "typescript",
        seeds: &[".ts", ".tsx", "javascript.txt"],
        folder: ".",
        run: |tools, bytes| observe(tools, bytes, "typescript"),
    },
    Target { name: "observe", seeds: &[""], folder: "fixtures", run: observe_as_identified },
    Target {
        name: "protocol",
        seeds: &[""],
        folder: "fixtures/open",
        run: |_, bytes| {
            std::hint::black_box(decodes(bytes));
        },
    },
    Target { name: "rules", seeds: &[".md"], folder: "rules", run: rules },
    Target { name: "policy", seeds: &[""], folder: "policies", run: policy },
    Target { name: "whole", seeds: &[""], folder: "fixtures", run: whole },
];

/// What is made once.
struct Tools {
    limits: Limits,
    rules: Rules,
    observers: Observers,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, seconds, last] = &arguments[..] else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        println!("{}", names.join(" "));
        return Ok(());
    };
    let target = TARGETS.iter().find(|target| target.name == name).ok_or("no such target")?;
    let seed: u64 = seed.parse()?;
    let rules = Rules::builtin();
    let limits = Limits { content_seconds_max: 3600, bytes_open_max: 64 << 20, nodes_max: 5000, ..Limits::default() };
    let observers = Observers::new(&Lexicon { ..rules.lexicon(&[]) }, false)?;
    let tools = Tools { limits, rules, observers };
    let seeds = read_seeds(target)?;
    if seconds == "case" {
        let bytes = case(&seeds, seed, last.parse()?);
        std::fs::write("case", &bytes)?;
        (target.run)(&tools, &bytes);
        println!("the input stands in the file `case`");
        return Ok(());
    }
    let until = Instant::now() + Duration::from_secs(seconds.parse()?);
    let status = std::fs::File::create(last)?;
    let (mut number, mut slow) = (0_u64, 0_u64);
    // A worker has a stack of this size too.
    let thread = std::thread::Builder::new().stack_size(64 << 20);
    let run = move || {
        while Instant::now() < until {
            number += 1;
            status.write_at(format!("{number:20}").as_bytes(), 0).unwrap_or_default();
            let bytes = case(&seeds, seed, number);
            let begin = used();
            (target.run)(&tools, &bytes);
            let took = used().saturating_sub(begin);
            if took > SLOW {
                println!("slow: {} case {number} took {:.1} s", target.name, took.as_secs_f64());
                slow += 1;
            }
        }
        (number, slow)
    };
    let (number, slow) = thread.spawn(run)?.join().map_err(|_| "a case panicked")?;
    println!("{}: {number} cases with seed {seed}, {slow} slow", target.name);
    if slow == 0 { Ok(()) } else { Err("slow cases".into()) }
}

/// What this thread used of a processor: other programs must not make a case slow.
fn used() -> Duration {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(line.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that cases are made of, in the order of their paths.
fn read_seeds(target: &Target) -> std::io::Result<Vec<Vec<u8>>> {
    let mut folders = vec![root().join(target.folder)];
    let mut paths = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type()?;
            if kind.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(entry.path());
            } else if kind.is_file() && target.seeds.iter().any(|end| name.ends_with(end)) {
                paths.push(entry.path());
            }
        }
    }
    paths.sort();
    let mut seeds = vec![Vec::new()];
    for path in paths {
        let bytes = std::fs::read(path)?;
        seeds.push(bytes.get(..INPUT_BYTES_MAX).unwrap_or(&bytes).to_vec());
    }
    Ok(seeds)
}

/// Numbers that look like chance and are the same on every machine (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 11) as usize % bound.max(1)
    }
}

/// The input of a case.
fn case(seeds: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let mut dice = Dice((seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) | 1);
    dice.next();
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    if bytes.len() > 4096 && dice.below(2) == 0 {
        let from = dice.below(bytes.len());
        let len = 1 + dice.below(4096);
        bytes = bytes[from..bytes.len().min(from + len)].to_vec();
    }
    for _ in 0..=dice.below(8) {
        mutate(&mut bytes, seeds, &mut dice);
    }
    bytes.truncate(INPUT_BYTES_MAX);
    bytes
}

fn mutate(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], dice: &mut Dice) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + 1 + dice.below(64)).min(bytes.len());
    match dice.below(8) {
        0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
        1 if at < bytes.len() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][dice.below(5)],
        2 => drop(bytes.drain(at..end)),
        3 => {
            let piece = bytes[at..end].to_vec();
            let times = 1 << dice.below(10);
            bytes.splice(at..at, piece.repeat(times));
        }
        4 | 5 => drop(bytes.splice(at..at, WORDS[dice.below(WORDS.len())].bytes())),
        6 => {
            let word = WORDS[dice.below(WORDS.len())].repeat(1 << dice.below(14));
            drop(bytes.splice(at..at, word.bytes().take(INPUT_BYTES_MAX)));
        }
        _ => {
            let other = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(2048)).min(other.len());
            drop(bytes.splice(at..at, other[from..to].iter().copied()));
        }
    }
}

fn open(tools: &Tools, bytes: &[u8]) {
    let mut children = Collect::new(&tools.limits);
    children.container(bytes.len());
    drop(std::hint::black_box(doorward_open::examine(bytes, &doorward_open::hint(b"x"), &tools.limits, &mut children)));
}

fn identify(_: &Tools, bytes: &[u8]) {
    let (name, bytes) = bytes.split_at(bytes.len().min(24));
    std::hint::black_box(doorward_open::identify(bytes, &doorward_open::hint(name)));
}

fn observe(tools: &Tools, bytes: &[u8], format: &str) {
    let seen = tools.observers.observe(bytes, &Reading { format: format.into() }, Vec::new(), &tools.limits);
    for fact in &seen.facts {
        assert!(fact.span.end <= bytes.len() as u64, "{} ends behind the content", fact.kind.name);
    }
}

fn observe_as_identified(tools: &Tools, bytes: &[u8]) {
    observe(tools, bytes, &doorward_open::identify(bytes, &doorward_open::hint(b"x")).format);
}

fn rules(_: &Tools, bytes: &[u8]) {
    let page = String::from_utf8_lossy(bytes).into_owned();
    if let Ok(rules) = Rules::parse(vec![("code/page".into(), page)]) {
        drop(std::hint::black_box(Observers::new(&rules.lexicon(&[]), false)));
    }
}

fn policy(_: &Tools, bytes: &[u8]) {
    drop(std::hint::black_box(Policy::parse("policy", &String::from_utf8_lossy(bytes))));
}

fn whole(tools: &Tools, bytes: &[u8]) {
    let setup = Setup::new(&tools.rules, &[], &tools.limits, false);
    let Ok(mut lane) = Lane::here(setup) else { return };
    let (policy, spill) = (Policy::default(), std::env::temp_dir());
    let audit = Audit { limits: &tools.limits, rules: &tools.rules, policy: &policy, yara: &[], spill: &spill };
    let (one, other) = bytes.split_at(bytes.len() / 2);
    let files: [(&str, &[u8]); 3] = [("package/index.js", one), ("package/setup.py", other), ("package/package.json", bytes)];
    if let Ok(report) = audit_files(&audit, &files, &mut lane) {
        std::hint::black_box(doorward_report::line(&report, b"fuzz"));
    }
}
