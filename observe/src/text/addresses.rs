//! IP addresses that stand alone, outside URLs. Numbers of versions and sections look like IPv4 addresses, slices and paths of
//! names like IPv6 addresses: what stands around decides, and doubt decides against.
//! Not handled: addresses as one number or in hexadecimal, outside URLs.

use super::{Subject, credentials, routable};
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// How far back on its line a word may stand that makes an address a version.
const CONTEXT_BYTES: usize = 32;

/// Words before four small numbers that say what they are.
const NUMBERING: [&[u8]; 10] =
    [b"version", b"vers", b"release", b"revision", b"section", b"chapter", b"figure", b"clause", b"build", b"oid"];

/// Bytes that are looked at together.
const STRIDE: usize = 64;

/// Bytes before and behind a dot or colon that decide whether it is worth a look.
const BEFORE: usize = 2;
const BEHIND: usize = 7;

/// Finds addresses at their dots and colons.
pub(crate) fn observe(subject: &Subject, facts: &mut Facts) {
    let bytes = subject.bytes;
    let mut read = 0_usize;
    let mut at = 0_usize;
    while at < bytes.len() {
        let end = at.saturating_add(STRIDE).min(bytes.len());
        let around = at.checked_sub(BEFORE).and_then(|from| bytes.get(from..end.saturating_add(BEHIND)));
        if around.is_none_or(may_hold) {
            look(subject, at..end, &mut read, facts);
        }
        at = end;
    }
}

/// Whether a dot or colon in the middle stands as in an address or a token. Without branches, so that the compiler can look
/// at many bytes at once; it may say yes too often.
fn may_hold(around: &[u8]) -> bool {
    let Some((middle, behind)) = around.get(BEFORE..).and_then(|rest| Some((rest.get(..STRIDE)?, rest.get(1..)?))) else {
        return true;
    };
    let (Some(before), Some(seventh)) = (around.get(1..), behind.get(BEHIND.saturating_sub(1)..)) else { return true };
    let shifted = middle.iter().zip(around).zip(before).zip(behind).zip(seventh);
    let found = shifted.fold(0_u8, |found, ((((byte, second), first), next), seventh)| {
        let digits = is_digit(*first) & is_digit(*next);
        let dot = u8::from(*byte == b'.') & (digits | u8::from(*seventh == b'.'));
        let group = is_hex(*first) & is_hex(*second) & (is_hex(*next) | u8::from(*next == b':'));
        let opens = u8::from(*next == b':') & !is_letter(*first);
        found | dot | (u8::from(*byte == b':') & (group | opens))
    });
    found & 1 != 0
}

fn is_digit(byte: u8) -> u8 {
    u8::from(byte.wrapping_sub(b'0') < 10)
}

fn is_hex(byte: u8) -> u8 {
    is_digit(byte) | u8::from((byte | 0x20).wrapping_sub(b'a') < 6)
}

fn is_letter(byte: u8) -> u8 {
    u8::from((byte | 0x20).wrapping_sub(b'a') < 26)
}

/// Reads what stands around each dot and colon of a part.
fn look(subject: &Subject, part: Range<usize>, read: &mut usize, facts: &mut Facts) {
    let bytes = subject.bytes;
    for at in memchr::memchr2_iter(b'.', b':', bytes.get(part.clone()).unwrap_or_default()) {
        let at = part.start.saturating_add(at);
        if at < *read {
            continue;
        }
        let (before, after) = (byte(bytes, at.checked_sub(1)), byte(bytes, at.checked_add(1)));
        let found = if bytes.get(at) == Some(&b'.') {
            if byte(bytes, at.checked_add(BEHIND)) == b'.' && after.is_ascii_alphanumeric() {
                credentials::discord_bot(subject, at, facts);
            }
            if !before.is_ascii_digit() || !after.is_ascii_digit() {
                continue;
            }
            v4(subject, at).map(|(ip, range)| (IpAddr::V4(ip), range))
        } else {
            let opens = before.is_ascii_hexdigit() || !before.is_ascii_alphanumeric();
            if !(after == b':' && opens || (before.is_ascii_hexdigit() && after.is_ascii_hexdigit())) {
                continue;
            }
            v6(subject, at).map(|(ip, range)| (IpAddr::V6(ip), range))
        };
        let Some((ip, range)) = found else { continue };
        let (port, end) = port(bytes, &range, ip);
        *read = end;
        say(ip, range.start..end, port, facts);
    }
}

