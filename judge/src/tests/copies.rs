//! One item names every package that its bytes lie in, and stays one item.

use super::sample::{File, fact, file, judged, rules, tree, with_problem};
use doorward_model::{
    ALSO_MAX, ContentId, Fact, Finding, Meta, Node, NodeId, Phase, Placement, Problem, ProblemKind, Role, Span, Step, Tree,
    vocabulary,
};

fn url() -> Vec<Fact> {
    vec![fact("url { host: one.test }", 0)]
}

fn in_unit(path: &str, content: u32, unit: u32) -> File<'_> {
    File { unit, ..file(path, content, Role::Code, Phase::Run) }
}

/// Adds a place below another, in the same package.
fn below(tree: &mut Tree, parent: u32, step: Step, name: &str, content: u32) -> u32 {
    let name = name.as_bytes().into();
    tree.nodes.push(Node { parent: Some(NodeId(parent)), step, name, meta: Meta::default(), content: Some(ContentId(content)) });
    let placement: Placement = tree.placements[parent as usize].clone();
    tree.placements.push(placement);
    u32::try_from(tree.nodes.len() - 1).expect("there are few")
}

fn decoded() -> Step {
    Step::Decoded { from: Span::new(20, 25), codec: "hex".into() }
}

/// Place, the other places that are named, and how many others there are.
type Told<'a> = (u32, &'a [u32], u64);

/// Checks where the one finding of a condition is told to be.
fn check(scope: &str, when: &str, tree: &Tree, expected: Told<'_>) -> Finding {
    let judgement = judged(&rules(scope, &[when]), tree);
    assert_eq!(judgement.findings.len(), 1, "one item: {:?}", judgement.findings);
    let finding = judgement.findings[0].clone();
    let also: Vec<u32> = finding.also.iter().map(|node| node.0).collect();
    assert_eq!((finding.node.0, &*also, finding.places), expected, "{scope}: {when}");
    finding
}

