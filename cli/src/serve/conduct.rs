//! What starts when: asks the timetable, puts every decision on record, and does what operators ask. Of one schedule one
//! scan is prepared or runs at a time; scans of several schedules and of operators run beside each other.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use plumbline_baseline::ScanId;
use plumbline_coordinator::operator::{Command, Pause, Reply, told};
use plumbline_coordinator::store::Act;
use plumbline_coordinator::store::record::Fire;
use plumbline_proto::operator_v1::StartScanRequest;
use plumbline_schedule::spec::{Planned, Scope};
use plumbline_schedule::timetable::{Decision, Kind, LONGEST_SLEEP};
use plumbline_schedule::{Timestamp, Timetable};
use plumbline_telemetry::catalogue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::Shared;
use super::one_scan::{Asked, Wanted, make, refusal, refuse};
use crate::clock;
use crate::failure::{Failure, Result, did_you_mean, listed};
use crate::results::store_failure;
use crate::terminal::say;

/// Decides and starts.
pub(super) struct Conductor {
    shared: Arc<Shared>,
    scans: JoinSet<()>,
    /// Schedules whose scan is being planned: nothing is decided of them until it is stored, or nothing comes of it.
    preparing: Arc<Mutex<BTreeSet<String>>>,
    changed: Arc<Notify>,
}

impl Conductor {
    /// With scans that run already.
    pub(super) fn new(shared: Arc<Shared>, scans: JoinSet<()>) -> Self {
        Self { shared, scans, preparing: Arc::default(), changed: Arc::default() }
    }

