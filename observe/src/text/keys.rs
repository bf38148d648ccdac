//! Keys and certificates: PEM (RFC 7468, RFC 1421), OpenPGP armor (RFC 9580) and OpenSSH public keys (RFC 4253). A header
//! alone, as in code that parses keys, is none: the body must decode, and be whole.
//! Not handled: DER without armor, PKCS#12, Java key stores, PuTTY keys.

use super::Subject;
use super::credentials::fingerprint;
use crate::matcher::Found;
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, FactKind, vocabulary};

/// The start of an armored block, and of the base-64 forms of OpenSSH's public keys.
pub(crate) static MARKS: &[&[u8]] = &[b"-----BEGIN ", b"AAAAB3NzaC1", b"AAAAC3NzaC1lZDI1NTE5", b"AAAAE2VjZHNhLXNoYTIt"];

/// Most bytes of a block that are read.
const BLOCK_BYTES_MAX: usize = 1 << 18;

/// What a label of a block says.
struct Label {
    text: &'static str,
    fact: &'static FactKind,
    /// The `kind` of the fact; empty for certificates.
    kind: &'static str,
    body: Body,
}

/// What must stand in a block.
#[derive(Clone, Copy, PartialEq)]
enum Body {
    /// One DER value; or ciphertext, where the headers say so (RFC 1421).
    Der,
    /// The same, encrypted by what it says itself (PKCS#8).
    EncryptedDer,
    /// `openssh-key-v1` and a list of fields.
    OpenSsh,
    /// OpenPGP packets.
    Pgp,
}

static LABELS: &[Label] = &[
    Label { text: "PRIVATE KEY", fact: &vocabulary::KEY_PRIVATE, kind: "pkcs8", body: Body::Der },
    Label { text: "ENCRYPTED PRIVATE KEY", fact: &vocabulary::KEY_PRIVATE, kind: "pkcs8", body: Body::EncryptedDer },
    Label { text: "RSA PRIVATE KEY", fact: &vocabulary::KEY_PRIVATE, kind: "rsa", body: Body::Der },
    Label { text: "EC PRIVATE KEY", fact: &vocabulary::KEY_PRIVATE, kind: "ec", body: Body::Der },
    Label { text: "DSA PRIVATE KEY", fact: &vocabulary::KEY_PRIVATE, kind: "dsa", body: Body::Der },
    Label { text: "OPENSSH PRIVATE KEY", fact: &vocabulary::KEY_PRIVATE, kind: "openssh", body: Body::OpenSsh },
    Label { text: "PGP PRIVATE KEY BLOCK", fact: &vocabulary::KEY_PRIVATE, kind: "pgp", body: Body::Pgp },
    Label { text: "PUBLIC KEY", fact: &vocabulary::KEY_PUBLIC, kind: "spki", body: Body::Der },
    Label { text: "RSA PUBLIC KEY", fact: &vocabulary::KEY_PUBLIC, kind: "rsa", body: Body::Der },
    Label { text: "PGP PUBLIC KEY BLOCK", fact: &vocabulary::KEY_PUBLIC, kind: "pgp", body: Body::Pgp },
    Label { text: "CERTIFICATE", fact: &vocabulary::CERTIFICATE, kind: "", body: Body::Der },
    Label { text: "TRUSTED CERTIFICATE", fact: &vocabulary::CERTIFICATE, kind: "", body: Body::Der },
    Label { text: "X509 CERTIFICATE", fact: &vocabulary::CERTIFICATE, kind: "", body: Body::Der },
];

/// Reads the key at a mark.
pub(crate) fn observe(subject: &Subject, found: Found, facts: &mut Facts) {
    if facts.met_inside(found.start) > 0 {
        return;
    }
    if found.mark == 0 {
        armored(subject.bytes, found, facts);
    } else {
        openssh(subject.bytes, found, facts);
    }
}

