//! URLs (RFC 3986) of schemes that reach a network, in text and in binaries: plain, with escaped slashes as in JSON, percent
//! encoded as in a query, and in UTF-16LE as in Windows programs. The host must be constant: `https://${host}/` is none.
//! Not handled: scheme-relative references, and URLs that are put together from parts.

use super::Subject;
use crate::matcher::Found;
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};
use std::ops::Range;

/// What stands between a scheme and its authority, in the order of [`Form`].
pub(crate) static MARKS: &[&[u8]] = &[b"://", b":\\/\\/", b"%3A%2F%2F", b"%3a%2f%2f", b":\0/\0/\0"];

/// How a URL is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    Escaped,
    Percent,
    Wide,
}

/// Most bytes of a URL that are read.
const URL_BYTES_MAX: usize = 2048;

/// Most URLs inside another that are looked at.
const INSIDE_MAX: u32 = 8;

/// A user name as long as this, without a password, is a token.
const TOKEN_BYTES_MIN: usize = 16;

/// Schemes that reach a network, longest first where one ends in another. From the IANA registry of URI schemes, and the
/// documentation of curl (`socks5h`) and of the named databases for those that are not registered.
const SCHEMES: [&str; 46] = [
    "https",
    "http",
    "ftps",
    "sftp",
    "ftp",
    "wss",
    "ws",
    "tcp",
    "udp",
    "ssh",
    "git",
    "socks5h",
    "socks5",
    "socks4a",
    "socks4",
    "socks",
    "ldaps",
    "ldap",
    "smb",
    "rtmps",
    "rtmp",
    "rtsp",
    "mqtts",
    "mqtt",
    "ircs",
    "irc",
    "rediss",
    "redis",
    "mongodb",
    "mysql",
    "postgresql",
    "postgres",
    "amqps",
    "amqp",
    "gopher",
    "telnet",
    "tls",
    "dict",
    "imaps",
    "imap",
    "smtps",
    "smtp",
    "pop3",
    "nats",
    "svn",
    "scp",
];

/// A URL that was read, offsets in the bytes it was read from.
struct Url {
    scheme: &'static str,
    range: Range<usize>,
    userinfo: Option<Range<usize>>,
    has_password: bool,
    host: String,
    port: Option<u16>,
}

/// Reads the URL around a mark.
pub(crate) fn observe(subject: &Subject, found: Found, facts: &mut Facts) {
    let inside = facts.met_inside(found.start);
    if inside > INSIDE_MAX {
        return;
    }
    let form = match found.mark {
        0 => Form::Plain,
        1 => Form::Escaped,
        2 | 3 => Form::Percent,
        _ => Form::Wide,
    };
    if form == Form::Wide {
        let (narrow, mark, offset) = narrow(subject.bytes, found);
        let place = |at: usize| offset.saturating_add(at.saturating_mul(2));
        if let Some(url) = read(&narrow, mark.start, mark.end, Form::Plain) {
            say(&url, &narrow, place(url.range.start)..place(url.range.end), place, inside, facts);
        }
    } else if let Some(url) = read(subject.bytes, found.start, found.end, form) {
        say(&url, subject.bytes, url.range.clone(), |at| at, inside, facts);
    }
}

/// Gives the fact, and names its user information a secret.
fn say(url: &Url, bytes: &[u8], place: Range<usize>, at: impl Fn(usize) -> usize, inside: u32, facts: &mut Facts) {
    if inside == 0 {
        facts.read_until(place.end);
    }
    if let Some(user) = &url.userinfo {
        let value = bytes.get(user.clone()).unwrap_or_default();
        facts.secret(at(user.start)..at(user.end), Some(value.into()));
    }
    let text = bytes.get(url.range.clone()).unwrap_or_default();
    if !facts.is_new(text) {
        return;
    }
    let mut fact = Fact::new(&vocabulary::URL, span(place.start, place.end), names::URLS);
    fact = fact.with("url", unescaped(text).as_slice()).with("scheme", url.scheme).with("host", url.host.as_str());
    if let Some(port) = url.port {
        fact = fact.with("port", i64::from(port));
    }
    if url.has_password {
        fact = fact.with("userinfo", true);
    }
    facts.push(fact);
}

