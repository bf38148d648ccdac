//! Digests and key derivations of constants: MD5, SHA-1, SHA-2, HMAC, PBKDF2 (RFC 8018), scrypt (RFC 7914).
//!
//! Not handled: SHA-3, BLAKE2, Argon2, bcrypt, and more work than [`ROUNDS_MAX`] rounds or [`MEMORY_BYTES_MAX`] bytes.

use hmac::Hmac;
use md5::Md5;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// Most rounds of a derivation.
pub(crate) const ROUNDS_MAX: u32 = 1_000_000;

/// Most memory that a derivation may use.
const MEMORY_BYTES_MAX: u64 = 64 << 20;

/// Longest key that is derived.
const KEY_BYTES_MAX: usize = 1024;

/// A digest's name as the libraries write it, in one form.
pub(crate) fn named(name: &str) -> Option<&'static str> {
    const NAMES: [&str; 6] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    NAMES.into_iter().find(|known| *known == plain)
}

/// The digest of some bytes.
pub(crate) fn digest(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match named(name)? {
        "md5" => Md5::digest(bytes).to_vec(),
        "sha1" => Sha1::digest(bytes).to_vec(),
        "sha224" => Sha224::digest(bytes).to_vec(),
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => Sha384::digest(bytes).to_vec(),
        _ => Sha512::digest(bytes).to_vec(),
    })
}

/// The keyed digest of some bytes.
pub(crate) fn keyed(name: &str, key: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    use hmac::{KeyInit, Mac};
    macro_rules! with {
        ($digest:ty) => {{
            let mut mac = Hmac::<$digest>::new_from_slice(key).ok()?;
            mac.update(bytes);
            mac.finalize().into_bytes().to_vec()
        }};
    }
    Some(match named(name)? {
        "md5" => with!(Md5),
        "sha1" => with!(Sha1),
        "sha224" => with!(Sha224),
        "sha256" => with!(Sha256),
        "sha384" => with!(Sha384),
        _ => with!(Sha512),
    })
}

/// A key of a password by PBKDF2 with HMAC.
pub(crate) fn pbkdf2(name: &str, password: &[u8], salt: &[u8], rounds: i64, len: i64) -> Option<Vec<u8>> {
    let rounds = u32::try_from(rounds).ok().filter(|rounds| (1..=ROUNDS_MAX).contains(rounds))?;
    let mut key = vec![0; usize::try_from(len).ok().filter(|len| *len <= KEY_BYTES_MAX)?];
    match named(name)? {
        "md5" => pbkdf2_hmac::<Md5>(password, salt, rounds, &mut key),
        "sha1" => pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut key),
        "sha224" => pbkdf2_hmac::<Sha224>(password, salt, rounds, &mut key),
        "sha256" => pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut key),
        "sha384" => pbkdf2_hmac::<Sha384>(password, salt, rounds, &mut key),
        _ => pbkdf2_hmac::<Sha512>(password, salt, rounds, &mut key),
    }
    Some(key)
}

/// A key of a password by scrypt: cost, block size, lanes.
pub(crate) fn scrypt(password: &[u8], salt: &[u8], [cost, block, lanes]: [i64; 3], len: i64) -> Option<Vec<u8>> {
    let cost = u64::try_from(cost).ok().filter(|cost| cost.is_power_of_two())?;
    let (block, lanes) = (u32::try_from(block).ok()?, u32::try_from(lanes).ok()?);
    let memory = cost.checked_mul(128)?.checked_mul(block.into())?.checked_mul(lanes.into())?;
    if memory > MEMORY_BYTES_MAX {
        return None;
    }
    let params = scrypt::Params::new(u8::try_from(cost.ilog2()).ok()?, block, lanes).ok()?;
    let mut key = vec![0; usize::try_from(len).ok().filter(|len| *len <= KEY_BYTES_MAX)?];
    scrypt::scrypt(password, salt, &params, &mut key).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::super::codecs::hex_of;
    use super::*;

    #[test]
    fn the_examples_of_the_standards_come_out() {
        // RFC 1321, FIPS 180-4, RFC 2202, RFC 6070, RFC 7914.
        let cases = [
            (digest("MD5", b"abc"), "900150983cd24fb0d6963f7d28e17f72"),
            (digest("sha-1", b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (digest("SHA256", b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (keyed("md5", b"Jefe", b"what do ya want for nothing?"), "750c783e6ab0b503eaa86e310a5db738"),
            (pbkdf2("sha1", b"password", b"salt", 2, 20), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (scrypt(b"", b"", [16, 1, 1], 16), "77d6576238657b203b19ca42c18a0497"),
        ];
        for (key, expected) in cases {
            assert_eq!(key.map(|key| hex_of(&key)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn too_much_work_is_refused() {
        assert_eq!(pbkdf2("sha1", b"", b"", 1_000_000_000, 20), None);
        assert_eq!(pbkdf2("sha1", b"", b"", 0, 20), None);
        assert_eq!(pbkdf2("sha1", b"", b"", 1, 1 << 40), None);
        assert_eq!(scrypt(b"", b"", [1 << 40, 8, 1], 16), None);
        assert_eq!(scrypt(b"", b"", [15, 8, 1], 16), None);
    }
}
