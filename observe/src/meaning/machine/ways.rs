//! Where ways part and join, and where values go: branches, loops, handlers, assignments.

use super::{Changes, Flow, Machine, TURNS_MAX, index};
use crate::meaning::scope::NameId;
use crate::meaning::values::{Items, Shape, Value, join};
use crate::neutral::{Expr, Over, Stmt, What};
use std::rc::Rc;

impl<'m> Machine<'m, '_> {
    /// Runs a way that may not be taken; what it changed is taken back and returned.
    pub(super) fn perhaps(&mut self, run: impl FnOnce(&mut Self) -> Flow) -> (Flow, Changes) {
        let start = self.trail.len();
        self.trails = self.trails.saturating_add(1);
        let flow = run(self);
        self.trails = self.trails.saturating_sub(1);
        let mut changes = Vec::new();
        while self.trail.len() > start
            && let Some((at, id, old)) = self.trail.pop()
        {
            let Some(names) = self.names.get_mut(index(at)) else { continue };
            let now = match old {
                Some(old) => names.insert(id, old),
                None => names.remove(id),
            };
            if let Some(now) = now {
                changes.push(((at, id), now));
            }
        }
        // The last value of each name stands first, and stays.
        changes.sort_by_key(|(key, _)| *key);
        changes.dedup_by_key(|(key, _)| *key);
        (flow, changes)
    }

    pub(super) fn change(&mut self, changes: Changes) {
        for ((at, id), value) in changes {
            self.set_in(at, id, value);
        }
    }

    /// What holds after one or the other of two ways.
    pub(super) fn meet(&mut self, one: Changes, other: Changes) {
        let mut other = other.into_iter().peekable();
        for ((at, id), value) in one {
            // Both are in order: what only the other way changed comes before.
            while let Some((key, value)) = other.next_if(|(key, _)| *key < (at, id)) {
                self.meet_one(key, value);
            }
            match other.next_if(|(key, _)| *key == (at, id)) {
                Some((_, else_value)) => self.set_in(at, id, join(value, else_value)),
                None => self.meet_one_first((at, id), value),
            }
        }
        for (key, value) in other {
            self.meet_one(key, value);
        }
    }

    /// A way changed a name, or nothing did; what is known of the changed value comes first.
    fn meet_one_first(&mut self, (at, id): (u32, NameId), value: Value) {
        let value = match self.bound(at, id) {
            Some(known) => join(value, known.clone()),
            None => value,
        };
        self.set_in(at, id, value);
    }

    fn meet_one(&mut self, (at, id): (u32, NameId), value: Value) {
        let value = match self.bound(at, id) {
            Some(known) => join(known.clone(), value),
            None => value,
        };
        self.set_in(at, id, value);
    }

    pub(super) fn choose(&mut self, test: &'m Expr<'m>, then: &'m [Stmt<'m>], other: &'m [Stmt<'m>]) -> Flow {
        let truth = self.value(test).truth();
        let guard = self.out.guard_starts();
        let mut leaves = false;
        let flow = match truth {
            Some(truth) => {
                let (taken, left) = if truth { (then, other) } else { (other, then) };
                if self.certain == 0 && !left.is_empty() {
                    // The facts of the other way count too: what decides may be set from outside.
                    self.perhaps(|machine| machine.block(left));
                }
                self.block(taken)
            }
            None => {
                self.unknown = self.unknown.saturating_add(1);
                self.ended = false;
                let (flow, changes) = self.as_program(test, |machine| machine.perhaps(|machine| machine.block(then)));
                let ended = std::mem::take(&mut self.ended);
                let (else_flow, else_changes) = self.perhaps(|machine| machine.block(other));
                leaves = (flow == Flow::Next && !ended) != (else_flow == Flow::Next);
                self.ended = false;
                match (flow, else_flow) {
                    (Flow::Next, Flow::Next) => self.meet(changes, else_changes),
                    (Flow::Next, _) => self.change(changes),
                    (_, Flow::Next) => self.change(else_changes),
                    _ => self.meet(changes, else_changes),
                }
                if flow == Flow::Next || else_flow == Flow::Next { Flow::Next } else { flow }
            }
        };
        if self.out.guard_starts() > guard {
            self.guard(test, guard);
        }
        self.left_by = leaves.then_some(test);
        flow
    }

    pub(super) fn repeat(&mut self, over: &'m Over<'m>, body: &'m [Stmt<'m>]) -> Flow {
        match over {
            Over::Each(place, expr) => {
                let value = self.value(expr);
                let concrete =
                    self.elements(&value).filter(|_| self.python || matches!(value.shape, Shape::List(_) | Shape::Text(_)));
                match concrete {
                    Some(elements) if elements.len() <= TURNS_MAX => {
                        for element in elements {
                            self.assign(place, element);
                            let flow = self.certainly(|machine| machine.block(body));
                            match flow {
                                Flow::Break => return Flow::Next,
                                Flow::Return => return flow,
                                Flow::Next | Flow::Continue => {}
                            }
                            if !self.out.budget.may_repeat() {
                                break;
                            }
                        }
                    }
                    _ => {
                        let element = self.element(&value);
                        for _ in 0..2 {
                            let element = element.clone();
                            let (_, changes) = self.perhaps(|machine| {
                                machine.assign(place, element);
                                machine.block(body)
                            });
                            self.meet(changes, Vec::new());
                        }
                    }
                }
            }
            Over::While(test) => return self.repeat_while(test, body),
        }
        Flow::Next
    }

    pub(super) fn repeat_while(&mut self, test: &'m Expr<'m>, body: &'m [Stmt<'m>]) -> Flow {
        let always = match test.what {
            What::Bool(_) | What::Int(_) => true,
            _ => self.out.budget.may_repeat() && self.is_always(test),
        };
        self.say_endless(test, body);
        if always
            && body.iter().any(leaves)
            && let Some(flow) = self.turns(body)
        {
            return flow;
        }
        for _ in 0..TURNS_MAX {
            if always {
                break;
            }
            match self.value(test).truth() {
                Some(true) if self.out.budget.may_repeat() => {
                    let flow = self.certainly(|machine| machine.block(body));
                    match flow {
                        Flow::Break => return Flow::Next,
                        Flow::Return => return flow,
                        Flow::Next | Flow::Continue => {}
                    }
                }
                Some(false) => return Flow::Next,
                _ => break,
            }
        }
        for _ in 0..2 {
            let (_, changes) = self.perhaps(|machine| machine.block(body));
            self.meet(changes, Vec::new());
            self.value(test);
        }
        Flow::Next
    }

    /// `!![]` is true whatever happens.
    fn is_always(&mut self, test: &'m Expr<'m>) -> bool {
        let mut inner = test;
        while let What::Op("!", operands) = &inner.what {
            let Some(operand) = operands.first() else { return false };
            inner = operand;
        }
        matches!(&inner.what, What::List(items) if items.is_empty()) && self.value(test).truth() == Some(true)
    }

    /// Runs a loop that is left from inside, as long as it is known at each turn which way it takes.
    fn turns(&mut self, body: &'m [Stmt<'m>]) -> Option<Flow> {
        let most = self.out.budget.again();
        let mut spent = 0_u64;
        for _ in 0..TURNS_MAX {
            let (before, unknown) = (self.out.budget.steps, self.unknown);
            let flow = self.certainly(|machine| machine.block(body));
            spent = spent.saturating_add(before.saturating_sub(self.out.budget.steps));
            match flow {
                Flow::Break => return Some(Flow::Next),
                Flow::Return => return Some(flow),
                Flow::Next | Flow::Continue if unknown != self.unknown || spent > most || !self.out.budget.may_repeat() => {
                    return None;
                }
                Flow::Next | Flow::Continue => {}
            }
        }
        None
    }

    pub(super) fn certainly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.out.budget.steps;
        let value = run(self);
        let spent = before.saturating_sub(self.out.budget.steps);
        self.out.budget.repeated(spent);
        value
    }

    pub(super) fn attempt(&mut self, body: &'m [Stmt<'m>], handlers: &'m [Vec<Stmt<'m>>], last: &'m [Stmt<'m>]) -> Flow {
        let (flow, answers) = self.failing(|machine| machine.block(body));
        for handler in handlers {
            self.throws(answers.clone());
            let (_, changes) = self.perhaps(|machine| machine.block(handler));
            self.meet(changes, Vec::new());
        }
        self.throws(None);
        let after = self.block(last);
        if after != Flow::Next {
            return after;
        }
        // An error may have led to a handler instead.
        if handlers.is_empty() || self.certain > 0 { flow } else { Flow::Next }
    }

    /// Changes a list or bytes where they stand, which needs that nothing else holds them and that no way has to be taken back.
    pub(crate) fn in_place(&mut self, name: &str, change: impl FnOnce(&mut Shape) -> bool) -> bool {
        let Some(id) = self.interner.known(name) else { return false };
        let mut at = Some(self.function()).filter(|_| self.trails == 0);
        while let Some(function) = at {
            if let Some(value) = self.names.get_mut(index(function)).and_then(|names| names.get_mut(id)) {
                return change(&mut value.shape);
            }
            at = self.module.functions.get(index(function)).and_then(|function| function.outer);
        }
        false
    }

    /// A list has changed: it is the same under all its names in the calls on their way.
    pub(crate) fn change_list(&mut self, old: &Rc<Items<Value>>, new: &Rc<Items<Value>>) {
        let mut named = Vec::new();
        for frame in &self.frames {
            let Some(names) = self.names.get(index(frame.function)) else { continue };
            for (id, value) in names.iter() {
                if matches!(&value.shape, Shape::List(list) if Rc::ptr_eq(list, old)) {
                    named.push((frame.function, id, Value { shape: Shape::List(Rc::clone(new)), tag: value.tag.clone() }));
                }
            }
        }
        for (at, id, value) in named {
            self.set_in(at, id, value);
        }
    }
}