/// The text without the backslashes before its slashes.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    for (at, byte) in text.iter().enumerate() {
        if *byte != b'\\' || text.get(at.saturating_add(1)) != Some(&b'/') {
            plain.push(*byte);
        }
    }
    plain
}

/// The ASCII text around a mark in UTF-16LE, where the mark stands in it, and the offset of its first byte.
fn narrow(bytes: &[u8], found: Found) -> (Vec<u8>, Range<usize>, usize) {
    let is_wide = |pair: &[u8]| matches!(pair, [b' '..=b'~', 0]);
    let before = bytes.get(..found.start).unwrap_or_default().rchunks_exact(2).take(16).take_while(|pair| is_wide(pair)).count();
    let start = found.start.saturating_sub(before.saturating_mul(2));
    let pairs = bytes.get(start..).unwrap_or_default().chunks_exact(2).take(URL_BYTES_MAX).take_while(|pair| is_wide(pair));
    let narrow = pairs.filter_map(|pair| pair.first().copied()).collect();
    (narrow, before..before.saturating_add(3), start)
}

/// Reads a URL whose scheme ends at `scheme_end` and whose authority starts at `start`.
fn read(bytes: &[u8], scheme_end: usize, start: usize, form: Form) -> Option<Url> {
    let before = bytes.get(scheme_end.saturating_sub(16)..scheme_end)?;
    let scheme = SCHEMES.iter().find(|scheme| {
        let at = before.len().checked_sub(scheme.len());
        at.and_then(|at| before.get(at..)).is_some_and(|there| there.eq_ignore_ascii_case(scheme.as_bytes()))
    })?;
    let first = scheme_end.checked_sub(scheme.len())?;
    let most = start.saturating_add(URL_BYTES_MAX).min(bytes.len());
    let end = start.saturating_add(length(bytes.get(start..most)?, form));
    let authority_len =
        bytes.get(start..end)?.iter().position(|byte| ends_authority(*byte, form)).unwrap_or(end.saturating_sub(start));
    let authority_end = start.saturating_add(authority_len);
    let authority = bytes.get(start..authority_end)?;
    let (userinfo, host_start) = match memchr::memrchr(b'@', authority) {
        Some(at) => (Some(start..start.saturating_add(at)), start.saturating_add(at).saturating_add(1)),
        None => (None, start),
    };
    let (host, host_end) = host_of(bytes, host_start..authority_end, form)?;
    let (port, port_end) = port_of(bytes.get(host_end..authority_end)?);
    let hostport_end = host_end.saturating_add(port_end);
    // What follows a host that is no part of a URL ends it there, unless it says that the host goes on at run time.
    let end = if hostport_end == authority_end {
        start.saturating_add(trimmed(bytes.get(start..end)?)).max(hostport_end)
    } else if matches!(bytes.get(hostport_end), Some(b'{' | b'$' | b'%' | b'(' | b'+' | b'<')) {
        return None;
    } else {
        hostport_end
    };
    let (userinfo, has_password) = secret_of(bytes, userinfo);
    Some(Url { scheme, range: first..end, userinfo, has_password, host, port })
}

/// How many bytes from the authority on may belong to a URL.
fn length(rest: &[u8], form: Form) -> usize {
    let mut at = 0_usize;
    while let Some(byte) = rest.get(at) {
        let next = rest.get(at.saturating_add(1));
        match byte {
            0..=b' ' | 0x7f | b'"' | b'\'' | b'`' | b'<' | b'>' | b'|' => break,
            b'\\' if form != Form::Escaped || next != Some(&b'/') => break,
            b'&' | b'#' if form == Form::Percent => break,
            0x80.. => match letter(rest.get(at..).unwrap_or_default()) {
                Some(len) => {
                    at = at.saturating_add(len);
                    continue;
                }
                None => break,
            },
            _ => {}
        }
        at = at.saturating_add(1);
    }
    at.min(rest.len())
}

