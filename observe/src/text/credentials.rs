//! Credentials, recognised by the shape that their issuer publishes; each row names where. What looks like a placeholder is
//! none. Not handled: credentials without a mark of their own, such as AWS secret keys, Twilio tokens and passwords.

use super::Subject;
use super::shapes::{Class::*, Part, Part::*, is_random, length};
use crate::matcher::Found;
use crate::sink::span;
use crate::{Facts, observers::names};
use doorward_model::{Fact, vocabulary};
use sha2::{Digest as _, Sha256};
use std::ops::Range;

/// One kind of credential.
struct Row {
    kind: &'static str,
    /// What follows the mark.
    parts: &'static [Part],
    check: Check,
}

/// What a credential must pass beside its shape.
enum Check {
    /// It looks drawn at random.
    Random,
    /// Its last six characters are the checksum of the thirty before.
    Checksum,
    /// Digits stand right before the mark: they belong to it.
    DigitsBefore,
}

macro_rules! rows {
    ($($mark:literal $kind:literal $check:ident [$($part:expr),+];)+) => {
        /// What every credential of a kind contains; the index is that of its row.
        pub(crate) static MARKS: &[&[u8]] = &[$($mark),+];
        static ROWS: &[Row] = &[$(Row { kind: $kind, check: Check::$check, parts: &[$($part),+] }),+];
    };
}

#[rustfmt::skip]
rows! {
    // AWS IAM user guide, "IAM identifiers", table of unique ID prefixes; the rest is base 32.
    b"AKIA" "aws-access-key-id" Random [Run(Base32, 16, 16)];
    b"ASIA" "aws-temporary-access-key-id" Random [Run(Base32, 16, 16)];
    // GitHub, "Behind GitHub's new authentication token formats" (2021-04-05): 30 characters and a CRC-32 in base 62.
    b"ghp_" "github-personal-access-token" Checksum [Run(Alphanumeric, 36, 255)];
    b"gho_" "github-oauth-token" Checksum [Run(Alphanumeric, 36, 255)];
    b"ghu_" "github-user-token" Checksum [Run(Alphanumeric, 36, 255)];
    b"ghs_" "github-server-token" Checksum [Run(Alphanumeric, 36, 255)];
    b"ghr_" "github-refresh-token" Checksum [Run(Alphanumeric, 36, 255)];
    // GitHub changelog, "Introducing fine-grained personal access tokens" (2022-10-18).
    b"github_pat_" "github-fine-grained-token" Random [Run(Alphanumeric, 22, 22), Is(b"_"), Run(Alphanumeric, 59, 59)];
    // GitLab documentation, "Token overview", token prefixes.
    b"glpat-" "gitlab-personal-access-token" Random [Run(Base64Url, 20, 300)];
    b"gldt-" "gitlab-deploy-token" Random [Run(Base64Url, 20, 300)];
    b"glrt-" "gitlab-runner-token" Random [Run(Base64Url, 20, 300)];
    // Slack, "Token types" and "Sending messages using incoming webhooks".
    b"xoxb-" "slack-bot-token" Random [Run(Digit, 9, 14), Is(b"-"), Run(Digit, 9, 14), Is(b"-"), Run(Alphanumeric, 20, 40)];
    b"xoxp-" "slack-user-token" Random [Run(Digit, 9, 14), Is(b"-"), Run(Digit, 9, 14), Is(b"-"), Run(Base64Url, 20, 80)];
    b"xapp-" "slack-app-token" Random [Run(Digit, 1, 2), Is(b"-A"), Run(Upper, 8, 14), Is(b"-"), Run(Digit, 9, 16), Is(b"-"), Run(Hex, 64, 64)];
    b"hooks.slack.com/services/" "slack-webhook" Random [Is(b"T"), Run(Upper, 8, 12), Is(b"/B"), Run(Upper, 8, 12), Is(b"/"), Run(Alphanumeric, 24, 24)];
    // GitHub changelog, "npm has a new access token format" (2021-09-23): as GitHub's own tokens.
    b"npm_" "npm-access-token" Checksum [Run(Alphanumeric, 36, 36)];
    // PyPI help, "API tokens": `pypi-` and a macaroon, whose first field names the index or its twin for tests.
    b"pypi-AgEIcHlwaS5vcmc" "pypi-api-token" Random [Run(Base64Url, 50, 1000)];
    b"pypi-AgENdGVzdC5weXBpLm9yZw" "test-pypi-api-token" Random [Run(Base64Url, 50, 1000)];
    // Google Cloud documentation, "Manage API keys": 39 characters that begin with AIza.
    b"AIza" "google-api-key" Random [Run(Base64Url, 35, 35)];
    // Google Identity, OAuth 2.0 client secrets since 2021.
    b"GOCSPX-" "google-oauth-client-secret" Random [Run(Base64Url, 28, 28)];
    // Stripe documentation, "API keys": live secret and restricted keys.
    b"sk_live_" "stripe-secret-key" Random [Run(Alphanumeric, 24, 255)];
    b"rk_live_" "stripe-restricted-key" Random [Run(Alphanumeric, 24, 255)];
    // Discord developer documentation, "Webhook Resource": a snowflake and a token.
    b"discord.com/api/webhooks/" "discord-webhook" Random [Run(Digit, 17, 20), Is(b"/"), Run(Base64Url, 60, 80)];
    b"discordapp.com/api/webhooks/" "discord-webhook" Random [Run(Digit, 17, 20), Is(b"/"), Run(Base64Url, 60, 80)];
    // Telegram Bot API, "Authorizing your bot": the bot's number, a colon, 35 characters that begin with AA.
    b":AA" "telegram-bot-token" DigitsBefore [Run(Base64Url, 33, 33)];
    // SendGrid (Twilio) documentation, "API keys": 69 characters in three parts.
    b"SG." "sendgrid-api-key" Random [Run(Base64Url, 22, 22), Is(b"."), Run(Base64Url, 43, 43)];
    // DigitalOcean, "New token format" (2022): `dop_v1_` and 64 hexadecimal digits.
    b"dop_v1_" "digitalocean-token" Random [Run(Hex, 64, 64)];
    // Hugging Face documentation, "User access tokens".
    b"hf_" "hugging-face-token" Random [Run(Alphanumeric, 34, 40)];
}

