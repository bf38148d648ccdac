//! What a binary takes from other libraries and what it offers them.

use super::{kept, malformed, named};
use crate::Facts;
use doorward_model::{
    Problem, ProblemKind, Span,
    vocabulary::{BINARY_EXPORT, BINARY_IMPORT},
};
use object::{File, Import, NameOrOrdinal, Object, ObjectKind, ObjectSymbol};

/// Most imports that are told of one binary. Rules reason from what is not imported, so more than that is a gap in the facts.
const IMPORTS_MAX: usize = 8_000;

/// Most exports that are told of one binary. Large libraries offer tens of thousands, and no rule reasons from their absence.
const EXPORTS_MAX: usize = 2_000;

/// Most entries of a table that are looked at, told or not.
const ENTRIES_MAX: usize = 50_000;

/// Tells what a file imports; of an object file what it leaves undefined.
pub(super) fn imports(file: &File<'_>, data: &[u8], base: u64, facts: &mut Facts) {
    let mut told = Told::new("imports", IMPORTS_MAX, ProblemKind::FactsCapped);
    let mut tell = |library: &[u8], name: NameOrOrdinal<&[u8]>, facts: &mut Facts| {
        if told.one_more(base, facts) {
            let fact = match name {
                NameOrOrdinal::Name(name) => {
                    named(&BINARY_IMPORT, data, name, base).with("library", kept(library)).with("symbol", kept(name))
                }
                NameOrOrdinal::Ordinal(ordinal) => named(&BINARY_IMPORT, data, library, base)
                    .with("library", kept(library))
                    .with("symbol", format!("#{ordinal}")),
            };
            facts.push(fact);
        }
    };
    if file.kind() == ObjectKind::Relocatable {
        for symbol in file.symbols().take(ENTRIES_MAX).filter(|symbol| symbol.is_undefined()) {
            if let Some(name) = symbol.name_bytes().ok().filter(|name| !name.is_empty()) {
                tell(b"", NameOrOrdinal::Name(name), facts);
            }
        }
        return;
    }
    match file.imports() {
        Ok(imports) => {
            for import in imports.take(ENTRIES_MAX) {
                match import {
                    Ok(import) => tell(Import::library(&import), import.name(), facts),
                    Err(error) => return malformed(facts, base..base, &format!("imports: {error}")),
                }
            }
        }
        Err(error) => malformed(facts, base..base, &format!("imports: {error}")),
    }
}

/// Tells what a file exports.
pub(super) fn exports(file: &File<'_>, data: &[u8], base: u64, facts: &mut Facts) {
    let mut told = Told::new("exports", EXPORTS_MAX, ProblemKind::ParseLimit);
    match file.exports() {
        Ok(exports) => {
            for export in exports.take(ENTRIES_MAX) {
                match export {
                    Ok(export) => {
                        let NameOrOrdinal::Name(name) = export.name() else { continue };
                        if !told.one_more(base, facts) {
                            return;
                        }
                        facts.push(named(&BINARY_EXPORT, data, name, base).with("symbol", kept(name)));
                    }
                    Err(error) => return malformed(facts, base..base, &format!("exports: {error}")),
                }
            }
        }
        Err(error) => malformed(facts, base..base, &format!("exports: {error}")),
    }
}

/// Counts what is told, and says once that there was more.
struct Told {
    what: &'static str,
    max: usize,
    /// What it means that there was more.
    kind: ProblemKind,
    count: usize,
}

impl Told {
    fn new(what: &'static str, max: usize, kind: ProblemKind) -> Self {
        Self { what, max, kind, count: 0 }
    }

    /// Whether one more may be told.
    fn one_more(&mut self, base: u64, facts: &mut Facts) -> bool {
        self.count = self.count.saturating_add(1);
        if self.count == self.max.saturating_add(1) {
            let detail = format!("more than {} {}", self.max, self.what);
            facts.problem(Problem::at(Span::new(base, base), self.kind, detail));
        }
        self.count <= self.max
    }
}
