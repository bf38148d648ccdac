//! Tests of the whole observation: hostile input, limits, order, and that no secret is shown.

use super::*;
use doorward_model::{EXCERPT_BYTES_MAX, Pattern, Value};
use std::time::Instant;

fn lexicon() -> Lexicon {
    let literal = |literal: &str, regex: Option<&str>| Pattern {
        literals: vec![literal.as_bytes().into()],
        regex: regex.map(Into::into),
        ignore_case: true,
        whole_word: false,
    };
    let patterns = vec![
        literal("eval(", None),
        literal("token", Some(r"token\s*=\s*\S+")),
        literal("-----BEGIN", Some(r"-----BEGIN[^-]+-----[\s\S]{0,300}")),
        literal("://", Some(r"[a-z]+://\S+")),
    ];
    Lexicon { patterns, yara: Vec::new() }
}

fn observe(bytes: &[u8], format: &str, show_secrets: bool, limits: &Limits) -> Observation {
    let observation =
        Observers::new(&lexicon(), show_secrets).unwrap().observe(bytes, &Reading { format: format.into() }, Vec::new(), limits);
    check_shape(bytes, &observation);
    observation
}

/// What holds for every observation.
fn check_shape(bytes: &[u8], observation: &Observation) {
    for fact in &observation.facts {
        assert!(fact.span.end <= bytes.len() as u64 && fact.span.start <= fact.span.end, "{fact:?}");
        assert!(fact.anchor.excerpt.len() <= EXCERPT_BYTES_MAX);
        assert!(fact.anchor.start as usize + fact.anchor.excerpt.len() <= bytes.len());
    }
    assert!(observation.facts.is_sorted_by_key(|fact| (fact.span, fact.kind.name)));
    assert!(observation.problems.is_sorted());
}

fn shows(observation: &Observation, secret: &[u8]) -> bool {
    let contains = |text: &[u8]| memchr::memmem::find(text, secret).is_some();
    observation.facts.iter().any(|fact| {
        let in_args = fact.args.iter().any(|(_, value)| matches!(value, Value::Text(text) if contains(text)));
        in_args || contains(&fact.anchor.excerpt)
    })
}

/// A small generator with a fixed seed: the same bytes in every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize
    }
}

#[test]
fn every_content_says_what_it_was_read_as() {
    let observation = observe(b"", "text", false, &Limits::default());
    assert_eq!(observation.facts.len(), 1);
    assert_eq!(observation.facts[0].text("format"), Some("text"));
    assert_eq!(observation.functions, vec!["".into()]);
}

#[test]
fn secrets_are_never_shown() {
    let mut secrets: Vec<(String, Vec<u8>)> = Vec::new();
    for (_, token) in text::credentials_tests::invented() {
        let tail = token.as_bytes()[token.len() - 20..].to_vec();
        secrets.push((token, tail));
    }
    let key = text::keys_tests::private_key();
    let body = key.as_bytes()[60..120].to_vec();
    secrets.push((key, body));
    secrets.push(("https://bob:correct-horse@h.test/x?y".into(), b"correct-horse".to_vec()));
    secrets.push(("https://bob:tiny7@h.test/".into(), b"tiny7".to_vec()));
    secrets.push(("amqp://u:pa55w0rd9@h.test".into(), b"pa55w0rd9".to_vec()));
    for (text, secret) in &secrets {
        for (before, after) in
            [("", ""), ("token = ", " eval(x) http://a.test/"), ("eval(\n", "\n"), ("x = \"", "\"; eval("), ("token=", ")eval(")]
        {
            for pad in [0, 1, 59, 180, 5000] {
                let content = format!("{}{before}{text}{after} token = {text}", "y".repeat(pad));
                for format in ["python", "text", "data"] {
                    let hidden = observe(content.as_bytes(), format, false, &Limits::default());
                    assert!(!shows(&hidden, secret), "{content}\n{:#?}", hidden.facts);
                }
                assert!(shows(&observe(content.as_bytes(), "python", true, &Limits::default()), &secret[..5]));
            }
        }
    }
    let wide: Vec<u8> = "ftp://bob:correct-horse@h.test/".bytes().flat_map(|byte| [byte, 0]).collect();
    let binary = [b"\x7fELF\0\0\0\0\0\0\0\0".to_vec(), wide, vec![0; 8]].concat();
    assert!(!shows(&observe(&binary, "pe", false, &Limits::default()), b"correct-horse"));
}

