//! Where values go: names, members, elements, and the parts of what is not known in whole.

use super::ways::{append, put, put_key};
use super::{Args, DEPTH_MAX, Machine};
use crate::meaning::calls::is_function;
use crate::meaning::tree::ROOT;
use crate::meaning::values::{Shape, Tag, Value, merge, stepped};
use crate::meaning::written::holds;
use crate::neutral::{At, Expr, Place, What};
use std::rc::Rc;

/// Shortest text worth remembering that it was put into something.
const HELD_BYTES_MIN: usize = 12;

impl<'m> Machine<'m, '_> {
    /// Puts a value into a place.
    pub(crate) fn assign(&mut self, place: &'m Place<'m>, value: Value) {
        if self.depth >= DEPTH_MAX {
            self.out.too_deep = true;
            return;
        }
        self.depth = self.depth.saturating_add(1);
        self.assign_inside(place, value);
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn assign_inside(&mut self, place: &'m Place<'m>, value: Value) {
        match place {
            Place::Name(name, at) => {
                let tag = stepped(value.tag, (at.start, at.end), None);
                self.set_name(name, Value { shape: value.shape, tag });
            }
            Place::Member(object, name, _) => {
                if !self.gets_method(object, name, &value) {
                    self.assign_member(object, name, value);
                }
            }
            Place::Index(object, key, _) => {
                let key = self.value(key);
                if let Some(name) = key.known_text().filter(|_| is_function(&value)) {
                    self.gives_out(object, &Rc::clone(name), &value);
                    self.gets_method(object, name, &value);
                }
                self.assign_element(object, &key, value);
            }
            Place::Elements(places) => {
                let elements = self.elements(&value);
                for (at, place) in places.iter().enumerate() {
                    let element = match (&elements, place) {
                        (Some(elements), Place::Rest(_)) => Value::list(elements.get(at..).unwrap_or_default().to_vec()),
                        (Some(elements), _) => elements.get(at).cloned().unwrap_or_default(),
                        (None, _) => self.element(&value),
                    };
                    // A list that may stand for other data, as in `find(data) || [null]`.
                    let element = match element.shape {
                        Shape::Null if value.has_origins() => Value { shape: Shape::Computed, tag: element.tag },
                        _ => element,
                    };
                    self.assign(place, element.tagged(value.tag.clone().filter(|tag| !tag.origins.is_empty())));
                }
            }
            Place::Members(members) => {
                for (name, place) in members {
                    let element = self.member(&value, name, &(0..0));
                    self.assign(place, element);
                }
            }
            Place::Rest(place) => self.assign(place, value),
        }
    }

    pub(super) fn assign_member(&mut self, object: &'m Expr<'m>, name: &'m str, value: Value) {
        self.gives_out(object, name, &value);
        let owner = self.value(object);
        self.substitute(&value, &object.at);
        if is_function(&value) {
            self.hook_named(&owner, name, &value, &object.at);
        }
        match owner.shape {
            Shape::Instance(class) | Shape::Class(class) => self.set_field(class, name, value),
            Shape::Api(node) => {
                // A setting of an API object, such as a handler, reaches it like an argument.
                let of_made = || self.tree.child(node, "()").and_then(|made| self.tree.child(made, name));
                let child = self.tree.child(node, name);
                if let Some(child) = child.or_else(of_made).filter(|_| is_function(&value)) {
                    self.hook(child, &value, &object.at);
                }
                if let Some(child) = child {
                    let args = Args { at: vec![value], named: Vec::new() };
                    let callee = Value { shape: Shape::Api(child), tag: owner.tag.clone() };
                    if self.tree.node(child).row.is_some_and(|row| row.kind.is_some()) {
                        self.call_value(&callee, Some(&owner), &args, &object.at);
                    }
                } else if let (Shape::Function(..), true) = (&value.shape, owner.has_origins()) {
                    let args = Args { at: vec![Value { shape: Shape::Computed, tag: owner.tag.clone() }], named: Vec::new() };
                    self.call_value(&value, None, &args, &object.at);
                }
            }
            Shape::Computed if !self.python && matches!(name, "action" | "src" | "href") && value.has_origins() => {
                // Whatever it is a part of the page: what it points to is asked for.
                self.point_to(name, value, &object.at);
            }
            _ => {
                // Held by one name less, it may be changed where it is.
                drop(owner);
                self.assign_element(object, &Value::text(name), value);
            }
        }
    }

    /// A part of a page points to an address.
    fn point_to(&mut self, name: &str, value: Value, at: &At) {
        let element = self.tree.find("document.createElement").and_then(|node| self.tree.child(node, "()"));
        let Some(node) = element.and_then(|node| self.tree.child(node, name)) else { return };
        let is_address = value.as_text().is_some_and(|text| text.contains("://") || text.starts_with("//"));
        if is_address {
            let args = Args { at: vec![value], named: Vec::new() };
            self.call_value(&Value::new(Shape::Api(node)), None, &args, at);
        }
    }

    pub(super) fn assign_element(&mut self, object: &'m Expr<'m>, key: &Value, value: Value) {
        let What::Name(name) = &object.what else {
            return self.assign_inside_of(object, key, value);
        };
        let position = key.int().and_then(|at| usize::try_from(at).ok());
        // A list of JavaScript grows by what is put behind its end.
        let grows = !self.python;
        let ends = |shape: &Shape, at: usize| grows && matches!(shape, Shape::List(list) if list.len() == at);
        if let Some(at) = position
            && self.in_place(name, |shape| put(shape, at, &value) || ends(shape, at) && append(shape, &value))
        {
            return;
        }
        if let Some(key) = key.known_text() {
            let mut searched = 0;
            let done = self.in_place(name, |shape| {
                searched = if let Shape::Map(map) = shape { map.len() } else { 0 };
                put_key(shape, key, &value)
            });
            self.out.budget.spend_bytes(searched);
            if done {
                return;
            }
        }
        let mut owner = self.lookup(name);
        match (&owner.shape, key.known_text(), key.int().and_then(|at| usize::try_from(at).ok())) {
            (Shape::Map(pairs), Some(key), _) => {
                let mut pairs = pairs.to_vec();
                match pairs.iter().position(|(known, _)| known == key).and_then(|at| pairs.get_mut(at)) {
                    Some(pair) => pair.1 = value,
                    None => pairs.push((Rc::clone(key), value)),
                }
                self.out.budget.spend_bytes(owner.weight());
                owner = Value::map_of(pairs).tagged(owner.tag.clone());
            }
            (Shape::List(values), _, Some(at)) if at < values.len() || ends(&owner.shape, at) => {
                let mut values = values.to_vec();
                match values.get_mut(at) {
                    Some(element) => *element = value,
                    None => values.push(value),
                }
                self.out.budget.spend_bytes(owner.weight());
                owner = Value::list(values).tagged(owner.tag.clone());
            }
            (Shape::Bytes(bytes), _, Some(at)) if at < bytes.len() => {
                let mut bytes = bytes.to_vec();
                let byte = value.int().and_then(|byte| u8::try_from(byte & 0xff).ok());
                let (Some(old), Some(byte)) = (bytes.get_mut(at), byte) else { return };
                *old = byte;
                self.out.budget.spend_bytes(owner.weight());
                owner = Value::bytes(bytes).tagged(owner.tag.clone());
            }
            (Shape::Api(node), known, _) => {
                if let Some(child) = known.and_then(|name| self.tree.child(*node, name)) {
                    return self.assign_api(child, &owner, value, &object.at);
                }
                let child = self.tree.child(*node, "[]");
                if let Some(child) = child.filter(|child| self.tree.node(*child).row.is_some_and(|row| !row.read)) {
                    let args = Args { at: vec![key.clone(), value], named: Vec::new() };
                    self.call_value(&Value::new(Shape::Api(child)), Some(&owner), &args, &object.at);
                }
                return;
            }
            _ => {
                owner.tag = self.put_into(owner.tag, &value);
            }
        }
        // The same name may be seen from other functions: assign where it was found.
        self.set_found(name, owner);
    }

    /// A member of an API gets a value: a setting reaches it like an argument, a function takes its place.
    pub(super) fn assign_api(&mut self, member: u32, owner: &Value, value: Value, at: &At) {
        if is_function(&value) {
            self.hook(member, &value, at);
        }
        if self.tree.node(member).row.is_some_and(|row| row.kind.is_some()) {
            let callee = Value { shape: Shape::Api(member), tag: owner.tag.clone() };
            self.call_value(&callee, Some(owner), &Args { at: vec![value], named: Vec::new() }, at);
        }
    }

    /// What a value that is not known in whole carries after another was put into it.
    pub(super) fn put_into(&mut self, tag: Option<Rc<Tag>>, value: &Value) -> Option<Rc<Tag>> {
        let tag = merge(tag, value.deep_tag());
        let mut text = String::new();
        holds(value, &mut text, 6);
        if text.len() < HELD_BYTES_MIN {
            return tag;
        }
        self.out.budget.spend_bytes(text.len());
        merge(tag, Some(Rc::new(Tag { about: vec![("holds", text.into())], ..Tag::default() })))
    }

    /// The class of the object that a name stands for, such as `self`.
    fn class_of(&mut self, object: &'m Expr<'m>) -> Option<u32> {
        match object.what {
            What::Name(_) => match self.value(object).shape {
                Shape::Instance(class) | Shape::Class(class) => Some(class),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether what is called on an expression can change it: a name, or a field of an object of a class of the file.
    pub(crate) fn keeps_changes(&mut self, object: &'m Expr<'m>) -> bool {
        match &object.what {
            What::Name(_) => true,
            What::Member(outer, _) => self.class_of(outer).is_some(),
            _ => false,
        }
    }

    /// What an expression stands for was changed by a method of its own.
    pub(crate) fn put_back(&mut self, object: &'m Expr<'m>, changed: Value) {
        match &object.what {
            What::Name(variable) => self.set_found(variable, changed),
            What::Member(outer, field) => {
                if let Some(class) = self.class_of(outer) {
                    self.change_field(class, field, changed);
                }
            }
            _ => {}
        }
    }

    /// A value goes into a part of an object: `a.b[key] = value`.
    pub(super) fn assign_inside_of(&mut self, object: &'m Expr<'m>, key: &Value, value: Value) {
        let mut owner = self.value(object);
        if let (Shape::Api(ROOT), Some(name)) = (&owner.shape, key.known_text())
            && self.tree.child(ROOT, name).is_none()
        {
            return self.make_name(&Rc::clone(name), value);
        }
        let (outer, name) = match &object.what {
            What::Member(outer, name) => (outer, Value::text(&**name)),
            What::Index(outer, name) => (outer, self.value(name)),
            _ => return,
        };
        match (&owner.shape, key.known_text()) {
            (Shape::Map(pairs), Some(key)) => {
                let mut pairs: Vec<_> = pairs.iter().filter(|(known, _)| known != key).cloned().collect();
                pairs.push((Rc::clone(key), value));
                self.out.budget.spend_bytes(owner.weight());
                owner = Value::map_of(pairs).tagged(owner.tag.clone());
            }
            (Shape::Api(node), known) => {
                if let Some(child) = known.and_then(|name| self.tree.child(*node, name)) {
                    self.assign_api(child, &owner, value, &object.at);
                }
                return;
            }
            (Shape::Instance(_) | Shape::Class(_) | Shape::List(_), _) => return,
            _ => {
                self.substitute(&value, &object.at);
                owner.tag = self.put_into(owner.tag, &value);
            }
        }
        if let What::Member(_, field) = &object.what
            && let Some(class) = self.class_of(outer)
        {
            return self.change_field(class, field, owner);
        }
        if self.depth < DEPTH_MAX {
            self.depth = self.depth.saturating_add(1);
            self.assign_element(outer, &name, owner);
            self.depth = self.depth.saturating_sub(1);
        }
    }
}
