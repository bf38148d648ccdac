//! `doorward deposit`: the sealed list of a source deposit, and proofs from it.

use crate::arguments::DepositVerb;
use crate::{Failure, print, status};
use doorward_compare::deposit::{Change, Deposit, Entry, Kind, Proof};
use doorward_engine::Hashed;
use doorward_model::{Digest, Report, Verdict, text};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Does what was asked for, and says what came of it.
pub fn run(verb: &DepositVerb) -> Result<u8, Failure> {
    match verb {
        DepositVerb::Create { folder, output } => create(folder, output.as_deref()),
        DepositVerb::Check { list, folder, root } => check(list, folder, *root),
        DepositVerb::Open { list, file } => match read(list, Deposit::read)?.open(file) {
            Some(proof) => print(proof.to_string().as_bytes()),
            None => Err(format!("{}: the list has no file {}", list.display(), text::visible(file.as_bytes())).into()),
        },
        DepositVerb::Verify { proof, file, root } => verify(proof, file, *root),
    }
}

fn create(folder: &Path, output: Option<&Path>) -> Result<u8, Failure> {
    let deposit = deposit(folder)?;
    let Some(output) = output else { return print(deposit.to_string().as_bytes()) };
    std::fs::write(output, deposit.to_string()).map_err(|error| format!("{}: {error}", output.display()))?;
    print(summary(&deposit).as_bytes())
}

fn summary(deposit: &Deposit) -> String {
    let bytes: u64 = deposit.entries().iter().map(|entry| entry.bytes).sum();
    format!("{} files, {bytes} bytes\nroot {}\n", deposit.entries().len(), deposit.root())
}

fn check(list: &Path, folder: &Path, root: Option<Digest>) -> Result<u8, Failure> {
    let listed = read(list, Deposit::read)?;
    if root.is_some_and(|root| root != listed.root()) {
        print(format!("another deposit: the list's root is {}\n", listed.root()).as_bytes())?;
        return Ok(status(Verdict::Fail));
    }
    let found = deposit(folder)?;
    let changes = listed.changes(&found);
    if changes.is_empty() {
        return print(format!("the deposit is what the list says: {}", summary(&listed)).as_bytes());
    }
    let lines: Vec<String> = changes.iter().map(line).collect();
    print(format!("the deposit is not what the list says: {} differ\n{}", changes.len(), lines.concat()).as_bytes())?;
    Ok(status(Verdict::Fail))
}

fn line(change: &Change<'_>) -> String {
    match change {
        Change::Added(found) => format!("added    {}\n", found.path),
        Change::Removed(listed) => format!("removed  {}\n", listed.path),
        Change::Changed(listed, found) if listed.digest == found.digest => {
            format!("changed  {}: it may run otherwise, or is of another kind\n", found.path)
        }
        Change::Changed(_, found) => format!("changed  {}\n", found.path),
    }
}

fn verify(proof: &Path, file: &Path, root: Digest) -> Result<u8, Failure> {
    let read = read(proof, Proof::read)?;
    let said = match () {
        () if read.root != root => format!("the proof is of another deposit: {}", read.root),
        () if doorward_engine::hash_file(file)? != read.entry.digest => format!("these are not the bytes of {}", read.entry.path),
        () => {
            return print(format!("{} is in the deposit, with these bytes\n", read.entry.path).as_bytes());
        }
    };
    print(format!("{said}\n").as_bytes())?;
    Ok(status(Verdict::Fail))
}

/// The list of what is in a folder now.
fn deposit(folder: &Path) -> Result<Deposit, Failure> {
    let entry = |hashed: Hashed| Entry::new(&hashed.name, Kind::of(&hashed.meta), hashed.bytes, hashed.digest);
    Ok(Deposit::new(doorward_engine::hash_folder(folder)?.into_iter().map(entry).collect()))
}

/// Raises a report to level L1 where the bytes that were audited are those of a list.
pub fn require(list: &Path, report: &mut Report) -> Result<(), Failure> {
    let listed = read(list, Deposit::read)?;
    let found = Deposit::of_folder(&report.tree).ok_or("--deposit is for one folder, as `doorward deposit create` lists it")?;
    let shown = text::visible(list.as_os_str().as_bytes());
    match listed.changes(&found).as_slice() {
        [] => {
            report.deposit = Some(listed.root());
            report.assurance = "L1".into();
            Ok(())
        }
        [first, ..] => Err(format!(
            "{shown}: the folder is not what the list says, as `doorward deposit check` tells: {}",
            line(first).trim_end()
        )
        .into()),
    }
}

/// Reads one of our own files.
fn read<T>(path: &Path, parse: fn(&str) -> Result<T, String>) -> Result<T, Failure> {
    let shown = text::visible(path.as_os_str().as_bytes());
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    Ok(parse(&text).map_err(|why| format!("{shown}: {why}"))?)
}
