//! What generators give: the values of their `yield`s, in order.

use super::{Frame, Machine};
use crate::meaning::values::{Shape, Tag, Value, merge, tags};
use std::rc::Rc;

/// Most values of one generator.
const YIELDS_MAX: usize = 1024;

impl Machine<'_, '_> {
    /// A generator gives a value and goes on.
    pub(crate) fn yields(&mut self, value: Value, one: bool) {
        let sure = one && self.trails == 0;
        if let Some(frame) = self.frames.last_mut() {
            frame.whole &= sure && frame.yields.len() < YIELDS_MAX;
            if frame.yields.len() < YIELDS_MAX {
                frame.yields.push(value);
            }
        }
    }
}

/// What the call of a generator gives: its values, where they are all known.
pub(super) fn generated(frame: Frame) -> Value {
    if frame.whole {
        return Value::list(frame.yields);
    }
    let about = frame.yields.iter().find_map(Value::known_text).map(|text| ("found", Rc::clone(text)));
    let about = Tag { about: about.into_iter().collect(), ..Tag::default() };
    Value { shape: Shape::Computed, tag: merge(tags(&frame.yields), Some(Rc::new(about))) }
}