/// Length in bytes of the letter or digit beyond ASCII that stands first.
fn letter(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..4).unwrap_or(bytes);
    let valid = head.utf8_chunks().next()?.valid();
    let c = valid.chars().next()?;
    c.is_alphanumeric().then(|| c.len_utf8())
}

fn ends_authority(byte: u8, form: Form) -> bool {
    matches!(byte, b'/' | b'?' | b'#') || (byte == b'\\' && form == Form::Escaped) || (byte == b'%' && form == Form::Percent)
}

/// The host, lower-cased, and where it ends.
fn host_of(bytes: &[u8], range: Range<usize>, form: Form) -> Option<(String, usize)> {
    let text = bytes.get(range.clone())?;
    if text.first() == Some(&b'[') {
        let close = memchr::memchr(b']', text)?;
        let inner = std::str::from_utf8(text.get(1..close)?).ok()?;
        let ip: std::net::Ipv6Addr = inner.parse().ok()?;
        return Some((format!("[{ip}]"), range.start.saturating_add(close).saturating_add(1)));
    }
    let mut len = 0_usize;
    while let Some(byte) = text.get(len) {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => len = len.saturating_add(1),
            0x80.. => match letter(text.get(len..)?) {
                Some(more) => len = len.saturating_add(more),
                None => break,
            },
            _ => break,
        }
    }
    let whole = text.get(..len)?;
    // A dot that ends the host is a full stop, or says that the rest of the name comes later.
    let host = whole.trim_ascii_end().strip_suffix(b".").unwrap_or(whole);
    let goes_on =
        matches!(text.get(len), Some(b'{' | b'$' | b'(' | b'<')) || (text.get(len) == Some(&b'%') && form != Form::Percent);
    let shown = std::str::from_utf8(host).ok()?.to_lowercase();
    let plausible = shown.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
        && !shown.starts_with(['.', '-'])
        && !shown.contains("..")
        && host.len() <= 253;
    (plausible && !goes_on).then(|| (shown, range.start.saturating_add(host.len())))
}

/// The port behind a host, and how many bytes it takes with its colon.
fn port_of(rest: &[u8]) -> (Option<u16>, usize) {
    let Some(rest) = rest.strip_prefix(b":") else { return (None, 0) };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = rest.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    match number {
        Some(port) => (Some(port), digits.saturating_add(1)),
        None => (None, 0),
    }
}

/// Length of a URL's rest without the punctuation of the sentence or the brackets it stands in.
fn trimmed(text: &[u8]) -> usize {
    let mut text = text;
    while let Some((last, before)) = text.split_last() {
        let open = match last {
            b'.' | b',' | b';' | b':' | b'!' | b'?' | b'*' | b'\\' | b'$' => 0,
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => break,
        };
        let count = |byte: u8| memchr::memchr_iter(byte, text).count();
        if open != 0 && count(open) >= count(*last) {
            break;
        }
        text = before;
    }
    text.len()
}

/// The user information that must be masked, and whether it carries a password. Placeholders are none.
fn secret_of(bytes: &[u8], userinfo: Option<Range<usize>>) -> (Option<Range<usize>>, bool) {
    let Some(range) = userinfo else { return (None, false) };
    let text = bytes.get(range.clone()).unwrap_or_default();
    let (user, password) = match memchr::memchr(b':', text) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at.saturating_add(1)..).unwrap_or_default()),
        None => (text, &b""[..]),
    };
    let password = if password.is_empty() && user.len() >= TOKEN_BYTES_MIN { user } else { password };
    let has_password = !is_placeholder(password);
    ((!password.is_empty()).then_some(range), has_password)
}

