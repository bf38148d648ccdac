//! Guards: the tests that facts depend on, reduced to what they ask (platform, date, place, chance). A test with its own branch
//! guards what the branch reaches, one that leaves early what comes after it.
//!
//! Not handled: tests in other functions whose result comes back as a plain number, and guards made of exceptions.

use super::emit::{self, Emitter};
use super::machine::Machine;
use super::values::{Origin, Shape, Tag, Value};
use crate::neutral::{At, Expr, What};
use doorward_model::{Site, Value as Seen, vocabulary as kinds};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Most facts that one test is said to guard.
const GUARDED_MAX: usize = 256;

/// Most parts of one test.
const PARTS_MAX: usize = 16;

/// Calls whose answer is about a file.
const FILE_TESTS: [&str; 8] = [
    "os.path.exists",
    "os.path.isfile",
    "os.path.isdir",
    "fs.existsSync",
    "fs.accessSync",
    "fs.access",
    "fs.statSync",
    "pathlib.Path().exists",
];

impl<'m> Machine<'m, '_> {
    /// A test decides whether what was reached since `from` is reached.
    pub(crate) fn guard(&mut self, test: &'m Expr<'m>, from: usize) {
        let mut parts = vec![test];
        let mut at = 0_usize;
        while let Some(part) = parts.get(at).copied() {
            at = at.saturating_add(1);
            if at > PARTS_MAX {
                break;
            }
            let operands: &'m [Expr<'m>] = match &part.what {
                What::Op(_, operands) => operands,
                What::Call(callee, operands, _) => {
                    parts.push(callee);
                    self.guard_by_file(test, callee, operands, from);
                    operands
                }
                What::Member(object, _) => {
                    parts.push(object);
                    &[]
                }
                _ => &[],
            };
            let compares = matches!(&part.what, What::Op(op, _) if !matches!(*op, "and" | "or" | "&&" | "||" | "!" | "not"));
            let values: Vec<Value> = match compares || operands.is_empty() {
                true if compares => operands.iter().map(|operand| self.value(operand)).collect(),
                _ => vec![self.value(part)],
            };
            let mut on: BTreeSet<&'static str> = values.iter().flat_map(Value::origins).filter_map(guarded).collect();
            // How old a file is says nothing of today.
            if on.contains("age") {
                on.remove("date");
            }
            for on in on {
                let constant = values.iter().find(|value| !value.has_origins()).and_then(|value| emit::seen("value", value));
                self.say_guard(test, on, constant, from);
            }
            if !compares {
                parts.extend(operands);
            }
        }
    }

    /// Whether a file is there.
    fn guard_by_file(&mut self, test: &'m Expr<'m>, callee: &'m Expr<'m>, operands: &'m [Expr<'m>], from: usize) {
        let Shape::Api(node) = self.value(callee).shape else { return };
        if FILE_TESTS.iter().any(|name| self.tree.find(name) == Some(node)) {
            let path = operands.first().map(|operand| self.value(operand));
            let path = path.as_ref().and_then(|path| emit::seen("value", path));
            self.say_guard(test, "file", path, from);
        }
    }

    fn say_guard(&mut self, test: &Expr<'_>, on: &'static str, value: Option<Seen>, from: usize) {
        let mut fact = self.out.fact(&kinds::GUARD, &test.at).with("on", on);
        if let Some(value) = value {
            fact = fact.with("value", value);
        }
        let spans: BTreeSet<_> = self.out.depend(from, on);
        fact.steps = spans.into_iter().take(8).map(|span| Site { content: None, span }).collect();
        self.out.push(fact);
    }
}

impl Emitter {
    /// What was reached since `from` depends on this; gives the places.
    fn depend(&mut self, from: usize, on: &'static str) -> BTreeSet<doorward_model::Span> {
        let reached: BTreeSet<usize> = self.reached.get(from..).unwrap_or_default().iter().copied().collect();
        let mut spans = BTreeSet::new();
        for at in reached.into_iter().take(GUARDED_MAX) {
            let Some(fact) = self.facts.get_mut(at) else { continue };
            spans.insert(fact.span);
            if !fact.kind.args.iter().any(|(name, _)| *name == "guard") {
                continue;
            }
            let known = fact.text("guard").unwrap_or_default().to_owned();
            let mut all: BTreeSet<&str> = known.split(',').filter(|known| !known.is_empty()).collect();
            if all.insert(on) {
                let all: Vec<&str> = all.into_iter().collect();
                fact.args.retain(|(name, _)| *name != "guard");
                fact.args.push(("guard", all.join(",").into()));
            }
        }
        spans
    }
}

