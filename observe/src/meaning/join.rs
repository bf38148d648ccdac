//! What a file asks of the other files of its package while its values are followed.

use super::imports::{IMPORTS_MAX, NAME_BYTES_MAX};
use super::machine::Machine;
use super::values::HOLE;
use crate::neutral::{At, Import as Written};
use doorward_model::{Span, summary::Import};

/// What was asked for so far.
#[derive(Default)]
pub(crate) struct Join {
    /// Imports as written, each once.
    pub imports: Vec<Import>,
}

impl Join {
    /// An import of another file of the package, perhaps; its number.
    fn import(&mut self, import: Import) -> Option<u32> {
        let same = |known: &Import| {
            (&known.module, known.dots, &known.item, known.function)
                == (&import.module, import.dots, &import.item, import.function)
        };
        let at = match self.imports.iter().position(same) {
            Some(at) => at,
            None if self.imports.len() >= IMPORTS_MAX || import.module.len() > NAME_BYTES_MAX => return None,
            None => {
                self.imports.push(import);
                self.imports.len().saturating_sub(1)
            }
        };
        u32::try_from(at).ok()
    }
}

impl<'m> Machine<'m, '_> {
    /// An import statement; its number, where it may be of a file of the package.
    pub(crate) fn asks(&mut self, written: &Written<'m>) -> Option<u32> {
        let item = written.item.as_deref().map(Into::into);
        self.asks_for(&written.module, written.dots, item, &written.at)
    }

    /// A module that is asked for by a text: `require("./x")`, `importlib.import_module(".x", __package__)`.
    pub(crate) fn asks_by_name(&mut self, name: &str, at: &At) -> Option<u32> {
        // The folder of the file itself is not known by name: `path.join(__dirname, "x")`.
        let here = name.strip_prefix(HOLE).filter(|rest| !self.python && rest.starts_with('/'));
        let name = here.map_or_else(|| name.to_owned(), |rest| format!(".{rest}"));
        let module = if self.python { name.trim_start_matches('.') } else { &name };
        let dots = u32::try_from(name.len().saturating_sub(module.len())).unwrap_or(0);
        self.asks_for(module, dots, None, at)
    }

    fn asks_for(&mut self, module: &str, dots: u32, item: Option<Box<str>>, at: &At) -> Option<u32> {
        let own = if self.python {
            dots > 0 || self.tree.find(module.split('.').next().unwrap_or(module)).is_none()
        } else {
            is_relative(module)
        };
        if !own || self.out.layers > 0 || module.contains(HOLE) {
            return None;
        }
        let span = Span::new(at.start.into(), at.end.into());
        self.out.join.import(Import { module: module.into(), dots, item, function: self.out.function, span })
    }
}

fn is_relative(module: &str) -> bool {
    module.starts_with("./") || module.starts_with("../") || matches!(module, "." | "..")
}
