//! Each kind of statement and expression, what is left of broken sources, spans, and hostile nesting.

use super::lower;
use crate::neutral::{Expr, Import, Module, Over, Place, Stmt, What};

fn names(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join(" ")
}

/// The form as one line of words in brackets.
struct Dump<'m, 's>(&'m Module<'s>);

impl Dump<'_, '_> {
    fn block(&self, body: &[Stmt]) -> String {
        format!("[{}]", body.iter().map(|stmt| self.stmt(stmt)).collect::<Vec<_>>().join("; "))
    }

    fn maybe(&self, expr: &Option<Expr>) -> String {
        expr.as_ref().map_or(String::new(), |expr| format!(" {}", self.expr(expr)))
    }

    fn stmt(&self, stmt: &Stmt) -> String {
        match stmt {
            Stmt::Assign(place, value) => format!("{} = {}", self.place(place), self.expr(value)),
            Stmt::Do(value) => self.expr(value),
            Stmt::If(test, then, other) => format!("if {} {} {}", self.expr(test), self.block(then), self.block(other)),
            Stmt::Loop(Over::Each(place, over), body) => {
                format!("for {} in {} {}", self.place(place), self.expr(over), self.block(body))
            }
            Stmt::Loop(Over::While(test), body) => format!("while {} {}", self.expr(test), self.block(body)),
            Stmt::Try(body, handlers, last) => {
                let handlers = names(handlers.iter().map(|handler| self.block(handler)));
                format!("try {} ({handlers}) {}", self.block(body), self.block(last))
            }
            Stmt::Return(value) => format!("return{}", self.maybe(value)),
            Stmt::Raise(value) => format!("raise{}", self.maybe(value)),
            Stmt::Local(own) => format!("own({})", names(own.iter().map(|name| name.to_string()))),
            Stmt::Break => "break".into(),
            Stmt::Continue => "continue".into(),
            Stmt::Define(number) => self.function(*number),
            Stmt::Class(number) => self.class(*number),
            Stmt::Import(Import { module, dots, item, alias, .. }) => {
                let item = item.as_ref().map_or(String::new(), |item| format!(" : {item}"));
                format!("import {}{module}{item} as {alias}", ".".repeat(*dots as usize))
            }
        }
    }

    fn function(&self, number: u32) -> String {
        let function = &self.0.functions[number as usize];
        let mut out = String::new();
        for decorator in &function.decorators {
            out += &format!("@{} ", self.expr(decorator));
        }
        let params = function.params.iter().map(|param| {
            let default = param.default.as_ref().map_or(String::new(), |value| format!("={}", self.expr(value)));
            format!("{}{}{default}", if param.rest { "*" } else { "" }, self.place(&param.place))
        });
        out + &format!("def {}({}) {}", function.name, names(params), self.block(&function.body))
    }

