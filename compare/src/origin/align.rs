//! Two files part by part: what one has of the other in the same order.
//!
//! Patience: what both have just once, in the longest order that both keep, then its neighbours, then what lies between. Bounded
//! by n log n for each of a few rounds, and the same every time, whatever the input.

use doorward_model::prints::{Hash, Part};
use std::collections::HashMap;
use std::ops::Range;

/// Most rounds: what lies between the matches of one is looked at in the next.
const ROUNDS_MAX: usize = 6;

/// For every part of the first file the part of the second that it is.
pub(super) fn align(new: &[Part], old: &[Part]) -> Vec<Option<u32>> {
    let mut matched = vec![None; new.len()];
    let mut gaps = vec![(0..new.len(), 0..old.len())];
    for _ in 0..ROUNDS_MAX {
        let mut next = Vec::new();
        for (within_new, within_old) in gaps {
            next.extend(round(new, old, within_new, within_old, &mut matched));
        }
        gaps = next;
    }
    matched
}

type Gap = (Range<usize>, Range<usize>);

/// Matches within a gap; the gaps that are left, where anything was matched.
fn round(
    new: &[Part],
    old: &[Part],
    within_new: Range<usize>,
    within_old: Range<usize>,
    matched: &mut [Option<u32>],
) -> Vec<Gap> {
    let (mut a, mut b) = (within_new, within_old);
    let mut pair = |new: usize, old: usize| matched[new] = u32::try_from(old).ok();
    let before = (a.len(), b.len());
    while !a.is_empty() && !b.is_empty() && new[a.start].hash == old[b.start].hash {
        pair(a.start, b.start);
        (a.start, b.start) = (a.start + 1, b.start + 1);
    }
    while !a.is_empty() && !b.is_empty() && new[a.end - 1].hash == old[b.end - 1].hash {
        pair(a.end - 1, b.end - 1);
        (a.end, b.end) = (a.end - 1, b.end - 1);
    }
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let anchors = anchors(&new[a.clone()], &old[b.clone()]);
    if anchors.is_empty() && before == (a.len(), b.len()) {
        return Vec::new();
    }
    let mut gaps = Vec::new();
    let (mut from_new, mut from_old) = (a.start, b.start);
    for (x, y) in anchors {
        let (x, y) = (a.start + x, b.start + y);
        pair(x, y);
        gaps.push((from_new..x, from_old..y));
        (from_new, from_old) = (x + 1, y + 1);
    }
    gaps.push((from_new..a.end, from_old..b.end));
    gaps
}

/// Parts that each side has once, in the longest order that both keep.
fn anchors(new: &[Part], old: &[Part]) -> Vec<(usize, usize)> {
    let unique = |parts: &[Part]| {
        let mut at: HashMap<Hash, Option<usize>> = HashMap::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            at.entry(part.hash).and_modify(|at| *at = None).or_insert(Some(index));
        }
        at
    };
    let (ours, theirs) = (unique(new), unique(old));
    let once = |(index, part): (usize, &Part)| {
        ours.get(&part.hash).copied().flatten()?;
        Some((index, theirs.get(&part.hash).copied().flatten()?))
    };
    let pairs: Vec<(usize, usize)> = new.iter().enumerate().filter_map(once).collect();
    longest(&pairs)
}

/// The longest subsequence whose second numbers grow.
fn longest(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The last pair of the best chain of each length, and what stood before each pair.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, old)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *old);
        before.push(length.checked_sub(1).map(|at| ends[at]));
        match ends.get_mut(length) {
            Some(end) => *end = index,
            None => ends.push(index),
        }
    }
    let mut chain = Vec::new();
    let mut at = ends.last().copied();
    while let Some(index) = at {
        chain.push(pairs[index]);
        at = before[index];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::prints::Writer;
    use proptest::prelude::*;

    fn parts(text: &[u8]) -> Vec<Part> {
        text.iter().map(|byte| Part { hash: [*byte; 16], len: 1, weight: 1, ends_line: true, writer: Writer::Author }).collect()
    }

    #[test]
    fn what_was_planted_is_what_has_no_match() {
        let (old, new) = (parts(b"abcdefgh"), parts(b"abcXdefh"));
        let matched = align(&new, &old);
        let expected = [Some(0), Some(1), Some(2), None, Some(3), Some(4), Some(5), Some(7)];
        assert_eq!(matched, expected);
    }

    #[test]
    fn what_repeats_is_matched_beside_what_does_not() {
        let matched = align(&parts(b"}a}b}x}c}"), &parts(b"}a}b}}c}"));
        assert_eq!(matched.iter().filter(|at| at.is_none()).count(), 1, "{matched:?}");
    }

    proptest! {
        #[test]
        fn matches_are_equal_and_in_order(new in proptest::collection::vec(0_u8..6, 0..60), old in proptest::collection::vec(0_u8..6, 0..60)) {
            let (new, old) = (parts(&new), parts(&old));
            let matched: Vec<(usize, u32)> = align(&new, &old).into_iter().enumerate().filter_map(|(a, b)| Some((a, b?))).collect();
            prop_assert!(matched.iter().all(|(a, b)| new[*a].hash == old[*b as usize].hash));
            prop_assert!(matched.windows(2).all(|two| two[0].1 < two[1].1));
        }

        #[test]
        fn a_file_is_all_of_itself(bytes in proptest::collection::vec(0_u8..6, 0..60)) {
            let same = parts(&bytes);
            prop_assert!(align(&same, &same).iter().enumerate().all(|(a, b)| *b == u32::try_from(a).ok()));
        }
    }
}
