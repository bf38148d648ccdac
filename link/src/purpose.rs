//! What is odd about a package as a whole: a name that looks like another's, a version that wins over all, the home of another
//! package, nothing inside but what runs at installation.
//!
//! Each is said of the manifest and of the package's code, because what a file does is judged beside it. A
//! package without a manifest has the name of its folder or archive, where that ends in a version.
//!
//! Not handled: what a package's description says, and copies of another package's files without its name.

use crate::{names, paths, places::BY, spaces::Spaces, strangers, units::Draft, units::Joined};
use doorward_model::{
    Content, Fact, NodeId, Phase, Placement, Problem, ProblemKind, Role, Site, Span, Tree,
    vocabulary::{DEPENDENCY, NAME_LIKE, PACKAGE, PACKAGE_CLONE, PACKAGE_EMPTY, PACKAGE_HOME, SCRIPT, VERSION_ABSURD},
};
use std::collections::HashMap;

/// Most files of a package that are told what is said of it.
const TOLD_MAX: usize = 64;

/// Most different names that are compared in one audit: each costs a look at some thousands.
const COMPARED_MAX: usize = 20_000;

/// A file with fewer bytes of code does nothing.
const CODE_BYTES_MIN: u64 = 64;

/// Adds to the units' facts what is odd about each, and gives what went beyond a limit.
pub(crate) fn tell(
    tree: &Tree,
    spaces: &Spaces<'_>,
    groups: &[&'static str],
    placements: &[Placement],
    joined: &mut Joined,
) -> Vec<(NodeId, Problem)> {
    let mut compared = Compared::default();
    let mut problems = Vec::new();
    for draft in &mut joined.drafts {
        if draft.test || names::of(&draft.unit.ecosystem).is_none() {
            continue;
        }
        let whole = Whole { tree, spaces, groups, placements, draft };
        let told = whole.tell(&mut compared);
        let (name, _) = whole.identity();
        let strangers = if whole.said().is_some() { strangers::tell(tree, &draft.unit, placements, &name) } else { Vec::new() };
        draft.unit.facts.extend(told);
        draft.unit.facts.extend(strangers);
        if compared.cut {
            let detail = format!("more than {COMPARED_MAX} names of packages: the rest is not compared with popular ones");
            problems.push((draft.unit.base, Problem::new(ProblemKind::FactsCapped, detail)));
            break;
        }
    }
    problems
}

/// Names that were compared already.
#[derive(Default)]
struct Compared {
    known: HashMap<(Box<str>, Box<str>), Option<names::Like>>,
    cut: bool,
}

impl Compared {
    fn like(&mut self, ecosystem: &str, name: &str) -> Option<names::Like> {
        if names::is_popular(ecosystem, name) {
            return None;
        }
        if let Some(known) = self.known.get(&(ecosystem.into(), name.into())) {
            return *known;
        }
        if self.known.len() >= COMPARED_MAX {
            self.cut = true;
            return None;
        }
        let like = names::like(ecosystem, name);
        self.known.insert((ecosystem.into(), name.into()), like);
        like
    }
}

/// One package and all around it.
struct Whole<'w> {
    tree: &'w Tree,
    spaces: &'w Spaces<'w>,
    groups: &'w [&'static str],
    placements: &'w [Placement],
    draft: &'w Draft,
}

impl<'w> Whole<'w> {
    /// All facts about the package, each at the places that it is said of.
    fn tell(&self, compared: &mut Compared) -> Vec<(NodeId, Fact)> {
        let unit = &self.draft.unit;
        let said = self.said();
        let (name, version) = self.identity();
        let at = said.map_or(Span::default(), |(_, fact)| fact.span);
        let about =
            |kind| Fact { anchor: said.map(|(_, fact)| fact.anchor.clone()).unwrap_or_default(), ..Fact::new(kind, at, BY) };
        let mut facts = Vec::new();
        if let Some(like) = compared.like(&unit.ecosystem, &name) {
            let fact = about(&NAME_LIKE).with("name", &*name).with("popular", like.popular).with("how", like.how);
            facts.push(fact.with("of", "package"));
        }
        if is_absurd(&version) {
            facts.push(about(&VERSION_ABSURD).with("version", &*version));
        }
        if let Some(files) = self.runs_only_at_installation() {
            facts.push(about(&PACKAGE_EMPTY).with("files", files));
        }
        facts.extend(self.cloned(&name));
        let code = if facts.is_empty() { Vec::new() } else { self.code() };
        let mut told = Vec::new();
        if let Some((manifest, package)) = said {
            told.extend(self.dependencies(compared));
            let site = Site { content: self.tree.node(manifest).content, span: package.span };
            for &node in code.iter().filter(|node| **node != manifest) {
                for fact in &facts {
                    let args = fact.args.clone();
                    told.push((node, Fact { args, steps: vec![site], ..Fact::new(fact.kind, Span::default(), BY) }));
                }
            }
            told.extend(facts.into_iter().map(|fact| (manifest, fact)));
        } else {
            told.extend(code.iter().flat_map(|node| facts.iter().map(|fact| (*node, fact.clone()))));
        }
        told
    }

    /// The manifest that names the package, and what it says.
    fn said(&self) -> Option<(NodeId, &'w Fact)> {
        let name = Some(&*self.draft.unit.name).filter(|name| !name.is_empty())?;
        let package = |fact: &&Fact| *fact.kind == PACKAGE && fact.text("name") == Some(name);
        self.manifests().find_map(|(node, content)| Some((node, content.facts.iter().find(package)?)))
    }

    /// The package's manifests.
    fn manifests(&self) -> impl Iterator<Item = (NodeId, &'w Content)> {
        let tree = self.tree;
        self.draft.manifests.iter().filter_map(move |&node| Some((NodeId(node), tree.content(tree.node(NodeId(node)).content?))))
    }

