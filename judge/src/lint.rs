//! What a readable page may still lack. A rule that fails here does not load.

use crate::condition::{Alternative, Condition, Subject, Term, Want, build};
use crate::page::{PageError, Rule};
use crate::pattern::PagePattern;
use doorward_model::{Grade, doors};
use std::collections::BTreeSet;

/// Sections that every page has.
const SECTIONS: [&str; 3] = ["Why it matters", "When it is fine", "What this misses"];

/// Fewest bytes of a literal: shorter ones are everywhere.
const LITERAL_BYTES_MIN: usize = 3;

/// Everything that is wrong with a page.
pub(crate) fn page(rule: &Rule) -> Vec<PageError> {
    let mut lint = Lint { rule, errors: Vec::new() };
    lint.head();
    lint.examples();
    rule.patterns.iter().for_each(|pattern| lint.pattern(pattern));
    lint.names();
    lint.terms();
    lint.shape(&rule.condition);
    if rule.condition.required().is_none() {
        lint.at(rule.condition_line, "the condition can hold where nothing is seen; it needs a term that no `not` stands before");
    }
    if (rule.severity, rule.confidence) == (Grade::High, Grade::High) && !is_chain(&rule.condition) {
        let what = "high severity with high confidence is for complete chains: join two different terms by `and`, test two arguments of one fact, or lower one of them";
        lint.at(rule.condition_line, what);
    }
    lint.errors
}

/// Whether a condition joins at least two different terms, whichever way it holds.
fn is_chain(condition: &Condition) -> bool {
    let differ = |condition: &Condition| {
        let mut terms = BTreeSet::new();
        condition.each_term(true, &mut |term, positive| {
            if positive {
                terms.insert(described(term));
            }
        });
        terms
    };
    match condition {
        Condition::And(_) => differ(condition).len() >= 2,
        Condition::Or(any) => any.iter().all(is_chain),
        Condition::Of(needed, _) => *needed >= 2 && differ(condition).len() >= 2,
        // One fact that shows what happens and when, or where to, in two of its arguments.
        Condition::Term(term) => {
            let shown = term.tests.iter().filter(|test| !matches!(test.want, Want::NoneOf(_)));
            matches!(term.subject, Subject::Kind(_)) && shown.map(|test| test.arg).collect::<BTreeSet<_>>().len() >= 2
        }
        Condition::Not(_) | Condition::Count(..) => false,
    }
}

/// A term without the line it stands on.
fn described(term: &Term) -> String {
    format!("{:?} {:?}", term.subject, term.tests.iter().map(|test| (test.arg, format!("{:?}", test.want))).collect::<Vec<_>>())
}

struct Lint<'a> {
    rule: &'a Rule,
    errors: Vec<PageError>,
}

