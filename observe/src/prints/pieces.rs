//! Cuts bytes where their content says, so that what was inserted moves no cut but those beside it.
//!
//! A gear hash as in FastCDC (Xia and others, USENIX ATC 2016): a cut stands where the hash of the last 64 bytes has 9 zeros.

/// Shortest piece, but for the last one.
const PIECE_BYTES_MIN: usize = 128;

/// Longest piece.
const PIECE_BYTES_MAX: usize = 4 << 10;

/// Bits of the hash that are zero at a cut: one place in 512.
const CUT: u64 = 0x1ff << 55;

/// One number for each byte, from a fixed generator (SplitMix64): any will do, and all audits must have the same.
static GEAR: [u64; 256] = gear();

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Evaluated by the compiler.
const fn gear() -> [u64; 256] {
    let mut table = [0; 256];
    let mut state = 0_u64;
    let mut at = 0;
    while at < 256 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        table[at] = mixed ^ (mixed >> 31);
        at += 1;
    }
    table
}

/// The pieces, in order.
pub(super) fn cut(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (piece, after) = rest.split_at_checked(end(rest))?;
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Where the first piece ends.
fn end(bytes: &[u8]) -> usize {
    let longest = bytes.len().min(PIECE_BYTES_MAX);
    let mut hash = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(longest) {
        hash = (hash << 1).wrapping_add(GEAR.get(usize::from(*byte)).copied().unwrap_or_default());
        if at >= PIECE_BYTES_MIN && hash & CUT == 0 {
            return at;
        }
    }
    longest
}
