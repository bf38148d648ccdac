//! What the words of a command say beyond options and operands: whether a row of it counts, and what its data are.

use super::Parsed;
use crate::meaning::machine::Machine;
use crate::meaning::paths;
use crate::meaning::values::{Shape, Value, shown};
use crate::neutral::At;

/// Services of Windows that protect it.
const PROTECTING: [&str; 7] = ["windefend", "wscsvc", "securityhealth", "sense", "mpssvc", "wuauserv", "sppsvc"];

impl Machine<'_, '_> {
    /// Changes what was parsed, before the rows of a command are said.
    pub(super) fn prepare(&mut self, name: &str, program: &'static str, parsed: &mut Parsed, raw: &[Value], at: &At) {
        let yes = || Value::new(Shape::Bool(true));
        let operand = |parsed: &Parsed, at: usize| parsed.operands.get(at).and_then(Value::as_text).cloned();
        match program {
            "fetch" => prepare_fetch(name, parsed),
            "chmod" => {
                if lets_run(&operand(parsed, 0).unwrap_or_default()) {
                    parsed.named.push(("executable", yes()));
                }
                self.add_content(parsed, 1);
            }
            "copy" => {
                if parsed.get("to").is_none() && parsed.operands.len() > 1 {
                    parsed.named.extend(parsed.operands.last().map(|path| ("to", path.clone())));
                }
                if let Some(from) = parsed.get("from").cloned() {
                    parsed.operands.insert(0, from);
                }
                if let Some(path) = operand(parsed, 0)
                    && let Some(value) = self.meaningful(&path, at)
                {
                    parsed.named.push(("content", value));
                }
            }
            "netcat" if parsed.get("listens").is_none() && !parsed.operands.is_empty() => {
                parsed.named.push(("connects", yes()));
                if parsed.get("stdin").is_some() {
                    parsed.named.push(("sends", yes()));
                }
            }
            "socat" => prepare_socat(parsed),
            "remote" => self.prepare_remote(parsed, at),
            "crontab" => {
                let shows = ["lists", "removes", "edits"].iter().any(|name| parsed.get(name).is_some());
                if !shows && (parsed.get("stdin").is_some() || !parsed.operands.is_empty()) {
                    parsed.named.push(("writes", yes()));
                }
                self.add_content(parsed, 0);
            }
            "service" => self.add_content(parsed, 0),
            "run" if raw.is_empty() => parsed.named.push(("alone", yes())),
            "history" if parsed.get("clears").is_none() => parsed.named.push(("shown", yes())),
            "picture" => parsed.outputs.extend(parsed.operands.last().cloned()),
            "account" => {
                if let Some(last) = parsed.operands.last().cloned().filter(|_| parsed.get("last").is_none()) {
                    parsed.named.push(("last", last));
                }
            }
            "defender" | "firewall" | "defender-service" | "recovery" | "attrib" => prepare_protection(program, parsed, raw),
            "wireless" => prepare_wireless(parsed, raw),
            "transfer" => prepare_transfer(parsed, raw),
            "second-output" => parsed.outputs.extend(parsed.operands.get(1).cloned()),
            "download-file" => parsed.outputs.extend(parsed.operands.get(2).cloned()),
            "upload" => {
                if let Some(path) = parsed.operands.get(2).cloned() {
                    let content = self.read_file(&path, at);
                    parsed.operands.push(content);
                }
            }
            "start-process" => {
                let hides = |value: &Value| value.as_text().is_some_and(|text| text.eq_ignore_ascii_case("hidden"));
                if parsed.get("window").is_some_and(hides) {
                    parsed.named.push(("hidden", yes()));
                }
            }
            "powershell" => prepare_powershell(parsed, raw),
            _ => {}
        }
    }

    /// What is known of a file that an operand names.
    fn add_content(&self, parsed: &mut Parsed, at: usize) {
        let content = parsed.operands.get(at).and_then(Value::as_text).and_then(|path| self.kept_file(path));
        if let Some(content) = content {
            parsed.named.push(("content", Value { shape: Shape::Computed, tag: content.deep_tag() }));
        }
    }

    /// The content of a file that was written before or that is worth stealing.
    pub(crate) fn meaningful(&mut self, path: &str, at: &At) -> Option<Value> {
        if let Some(known) = self.kept_file(path) {
            return Some(known);
        }
        paths::secret(path).map(|_| self.read_file(&Value::text(path), at))
    }

