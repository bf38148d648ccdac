//! What a comparison says to a person, before it is laid out for a terminal or as Markdown.

use crate::names::{inert, shown};
use crate::place;
use crate::terminal::counted;
use doorward_model::difference::{CAPABILITY, CLASSES, Change, Class, Fate, PlaceChange, Side, Turn};
use doorward_model::{Difference, Finding, Level, NodeId, Report};

/// Most files that are named of those that are not the same.
const FILES_NAMED_MAX: usize = 12;
/// Most reasons for an incomplete examination that are told.
const REASONS_TOLD_MAX: usize = 3;

/// What a comparison says.
pub(crate) struct Outline<'d> {
    /// The strongest of what is new.
    pub(crate) word: &'static str,
    /// What is compared, and what came of it.
    pub(crate) head: String,
    /// How many files became what.
    pub(crate) files: String,
    /// By which rules.
    pub(crate) judged: String,
    /// What was not compared or not examined.
    pub(crate) notes: Vec<String>,
    /// The items by heading, heaviest first.
    pub(crate) sections: Vec<Section<'d>>,
}

/// Items under one heading.
pub(crate) struct Section<'d> {
    pub(crate) heading: &'static str,
    pub(crate) items: Vec<Item<'d>>,
}

/// One item.
pub(crate) struct Item<'d> {
    /// How heavy a finding is; absent of what is none.
    pub(crate) level: Option<Level>,
    pub(crate) text: String,
    /// Where it is; empty where that goes without saying.
    pub(crate) place: String,
    /// The finding that is new.
    pub(crate) finding: Option<&'d Finding>,
}

/// The two sides and what became of one in the other.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'d> {
    pub(crate) difference: &'d Difference,
    pub(crate) old: Side<'d>,
    pub(crate) new: Side<'d>,
}

impl<'d> Sides<'d> {
    /// The finding of a change of doors.
    pub(crate) fn finding(&self, turn: Turn, at: u32) -> Option<&'d Finding> {
        self.report(turn).judgement.findings.get(at as usize)
    }

    /// The report in which something is that is new, altered or gone.
    pub(crate) fn report(&self, turn: Turn) -> &'d Report {
        if turn == Turn::Gone { self.old.report } else { self.new.report }
    }

    fn doors(&self, turn: Turn) -> impl Iterator<Item = &'d Finding> {
        let doors = self.difference.doors.iter().filter(move |door| (door.turn == Turn::Gone) == (turn == Turn::Gone));
        doors.filter_map(|door| self.finding(door.turn, door.finding))
    }

    /// How many findings of a level are new or rose to it.
    pub(crate) fn new_doors(&self, level: Level) -> usize {
        self.doors(Turn::New).filter(|finding| finding.level == level).count()
    }
}

/// What a comparison says; `names` are what the operator called the sides.
pub(crate) fn outline<'d>(sides: Sides<'d>, names: [&[u8]; 2]) -> Outline<'d> {
    let difference = sides.difference;
    let (alarms, reviews) = (sides.new_doors(Level::Alarm), sides.new_doors(Level::Review));
    let weighty = difference.of_weight().count();
    let word = match () {
        () if alarms > 0 => "ALARM",
        () if reviews > 0 => "REVIEW",
        () if weighty > 0 => "CHANGED",
        () => "QUIET",
    };
    let counts: Vec<String> = [(alarms, "new alarm"), (reviews, "new item to review"), (weighty, "change")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| match noun {
            "new item to review" if count > 1 => format!("{count} new items to review"),
            "change" => format!("{} of weight", counted(count, noun)),
            _ => counted(count, noun),
        })
        .collect();
    let counts = if counts.is_empty() { "no new door, nothing of weight changed".into() } else { counts.join(", ") };
    Outline {
        word,
        head: format!("{}: {counts}.", subject(difference, names)),
        files: files(difference),
        judged: judged(sides),
        notes: notes(sides),
        sections: sections(sides),
    }
}

fn subject(difference: &Difference, names: [&[u8]; 2]) -> String {
    let subject = &difference.subject;
    match (&*subject.old.0, &*subject.new.0) {
        (old, new) if old.is_empty() || new.is_empty() => format!("{} -> {}", shown(names[0]), shown(names[1])),
        (old, new) if old == new => format!("{} {} -> {}", inert(old), inert(&subject.old.1), inert(&subject.new.1)),
        (old, new) => format!("{} {} -> {} {}", inert(old), inert(&subject.old.1), inert(new), inert(&subject.new.1)),
    }
}

/// The files that are not the same; a container only where nothing that it holds tells why.
fn changed_files(difference: &Difference) -> impl Iterator<Item = &PlaceChange> {
    difference.places.iter().filter(|place| !place.container)
}

