//! Damaged input: every fixture cut at every length and with flipped bits must not panic, hang or exceed the limits.

use crate::fixtures::{bytes, hint_of, paths};
use doorward_model::{Examined, Limits, ProblemKind};
use doorward_open::{Place, open_all};
use std::time::{Duration, Instant};

/// Far above what any damaged fixture needs, far below a hang.
const PATIENCE: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits { bytes_open_max: 8 << 20, content_bytes_max: 4 << 20, nodes_max: 5_000, depth_max: 8, ..Limits::default() }
}

fn check(name: &str, damaged: &[u8], hint: &doorward_model::Hint, limits: &Limits) -> Vec<Place> {
    let began = Instant::now();
    let places = open_all(damaged, hint, &[b"password".as_slice().into()], limits);
    assert!(began.elapsed() < PATIENCE, "{name}: {:?}", began.elapsed());
    let bytes: usize = places.iter().skip(1).filter_map(|place| place.child.content.as_ref()).map(Vec::len).sum();
    assert!(u64::try_from(bytes).unwrap() <= limits.bytes_open_max, "{name}: {bytes} bytes");
    assert!(u64::try_from(places.len()).unwrap() <= limits.nodes_max + 1, "{name}: {} places", places.len());
    places
}

#[test]
fn fixtures_cut_at_every_length_do_no_harm() {
    for path in paths() {
        let (whole, hint, name) = (bytes(&path), hint_of(&path), path.display().to_string());
        // Runs of zeros make some fixtures long; there a cut every few bytes says the same.
        let step = (whole.len() / 1_500).max(1);
        for length in (0..whole.len()).step_by(step) {
            check(&name, &whole[..length], &hint, &limits());
        }
    }
}

#[test]
fn fixtures_with_flipped_bits_do_no_harm() {
    let mut random = Random(0x00D0_0A2D);
    for path in paths() {
        let (whole, hint, name) = (bytes(&path), hint_of(&path), path.display().to_string());
        for _ in 0..400 {
            let mut damaged = whole.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(damaged.len());
                damaged[at] ^= 1 << random.below(8);
            }
            check(&name, &damaged, &hint, &limits());
        }
    }
}

#[test]
fn fixtures_with_large_numbers_do_no_harm() {
    let mut random = Random(77);
    for path in paths() {
        let (whole, hint, name) = (bytes(&path), hint_of(&path), path.display().to_string());
        for _ in 0..200 {
            let mut damaged = whole.clone();
            let at = random.below(damaged.len());
            let end = (at + [1, 2, 4, 8][random.below(4)]).min(damaged.len());
            damaged[at..end].fill([0xff, 0x7f, 0x80, b'7', b'9'][random.below(5)]);
            check(&name, &damaged, &hint, &limits());
        }
    }
}

#[test]
fn every_byte_of_a_damaged_container_is_opened_or_told() {
    // A container that was opened explains all its bytes or carves the rest; one that was not is scanned as a whole.
    let mut random = Random(5);
    for path in paths() {
        let (whole, hint, name) = (bytes(&path), hint_of(&path), path.display().to_string());
        for _ in 0..50 {
            let mut damaged = whole.clone();
            let at = random.below(damaged.len());
            damaged[at] = damaged[at].wrapping_add(1);
            let places = check(&name, &damaged, &hint, &limits());
            for (index, place) in places.iter().enumerate() {
                let gaps = place.problems.iter().filter(|problem| problem.kind == ProblemKind::Unaccounted).count();
                let carved = places.iter().filter(|child| child.parent == Some(index) && is_carved(child)).count();
                let opened = place.opened.as_ref().is_some_and(|opened| opened.examined == Examined::Opened);
                assert!(gaps <= carved || !opened, "{name}");
            }
        }
    }
}

fn is_carved(place: &Place) -> bool {
    matches!(place.child.step, doorward_model::Step::Carved { .. })
}

/// A small generator (xorshift64): the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}
