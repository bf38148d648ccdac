//! Findings, chains and verdicts over hand-made trees.

use super::sample::{fact, file, head, judged, page, rules, script, tree, with_problem};
use crate::{Policy, Rules, judge};
use doorward_model::{
    ContentId, Fact, Grade, Judgement, Level, Meta, Node, NodeId, Phase, Placement, Problem, ProblemKind, Role, Site, Span, Step,
    Verdict, vocabulary,
};

fn summary(judgement: &Judgement) -> Vec<(String, String, Level)> {
    judgement.findings.iter().map(|found| (found.rule.to_string(), format!("{:?}", found.node), found.level)).collect()
}

#[test]
fn levels_follow_the_policy_and_the_role() {
    let parse = |severity, confidence| {
        let page = page(&head(severity, confidence, "content"), "", "url and decode");
        Rules::parse(vec![("test/a".into(), page)]).expect("it is good")
    };
    let facts = || vec![vec![fact("url { host: one.test }", 0), fact("decode { codec: hex }", 20)]];
    let table = [
        ("high", "high", Role::Code, Phase::Run, Level::Alarm, Grade::High),
        ("high", "medium", Role::Code, Phase::Run, Level::Review, Grade::Medium),
        ("medium", "high", Role::Code, Phase::Run, Level::Review, Grade::High),
        ("high", "low", Role::Code, Phase::Run, Level::Note, Grade::Low),
        ("high", "high", Role::Test, Phase::Test, Level::Review, Grade::Medium),
        ("high", "medium", Role::Test, Phase::Test, Level::Note, Grade::Low),
        ("high", "high", Role::Doc, Phase::Run, Level::Note, Grade::Low),
        // A test that runs by itself is no test.
        ("high", "high", Role::Test, Phase::Install, Level::Alarm, Grade::High),
    ];
    for (severity, confidence, role, phase, level, grade) in table {
        let judgement = judged(&parse(severity, confidence), &tree(&[file("a.sh", 0, role, phase)], facts()));
        let found = &judgement.findings[0];
        assert_eq!((found.level, found.confidence, found.phase), (level, grade, phase), "{severity} {confidence} {role:?}");
        assert_eq!(judgement.verdict, if level == Level::Alarm { Verdict::Fail } else { Verdict::Pass });
    }
}

#[test]
fn a_copy_among_the_tests_hides_nothing() {
    let rules = rules("content", &["url and place { phase: install }", "url and not place { role: test }"]);
    let files = [
        file("tests/a.sh", 0, Role::Test, Phase::Test),
        file("a.sh", 0, Role::Code, Phase::Run),
        file("postinst", 0, Role::Build, Phase::Install),
    ];
    let judgement = judged(&rules, &tree(&files, vec![vec![fact("url { host: one.test }", 0)]]));
    let at: Vec<_> = judgement.findings.iter().map(|found| (&*found.rule, found.node, found.level)).collect();
    assert_eq!(at, [("test/a", NodeId(3), Level::Review), ("test/b", NodeId(3), Level::Note)], "where it runs first");
    assert_eq!(judgement.findings[0].phase, Phase::Install);
    assert_eq!(judgement.findings[0].parts, ["test/b".into()]);
}

#[test]
fn a_finding_runs_when_all_that_acts_in_it_does() {
    let early = "process.spawn { command: a }";
    let late = "net.send { host: b.test }";
    // Facts at 0 run with the file, at 10 when somebody calls the function around them.
    let table = [
        ("process.spawn", Phase::Install),
        ("net.send", Phase::Run),
        ("process.spawn and net.send", Phase::Run),
        ("process.spawn or net.send", Phase::Install),
        ("process.spawn and (net.send or url)", Phase::Run),
        ("2 of (net.send, process.spawn, net.listen)", Phase::Run),
        ("2 of (net.send, process.spawn, decode)", Phase::Install),
        ("process.spawn and url", Phase::Install),
        ("net.send and not certificate", Phase::Run),
        ("net.send and name.like", Phase::Run),
        ("count(url) >= 2", Phase::Install),
    ];
    for (when, expected) in table {
        let mut facts = vec![fact(early, 0), fact(late, 10), fact("url { host: c.test }", 20), fact("url { host: d.test }", 30)];
        facts.push(fact("name.like { name: a }", 40));
        facts.push(fact("decode { codec: hex }", 50));
        facts[1].function = 1;
        facts[2].function = 2;
        let mut tree = tree(&[file("a.sh", 0, Role::Build, Phase::Install)], vec![facts]);
        tree.placements[1].functions = Some(Box::new([(0, Phase::Install)]));
        let judgement = judged(&rules("content", &[when]), &tree);
        assert_eq!(judgement.findings[0].phase, expected, "{when}");
    }
}

