//! Hosts that a package's code reaches by itself and that nothing else in the package speaks of.
//!
//! What a package says of itself stands in its manifest and in its documents: its home, its author, the services that it works
//! with. A host is known where one of these names a host of the same domain, or where the package's name or a word of it is part of
//! the host's, and where it is the registry of the package's own kind. Not handled: domains under which everybody may have names (two labels count, three under a country's `co`), hosts that
//! are only in code, and hosts of which a part is not known before the code runs.

use crate::places::BY;
use doorward_model::{
    Content, Fact, NodeId, Phase, Placement, Role, Site, Tree, Unit,
    vocabulary::{HOST_STRANGE, NET_CONNECT, NET_RECEIVE, NET_RESOLVE, NET_SEND, PACKAGE, PACKAGE_HOME, URL},
};
use std::collections::BTreeSet;

/// Most such facts of one package.
const TOLD_MAX: usize = 64;

/// Most domains that are kept of what a package says.
const DOMAINS_MAX: usize = 4096;

/// Letters of a word of a package's name that is told from others.
const WORD_MIN: usize = 4;

/// Letters that a registry's name may have behind the ecosystem's.
const REGISTRY_MORE: usize = 2;

/// The facts about hosts of a package's code that nothing in it speaks of.
pub(crate) fn tell(tree: &Tree, unit: &Unit, placements: &[Placement], name: &str) -> Vec<(NodeId, Fact)> {
    let placement = |node: &NodeId| &placements[node.0 as usize];
    let acts = |node: &NodeId| placement(node).phase < Phase::Run && matches!(placement(node).role, Role::Code | Role::Build);
    let mut reached = Vec::new();
    for &node in unit.members.iter().filter(|node| acts(node)) {
        let Some((at, content)) = content(tree, node) else { continue };
        for fact in content.facts.iter().filter(|fact| REACHES.contains(&fact.kind)) {
            if let Some(host) = fact.text("host").filter(|host| is_public(host)) {
                reached.push((node, at, fact, host));
            }
        }
    }
    if reached.is_empty() {
        return Vec::new();
    }
    let known = domains(tree, unit, placements);
    let words: Vec<String> = words(name);
    let is_strange = |host: &str| {
        let host = host.to_ascii_lowercase();
        !known.contains(domain(&host))
            && !is_registry(domain(&host), &unit.ecosystem)
            && !words.iter().any(|word| host.replace('-', "").contains(word.as_str()))
    };
    let mut told = Vec::new();
    for (node, at, fact, host) in reached {
        if told.len() < TOLD_MAX && is_strange(host) {
            let steps = vec![Site { content: Some(at), span: fact.span }];
            let strange =
                Fact { function: fact.function, anchor: fact.anchor.clone(), steps, ..Fact::new(&HOST_STRANGE, fact.span, BY) };
            told.push((node, strange.with("host", host)));
        }
    }
    told
}

/// What reaches a host.
static REACHES: [&doorward_model::FactKind; 4] = [&NET_SEND, &NET_CONNECT, &NET_RECEIVE, &NET_RESOLVE];

fn content(tree: &Tree, node: NodeId) -> Option<(doorward_model::ContentId, &Content)> {
    let at = tree.node(node).content?;
    Some((at, tree.content(at)))
}

/// Whether a host is known whole, and not this machine's or its network's.
fn is_public(host: &str) -> bool {
    let inner = ["127.", "10.", "192.168.", "0.", "169.254."];
    host.is_ascii() && host.contains('.') && !inner.iter().any(|start| host.starts_with(start)) && !host.ends_with(".local")
}

/// The domains that a package's manifests and documents name.
fn domains(tree: &Tree, unit: &Unit, placements: &[Placement]) -> BTreeSet<String> {
    let mut known = BTreeSet::new();
    for &node in &unit.members {
        let Some((_, content)) = content(tree, node) else { continue };
        // A manifest that code reads has the role of code.
        let speaks = matches!(placements[node.0 as usize].role, Role::Manifest | Role::Doc)
            || content.facts.iter().any(|fact| *fact.kind == PACKAGE);
        if !speaks {
            continue;
        }
        for fact in &content.facts {
            let host = match fact.kind {
                kind if *kind == URL => fact.text("host"),
                kind if *kind == PACKAGE_HOME => fact.text("url").and_then(|url| url.split("//").nth(1)?.split('/').next()),
                _ => None,
            };
            if let Some(host) = host.filter(|_| known.len() < DOMAINS_MAX) {
                known.insert(domain(&host.to_ascii_lowercase()).to_owned());
            }
        }
    }
    known
}

/// The part of a host that somebody owns: its last two labels, or three under a country's own order; all of an address.
fn domain(host: &str) -> &str {
    let labels: Vec<&str> = host.rsplit('.').take(3).collect();
    let is_address = labels.first().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let ordered = matches!(labels.as_slice(), [last, second, _] if last.len() == 2 && second.len() <= 3);
    let keep = if ordered { 3 } else { 2 };
    if is_address {
        return host;
    }
    let bytes: usize = labels.iter().take(keep).map(|label| label.len() + 1).sum();
    host.get(host.len().saturating_sub(bytes.saturating_sub(1))..).unwrap_or(host)
}

/// Whether a domain is that of a package's own registry: it bears the ecosystem's name, with at most [`REGISTRY_MORE`] letters more,
/// under an ending that registries have. Whoever registers such a name deceives this, and no other rule.
fn is_registry(domain: &str, ecosystem: &str) -> bool {
    let Some((label, ending)) = domain.split_once('.') else { return false };
    let more = label.strip_prefix(ecosystem).filter(|_| !ecosystem.is_empty());
    more.is_some_and(|more| more.len() <= REGISTRY_MORE) && matches!(ending, "org" | "com" | "io")
}

/// The words of a package's name, and the name without what parts them.
fn words(name: &str) -> Vec<String> {
    let name = name.to_ascii_lowercase();
    let parts = name.split(|letter: char| !letter.is_ascii_alphanumeric());
    let whole: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    parts.map(str::to_owned).chain([whole]).filter(|word| word.len() >= WORD_MIN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_of_a_host() {
        for (host, expected) in [
            ("api.lantern.example", "lantern.example"),
            ("lantern.example", "lantern.example"),
            ("a.b.lantern.co.uk", "lantern.co.uk"),
            ("203.0.113.7", "203.0.113.7"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(domain(host), expected);
        }
    }

    #[test]
    fn the_registry_of_an_ecosystem() {
        assert!(is_registry("conda.io", "conda") && is_registry("condajs.com", "conda"));
        assert!(!is_registry("conda.example", "conda") && !is_registry("condathings.org", "conda"));
        assert!(!is_registry("anaconda.org", "conda") && !is_registry("lantern.org", ""));
    }

    #[test]
    fn the_words_of_a_name() {
        assert_eq!(words("@lantern/wick-of"), ["lantern", "wick", "lanternwickof"]);
        assert!(words("a-b").is_empty());
    }
}