fn is_placeholder(password: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "password",
        "passwd",
        "pass",
        "pwd",
        "secret",
        "token",
        "user",
        "changeme",
        "example",
        "my-password",
        "yourpassword",
        "pw",
    ];
    let same = password.iter().all(|byte| Some(byte) == password.first());
    let variable = matches!(password.first(), Some(b'$' | b'{' | b'<' | b'%' | b'[' | b'('));
    same || variable || WORDS.iter().any(|word| password.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;

    #[test]
    fn urls_are_read_as_written() {
        #[rustfmt::skip]
        let cases: &[(&str, &[&str])] = &[
            ("see https://Example.COM/a(b)c.", &["url=https://Example.COM/a(b)c scheme=https host=example.com"]),
            ("(http://a.test/x)", &["url=http://a.test/x scheme=http host=a.test"]),
            ("\"wss://h.test:8443/s?a=1#f\"", &["url=wss://h.test:8443/s?a=1#f scheme=wss host=h.test port=8443"]),
            ("https:\\/\\/a.test\\/b\\/c\"", &["url=https://a.test/b/c scheme=https host=a.test"]),
            ("u=https%3A%2F%2Fa.test%2Fb&x", &["url=https%3A%2F%2Fa.test%2Fb scheme=https host=a.test"]),
            ("'\\nhttp://a.test'", &["url=http://a.test scheme=http host=a.test"]),
            ("git+https://g.test/r.git", &["url=https://g.test/r.git scheme=https host=g.test"]),
            ("HTTP://[2001:DB8::1]:80/", &["url=HTTP://[2001:DB8::1]:80/ scheme=http host=[2001:db8::1] port=80"]),
            ("http://203.0.113.7/x http://203.0.113.7/x", &["url=http://203.0.113.7/x scheme=http host=203.0.113.7"]),
            ("http://xn--bcher-kva.test", &["url=http://xn--bcher-kva.test scheme=http host=xn--bcher-kva.test"]),
            ("http://b\u{fc}cher.test/", &["url=http://b\u{fc}cher.test/ scheme=http host=b\u{fc}cher.test"]),
            ("https://bob:hunter22@a.test/", &["url=https://bob:hunter22@a.test/ scheme=https host=a.test userinfo=1"]),
            ("https://bob:password@a.test/", &["url=https://bob:password@a.test/ scheme=https host=a.test"]),
            ("ssh://git@a.test/r", &["url=ssh://git@a.test/r scheme=ssh host=a.test"]),
            ("socks5h://127.0.0.1:9050", &["url=socks5h://127.0.0.1:9050 scheme=socks5h host=127.0.0.1 port=9050"]),
            ("http://a.test, http://b.test.", &["url=http://a.test scheme=http host=a.test", "url=http://b.test scheme=http host=b.test"]),
            ("https://w.test/http://e.test/x", &["url=https://w.test/http://e.test/x scheme=https host=w.test", "url=http://e.test/x scheme=http host=e.test"]),
            ("https://a.test/{id}/x", &["url=https://a.test/{id}/x scheme=https host=a.test"]),
            ("http://a.test:${port}/", &["url=http://a.test scheme=http host=a.test"]),
            ("http://${host}/ https://{0}/ http://%s/ https://api.${r}.test/ http:// http://. file:///etc x://y", &[]),
            ("http://-/ http://.. http://\"", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("url {line}")).collect();
            assert_eq!(seen("javascript", text.as_bytes(), &["url"]), expected, "{text}");
        }
    }

    #[test]
    fn urls_are_found_in_binaries() {
        let wide: Vec<u8> = "http://c.test:8080/p".bytes().flat_map(|byte| [byte, 0]).collect();
        let bytes = [b"\x7fELF\0\0\x01\x02\0\0".to_vec(), wide, b"\0\0\0\0https://d.test/q\0\x01\x02".to_vec()].concat();
        let expected = [
            "url url=http://c.test:8080/p scheme=http host=c.test port=8080",
            "url url=https://d.test/q scheme=https host=d.test",
        ];
        assert_eq!(seen("elf", &bytes, &["url"]), expected);
    }
}
