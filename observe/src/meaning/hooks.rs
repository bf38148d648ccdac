//! What passes through others' hands: functions of the platform that code replaces by its own and the constants that those put
//! into what passes and objects that are written into.
//!
//! Not handled: replacing by `Object.defineProperty` or a `Proxy`, and addresses that are computed.

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

impl<'m> Machine<'m, '_> {
    /// A function is put in the place of one of the platform: it is said, and run as what it is now.
    pub(crate) fn hook(&mut self, node: u32, function: &Value, at: &At) {
        let Some(target) = TARGETS.iter().find(|name| self.tree.find(name) == Some(node)) else { return };
        let fact = self.out.fact(&kinds::HOOK, at).with("target", *target);
        self.out.push(fact);
        let outer = self.out.hooked.replace(Rc::from(*target));
        let passed = Value::default();
        self.call_value(function, None, &Args { at: vec![passed], named: Vec::new() }, at);
        self.out.hooked = outer;
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
