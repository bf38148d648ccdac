//! Where one shipped file comes from that no source has as it is.

use super::align::align;
use super::packaged::{Shipment, is_description, is_written};
use super::stock::{Stock, Stocked, WEIGHT_MIN, base};
use doorward_model::correspondence::{Gap, How, Range, Shipped, Spot, Status};
use doorward_model::prints::{Hash, Part, Prints, Writer};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Bytes, blanks aside, that lines in a row must have to be told as coming from another file.
const RUN_WEIGHT_MIN: u32 = 64;

/// Lines that they must be.
const RUN_LINES_MIN: usize = 3;

/// A file is held against the one that it has most of, if that is at least one part in so many.
const SHARE_MIN: u32 = 10;

/// Most files that a shipped one is told to come from.
const FROM_MAX: usize = 8;

/// Where a part comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Nowhere,
    Formal,
    From(Spot),
}

/// Fills in what `file` comes from.
pub(super) fn explain(file: &mut Shipped, prints: &Prints, path: &[u8], stock: &Stock<'_>, shipment: &Shipment) {
    file.says = shipment.lies(prints, path);
    if let Some(same) = stock.of_lines(prints) {
        return explained(file, How::LineEndings, vec![stock.nearest(&same.spots, path)], stock);
    }
    if let Some(document) = same_values(prints, path, stock) {
        let how = if document.is_some() { How::SameValues } else { How::Packager };
        return explained(file, how, document.into_iter().collect(), stock);
    }
    let mut told = Told::new(prints, path, stock, shipment);
    if told.is_whole(is_description(path)) && file.says.is_empty() {
        let how = if told.is_filled { How::Filled } else { How::Packager };
        return explained(file, how, told.from(), stock);
    }
    if let Some(files) = joined(prints, stock, |part| shipment.writer(path, &stock.words)(part)) {
        return explained(
            file,
            How::Joined,
            files.into_iter().map(|at| stock.nearest(&stock.contents[at].spots, path)).collect(),
            stock,
        );
    }
    told.look_elsewhere(path);
    file.ranges = told.ranges();
    file.from = told.from();
    file.lacks = told.lacks();
}

fn explained(file: &mut Shipped, how: How, from: Vec<Spot>, stock: &Stock<'_>) {
    let is_known = from.first().is_some_and(|spot| stock.is_known(*spot));
    (file.status, file.how) = (if is_known { Status::Known } else { Status::Transformed }, Some(how));
    file.from = from;
}

/// The document of a source whose values are those of a shipped one, or more: named like it. `None` within where the packager
/// wrote every value.
fn same_values(prints: &Prints, path: &[u8], stock: &Stock<'_>) -> Option<Option<Spot>> {
    if prints.values.is_empty() {
        return None;
    }
    let author = prints.values.iter().filter(|value| value.writer == Writer::Author);
    let own: HashSet<Hash> = author.map(|value| value.hash).collect();
    if own.is_empty() {
        return is_written(path).then_some(None);
    }
    let named: BTreeSet<Spot> = stock.named(path).iter().copied().filter(|spot| !stock.is_known(*spot)).collect();
    let documents: Vec<(Spot, HashSet<Hash>)> = stock
        .contents
        .iter()
        .filter_map(|stocked| {
            let spot = stocked.spots.iter().find(|spot| named.contains(spot))?;
            Some((*spot, stocked.prints.values.iter().map(|value| value.hash).collect()))
        })
        .collect();
    // The manifest of a workspace says some of what those of its crates do.
    let together: HashSet<Hash> = match base(path) == b"Cargo.toml" {
        true => documents.iter().flat_map(|(_, values)| values.iter().copied()).collect(),
        false => HashSet::new(),
    };
    let fit = documents.iter().filter(|(_, values)| own.is_subset(values) || own.is_subset(&together));
    let most = fit.max_by_key(|(spot, values)| (values.intersection(&own).count(), std::cmp::Reverse(*spot)));
    most.map(|(spot, _)| Some(*spot))
}

