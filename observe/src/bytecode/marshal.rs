//! Objects that CPython's `marshal` writes, as far as code objects need them (`Python/marshal.c`, versions 2 to 4 of the format).
//!
//! Bounded in objects and depth. Not handled: what Python 2 writes, and the fields of a code object that say nothing of what it
//! does (lines, tables of exceptions).

use std::rc::Rc;

/// Most objects of one file.
const OBJECTS_MAX: u32 = 200_000;

/// Most objects inside each other.
const DEPTH_MAX: u32 = 60;

/// An object.
#[derive(Clone, Debug)]
pub(super) enum Object {
    /// `None`.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number of at most 32 bits.
    Int(i64),
    /// A text.
    Text(Rc<str>),
    /// Bytes.
    Bytes(Rc<[u8]>),
    /// A tuple, list or set.
    Items(Rc<Vec<Self>>),
    /// A code object.
    Code(Rc<Code>),
    /// Anything else.
    Other,
}

/// What a code object has.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// How many of its variables are parameters.
    pub params: usize,
    /// Instructions, two bytes each.
    pub code: Rc<[u8]>,
    /// Constants.
    pub consts: Rc<Vec<Object>>,
    /// Names of globals, members and modules.
    pub names: Vec<Rc<str>>,
    /// Names of its variables, parameters first.
    pub variables: Vec<Rc<str>>,
    /// Its name.
    pub name: Rc<str>,
    /// Written by Python 3.11 or later.
    pub is_new: bool,
}

/// Reads the code object that bytes begin with.
pub(super) fn read(bytes: &[u8]) -> Option<Rc<Code>> {
    let mut reader = Reader { rest: bytes, refs: Vec::new(), objects: 0 };
    match reader.object(0)? {
        Object::Code(code) => Some(code),
        _ => None,
    }
}

struct Reader<'b> {
    rest: &'b [u8],
    refs: Vec<Object>,
    objects: u32,
}

impl<'b> Reader<'b> {
    fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn int(&mut self) -> Option<i32> {
        Some(i32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A length, of four bytes or of one.
    fn len(&mut self, short: bool) -> Option<usize> {
        if short { self.byte().map(usize::from) } else { usize::try_from(self.int()?).ok() }
    }

    fn object(&mut self, depth: u32) -> Option<Object> {
        self.objects = self.objects.checked_add(1).filter(|count| *count <= OBJECTS_MAX)?;
        let deeper = depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX)?;
        let tag = self.byte()?;
        let kind = tag & 0x7f;
        // A reference counts from where an object begins.
        let place = (tag & 0x80 != 0).then(|| {
            self.refs.push(Object::Other);
            self.refs.len().saturating_sub(1)
        });
        let object = match kind {
            b'N' => Object::Null,
            b'T' => Object::Bool(true),
            b'F' => Object::Bool(false),
            b'S' | b'.' | b'0' => Object::Other,
            b'i' => Object::Int(self.int()?.into()),
            b'l' => self.long()?,
            b'f' => self.skip_short()?,
            b'g' => self.skip(8)?,
            b'y' => self.skip(16)?,
            b's' => {
                let len = self.len(false)?;
                Object::Bytes(self.take(len)?.into())
            }
            b't' | b'u' | b'a' | b'A' => self.text(false)?,
            b'z' | b'Z' => self.text(true)?,
            b'(' | b'[' | b'<' | b'>' | b')' => {
                let len = self.len(kind == b')')?;
                let mut items = Vec::with_capacity(len.min(64));
                for _ in 0..len {
                    items.push(self.object(deeper)?);
                }
                Object::Items(Rc::new(items))
            }
            b'{' => {
                while self.rest.first() != Some(&b'0') {
                    self.object(deeper)?;
                    self.object(deeper)?;
                }
                self.skip(1)?
            }
            b'r' => {
                let at = self.len(false)?;
                self.refs.get(at)?.clone()
            }
            b'c' => Object::Code(Rc::new(self.code(deeper)?)),
            _ => return None,
        };
        if let Some(known) = place.and_then(|place| self.refs.get_mut(place)) {
            *known = object.clone();
        }
        Some(object)
    }

    fn skip(&mut self, len: usize) -> Option<Object> {
        self.take(len).map(|_| Object::Other)
    }

    fn skip_short(&mut self) -> Option<Object> {
        let len = self.len(true)?;
        self.skip(len)
    }

    fn text(&mut self, short: bool) -> Option<Object> {
        let len = self.len(short)?;
        Some(Object::Text(String::from_utf8_lossy(self.take(len)?).into()))
    }

    /// A whole number of digits of fifteen bits.
    fn long(&mut self) -> Option<Object> {
        let count = self.int()?;
        let digits = self.take(usize::try_from(count.unsigned_abs()).ok()?.checked_mul(2)?)?;
        if digits.len() > 8 {
            return Some(Object::Other);
        }
        let mut number = 0_i64;
        for digit in digits.as_chunks::<2>().0.iter().rev() {
            number = number.checked_shl(15)?.checked_add(u16::from_le_bytes(*digit).into())?;
        }
        Some(Object::Int(if count < 0 { number.checked_neg()? } else { number }))
    }

    fn code(&mut self, depth: u32) -> Option<Code> {
        let params = usize::try_from(self.int()?).ok()?;
        // Positional, keyword, variables, stack, flags: their number differs from version to version.
        let mut ints = 1_u32;
        let is_bytes = |tag: &u8| matches!(tag & 0x7f, b's' | b'z' | b'r');
        while ints < 6 && !(ints >= 5 && self.rest.first().is_some_and(is_bytes)) {
            self.int()?;
            ints = ints.checked_add(1)?;
        }
        let Object::Bytes(code) = self.object(depth)? else { return None };
        let consts = self.items(depth)?;
        let names = texts(&self.items(depth)?);
        let variables = texts(&self.items(depth)?);
        let (is_new, name) = match self.object(depth)? {
            // Kinds of the variables: 3.11 and later.
            Object::Bytes(_) => {
                self.object(depth)?;
                let name = self.object(depth)?;
                self.object(depth)?;
                self.int()?;
                self.object(depth)?;
                self.object(depth)?;
                (true, name)
            }
            _ => {
                self.object(depth)?;
                self.object(depth)?;
                let name = self.object(depth)?;
                self.int()?;
                self.object(depth)?;
                (false, name)
            }
        };
        let name = match name {
            Object::Text(name) => name,
            _ => "".into(),
        };
        Some(Code { params, code, consts, names, variables, name, is_new })
    }

    /// A tuple; its length counts again, since many code objects may share one.
    fn items(&mut self, depth: u32) -> Option<Rc<Vec<Object>>> {
        let Object::Items(items) = self.object(depth)? else { return None };
        self.objects = self.objects.checked_add(u32::try_from(items.len()).ok()?).filter(|count| *count <= OBJECTS_MAX)?;
        Some(items)
    }
}

fn texts(objects: &[Object]) -> Vec<Rc<str>> {
    let text = |object: &Object| match object {
        Object::Text(text) => Rc::clone(text),
        _ => "_".into(),
    };
    objects.iter().map(text).collect()
}
