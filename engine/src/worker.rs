//! The worker's side: confine yourself, then examine what comes until the parent is gone.

use crate::examine::{Event, Examiner, Sink};
use crate::protocol::{self, Ready, Setup};
use doorward_contain::Channel;
use doorward_observe::Observers;
use std::os::fd::{AsFd, OwnedFd};

/// Stack of the thread that reads hostile bytes: parsers recurse.
const STACK_BYTES: usize = 64 << 20;

/// Contents above this size are reported as soon as they are done, smaller ones with those that follow.
const PROMPT_BYTES: usize = 64 << 10;

/// Runs this process as a worker. Returns when the parent is gone or sent something that is no request.
///
/// # Errors
/// This process was started by hand, or cannot be confined.
pub fn serve() -> std::io::Result<()> {
    let mut channel = Channel::from_worker()?;
    // Before the first thread and the first byte of input: what follows inherits the walls.
    let confinement = doorward_contain::confine(channel.caps())?;
    channel.say(confinement)?;
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || work(channel));
    if let Ok(thread) = thread {
        // A panic ends the worker, which is what the parent reacts to.
        let _ = thread.join();
    }
    Ok(())
}

/// Serves until the parent is gone; `None` then.
fn work(mut channel: Channel) -> Option<()> {
    let mut frame = Vec::new();
    channel.receive_into(&mut frame).ok()??;
    let setup: Setup = protocol::decode(&frame).ok()?;
    let (observers, fault) = match Observers::new(&setup.lexicon, setup.show_secrets) {
        Ok(observers) => (Some(observers.without(&setup.unasked)), Box::default()),
        Err(words) => (None, words.into()),
    };
    frame.clear();
    protocol::encode_ready(&Ready { fault }, &mut frame);
    channel.send(&frame).ok()?;
    channel.flush().ok()?;
    let examiner = Examiner {
        observers: observers?,
        limits: setup.limits,
        passwords: setup.passwords,
        unasked: setup.unasked,
        indexes: setup.indexes,
    };
    loop {
        let files = channel.receive_into(&mut frame).ok()??;
        request(&examiner, &mut channel, &frame, &files)?;
    }
}

fn request(examiner: &Examiner, channel: &mut Channel, frame: &[u8], files: &[OwnedFd]) -> Option<()> {
    let (request, mut inline) = protocol::decode_request(frame).ok()?;
    for item in &request.items {
        let mapped;
        let bytes = match item.mapped {
            Some((file, offset)) => {
                mapped = doorward_contain::map_fd(files.get(usize::from(file))?.as_fd(), offset, item.len).ok()?;
                &*mapped
            }
            None => {
                let (bytes, rest) = inline.split_at_checked(usize::try_from(item.len).ok()?)?;
                inline = rest;
                bytes
            }
        };
        let mut outgoing = Outgoing { channel, frame: Vec::new() };
        let outcome = examiner.examine(bytes, &item.hint, request.allowance, &mut outgoing);
        let Outgoing { mut frame, .. } = outgoing;
        protocol::encode_done(&outcome, &mut frame);
        channel.send(&frame).ok()?;
        // What took a while is reported at once: the parent's watchdog counts from one content's end to the next one's.
        if bytes.len() > PROMPT_BYTES {
            channel.flush().ok()?;
        }
    }
    channel.flush().ok()
}

/// Sends events to the parent.
struct Outgoing<'a> {
    channel: &'a mut Channel,
    frame: Vec<u8>,
}

impl Sink for Outgoing<'_> {
    fn event(&mut self, event: Event<'_>) -> bool {
        protocol::encode_event(&event, &mut self.frame);
        self.channel.send(&self.frame).is_ok()
    }
}
