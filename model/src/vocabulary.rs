//! The vocabulary: one documented row for each kind of fact. Rules, observers and the reference page all read this table.

use crate::FactKind;

macro_rules! vocabulary {
    ($( $(#[doc = $doc:literal])+ $constant:ident = $name:literal { $($arg:literal: $what:literal),* $(,)? } )+) => {
        $(
            $(#[doc = $doc])+
            pub static $constant: FactKind = FactKind {
                name: $name,
                doc: concat!($($doc),+),
                args: &[$(($arg, $what)),*],
            };
        )+
        /// All kinds, in the order of this page.
        pub static KINDS: &[&FactKind] = &[$(&$constant),+];
    };
}

vocabulary! {
    /// What a content was identified as.
    CONTENT = "content" { "format": "name of the format or language, as `doorward formats` lists it", "group": "archive, package, binary, code, text, image, data" }
    /// A place of a content in its package; emitted by link for every file of a unit.
    PLACE = "place" {
        "path": "path inside the unit", "name": "base name", "extension": "lower-cased extension without its dot",
        "format": "name of the format", "group": "group of the format", "role": "code, build, test, doc, data, manifest",
        "phase": "build, install, open, import, run, test", "executable": "1 where a permission bit lets it run",
        "hidden": "1 where it was decoded from a payload layer", "carved": "1 where no structure accounts for it",
        "ecosystem": "the unit's ecosystem, or empty",
    }
    /// A pattern of a rule page was found. Internal: a rule writes `$name`.
    PATTERN = "pattern" { "id": "number of the pattern in the lexicon", "text": "what matched, at most 120 bytes" }
    /// A rule of a user's YARA pack matched.
    YARA = "yara" { "rule": "identifier", "namespace": "file it stands in", "severity": "the rule's own `severity` or `level` metadata" }
    /// A payload written in some encoding was decoded and became a child.
    DECODE = "decode" { "codec": "name of the codec", "bytes": "length of the decoded payload", "format": "what the payload is", "group": "group of that format" }
    /// A problem of the content, so that rules can ask for it.
    PROBLEM = "problem" { "kind": "kind of the problem", "detail": "what it says" }
    /// A URL.
    URL = "url" { "url": "as written, user information masked", "scheme": "lower-cased", "host": "lower-cased", "port": "where written", "userinfo": "1 where it carries a password" }
    /// An IP address outside a URL.
    ADDRESS = "address" { "ip": "in canonical form", "port": "where written", "public": "1 where it is globally routable" }
    /// A private key.
    KEY_PRIVATE = "key.private" { "kind": "rsa, ec, ed25519, openssh, pgp, pkcs8, dsa", "fingerprint": "first 16 hex digits of SHA-256 over its bytes", "encrypted": "1 where a passphrase protects it" }
    /// A public key.
    KEY_PUBLIC = "key.public" { "kind": "rsa, ec, ed25519, openssh, pgp, spki", "fingerprint": "first 16 hex digits of SHA-256 over its bytes" }
    /// An X.509 certificate.
    CERTIFICATE = "certificate" { "fingerprint": "first 16 hex digits of SHA-256 over its bytes" }
    /// A credential, recognised by its issuer's published shape.
    CREDENTIAL = "credential" { "kind": "issuer and type", "fingerprint": "first 16 hex digits of SHA-256 over it" }
    /// Text whose order on the screen differs from its order in the file.
    TEXT_BIDI = "text.bidi" { "controls": "code points, in hex", "unbalanced": "1 where an embedding or override is not closed on its line" }
    /// Characters that are not seen, inside a word or in a run long enough to carry data.
    TEXT_INVISIBLE = "text.invisible" { "count": "how many in this run", "inside": "1 between two letters of a word" }
    /// A word that mixes scripts so that it looks like another.
    TEXT_HOMOGLYPH = "text.homoglyph" { "word": "as written", "looks_like": "its Latin look-alike" }
    /// Code after a long run of blanks on a line, where most editors do not show it.
    TEXT_FAR_RIGHT = "text.far-right" { "blanks": "length of the run", "code": "what stands there" }
    /// Header of an executable, library or object file.
    BINARY = "binary" { "format": "elf, pe, mach-o", "arch": "architecture", "kind": "executable, library, object, core", "bits": "32 or 64", "signed": "1 where it carries a signature", "stripped": "1 where it has no symbols" }
    /// A symbol that a binary takes from elsewhere.
    BINARY_IMPORT = "binary.import" { "library": "where it says so", "symbol": "name" }
    /// A symbol that a binary offers.
    BINARY_EXPORT = "binary.export" { "symbol": "name" }
    /// A section or segment.
    BINARY_SECTION = "binary.section" { "name": "name", "bytes": "length in the file", "entropy": "in hundredths of a bit a byte, 0 to 800", "writable": "1", "executable": "1" }
    /// Bytes behind the last part that a binary's headers account for.
    BINARY_OVERLAY = "binary.overlay" { "bytes": "length", "entropy": "in hundredths of a bit a byte", "format": "what it is" }
    /// A package says what it is.
    PACKAGE = "package" { "ecosystem": "pypi, npm, crates, deb, gem, maven, nuget, vscode, chrome", "name": "name", "version": "version", "summary": "one line" }
    /// A package names its home.
    PACKAGE_HOME = "package.home" { "url": "as written", "what": "repository, homepage", "part": "1 where it says that it is a part of that repository" }
    /// A package says who makes or keeps it.
    PACKAGE_PERSON = "package.person" { "name": "as written, with the address where it stands beside it", "role": "author, maintainer, contributor" }
    /// A package says that its home is that of a much used package of another name; emitted by link.
    PACKAGE_CLONE = "package.clone" { "of": "the popular name", "how": "other: the names have nothing in common; longer: one is a part of the other", "url": "the home" }
    /// A package holds no code but what runs while it is installed; emitted by link.
    PACKAGE_EMPTY = "package.empty" { "files": "how many files of code run while it is installed" }
    /// Code of a package reaches a host by itself of which neither its manifest nor its documents nor its name speak; emitted by link.
    HOST_STRANGE = "host.strange" { "host": "which" }
    /// A package's version is so high that it wins over any other; emitted by link.
    VERSION_ABSURD = "version.absurd" { "version": "as written" }
    /// A name resembles that of a much used package, and is not on the dated list of those itself; emitted by link.
    NAME_LIKE = "name.like" {
        "name": "as written", "popular": "the popular name", "how": "separator, letters, order, edit, affix, scope",
        "of": "package, dependency",
    }
    /// A package names a command that its manager runs by itself.
    SCRIPT = "script" { "event": "install, preinstall, postinstall, prepare, postinst, ...", "command": "as written", "phase": "build, install, open, import, run, test" }
    /// A package names a file that runs by itself or is imported by its name.
    ENTRY = "entry" { "event": "main, bin, module, console-script, build-script, extension, ...", "path": "path as written", "name": "the command or plug-in that it becomes", "phase": "build, install, open, import, run, test" }
    /// A package asks for another.
    DEPENDENCY = "dependency" { "name": "name", "requirement": "as written", "source": "registry, url, git, path", "when": "run, build, dev, optional" }
    /// A package asks its host for a right.
    PERMISSION = "permission" { "name": "as written", "optional": "1 where it is asked for later" }
    /// Code starts another program.
    PROCESS_SPAWN = "process.spawn" { "command": "what is run, a list joined by blanks; what is computed shows as an ellipsis", "shell": "1 where a shell reads it", "hidden": "1 where no window shows it", "guard": "what the tests around it ask, joined by commas, as guard lists it" }
    /// Code runs text as code.
    CODE_EVAL = "code.eval" { "language": "python, javascript, shell, ...", "code": "the code, at most 64 KiB", "guard": "see process.spawn" }
    /// Code loads a module or library by a name that is not written in an import.
    CODE_LOAD = "code.load" { "module": "its name", "guard": "see process.spawn" }
    /// Code opens a connection.
    NET_CONNECT = "net.connect" { "host": "host or address", "port": "port", "protocol": "tcp, udp, tls, websocket, ...", "guard": "see process.spawn" }
    /// Code sends data.
    NET_SEND = "net.send" { "url": "as far as it is known", "host": "host or address", "method": "of the protocol", "service": "messenger, paste, mail, ...", "guard": "see process.spawn" }
    /// Code receives data.
    NET_RECEIVE = "net.receive" { "url": "as far as it is known", "host": "host or address", "path": "the file that it is written to", "guard": "see process.spawn" }
    /// Code asks for the address of a name.
    NET_RESOLVE = "net.resolve" { "host": "the name", "guard": "see process.spawn" }
    /// Code waits for connections.
    NET_LISTEN = "net.listen" { "host": "address", "port": "port" }
    /// Code reads a file.
    FILE_READ = "file.read" { "path": "as far as it is known", "what": "what the path means" }
    /// Code writes a file.
    FILE_WRITE = "file.write" { "path": "as far as it is known", "what": "what the path means", "text": "what is written, as far as it is known", "guard": "see process.spawn" }
    /// Code deletes a file or folder.
    FILE_DELETE = "file.delete" { "path": "as far as it is known", "guard": "see process.spawn" }
    /// Code makes a file executable, or opens it with whatever runs it.
    FILE_EXECUTE = "file.execute" { "path": "as far as it is known", "guard": "see process.spawn" }
    /// Code reads the environment.
    ENV_READ = "env.read" { "name": "name of the variable; all of them where it has none" }
    /// Code asks what machine or user it runs on.
    HOST_READ = "host.read" { "what": "user, hostname, address, os, processes, directory, all" }
    /// Code reads what grants access or is worth stealing.
    SECRET_READ = "secret.read" { "what": "browser, wallet, ssh, cloud, token, history, messenger, password", "path": "as far as it is known" }
    /// Code reads the clipboard.
    CLIPBOARD_READ = "clipboard.read" { "what": "text, image" }
    /// Code writes the clipboard.
    CLIPBOARD_WRITE = "clipboard.write" { "text": "what is written", "guard": "see process.spawn" }
    /// Code takes a picture of the screen.
    SCREEN_READ = "screen.read" { "what": "screen, window", "guard": "see process.spawn" }
    /// Code sees keys pressed anywhere.
    KEYS_READ = "keys.read" { "what": "keys, mouse", "guard": "see process.spawn" }
    /// Code listens to the microphone.
    AUDIO_READ = "audio.read" { "what": "microphone" }
    /// Code sees through the camera.
    VIDEO_READ = "video.read" { "what": "camera" }
    /// Code writes the registry.
    REGISTRY_WRITE = "registry.write" { "key": "key", "value": "name of the value", "guard": "see process.spawn" }
    /// Code makes something run again by itself.
    PERSIST = "persist" { "how": "startup, run-key, shell-profile, cron, systemd, service, launch-agent, task, hosts, authorized-keys, git-hook, assistant, editor", "path": "file, key or command", "text": "what is written there, as far as it is known", "guard": "see process.spawn" }
    /// Code adds an account, or lets one in: a password, a group.
    ACCOUNT_ADD = "account.add" { "name": "of the account", "what": "account, password, group, administrators" }
    /// Code switches off what protects the machine, or exempts something from it.
    PROTECTION_OFF = "protection.off" { "what": "virus protection, firewall, account control, access control, shadow copies, recovery, log", "command": "as far as it is known" }
    /// Code publishes something in its user's name.
    PUBLISH = "publish" { "what": "package, repository, image" }
    /// A test on which meaningful calls depend.
    GUARD = "guard" { "on": "platform, date, age, user, host, locale, ci, argument, debugger, random, file, agent, request, answer", "value": "what it is compared with" }
    /// Code takes care that it is not seen.
    HIDE = "hide" { "how": "window, output, detached, errors, file; string-array: texts that functions give back; own-source: a function reads its own text; sealed: only its own runtime can read it; one-text: nearly all of a file is one text" }
    /// Code imports a module.
    PACKAGE_IMPORT = "package.import" { "module": "as written" }
    /// Data goes from a source to a sink; the steps are the way.
    FLOW = "flow" {
        "from": "kind of the source", "to": "kind of the sink", "what": "what is read: a name, path or meaning", "source": "the path behind that meaning", "host": "where it goes",
        "path": "the file that the sink touches", "command": "the command of the sink", "transforms": "what was done to it on the way, joined by commas", "steps": "how many",
        "guard": "see process.spawn",
    }
    /// Code puts a function of its own in the place of one that the platform brings.
    HOOK = "hook" { "target": "what is replaced", "puts": "wallet-address where it puts a constant one into what passes", "guard": "see process.spawn" }
    /// A loop that nothing ends and that waits for nothing.
    LOOP_ENDLESS = "loop.endless" { "guard": "see process.spawn" }
    /// Code calls what checks something, or tells of it.
    CHECK = "check" { "what": "certificate, signature, digest, access, input, log", "call": "what is called, as written" }
    /// Code switches off a check.
    CHECK_OFF = "check.off" { "what": "certificate, host-key, signature", "how": "the words that do it" }
    /// Code gives a name that is about cryptography a constant value.
    CRYPTO_CONSTANT = "crypto.constant" { "name": "as written", "value": "a number, or a short word whose name speaks of no secret, as written; else its length, and the first 16 hex digits of SHA-256 over it" }
    /// Code makes another open file its own input or output.
    PROCESS_STDIO = "process.stdio" {}
}

/// The kind of this name.
pub fn kind(name: &str) -> Option<&'static FactKind> {
    KINDS.iter().find(|kind| kind.name == name).copied()
}

/// Its position in [`KINDS`].
pub(crate) fn index_of(kind: &FactKind) -> u16 {
    let at = KINDS.iter().position(|known| std::ptr::eq(*known, kind));
    at.and_then(|at| u16::try_from(at).ok()).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_is_named_once_and_documented() {
        let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(names.len(), KINDS.len());
        for kind in KINDS {
            assert!(kind.doc.trim().ends_with('.'), "{}", kind.name);
            assert!(kind.args.len() < 256 && kind.args.iter().all(|(name, what)| !name.is_empty() && !what.is_empty()));
            assert!(std::ptr::eq(super::kind(kind.name).unwrap(), *kind));
        }
    }
}
