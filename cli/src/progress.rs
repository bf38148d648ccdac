//! Progress on a terminal, for anything that takes more than a second.

use doorward_engine::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A line on standard error that counts, or nothing where that is no terminal.
pub struct Bar {
    bar: Option<ProgressBar>,
    started: Instant,
    contents: AtomicU64,
    bytes: AtomicU64,
}

/// Nothing is drawn before this, so that short audits leave no trace.
const SILENCE: Duration = Duration::from_secs(1);

impl Bar {
    /// Starts to count.
    pub fn start(quiet: bool) -> Self {
        let shown = !quiet && std::io::stderr().is_terminal();
        let bar = shown.then(ProgressBar::no_length);
        if let Some(bar) = &bar {
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr_with_hz(5));
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
        }
        Self { bar, started: Instant::now(), contents: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn examined(&self, bytes: u64) {
        let contents = self.contents.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(bar) = &self.bar
            && self.started.elapsed() >= SILENCE
        {
            bar.set_message(format!("{contents} contents, {} MiB examined", bytes >> 20));
            bar.tick();
        }
    }
}
