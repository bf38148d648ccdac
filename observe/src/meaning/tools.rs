//! Objects of cryptographic libraries, as far as they are made of constants: ciphers, digests, derivations, paddings.
//!
//! A message is taken as a whole: `update` gives all of it and what closes a cipher nothing.
//! Not handled: messages in several parts, encryption.

use super::builtins::bytes_of;
use super::ciphers::{self, Cipher};
use super::codecs;
use super::digests;
use super::machine::Args;
use super::numbers;
use super::values::{Shape, Value, decoded};
use std::rc::Rc;

/// An object of a library.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tool {
    /// A cipher and its key, without a mode.
    Algorithm(&'static str, Vec<u8>),
    /// A mode and its start value.
    Mode(&'static str, Vec<u8>),
    /// A cipher that is ready.
    Cipher(Cipher),
    /// A Fernet key.
    Fernet(Vec<u8>),
    /// A key for AES in GCM that gets a start value with each message.
    Sealed(Vec<u8>),
    /// A digest, its key if it has one, and what it went over.
    Digest(&'static str, Option<Vec<u8>>, Vec<u8>),
    /// PBKDF2: digest, salt, rounds, length.
    Derivation(&'static str, Vec<u8>, i64, i64),
    /// scrypt: salt, cost, length.
    Scrypt(Vec<u8>, [i64; 3], i64),
    /// Padding of PKCS #7.
    Padding,
    /// Bytes as CryptoJS holds them.
    Words(Vec<u8>),
    /// A whole number beyond 64 bits, highest byte first.
    Large(Vec<u8>),
}

impl Tool {
    /// Bytes that it holds.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Digest(_, _, bytes) | Self::Words(bytes) => bytes.len(),
            _ => 0,
        }
    }
}

pub(crate) fn tool(tool: Tool) -> Value {
    Value::new(Shape::Tool(Rc::new(tool)))
}

fn of_value(value: &Value) -> Option<Vec<u8>> {
    match &value.shape {
        Shape::Tool(tool) => match &**tool {
            Tool::Words(bytes) => Some(bytes.clone()),
            _ => None,
        },
        Shape::Map(pairs) => of_value(&pairs.iter().find(|(name, _)| &**name == "ciphertext")?.1),
        _ => bytes_of(value),
    }
}

/// The argument of this position or name; JavaScript hands options over as members of an object.
fn argument<'a>(args: &'a Args<'_>, at: usize, name: &str) -> Option<&'a Value> {
    let named = args.named.iter().find(|(known, _)| *known == name).map(|(_, value)| value);
    named.or_else(|| args.get(at)).or_else(|| args.at.iter().find_map(|value| option(value, name)))
}

fn option<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match &value.shape {
        Shape::Map(pairs) => pairs.iter().rev().find(|(known, _)| &**known == name).map(|(_, value)| value),
        _ => None,
    }
}

fn bytes(args: &Args<'_>, at: usize, name: &str) -> Option<Vec<u8>> {
    argument(args, at, name).and_then(of_value)
}

fn number(args: &Args<'_>, at: usize, name: &str) -> Option<i64> {
    argument(args, at, name).and_then(Value::int)
}

