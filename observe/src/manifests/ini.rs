//! `setup.cfg` and `entry_points.txt`.
//!
//! Sources: the setuptools user guide, "Configuring setuptools using setup.cfg files"; the Python packaging specification
//! "Entry points".

use super::{dependency, entry, entry_named, lines, package, requirement};
use crate::Facts;

/// Reads either file; false where its sections are of neither.
pub(super) fn read(bytes: &[u8], facts: &mut Facts) -> bool {
    let fields = lines::ini(bytes);
    let find =
        |section: &str, name: &str| fields.iter().find(|field| field.section == section && field.name.eq_ignore_ascii_case(name));
    let value = |name: &str| find("metadata", name).map_or("", |field| field.value.as_str());
    let config = fields.iter().any(|field| field.section == "metadata" || field.section.starts_with("options"));
    if let Some(name) = find("metadata", "name") {
        package(facts, name.span.clone(), "pypi", &name.value, value("version"), value("description"));
    }
    for field in &fields {
        let when = match (field.section, field.name) {
            ("options", "install_requires") => "run",
            ("options", "setup_requires") => "build",
            ("options", "tests_require") => "dev",
            ("options.extras_require", _) => "optional",
            ("options", "cmdclass") | ("global", "commands") => {
                for class in field.value.lines().filter_map(|line| line.split_once('=')) {
                    entry(facts, field.span.clone(), "command-class", class.1.trim(), "install");
                }
                continue;
            }
            ("options.entry_points", group) => {
                for object in field.value.lines().filter_map(|line| line.split_once('=')) {
                    points(field, group, object.0, object.1.trim(), facts);
                }
                continue;
            }
            (group, _) if !config => {
                points(field, group, field.name, &field.value, facts);
                continue;
            }
            _ => continue,
        };
        for (name, rest, source) in field.value.split(['\n', ';']).filter_map(requirement::python) {
            dependency(facts, field.span.clone(), name, rest, source, when);
        }
    }
    true
}

/// One entry point.
fn points(field: &lines::Field<'_>, group: &str, name: &str, object: &str, facts: &mut Facts) {
    let event = match group {
        "console_scripts" => "console-script",
        "gui_scripts" => "gui-script",
        _ => plugin_event(group),
    };
    entry_named(facts, field.span.clone(), event, name, object, plugin_phase(group));
}

/// When the entry points of a group are loaded: some tools load all they find.
pub(super) fn plugin_phase(group: &str) -> &'static str {
    match group {
        "distutils.commands" | "distutils.setup_keywords" | "setuptools.finalize_distribution_options" | "egg_info.writers" => {
            "build"
        }
        // Any project of the same environment that is tested, or only opened in an editor that looks for tests.
        "pytest11" => "open",
        _ => "run",
    }
}

/// What an entry point of a group is: a plug-in's functions are called by their names.
pub(super) fn plugin_event(group: &str) -> &'static str {
    if group == "pytest11" { "plugin" } else { "entry-point" }
}
