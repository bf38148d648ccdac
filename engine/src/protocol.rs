//! Messages between the parent and its workers. Both sides are this very program, but the worker has read hostile bytes: the
//! parent checks whatever it decodes.

use crate::examine::{Allowance, ChildHead, Event, Outcome};
use doorward_model::{Hint, Lexicon, Limits, Problem};
use serde::{Deserialize, Serialize};

/// First message to a worker: what it is to be for its whole life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// What to search for.
    pub lexicon: Lexicon,
    /// Limits in force.
    pub limits: Limits,
    /// Passwords to try.
    pub passwords: Vec<Box<[u8]>>,
    /// Whether secrets stand as they are.
    pub show_secrets: bool,
    /// Names of fact kinds that nobody asks for, which are dropped once they were counted: a large library has thousands.
    pub unasked: Vec<Box<str>>,
    /// Whether contents are indexed, not audited: opened, and recognised by their prints.
    pub indexes: bool,
}

/// One content of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What its name says of how to read it.
    pub hint: Hint,
    /// Bytes.
    pub len: u64,
    /// Which of the message's file descriptors holds it, and where; `None` where the bytes stand in the message.
    pub mapped: Option<(u8, u64)>,
}

/// Head of a request; the bytes of the items that are not mapped follow it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The contents, in order.
    pub items: Vec<Item>,
    /// What each of them may yield.
    pub allowance: Allowance,
}

/// A message that does not decode. The worker that sent it is not to be trusted any further.
#[derive(Debug)]
pub struct Garbled;

/// A reply of a worker.
pub enum Reply<'a> {
    /// Set up, or not.
    Ready(Ready),
    /// A step of the content that is being examined.
    Event(Event<'a>),
    /// The content is examined; the next one follows.
    Done(Box<Outcome>),
}

/// A worker's answer to its setup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Why the setup cannot be worked with (a pattern that does not compile); empty if it can.
    pub fault: Box<str>,
}

const READY: u8 = 0;
const BEGIN: u8 = 1;
const BYTES: u8 = 2;
const END: u8 = 3;
const DROP: u8 = 4;
const WHOLE: u8 = 5;
const ENTRY: u8 = 6;
const DONE: u8 = 7;

/// Encodes a value.
pub fn encode<T: Serialize>(value: &T, frame: &mut Vec<u8>) {
    // Writing to memory fails only for types that postcard has no form for, and none of these is one.
    if let Ok(bytes) = postcard::to_extend(value, std::mem::take(frame)) {
        *frame = bytes;
    }
}

/// Decodes a value that fills the frame.
pub fn decode<'a, T: Deserialize<'a>>(frame: &'a [u8]) -> Result<T, Garbled> {
    match postcard::take_from_bytes(frame) {
        Ok((value, [])) => Ok(value),
        _ => Err(Garbled),
    }
}

/// Writes an event as a frame.
pub fn encode_event(event: &Event<'_>, frame: &mut Vec<u8>) {
    frame.clear();
    match event {
        Event::Begin(head) => tagged(BEGIN, head, frame),
        Event::Bytes(bytes) => {
            frame.push(BYTES);
            frame.extend_from_slice(bytes);
        }
        Event::End(problem) => tagged(END, problem, frame),
        Event::Drop => frame.push(DROP),
        Event::Whole(head, bytes, problem) => {
            tagged(WHOLE, &(head, problem), frame);
            frame.extend_from_slice(bytes);
        }
        Event::Entry(head, problem) => tagged(ENTRY, &(head, problem), frame),
    }
}

/// Writes the answer to a setup as a frame.
pub fn encode_ready(ready: &Ready, frame: &mut Vec<u8>) {
    frame.clear();
    tagged(READY, ready, frame);
}

/// Writes the end of a content as a frame.
pub fn encode_done(outcome: &Outcome, frame: &mut Vec<u8>) {
    frame.clear();
    tagged(DONE, outcome, frame);
}

fn tagged<T: Serialize>(tag: u8, value: &T, frame: &mut Vec<u8>) {
    frame.push(tag);
    encode(value, frame);
}

/// Reads a frame of a worker.
pub fn decode_reply(frame: &[u8]) -> Result<Reply<'_>, Garbled> {
    let (tag, rest) = frame.split_first().ok_or(Garbled)?;
    Ok(Reply::Event(match *tag {
        READY => return decode(rest).map(Reply::Ready),
        DONE => return decode(rest).map(|outcome| Reply::Done(Box::new(outcome))),
        BEGIN => Event::Begin(decode(rest)?),
        BYTES => Event::Bytes(rest),
        END => Event::End(decode(rest)?),
        DROP => Event::Drop,
        WHOLE => {
            let ((head, problem), bytes): ((ChildHead, Option<Problem>), _) =
                postcard::take_from_bytes(rest).map_err(|_| Garbled)?;
            Event::Whole(head, bytes, problem)
        }
        ENTRY => {
            let (head, problem) = decode(rest)?;
            Event::Entry(head, problem)
        }
        _ => return Err(Garbled),
    }))
}

/// Splits a request into its head and the bytes behind it.
pub fn decode_request(frame: &[u8]) -> Result<(Request, &[u8]), Garbled> {
    postcard::take_from_bytes(frame).map_err(|_| Garbled)
}
