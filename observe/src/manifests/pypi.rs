//! `PKG-INFO` and `METADATA` of Python distributions.
//!
//! Source: the Python packaging specification "Core metadata". The description below the headers is not read.

use super::{dependency, home, lines, package, person, requirement};
use crate::Facts;

/// Reads core metadata.
pub(super) fn metadata(bytes: &[u8], facts: &mut Facts) -> bool {
    let fields = lines::headers(bytes, false, false);
    let find = |name: &str| fields.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    let value = |name: &str| find(name).map_or("", |field| field.value.as_str());
    match find("Name") {
        Some(name) => package(facts, name.span.clone(), "pypi", &name.value, value("Version"), value("Summary")),
        None => super::malformed(facts, 0..0, "metadata without a name"),
    }
    for field in &fields {
        // `Project-URL: label, address`.
        let address = if field.name.eq_ignore_ascii_case("Project-URL") { field.value.split_once(',') } else { None };
        match address {
            Some((_, url)) => home(facts, field.span.clone(), url, "homepage", false),
            None if field.name.eq_ignore_ascii_case("Home-page") => {
                home(facts, field.span.clone(), &field.value, "homepage", false);
            }
            None => {}
        }
        match field.name.to_ascii_lowercase().as_str() {
            "author" | "author-email" => person(facts, field.span.clone(), "author", &field.value),
            "maintainer" | "maintainer-email" => person(facts, field.span.clone(), "maintainer", &field.value),
            _ => {}
        }
        if field.name.eq_ignore_ascii_case("Requires-Dist")
            && let Some((name, rest, source)) = requirement::python(&field.value)
        {
            let optional = field.value.split_once(';').is_some_and(|(_, marker)| marker.contains("extra"));
            dependency(facts, field.span.clone(), name, rest, source, if optional { "optional" } else { "run" });
        }
    }
    true
}
