//! The stages of an audit, for who wants to know what each costs.
//!
//! A stage says when it begins and ends; who measures (`cargo xtask bench --stages`) brings the clock. Where nobody does, which
//! is everywhere else, a stage costs one load of one word, and nothing of it can reach a report.

use std::sync::OnceLock;

/// A stage of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// A container is taken apart: its structure, decompression, decoding of payload layers.
    Open,
    /// A content is hashed and kept.
    Hash,
    /// What a content is.
    Identify,
    /// Literals of patterns and marks of observers are searched.
    Literals,
    /// An observer looks.
    Observe,
    /// Whether code is worth following is decided; what is not is searched for what other files may ask of it.
    Gate,
    /// A syntax tree is made.
    Parse,
    /// The tree becomes the neutral form.
    Lower,
    /// Values are followed.
    Evaluate,
    /// Facts are sorted, masked and anchored.
    Anchor,
    /// Contents become packages, with roles, phases and doors.
    Link,
    /// Rules are asked.
    Judge,
    /// The report is written.
    Report,
}

/// Is told when stages begin and end. Stages are inside each other.
pub trait Watch: Sync {
    /// A stage begins.
    fn begin(&self);
    /// The stage that began last ends: which, of what (a language, an observer, or nothing), over how many bytes.
    fn end(&self, stage: Stage, of: &'static str, bytes: usize);
}

static WATCH: OnceLock<&'static dyn Watch> = OnceLock::new();

/// Has all stages of this process watched from now on. Says whether it is the first to ask.
pub fn watch(watch: &'static dyn Watch) -> bool {
    WATCH.set(watch).is_ok()
}

/// Runs a stage.
#[inline]
pub fn during<T>(stage: Stage, of: &'static str, bytes: usize, run: impl FnOnce() -> T) -> T {
    match WATCH.get() {
        None => run(),
        Some(watch) => {
            watch.begin();
            let result = run();
            watch.end(stage, of, bytes);
            result
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Ends(Mutex<Vec<(Stage, &'static str, usize)>>);

    impl Watch for Ends {
        fn begin(&self) {}

        fn end(&self, stage: Stage, of: &'static str, bytes: usize) {
            if let Ok(mut ends) = self.0.lock() {
                ends.push((stage, of, bytes));
            }
        }
    }

    #[test]
    fn stages_run_and_are_watched_from_the_inside_out() {
        static ENDS: Ends = Ends(Mutex::new(Vec::new()));
        assert_eq!(during(Stage::Open, "", 1, || 7), 7);
        assert!(watch(&ENDS));
        assert!(!watch(&ENDS));
        let made = during(Stage::Observe, "meaning", 3, || during(Stage::Parse, "python", 2, || 8));
        assert_eq!(made, 8);
        assert_eq!(*ENDS.0.lock().unwrap(), [(Stage::Parse, "python", 2), (Stage::Observe, "meaning", 3)]);
    }
}
