//! What the neutral form of each kind of node is, written compactly.

use super::lower;
use crate::neutral::{Expr, Function, Lowered, Module, Over, Place, Stmt, What};

/// Runs `work` on the stack that parsers have in the contained workers.
fn on_large_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(work).expect("a thread starts");
    thread.join().expect("no panic")
}

/// Top level, functions and exports of a source in one line each; and how lowering went.
fn dump(source: &str) -> (String, Lowered) {
    let mut text = String::new();
    let lowered = lower(source, &mut |module| text = write_module(module));
    (text, lowered)
}

fn write_module(module: &Module<'_>) -> String {
    let Some((top, functions)) = module.functions.split_first() else { return String::new() };
    let mut lines = vec![body(&top.body)];
    for (index, function) in functions.iter().enumerate() {
        lines.push(format!("f{} {}", index + 1, write_function(function)));
    }
    for (index, class) in module.classes.iter().enumerate() {
        let methods: Vec<_> = class.methods.iter().map(|(name, id)| format!("{name}=f{id}")).collect();
        let (name, bases, at) = (&class.name, list(&class.bases), class.body);
        lines.push(format!("c{index} {name}({bases}) [{}] f{at}", methods.join(" ")));
    }
    if !module.exports.is_empty() {
        let pairs: Vec<_> = module.exports.iter().map(|(outside, inside)| format!("{outside}={inside}")).collect();
        lines.push(format!("exports {}", pairs.join(" ")));
    }
    lines.join("\n")
}

fn write_function(function: &Function<'_>) -> String {
    let params = function.params.iter().map(|param| {
        let rest = if param.rest { "..." } else { "" };
        let default = param.default.as_ref().map_or(String::new(), |value| format!("={}", expr(value)));
        format!("{rest}{}{default}", place(&param.place))
    });
    let params: Vec<_> = params.collect();
    let decorators: String = function.decorators.iter().map(|it| format!("@{} ", expr(it))).collect();
    let class = function.class.map_or(String::new(), |class| format!(" of c{class}"));
    let outer = function.outer.filter(|outer| *outer > 0).map_or(String::new(), |outer| format!(" in f{outer}"));
    format!("{decorators}{}({}){class}{outer}: {}", function.name, params.join(","), body(&function.body))
}

fn body(body: &[Stmt<'_>]) -> String {
    body.iter().map(statement).collect::<Vec<_>>().join("; ")
}

fn statement(it: &Stmt<'_>) -> String {
    match it {
        Stmt::Assign(to, value) => format!("{} := {}", place(to), expr(value)),
        Stmt::Do(value) => expr(value),
        Stmt::If(test, then, other) if other.is_empty() => format!("if {} {{{}}}", expr(test), body(then)),
        Stmt::If(test, then, other) => format!("if {} {{{}}} else {{{}}}", expr(test), body(then), body(other)),
        Stmt::Loop(Over::While(test), turn) => format!("while {} {{{}}}", expr(test), body(turn)),
        Stmt::Loop(Over::Each(to, over), turn) => format!("each {} of {} {{{}}}", place(to), expr(over), body(turn)),
        Stmt::Try(first, handlers, last) => {
            let handlers: String = handlers.iter().map(|it| format!(" catch {{{}}}", body(it))).collect();
            format!("try {{{}}}{handlers} finally {{{}}}", body(first), body(last))
        }
        Stmt::Return(value) => format!("return {}", value.as_ref().map_or(String::new(), expr)),
        Stmt::Raise(value) => format!("raise {}", value.as_ref().map_or(String::new(), expr)),
        Stmt::Define(id) => format!("def f{id}"),
        Stmt::Class(id) => format!("class c{id}"),
        Stmt::Import(it) => {
            format!("import {}{} as {}", it.module, it.item.as_ref().map_or(String::new(), |it| format!(":{it}")), it.alias)
        }
        Stmt::Local(names) => format!("local {}", names.join(" ")),
        Stmt::Break => "break".into(),
        Stmt::Continue => "continue".into(),
    }
}

fn place(it: &Place<'_>) -> String {
    match it {
        Place::Name(name, _) => name.to_string(),
        Place::Member(object, name, _) => format!("{}.{name}", expr(object)),
        Place::Index(object, index, _) => format!("{}[{}]", expr(object), expr(index)),
        Place::Elements(places) => format!("[{}]", places.iter().map(place).collect::<Vec<_>>().join(",")),
        Place::Members(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(name, to)| format!("{name}:{}", place(to))).collect();
            format!("{{{}}}", pairs.join(","))
        }
        Place::Rest(to) => format!("...{}", place(to)),
    }
}

