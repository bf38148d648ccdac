//! From calls to facts: one for each meaningful call, and one for each way from a source to a sink.

use super::apis::{Argument, Row, is_sink};
use super::arguments::{ARGUMENT_BYTES_MAX, bytes_as_text, kept, text_of};
pub(crate) use super::arguments::{about, argument, plain, seen};
use super::budget::Budget;
use super::carried::Files;
use super::checks;
use super::files::Written;
use super::guards;
use super::hosts::with_url;
use super::join::Join;
use super::machine::{Args, Machine};
use super::paths;
use super::payloads::Payloads;
use super::reach::Reach;
use super::values::{Origin, STEPS_MAX, Shape, Tag, Value, merge};
use super::written::written;
use crate::languages::Language;
use crate::neutral::At;
use doorward_model::{Fact, FactKind, Site, Span, Summary, Told, vocabulary as kinds};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Most facts of one content.
const FACTS_MAX: usize = 4000;

/// Most times that facts are noted as reached.
const REACHED_MAX: usize = 1 << 16;

/// Most facts of one kind at one place.
const VARIANTS_MAX: usize = 4;

/// Bytes as written of a text that a file may be made of.
const ONE_TEXT_BYTES: usize = 4096;

/// Most pieces of code inside each other.
pub(crate) const LAYERS_MAX: u32 = 8;

/// A way: place and kind of the sink, kind and name of the source.
type Way = (u64, u64, &'static str, &'static str, Option<Rc<str>>);

