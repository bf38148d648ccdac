//! Any report, however odd, is written in valid JSON and in text that steers no terminal.

use crate::hostile::steering;
use crate::schema::{assert_valid, of_line, of_report};
use doorward_model::*;
use doorward_report::{JsonOptions, TerminalOptions, digest, json, line, read, terminal, why};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

fn bytes() -> impl Strategy<Value = Box<[u8]>> {
    let odd = select(vec![&b"\x1b[31m"[..], b"\r\n", b" > ", b"\xff", "\u{202e}".as_bytes(), b"\\", b"a/b.py", b"\n\n\n", b"\0"]);
    prop_oneof![vec(any::<u8>(), 0..40), vec(odd, 0..6).prop_map(|parts| parts.concat())].prop_map(Into::into)
}

fn text() -> impl Strategy<Value = Box<str>> {
    bytes().prop_map(|bytes| String::from_utf8_lossy(&bytes).into())
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![(0u64..300, 0u64..300), (any::<u64>(), any::<u64>())].prop_map(|(start, end)| Span::new(start, end))
}

fn any_digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn fact_value() -> impl Strategy<Value = Value> {
    let texts = || vec(text(), 0..2);
    let from = (texts(), texts()).prop_map(|(sources, transforms)| Value::From { sources, transforms });
    let leaf = prop_oneof![bytes().prop_map(Value::Text), any::<i64>().prop_map(Value::Number), Just(Value::Computed), from];
    leaf.prop_recursive(20, 60, 3, |inner| vec(inner, 0..3).prop_map(Value::List))
}

fn fact(contents: u32) -> impl Strategy<Value = Fact> {
    let args = vec((any::<prop::sample::Index>(), fact_value()), 0..5);
    let steps = vec((option::of(0..contents).prop_map(|id| id.map(ContentId)), span()), 0..2);
    (select(vocabulary::KINDS), span(), 0u32..3, args, steps, text(), (0u32..3, 0u32..3)).prop_map(
        |(kind, span, function, args, steps, by, (line, column))| {
            let args = args.into_iter().filter(|_| !kind.args.is_empty());
            let mut fact = Fact::new(kind, span, &by);
            fact.args = args.map(|(at, value)| (kind.args[at.index(kind.args.len())].0, value)).collect();
            fact.function = function;
            fact.steps = steps.into_iter().map(|(content, span)| Site { content, span }).collect();
            fact.anchor = Anchor { line, column, ..Anchor::default() };
            fact
        },
    )
}

fn problem() -> impl Strategy<Value = Problem> {
    let kinds: Vec<_> = ProblemKind::ALL.iter().map(|(kind, ..)| *kind).collect();
    (option::of(span()), select(kinds), text()).prop_map(|(span, kind, detail)| Problem { span, kind, detail })
}

fn content(contents: u32) -> impl Strategy<Value = Content> {
    let examined = select(vec![Examined::Hashed, Examined::Scanned, Examined::Parsed, Examined::Opened]);
    let lists = (vec(fact(contents), 0..4), vec(problem(), 0..3));
    (any_digest(), any::<u64>(), text(), examined, text(), lists).prop_map(
        |(digest, len, format, examined, function, (facts, problems))| Content {
            digest,
            len,
            reading: Reading { format },
            examined,
            functions: vec!["".into(), function],
            facts,
            problems,
            summary: None,
        },
    )
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u32>().prop_map(|index| Step::Member { index }),
        Just(Step::Layer),
        span().prop_map(|from| Step::Carved { from }),
        (span(), text()).prop_map(|(from, codec)| Step::Decoded { from, codec }),
    ]
}

fn meta() -> impl Strategy<Value = Meta> {
    let kind = select(vec![Kind::File, Kind::Directory, Kind::Symlink, Kind::Hardlink, Kind::Special]);
    (kind, option::of(any::<u32>()), option::of(any::<u64>()), option::of(bytes()))
        .prop_map(|(kind, mode, uid, link_target)| Meta { kind, mode, uid, gid: uid, link_target })
}