fn digest_name(args: &Args<'_>, at: usize, name: &str) -> Option<&'static str> {
    let value = argument(args, at, name)?;
    match &value.shape {
        Shape::Tool(tool) => match &**tool {
            Tool::Digest(name, ..) => Some(name),
            _ => None,
        },
        _ => digests::named(value.known_text()?),
    }
}

/// How many rounds a call takes beside going over its arguments.
pub(crate) fn rounds(builtin: &str, args: &Args<'_>) -> i64 {
    let rounds = match builtin {
        "cipher.pbkdf2-hmac" => number(args, 3, "iterations"),
        "cipher.pbkdf2-node" => number(args, 2, "iterations"),
        "cipher.pbkdf2-crypto" => number(args, 3, "count"),
        "words.pbkdf2" => args.get(2).and_then(|map| option(map, "iterations")).and_then(Value::int),
        "cipher.scrypt" => return scrypt_rounds(cost(args, ["n", "r", "p"])),
        "cipher.scrypt-node" => return scrypt_rounds(cost(args, ["N", "r", "p"])),
        _ => return 0,
    };
    rounds.unwrap_or(1)
}

fn scrypt_rounds([cost, block, lanes]: [i64; 3]) -> i64 {
    cost.saturating_mul(block).saturating_mul(lanes).saturating_mul(4)
}

fn cost(args: &Args<'_>, names: [&str; 3]) -> [i64; 3] {
    const DEFAULTS: [i64; 3] = [16_384, 8, 1];
    std::array::from_fn(|at| {
        let known = number(args, usize::MAX, names.get(at).copied().unwrap_or_default());
        known.unwrap_or(DEFAULTS.get(at).copied().unwrap_or_default())
    })
}

/// Computes a function of a library.
pub(crate) fn compute(builtin: &str, args: &Args<'_>) -> Option<Value> {
    if let Some(name) = builtin.strip_prefix("digest.") {
        let bytes = args.get(0).map_or(Some(Vec::new()), of_value)?;
        return Some(tool(Tool::Digest(digests::named(name)?, None, bytes)));
    }
    if let Some(name) = builtin.strip_prefix("means.") {
        return Some(Value::text(name));
    }
    if let Some(name) = builtin.strip_prefix("words.") {
        return words(name, args);
    }
    let first = || bytes(args, 0, "key");
    match builtin.strip_prefix("cipher.")? {
        "algorithm-aes" => Some(tool(Tool::Algorithm("aes", first()?))),
        "algorithm-rc4" => Some(tool(Tool::Algorithm("rc4", first()?))),
        "of" => cipher_of(args),
        "aes" => aes(args),
        "rc4" => Some(ready("rc4", "", first()?, Vec::new(), false)),
        "sealed" => Some(tool(Tool::Sealed(first()?))),
        "fernet" => Some(tool(Tool::Fernet(codecs::base64(&first()?)?))),
        "counted" => Some(ready("aes", "ctr", first()?, bytes(args, 1, "iv").unwrap_or(one()), false)),
        "decipher" => {
            let (name, mode) = suite(argument(args, 0, "algorithm")?.known_text()?)?;
            Some(ready(name, mode, bytes(args, 1, "key")?, bytes(args, 2, "iv").unwrap_or_default(), true))
        }
        "decipher-password" => {
            let suite_name = argument(args, 0, "algorithm")?.known_text()?;
            let (name, mode) = suite(suite_name)?;
            let len = if suite_name.contains("128") {
                16
            } else if suite_name.contains("192") {
                24
            } else {
                32
            };
            let (key, start) = ciphers::key_of_password(&bytes(args, 1, "password")?, &[], len, 16)?;
            Some(ready(name, mode, key, start, true))
        }
        "long-bytes" => match &args.get(0)?.shape {
            Shape::Tool(tool) => match &**tool {
                Tool::Large(number) => numbers::number_bytes(number, None, None),
                _ => None,
            },
            Shape::Int(number) => numbers::of_number(*number, "to_bytes", &[], &[]),
            _ => None,
        },
        "padding" => Some(tool(Tool::Padding)),
        "unpad" => {
            let value = args.get(0)?;
            let bytes = of_value(value)?;
            Some(Value { shape: Value::bytes(ciphers::unpad(&bytes).unwrap_or(&bytes)).shape, tag: value.tag.clone() })
        }
        "xor" => {
            let (one, other) = (bytes(args, 0, "term1")?, bytes(args, 1, "term2")?);
            Some(Value::bytes(one.iter().zip(&other).map(|(one, other)| one ^ other).collect::<Vec<u8>>()))
        }
        derivation => derived(derivation, args),
    }
}

fn one() -> Vec<u8> {
    1_u128.to_be_bytes().to_vec()
}

fn ready(name: &'static str, mode: &'static str, key: Vec<u8>, start: Vec<u8>, unpads: bool) -> Value {
    tool(Tool::Cipher(Cipher { name, mode, key, start, unpads }))
}

/// A mode by its name.
fn mode(name: &str) -> Option<&'static str> {
    ["ecb", "cbc", "cfb", "ofb", "ctr", "gcm"].into_iter().find(|mode| name.to_ascii_lowercase().starts_with(*mode))
}

