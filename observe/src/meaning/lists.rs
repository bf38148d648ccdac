//! Methods of lists, maps and bytes that change them where they stand, or call a function for each element.

use super::machine::{Args, Machine};
use super::values::{Shape, Value, decoded};
use crate::neutral::{At, Expr};

impl<'m> Machine<'m, '_> {
    /// Methods that change a list in its place.
    pub(super) fn list_change(
        &mut self,
        owner: &Value,
        name: &str,
        args: &Args<'m>,
        object: Option<&'m Expr<'m>>,
    ) -> Option<Value> {
        let object = object?;
        if !matches!(owner.shape, Shape::List(_) | Shape::Map(_) | Shape::Bytes(_)) || !self.keeps_changes(object) {
            return None;
        }
        match &owner.shape {
            Shape::List(values) => {
                if !matches!(name, "append" | "push" | "extend" | "shift" | "pop" | "unshift" | "reverse") {
                    return None;
                }
                self.out.budget.spend_bytes(owner.weight());
                let mut values = values.to_vec();
                let gives = match name {
                    "append" | "push" => {
                        values.extend(args.at.iter().cloned());
                        Value::new(Shape::Null)
                    }
                    "extend" => {
                        values.extend(self.elements(args.get(0)?)?);
                        Value::new(Shape::Null)
                    }
                    "shift" if !values.is_empty() => values.remove(0),
                    "pop" => values.pop()?,
                    "unshift" => {
                        values.splice(0..0, args.at.iter().cloned());
                        Value::new(Shape::Null)
                    }
                    "reverse" => {
                        values.reverse();
                        Value::list(values.clone())
                    }
                    _ => return None,
                };
                let changed = Value::list(values).tagged(owner.tag.clone());
                if let (Shape::List(old), Shape::List(new)) = (&owner.shape, &changed.shape) {
                    self.change_list(old, new);
                }
                self.put_back(object, changed);
                Some(gives)
            }
            Shape::Map(pairs) if name == "update" => {
                let Shape::Map(more) = &args.get(0)?.shape else { return None };
                let pairs = pairs.iter().chain(more.iter()).cloned().collect();
                self.put_back(object, Value::map(pairs).tagged(owner.tag.clone()));
                Some(Value::new(Shape::Null))
            }
            Shape::Bytes(bytes) if matches!(name, "append" | "extend") => {
                let mut bytes = bytes.to_vec();
                match name {
                    "append" => bytes.push(u8::try_from(args.get(0)?.int()?).ok()?),
                    _ => bytes.extend(args.get(0)?.known_bytes()?),
                }
                self.put_back(object, Value::bytes(bytes).tagged(owner.tag.clone()));
                Some(Value::new(Shape::Null))
            }
            _ => None,
        }
    }

    /// Methods that call a function for each element.
    pub(super) fn higher(&mut self, owner: &Value, name: &str, function: &Value, args: &Args<'m>, at: &At) -> Option<Value> {
        let elements = self.elements(owner)?;
        let before = self.out.budget.steps;
        let value = match name {
            "map" | "forEach" | "flatMap" => {
                let made = self.map_over(function, elements, at);
                Some(match (name, &owner.shape) {
                    ("forEach", _) => Value::new(Shape::Null),
                    // A buffer keeps the low eight bits of each.
                    ("map", Shape::Bytes(_)) if !self.python => {
                        let byte = |value: &Value| u8::try_from(value.int()? & 0xff).ok();
                        let bytes: Option<Vec<u8>> = made.iter().map(byte).collect();
                        match bytes {
                            Some(bytes) => decoded(Value::bytes(bytes), owner.tag.as_ref(), "map"),
                            None => Value::list(made),
                        }
                    }
                    _ => Value::list(made),
                })
            }
            "filter" => {
                let mut kept = Vec::new();
                for element in elements {
                    let verdict = self.call_value(function, None, &Args { at: vec![element.clone()], named: Vec::new() }, at);
                    // What may be kept is: a path that exists is one of those that were asked for.
                    if verdict.truth() != Some(false) {
                        kept.push(element);
                    }
                }
                Some(Value::list(kept))
            }
            "reduce" => {
                let mut elements = elements.into_iter();
                let mut sum = args.get(1).cloned().or_else(|| elements.next())?;
                for element in elements {
                    sum = self.call_value(function, None, &Args { at: vec![sum, element], named: Vec::new() }, at);
                }
                Some(sum)
            }
            _ => None,
        };
        self.out.budget.repeated(before.saturating_sub(self.out.budget.steps));
        value
    }

    pub(super) fn map_over(&mut self, function: &Value, elements: Vec<Value>, at: &At) -> Vec<Value> {
        let mut made = Vec::with_capacity(elements.len());
        for (position, element) in elements.into_iter().enumerate() {
            let position = Value::new(Shape::Int(i64::try_from(position).unwrap_or(i64::MAX)));
            // Python hands over the element alone.
            let args = if self.python { vec![element] } else { vec![element, position] };
            let value = self.call_value(function, None, &Args { at: args, named: Vec::new() }, at);
            if value.int().is_some() {
                self.bears(function);
            }
            made.push(value);
        }
        made
    }
}
