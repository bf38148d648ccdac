//! Ciphers as primitives: AES (FIPS 197) in the modes ECB, CBC, CTR, CFB and OFB (SP 800-38A) and GCM (SP 800-38D), RC4, the
//! token of Fernet, and how OpenSSL makes a key of a password.
//!
//! Not handled: authentication tags, which are cut off and not checked (a wrong key gives no code); DES, Blowfish, ChaCha20.

use super::digests;
use super::values::BYTES_MAX;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

/// Bytes of a block.
const BLOCK: usize = 16;

/// What a cipher is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cipher {
    /// `aes` or `rc4`.
    pub name: &'static str,
    /// Mode of a block cipher; empty where it has none.
    pub mode: &'static str,
    /// Key.
    pub key: Vec<u8>,
    /// Start value: initialisation vector, nonce or counter block.
    pub start: Vec<u8>,
    /// Whether padding is cut off.
    pub unpads: bool,
}

enum Aes {
    Aes128(aes::Aes128),
    Aes192(aes::Aes192),
    Aes256(aes::Aes256),
}

impl Aes {
    fn new(key: &[u8]) -> Option<Self> {
        Some(match key.len() {
            16 => Self::Aes128(aes::Aes128::new_from_slice(key).ok()?),
            24 => Self::Aes192(aes::Aes192::new_from_slice(key).ok()?),
            32 => Self::Aes256(aes::Aes256::new_from_slice(key).ok()?),
            _ => return None,
        })
    }

