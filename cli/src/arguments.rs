//! The command line, defined once: help, completions and the manual page come from here.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use doorward_model::{Digest, Limits};
use std::path::PathBuf;

/// Tells which doors a piece of software has: hidden ways in, ways out for its users' data, extra holders of its keys.
#[derive(Parser)]
#[command(name = "doorward", version, propagate_version = true, arg_required_else_help = true, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Verb,
}

#[derive(Subcommand)]
pub enum Verb {
    /// Open an artefact and report the doors in it.
    ///
    /// Exit status: 0 pass, 1 fail (an alarm or a breach of the policy), 2 could not run, 3 incomplete.
    Audit(Box<AuditFlags>),
    /// Tell what changed from one artefact or saved report to another: new doors first.
    ///
    /// Exit status: 0 nothing as heavy as `--fail-on`, 1 something is, 2 could not run, 3 the new side is not examined whole.
    Diff(Box<DiffFlags>),
    /// Tell which source every file of a shipment comes from.
    ///
    /// Exit status: 0 nothing unexplained carries an alarm, 1 something does (with `--strict`: something is unexplained),
    /// 2 could not run, 3 the artefact or a source is not examined whole.
    Match(Box<MatchFlags>),
    /// Write an index of packages, by which `match --known` recognises what is theirs.
    ///
    /// Exit status: 0 written, 2 could not run.
    Index(IndexFlags),
    /// Seal a source deposit by a list of its digests, check it, and prove that one file belongs to it.
    ///
    /// Exit status: 0 it holds, 1 it does not, 2 could not run.
    Deposit {
        /// What to do.
        #[command(subcommand)]
        command: DepositVerb,
    },
    /// Show the bytes that a finding rests on, taken again from the artefact.
    Show(ShowFlags),
    /// Tell the chain of a finding step by step.
    Why(WhyFlags),
    /// List, show or test rules.
    Rules(RulesFlags),
    /// Explain a door of the taxonomy, or a rule.
    Explain {
        /// A door such as BLD-3, or a rule such as shell/reverse-shell.
        subject: String,
    },
    /// List the formats and codecs that are opened, and what of them is not handled.
    Formats,
    /// Print version, rules and their digest.
    Version,
    /// Write a completion script to standard output.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual page to standard output.
    Manual,
    /// Examine contents for a parent process. Not for people.
    #[command(hide = true)]
    Worker,
}

#[derive(Args)]
pub struct AuditFlags {
    /// Files or folders to audit as one; `-` is standard input.
    #[arg(required_unless_present = "files_from", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Audit every path by itself and print one JSON line for each.
    #[arg(long)]
    pub each: bool,
    /// Read further paths from this file, one a line; `-` is standard input.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,
    /// Name by which standard input is read (its ending tells a language where the bytes leave it open).
    #[arg(long, value_name = "NAME", default_value = "")]
    pub name: String,
    /// Write the report as JSON to this file; `-` is standard output, and then nothing else is printed there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "each")]
    pub json: Option<PathBuf>,
    /// Count only findings that this report of before, written by `audit --json`, lacks.
    #[arg(long, value_name = "REPORT", value_hint = ValueHint::FilePath, conflicts_with = "each")]
    pub baseline: Option<PathBuf>,
    /// Require that the folder is what this list of `deposit create` says; the report then is of level L1.
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath, conflicts_with = "each")]
    pub deposit: Option<PathBuf>,
    /// Put every fact into the JSON.
    #[arg(long)]
    pub facts: bool,
    /// Print notes and every item too.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub judging: Judging,
}

#[derive(Args)]
pub struct DiffFlags {
    /// What was there before: a file or folder, or a report that `audit --json` wrote (its name ends in .json).
    #[arg(value_hint = ValueHint::AnyPath)]
    pub old: PathBuf,
    /// What is there now.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub new: PathBuf,
    /// What is new and ends the command with status 1.
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = FailOn::Alarm)]
    pub fail_on: FailOn,
    /// Print Markdown of at most 40 lines.
    #[arg(long)]
    pub markdown: bool,
    /// Write the difference as JSON to this file; `-` is standard output, and then nothing else is printed there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub json: Option<PathBuf>,
    /// Print every item.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub judging: Judging,
}

#[derive(Args)]
pub struct MatchFlags {
    /// What is shipped: a package, an archive or a folder.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub artefact: PathBuf,
    /// What it is said to be made from: a folder, a file, or git:FOLDER@REVISION; may be given several times.
    #[arg(long = "source", value_name = "PATH", required = true, num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub sources: Vec<PathBuf>,
    /// A package of somebody else that may be in it, or an index of such packages; may be given several times.
    #[arg(long, value_name = "PATH", num_args = 1.., value_hint = ValueHint::AnyPath)]
    pub known: Vec<PathBuf>,
    /// Fail where anything is unexplained.
    #[arg(long)]
    pub strict: bool,
    /// Write the correspondence as JSON to this file; `-` is standard output, and then nothing else is printed there.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub json: Option<PathBuf>,
    /// Print every file.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub judging: Judging,
}

#[derive(Args)]
pub struct IndexFlags {
    /// Packages, archives or folders.
    #[arg(required = true, value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Where to write the index.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
    #[command(flatten)]
    pub opening: Opening,
}

