//! Every codec on what it finds and on what it must leave alone; nesting, hostile input, limits.

use super::*;
use data_encoding::{BASE32, BASE64, BASE64URL_NOPAD, HEXLOWER};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use std::io::Write;

/// Keeps everything that it is given.
#[derive(Default)]
struct Kept {
    children: Vec<(Step, Vec<u8>)>,
    facts: Vec<Fact>,
    problems: Vec<Problem>,
}

impl Children for Kept {
    fn child(&mut self, step: Step, _: &[u8], _: Meta, content: &mut dyn Read) -> Result<u64, Stop> {
        let mut bytes = Vec::new();
        let _ = content.read_to_end(&mut bytes);
        let len = bytes.len() as u64;
        self.children.push((step, bytes));
        Ok(len)
    }

    fn entry(&mut self, _: Step, _: &[u8], _: Meta, _: Option<Problem>) -> Result<(), Stop> {
        Ok(())
    }

    fn account(&mut self, _: Span) {}

    fn fact(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn passwords(&self) -> &[Box<[u8]>] {
        &[]
    }
}

fn decoded(bytes: &[u8], format: &str) -> Kept {
    let mut kept = Kept::default();
    decode_layers(bytes, &Reading { format: format.into() }, &Limits::default(), &mut kept).unwrap();
    kept
}

/// The layers of a text: codec, the encoded text, what it decodes to.
fn layers(bytes: &[u8], format: &str) -> Vec<(String, String, Vec<u8>)> {
    let kept = decoded(bytes, format);
    assert_eq!(kept.facts.len(), kept.children.iter().filter(|(step, _)| matches!(step, Step::Decoded { .. })).count());
    let layer = |(step, payload): (Step, Vec<u8>)| match step {
        Step::Decoded { from, codec } => (codec.into(), String::from_utf8_lossy(from.bytes(bytes)).into_owned(), payload),
        other => (format!("{other:?}"), String::new(), payload),
    };
    kept.children.into_iter().map(layer).collect()
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let found = layers(text.as_bytes(), "text");
    let found: Vec<_> = found.iter().map(|(codec, _, payload)| (&**codec, String::from_utf8_lossy(payload))).collect();
    let expected: Vec<_> = expected.iter().map(|(codec, payload)| (*codec, std::borrow::Cow::from(*payload))).collect();
    assert_eq!(found, expected, "{text}");
}

fn check_nothing(text: &str) {
    check(text, &[]);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = ZlibEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut writer = DeflateEncoder::new(Vec::new(), Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Bytes that look like chance, the same every time.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

const PLAIN: &str = "import os; os.system('echo a door opens here')";

#[test]
fn every_codec_is_documented_and_named_once() {
    let names: std::collections::BTreeSet<_> = codecs().iter().map(|codec| codec.name).collect();
    assert_eq!(names.len(), codecs().len());
    for codec in codecs() {
        assert!(!codec.title.is_empty() && !codec.handled.is_empty() && !codec.not_handled.is_empty(), "{}", codec.name);
    }
}

#[test]
fn base64_is_found_however_it_is_written() {
    let text = BASE64.encode(PLAIN.as_bytes());
    let found = [("base64", PLAIN)];
    check(&format!("exec(b64decode('{text}'))"), &found);
    check(&format!("echo {text} | base64 -d | sh"), &found);
    check(&format!("data:text/plain;base64,{text}"), &found);
    check(&format!("x={}", text.trim_end_matches('=')), &found);
    check(&format!("token_{}", text.trim_end_matches('=')), &found);
    check(&format!("'\\n{text}'"), &found);
    let (a, b) = text.split_at(30);
    let (b, c) = b.split_at(20);
    check(&format!("x = '{a}' + '{b}' \\\n    + '{c}'"), &found);
    check(&format!("x = ('{a}'\n     '{b}'\n     '{c}')"), &found);
    check(&format!("x = \"{a}\"\nx += \"{b}\"\nx += \"{c}\"\n"), &found);
    check(&format!("\"{}\\n{}\\n\"", &text[..32], &text[32..]), &found);
    check(&format!("x = \"\"\"\n{}\n{}\n\"\"\"", &text[..32], &text[32..]), &found);
    check(&format!("cat <<EOF | base64 -d\n{}\n{}\nEOF\n", &text[..40], &text[40..]), &found);
    let url = BASE64URL_NOPAD.encode("\u{ff}\u{ff} is said >>> and ??? asked".as_bytes());
    assert!(url.contains(['-', '_']));
    check(&format!("x = '{url}'"), &[("base64url", "\u{ff}\u{ff} is said >>> and ??? asked")]);
    let backwards: String = text.chars().rev().collect();
    check(&format!("exec(b64decode('{backwards}'[::-1]))"), &[("base64-reversed", PLAIN)]);
}

#[test]
fn several_payloads_in_one_text_are_told_apart() {
    let first = BASE64.encode(b"the first of the two payloads");
    let second = BASE64.encode(b"and the second of them, longer");
    let both = [("base64", "the first of the two payloads"), ("base64", "and the second of them, longer")];
    check(&format!("a = '{first}'\nb = '{second}'"), &both);
    check(&format!("['{first}', '{second}']"), &both);
    check(&format!("{first}\n{second}\n"), &both);
}

#[test]
fn hexadecimal_is_found_however_it_is_written() {
    let text = HEXLOWER.encode(PLAIN.as_bytes());
    let found = [("hex", PLAIN)];
    check(&format!("bytes.fromhex('{text}')"), &found);
    check(&text.to_uppercase(), &found);
    check(&format!("SELECT 0x{text}"), &found);
    check(&format!("'{}' '{}'", &text[..50], &text[50..]), &found);
    check(&format!("{}\n{}\n{}\n", &text[..40], &text[40..80], &text[80..]), &found);
}

#[test]
fn other_bases_are_found() {
    check(&format!("b32decode('{}')", BASE32.encode(PLAIN.as_bytes())), &[("base32", PLAIN)]);
    let text = "Man is distinguished, not only by his reason";
    check("a85decode(b\"9jqo^BlbD-BleB1DJ+*+F(f,q/0JhKF<GL>Cj@.4Gp$d7F!,L7@<6@)\")", &[("ascii85", text)]);
    check("<~9jqo^BlbD-BleB1DJ+*+F(f,q/0JhKF<GL>Cj@.4Gp$d7F!,L7@<6@)~>", &[("ascii85", text)]);
    check("b85decode('O<`^zX>%ZCX>)XGZfA9Ab7*B`EFf-gbRchTY<VDJc_3(Mb0BhMVRLV8')", &[("base85", text)]);
}

#[test]
fn character_codes_are_found_however_they_are_written() {
    let list = |write: &dyn Fn(u8) -> String, by: &str| PLAIN.bytes().map(write).collect::<Vec<_>>().join(by);
    let found = [("char-codes", PLAIN)];
    check(&format!("x = [{}]", list(&|byte| byte.to_string(), ", ")), &found);
    check(&format!("String.fromCharCode({})", list(&|byte| byte.to_string(), ",")), &found);
    check(&format!("exec({})", list(&|byte| format!("chr({byte})"), "+")), &found);
    check(&list(&|byte| format!("Chr({byte})"), " & "), &found);
    check(&list(&|byte| format!("[char]{byte}"), "+"), &found);
    check(&list(&|byte| format!("0x{byte:02X}"), ", "), &found);
    check(&list(&|byte| format!("{byte:02x}"), " "), &found);
    check(&format!("{{\n  {}\n}}", list(&|byte| format!("0x{byte:02x}"), ",\n  ")), &found);
}

#[test]
fn escapes_are_found_however_they_are_written() {
    let list = |write: &dyn Fn(u8) -> String| PLAIN.bytes().map(write).collect::<String>();
    let found = [("escapes", PLAIN)];
    let hex = list(&|byte| format!("\\x{byte:02x}"));
    check(&format!("exec('{hex}')"), &found);
    check(&format!("exec(b\"{}\"\n     b\"{}\")", &hex[..80], &hex[80..]), &found);
    check(&format!("printf {hex} | sh"), &found);
    check(&format!("\"{}\"", hex.replace('\\', "\\\\")), &found);
    check(&format!("'{}'", list(&|byte| format!("\\u{byte:04X}"))), &found);
    check(&format!("'{}'", list(&|byte| format!("\\{byte:03o}"))), &found);
    check(&list(&|byte| format!("%{byte:02X}")), &[("percent", PLAIN)]);
    check("eval(unescape('%66%75%6e%63%74%69%6f%6e%20look%28%29%3b'))", &[("percent", "function look();")]);
}

#[test]
fn bytes_as_python_shows_them_are_found() {
    let stream = zlib(PLAIN.repeat(3).as_bytes());
    let shown: String = stream
        .iter()
        .map(|byte| match byte {
            b'\\' | b'\'' => format!("\\{}", *byte as char),
            b'\n' => "\\n".into(),
            b'\r' => "\\r".into(),
            b'\t' => "\\t".into(),
            b' '..=b'~' => (*byte as char).to_string(),
            byte => format!("\\x{byte:02x}"),
        })
        .collect();
    let code = format!("import zlib\nx = 'unrelated'; exec(zlib.decompress(b'{shown}'))\n");
    let found = layers(code.as_bytes(), "python");
    assert_eq!(found, [("escapes".to_owned(), shown, stream)]);
}

#[test]
fn hex_dumps_are_found() {
    let xxd = "00000000: 696d 706f 7274 206f 730a 6f73 2e73 7973  import os.os.sys\n\
               00000010: 7465 6d28 2765 6368 6f20 6120 646f 6f72  tem('echo a door\n\
               00000020: 2729 0a                                  ').\n";
    let canonical = "00000000  69 6d 70 6f 72 74 20 6f  73 0a 6f 73 2e 73 79 73  |import os.os.sys|\n\
                     00000010  74 65 6d 28 27 65 63 68  6f 20 61 20 64 6f 6f 72  |tem('echo a door|\n\
                     00000020  27 29 0a                                          |').|\n\
                     00000023\n";
    let found = [("hex-dump", "import os\nos.system('echo a door')\n")];
    check(xxd, &found);
    check(canonical, &found);
    check(&format!("Here it is:\n{canonical}and so on"), &found);
}

#[test]
fn compressed_streams_are_found_whatever_they_are_written_in() {
    let text = PLAIN.repeat(20);
    for stream in [zlib(text.as_bytes()), deflate(text.as_bytes()), gzip(text.as_bytes()), deflate(PLAIN.as_bytes())] {
        assert_eq!(
            layers(BASE64.encode(&stream).as_bytes(), "text"),
            [("base64".into(), BASE64.encode(&stream), stream.clone())]
        );
        assert_eq!(layers(HEXLOWER.encode(&stream).as_bytes(), "text"), [("hex".into(), HEXLOWER.encode(&stream), stream)]);
    }
    for plain in [&*text, PLAIN] {
        let stream = deflate(plain.as_bytes());
        let found = layers(&stream, "data");
        assert_eq!(
            found.iter().map(|(codec, _, payload)| (&**codec, &**payload)).collect::<Vec<_>>(),
            [("deflate", plain.as_bytes())]
        );
        assert_eq!(layers(&stream, "text"), []);
    }
}

#[test]
fn commands_of_powershell_are_found() {
    let command: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let text = BASE64.encode(&command);
    let found = layers(format!("powershell -EncodedCommand {text}").as_bytes(), "text");
    assert_eq!(found, [("base64".into(), text, command)]);
}

#[test]
fn what_is_no_payload_is_left_alone() {
    let digest = HEXLOWER.encode(&noise(64));
    for len in [32, 40, 56, 64, 96, 128] {
        check_nothing(&format!("sha: {}", &digest[..len]));
    }
    let list: String = (0..200).map(|line| format!("{}\n", HEXLOWER.encode(&noise(2000)[line * 8..line * 8 + 32]))).collect();
    check_nothing(&list);
    check_nothing(&format!("\"integrity\": \"sha512-{}\"", BASE64.encode(&noise(64))));
    for text in [
        "123e4567-e89b-12d3-a456-426614174000 123e4567e89b12d3a456426614174000",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567 0123456789abcdef0123456789abcdef",
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
        "getElementsByTagNameNS setDefaultUncaughtExceptionHandler AbstractSingletonProxyFactoryBean",
        "SOME_VERY_LONG_CONSTANT_NAME_OF_A_HEADER_FILE_H some_very_long_function_name_in_snake_case",
        "/usr/lib/python3/dist-packages/something/AnotherThing/YetAnother/ModuleName",
        "_ZN4core3ptr85drop_in_place$LT$std..rt..lang_start$LT$$LP$$RP$$GT$..$u7b$$u7b$closure$u7d$",
        "////////////////////////////////////////////////////////////////////////////////////////",
        "----------------------------------------------------------------------------------------",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "GATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACAGATTACA",
        "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKR",
        "3141592653589793238462643383279502884197169399375105820974944592307816406286208998628034825",
        "function(e,t,n){\"use strict\";var r=n(0),i=n(1);e.exports=function(e,t){return r(e)||i(e,t)}}",
        "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]",
        "[65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86]",
        "[50, 100, 50, 100, 50, 100, 50, 100, 50, 100, 50, 100, 50, 100, 50, 100, 50, 100, 50, 100]",
        "0x00000000, 0x77073096, 0xee0e612c, 0x990951ba, 0x076dc419, 0x706af48f, 0xe963a535",
        r"'\u4f60\u597d\u4e16\u754c\u4f60\u597d\u4e16\u754c\u4f60\u597d\u4e16\u754c\u4f60\u597d'",
        r"'\x1b[31m\x1b[0m' '\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12'",
        "https://host.example.test/%E4%B8%AD%E6%96%87%E4%B8%AD%E6%96%87%E4%B8%AD%E6%96%87?q=%20%2F%20",
        "printf(\"%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x\")",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam me",
    ] {
        check_nothing(text);
    }
}

#[test]
fn keys_in_pem_are_left_to_their_observer_and_disguises_are_not() {
    let der = [&[0x30, 0x82, 0x05, 0x00][..], &noise(1276)].concat();
    let wrap = |bytes: &[u8]| {
        let text = BASE64.encode(bytes);
        text.as_bytes().chunks(64).map(|line| format!("{}\n", std::str::from_utf8(line).unwrap())).collect::<String>()
    };
    check_nothing(&format!("-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n", wrap(&der)));
    let one_line = wrap(&der).replace('\n', "\\n");
    check_nothing(&format!("\"key\": \"-----BEGIN PRIVATE KEY-----\\n{one_line}-----END PRIVATE KEY-----\\n\""));
    let disguised = wrap(PLAIN.repeat(5).as_bytes());
    check(&format!("-----BEGIN CERTIFICATE-----\n{disguised}-----END CERTIFICATE-----\n"), &[("base64", &PLAIN.repeat(5))]);
}

#[test]
fn large_blobs_are_said_and_small_ones_are_not() {
    assert_eq!(layers(BASE64.encode(&noise(2000)).as_bytes(), "text").len(), 1);
    assert_eq!(layers(BASE64.encode(&noise(500)).as_bytes(), "text").len(), 0);
    assert_eq!(layers(HEXLOWER.encode(&noise(2000)).as_bytes(), "text").len(), 1);
    assert_eq!(layers(HEXLOWER.encode(&noise(500)).as_bytes(), "text").len(), 0);
}

#[test]
fn in_data_only_long_runs_are_looked_at() {
    let long = BASE64.encode(PLAIN.repeat(3).as_bytes());
    let short = BASE64.encode(&PLAIN.as_bytes()[..24]);
    let data = [&noise(3000)[..], b"\0", long.as_bytes(), b"\0", short.as_bytes(), b"\0"].concat();
    let found = layers(&data, "data");
    assert_eq!(found.iter().map(|(codec, text, _)| (&**codec, &**text)).collect::<Vec<_>>(), [("base64", &*long)]);
    assert_eq!(layers(&data, "gzip"), []);
}

/// The way to the innermost content of the first chain of layers, and that content.
fn innermost(bytes: &[u8]) -> (String, Vec<u8>) {
    let places = crate::open_all(bytes, &doorward_model::Hint::default(), &[], &Limits::default());
    let last = places.last().unwrap();
    (last.path(&places), last.child.content.clone().unwrap())
}

#[test]
fn layers_below_layers_are_found() {
    let streams = [zlib(PLAIN.repeat(4).as_bytes()), gzip(PLAIN.repeat(4).as_bytes())];
    for stream in streams {
        let middle = format!("exec(decompress(base64.b64decode('{}')))", BASE64.encode(&stream));
        let outer = format!("exec(bytes.fromhex('{}'))", HEXLOWER.encode(middle.as_bytes()));
        assert_eq!(innermost(outer.as_bytes()), ("hex > base64 > layer".into(), PLAIN.repeat(4).into_bytes()));
    }
    let bare = format!("gzinflate(base64_decode('{}'))", BASE64.encode(&deflate(PLAIN.repeat(4).as_bytes())));
    assert_eq!(innermost(bare.as_bytes()), ("base64 > deflate".into(), PLAIN.repeat(4).into_bytes()));
    let wide: Vec<u8> = PLAIN.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let command = format!("powershell -e {}", BASE64.encode(&wide));
    assert_eq!(innermost(command.as_bytes()), ("base64 > layer".into(), PLAIN.as_bytes().to_vec()));
}

#[test]
fn more_layers_than_the_limit_are_a_problem() {
    let text: String = (0..50).map(|n| format!("'{}'\n", BASE64.encode(format!("payload of number {n}").as_bytes()))).collect();
    let limits = Limits { layers_per_content_max: 7, ..Limits::default() };
    let mut kept = Kept::default();
    decode_layers(text.as_bytes(), &Reading { format: "text".into() }, &limits, &mut kept).unwrap();
    assert_eq!(kept.children.len(), 7);
    assert_eq!(kept.problems.len(), 1);
    assert_eq!(kept.problems[0].kind, ProblemKind::Limit);
}

/// One text with every codec in it.
fn all_kinds() -> String {
    let list = |write: &dyn Fn(u8) -> String, by: &str| PLAIN.bytes().map(write).collect::<Vec<_>>().join(by);
    let base64 = BASE64.encode(PLAIN.as_bytes());
    [
        base64.clone(),
        format!("x = '{}'\n    '{}'", &base64[..32], &base64[32..]),
        base64.chars().rev().collect(),
        BASE64.encode(&gzip(PLAIN.as_bytes())),
        BASE32.encode(PLAIN.as_bytes()),
        HEXLOWER.encode(PLAIN.as_bytes()),
        list(&|byte| byte.to_string(), ", "),
        list(&|byte| format!("chr({byte})"), "+"),
        format!("\"{}\"", list(&|byte| format!("\\x{byte:02x}"), "")),
        format!("\"{}\"", list(&|byte| format!("\\u{byte:04x}"), "")),
        list(&|byte| format!("%{byte:02x}"), ""),
        "00000000: 696d 706f 7274 206f 730a 6f73 2e73 7973  import os.os.sys\n00000010: 7465".into(),
        "<~9jqo^BlbD-BleB1DJ+*+F(f,q/0JhKF<GL>Cj@.4Gp$d7F!,L7@<6@)/0JDEF<G%<+EV:2F!,~>".into(),
    ]
    .join("\n\n")
}

#[test]
fn cut_and_flipped_input_does_no_harm() {
    let text = all_kinds().into_bytes();
    for len in 0..text.len() {
        decoded(&text[..len], "text");
        decoded(&text[len..], "text");
    }
    let random = noise(text.len());
    for (at, bit) in random.iter().enumerate() {
        let mut flipped = text.clone();
        flipped[at] ^= 1 << (bit & 7);
        decoded(&flipped, "text");
    }
    for stream in [zlib(&text), deflate(&text)] {
        for len in 0..stream.len() {
            decoded(&stream[..len], "data");
            let mut flipped = stream.clone();
            flipped[len] ^= 1 << (random[len] & 7);
            decoded(&flipped, "data");
        }
    }
}

/// Texts that make a careless search read the same bytes again and again. Each is read in the time of its length: a search
/// that is not linear would take minutes for one of them.
#[test]
fn long_lines_are_read_once() {
    let len = 1 << 20;
    let long = |piece: &str| piece.repeat(len / piece.len());
    for text in [
        long("a"),
        long("aB"),
        long("aB3dE5gH7jK9mN1pQ3sT5vW7\n"),
        long("'aB3dE5gH7jK9mN1pQ3sT5vW7' "),
        long("aB3dE5gH7jK9mN1pQ3sT5vW7_-/+"),
        long("'aB3dE5gH7jK9mN1pQ3sT5vW7'+'a'+"),
        long("\\x41"),
        long("\\x41\\x42\\x43\\x44 "),
        long("\\x41\\x42\\x43\\x44\\u4f60 \"\" "),
        long("'\\x41\\x42\\x43\\x44"),
        long("%41%42%43zz"),
        long("%"),
        long("\\"),
        long("104,"),
        long("chr(104)+"),
        long("-"),
        long("00000000 00 "),
        long("00000000: 00\n"),
        long("<~"),
        long("b85decode('"),
        long(" \\\n"),
        long("deadbeef0123456789abcdef00112233\n"),
        long("deadbeef0123456789abcdef00112233' '"),
    ] {
        decoded(text.as_bytes(), "text");
    }
}

#[test]
fn twenty_megabytes_in_one_line_are_read() {
    let line = format!("x='{}';{}", BASE64.encode(PLAIN.as_bytes()), "var a=b+c;".repeat(2 << 20));
    let found = layers(line.as_bytes(), "text");
    assert_eq!(found.len(), 1);
}

/// A way to write bytes, the name of its codec, and whether it stands alone in its own quotes.
type Written = (&'static str, fn(&[u8]) -> String);

const WRITTEN: [Written; 12] = [
    ("base64", |bytes| format!("'{}'", BASE64.encode(bytes))),
    ("base64", |bytes| literals(&BASE64.encode(bytes), "'\n    '")),
    ("base64", |bytes| literals(&BASE64.encode(bytes), "\" + \"")),
    ("base64", |bytes| literals(&BASE64.encode(bytes), "\\n")),
    ("hex", |bytes| format!("\"{}\"", HEXLOWER.encode(bytes))),
    ("hex", |bytes| literals(&HEXLOWER.encode(bytes), "' '")),
    ("base32", |bytes| format!("'{}'", BASE32.encode(bytes))),
    ("char-codes", |bytes| format!("{bytes:?}")),
    ("char-codes", |bytes| bytes.iter().map(|byte| format!("chr({byte})")).collect::<Vec<_>>().join("+")),
    ("char-codes", |bytes| format!("{{{}}}", bytes.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(", "))),
    ("escapes", |bytes| format!("\"{}\"", bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect::<String>())),
    ("escapes", |bytes| format!("'{}'", bytes.iter().map(|byte| format!("\\{byte:03o}")).collect::<String>())),
];

/// A text in pieces of 64 characters.
fn literals(text: &str, by: &str) -> String {
    let pieces: Vec<_> = text.as_bytes().chunks(64).map(|piece| std::str::from_utf8(piece).unwrap()).collect();
    let quote = if by.starts_with('"') { '"' } else { '\'' };
    format!("{quote}{}{quote}", pieces.join(by))
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_is_written_is_found_exactly(
        words in proptest::collection::vec("[a-z]{2,9}", 6..40),
        kind in 0..4_usize,
        written in 0..WRITTEN.len(),
        before in "[a-z =(;\n]{0,90}",
    ) {
        let text = words.join(" ");
        let payload = match kind {
            0 => text.into_bytes(),
            1 => gzip(text.as_bytes()),
            2 => zlib(text.as_bytes()),
            _ => [b"\x7fELF\x02\x01\x01\0", text.as_bytes()].concat(),
        };
        let (codec, write) = WRITTEN[written];
        let code = format!("{before}({})\n", write(&payload));
        let found: Vec<_> = layers(code.as_bytes(), "python").into_iter().map(|(codec, _, payload)| (codec, payload)).collect();
        proptest::prop_assert_eq!(found, [(codec.to_owned(), payload)], "{}", code);
    }

    #[test]
    fn whatever_is_written_over_all_bytes_does_no_harm(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000)) {
        for format in ["text", "data"] {
            decoded(&bytes, format);
        }
    }
}
