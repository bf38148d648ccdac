//! Ways of data from file to file of a package, and constants that one file keeps and another uses.
//!
//! Bottom up, to a bounded fixed point: which parameters of a function reach which sinks, and which sources reach what it
//! gives or a name that its file offers. Then each way that begins at a source, or at what another file gives, and ends at a
//! sink, or in a call of another file, is a `flow` fact of the file of the sink. What another file does with an argument that
//! comes back is taken as passed through, as the evaluator does. Not handled: what objects keep between calls of their methods.

use crate::code::{Code, Thing};
use crate::places::BY;
use doorward_model::summary::{Argument, From, Source, To, Way};
use doorward_model::{ContentId, Fact, NodeId, Placement, Problem, ProblemKind, Site, Span, Told, Tree, Unit, Value, vocabulary};
use std::collections::BTreeMap;

/// Most rounds of the fixed point: files that a way leads through.
const ROUNDS_MAX: usize = 8;

/// Most ends that are kept of one parameter, function or name.
const ENDS_MAX: usize = 8;

/// Most flows from file to file, and constants filled in, of one package.
const FLOWS_MAX: usize = 1000;

/// Most steps that are told of one flow, and how many of them from its beginning where some are left out.
const STEPS_MAX: usize = 16;
const FIRST_STEPS: usize = 8;

/// Most steps that are joined, and most transforms of one flow.
const JOINED_MAX: usize = 64;
const TRANSFORMS_MAX: usize = 8;

/// A part of a way: what was done to the data, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Leg {
    steps: Vec<(NodeId, Span)>,
    transforms: Vec<Box<str>>,
    /// At which of the steps each transform was.
    turns: Vec<usize>,
}

/// A function or a name of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Giver {
    Function(NodeId, u32),
    Name(NodeId, Box<str>),
}

/// Sinks, by file and number, and the ways to them.
type Sinks = BTreeMap<(NodeId, u32), Leg>;

/// What is known of one package so far.
struct Flows<'t> {
    tree: &'t Tree,
    placements: &'t [Placement],
    code: &'t Code<'t>,
    /// Sinks (file and number) that a parameter reaches.
    sinks: BTreeMap<(NodeId, u32, u32), Sinks>,
    /// Sources that reach what a function gives or a name stands for.
    sources: BTreeMap<Giver, BTreeMap<Source, Leg>>,
    /// Sinks with what other files know of their arguments.
    filled: BTreeMap<(NodeId, u32), Fact>,
    issued: BTreeMap<Key, (NodeId, Fact)>,
    cut: bool,
}