/// What is shared by a file and the code that it decodes and runs.
pub(crate) struct Emitter {
    /// Name of the observer.
    pub by: &'static str,
    /// The steps that may be taken.
    pub budget: Budget,
    /// The function that runs.
    pub function: u32,
    /// Something was too deep to follow.
    pub too_deep: bool,
    /// Where code begins that only its own runtime can read.
    pub sealed: Option<At>,
    /// Bytes of the longest text, and where it stands.
    pub longest: (usize, At),
    /// Where the code stands that is run now, if it is not the file itself.
    pub site: Option<(u32, u32)>,
    /// How many pieces of code are inside each other.
    pub layers: u32,
    /// Codes that were run.
    pub codes: BTreeSet<Rc<str>>,
    /// A named pipe was made.
    pub has_pipe: bool,
    /// What files hold that were written.
    pub files: BTreeMap<Box<str>, Value>,
    /// What commands wrote that were run before.
    pub written: BTreeMap<(Language, Rc<str>), Value>,
    /// How often a fact was kept, or told more than one before.
    pub said: u64,
    /// Names of the functions of the file.
    pub functions: Vec<Box<str>>,
    /// What is a content of its own.
    pub payloads: Payloads,
    /// All facts so far.
    pub(super) facts: Vec<Fact>,
    places: BTreeMap<(&'static str, u64, u64), Vec<usize>>,
    flows: BTreeMap<Way, usize>,
    imports: BTreeSet<Box<str>>,
    /// Facts that were or might have been reached, in the order of the run.
    pub reached: Vec<usize>,
    /// The function of the platform whose replacement runs now.
    pub hooked: Option<Rc<str>>,
    /// What came from the network and was checked.
    pub checked: Vec<checks::Source>,
    /// Paths to which a secret was copied.
    pub copies: Vec<(Rc<str>, &'static str)>,
    /// Files that the program wrote and may run.
    pub programs: Vec<Written>,
    /// Which functions run when.
    pub reach: Reach,
    /// What is asked of other files.
    pub join: Join,
    /// What is written to files, and what is run.
    carried: Files,
}

impl Emitter {
    /// For a source of this many bytes.
    pub(crate) fn new(by: &'static str, len: usize) -> Self {
        Self {
            by,
            budget: Budget::of(len),
            function: 0,
            too_deep: false,
            sealed: None,
            longest: (0, 0..0),
            site: None,
            layers: 0,
            codes: BTreeSet::new(),
            has_pipe: false,
            files: BTreeMap::new(),
            written: BTreeMap::new(),
            said: 0,
            functions: Vec::new(),
            payloads: Payloads::default(),
            facts: Vec::new(),
            places: BTreeMap::new(),
            flows: BTreeMap::new(),
            imports: BTreeSet::new(),
            reached: Vec::new(),
            hooked: None,
            checked: Vec::new(),
            copies: Vec::new(),
            programs: Vec::new(),
            reach: Reach::default(),
            join: Join::default(),
            carried: Files::default(),
        }
    }

    /// Code takes care that it is not read.
    pub(crate) fn hides(&mut self, how: &'static str, at: &At) {
        self.budget.open();
        let fact = self.fact(&kinds::HIDE, at).with("how", how);
        self.push(fact);
    }

    /// A text of so many bytes stands here.
    pub(crate) fn holds(&mut self, len: usize, at: &At) {
        if len > self.longest.0 && self.layers == 0 {
            self.longest = (len, at.clone());
        }
    }

    /// Says what is odd about the texts of a source of so many bytes.
    pub(crate) fn told_of_texts(&mut self, len: usize) {
        let (_, at) = self.longest.clone();
        let (Ok(start), Ok(end)) = (usize::try_from(at.start), usize::try_from(at.end)) else { return };
        let text = self.payloads.source.get(start..end).unwrap_or_default();
        // Text that is there to be read has blanks.
        let blanks = text.iter().filter(|byte| byte.is_ascii_whitespace()).count();
        if text.len() >= ONE_TEXT_BYTES
            && text.len().saturating_mul(10) >= len.saturating_mul(9)
            && blanks.saturating_mul(50) < text.len()
        {
            let fact = self.fact(&kinds::HIDE, &at).with("how", "one-text");
            self.push(fact);
        }
    }

    /// How many facts were reached so far.
    pub(crate) fn guard_starts(&self) -> usize {
        self.reached.len()
    }

    /// What other files may want to know.
    pub(crate) fn summary(&mut self) -> Summary {
        let whole = self.budget.steps > 0 && !self.too_deep && !self.reach.cut;
        let mut summary = Summary { whole, calls: self.reach.calls(), program: self.reach.program, ..Summary::default() };
        self.join.finish(&mut summary);
        summary
    }

    /// Runs code that is made of a text at a place.
    pub(crate) fn inside<T>(&mut self, at: &At, run: impl FnOnce(&mut Self) -> T) -> T {
        let site = self.site;
        self.site = Some(site.unwrap_or((at.start, at.end)));
        self.layers = self.layers.saturating_add(1);
        let function = self.function;
        let value = run(self);
        self.function = function;
        self.layers = self.layers.saturating_sub(1);
        self.site = site;
        value
    }

    /// All facts.
    pub(crate) fn facts(mut self) -> Vec<Fact> {
        for (origin, run) in std::mem::take(&mut self.carried).ways() {
            self.flow(&origin, &run);
        }
        self.facts
    }

    fn span(&self, at: &At) -> Span {
        let (start, end) = self.site.unwrap_or((at.start, at.end));
        Span::new(start.into(), end.into())
    }

    pub(crate) fn fact(&self, kind: &'static FactKind, at: &At) -> Fact {
        let mut fact = Fact::new(kind, self.span(at), self.by);
        fact.function = self.function;
        fact
    }

    pub(crate) fn imported(&mut self, module: &str, at: &At) {
        if self.imports.len() < 1000 && module.len() <= ARGUMENT_BYTES_MAX && self.imports.insert(module.into()) {
            let fact = self.fact(&kinds::PACKAGE_IMPORT, at).with("module", module);
            self.push(fact);
        }
    }

    /// Keeps a fact, unless one of the same place says as much.
    pub(crate) fn push(&mut self, fact: Fact) {
        if self.facts.len() >= FACTS_MAX {
            return;
        }
        let kind = fact.kind;
        let known = self.places.entry((kind.name, fact.span.start, fact.span.end)).or_default();
        let mut found = None;
        for at in known.iter().copied() {
            let Some(old) = self.facts.get_mut(at) else { continue };
            if fact.args.iter().all(|arg| old.args.contains(arg)) {
                found = Some(at);
                break;
            }
            if old.args.iter().all(|arg| arg.0 == "guard" || fact.args.contains(arg)) {
                replace(old, fact.clone());
                self.said = self.said.saturating_add(1);
                found = Some(at);
                break;
            }
        }
        let at = match found {
            Some(at) => at,
            None if known.len() < VARIANTS_MAX => {
                self.said = self.said.saturating_add(1);
                known.push(self.facts.len());
                self.facts.push(fact);
                self.facts.len().saturating_sub(1)
            }
            None => return,
        };
        if is_sink(kind) {
            self.reach_fact(at);
        }
    }

    /// A fact that tests may guard was reached, maybe once more.
    fn reach_fact(&mut self, at: usize) {
        if self.reached.len() < REACHED_MAX && self.reached.last() != Some(&at) {
            self.reached.push(at);
        }
    }

    /// Where a fact stands, as steps have it.
    pub(crate) fn site_of(&self, fact: &Fact) -> (u32, u32) {
        (u32::try_from(fact.span.start).unwrap_or(0), u32::try_from(fact.span.end).unwrap_or(0))
    }

    pub(crate) fn flow(&mut self, origin: &Origin, sink: &Fact) {
        if guards::is_weak(origin) {
            return;
        }
        let key = (sink.span.start, sink.span.end, origin.kind.name, sink.kind.name, origin.what.clone());
        let mut steps = origin.steps.clone();
        let here = self.site_of(sink);
        if steps.last() != Some(&here) {
            steps.push(here);
        }
        if let Some(at) = self.flows.get(&key).copied()
            && self.facts.get(at).is_some_and(|known| known.steps.len() <= steps.len())
        {
            return self.reach_fact(at);
        }
        let count = steps.len();
        self.said = self.said.saturating_add(1);
        let mut fact = Fact { args: Vec::new(), steps: Vec::new(), ..sink.clone() };
        fact.kind = &kinds::FLOW;
        fact = fact.with("from", origin.kind.name).with("to", sink.kind.name);
        if let Some(what) = &origin.what {
            fact = fact.with("what", plain(what));
        }
        if let Some(path) = &origin.path {
            fact = fact.with("source", plain(path));
        }
        for (name, value) in &sink.args {
            if matches!(*name, "host" | "path" | "command") {
                fact = fact.with(name, text_of(value).unwrap_or_default());
            }
        }
        let checked = checks::is_checked(&self.checked, origin).then_some("checked");
        let transforms: Vec<&str> = origin.transforms.iter().copied().chain(checked).collect();
        if !transforms.is_empty() {
            fact = fact.with("transforms", transforms.join(","));
        }
        fact = fact.with("steps", count);
        let does = |at: usize| origin.turns.iter().zip(&origin.transforms).find(|(turn, _)| **turn == at).map(|(_, does)| *does);
        // Steps beyond the bound were not kept: the way says so, and ends where it ends.
        let gap = (count > STEPS_MAX).then_some(STEPS_MAX.saturating_sub(2));
        for (at, (start, end)) in steps.into_iter().enumerate() {
            if gap.is_some_and(|gap| at > gap && at.saturating_add(1) < count) {
                continue;
            }
            let does = if gap == Some(at) { "skipped" } else { does(at).unwrap_or_default() };
            fact.way.push(Told { does: does.into(), ..Told::default() });
            fact.steps.push(Site { content: None, span: Span::new(start.into(), end.into()) });
        }
        match self.flows.get(&key).copied() {
            Some(at) => {
                if let Some(old) = self.facts.get_mut(at) {
                    replace(old, fact);
                }
                self.reach_fact(at);
            }
            None if self.facts.len() < FACTS_MAX => {
                let at = self.facts.len();
                self.flows.insert(key, at);
                self.facts.push(fact);
                self.reach_fact(at);
            }
            None => {}
        }
    }
}

/// A fact that says more takes the place of another, and keeps the tests around it.
fn replace(old: &mut Fact, fact: Fact) {
    let guard = old.args.iter().find(|(name, _)| *name == "guard").cloned();
    *old = fact;
    old.args.extend(guard.filter(|_| old.arg("guard").is_none()));
}

/// The secrets that are in a file of which the path came out of what packed them.
fn packed(row: &'static Row, args: &Args<'_>) -> Option<Rc<Tag>> {
    let (_, from) = row.args.iter().find(|(name, _)| *name == "path")?;
    let tag = argument(from, args).filter(|path| path.as_text().is_none())?.tag.as_ref()?;
    let origins: Vec<_> = tag.origins.iter().filter(|origin| origin.kind == &kinds::SECRET_READ).cloned().collect();
    (!origins.is_empty()).then(|| Rc::new(Tag { origins, ..Tag::default() }))
}

/// A tag with one source.
pub(crate) fn origin(kind: &'static FactKind, what: Option<Rc<str>>, site: (u32, u32)) -> Rc<Tag> {
    let origin = Origin::new(kind, what, vec![site]);
    Rc::new(Tag { origins: vec![origin], ..Tag::default() })
}

impl<'m> Machine<'m, '_> {
    /// Says what a call or mention of an API does; gives the value with what it carries from here.
    pub(crate) fn say(&mut self, row: &'static Row, owner: Option<&Value>, args: &Args<'m>, at: &At, mut value: Value) -> Value {
        let kind = self.kind_of(row, args);
        let described = kind.or(row.gives);
        let mut what = None;
        if let Some(kind) = described {
            let mut fact = self.describe(kind, row, owner, args, at);
            what = ["name", "what", "path", "url", "host"].iter().find_map(|name| fact.arg(name)).and_then(text_of).map(Rc::from);
            if what.is_none() && kind.name == "env.read" && row.args.iter().all(|(_, from)| argument(from, args).is_none()) {
                what = Some("all".into());
            }
            if kind.name == "file.write"
                && let Some(text) = written(row, args)
            {
                fact = fact.with("text", text);
            }
            if kind.name == "file.read" || kind.name == "file.write" {
                self.say_path(&mut fact, args);
            }
            if Some(kind.name) == self.kind_of(row, args).map(|kind| kind.name) {
                self.say_call(row, &fact, owner, args);
                if kind.name == "process.spawn" && !self.language.is_shell() {
                    value = self.run_command(row, args, at, value);
                }
            }
            if kind.name == "file.read" {
                value = value.tagged(self.read_back(&fact)).tagged(packed(row, args));
            }
        }
        let reads = described.is_some_and(|kind| kind.name == "file.read");
        let secret = what.as_deref().filter(|_| reads).and_then(|path| self.secret(path));
        let gives = row.gives.or_else(|| kind.filter(|kind| kind.name == "file.read"));
        if let Some(gives) = gives {
            let is_file = gives.name == "file.read";
            let kind = if is_file && secret.is_some() { &kinds::SECRET_READ } else { gives };
            if !(is_file
                && kind.name == "file.read"
                && row.gives.is_none()
                && self.kind_of(row, args).is_some_and(|kind| kind.name == "file.write"))
            {
                let site = self.out.site.unwrap_or((at.start, at.end));
                let (what, path) = match secret.filter(|_| is_file) {
                    Some(secret) => (Some(secret.into()), what),
                    None => (what, None),
                };
                let own = self.kind_of(row, args).map(|kind| kind.name);
                let latent = kind.name == "net.receive" && matches!(own, None | Some("net.connect" | "net.listen"));
                let steps = vec![site];
                let origin = Origin { path, latent, ..Origin::new(kind, what, steps) };
                let tag = Rc::new(Tag { origins: vec![origin], ..Tag::default() });
                if kind.name == "net.receive" && self.language == Language::JavaScript {
                    self.may_throw(row, &tag);
                }
                value = value.tagged(Some(tag));
            }
        }
        // A path of the environment keeps its name, so that what is built with it keeps its meaning.
        if gives.is_some_and(|kind| kind.name == "env.read") && matches!(value.shape, Shape::Computed) {
            let name = argument(&[Argument::At(0)], args).and_then(Value::known_text);
            let text = match name.map(|name| &**name) {
                Some("HOME" | "USERPROFILE") => "~".to_owned(),
                Some(name @ ("APPDATA" | "LOCALAPPDATA" | "TEMP" | "PROGRAMDATA")) => format!("%{name}%"),
                _ => super::values::hole(),
            };
            value.shape = Shape::Text(text.into());
        }
        if let Shape::Api(_) = value.shape {
            let about = about(row, args);
            if !about.is_empty() {
                value.tag = merge(Some(Rc::new(Tag { about, ..Tag::default() })), value.tag);
            }
            if let Some(owner) = owner.and_then(|owner| owner.tag.clone()) {
                value.tag = merge(value.tag, Some(Rc::new(Tag { origins: Vec::new(), ..(*owner).clone() })));
            }
        }
        value
    }

    /// The kind of a call; opening a file is reading or writing by its mode.
    fn kind_of(&self, row: &'static Row, args: &Args<'m>) -> Option<&'static FactKind> {
        let kind = row.kind?;
        if kind.name == "file.read" && self.tree.find(row.name).is_some_and(|node| self.tree.node(node).builtin == Some("open")) {
            let mode = args.get(1).or_else(|| args.named.iter().find(|(name, _)| *name == "mode").map(|(_, value)| value));
            if mode.and_then(Value::known_text).is_some_and(|mode| mode.contains(['w', 'a', 'x', '+'])) {
                return Some(&kinds::FILE_WRITE);
            }
        }
        Some(kind)
    }

