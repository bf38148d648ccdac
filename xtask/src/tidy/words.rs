//! Words that have no place in the repository.

use super::{files, none};

/// Halves of each word, so that this page does not hold it, and why it is refused.
const WORDS: &[(&str, &str, &str)] = &[
    ("TO", "DO", "a known gap is a test, or an issue"),
    ("FIX", "ME", "a known gap is a test, or an issue"),
    ("todo", "!(", "a thing is written or it is not there"),
    ("unimple", "mented!(", "a thing is written or it is not there"),
    ("dbg", "!(", "left over from debugging"),
    ("/work", "/", "a path of one machine"),
    ("/farm", "/", "a path of one machine"),
    ("index.crates", ".io", "the host of a registry"),
    ("static.crates", ".io", "the host of a registry"),
    ("pypi", ".org", "the host of a registry"),
    ("files.python", "hosted.org", "the host of a registry"),
    ("registry.npm", "js.org", "the host of a registry"),
    ("deb.deb", "ian.org", "the host of a registry"),
];

#[test]
fn no_word_is_used_that_has_no_place_here() {
    let mut wrong = Vec::new();
    for file in files() {
        // Written by cargo.
        if file.path == "Cargo.lock" {
            continue;
        }
        for (number, line) in file.text().unwrap_or_default().lines().enumerate() {
            wrong.extend(refused(line).map(|(word, why)| format!("{}:{}: {word}: {why}", file.path, number + 1)));
        }
    }
    none("words that have no place here", wrong);
}

fn refused(line: &str) -> impl Iterator<Item = (String, &'static str)> {
    WORDS.iter().filter_map(move |(first, second, why)| {
        let word = format!("{first}{second}");
        let inside = |at: usize| {
            let before = line[..at].chars().next_back();
            let after = line[at + word.len()..].chars().next();
            let letter = |c: char| c.is_alphanumeric() || c == '_';
            before.is_some_and(letter) || (word.ends_with(char::is_alphanumeric) && after.is_some_and(letter))
        };
        line.match_indices(&word).any(|(at, _)| !inside(at)).then_some((word, *why))
    })
}

#[test]
fn words_are_whole_words() {
    let count = |line: &str| refused(line).count();
    let (first, second, _) = WORDS[0];
    assert_eq!(count(&format!("// {first}{second}: later")), 1);
    assert_eq!(count(&format!("MAS{first}{second}N")), 0);
    let (first, second, _) = WORDS[5];
    assert_eq!(count(&format!("cd {first}{second}here")), 1);
    assert_eq!(count(&format!("net{}{second}here", &first[1..])), 0);
}