#[test]
fn a_condition_is_told_where_nothing_is_reached_without_it() {
    let told = |facts: &[&str]| {
        let mut facts: Vec<Fact> = (0_u64..).zip(facts).map(|(at, text)| fact(text, at * 10)).collect();
        let mut guard = fact("guard { on: platform, value: win32 }", 90);
        guard.steps.push(Site { content: None, span: facts[0].span });
        facts.push(guard);
        let judgement = judged(&rules("content", &["net.send"]), &tree(&[file("a.sh", 0, Role::Code, Phase::Run)], vec![facts]));
        judgement.findings[0].guards.clone()
    };
    assert_eq!(told(&["net.send { host: a.test }"]), ["only after a test of the platform (`win32`)".into()]);
    assert!(told(&["net.send { host: a.test }", "net.send { host: b.test }"]).is_empty(), "the second runs without it");
}

#[test]
fn evidence_is_what_satisfied_the_terms() {
    let rules = rules("content", &["(url { scheme: http } or address) and decode and not certificate"]);
    let mut facts: Vec<String> = (0..20).map(|at| format!("url {{ scheme: http, host: h{at}.test }}")).collect();
    facts.push("url { scheme: https, host: other.test }".into());
    facts.push("decode { codec: base64 }".into());
    let judgement = judged(&rules, &script(&facts.iter().map(String::as_str).collect::<Vec<_>>()));
    let evidence = &judgement.findings[0].evidence;
    assert_eq!(evidence.len(), 8);
    assert_eq!(&*evidence[0].says, "scheme \"http\", host \"h0.test\"");
    assert_eq!((&*evidence[7].kind, &*evidence[7].says), ("decode", "codec \"base64\""), "every term has its say");
    assert!(evidence.iter().all(|seen| !seen.says.contains("other.test")));
}

#[test]
fn hostile_text_in_evidence_is_made_visible() {
    let mut tree = script(&["url"]);
    tree.contents[0].facts[0] = tree.contents[0].facts[0].clone().with("host", "\u{202e}\u{1b}[2Jx");
    let judgement = judged(&rules("content", &["url"]), &tree);
    assert_eq!(&*judgement.findings[0].evidence[0].says, "host \"\\u{202e}\\u{1b}[2Jx\"");
}

#[test]
fn scopes_hold_facts_together_or_apart() {
    let in_function = |mut fact: Fact, function| {
        fact.function = function;
        fact
    };
    let (url, decode) = (fact("url { host: one.test }", 0), fact("decode { codec: hex }", 20));
    let together = vec![vec![in_function(url.clone(), 1), in_function(decode.clone(), 1)]];
    let apart = vec![vec![in_function(url.clone(), 1), in_function(decode.clone(), 2)]];
    let in_files = vec![vec![url.clone()], vec![decode.clone()]];
    let one = [file("a.sh", 0, Role::Code, Phase::Run)];
    let two = [file("a.sh", 0, Role::Code, Phase::Run), file("b.sh", 1, Role::Code, Phase::Run)];
    let mut packages = two.iter().map(|file| super::sample::File { ..*file }).collect::<Vec<_>>();
    packages[1].unit = 1;
    let trees = [tree(&one, together), tree(&one, apart), tree(&two, in_files.clone()), tree(&packages, in_files)];
    let table = [
        ("function", [true, false, false, false]),
        ("content", [true, true, false, false]),
        ("package", [true, true, true, false]),
        ("tree", [true, true, true, true]),
    ];
    for (scope, expected) in table {
        let rules = rules(scope, &["url and decode"]);
        let found: Vec<bool> = trees.iter().map(|tree| !judged(&rules, tree).findings.is_empty()).collect();
        assert_eq!(found, expected, "{scope}");
    }
}

