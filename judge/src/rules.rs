//! A set of rules: the pages of this repository, embedded when it is built, and the user's own.

use crate::lint;
use crate::page::{PageError, Rule, Scope};
use crate::policy::Policy;
use crate::view::Key;
use doorward_model::{Digest, FactKind, Lexicon, Pattern, RulesStamp, Tree};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Ids and texts of the pages in `rules/`, sorted; `build.rs` writes the list.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// A user's YARA sources: namespace and text of each.
pub type YaraSources = [(Box<str>, Box<str>)];

/// A set of rules, sorted by id.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    patterns: Vec<Pattern>,
    /// For each scope the rules that wait for a key, as positions in `rules`.
    index: BTreeMap<(Scope, Key), Vec<usize>>,
}

/// Ids and texts of the pages that ship.
#[cfg(test)]
pub(crate) fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    PAGES.iter().copied()
}

impl Rules {
    /// The rules that ship with the product.
    pub fn builtin() -> Self {
        let read = |(id, text): &(&str, &str)| Rule::parse(id, text);
        let rules: Result<Vec<Rule>, PageError> = PAGES.iter().map(read).collect();
        Self::assemble(rules.unwrap_or_else(|error| unreachable!("a test holds that every page parses: {error}")))
    }

    /// Reads and checks pages, given as ids (path below their folder, without suffix) and texts.
    ///
    /// # Errors
    /// Everything that is wrong with any page.
    pub fn parse(pages: Vec<(String, String)>) -> Result<Self, Vec<PageError>> {
        let mut errors = Vec::new();
        let mut rules: Vec<Rule> = Vec::new();
        for (id, text) in &pages {
            match Rule::parse(id, text) {
                Ok(rule) => rules.push(rule),
                Err(error) => errors.push(error),
            }
        }
        errors.extend(rules.iter().flat_map(lint::page));
        errors.extend(twice(&mut rules));
        errors.sort();
        if errors.is_empty() { Ok(Self::assemble(rules)) } else { Err(errors) }
    }

    /// These rules and others.
    ///
    /// # Errors
    /// Ids that both have.
    pub fn with(self, others: Self) -> Result<Self, Vec<PageError>> {
        let mut rules = self.rules;
        rules.extend(others.rules);
        let errors = twice(&mut rules);
        if errors.is_empty() { Ok(Self::assemble(rules)) } else { Err(errors) }
    }

    /// Rules that need not pass the linter.
    #[cfg(test)]
    pub(crate) fn of(rules: Vec<Rule>) -> Self {
        Self::assemble(rules)
    }

    /// The rules, sorted by id.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        let at = self.rules.binary_search_by(|rule| (*rule.id).cmp(id)).ok()?;
        self.rules.get(at)
    }

    /// What observers search for on behalf of these rules.
    pub fn lexicon(&self, yara: &YaraSources) -> Lexicon {
        Lexicon { patterns: self.patterns.clone(), yara: yara.to_vec() }
    }

    /// Whether any rule asks for facts of this kind.
    pub fn ask_for(&self, kind: &FactKind) -> bool {
        let mut asked = false;
        for rule in &self.rules {
            rule.condition.each_term(true, &mut |term, _| asked |= term.key() == Key::of_kind(kind));
        }
        asked
    }

    /// The identity of these rules, of the user's YARA sources and of the policy.
    pub fn stamp(&self, policy: &Policy, yara: &YaraSources) -> RulesStamp {
        let mut hash = Sha256::new();
        let pages = self.rules.iter().map(|rule| (&rule.id, &rule.text));
        for part in pages.chain(yara.iter().map(|(namespace, text)| (namespace, text))).flat_map(|(id, text)| [id, text]) {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part.as_bytes());
        }
        RulesStamp {
            count: u64::try_from(self.rules.len()).unwrap_or(u64::MAX),
            digest: Digest(hash.finalize().into()),
            policy: policy.name.clone(),
            policy_digest: policy.digest,
        }
    }

    /// The tree that one of a rule's examples lists as facts; `None` where the example consists of files.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub fn listed(&self, rule: &Rule, example: &crate::Example) -> Result<Option<Tree>, PageError> {
        let number = |name: &str| rule.pattern_names().find(|(_, known)| *known == name).map(|(id, _)| id);
        let wrong = |(line, what): (usize, String)| PageError { id: rule.id.clone(), line, what: what.into() };
        example.listed(&number).map_err(wrong)
    }

    /// Positions of the rules of a scope that may fire where these keys are present; sorted.
    pub(crate) fn candidates(&self, scope: Scope, keys: impl Iterator<Item = Key>) -> Vec<usize> {
        let mut candidates: Vec<usize> = keys.filter_map(|key| self.index.get(&(scope, key))).flatten().copied().collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// Whether any rule has this scope.
    pub(crate) fn have(&self, scope: Scope) -> bool {
        self.rules.iter().any(|rule| rule.scope == scope)
    }

    /// Numbers the patterns, equal ones once, and indexes each rule under the rarest facts that it cannot do without.
    fn assemble(mut rules: Vec<Rule>) -> Self {
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        let mut patterns: Vec<Pattern> = Vec::new();
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        for rule in &mut rules {
            for own in &mut rule.patterns {
                own.id = *numbers.entry(format!("{:?}", own.pattern)).or_insert_with(|| {
                    patterns.push(own.pattern.clone());
                    u32::try_from(patterns.len() - 1).unwrap_or(u32::MAX)
                });
            }
            let names: BTreeMap<Box<str>, u32> = rule.patterns.iter().map(|own| (own.name.clone(), own.id)).collect();
            rule.condition.each_term_mut(&mut |term| {
                if let crate::condition::Subject::Pattern { name, id } = &mut term.subject {
                    *id = names.get(name).copied().unwrap_or(u32::MAX);
                }
            });
        }
        let mut index: BTreeMap<(Scope, Key), Vec<usize>> = BTreeMap::new();
        for (at, rule) in rules.iter().enumerate() {
            for key in rule.condition.required().unwrap_or_default() {
                index.entry((rule.scope, key)).or_default().push(at);
            }
        }
        Self { rules, patterns, index }
    }
}

/// Sorts rules by id and says which ids stand twice.
fn twice(rules: &mut [Rule]) -> Vec<PageError> {
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    let pairs = rules.windows(2).filter(|pair| pair[0].id == pair[1].id);
    pairs.map(|pair| PageError { id: pair[0].id.clone(), line: 1, what: "another rule has this id".into() }).collect()
}