/// The whole files of sources that a file consists of, one behind the other, with nothing between but what is formal.
fn joined(prints: &Prints, stock: &Stock<'_>, formal: impl Fn(&Part) -> bool) -> Option<Vec<usize>> {
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(part) = prints.parts.get(at) {
        let begins = stock.of_part(&part.hash).iter().filter(|(_, first)| *first == 0).map(|(number, _)| *number as usize);
        let whole = |number: &usize| {
            let own = &stock.contents[*number].prints.parts;
            let here = prints.parts.get(at..at + own.len()).unwrap_or_default();
            here.len() == own.len() && here.iter().zip(own).all(|(here, own)| here.hash == own.hash)
        };
        let longest = begins.filter(whole).max_by_key(|number| stock.contents[*number].prints.parts.len());
        at += match longest {
            Some(number) => {
                files.push(number);
                stock.contents[number].prints.parts.len()
            }
            None if formal(part) => 1,
            None => return None,
        };
    }
    (files.len() > 1).then_some(files)
}

/// What is known of the parts of one file.
struct Told<'t> {
    prints: &'t Prints,
    stock: &'t Stock<'t>,
    origins: Vec<Origin>,
    /// The file that it has most of: its place, and its parts that were not met.
    source: Option<(Spot, &'t Stocked<'t>, BTreeSet<u32>)>,
    is_filled: bool,
}

impl<'t> Told<'t> {
    fn new(prints: &'t Prints, path: &[u8], stock: &'t Stock<'t>, shipment: &Shipment) -> Self {
        let mut told = Self { prints, stock, origins: vec![Origin::Nowhere; prints.parts.len()], source: None, is_filled: false };
        if let Some(stocked) = told.most_of(path) {
            let spot = stock.nearest(&stocked.spots, path);
            let matched = align(&prints.parts, &stocked.prints.parts);
            let met: HashSet<u32> = matched.iter().flatten().copied().collect();
            for (origin, _) in told.origins.iter_mut().zip(&matched).filter(|(_, at)| at.is_some()) {
                *origin = Origin::From(spot);
            }
            let missing = (0..).zip(&stocked.prints.parts).map(|(at, _)| at).filter(|at| !met.contains(at)).collect();
            told.source = Some((spot, stocked, missing));
            told.fill();
        }
        let formal = shipment.writer(path, &stock.words);
        let put_together = is_description(path);
        for (origin, part) in told.origins.iter_mut().zip(&prints.parts).filter(|(origin, _)| **origin == Origin::Nowhere) {
            // A description may come from several texts, and nothing runs it.
            let from_a_text = put_together && (part.weight < WEIGHT_MIN || !stock.of_part(&part.hash).is_empty());
            let blank = part.weight == 0 && !is_written(path);
            if formal(part) && !blank || from_a_text {
                *origin = Origin::Formal;
            }
        }
        told
    }

    /// The content that the file has most of.
    fn most_of(&self, path: &[u8]) -> Option<&'t Stocked<'t>> {
        let mut shared: HashMap<u32, u32> = HashMap::new();
        let mut total = 0_u32;
        for part in self.prints.parts.iter().filter(|part| part.weight >= WEIGHT_MIN) {
            total = total.saturating_add(u32::from(part.weight));
            for number in self.stock.of_part(&part.hash).iter().map(|(number, _)| *number).collect::<BTreeSet<_>>() {
                *shared.entry(number).or_default() += u32::from(part.weight);
            }
        }
        let by_path = |number: u32| {
            let stocked = &self.stock.contents[number as usize];
            self.stock.at(path).is_some_and(|at| stocked.spots.contains(&at))
        };
        // A file that version control fills in may have no line that stays.
        let in_place = self.stock.contents.iter().zip(0_u32..).filter(|(stocked, _)| !stocked.prints.keywords.is_empty());
        let in_place = in_place.map(|(_, number)| number).find(|number| by_path(*number));
        let best = shared
            .into_iter()
            .chain(in_place.map(|number| (number, 0)))
            .max_by_key(|(number, weight)| (*weight, by_path(*number), std::cmp::Reverse(*number)))?;
        (best.1 >= total / SHARE_MIN || Some(best.0) == in_place).then(|| &self.stock.contents[best.0 as usize])
    }

    /// Explains lines that stand where the source has a keyword that version control fills in.
    fn fill(&mut self) {
        let Some((spot, stocked, missing)) = &mut self.source else { return };
        let mut slots: HashMap<Hash, Vec<u32>> = HashMap::new();
        for (at, hash) in stocked.prints.keywords.iter().rev().filter(|(at, _)| missing.contains(at)) {
            slots.entry(*hash).or_default().push(*at);
        }
        for (at, hash) in &self.prints.filled {
            let Some(origin) = self.origins.get_mut(*at as usize).filter(|origin| **origin == Origin::Nowhere) else { continue };
            if let Some(slot) = slots.get_mut(hash).and_then(Vec::pop) {
                *origin = Origin::From(*spot);
                missing.remove(&slot);
                self.is_filled = true;
            }
        }
    }

