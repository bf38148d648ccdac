//! Calls that check something or tell of it, and words that switch a check off.
//!
//! Read from the text of code, whatever the language: a call is a name before a parenthesis, and what it checks is
//! told by the parts of its name. Good for comparing two versions of a file, and for nothing else. Lines that are comments are
//! passed over. Not handled: checks without a call (`if a == b`), and names that say nothing.

use super::Subject;
use crate::matcher::Found;
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};
use std::sync::LazyLock;

/// Most bytes of a name.
const NAME_BYTES_MAX: usize = 80;
/// Most calls that are told of one content.
const CALLS_MAX: u32 = 1_000;
/// Most bytes of a line that are read, from its start.
const LINE_BYTES_MAX: usize = 2_000;

/// What a name checks: one of the parts on the left and, where there are any, one on the right.
const CHECKS: &[(&str, &[&str], &[&str])] = &[
    ("certificate", &["cert", "hostname", "serveridentity"], &["verif", "check", "match", "valid", "pin"]),
    ("digest", &["comparedigest", "timingsafeequal", "constanttimeeq", "constanttimecompare"], &[]),
    ("digest", &["checksum", "hash", "digest", "integrity", "hmac"], &["verif", "check", "valid", "compare"]),
    ("signature", &["verif"], &[]),
    ("signature", &["signature"], &["check", "valid"]),
    ("access", &["authenticat", "authoriz", "authoris", "csrf"], &[]),
    (
        "access",
        &["permission", "access", "login", "password", "token", "role", "admin"],
        &["check", "has", "require", "is", "valid", "ensure"],
    ),
    ("input", &["sanitiz", "sanitis", "validat"], &[]),
];

/// Objects that write logs, and how loud.
const LOGGERS: [&str; 9] = ["log", "logger", "logging", "audit", "syslog", "console", "tracing", "slog", "_logger"];
const LOUD: [&str; 10] = ["warn", "warning", "error", "critical", "exception", "fatal", "alert", "audit", "warn!", "error!"];

/// Words that switch off a check: what it checks, the words, and the values behind them, of which one must follow where there is one.
const OFF: [(&str, &str, &[&str]); MARKS.len()] = [
    ("certificate", "rejectUnauthorized", &["false", "0", "!1"]),
    ("certificate", "NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("certificate", "verify=False", &[]),
    ("certificate", "verify = False", &[]),
    ("certificate", "check_hostname", &["False"]),
    ("certificate", "CERT_NONE", &[]),
    ("certificate", "_create_unverified_context", &[]),
    ("certificate", "InsecureSkipVerify", &["true"]),
    ("certificate", "danger_accept_invalid_certs", &["true"]),
    ("certificate", "danger_accept_invalid_hostnames", &["true"]),
    ("certificate", "SSL_VERIFY_NONE", &[]),
    ("certificate", "VERIFY_NONE", &[]),
    ("certificate", "CURLOPT_SSL_VERIFYPEER", &["0", "false"]),
    ("certificate", "--no-check-certificate", &[]),
    ("certificate", "--insecure", &[]),
    ("certificate", "--trusted-host", &[]),
    ("host-key", "StrictHostKeyChecking", &["no"]),
    ("signature", "--no-gpg-check", &[]),
    ("signature", "--allow-unauthenticated", &[]),
    ("signature", "trusted=yes", &[]),
];

/// The words of [`OFF`], in its order.
pub(crate) const MARKS: &[&[u8]] = &[
    b"rejectUnauthorized",
    b"NODE_TLS_REJECT_UNAUTHORIZED",
    b"verify=False",
    b"verify = False",
    b"check_hostname",
    b"CERT_NONE",
    b"_create_unverified_context",
    b"InsecureSkipVerify",
    b"danger_accept_invalid_certs",
    b"danger_accept_invalid_hostnames",
    b"SSL_VERIFY_NONE",
    b"VERIFY_NONE",
    b"CURLOPT_SSL_VERIFYPEER",
    b"--no-check-certificate",
    b"--insecure",
    b"--trusted-host",
    b"StrictHostKeyChecking",
    b"--no-gpg-check",
    b"--allow-unauthenticated",
    b"trusted=yes",
];

/// Looks at every call.
pub(crate) fn observe(subject: &Subject, facts: &mut Facts) {
    let bytes = subject.bytes;
    let mut told = 0_u32;
    for at in memchr::memchr_iter(b'(', bytes) {
        let before = bytes.get(at.saturating_sub(NAME_BYTES_MAX)..at).unwrap_or_default();
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b':' | b'!');
        let length = before.iter().rev().take_while(is_name).count();
        let from = at.saturating_sub(length);
        let Some(Ok(name)) = bytes.get(from..at).map(std::str::from_utf8) else { continue };
        let Some(what) = checked(name).filter(|_| counts(bytes, from)) else { continue };
        told = told.saturating_add(1);
        if told > CALLS_MAX {
            return;
        }
        facts.compared.push(Fact::new(&vocabulary::CHECK, span(from, at), names::CHECKS).with("what", what).with("call", name));
    }
}

/// The line up to an offset, as far as it is looked at.
fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let before = bytes.get(at.saturating_sub(LINE_BYTES_MAX)..at).unwrap_or_default();
    before.get(memchr::memrchr(b'\n', before).map_or(0, |end| end.saturating_add(1))..).unwrap_or_default()
}