    /// Runs until the service stops.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) async fn run(mut self, mut commands: mpsc::Receiver<Command>) -> std::result::Result<(), String> {
        self.note_configuration().await.map_err(|failure| failure.to_string())?;
        loop {
            let sleep = self.decide().await.map_err(|failure| failure.to_string())?;
            tokio::select! {
                biased;
                () = self.shared.stop.cancelled() => break,
                Some(command) = commands.recv() => self.obey(command).await.map_err(|failure| failure.to_string())?,
                // A scan whose task broke is nobody's: who starts next goes on with it.
                Some(ended) = self.scans.join_next() => ended.map_err(|error| error.to_string())?,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
        while self.scans.join_next().await.is_some() {}
        Ok(())
    }

    fn preparing(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.preparing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn schedules(&self) -> &[Planned] {
        &self.shared.settings.service.schedules
    }

    /// Notes which schedules the configuration has, and lets their figures begin at nothing.
    async fn note_configuration(&self) -> Result<()> {
        for stored in self.shared.store.schedules().map_err(|error| store_failure(&error))? {
            let is_gone = !self.schedules().iter().any(|planned| planned.rule.name == stored.name);
            if is_gone != stored.state.is_gone {
                let noted = self.shared.store.schedule_is_gone(&stored.name, is_gone).await;
                noted.map_err(|error| store_failure(&error))?;
            }
        }
        for planned in self.schedules() {
            self.shared.registry.announce("schedule", &planned.rule.name);
        }
        Ok(())
    }

    /// Decides of all that is due, and says how long to sleep.
    async fn decide(&mut self) -> Result<Duration> {
        let now = now()?;
        let rules = {
            let preparing = self.preparing();
            let free = self.schedules().iter().filter(|planned| !preparing.contains(&planned.rule.name));
            free.map(|planned| planned.rule.clone()).collect::<Vec<_>>()
        };
        if rules.is_empty() {
            return Ok(LONGEST_SLEEP);
        }
        let standings = self.shared.store.standings().map_err(|error| store_failure(&error))?;
        let step = Timetable::new(rules).decide(now, &standings);
        for planned in self.schedules() {
            let name = &planned.rule.name;
            let ahead = step.ahead.iter().find(|ahead| ahead.schedule == *name);
            let seconds = ahead.map_or(0, |ahead| ahead.until.duration_since(now).as_secs());
            let level = u64::try_from(seconds).unwrap_or_default();
            self.shared.registry.set_count(&catalogue::SCHEDULE_AHEAD, [name], level);
        }
        for ahead in &step.ahead {
            tracing::warn!(schedule = ahead.schedule, until = %ahead.until, "its record is ahead of the clock");
        }
        for decision in &step.decisions {
            self.take(decision, now).await?;
        }
        Ok(step.sleep(now))
    }

    async fn take(&mut self, decision: &Decision, now: Timestamp) -> Result<()> {
        let fire = Fire::of(decision, now);
        if let Kind::Start(_) = decision.kind {
            return self.start(&decision.schedule, fire, None, None).await;
        }
        let (schedule, outcome) = (&decision.schedule, decision.kind.as_str());
        match &decision.kind {
            Kind::Missed(due) => {
                say(format_args!("plumbline: {schedule}: {} missed, longer ago than its window", fires(due.count)))
            }
            Kind::Skipped { still_running, .. } => {
                say(format_args!("plumbline: {schedule}: skipped, the scan {still_running} has not ended"));
            }
            Kind::Begins { .. } | Kind::Start(_) | Kind::Paused(_) => {}
        }
        self.shared.registry.add(&catalogue::SCHEDULE_FIRES, [schedule, outcome], 1);
        self.shared.store.record_fire(fire).await.map_err(|error| store_failure(&error))
    }

    /// Starts the scan of a schedule.
    async fn start(
        &mut self,
        schedule: &str,
        fire: Fire,
        asked: Option<Asked>,
        reply: Option<Reply<ScanId>>,
    ) -> Result<()> {
        let planned = self.known(schedule)?.clone();
        let settings = match self.shared.settings.of_schedule(&planned) {
            Ok(settings) => settings,
            // It could be understood when the service started: a file of accounts is gone.
            Err(failure) => {
                refuse(&self.shared, Some(fire), &failure).await;
                if let Some(reply) = reply {
                    let _ = reply.send(Err(refusal(&failure)));
                }
                return Ok(());
            }
        };
        let due = OffsetDateTime::parse(&fire.time, &Rfc3339).ok().filter(|_| reply.is_none());
        let tried_until = due.map(|due| due + planned.rule.window);
        let wanted = Wanted { settings, fire: Some(fire), asked, deadline: planned.deadline, tried_until, reply };
        self.preparing().insert(schedule.to_owned());
        let (preparing, changed) = (Arc::clone(&self.preparing), Arc::clone(&self.changed));
        let schedule = schedule.to_owned();
        let begun = move || {
            preparing.lock().unwrap_or_else(PoisonError::into_inner).remove(&schedule);
            changed.notify_one();
        };
        self.scans.spawn(make(Arc::clone(&self.shared), wanted, begun));
        Ok(())
    }

    /// Does what an operator wants. Whoever asked may be gone when it is answered.
    async fn obey(&mut self, command: Command) -> Result<()> {
        match command {
            Command::StartScan { options, who, reply } => match self.shared.settings.narrowed(&scope(&options)) {
                Ok(mut settings) => {
                    settings.no_documents |= options.no_documents;
                    settings.refresh |= options.refresh;
                    settings.accept_fewer_accounts = options.accept_fewer_accounts;
                    let asked = Some(Asked { who, detail: told(&options) });
                    let reply = Some(reply);
                    let wanted = Wanted { settings, fire: None, asked, deadline: None, tried_until: None, reply };
                    self.scans.spawn(make(Arc::clone(&self.shared), wanted, || {}));
                }
                Err(failure) => drop(reply.send(Err(refusal(&failure)))),
            },
            Command::RunSchedule { schedule, who, reply } => match self.asked_for(&schedule, &who) {
                Ok(fire) => {
                    let asked = Some(Asked { who, detail: String::new() });
                    self.start(&schedule, fire, asked, Some(reply)).await?;
                }
                Err(failure) => drop(reply.send(Err(refusal(&failure)))),
            },
            Command::Pause { schedule, pause, who, reply } => {
                let done = self.pause(&schedule, pause, who).await;
                drop(reply.send(done.map_err(|failure| refusal(&failure))));
            }
        }
        Ok(())
    }

    fn known(&self, schedule: &str) -> Result<&Planned> {
        self.schedules().iter().find(|planned| planned.rule.name == schedule).ok_or_else(|| {
            let names: Vec<String> = self.schedules().iter().map(|planned| planned.rule.name.clone()).collect();
            let meant = did_you_mean(schedule, names.iter().map(String::as_str));
            let next_step = match names.is_empty() {
                true => "add `schedules` to the coordinator's configuration, and start it again".to_owned(),
                false => format!("there are: {}", listed(&names)),
            };
            Failure::usage("find the schedule", format!("the configuration has no `{schedule}`{meant}"), next_step)
        })
    }

    /// The fire that somebody asks for.
    fn asked_for(&self, schedule: &str, who: &str) -> Result<Fire> {
        let planned = self.known(schedule)?;
        let standings = self.shared.store.standings().map_err(|error| store_failure(&error))?;
        let running = standings.get(schedule).and_then(|standing| standing.running.clone());
        let is_preparing = self.preparing().contains(schedule);
        if let Some(running) = running.or_else(|| is_preparing.then(|| "that is being planned".to_owned())) {
            return Err(Failure::usage(
                "run the schedule",
                format!("its scan {running} has not ended"),
                "wait for its end (`plumbline scans watch`), or cancel it (`plumbline scans cancel`)",
            ));
        }
        Ok(Fire::asked_for(schedule, &planned.rule.schedule.to_string(), who, now()?))
    }

    async fn pause(&mut self, schedule: &str, pause: Pause, who: String) -> Result<()> {
        self.known(schedule)?;
        if pause == Pause::Ends {
            // What was due until now was paused, too.
            self.decide().await?;
        }
        let act = Act {
            time: clock::now()?,
            actor: who,
            action: if pause == Pause::Begins { "schedule.paused" } else { "schedule.resumed" },
            subject: schedule.to_owned(),
            detail: String::new(),
        };
        let done = self.shared.store.pause_schedule(schedule, pause == Pause::Begins, act).await;
        done.map_err(|error| store_failure(&error))
    }
}

/// The time in whole seconds, as fires are.
fn now() -> Result<Timestamp> {
    let now = Timestamp::try_from(clock::instant()).and_then(|now| Timestamp::from_second(now.as_second()));
    now.map_err(|error| Failure::new("read the clock", error, "set the clock of this machine"))
}

fn fires(count: u32) -> String {
    if count == 1 { "a fire was".to_owned() } else { format!("{count} fires were") }
}

fn scope(options: &StartScanRequest) -> Scope {
    Scope {
        accounts: options.accounts.clone(),
        exclude_accounts: options.exclude_accounts.clone(),
        ou: options.ou.clone(),
        exclude_ou: options.exclude_ou.clone(),
        regions: options.regions.clone(),
        exclude_regions: options.exclude_regions.clone(),
        no_global: options.no_global,
        controls: options.controls.clone(),
        exclude_controls: options.exclude_controls.clone(),
    }
}
