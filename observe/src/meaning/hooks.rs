//! What passes through others' hands: functions of the platform and of other packages that code replaces by its own, the
//! constants that those put into what passes, where they send what passes, and objects that are written into.
//!
//! Not handled: replacing by `Object.defineProperty` or a `Proxy`, functions of other packages that JavaScript replaces, and
//! addresses that are computed.

use super::emit::origin;
use super::machine::{Args, Machine};
use super::values::{Shape, Tag, Value};
use crate::neutral::{At, Expr, What};
use doorward_model::vocabulary as kinds;
use std::rc::Rc;

/// Functions through which data pass that their caller trusts, by the name in the tree of APIs.
const TARGETS: [&str; 9] = [
    "fetch",
    "ethereum.request",
    "ethereum.send",
    "ethereum.sendAsync",
    "solana.signTransaction",
    "solana.signAndSendTransaction",
    "XMLHttpRequest.prototype.open",
    "XMLHttpRequest.prototype.send",
    "navigator.clipboard.writeText",
];

/// Functions of the platform that are neither source nor sink, by which a person or a program hands something over.
const ENTRUSTED: [&str; 6] = [
    "input",
    "getpass.getpass",
    "requests.Session.send",
    "requests.adapters.HTTPAdapter.send",
    "socket.socket.send",
    "socket.socket.sendall",
];

/// Members through which JavaScript loads its modules, and a server its requests.
const LOADERS: [&str; 4] = ["_load", "_compile", "_resolveFilename", "emit"];

/// How many arguments of a replaced function are followed.
const PASSED_MAX: usize = 4;

/// Kinds of functions through which data pass that their caller trusts.
fn passes(kind: &doorward_model::FactKind) -> bool {
    matches!(kind.name, "net.connect" | "net.send" | "net.receive" | "file.read" | "file.write" | "process.spawn" | "code.load")
}

