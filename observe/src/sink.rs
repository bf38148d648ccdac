//! Where observers put what they see.

use doorward_model::{Fact, Limits, Problem};

/// Receives the facts and problems of one content.
pub struct Facts {
    pub(crate) facts: Vec<Fact>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) parsed: bool,
    facts_max: usize,
}

impl Facts {
    pub(crate) fn new(limits: &Limits) -> Self {
        let facts_max = usize::try_from(limits.facts_per_content_max).unwrap_or(usize::MAX);
        Self { facts: Vec::new(), problems: Vec::new(), parsed: false, facts_max }
    }

    /// Something was seen. Anchors are filled later.
    pub fn push(&mut self, fact: Fact) {
        if self.facts.len() < self.facts_max {
            self.facts.push(fact);
        }
    }

    /// Something could not be read.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// The structure of the content was read.
    pub fn parsed(&mut self) {
        self.parsed = true;
    }
}
