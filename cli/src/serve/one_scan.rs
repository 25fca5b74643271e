//! One scan of the service: planned, started in one commit with the fire that it is for, watched until it ends or its
//! deadline comes, and reported as `plumbline scan` does.

use std::sync::Arc;
use std::time::Duration;

use plumbline_baseline::ScanId;
use plumbline_coordinator::operator::{Refusal, Reply};
use plumbline_coordinator::report::counted;
use plumbline_coordinator::store::record::Fire;
use plumbline_coordinator::store::{Act, ScanEnd};
use plumbline_coordinator::{self as coordinator, Subject};
use plumbline_telemetry::catalogue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Shared, figures};
use crate::clock;
use crate::config::Settings;
use crate::exit::Outcome;
use crate::failure::{Failure, Result};
use crate::finish::{Ending, write_reports};
use crate::governed;
use crate::keeping::prune_after_scan;
use crate::prepare::{Purpose, prepare};
use crate::results::{store_failure, stored_scan};
use crate::run::{coordinator_failure, start_now};
use crate::standing;
use crate::terminal::{say, say_failure};

/// A scan that is to be made.
pub(super) struct Wanted {
    /// How.
    pub(super) settings: Settings,
    /// The fire of a schedule that it is for.
    pub(super) fire: Option<Fire>,
    /// Who asked for it, if it is not only due.
    pub(super) asked: Option<Asked>,
    /// How long after its start the rest is given up.
    pub(super) deadline: Option<Duration>,
    /// Until when a start that failed is tried again; nobody may wait for it then.
    pub(super) tried_until: Option<OffsetDateTime>,
    /// Who waits for its id.
    pub(super) reply: Option<Reply<ScanId>>,
}

/// Who asked for a scan, and for what of it.
pub(super) struct Asked {
    /// As the audit log calls them.
    pub(super) who: String,
    /// What the configuration does not say.
    pub(super) detail: String,
}

/// After the first start that failed; twice as long after each further one, up to `LONGEST_PAUSE`.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// AWS that comes back is noticed after this at the latest.
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

impl Wanted {
    /// What the audit log says of it.
    fn act(&self, scan: &ScanId, time: &str) -> Option<Act> {
        let asked = self.asked.as_ref()?;
        let (action, subject, detail) = match &self.fire {
            Some(fire) => ("schedule.run", fire.schedule.clone(), format!("the scan is {scan}")),
            None => ("scan.started", scan.to_string(), asked.detail.clone()),
        };
        Some(Act { time: time.to_owned(), actor: asked.who.clone(), action, subject, detail })
    }

    /// What it is called in messages.
    fn name(&self) -> String {
        match &self.fire {
            Some(fire) => format!("the schedule {}", fire.schedule),
            None => "an operator".to_owned(),
        }
    }
}

/// Makes the scan. `begun` is called once it is stored, or nothing comes of it.
pub(super) async fn make(shared: Arc<Shared>, mut wanted: Wanted, begun: impl FnOnce()) {
    let name = wanted.name();
    let reply = wanted.reply.take();
    let started = tokio::select! {
        started = start_in_time(&shared, &wanted) => started,
        // Nothing is on record of it: the fire is decided again by who starts next.
        () = shared.stop.cancelled() => return,
    };
    let scan = match started {
        Ok(scan) => scan,
        Err(failure) => {
            refuse(&shared, wanted.fire, &failure).await;
            begun();
            if let Some(reply) = reply {
                // Whoever asked may be gone.
                let _ = reply.send(Err(refusal(&failure)));
            }
            return;
        }
    };
    begun();
    say(format_args!("plumbline: the scan {scan} of {name} began"));
    if let Some(reply) = reply {
        let _ = reply.send(Ok(scan.clone()));
    }
    follow(&shared, &scan, &wanted.settings, wanted.deadline).await;
}

/// Starts it; where AWS does not answer, or has no credentials to give, again and again until its time is over.
async fn start_in_time(shared: &Shared, wanted: &Wanted) -> Result<ScanId> {
    let mut failed = 0;
    loop {
        let failure = match start(shared, wanted).await {
            Ok(scan) => return Ok(scan),
            Err(failure) => failure,
        };
        let pause = pause_after(failed, wanted.tried_until, clock::start());
        let Some(pause) = pause.filter(|_| failure.may_pass()) else {
            return Err(failure);
        };
        say_failure(&failure);
        let minutes = counted(pause.as_secs() / 60, "minute");
        say(format_args!("plumbline: the scan of {} is tried again in {minutes}", wanted.name()));
        tokio::time::sleep(pause).await;
        failed += 1;
    }
}

/// How long to wait after so many starts had failed before; `None` when the next would come too late.
fn pause_after(failed: u32, until: Option<OffsetDateTime>, now: OffsetDateTime) -> Option<Duration> {
    let pause = FIRST_PAUSE.saturating_mul(1 << failed.min(8)).min(LONGEST_PAUSE);
    (now + pause <= until?).then_some(pause)
}

async fn start(shared: &Shared, wanted: &Wanted) -> Result<ScanId> {
    let plan = prepare(&shared.cloud, &wanted.settings, &shared.pack, Purpose::Unattended).await?;
    let start = start_now(&shared.pack, &wanted.settings, Subject::Real)?;
    let act = wanted.act(&start.scan, &clock::now()?);
    let stored = shared.handle.start_scan_of(&plan, &start, wanted.fire.clone(), act).await;
    stored.map_err(|error| coordinator_failure(&error))?;
    count(shared, wanted.fire.as_ref(), "started");
    figures::planned(shared, &plan);
    Ok(start.scan)
}

