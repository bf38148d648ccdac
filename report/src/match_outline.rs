//! What a correspondence says of one file and of all, before it is laid out.

use crate::names::{inert, shown};
use crate::place;
use crate::terminal::counted;
use doorward_model::correspondence::{How, Shipped, Spot, Status};
use doorward_model::prints::Indexed;
use doorward_model::{Correspondence, Digest, Level, Report};

/// Most files that are named of those that a file comes from.
const FROM_NAMED_MAX: usize = 3;

/// Most ranges that are named of one file.
const RANGES_NAMED_MAX: usize = 6;

/// A source, or a package that is known, as a correspondence speaks of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'s> {
    /// What the operator called it; bytes, made visible here.
    pub name: &'s [u8],
    /// What is in it.
    pub indexed: &'s Indexed,
    /// Whether it is known, and no source.
    pub is_known: bool,
    /// The commit that was read, where it is one of a version control system.
    pub commit: Option<&'s str>,
    /// The root of its list of files, as `doorward deposit` has it; absent of what is no folder.
    pub root: Option<Digest>,
}

/// The artefact, its sources and what came of them.
#[derive(Clone, Copy, Debug)]
pub struct Matched<'s> {
    /// Where everything comes from.
    pub correspondence: &'s Correspondence,
    /// The audit of the artefact.
    pub artefact: &'s Report,
    /// The sources, then what is known: in the order of the correspondence.
    pub sources: &'s [Source<'s>],
}

impl Matched<'_> {
    /// Path of a place in the sources.
    pub(crate) fn path(&self, spot: Spot) -> String {
        let source = self.sources.get(spot.shelf as usize);
        source.map(|source| place::path(&source.indexed.tree, spot.node)).unwrap_or_default()
    }

    /// Path of a place in the sources, with which source where there are several.
    fn told(&self, spot: Spot) -> String {
        let path = self.path(spot);
        match self.sources.get(spot.shelf as usize).filter(|_| self.sources.len() > 1) {
            Some(source) => format!("{path} of {}", shown(source.name)),
            None => path,
        }
    }

    pub(crate) fn count(&self, status: Status) -> usize {
        self.correspondence.files.iter().filter(|file| file.status == status).count()
    }

    /// How many unexplained files are of a level.
    pub(crate) fn of_level(&self, level: Level) -> usize {
        let files = self.correspondence.files.iter();
        files.filter(|file| file.status == Status::Nothing && file.level == Some(level)).count()
    }

    /// How many files became what, in words.
    pub(crate) fn counts(&self) -> String {
        let ways: Vec<String> = How::ALL
            .iter()
            .map(|(how, name, _)| (self.correspondence.files.iter().filter(|file| file.how == Some(*how)).count(), *name))
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        let mut said = Vec::new();
        for (status, name, _) in Status::ALL {
            let count = self.count(status);
            let ways = if status == Status::Transformed && count > 0 { format!(" ({})", ways.join(", ")) } else { String::new() };
            if count > 0 || status == Status::Identical {
                said.push(format!("{count} {name}{ways}"));
            }
        }
        let left = counted(self.correspondence.not_shipped.len(), "file");
        format!("{}; {left} of the sources not shipped.", said.join(", "))
    }

    /// What is said of where an unexplained file comes from.
    pub(crate) fn origin(&self, file: &Shipped) -> Vec<String> {
        let mut said = Vec::new();
        let foreign: Vec<_> = file.ranges.iter().filter(|range| range.from.is_none() && !range.formal).collect();
        let formal = file.ranges.iter().any(|range| range.formal);
        match file.from.first() {
            Some(_) if file.ranges.is_empty() => {}
            None if formal => said.push("the rest is of the form that the packager writes".to_owned()),
            Some(_) => {
                let named: Vec<String> = file.from.iter().take(FROM_NAMED_MAX).map(|spot| self.told(*spot)).collect();
                said.push(format!("most of it is from {}", named.join(", ")));
            }
            None => said.push("nothing of it is in the sources".to_owned()),
        }
        if !foreign.is_empty() && (formal || !file.from.is_empty()) {
            let range = |range: &&&doorward_model::correspondence::Range| match (range.line, range.line_end) {
                (0, _) => format!("bytes {}-{}", range.start, range.end),
                (first, last) if first == last => format!("line {first}"),
                (first, last) => format!("lines {first}-{last}"),
            };
            let named: Vec<String> = foreign.iter().take(RANGES_NAMED_MAX).map(|one| range(&one)).collect();
            let more = foreign.len().saturating_sub(RANGES_NAMED_MAX);
            let more = if more > 0 { format!(" and {more} more places") } else { String::new() };
            let bytes = file.foreign_bytes();
            said.push(format!("{} from nowhere: {}{more}", counted(bytes, "byte"), named.join(", ")));
        }
        if let Some(first) = file.lacks.first() {
            let unit = if first.lines { "line" } else { "byte" };
            let count: u64 = file.lacks.iter().map(|gap| gap.last - gap.first + u64::from(gap.lines)).sum();
            let at = if first.first == first.last {
                format!("{unit} {}", first.first)
            } else {
                format!("{unit}s {}-{}", first.first, first.last)
            };
            let more = if file.lacks.len() > 1 { " and further ones" } else { "" };
            said.push(format!("it lacks {} of {}: {at}{more}", counted(count, unit), self.told(first.of)));
        }
        if let Some(other) = file.instead_of {
            said.push(format!("the source has another file at its place: {}", self.told(other)));
        }
        said.extend(file.relabelled.iter().map(|what| format!("it {}", inert(what))));
        said.extend(file.says.iter().map(|what| inert(what).into_owned()));
        said
    }

    /// Files that are explained, and still should be seen: other rights, another name, or in the place of another file.
    pub(crate) fn odd(&self) -> impl Iterator<Item = &Shipped> {
        let files = self.correspondence.files.iter().filter(|file| file.status != Status::Nothing);
        files.filter(|file| file.relabelled.is_some() || file.instead_of.is_some() || self.is_renamed(file))
    }

    /// Whether a file is one of a source's under another name.
    fn is_renamed(&self, file: &Shipped) -> bool {
        let base = |path: &str| path.rsplit(['/', ' ']).next().unwrap_or_default().to_owned();
        // A packager keeps the manifest that it wrote anew under this name.
        let own = place::path(&self.artefact.tree, file.node);
        let own = own.strip_suffix("/Cargo.toml.orig").map_or(own.clone(), |folder| format!("{folder}/Cargo.toml"));
        file.how.is_none() && file.from.first().is_some_and(|spot| base(&self.path(*spot)) != base(&own))
    }

    /// Where an explained file comes from, and what is odd about it.
    pub(crate) fn oddity(&self, file: &Shipped) -> String {
        let from = file.from.first().map(|spot| format!("is {}", self.told(*spot)));
        let instead = file.instead_of.map(|other| format!("the source has another file at its place: {}", self.told(other)));
        let relabelled = file.relabelled.as_ref().map(|what| format!("it {}", inert(what)));
        let said: Vec<String> = [from, instead, relabelled].into_iter().flatten().collect();
        format!("{}: {}", place::path(&self.artefact.tree, file.node), said.join("; "))
    }

    /// The level of assurance that the correspondence reaches.
    pub(crate) fn assurance(&self) -> &'static str {
        if self.correspondence.inventoried { "L2" } else { "L0" }
    }
}
