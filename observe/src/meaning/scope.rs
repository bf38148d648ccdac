//! Names as numbers, and what is bound to them in one function or class.

use super::names::Hashed;
use super::values::Value;
use std::collections::HashMap;

/// Up to this many names are looked for one by one.
const SMALL_MAX: usize = 16;

/// A name of one module.
pub(crate) type NameId = u32;

/// All names of a module that were ever bound.
#[derive(Default)]
pub(crate) struct Interner<'m> {
    ids: HashMap<&'m str, NameId, Hashed>,
}

impl<'m> Interner<'m> {
    /// The number of a name.
    pub(crate) fn id(&mut self, name: &'m str) -> NameId {
        let next = NameId::try_from(self.ids.len()).unwrap_or(NameId::MAX);
        *self.ids.entry(name).or_insert(next)
    }

    /// All names with their numbers, in order of the names.
    pub(crate) fn sorted(&self) -> Vec<(&'m str, NameId)> {
        let mut names: Vec<_> = self.ids.iter().map(|(name, id)| (*name, *id)).collect();
        names.sort_unstable();
        names
    }

    /// The number of a name, if it was ever bound.
    pub(crate) fn known(&self, name: &str) -> Option<NameId> {
        self.ids.get(name).copied()
    }
}

/// The names that are bound in one function or class. Small ones, which most are, are a list; nothing depends on its order.
#[derive(Clone, Default)]
pub(crate) struct Scope {
    ids: Vec<NameId>,
    values: Vec<Value>,
    /// Where each stands, once there are many.
    places: HashMap<NameId, usize, Hashed>,
}

impl Scope {
    fn place(&self, id: NameId) -> Option<usize> {
        if self.ids.len() <= SMALL_MAX {
            return self.ids.iter().position(|known| *known == id);
        }
        self.places.get(&id).copied()
    }

    pub(crate) fn contains(&self, id: NameId) -> bool {
        self.place(id).is_some()
    }

    pub(crate) fn get(&self, id: NameId) -> Option<&Value> {
        self.values.get(self.place(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: NameId) -> Option<&mut Value> {
        let place = self.place(id)?;
        self.values.get_mut(place)
    }

    /// Binds a name; gives what was bound before.
    pub(crate) fn insert(&mut self, id: NameId, value: Value) -> Option<Value> {
        if let Some(known) = self.place(id).and_then(|place| self.values.get_mut(place)) {
            return Some(std::mem::replace(known, value));
        }
        self.ids.push(id);
        self.values.push(value);
        match self.ids.len() {
            ..=SMALL_MAX => {}
            len if self.places.is_empty() => {
                self.places = self.ids.iter().copied().zip(0..len).collect();
            }
            len => {
                self.places.insert(id, len.saturating_sub(1));
            }
        }
        None
    }

    /// Unbinds a name; gives what was bound.
    pub(crate) fn remove(&mut self, id: NameId) -> Option<Value> {
        let place = self.place(id)?;
        self.ids.swap_remove(place);
        let value = self.values.swap_remove(place);
        if self.ids.len() <= SMALL_MAX {
            self.places.clear();
        } else {
            self.places.remove(&id);
            if let Some(moved) = self.ids.get(place) {
                self.places.insert(*moved, place);
            }
        }
        Some(value)
    }

    /// Unbinds all.
    pub(crate) fn clear(&mut self) {
        self.ids.clear();
        self.values.clear();
        self.places.clear();
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (NameId, &Value)> {
        self.ids.iter().copied().zip(&self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::values::Shape;

    #[test]
    fn small_and_large_scopes_hold_what_was_bound_last() {
        let number = |number: i64| Value::new(Shape::Int(number));
        let mut scope = Scope::default();
        for id in 0..40 {
            assert_eq!(scope.insert(id, number(id.into())), None);
            assert_eq!(scope.insert(id, number(-i64::from(id))), Some(number(id.into())));
        }
        for id in (0..40).step_by(3).chain(10..38) {
            let known = scope.contains(id);
            assert_eq!(scope.remove(id).is_some(), known, "{id}");
            assert_eq!(scope.remove(id), None, "{id}");
            for (id, value) in scope.iter() {
                assert_eq!(value, &number(-i64::from(id)));
                assert_eq!(scope.get(id), Some(value));
            }
        }
        scope.insert(7, number(7));
        assert_eq!(scope.get(7), Some(&number(7)));
        scope.clear();
        assert_eq!(scope.iter().count(), 0);
        assert!(!scope.contains(7));
    }

    #[test]
    fn a_name_has_one_number() {
        let mut names = Interner::default();
        let (one, other) = (names.id("one"), names.id("other"));
        assert_ne!(one, other);
        assert_eq!((names.id("one"), names.known("other"), names.known("third")), (one, Some(other), None));
    }
}
