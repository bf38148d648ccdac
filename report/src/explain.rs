//! What a door is, as text for `doorward explain DOOR`.

use doorward_model::doors::DOORS;

/// Definition of the door of this id, in either case, and where public catalogues describe the same; `None` where there is none.
pub fn explain(id: &str) -> Option<String> {
    let door = DOORS.iter().find(|door| door.id.eq_ignore_ascii_case(id))?;
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
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catalogues_are_named_where_they_know_the_door() {
        let text = explain("acc-4").unwrap();
        let expected = "ACC-4  Trigger/magic value\n\nSecret input value opens payload.\n\n\
            CWE     CWE-510\nATT&CK  T1205, T1205.001, T1205.002\nCAPEC   CAPEC-443, CAPEC-36\n";
        assert_eq!(text, expected);
        assert!(explain("HYG-1").unwrap().ends_with("runs.\n"));
        assert_eq!(explain("ACC-99"), None);
        assert!(DOORS.iter().all(|door| explain(door.id).unwrap().contains(door.definition)));
    }
}