/// Reads the credential at a mark.
pub(crate) fn observe(subject: &Subject, found: Found, facts: &mut Facts) {
    let Some(row) = ROWS.get(found.mark) else { return };
    let Some(rest) = subject.bytes.get(found.end..) else { return };
    let Some(len) = length(row.parts, rest) else { return };
    let end = found.end.saturating_add(len);
    let secret = rest.get(..len).unwrap_or_default();
    let before = subject.bytes.get(found.start.saturating_sub(13)..found.start).unwrap_or_default();
    let mut start = found.start;
    let passes = match row.check {
        Check::Random => !joins(before, found.mark) && is_random(secret),
        Check::Checksum => !joins(before, found.mark) && is_random(secret) && (secret.len() != 36 || has_checksum(secret)),
        Check::DigitsBefore => {
            let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            start = found.start.saturating_sub(digits);
            let ahead = before.get(..before.len().saturating_sub(digits)).unwrap_or_default();
            (8..=10).contains(&digits) && !joins(ahead, found.mark) && is_random(secret)
        }
    };
    if passes {
        say(subject, row.kind, start..end, found.end..end, facts);
    }
}

/// The token of a Discord bot around its first dot: its number in base 64, a time, a signature (Discord developer
/// documentation, "Authentication"). It has no mark, so it is looked for at dots.
pub(crate) fn discord_bot(subject: &Subject, dot: usize, facts: &mut Facts) {
    let before = subject.bytes.get(dot.saturating_sub(31)..dot).unwrap_or_default();
    let run = before.iter().rev().take_while(|byte| Base64Url.has(**byte)).count();
    // The letter of an escape such as `\n` does not belong to it.
    let escaped = before.len().checked_sub(run.saturating_add(1)).and_then(|at| before.get(at)) == Some(&b'\\');
    let len = run.saturating_sub(usize::from(escaped));
    let start = dot.saturating_sub(len);
    let Some(number) = subject.bytes.get(start..dot).filter(|_| (23..=28).contains(&len)) else { return };
    let is_number = data_encoding::BASE64URL_NOPAD.decode(number).is_ok_and(|number| number.iter().all(u8::is_ascii_digit));
    let behind = dot.saturating_add(1);
    let shape = [Run(Base64Url, 6, 6), Is(b"."), Run(Base64Url, 27, 38)];
    let rest = subject.bytes.get(behind..).unwrap_or_default();
    if let Some(len) = length(&shape, rest).filter(|len| is_number && is_random(rest.get(..*len).unwrap_or_default())) {
        let end = behind.saturating_add(len);
        say(subject, "discord-bot-token", start..end, start..end, facts);
    }
}

/// Gives the fact; the mark before the secret part may be shown.
fn say(subject: &Subject, kind: &str, range: Range<usize>, secret: Range<usize>, facts: &mut Facts) {
    let bytes = subject.bytes.get(range.clone()).unwrap_or_default();
    facts.secret(secret, None);
    if facts.is_new(bytes) {
        let fact = Fact::new(&vocabulary::CREDENTIAL, span(range.start, range.end), names::CREDENTIALS);
        facts.push(fact.with("kind", kind).with("fingerprint", fingerprint(bytes)));
    }
}