fn say(ip: IpAddr, range: Range<usize>, port: Option<u16>, facts: &mut Facts) {
    let shown = ip.to_string();
    let key = format!("{shown} {}", port.unwrap_or_default());
    if !facts.is_new(key.as_bytes()) {
        return;
    }
    let mut fact = Fact::new(&vocabulary::ADDRESS, span(range.start, range.end), names::ADDRESSES).with("ip", shown);
    if let Some(port) = port {
        fact = fact.with("port", i64::from(port));
    }
    if routable::is_global(ip) {
        fact = fact.with("public", true);
    }
    facts.push(fact);
}

/// The byte there, or a blank outside.
fn byte(bytes: &[u8], at: Option<usize>) -> u8 {
    at.and_then(|at| bytes.get(at)).copied().unwrap_or(b' ')
}

/// The port that follows an address; an IPv6 address must stand in brackets.
fn port(bytes: &[u8], range: &Range<usize>, ip: IpAddr) -> (Option<u16>, usize) {
    let rest = bytes.get(range.end..).unwrap_or_default();
    let rest = rest.get(..8).unwrap_or(rest);
    let (colon, skipped) = match ip {
        IpAddr::V4(_) => (rest.strip_prefix(b":"), 1_usize),
        IpAddr::V6(_) => (rest.strip_prefix(b"]:"), 2),
    };
    let digits = colon.map(|rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count()).unwrap_or_default();
    let number = colon.and_then(|rest| std::str::from_utf8(rest.get(..digits)?).ok()?.parse().ok());
    match number {
        Some(port) => (Some(port), range.end.saturating_add(skipped).saturating_add(digits)),
        None => (None, range.end),
    }
}

/// The IPv4 address whose first dot stands at `dot`.
fn v4(subject: &Subject, dot: usize) -> Option<(Ipv4Addr, Range<usize>)> {
    let bytes = subject.bytes;
    let before = bytes.get(dot.saturating_sub(4)..dot)?;
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let start = dot.checked_sub(digits)?;
    let rest = bytes.get(start..)?;
    let rest = rest.get(..16).unwrap_or(rest);
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let text = std::str::from_utf8(rest.get(..len)?).ok()?;
    let text = text.strip_suffix('.').unwrap_or(text);
    let ip: Ipv4Addr = text.parse().ok()?;
    let end = start.saturating_add(text.len());
    stands_alone(bytes, start, end).then_some(())?;
    if !subject.is_text {
        is_string(bytes, start, end).then_some(())?;
    }
    (!is_numbering(subject, start, end, ip)).then_some((ip, start..end))
}

