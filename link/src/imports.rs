//! Which files of its package an import asks for.
//!
//! Python: relative imports from the folder of the file, absolute ones from the top of the package, from `src/`, and from
//! every folder above the file; the packages around a module run before it. JavaScript and TypeScript: relative paths, with
//! the endings that node and the compilers try, and the index of a folder. Not handled: `node_modules`, `exports` and
//! `imports` of a manifest, path aliases of a compiler, `sys.path`.

use crate::paths;
use doorward_model::{NodeId, Placement, summary::Import};
use std::collections::BTreeMap;

/// Most folders above a file from which an absolute import is tried.
const ABOVE_MAX: usize = 16;

/// Endings that are tried behind a path of JavaScript, in order.
const ENDINGS: [&str; 9] = ["", ".js", ".cjs", ".mjs", ".ts", ".tsx", ".jsx", ".json", ".mts"];

/// What stands for a folder of JavaScript.
const INDEXES: [&str; 5] = ["index.js", "index.cjs", "index.mjs", "index.ts", "index.json"];

/// The files of a package by their paths.
pub(crate) struct Files<'p> {
    by_path: BTreeMap<&'p [u8], NodeId>,
    /// What the manifest in a folder names as its entry.
    mains: BTreeMap<Vec<u8>, Vec<u8>>,
}

/// What an import leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// The module itself.
    pub(crate) module: Option<NodeId>,
    /// The item, where it is a module of its own.
    pub(crate) item: Option<NodeId>,
    /// The packages around them, which run first.
    pub(crate) around: Vec<NodeId>,
}

impl<'p> Files<'p> {
    pub(crate) fn new(placements: &'p [Placement], members: impl Iterator<Item = NodeId>) -> Self {
        let mut by_path = BTreeMap::new();
        for id in members {
            by_path.entry(&*placements[id.0 as usize].path).or_insert(id);
        }
        Self { by_path, mains: BTreeMap::new() }
    }

    /// The manifest of a folder (with its slash) names this path as its entry.
    pub(crate) fn main(&mut self, folder: &[u8], path: &[u8]) {
        self.mains.insert(folder.to_vec(), [folder, paths::plain(path).as_ref()].concat());
    }

    fn get(&self, path: &[u8]) -> Option<NodeId> {
        self.by_path.get(path).copied()
    }

    /// What an import in the file of this path asks for.
    pub(crate) fn find(&self, from: &[u8], import: &Import, is_python: bool) -> Found {
        if !is_python {
            let module = self.javascript(paths::folder(from), import.module.as_bytes());
            return Found { module, ..Found::default() };
        }
        let folder = paths::folder(from);
        let item = import.item.as_deref().filter(|item| *item != "*");
        if import.dots > 0 {
            let mut base = folder;
            for _ in 1..import.dots.min(64) {
                base = paths::above(base);
            }
            return self.python(base, &import.module, item);
        }
        let mut tops: Vec<&[u8]> = vec![b"", b"src/"];
        let mut above = folder;
        while !above.is_empty() && tops.len() < ABOVE_MAX {
            tops.insert(0, above);
            above = paths::above(above);
        }
        let found = tops.into_iter().map(|top| self.python(top, &import.module, item));
        found.into_iter().find(|found| found.module.is_some() || found.item.is_some()).unwrap_or_default()
    }

    /// A dotted name below a folder.
    fn python(&self, folder: &[u8], module: &str, item: Option<&str>) -> Found {
        let mut found = Found::default();
        let mut at = folder.to_vec();
        let mut parts = module.split('.').filter(|part| !part.is_empty()).take(64).peekable();
        while let Some(part) = parts.next() {
            at.extend_from_slice(part.as_bytes());
            let package = self.get(&[&at, &b"/__init__.py"[..]].concat());
            let plain = || self.get(&[&at, &b".py"[..]].concat());
            if parts.peek().is_none() {
                found.module = package.or_else(plain);
            } else {
                found.around.extend(package);
            }
            at.push(b'/');
        }
        if module.is_empty() {
            found.module = self.get(&[&at, &b"__init__.py"[..]].concat());
        }
        if let Some(item) = item {
            let path = [at.as_slice(), item.as_bytes()].concat();
            let package = self.get(&[&path, &b"/__init__.py"[..]].concat());
            found.item = package.or_else(|| self.get(&[&path, &b".py"[..]].concat()));
        }
        found
    }