    fn encrypt(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Array::from(block);
        match self {
            Self::Aes128(cipher) => cipher.encrypt_block(&mut block),
            Self::Aes192(cipher) => cipher.encrypt_block(&mut block),
            Self::Aes256(cipher) => cipher.encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt(&self, block: [u8; BLOCK]) -> [u8; BLOCK] {
        let mut block = Array::from(block);
        match self {
            Self::Aes128(cipher) => cipher.decrypt_block(&mut block),
            Self::Aes192(cipher) => cipher.decrypt_block(&mut block),
            Self::Aes256(cipher) => cipher.decrypt_block(&mut block),
        }
        block.into()
    }
}

/// Decrypts a whole message; `None` where key, start value or length do not fit.
pub(crate) fn decrypt(cipher: &Cipher, bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > BYTES_MAX {
        return None;
    }
    if cipher.name == "rc4" {
        return rc4(&cipher.key, bytes);
    }
    let aes = Aes::new(&cipher.key)?;
    let start = &cipher.start;
    let plain = match cipher.mode {
        "ecb" => chained(&aes, None, bytes)?,
        "cbc" => chained(&aes, Some(start.as_slice().try_into().ok()?), bytes)?,
        "cfb" => fed_back(&aes, start.as_slice().try_into().ok()?, bytes, true),
        "ofb" => fed_back(&aes, start.as_slice().try_into().ok()?, bytes, false),
        "ctr" => counted(&aes, counter(start, 0)?, bytes),
        // The first counter of GCM makes the tag; a start value of another length than twelve needs GHASH.
        "gcm" if start.len() == 12 => counted(&aes, counter(start, 2)?, bytes),
        _ => return None,
    };
    let pads = cipher.unpads && matches!(cipher.mode, "ecb" | "cbc");
    Some(if pads { unpad(&plain).map_or(plain.clone(), <[u8]>::to_vec) } else { plain })
}

/// The block that a nonce and a number make.
fn counter(nonce: &[u8], number: u8) -> Option<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    block.get_mut(..nonce.len())?.copy_from_slice(nonce);
    if number > 0 {
        *block.last_mut()? = number;
    }
    Some(block)
}

fn chained(aes: &Aes, start: Option<[u8; BLOCK]>, bytes: &[u8]) -> Option<Vec<u8>> {
    let (blocks, []) = bytes.as_chunks::<BLOCK>() else { return None };
    let mut plain = Vec::with_capacity(bytes.len());
    let mut before = start;
    for block in blocks {
        let mut opened = aes.decrypt(*block);
        if let Some(before) = &mut before {
            for (byte, with) in opened.iter_mut().zip(*before) {
                *byte ^= with;
            }
            *before = *block;
        }
        plain.extend(opened);
    }
    Some(plain)
}

fn fed_back(aes: &Aes, start: [u8; BLOCK], bytes: &[u8], cipher_text: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut before = start;
    for chunk in bytes.chunks(BLOCK) {
        let key = aes.encrypt(before);
        plain.extend(chunk.iter().zip(key).map(|(byte, with)| byte ^ with));
        before = match <[u8; BLOCK]>::try_from(chunk) {
            Ok(block) if cipher_text => block,
            _ => key,
        };
    }
    plain
}

fn counted(aes: &Aes, start: [u8; BLOCK], bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut count = u128::from_be_bytes(start);
    for chunk in bytes.chunks(BLOCK) {
        let key = aes.encrypt(count.to_be_bytes());
        plain.extend(chunk.iter().zip(key).map(|(byte, with)| byte ^ with));
        count = count.wrapping_add(1);
    }
    plain
}

fn rc4(key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    if key.is_empty() || key.len() > 256 {
        return None;
    }
    let mut state: [u8; 256] = std::array::from_fn(|at| u8::try_from(at).unwrap_or_default());
    let mut with = 0_u8;
    for (at, part) in (0..=255_u8).zip(key.iter().cycle()) {
        with = with.wrapping_add(*state.get(usize::from(at))?).wrapping_add(*part);
        state.swap(usize::from(at), usize::from(with));
    }
    let (mut at, mut with) = (0_u8, 0_u8);
    let mut plain = Vec::with_capacity(bytes.len());
    for byte in bytes {
        at = at.wrapping_add(1);
        let one = *state.get(usize::from(at))?;
        with = with.wrapping_add(one);
        let other = *state.get(usize::from(with))?;
        state.swap(usize::from(at), usize::from(with));
        plain.push(byte ^ state.get(usize::from(one.wrapping_add(other)))?);
    }
    Some(plain)
}

/// Without the padding of PKCS #7; `None` where there is none.
pub(crate) fn unpad(bytes: &[u8]) -> Option<&[u8]> {
    let last = usize::from(*bytes.last()?);
    let (rest, padding) = bytes.split_at_checked(bytes.len().checked_sub(last)?)?;
    let is_padding = (1..=BLOCK).contains(&last) && padding.iter().all(|byte| usize::from(*byte) == last);
    is_padding.then_some(rest)
}

/// Opens a Fernet token, already decoded: version, time, start value, cipher text, tag.
pub(crate) fn fernet(key: &[u8], token: &[u8]) -> Option<Vec<u8>> {
    let key = key.get(16..32)?.to_vec();
    let start = token.get(9..25)?.to_vec();
    let text = token.get(25..token.len().checked_sub(32)?)?;
    decrypt(&Cipher { name: "aes", mode: "cbc", key, start, unpads: true }, text)
}

/// Opens what OpenSSL's `enc` and CryptoJS make with a password: `Salted__`, eight bytes of salt, cipher text.
pub(crate) fn salted(password: &[u8], bytes: &[u8], name: &'static str) -> Option<Vec<u8>> {
    let (salt, text) = match bytes.strip_prefix(b"Salted__") {
        Some(rest) => rest.split_at_checked(8)?,
        None => (&[][..], bytes),
    };
    let (key, start) = key_of_password(password, salt, 32, BLOCK)?;
    decrypt(&Cipher { name, mode: "cbc", key, start, unpads: true }, text)
}

/// Key and start value of a password, by OpenSSL's `EVP_BytesToKey` with MD5 and one round.
pub(crate) fn key_of_password(password: &[u8], salt: &[u8], key_len: usize, start_len: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let wanted = key_len.checked_add(start_len)?;
    let mut made: Vec<u8> = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while made.len() < wanted {
        last = digests::digest("md5", &[&last[..], password, salt].concat())?;
        made.extend(&last);
    }
    Some((made.get(..key_len)?.to_vec(), made.get(key_len..wanted)?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::super::codecs::{base64, hex};
    use super::*;

    #[test]
    fn the_examples_of_the_standards_are_opened() {
        // SP 800-38A F.1.1, F.2.1, F.3.13, F.4.1, F.5.1; the GCM specification's test case 4 without its last block.
        let key = "2b7e151628aed2a6abf7158809cf4f3c";
        let start = "000102030405060708090a0b0c0d0e0f";
        let plain = "6bc1bee22e409f96e93d7e117393172a";
        let cases = [
            ("ecb", key, "", "3ad77bb40d7a3660a89ecaf32466ef97", plain),
            ("cbc", key, start, "7649abac8119b246cee98e9b12e9197d", plain),
            ("cfb", key, start, "3b3fd92eb72dad20333449f8e83cfb4a", plain),
            ("ofb", key, start, "3b3fd92eb72dad20333449f8e83cfb4a", plain),
            ("ctr", key, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", "874d6191b620e3261bef6864990db6ce", plain),
            (
                "gcm",
                "feffe9928665731c6d6a8f9467308308",
                "cafebabefacedbaddecaf888",
                "42831ec2217774244b7221b784d0d49c",
                "d9313225f88406e5a55909c5aff5269a",
            ),
        ];
        for (mode, key, start, text, expected) in cases {
            let hex = |text: &str| hex(text.as_bytes()).unwrap();
            let cipher = Cipher { name: "aes", mode, key: hex(key), start: hex(start), unpads: false };
            assert_eq!(decrypt(&cipher, &hex(text)), Some(hex(expected)), "{mode}");
        }
    }

    #[test]
    fn streams_passwords_and_tokens_are_opened() {
        assert_eq!(rc4(b"Key", &hex(b"bbf316e8d940af0ad3").unwrap()).as_deref(), Some(&b"Plaintext"[..]));
        // The Fernet specification's own token.
        let key = base64(b"cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=").unwrap();
        let token = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
        assert_eq!(fernet(&key, &base64(token.as_bytes()).unwrap()).as_deref(), Some(&b"hello"[..]));
    }

    #[test]
    fn what_does_not_fit_gives_nothing() {
        let cipher =
            |mode, key: usize, start: usize| Cipher { name: "aes", mode, key: vec![0; key], start: vec![0; start], unpads: true };
        let cases = [
            ("cbc", 15, 16, 16),
            ("cbc", 16, 15, 16),
            ("cbc", 16, 16, 17),
            ("gcm", 16, 13, 5),
            ("ctr", 16, 17, 5),
            ("xts", 16, 16, 16),
        ];
        for (mode, key, start, len) in cases {
            assert_eq!(decrypt(&cipher(mode, key, start), &vec![0; len]), None, "{mode} {key} {start} {len}");
        }
        assert_eq!(fernet(&[0; 32], &[0; 40]), None);
        assert_eq!(rc4(&[], b"x"), None);
    }
}