    /// Name and version, from the manifest or else from the folder or archive: `name-1.2.3`.
    fn identity(&self) -> (String, String) {
        let unit = &self.draft.unit;
        if !unit.name.is_empty() {
            return (unit.name.to_string(), unit.version.to_string());
        }
        let folder = unit.folder.strip_suffix(b"/").unwrap_or(&unit.folder);
        let base = paths::plain(&self.tree.node(unit.base).name).into_owned();
        let named = if folder.is_empty() { paths::base(&base) } else { paths::base(folder) };
        let named = String::from_utf8_lossy(named);
        let parted = named.char_indices().find_map(|(at, c)| {
            let version = named.get(at + 1..).filter(|_| c == '-')?;
            version.starts_with(|c: char| c.is_ascii_digit()).then(|| (named[..at].to_owned(), version.to_owned()))
        });
        parted.unwrap_or_default()
    }

    /// The package's code and what runs without anybody calling it, the earliest first.
    fn code(&self) -> Vec<NodeId> {
        let placement = |node: &NodeId| &self.placements[node.0 as usize];
        let tells = |node: &NodeId| match placement(node).role {
            Role::Test | Role::Doc | Role::Manifest => false,
            Role::Build | Role::Code => true,
            Role::Data => placement(node).phase != Phase::Run,
        };
        let mut code: Vec<NodeId> = self.draft.unit.members.iter().copied().filter(tells).collect();
        code.sort_by_key(|node| placement(node).phase);
        code.truncate(TOLD_MAX);
        code
    }

    /// How many files run while the package is installed, where it holds no other code.
    fn runs_only_at_installation(&self) -> Option<usize> {
        let mut files = 0_usize;
        for &id in &self.draft.unit.members {
            let (node, placement) = (self.tree.node(id), &self.placements[id.0 as usize]);
            let Some(content) = node.content else { continue };
            let own = self.spaces.spots[id.0 as usize].host == id.0;
            let code = own && matches!(self.groups[content.0 as usize], "code" | "binary");
            if placement.phase == Phase::Install && placement.role != Role::Manifest && own {
                files += 1;
            } else if code
                && !matches!(placement.role, Role::Test | Role::Doc)
                && self.tree.content(content).len >= CODE_BYTES_MIN
            {
                return None;
            }
        }
        let script = |fact: &Fact| *fact.kind == SCRIPT && fact.text("phase") == Some("install");
        (files > 0 || self.draft.unit.facts.iter().any(|(_, fact)| script(fact))).then_some(files)
    }

    /// Whether the package says that its home is a popular one's of another name.
    fn cloned(&self, name: &str) -> Option<Fact> {
        let ecosystem = &*self.draft.unit.ecosystem;
        if name.is_empty() || names::is_popular(ecosystem, name) {
            return None;
        }
        let homes = self.manifests().flat_map(|(_, content)| content.facts.iter().filter(|fact| *fact.kind == PACKAGE_HOME));
        homes.take(16).find_map(|home| {
            let url = home.text("url").filter(|_| home.number("part") != Some(1))?;
            let (of, how) = names::home_of(ecosystem, name, url)?;
            let fact = Fact { anchor: home.anchor.clone(), ..Fact::new(&PACKAGE_CLONE, home.span, BY) };
            Some(fact.with("of", of).with("how", how).with("url", url))
        })
    }

    /// Dependencies whose names look like popular ones.
    fn dependencies(&self, compared: &mut Compared) -> Vec<(NodeId, Fact)> {
        let mut told = Vec::new();
        for (node, content) in self.manifests() {
            for fact in content.facts.iter().filter(|fact| *fact.kind == DEPENDENCY && fact.text("source") == Some("registry")) {
                let Some(name) = fact.text("name") else { continue };
                if let Some(like) = compared.like(&self.draft.unit.ecosystem, name) {
                    let like_fact = Fact { anchor: fact.anchor.clone(), ..Fact::new(&NAME_LIKE, fact.span, BY) };
                    let like_fact = like_fact.with("name", name).with("popular", like.popular).with("how", like.how);
                    told.push((node, like_fact.with("of", "dependency")));
                }
            }
        }
        told
    }
}

/// Whether a version is written to be above any other: `99.0.1`, `9999`, `1.999.0`, `200000.0.2`. Years and dates are not.
fn is_absurd(version: &str) -> bool {
    let numbers: Vec<&str> = version.split(['.', '-', '+']).take(3).collect();
    let nines = |text: &str, least: usize| text.len() >= least && text.bytes().all(|b| b == b'9');
    let Some(first) = numbers.first() else { return false };
    if nines(first, 2) || numbers.iter().any(|number| nines(number, 3)) {
        return true;
    }
    // A date has six, eight or more digits and begins with a year of two or four.
    let date = ["19", "20", "21"].iter().any(|century| first.starts_with(century))
        && first.len() >= 6
        && first.get(4..6).is_some_and(|month| ("01"..="12").contains(&month));
    first.len() >= 5 && first.bytes().all(|b| b.is_ascii_digit()) && !date
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_win_over_all() {
        for (version, expected) in [
            ("99.10.9", true),
            ("9999.0.2", true),
            ("1.999.0", true),
            ("200000.0.2", true),
            ("1.99999999999.2", true),
            ("2026.10.18", false),
            ("20261018.1", false),
            ("202610", false),
            ("1.99.3", false),
            ("120.0.1", false),
            ("9.9.9", false),
            ("", false),
            ("1.0.30001", false),
        ] {
            assert_eq!(is_absurd(version), expected, "{version}");
        }
    }
}
