//! Debian's `control`: of a binary package, or of a source package under `debian/`.
//!
//! Source: Debian Policy, chapters 5 (control files) and 7 (relationships). Maintainer scripts are files of their own, known
//! by their names; `link` says that they run.

use super::{dependency, lines, package, person};
use crate::Facts;

/// Reads a control file.
pub(super) fn control(bytes: &[u8], facts: &mut Facts) -> bool {
    let fields = lines::headers(bytes, true, false);
    let find = |name: &str| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    let value = |name: &str| find(name).map_or("", |field| field.value.as_str());
    // A list of many packages (an index) is no manifest of one.
    let packages = fields.iter().filter(|field| field.name.eq_ignore_ascii_case("Package")).count();
    let source = find("Source").filter(|_| packages == 0 || find("Version").is_none());
    let Some(name) = source.or_else(|| find("Package").filter(|_| packages == 1)) else { return false };
    package(facts, name.span.clone(), "deb", &name.value, value("Version"), value("Description"));
    if let Some(field) = find("Maintainer") {
        person(facts, field.span.clone(), "maintainer", &field.value);
    }
    for field in &fields {
        let when = match field.name.to_ascii_lowercase().as_str() {
            "depends" | "pre-depends" => "run",
            "recommends" | "suggests" | "enhances" => "optional",
            "build-depends" | "build-depends-indep" | "build-depends-arch" => "build",
            _ => continue,
        };
        for part in field.value.split([',', '|']).map(str::trim).filter(|part| !part.is_empty()).take(1_000) {
            let (name, rest) = part.split_at(part.find([' ', '(', '[', ':', '\n']).unwrap_or(part.len()));
            dependency(facts, field.span.clone(), name, rest, "registry", when);
        }
    }
    true
}
