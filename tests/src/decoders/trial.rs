//! All decoders on many inputs, made from real ones: what was accepted and refused, how long the slowest took, how much
//! memory was needed. It needs no fuzzer, and finds less than one.

use std::cell::RefCell;
use std::fmt::{Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::time::Instant;

use super::mutate::mutated;
use super::{ALL, Decoder, Read};
use crate::fleet_faults::peak_mib;
use crate::store_faults::chance::Chance;

/// No input takes longer.
const SLOW: Duration = Duration::from_secs(1);
/// No decoder needs more memory than before, in MiB.
const MEMORY: u64 = 256;
/// Inputs that were accepted, and from which others are made.
const POOL: usize = 400;
/// Bytes of an input that are shown.
const SHOWN: usize = 100;

/// How far it goes.
#[derive(Clone, Copy, Debug)]
pub struct Extent<'a> {
    /// The same seed, the same inputs.
    pub seed: u64,
    /// Inputs of each decoder.
    pub count: u64,
    /// A decoder is left after this, however many there were.
    pub limit: Duration,
    /// Only the decoder of this name.
    pub only: Option<&'a str>,
}

/// What one decoder came to.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// Its name.
    pub name: &'static str,
    /// Inputs that were read.
    pub inputs: u64,
    /// Of these, accepted.
    pub accepted: u64,
    /// What the slowest took.
    pub slowest: Duration,
    /// MiB that the process had at its most beyond what it had before.
    pub grown_mib: u64,
    /// What is not as it has to be, with the input.
    pub wrong: Vec<String>,
}

impl Display for Tried {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { name, inputs, accepted, slowest, grown_mib, wrong } = self;
        let refused = inputs - accepted;
        let slowest = slowest.as_millis();
        write!(f, "{name}: {inputs} inputs, {accepted} accepted, {refused} refused; the slowest {slowest} ms; ")?;
        write!(f, "{grown_mib} MiB more; {} wrong", wrong.len())?;
        wrong.iter().try_for_each(|wrong| write!(f, "\n    {wrong}"))
    }
}

/// Tries all of them, one after the other.
pub fn run(extent: Extent<'_>, report: impl Fn(&Tried)) -> Vec<Tried> {
    let chosen = ALL.iter().filter(|decoder| extent.only.is_none_or(|only| only == decoder.name));
    let mut all = Vec::new();
    for decoder in chosen {
        let tried = quietly(|| try_one(decoder, extent));
        report(&tried);
        all.push(tried);
    }
    all
}

thread_local! {
    /// What the last panic of this thread said.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic is told with its input, and not on standard error besides.
fn quietly<T>(act: impl FnOnce() -> T) -> T {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| SAID.set(info.to_string())));
    let done = act();
    std::panic::set_hook(before);
    done
}

fn try_one(decoder: &Decoder, extent: Extent<'_>) -> Tried {
    let mut tried = Tried { name: decoder.name, ..Tried::default() };
    let mut pool = (decoder.examples)();
    let examples = pool.len();
    // What is made once, such as tables, is none of an input's.
    for example in &pool {
        tried.read(decoder, example);
    }
    forget_peak();
    let before = peak_mib(std::process::id());
    let began = Instant::now();
    let mut chance = Chance::new(extent.seed);
    while tried.inputs < extent.count && began.elapsed() < extent.limit && tried.wrong.len() < 5 {
        let input = mutated(&pool, &mut chance);
        if tried.read(decoder, &input) == Some(Read::Accepted) {
            match pool.len() < POOL {
                true => pool.push(input),
                false => pool[examples + chance.below(POOL - examples)] = input,
            }
        }
    }
    tried.grown_mib = peak_mib(std::process::id()).saturating_sub(before);
    if tried.grown_mib > MEMORY {
        tried.wrong.push(format!("{} MiB were needed", tried.grown_mib));
    }
    tried
}

impl Tried {
    /// Reads one; nothing when that panicked.
    fn read(&mut self, decoder: &Decoder, input: &[u8]) -> Option<Read> {
        self.inputs += 1;
        let (read, mut took) = timed(decoder, input);
        // On a machine that has other work, the quickest of three is what it takes.
        for _ in 0..2 {
            if took > SLOW {
                took = took.min(timed(decoder, input).1);
            }
        }
        self.slowest = self.slowest.max(took);
        if took > SLOW {
            self.wrong.push(format!("{} ms: {}", took.as_millis(), kept(self.name, input)));
        }
        match read {
            Some(Read::Accepted) => self.accepted += 1,
            Some(Read::Refused) => {}
            None => self.wrong.push(format!("{}: {}", SAID.take(), kept(self.name, input))),
        }
        read
    }
}

fn timed(decoder: &Decoder, input: &[u8]) -> (Option<Read>, Duration) {
    let began = Instant::now();
    let read = catch_unwind(AssertUnwindSafe(|| (decoder.read)(input))).ok();
    (read, began.elapsed())
}

/// Keeps an input for whoever looks into it: where, and how it begins.
fn kept(name: &str, input: &[u8]) -> String {
    let file = std::env::temp_dir().join(format!("plumbline-decoders-{name}-{}", &blake3::hash(input).to_hex()[..8]));
    let place = match std::fs::write(&file, input) {
        Ok(()) => format!("in {}", file.display()),
        Err(error) => error.to_string(),
    };
    format!("{} bytes, {place}: `{}`", input.len(), input[..input.len().min(SHOWN)].escape_ascii())
}

/// Lets the system count the most memory anew, where it can.
fn forget_peak() {
    // Without it, what was needed before counts, too.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
