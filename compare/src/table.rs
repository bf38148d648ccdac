//! A table: which facts make which trait.

use doorward_model::FactKind;
use doorward_model::difference::{self as classes, Class};
use doorward_model::vocabulary as facts;

/// One kind of fact as a trait: its words, then its constant arguments.
pub(crate) struct Row {
    pub class: &'static Class,
    pub kind: &'static FactKind,
    pub says: &'static str,
    pub args: &'static [&'static str],
    /// The argument and the values of it that the row speaks of.
    pub only: Option<(&'static str, &'static [&'static str])>,
    /// Whether the inventory of a report without facts holds it.
    pub inventory: bool,
}

const fn row(class: &'static Class, kind: &'static FactKind, says: &'static str, args: &'static [&'static str]) -> Row {
    Row { class, kind, says, args, only: None, inventory: false }
}

const fn only(row: Row, arg: &'static str, values: &'static [&'static str]) -> Row {
    Row { only: Some((arg, values)), ..row }
}

const fn listed(row: Row) -> Row {
    Row { inventory: true, ..row }
}

/// Phases in which something runs without being asked for.
const BY_ITSELF: &[&str] = &["build", "install", "open"];

/// Guards by which code behaves otherwise where it may be watched, or waits.
const GUARDS: &[&str] = &["date", "user", "host", "locale", "debugger", "random", "answer"];

pub(crate) static ROWS: &[Row] = &[
    row(&classes::CAPABILITY, &facts::CODE_EVAL, "evaluates code:", &["language"]),
    row(&classes::CAPABILITY, &facts::PROCESS_SPAWN, "starts a program:", &["command"]),
    row(&classes::CAPABILITY, &facts::CODE_LOAD, "loads by name:", &["module"]),
    row(&classes::CAPABILITY, &facts::NET_CONNECT, "opens a connection:", &["host", "port", "protocol"]),
    row(&classes::CAPABILITY, &facts::NET_SEND, "sends data:", &["method", "host", "service"]),
    row(&classes::CAPABILITY, &facts::NET_RECEIVE, "receives data:", &["host"]),
    row(&classes::CAPABILITY, &facts::NET_RESOLVE, "asks for the address of:", &["host"]),
    row(&classes::CAPABILITY, &facts::NET_LISTEN, "waits for connections:", &["host", "port"]),
    row(&classes::CAPABILITY, &facts::FLOW, "lets data flow:", &["from", "what", "to", "host"]),
    row(&classes::CAPABILITY, &facts::FILE_READ, "reads:", &["what"]),
    row(&classes::CAPABILITY, &facts::FILE_WRITE, "writes:", &["what"]),
    row(&classes::CAPABILITY, &facts::FILE_DELETE, "deletes files", &[]),
    row(&classes::CAPABILITY, &facts::FILE_EXECUTE, "makes files executable", &[]),
    row(&classes::CAPABILITY, &facts::ENV_READ, "reads the environment:", &["name"]),
    row(&classes::CAPABILITY, &facts::HOST_READ, "asks for its host:", &["what"]),
    row(&classes::CAPABILITY, &facts::SECRET_READ, "reads secrets:", &["what"]),
    row(&classes::CAPABILITY, &facts::CLIPBOARD_READ, "reads the clipboard", &[]),
    row(&classes::CAPABILITY, &facts::CLIPBOARD_WRITE, "writes the clipboard", &[]),
    row(&classes::CAPABILITY, &facts::SCREEN_READ, "takes pictures of the screen", &[]),
    row(&classes::CAPABILITY, &facts::KEYS_READ, "sees keys pressed", &[]),
    row(&classes::CAPABILITY, &facts::AUDIO_READ, "listens to the microphone", &[]),
    row(&classes::CAPABILITY, &facts::VIDEO_READ, "sees through the camera", &[]),
    row(&classes::CAPABILITY, &facts::REGISTRY_WRITE, "writes the registry:", &["key", "value"]),
    row(&classes::CAPABILITY, &facts::PERSIST, "makes itself run again:", &["how", "path"]),
    row(&classes::CAPABILITY, &facts::ACCOUNT_ADD, "adds an account:", &["what", "name"]),
    row(&classes::CAPABILITY, &facts::PROTECTION_OFF, "switches off protection:", &["what"]),
    row(&classes::CAPABILITY, &facts::PUBLISH, "publishes:", &["what"]),
    row(&classes::CAPABILITY, &facts::HIDE, "hides:", &["how"]),
    row(&classes::OPAQUE, &facts::TEXT_BIDI, "shows text in another order than it has", &[]),
    row(&classes::OPAQUE, &facts::TEXT_INVISIBLE, "holds characters that are not seen", &[]),
    row(&classes::OPAQUE, &facts::TEXT_FAR_RIGHT, "holds code far right of what is shown", &[]),
    row(&classes::CAPABILITY, &facts::YARA, "matches the rule", &["rule"]),
    only(row(&classes::CAPABILITY, &facts::GUARD, "behaves by", &["on"]), "on", GUARDS),
    row(&classes::DESTINATION, &facts::NET_CONNECT, "", &["host"]),
    row(&classes::DESTINATION, &facts::NET_SEND, "", &["host"]),
    row(&classes::DESTINATION, &facts::NET_RECEIVE, "", &["host"]),
    row(&classes::DESTINATION, &facts::NET_RESOLVE, "", &["host"]),
    listed(row(&classes::DESTINATION, &facts::URL, "", &["host"])),
    listed(only(row(&classes::DESTINATION, &facts::ADDRESS, "", &["ip"]), "public", &["1"])),
    listed(row(&classes::KEY, &facts::KEY_PRIVATE, "private key", &["kind", "fingerprint"])),
    listed(row(&classes::KEY, &facts::KEY_PUBLIC, "public key", &["kind", "fingerprint"])),
    listed(row(&classes::KEY, &facts::CERTIFICATE, "certificate", &["fingerprint"])),
    listed(row(&classes::KEY, &facts::CREDENTIAL, "credential", &["kind", "fingerprint"])),
    listed(only(row(&classes::INSTALL, &facts::SCRIPT, "", &["event", "command"]), "phase", BY_ITSELF)),
    listed(row(&classes::EXECUTABLE, &facts::BINARY, "", &["format", "arch", "kind"])),
    row(&classes::OPAQUE, &facts::BINARY_OVERLAY, "bytes behind a program", &["format"]),
    only(row(&classes::OPAQUE, &facts::DECODE, "decoded into", &["format"]), "group", &["code", "binary", "archive", "package"]),
    only(row(&classes::DEPENDENCY, &facts::DEPENDENCY, "", &["name", "source"]), "when", &["run", "build", "optional"]),
    row(&classes::PERSON, &facts::PACKAGE_PERSON, "", &["name"]),
    row(&classes::HOOK, &facts::HOOK, "replaces", &["target"]),
    row(&classes::HOOK, &facts::PERMISSION, "asks for the right", &["name"]),
    only(row(&classes::ENTRY, &facts::ENTRY, "", &["event", "name", "path"]), "phase", &["open", "import", "run"]),
    row(&classes::CHECK, &facts::CHECK_OFF, "switches off:", &["what", "how"]),
];
