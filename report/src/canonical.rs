//! Canonical JSON: keys sorted by their bytes, UTF-8, whole numbers only, no blanks unless asked for, one newline at the end.
//!
//! The same bytes as `jq -cS` or Python's `json.dumps(sort_keys=True, ensure_ascii=False, separators=(",", ":"))` make of the
//! value, since no text in a report holds a control character. Not RFC 8785 where a number passes 2^53. Written straight to a
//! sink: the memory needed does not grow with the report. Keys in the wrong order are a bug, which a debug build asserts.

use std::io::{self, Write};

/// Bytes gathered before they go to the sink.
const BUFFER_BYTES: usize = 64 << 10;

/// Writes one JSON value. The first error of the sink ends the writing and is returned.
pub(crate) fn write(sink: &mut dyn Write, pretty: bool, value: impl FnOnce(Slot<'_, '_>)) -> io::Result<()> {
    let mut writer = Writer { sink, buffer: Vec::with_capacity(BUFFER_BYTES), indent: pretty.then_some(0), error: None };
    value(Slot { writer: &mut writer });
    writer.push(b"\n");
    writer.flush();
    writer.error.map_or(Ok(()), Err)
}

struct Writer<'w> {
    sink: &'w mut dyn Write,
    buffer: Vec<u8>,
    /// Depth, where lines are broken.
    indent: Option<usize>,
    error: Option<io::Error>,
}

impl Writer<'_> {
    fn push(&mut self, bytes: &[u8]) {
        if self.buffer.len() + bytes.len() > BUFFER_BYTES {
            self.flush();
        }
        self.buffer.extend_from_slice(bytes);
    }

    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.sink.write_all(&self.buffer).err();
        }
        self.buffer.clear();
    }

    fn text(&mut self, text: &str) {
        self.push(b"\"");
        let mut plain = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.push(&text.as_bytes()[plain..at]);
            plain = at + 1;
            match byte {
                b'"' => self.push(b"\\\""),
                b'\\' => self.push(b"\\\\"),
                b'\n' => self.push(b"\\n"),
                b'\r' => self.push(b"\\r"),
                b'\t' => self.push(b"\\t"),
                8 => self.push(b"\\b"),
                12 => self.push(b"\\f"),
                byte => self.push(format!("\\u{byte:04x}").as_bytes()),
            }
        }
        self.push(&text.as_bytes()[plain..]);
        self.push(b"\"");
    }

    fn new_line(&mut self) {
        if let Some(depth) = self.indent {
            self.push(b"\n");
            (0..depth).for_each(|_| self.push(b"  "));
        }
    }

    fn open(&mut self, bracket: &[u8]) {
        self.push(bracket);
        self.indent = self.indent.map(|depth| depth + 1);
    }

    fn close(&mut self, bracket: &[u8], empty: bool) {
        self.indent = self.indent.map(|depth| depth - 1);
        if !empty {
            self.new_line();
        }
        self.push(bracket);
    }
}

/// The place of one value. Every slot is filled once: a method takes it.
#[must_use]
pub(crate) struct Slot<'a, 'w> {
    writer: &'a mut Writer<'w>,
}