fn list(values: &[Expr<'_>]) -> String {
    values.iter().map(expr).collect::<Vec<_>>().join(",")
}

fn expr(it: &Expr<'_>) -> String {
    match &it.what {
        What::Text(text) => format!("{text:?}"),
        What::Bytes(bytes) => format!("b{bytes:?}"),
        What::Int(number) => number.to_string(),
        What::Raw(text) => format!("raw({text})"),
        What::Bool(is) => is.to_string(),
        What::Null => "null".into(),
        What::Name(name) => name.to_string(),
        What::Member(object, name) => format!("{}.{name}", expr(object)),
        What::Index(object, index) => format!("{}[{}]", expr(object), expr(index)),
        What::Slice(..) | What::Each(..) => "never".into(),
        What::Call(callee, arguments, _) => format!("{}({})", expr(callee), list(arguments)),
        What::Op(operator, parts) if parts.len() == 1 => format!("({operator} {})", list(parts)),
        What::Op(operator, parts) => {
            format!("({})", parts.iter().map(expr).collect::<Vec<_>>().join(&format!(" {operator} ")))
        }
        What::Concat(parts) => format!("cat({})", list(parts)),
        What::Choose(parts) => format!("({} ? {} : {})", expr(&parts[0]), expr(&parts[1]), expr(&parts[2])),
        What::List(parts) => format!("[{}]", list(parts)),
        What::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| match key {
                Some(key) => format!("{}:{}", expr(key), expr(value)),
                None => format!("...{}", expr(value)),
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
        }
        What::Spread(value) => format!("...{}", expr(value)),
        What::Function(id) => format!("f{id}"),
        What::Class(id) => format!("c{id}"),
        What::Await(value) => format!("await {}", expr(value)),
        What::Bind(to, value) => format!("({} := {})", place(to), expr(value)),
        What::Other(parts) => format!("other({})", list(parts)),
    }
}

fn check(rows: &'static [(&'static str, &'static str)]) {
    on_large_stack(move || {
        for (source, expected) in rows {
            let (text, lowered) = dump(source);
            assert_eq!(text, *expected, "{source}");
            assert_eq!(lowered, Lowered::default(), "{source}");
        }
    });
}

#[test]
fn statements_have_their_place_in_the_form() {
    check(&[
        ("var a = 1, b; let c; const d = 'x'", "a := 1; c := null; d := \"x\""),
        ("if (a) b(); else if (c) d(); else e()", "if a {b()} else {if c {d()} else {e()}}"),
        (
            "for (var i = 0; i < 3; i++) { if (x) continue; f(i) }",
            "i := 0; while (i < 3) {if x {i := (i + 1); continue}; f(i); i := (i + 1)}",
        ),
        ("for (const k in o) f(k)", "each k of o {f(k)}"),
        ("for (const [a, b] of m) f(a)", "each [a,b] of m {f(a)}"),
        ("while (t()) { break }", "while t() {break}"),
        ("do { f() } while (x)", "while true {f(); if x {} else {break}}"),
        ("try { f() } catch (e) { g(e) } finally { h() }", "try {f()} catch {e := other(); g(e)} finally {h()}"),
        ("try { f() } catch { }", "try {f()} catch {} finally {}"),
        ("throw new Error('x')", "raise Error(\"x\")"),
        (
            "switch (x) { case 1: a(); break; case 2: case 3: b(); break; default: c() }",
            "if (x === 1) {a()} else {if ((x === 2) || (x === 3)) {b()} else {c()}}",
        ),
        ("switch (x) { case 1: a(); case 2: b() }", "if ((x === 1) || (x === 2)) {if (x === 1) {a()}; b()}"),
        (
            "while (1) { switch (s[i++]) { case '0': a(); continue; case '1': b(); break } break }",
            "while 1 {switch 20 := s[((i := (i + 1)) - 1)]; if (switch 20 === \"0\") {a(); continue} else {if (switch 20 === \"1\") {b()}}; break}",
        ),
        ("o: for (;;) { for (;;) { break o } }", "while true {while true {break}}"),
        ("with (o) f()", "o; f()"),
        ("a && b(); a || c(); a ? b() : c()", "if a {b()}; if a {} else {c()}; if a {b()} else {c()}"),
        ("a = 1, b(), c += 2", "a := 1; b(); c := (c + 2)"),
        ("f(); function f() { return 1 }", "def f1; f()\nf1 f(): return 1"),
    ]);
}

#[test]
fn expressions_have_their_place_in_the_form() {
    check(&[
        ("(0, eval)(x)", "(0 , eval)(x)"),
        ("x = 'a' + 'b' + c + 'd'", "x := (\"a\" + \"b\" + c + \"d\")"),
        ("x = a - b + c < d", "x := (((a - b) + c) < d)"),
        ("x = `a${b}c`; y = `plain`; tag`a${b}`", "x := cat(\"a\",b,\"c\"); y := \"plain\"; tag([\"a\",\"\"],b)"),
        ("a?.b?.[c]?.(d)", "a.b[c](d)"),
        ("a['b'].c['d' + e][0]", "a.b.c[(\"d\" + e)][0]"),
        (
            "f(...a, [...b, , 1], {...c, d, 'e': 1, [f]: 2, g() {}, get h() { return 1 }})",
            "f(...a,[...b,null,1],{...c,\"d\":d,\"e\":1,f:2,\"g\":f1,\"h\":f2()})\nf1 g(): \nf2 (): return 1",
        ),
        ("new X(1); new (require('x'))", "X(1); require(\"x\")()"),
        ("import('m').then(x => x.y)", "import(\"m\").then(f1)\nf1 (x): return x.y"),
        (
            "x = [1.5, 0x10, 10n, -3, /a/g, void 0, undefined, null, !0, !1, typeof a]",
            "x := [raw(1.5),16,10,-3,raw(/a/g),null,null,null,true,false,(typeof a)]",
        ),
        ("x = '\\x65\\u0076\\u{61}\\154\\n'", "x := \"eval\\n\""),
        ("x = '\\ud800y'", "x := \"\u{FFFD}y\""),
        ("if ((m = r.exec(s)) !== null) f(m[0])", "if ((m := r.exec(s)) !== null) {f(m[0])}"),
        ("x = i++ + --j", "x := (((i := (i + 1)) - 1) + (j := (j - 1)))"),
        ("(function () { var a = b; b = a })()", "f1()\nf1 (): local a; a := b; b := a"),
        (
            "const f = async (a, {b = 1, ...c} = {}, ...d) => { await a }",
            "f := f1\nf1 f(a,{b:b,:...c}={},...d): if (b === null) {b := 1}; await a",
        ),
        ("function* g() { yield 1; yield* h() }", "def f1\nf1 g(): (yield 1); (yield h())"),
        ("[a, b.c, ...d] = e; ({x, y: z = 1} = w)", "[a,b.c,...d] := e; {x:x,y:z} := w; if (z === null) {z := 1}"),
        ("a ||= b; a.b ??= c", "a := (a || b); a.b := (a.b ?? c)"),
        ("x = <A b=\"c\" {...d}>{e}<f.g/> t</A>", "x := other(A,{\"b\":\"c\",...d},e,other(f.g),\" t\")"),
    ]);
}

#[test]
fn modules_and_classes_have_their_place_in_the_form() {
    check(&[
        (
            "import a, { b as c, type T } from 'm'; import * as d from './n'; import 'o'; import type U from 'p'",
            "import m:default as a; import m:b as c; import ./n as d; import o as ",
        ),
        (
            "export const a = 1; export function b() {} export { c as d }; export default class E {}",
            "def f1; a := 1; class c0\nf1 b(): \nf2 E(): \nc0 E() [] f2\nexports b=b a=a d=c default=E",
        ),
        (
            "export * from 'm'; export * as n from 'm'; export { p as q } from './r'; export default 1",
            "import m:* as *; import m as m#*; import ./r:p as ./r#p; default := 1\nexports *=* n=m#* q=./r#p default=default",
        ),
        (
            "module.exports = { a, b: c, d() {} }; exports.e = 1; module.exports.f = g; module.exports = h",
            "module.exports := {\"a\":a,\"b\":c,\"d\":f1}; exports.e := 1; module.exports.f := g; module.exports := h\nf1 d(): \nexports module.exports=module.exports a=a b=c d=module.exports.d e=exports.e f=g module.exports=h",
        ),
        (
            "class A extends B { static x = 1; y = f(); #z = 2; static { g() } get q() { return this.#z } m(a) {} constructor() { super(1) } }",
            "class c0\nf1 A(): x := 1; g()\nf2 @get q() of c0 in f1: return this.#z\nf3 m(a) of c0 in f1: \nf4 constructor() of c0 in f1: this.y := f(); this.#z := 2; super(1)\nc0 A(B) [q=f2 m=f3 constructor=f4] f1",
        ),
        ("const K = class { y = 1 }", "K := c0\nf1 K(): \nf2 constructor() of c0 in f1: this.y := 1\nc0 K() [constructor=f2] f1"),
        (
            "let a: number = <T>b as U; function f(this: X, c?: string): void {} interface I {} type J = 1; declare const k: any",
            "def f1; a := b\nf1 f(c): ",
        ),
        (
            "enum E { A, B = 5, C } namespace N { export const a = 1; f() } import r = require('m'); export = r",
            "E := {\"A\":0,\"B\":5,\"C\":6}; N := f1(); import m as r; module.exports := r\nf1 (): local a; a := 1; f(); return {\"a\":a}\nexports module.exports=r",
        ),
        (
            "@dec() class A { @p x; constructor(private y: string) {} @m() n() {} }",
            "class c0\nf1 @dec() A(): p\nf2 @m() n() of c0 in f1: \nf3 constructor(y) of c0 in f1: this.y := y\nc0 A() [n=f2 constructor=f3] f1",
        ),
        ("if (a) return; x!.y!.z()", "if a {return }; x.y.z()"),
        ("<!-- old\nf()", "f()"),
        (
            "!function(e){var t={};function n(r){if(t[r])return t[r].exports;var o=t[r]={i:r,exports:{}};return e[r].call(o.exports,o,o.exports,n),o.exports}n(0)}([function(e,t,n){n(1)}])",
            "(! f1([f3]))\nf1 (e): local n t; def f2; t := {}; n(0)\nf2 n(r) in f1: local o; if t[r] {return t[r].exports}; o := (t[r] := {\"i\":r,\"exports\":{}}); e[r].call(o.exports,o,o.exports,n); return o.exports\nf3 (e,t,n): n(1)",
        ),
    ]);
}

#[test]
fn deep_and_long_sources_are_lowered_or_refused() {
    on_large_stack(|| {
        let terms = format!("x = {}'z'", "'a'+".repeat(100_000));
        lower(&terms, &mut |module| {
            let Some(Stmt::Assign(_, Expr { what: What::Op("+", parts), .. })) = module.functions[0].body.first() else {
                panic!("one flat operator");
            };
            assert_eq!(parts.len(), 100_001);
        });
        let members = format!("a{}", ".b(c)".repeat(20_000));
        assert!(dump(&members).1.too_deep);
        let nested = format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000));
        assert!(dump(&nested).1.too_deep);
        let too_deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        assert!(dump(&too_deep).1.too_deep);
    });
}

