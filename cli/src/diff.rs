//! `doorward diff`: what changed from one thing that can be audited, or its saved report, to another.

use crate::arguments::{DiffFlags, FailOn};
use crate::{Failure, audit, print, setup, status};
use doorward_engine::Input;
use doorward_model::difference::{Difference, Side, Turn};
use doorward_model::{Level, Report, Verdict};
use doorward_report::{DiffOptions, Restored};
use std::io::Write;
use std::path::Path;

/// Items printed under one heading unless `--all` asks for every one.
const ITEMS_MAX: usize = 10;

/// One side, audited or read back.
struct Known {
    report: Report,
    facts: bool,
}

impl Known {
    fn side(&self) -> Side<'_> {
        Side { report: &self.report, facts: self.facts }
    }
}

/// Compares the two and prints what changed.
pub fn run(flags: &DiffFlags) -> Result<u8, Failure> {
    let mut auditor = None;
    let mut known = |path: &Path| -> Result<Known, Failure> {
        if is_saved(path)? {
            let Restored { report, facts } = restored(path)?;
            return Ok(Known { report, facts });
        }
        if auditor.is_none() {
            auditor = Some(setup::auditor(&flags.judging, true)?);
        }
        let auditor = auditor.as_mut().ok_or("no worker")?;
        Ok(Known { report: auditor.audit(&[Input::Path(path.to_path_buf())])?, facts: true })
    };
    let (old, new) = (known(&flags.old)?, known(&flags.new)?);
    let (old, new) = (old.side(), new.side());
    let difference = doorward_compare::compare(old, new);
    write(flags, &difference, old, new)?;
    Ok(exit(flags.fail_on, &difference, new))
}

/// Whether a path names a report of ours. A package that only looks like one is audited: whoever compares reports says so by
/// their names.
fn is_saved(path: &Path) -> Result<bool, Failure> {
    let named = path.extension().is_some_and(|ending| ending == "json") && path.is_file();
    Ok(named && doorward_report::is_report(&read(path)?))
}

/// A report that `audit --json` wrote.
pub fn restored(path: &Path) -> Result<Restored, Failure> {
    Ok(doorward_report::restore(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?)
}

fn write(flags: &DiffFlags, difference: &Difference, old: Side<'_>, new: Side<'_>) -> Result<(), Failure> {
    use std::os::unix::ffi::OsStrExt;
    let to_output = flags.json.as_deref() == Some(Path::new("-"));
    if let Some(path) = flags.json.as_deref() {
        let json = doorward_report::diff_json(difference, old, new);
        match to_output {
            true => {
                let mut out = std::io::stdout().lock();
                out.write_all(&json)?;
                out.flush()?;
            }
            false => std::fs::write(path, json).map_err(|error| format!("{}: {error}", path.display()))?,
        }
    }
    if to_output {
        return Ok(());
    }
    let options = DiffOptions {
        color: true,
        width: audit::width(),
        items_max: if flags.all { usize::MAX } else { ITEMS_MAX },
        names: [flags.old.as_os_str().as_bytes(), flags.new.as_os_str().as_bytes()],
    };
    let text = match flags.markdown {
        true => doorward_report::diff_markdown(difference, old, new, &options),
        false => doorward_report::diff_terminal(difference, old, new, &options),
    };
    print(text.as_bytes()).map(|_| ())
}

/// 1 where what changed is as heavy as the user asked for; else 3 where the new side could hide a door.
fn exit(fail_on: FailOn, difference: &Difference, new: Side<'_>) -> u8 {
    let findings = &new.report.judgement.findings;
    let doors = difference.doors.iter().filter(|door| door.turn != Turn::Gone);
    let strongest = doors.filter_map(|door| findings.get(door.finding as usize)).map(|finding| finding.level).max();
    let fails = match fail_on {
        FailOn::None => false,
        FailOn::Alarm => strongest == Some(Level::Alarm),
        FailOn::Review => strongest >= Some(Level::Review),
        FailOn::Any => strongest.is_some() || difference.of_weight().next().is_some(),
    };
    match () {
        () if fails => status(Verdict::Fail),
        () if !new.report.judgement.incomplete_because.is_empty() => status(Verdict::Incomplete),
        () => status(Verdict::Pass),
    }
}