#[test]
fn every_package_with_the_same_bytes_is_named() {
    let table: [(&[File<'_>], Told<'_>); 5] = [
        (&[in_unit("a.sh", 0, 0)], (1, &[], 0)),
        (&[in_unit("a.sh", 0, 0), in_unit("b.sh", 0, 1)], (1, &[2], 1)),
        (&[in_unit("a.sh", 0, 0), in_unit("copy/a.sh", 0, 0)], (1, &[2], 1)),
        // Other packages come first, then further copies.
        (
            &[in_unit("a", 0, 0), in_unit("b", 0, 0), in_unit("c", 0, 1), in_unit("d", 0, 1), in_unit("e", 0, 2)],
            (1, &[3, 5, 2, 4], 4),
        ),
        // The place of the finding is where it runs first.
        (
            &[in_unit("a.sh", 0, 0), File { unit: 1, ..file("postinst", 0, Role::Build, Phase::Install) }, in_unit("c.sh", 0, 1)],
            (2, &[1, 3], 2),
        ),
    ];
    for (files, expected) in table {
        for scope in ["content", "function"] {
            check(scope, "url", &tree(files, vec![url()]), expected);
        }
    }
}

#[test]
fn a_thousand_copies_are_one_item_with_a_short_list() {
    let paths: Vec<String> = (0..1000).map(|at| format!("d{at}/a.sh")).collect();
    for (units, expected) in [
        (1000, (2..18).collect::<Vec<u32>>()),
        (1, (2..18).collect()),
        (4, {
            let mut named = vec![251, 501, 751];
            named.extend(2..15);
            named
        }),
    ] {
        let files: Vec<_> = (0..1000).zip(&paths).map(|(at, path)| in_unit(path, 0, at * units / 1000)).collect();
        let tree = tree(&files, vec![url()]);
        let finding = check("content", "url", &tree, (1, &expected, 999));
        assert_eq!(finding.also.len(), ALSO_MAX);
        assert_eq!(judged(&rules("content", &["url"]), &tree).findings, [finding], "the same every time");
    }
}

#[test]
fn a_second_copy_of_a_container_stands_for_what_it_holds() {
    // Contents: the payload, the archive around it, an archive around that.
    let contents = || vec![url(), Vec::new(), Vec::new()];
    let member = || Step::Member { index: 0 };
    // Two copies of an archive, of which the first was opened.
    let mut twice = tree(&[in_unit("a.tgz", 1, 0), in_unit("b.tgz", 1, 1)], contents());
    let inner = below(&mut twice, 1, member(), "x.sh", 0);
    check("content", "url", &twice, (inner, &[2], 1));
    check("package", "url", &twice, (inner, &[], 0));
    // Seen as the package that lies in the archive.
    twice.units[0].base = NodeId(1);
    check("package", "url", &twice, (inner, &[2], 1));
    check("tree", "url", &twice, (inner, &[], 0));
    // A loose copy as well, and an archive around the second one: each is named once, and no opened container is.
    let files = [in_unit("a.tgz", 1, 0), in_unit("outer.tgz", 2, 1), in_unit("outer-again.tgz", 2, 2), in_unit("x.sh", 0, 3)];
    let mut nested = tree(&files, contents());
    let inner = below(&mut nested, 1, member(), "x.sh", 0);
    let second = below(&mut nested, 2, member(), "a.tgz", 1);
    check("content", "url", &nested, (4, &[3, inner, second], 3));
    // What was decoded stands below the first of its origins; so does what is compressed in that.
    for step in [decoded(), Step::Layer] {
        let files = [in_unit("a.sh", 1, 0), File { unit: 1, ..file("postinst", 1, Role::Build, Phase::Install) }];
        let mut copied = tree(&files, contents());
        let middle = below(&mut copied, 1, decoded(), "", 2);
        let payload = below(&mut copied, middle, step, "", 0);
        let finding = check("content", "url", &copied, (payload, &[2], 1));
        assert_eq!(finding.phase, Phase::Install, "the other copy runs earlier");
    }
}

#[test]
fn a_container_that_holds_itself_ends() {
    let mut tree = tree(&[in_unit("r.zip", 1, 0), in_unit("r.zip", 1, 1)], vec![url(), Vec::new()]);
    let payload = below(&mut tree, 1, Step::Member { index: 0 }, "x.sh", 0);
    let itself = below(&mut tree, 1, Step::Member { index: 1 }, "r.zip", 1);
    check("content", "url", &tree, (payload, &[2, itself], 2));
}

/// An empty file lies everywhere; what its name or a manifest says does not.
#[test]
fn what_is_said_of_a_place_is_not_said_of_every_copy() {
    let files = [in_unit("a", 0, 0), in_unit("b", 0, 1), in_unit("c", 0, 2)];
    let mut named = tree(&files, vec![Vec::new()]);
    let problem = || Problem::new(ProblemKind::Deceptive, "two of one name");
    named.place_problems = vec![(NodeId(1), problem()), (NodeId(3), problem())];
    check("content", "problem { kind: deceptive }", &named, (1, &[3], 1));
    // The same problem of the bytes holds of all.
    let broken = with_problem(tree(&files, vec![Vec::new()]), 0, ProblemKind::Malformed);
    check("content", "problem { kind: malformed }", &broken, (1, &[2, 3], 2));
    // A manifest that two packages share runs the same command in both.
    let mut scripts = tree(&files, vec![Vec::new()]);
    let script = || fact("script { event: install, command: \"curl x\", phase: install }", 0);
    scripts.units[0].facts.push((NodeId(1), script()));
    scripts.units[1].facts.push((NodeId(2), script()));
    check("content", "script { command ~ \"curl\" }", &scripts, (1, &[2], 1));
    // What stands in the bytes as well holds wherever they lie.
    let mut both = tree(&files, vec![url()]);
    both.units[0].facts.push((NodeId(1), script()));
    check("content", "url and script", &both, (1, &[2, 3], 2));
}

#[test]
fn hits_of_yara_rules_name_their_copies() {
    let hit = vec![Fact::new(&vocabulary::YARA, Span::new(0, 4), "yara").with("rule", "Odd").with("namespace", "mine")];
    let judgement = judged(&crate::Rules::default(), &tree(&[in_unit("a", 0, 0), in_unit("b", 0, 1)], vec![hit]));
    assert_eq!((&*judgement.findings[0].also, judgement.findings[0].places), (&[NodeId(2)][..], 1));
}

/// Archives in archives, each in many copies, cost no more than their number.
#[test]
fn many_copies_of_many_containers_are_told_in_time() {
    const COPIES: u32 = 50_000;
    const MEMBERS: u32 = 2_000;
    let files: Vec<_> = (0..COPIES).map(|at| in_unit("a.tgz", 0, at / 10)).collect();
    let mut tree = tree(&files, vec![Vec::new(), url()]);
    let payload = tree.contents[1].clone();
    tree.contents.extend((1..MEMBERS).map(|_| payload.clone()));
    for at in 1..=MEMBERS {
        below(&mut tree, 1, Step::Member { index: at }, "x.sh", at);
    }
    let start = std::time::Instant::now();
    let judgement = judged(&rules("content", &["url"]), &tree);
    assert_eq!(judgement.findings.len(), 2_000);
    assert!(judgement.findings.iter().all(|finding| (finding.also.len(), finding.places) == (ALSO_MAX, u64::from(COPIES) - 1)));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
