//! Whose processor time it was: agents and coordinator share the process, and their threads have names.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context;

/// Linux reports processor time in hundredths of a second, whatever the kernel's own tick is.
const TICK: Duration = Duration::from_millis(10);
/// The threads on which exchanges run: cutting, encoding and compressing chunks is most of what they do.
const AGENTS: &str = "agents";
/// The threads on which the store reads and checks what was delivered.
const CHECKS: &str = "checks";
/// The one thread that writes.
const WRITER: &str = "store-writer";

/// Processor time by whose it was.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// The agents' half of the exchange, with what the coordinator does there besides: little.
    pub agents: Duration,
    /// Reading and checking what was delivered, beside the thread that writes.
    pub checks: Duration,
    /// The thread that writes.
    pub writer: Duration,
    /// For how long the thread that writes could have run and had no processor.
    pub writer_waited: Duration,
}

impl Used {
    /// What the process used since its start.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn now() -> anyhow::Result<Self> {
        let mut used = Self::default();
        for task in std::fs::read_dir("/proc/self/task")? {
            let path = task?.path();
            // A thread may end meanwhile.
            let read = |file: &str| std::fs::read_to_string(path.join(file)).unwrap_or_default();
            let (stat, schedule) = (read("stat"), read("schedstat"));
            let Some((name, fields)) = stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')) else {
                continue;
            };
            let fields: Vec<&str> = fields.split_whitespace().collect();
            let ticks = |field: usize| fields.get(field).and_then(|ticks| ticks.parse::<u32>().ok());
            let time = TICK * (ticks(11).context("user time")? + ticks(12).context("system time")?);
            match name {
                AGENTS => used.agents += time,
                CHECKS => used.checks += time,
                WRITER => {
                    used.writer += time;
                    let waited = schedule.split_whitespace().nth(1).and_then(|waited| waited.parse().ok());
                    used.writer_waited += Duration::from_nanos(waited.unwrap_or_default());
                }
                _ => {}
            }
        }
        Ok(used)
    }

    /// What was used since then.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            agents: self.agents.saturating_sub(earlier.agents),
            checks: self.checks.saturating_sub(earlier.checks),
            writer: self.writer.saturating_sub(earlier.writer),
            writer_waited: self.writer_waited.saturating_sub(earlier.writer_waited),
        }
    }

    /// Both.
    pub fn plus(self, other: Self) -> Self {
        Self {
            agents: self.agents + other.agents,
            checks: self.checks + other.checks,
            writer: self.writer + other.writer,
            writer_waited: self.writer_waited + other.writer_waited,
        }
    }
}

/// A runtime whose threads are named after whose work they do: the first ones run what is asynchronous, the others what
/// blocks.
///
/// # Errors
/// When it cannot be built.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let workers = std::thread::available_parallelism()?.get();
    let started = AtomicUsize::new(0);
    let name = move || if started.fetch_add(1, Ordering::Relaxed) < workers { AGENTS } else { CHECKS };
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(workers).thread_name_fn(move || name().to_owned()).enable_all().build()
}
