//! Library functions that the evaluator computes on constants. Rows of `apis/*.toml` may name them too (`evaluate`).

use super::codecs;
use super::expressions::key_of;
use super::machine::Args;
use super::methods::{self, character};
use super::structs;
use super::tools;
use super::values::{ELEMENTS_MAX, HOLE, Shape, Value, decoded, shown};
use std::rc::Rc;

/// Name of a function of the evaluator.
pub(crate) type Builtin = &'static str;

/// The functions of Python's library.
pub(crate) const PYTHON: &[(&str, Builtin)] = &[
    ("getattr", "getattr"),
    ("__import__", "import"),
    ("importlib.import_module", "import"),
    ("importlib.__import__", "import"),
    ("globals", "globals"),
    ("locals", "globals"),
    ("vars", "vars"),
    ("compile", "identity"),
    ("open", "open"),
    ("io.open", "open"),
    ("codecs.open", "open"),
    ("exec", "eval"),
    ("eval", "eval"),
    ("sys.modules", "modules"),
    ("print", "nothing"),
    ("asyncio.run", "identity"),
    ("functools.partial", "partial"),
    ("operator.attrgetter", "nothing"),
    ("base64.b64decode", "base64.decode"),
    ("base64.standard_b64decode", "base64.decode"),
    ("base64.urlsafe_b64decode", "base64.decode"),
    ("base64.decodebytes", "base64.decode"),
    ("binascii.a2b_base64", "base64.decode"),
    ("base64.b64encode", "base64.encode"),
    ("base64.urlsafe_b64encode", "base64.encode"),
    ("base64.b32decode", "base32.decode"),
    ("base64.b16decode", "hex.decode"),
    ("base64.b85decode", "base85.decode"),
    ("base64.a85decode", "ascii85.decode"),
    ("binascii.unhexlify", "hex.decode"),
    ("binascii.a2b_hex", "hex.decode"),
    ("binascii.hexlify", "hex.encode"),
    ("bytes.fromhex", "hex.decode"),
    ("bytearray.fromhex", "hex.decode"),
    ("zlib.decompress", "zlib.decompress"),
    ("gzip.decompress", "gzip.decompress"),
    ("bz2.decompress", "bzip2.decompress"),
    ("lzma.decompress", "lzma.decompress"),
    ("marshal.loads", "marshal.loads"),
    ("codecs.decode", "codecs.decode"),
    ("json.loads", "json.parse"),
    ("chr", "chr"),
    ("ord", "ord"),
    ("int", "int"),
    ("str", "str"),
    ("repr", "repr"),
    ("format", "format"),
    ("bytes", "bytes"),
    ("bytearray", "bytes"),
    ("memoryview", "identity"),
    ("len", "len"),
    ("list", "list"),
    ("tuple", "list"),
    ("set", "list"),
    ("iter", "list"),
    ("dict", "dict"),
    ("reversed", "reversed"),
    ("sorted", "sorted"),
    ("map", "map"),
    ("filter", "filter"),
    ("functools.reduce", "reduce"),
    ("sum", "sum"),
    ("range", "range"),
    ("zip", "zip"),
    ("enumerate", "enumerate"),
    ("hex", "hex"),
    ("str.maketrans", "maketrans"),
    ("str.join", "join"),
    ("os.path.join", "path.join"),
    ("posixpath.join", "path.join"),
    ("ntpath.join", "path.join"),
    ("pathlib.Path", "path.join"),
    ("pathlib.PurePath", "path.join"),
    ("pathlib.Path.home", "home"),
    ("os.path.expanduser", "identity"),
    ("os.path.expandvars", "identity"),
    ("os.path.abspath", "identity"),
    ("os.path.normpath", "identity"),
    ("os.path.realpath", "identity"),
    ("os.fspath", "identity"),
    ("urllib.parse.unquote", "percent.decode"),
    ("urllib.parse.quote", "identity"),
    ("itertools.cycle", "cycle"),
    ("shlex.split", "shlex.split"),
    ("urllib.request.Request", "request"),
    ("cryptography.fernet.Fernet", "cipher.fernet"),
    ("cryptography.hazmat.primitives.ciphers.Cipher", "cipher.of"),
    ("cryptography.hazmat.primitives.ciphers.algorithms.AES", "cipher.algorithm-aes"),
    ("cryptography.hazmat.primitives.ciphers.algorithms.AES128", "cipher.algorithm-aes"),
    ("cryptography.hazmat.primitives.ciphers.algorithms.AES256", "cipher.algorithm-aes"),
    ("cryptography.hazmat.primitives.ciphers.algorithms.ARC4", "cipher.algorithm-rc4"),
    ("cryptography.hazmat.decrepit.ciphers.algorithms.ARC4", "cipher.algorithm-rc4"),
    ("cryptography.hazmat.primitives.ciphers.modes.ECB", "cipher.mode-ecb"),
    ("cryptography.hazmat.primitives.ciphers.modes.CBC", "cipher.mode-cbc"),
    ("cryptography.hazmat.primitives.ciphers.modes.CFB", "cipher.mode-cfb"),
    ("cryptography.hazmat.primitives.ciphers.modes.OFB", "cipher.mode-ofb"),
    ("cryptography.hazmat.primitives.ciphers.modes.CTR", "cipher.mode-ctr"),
    ("cryptography.hazmat.primitives.ciphers.modes.GCM", "cipher.mode-gcm"),
    ("cryptography.hazmat.primitives.ciphers.aead.AESGCM", "cipher.sealed"),
    ("cryptography.hazmat.primitives.padding.PKCS7", "cipher.padding"),
    ("cryptography.hazmat.primitives.kdf.pbkdf2.PBKDF2HMAC", "cipher.derivation"),
    ("cryptography.hazmat.primitives.kdf.scrypt.Scrypt", "cipher.scrypt-of"),
    ("cryptography.hazmat.primitives.hashes.MD5", "means.md5"),
    ("cryptography.hazmat.primitives.hashes.SHA1", "means.sha1"),
    ("cryptography.hazmat.primitives.hashes.SHA256", "means.sha256"),
    ("cryptography.hazmat.primitives.hashes.SHA384", "means.sha384"),
    ("cryptography.hazmat.primitives.hashes.SHA512", "means.sha512"),
    ("Crypto.Cipher.AES.new", "cipher.aes"),
    ("Crypto.Cipher.AES.MODE_ECB", "means.ecb"),
    ("Crypto.Cipher.AES.MODE_CBC", "means.cbc"),
    ("Crypto.Cipher.AES.MODE_OFB", "means.ofb"),
    ("Crypto.Cipher.AES.MODE_CTR", "means.ctr"),
    ("Crypto.Cipher.AES.MODE_GCM", "means.gcm"),
    ("Crypto.Cipher.ARC4.new", "cipher.rc4"),
    ("Crypto.Util.Padding.unpad", "cipher.unpad"),
    ("Crypto.Util.strxor.strxor", "cipher.xor"),
    ("Crypto.Protocol.KDF.PBKDF2", "cipher.pbkdf2-crypto"),
    ("Crypto.Hash.MD5", "means.md5"),
    ("Crypto.Hash.MD5.new", "digest.md5"),
    ("Crypto.Hash.SHA1", "means.sha1"),
    ("Crypto.Hash.SHA1.new", "digest.sha1"),
    ("Crypto.Hash.SHA256", "means.sha256"),
    ("Crypto.Hash.SHA256.new", "digest.sha256"),
    ("Crypto.Hash.SHA384", "means.sha384"),
    ("Crypto.Hash.SHA384.new", "digest.sha384"),
    ("Crypto.Hash.SHA512", "means.sha512"),
    ("Crypto.Hash.SHA512.new", "digest.sha512"),
    ("Cryptodome.Cipher.AES.new", "cipher.aes"),
    ("Cryptodome.Cipher.AES.MODE_ECB", "means.ecb"),
    ("Cryptodome.Cipher.AES.MODE_CBC", "means.cbc"),
    ("Cryptodome.Cipher.AES.MODE_OFB", "means.ofb"),
    ("Cryptodome.Cipher.AES.MODE_CTR", "means.ctr"),
    ("Cryptodome.Cipher.AES.MODE_GCM", "means.gcm"),
    ("Cryptodome.Cipher.ARC4.new", "cipher.rc4"),
    ("Cryptodome.Util.Padding.unpad", "cipher.unpad"),
    ("Cryptodome.Util.strxor.strxor", "cipher.xor"),
    ("Cryptodome.Protocol.KDF.PBKDF2", "cipher.pbkdf2-crypto"),
    ("Cryptodome.Hash.MD5", "means.md5"),
    ("Cryptodome.Hash.MD5.new", "digest.md5"),
    ("Cryptodome.Hash.SHA1", "means.sha1"),
    ("Cryptodome.Hash.SHA1.new", "digest.sha1"),
    ("Cryptodome.Hash.SHA256", "means.sha256"),
    ("Cryptodome.Hash.SHA256.new", "digest.sha256"),
    ("Cryptodome.Hash.SHA384", "means.sha384"),
    ("Cryptodome.Hash.SHA384.new", "digest.sha384"),
    ("Cryptodome.Hash.SHA512", "means.sha512"),
    ("Cryptodome.Hash.SHA512.new", "digest.sha512"),
    ("hashlib.md5", "digest.md5"),
    ("hashlib.sha1", "digest.sha1"),
    ("hashlib.sha224", "digest.sha224"),
    ("hashlib.sha256", "digest.sha256"),
    ("hashlib.sha384", "digest.sha384"),
    ("hashlib.sha512", "digest.sha512"),
    ("struct.unpack", "struct.unpack"),
    ("struct.pack", "struct.pack"),
    ("Crypto.Util.number.long_to_bytes", "cipher.long-bytes"),
    ("Cryptodome.Util.number.long_to_bytes", "cipher.long-bytes"),
    ("hashlib.new", "cipher.digest"),
    ("hashlib.pbkdf2_hmac", "cipher.pbkdf2-hmac"),
    ("hashlib.scrypt", "cipher.scrypt"),
    ("hmac.new", "cipher.keyed"),
    ("pyaes.AESModeOfOperationCTR", "cipher.counted"),
    ("string.ascii_letters", "means.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("string.ascii_lowercase", "means.abcdefghijklmnopqrstuvwxyz"),
    ("string.ascii_uppercase", "means.ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    ("string.digits", "means.0123456789"),
    ("string.hexdigits", "means.0123456789abcdefABCDEF"),
    ("string.punctuation", "means.!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    ("tempfile.gettempdir", "temp"),
    ("tempfile.mkdtemp", "temp"),
    ("tempfile.mktemp", "temp-file"),
];

/// The functions of JavaScript's and Node's library.
pub(crate) const JAVASCRIPT: &[(&str, Builtin)] = &[
    ("require", "import"),
    ("process.mainModule.require", "import"),
    ("module.require", "import"),
    ("import", "import"),
    ("eval", "eval"),
    ("Function", "function"),
    ("util.promisify", "identity"),
    ("Promise.resolve", "identity"),
    ("Reflect.get", "getattr"),
    ("atob", "base64.decode-text"),
    ("btoa", "base64.encode"),
    ("Buffer.from", "buffer.from"),
    ("Buffer", "buffer.from"),
    ("Buffer.concat", "buffer.concat"),
    ("Buffer.alloc", "bytes"),
    ("Buffer.allocUnsafe", "bytes"),
    ("unescape", "unescape"),
    ("decodeURIComponent", "percent.decode"),
    ("decodeURI", "percent.decode"),
    ("encodeURIComponent", "identity"),
    ("String.fromCharCode", "chars"),
    ("String.fromCodePoint", "chars"),
    ("String.raw", "raw"),
    ("String", "str"),
    ("parseInt", "int"),
    ("Number", "int"),
    ("Array.from", "list-map"),
    ("JSON.parse", "json.parse"),
    ("JSON.stringify", "str"),
    ("Object.keys", "keys"),
    ("Object.values", "map-values"),
    ("Object.assign", "assign"),
    ("zlib.gunzipSync", "gzip.decompress"),
    ("zlib.inflateSync", "zlib.decompress"),
    ("zlib.inflateRawSync", "zlib.decompress"),
    ("zlib.unzipSync", "zlib.decompress"),
    ("path.join", "path.join"),
    ("path.resolve", "path.join"),
    ("path.normalize", "identity"),
    ("os.homedir", "home"),
    ("Uint8Array", "list"),
    ("Uint8Array.from", "list-map"),
    ("Array", "list"),
    ("crypto.createDecipheriv", "cipher.decipher"),
    ("crypto.createDecipher", "cipher.decipher-password"),
    ("crypto.createHash", "cipher.digest"),
    ("crypto.createHmac", "cipher.keyed-node"),
    ("crypto.pbkdf2Sync", "cipher.pbkdf2-node"),
    ("crypto.scryptSync", "cipher.scrypt-node"),
    ("crypto-js.AES.decrypt", "words.aes"),
    ("crypto-js.RC4.decrypt", "words.rc4"),
    ("crypto-js.PBKDF2", "words.pbkdf2"),
    ("crypto-js.enc.Utf8", "means.utf8"),
    ("crypto-js.enc.Utf8.parse", "words.utf8"),
    ("crypto-js.enc.Latin1", "means.latin1"),
    ("crypto-js.enc.Latin1.parse", "words.latin1"),
    ("crypto-js.enc.Hex", "means.hex"),
    ("crypto-js.enc.Hex.parse", "words.hex"),
    ("crypto-js.enc.Base64", "means.base64"),
    ("crypto-js.enc.Base64.parse", "words.base64"),
    ("crypto-js.MD5", "words.md5"),
    ("crypto-js.algo.MD5", "means.md5"),
    ("crypto-js.SHA1", "words.sha1"),
    ("crypto-js.algo.SHA1", "means.sha1"),
    ("crypto-js.SHA256", "words.sha256"),
    ("crypto-js.algo.SHA256", "means.sha256"),
    ("crypto-js.SHA384", "words.sha384"),
    ("crypto-js.algo.SHA384", "means.sha384"),
    ("crypto-js.SHA512", "words.sha512"),
    ("crypto-js.algo.SHA512", "means.sha512"),
    ("crypto-js.mode.ECB", "means.ecb"),
    ("crypto-js.mode.CBC", "means.cbc"),
    ("crypto-js.mode.CFB", "means.cfb"),
    ("crypto-js.mode.OFB", "means.ofb"),
    ("crypto-js.mode.CTR", "means.ctr"),
    ("CryptoJS.AES.decrypt", "words.aes"),
    ("CryptoJS.RC4.decrypt", "words.rc4"),
    ("CryptoJS.PBKDF2", "words.pbkdf2"),
    ("CryptoJS.enc.Utf8", "means.utf8"),
    ("CryptoJS.enc.Utf8.parse", "words.utf8"),
    ("CryptoJS.enc.Latin1", "means.latin1"),
    ("CryptoJS.enc.Latin1.parse", "words.latin1"),
    ("CryptoJS.enc.Hex", "means.hex"),
    ("CryptoJS.enc.Hex.parse", "words.hex"),
    ("CryptoJS.enc.Base64", "means.base64"),
    ("CryptoJS.enc.Base64.parse", "words.base64"),
    ("CryptoJS.MD5", "words.md5"),
    ("CryptoJS.algo.MD5", "means.md5"),
    ("CryptoJS.SHA1", "words.sha1"),
    ("CryptoJS.algo.SHA1", "means.sha1"),
    ("CryptoJS.SHA256", "words.sha256"),
    ("CryptoJS.algo.SHA256", "means.sha256"),
    ("CryptoJS.SHA384", "words.sha384"),
    ("CryptoJS.algo.SHA384", "means.sha384"),
    ("CryptoJS.SHA512", "words.sha512"),
    ("CryptoJS.algo.SHA512", "means.sha512"),
    ("CryptoJS.mode.ECB", "means.ecb"),
    ("CryptoJS.mode.CBC", "means.cbc"),
    ("CryptoJS.mode.CFB", "means.cfb"),
    ("CryptoJS.mode.OFB", "means.ofb"),
    ("CryptoJS.mode.CTR", "means.ctr"),
];

/// The function of this name.
pub(crate) fn named(name: &'static str) -> Option<Builtin> {
    Some(name)
}

/// Computes a function on constants; `None` where it cannot. Tags are the caller's, but for decoded constants.
pub(crate) fn compute(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let first = args.get(0);
    let tag = first.and_then(|value| value.tag.as_ref());
    let bytes = || first.and_then(bytes_of);
    let codec = |found: Option<Vec<u8>>, name: &'static str| found.map(|bytes| decoded(Value::bytes(bytes), tag, name));
    match builtin {
        "base64.decode" => codec(codecs::base64(&bytes()?), "base64"),
        "base64.decode-text" => {
            let bytes = codecs::base64(&bytes()?)?;
            Some(decoded(Value::text(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()), tag, "base64"))
        }
        "base32.decode" => codec(codecs::base32(&bytes()?), "base32"),
        "base85.decode" => codec(codecs::base85(&bytes()?, false), "base85"),
        "ascii85.decode" => codec(codecs::base85(&bytes()?, true), "base85"),
        "hex.decode" => codec(codecs::hex(&bytes()?), "hex"),
        "zlib.decompress" => codec(codecs::unpack("zlib", &bytes()?), "zlib"),
        "gzip.decompress" => codec(codecs::unpack("gzip", &bytes()?), "gzip"),
        "bzip2.decompress" => codec(codecs::unpack("bzip2", &bytes()?), "bzip2"),
        "lzma.decompress" => codec(codecs::unpack("lzma", &bytes()?), "lzma"),
        "marshal.loads" => codec(bytes(), "marshal"),
        "percent.decode" => Some(decoded(Value::text(codecs::percent(first?.known_text()?, false)), tag, "percent")),
        "unescape" => Some(decoded(Value::text(codecs::percent(first?.known_text()?, true)), tag, "percent")),
        "codecs.decode" => by_codec(first?, args.get(1)?.known_text()?),
        "base64.encode" => Some(Value::text(codecs::base64_of(&bytes()?))),
        "hex.encode" => Some(Value::text(codecs::hex_of(&bytes()?))),
        "buffer.from" => buffer(first?, args.get(1)),
        "struct.unpack" => structs::unpack(first?.known_text()?, &args.get(1).and_then(bytes_of)?),
        "struct.pack" => structs::pack(first?.known_text()?, args.at.get(1..)?),
        "format" => match args.get(1).and_then(Value::known_text) {
            Some(format) => methods::formatted(first?, format).map(Value::text),
            None => texts("str", args),
        },
        _ => texts(builtin, args).or_else(|| lists(builtin, args)).or_else(|| tools::compute(builtin, args)),
    }
}

/// The bytes of a text, of bytes or of a list of numbers.
pub(crate) fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    match &value.shape {
        Shape::List(values) => values.iter().map(|value| value.int().and_then(|byte| u8::try_from(byte).ok())).collect(),
        _ => value.known_bytes().map(<[u8]>::to_vec),
    }
}

fn buffer(value: &Value, codec: Option<&Value>) -> Option<Value> {
    let tag = value.tag.as_ref();
    let found = match codec.and_then(Value::known_text).map(|codec| &**codec) {
        Some("base64" | "base64url") => Some(("base64", codecs::base64(value.known_bytes()?)?)),
        Some("hex") => Some(("hex", codecs::hex(value.known_bytes()?)?)),
        Some("latin1" | "binary") => return Some(Value::bytes(methods::latin1(value.known_text()?)?)),
        _ => None,
    };
    match found {
        Some((name, bytes)) => Some(decoded(Value::bytes(bytes), tag, name)),
        None => bytes_of(value).map(Value::bytes),
    }
}

fn by_codec(value: &Value, codec: &str) -> Option<Value> {
    let tag = value.tag.as_ref();
    let bytes = value.known_bytes()?;
    let (name, found) = match codec.to_ascii_lowercase().replace('-', "_").as_str() {
        "rot13" | "rot_13" => return Some(decoded(Value::text(codecs::rot13(value.known_text()?)), tag, "rot13")),
        "hex" | "hex_codec" => ("hex", codecs::hex(bytes)?),
        "base64" | "base64_codec" => ("base64", codecs::base64(bytes)?),
        "zlib" | "zlib_codec" | "zip" => ("zlib", codecs::unpack("zlib", bytes)?),
        "bz2" | "bz2_codec" => ("bzip2", codecs::unpack("bzip2", bytes)?),
        _ => return Some(Value::text(String::from_utf8_lossy(bytes))),
    };
    Some(decoded(Value::bytes(found), tag, name))
}

fn texts(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let first = args.get(0);
    let integer = |number: Option<i64>| number.map(|number| Value::new(Shape::Int(number)));
    match builtin {
        "chr" => character(first?).map(|letter| Value::text(letter.to_string())),
        "chars" => args.at.iter().map(character).collect::<Option<String>>().map(Value::text),
        "ord" => match &first?.shape {
            Shape::Text(text) => integer(text.chars().next().map(|letter| u32::from(letter).into())),
            Shape::Bytes(bytes) => integer(bytes.first().map(|byte| (*byte).into())),
            _ => None,
        },
        "int" => match first?.known_text() {
            Some(text) => integer(parse(text, args.get(1).and_then(Value::int))),
            None => integer(first?.int()),
        },
        "str" | "repr" => match &first?.shape {
            Shape::Bytes(bytes) if args.at.len() > 1 => Some(Value::text(String::from_utf8_lossy(bytes))),
            Shape::Text(text) if builtin == "str" => Some(Value::text(Rc::clone(text))),
            Shape::Int(number) => Some(Value::text(number.to_string())),
            _ => None,
        },
        "bytes" => match &first.map_or(Shape::Text("".into()), |value| value.shape.clone()) {
            Shape::Int(len) => {
                usize::try_from(*len).ok().filter(|len| *len <= ELEMENTS_MAX).map(|len| Value::bytes(vec![0; len]))
            }
            Shape::Text(text) => (!text.contains(HOLE)).then(|| Value::bytes(text.as_bytes())),
            _ => bytes_of(first?).map(Value::bytes),
        },
        "hex" => first?.int().map(|number| Value::text(format!("{number:#x}"))),
        "join" => Some(Value::text(methods::joined(first?.known_text()?, args.get(1)?)?)),
        "raw" => Some(Value::text(Rc::clone(first?.known_text()?))),
        "path.join" => {
            let parts: Vec<Rc<str>> = args.at.iter().map(shown).collect();
            if parts.is_empty() {
                return None;
            }
            let mut path = String::new();
            for part in parts {
                if !path.is_empty() && !path.ends_with(['/', '\\']) {
                    path.push('/');
                }
                path.push_str(&part);
            }
            Some(Value::text(path))
        }
        "home" => Some(Value::text("~")),
        "temp" => Some(Value::text("%TEMP%")),
        "temp-file" => Some(Value::text(format!("%TEMP%/{HOLE}"))),
        "sub-key" => args.get(1).cloned(),
        "json.parse" => from_json(&serde_json::from_slice(first?.known_bytes()?).ok()?, 0),
        "shlex.split" => Some(Value::list(first?.as_text()?.split_whitespace().map(Value::text).collect())),
        _ => None,
    }
}

fn from_json(json: &serde_json::Value, depth: u32) -> Option<Value> {
    use serde_json::Value as Json;
    let deeper = depth.checked_add(1).filter(|depth| *depth < 100)?;
    Some(match json {
        Json::Null => Value::new(Shape::Null),
        Json::Bool(yes) => Value::new(Shape::Bool(*yes)),
        Json::Number(number) => number.as_i64().map_or_else(Value::default, |number| Value::new(Shape::Int(number))),
        Json::String(text) => Value::text(&**text),
        Json::Array(values) => Value::list(values.iter().map(|value| from_json(value, deeper)).collect::<Option<_>>()?),
        Json::Object(pairs) => {
            let pair = |(key, value): (&String, &Json)| Some((Rc::from(&**key), from_json(value, deeper)?));
            Value::map(pairs.iter().map(pair).collect::<Option<_>>()?)
        }
    })
}

fn parse(text: &str, radix: Option<i64>) -> Option<i64> {
    let text = text.trim().replace('_', "");
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match (radix, hex) {
        (None | Some(0 | 16), Some(hex)) => i64::from_str_radix(hex, 16).ok(),
        (None | Some(10), None) => {
            // JavaScript reads the digits and leaves the rest.
            let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '-').unwrap_or(text.len());
            text.get(..end)?.parse().ok()
        }
        (Some(radix), _) => i64::from_str_radix(&text, u32::try_from(radix).ok().filter(|radix| (2..=36).contains(radix))?).ok(),
    }
}

/// A table that one letter for another makes.
fn table(from: Vec<Value>, to: Option<Vec<Value>>, first: &Value) -> Option<Value> {
    let Some(to) = to else {
        return Some(first.clone());
    };
    let code =
        |value: &Value| value.known_text().and_then(|text| text.chars().next()).map(|letter| u32::from(letter).to_string());
    let pair = |(from, to): (&Value, &Value)| Some((Rc::from(code(from)?), to.clone()));
    Some(Value::map(from.iter().zip(&to).map(pair).collect::<Option<_>>()?))
}

/// Pairs of a number and a value.
fn numbered(values: Vec<Value>, start: i64) -> Value {
    let pair = |(at, value): (usize, Value)| {
        let at = start.saturating_add(i64::try_from(at).unwrap_or(i64::MAX));
        Value::list(vec![Value::new(Shape::Int(at)), value])
    };
    Value::list(values.into_iter().enumerate().map(pair).collect())
}

/// Values in order; only texts or only numbers.
fn sorted(mut values: Vec<Value>, args: &Args<'_>) -> Option<Value> {
    let texts: Option<Vec<Rc<str>>> = values.iter().map(|value| value.known_text().cloned()).collect();
    if texts.is_none() && values.iter().any(|value| value.int().is_none()) || !args.named.is_empty() {
        return None;
    }
    values.sort_by(|one, other| (one.int(), one.known_text()).cmp(&(other.int(), other.known_text())));
    Some(Value::list(values))
}

/// Numbers from, to, by step.
fn range(args: &Args<'_>) -> Option<Value> {
    let number = |at: usize| args.get(at).and_then(Value::int);
    let (from, to) = if args.at.len() > 1 { (number(0)?, number(1)?) } else { (0, number(0)?) };
    let step = number(2).unwrap_or(1);
    let mut values = Vec::new();
    let mut at = from;
    while (step > 0 && at < to || step < 0 && at > to) && values.len() <= ELEMENTS_MAX {
        values.push(Value::new(Shape::Int(at)));
        at = at.checked_add(step)?;
    }
    Some(Value::list(values))
}

fn lists(builtin: &str, args: &Args<'_>) -> Option<Value> {
    let first = args.get(0);
    let items = |value: &Value| -> Option<Vec<Value>> {
        match &value.shape {
            Shape::List(values) => Some(values.to_vec()),
            Shape::Text(text) if !text.contains(HOLE) && text.len() <= ELEMENTS_MAX => {
                Some(text.chars().map(|letter| Value::text(letter.to_string())).collect())
            }
            Shape::Bytes(bytes) if bytes.len() <= ELEMENTS_MAX => {
                Some(bytes.iter().map(|byte| Value::new(Shape::Int((*byte).into()))).collect())
            }
            Shape::Map(pairs) => Some(pairs.iter().map(|(key, _)| Value::text(Rc::clone(key))).collect()),
            _ => None,
        }
    };
    let number = |at: usize| args.get(at).and_then(Value::int);
    let len = |len: usize| Some(Value::new(Shape::Int(i64::try_from(len).ok()?)));
    match builtin {
        "len" => len(items(first?)?.len()),
        "list" => match first {
            Some(value) => Some(Value::list(items(value)?)),
            None => Some(Value::list(Vec::new())),
        },
        "dict" => {
            let mut pairs = Vec::new();
            for item in first.map_or(Some(Vec::new()), items)? {
                let Shape::List(pair) = &item.shape else { return None };
                pairs.push((key_of(pair.first()?)?, pair.get(1)?.clone()));
            }
            pairs.extend(args.named.iter().map(|(name, value)| (Rc::from(*name), value.clone())));
            Some(Value::map(pairs))
        }
        "reversed" => Some(Value::list(items(first?)?.into_iter().rev().collect())),
        "keys" => Some(Value::list(items(first?)?)),
        "map-values" => methods::call(first?, "values", &[], &[]),
        "sum" => items(first?)?
            .iter()
            .try_fold(0_i64, |sum, value| sum.checked_add(value.int()?))
            .map(|sum| Value::new(Shape::Int(sum))),
        "range" => range(args),
        "zip" => {
            let lists: Vec<Vec<Value>> = args.at.iter().map(items).collect::<Option<_>>()?;
            let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
            let row = |at: usize| Value::list(lists.iter().filter_map(|list| list.get(at).cloned()).collect());
            Some(Value::list((0..shortest).map(row).collect()))
        }
        "enumerate" => Some(numbered(items(first?)?, number(1).unwrap_or(0))),
        // As often as anything that it is paired with needs.
        "cycle" => {
            let one = items(first?)?;
            Some(Value::cycle(&one, one.len().saturating_mul(4096).min(ELEMENTS_MAX)))
        }
        "maketrans" => table(items(first?)?, args.get(1).and_then(items), first?),
        "buffer.concat" => {
            let parts: Option<Vec<Vec<u8>>> = items(first?)?.iter().map(bytes_of).collect();
            parts.map(|parts| Value::bytes(parts.concat()))
        }
        "assign" => {
            let mut pairs = Vec::new();
            for value in &args.at {
                let Shape::Map(more) = &value.shape else { return None };
                pairs.extend(more.iter().cloned());
            }
            Some(Value::map(pairs))
        }
        "sorted" => sorted(items(first?)?, args),
        _ => None,
    }
}