/// Cipher and mode of a name as OpenSSL writes it.
fn suite(name: &str) -> Option<(&'static str, &'static str)> {
    let name = name.to_ascii_lowercase();
    if name.starts_with("rc4") {
        return Some(("rc4", ""));
    }
    let rest = name.strip_prefix("aes")?.trim_start_matches(|letter: char| letter == '-' || letter.is_ascii_digit());
    Some(("aes", if rest.is_empty() { "cbc" } else { mode(rest)? }))
}

/// `AES.new(key, mode, iv)` of PyCryptodome and its kin.
fn aes(args: &Args<'_>) -> Option<Value> {
    let wanted = argument(args, 1, "mode")?;
    let mode = match wanted.int() {
        Some(1) => "ecb",
        Some(2) => "cbc",
        Some(5) => "ofb",
        Some(6) => "ctr",
        Some(11) => "gcm",
        Some(_) => return None,
        None => mode(wanted.known_text()?)?,
    };
    let named = |name: &str| args.named.iter().find(|(known, _)| *known == name).and_then(|(_, value)| of_value(value));
    let start = named("iv").or_else(|| named("IV")).or_else(|| named("nonce")).or_else(|| args.get(2).and_then(of_value));
    if start.is_none() && mode != "ecb" {
        return None;
    }
    Some(ready("aes", mode, bytes(args, 0, "key")?, start.unwrap_or_default(), false))
}

/// `Cipher(algorithm, mode)` of `cryptography`.
fn cipher_of(args: &Args<'_>) -> Option<Value> {
    let part = |at, name| match &argument(args, at, name)?.shape {
        Shape::Tool(tool) => Some(Rc::clone(tool)),
        _ => None,
    };
    let algorithm = part(0, "algorithm")?;
    let Tool::Algorithm(name, key) = &*algorithm else { return None };
    let found = part(1, "mode");
    match found.as_deref() {
        Some(Tool::Mode(mode, start)) => Some(ready(name, mode, key.clone(), start.clone(), false)),
        _ if *name == "rc4" => Some(ready(name, "", key.clone(), Vec::new(), false)),
        _ => None,
    }
}

fn derived(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let mode = |name| Some(tool(Tool::Mode(name, bytes(args, 0, "initialization_vector").unwrap_or_default())));
    let key = match builtin {
        "mode-ecb" => return mode("ecb"),
        "mode-cbc" => return mode("cbc"),
        "mode-cfb" => return mode("cfb"),
        "mode-ofb" => return mode("ofb"),
        "mode-ctr" => return mode("ctr"),
        "mode-gcm" => return mode("gcm"),
        "digest" => {
            let name = digest_name(args, 0, "name")?;
            return Some(tool(Tool::Digest(name, None, bytes(args, 1, "data").unwrap_or_default())));
        }
        "keyed" => {
            let name = digest_name(args, 2, "digestmod")?;
            return Some(tool(Tool::Digest(name, Some(bytes(args, 0, "key")?), bytes(args, 1, "msg").unwrap_or_default())));
        }
        "keyed-node" => return Some(tool(Tool::Digest(digest_name(args, 0, "name")?, Some(bytes(args, 1, "key")?), Vec::new()))),
        "derivation" => {
            let name = digest_name(args, 0, "algorithm")?;
            let (len, rounds) = (number(args, 1, "length")?, number(args, 3, "iterations")?);
            return Some(tool(Tool::Derivation(name, bytes(args, 2, "salt")?, rounds, len)));
        }
        "scrypt-of" => {
            let salt = bytes(args, 0, "salt")?;
            return Some(tool(Tool::Scrypt(salt, cost(args, ["n", "r", "p"]), number(args, 1, "length")?)));
        }
        "pbkdf2-hmac" => {
            let name = digest_name(args, 0, "hash_name")?;
            let natural = i64::try_from(digests::digest(name, b"")?.len()).ok()?;
            let len = number(args, 4, "dklen").unwrap_or(natural);
            digests::pbkdf2(name, &bytes(args, 1, "password")?, &bytes(args, 2, "salt")?, number(args, 3, "iterations")?, len)?
        }
        "pbkdf2-node" => {
            let name = digest_name(args, 4, "digest").unwrap_or("sha1");
            let (rounds, len) = (number(args, 2, "iterations")?, number(args, 3, "keylen")?);
            digests::pbkdf2(name, &bytes(args, 0, "password")?, &bytes(args, 1, "salt")?, rounds, len)?
        }
        "pbkdf2-crypto" => {
            let name =
                argument(args, 5, "hmac_hash_module").map_or(Some("sha1"), |_| digest_name(args, 5, "hmac_hash_module"))?;
            let (len, rounds) = (number(args, 2, "dkLen").unwrap_or(16), number(args, 3, "count").unwrap_or(1000));
            digests::pbkdf2(name, &bytes(args, 0, "password")?, &bytes(args, 1, "salt")?, rounds, len)?
        }
        "scrypt" => {
            let len = number(args, 6, "dklen").unwrap_or(64);
            digests::scrypt(&bytes(args, 0, "password")?, &bytes(args, 1, "salt")?, cost(args, ["n", "r", "p"]), len)?
        }
        "scrypt-node" => {
            let len = number(args, 2, "keylen")?;
            digests::scrypt(&bytes(args, 0, "password")?, &bytes(args, 1, "salt")?, cost(args, ["N", "r", "p"]), len)?
        }
        _ => return None,
    };
    Some(Value::bytes(key))
}