    /// `user@host:path` on one side, a path on the other.
    fn prepare_remote(&mut self, parsed: &mut Parsed, at: &At) {
        let host = |value: &Value| -> Option<String> {
            let text = value.as_text()?;
            let (host, _) =
                text.strip_prefix("rsync://").unwrap_or(text).split_once([':', '/']).filter(|_| text.contains(':'))?;
            (host.len() > 1 && !host.starts_with('/')).then(|| host.rsplit('@').next().unwrap_or(host).to_owned())
        };
        let remote = parsed.operands.iter().rposition(|operand| host(operand).is_some());
        let Some(at_remote) = remote else { return };
        let name = parsed.operands.get(at_remote).and_then(host).unwrap_or_default();
        parsed.named.push(("remote", Value::text(name)));
        let is_last = at_remote.saturating_add(1) == parsed.operands.len();
        parsed.named.push((if is_last { "sends" } else { "receives" }, Value::new(Shape::Bool(true))));
        if is_last && let Some(path) = parsed.operands.first().and_then(Value::as_text).cloned() {
            let content = self.read_file(&Value::text(path), at);
            parsed.named.push(("local", content));
        } else if let Some(path) = parsed.operands.last().cloned() {
            parsed.outputs.push(path);
        }
    }
}

/// The code of PowerShell, from an option or from what is left of the line: behind `-Command`, and behind the first word that is
/// no option, all words are code, whatever they begin with.
fn prepare_powershell(parsed: &mut Parsed, raw: &[Value]) {
    let hides =
        |value: &Value| value.as_text().is_some_and(|text| matches!(&*text.to_ascii_lowercase(), "hidden" | "h" | "1" | "hid"));
    if parsed.get("window").is_some_and(hides) {
        parsed.named.push(("hidden", Value::new(Shape::Bool(true))));
    }
    let first = parsed.operands.first().and_then(Value::as_text);
    let (before, rest) = match raw.iter().position(|word| first.is_some() && word.as_text() == first) {
        Some(at) => raw.split_at(at),
        None => (raw, &*parsed.operands),
    };
    let behind = raw.iter().position(|word| is_switch(word, "command")).and_then(|at| raw.get(at.saturating_add(1)..));
    let is_encoded = behind.is_none() && before.iter().any(|word| is_switch(word, "encodedcommand") || is_switch(word, "ec"));
    if let Some(encoded) = parsed.get("encoded").filter(|_| is_encoded) {
        let text = encoded.known_bytes().and_then(super::decoders::utf16_of_base64);
        let code = match text {
            Some(text) => crate::meaning::values::decoded(Value::text(text), encoded.tag.as_ref(), "base64"),
            None => encoded.clone(),
        };
        parsed.named.push(("code", code));
        return;
    }
    let code = match behind {
        Some(behind) => behind,
        None if before.iter().any(|word| is_switch(word, "file")) => &[],
        None => rest,
    };
    if !code.is_empty() {
        let words: Vec<_> = code.iter().map(|word| shown(word).to_string()).collect();
        let code = Value::text(words.join(" ")).tagged(crate::meaning::values::tags(code));
        parsed.named.push(("code", code));
    }
}

/// Whether a word is a switch of PowerShell, which may be cut short.
fn is_switch(word: &Value, name: &str) -> bool {
    let text = word.as_text().map(|text| text.to_ascii_lowercase()).unwrap_or_default();
    let given = text.trim_start_matches(['-', '/', '\u{2013}', '\u{2014}', '\u{2015}']);
    !given.is_empty() && given.len() < text.len() && name.starts_with(given)
}

/// What is fetched: a URL without a scheme is the web's, and a file of its name is written where the program does so.
fn prepare_fetch(name: &str, parsed: &mut Parsed) {
    for operand in &mut parsed.operands {
        let Some(text) = operand.as_text().filter(|text| !text.contains("://") && text.contains('.')) else { continue };
        *operand = Value::text(format!("http://{text}")).tagged(operand.tag.clone());
    }
    if parsed.outputs.is_empty() && (matches!(name, "wget" | "aria2c" | "axel" | "fetch") || parsed.get("remote-name").is_some())
    {
        let url = parsed.operands.first().and_then(Value::as_text);
        let file = url.and_then(|url| url.split(['?', '#']).next()?.rsplit('/').next()).unwrap_or_default();
        if !file.is_empty() {
            let folder = parsed.get("folder").map(|folder| format!("{}/", shown(folder))).unwrap_or_default();
            parsed.outputs.push(Value::text(format!("{folder}{file}")));
        }
    }
}