/// A block with a header and a footer.
fn armored(bytes: &[u8], found: Found, facts: &mut Facts) -> Option<()> {
    let head = bytes.get(found.end..)?;
    let head = head.get(..40).unwrap_or(head);
    let text = head.get(..memchr::memmem::find(head, b"-----")?)?;
    let label = LABELS.iter().find(|label| label.text.as_bytes() == text)?;
    let start = found.end.saturating_add(text.len()).saturating_add(5);
    let rest = bytes.get(start..start.saturating_add(BLOCK_BYTES_MAX).min(bytes.len()))?;
    let len = memchr::memmem::find(rest, b"-----")?;
    rest.get(len..)?.starts_with(b"-----END ").then_some(())?;
    let body_end = start.saturating_add(len);
    let (decoded, encrypted) = decode(rest.get(..len)?)?;
    let encrypted = is_whole(&decoded, label.body, encrypted)?;
    let tail = bytes.get(body_end..body_end.saturating_add(60).min(bytes.len()))?;
    let footer = memchr::memmem::find(tail.get(9..)?, b"-----").map_or(9, |at| at.saturating_add(14));
    let end = body_end.saturating_add(footer).min(bytes.len());
    facts.read_until(end);
    if label.fact == &vocabulary::KEY_PRIVATE {
        facts.secret(start..body_end, None);
    }
    say(label, &decoded, encrypted, found.start, end, facts);
    Some(())
}

fn say(label: &Label, decoded: &[u8], encrypted: bool, start: usize, end: usize, facts: &mut Facts) {
    let fingerprint = fingerprint(decoded);
    if !facts.is_new(format!("{} {fingerprint}", label.fact.name).as_bytes()) {
        return;
    }
    let mut fact = Fact::new(label.fact, span(start, end), names::KEYS);
    if !label.kind.is_empty() {
        fact = fact.with("kind", label.kind);
    }
    fact = fact.with("fingerprint", fingerprint);
    if encrypted {
        fact = fact.with("encrypted", true);
    }
    facts.push(fact);
}

/// The bytes that a block carries, and whether its headers say that they are encrypted. Quotes, comment marks, joins of
/// strings and escaped line ends around the lines are skipped, as blocks stand in source code too.
fn decode(body: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut text = Vec::with_capacity(body.len());
    let mut encrypted = false;
    for line in lines(body) {
        if memchr::memchr(b':', line).is_some() {
            encrypted |= memchr::memmem::find(line, b"ENCRYPTED").is_some();
            continue;
        }
        if line.trim_ascii_start().first() == Some(&b'=') && line.trim_ascii().len() == 5 {
            break;
        }
        for run in line.split(|byte| !matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/')) {
            // `+` joins strings and `//` opens comments.
            if run.iter().any(u8::is_ascii_alphanumeric) {
                text.extend_from_slice(run);
            }
        }
    }
    let encoding = data_encoding::BASE64_NOPAD;
    let whole = encoding.decode(&text).ok();
    // Bits behind the last byte need not be zero for lenient readers.
    let cut = || encoding.decode(text.get(..text.len().saturating_sub(text.len() % 4))?).ok();
    Some((whole.or_else(cut)?, encrypted))
}

/// The lines of a block; in source code their ends may be written as `\n`, `\\n` or `\r\n`.
fn lines(body: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = body;
    while let Some(at) = memchr::memchr2(b'\n', b'\\', rest) {
        lines.push(rest.get(..at).unwrap_or_default());
        let behind = rest.get(at.saturating_add(1)..).unwrap_or_default();
        let is_escape = rest.get(at) == Some(&b'\\') && matches!(behind.first(), Some(b'n' | b'r' | b't' | b'\\' | b'\r'));
        rest = if is_escape && behind.first() != Some(&b'\\') { behind.get(1..).unwrap_or_default() } else { behind };
    }
    lines.push(rest);
    lines
}

/// Whether the bytes are what the label promises, none missing, and whether a passphrase protects them.
fn is_whole(decoded: &[u8], body: Body, encrypted: bool) -> Option<bool> {
    if decoded.len() < 32 || decoded.iter().all(|byte| Some(byte) == decoded.first()) {
        return None;
    }
    match body {
        Body::Der if encrypted => decoded.len().is_multiple_of(8).then_some(true),
        Body::Der => der_is_whole(decoded).then_some(false),
        Body::EncryptedDer => der_is_whole(decoded).then_some(true),
        Body::OpenSsh => {
            let fields = decoded.strip_prefix(b"openssh-key-v1\0")?;
            let (cipher, _) = field(fields)?;
            (decoded.len() > 100).then_some(cipher != b"none")
        }
        Body::Pgp => pgp_packet(decoded),
    }
}

