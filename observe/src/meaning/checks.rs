//! Checks of what came from the network: its digest compared with one that is written in the code, its signature verified.
//!
//! What is checked is said of the ways that its data take from there on. A check proves who made the data, not what they do.
//! Not handled: a digest that comes with the data (it proves nothing), a check whose outcome is ignored, checks in other files.

use super::machine::{Args, Machine};
use super::values::{Origin, Value};
use doorward_model::vocabulary as kinds;
use std::rc::Rc;

/// Fewest hexadecimal digits of a digest that cannot be made to fit: SHA-1's.
const DIGITS_MIN: usize = 40;

/// Most sources that are remembered as checked.
const CHECKED_MAX: usize = 64;

/// A source: where it stands and what it asks for.
pub(crate) type Source = ((u32, u32), Option<Rc<str>>);

/// The source of an origin, if it is the network.
fn source(origin: &Origin) -> Option<Source> {
    let from_net = origin.kind == &kinds::NET_RECEIVE && origin.outer.is_none();
    let first = origin.steps.first().filter(|_| from_net)?;
    Some((*first, origin.what.clone()))
}

fn is_from_net(value: &Value) -> bool {
    value.deep_tag().is_some_and(|tag| tag.origins.iter().any(|origin| source(origin).is_some()))
}

impl Machine<'_, '_> {
    /// A signature is verified with a key that is not itself fetched.
    pub(super) fn verified(&mut self, key: Option<&Value>, args: &Args<'_>) {
        if key.is_some_and(is_from_net) {
            return;
        }
        let origins = args.tag();
        self.check(origins.iter().flat_map(|tag| &tag.origins));
    }

    /// Two values are compared: a digest of data with one that is written here.
    pub(super) fn compared(&mut self, left: &Value, right: &Value) {
        for (digest, known) in [(left, right), (right, left)] {
            let Some(tag) = digest.tag.as_ref().filter(|_| is_digest(known)) else { continue };
            self.check(tag.origins.iter().filter(|origin| origin.transforms.contains(&"hash")));
        }
    }

    fn check<'o>(&mut self, origins: impl Iterator<Item = &'o Origin>) {
        for source in origins.filter_map(source) {
            if self.out.checked.len() < CHECKED_MAX && !self.out.checked.contains(&source) {
                self.out.checked.push(source);
            }
        }
    }
}

/// Whether it is a digest that is written in the code.
fn is_digest(value: &Value) -> bool {
    value.tag.is_none()
        && value.known_text().is_some_and(|text| {
            let digits = text.rsplit([':', '-']).next().unwrap_or(text);
            digits.len() >= DIGITS_MIN
                && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        })
}

/// Whether what an origin brings was checked.
pub(super) fn is_checked(checked: &[Source], origin: &Origin) -> bool {
    !checked.is_empty() && source(origin).is_some_and(|source| checked.contains(&source))
}