/// `TCP:host:port` and `EXEC:program`.
fn prepare_socat(parsed: &mut Parsed) {
    let texts: Vec<String> = parsed.operands.iter().map(|operand| shown(operand).to_string()).collect();
    for text in texts {
        let Some((kind, rest)) = text.split_once(':') else { continue };
        match &*kind.to_ascii_lowercase() {
            "tcp" | "tcp4" | "tcp6" | "tcp-connect" | "tcp4-connect" | "udp" | "udp4" | "openssl" | "ssl" | "openssl-connect" => {
                let mut parts = rest.split([':', ',']);
                parsed.named.extend(parts.next().map(|host| ("host", Value::text(host))));
                parsed.named.extend(parts.next().map(|port| ("port", Value::text(port))));
            }
            "exec" | "system" => {
                let program = rest.split(',').next().unwrap_or(rest).trim_matches(['"', '\'']).to_owned();
                parsed.named.push(("program", Value::text(program)));
            }
            _ => {}
        }
    }
}

/// Whether a mode lets a file be run.
fn lets_run(mode: &str) -> bool {
    let is_octal = !mode.is_empty() && mode.bytes().all(|byte| byte.is_ascii_digit());
    if is_octal { mode.contains(['1', '3', '5', '7']) } else { mode.contains('x') && !mode.contains('-') }
}

/// `netsh wlan show profile NAME key=clear`: the password is shown.
fn prepare_wireless(parsed: &mut Parsed, raw: &[Value]) {
    if raw.iter().filter_map(Value::as_text).any(|word| word.eq_ignore_ascii_case("key=clear")) {
        parsed.named.push(("clear", Value::new(Shape::Bool(true))));
    }
}

fn prepare_protection(program: &str, parsed: &mut Parsed, raw: &[Value]) {
    let words: Vec<_> = raw.iter().map(|word| shown(word).to_string()).collect();
    let line = words.join(" ");
    let small = line.to_ascii_lowercase();
    let switched =
        small.contains("true") || small.contains(" 1") || parsed.operands.iter().any(|value| value.truth() == Some(true));
    let off = match program {
        "defender" => small.contains("-exclusion") || small.contains("-disable") && switched || small.contains("defender"),
        "firewall" => {
            let flushes = parsed.get("flush").is_some();
            let accepts = parsed.get("policy").is_some() && small.contains("accept");
            flushes || accepts || small.contains(" off") || small.contains("disable") || small == "0" || small == "permissive"
        }
        "defender-service" => {
            PROTECTING.iter().any(|name| small.contains(name)) && (!small.starts_with("config") || small.contains("disabled"))
        }
        "recovery" => small.contains("recoveryenabled no") || small.contains("ignoreallfailures"),
        _ => small.contains("+h"),
    };
    if off {
        parsed.named.push(("off", Value::new(Shape::Bool(true))));
        parsed.named.push(("shown", Value::text(line)));
    }
}

/// Programs of Windows that fetch, by the URL among their words and the path behind it.
fn prepare_transfer(parsed: &mut Parsed, raw: &[Value]) {
    let is_url = |value: &Value| value.as_text().is_some_and(|text| text.contains("://"));
    let Some(at) = raw.iter().position(is_url) else { return };
    parsed.named.extend(raw.get(at).map(|url| ("url", url.clone())));
    let path = raw.get(at.saturating_add(1)).filter(|path| path.as_text().is_some_and(|path| !path.starts_with(['-', '/'])));
    match path {
        Some(path) => parsed.outputs.push(path.clone()),
        None => {
            let url = raw.get(at).and_then(Value::as_text).cloned().unwrap_or_default();
            let name = url.rsplit('/').next().unwrap_or_default();
            if !name.is_empty() {
                parsed.outputs.push(Value::text(name));
            }
        }
    }
}