#[test]
fn fingerprints_tell_functions_and_equals_apart() {
    let rules = rules("function", &["url { host: one.test }"]);
    let at = |at, function| Fact { function, ..fact("url { host: one.test }", at) };
    let of = |facts| {
        let judgement = judged(&rules, &tree(&[file("a-1.0/a.sh", 0, Role::Code, Phase::Run)], vec![facts]));
        let mut prints: Vec<_> =
            judgement.findings.iter().map(|found| (found.evidence[0].span.start, found.fingerprint.clone())).collect();
        prints.sort();
        prints.into_iter().map(|(_, print)| print).collect::<Vec<_>>()
    };
    let both = of(vec![at(0, 1), at(50, 2)]);
    assert_eq!(both.len(), 2);
    assert_ne!(both[0], both[1], "another function");
    assert_eq!(of(vec![at(700, 1)])[0], both[0], "moved");

    let files = [file("a.sh", 0, Role::Code, Phase::Run), file("a.sh", 1, Role::Code, Phase::Run)];
    let judgement = judged(&rules, &tree(&files, vec![vec![at(0, 0)], vec![at(5, 0)]]));
    assert_ne!(judgement.findings[0].fingerprint, judgement.findings[1].fingerprint, "equals have ordinals");
}

/// A dropper, the payload that it hides, and what is weaker about either are one item.
#[test]
fn one_item_for_one_chain() {
    let pages = [
        ("strong", "high", "high", "url and decode"),
        ("weak", "medium", "medium", "url"),
        ("inner", "high", "medium", "certificate"),
    ];
    let pages = pages.map(|(name, severity, confidence, when)| {
        (format!("test/{name}"), page(&head(severity, confidence, "content"), "", when))
    });
    let rules = Rules::parse(pages.to_vec()).expect("they are good");
    let facts = vec![vec![fact("url { host: one.test }", 0), fact("decode { codec: hex }", 20)], vec![fact("certificate", 400)]];
    let mut tree = tree(&[file("a.sh", 0, Role::Code, Phase::Run)], facts);
    let step = Step::Decoded { from: Span::new(20, 25), codec: "hex".into() };
    tree.nodes.push(Node {
        parent: Some(NodeId(1)),
        step,
        name: Box::default(),
        meta: Meta::default(),
        content: Some(ContentId(1)),
    });
    tree.placements.push(Placement {
        unit: 0,
        path: b"a.sh".as_slice().into(),
        role: Role::Code,
        phase: Phase::Run,
        functions: None,
    });
    let judgement = judged(&rules, &tree);
    let levels: Vec<_> = judgement.findings.iter().map(|found| (&*found.rule, found.level)).collect();
    assert_eq!(levels, [("test/strong", Level::Alarm), ("test/inner", Level::Note), ("test/weak", Level::Note)]);
    assert_eq!(judgement.findings[0].parts, ["test/inner".into(), "test/weak".into()]);
}