/// First 16 hexadecimal digits of SHA-256.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    data_encoding::HEXLOWER.encode(digest.get(..8).unwrap_or_default())
}

/// Whether a mark goes on from a word before it. A mark that is a host name may follow anything.
fn joins(before: &[u8], mark: usize) -> bool {
    let is_host = MARKS.get(mark).is_some_and(|mark| mark.ends_with(b"/"));
    // An escape such as `\n` is no word.
    let escaped = before.iter().nth_back(1) == Some(&b'\\');
    !is_host && !escaped && before.last().is_some_and(|byte| Word.has(*byte))
}

/// Whether the last six characters are the CRC-32 of those before, in base 62. The issuer's text gives no alphabet; digits,
/// capitals, small letters is what two published, revoked tokens agree with.
fn has_checksum(secret: &[u8]) -> bool {
    let Some((random, checksum)) = secret.split_at_checked(secret.len().saturating_sub(6)) else { return false };
    let number = checksum.iter().try_fold(0_u64, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'A'..=b'Z' => byte.wrapping_sub(b'A').wrapping_add(10),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(36),
            _ => return None,
        };
        number.checked_mul(62)?.checked_add(u64::from(digit))
    });
    number == Some(u64::from(crc32(random)))
}

/// CRC-32 as in gzip (RFC 1952, section 8), bit by bit: thirty bytes need no table.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1));
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tests::seen;
    use super::*;

    /// Characters of a class that look random and open nothing.
    fn random(class: super::super::shapes::Class, len: usize, seed: u64) -> String {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let next = std::iter::from_fn(|| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            Some((state >> 33) as u8 & 0x7f)
        });
        next.filter(|byte| class.has(*byte)).map(char::from).take(len).collect()
    }

    fn with_checksum(random: &str) -> String {
        const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut number = crc32(random.as_bytes());
        let mut checksum = Vec::new();
        for _ in 0..6 {
            checksum.insert(0, DIGITS[(number % 62) as usize]);
            number /= 62;
        }
        format!("{random}{}", String::from_utf8(checksum).unwrap())
    }

    /// One invented credential of each kind.
    pub(crate) fn invented() -> Vec<(&'static str, String)> {
        let mut all = Vec::new();
        for (row, mark) in ROWS.iter().zip(MARKS) {
            let mut text = String::from_utf8(mark.to_vec()).unwrap();
            match row.check {
                Check::Checksum => text.push_str(&with_checksum(&random(Alphanumeric, 30, 7))),
                _ => {
                    for (at, part) in row.parts.iter().enumerate() {
                        match part {
                            Is(bytes) => text.push_str(std::str::from_utf8(bytes).unwrap()),
                            Run(class, min, _) => text.push_str(&random(*class, *min, at as u64 + 3)),
                        }
                    }
                }
            }
            if matches!(row.check, Check::DigitsBefore) {
                text = format!("{}{text}", 987_651_234);
            }
            all.push((row.kind, text));
        }
        let number = data_encoding::BASE64URL_NOPAD.encode(b"918273645546372819");
        all.push(("discord-bot-token", format!("{number}.{}.{}", random(Base64Url, 6, 5), random(Base64Url, 38, 6))));
        all
    }

    #[test]
    fn every_row_is_recognised_in_text_and_in_binaries() {
        for (kind, token) in invented() {
            let expected = [format!("credential kind={kind} fingerprint={}", fingerprint(token.as_bytes()))];
            for text in
                [format!("key = \"{token}\"\n"), format!("\\n{token}"), format!("{token}\n{token}"), format!("(https://{token})")]
            {
                assert_eq!(seen("python", text.as_bytes(), &["credential"]), expected, "{text}");
            }
            let binary = [b"\x7fELF\0\0\0\0\0\0\0\0".as_slice(), token.as_bytes(), b"\0\0"].concat();
            assert_eq!(seen("elf", &binary, &["credential"]), expected);
        }
    }

    #[test]
    fn placeholders_and_other_words_are_none() {
        let checked = with_checksum(&random(Alphanumeric, 30, 9));
        let wrong = format!("ghp_{}x", &checked[..35]);
        let cases = [
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAXXXXXXXXXXXXXXXX",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "xAKIAQ7RZ2KPW3SVB4TNL",
            &wrong,
            "sk_live_your_key_here_0123",
            "AIza_is_a_prefix",
            "npm_config_user_agent_is_long_enough_to_look",
            "https://discord.com/api/webhooks/123456789012345678/",
            "12:AAbout",
            "hf_hub_download_is_a_function_of_the_hub_x",
            "SG.something.else",
            "glpat-xxxxxxxxxxxxxxxxxxxx",
            "xoxb-not-a-real-token",
            "AKIAIOSFODNN7Q",
        ];
        for text in cases {
            assert_eq!(seen("python", text.as_bytes(), &["credential"]), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
