//! `doorward audit --each`: bulk mode. Every input its own audit, one JSON line each, in the order given.

use crate::arguments::AuditFlags;
use crate::{COULD_NOT_RUN, Failure, audit, setup, status};
use doorward_engine::{Audit, Input, Lane};
use doorward_model::Verdict;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::mpsc;

/// What one input came to: its line, and its exit status.
type Line = (Vec<u8>, u8);

/// Audits every input by itself. Returns the worst status: could not run, fail, incomplete, pass.
pub fn run(flags: &AuditFlags) -> Result<u8, Failure> {
    let loaded = setup::rules(&flags.judging.rules)?;
    let policy = setup::policy(flags.judging.policy.as_deref())?;
    let lanes = setup::lanes(&flags.judging.opening, &loaded, false)?;
    let spill = setup::spill();
    let run = Audit {
        limits: &flags.judging.opening.limits.0,
        rules: &loaded.rules,
        policy: &policy,
        yara: &loaded.yara,
        spill: &spill,
    };
    let inputs = Mutex::new(audit::inputs(flags)?.into_iter().enumerate());
    let next = || inputs.lock().map_or(None, |mut inputs| inputs.next());
    let mut worst = 0;
    std::thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        for mut lane in lanes {
            let (sender, run, next) = (sender.clone(), &run, &next);
            scope.spawn(move || {
                while let Some((index, input)) = next() {
                    if sender.send((index, line(run, &input, &mut lane))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        write_in_order(&receiver, &mut worst)
    })?;
    Ok(worst)
}

fn line(run: &Audit<'_>, input: &Input, lane: &mut Lane) -> Line {
    let name = input.name();
    match doorward_engine::audit(run, std::slice::from_ref(input), std::slice::from_mut(lane), &()) {
        Ok(report) => (doorward_report::line(&report, &name), status(report.judgement.verdict)),
        Err(fault) => (doorward_report::line_error(&name, &fault.to_string()), COULD_NOT_RUN),
    }
}

fn write_in_order(receiver: &mpsc::Receiver<(usize, Line)>, worst: &mut u8) -> Result<(), Failure> {
    let mut waiting = BTreeMap::new();
    let mut written = 0;
    let mut out = std::io::stdout().lock();
    for (index, line) in receiver {
        waiting.insert(index, line);
        while let Some((line, status)) = waiting.remove(&written) {
            out.write_all(&line)?;
            out.flush()?;
            if rank(status) > rank(*worst) {
                *worst = status;
            }
            written += 1;
        }
    }
    Ok(())
}

/// Which of two exit statuses says more: could not run, then fail, then incomplete.
fn rank(code: u8) -> u8 {
    [status(Verdict::Pass), status(Verdict::Incomplete), status(Verdict::Fail), COULD_NOT_RUN]
        .iter()
        .position(|known| *known == code)
        .map_or(0, |rank| rank as u8)
}
