//! Calls: of APIs, of functions and classes of the file, of methods of constants, and of functions handed to others.

use super::apis::Row;
use super::guards;
use super::machine::{Args, Machine, index};
use super::methods;
use super::tree::ROOT;
use super::values::{Shape, Tag, Value, decoded, join, maybe, merge, stepped};
use crate::languages::Language;
use crate::neutral::{At, Expr, What};
use std::borrow::Cow;
use std::rc::Rc;

/// Methods that put their arguments into what they are called on.
const MUTATORS: [&str; 12] =
    ["append", "push", "add", "update", "extend", "write", "insert", "set", "unshift", "concat", "put", "writestr"];

/// Calls that answer yes or no: of what they are asked about, next to nothing goes on.
const YES_OR_NO: [&str; 16] = [
    "Boolean",
    "bool",
    "isinstance",
    "issubclass",
    "hasattr",
    "callable",
    "any",
    "all",
    "startsWith",
    "endsWith",
    "startswith",
    "endswith",
    "includes",
    "hasOwnProperty",
    "isArray",
    "isatty",
];

impl<'m> Machine<'m, '_> {
    /// A call as written.
    pub(crate) fn call(
        &mut self,
        callee: &'m Expr<'m>,
        args: &'m [Expr<'m>],
        named: &'m [(Cow<'m, str>, Expr<'m>)],
        at: &At,
    ) -> Value {
        if self.language.is_shell() && !matches!(callee.what, What::Member(..)) {
            return self.call_command(callee, args, named, at);
        }
        match &callee.what {
            What::Member(object, name) => {
                if let Some(function) = self.offered_as(object, name) {
                    let args = self.args(args, named);
                    return self.call_value(&function, None, &args, at);
                }
                let mut owner = self.value(object);
                let written = args;
                let args = self.args(args, named);
                self.hand_over(&owner, name, &args, written);
                if let (Shape::List(_), What::Name(variable)) = (&owner.shape, &object.what) {
                    // Its arguments may have changed it: `x.push(x.shift())`. As long as it is held here, nothing changes in place.
                    drop(std::mem::take(&mut owner));
                    if let ("append" | "push", [value]) = (&**name, args.at.as_slice())
                        && self.in_place(variable, |shape| super::machine::append(shape, value))
                    {
                        return Value::new(Shape::Null);
                    }
                    owner = self.lookup(variable);
                }
                self.call_member(&owner, name, &args, Some(object), at)
            }
            What::Index(object, key) => {
                let owner = self.value(object);
                let key = self.value(key);
                let args = self.args(args, named);
                match key.known_text() {
                    Some(name) if !matches!(owner.shape, Shape::Map(_)) => {
                        self.call_member(&owner, &Rc::clone(name), &args, Some(object), at)
                    }
                    _ => {
                        let callee = self.at_key(&owner, &key, at);
                        self.call_value(&callee, Some(&owner), &args, at)
                    }
                }
            }
            What::Name(name) if name == "super" => self.parent(),
            // What PyArmor makes of a program: its runtime decrypts and runs the bytes.
            What::Name(name) if self.python && name == "__pyarmor__" => {
                self.out.hides("sealed", at);
                self.out.sealed.get_or_insert_with(|| at.clone());
                Value::default()
            }
            What::Name(name) if name == "__generator" && args.len() == 2 => {
                let args = self.args(args, named);
                self.state_machine(&args.get(1).cloned().unwrap_or_default(), at)
            }
            _ => {
                let function = self.value(callee);
                let args = self.args(args, named);
                let value = self.call_value(&function, None, &args, at);
                match &callee.what {
                    What::Name(name) if YES_OR_NO.contains(&&**name) && !is_function(&function) => {
                        Value { tag: guards::deciding(value.tag), ..value }
                    }
                    _ => value,
                }
            }
        }
    }

    /// What `super` stands for: the object, as its first base sees it.
    fn parent(&mut self) -> Value {
        let Some(class) = self.class().and_then(|class| self.module.classes.get(index(class))) else { return Value::default() };
        match class.bases.first().map(|base| self.value(base).shape) {
            Some(Shape::Class(base)) => Value::new(Shape::Instance(base)),
            Some(Shape::Api(node)) => {
                self.tree.child(node, "()").map_or_else(Value::default, |node| Value::new(Shape::Api(node)))
            }
            _ => Value::default(),
        }
    }

    fn args(&mut self, args: &'m [Expr<'m>], named: &'m [(Cow<'m, str>, Expr<'m>)]) -> Args<'m> {
        let mut at = Vec::with_capacity(args.len());
        for arg in args {
            let value = self.value(arg);
            match (&arg.what, &value.shape) {
                // Arguments by their names: `**{...}`.
                (What::Spread(_), Shape::Map(_)) if self.python => at.push(value),
                (What::Spread(_), _) => match self.elements(&value) {
                    Some(elements) => at.extend(elements),
                    None => at.push(value),
                },
                _ => at.push(value),
            }
        }
        let mut known = Vec::with_capacity(named.len());
        for (name, expr) in named {
            let value = self.value(expr);
            known.push((&**name, value));
        }
        Args { at, named: known }
    }

    fn call_member(&mut self, owner: &Value, name: &str, args: &Args<'m>, object: Option<&'m Expr<'m>>, at: &At) -> Value {
        if let Some(value) = self.relay(owner, name, args, at) {
            return value;
        }
        let is_callable = matches!(owner.shape, Shape::Function(..) | Shape::Class(_) | Shape::Method(_));
        let is_api = |machine: &Self, node: u32| machine.tree.child(node, name).is_none() && node != ROOT;
        match (&owner.shape, name) {
            (Shape::Api(node), "call" | "apply" | "bind") if is_api(self, *node) => {
                return self.call_through(owner, name, args, at);
            }
            (Shape::Function(function, _), "toString") if !self.python && self.is_running(*function) => {
                self.out.hides("own-source", at);
            }
            (_, "call" | "apply" | "bind") if is_callable => return self.call_through(owner, name, args, at),
            (Shape::Set(shapes), _) => return self.call_member_of_any(&Rc::clone(shapes), owner, name, args, object, at),
            (Shape::Api(node), _) => {
                if let Some(child) = self.tree.child(*node, name) {
                    let callee = Value { shape: Shape::Api(child), tag: None };
                    let value = self.call_value(&callee, Some(owner), args, at);
                    self.remember(owner, child, args, object);
                    self.takes_in(owner, child, &value, args, object);
                    return value;
                }
                if name == "constructor" {
                    let callee = self.member(owner, name, at);
                    return self.call_value(&callee, None, args, at);
                }
                if *node == ROOT {
                    let callee = self.lookup(name);
                    return self.call_value(&callee, None, args, at);
                }
            }
            (Shape::Outside(outside), _) => {
                let callee = self.member_outside(*outside, name);
                let value = self.call_value(&callee, Some(owner), args, at);
                self.change_owner(owner, name, args, object);
                // What was put into it comes out again, as of anything unknown.
                let held = guards::lasting(owner.tag.clone()).filter(|tag| !tag.origins.is_empty());
                return value.tagged(held);
            }
            (Shape::Instance(_) | Shape::Class(_), _) => {
                let started = self.runs_when_started(owner, name);
                let callee = started.unwrap_or_else(|| self.member(owner, name, at));
                if !callee.is_computed() {
                    return self.call_value(&callee, Some(owner), args, at);
                }
            }
            (Shape::Map(_), _) if !methods::has(name) => {
                let callee = self.member(owner, name, at);
                if !callee.is_computed() {
                    let callee = self.bound_to(callee, owner);
                    return self.call_value(&callee, Some(owner), args, at);
                }
            }
            (Shape::Text(_) | Shape::Bytes(_) | Shape::List(_) | Shape::Map(_) | Shape::Int(_), _) => {
                return self.call_method(owner, name, args, object, at);
            }
            (Shape::Tool(tool), _) => {
                let tool = Rc::clone(tool);
                return self.call_tool(&tool, owner, name, args, object, at);
            }
            _ => {}
        }
        if let Some(value) = args.get(0).filter(|_| name == "get").and_then(|key| self.header_of(owner, key, at)) {
            return value;
        }
        self.change_owner(owner, name, args, object);
        self.call_unknown(Some(owner), name, args, at)
    }

    /// A method of one of several: where one of them is an API that has it, an object without it is not what is called.
    fn call_member_of_any(
        &mut self,
        shapes: &[Shape],
        owner: &Value,
        name: &str,
        args: &Args<'m>,
        object: Option<&'m Expr<'m>>,
        at: &At,
    ) -> Value {
        let has = |shape: &Shape| match shape {
            Shape::Api(node) => self.tree.child(*node, name).is_some(),
            Shape::Map(pairs) => pairs.iter().any(|(known, _)| &**known == name),
            _ => true,
        };
        let is_api = shapes.iter().any(|shape| matches!(shape, Shape::Api(_)) && has(shape));
        let able: Vec<&Shape> = shapes.iter().filter(|shape| !is_api || has(shape)).collect();
        let results = able.into_iter().map(|shape| {
            let owner = Value { shape: shape.clone(), tag: owner.tag.clone() };
            maybe(self.call_member(&owner, name, args, object, at))
        });
        results.reduce(join).unwrap_or_default()
    }

    /// `call`, `apply` and `bind` of JavaScript.
    fn call_through(&mut self, owner: &Value, name: &str, args: &Args<'m>, at: &At) -> Value {
        let rest = args.at.get(1..).unwrap_or_default().to_vec();
        match name {
            "bind" => super::relays::bound(owner, rest),
            "call" => self.call_value(owner, None, &Args { at: rest, named: Vec::new() }, at),
            _ => {
                let list = rest.first().and_then(|list| self.elements(list));
                let list = list.unwrap_or(rest);
                self.call_value(owner, None, &Args { at: list, named: Vec::new() }, at)
            }
        }
    }

    /// A method of a constant.
    fn call_method(&mut self, owner: &Value, name: &str, args: &Args<'m>, object: Option<&'m Expr<'m>>, at: &At) -> Value {
        if self.language == Language::Rust
            && let Some(value) = self.method_of_rust(owner, name, args, object, at)
        {
            return value;
        }
        if let Some(value) = self.list_change(owner, name, args, object) {
            return value;
        }
        if let Some(function) = args.at.iter().find(|value| is_function(value)).cloned()
            && let Some(value) = self.higher(owner, name, &function, args, at)
        {
            return value;
        }
        let tag = merge(owner.deep_tag(), args.tag());
        self.out.budget.spend_bytes(args.at.iter().fold(owner.weight(), |sum, value| sum.saturating_add(value.weight())));
        if let Some(value) = args.get(1).filter(|_| name.starts_with("replace")) {
            self.substitute(value, at);
        }
        // Two methods of the same name that are not the same.
        let name = match (name, args.at.len()) {
            ("replace", _) if self.language == Language::JavaScript => "replace-first",
            ("split", 0) if self.language == Language::JavaScript => "split-not",
            _ => name,
        };
        match methods::call(owner, name, &args.at, &args.named) {
            Some(value) => {
                if let Shape::Text(text) = &value.shape {
                    self.out.budget.spend_bytes(text.len());
                }
                let value = match name {
                    "reverse" | "replace" | "replace-first" | "translate" if value.as_text().is_some() => {
                        decoded(value, owner.tag.as_ref(), "text")
                    }
                    _ => value,
                };
                if matches!(value.shape, Shape::List(_) | Shape::Map(_)) {
                    value
                } else {
                    value.tagged(stepped(tag, (at.start, at.end), None))
                }
            }
            None => match self.method_of_path(owner, name) {
                Some((callee, owner)) => self.call_value(&callee, Some(&owner), args, at),
                None => {
                    self.change_owner(owner, name, args, object);
                    self.call_unknown(Some(owner), name, args, at)
                }
            },
        }
    }

    /// A value that is called.
    pub(crate) fn call_value(&mut self, callee: &Value, owner: Option<&Value>, args: &Args<'m>, at: &At) -> Value {
        match &callee.shape {
            Shape::Api(node) => self.call_api(*node, owner.or(Some(callee)), args, at),
            Shape::Function(function, this) => {
                let this = this.as_deref().cloned();
                if let Some(object) = this.is_none().then(|| self.makes(*function, args, at)).flatten() {
                    return object;
                }
                self.call_function(*function, this, args, at)
            }
            Shape::Class(class) => self.make(*class, args, at),
            Shape::Outside(outside) => self.call_outside(*outside, args, at),
            Shape::Method(method) => {
                if let Some(value) = self.call_bound(method, args, at) {
                    return value;
                }
                let (owner, name) = &**method;
                self.call_method(owner, name, args, None, at)
            }
            Shape::Set(shapes) => {
                let shapes = Rc::clone(shapes);
                let results = shapes.iter().map(|shape| self.call_value(&Value::new(shape.clone()), owner, args, at));
                results.reduce(join).unwrap_or_default()
            }
            Shape::Instance(_) => self.call_instance(callee, args, at),
            _ => self.call_unknown(owner.or(Some(callee)), "", args, at),
        }
    }

    /// A call of an object: of its `__call__`, which may be an object again, or the very same.
    fn call_instance(&mut self, callee: &Value, args: &Args<'m>, at: &At) -> Value {
        let method = self.member(callee, "__call__", at);
        if method.is_computed() || self.depth >= super::machine::DEPTH_MAX {
            return self.call_unknown(Some(callee), "", args, at);
        }
        self.depth = self.depth.saturating_add(1);
        let value = self.call_value(&method, None, args, at);
        self.depth = self.depth.saturating_sub(1);
        value
    }

    fn make(&mut self, class: u32, args: &Args<'m>, at: &At) -> Value {
        let object = Value::new(Shape::Instance(class));
        let name = if self.python { "__init__" } else { "constructor" };
        let init = self.member(&object, name, at);
        if let Shape::Function(..) = init.shape {
            self.call_value(&init, Some(&object), args, at);
        }
        self.reaches_special(class);
        object
    }

    /// A call of something that is not known: what went in may come out, and functions that went in may be called.
    pub(crate) fn call_unknown(&mut self, owner: Option<&Value>, name: &str, args: &Args<'m>, at: &At) -> Value {
        // What something unknown makes of the time is not the time.
        let tag = match () {
            () if guards::is_file_time(name) => Some(guards::file_time(at)),
            () if YES_OR_NO.contains(&name) => guards::deciding(merge(owner.and_then(Value::deep_tag), args.tag())),
            () => merge(owner.and_then(Value::deep_tag), guards::lasting(merge(args.tag(), self.handed(args)))),
        };
        let keeps = self.keeps(owner, name, args);
        self.commands(args, at);
        let mut given = None;
        if let Some(value) = args.get(1).filter(|_| name.starts_with("replace")) {
            self.substitute(value, at);
        }
        for value in args.at.iter().chain(args.named.iter().map(|(_, value)| value)) {
            if is_function(value) {
                // `then` hands on the value that it waits for; other callbacks get something that has to do with the owner.
                let passed = match owner {
                    Some(owner) if matches!(name, "map" | "forEach") => self.element(owner),
                    Some(owner) if matches!(name, "then" | "finally") => owner.clone(),
                    owner => Value { shape: Shape::Computed, tag: owner.and_then(Value::deep_tag) },
                };
                self.out.reach.later = keeps;
                let result = self.call_back(value, passed, at);
                self.out.reach.later = false;
                given = Some(given.map_or(result.clone(), |known| join(known, result)));
            }
        }
        match given {
            Some(value) if matches!(name, "then" | "catch" | "finally") => value,
            // One for each of the elements, of which there may be none.
            Some(value) if matches!(name, "map" | "some" | "every" | "find") => {
                Value { shape: Shape::Computed, tag: merge(value.deep_tag(), tag) }
            }
            _ => Value { shape: Shape::Computed, tag: stepped(tag, (at.start, at.end), None) },
        }
    }

    pub(super) fn call_back(&mut self, function: &Value, passed: Value, at: &At) -> Value {
        let count = match &function.shape {
            Shape::Function(function, _) => {
                self.module.functions.get(index(*function)).map_or(1, |function| function.params.len())
            }
            _ => 1,
        };
        let rest = Value { shape: Shape::Computed, tag: passed.tag.clone() };
        let mut all = vec![passed];
        all.resize(count.min(8), rest);
        self.call_value(function, None, &Args { at: all, named: Vec::new() }, at)
    }

    fn change_owner(&mut self, owner: &Value, name: &str, args: &Args<'m>, object: Option<&'m Expr<'m>>) {
        let Some(object) = object else { return };
        if !(MUTATORS.contains(&name) || self.python && puts_in(name)) {
            return;
        }
        let tag = args.tag();
        let is_known = matches!(owner.shape, Shape::List(_) | Shape::Map(_));
        if is_known || tag.as_ref().is_some_and(|tag| !tag.origins.is_empty()) {
            // What is in it is not known any more.
            let shape = if is_known { Shape::Computed } else { owner.shape.clone() };
            let changed = Value { shape, tag: owner.deep_tag() }.tagged(tag);
            self.put_back(object, changed);
        }
    }

    /// An object of an API remembers what it was connected to.
    fn remember(&mut self, owner: &Value, node: u32, args: &Args<'m>, object: Option<&'m Expr<'m>>) {
        let Some(Expr { what: What::Name(variable), .. }) = object else { return };
        let Some(row) = self.tree.node(node).row.filter(|row| row.kind.is_some_and(|kind| kind.name == "net.connect")) else {
            return;
        };
        let about = super::emit::about(row, args);
        if !about.is_empty() {
            let tag = Some(Rc::new(Tag { about, ..Tag::default() }));
            let changed = owner.clone().tagged(tag);
            self.set_found(variable, changed);
        }
    }

    /// An object into which files are put has what is in them: an archive.
    fn takes_in(&mut self, owner: &Value, node: u32, given: &Value, args: &Args<'m>, object: Option<&'m Expr<'m>>) {
        let reads = |row: &Row| row.kind.is_some_and(|kind| kind.name == "file.read") && row.name.contains("().");
        if !self.tree.node(node).row.is_some_and(reads) || !given.has_origins() {
            return;
        }
        self.archives(owner, args);
        if let Some(object) = object {
            self.put_back(object, owner.clone().tagged(given.tag.clone()));
        }
    }

    /// A call of an API.
    fn call_api(&mut self, node: u32, owner: Option<&Value>, args: &Args<'m>, at: &At) -> Value {
        let known = self.tree.node(node);
        let builtin = known.builtin.unwrap_or_default();
        if known.row.is_none() && known.builtin.is_none() && args.at.is_empty() && self.tree.child(node, "()").is_none() {
            // A function that was made of text gives the API that it names.
            return Value { shape: Shape::Api(node), tag: owner.and_then(|owner| owner.tag.clone()) };
        }
        if let Some(value) = self.call_special(builtin, node, owner, args, at) {
            return value;
        }
        if known.builtin.is_some() {
            self.out.budget.spend_bytes(args.at.iter().fold(0, |sum, value| sum.saturating_add(value.weight())));
        }
        let computed = known.builtin.and_then(|builtin| self.compute(builtin, args));
        let is_computed = computed.is_some();
        let given = self.tree.child(node, "()").map_or(Shape::Computed, Shape::Api);
        let mut value = computed.unwrap_or(Value::new(given));
        let owner_tag = owner.and_then(|owner| owner.tag.clone());
        let passes = known.row.is_none_or(|row| row.through.is_some() || (row.kind.is_none() && row.gives.is_none()));
        if passes {
            let through = known.row.and_then(|row| row.through);
            let tag = merge(owner_tag, args.tag());
            let tag = stepped(tag, (at.start, at.end), through.or_else(|| super::codecs::transform(builtin)));
            // A decoded constant has its own history.
            value = if value.tag.is_some() && is_computed { value } else { value.tagged(tag) };
        }
        if builtin == "request" {
            value = value.tagged(super::unasked::address(args));
        }
        if let Some(row) = known.row {
            value = self.say(row, owner, args, at, value);
        }
        value = value.tagged(self.passed_on(args));
        if matches!(builtin, "found" | "walked") {
            value.tag = merge(listed(builtin, args), value.tag);
        }
        self.call_backs(known.row, &value, args, at);
        value
    }

    /// Functions of the file that are handed to an API are called, and APIs where the row says so (`Thread(target=...)`).
    fn call_backs(&mut self, row: Option<&'static Row>, value: &Value, args: &Args<'m>, at: &At) {
        if let Some(row) = row.filter(|row| !row.calls.is_empty())
            && let Some(function) = super::emit::argument(row.calls, args).cloned()
            && let Some(passed) = args.named.iter().find(|(name, _)| *name == "args").map(|(_, value)| value.clone())
            && let Some(passed) = self.elements(&passed)
        {
            self.call_value(&function, None, &Args { at: passed, named: Vec::new() }, at);
            return;
        }
        self.commands(args, at);
        // A decorator keeps it, and a server until it is asked.
        let keeps = std::mem::take(&mut self.out.reach.later)
            || row.is_some_and(|row| row.kind.is_some_and(|kind| kind.name == "net.listen"));
        for function in args.at.iter().chain(args.named.iter().map(|(_, value)| value)) {
            self.out.reach.later = keeps;
            if is_function(function) {
                let passed = Value { shape: api_only(&value.shape), tag: value.tag.clone() };
                if !self.waits(function, &passed, at) {
                    self.call_back(function, passed, at);
                }
            } else if let Shape::Map(pairs) = &function.shape {
                for (_, function) in pairs.iter().filter(|(_, value)| is_function(value)) {
                    self.out.reach.later = keeps;
                    self.call_back(function, Value { shape: Shape::Computed, tag: value.tag.clone() }, at);
                }
            }
        }
        self.out.reach.later = false;
    }

    /// Whether an API calls what it is given (`atexit.register`).
    pub(crate) fn calls_argument(&self, node: u32) -> bool {
        self.tree.node(node).row.is_some_and(|row| !row.calls.is_empty())
    }
}

/// What the elements of a listing are: paths of which the start is known.
fn listed(builtin: &'static str, args: &Args<'_>) -> Option<Rc<Tag>> {
    let path = args.get(0)?.as_text()?;
    let path =
        if builtin == "found" { path.replace('*', &super::values::hole()) } else { format!("{path}/{}", super::values::hole()) };
    Some(Rc::new(Tag { about: vec![(builtin, path.into())], ..Tag::default() }))
}

/// Whether the name of a method says that it puts its arguments into the object: `add_field`, `attach_file`, `set_payload`.
fn puts_in(name: &str) -> bool {
    let verb = name.split('_').next().unwrap_or(name);
    name == "attach"
        || verb.len() < name.len() && matches!(verb, "add" | "set" | "append" | "attach" | "insert" | "put" | "write")
}

fn api_only(shape: &Shape) -> Shape {
    match shape {
        Shape::Api(node) => Shape::Api(*node),
        _ => Shape::Computed,
    }
}

pub(crate) fn is_function(value: &Value) -> bool {
    match &value.shape {
        Shape::Function(..) => true,
        Shape::Method(method) => matches!(&method.0.shape, Shape::List(all) if all.first().is_some_and(is_function)),
        _ => false,
    }
}
