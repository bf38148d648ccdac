//! Placements: path, role and phase of every node, from names and from what manifests run.
//!
//! A file runs first when the earliest thing that names it does: a life-cycle script, an entry of its manifest, or the name
//! that a tool looks for. What was decoded or decompressed from a file has the file's role and phase.

use crate::{
    code::Code,
    commands, flows, paths,
    places::BY,
    reach,
    roles::{self, Around},
    spaces::Spaces,
    starts,
    units::{Draft, Joined},
};
use doorward_model::{
    Fact, Kind, NodeId, Phase, Placement, Problem, ProblemKind, Role, Site, Span, Tree,
    vocabulary::{ENTRY, SCRIPT},
};
use std::collections::BTreeMap;

/// Most package facts beside places in one audit, to bound memory where many packages share one manifest.
const ISSUED_MAX: usize = 200_000;

/// The placements of all nodes, and what went beyond a limit. Fills the units' members, and their facts from manifests and
/// names.
pub(crate) fn place(
    tree: &Tree,
    spaces: &Spaces<'_>,
    joined: &mut Joined,
    groups: &[&'static str],
) -> (Vec<Placement>, Vec<(NodeId, Problem)>) {
    let mut events = vec![""; tree.nodes.len()];
    let mut placements = by_names(tree, spaces, joined, groups, &mut events);
    for (at, node) in tree.nodes.iter().enumerate() {
        if node.content.is_some() {
            joined.drafts[joined.of[at] as usize].unit.members.push(NodeId(at as u32));
        }
    }
    let runs = |fact: &Fact| *fact.kind == SCRIPT || *fact.kind == ENTRY;
    let runs: Vec<bool> = tree.contents.iter().map(|content| content.facts.iter().any(runs)).collect();
    let mut left = ISSUED_MAX;
    let mut problems = Vec::new();
    let mut whole = vec![false; tree.nodes.len()];
    for draft in &mut joined.drafts {
        let path = |id: &NodeId| &placements[id.0 as usize].path;
        draft.unit.members.sort_by(|a, b| path(a).cmp(path(b)).then(a.cmp(b)));
        draft.manifests.sort_unstable();
        let mut stage = Stage { tree, spaces, draft, placements: &mut placements, whole: &mut whole, issued: Vec::new(), left };
        stage.by_names_alone(&events);
        stage.by_manifests(&events, &runs);
        stage.by_customs();
        left = stage.left;
        let issued = stage.issued;
        draft.unit.facts = issued;
        let code = Code::new(tree, spaces, &draft.unit, &placements);
        let starts = starts::find(tree, &code, &draft.unit.members, &placements);
        reach::raise(tree, &code, &mut placements, &whole, &starts);
        if let Some(problem) = flows::issue(tree, &code, &placements, &mut draft.unit) {
            problems.push((draft.unit.base, problem));
        }
        if left == 0 {
            let detail = format!("more than {ISSUED_MAX} scripts and entries in all packages");
            problems.push((draft.unit.base, Problem::new(ProblemKind::FactsCapped, detail)));
            break;
        }
    }
    for (at, spot) in spaces.spots.iter().enumerate() {
        if spot.host as usize != at {
            let (role, phase) = (placements[spot.host as usize].role, placements[spot.host as usize].phase);
            (placements[at].role, placements[at].phase) = (role, phase);
        }
    }
    (placements, problems)
}

/// What names alone say.
fn by_names(
    tree: &Tree,
    spaces: &Spaces<'_>,
    joined: &Joined,
    groups: &[&'static str],
    events: &mut [&'static str],
) -> Vec<Placement> {
    let mut placements: Vec<Placement> = Vec::with_capacity(tree.nodes.len());
    for (at, node) in tree.nodes.iter().enumerate() {
        let (unit, host) = (joined.of[at], spaces.spots[at].host as usize);
        if host != at {
            let path = placements[host].path.clone();
            placements.push(Placement {
                unit,
                path,
                role: placements[host].role,
                phase: placements[host].phase,
                functions: None,
            });
            continue;
        }
        let path = joined.path(spaces, at as u32);
        let draft = &joined.drafts[unit as usize];
        let around = Around { ecosystem: &draft.unit.ecosystem, test: draft.test, installed: draft.installed };
        let group = node.content.map_or("", |content| groups[content.0 as usize]);
        let named = roles::of(&path, group, around);
        if node.meta.kind == Kind::Directory {
            placements.push(Placement { unit, path, role: Role::Data, phase: Phase::Run, functions: None });
        } else {
            events[at] = named.event;
            placements.push(Placement { unit, path, role: named.role, phase: named.phase, functions: None });
        }
    }
    placements
}

/// Working out one unit.
struct Stage<'s> {
    tree: &'s Tree,
    spaces: &'s Spaces<'s>,
    draft: &'s Draft,
    placements: &'s mut Vec<Placement>,
    /// Files whose functions a tool calls by their names.
    whole: &'s mut Vec<bool>,
    issued: Vec<(NodeId, Fact)>,
    left: usize,
}

impl Stage<'_> {
    /// The first file of a path inside the unit.
    fn find(&self, path: &[u8]) -> Option<NodeId> {
        let members = &self.draft.unit.members;
        let at = members.partition_point(|id| *self.placements[id.0 as usize].path < *path);
        let same = members[at..].iter().take_while(|id| *self.placements[id.0 as usize].path == *path);
        same.copied().find(|id| self.spaces.spots[id.0 as usize].host == id.0)
    }

    /// The file of a path's last name, where the package was handed over without its folders.
    fn find_flat(&self, path: &[u8]) -> Option<NodeId> {
        let is_flat = || self.draft.unit.members.iter().all(|id| !self.placements[id.0 as usize].path.contains(&b'/'));
        if path.contains(&b'/') && is_flat() { self.find(paths::base(path)) } else { None }
    }

    /// The only file of code in what has no manifest.
    fn find_alone(&self) -> Option<NodeId> {
        let is_code = |id: &&NodeId| {
            let placement = &self.placements[id.0 as usize];
            placement.role == Role::Code
                && self.spaces.spots[id.0 as usize].host == id.0
                && matches!(paths::extension(paths::base(&placement.path)).as_slice(), b"js" | b"cjs" | b"mjs")
        };
        let mut files = self.draft.unit.members.iter().filter(is_code);
        let first = files.next().copied();
        if files.next().is_some() || !self.draft.manifests.is_empty() { None } else { first }
    }

    /// The first of some paths that is there.
    fn find_any(&self, paths: &[Vec<u8>]) -> Option<NodeId> {
        paths.iter().find_map(|path| self.find(path))
    }

    /// A file runs no later than in this phase.
    fn raise(&mut self, id: NodeId, phase: Phase) {
        let placement = &mut self.placements[id.0 as usize];
        if self.draft.test || phase >= placement.phase {
            return;
        }
        placement.phase = phase;
        placement.role = match (phase, placement.role) {
            (_, Role::Manifest) => Role::Manifest,
            (Phase::Install, _) => Role::Build,
            (Phase::Build | Phase::Open, role) if role != Role::Code => Role::Build,
            _ => Role::Code,
        };
    }

    /// Adds a package fact.
    fn issue(&mut self, id: NodeId, fact: Fact) {
        if self.left > 0 {
            self.left -= 1;
            self.issued.push((id, fact));
        }
    }

    /// Files that run by their names.
    fn by_names_alone(&mut self, events: &[&'static str]) {
        for at in 0..self.draft.unit.members.len() {
            let id = self.draft.unit.members[at];
            let event = events[id.0 as usize];
            if event.is_empty() {
                continue;
            }
            // What tests are set up with is called by its names.
            self.whole[id.0 as usize] |= event == "test-configuration";
            let placement = &self.placements[id.0 as usize];
            let phase = placement.phase.name();
            let base = paths::base(&placement.path);
            let fact = if event == "maintainer-script" {
                let event = base.rsplit(|&b| b == b'.').next().unwrap_or(base);
                Fact::new(&SCRIPT, Span::default(), BY)
                    .with("event", event)
                    .with("command", &*placement.path)
                    .with("phase", phase)
            } else {
                Fact::new(&ENTRY, Span::default(), BY).with("event", event).with("path", &*placement.path).with("phase", phase)
            };
            self.issue(id, fact);
        }
    }

    /// What the unit's manifests, and other files that a tool reads by their names, run.
    fn by_manifests(&mut self, events: &[&'static str], runs: &[bool]) {
        let tree = self.tree;
        for at in 0..self.draft.unit.members.len() {
            let id = self.draft.unit.members[at];
            let Some(content) = tree.node(id).content.filter(|content| runs[content.0 as usize]) else { continue };
            let read = self.draft.manifests.binary_search(&id.0).is_ok()
                || !events[id.0 as usize].is_empty()
                || self.placements[id.0 as usize].phase == Phase::Build
                || self.is_metadata(id);
            if !read {
                continue;
            }
            let facts: Vec<&Fact> =
                tree.content(content).facts.iter().filter(|f| *f.kind == SCRIPT || *f.kind == ENTRY).collect();
            let scripts: BTreeMap<&str, &Fact> =
                facts.iter().filter(|f| *f.kind == SCRIPT).filter_map(|f| Some((f.text("event")?, *f))).collect();
            for fact in facts {
                let Some(phase) = fact.text("phase").and_then(phase_of) else { continue };
                self.issue(id, Fact { by: BY.into(), ..fact.clone() });
                if *fact.kind == SCRIPT && fact.function != 0 && !self.draft.test {
                    // The command itself is one of the manifest's functions.
                    let functions = &mut self.placements[id.0 as usize].functions;
                    let mut known = functions.take().map_or_else(Vec::new, Vec::from);
                    known.push((fact.function, phase));
                    known.sort_unstable();
                    *functions = Some(known.into());
                }
                if self.left == 0 {
                    return;
                }
                let named = if *fact.kind == SCRIPT { self.of_script(fact, &scripts) } else { self.of_entry(id, fact) };
                for file in named {
                    self.raise(file, phase);
                    let calls = ["build-backend", "command-class", "extension", "plugin"];
                    let is_hook = |event| event == "build-script" && &*self.draft.unit.ecosystem == "pypi";
                    let is_called = fact.text("event").is_some_and(|event| calls.contains(&event) || is_hook(event));
                    self.whole[file.0 as usize] |= is_called;
                    let site = Site { content: Some(content), span: fact.span };
                    let about = Fact { span: Span::default(), steps: vec![site], by: BY.into(), ..bare(fact) };
                    self.issue(file, about);
                }
            }
        }
    }

    /// Metadata beside the manifest proper: the entry points of a distribution.
    fn is_metadata(&self, id: NodeId) -> bool {
        let path = &self.placements[id.0 as usize].path;
        let folder = paths::folder(path);
        paths::base(path) == b"entry_points.txt"
            && [&b".dist-info/"[..], b".egg-info/", b"EGG-INFO/"].iter().any(|ending| folder.ends_with(ending))
    }

    /// Files that a script's command names, through other scripts of the same manifest.
    fn of_script(&self, fact: &Fact, scripts: &BTreeMap<&str, &Fact>) -> Vec<NodeId> {
        let mut files = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut waiting = vec![fact];
        while let Some(fact) = waiting.pop() {
            let command = fact.text("command").unwrap_or_default();
            let named = commands::named(command.as_bytes(), |path| self.find(path).or_else(|| self.find_flat(path)));
            files.extend(named.files.into_iter().filter(|file| self.spaces.spots[file.0 as usize].host == file.0));
            for script in named.scripts {
                if let Some((event, fact)) = std::str::from_utf8(&script).ok().and_then(|name| scripts.get_key_value(name))
                    && !seen.contains(event)
                    && seen.len() < 64
                {
                    seen.push(event);
                    waiting.push(fact);
                }
            }
        }
        files.sort_unstable();
        files.dedup();
        // A manifest that names itself says nothing new.
        files.retain(|file| self.placements[file.0 as usize].role != Role::Manifest);
        files
    }

    /// The file that an entry names.
    fn of_entry(&self, manifest: NodeId, fact: &Fact) -> Vec<NodeId> {
        let Some(path) = fact.text("path") else { return Vec::new() };
        // Paths count from the folder of the manifest that names them.
        let folder = paths::folder(&self.placements[manifest.0 as usize].path);
        let there = [folder, paths::plain(path.as_bytes()).as_ref()].concat();
        let found = match fact.text("event").unwrap_or_default() {
            "build-backend" => self.backend(manifest, path),
            "console-script" | "gui-script" | "entry-point" | "plugin" | "command-class" => {
                self.find_any(&commands::module(path.as_bytes()))
            }
            "autoload" => self.find(&there),
            _ if &*self.draft.unit.ecosystem == "maven" => {
                let class: Vec<u8> = path.bytes().map(|b| if b == b'.' { b'/' } else { b }).collect();
                self.find(&[class.as_slice(), b".class"].concat())
            }
            _ => self.find_any(&commands::script(&there)),
        };
        found.into_iter().collect()
    }

    /// A build backend that lies in the package itself, in one of the folders its manifest names.
    fn backend(&self, manifest: NodeId, module: &str) -> Option<NodeId> {
        let content = self.tree.node(manifest).content?;
        let facts = self.tree.content(content).facts.iter();
        let folders = facts.filter(|fact| *fact.kind == ENTRY && fact.text("event") == Some("backend-path")).take(16);
        for folder in folders.filter_map(|fact| fact.text("path")) {
            let folder = paths::mount(paths::plain(folder.as_bytes()).as_ref());
            let paths: Vec<_> =
                commands::module(module.as_bytes()).into_iter().map(|path| [&folder, path.as_slice()].concat()).collect();
            if let Some(found) = self.find_any(&paths) {
                return Some(found);
            }
        }
        None
    }

    /// What ecosystems run or import without any manifest saying so.
    fn by_customs(&mut self) {
        let issued = |event: &str| self.issued.iter().any(|(_, fact)| fact.text("event") == Some(event));
        let name = &*self.draft.unit.name;
        let (file, event, phase): (Option<NodeId>, _, _) = match &*self.draft.unit.ecosystem {
            "npm" | "vscode" => {
                if !issued("install")
                    && !issued("preinstall")
                    && let Some(gyp) = self.find(b"binding.gyp")
                {
                    let fact = Fact::new(&SCRIPT, Span::default(), BY);
                    let fact = fact.with("event", "install").with("command", "node-gyp rebuild").with("phase", "install");
                    self.raise_to_install(gyp);
                    self.issue(gyp, fact);
                    self.raise_included();
                }
                let main = self.issued.iter().any(|(_, fact)| *fact.kind == ENTRY && fact.text("event") == Some("main"));
                (if main { None } else { self.find(b"index.js") }, "main", Phase::Import)
            }
            "pypi" => {
                self.raise_built();
                let module = paths::normal(name.as_bytes());
                let module = [module.as_slice(), b".py"].concat();
                (self.find_any(&[module.clone(), [b"src/", module.as_slice()].concat()]), "module", Phase::Import)
            }
            "gem" => {
                let as_path = [b"lib/".as_slice(), &name.replace('-', "/").into_bytes(), b".rb"].concat();
                let as_is = [b"lib/", name.as_bytes(), b".rb"].concat();
                (self.find_any(&[as_is, as_path]), "module", Phase::Import)
            }
            // What is handed over alone is run or imported by itself.
            "" => (self.find_alone(), "main", Phase::Import),
            _ => (None, "", Phase::Run),
        };
        let Some(file) = file else { return };
        self.raise(file, phase);
        let path = self.placements[file.0 as usize].path.clone();
        let fact = Fact::new(&ENTRY, Span::default(), BY).with("event", event).with("path", &*path).with("phase", phase.name());
        self.issue(file, fact);
    }

    /// What a `binding.gyp` may include runs with it.
    fn raise_included(&mut self) {
        let is_included = |id: &NodeId| paths::extension(paths::base(&self.placements[id.0 as usize].path)).as_slice() == b"gypi";
        let included: Vec<NodeId> = self.draft.unit.members.iter().copied().filter(is_included).collect();
        for id in included {
            self.raise_to_install(id);
        }
    }

    /// A build backend that calls CMake or Meson does so while a source distribution is installed.
    fn raise_built(&mut self) {
        const BACKENDS: [(&str, &[u8]); 4] = [
            ("scikit_build_core", b"CMakeLists.txt"),
            ("py_build_cmake", b"CMakeLists.txt"),
            ("mesonpy", b"meson.build"),
            ("mesonpep517", b"meson.build"),
        ];
        let backend = self.issued.iter().find(|(_, fact)| fact.text("event") == Some("build-backend"));
        let Some(path) = backend.and_then(|(_, fact)| fact.text("path")) else { return };
        let file = BACKENDS.iter().find(|(name, _)| path.starts_with(name)).map(|(_, file)| *file);
        if let Some(file) = file.filter(|_| !self.draft.installed).and_then(|file| self.find(file)) {
            self.raise_to_install(file);
        }
    }

    /// node-gyp runs when the package is installed, which is later than when it is built but asked for by nobody.
    fn raise_to_install(&mut self, id: NodeId) {
        if !self.draft.test {
            let placement = &mut self.placements[id.0 as usize];
            (placement.role, placement.phase) = (Role::Build, Phase::Install);
        }
    }
}

/// A fact without the text around it, to be said of another place.
fn bare(fact: &Fact) -> Fact {
    Fact { kind: fact.kind, args: fact.args.clone(), ..Fact::new(fact.kind, Span::default(), BY) }
}

/// The phase of this name.
fn phase_of(name: &str) -> Option<Phase> {
    [Phase::Build, Phase::Install, Phase::Open, Phase::Import, Phase::Run, Phase::Test]
        .into_iter()
        .find(|phase| phase.name() == name)
}