impl<'w> Slot<'_, 'w> {
    /// A string.
    pub(crate) fn text(self, text: &str) {
        self.writer.text(text);
    }

    /// A count, an offset, a number of a node.
    pub(crate) fn number(self, number: impl Into<u64>) {
        self.writer.push(number.into().to_string().as_bytes());
    }

    /// A number that may be below zero.
    pub(crate) fn signed(self, number: i64) {
        self.writer.push(number.to_string().as_bytes());
    }

    /// A yes or a no.
    pub(crate) fn flag(self, yes: bool) {
        self.writer.push(if yes { b"true" } else { b"false" });
    }

    /// Nothing known.
    pub(crate) fn null(self) {
        self.writer.push(b"null");
    }

    /// An object.
    pub(crate) fn object(self, fill: impl FnOnce(&mut Object<'_, 'w>)) {
        self.writer.open(b"{");
        let mut object = Object { writer: self.writer, empty: true, last: String::new() };
        fill(&mut object);
        let empty = object.empty;
        self.writer.close(b"}", empty);
    }

    /// An array.
    pub(crate) fn array(self, fill: impl FnOnce(&mut Array<'_, 'w>)) {
        self.writer.open(b"[");
        let mut array = Array { writer: self.writer, empty: true };
        fill(&mut array);
        let empty = array.empty;
        self.writer.close(b"]", empty);
    }

    /// An array of strings.
    pub(crate) fn texts<T: AsRef<str>>(self, texts: impl IntoIterator<Item = T>) {
        self.array(|array| texts.into_iter().for_each(|text| array.next().text(text.as_ref())));
    }
}

/// An object that is being written.
pub(crate) struct Object<'a, 'w> {
    writer: &'a mut Writer<'w>,
    empty: bool,
    /// The key before, in a debug build.
    last: String,
}

impl<'w> Object<'_, 'w> {
    /// The slot of the next key.
    pub(crate) fn at(&mut self, key: &str) -> Slot<'_, 'w> {
        if cfg!(debug_assertions) {
            assert!(self.empty || self.last.as_str() < key, "{key} stands behind {}", self.last);
            self.last = key.to_owned();
        }
        if !self.empty {
            self.writer.push(b",");
        }
        self.empty = false;
        self.writer.new_line();
        self.writer.text(key);
        self.writer.push(if self.writer.indent.is_some() { b": " } else { b":" });
        Slot { writer: self.writer }
    }
}

/// An array that is being written.
pub(crate) struct Array<'a, 'w> {
    writer: &'a mut Writer<'w>,
    empty: bool,
}

impl<'w> Array<'_, 'w> {
    /// The next slot.
    pub(crate) fn next(&mut self) -> Slot<'_, 'w> {
        if !self.empty {
            self.writer.push(b",");
        }
        self.empty = false;
        self.writer.new_line();
        Slot { writer: self.writer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(slot: Slot<'_, '_>) {
        slot.object(|object| {
            object.at("a").array(|array| {
                array.next().signed(-1);
                array.next().number(u64::MAX);
                array.next().object(|_| {});
            });
            object.at("b").text("q\"\\\u{1}\n\u{7f}\u{e9}");
            object.at("c").flag(false);
            object.at("d").array(|_| {});
            object.at("e").null();
        });
    }

    #[test]
    fn compact_and_pretty_hold_the_same_value() {
        let (mut compact, mut pretty) = (Vec::new(), Vec::new());
        write(&mut compact, false, sample).unwrap();
        write(&mut pretty, true, sample).unwrap();
        let expected =
            "{\"a\":[-1,18446744073709551615,{}],\"b\":\"q\\\"\\\\\\u0001\\n\u{7f}\u{e9}\",\"c\":false,\"d\":[],\"e\":null}\n";
        assert_eq!(String::from_utf8(compact.clone()).unwrap(), expected);
        let value: serde_json::Value = serde_json::from_slice(&pretty).unwrap();
        assert_eq!(value, serde_json::from_slice::<serde_json::Value>(&compact).unwrap());
        assert_eq!(format!("{value}\n").as_bytes(), compact);
        assert_eq!(format!("{value:#}\n").as_bytes(), pretty);
    }

    #[test]
    #[should_panic(expected = "a stands behind b")]
    fn keys_out_of_order_are_caught() {
        let filled = |slot: Slot<'_, '_>| {
            slot.object(|object| {
                object.at("b").null();
                object.at("a").null();
            });
        };
        write(&mut Vec::new(), false, filled).unwrap();
    }

    #[test]
    fn a_full_disk_is_an_error_and_no_panic() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert_eq!(write(&mut Full, false, sample).unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
