//! How far a step has come, and when to give it up. There is no overall limit: a large organization takes as long as
//! AWS's budgets make it. What ends a step is that nothing comes back any more.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use plumbline_aws::{CallError, ErrorClass};
use plumbline_baseline::{Unread, UnreadReason};
use tokio::sync::watch;
use tokio::time::Instant;

/// A step that has had no answer of use for so long is given up.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The pause before something is asked again that the client's own retries did not get through.
const PAUSE: Duration = Duration::from_secs(5);

/// How often one question is put before something that many accounts are asked for is taken as unread for one of them.
const FEW: u32 = 3;

/// How often a question is put again that the client's own retries did not get through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounds {
    /// Until the step is given up: without this answer there is nothing to scan.
    UntilStalled,
    /// A few times: one account's trouble must not keep all others waiting.
    Few,
}

/// How far discovery has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Organizational units found.
    pub units: u64,
    /// Accounts found.
    pub accounts: u64,
    /// Accounts whose tags were asked for, and those whose tags are wanted.
    pub tags: (u64, u64),
    /// Accounts whose Regions were asked for, and those whose Regions are wanted.
    pub regions: (u64, u64),
    /// Why it does not go on at the moment.
    pub trouble: Option<String>,
}

/// Nothing came back for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stalled {
    /// What AWS, or the network, said last; `None` when it said nothing at all.
    pub(super) last: Option<CallError>,
}

/// Why an operation was not answered: what was said last of it, or that nothing was said.
pub(super) fn unanswered(last: Option<&CallError>, operation: &str) -> Unread {
    let silent = || Unread::new(UnreadReason::Transient, operation, "AWS did not answer any more");
    last.map_or_else(silent, CallError::unread)
}

/// The pace of one discovery.
#[derive(Debug)]
pub(super) struct Pace {
    figures: watch::Sender<Figures>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    answered: Instant,
    trouble: Option<CallError>,
}

impl Pace {
    pub(super) fn new(figures: watch::Sender<Figures>) -> Self {
        Self { figures, state: Mutex::new(State { answered: Instant::now(), trouble: None }) }
    }

    /// Changes the figures.
    pub(super) fn count(&self, change: impl FnOnce(&mut Figures)) {
        self.figures.send_modify(change);
    }

    /// Does a step for as long as answers come.
    pub(super) async fn keep<T>(&self, step: impl Future<Output = T>) -> Result<T, Stalled> {
        self.answered();
        tokio::select! {
            biased;
            done = step => Ok(done),
            stalled = self.stall() => Err(stalled),
        }
    }

    /// Asks until there is an answer: throttling and broken connections are waited out, and everything else is one.
    pub(super) async fn ask<T, F>(&self, rounds: Rounds, mut call: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut round = 1;
        loop {
            // On the heap: a call is a deep state machine, and whoever asks has several of them.
            match Box::pin(call()).await {
                Err(error) if is_passing(&error) => {
                    if rounds == Rounds::Few && round == FEW {
                        return Err(error);
                    }
                    round += 1;
                    self.troubled(error);
                    tokio::time::sleep(PAUSE).await;
                }
                answer => {
                    self.answered();
                    return answer;
                }
            }
        }
    }

    /// Something came back.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.answered = Instant::now();
        if state.trouble.take().is_some() {
            self.count(|figures| figures.trouble = None);
        }
    }

    fn troubled(&self, error: CallError) {
        self.count(|figures| figures.trouble = Some(format!("{}: {}", error.operation, error.class)));
        self.state().trouble = Some(error);
    }

    async fn stall(&self) -> Stalled {
        loop {
            let until = self.state().answered + PATIENCE;
            tokio::time::sleep_until(until).await;
            let state = self.state();
            if state.answered + PATIENCE <= until {
                return Stalled { last: state.trouble.clone() };
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the same question may well be answered a little later.
pub(super) fn is_passing(error: &CallError) -> bool {
    matches!(error.class, ErrorClass::Throttled | ErrorClass::Transient)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn throttled() -> CallError {
        CallError {
            class: ErrorClass::Throttled,
            code: "TooManyRequestsException".to_owned(),
            message: String::new(),
            operation: "organizations:ListRoots".to_owned(),
            http_status: Some(400),
        }
    }

    fn pace() -> (Pace, watch::Receiver<Figures>) {
        let (sender, receiver) = watch::channel(Figures::default());
        (Pace::new(sender), receiver)
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_is_waited_out_however_often_it_comes() {
        let (pace, _figures) = pace();
        let asked = Cell::new(0);
        let answer = pace.keep(pace.ask(Rounds::UntilStalled, || async {
            asked.set(asked.get() + 1);
            if asked.get() < 20 { Err(throttled()) } else { Ok(asked.get()) }
        }));
        assert_eq!(answer.await, Ok(Ok(20)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_without_answers_is_given_up_and_says_what_was_said_last() {
        let (pace, figures) = pace();
        let start = Instant::now();
        let never = pace.keep(pace.ask(Rounds::UntilStalled, || async { Err::<(), _>(throttled()) })).await;
        assert_eq!(never, Err(Stalled { last: Some(throttled()) }));
        assert_eq!(start.elapsed(), PATIENCE);
        assert_eq!(figures.borrow().trouble.as_deref(), Some("organizations:ListRoots: throttled"));
        let silent = pace.keep(std::future::pending::<()>()).await;
        assert!(silent.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_may_take_hours_as_long_as_answers_come() {
        let (pace, figures) = pace();
        let start = Instant::now();
        let hours = pace.keep(async {
            for _ in 0..100 {
                tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
                let _ = pace.ask(Rounds::UntilStalled, || async { Ok::<_, CallError>(()) }).await;
            }
        });
        assert_eq!(hours.await, Ok(()));
        assert!(start.elapsed() > Duration::from_secs(3 * 3600));
        assert_eq!(figures.borrow().trouble, None);
    }

    #[tokio::test(start_paused = true)]
    async fn one_accounts_trouble_ends_after_a_few_rounds_and_is_no_answer() {
        let (pace, figures) = pace();
        let start = pace.state().answered;
        let failed = pace.ask(Rounds::Few, || async { Err::<(), _>(throttled()) }).await;
        assert_eq!(failed, Err(throttled()));
        assert_eq!(pace.state().answered, start);
        assert!(figures.borrow().trouble.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer() {
        let (pace, _figures) = pace();
        let refused = CallError { class: ErrorClass::Bug, ..throttled() };
        let answer = pace.ask(Rounds::UntilStalled, || async { Err::<(), _>(refused.clone()) }).await;
        assert_eq!(answer, Err(refused.clone()));
    }
}