impl<'m> Machine<'m, '_> {
    /// A function is put in the place of one of the platform: it is said, and run as what it is now.
    pub(crate) fn hook(&mut self, node: u32, function: &Value, at: &At) {
        let known = self.tree.node(node);
        let named = TARGETS.iter().find(|name| self.tree.find(name) == Some(node)).copied();
        let row = known.row.filter(|row| row.kind.is_some_and(passes) && !row.read);
        let Some(target) = named.or_else(|| row.map(|row| row.name)).or_else(|| self.entrusted(node)) else { return };
        self.says_hook(target, at);
        self.passes_through(target, function, at);
    }

    fn says_hook(&mut self, target: &str, at: &At) {
        let fact = self.out.fact(&kinds::HOOK, at).with("target", target);
        self.out.push(fact);
    }

    /// A function of the platform that is no source or sink itself, through which data pass that their caller trusts.
    fn entrusted(&self, node: u32) -> Option<&'static str> {
        let is_one = |name: &&&str| self.tree.node(node).builtin.is_some() && self.tree.find(name) == Some(node);
        ENTRUSTED.iter().find(is_one).copied()
    }

    /// A function takes the place of a member of another module, by its name alone: said where it is one that loads code or
    /// hands events on. What it does with what passes is followed in any case.
    pub(crate) fn hook_named(&mut self, owner: &Value, name: &str, function: &Value, at: &At) {
        match owner.shape {
            Shape::Outside(_) | Shape::Computed if self.python => {
                self.out.reach.later = true;
                self.passes_through(name, function, at);
                self.out.reach.later = false;
            }
            Shape::Computed | Shape::Api(_) if !self.python && LOADERS.contains(&name) => {
                self.says_hook(name, at);
                self.passes_through(name, function, at);
            }
            _ => {}
        }
    }

    /// The function that takes another's place gets what that one got.
    fn passes_through(&mut self, target: &str, function: &Value, at: &At) {
        let target: Rc<str> = Rc::from(target);
        let outer = self.out.hooked.replace(Rc::clone(&target));
        let site = self.out.site.unwrap_or((at.start, at.end));
        let passed = Value { shape: Shape::Computed, tag: Some(origin(&kinds::HOOK, Some(target), site)) };
        self.call_value(function, None, &Args { at: vec![passed; PASSED_MAX], named: Vec::new() }, at);
        self.out.hooked = outer;
    }

    /// What a replaced function asks of the one whose place it took has to do with what passed through it.
    pub(crate) fn passed_on(&self, args: &Args<'m>) -> Option<Rc<Tag>> {
        self.out.hooked.as_ref()?;
        let tag = args.tag()?;
        let origins: Vec<_> = tag.origins.iter().filter(|origin| origin.kind == &kinds::HOOK).cloned().collect();
        (!origins.is_empty()).then(|| Rc::new(Tag { origins, ..Tag::default() }))
    }

    /// A part of a request that is asked for by its name, whatever holds it.
    pub(crate) fn header_of(&mut self, owner: &Value, key: &Value, at: &At) -> Option<Value> {
        let name = key.known_text().filter(|_| owner.is_computed() && self.python)?;
        self.header(name, at)
    }

    /// A part of a request by the name that CGI and WSGI give it (RFC 3875, PEP 3333): whoever asks chooses what it is.
    fn header(&mut self, name: &str, at: &At) -> Option<Value> {
        if !(name.starts_with("HTTP_") || name == "QUERY_STRING") {
            return None;
        }
        let site = self.out.site.unwrap_or((at.start, at.end));
        Some(Value { shape: Shape::Computed, tag: Some(origin(&kinds::NET_RECEIVE, Some("header".into()), site)) })
    }

    /// A constant is put into what passes: said where it names who is paid.
    pub(crate) fn substitute(&mut self, value: &Value, at: &At) {
        let is_address = value.known_text().is_some_and(|text| is_wallet_address(text));
        if let Some(target) = self.out.hooked.clone().filter(|_| is_address) {
            let fact = self.out.fact(&kinds::HOOK, at).with("target", &*target).with("puts", "wallet-address");
            self.out.push(fact);
        }
    }

    /// Methods that write what they are called on into an argument: `picture.save(file)`, `json.dump(data, file)`.
    pub(crate) fn hand_over(&mut self, owner: &Value, name: &str, args: &Args<'m>, written: &'m [Expr<'m>]) {
        let from = match name {
            "save" | "readinto" | "recv_into" | "write_to" | "tofile" => owner.tag.clone(),
            "dump" | "copyfileobj" => args.get(0).and_then(Value::deep_tag),
            _ => return,
        };
        let Some(from) = from.filter(|from| !from.origins.is_empty()) else { return };
        let skipped = usize::from(matches!(name, "dump" | "copyfileobj"));
        for expr in written.iter().skip(skipped).take(2) {
            if let What::Name(variable) = &expr.what {
                let known = self.lookup(variable);
                let origins = Tag { origins: from.origins.clone(), ..Tag::default() };
                self.set_found(variable, known.tagged(Some(Rc::new(origins))));
            }
        }
    }
}

/// Whether a text has the form of an address of Bitcoin, Ethereum, Tron or Litecoin (BIP 13, BIP 173, EIP 55, TIP 2).
pub(crate) fn is_wallet_address(text: &str) -> bool {
    const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let is_base58 = |text: &str| text.chars().all(|letter| BASE58.contains(letter));
    let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.as_bytes() {
        [b'0', b'x', digits @ ..] => digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit),
        [b'b', b'c', b'1', ..] => (26..=62).contains(&text.len()) && is_word(text),
        [b'l', b't', b'c', b'1', ..] => (27..=63).contains(&text.len()) && is_word(text),
        [b'1' | b'3', ..] => {
            (26..=35).contains(&text.len()) && is_base58(text) && text.bytes().any(|byte| byte.is_ascii_lowercase())
        }
        [b'T', ..] => text.len() == 34 && is_base58(text),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_wallet_address;

    #[test]
    fn addresses_are_told_from_other_words() {
        let cases = [
            ("0x000000000000000000000000000000000000dEaD", true),
            ("0x000000000000000000000000000000000000dEa", false),
            ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", true),
            ("1BoatSLRHtKNngkdXEeobR76b53LETtpyT", true),
            ("3141592653589793238462643383279", false),
            ("TableOfContentsOfTheWholeHandbook1", false),
            ("hello", false),
            ("", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_wallet_address(text), expected, "{text}");
        }
    }
}
