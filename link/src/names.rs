//! Names that look like those of much used packages.
//!
//! The popular names are dated lists of a registry's most downloaded packages, `names/*.txt`; a name that stands on its list
//! resembles nothing. What is compared: the name without separators, with letters and digits that look like others, with
//! letters doubled, with its words in another order, with an ending or beginning that many names have, with another scope,
//! and with one letter wrong, or two in a long word.
//!
//! Not handled: names that resemble those of another ecosystem, sounds (`fotos` for `photos`), translations, and packages that
//! are popular but not among the few thousand listed.

use crate::letters;

/// A registry's most downloaded packages.
pub(crate) struct Table {
    /// Name and letters, the most downloaded first.
    ranked: &'static [(&'static str, u32)],
    /// Name and rank, sorted by name.
    exact: &'static [(&'static str, u16)],
    /// Name without separators and rank, sorted.
    squashed: &'static [(&'static str, u16)],
    /// Name with look-alike letters made one, and rank, sorted.
    folded: &'static [(&'static str, u16)],
}

include!(concat!(env!("OUT_DIR"), "/names.rs"));

/// A popular name, and how another one resembles it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Like {
    /// The popular name.
    pub(crate) popular: &'static str,
    /// Which way, as the vocabulary's `name.like` lists them.
    pub(crate) how: &'static str,
}

/// Shortest name that is compared.
const NAME_BYTES_MIN: usize = 4;

/// Longest name that is compared.
const NAME_BYTES_MAX: usize = 64;

/// Shortest word in which one wrong letter counts.
const ONE_WRONG_MIN: usize = 5;

/// Shortest word in which two wrong letters count.
const TWO_WRONG_MIN: usize = 9;

/// Only names above this rank are looked for behind affixes: everything else is part of some longer name.
const AFFIXED_RANK_MAX: u16 = 1000;

/// What is put before a name.
const BEFORE: [&str; 12] = ["python-", "python", "py-", "py", "node-", "js-", "lib", "the-", "real-", "official-", "new-", "my-"];

/// What is put behind a name.
const BEHIND: [&str; 34] = [
    "-python",
    "-py",
    "python",
    "py",
    "-py3",
    "-python3",
    "-js",
    ".js",
    "js",
    "-node",
    "-nodejs",
    "-lib",
    "-libs",
    "lib",
    "-util",
    "-utils",
    "-helper",
    "-tool",
    "-tools",
    "-api",
    "-sdk",
    "-dev",
    "-fix",
    "-fixed",
    "-updated",
    "-latest",
    "-new",
    "-v2",
    "-2",
    "2",
    "3",
    "-pro",
    "-plus",
    "-official",
];

impl Table {
    fn at(&self, rank: u16) -> &'static str {
        self.ranked.get(usize::from(rank)).map_or("", |(name, _)| name)
    }

    fn exact(&self, name: &str) -> Option<u16> {
        find(self.exact, name)
    }
}

/// The rank of a key in a sorted column.
fn find(sorted: &[(&str, u16)], key: &str) -> Option<u16> {
    sorted.binary_search_by(|(name, _)| (*name).cmp(key)).ok().map(|at| sorted[at].1)
}

/// The list of an ecosystem.
pub(crate) fn of(ecosystem: &str) -> Option<(&'static Table, bool)> {
    match ecosystem {
        "npm" => Some((&NPM, false)),
        "pypi" => Some((&PYPI, true)),
        _ => None,
    }
}

/// Whether a name is on the list of its ecosystem.
pub(crate) fn is_popular(ecosystem: &str, name: &str) -> bool {
    of(ecosystem).is_some_and(|(table, is_python)| table.exact(&letters::normal(name, is_python)).is_some())
}

/// The popular name that a name resembles most, if it is not on the list itself.
pub(crate) fn like(ecosystem: &str, name: &str) -> Option<Like> {
    let (table, is_python) = of(ecosystem)?;
    if !(NAME_BYTES_MIN..=NAME_BYTES_MAX).contains(&name.len()) || !name.is_ascii() {
        return None;
    }
    let name = letters::normal(name, is_python);
    if table.exact(&name).is_some() {
        return None;
    }
    if let Some((scope, base)) = name.strip_prefix('@').and_then(|name| name.split_once('/')) {
        return scoped(table, scope, base);
    }
    let rank = |how: &'static str| move |rank: u16| (rank, how);
    let squashed = letters::squashed(&name);
    let folded = letters::folded(&name);
    let same = |rank: &u16| letters::squashed(table.at(*rank)).len() >= NAME_BYTES_MIN;
    let found = find(table.squashed, &squashed)
        .filter(same)
        .map(|rank| (rank, if table.at(rank).starts_with('@') { "scope" } else { "separator" }))
        .or_else(|| find(table.folded, &folded).filter(same).map(rank("letters")))
        .or_else(|| reordered(table, &name).map(rank("order")))
        .or_else(|| misspelt(table, &name).map(rank("edit")))
        .or_else(|| affixed(table, &name).map(rank("affix")));
    found.map(|(rank, how)| Like { popular: table.at(rank), how })
}

