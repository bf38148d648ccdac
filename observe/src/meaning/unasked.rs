//! What the language calls by itself: methods with names of its own, hooks of a module, finders of imports; and what a file
//! knows of itself.
//!
//! Source: the Python language reference, "Data model" (special method names, customizing module attribute access) and "The
//! import system". An object that is made is taken to be used as its methods allow. Not handled: such methods of JavaScript.

use super::machine::{Args, Machine, index};
use super::values::{HOLE, Shape, Tag, Value};
use crate::neutral::{At, Expr, Stmt, What};
use doorward_model::vocabulary as kinds;
use std::rc::Rc;

/// Functions of a module that an import of one of its names, or a look at them, calls (PEP 562).
const OF_MODULE: [&str; 2] = ["__getattr__", "__dir__"];

/// Most requirements or commands of one list.
const TOLD_MAX: usize = 64;

/// Special methods that run only where the object is called as a function, which a call says by itself.
const BY_CALL: [&str; 3] = ["__init__", "__call__", "__init_subclass__"];

impl<'m> Machine<'m, '_> {
    /// The hooks of the module itself.
    pub(super) fn reaches_hooks(&mut self) {
        if !self.python || self.out.layers > 0 {
            return;
        }
        for (at, function) in self.module.functions.iter().enumerate().skip(1) {
            if function.class.is_none() && function.outer == Some(0) && OF_MODULE.contains(&&*function.name) {
                self.reaches(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
    }

    /// An object is made: its special methods may run.
    pub(super) fn reaches_special(&mut self, class: u32) {
        let Some(class) = self.module.classes.get(index(class)).filter(|_| self.python) else { return };
        for (name, method) in &class.methods {
            if name.starts_with("__") && name.ends_with("__") && !BY_CALL.contains(&&**name) {
                self.reaches(*method);
            }
        }
    }

    /// A class is defined: what its bases do with one that follows from them.
    pub(super) fn reaches_bases(&mut self, class: u32) {
        let Some(class) = self.module.classes.get(index(class)).filter(|_| self.python) else { return };
        for base in &class.bases {
            let Shape::Class(base) = self.value(base).shape else { continue };
            let Some(base) = self.module.classes.get(index(base)) else { continue };
            if let Some((_, method)) = base.methods.iter().find(|(name, _)| name == "__init_subclass__") {
                self.reaches(*method);
            }
        }
    }

    /// The platform will call a function, or the methods of an object, such as a finder of imports.
    pub(super) fn called_by_platform(&mut self, value: &Value, at: &At) {
        match value.shape {
            Shape::Function(..) => {
                let args = Args { at: vec![Value::default()], named: Vec::new() };
                self.call_value(value, None, &args, at);
            }
            Shape::Instance(class) | Shape::Class(class) => {
                let Some(class) = self.module.classes.get(index(class)) else { return };
                for (_, method) in &class.methods {
                    self.reaches(*method);
                }
            }
            _ => {}
        }
    }

    /// What `setup` is told of the package: requirements that name an address, and commands that it brings.
    pub(super) fn told_of_package(&mut self, args: &Args<'m>, at: &At) {
        let asks = [
            ("install_requires", "run"),
            ("setup_requires", "build"),
            ("dependency_links", "run"),
            ("extras_require", "optional"),
        ];
        for (name, value) in args.named.iter().filter(|(_, value)| matches!(value.shape, Shape::List(_) | Shape::Map(_))) {
            if let Some((_, when)) = asks.iter().find(|(known, _)| known == name) {
                for text in texts(value).into_iter().filter(|text| text.contains("://")) {
                    let (package, rest) = text.split_once('@').unwrap_or(("", &text));
                    let source = if rest.trim_start().starts_with("git+") { "git" } else { "url" };
                    let fact = self.out.fact(&kinds::DEPENDENCY, at).with("name", package.trim());
                    self.out.push(fact.with("requirement", rest.trim()).with("source", source).with("when", *when));
                }
            } else if *name == "entry_points"
                && let Shape::Map(groups) = &value.shape
            {
                let commands = groups.iter().filter(|(group, _)| &**group == "console_scripts");
                for text in commands.flat_map(|(_, value)| texts(value)) {
                    if let Some((command, object)) = text.split_once('=') {
                        let fact = self.out.fact(&kinds::ENTRY, at).with("event", "console-script").with("path", object.trim());
                        self.out.push(fact.with("name", command.trim()).with("phase", "run"));
                    }
                }
            }
        }
    }

    /// What a file knows of itself: its path, of which the folder is not known, and the text that describes it.
    pub(super) fn of_file(&self, name: &str) -> Option<Value> {
        match name {
            "__file__" if self.python => Some(Value::text(format!("{HOLE}/__file__"))),
            "__filename" if !self.python => Some(Value::text(format!("{HOLE}/__filename"))),
            "__doc__" if self.python => match self.module.functions.first()?.body.first()? {
                Stmt::Do(Expr { what: What::Text(text), .. }) => Some(Value::text(&**text)),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The texts in a list, or in the lists of a map.
fn texts(value: &Value) -> Vec<Rc<str>> {
    match &value.shape {
        Shape::List(values) => values.iter().take(TOLD_MAX).filter_map(|value| value.known_text().cloned()).collect(),
        Shape::Map(pairs) => pairs.iter().take(TOLD_MAX).flat_map(|(_, value)| texts(value)).collect(),
        _ => Vec::new(),
    }
}

/// The address that a request is made for, kept by the object.
pub(super) fn address(args: &Args<'_>) -> Option<Rc<Tag>> {
    let named = args.named.iter().find(|(name, _)| *name == "url").map(|(_, value)| value);
    let url = args.get(0).or(named)?.as_text()?;
    Some(Rc::new(Tag { about: vec![("url", Rc::clone(url))], ..Tag::default() }))
}

/// The address that a request keeps, where it is handed to what sends it.
pub(super) fn kept_address(value: &Value) -> Option<Rc<str>> {
    let about = &value.tag.as_ref()?.about;
    about.iter().find(|(name, _)| *name == "url").map(|(_, url)| Rc::clone(url))
}