#[derive(Subcommand)]
pub enum DepositVerb {
    /// Write the sealed list of a folder: each file's digest under one root. No content is in it.
    Create {
        /// The deposit.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// Write the list to this file instead of standard output.
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
    },
    /// Tell whether a folder is what a list says, and where it differs.
    Check {
        /// The list.
        #[arg(value_hint = ValueHint::FilePath)]
        list: PathBuf,
        /// The deposit.
        #[arg(value_hint = ValueHint::DirPath)]
        folder: PathBuf,
        /// Refuse a list with another root than this.
        #[arg(long, value_name = "SHA-256")]
        root: Option<Digest>,
    },
    /// Write the proof that one file belongs to a deposit. It names no other file.
    Open {
        /// The list.
        #[arg(value_hint = ValueHint::FilePath)]
        list: PathBuf,
        /// The file's path, as the list shows it.
        file: String,
    },
    /// Tell whether a file is the one of a proof.
    Verify {
        /// The proof.
        #[arg(value_hint = ValueHint::FilePath)]
        proof: PathBuf,
        /// The file.
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// The root that was published for the deposit. A proof without it speaks of any deposit.
        #[arg(long, value_name = "SHA-256")]
        root: Digest,
    },
}

/// What makes `doorward diff` fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A new alarm.
    Alarm,
    /// A new alarm or item to review.
    Review,
    /// Any new finding, and any other change of weight.
    Any,
    /// Nothing.
    None,
}

/// What an audit is judged and opened by.
#[derive(Args)]
pub struct Judging {
    /// Policy to judge by, instead of the default one.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    #[command(flatten)]
    pub rules: RuleSources,
    #[command(flatten)]
    pub opening: Opening,
}

/// What is shared by everything that opens artefacts.
#[derive(Args, Clone)]
pub struct Opening {
    /// Password to try on encrypted members; may be given several times.
    #[arg(long = "password", value_name = "PW")]
    pub passwords: Vec<String>,
    /// Print secrets as they are instead of masking them.
    #[arg(long)]
    pub show_secrets: bool,
    /// Worker processes; as many as there are processors by default. Never changes a report.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// Print no progress.
    #[arg(long, short)]
    pub quiet: bool,
    #[command(flatten)]
    pub limits: LimitFlags,
}

/// Where rules come from beside the built-in ones.
#[derive(Args)]
pub struct RuleSources {
    /// Add the rule pages below this folder.
    #[arg(long = "rules", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub directories: Vec<PathBuf>,
    /// Add the YARA rules below this folder.
    #[arg(long = "yara", value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub yara: Vec<PathBuf>,
}

#[derive(Args)]
pub struct ShowFlags {
    #[command(flatten)]
    pub finding: FindingFlags,
    /// The artefact that was audited.
    #[arg(long = "in", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub artefact: PathBuf,
    #[command(flatten)]
    pub opening: Opening,
}

#[derive(Args)]
pub struct WhyFlags {
    #[command(flatten)]
    pub finding: FindingFlags,
}

#[derive(Args)]
pub struct FindingFlags {
    /// A report written by `audit --json`.
    #[arg(value_hint = ValueHint::FilePath)]
    pub report: PathBuf,
    /// Fingerprint of the finding, the beginning of it, or its number in the report.
    pub finding: String,
}

#[derive(Args)]
pub struct RulesFlags {
    #[command(subcommand)]
    pub command: Option<RulesVerb>,
}

#[derive(Subcommand)]
pub enum RulesVerb {
    /// One line a rule.
    List,
    /// The page of a rule.
    Show {
        /// Id of the rule, such as shell/reverse-shell.
        id: String,
    },
    /// Run the examples of every rule page, of the built-in ones or below a folder.
    Test {
        /// Folder of rule pages.
        #[arg(value_hint = ValueHint::DirPath)]
        directory: Option<PathBuf>,
    },
}

/// One flag for each limit, from the table that documents them.
#[derive(Clone)]
pub struct LimitFlags(pub Limits);

impl FromArgMatches for LimitFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut limits = Limits::default();
        for row in Limits::ROWS {
            if let Some(value) = matches.get_one::<u64>(row.flag) {
                (row.set)(&mut limits, *value);
            }
        }
        Ok(Self(limits))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for LimitFlags {
    fn augment_args(command: Command) -> Command {
        Limits::ROWS.iter().fold(command, |command, row| {
            let help = format!("{} [default: {}]", row.doc.trim(), amount(row.default));
            let arg = Arg::new(row.flag).long(row.flag).value_name("N").action(ArgAction::Set);
            command.arg(arg.value_parser(parse_amount).help(help).help_heading("Limits").hide_short_help(true))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// A count with an optional binary unit, as in `64MiB`.
fn parse_amount(text: &str) -> Result<u64, String> {
    let (digits, unit) = UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit))).unwrap_or((text, 1));
    let count: u64 = digits.trim().parse().map_err(|_| "a whole number, or one with KiB, MiB or GiB behind it")?;
    count.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

/// The shortest way to write a count so that [`parse_amount`] reads it.
fn amount(count: u64) -> String {
    let unit = UNITS.iter().find(|(_, unit)| count >= *unit && count.is_multiple_of(*unit));
    unit.map_or_else(|| count.to_string(), |(name, unit)| format!("{}{name}", count / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn amounts_are_read_as_they_are_written() {
        for count in [0, 1, 1023, 1024, 1000, 8 << 30, 3 << 20] {
            assert_eq!(parse_amount(&amount(count)), Ok(count));
        }
        assert_eq!(amount(8 << 30), "8GiB");
        assert!(parse_amount("99999999999GiB").is_err() && parse_amount("-1").is_err() && parse_amount("1 kb").is_err());
    }

    #[test]
    fn every_limit_is_a_flag() {
        for row in Limits::ROWS {
            let flag = format!("--{}=7", row.flag);
            let arguments = Arguments::try_parse_from(["doorward", "audit", "x", &flag]).unwrap_or_else(|e| panic!("{e}"));
            let Verb::Audit(flags) = arguments.command else { panic!() };
            let mut expected = Limits::default();
            (row.set)(&mut expected, 7);
            assert_eq!(flags.judging.opening.limits.0, expected, "{}", row.flag);
        }
    }
}
