//! Arguments of a task: `--name value`, `--name value value...` and bare `--name`.

use std::collections::BTreeMap;

/// What a task was given, by name.
pub struct Arguments {
    values: BTreeMap<String, Vec<String>>,
}

impl Arguments {
    /// Sorts arguments by name, and refuses a name that is not `known`.
    pub fn parse(given: Vec<String>, known: &[&str]) -> Result<Self, String> {
        let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut name = None;
        for argument in given {
            match argument.strip_prefix("--") {
                Some(flag) if known.contains(&flag) => {
                    values.entry(flag.into()).or_default();
                    name = Some(flag.to_string());
                }
                Some(flag) => return Err(format!("unknown argument --{flag}")),
                None => match &name {
                    Some(name) => values.entry(name.clone()).or_default().push(argument),
                    None => return Err(format!("unexpected argument {argument}")),
                },
            }
        }
        Ok(Self { values })
    }

    /// Whether a name was given, with or without values.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The one value of a name, where it was given.
    pub fn one(&self, name: &str) -> Result<Option<&str>, String> {
        match self.all(name) {
            [] if self.has(name) => Err(format!("--{name} needs a value")),
            [] => Ok(None),
            [value] => Ok(Some(value)),
            _ => Err(format!("--{name} takes one value")),
        }
    }

    /// The one value of a name that must be given.
    pub fn needed(&self, name: &str) -> Result<&str, String> {
        self.one(name)?.ok_or_else(|| format!("--{name} is needed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(String::from).collect(), &["benign", "date", "write"])
    }

    #[test]
    fn names_take_none_one_or_many() {
        let arguments = parse("--benign a b --write --benign c --date 2026-01-02").unwrap();
        assert_eq!(arguments.all("benign"), ["a", "b", "c"]);
        assert!(arguments.has("write") && arguments.all("write").is_empty());
        assert_eq!(arguments.one("date"), Ok(Some("2026-01-02")));
        assert_eq!(parse("").unwrap().one("date"), Ok(None));
        assert!(parse("").unwrap().needed("date").is_err());
        assert!(arguments.one("benign").is_err() && arguments.one("write").is_err());
        assert!(parse("--other").is_err() && parse("stray").is_err());
    }
}