/// A function of CryptoJS.
fn words(name: &str, args: &Args<'_>) -> Option<Value> {
    let value = args.get(0)?;
    let words = |bytes: Vec<u8>| Some(tool(Tool::Words(bytes)));
    let tag = value.tag.as_ref();
    match name {
        "utf8" => words(value.known_text()?.as_bytes().to_vec()),
        "latin1" => words(super::methods::latin1(value.known_text()?)?),
        "hex" => Some(decoded(words(codecs::hex(&of_value(value)?)?)?, tag, "hex")),
        "base64" => Some(decoded(words(codecs::base64(&of_value(value)?)?)?, tag, "base64")),
        "aes" | "rc4" => {
            let algorithm = if name == "aes" { "aes" } else { "rc4" };
            let text = match &value.shape {
                Shape::Text(text) => codecs::base64(text.as_bytes())?,
                _ => of_value(value)?,
            };
            let key = args.get(1)?;
            let plain = match key.known_text() {
                Some(password) if algorithm == "aes" => ciphers::salted(password.as_bytes(), &text, algorithm)?,
                Some(_) => return None,
                None => {
                    let options = args.get(2);
                    let start = options.and_then(|map| option(map, "iv")).and_then(of_value).unwrap_or_default();
                    let named =
                        options.and_then(|map| option(map, "mode")).map_or(Some("cbc"), |wanted| mode(wanted.known_text()?));
                    let key = of_value(key)?;
                    ciphers::decrypt(&Cipher { name: algorithm, mode: named?, key, start, unpads: true }, &text)?
                }
            };
            Some(decoded(words(plain)?, tag, algorithm))
        }
        "pbkdf2" => {
            let options = args.get(2);
            let number = |name| options.and_then(|map| option(map, name)).and_then(Value::int);
            let name = options.and_then(|map| option(map, "hasher")).and_then(Value::known_text);
            let name = name.map_or(Some("sha1"), |name| digests::named(name))?;
            let len = number("keySize").unwrap_or(4).checked_mul(4)?;
            words(digests::pbkdf2(name, &of_value(value)?, &bytes(args, 1, "salt")?, number("iterations").unwrap_or(1), len)?)
        }
        digest => words(digests::digest(digest, &of_value(value)?)?),
    }
}

/// Rounds that a method takes.
pub(crate) fn method_rounds(tool: &Tool, name: &str) -> i64 {
    match tool {
        Tool::Derivation(_, _, rounds, _) if name == "derive" => *rounds,
        Tool::Scrypt(_, cost, _) if name == "derive" => scrypt_rounds(*cost),
        _ => 0,
    }
}