fn files(difference: &Difference) -> String {
    let mut said: Vec<String> = Vec::new();
    for (fate, name, _) in Fate::ALL {
        let count = changed_files(difference).filter(|place| place.fate == fate).count();
        if count > 0 {
            said.push(format!("{count} {name}"));
        }
    }
    said.push(format!("{} the same", difference.unchanged));
    let doors = difference.doors.iter().filter(|door| door.turn == Turn::Gone).count();
    let gone = difference.changes.iter().filter(|change| change.turn == Turn::Gone && !change.weighs).count();
    let aside = difference.changes.iter().filter(|change| change.turn != Turn::Gone && !change.weighs).count();
    let rest: Vec<String> =
        [(doors, "finding", " gone"), (gone, "trait", " gone"), (aside, "change", " in tests, documents and comments alone")]
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, noun, rest)| format!("{}{rest}", counted(count, noun)))
            .collect();
    let rest = if rest.is_empty() { String::new() } else { format!("; {}", rest.join(", ")) };
    format!("{}{rest}.", said.join(", "))
}

fn judged(sides: Sides<'_>) -> String {
    let stamp = &sides.new.report.rules;
    let start: String = stamp.digest.to_string().chars().take(12).collect();
    format!("by {} ({start}) and policy {}.", counted(stamp.count, "rule"), inert(&stamp.policy))
}

fn notes(sides: Sides<'_>) -> Vec<String> {
    let because = &sides.new.report.judgement.incomplete_because;
    let told =
        because.iter().take(REASONS_TOLD_MAX).map(|reason| format!("The new side is not examined whole: {}", inert(reason)));
    let more = because.len().saturating_sub(REASONS_TOLD_MAX);
    let more = (more > 0).then(|| format!("and {} more; see `incomplete_because` in the JSON", counted(more, "reason")));
    let not = sides.difference.not_compared.iter().map(|said| format!("Not compared: {}.", inert(said)));
    told.chain(more).chain(not).collect()
}

fn sections(sides: Sides<'_>) -> Vec<Section<'_>> {
    let place = |turn: Turn, node: NodeId, line: u32| {
        let path = place::path(&sides.report(turn).tree, node);
        if line > 0 { format!("{path}:{line}") } else { path }
    };
    let door = |turn: Turn, finding: &'_ Finding| {
        let line = finding.evidence.first().map_or(0, |evidence| evidence.line);
        let rose = if turn == Turn::Altered { "; it rose to this level" } else { "" };
        let text = format!("{} {}: {}{rose}", inert(&finding.door), inert(&finding.rule), inert(&finding.title));
        (text, place(turn, finding.node, line))
    };
    let mut sections = Vec::new();
    let mut doors = |heading: &'static str, gone: bool| {
        let of = sides.difference.doors.iter().filter(|door| (door.turn == Turn::Gone) == gone);
        let items = of.filter_map(|change| {
            let finding = sides.finding(change.turn, change.finding)?;
            let (text, place) = door(change.turn, finding);
            // A note is no item: it is counted with the rest.
            (finding.level > Level::Note).then_some(Item {
                level: Some(finding.level),
                text,
                place,
                finding: (!gone).then_some(finding),
            })
        });
        let items: Vec<Item<'_>> = items.collect();
        if !items.is_empty() {
            sections.push(Section { heading, items });
        }
    };
    doors("New doors", false);
    doors("Doors that went away", true);
    for class in CLASSES {
        let items: Vec<Item<'_>> = of_class(sides.difference, class).map(|change| of_change(change, &place)).collect();
        if !items.is_empty() {
            sections.push(Section { heading: class.heading, items });
        }
    }
    sections.extend(named_files(sides));
    sections
}

fn of_class<'d>(difference: &'d Difference, class: &'static Class) -> impl Iterator<Item = &'d Change> {
    difference.of_weight().filter(move |change| change.class == class)
}

fn of_change<'d>(change: &Change, place: &impl Fn(Turn, NodeId, u32) -> String) -> Item<'d> {
    let was = change.was.as_ref().map_or(String::new(), |was| format!(" (was {})", inert(was)));
    let first = if change.first && *change.class == CAPABILITY { " (the first of its kind)" } else { "" };
    let text = format!("{}{was}{first}", inert(&change.what));
    Item { level: None, text, place: place(change.turn, change.node, change.line), finding: None }
}

/// Which files are not the same; the first ones by name.
fn named_files(sides: Sides<'_>) -> Option<Section<'_>> {
    let text = |change: &PlaceChange| {
        let path = |report: &Report, node: Option<NodeId>| node.map(|node| place::path(&report.tree, node)).unwrap_or_default();
        let (old, new) = (path(sides.old.report, change.old), path(sides.new.report, change.new));
        match change.fate {
            Fate::Removed => format!("{} {old}", change.fate.name()),
            Fate::Moved | Fate::Rewritten => format!("{} {old} -> {new}", change.fate.name()),
            _ => format!("{} {new}", change.fate.name()),
        }
    };
    let of_weight = sides.difference.of_weight().next().is_some() || !sides.difference.doors.is_empty();
    let all = changed_files(sides.difference).count();
    let mut items: Vec<Item<'_>> = changed_files(sides.difference)
        .take(FILES_NAMED_MAX)
        .map(|change| Item { level: None, text: text(change), place: String::new(), finding: None })
        .collect();
    if all > items.len() {
        let text = format!("and {} more; the JSON names all", all - items.len());
        items.push(Item { level: None, text, place: String::new(), finding: None });
    }
    // A release that changes nothing of weight is told in three lines.
    (of_weight && !items.is_empty()).then_some(Section { heading: "Files", items })
}
