//! What a door is, as text for `doorward explain DOOR`.

use doorward_model::doors::Door;

/// Definition of a door and where public catalogues describe the same.
pub fn explain(door: &Door) -> String {
    let mut text = format!("{}  {}\n\n{}\n", door.id, door.name, door.definition);
    let cwe: Vec<_> = door.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let attack: Vec<_> = door.attack.iter().map(|id| (*id).to_owned()).collect();
    let capec: Vec<_> = door.capec.iter().map(|number| format!("CAPEC-{number}")).collect();
    let rows = [("CWE", cwe), ("ATT&CK", attack), ("CAPEC", capec)];
    if rows.iter().any(|(_, ids)| !ids.is_empty()) {
        text.push('\n');
    }
    for (catalogue, ids) in rows.iter().filter(|(_, ids)| !ids.is_empty()) {
        text.push_str(&format!("{catalogue:<8}{}\n", ids.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_model::doors::{DOORS, door};

    #[test]
    fn catalogues_are_named_where_they_know_the_door() {
        let text = explain(door("ACC-4").unwrap());
        let expected = "ACC-4  Trigger/magic value\n\nSecret input value opens payload.\n\n\
            CWE     CWE-510\nATT&CK  T1205, T1205.001, T1205.002\nCAPEC   CAPEC-443, CAPEC-36\n";
        assert_eq!(text, expected);
        assert!(explain(door("HYG-1").unwrap()).ends_with("runs.\n"));
        assert!(DOORS.iter().all(|door| explain(door).contains(door.definition)));
    }
}