impl Lint<'_> {
    fn at(&mut self, line: usize, what: impl Into<Box<str>>) {
        self.errors.push(PageError { id: self.rule.id.clone(), line, what: what.into() });
    }

    fn head(&mut self) {
        let rule = self.rule;
        let is_name = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if rule.id.split('/').count() < 2 || !rule.id.split('/').all(is_name) {
            self.at(1, "the path of a page is `area/name.md`, in lower-case letters, digits and dashes");
        }
        if doors::door(&rule.door).is_none() {
            self.at(1, format!("there is no door `{}`; model/src/doors.rs lists them", rule.door));
        }
        if rule.title.is_empty() || rule.title.ends_with('.') {
            self.at(1, "the title is a phrase without a full stop");
        }
        if rule.summary.is_empty() {
            self.at(1, "say below the title, in a sentence or two, what the code does");
        }
        for wanted in SECTIONS {
            match rule.sections.iter().find(|(heading, _)| &**heading == wanted) {
                None => self.at(1, format!("the section `## {wanted}` is missing")),
                Some((_, prose)) if prose.is_empty() => self.at(1, format!("the section `## {wanted}` is empty")),
                Some(_) => {}
            }
        }
    }

    fn examples(&mut self) {
        let rule = self.rule;
        for (wanted, word) in [(true, "match"), (false, "no-match")] {
            if !rule.examples.iter().any(|example| example.matches == wanted) {
                self.at(1, format!("the page has no `{word}` example"));
            }
        }
        for example in &rule.examples {
            let known = |name: &str| rule.pattern_names().find(|(_, known)| *known == name).map(|(id, _)| id);
            if let Err((line, what)) = example.listed(&known) {
                self.at(line, what);
            }
        }
    }

    fn pattern(&mut self, own: &PagePattern) {
        let (line, name) = (own.line, &own.name);
        for literal in &own.pattern.literals {
            if literal.len() < LITERAL_BYTES_MIN {
                self.at(line, format!("pattern `{name}`: a literal has at least {LITERAL_BYTES_MIN} bytes"));
            }
        }
        let Some(source) = &own.pattern.regex else { return };
        match build(source) {
            Err(error) => self.at(line, format!("pattern `{name}`: {error}")),
            Ok(regex) if regex.is_match(b"") => {
                self.at(line, format!("pattern `{name}` matches nothing at all, thus everywhere"))
            }
            Ok(_) => {}
        }
        if source.starts_with("(?s-u)") {
            return; // Made from `hex`, whose literal is a part of it.
        }
        let plain = source.replace('\\', "").to_ascii_lowercase();
        for literal in own.pattern.literals.iter().map(|literal| String::from_utf8_lossy(literal).to_ascii_lowercase()) {
            if !plain.contains(&literal) {
                self.at(line, format!("pattern `{name}`: the literal `{literal}` does not stand in its regular expression"));
            }
        }
    }

    /// Every pattern is used, and every used one is there.
    fn names(&mut self) {
        let rule = self.rule;
        let mut used = BTreeSet::new();
        let mut unknown = Vec::new();
        rule.condition.each_term(true, &mut |term, _| {
            if let Subject::Pattern { name, .. } = &term.subject {
                used.insert(name.clone());
                if !rule.patterns.iter().any(|own| own.name == *name) {
                    unknown.push((term.line, format!("`${name}` is not among the patterns of this page")));
                }
            }
        });
        unknown.into_iter().for_each(|(line, what)| self.at(line, what));
        let mut names = BTreeSet::new();
        for own in &rule.patterns {
            if !used.contains(&own.name) {
                self.at(own.line, format!("pattern `{}` is never used", own.name));
            }
            if !names.insert(&own.name) {
                self.at(own.line, format!("pattern `{}` stands twice", own.name));
            }
        }
    }

    /// Regular expressions in tests compile.
    fn terms(&mut self) {
        let mut bad = Vec::new();
        self.rule.condition.each_term(true, &mut |term, _| {
            let wants = term.tests.iter().filter_map(|test| match &test.want {
                Want::Any(any) | Want::NoneOf(any) => Some(any),
                Want::Below(_) | Want::Above(_) => None,
            });
            for alternative in wants.flatten() {
                if let Alternative::Matches(expression) = alternative
                    && let Err(error) = build(&expression.source)
                {
                    bad.push((term.line, error.to_string()));
                }
            }
        });
        bad.into_iter().for_each(|(line, what)| self.at(line, what));
    }

    /// Conditions that are always true, or say the same twice.
    fn shape(&mut self, condition: &Condition) {
        let line = self.rule.condition_line;
        match condition {
            Condition::And(of) | Condition::Or(of) | Condition::Of(_, of) => {
                if !matches!(condition, Condition::And(_)) && of.iter().any(|each| each.required().is_none()) {
                    self.at(line, "a part of an `or` or `N of` that only denies is nearly always true; join it by `and`");
                }
                let mut seen = BTreeSet::new();
                for each in of {
                    if let Condition::Term(term) = each
                        && !seen.insert(described(term))
                    {
                        self.at(term.line, "this term stands twice");
                    }
                    self.shape(each);
                }
                if let Condition::Of(needed, of) = condition
                    && (*needed == 1 || *needed == of.len())
                {
                    self.at(line, "write `or` for `1 of`, and `and` for all of them");
                }
            }
            Condition::Not(inner) => self.shape(inner),
            Condition::Count(..) | Condition::Term(_) => {}
        }
    }
}