/// Whether nothing before or behind makes four numbers a part of something else.
fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let (before, after) = (byte(bytes, start.checked_sub(1)), byte(bytes, Some(end)));
    let second = byte(bytes, end.checked_add(1));
    let head = bytes.get(start.saturating_sub(6)..start).unwrap_or_default();
    let joined_before = match before {
        b'.' | b'_' | b'+' | b'~' | b'^' | 0x80.. => true,
        // A requirement (`==1.2.3.4`, `>= 1.2.3.4`), a release (`name-1.2.3.4`), a product (`Name/1.2.3.4`).
        b'=' => matches!(head.iter().nth_back(1), Some(b'=' | b'>' | b'<' | b'~' | b'!' | b'^')),
        b'>' => matches!(head.iter().nth_back(1), Some(b'~')),
        b'-' => head.iter().nth_back(1).is_some_and(u8::is_ascii_alphanumeric) && !range_leads(bytes, start),
        b'/' => {
            let in_url = head.ends_with(b"://");
            let socket = head.ends_with(b"tcp/") || head.ends_with(b"udp/");
            in_url || (!socket && head.iter().nth_back(1).is_some_and(u8::is_ascii_alphanumeric))
        }
        byte => byte.is_ascii_alphanumeric(),
    };
    let joined_after = match after {
        b'.' => second.is_ascii_alphanumeric(),
        b'-' | b'+' => second.is_ascii_alphabetic() || (second.is_ascii_digit() && !range_follows(bytes, end)),
        b'_' | 0x80.. => true,
        byte => byte.is_ascii_alphanumeric(),
    };
    !joined_before && !joined_after
}

/// Whether a second address follows, as in `10.0.0.1-10.0.0.9`.
fn range_follows(bytes: &[u8], end: usize) -> bool {
    let rest = bytes.get(end.saturating_add(1)..).unwrap_or_default();
    let text = rest.iter().take(15).take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    text.filter(|byte| **byte == b'.').count() == 3
}

/// Whether another address stands before it, as in `10.0.0.1-10.0.0.9`.
fn range_leads(bytes: &[u8], start: usize) -> bool {
    let before = bytes.get(..start.saturating_sub(1)).unwrap_or_default();
    let text = before.iter().rev().take(15).take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    text.filter(|byte| **byte == b'.').count() == 3
}

/// Whether it fills a string of a binary, or a value in one.
fn is_string(bytes: &[u8], start: usize, end: usize) -> bool {
    let opens = |byte: u8| matches!(byte, 0 | b'"' | b'\'' | b'=' | b'@' | b'/' | b'\n' | b',' | b' ');
    let closes = |byte: u8| matches!(byte, 0 | b'"' | b'\'' | b':' | b'/' | b'\n' | b',' | b' ');
    opens(byte(bytes, start.checked_sub(1))) && closes(byte(bytes, Some(end)))
}

/// Whether the words before it say that it is a version or the like, and its numbers do not look otherwise.
fn is_numbering(subject: &Subject, start: usize, end: usize, ip: Ipv4Addr) -> bool {
    let (bytes, is_text) = (subject.bytes, subject.is_text);
    if ip.octets().iter().filter(|octet| **octet >= 100).count() >= 2
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_unspecified()
    {
        return false;
    }
    let has_port = byte(bytes, Some(end)) == b':' && byte(bytes, end.checked_add(1)).is_ascii_digit();
    // Object identifiers of X.500 (2.5.4, 2.5.29) and of the internet (1.3.6.1).
    let is_oid = matches!(ip.octets(), [2, 5, 4 | 29, _] | [1, 3, 6, 1]);
    let [first, others @ ..] = ip.octets();
    let small = ip.octets().iter().all(|octet| *octet < 33) && others.iter().any(|octet| *octet != first);
    if !has_port && (is_oid || (small && (!is_text || is_heading(bytes, start, end)))) {
        return true;
    }
    let line = bytes.get(start.saturating_sub(CONTEXT_BYTES)..start).unwrap_or_default();
    let line = memchr::memrchr(b'\n', line).and_then(|at| line.get(at..)).unwrap_or(line).to_ascii_lowercase();
    let says = |word: &&[u8]| line.windows(word.len()).any(|window| window == *word);
    let short =
        line.split(|byte| !byte.is_ascii_alphabetic()).any(|word| matches!(word, b"ver" | b"v" | b"rev" | b"rel" | b"sec"));
    !has_port && (short || NUMBERING.iter().any(says))
}

