//! What names stand for from here on: functions, classes, imports.

use super::{Args, Machine, index};
use crate::meaning::values::{Shape, Value};

impl<'m> Machine<'m, '_> {
    pub(super) fn define(&mut self, at: u32) {
        let Some(function) = self.module.functions.get(index(at)) else { return };
        let mut value = Value::new(Shape::Function(at, None));
        for decorator in function.decorators.iter().rev() {
            let wrapper = self.value(decorator);
            let args = Args { at: vec![value.clone()], named: Vec::new() };
            if matches!(wrapper.shape, Shape::Function(..) | Shape::Api(_)) {
                // A decorator that is not the file's own mostly keeps the function for later.
                self.out.reach.later = matches!(wrapper.shape, Shape::Api(node) if !self.calls_argument(node));
                let wrapped = self.call_value(&wrapper, None, &args, &decorator.at);
                self.out.reach.later = false;
                if matches!(wrapped.shape, Shape::Function(..)) {
                    value = wrapped;
                }
            }
        }
        if !function.name.is_empty() {
            self.set(&function.name, value);
        }
    }

    pub(crate) fn define_class(&mut self, at: u32) {
        let Some(class) = self.module.classes.get(index(at)) else { return };
        for base in &class.bases {
            self.value(base);
        }
        self.set(&class.name, Value::new(Shape::Class(at)));
        self.reaches_bases(at);
        if class.body != 0 {
            self.reaches(class.body);
            self.alone(class.body);
            if let (Some(names), Some(fields)) = (self.names.get(index(class.body)), self.fields.get_mut(index(at))) {
                for (id, value) in names.iter() {
                    fields.insert(id, value.clone());
                }
            }
        }
    }

    pub(super) fn import(&mut self, import: &'m crate::neutral::Import<'m>) {
        let module = import.module.strip_prefix("node:").unwrap_or(&import.module);
        if self.python && import.item.is_none() && matches!(module, "builtins" | "__builtin__") {
            self.out.imported(module, &import.at);
            return self.set(&import.alias, Value::new(Shape::Api(super::super::tree::ROOT)));
        }
        let asked = self.asks(import);
        let relative = import.dots > 0 || module.starts_with('.') || module.starts_with('/');
        if relative {
            return self.import_outside(import, asked);
        }
        if asked.is_some() {
            self.import_outside(import, asked);
        }
        self.out.imported(module, &import.at);
        let node = self.tree.find(module);
        let value = |node: Option<u32>| node.map_or_else(Value::default, |node| Value::new(Shape::Api(node)));
        match import.item.as_deref() {
            None => {
                let first = module.split('.').next().unwrap_or(module);
                let binds_first = self.python && import.alias == first && first != module;
                let node = if binds_first { self.tree.find(first) } else { node };
                if node.is_some() || asked.is_none() {
                    self.set(&import.alias, value(node));
                }
            }
            // All names: what is not bound is looked up among the modules' names.
            Some("*") if self.python => {
                if let Some(node) = node {
                    self.stars.push(node);
                }
            }
            _ if asked.is_some() => {}
            Some("default" | "*") if !self.python => self.set(&import.alias, value(node)),
            Some(item) => {
                let item = node.and_then(|node| self.tree.child(node, item));
                self.set(&import.alias, value(item));
            }
        }
    }

    /// Makes known what another file of the package offers.
    pub(super) fn import_outside(&mut self, import: &'m crate::neutral::Import<'m>, asked: Option<u32>) {
        match import.item.as_deref() {
            Some("*") if self.python => self.open.extend(asked),
            Some("*") | None => {
                let value = self.name_outside(asked, "");
                self.set(&import.alias, value);
            }
            Some(item) => {
                let value = self.name_outside(asked, item);
                self.set(&import.alias, value);
            }
        }
    }
}