/// Puts on record that nothing came of a fire.
pub(super) async fn refuse(shared: &Shared, fire: Option<Fire>, failure: &Failure) {
    say_failure(failure);
    let Some(fire) = fire else { return };
    count(shared, Some(&fire), "refused");
    let reason = format!("{failure}. next step: {}", failure.next_step());
    if let Err(error) = shared.store.record_fire(fire.refused(&reason)).await {
        say_failure(&store_failure(&error));
    }
}

fn count(shared: &Shared, fire: Option<&Fire>, outcome: &'static str) {
    if let Some(fire) = fire {
        shared.registry.add(&catalogue::SCHEDULE_FIRES, [&fire.schedule, outcome], 1);
    }
}

/// What whoever asked is told.
pub(super) fn refusal(failure: &Failure) -> Refusal {
    Refusal {
        cause: failure.to_string(),
        next_step: failure.next_step().to_owned(),
        is_mistake: failure.outcome() == Outcome::Usage,
    }
}

/// Watches a scan that runs until it ends, and reports it; or until the service stops, and leaves it as it is.
pub(super) async fn follow(shared: &Shared, scan: &ScanId, settings: &Settings, deadline: Option<Duration>) {
    let ended = tokio::select! {
        ended = wait(shared, scan, deadline) => ended,
        () = shared.stop.cancelled() => return,
    };
    // A store that failed ends the service, which says so.
    if ended.is_err() {
        return;
    }
    match conclude(shared, scan, settings).await {
        Ok(said) => say(said),
        Err(failure) => {
            say_failure(&failure);
        }
    }
    prune_after_scan(&shared.store, settings.retention).await;
}

async fn wait(
    shared: &Shared,
    scan: &ScanId,
    deadline: Option<Duration>,
) -> std::result::Result<(), coordinator::Error> {
    let done = shared.handle.wait(scan);
    tokio::pin!(done);
    let started = shared.store.scan(scan)?.unwrap_or_default().started;
    if let Some(left) = deadline.map(|deadline| left_of(deadline, &started, clock::start())) {
        tokio::select! {
            ended = &mut done => return ended.map(drop),
            () = tokio::time::sleep(left) => {
                let minutes = counted(deadline.unwrap_or_default().as_secs() / 60, "minute");
                let reason = format!("its deadline of {minutes} came");
                say(format_args!("plumbline: the rest of the scan {scan} is given up: {reason}"));
                shared.handle.cancel_scan(scan, &reason).await;
            }
        }
    }
    done.await.map(drop)
}

/// How long it is from now to the deadline of a scan that started then.
fn left_of(deadline: Duration, started: &str, now: OffsetDateTime) -> Duration {
    let started = OffsetDateTime::parse(started, &Rfc3339).unwrap_or(now);
    // A clock that was put back must not make a scan endless.
    let gone = Duration::try_from(now - started).unwrap_or_default();
    deadline.saturating_sub(gone)
}

/// Notes how the scan ended, and writes its reports: what to say of it.
async fn conclude(shared: &Shared, scan: &ScanId, settings: &Settings) -> Result<String> {
    let noted = shared.handle.finish_scan(scan, &clock::now()?, ScanEnd::Complete).await;
    noted.map_err(|error| coordinator_failure(&error))?;
    let (said, digest) = tokio::task::block_in_place(|| {
        let view = stored_scan(&shared.store, scan)?;
        let view = governed::of_own(view, settings, &shared.pack)?;
        let finished = write_reports(&view, scan, Ending::Complete, settings, &shared.pack)?;
        figures::ended(shared, &view.summary(), &finished.written.digest, finished.outcome);
        let note = finished.written.notice.as_ref().map_or_else(String::new, |notice| format!("\nnote: {notice}"));
        let directory = finished.written.directory.display();
        let said = format!("plumbline: the scan {scan} ended. {}\nReports: {directory}{note}", finished.sentence);
        Ok::<_, Failure>((said, finished.written.digest))
    })?;
    standing::keep(&shared.store, scan, &digest).await;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_failed_is_tried_again_until_its_time_is_over() {
        let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).unwrap();
        let (now, until) = (at("2026-01-15T02:00:00Z"), at("2026-01-15T02:20:00Z"));
        let pauses: Vec<_> = (0..40).map(|failed| pause_after(failed, Some(until), now)).collect();
        let minutes: Vec<_> = pauses.iter().flatten().map(|pause| pause.as_secs() / 60).collect();
        assert_eq!(minutes[..6], [1, 2, 4, 8, 15, 15]);
        assert_eq!(minutes.len(), 40);
        assert_eq!(pause_after(4, Some(until), at("2026-01-15T02:06:00Z")), None);
        assert_eq!(pause_after(0, None, now), None, "somebody waits for the answer");
    }

    #[test]
    fn a_deadline_counts_from_the_start_of_the_scan() {
        let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).unwrap();
        let hour = Duration::from_secs(3600);
        let check = |now: &str, expected: u64| {
            assert_eq!(left_of(hour, "2026-01-15T02:00:00Z", at(now)), Duration::from_secs(expected), "{now}");
        };
        check("2026-01-15T02:00:00Z", 3600);
        check("2026-01-15T02:45:00Z", 900);
        check("2026-01-16T02:00:00Z", 0);
        check("2026-01-14T02:00:00Z", 3600);
    }
}
