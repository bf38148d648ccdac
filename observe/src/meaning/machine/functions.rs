//! Functions: what one gives by itself, and when a call runs it again.

use super::{Args, DEPTH_MAX, Frame, Machine, generators, index};
use crate::meaning::scope::Scope;
use crate::meaning::values::{Shape, Value, merge, stepped};
use crate::neutral::{At, Function, Place, What};

/// Most calls inside each other.
const CALLS_MAX: usize = 10;

/// Steps that calls of one function may take, one after the other, without anything that comes of them.
const FRUITLESS_MAX: u64 = 2000;

/// Of so many calls behind that, one is followed.
const FRUITLESS_EACH: u32 = 16;

impl<'m> Machine<'m, '_> {
    /// Runs a function with nothing known of its arguments.
    pub(crate) fn alone(&mut self, at: u32) -> Value {
        if let Some(Some(value)) = self.given.get(index(at)) {
            return value.clone();
        }
        if let Some(given) = self.given.get_mut(index(at)) {
            *given = Some(Value::default());
        }
        let certain = std::mem::take(&mut self.certain);
        let value = self.enter(at, None, &Args::default(), false);
        let value = self.given_alone(at, value);
        self.certain = certain;
        if let Some(given) = self.given.get_mut(index(at)) {
            *given = Some(value.clone());
        }
        value
    }

    /// Calls a function of the module.
    pub(crate) fn call_function(&mut self, at: u32, this: Option<Value>, args: &Args<'m>, site: &At) -> Value {
        self.reaches(at);
        if let Some(text) = self.unpacked(at, args) {
            return text;
        }
        if self.arrays.decodes(at) {
            return self.text_of_array(at, args);
        }
        let step = (site.start, site.end);
        let active = self.frames.iter().filter(|frame| frame.function == at).count();
        let tells = args.at.iter().chain(args.named.iter().map(|(_, value)| value)).any(Value::tells);
        if self.frames.len() >= CALLS_MAX || active > 3 || self.depth > DEPTH_MAX / 2 {
            return Value { shape: Shape::Computed, tag: stepped(args.tag(), step, None) };
        }
        if !tells && this.as_ref().is_none_or(|this| this.tag.is_none() && !matches!(this.shape, Shape::Map(_))) {
            self.hands_on(at, args);
            let mut value = self.alone(at);
            value.tag = stepped(merge(value.tag, args.tag()), step, None);
            return value;
        }
        if !self.may_run_again(at, args) {
            let mut value = self.alone(at);
            value.tag = stepped(merge(value.tag, args.tag()), step, None);
            return value;
        }
        let mut args = args.clone();
        for value in args.at.iter_mut().chain(args.named.iter_mut().map(|(_, value)| value)) {
            value.tag = stepped(value.tag.take(), step, None);
        }
        let mut value = self.run_again(at, this, &args);
        value.tag = stepped(value.tag, step, None);
        value
    }

    /// Whether a function is run for a call that tells more than what is known of it.
    fn may_run_again(&mut self, at: u32, args: &Args<'m>) -> bool {
        let (may, waste) = (self.out.budget.may_repeat(), self.out.budget.may_waste());
        let Some(again) = self.again.get_mut(index(at)).filter(|again| may && again.left > 0) else { return false };
        let fruitless_max = if waste { FRUITLESS_MAX } else { 0 };
        if again.fruitless <= fruitless_max || args.at.iter().any(Value::is_live) {
            return true;
        }
        again.skipped = again.skipped.saturating_add(1);
        again.skipped.is_multiple_of(FRUITLESS_EACH)
    }

    fn run_again(&mut self, at: u32, this: Option<Value>, args: &Args<'m>) -> Value {
        let before = self.out.budget.steps;
        let said = self.out.said;
        let fruits = self.fruits.saturating_add(said);
        self.certain = self.certain.saturating_add(1);
        let value = self.enter(at, this, args, true);
        self.certain = self.certain.saturating_sub(1);
        let spent = before.saturating_sub(self.out.budget.steps);
        self.out.budget.repeated(spent);
        if self.out.said != said {
            self.out.budget.pays(self.out.said);
        }
        let is_fruit = value.shape.is_fruit() || self.fruits.saturating_add(self.out.said) != fruits;
        if !is_fruit {
            self.out.budget.wasted(spent);
        }
        if let Some(again) = self.again.get_mut(index(at)) {
            again.left = again.left.saturating_sub(spent);
            again.fruitless = if is_fruit { 0 } else { again.fruitless.saturating_add(spent) };
        }
        value
    }

    /// Something came of a function that was run again: a number that becomes one of many, such as a letter or a byte.
    pub(crate) fn bears(&mut self, function: &Value) {
        let Shape::Function(at, _) = function.shape else { return };
        if let Some(again) = self.again.get_mut(index(at)) {
            again.fruitless = 0;
        }
    }

    /// What a function that gives texts of an array gives.
    fn text_of_array(&mut self, at: u32, args: &Args<'m>) -> Value {
        let first = args.get(0);
        let number = first.and_then(Value::int).or_else(|| {
            let text = first?.known_text()?;
            let digits = text.strip_prefix("0x");
            digits.map_or_else(|| text.parse().ok(), |digits| i64::from_str_radix(digits, 16).ok())
        });
        let key = args.get(1).and_then(Value::known_text);
        let text = number.and_then(|number| self.arrays.text(at, number, key.map(|key| &**key)));
        text.map_or_else(Value::default, |text| {
            self.out.budget.spend_bytes(text.len().saturating_mul(8));
            Value::text(text)
        })
    }

    fn enter(&mut self, at: u32, this: Option<Value>, args: &Args<'m>, called: bool) -> Value {
        let Some(function) = self.module.functions.get(index(at)) else { return Value::default() };
        let active = self.frames.iter().any(|frame| frame.function == at);
        let start = self.trail.len();
        let mut saved = Scope::default();
        if let Some(names) = self.names.get_mut(index(at)) {
            if active {
                saved = std::mem::take(names);
            } else {
                names.clear();
            }
        }
        self.frames.push(Frame { function: at, gives: None, yields: Vec::new(), whole: true });
        let number = self.numbered(at);
        let function_around = std::mem::replace(&mut self.out.function, number);
        self.bind_params(at, function, this, args, called);
        self.block(&function.body);
        self.out.function = function_around;
        let frame = self.frames.pop();
        if active {
            if let Some(names) = self.names.get_mut(index(at)) {
                *names = saved;
            }
            let rest: Vec<_> = self.trail.drain(start..).filter(|(of, ..)| *of != at).collect();
            self.trail.extend(rest);
        }
        match frame {
            Some(frame) if !frame.yields.is_empty() => generators::generated(frame),
            frame => frame.and_then(|frame| frame.gives).unwrap_or_default(),
        }
    }

    fn bind_params(&mut self, at_function: u32, function: &'m Function<'m>, this: Option<Value>, args: &Args<'m>, called: bool) {
        if self.language.is_shell()
            && let Some((name, stdin)) = args.named.iter().find(|(name, _)| *name == "stdin")
        {
            self.set(name, stdin.clone());
        }
        let mut at = args.at.iter().cloned();
        let mut params = function.params.iter().peekable();
        let has = |name: &str| function.decorators.iter().any(|expr| matches!(&expr.what, What::Name(known) if known == name));
        // A method that is called through its class gets its object as an argument.
        let is_plain = called && self.python && this.is_none() && !has("classmethod");
        let own = this.or_else(|| function.class.filter(|_| !is_plain).map(|class| Value::new(Shape::Instance(class))));
        if let Some(own) = own {
            if self.python {
                if !has("staticmethod")
                    && let Some(param) = params.next()
                {
                    self.assign(&param.place, own);
                }
            } else {
                self.set("this", own);
            }
        }
        if !self.python {
            for param in &function.params {
                self.declare(&param.place);
            }
        }
        for (position, param) in params.enumerate() {
            let value = if param.rest {
                if called { Value::list(at.by_ref().collect()) } else { Value::default() }
            } else {
                let named = || match &param.place {
                    Place::Name(name, _) => args.named.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
                    _ => None,
                };
                match at.next().or_else(named) {
                    Some(value) => value,
                    None => match &param.default {
                        // By itself, a function may be called with anything.
                        Some(default) if called => self.value(default),
                        Some(default) => {
                            let value = self.value(default);
                            if value.tells() { value } else { Value::default() }
                        }
                        None => Value::default(),
                    },
                }
            };
            let value = if called { value } else { self.parameter(at_function, position, &param.place, value) };
            self.assign(&param.place, value);
        }
    }

    /// The names of a parameter are the function's own, whatever else has them: minified code gives each name to many things.
    fn declare(&mut self, place: &'m Place<'m>) {
        let own = self.function();
        let mut waiting = vec![place];
        while let Some(place) = waiting.pop() {
            match place {
                Place::Name(name, _) => {
                    let id = self.interner.id(name);
                    if let Some(names) = self.names.get_mut(index(own)).filter(|names| !names.contains(id)) {
                        names.insert(id, Value::default());
                    }
                }
                Place::Elements(places) => waiting.extend(places.iter()),
                Place::Members(members) => waiting.extend(members.iter().map(|(_, place)| place)),
                Place::Rest(place) => waiting.push(place),
                Place::Member(..) | Place::Index(..) => {}
            }
        }
    }
}