#[test]
fn opened_facts_are_anchored_masked_and_sorted_too() {
    let bytes = b"one\nsecret-in-a-layer\neval(x)";
    let opened = vec![
        Fact::new(&vocabulary::DECODE, sink::span(22, 27), "base64").with("codec", "secret-in-a-layer"),
        Fact::new(&vocabulary::CREDENTIAL, sink::span(4, 21), "test").with("kind", "test"),
    ];
    let observers = Observers::new(&lexicon(), false).unwrap();
    let observation = observers.observe(bytes, &Reading { format: "text".into() }, opened, &Limits::default());
    check_shape(bytes, &observation);
    let decode = observation.facts.iter().find(|fact| fact.kind.name == "decode").unwrap();
    assert_eq!((decode.anchor.line, decode.anchor.column), (3, 1));
    assert_eq!(&*decode.anchor.excerpt, b"eval(x)");
    assert!(!shows(&observation, b"secret-in-a-layer"));
}

#[test]
fn facts_are_capped_and_it_is_said() {
    let urls: String = (0..300).map(|at| format!("http://h{at}.test/ ")).collect();
    let limits = Limits { facts_per_content_max: 100, ..Limits::default() };
    let observation = observe(format!("{urls} eval(").as_bytes(), "python", false, &limits);
    // Shares are rounded down, so a few places may stay empty.
    assert!((95..=100).contains(&observation.facts.len()), "{}", observation.facts.len());
    assert!(observation.problems.iter().any(|problem| problem.kind == ProblemKind::FactsCapped), "{:?}", observation.problems);
    let of = |kind: &str| observation.facts.iter().filter(|fact| fact.kind.name == kind).count();
    assert!(of("pattern") > 0 && of("content") == 1 && of("url") > 10);
    let eval = |fact: &Fact| fact.kind.name == "pattern" && fact.number("id") == Some(0);
    assert!(observation.facts.iter().any(eval), "the last fact in the content must not drown");
}

#[test]
fn huge_lines_take_linear_time() {
    let units = [
        "http://",
        "http://a.test/",
        ":\\/\\/",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "ghp_",
        "1.2.3.4.",
        "::",
        "2001:",
        "eval(",
        "token",
        "\u{202e}",
        "\u{200b}a",
        "a\u{430}",
        "https://u:p@",
        " ",
        "\t",
        "M.aaaaaa.",
        ":AA",
        "AAAAB3NzaC1",
        "8.8.8.8 ",
        "\u{e0100}",
        "xoxb-1-",
    ];
    for unit in units {
        let bytes = unit.repeat(20_000_000 / unit.len() / if cfg!(debug_assertions) { 40 } else { 1 });
        let started = Instant::now();
        observe(bytes.as_bytes(), "javascript", false, &Limits::default());
        let seconds = started.elapsed().as_secs_f64();
        assert!(seconds < 10.0, "{unit:?} took {seconds} s");
    }
}

#[test]
fn broken_and_cut_input_does_no_harm() {
    let seeds = [
        "import os\nurl = 'https://bob:hunter22@h.test:80/x' # 8.8.8.8 [2001:db8::1]:53 \u{202e}x \u{200b}y p\u{430}y\n"
            .to_owned(),
        text::keys_tests::private_key(),
        format!(
            "a{};eval(x) -----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY----- AAAAB3NzaC1yc2EAAAADAQABAAAA",
            " ".repeat(130)
        ),
        text::credentials_tests::invented().into_iter().map(|(_, token)| token + "\n").collect(),
        "h\0t\0t\0p\0:\0/\0/\0a\0.\0b\0".to_owned(),
    ];
    let mut noise = Noise(7);
    for seed in seeds {
        let bytes = seed.into_bytes();
        let step = 1 + bytes.len() / 200;
        for len in (0..bytes.len()).step_by(step) {
            observe(&bytes[..len], "python", false, &Limits::default());
            observe(&bytes[len..], "elf", false, &Limits::default());
        }
        for _ in 0..300 {
            let mut broken = bytes.clone();
            for _ in 0..1 + noise.next() % 4 {
                let at = noise.next() % broken.len();
                broken[at] ^= 1 << (noise.next() % 8);
            }
            observe(&broken, "python", false, &Limits::default());
        }
    }
    for _ in 0..200 {
        let len = noise.next() % 400;
        let alphabet = b" \t\n:/.@[]0189afgAKIA-_=\\\"'\xe2\x80\xae\xd0\xb0\0\xff";
        let bytes: Vec<u8> = (0..len).map(|_| alphabet[noise.next() % alphabet.len()]).collect();
        observe(&bytes, "python", false, &Limits::default());
    }
}

#[test]
fn two_runs_say_the_same() {
    let text = "https://a.test 8.8.8.8 eval( token = x \u{202e} p\u{430}ypal".repeat(50);
    let run = || observe(text.as_bytes(), "python", false, &Limits::default());
    assert_eq!(run(), run());
}

#[test]
fn names_in_the_table_are_single() {
    let mut names: Vec<_> = OBSERVERS.iter().map(|observer| observer.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), OBSERVERS.len());
}
