//! Forms of small commands, and what damaged and nested sources do: nothing bad.

use crate::languages::Language;
use crate::neutral::{Expr, Lowered, Stmt, What};

/// A source as its neutral form, in one line.
fn form(source: &str) -> String {
    let mut shown = String::new();
    super::lower(source, &mut |module| {
        let body = module.functions.first().map(|top| top.body.as_slice()).unwrap_or_default();
        shown = body.iter().map(statement).collect::<Vec<_>>().join("; ");
    });
    shown
}

fn statement(stmt: &Stmt<'_>) -> String {
    match stmt {
        Stmt::Do(expr) => expression(expr),
        Stmt::Assign(_, expr) => format!("= {}", expression(expr)),
        Stmt::If(test, then, other) => format!("if {} {{{}}} {{{}}}", expression(test), then.len(), other.len()),
        Stmt::Loop(_, body) => format!("loop {{{}}}", body.len()),
        Stmt::Define(number) => format!("define {number}"),
        _ => "?".into(),
    }
}

fn expression(expr: &Expr<'_>) -> String {
    let list = |parts: &[Expr<'_>]| parts.iter().map(expression).collect::<Vec<_>>().join(", ");
    match &expr.what {
        What::Text(text) => format!("{text:?}"),
        What::Name(name) => name.to_string(),
        What::Call(callee, args, named) => {
            let named: Vec<_> = named.iter().map(|(name, expr)| format!("{name}: {}", expression(expr))).collect();
            format!("{}({})", expression(callee), [vec![list(args)], named].concat().join(" "))
        }
        What::Op(op, parts) => format!("{op}[{}]", list(parts)),
        What::Concat(parts) => format!("+[{}]", list(parts)),
        What::Spread(inner) => format!("...{}", expression(inner)),
        What::List(parts) => format!("[{}]", list(parts)),
        What::Function(number) => format!("#{number}"),
        What::Other(parts) => format!("?[{}]", list(parts)),
        What::Index(owner, key) => format!("{}[{}]", expression(owner), expression(key)),
        _ => "_".into(),
    }
}

#[test]
fn commands_are_lowered() {
    for (source, expected) in [
        ("ls -l '/a b'", r#"ls("-l", "/a b")"#),
        ("a=1 b=$a; echo \"$b c\"", r#"= "1"; = $a; echo(+[$b, " c"])"#),
        ("a | b | c", "c( stdin: b( stdin: a()))"),
        ("a > f 2>&1 < g", r#"a( >: "f" <: "g")"#),
        ("a && b || c", "a(); b(); if ?[] {1} {0}"),
        ("[ \"$1\" = x ] && a", r#"if ==[$@[_], "x"] {1} {0}"#),
        ("if a; then b; else c; fi", "if ?[a()] {1} {1}"),
        ("for x in a $b; do c; done", "loop {1}"),
        ("f() { a; }", "define 1"),
        ("$(a) `b`", "...split[a()](...split[b()])"),
        ("cat <<E\nx $y\nE\nls", r#"cat( stdin: +["x ", $y, "\n"]); ls()"#),
        ("cat <<'E'\nx $y\nE\n", r#"cat( stdin: "x $y\n")"#),
        ("{ a; b; } | c", "c( stdin: #1())"),
        ("a # b\nc", "a(); c()"),
        ("bash <(a)", "bash(<()(a()))"),
        ("a\\\n b", r#"a("b")"#),
        ("{a,b} c", r#"a("b", "c")"#),
        ("a$IFS'b'", r#"a("b")"#),
    ] {
        assert_eq!(form(source), expected, "{source}");
    }
}

/// All that the tests of what code does hold, and what no shell allows.
const SOURCES: [&str; 3] = [
    include_str!("../../../tests/meaning/shell.txt"),
    "case x in (a|b) c;; *) d;; esac; while read -r x; do echo \"${x//a/b}\" $((1+2)) `a \\`b\\``; done < f\nselect",
    "a=(1 2 \"$b\"); a[3]=x; [[ -n $a && x == y* ]] || (( a++ )); echo ${a[@]:1:2} ${!b} ${#a} $'\\x41' <<-E | c\n\tx\n\tE\n",
];

fn all_languages(source: &str) {
    for language in [Language::Shell, Language::Batch, Language::PowerShell] {
        let Lowered { .. } = language.lower(source, &mut |_| {});
    }
}

#[test]
fn damaged_sources_are_lowered() {
    let mut state = 0x9e37_79b9_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 8).unwrap() % below.max(1)
    };
    for source in SOURCES {
        for program in source.split("\n=== ") {
            let letters: Vec<char> = program.chars().collect();
            for end in 0..letters.len() {
                all_languages(&letters[..end].iter().collect::<String>());
            }
            for _ in 0..200 {
                let mut damaged = letters.clone();
                for _ in 0..=random(4) {
                    let at = random(damaged.len());
                    let with =
                        ['$', '(', ')', '{', '}', '`', '"', '\'', '\\', '<', '|', '\n', '\u{fffc}', '\u{e9}', '[', '@', ';'];
                    let letter = with[random(with.len())];
                    if let Some(place) = damaged.get_mut(at) {
                        *place = letter;
                    }
                }
                all_languages(&damaged.into_iter().collect::<String>());
            }
        }
    }
}

#[test]
fn towers_are_lowered() {
    let tower = |open: &str, count: usize, close: &str| format!("{}x{}", open.repeat(count), close.repeat(count));
    for (open, close) in [
        ("$(", ")"),
        ("`", "`"),
        ("(", ")"),
        ("{ ", "; }"),
        ("\"$(", ")\""),
        ("${a:-", "}"),
        ("if ", "; then a; fi"),
        ("<(", ")"),
        ("a | ", ""),
        ("f() { ", "; }"),
        ("[char]", ""),
        ("-join ", ""),
        ("@(", ")"),
        ("\"$(", ""),
        ("case x in a) ", ";; esac"),
        ("<<E ", ""),
        ("!", ""),
        ("{", "}"),
        ("a=(", ")"),
        ("while ", ""),
        ("x.a(", ")"),
    ] {
        let source = tower(open, 20_000, close);
        // The stack of a worker.
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(move || all_languages(&source));
        thread.expect("a thread starts").join().expect("nothing panics");
    }
}