/// The popular package whose repository an address is, and how its name and another's compare; `None` where the two may well
/// belong together.
pub(crate) fn home_of(ecosystem: &str, name: &str, url: &str) -> Option<(&'static str, &'static str)> {
    let (table, is_python) = of(ecosystem)?;
    let path = url.split(['#', '?']).next().unwrap_or(url).trim_end_matches('/');
    let mut parts = path.rsplit(['/', ':']);
    let (repository, owner) = (parts.next()?, parts.next()?);
    let repository = letters::normal(repository.strip_suffix(".git").unwrap_or(repository), is_python);
    let endings = [".js", "-js", "-python", "-py"].iter().filter_map(|ending| repository.strip_suffix(ending));
    let beginnings = ["python-", "py-", "node-"].iter().filter_map(|beginning| repository.strip_prefix(beginning));
    let popular = [&*repository].into_iter().chain(endings).chain(beginnings).find_map(|name| table.exact(name))?;
    let popular = table.at(popular);
    let (own, owner) = (letters::squashed(&letters::normal(name, is_python)), letters::squashed(&owner.to_ascii_lowercase()));
    let theirs = letters::squashed(popular);
    if theirs.len() < NAME_BYTES_MIN || owner.len() >= NAME_BYTES_MIN && own.contains(&owner) || own.is_empty() {
        return None;
    }
    Some((popular, if own.contains(&theirs) || theirs.contains(&own) { "longer" } else { "other" }))
}

/// A scope that is nearly one of the popular scopes, before a name that stands in that one.
fn scoped(table: &Table, scope: &str, base: &str) -> Option<Like> {
    let plain = |scope: &str| letters::squashed(scope).trim_end_matches('s').to_owned();
    let bases = table.ranked.iter().filter_map(|(name, _)| Some((*name, name.strip_prefix('@')?.split_once('/')?)));
    let mut near = bases.filter(|(_, (_, theirs))| *theirs == base);
    let (popular, _) =
        near.find(|(_, (theirs, _))| *theirs != scope && (plain(theirs) == plain(scope) || is_near(scope, theirs)))?;
    Some(Like { popular, how: "scope" })
}

/// The same words in another order.
fn reordered(table: &Table, name: &str) -> Option<u16> {
    let words: Vec<&str> = name.split(letters::parts).filter(|word| !word.is_empty()).collect();
    let orders: &[&[usize]] = match words.len() {
        2 => &[&[1, 0]],
        3 => &[&[0, 2, 1], &[1, 0, 2], &[1, 2, 0], &[2, 0, 1], &[2, 1, 0]],
        _ => return None,
    };
    orders.iter().find_map(|order| {
        let order: Vec<&str> = order.iter().map(|at| words[*at]).collect();
        find(table.squashed, &order.concat())
    })
}

/// A popular name behind or before something that many names carry.
fn affixed(table: &Table, name: &str) -> Option<u16> {
    let before = BEFORE.iter().filter_map(|affix| name.strip_prefix(affix));
    let behind = BEHIND.iter().filter_map(|affix| name.strip_suffix(affix));
    let inner = before.chain(behind).filter(|inner| inner.len() >= NAME_BYTES_MIN);
    inner.filter_map(|inner| table.exact(inner)).filter(|rank| *rank < AFFIXED_RANK_MAX).min()
}

/// The most popular name with the fewest wrong letters.
fn misspelt(table: &Table, name: &str) -> Option<u16> {
    if name.len() < ONE_WRONG_MIN {
        return None;
    }
    let letters = letters::mask(name);
    let mut best: Option<(usize, usize)> = None;
    for (rank, (popular, theirs)) in table.ranked.iter().enumerate() {
        let most = best.map_or(2, |(wrong, _)| wrong.saturating_sub(1));
        if most == 0 {
            break;
        }
        if name.len().abs_diff(popular.len()) > most || (letters ^ theirs).count_ones() as usize > 2 * most {
            continue;
        }
        if let Some(wrong) = wrong_letters(name, popular).filter(|wrong| *wrong <= most) {
            best = Some((wrong, rank));
        }
    }
    best.and_then(|(_, rank)| u16::try_from(rank).ok())
}

