//! The user's own YARA packs, run by the `boreal` crate; nothing else in the product knows of it.
//!
//! Modules of boreal's `object` feature (`pe`, `elf`, `macho`, `dotnet`, `dex`), `math`, `string` and `time` are there.
//! Not handled: `include`, since observers know no disk; the modules `cuckoo`, `magic`, `hash` and `console`.

use crate::{Facts, observers::names, sink::span};
use boreal::compiler::CompilerParams;
use boreal::scanner::{ScanError, ScanParams};
use boreal::{Compiler, MetadataValue, Scanner};
use doorward_model::{Fact, Problem, ProblemKind, vocabulary};
use std::time::Duration;

/// Most matches of one string that are looked for, and most rules that are said of one content.
const MATCHES_MAX: u32 = 100;
const RULES_MAX: usize = 1000;

/// Packs, compiled.
pub(crate) struct Yara {
    scanner: Scanner,
}

impl Yara {
    /// Compiles packs: namespace and text.
    ///
    /// # Errors
    /// What does not compile, as `namespace:line:column: why`.
    pub(crate) fn new(packs: &[(Box<str>, Box<str>)]) -> Result<Option<Self>, String> {
        if packs.is_empty() {
            return Ok(None);
        }
        let mut compiler = Compiler::new();
        compiler.set_params(CompilerParams::default().disable_includes(true));
        for (namespace, text) in packs {
            let wrong = |error: boreal::compiler::AddRuleError| {
                let error = error.to_string();
                format!("{namespace}:{}", error.strip_prefix("mem:").unwrap_or(&error))
            };
            compiler.add_rules_str_in_namespace(text, namespace).map_err(wrong)?;
        }
        Ok(Some(Self { scanner: compiler.finalize() }))
    }

    /// Scans one content. `seconds_max` is a watchdog: reaching it is said, and the content counts as timed out.
    pub(crate) fn scan(&self, bytes: &[u8], seconds_max: u64, facts: &mut Facts) {
        let mut scanner = self.scanner.clone();
        let params = ScanParams::default()
            .compute_full_matches(true)
            .string_max_nb_matches(MATCHES_MAX)
            .timeout_duration(Some(Duration::from_secs(seconds_max)));
        scanner.set_scan_params(params);
        let result = match scanner.scan_mem(bytes) {
            Ok(result) => result,
            Err((ScanError::Timeout, result)) => {
                let detail = format!("the YARA packs took more than {seconds_max} seconds");
                facts.problem(Problem::new(ProblemKind::TimedOut, detail));
                result
            }
            Err((error, result)) => {
                facts.problem(Problem::new(ProblemKind::Unsupported, format!("the YARA packs could not be run: {error}")));
                result
            }
        };
        for rule in result.rules.iter().take(RULES_MAX) {
            let first = rule.matches.iter().flat_map(|string| &string.matches).min_by_key(|found| (found.offset, found.length));
            let (start, end) = first.map_or((0, 0), |found| (found.offset, found.offset.saturating_add(found.length)));
            let severity = rule.metadatas.iter().find_map(|meta| {
                let name = scanner.get_string_symbol(meta.name);
                (name == "severity" || name == "level").then(|| match meta.value {
                    MetadataValue::Bytes(text) => String::from_utf8_lossy(scanner.get_bytes_symbol(text)).into_owned(),
                    MetadataValue::Integer(number) => number.to_string(),
                    MetadataValue::Boolean(yes) => yes.to_string(),
                })
            });
            let mut fact = Fact::new(&vocabulary::YARA, span(start, end.min(bytes.len())), names::YARA);
            fact = fact.with("rule", rule.name).with("namespace", rule.namespace);
            if let Some(severity) = severity {
                fact = fact.with("severity", severity);
            }
            facts.push(fact);
        }
        if result.rules.len() > RULES_MAX {
            let detail = format!("{} YARA rules matched, {RULES_MAX} are kept", result.rules.len());
            facts.problem(Problem::new(ProblemKind::FactsCapped, detail));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Observers;
    use doorward_model::{Lexicon, Limits, Reading};

    const PACK: &str = r#"
rule caller : tag {
  meta: severity = "high" author = "nobody"
  strings: $a = "call-home" $b = "zz"
  condition: $a or $b
}
rule size { meta: level = 3 condition: filesize > 3 }
rule absent { strings: $a = "absent" condition: $a }
"#;

    #[test]
    fn rules_that_match_become_facts() {
        let lexicon = Lexicon { patterns: Vec::new(), yara: vec![("pack.yar".into(), PACK.into())] };
        let observers = Observers::new(&lexicon, false).unwrap();
        let reading = Reading { format: "text".into() };
        let observation = observers.observe(b"a call-home call-home", &reading, Vec::new(), &Limits::default());
        let yara: Vec<_> = observation.facts.iter().filter(|fact| fact.kind.name == "yara").collect();
        let shown: Vec<_> = yara
            .iter()
            .map(|fact| (fact.text("rule").unwrap(), fact.text("severity").unwrap(), fact.span.start, fact.span.end))
            .collect();
        assert_eq!(shown, [("size", "3", 0, 0), ("caller", "high", 2, 11)]);
        assert_eq!(yara[0].text("namespace"), Some("pack.yar"));
    }

    #[test]
    fn a_pack_that_does_not_compile_says_where() {
        for (text, line) in
            [("rule a { condition: true }\nrule b { condition: $x }", "2:"), ("rule a {", "1:"), ("include \"x\"", "1:")]
        {
            let lexicon = Lexicon { patterns: Vec::new(), yara: vec![("packs/p.yar".into(), text.into())] };
            let error = Observers::new(&lexicon, false).err().unwrap();
            assert!(error.starts_with(&format!("packs/p.yar:{line}")), "{error}");
        }
    }

    #[test]
    fn a_slow_pack_is_stopped_and_said() {
        let slow = r#"rule slow { condition: for all i in (0..9000000000): (uint8(i % 7) < 255 or math.max(i, 1) > 0) }"#;
        let lexicon = Lexicon { patterns: Vec::new(), yara: vec![("p".into(), format!("import \"math\"\n{slow}").into())] };
        let limits = Limits { content_seconds_max: 1, ..Limits::default() };
        let reading = Reading { format: "text".into() };
        let observation = Observers::new(&lexicon, false).unwrap().observe(b"some text", &reading, Vec::new(), &limits);
        assert!(observation.problems.iter().any(|problem| problem.kind.name() == "timed-out"), "{:?}", observation.problems);
    }
}
