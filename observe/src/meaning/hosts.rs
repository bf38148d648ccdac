//! Hosts and ports in the URLs that code names, as far as they are known.

use super::emit::plain;
use super::values::HOLE;
use doorward_model::Fact;

/// The host of a URL, where it is known.
pub(crate) fn host_of(url: &str) -> Option<(String, Option<i64>)> {
    let rest = url.split_once("://").map(|(_, rest)| rest)?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, port.parse().ok()),
        _ => (host, None),
    };
    (!host.is_empty() && !host.contains(HOLE)).then(|| (host.to_ascii_lowercase(), port))
}

/// A fact with what a URL says of host and port, or with the text itself under `name`.
pub(crate) fn with_url(fact: Fact, name: &str, text: &str) -> Fact {
    let has = |fact: &Fact, name: &str| fact.kind.args.iter().any(|(known, _)| *known == name) && fact.arg(name).is_none();
    let mut fact = fact;
    match host_of(text) {
        Some((host, port)) => {
            if has(&fact, "url") {
                fact = fact.with("url", plain(text));
            }
            if has(&fact, "host") {
                fact = fact.with("host", host);
            }
            if let Some(port) = port.filter(|_| has(&fact, "port")) {
                fact = fact.with("port", port);
            }
        }
        None if has(&fact, name) && !text.chars().all(|letter| letter == HOLE) => fact = fact.with(name, plain(text)),
        None => {}
    }
    fact
}