    fn describe(&mut self, kind: &'static FactKind, row: &'static Row, owner: Option<&Value>, args: &Args<'m>, at: &At) -> Fact {
        let mut fact = self.out.fact(kind, at);
        let has = |fact: &Fact, name: &str| kind.args.iter().any(|(known, _)| *known == name) && fact.arg(name).is_none();
        for (name, from) in row.args {
            if *name == "host" || *name == "url" || !has(&fact, name) {
                continue;
            }
            let value = argument(from, args).and_then(|value| match super::layers::line(name, value, args) {
                Some(line) => seen(name, &line),
                None => seen(name, value).or_else(|| kept(name, value)),
            });
            if let Some(value) = value {
                fact = fact.with(name, value);
            }
        }
        for (name, from) in row.args {
            let Some(value) = argument(from, args) else { continue };
            match (*name, &value.shape) {
                ("url" | "host", Shape::List(values)) if values.len() >= 2 => {
                    if let Some(host) = values.first().and_then(|value| seen("host", value)).filter(|_| has(&fact, "host")) {
                        fact = fact.with("host", host);
                    }
                    if let Some(port) = values.get(1).and_then(Value::int).filter(|_| has(&fact, "port")) {
                        fact = fact.with("port", port);
                    }
                }
                ("url" | "host", _) => {
                    let kept = || super::unasked::kept_address(value);
                    let Some(text) = value.as_text().cloned().or_else(|| bytes_as_text(value)).or_else(kept) else { continue };
                    fact = with_url(fact, name, &text);
                }
                _ => {}
            }
        }
        for (name, value) in row.says {
            if has(&fact, name) {
                fact = fact.with(name, *value);
            }
        }
        for (name, value) in owner.and_then(|owner| owner.tag.as_ref()).map_or(&[][..], |tag| &tag.about) {
            if *name == "url" || *name == "host" {
                fact = with_url(fact, name, value);
            } else if has(&fact, name) && matches!(*name, "path" | "port" | "key") {
                fact = fact.with(name, plain(value));
            }
        }
        fact
    }