/// Whether two words differ by so little that they are taken for each other.
fn is_near(one: &str, other: &str) -> bool {
    wrong_letters(one, other).is_some()
}

/// How many letters are wrong, if they are so few that names of this length are taken for each other. Words that both names
/// begin or end with do not count: `react-dnd` is no misspelling of `react-dom`.
fn wrong_letters(one: &str, other: &str) -> Option<usize> {
    let (one, other) = differing(one, other);
    let shorter = one.len().min(other.len());
    let most = match shorter {
        0..ONE_WRONG_MIN => return None,
        ONE_WRONG_MIN..TWO_WRONG_MIN => 1,
        _ => 2,
    };
    let digits = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    if digits(one) == digits(other) {
        return None;
    }
    distance(one.as_bytes(), other.as_bytes(), most)
}

/// Two names without the words that both begin or end with.
fn differing<'n>(one: &'n str, other: &'n str) -> (&'n str, &'n str) {
    let shared = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let front = one[..shared].rfind(letters::parts).map_or(0, |at| at + 1);
    let (one, other) = (&one[front..], &other[front..]);
    let shared = one.bytes().rev().zip(other.bytes().rev()).take_while(|(a, b)| a == b).count();
    let back = one[one.len() - shared..].find(letters::parts).map_or(0, |at| shared - at);
    (&one[..one.len() - back], &other[..other.len() - back])
}

/// Letters to put in, take out, change, or swap with their neighbour, where these are at most `most`.
fn distance(one: &[u8], other: &[u8], most: usize) -> Option<usize> {
    let width = other.len() + 1;
    let mut before: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1; width];
        for (j, b) in other.iter().enumerate() {
            let change = last[j] + usize::from(a != b);
            row[j + 1] = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_taken_for_others() {
        for (ecosystem, name, expected) in [
            ("pypi", "reqeusts", Some(("requests", "edit"))),
            ("pypi", "requets", Some(("requests", "edit"))),
            ("pypi", "python_dateutil", None),
            ("pypi", "pythondateutil", Some(("python-dateutil", "separator"))),
            ("pypi", "dateutil-python", Some(("python-dateutil", "order"))),
            ("pypi", "c0lorama", Some(("colorama", "letters"))),
            ("pypi", "colorramaa", Some(("colorama", "letters"))),
            ("pypi", "py-requests", Some(("requests", "affix"))),
            ("pypi", "requests2", Some(("requests", "affix"))),
            ("pypi", "Requests", None),
            ("pypi", "beautifulsuop5", Some(("beautifulsoup4", "edit"))),
            ("pypi", "tensorfllow", Some(("tensorflow", "letters"))),
            ("pypi", "cryptoogrrafyy", None),
            ("pypi", "cryptogarpy", Some(("cryptography", "edit"))),
            ("npm", "soket.io", Some(("socket.io", "edit"))),
            ("npm", "http-proxy-middelware", Some(("http-proxy-middleware", "edit"))),
            ("npm", "colour-string", Some(("color-string", "edit"))),
            ("npm", "types-node", Some(("@types/node", "scope"))),
            ("npm", "@type/node", Some(("@types/node", "scope"))),
            ("npm", "@lantern/node", None),
            ("npm", "react-dnd-x", None),
            ("npm", "lodash-utils", Some(("lodash", "affix"))),
            ("npm", "abc", None),
            ("npm", "lantern-colors", None),
            ("crates", "serd", None),
            ("npm", "\u{441}olors", None),
        ] {
            let found = like(ecosystem, name).map(|like| (like.popular, like.how));
            assert_eq!(found, expected, "{ecosystem} {name}");
        }
    }

    #[test]
    fn shared_words_do_not_count() {
        for (one, other, expected) in [
            ("react-dnd", "react-dom", None),
            ("uuid", "guid", None),
            ("eslint-plugin-raect", "eslint-plugin-react", Some(1)),
            ("rollup-4", "rollup-5", None),
            ("middelware", "middleware", Some(1)),
            ("webpack4", "webpack5", None),
            ("exactly", "exactly", None),
        ] {
            assert_eq!(wrong_letters(one, other), expected, "{one} {other}");
        }
    }
}