fn nodes(contents: u32) -> impl Strategy<Value = Vec<Node>> {
    let node = (any::<prop::sample::Index>(), step(), bytes(), meta(), option::of(0..contents), any::<bool>());
    vec(node, 1..10).prop_map(|drafts| {
        let mut roots = 0..;
        let made = drafts.into_iter().enumerate().map(|(at, (parent, step, name, meta, content, root))| {
            let content = content.map(ContentId);
            if at == 0 || root && at % 4 == 3 {
                let step = Step::Root { index: roots.next().unwrap_or_default() };
                return Node { parent: None, step, name: Box::default(), meta, content };
            }
            Node { parent: Some(NodeId(u32::try_from(parent.index(at)).unwrap())), step, name, meta, content }
        });
        made.collect()
    })
}

fn evidence(nodes: u32) -> impl Strategy<Value = Evidence> {
    let excerpt = (vec(any::<u8>(), 0..EXCERPT_BYTES_MAX), bytes())
        .prop_map(|(odd, text)| if odd.len() % 2 == 0 { text } else { odd.into() });
    let at = prop_oneof![(0u32..4, 0u32..9), (any::<u32>(), any::<u32>())];
    let told = (text(), any::<u32>(), bytes(), bytes()).prop_map(|(does, line, text, file)| Told { does, line, text, file });
    (0..nodes, any_digest(), span(), text(), text(), at, excerpt, 0u64..300, vec(told, 0..4)).prop_map(
        |(node, digest, span, kind, says, (line, column), excerpt, excerpt_start, way)| Evidence {
            node: NodeId(node),
            content: (node % 2 == 0).then_some(ContentId(0)),
            digest,
            span,
            kind,
            says,
            line,
            column,
            excerpt,
            excerpt_start,
            way,
        },
    )
}

fn finding(nodes: u32) -> impl Strategy<Value = Finding> {
    let levels = select(vec![Level::Note, Level::Review, Level::Alarm]);
    let grades = || select(vec![Grade::Low, Grade::Medium, Grade::High]);
    let phases = select(vec![Phase::Build, Phase::Install, Phase::Open, Phase::Import, Phase::Run, Phase::Test]);
    let states = option::of(select(vec![State::DeclaredAllowed, State::Undeclared, State::Refuted]));
    let door = prop_oneof![select(doors::DOORS.iter().map(|door| Box::from(door.id)).collect::<Vec<_>>()), text()];
    let texts = (any::<u64>(), text(), text(), door, option::of(text()), vec(text(), 0..3), vec(text(), 0..3));
    let also = (vec((0..nodes).prop_map(NodeId), 0..=ALSO_MAX), prop_oneof![0u64..40, any::<u64>()]);
    (texts, (levels, grades(), grades(), states, phases), 0..nodes, vec(evidence(nodes), 0..6), also).prop_map(
        |(
            (id, rule, title, door, opens_to, parts, guards),
            (level, severity, confidence, state, phase),
            node,
            evidence,
            (also, places),
        )| Finding {
            fingerprint: format!("{id:016x}").into(),
            rule,
            title,
            door,
            level,
            severity,
            confidence,
            state,
            phase,
            guards,
            node: NodeId(node),
            also,
            places,
            opens_to,
            evidence,
            parts,
        },
    )
}

fn coverage() -> impl Strategy<Value = Coverage> {
    let count = || (any::<u64>(), any::<u64>()).prop_map(|(contents, bytes)| Count { contents, bytes });
    let examined = prop::collection::btree_map(select(vec!["hashed", "scanned", "parsed", "opened"]), count(), 0..5);
    let formats = prop::collection::btree_map(text(), count(), 0..4);
    let problems: Vec<_> = ProblemKind::ALL.iter().map(|(_, name, _)| *name).collect();
    let problems = prop::collection::btree_map(select(problems), any::<u64>(), 0..4);
    (any::<(u64, u64, u64)>(), examined, formats, problems).prop_map(|((files, contents, bytes), examined, formats, problems)| {
        Coverage {
            files,
            contents,
            bytes,
            examined: examined.into_iter().map(|(name, count)| (name.into(), count)).collect(),
            formats,
            problems: problems.into_iter().map(|(name, count)| (name.into(), count)).collect::<BTreeMap<_, _>>(),
        }
    })
}