/// Whether a name at an offset is called there: neither defined nor in a comment.
fn counts(bytes: &[u8], at: usize) -> bool {
    let before = line_before(bytes, at);
    let word = before.trim_ascii_end();
    let defines = [&b"def"[..], b"function", b"fn", b"func", b"sub", b"class"].iter().any(|mark| word.ends_with(mark));
    !(is_comment(before) || defines && word.len() < before.len())
}

/// Looks at the words that switch a check off.
pub(crate) fn off(subject: &Subject, found: Found, facts: &mut Facts) {
    let (bytes, end) = (subject.bytes, found.end);
    let Some((what, words, values)) = OFF.get(found.mark) else { return };
    let whole = |byte: Option<&u8>| !byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let alone = whole(found.start.checked_sub(1).and_then(|before| bytes.get(before))) && whole(bytes.get(end));
    if !subject.is_code || !alone || is_comment(line_before(bytes, found.start)) {
        return;
    }
    let behind = bytes.get(end..).unwrap_or_default();
    let glue = behind.iter().take(16).take_while(|byte| b" \t=:\"',(".contains(byte)).count();
    let value = behind.get(glue..).unwrap_or_default();
    let set = values.iter().find(|wanted| value.starts_with(wanted.as_bytes()) && whole(value.get(wanted.len())));
    if !values.is_empty() && (set.is_none() || glue == 0) {
        return;
    }
    let how = set.map_or_else(|| (*words).to_owned(), |value| format!("{words} {value}"));
    facts.push(Fact::new(&vocabulary::CHECK_OFF, span(found.start, end), names::CHECKS_OFF).with("what", *what).with("how", how));
}

/// Whether a line is a comment in the languages that matter.
pub(crate) fn is_comment(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    [&b"#"[..], b"//", b"*", b"/*", b"--", b";", b"<!--"].iter().any(|mark| line.starts_with(mark)) && !line.starts_with(b"#!")
}

/// What a call of this name checks.
fn checked(name: &str) -> Option<&'static str> {
    let (object, method) = name.rsplit_once(['.', ':']).unwrap_or(("", name));
    let object = object.trim_end_matches([':', '.']).rsplit(['.', ':']).next().unwrap_or_default().to_ascii_lowercase();
    if LOUD.contains(&method) && (LOGGERS.contains(&object.as_str()) || method.ends_with('!')) {
        return Some("log");
    }
    let plain: String = method.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect();
    let letters = letters(&plain);
    let has = |parts: &[Part]| parts.iter().any(|(of, part)| of & letters == *of && plain.contains(part));
    SEARCHED.iter().find(|(_, parts, with)| has(parts) && (with.is_empty() || has(with))).map(|(what, ..)| *what)
}

/// A part of a name, and its letters.
type Part = (u32, &'static str);

/// What is checked, and the parts on the left and on the right.
type Searched = (&'static str, Vec<Part>, Vec<Part>);

/// The rows of [`CHECKS`] with the letters of their parts, so that hardly any is searched for.
static SEARCHED: LazyLock<Vec<Searched>> = LazyLock::new(|| {
    let parts = |parts: &[&'static str]| parts.iter().map(|part| (letters(part), *part)).collect();
    CHECKS.iter().map(|(what, of, with)| (*what, parts(of), parts(with))).collect()
});

/// Which letters a name has, a bit each.
fn letters(name: &str) -> u32 {
    let bit = |byte: u8| 1_u32.checked_shl(byte.wrapping_sub(b'a').into()).unwrap_or_default();
    name.bytes().filter(u8::is_ascii_lowercase).fold(0, |letters, byte| letters | bit(byte))
}

#[cfg(test)]
mod tests {
    use crate::text::tests::seen;

    fn check(format: &str, text: &str, expected: &[&str]) {
        assert_eq!(seen(format, text.as_bytes(), &["check", "check.off"]), expected, "{text}");
    }

    #[test]
    fn calls_say_what_they_check() {
        check(
            "python",
            "if not hmac.compare_digest(a, b):\n    logger.warning('x')\n",
            &["check what=digest call=hmac.compare_digest", "check what=log call=logger.warning"],
        );
        check(
            "javascript",
            "crypto.timingSafeEqual(a, b); key.verify(c); checkServerIdentity(h)\n",
            &[
                "check what=digest call=crypto.timingSafeEqual",
                "check what=signature call=key.verify",
                "check what=certificate call=checkServerIdentity",
            ],
        );
        check(
            "rust",
            "error!(\"x\"); self.require_admin(user)?;\n",
            &["check what=log call=error!", "check what=access call=self.require_admin"],
        );
        for none in ["# verify(a)\n", "def verify(a):\n", "print(a)\nlog(a)\nconsole.log(b)\n", "// logger.error(x)\n"] {
            check("python", none, &[]);
        }
    }

    #[test]
    fn marks_are_those_of_the_table() {
        assert!(super::MARKS.iter().zip(super::OFF).all(|(mark, (_, words, _))| *mark == words.as_bytes()));
    }

    #[test]
    fn checks_that_are_switched_off_are_told() {
        check(
            "javascript",
            "get({ rejectUnauthorized: false })\nget({ rejectUnauthorized: true })\n",
            &["check.off what=certificate how=rejectUnauthorized false"],
        );
        check(
            "python",
            "requests.get(u, verify=False)\nc.verify_mode = ssl.CERT_NONE\nc.check_hostname = True\n",
            &["check.off what=certificate how=verify=False", "check.off what=certificate how=CERT_NONE"],
        );
        check("shell", "ssh -o StrictHostKeyChecking=no h\n", &["check.off what=host-key how=StrictHostKeyChecking no"]);
    }
}