/// A method of an object.
pub(crate) fn call(owner: &Rc<Tool>, name: &str, args: &[Value], named: &[(&str, Value)]) -> Option<Value> {
    let first = || args.first().and_then(of_value);
    let tag = args.first().and_then(|value| value.tag.as_ref());
    match &**owner {
        Tool::Cipher(cipher) => of_cipher(owner, cipher, name, args),
        Tool::Fernet(key) if name == "decrypt" => {
            Some(decoded(Value::bytes(ciphers::fernet(key, &codecs::base64(&first()?)?)?), tag, "fernet"))
        }
        Tool::Sealed(key) if name == "decrypt" => {
            let data = args.get(1)?;
            let text = of_value(data)?;
            let text = text.get(..text.len().checked_sub(16)?)?;
            let cipher = Cipher { name: "aes", mode: "gcm", key: key.clone(), start: first()?, unpads: false };
            Some(decoded(Value::bytes(ciphers::decrypt(&cipher, text)?), data.tag.as_ref(), "aes"))
        }
        Tool::Digest(digest, key, before) => match name {
            "update" => {
                let bytes = [before.as_slice(), &encoded(args)?].concat();
                Some(Value::new(Shape::Tool(Rc::new(Tool::Digest(digest, key.clone(), bytes)))))
            }
            "copy" => Some(Value::new(Shape::Tool(Rc::clone(owner)))),
            "digest" | "hexdigest" => {
                let made = match key {
                    Some(key) => digests::keyed(digest, key, before),
                    None => digests::digest(digest, before),
                }?;
                let form = args.first().and_then(Value::known_text).map(|form| &**form);
                Some(shown(made, if name == "hexdigest" { Some("hex") } else { form }))
            }
            _ => None,
        },
        Tool::Derivation(digest, salt, rounds, len) if name == "derive" => {
            digests::pbkdf2(digest, &first()?, salt, *rounds, *len).map(Value::bytes)
        }
        Tool::Scrypt(salt, cost, len) if name == "derive" => digests::scrypt(&first()?, salt, *cost, *len).map(Value::bytes),
        Tool::Padding => match name {
            "unpadder" => Some(Value::new(Shape::Tool(Rc::clone(owner)))),
            "update" => {
                let bytes = first()?;
                Some(Value { shape: Value::bytes(ciphers::unpad(&bytes).unwrap_or(&bytes)).shape, tag: tag.cloned() })
            }
            "finalize" => Some(Value::bytes(Vec::new())),
            _ => None,
        },
        Tool::Words(bytes) if name == "toString" => {
            let form = args.first().and_then(Value::known_text).map_or("hex", |form| &**form);
            Some(shown(bytes.clone(), Some(form)))
        }
        Tool::Large(number) => numbers::of_large(number, name, args, named),
        _ => None,
    }
}

fn of_cipher(owner: &Rc<Tool>, cipher: &Cipher, name: &str, args: &[Value]) -> Option<Value> {
    match name {
        "decryptor" | "setAutoPadding" | "setAuthTag" | "setAAD" => Some(Value::new(Shape::Tool(Rc::clone(owner)))),
        "decrypt" | "update" | "decrypt_and_verify" => {
            let plain = ciphers::decrypt(cipher, &encoded(args)?)?;
            let form = args.get(2).and_then(Value::known_text).map(|form| &**form);
            Some(decoded(shown(plain, form), args.first().and_then(|value| value.tag.as_ref()), cipher.name))
        }
        "final" | "finalize" | "finalize_with_tag" | "verify" => {
            let form = args.first().and_then(Value::known_text).map(|form| &**form);
            Some(shown(Vec::new(), form))
        }
        _ => None,
    }
}

/// The bytes of the first argument, which the second may say the encoding of.
fn encoded(args: &[Value]) -> Option<Vec<u8>> {
    let value = args.first()?;
    match args.get(1).and_then(Value::known_text).map(|form| &**form) {
        Some("hex") => codecs::hex(value.known_bytes()?),
        Some("base64" | "base64url") => codecs::base64(value.known_bytes()?),
        Some("latin1" | "binary") => super::methods::latin1(value.known_text()?),
        _ => of_value(value),
    }
}

/// Bytes, or the text that they make in a form.
fn shown(bytes: Vec<u8>, form: Option<&str>) -> Value {
    match form {
        Some("hex") => Value::text(codecs::hex_of(&bytes)),
        Some("base64") => Value::text(codecs::base64_of(&bytes)),
        Some("latin1" | "binary") => Value::text(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
        Some("utf8" | "utf-8" | "ascii") => Value::text(String::from_utf8_lossy(&bytes)),
        _ => Value::bytes(bytes),
    }
}
