//! Where contents and packages stand in a tree, looked up in constant time. Built once for each judgement.

use doorward_model::{ContentId, Fact, Node, NodeId, Phase, Placement, Problem, ProblemKind, Role, Step, Tree, vocabulary};

/// Most places of one content that it is judged at; places that differ in name only count as one.
const PLACES_MAX: usize = 8;

/// Nodes by content and by unit, and what `link` and the openers said of each node.
pub(crate) struct Places<'a> {
    pub tree: &'a Tree,
    by_content: Groups,
    by_unit: Groups,
    /// Node, unit, position of the fact in the unit; sorted.
    unit_facts: Vec<(NodeId, u32, u32)>,
    /// Node, position of the problem; sorted.
    problems: Vec<(NodeId, u32)>,
}

/// Numbers sorted into groups: group `g` is `items[starts[g]..starts[g + 1]]`.
struct Groups {
    starts: Vec<u32>,
    items: Vec<u32>,
}

impl Groups {
    fn new(count: usize, group_of: impl Iterator<Item = Option<u32>> + Clone) -> Self {
        let index = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let mut starts = vec![0_u32; count + 1];
        for group in group_of.clone().flatten().map(index).filter(|group| *group < count) {
            starts[group + 1] += 1;
        }
        for group in 0..count {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut items = vec![0; index(starts[count])];
        for (item, group) in (0_u32..).zip(group_of) {
            if let Some(group) = group.map(index).filter(|group| *group < count) {
                items[index(next[group])] = item;
                next[group] += 1;
            }
        }
        Self { starts, items }
    }

    fn get(&self, group: usize) -> &[u32] {
        let at = |group: usize| self.starts.get(group).map_or(0, |start| usize::try_from(*start).unwrap_or(usize::MAX));
        self.items.get(at(group)..at(group + 1)).unwrap_or_default()
    }
}

impl<'a> Places<'a> {
    pub fn new(tree: &'a Tree) -> Self {
        let contents = tree.nodes.iter().map(|node: &Node| node.content.map(|content| content.0));
        let units = tree.placements.iter().map(|placement: &Placement| Some(placement.unit));
        let mut unit_facts = Vec::new();
        for (unit, number) in tree.units.iter().zip(0_u32..) {
            unit_facts.extend(unit.facts.iter().zip(0_u32..).map(|((node, _), at)| (*node, number, at)));
        }
        unit_facts.sort_unstable();
        let mut problems: Vec<_> = tree.place_problems.iter().zip(0_u32..).map(|((node, _), at)| (*node, at)).collect();
        problems.sort_unstable();
        Self {
            tree,
            by_content: Groups::new(tree.contents.len(), contents),
            by_unit: Groups::new(tree.units.len(), units),
            unit_facts,
            problems,
        }
    }

    /// Every place of a content, in the order of the tree.
    pub fn of_content(&self, content: ContentId) -> impl Iterator<Item = NodeId> {
        self.by_content.get(usize::try_from(content.0).unwrap_or(usize::MAX)).iter().map(|node| NodeId(*node))
    }

    /// Every place of a unit, in the order of the tree.
    pub fn of_unit(&self, unit: usize) -> impl Iterator<Item = NodeId> {
        self.by_unit.get(unit).iter().map(|node| NodeId(*node))
    }

    /// The places that a content is judged at: where it runs earliest first, and only one of those that differ in name alone.
    ///
    /// A content is judged at more than its first place, or a copy among the tests would hide what the same bytes do elsewhere.
    pub fn judged_at(&self, content: ContentId) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> = self.of_content(content).collect();
        if nodes.len() > 1 {
            nodes.sort_by_key(|node| (self.phase(*node), role_rank(self.role(*node)), *node));
            let mut seen = std::collections::BTreeSet::new();
            nodes.retain(|node| seen.len() < PLACES_MAX && seen.insert(self.profile(*node)));
        }
        nodes
    }

    /// All about a place that rules ask for, but its name.
    fn profile(&self, node: NodeId) -> (Phase, u8, Option<&'a str>, bool, bool) {
        let place = self.unit_facts(node).find(|fact| fact.kind == &vocabulary::PLACE);
        let extension = place.and_then(|place| place.text("extension"));
        let others = self.unit_facts(node).any(|fact| fact.kind != &vocabulary::PLACE);
        (self.phase(node), role_rank(self.role(node)), extension, self.is_hidden(node), others)
    }