/// What makes a flow one: file and span of the sink, the source, and the kind of the sink.
type Key = (NodeId, Span, Source, &'static str);

/// Adds the flows and filled-in facts of a unit to its facts.
pub(crate) fn issue(tree: &Tree, code: &Code<'_>, placements: &[Placement], unit: &mut Unit) -> Option<Problem> {
    let asks = code.files.values().any(|file| !file.summary.ways.is_empty() || !file.summary.holes.is_empty());
    if !asks {
        return None;
    }
    let mut flows = Flows {
        tree,
        placements,
        code,
        sinks: BTreeMap::new(),
        sources: BTreeMap::new(),
        filled: BTreeMap::new(),
        issued: BTreeMap::new(),
        cut: false,
    };
    flows.fill();
    let mut settled = false;
    for _ in 0..ROUNDS_MAX {
        if !flows.round() {
            settled = true;
            break;
        }
    }
    flows.join();
    let cut = flows.cut || !settled;
    let Flows { filled, issued, .. } = flows;
    unit.facts.extend(filled.into_iter().map(|((id, _), fact)| (id, fact)));
    unit.facts.extend(issued.into_values());
    let detail = format!("flows from file to file beyond {FLOWS_MAX}, or through more than {ROUNDS_MAX} files, are not told");
    cut.then(|| Problem::new(ProblemKind::Limit, detail))
}

impl<'t> Flows<'t> {
    /// Arguments that another file's constants tell.
    fn fill(&mut self) {
        for (id, file) in &self.code.files {
            for hole in &file.summary.holes {
                let Some((_, Thing::Constant(value))) = self.code.find(*id, hole.outside, false) else { continue };
                let text = match value {
                    Value::Text(text) => text.to_vec(),
                    Value::Number(number) => number.to_string().into_bytes(),
                    _ => continue,
                };
                let Some(sink) = file.summary.sinks.get(hole.sink as usize) else { continue };
                if self.filled.len() >= FLOWS_MAX {
                    self.cut = true;
                    return;
                }
                let fact = self.filled.entry((*id, hole.sink)).or_insert_with(|| Fact { by: BY.into(), ..sink.clone() });
                set(fact, &hole.arg, [hole.before.as_bytes(), text.as_slice(), hole.after.as_bytes()].concat());
            }
        }
    }

    /// One round: what the files that are used reach is reached by those that use them. Whether anything was new.
    fn round(&mut self) -> bool {
        let mut new = false;
        for (id, file) in &self.code.files {
            for way in &file.summary.ways {
                new |= self.step(*id, way);
            }
        }
        new
    }

    fn step(&mut self, id: NodeId, way: &Way) -> bool {
        let mut new = false;
        match (&way.from, &way.to) {
            (From::Param(function, at), To::Sink(sink)) => {
                new |= self.reaches((id, *function, *at), (id, *sink), leg(id, way));
            }
            (From::Param(function, at), To::Argument(..) | To::Call(..)) if !self.sinks.is_empty() => {
                for (sink, rest) in self.behind(id, &way.to) {
                    new |= self.reaches((id, *function, *at), sink, leg(id, way).then(&rest));
                }
            }
            (From::Source(source), To::Return(_) | To::Export(_)) => {
                new |= self.gives(giver(id, &way.to), (**source).clone(), leg(id, way));
            }
            (From::Outside(outside), To::Return(_) | To::Export(_)) if !self.sources.is_empty() => {
                for (source, first) in self.before(id, *outside) {
                    new |= self.gives(giver(id, &way.to), source, first.then(&leg(id, way)));
                }
            }
            _ => {}
        }
        new
    }

    fn reaches(&mut self, from: (NodeId, u32, u32), sink: (NodeId, u32), leg: Leg) -> bool {
        let known = self.sinks.entry(from).or_default();
        add(known, sink, leg)
    }

    fn gives(&mut self, giver: Option<Giver>, source: Source, leg: Leg) -> bool {
        let Some(giver) = giver else { return false };
        add(self.sources.entry(giver).or_default(), source, leg)
    }

    /// The sinks that an argument of a call reaches.
    fn behind(&self, id: NodeId, to: &To) -> Vec<((NodeId, u32), Leg)> {
        let (file, function, argument) = match to {
            To::Call(function, argument) => (id, *function, argument),
            To::Argument(outside, argument) => match self.code.find(id, *outside, true) {
                Some((file, Thing::Function(function))) => (file, function, argument),
                _ => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let Some(at) = self.position(file, function, argument) else { return Vec::new() };
        self.sinks.get(&(file, function, at)).map_or_else(Vec::new, |all| all.iter().map(|(k, v)| (*k, v.clone())).collect())
    }

    fn position(&self, file: NodeId, function: u32, argument: &Argument) -> Option<u32> {
        match argument {
            Argument::At(at) => Some(*at),
            Argument::Named(name) => {
                let params = &self.code.files.get(&file)?.summary.params;
                let (_, names) = params.iter().find(|(known, _)| *known == function)?;
                u32::try_from(names.iter().position(|known| known == name)?).ok()
            }
        }
    }

    /// The sources that a thing of another file carries.
    fn before(&self, id: NodeId, outside: u32) -> Vec<(Source, Leg)> {
        let giver = match self.code.find(id, outside, false) {
            Some((file, Thing::Function(function))) => Giver::Function(file, function),
            Some((file, Thing::Name(name))) => Giver::Name(file, name.into()),
            _ => return Vec::new(),
        };
        self.sources.get(&giver).map_or_else(Vec::new, |all| all.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// All ways that are whole.
    fn join(&mut self) {
        let code = self.code;
        for (id, file) in &code.files {
            let onwards = file.summary.ways.iter().filter(|way| !matches!(way.to, To::Return(_) | To::Export(_)));
            for way in onwards {
                let here = leg(*id, way);
                let starts: Vec<(Source, Leg)> = match &way.from {
                    From::Source(source) => vec![((**source).clone(), Leg::default())],
                    From::Outside(outside) => {
                        let mut starts = self.before(*id, *outside);
                        starts.extend(self.decoded(*id, *outside, way));
                        starts
                    }
                    From::Param(..) => continue,
                };
                if starts.is_empty() {
                    continue;
                }
                let ends: Vec<((NodeId, u32), Leg)> = match &way.to {
                    To::Sink(sink) => vec![((*id, *sink), Leg::default())],
                    to => self.behind(*id, to),
                };
                for (source, first) in &starts {
                    for (sink, last) in &ends {
                        self.flow(source, *sink, &first.clone().then(&here).then(last));
                    }
                }
            }
        }
    }

    /// A constant of another file that is decoded on its way, here or in a third file.
    fn decoded(&self, id: NodeId, outside: u32, way: &Way) -> Option<(Source, Leg)> {
        let (_, Thing::Constant(_)) = self.code.find(id, outside, false)? else { return None };
        let name = self.code.files.get(&id)?.summary.outside.get(outside as usize)?.path.clone();
        let source = Source { kind: vocabulary::DECODE.name.into(), what: Some(name) };
        if !way.transforms.is_empty() {
            return Some((source, Leg::default()));
        }
        let file = self.code.files.get(&id)?;
        let decoders = file.summary.ways.iter().filter_map(|other| match (&other.from, &other.to) {
            (From::Outside(from), To::Argument(decoder, argument)) if *from == outside => Some((*decoder, argument)),
            _ => None,
        });
        for (decoder, argument) in decoders {
            let Some((there, Thing::Function(function))) = self.code.find(id, decoder, true) else { continue };
            let at = self.position(there, function, argument);
            let ways = self.code.files.get(&there).map_or(&[][..], |file| &file.summary.ways);
            let through = ways.iter().find(|way| {
                way.to == To::Return(function)
                    && !way.transforms.is_empty()
                    && matches!(way.from, From::Param(of, param) if of == function && Some(param) == at)
            });
            if let Some(through) = through {
                return Some((source, leg(there, through)));
            }
        }
        None
    }

    fn flow(&mut self, source: &Source, (id, sink): (NodeId, u32), leg: &Leg) {
        let own = self.code.files.get(&id).and_then(|file| file.summary.sinks.get(sink as usize));
        let Some(sink) = self.filled.get(&(id, sink)).or(own) else { return };
        let Some(content) = self.tree.node(id).content else { return };
        let mut steps: Vec<(NodeId, Span)> = leg.steps.clone();
        if steps.last() != Some(&(id, sink.span)) {
            steps.push((id, sink.span));
        }
        let key = (id, sink.span, source.clone(), sink.kind.name);
        if self.issued.get(&key).is_some_and(|(_, known)| known.number("steps").is_some_and(|count| count <= steps.len() as i64))
        {
            return;
        }
        if self.issued.len() >= FLOWS_MAX && !self.issued.contains_key(&key) {
            self.cut = true;
            return;
        }
        let mut fact = Fact { kind: &vocabulary::FLOW, args: Vec::new(), steps: Vec::new(), by: BY.into(), ..sink.clone() };
        fact = fact.with("from", &*source.kind).with("to", sink.kind.name);
        if let Some(what) = &source.what {
            fact = fact.with("what", &**what);
        }
        for (name, value) in &sink.args {
            if matches!(*name, "host" | "path" | "command") {
                fact = fact.with(name, value.clone());
            }
        }
        if !leg.transforms.is_empty() {
            fact = fact.with("transforms", leg.transforms.join(","));
        }
        fact = fact.with("steps", steps.len());
        let site = |(node, span): (NodeId, Span)| {
            let at = self.tree.node(node).content;
            Site { content: at.filter(|at| *at != content), span }
        };
        let left = steps.len().saturating_sub(STEPS_MAX.saturating_sub(1));
        for (at, step) in steps.iter().enumerate() {
            if left > 1 && at == FIRST_STEPS {
                fact.way.push(Told { does: format!("skipped {left}").into(), ..Told::default() });
                fact.steps.push(site(*step));
            }
            if left > 1 && (FIRST_STEPS..FIRST_STEPS.saturating_add(left)).contains(&at) {
                continue;
            }
            let turn = leg.turns.iter().position(|turn| *turn == at);
            let does = turn.and_then(|turn| leg.transforms.get(turn)).cloned().unwrap_or_default();
            fact.way.push(Told { does, ..self.told(*step, content) });
            fact.steps.push(site(*step));
        }
        self.issued.insert(key, (id, fact));
    }

    /// The line of a step, and the file that it stands in where it is not the one of the flow.
    fn told(&self, (node, span): (NodeId, Span), content: ContentId) -> Told {
        let places = self.code.files.get(&node).map_or(&[][..], |file| &file.summary.places);
        let at = places.binary_search_by_key(&span, |(known, _)| *known).ok();
        let told = at.and_then(|at| places.get(at)).map_or_else(Told::default, |(_, told)| told.clone());
        let elsewhere = self.tree.node(node).content != Some(content);
        let file = self.placements.get(node.0 as usize).filter(|_| elsewhere);
        Told { file: file.map_or_else(Box::default, |placement| placement.path.clone()), ..told }
    }
}

fn giver(id: NodeId, to: &To) -> Option<Giver> {
    match to {
        To::Return(function) => Some(Giver::Function(id, *function)),
        To::Export(name) => Some(Giver::Name(id, name.clone())),
        _ => None,
    }
}

fn leg(id: NodeId, way: &Way) -> Leg {
    Leg {
        steps: way.steps.iter().map(|span| (id, *span)).collect(),
        transforms: way.transforms.to_vec(),
        turns: way.turns.iter().map(|turn| *turn as usize).collect(),
    }
}

impl Leg {
    /// This part, and another behind it.
    fn then(mut self, rest: &Self) -> Self {
        // Where each step of the rest stands now.
        let mut places = Vec::with_capacity(rest.steps.len());
        for step in &rest.steps {
            if self.steps.len() < JOINED_MAX && self.steps.last() != Some(step) {
                self.steps.push(*step);
            }
            places.push(self.steps.len().saturating_sub(1));
        }
        for (at, transform) in rest.transforms.iter().enumerate() {
            if self.transforms.len() < TRANSFORMS_MAX && self.transforms.last() != Some(transform) {
                self.transforms.push(transform.clone());
                let turn = rest.turns.get(at).and_then(|turn| places.get(*turn)).copied();
                self.turns.push(turn.unwrap_or(usize::MAX));
            }
        }
        self
    }
}

/// Keeps the first way to an end. Whether the end is new.
fn add<K: Ord>(known: &mut BTreeMap<K, Leg>, key: K, leg: Leg) -> bool {
    if known.contains_key(&key) || known.len() >= ENDS_MAX {
        return false;
    }
    known.insert(key, leg);
    true
}

/// Sets an argument, and the host that a URL names.
fn set(fact: &mut Fact, name: &str, text: Vec<u8>) {
    let host = host(&text).filter(|_| name == "url" || name == "host");
    let kind = fact.kind;
    let known = |name: &str| kind.args.iter().find(|(known, _)| *known == name).map(|(known, _)| *known);
    let mut put = |name: &str, text: &[u8]| {
        if let Some(name) = known(name) {
            fact.args.retain(|(known, _)| *known != name);
            fact.args.push((name, text.into()));
        }
    };
    match &host {
        Some(host) => {
            put("url", &text);
            put("host", host);
        }
        None => put(name, &text),
    }
}

/// The host of a URL.
fn host(url: &[u8]) -> Option<Vec<u8>> {
    let url = std::str::from_utf8(url).ok()?;
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host =
        host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())).map_or(host, |(host, _)| host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_join_within_bounds() {
        let at = |start: u64| (NodeId(0), Span::new(start, start + 1));
        let one = Leg { steps: (0..10).map(at).collect(), transforms: vec!["base64".into()], turns: vec![3] };
        let two = Leg { steps: (9..100).map(at).collect(), transforms: vec!["base64".into(), "zlib".into()], turns: vec![0, 1] };
        let both = one.then(&two);
        assert_eq!(both.steps, (0..64).map(at).collect::<Vec<_>>());
        assert_eq!(both.transforms, ["base64".into(), "zlib".into()] as [Box<str>; 2]);
        assert_eq!(both.turns, [3, 10]);
    }

    #[test]
    fn hosts_of_urls() {
        for (url, expected) in [
            ("https://A.example.test/x?y", Some("a.example.test")),
            ("http://u:p@b.example.test:8080", Some("b.example.test")),
            ("wss://[::1]:80/", Some("[::1]")),
            ("example.test", None),
            ("https:///x", None),
        ] {
            assert_eq!(host(url.as_bytes()).as_deref(), expected.map(str::as_bytes), "{url}");
        }
    }
}
