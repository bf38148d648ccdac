//! Small programs and the facts that they give: `tests/meaning/*.txt` holds them, each with the facts that must be among those
//! given and those that must not.

use crate::text::tests::{seen, seen_inside};

/// Every kind that code gives.
const KINDS: [&str; 32] = [
    "dependency",
    "entry",
    "hook",
    "loop.endless",
    "process.stdio",
    "process.spawn",
    "code.eval",
    "code.load",
    "net.connect",
    "net.send",
    "net.receive",
    "net.resolve",
    "net.listen",
    "file.read",
    "file.write",
    "file.delete",
    "file.execute",
    "env.read",
    "host.read",
    "secret.read",
    "clipboard.read",
    "clipboard.write",
    "screen.read",
    "registry.write",
    "persist",
    "guard",
    "account.add",
    "protection.off",
    "publish",
    "flow",
    "hide",
    "decode",
];

/// Cases are `=== language: what it shows`, the program, then `--- ` and facts, one a line: `+` is among those given (any of its
/// arguments may be left out), `-` is not.
fn check(cases: &str) {
    let mut failed = String::new();
    for case in cases.split("\n=== ").map(|case| case.trim_start_matches("=== ")) {
        let (title, rest) = case.split_once('\n').unwrap();
        let (program, expected) = rest.split_once("\n---\n").unwrap_or_else(|| panic!("{title}"));
        let (language, _) = title.split_once(':').unwrap();
        let given = seen_inside(language, program.as_bytes(), &KINDS);
        for line in expected.lines().filter(|line| !line.trim().is_empty()) {
            let (sign, wanted) = line.split_at(1);
            let found = given.iter().any(|fact| holds(fact, wanted.trim()));
            if found != (sign == "+") {
                failed.push_str(&format!("{title}\n  {line}\n  given: {given:#?}\n"));
            }
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

/// Whether a fact has this kind and these arguments.
fn holds(fact: &str, wanted: &str) -> bool {
    let kind = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let fact = format!("{fact} ");
    kind(&fact) == kind(wanted)
        && wanted.split(" & ").all(|part| part == kind(wanted) || fact.contains(&format!(" {} ", part.trim())))
}

#[test]
fn python_programs_give_their_facts() {
    check(include_str!("../../tests/meaning/python.txt"));
}

#[test]
fn javascript_programs_give_their_facts() {
    check(include_str!("../../tests/meaning/javascript.txt"));
}

#[test]
fn programs_that_use_libraries_of_python_give_their_facts() {
    check(include_str!("../../tests/meaning/python-libraries.txt"));
}

#[test]
fn programs_that_use_libraries_of_javascript_give_their_facts() {
    check(include_str!("../../tests/meaning/javascript-libraries.txt"));
}

#[test]
fn commands_give_their_facts() {
    check(include_str!("../../tests/meaning/shell.txt"));
}

#[test]
fn what_a_program_decodes_gives_its_facts() {
    check(include_str!("../../tests/meaning/payloads.txt"));
}

#[test]
fn every_construct_of_python_is_followed() {
    check(include_str!("../../tests/meaning/python-constructs.txt"));
}

#[test]
fn every_construct_of_javascript_is_followed() {
    check(include_str!("../../tests/meaning/javascript-constructs.txt"));
}

#[test]
fn rust() {
    check(include_str!("../../tests/meaning/rust.txt"));
}

#[test]
fn hostile_code_is_bounded() {
    let deep = format!("x = {}1{}\n", "f(".repeat(450), ")".repeat(450));
    let layered = (0..12).fold("os.system('id')".to_owned(), |code, _| format!("exec({code:?})"));
    let cases = [
        ("python", deep.clone()),
        ("javascript", deep),
        ("python", "def f(x):\n    return f(f(x + 'a'))\nf('a')\n".into()),
        ("python", "x = 'a'\nwhile True:\n    x = x + x\nwhile len(x) < 9999999999:\n    x = x * 2\n".into()),
        ("python", "x = [1]\nfor i in range(60000):\n    for j in range(60000):\n        x = x + x\n".into()),
        ("javascript", "var a = []; while (a.length < 1e9) { a.push(a); a = a.concat(a) } for (;;) { a = [a, a]; }".into()),
        ("javascript", "function a(x) { return b(x + 'q') } function b(x) { return a(x) + a(x) } a('1')".into()),
        ("python", "x = 1\n".to_owned() + &"x = [x, x]\n".repeat(200) + "print(x == x)\nexec(x)\n"),
        ("python", layered),
        ("python", "class A: pass\nA.__call__ = A()\nA()()\nexec(A()())\n".into()),
    ];
    for (language, code) in cases {
        let start = std::time::Instant::now();
        seen(language, code.as_bytes(), &KINDS);
        println!("{:?} {}", start.elapsed(), code.get(..80).unwrap_or(&code));
        assert!(start.elapsed().as_secs() < 10, "{}", code.get(..80).unwrap_or(&code));
    }
}