/// Whether it numbers the words behind it, at the start of a line or comment: `// 8.1.5.1 Event handlers`.
fn is_heading(bytes: &[u8], start: usize, end: usize) -> bool {
    let line = bytes.get(start.saturating_sub(CONTEXT_BYTES)..start).unwrap_or_default();
    let before = memchr::memrchr(b'\n', line).and_then(|at| line.get(at..)).unwrap_or(line);
    let leads = before.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'#' | b'*' | b'%' | b'-' | b';'));
    leads && byte(bytes, Some(end)) == b' ' && byte(bytes, end.checked_add(1)).is_ascii_alphabetic()
}

/// The IPv6 address around the colon at `colon`, which is the first of it.
fn v6(subject: &Subject, colon: usize) -> Option<(Ipv6Addr, Range<usize>)> {
    let bytes = subject.bytes;
    let before = bytes.get(colon.saturating_sub(5)..colon)?;
    let start = colon.checked_sub(before.iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count())?;
    let rest = bytes.get(start..)?;
    let rest = rest.get(..46).unwrap_or(rest);
    let len = rest.iter().take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.')).count();
    let text = std::str::from_utf8(rest.get(..len)?).ok()?.trim_end_matches('.');
    let text = if text.ends_with("::") { text } else { text.trim_end_matches(':') };
    let end = start.saturating_add(text.len());
    let (left, right) = (byte(bytes, start.checked_sub(1)), byte(bytes, Some(end)));
    let is_joint = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | 0x80..);
    if is_joint(left) || (is_joint(right) && right != b'.') || (!subject.is_text && !is_string(bytes, start, end)) {
        return None;
    }
    let ip: Ipv6Addr = text.parse().ok()?;
    let quoted = matches!((left, right), (b'"', b'"') | (b'\'', b'\'') | (b'[', b']'));
    is_meant(text, ip, quoted && !(left == b'[' && byte(bytes, end.checked_add(1)) != b':')).then_some((ip, start..end))
}

/// Whether text that parses as an IPv6 address is meant as one: slices, times and paths of names parse too.
fn is_meant(text: &str, ip: Ipv6Addr, quoted: bool) -> bool {
    let groups = text.split(':').filter(|group| !group.is_empty());
    let all_pairs = groups.clone().count() == 8 && groups.clone().all(|group| group.len() == 2);
    let first = text.split(':').next().unwrap_or_default();
    let assigned = first.len() == 4 && matches!(ip.segments(), [0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xffff, ..]);
    let mapped = ip.to_ipv4_mapped().is_some() && text.contains('.');
    let nat64 = text.starts_with("64:ff9b::");
    let loopback = ip.is_loopback() && quoted;
    !all_pairs && text.bytes().any(|byte| byte.is_ascii_digit()) && (assigned || mapped || nat64 || loopback)
}

#[cfg(test)]
mod tests {
    use super::super::tests::seen;
    use super::*;
    use doorward_model::Limits;

    #[test]
    fn addresses_are_told_from_versions() {
        #[rustfmt::skip]
        let cases: &[(&str, &[&str])] = &[
            ("connect('8.8.4.4', 53)", &["ip=8.8.4.4 public=1"]),
            ("host = \"192.168.1.20:8080\"", &["ip=192.168.1.20 port=8080"]),
            ("exec 3<>/dev/tcp/9.9.9.9/443", &["ip=9.9.9.9 public=1"]),
            ("allow 10.0.0.0/8; 10.0.0.1-10.0.0.9", &["ip=10.0.0.0", "ip=10.0.0.1", "ip=10.0.0.9"]),
            ("8.8.8.8 8.8.8.8 8.8.8.8:1", &["ip=8.8.8.8 public=1", "ip=8.8.8.8 port=1 public=1"]),
            ("dns is 1.1.1.1.", &["ip=1.1.1.1 public=1"]),
            ("version: 185.143.223.10", &["ip=185.143.223.10 public=1"]),
            ("ip == '9.9.9.9'", &["ip=9.9.9.9 public=1"]),
            ("version = \"1.2.3.4\"", &[]),
            ("Version 6.0.0.1 of ver 4.3.2.1", &[]),
            ("pkg==1.2.3.4 pkg>=1.2.3.4 ~>1.2.3.4 name-1.2.3.4.tar.gz Chrome/91.0.4.12 v1.2.3.4 1.3.6.1.4.1", &[]),
            ("1.2.3 256.1.1.1 01.2.3.4 1.2.3.4-rc1 1.2.3.4a a1.2.3.4 see section 1.2.3.4", &[]),
            ("// 8.1.5.1 Event handlers\n8.8.8.8 is it", &["ip=8.8.8.8 public=1"]),
            ("\"2.5.29.15\" '2.5.4.3' 1.3.6.1", &[]),
            ("http://203.0.113.7/", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("address {line}")).collect();
            assert_eq!(seen("python", text.as_bytes(), &["address"]), expected, "{text}");
        }
    }

