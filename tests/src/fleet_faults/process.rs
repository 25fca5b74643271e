//! A child process, what it logs while it runs, and signals to it. It does not outlive its owner.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::time::Instant;

/// Between two looks at something that is waited for.
const LOOK: Duration = Duration::from_millis(5);

/// Lines and when they came.
type Lines = Vec<(Instant, String)>;

/// A running child.
pub(super) struct Process {
    child: Child,
    lines: Arc<Mutex<Lines>>,
    reading: Option<thread::JoinHandle<()>>,
    /// When it was started.
    pub(super) started: Instant,
}

impl Process {
    /// Starts it; what it writes to standard error is kept.
    pub(super) fn start(command: &mut Command) -> anyhow::Result<Self> {
        let started = Instant::now();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let errors = BufReader::new(child.stderr.take().context("standard error is piped")?);
        let lines = Arc::new(Mutex::new(Lines::new()));
        let kept = Arc::clone(&lines);
        let reading = thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                kept.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), line));
            }
        });
        Ok(Self { child, lines, reading: Some(reading), started })
    }

    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far.
    pub(super) fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it first said this.
    pub(super) fn said(&self, text: &str) -> Option<Instant> {
        self.lines().iter().find(|(_, line)| line.contains(text)).map(|(when, _)| *when)
    }

    /// How it ended, if it did.
    pub(super) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it said this or ended, so long at most: whether it was said.
    pub(super) async fn wait_for(&mut self, text: &str, limit: Duration) -> anyhow::Result<bool> {
        let until = Instant::now() + limit;
        loop {
            if self.said(text).is_some() {
                return Ok(true);
            }
            if self.ended()?.is_some() || until <= Instant::now() {
                return Ok(false);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until it ended, so long at most.
    pub(super) async fn wait(&mut self, limit: Duration) -> anyhow::Result<Option<ExitStatus>> {
        let until = Instant::now() + limit;
        loop {
            let ended = self.ended()?;
            if ended.is_some() || until <= Instant::now() {
                return Ok(ended);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Sends a signal, by its name.
    pub(super) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let sent = Command::new("kill").args([name, &self.id().to_string()]).status()?;
        ensure!(sent.success(), "{name} cannot be sent");
        Ok(())
    }

    /// Kills it, and waits until all that it said is read.
    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        self.finish_reading();
        Ok(())
    }

    /// Waits until all is read that it said.
    pub(super) fn finish_reading(&mut self) {
        if let Some(reading) = self.reading.take() {
            // It ends with the pipe.
            let _ = reading.join();
        }
    }

    /// The last lines, for a message.
    pub(super) fn last_lines(&self) -> String {
        let lines = self.lines();
        let last = lines.iter().rev().take(5).map(|(_, line)| line.as_str());
        last.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n    ")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
