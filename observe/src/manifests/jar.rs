//! A jar's `META-INF/MANIFEST.MF` and Maven's `pom.properties`.
//!
//! Source: the JAR file specification; `java.lang.instrument` for agents.

use super::{dependency, entry, lines, package};
use crate::Facts;
use memchr::memmem;

/// Reads a jar's manifest: its main section.
pub(super) fn manifest(bytes: &[u8], facts: &mut Facts) -> bool {
    let fields = lines::headers(bytes, false, true);
    let find = |name: &str| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    let value = |name: &str| find(name).map_or("", |field| field.value.as_str());
    let names = [
        ("Bundle-SymbolicName", "Bundle-Version"),
        ("Implementation-Title", "Implementation-Version"),
        ("Automatic-Module-Name", ""),
    ];
    if let Some((name, version)) = names.into_iter().find_map(|(name, version)| Some((find(name)?, value(version)))) {
        let plain = name.value.split(';').next().unwrap_or_default();
        package(facts, name.span.clone(), "maven", plain, version, value("Bundle-Description"));
    }
    let entries = [
        ("Main-Class", "main", "run"),
        ("Premain-Class", "premain", "import"),
        ("Agent-Class", "agent", "import"),
        ("Launcher-Agent-Class", "launcher-agent", "run"),
        ("Bundle-Activator", "activator", "import"),
        ("Start-Class", "main", "run"),
    ];
    for (name, event, phase) in entries {
        if let Some(field) = find(name) {
            entry(facts, field.span.clone(), event, &field.value, phase);
        }
    }
    if let Some(field) = find("Class-Path") {
        for path in field.value.split_ascii_whitespace().take(1_000) {
            let source = if path.contains("://") { "url" } else { "path" };
            dependency(facts, field.span.clone(), path.rsplit('/').next().unwrap_or(path), path, source, "run");
        }
    }
    true
}

/// Reads Maven's `pom.properties`; false where the text is none.
pub(super) fn properties(bytes: &[u8], facts: &mut Facts) -> bool {
    if bytes.len() > super::HEAD_BYTES || memmem::find(bytes, b"groupId=").is_none() {
        return false;
    }
    let fields: Vec<_> = lines::lines(bytes).filter_map(|(at, line)| lines::pair(at, line, b"=", "")).collect();
    let find = |name: &str| fields.iter().find(|field| field.name == name);
    let (Some(group), Some(artifact)) = (find("groupId"), find("artifactId")) else { return false };
    let version = find("version").map_or("", |field| field.value.as_str());
    package(facts, artifact.span.clone(), "maven", &format!("{}:{}", group.value, artifact.value), version, "");
    true
}