fn report() -> impl Strategy<Value = Report> {
    const CONTENTS: u32 = 4;
    let tree = (vec(content(CONTENTS), CONTENTS as usize), nodes(CONTENTS));
    tree.prop_flat_map(|(contents, nodes)| {
        let count = u32::try_from(nodes.len()).unwrap();
        let unit = (text(), text(), bytes(), 0..count, vec((0..count, fact(CONTENTS)), 0..3)).prop_map(
            |(ecosystem, name, folder, base, facts)| {
                let facts = facts.into_iter().map(|(node, fact)| (NodeId(node), fact)).collect();
                let version = name.clone();
                Unit { ecosystem, name, version, base: NodeId(base), folder, members: Vec::new(), facts }
            },
        );
        let place_problems = vec((0..count, problem()), 0..3);
        let place_problems =
            place_problems.prop_map(|all| all.into_iter().map(|(node, problem)| (NodeId(node), problem)).collect());
        let roots = nodes.iter().filter(|node| node.parent.is_none()).count();
        let roots = vec(option::of(any_digest()).prop_map(|digest| Root { kind: Kind::File, digest, bytes: 1 }), roots);
        let tree = (vec(unit, 0..3), place_problems, roots).prop_map(move |(units, place_problems, roots)| Tree {
            roots,
            nodes: nodes.clone(),
            contents: contents.clone(),
            place_problems,
            units,
            placements: Vec::new(),
        });
        let verdicts = select(vec![Verdict::Pass, Verdict::Fail, Verdict::Incomplete]);
        let judgement = (vec(finding(count), 0..5), verdicts, vec(text(), 0..3));
        let judgement =
            judgement.prop_map(|(findings, verdict, incomplete_because)| Judgement { findings, verdict, incomplete_because });
        (tree, judgement, coverage(), text(), any::<bool>(), select(vec!["L0", "L1", "L2", "L3", "L4", "L5"]))
    })
    .prop_map(|(tree, judgement, coverage, tool, repeatable, assurance)| Report {
        rules: RulesStamp { count: 3, digest: Digest::default(), policy: tool.clone(), policy_digest: Digest::default() },
        tool,
        limits: Limits::default(),
        repeatable,
        assurance: assurance.into(),
        coverage,
        tree,
        judgement,
        baseline: None,
        deposit: None,
    })
}

/// Text without the escapes that set colours; nothing else may begin with an escape.
fn without_color(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let codes = part.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        assert_eq!(part.as_bytes().get(codes), Some(&b'm'), "{part:?}");
        plain.push_str(&part[codes + 1..]);
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_report_is_written_well(report in report(), name in bytes(), width in 0usize..200, flags in any::<[bool; 4]>()) {
        let [facts, nodes, pretty, all] = flags;
        let options = JsonOptions { facts, nodes, pretty };
        let bytes = json(&report, &options);
        prop_assert_eq!(&bytes, &json(&report, &options));
        assert_valid(of_report(), &bytes);
        let one = line(&report, &name);
        assert_valid(of_line(), &one);
        prop_assert_eq!(one.iter().filter(|byte| **byte == b'\n').count(), 1);
        prop_assert_eq!(steering(std::str::from_utf8(&one).unwrap()), None);
        prop_assert_eq!(steering(std::str::from_utf8(&bytes).unwrap()), None);
        let names = vec![name.to_vec()];
        let options = TerminalOptions { color: false, width, all, items_max: 3, names: &names, saved: None, digest: Some(digest(&report)) };
        let plain = terminal(&report, &options);
        prop_assert_eq!(steering(&plain), None, "{}", plain);
        let color = terminal(&report, &TerminalOptions { color: true, ..options });
        prop_assert_eq!(steering(&without_color(&color)), None, "{}", color);
        let saved = read(&bytes).unwrap();
        prop_assert_eq!(saved.verdict, report.judgement.verdict);
        for (finding, original) in saved.findings().zip(&report.judgement.findings) {
            let finding = finding.unwrap();
            prop_assert_eq!(&*finding.fingerprint, &*original.fingerprint);
            prop_assert_eq!(steering(&why(&finding)), None);
            prop_assert_eq!((finding.also.len(), finding.places), (original.also.len(), original.places));
            let chain = report.tree.chain(original.node);
            prop_assert_eq!(finding.place.layers.len() + 1, chain.len());
            for (layer, id) in finding.place.layers.iter().zip(&chain[1..]) {
                let node = report.tree.node(*id);
                prop_assert_eq!((&layer.step, &layer.name), (&node.step, &node.name));
            }
            for (evidence, original) in finding.evidence.iter().zip(&original.evidence) {
                prop_assert_eq!((&*evidence.excerpt, evidence.span), (&*original.excerpt, original.span));
            }
        }
    }
}