    fn class(&self, number: u32) -> String {
        let class = &self.0.classes[number as usize];
        let bases = names(class.bases.iter().map(|base| self.expr(base)));
        let methods = class.methods.iter().map(|(name, number)| {
            assert_eq!(self.0.functions[*number as usize].class, Some(class_number(self.0, class.body)), "{name}");
            self.function(*number)
        });
        let body = self.block(&self.0.functions[class.body as usize].body);
        format!("class {}({bases}) {body} {{{}}}", class.name, methods.collect::<Vec<_>>().join("; "))
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Name(name, _) => name.to_string(),
            Place::Member(of, name, _) => format!("{}.{name}", self.expr(of)),
            Place::Index(of, index, _) => format!("{}[{}]", self.expr(of), self.expr(index)),
            Place::Elements(places) => format!("({})", names(places.iter().map(|place| self.place(place)))),
            Place::Members(_) => panic!("Python has no places by member"),
            Place::Rest(place) => format!("*{}", self.place(place)),
        }
    }

    fn all(&self, exprs: &[Expr]) -> String {
        names(exprs.iter().map(|expr| self.expr(expr)))
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.what {
            What::Text(text) => format!("{text:?}"),
            What::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
            What::Int(int) => int.to_string(),
            What::Raw(text) => format!("`{text}`"),
            What::Bool(yes) => yes.to_string(),
            What::Null => "null".into(),
            What::Name(name) => name.to_string(),
            What::Member(of, name) => format!("{}.{name}", self.expr(of)),
            What::Index(of, index) => format!("{}[{}]", self.expr(of), self.expr(index)),
            What::Slice(of, bounds) => {
                let bounds = bounds.iter().map(|bound| bound.as_ref().map_or(String::new(), |bound| self.expr(bound)));
                format!("{}[{}]", self.expr(of), bounds.collect::<Vec<_>>().join(":"))
            }
            What::Call(callee, args, named) => {
                let named = named.iter().map(|(name, value)| format!("{name}={}", self.expr(value)));
                format!("{}({})", self.expr(callee), names(args.iter().map(|arg| self.expr(arg)).chain(named)))
            }
            What::Op(op, operands) => format!("({op} {})", self.all(operands)),
            What::Concat(parts) => format!("concat({})", self.all(parts)),
            What::Choose(choice) => {
                format!("({} ? {} : {})", self.expr(&choice[0]), self.expr(&choice[1]), self.expr(&choice[2]))
            }
            What::List(elements) => format!("[{}]", self.all(elements)),
            What::Map(items) => {
                let items = items.iter().map(|(key, value)| match key {
                    Some(key) => format!("{}:{}", self.expr(key), self.expr(value)),
                    None => format!("...{}", self.expr(value)),
                });
                format!("{{{}}}", names(items))
            }
            What::Spread(of) => format!("...{}", self.expr(of)),
            What::Each(made, over) => {
                let over = over.iter().map(|(place, of, tests)| {
                    let tests = tests.iter().map(|test| format!(" if {}", self.expr(test))).collect::<String>();
                    format!("for {} in {}{tests}", self.place(place), self.expr(of))
                });
                format!("each({} {})", self.expr(made), names(over))
            }
            What::Function(number) => self.function(*number),
            What::Class(number) => self.class(*number),
            What::Await(of) => format!("await {}", self.expr(of)),
            What::Bind(place, value) => format!("({} := {})", self.place(place), self.expr(value)),
            What::Other(parts) => format!("other({})", self.all(parts)),
        }
    }
}

fn class_number(module: &Module, body: u32) -> u32 {
    module.classes.iter().position(|class| class.body == body).expect("a class of that body") as u32
}

fn dump(source: &str) -> (String, Option<u32>, bool) {
    let mut out = String::new();
    let lowered = lower(source, &mut |module| {
        let top = Dump(module).block(&module.functions[0].body);
        out = top[1..top.len() - 1].to_owned();
    });
    (out, lowered.error_at, lowered.too_deep)
}

fn check(source: &str, expected: &str) {
    assert_eq!(dump(source), (expected.to_owned(), None, false), "{source}");
}