#[test]
fn statements_before_an_error_are_lowered() {
    on_large_stack(|| {
        let (text, lowered) = dump("a();\nb();\nc(;\n");
        assert_eq!(text, "a(); b()");
        assert_eq!(lowered.error_at, Some(12));
    });
}

/// Sources of every shape that the tables above have, for damage.
const SHAPES: &str = r#"
import a, { b as c } from 'm'; export default class extends a { static #x = 1; y = 2; get z() { return this.y } }
const { d = 1, ...e } = await import('n'); label: for (const f of [1, , ...e]) { if (f?.g) continue label; else break }
function* h(i = `a${b}c`, ...j) { try { yield* h() } catch ({ k }) { throw k } finally { delete l[m] } }
switch (n++) { case 'o': p = q ??= /r/g; break; default: (0, eval)(s ? t : u) }
!function () { module.exports = { v, w: 1 }; exports.x = async () => <y z={a}>{b}</y> }();
enum F { G, H = 'i' } namespace J { export const k: number = 1 }
"#;

#[test]
fn damaged_sources_do_not_panic() {
    on_large_stack(|| {
        for end in (0..SHAPES.len()).filter(|end| SHAPES.is_char_boundary(*end)) {
            dump(&SHAPES[..end]);
        }
        let mut seed = 0x2545_F491_u32;
        for _ in 0..2_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let mut bytes = SHAPES.as_bytes().to_vec();
            let at = seed as usize % bytes.len();
            bytes[at] ^= 1 << (seed >> 29);
            dump(&String::from_utf8_lossy(&bytes));
        }
    });
}

