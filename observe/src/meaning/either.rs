//! What a value is where ways join: one of several, or not known.

use super::values::{Shape, Value, merge};
use std::rc::Rc;

/// Most values that one may be.
const SET_MAX: usize = 4;

/// Whether a value is one of several, or has such in it.
pub(crate) fn is_several(value: &Value) -> bool {
    match &value.shape {
        Shape::Set(_) => true,
        Shape::List(values) => values.iter().take(1000).any(|value| matches!(value.shape, Shape::Set(_))),
        _ => false,
    }
}

/// What may be this, or something else.
pub(crate) fn maybe(value: Value) -> Value {
    match value.shape {
        Shape::Text(_) => Value { shape: Shape::Set(Rc::new(vec![value.shape])), tag: value.tag },
        Shape::Int(_) | Shape::Bool(_) | Shape::List(_) | Shape::Map(_) => {
            Value { shape: Shape::Computed, tag: value.deep_tag() }
        }
        _ => value,
    }
}

/// What is one or the other.
pub(crate) fn join(one: Value, other: Value) -> Value {
    let tag = merge(one.tag, other.tag);
    Value { shape: join_shapes(one.shape, other.shape), tag }
}

fn join_shapes(one: Shape, other: Shape) -> Shape {
    if one == other {
        return one;
    }
    let one_is_unknown = one == Shape::Computed || other == Shape::Computed;
    match (one, other) {
        (Shape::Computed | Shape::Null, shape) | (shape, Shape::Computed | Shape::Null) => match shape {
            // Only things to call or to name stay; a number that may be another is not known.
            Shape::Int(_) | Shape::Bool(_) | Shape::Null => Shape::Computed,
            text @ Shape::Text(_) if one_is_unknown => Shape::Set(Rc::new(vec![text])),
            // What is empty now is filled on the other way.
            Shape::List(values) if values.is_empty() => Shape::Computed,
            Shape::Map(pairs) if pairs.is_empty() => Shape::Computed,
            shape => shape,
        },
        (one, other) => {
            let mut all = match one {
                Shape::Set(shapes) => shapes.to_vec(),
                shape => vec![shape],
            };
            let more = match other {
                Shape::Set(shapes) => shapes.to_vec(),
                shape => vec![shape],
            };
            for shape in more {
                if all.len() < SET_MAX && !all.contains(&shape) {
                    all.push(shape);
                }
            }
            if all.iter().all(|shape| matches!(shape, Shape::Int(_) | Shape::Bool(_))) {
                return Shape::Computed;
            }
            Shape::Set(Rc::new(all))
        }
    }
}