/// Whether one DER sequence (ITU-T X.690) starts here and ends here; some writers append a few bytes.
fn der_is_whole(bytes: &[u8]) -> bool {
    let (len, header) = match bytes {
        [0x30, short @ 0..=0x7f, ..] => (usize::from(*short), 2_usize),
        [0x30, 0x81, a, ..] => (usize::from(*a), 3),
        [0x30, 0x82, a, b, ..] => (usize::from(u16::from_be_bytes([*a, *b])), 4),
        [0x30, 0x83, a, b, c, ..] => (usize::try_from(u32::from_be_bytes([0, *a, *b, *c])).unwrap_or(usize::MAX), 5),
        _ => return false,
    };
    let end = header.saturating_add(len);
    end <= bytes.len()
}

/// Whether an OpenPGP key packet starts here, and then whether a passphrase protects the secret (RFC 9580, section 5.5.3):
/// read only as far as the packet's tag; protection is told by the usage octet of version 4 RSA, EdDSA and ECDH keys alone.
fn pgp_packet(bytes: &[u8]) -> Option<bool> {
    let tag = *bytes.first()?;
    let kind = if tag & 0x40 != 0 { tag & 0x3f } else { tag >> 2 & 0x0f };
    (tag & 0x80 != 0 && matches!(kind, 5 | 6)).then_some(())?;
    if kind == 6 {
        return Some(false);
    }
    let header: usize = match (tag & 0x40 != 0, tag & 3, bytes.get(1)?) {
        (true, _, 0..=191) => 2,
        (true, _, 192..=223) | (false, 1, _) => 3,
        (true, _, 255) => 6,
        (false, 0, _) => 2,
        (false, 2, _) => 5,
        _ => return Some(false),
    };
    let packet = bytes.get(header..)?;
    let (version, algorithm) = (packet.first()?, packet.get(5)?);
    let mut rest = packet.get(6..)?;
    let numbers = match (version, algorithm) {
        (4, 1..=3) => 2,
        (4, 18 | 19 | 22) => {
            rest = rest.get(usize::from(*rest.first()?).saturating_add(1)..)?;
            1
        }
        _ => return Some(false),
    };
    for _ in 0..numbers {
        let bits = u16::from_be_bytes([*rest.first()?, *rest.get(1)?]);
        rest = rest.get(usize::from(bits).div_ceil(8).saturating_add(2)..)?;
    }
    if *algorithm == 18 {
        rest = rest.get(usize::from(*rest.first()?).saturating_add(1)..)?;
    }
    Some(rest.first().is_some_and(|usage| *usage != 0))
}

/// A field with its length before it, and what follows (RFC 4251, section 5).
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)
}

