//! Markdown tables.

use std::fmt::Write as _;

/// Writes a table: the first column to the left, the others to the right.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = String::new();
    line(&mut text, head.iter().copied());
    line(&mut text, head.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" }));
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    text
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    text.push('|');
    for cell in cells {
        write!(text, " {} |", cell.replace('|', "\\|")).unwrap_or_default();
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_head_and_escapes_bars() {
        let table = table(&["what", "n"], &[vec!["a|b".into(), "1".into()]]);
        assert_eq!(table, "| what | n |\n| --- | ---: |\n| a\\|b | 1 |\n");
    }
}
