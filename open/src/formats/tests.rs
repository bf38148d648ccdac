//! What every row of the table keeps.

use super::*;
use std::collections::BTreeSet;

#[test]
fn every_row_is_named_once_and_says_what_it_does() {
    let names: BTreeSet<_> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    let groups =
        ["archive", "package", "compression", "binary", "code", "text", "data", "image", "media", "document", "font", "key"];
    for format in FORMATS {
        assert!(groups.contains(&format.group) && !format.title.is_empty(), "{}", format.name);
        assert_eq!(group(format.name), format.group);
        assert!(format.hints.iter().all(|hint| *hint == hint.to_lowercase() && hint.len() <= 32), "{}", format.name);
        let container = matches!(format.group, "archive" | "package" | "compression" | "document") || format.name == "utf-16";
        assert_eq!(container, format.open.is_some() || format.holds_others, "{} is opened or says that it is not", format.name);
    }
    assert_eq!(group("nothing"), "");
}