/// An OpenSSH public key, as in `authorized_keys`.
fn openssh(bytes: &[u8], found: Found, facts: &mut Facts) -> Option<()> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if found.start.checked_sub(1).and_then(|at| bytes.get(at)).is_some_and(is_base64) {
        return None;
    }
    let rest = bytes.get(found.start..found.start.saturating_add(4096).min(bytes.len()))?;
    let text = rest.get(..rest.iter().take_while(|byte| is_base64(byte)).count())?;
    let decoded = data_encoding::BASE64_NOPAD.decode(text).ok()?;
    let (name, mut fields) = field(&decoded)?;
    (name.starts_with(b"ssh-") || name.starts_with(b"ecdsa-sha2-")).then_some(())?;
    let mut count = 0_usize;
    while !fields.is_empty() {
        (_, fields) = field(fields)?;
        count = count.saturating_add(1);
    }
    let least: usize = match name {
        b"ssh-dss" => 4,
        name if name == b"ssh-rsa" || name.starts_with(b"ecdsa-") => 2,
        _ => 1,
    };
    let label = Label { text: "", fact: &vocabulary::KEY_PUBLIC, kind: "openssh", body: Body::OpenSsh };
    (count >= least).then(|| say(&label, &decoded, false, found.start, found.start.saturating_add(text.len()), facts))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tests::seen;
    use super::*;
    use data_encoding::BASE64;

    fn der(len: usize) -> Vec<u8> {
        let mut bytes = vec![0x30, 0x82, (len >> 8) as u8, len as u8];
        bytes.extend((0..len).map(|at| (at.wrapping_mul(181) ^ 0x5a) as u8));
        bytes
    }

    pub(crate) fn pem(label: &str, headers: &str, bytes: &[u8], end: &str) -> String {
        let text = BASE64.encode(bytes);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN {label}-----{end}{headers}{}{end}-----END {label}-----{end}", lines.join(end))
    }

    pub(crate) fn private_key() -> String {
        pem("RSA PRIVATE KEY", "", &der(300), "\n")
    }

    fn check(text: &str, expected: &[String]) {
        assert_eq!(seen("text", text.as_bytes(), &["key.private", "key.public", "certificate"]), expected, "{text}");
    }

    #[test]
    fn keys_are_read_whole() {
        let (key, mark) = (der(300), fingerprint(&der(300)));
        let private = |kind: &str| vec![format!("key.private kind={kind} fingerprint={mark}")];
        check(&pem("RSA PRIVATE KEY", "", &key, "\n"), &private("rsa"));
        check(&pem("PRIVATE KEY", "", &key, "\r\n"), &private("pkcs8"));
        check(&format!("{{\"k\": \"{}\"}}", pem("PRIVATE KEY", "", &key, "\\n")), &private("pkcs8"));
        check(&pem("EC PRIVATE KEY", "", &key, "\\n\" +\n    \""), &private("ec"));
        check(&pem("DSA PRIVATE KEY", "", &key, "\n// "), &private("dsa"));
        let twice = format!("{}{}", pem("PRIVATE KEY", "", &key, "\n"), pem("PRIVATE KEY", "", &key, "\n"));
        check(&twice, &private("pkcs8"));
        check(&pem("ENCRYPTED PRIVATE KEY", "", &key, "\n"), &[format!("key.private kind=pkcs8 fingerprint={mark} encrypted=1")]);
        let (cipher, headers) =
            (vec![0x5b; 63].into_iter().chain([1]).collect::<Vec<u8>>(), "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n");
        let expected = format!("key.private kind=rsa fingerprint={} encrypted=1", fingerprint(&cipher));
        check(&pem("RSA PRIVATE KEY", headers, &cipher, "\n"), &[expected]);
        check(&pem("PUBLIC KEY", "", &key, "\n"), &[format!("key.public kind=spki fingerprint={mark}")]);
        check(&pem("CERTIFICATE", "", &key, "\n"), &[format!("certificate fingerprint={mark}")]);
    }

    #[test]
    fn openssh_and_pgp_keys_are_read() {
        let fields = |fields: &[&[u8]]| -> Vec<u8> {
            fields.iter().flat_map(|field| [&(field.len() as u32).to_be_bytes()[..], field].concat()).collect()
        };
        for (cipher, mark) in [(b"none".as_slice(), ""), (b"aes256-ctr", " encrypted=1")] {
            let body = [b"openssh-key-v1\0".to_vec(), fields(&[cipher, b"none", b"", &[7; 120]])].concat();
            let expected = format!("key.private kind=openssh fingerprint={}{mark}", fingerprint(&body));
            check(&pem("OPENSSH PRIVATE KEY", "", &body, "\n"), &[expected]);
        }
        for (usage, mark) in [(0_u8, ""), (254, " encrypted=1")] {
            let mut packet = vec![0x94, 90, 4, 0, 0, 0, 1, 1, 0, 16, 0xab, 0xcd, 0, 8, 0x11, usage];
            packet.resize(92, 0x3c);
            let text = pem("PGP PRIVATE KEY BLOCK", "Version: 1\n\n", &packet, "\n").replace("\n-----END", "\n=AbCd\n-----END");
            check(&text, &[format!("key.private kind=pgp fingerprint={}{mark}", fingerprint(&packet))]);
        }
        for name in [b"ssh-rsa".as_slice(), b"ssh-ed25519", b"ecdsa-sha2-nistp256"] {
            let blob = fields(&[name, &[3; 33], &[5; 65]]);
            let line = format!("{} {} me@host", String::from_utf8_lossy(name), BASE64.encode(&blob));
            check(&line, &[format!("key.public kind=openssh fingerprint={}", fingerprint(&blob))]);
        }
    }

    #[test]
    fn what_only_looks_like_a_key_is_none() {
        let cut = pem("RSA PRIVATE KEY", "", &der(300)[..200], "\n");
        let cases = [
            "if data.startswith('-----BEGIN RSA PRIVATE KEY-----'):",
            "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END PRIVATE KEY-----",
            "-----BEGIN CERTIFICATE REQUEST-----\nMIIE\n-----END CERTIFICATE REQUEST-----",
            "-----BEGIN PRIVATE KEY-----\n-----BEGIN PRIVATE KEY-----\n",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB... user",
            "-----BEGIN ",
            "AAAAC3NzaC1lZDI1NTE5",
            &cut,
        ];
        for text in cases {
            check(text, &[]);
        }
    }
}