    #[test]
    fn addresses_of_version_six_are_told_from_code() {
        #[rustfmt::skip]
        let cases: &[(&str, &[&str])] = &[
            ("2606:4700:4700::1111", &["ip=2606:4700:4700::1111 public=1"]),
            ("'[2001:4860:4860:0:0:0:0:8888]:53'", &["ip=2001:4860:4860::8888 port=53 public=1"]),
            ("bind(\"::1\") fe80::1%eth0", &["ip=::1", "ip=fe80::1"]),
            ("::ffff:8.8.8.8", &["ip=::ffff:8.8.8.8 public=1"]),
            ("std::fs::read a[1::2] x[::1] dead::beef abc::def 12:34:56 {a:b} 00:11:22:33:44:55:66:77", &[]),
            ("::before 1::2 Foo::2001:1 :: c::1", &[]),
        ];
        for (text, expected) in cases {
            let expected: Vec<String> = expected.iter().map(|line| format!("address {line}")).collect();
            assert_eq!(seen("rust", text.as_bytes(), &["address"]), expected, "{text}");
        }
    }

    #[test]
    fn an_address_is_found_wherever_it_stands() {
        let addresses = ["9.9.9.9", "2606:4700::1111", "[64:ff9b::808:808]:53", "\"::1\"", "fe80::1", "::ffff:8.8.8.8"];
        for address in addresses {
            for pad in 1..140 {
                let text = format!("{}{address} {}", " ".repeat(pad), "x".repeat(pad));
                assert_eq!(seen("python", text.as_bytes(), &["address"]).len(), 1, "{address} {pad}");
            }
        }
    }

    #[test]
    fn looking_in_blocks_misses_nothing() {
        let parts = [
            "8.8.4.4",
            "2001:db8::1",
            "::1",
            "\"::1\"",
            " ",
            ".",
            ":",
            "1",
            "fe80",
            "x",
            "::ffff:9.9.9.9",
            "64:ff9b::1",
            "[",
            "]:80",
            "12.34",
        ];
        let mut state = 5_u64;
        for _ in 0..300 {
            let mut text = String::new();
            for _ in 0..60 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(parts[(state >> 33) as usize % parts.len()]);
            }
            let subject = Subject { bytes: text.as_bytes(), is_text: true, is_code: true };
            let (mut in_blocks, mut at_once) = (Facts::new(&Limits::default()), Facts::new(&Limits::default()));
            observe(&subject, &mut in_blocks);
            look(&subject, 0..text.len(), &mut 0, &mut at_once);
            assert_eq!(in_blocks.facts, at_once.facts, "{text}");
        }
    }

    #[test]
    fn in_binaries_an_address_fills_its_string() {
        let bytes = b"\x7fELF\0\0\x01\x02\0\0\0\x02\x03\x009.9.9.9\0GLIBC 1.2.3.4x\0\x01\x02a9.9.9.10\0\x01\x001.4.1.19\x004.4.4.4\0\x05\0\0\0";
        assert_eq!(seen("elf", bytes, &["address"]), ["address ip=9.9.9.9 public=1", "address ip=4.4.4.4 public=1"]);
    }
}