    /// Whether nothing comes from nowhere and nothing is missing. What a description leaves out is no loss.
    fn is_whole(&self, is_description: bool) -> bool {
        let missing = self.source.as_ref().is_some_and(|(_, _, missing)| !missing.is_empty());
        !self.origins.contains(&Origin::Nowhere) && (is_description || !missing)
    }

    /// Explains runs of parts that another file has in the same order.
    fn look_elsewhere(&mut self, path: &[u8]) {
        let mut at = 0;
        while at < self.origins.len() {
            if self.origins[at] != Origin::Nowhere {
                at += 1;
                continue;
            }
            let (number, count) = self.longest_run(at);
            let run = &self.prints.parts[at..at + count];
            let weight: u32 = run.iter().map(|part| u32::from(part.weight)).sum();
            if weight >= RUN_WEIGHT_MIN && (count >= RUN_LINES_MIN || !self.prints.is_text) {
                let spot = self.stock.nearest(&self.stock.contents[number].spots, path);
                self.origins[at..at + count].fill(Origin::From(spot));
                at += count;
            } else {
                at += 1;
            }
        }
    }

    /// The content that has most of what begins here, and how many parts.
    fn longest_run(&self, at: usize) -> (usize, usize) {
        let run = |(number, first): &(u32, u32)| {
            let theirs = self.stock.contents[*number as usize].prints.parts.get(*first as usize..).unwrap_or_default();
            let here = self.prints.parts[at..].iter().zip(&self.origins[at..]).zip(theirs);
            let same = here.take_while(|((part, origin), other)| **origin == Origin::Nowhere && part.hash == other.hash);
            (*number as usize, same.count())
        };
        let places = self.stock.of_part(&self.prints.parts[at].hash);
        places.iter().map(run).max_by_key(|(number, count)| (*count, std::cmp::Reverse(*number))).unwrap_or((0, 0))
    }

    /// The files that the parts come from, most first.
    fn from(&self) -> Vec<Spot> {
        let mut bytes: BTreeMap<Spot, u64> = BTreeMap::new();
        for (origin, part) in self.origins.iter().zip(&self.prints.parts) {
            if let Origin::From(spot) = origin {
                *bytes.entry(*spot).or_default() += u64::from(part.len);
            }
        }
        let mut spots: Vec<(Spot, u64)> = bytes.into_iter().collect();
        spots.sort_by_key(|(spot, bytes)| (std::cmp::Reverse(*bytes), *spot));
        spots.into_iter().take(FROM_MAX).map(|(spot, _)| spot).collect()
    }

    fn ranges(&self) -> Vec<Range> {
        let mut ranges: Vec<Range> = Vec::new();
        let mut last = None;
        let (mut start, mut line) = (0_u64, u32::from(self.prints.is_text));
        for (origin, part) in self.origins.iter().zip(&self.prints.parts) {
            let end = start + u64::from(part.len);
            match ranges.last_mut().filter(|_| last == Some(*origin)) {
                Some(range) => (range.end, range.line_end) = (end, line),
                None => {
                    let from = if let Origin::From(spot) = origin { Some(*spot) } else { None };
                    ranges.push(Range { start, end, line, line_end: line, from, formal: *origin == Origin::Formal });
                }
            }
            last = Some(*origin);
            line += u32::from(self.prints.is_text && part.ends_line);
            start = end;
        }
        ranges
    }

    fn lacks(&self) -> Vec<Gap> {
        let Some((of, stocked, missing)) = &self.source else { return Vec::new() };
        let is_text = stocked.prints.is_text;
        let mut gaps: Vec<Gap> = Vec::new();
        let (mut start, mut line, mut was_missing) = (0_u64, 1_u64, false);
        for (part, at) in stocked.prints.parts.iter().zip(0_u32..) {
            let end = start + u64::from(part.len);
            let is_missing = missing.contains(&at);
            let (first, last) = if is_text { (line, line) } else { (start, end) };
            match gaps.last_mut().filter(|_| is_missing && was_missing) {
                Some(gap) => gap.last = last,
                None if is_missing => gaps.push(Gap { of: *of, first, last, lines: is_text }),
                None => {}
            }
            was_missing = is_missing;
            line += u64::from(part.ends_line);
            start = end;
        }
        gaps
    }
}