#[test]
fn problems_are_facts_and_decide_the_verdict() {
    use ProblemKind::{
        Crashed, Encrypted, FactsCapped, Limit, Malformed, Nesting, ParseLimit, TimedOut, Unaccounted, Unsupported,
    };
    let rules = rules("content", &["problem { kind: unaccounted }"]);
    let table = [
        (Limit, Phase::Run, Verdict::Incomplete),
        (TimedOut, Phase::Run, Verdict::Incomplete),
        (Crashed, Phase::Test, Verdict::Incomplete),
        (FactsCapped, Phase::Run, Verdict::Incomplete),
        (Encrypted, Phase::Run, Verdict::Pass),
        (Encrypted, Phase::Install, Verdict::Incomplete),
        (Malformed, Phase::Import, Verdict::Incomplete),
        (Malformed, Phase::Test, Verdict::Pass),
        (Nesting, Phase::Build, Verdict::Incomplete),
        (ParseLimit, Phase::Open, Verdict::Incomplete),
        (Unaccounted, Phase::Install, Verdict::Pass),
        (Unsupported, Phase::Install, Verdict::Pass),
    ];
    for (kind, phase, expected) in table {
        let tree = with_problem(tree(&[file("dir/a.sh", 0, Role::Code, phase)], vec![Vec::new()]), 0, kind);
        let judgement = judged(&rules, &tree);
        assert_eq!(judgement.verdict, expected, "{kind:?} {phase:?}");
        assert_eq!(judgement.incomplete_because.is_empty(), expected == Verdict::Pass);
        assert_eq!(judgement.findings.len(), usize::from(kind == Unaccounted));
    }
    // On an input itself everything counts.
    let mut tree = tree(&[], vec![Vec::new()]);
    tree.nodes[0].content = Some(ContentId(0));
    let judgement = judged(&rules, &with_problem(tree.clone(), 0, Encrypted));
    assert_eq!(judgement.incomplete_because, ["encrypted: it said so (the input itself)".into()]);
    // Many are counted, not all told.
    tree.place_problems = (0..50).map(|at| (NodeId(0), Problem::new(Limit, format!("member {at}")))).collect();
    let judgement = judged(&rules, &tree);
    assert_eq!(judgement.incomplete_because.len(), 9);
    assert_eq!(judgement.incomplete_because.last().map(|last| &**last), Some("limit: 42 more"));
}

#[test]
fn hits_of_yara_rules_are_notes_unless_the_policy_says_otherwise() {
    let tree =
        script(&["yara { rule: Odd, namespace: mine, severity: high }", "yara { rule: Odd, namespace: mine, severity: high }"]);
    let judgement = judged(&Rules::default(), &tree);
    assert_eq!(summary(&judgement), [("yara/mine/Odd".to_owned(), "NodeId(1)".to_owned(), Level::Note)]);
    assert_eq!(judgement.findings[0].evidence.len(), 2);
    let strict = crate::DEFAULT_POLICY.replace("[yara]\nhigh = \"note\"", "[yara]\nhigh = \"alarm\"");
    let strict = Policy::parse("strict", &strict).expect("it is good");
    assert_eq!(judge(&Rules::default(), &strict, &tree).verdict, Verdict::Fail);
}

/// A manifest counts where it lies: what looks like one elsewhere runs nothing, and what it names is found once.
#[test]
fn scripts_count_as_link_gives_them() {
    let rules = rules("content", &["script { phase: install, command ~ \"curl\" }"]);
    let script = || fact("script { event: install, command: \"curl x\", phase: install }", 0);
    let files = [file("package.json", 0, Role::Manifest, Phase::Run), file("a.js", 1, Role::Build, Phase::Install)];
    let mut tree = tree(&files, vec![vec![script()], Vec::new()]);
    assert!(judged(&rules, &tree).findings.is_empty(), "link said nothing of it");
    let site = Site { content: Some(ContentId(0)), span: Span::new(0, 5) };
    let about = Fact { span: Span::default(), steps: vec![site], ..script() };
    tree.units[0].facts.extend([(NodeId(1), script()), (NodeId(2), about)]);
    let judgement = judged(&rules, &tree);
    assert_eq!(summary(&judgement).len(), 1, "{:?}", summary(&judgement));
    assert_eq!((judgement.findings[0].node, judgement.findings[0].phase), (NodeId(1), Phase::Install));
}