    fn javascript(&self, folder: &[u8], path: &[u8]) -> Option<NodeId> {
        let mut at = folder.to_vec();
        for part in path.split(|&byte| byte == b'/').take(64) {
            match part {
                b"" | b"." => {}
                b".." => at = paths::above(&at).to_vec(),
                part => {
                    at.extend_from_slice(part);
                    at.push(b'/');
                }
            }
        }
        let plain = at.strip_suffix(b"/").unwrap_or(&at);
        self.script(plain).or_else(|| {
            let main = self.mains.get(at.as_slice())?;
            self.script(main)
        })
    }

    fn script(&self, path: &[u8]) -> Option<NodeId> {
        let endings = ENDINGS.iter().map(|ending| [path, ending.as_bytes()].concat());
        let slash: &[u8] = if path.is_empty() || path.ends_with(b"/") { b"" } else { b"/" };
        let indexes = INDEXES.iter().map(|index| [path, slash, index.as_bytes()].concat());
        // A source of TypeScript asks for what its compiler will make.
        let source = [b".js", b".mjs".as_slice()].iter().find_map(|ending| path.strip_suffix(*ending));
        let source = source.map(|stem| [stem, b".ts"].concat());
        endings.chain(source).chain(indexes).filter(|path| !path.is_empty()).find_map(|path| self.get(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::{Phase, Role, Span};

    const PATHS: [&str; 14] = [
        "pkg/__init__.py",
        "pkg/a.py",
        "pkg/sub/__init__.py",
        "pkg/sub/b.py",
        "src/other/c.py",
        "setup.py",
        "lib/index.js",
        "lib/x.js",
        "lib/y.ts",
        "conf.json",
        "tool/main.cjs",
        "lib/deep/z.mjs",
        "index.js",
        "scripts/helper.py",
    ];

    #[test]
    fn imports_lead_to_files() {
        let placement = |path: &&str| Placement {
            unit: 0,
            path: path.as_bytes().into(),
            role: Role::Code,
            phase: Phase::Run,
            functions: None,
        };
        let placements: Vec<Placement> = PATHS.iter().map(placement).collect();
        let mut files = Files::new(&placements, (0..14).map(NodeId));
        files.main(b"tool/", b"./main");
        let cases: [(&str, &str, u32, &str, &str); 20] = [
            ("pkg/__init__.py", "a", 1, "f", "pkg/a.py"),
            ("pkg/__init__.py", "", 1, "a", "pkg/__init__.py pkg/a.py"),
            ("pkg/sub/b.py", "a", 2, "", "pkg/a.py"),
            ("pkg/sub/b.py", "", 2, "a", "pkg/__init__.py pkg/a.py"),
            ("pkg/a.py", "pkg.sub.b", 0, "", "pkg/__init__.py pkg/sub/__init__.py pkg/sub/b.py"),
            ("setup.py", "pkg.sub", 0, "", "pkg/__init__.py pkg/sub/__init__.py"),
            ("setup.py", "other.c", 0, "", "src/other/c.py"),
            ("scripts/run.py", "helper", 0, "", "scripts/helper.py"),
            ("setup.py", "numpy", 0, "", ""),
            ("lib/index.js", "./x", 0, "", "lib/x.js"),
            ("lib/index.js", "./x.js", 0, "", "lib/x.js"),
            ("lib/index.js", "./y", 0, "", "lib/y.ts"),
            ("lib/index.js", "./y.js", 0, "", "lib/y.ts"),
            ("lib/x.js", ".", 0, "", "lib/index.js"),
            ("index.js", "./lib", 0, "", "lib/index.js"),
            ("lib/deep/z.mjs", "../../conf", 0, "", "conf.json"),
            ("index.js", "./tool/", 0, "", "tool/main.cjs"),
            ("lib/x.js", "..", 0, "", "index.js"),
            ("lib/x.js", "../../../../index", 0, "", "index.js"),
            ("lib/x.js", "./none", 0, "", ""),
        ];
        for (from, module, dots, item, expected) in cases {
            let item = Some(item).filter(|item| !item.is_empty()).map(Into::into);
            let import = Import { module: module.into(), dots, item, function: 0, span: Span::default() };
            let found = files.find(from.as_bytes(), &import, from.ends_with(".py"));
            let all = found.around.into_iter().chain(found.module).chain(found.item);
            let all: Vec<&str> = all.map(|id| PATHS[id.0 as usize]).collect();
            assert_eq!(all.join(" "), expected, "{from} {module} {dots}");
        }
    }
}
