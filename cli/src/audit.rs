//! `doorward audit`: the inputs as one tree.

use crate::arguments::AuditFlags;
use crate::{Failure, deposit, diff, print, setup, status};
use doorward_engine::Input;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Items printed unless `--all` asks for every one.
const ITEMS_MAX: usize = 50;

/// Audits the inputs and prints the report.
pub fn run(flags: &AuditFlags) -> Result<u8, Failure> {
    let mut auditor = setup::auditor(&flags.judging, flags.facts)?;
    let inputs = inputs(flags)?;
    let mut report = auditor.audit(&inputs)?;
    if let Some(path) = &flags.baseline {
        doorward_compare::against(&mut report, &diff::restored(path)?.report);
    }
    if let Some(list) = &flags.deposit {
        deposit::require(list, &mut report)?;
    }

    let options = doorward_report::JsonOptions { facts: flags.facts, nodes: true, pretty: true };
    match flags.json.as_deref() {
        Some(path) if path == Path::new("-") => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            doorward_report::write_json(&report, &options, &mut out)?;
            out.flush()?;
        }
        json => {
            if let Some(path) = json {
                write(path, &report, &options).map_err(|error| format!("{}: {error}", path.display()))?;
            }
            let saved = json.map(|path| path.display().to_string());
            let names: Vec<Vec<u8>> = inputs.iter().map(Input::name).collect();
            let options = doorward_report::TerminalOptions {
                color: true,
                width: width(),
                all: flags.all,
                items_max: if flags.all { usize::MAX } else { ITEMS_MAX },
                names: &names,
                saved: saved.as_deref(),
                digest: Some(doorward_report::digest(&report)),
            };
            print(doorward_report::terminal(&report, &options).as_bytes())?;
        }
    }
    Ok(status(report.judgement.verdict))
}

fn write(path: &Path, report: &doorward_model::Report, options: &doorward_report::JsonOptions) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    doorward_report::write_json(report, options, &mut file)?;
    file.flush()
}

/// The inputs that the flags name.
pub fn inputs(flags: &AuditFlags) -> Result<Vec<Input>, Failure> {
    let mut paths = flags.paths.clone();
    if let Some(list) = &flags.files_from {
        paths.extend(listed(list)?);
    }
    if paths.iter().filter(|path| *path == Path::new("-")).count() > 1 {
        return Err("standard input (`-`) can be read only once".into());
    }
    if paths.is_empty() {
        return Err("no path to audit was named".into());
    }
    let input = |path: PathBuf| match path == Path::new("-") {
        true => Input::Standard { name: flags.name.clone().into_bytes() },
        false => Input::Path(path),
    };
    Ok(paths.into_iter().map(input).collect())
}

/// Paths, one a line; bytes that are not UTF-8 are kept.
fn listed(list: &Path) -> Result<Vec<PathBuf>, Failure> {
    use std::os::unix::ffi::OsStringExt;
    let bytes = if list == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)?;
        bytes
    } else {
        std::fs::read(list).map_err(|error| format!("{}: {error}", list.display()))?
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(|line| PathBuf::from(std::ffi::OsString::from_vec(line.to_vec()))).collect())
}

/// Columns to print to.
pub fn width() -> usize {
    let wide = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    wide.filter(|_| std::io::stdout().is_terminal()).unwrap_or(100).clamp(40, 200)
}