    fn say_call(&mut self, row: &'static Row, fact: &Fact, owner: Option<&Value>, args: &Args<'m>) {
        if fact.kind.name == "process.spawn"
            && let Some(how) = fact.text("command").and_then(paths::command_persists)
        {
            let mut persist = Fact { kind: &kinds::PERSIST, args: Vec::new(), ..fact.clone() };
            persist = persist.with("how", how).with("path", fact.text("command").unwrap_or_default());
            self.out.push(persist);
        }
        if fact.kind.name == "registry.write" && fact.text("key").is_some_and(paths::is_run_key) {
            let mut persist = Fact { kind: &kinds::PERSIST, args: Vec::new(), ..fact.clone() };
            persist = persist.with("how", "run-key").with("path", fact.text("key").unwrap_or_default());
            self.out.push(persist);
        }
        self.out.push(fact.clone());
        if is_sink(fact.kind) {
            self.say_flows(row, fact, args);
            self.out.carried.runs(fact);
            match fact.kind.name {
                "file.write" | "net.receive" => self.wrote(row, fact, owner, args),
                "process.spawn" | "code.load" => self.started(fact),
                "file.execute" if row.name != "os.chmod" => self.started(fact),
                _ => {}
            }
            self.say_holes(row, fact, args);
        }
        self.give_payload(row, fact, args);
    }

    fn say_flows(&mut self, row: &'static Row, fact: &Fact, args: &Args<'m>) {
        let Some(tag) = self.taken(row, args) else { return };
        let run = super::runs::run_by(row, fact, args);
        // What is asked of the net goes out in its address.
        let out = if fact.kind.name == "net.receive" { Fact { kind: &kinds::NET_SEND, ..fact.clone() } } else { fact.clone() };
        for origin in &tag.origins {
            // What a fixed program is told as data does not run.
            let is_data = || run.as_ref().is_some_and(|run| !run.has(origin));
            if (origin.outer.is_some() || origin.kind.name == "net.receive") && is_data() {
                continue;
            }
            if super::runs::asks_itself(row, fact, args, origin) {
                continue;
            }
            if origin.outer.is_some() {
                if self.out.layers == 0 {
                    self.out.join.reaches_sink(origin, &out);
                }
                continue;
            }
            if origin.kind.name == "net.receive" && fact.kind.name == "net.receive" {
                continue;
            }
            self.out.flow(origin, &out);
            self.out.carried.keeps(origin, fact);
        }
    }
}