#[test]
fn spans_are_those_of_the_file() {
    on_large_stack(|| {
        let source = "\u{FEFF}#!/usr/bin/env node\nrun('it');\n";
        lower(source, &mut |module| {
            let Some(Stmt::Do(call)) = module.functions[0].body.first() else { panic!("a call") };
            assert_eq!(&source[call.at.start as usize..call.at.end as usize], "run('it')");
        });
    });
}

/// What makes the parser call itself, `levels` deep.
fn towers(levels: usize) -> Vec<String> {
    let around = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(levels), close.repeat(levels));
    vec![
        around("(", "1", ")"),
        around("[", "", "]"),
        around("{", "", "}"),
        around("x({a:", "1", "})"),
        around("function f(){", "", "}"),
        around("if(a){", "", "}"),
        around("`${", "1", "}`"),
        around("x=", "1", ""),
        around("a=>", "1", ""),
        around("a?", "1", ":2"),
        around("a?1:", "1", ""),
        around("!", "1", ""),
        around("typeof ", "1", ""),
        around("new ", "x", ""),
        around("if(a);else ", "b()", ""),
        around("a:", "b()", ""),
        around("a**", "1", ""),
        around("for(;;)", "b()", ""),
        around("class extends ", "x", "{}"),
        around("<a>", "", "</a>"),
        around("[", "a", "]=1").replace("]=1]", "]]"),
    ]
}

#[test]
fn towers_are_refused_or_lowered() {
    on_large_stack(|| {
        for levels in [400, 4_000, 40_000] {
            for tower in towers(levels) {
                lower(&tower, &mut |_| {});
            }
        }
        for open in ["(", "[", "{", "x({a:", "`${", "x=", "a=>", "a?1:", "!", "a:", "a**"] {
            let lowered = lower(&open.repeat(400_000), &mut |_| {});
            assert_eq!(lowered, Lowered { too_deep: true, error_at: None }, "{open}");
        }
    });
}
