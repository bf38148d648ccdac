//! How deep a source can nest, told from its bytes or tokens before anything recurses over its tree.
//!
//! The parser puts its own recursion on stacks that grow, but a tree is dropped by recursion that does not, and a tree can be
//! as deep as its source is long: `1+1+…` without a bracket, `not not …`, `((((…`. Measured: the drop takes under 128 bytes of
//! stack a level in release and under 512 in debug builds.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Parsed;

/// Deepest brackets that are parsed: the parser takes about a kilobyte for each.
const BRACKETS_MAX: u32 = 50_000;

/// Tokens of a tree whose drop surely fits the smallest stack in use (2 MB).
const SMALL_MAX: u32 = 2_000;

/// Most stack that dropping one level takes.
const DROP_BYTES: usize = 512;

/// Whether a source nests too deep to be parsed at all. Brackets in texts count too: nobody writes that many.
pub(super) fn refused(source: &str) -> bool {
    let mut open = 0_u32;
    if source.len() < usize::try_from(BRACKETS_MAX).unwrap_or(usize::MAX) {
        return false;
    }
    // Counting alone is many times faster, and enough for nearly every file.
    let opened = source.bytes().filter(|byte| matches!(byte, b'(' | b'[' | b'{')).count();
    if usize::try_from(BRACKETS_MAX).is_ok_and(|max| opened <= max) {
        return false;
    }
    source.bytes().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => open = open.saturating_add(1),
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > BRACKETS_MAX
    })
}

/// Drops a tree on a stack that is large enough for it.
pub(super) fn drop_tree(parsed: Parsed<ModModule>) {
    let depth = deepest(&parsed);
    if depth <= SMALL_MAX {
        drop(parsed);
        return;
    }
    let levels = usize::try_from(depth).unwrap_or(usize::MAX);
    stacker::grow(levels.saturating_mul(DROP_BYTES).saturating_add(DROP_BYTES.saturating_mul(1024)), || drop(parsed));
}

/// At most this many levels has the tree of these tokens: a level of the tree has a token of its own between the commas or line
/// ends around it, or it is one of the brackets and indents around it. Only a lambda's parameters have commas without a bracket.
fn deepest(parsed: &Parsed<ModModule>) -> u32 {
    let (mut deepest, mut indents) = (0_u32, 0_u32);
    // What each open bracket holds so far: levels before it, tokens since the last comma, lambdas.
    let mut levels: Vec<(u32, u32)> = vec![];
    let (mut run, mut lambdas) = (0_u32, 0_u32);
    let mut below = 0_u32;
    for token in parsed.tokens().iter() {
        match token.kind() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace | TokenKind::FStringStart | TokenKind::TStringStart => {
                levels.push((run, lambdas));
                below = below.saturating_add(run).saturating_add(lambdas).saturating_add(1);
                (run, lambdas) = (0, 0);
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::FStringEnd | TokenKind::TStringEnd => {
                if let Some((outer, outer_lambdas)) = levels.pop() {
                    below = below.saturating_sub(outer).saturating_sub(outer_lambdas).saturating_sub(1);
                    (run, lambdas) = (outer.saturating_add(1), outer_lambdas);
                }
            }
            TokenKind::Newline => {
                levels.clear();
                (run, lambdas, below) = (0, 0, 0);
            }
            TokenKind::Comma => run = 0,
            TokenKind::Lambda => lambdas = lambdas.saturating_add(2),
            TokenKind::Indent => indents = indents.saturating_add(2),
            TokenKind::Dedent => indents = indents.saturating_sub(2),
            _ => run = run.saturating_add(1),
        }
        deepest = deepest.max(below.saturating_add(run).saturating_add(lambdas).saturating_add(indents));
    }
    deepest
}
