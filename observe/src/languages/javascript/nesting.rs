//! Whether a source nests so deep that the parser, which calls itself, would run out of stack.
//!
//! A cheap look before parsing: it counts open brackets, and operators that take what follows them as their operand, without
//! telling texts and comments from code, and so errs to both sides. Measured on a stack of 64 MB: 20,000 levels of every kind
//! parse, 40,000 of `x({` and `${` and 100,000 of most others do not. Not counted: words (`new new …`, `if(a);else …`,
//! `for(;;)…`), of which 100,000 parse and lists of words have more.

/// Deepest nesting of brackets that is parsed.
const BRACKETS_MAX: u32 = 5_000;

/// Longest run of operators, without a bracket, comma or semicolon between, that is parsed.
const OPERATORS_MAX: u32 = 20_000;

/// Whether a source is not to be parsed.
pub(super) fn is_too_deep(source: &str) -> bool {
    // Every level takes a byte.
    if source.len() <= usize::try_from(BRACKETS_MAX).unwrap_or(usize::MAX) {
        return false;
    }
    // Counting alone is many times faster, and enough for nearly every file.
    let count = |is: fn(u8) -> bool| source.bytes().filter(|byte| is(*byte)).count();
    let few = |count: usize, max: u32| usize::try_from(max).is_ok_and(|max| count <= max);
    if few(count(opens), BRACKETS_MAX) && few(count(takes_operand), OPERATORS_MAX) {
        return false;
    }
    let (mut depth, mut deepest, mut run, mut longest) = (0_u32, 0_u32, 0_u32, 0_u32);
    for byte in source.bytes() {
        match byte {
            byte if opens(byte) => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                run = 0;
            }
            b',' | b';' => run = 0,
            byte if takes_operand(byte) => {
                run = run.saturating_add(1);
                longest = longest.max(run);
            }
            _ => {}
        }
    }
    deepest > BRACKETS_MAX || longest > OPERATORS_MAX
}

fn opens(byte: u8) -> bool {
    matches!(byte, b'(' | b'[' | b'{')
}

/// Whether a byte may be an operator that takes what follows as its operand.
fn takes_operand(byte: u8) -> bool {
    matches!(byte, b'=' | b'?' | b':' | b'!' | b'~' | b'*' | b'>' | b'-')
}
