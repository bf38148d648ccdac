//! The `doorward` command. Exit status: 0 pass, 1 fail, 2 could not run, 3 incomplete.

mod arguments;
mod audit;
mod bulk;
mod deposit;
mod diff;
mod findings;
mod listings;
mod matching;
mod progress;
mod setup;

use arguments::{Arguments, RulesVerb, Verb};
use clap::{CommandFactory, Parser};
use doorward_model::Verdict;
use std::io::Write;
use std::process::ExitCode;

/// Why the command could not do its work, in words for its user.
type Failure = Box<dyn std::error::Error>;

/// A fifth of the work is small values of short life, for which the allocator of the C library is slow.
#[global_allocator]
static HEAP: doorward_contain::Heap = doorward_contain::Heap;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no failures; clap prints either where it belongs.
            let _ = error.print();
            return if error.use_stderr() { COULD_NOT_RUN.into() } else { ExitCode::SUCCESS };
        }
    };
    match run(arguments.command) {
        Ok(code) => code.into(),
        Err(failure) if is_closed_pipe(&*failure) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(anstream::stderr(), "doorward: {failure}");
            COULD_NOT_RUN.into()
        }
    }
}

/// Exit status of a command that could not run.
const COULD_NOT_RUN: u8 = 2;

/// Exit status of a verdict.
fn status(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Fail => 1,
        Verdict::Incomplete => 3,
    }
}

/// Whether the reader of our output went away, as `head` does: nothing is wrong then.
fn is_closed_pipe(failure: &(dyn std::error::Error + 'static)) -> bool {
    failure.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

fn run(verb: Verb) -> Result<u8, Failure> {
    match verb {
        Verb::Audit(flags) if flags.each => bulk::run(&flags),
        Verb::Audit(flags) => audit::run(&flags),
        Verb::Diff(flags) => diff::run(&flags),
        Verb::Match(flags) => matching::run(&flags),
        Verb::Index(flags) => matching::index(&flags),
        Verb::Deposit { command } => deposit::run(&command),
        Verb::Show(flags) => findings::show(&flags),
        Verb::Why(flags) => findings::why(&flags),
        Verb::Rules(flags) => match flags.command {
            None | Some(RulesVerb::List) => listings::rules(),
            Some(RulesVerb::Show { id }) => listings::rule(&id),
            Some(RulesVerb::Test { directory }) => listings::test_rules(directory.as_deref()),
        },
        Verb::Explain { subject } => listings::explain(&subject),
        Verb::Formats => listings::formats(),
        Verb::Version => listings::version(),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "doorward", &mut script);
            print(&script)
        }
        Verb::Manual => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(&page)
        }
        Verb::Worker => {
            doorward_engine::serve()?;
            Ok(0)
        }
    }
}

/// Prints to standard output, colours only where a terminal shows them.
fn print(bytes: &[u8]) -> Result<u8, Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(0)
}