/// Replaces one element, where only one name holds the list or bytes.
pub(super) fn put(shape: &mut Shape, at: usize, value: &Value) -> bool {
    match shape {
        Shape::List(list) => Rc::get_mut(list).is_some_and(|list| list.replace(at, value.clone())),
        Shape::Bytes(bytes) => {
            let byte = value.int().and_then(|byte| u8::try_from(byte & 0xff).ok());
            match (Rc::get_mut(bytes).and_then(|bytes| bytes.get_mut(at)), byte) {
                (Some(old), Some(byte)) => *old = byte,
                _ => return false,
            }
            true
        }
        _ => false,
    }
}

/// Gives a key a value, where only one name holds the map.
pub(super) fn put_key(shape: &mut Shape, key: &Rc<str>, value: &Value) -> bool {
    match shape {
        Shape::Map(map) => Rc::get_mut(map).is_some_and(|map| map.put(key, value.clone())),
        _ => false,
    }
}

/// Appends to a list that only one name holds.
pub(crate) fn append(shape: &mut Shape, value: &Value) -> bool {
    match shape {
        Shape::List(list) => Rc::get_mut(list).is_some_and(|list| list.push(value.clone())),
        _ => false,
    }
}

/// Whether a statement may leave the loop around it.
fn leaves(stmt: &Stmt<'_>) -> bool {
    let mut waiting = vec![stmt];
    while let Some(stmt) = waiting.pop() {
        match stmt {
            Stmt::Break | Stmt::Return(_) => return true,
            Stmt::If(_, then, other) => waiting.extend(then.iter().chain(other)),
            Stmt::Try(body, handlers, last) => waiting.extend(body.iter().chain(handlers.iter().flatten()).chain(last)),
            _ => {}
        }
    }
    false
}