/// Whether an origin decides but is never worth sending: the time, and chance.
pub(super) fn is_weak(origin: &Origin) -> bool {
    origin.kind == &kinds::HOST_READ && matches!(origin.what.as_deref(), Some("date" | "random" | FILE_TIME))
}

/// When a file was made or changed, as an origin.
const FILE_TIME: &str = "file-time";

/// Whether a member is the time of a file, in what the system says of one (`os.stat`, `fs.Stats`, `File` of browsers).
pub(super) fn is_file_time(name: &str) -> bool {
    matches!(
        name,
        "mtime"
            | "mtimeMs"
            | "ctime"
            | "ctimeMs"
            | "atime"
            | "atimeMs"
            | "birthtime"
            | "birthtimeMs"
            | "lastModified"
            | "st_mtime"
            | "st_ctime"
            | "st_atime"
            | "getmtime"
            | "getctime"
            | "getatime"
    )
}

/// What hangs on the time of a file.
pub(super) fn file_time(at: &At) -> Rc<Tag> {
    emit::origin(&kinds::HOST_READ, Some(FILE_TIME.into()), (at.start, at.end))
}

/// What hangs on a value, without what only decides.
pub(super) fn lasting(tag: Option<Rc<Tag>>) -> Option<Rc<Tag>> {
    without(tag, is_weak)
}

/// What hangs on an answer of yes or no: what a test may ask for, and nothing that is worth sending.
pub(super) fn deciding(tag: Option<Rc<Tag>>) -> Option<Rc<Tag>> {
    without(tag, |origin| guarded(origin).is_none())
}

/// What hangs on one variable of the environment, which is not the whole of it.
pub(super) fn of_one(tag: Option<Rc<Tag>>) -> Option<Rc<Tag>> {
    without(tag, |origin| origin.kind == &kinds::ENV_READ && matches!(origin.what.as_deref(), None | Some("all")))
}

/// What hangs on the variable of a key: who goes through all names has all of the environment.
pub(super) fn of_key(tag: Option<Rc<Tag>>, key: &Value) -> Option<Rc<Tag>> {
    let is_any = key.origins().iter().any(|origin| *origin.kind == kinds::ENV_READ && origin.outer.is_none());
    if is_any { tag } else { of_one(tag) }
}

fn without(tag: Option<Rc<Tag>>, is_left: impl Fn(&Origin) -> bool) -> Option<Rc<Tag>> {
    let tag = tag?;
    if !tag.origins.iter().any(&is_left) {
        return Some(tag);
    }
    let mut kept = (*tag).clone();
    kept.origins.retain(|origin| !is_left(origin));
    Some(Rc::new(kept))
}

/// What a test on data of this origin asks for.
fn guarded(origin: &Origin) -> Option<&'static str> {
    let what = origin.what.as_deref().unwrap_or_default();
    Some(match (origin.kind.name, what) {
        ("host.read", "os") => "platform",
        ("host.read", "user") => "user",
        ("host.read", "hostname" | "address" | "processes") => "host",
        ("host.read", "date") => "date",
        ("host.read", FILE_TIME) => "age",
        ("host.read", "random") => "random",
        ("host.read", "agent") => "agent",
        ("host.read", "locale") => "locale",
        ("host.read", "debugger") => "debugger",
        ("host.read", "arguments") => "argument",
        ("env.read", "CI" | "GITHUB_ACTIONS" | "TRAVIS" | "GITLAB_CI" | "JENKINS_URL") => "ci",
        ("env.read", "USER" | "USERNAME" | "LOGNAME") => "user",
        ("env.read", "LANG" | "LC_ALL" | "LC_CTYPE" | "LANGUAGE" | "TZ") => "locale",
        ("env.read", "HOSTNAME" | "COMPUTERNAME" | "USERDOMAIN") => "host",
        ("net.receive", "header" | "request") => "request",
        ("net.receive", _) => "answer",
        ("clipboard.read", _) => "clipboard",
        ("secret.read", "cookie" | "browser") => "user",
        _ => return None,
    })
}
