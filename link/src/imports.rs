//! Which files of its package an import asks for.
//!
//! Python: relative imports from the folder of the file, absolute ones from the top of the package, from `src/`, and from
//! every folder above the file; the packages around a module run before it. JavaScript and TypeScript: relative paths, with
//! the endings that node and the compilers try, and the index of a folder. Not handled: `node_modules`, `exports` and
//! `imports` of a manifest, path aliases of a compiler, `sys.path`.

use crate::paths;
use doorward_model::{NodeId, Placement, summary::Import};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most folders above a file from which an absolute import is tried.
const ABOVE_MAX: usize = 16;

/// Endings that are tried behind a path of JavaScript, in order.
const ENDINGS: [&str; 9] = ["", ".js", ".cjs", ".mjs", ".ts", ".tsx", ".jsx", ".json", ".mts"];

/// What stands for a folder of JavaScript.
const INDEXES: [&str; 5] = ["index.js", "index.cjs", "index.mjs", "index.ts", "index.json"];

/// The files of a package by their paths.
pub(crate) struct Files<'p> {
    by_path: HashMap<&'p [u8], NodeId>,
    /// The name of every folder, and of every file up to its first dot, alone and with the folders around it: what an import
    /// starts with is nearly always of elsewhere.
    names: HashSet<&'p [u8]>,
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

impl Found {
    /// Whether it is of this package.
    pub(crate) fn leads(&self) -> bool {
        self.module.is_some() || self.item.is_some()
    }
}

impl<'p> Files<'p> {
    pub(crate) fn new(placements: &'p [Placement], members: impl Iterator<Item = NodeId>) -> Self {
        let mut by_path = HashMap::new();
        let mut names = HashSet::new();
        for id in members {
            let path = &*placements[id.0 as usize].path;
            by_path.entry(path).or_insert(id);
            let mut at = path.strip_suffix(extended(path)).unwrap_or(path);
            while !at.is_empty() && names.insert(at) {
                names.insert(paths::base(at));
                at = paths::folder(at).strip_suffix(b"/").unwrap_or_default();
            }
        }
        Self { by_path, names, mains: BTreeMap::new() }
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
        let first = import.module.split('.').find(|part| !part.is_empty()).unwrap_or_default();
        if !self.names.contains(first.as_bytes()) {
            return Found::default();
        }
        let mut tops: Vec<&[u8]> = vec![b"", b"src/"];
        let mut above = folder;
        while !above.is_empty() && tops.len() < ABOVE_MAX {
            tops.insert(0, above);
            above = paths::above(above);
        }
        let known = |top: &&[u8]| self.names.contains([top, first.as_bytes()].concat().as_slice());
        let found = tops.into_iter().filter(known).map(|top| self.python(top, &import.module, item));
        found.into_iter().find(Found::leads).unwrap_or_default()
    }

    /// A dotted name below a folder.
    fn python(&self, folder: &[u8], module: &str, item: Option<&str>) -> Found {
        let mut found = Found::default();
        let mut at = folder.to_vec();
        let mut parts = module.split('.').filter(|part| !part.is_empty()).take(64).peekable();
        while let Some(part) = parts.next() {
            at.extend_from_slice(part.as_bytes());
            let package = self.get(&[&at, &b"/__init__.py"[..]].concat());
            let plain = || self.module_file(&at);
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
            found.item = package.or_else(|| self.module_file(&path));
        }
        found
    }

    /// The file of a module: its source, or what was compiled of one that is not there.
    fn module_file(&self, path: &[u8]) -> Option<NodeId> {
        [&b".py"[..], b".pyc"].into_iter().find_map(|ending| self.get(&[path, ending].concat()))
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

/// What follows the name proper: from its first dot on.
fn extended(path: &[u8]) -> &[u8] {
    let base = paths::base(path);
    &base[base.iter().position(|&byte| byte == b'.').unwrap_or(base.len())..]
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