#[test]
fn expressions() {
    for (source, expected) in [
        ("'a' \"b\"", r#""ab""#),
        ("u'\\u0065\\x78' r'\\n'", r#""ex\\n""#),
        ("b'a\\x00' b'b'", r#"b"a\x00b""#),
        ("1, -2, 0x10, 0b11, 1_000", "[1 -2 16 3 1000]"),
        ("1.5; 2j; 99999999999999999999", "`1.5`; `2j`; `99999999999999999999`"),
        ("True, False, None, ...", "[true false null `...`]"),
        ("a.b.c", "a.b.c"),
        ("a[0]; a[1:2]; a[::-1]; a[b, c]; a[1:2, 3]", "a[0]; a[1:2:]; a[::-1]; a[[b c]]; a[[other(1 2) 3]]"),
        ("f(1, *a, k=2, **b)", "f(1 ...a ...b k=2)"),
        ("a+b+c; a+b*c; a-b+c; a**b**c", "(+ a b c); (+ a (* b c)); (+ (- a b) c); (** a (** b c))"),
        ("a @ b; a // b; a % b; ~a; +a; not a", "(@ a b); (// a b); (% a b); (~ a); (+ a); (not a)"),
        ("a << b; a >> b; a | b; a ^ b; a & b; a / b", "(<< a b); (>> a b); (| a b); (^ a b); (& a b); (/ a b)"),
        ("a and b and c or d", "(or (and a b c) d)"),
        ("a < b; a is not b; a not in b", "(< a b); (is not a b); (not in a b)"),
        ("1 < a <= 3; a < f() < b", "(and (< 1 a) (<= a 3)); other(a f() b)"),
        ("[1, *a]; {1, 2}; {}; {'k': v, **m}", r#"[1 ...a]; [1 2]; {}; {"k":v ...m}"#),
        ("[x for x in y if x if z]", "each(x for x in y if x if z)"),
        ("(a for b in c for a in b); {x for x in y}", "each(a for b in c for a in b); each(x for x in y)"),
        ("{k: v for k, v in m}", "dict(each([k v] for (k v) in m))"),
        ("lambda a, *b, c=1, **d: a", "def (a *b c=1 *d) [return a]"),
        ("a if b else c", "(b ? a : c)"),
        ("(x := f())", "(x := f())"),
        ("f'a{b}c{d!r:>{w}}{e=}'", r#"concat("a" b "c" format(repr(d) concat(">" w)) "e=" repr(e))"#),
        ("f'{a:02x}'; f'{a!s}{b!a}'", r#"concat(format(a "02x")); concat(str(a) ascii(b))"#),
        ("'x' f'{a}' 'y'; f'ab' 'c'; f''", r#"concat("x" a "y"); "abc"; """#),
        ("t'a{b}'", r#"concat("a" b)"#),
        ("getattr(__import__('o' + 's'), 'sys' 'tem')('id')", r#"getattr(__import__((+ "o" "s")) "system")("id")"#),
    ] {
        check(source, expected);
    }
}

#[test]
fn statements() {
    for (source, expected) in [
        ("a = b = 1", "a = 1; b = a"),
        ("a.b = c[d] = e", "a.b = e; c[d] = e"),
        ("a, (b, *c) = d; [e, f] = g", "(a (b *c)) = d; (e f) = g"),
        ("a += 1; b.c //= 2", "a = (+ a 1); b.c = (// b.c 2)"),
        ("a: int = 1; b: int; c: list[str | None] = []; d: exec('x')", r#"a = 1; c = []; exec("x")"#),
        ("if a: b\nelif c: d\nelse: e", "if a [b] [if c [d] [e]]"),
        ("for a, b in c:\n d\n break\nelse: e", "for (a b) in c [d; break]; e"),
        ("while a:\n continue\nelse: b", "while a [continue]; b"),
        ("with open(a) as f, b: c", "f = open(a); b; c"),
        ("with (a as b, c as (d, e)): pass", "b = a; (d e) = c"),
        (
            "try: a\nexcept E as e: b\nexcept (F, G): c\nexcept: pass\nelse: d\nfinally: f",
            "try [a; d] ([e = other(E); b] [c] []) [f]",
        ),
        ("try: a\nexcept* E: b", "try [a] ([b]) []"),
        ("raise\nraise E(1) from c", "raise; c; raise E(1)"),
        ("assert a, b", "if (not a) [raise b] []"),
        ("del a, b[c]", "(del a b[c])"),
        ("import a; import a.b, c.d as e", "import a as a; import a.b as a; import c.d as e"),
        (
            "from a.b import c, d as e\nfrom . import f\nfrom ..g import *",
            "import a.b : c as c; import a.b : d as e; import . : f as f; import ..g : * as *",
        ),
        (
            "def f(a, /, b=1, *, c, d=2, **e) -> T:\n global x\n x, y = 1\n import z\n return a",
            "def f(a b=1 c d=2 *e) [(global x); (x y) = 1; import z as z; return a]",
        ),
        (
            "def f():\n def g():\n  nonlocal x\n  yield x\n  yield from y\n  yield\n return",
            "def f() [def g() [(nonlocal x); (yield x); (yield ...y); (yield )]; return]",
        ),
        (
            "async def f():\n async with a as b: pass\n async for c in d: await c\n return [e async for e in g]",
            "def f() [b = a; for c in d [await c]; return each(e for e in g)]",
        ),
        ("@a\n@b.c(1)\ndef f(): pass", "@a @b.c(1) def f() []"),
        ("def f(a: g(), b: int = 1, *c: h()) -> i(): pass", "g(); h(); i(); def f(a b=1 *c) []"),
        ("class A: pass", "class A() [] {}"),
        (
            "@d\nclass A(B, c.D, metaclass=M):\n '''t'''\n x = 1\n def m(self): return x\n if y:\n  def n(): pass",
            r#"class A(B c.D) [M; "t"; x = 1; if y [def n() []] []] {def m(self) [return x]}; A = d(A)"#,
        ),
        ("type X = int", "X = int"),
        (
            "match f(x):\n case 1 | 'a' if g: b\n case None: c\n case [y, *z]: d\n case {'k': v, **r}: e\n case C(1, p=q) as w: h\n case _: i",
            r#"match subject = f(x); if (and (or (== match subject 1) (== match subject "a")) g) [b] [if (is match subject null) [c] [if other(match subject) [y = match subject; z = match subject; d] [if other(match subject "k") [r = match subject; v = match subject; e] [if other(match subject C (== match subject 1)) [w = match subject; q = match subject; h] [i]]]]]"#,
        ),
    ] {
        check(source, expected);
    }
}

#[test]
fn broken_sources_are_read_as_far_as_they_go() {
    for (source, expected, error_at) in [
        ("print f(x)\ng()", "print(f(x)); g()", Some(6)),
        ("print 'a' % f(x), b\ng()", "print((% \"a\" f(x)) b); g()", Some(6)),
        ("print\nf()\nprint 'x'", "print; f(); print(\"x\")", Some(16)),
        ("exec 'code'\ng()", "exec(\"code\"); g()", Some(5)),
        ("exec code in a, b", "exec(code a b)", Some(5)),
        ("exec f(x) in a", "exec(f(x) a)", Some(5)),
        ("print >>f, x\n", "[(>> print f) x]", None),
        ("try: a()\nexcept E, e: b(e)\nc()", "try [a()] ([e = other(E); b(e)]) []; c()", None),
        ("raise E, 'm'\nf()", "raise [E \"m\"]; f()", Some(6)),
        ("x = `f()`\ng()", "x = other(); f(); g()", Some(4)),
        ("x = 0777 + f()\ng()", "x = other(); (+ f()); g()", Some(4)),
        ("x = 10L + f()\ng()", "x = 10; (+ L f()); g()", Some(6)),
        ("x = ur'a' + f()\ng()", "x = ur; (+ \"a\" f()); g()", Some(6)),
        ("if a <> f(): g()\nh()", "if (and (< a other()) (> other() f())) [g()] []; h()", Some(6)),
        ("def f((a, b), c): g()\nh()", "def f() [[[a b] c]]; g(); h()", Some(6)),
        ("lambda (a, b): f()\nh()", "f(); h()", Some(0)),
        ("f(\ng()\nh()", "f(g() h())", Some(7)),
        ("def f(:\n g()\nh()", "def f(g) [[]]; h()", Some(6)),
        ("x = (1, f(\n\ndef g():\n h()\n", "x = [1 f()]; def g() [h()]", Some(10)),
        ("x = 'abc\ng()", "x = \"abc\"; g()", Some(4)),
        ("x = '''abc\ng()", "x = \"abc\\ng()\"", Some(4)),
        ("if a:\n\tb()\n        c()\nd()", "if a [b(); c()] []; d()", Some(11)),
        ("  a()\nb()", "a(); b()", Some(0)),
        ("x = {u'a': f(), 'b'; g()}\nh()", "x = {\"a\":f() \"b\":other() g():other()}; h()", Some(19)),
        ("a ? b()\nc()", "a; b(); c()", Some(2)),
        ("print f(x),\nprint\nif a: print b()\nelse: exec c()", "print(f(x)); print; if a [print(b())] [exec(c())]", Some(6)),
        ("a = $b + c()\nd()", "a = other(); (+ b c()); d()", Some(4)),
        ("\u{feff}f()", "f()", None),
        ("f(?)\r\ng()", "f(); g()", Some(2)),
    ] {
        assert_eq!(dump(source), (expected.to_owned(), error_at, false), "{source}");
    }
}

/// The texts of all names and literals in the order of the form, each with what stands at its span.
#[test]
fn spans_are_those_of_the_source() {
    let source = "\u{feff}import os.path as p\r\nx = f'a{b!r}' 'c'\r\n@d\r\ndef f(a: int = 1):\r\n\treturn p.join('é', a)[0]\r\n";
    let text = |at: &crate::neutral::At| source.get(at.start as usize..at.end as usize).expect("spans lie on characters");
    let mut seen = vec![];
    lower(source, &mut |module| {
        let [top, function] = &*module.functions else { panic!("{module:?}") };
        assert_eq!(text(&function.at).trim_end(), source[source.find("@d").unwrap()..].trim_end());
        assert_eq!(text(&function.decorators[0].at), "d");
        let Stmt::Import(import) = &top.body[0] else { panic!("{top:?}") };
        seen.push(text(&import.at).to_owned());
        let Stmt::Assign(Place::Name(_, at), value) = &top.body[1] else { panic!("{top:?}") };
        seen.extend([text(at).to_owned(), text(&value.at).to_owned()]);
        let What::Concat(parts) = &value.what else { panic!("{value:?}") };
        seen.extend(parts.iter().map(|part| text(&part.at).to_owned()));
        let Stmt::Return(Some(value)) = &function.body[0] else { panic!("{function:?}") };
        seen.push(text(&value.at).to_owned());
        let What::Index(call, index) = &value.what else { panic!("{value:?}") };
        let What::Call(callee, args, _) = &call.what else { panic!("{call:?}") };
        seen.extend([call, index, callee].map(|expr| text(&expr.at).to_owned()));
        seen.extend(args.iter().map(|arg| text(&arg.at).to_owned()));
    });
    let expected = [
        "os.path as p",
        "x",
        "f'a{b!r}' 'c'",
        "a",
        "{b!r}",
        "'c'",
        "p.join('é', a)[0]",
        "p.join('é', a)",
        "0",
        "p.join",
        "'é'",
        "a",
    ];
    assert_eq!(seen, expected);
}

/// Deepest nesting of nodes that the form has; brackets of the dump are as many, so a walk that recurses is safe here.
#[test]
fn towers_of_nesting_are_cut_and_said() {
    let times = |text: &str, count: usize| text.repeat(count);
    for (source, deep) in [
        (times("(", 300) + "f()" + &times(")", 300), false),
        (times("[", 300) + "f()" + &times("]", 300), false),
        (times("[", 40_000) + &times("]", 40_000), true),
        (times("[", 40_000), true),
        (times("(", 1_000_000), true),
        (times("{", 1_000_000), true),
        (times("not ", 30_000) + "f()", true),
        (times("-", 200_000) + "1", true),
        (times("lambda a, b: ", 20_000) + "0", true),
        (times("f(", 20_000) + &times(")", 20_000), true),
        ("f".to_owned() + &times("()", 100_000), true),
        ("f".to_owned() + &times(".a", 100_000), true),
        ("f".to_owned() + &times("[0]", 100_000), true),
        ("1".to_owned() + &times("+1", 100_000), false),
        ("1".to_owned() + &times("+1-1", 50_000), true),
        ("1".to_owned() + &times("**1", 20_000), true),
        ("1".to_owned() + &times(" if a else 1", 20_000), true),
        ("1".to_owned() + &times("<1", 100_000), false),
        ("'a' ".repeat(100_000), false),
        (times("f'{", 150) + "1" + &times("}'", 150), false),
        ((0..3_000).map(|at| " ".repeat(at) + "if a:\n").collect::<String>() + &" ".repeat(3_000) + "f()", true),
        ("if a: b\n".to_owned() + &times("elif c: d\n", 20_000), false),
        ("match a:\n case ".to_owned() + &times("[", 20_000) + &times("]", 20_000) + ": b", true),
        ("[".to_owned() + &times("1, ", 200_000) + "]", false),
    ] {
        let start: String = source.chars().take(20).collect();
        let mut nodes = 0;
        let lowered = lower(&source, &mut |module| nodes = format!("{module:?}").len());
        assert_eq!(lowered.too_deep, deep, "{start}");
        assert!(nodes > 0, "{start}");
    }
}

#[test]
fn a_long_sum_is_one_node() {
    let source = "x = 'a'".to_owned() + &" + 'a'".repeat(100_000);
    lower(&source, &mut |module| {
        let Stmt::Assign(_, Expr { what: What::Op("+", parts), .. }) = &module.functions[0].body[0] else { panic!("no sum") };
        assert_eq!(parts.len(), 100_001);
    });
}

/// Sources of a Python on this machine, if there is one.
fn library(most: usize) -> Vec<String> {
    let roots = ["/usr/lib/python3", "/usr/lib/python3.11", "/usr/lib/python3.12", "/usr/lib/python3.13"].map(Into::into);
    let mut folders: Vec<std::path::PathBuf> =
        std::env::var_os("DOORWARD_PYTHON_SOURCES").map(Into::into).into_iter().chain(roots).collect();
    let (mut sources, mut bytes) = (vec![], 0);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "py") && bytes < most {
                let source = String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).into_owned();
                bytes += source.len();
                sources.push(source);
            }
        }
    }
    sources
}

#[test]
fn damaged_sources_are_lowered_without_a_panic() {
    let mut sources = library(400_000);
    sources.push("def f(a, *b, **c):\n    with open(x) as f, g: return [f'{a!r:>{w}}' for a in b if c]\n".into());
    sources.push("match x:\n case {'a': [1, *r]} if y: z\n case A(b=1) | None: raise E from f\n".into());
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    for source in sources {
        for _ in 0..6 {
            let cut = source.as_bytes()[..next(source.len())].to_vec();
            lower(&String::from_utf8_lossy(&cut), &mut |_| ());
            let mut flipped = source.clone().into_bytes();
            for _ in 0..8 {
                let at = next(flipped.len());
                if let Some(byte) = flipped.get_mut(at) {
                    let bytes = b" \n\t()[]{}:'\"\\,.=@f\0\xff%";
                    *byte = bytes[next(bytes.len())];
                }
            }
            lower(&String::from_utf8_lossy(&flipped), &mut |_| ());
        }
    }
}

/// How fast: `DOORWARD_PYTHON_SOURCES=folder cargo test --release -p doorward-observe python::tests::speed -- --ignored --nocapture`.
#[test]
#[ignore = "a measure, not a test"]
fn speed() {
    let sources = library(usize::MAX);
    let bytes: usize = sources.iter().map(String::len).sum();
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let (mut functions, mut broken, mut deep) = (0, 0, 0);
        for source in &sources {
            let lowered = lower(source, &mut |module| functions += module.functions.len());
            broken += usize::from(lowered.error_at.is_some());
            deep += usize::from(lowered.too_deep);
        }
        let seconds = start.elapsed().as_secs_f64();
        let speed = bytes as f64 / 1e6 / seconds;
        println!(
            "{} files, {bytes} bytes, {functions} functions, {broken} broken, {deep} too deep: {speed:.0} MB/s",
            sources.len()
        );
    }
}