#[test]
fn findings_come_strongest_first_and_the_same_every_time() {
    let pages = [("c", "low", "low", "url"), ("a", "high", "medium", "certificate"), ("b", "high", "high", "url and decode")];
    let pages: Vec<_> = pages
        .map(|(name, severity, confidence, when)| {
            (format!("test/{name}"), page(&head(severity, confidence, "content"), "", when))
        })
        .into();
    let tree = script(&["url { host: one.test }", "decode { codec: hex }", "certificate"]);
    let mut reversed = pages.clone();
    reversed.reverse();
    let (one, two) = (Rules::parse(pages).expect("good"), Rules::parse(reversed).expect("good"));
    let judgement = judged(&one, &tree);
    assert_eq!(judgement.findings.iter().map(|found| &*found.rule).collect::<Vec<_>>(), ["test/b", "test/a", "test/c"]);
    assert_eq!(judgement, judged(&two, &tree));
    let policy = Policy::default();
    assert_eq!(one.stamp(&policy, &[]), two.stamp(&policy, &[]));
    assert_ne!(one.stamp(&policy, &[]).digest, one.stamp(&policy, &[("n".into(), "rule".into())]).digest);
}

#[test]
fn patterns_of_all_pages_are_numbered_once() {
    let of =
        |name: &str, patterns: &str, when: &str| (format!("test/{name}"), page(&head("low", "low", "content"), patterns, when));
    let pages = vec![
        of("a", "x = 'same'\ny = 'other'", "$x and $y"),
        of("b", "z = 'same'", "$z"),
        of("c", "w = { hex = '7f454c46 ?? 01' }", "$w"),
    ];
    let rules = Rules::parse(pages).expect("they are good");
    let lexicon = rules.lexicon(&[]);
    assert_eq!(lexicon.patterns.len(), 3);
    assert_eq!(lexicon.patterns[2].regex.as_deref(), Some("(?s-u)\\x7f\\x45\\x4c\\x46.\\x01"));
    assert_eq!(&*lexicon.patterns[2].literals[0], b"\x7fELF");
    let hit = |id: u64, text: &str| {
        Fact::new(&vocabulary::PATTERN, Span::new(id * 10, id * 10 + 4), "x").with("id", id).with("text", text)
    };
    let tree = tree(&[file("a", 0, Role::Code, Phase::Run)], vec![vec![hit(0, "same")]]);
    let judgement = judged(&rules, &tree);
    assert_eq!(summary(&judgement).iter().map(|(rule, ..)| rule.as_str()).collect::<Vec<_>>(), ["test/b"]);
    assert_eq!(&*judgement.findings[0].evidence[0].says, "z \"same\"");
}

/// The cost follows the facts that rules wait for, not rules times files.
#[test]
fn many_places_and_packages_are_judged_in_time() {
    const FILES: u32 = 100_000;
    let rules = Rules::builtin();
    let paths: Vec<String> = (0..FILES).map(|at| format!("d{at}/a.sh")).collect();
    let files: Vec<_> = (0..FILES)
        .zip(&paths)
        .map(|(at, path)| super::sample::File { path, role: Role::Code, phase: Phase::Run, content: 0, unit: at / 50 })
        .collect();
    let facts = (0..1000).map(|at| fact("url { host: one.test }", at * 10)).collect();
    let start = std::time::Instant::now();
    let judgement = judged(&rules, &tree(&files, vec![facts]));
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn policies_are_read_strictly() {
    let text = crate::DEFAULT_POLICY;
    let table = [
        (text.replace("version = 0", "version = 7"), 2, "version 7"),
        (text.replace("\"crashed\"", "\"crashd\""), 15, "no problem `crashd`"),
        (text.replace("name =", "nmae ="), 3, "unknown field `nmae`"),
        (text.replace("low = { high = \"note\"", "low = { high = \"loud\""), 10, "unknown variant `loud`"),
        (text.replace("unstated = \"note\"", ""), 0, "missing field `unstated`"),
    ];
    for (text, line, what) in table {
        let error = Policy::parse("mine", &text).expect_err(what);
        assert!((line == 0 || error.line == line) && error.what.contains(what), "{error}");
    }
}