    /// What `link` said of a place.
    pub fn unit_facts(&self, node: NodeId) -> impl Iterator<Item = &'a Fact> {
        let start = self.unit_facts.partition_point(|(other, ..)| *other < node);
        let of_node = self.unit_facts.iter().skip(start).take_while(move |(other, ..)| *other == node);
        of_node.map(|(_, unit, at)| &self.tree.units[*unit as usize].facts[*at as usize].1)
    }

    /// Problems of a place itself.
    pub fn problems(&self, node: NodeId) -> impl Iterator<Item = &'a Problem> {
        let start = self.problems.partition_point(|(other, _)| *other < node);
        let of_node = self.problems.iter().skip(start).take_while(move |(other, _)| *other == node);
        of_node.map(|(_, at)| &self.tree.place_problems[*at as usize].1)
    }

    pub fn placement(&self, node: NodeId) -> Option<&'a Placement> {
        self.tree.placements.get(node.0 as usize)
    }

    pub fn phase(&self, node: NodeId) -> Phase {
        self.placement(node).map_or(Phase::Run, |placement| placement.phase)
    }

    pub fn role(&self, node: NodeId) -> Role {
        self.placement(node).map_or(Role::Data, |placement| placement.role)
    }

    /// The earliest phase over all places of what stands at a place. What was decoded, carved or decompressed runs when that does
    /// which it came from, and that was opened at one of its places only.
    pub fn earliest_phase(&self, node: NodeId) -> Phase {
        let mut earliest = self.phase(node);
        let mut at = Some(node);
        while let Some(node) = at.map(|id| self.tree.node(id)) {
            let Some(content) = node.content else { break };
            earliest = self.of_content(content).map(|node| self.phase(node)).fold(earliest, Phase::min);
            at = node.parent.filter(|_| matches!(node.step, Step::Decoded { .. } | Step::Carved { .. } | Step::Layer));
        }
        earliest
    }

    /// Whether a fact is one of this place and not of its content.
    pub fn is_said_of(&self, node: NodeId, fact: &Fact) -> bool {
        self.unit_facts(node).any(|said| std::ptr::eq(said, fact)) || self.problems(node).any(|problem| is_told(problem, fact))
    }

    /// Whether what is said of one place is said of another, wherever in its package that lies.
    pub fn says_the_same(&self, node: NodeId, fact: &Fact) -> bool {
        let args = |fact: &'_ Fact| fact.args.iter().filter(|(arg, _)| *arg != "path").cloned().collect::<Vec<_>>();
        let alike = |said: &Fact| said.kind == fact.kind && args(said) == args(fact);
        self.unit_facts(node).any(alike) || self.problems(node).any(|problem| is_told(problem, fact))
    }

    /// Whether a place, or what holds it, was decoded from a payload layer or carved from what no structure accounts for.
    pub fn is_hidden(&self, node: NodeId) -> bool {
        let mut at = Some(node);
        while let Some(node) = at.map(|id| self.tree.node(id)) {
            if matches!(node.step, Step::Decoded { .. } | Step::Carved { .. }) {
                return true;
            }
            at = node.parent;
        }
        false
    }

    /// Whether facts of a content are missing, so that what is absent may still be so.
    pub fn is_incomplete(&self, content: ContentId) -> bool {
        let cut = [ProblemKind::FactsCapped, ProblemKind::Crashed, ProblemKind::TimedOut];
        self.tree.content(content).problems.iter().any(|problem| cut.contains(&problem.kind))
    }
}

/// Whether a fact tells of a problem.
fn is_told(problem: &Problem, fact: &Fact) -> bool {
    fact.kind == &vocabulary::PROBLEM
        && fact.text("kind") == Some(problem.kind.name())
        && fact.text("detail") == Some(&*problem.detail)
}

/// Code before what only describes or tests it.
fn role_rank(role: Role) -> u8 {
    match role {
        Role::Build => 0,
        Role::Code => 1,
        Role::Manifest => 2,
        Role::Data => 3,
        Role::Test => 4,
        Role::Doc => 5,
    }
}
