//! Whatever becomes of messages and agents, every scan ends, and nothing is counted twice, lost or mixed: agents whose
//! messages are dropped, doubled and reordered, who lose their sessions, refuse, fall silent and die, on a clock that
//! the test turns.

use std::collections::BTreeMap;

use plumbline_proto::agent_v1::{Row, RowBatch};
use plumbline_proto::chunk;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::store::CommitOutcome;

const AGENTS: usize = 3;
/// Chunks of every job, with one row each.
const CHUNKS: u64 = 2;

/// What happens next. Numbers choose among what there is, whatever that is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Connect(usize),
    LoseSession(usize),
    /// The process is killed; what it had sent may arrive yet.
    Kill(usize),
    /// The same, and it starts again as who it was, with what it had found out on its disk.
    Restart(usize),
    Receive(usize),
    LoseOffer(usize),
    /// Sends everything that the agent knows to say of its jobs once more.
    SendAgain(usize),
    Heartbeat(usize),
    Refuse(usize, usize),
    Deliver(usize),
    DeliverTwice(usize),
    Drop(usize),
    Advance(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let agent = 0..AGENTS;
    prop_oneof![
        2 => agent.clone().prop_map(Step::Connect),
        1 => agent.clone().prop_map(Step::LoseSession),
        1 => agent.clone().prop_map(Step::Kill),
        2 => agent.clone().prop_map(Step::Restart),
        5 => agent.clone().prop_map(Step::Receive),
        1 => agent.clone().prop_map(Step::LoseOffer),
        2 => agent.clone().prop_map(Step::SendAgain),
        2 => agent.clone().prop_map(Step::Heartbeat),
        1 => (agent, 0..5_usize).prop_map(|(agent, reason)| Step::Refuse(agent, reason)),
        12 => any::<usize>().prop_map(Step::Deliver),
        2 => any::<usize>().prop_map(Step::DeliverTwice),
        2 => any::<usize>().prop_map(Step::Drop),
        3 => (1..40_u64).prop_map(Step::Advance),
    ]
}

/// Something on its way to the coordinator.
#[derive(Clone, Debug)]
struct Letter {
    agent: AgentId,
    job: JobRef,
    says: Says,
}

#[derive(Clone, Copy, Debug)]
enum Says {
    Accept,
    Chunk(u64),
    Commit,
    /// All in one chunk: what is delivered from a disk is cut in another way.
    Spooled,
    CommitSpooled,
    Status,
    Reject(Reason),
}

/// One agent process.
struct SimulatedAgent {
    id: AgentId,
    session: Option<(u64, mpsc::Receiver<CoordinatorMessage>)>,
    jobs: BTreeMap<String, JobRef>,
    /// What an earlier process of it found out.
    spooled: BTreeMap<String, JobRef>,
}

struct Simulation {
    bench: Bench,
    agents: Vec<SimulatedAgent>,
    letters: Vec<Letter>,
    jobs: usize,
    processes: usize,
}

fn rows(job: &JobRef, seq: u64) -> Vec<u8> {
    let resource = format!("{}/{}/{seq}", job.job_id, job.attempt);
    let row = Row { control: "c".into(), status: 1, resource, ..Row::default() };
    chunk::write(&RowBatch { rows: vec![row], ..RowBatch::default() })
}

/// All of it in one.
fn spooled(job: &JobRef) -> Vec<u8> {
    let all = (0..CHUNKS).flat_map(|seq| chunk::read(&rows(job, seq)).unwrap().rows);
    chunk::write(&RowBatch { rows: all.collect(), ..RowBatch::default() })
}

fn root(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new();
    for chunk in chunks {
        hasher.update(blake3::hash(chunk).as_bytes());
    }
    hasher.finalize().as_bytes().to_vec()
}

impl Simulation {
    async fn start(jobs: usize) -> Self {
        let bench = Bench::with_organization(Store::in_memory(), jobs).await;
        let mut simulation = Self { bench, agents: Vec::new(), letters: Vec::new(), jobs, processes: 0 };
        for _ in 0..AGENTS {
            let agent = simulation.new_process();
            simulation.agents.push(agent);
        }
        simulation
    }

    fn new_process(&mut self) -> SimulatedAgent {
        self.processes += 1;
        SimulatedAgent {
            id: id(&format!("p{}", self.processes)),
            session: None,
            jobs: BTreeMap::new(),
            spooled: BTreeMap::new(),
        }
    }

    /// Opens a session, and lets the coordinator decide about the jobs that run.
    async fn connect(&mut self, index: usize) {
        let dispatch = Arc::clone(&self.bench.dispatch);
        let agent = &mut self.agents[index];
        let (outgoing, messages) = mpsc::channel(64);
        let said = |job: &JobRef, spooled| RunningJob { job: Some(job.clone()), acked_chunks: 0, spooled };
        let running = agent.jobs.values().map(|job| said(job, None));
        let spooled = agent.spooled.values().filter(|job| !agent.jobs.contains_key(&job.job_id));
        let running = running.chain(spooled.map(|job| said(job, Some(Spooled::default())))).collect();
        let hello = Hello { capacity: 2, running, ..Hello::default() };
        let opened = dispatch.connect(&agent.id, &hello, outgoing);
        let decisions = dispatch.decide(&agent.id, &hello).await.unwrap();
        let goes_on = |decision: JobDecision| {
            let job = decision.job.clone().filter(|_| decision.decision() == Decision::Continue)?;
            Some((job.job_id.clone(), job))
        };
        let left = std::mem::take(&mut agent.spooled);
        let ran = std::mem::take(&mut agent.jobs);
        agent.jobs = decisions.into_iter().filter_map(goes_on).collect();
        for (name, job) in agent.jobs.iter().filter(|(name, _)| !ran.contains_key(*name)) {
            let left = &left[name];
            assert!(
                job.attempt == left.attempt && job.fence > left.fence,
                "under a fence of its own: {job:?} {left:?}"
            );
            self.letters.extend(Self::from_disk(&agent.id, job));
        }
        agent.session = Some((opened.number, messages));
        dispatch.assign();
    }

    fn lose_session(&mut self, index: usize) {
        let agent = &mut self.agents[index];
        if let Some((number, _)) = agent.session.take() {
            self.bench.dispatch.disconnect(&agent.id, number);
        }
    }

    /// Takes the next message of the coordinator, as an agent does.
    fn receive(&mut self, index: usize) -> bool {
        let agent = &mut self.agents[index];
        let Some((_, messages)) = &mut agent.session else { return false };
        let Ok(CoordinatorMessage { message: Some(Message::Offer(offer)) }) = messages.try_recv() else { return false };
        let job = offer.job.unwrap();
        assert_ne!(job.job_id, LAST, "no agent is offered it");
        agent.jobs.insert(job.job_id.clone(), job.clone());
        self.letters.extend(Self::all_of(&agent.id, &job));
        true
    }

    /// All that an agent has to say of a job, from the accept to the question whether the commit arrived.
    fn all_of(agent: &AgentId, job: &JobRef) -> Vec<Letter> {
        let chunks = (0..CHUNKS).map(Says::Chunk);
        let says = [Says::Accept].into_iter().chain(chunks).chain([Says::Commit, Says::Status]);
        says.map(|says| Letter { agent: agent.clone(), job: job.clone(), says }).collect()
    }

    /// The same of a job that was found out before.
    fn from_disk(agent: &AgentId, job: &JobRef) -> Vec<Letter> {
        let says = [Says::Accept, Says::Spooled, Says::CommitSpooled, Says::Status];
        says.map(|says| Letter { agent: agent.clone(), job: job.clone(), says }).into()
    }

    async fn deliver(&mut self, letter: Letter) {
        let dispatch = &self.bench.dispatch;
        let Letter { agent, job, says } = letter;
        let (name, holder): (JobId, _) = (id(&job.job_id), Holder { agent: agent.clone(), fence: job.fence });
        match says {
            Says::Accept => dispatch.accept(&agent, &name, job.fence),
            Says::Chunk(seq) => {
                dispatch.put_chunk(&name, &holder, seq, rows(&job, seq)).await.unwrap();
            }
            Says::Spooled => {
                dispatch.put_chunk(&name, &holder, 0, spooled(&job)).await.unwrap();
            }
            Says::Commit | Says::CommitSpooled => {
                let chunks = match says {
                    Says::Commit => (0..CHUNKS).map(|seq| rows(&job, seq)).collect(),
                    _ => vec![spooled(&job)],
                };
                let usage = Usage { calls: 1, ..Usage::default() };
                let commit = Commit {
                    chunks: chunks.len() as u64,
                    rows: CHUNKS,
                    root_hash: root(&chunks),
                    claim: None,
                    usage,
                    now: String::new(),
                };
                let outcome = dispatch.commit(&name, holder, commit).await.unwrap();
                if matches!(outcome, Some(CommitOutcome::Committed(_) | CommitOutcome::StaleFence)) {
                    self.forget(&agent, &job);
                }
            }
            Says::Status => {
                let standing = dispatch.standing(&name).unwrap().unwrap();
                assert_eq!(standing.record.id, job.job_id);
            }
            Says::Reject(reason) => dispatch.reject(&agent, &name, job.fence, reason, "refused").await,
        }
    }

    fn forget(&mut self, agent: &AgentId, job: &JobRef) {
        for known in self.agents.iter_mut().filter(|known| known.id == *agent) {
            known.jobs.remove(&job.job_id);
            known.spooled.remove(&job.job_id);
        }
    }

    fn take(&mut self, choice: usize) -> Option<Letter> {
        if self.letters.is_empty() { None } else { Some(self.letters.remove(choice % self.letters.len())) }
    }

    async fn run(&mut self, step: Step) {
        match step {
            Step::Connect(agent) => self.connect(agent).await,
            Step::LoseSession(agent) => self.lose_session(agent),
            Step::Kill(agent) => {
                self.lose_session(agent);
                self.agents[agent] = self.new_process();
            }
            Step::Restart(agent) => {
                self.lose_session(agent);
                let agent = &mut self.agents[agent];
                let found = std::mem::take(&mut agent.jobs);
                agent.spooled.extend(found);
            }
            Step::Receive(agent) => {
                self.receive(agent);
            }
            Step::LoseOffer(agent) => {
                if let Some((_, messages)) = &mut self.agents[agent].session {
                    let _ = messages.try_recv();
                }
            }
            Step::SendAgain(agent) => {
                let agent = &self.agents[agent];
                self.letters.extend(agent.jobs.values().flat_map(|job| Self::all_of(&agent.id, job)));
            }
            Step::Heartbeat(agent) => {
                let agent = &self.agents[agent];
                self.bench.dispatch.heartbeat(&agent.id, agent.jobs.values().cloned().collect());
            }
            Step::Refuse(agent, reason) => {
                let reasons =
                    [Reason::Busy, Reason::Draining, Reason::Failed, Reason::AgentTrouble, Reason::UnsupportedPack];
                if let Some((_, job)) = self.agents[agent].jobs.pop_first() {
                    let agent = self.agents[agent].id.clone();
                    self.letters.push(Letter { agent, job, says: Says::Reject(reasons[reason]) });
                }
            }
            Step::Deliver(choice) => {
                if let Some(letter) = self.take(choice) {
                    self.deliver(letter).await;
                }
            }
            Step::DeliverTwice(choice) => {
                if let Some(letter) = self.take(choice) {
                    self.deliver(letter.clone()).await;
                    self.letters.push(letter);
                }
            }
            Step::Drop(choice) => {
                self.take(choice);
            }
            Step::Advance(seconds) => {
                self.bench.advance(Duration::from_secs(seconds));
                self.bench.dispatch.tick().await;
            }
        }
        self.bench.idle().await;
        self.check_figures();
    }

    /// From now on an agent works as it should; the others stay as they are.
    async fn finish(&mut self) {
        let healthy = self.agents.len();
        let agent = self.new_process();
        self.agents.push(agent);
        self.connect(healthy).await;
        // The letters that are on their way arrive at some time, too.
        while let Some(letter) = self.take(0) {
            self.deliver(letter).await;
        }
        for _ in 0..1_000 {
            self.bench.idle().await;
            if self.bench.figures().is_done() {
                return;
            }
            while self.receive(healthy) {}
            for letter in std::mem::take(&mut self.letters) {
                self.deliver(letter).await;
            }
            self.bench.advance(Duration::from_secs(4));
            self.bench.dispatch.tick().await;
        }
        panic!("the scan does not end: {:?}", self.bench.figures());
    }

    fn records(&self) -> Vec<record::Job> {
        (0..self.jobs).map(|job| self.bench.record(&job.to_string())).collect()
    }

    /// Whenever nothing is on its way inside the coordinator, its figures are those of the store.
    fn check_figures(&self) {
        let records = self.records();
        let count = |state| records.iter().filter(|record| record.state() == state).count() as u64;
        let figures = self.bench.figures();
        let (committed, abandoned) = (count(JobState::Committed), count(JobState::Abandoned));
        let last = self.bench.record(LAST);
        let has_ended = |state| u64::from(last.state() == state);
        let (last_committed, last_abandoned) = (has_ended(JobState::Committed), has_ended(JobState::Abandoned));
        assert_eq!(figures.jobs_committed, committed + last_committed, "stored is counted, once");
        assert_eq!(figures.jobs_abandoned, abandoned + last_abandoned, "given up is counted, once");
        assert_eq!(figures.rows, CHUNKS * committed + self.jobs as u64 * last_committed);
        assert_eq!(figures.calls, committed);
        let all_ended = committed + abandoned == self.jobs as u64;
        assert_eq!(last_committed + last_abandoned == 1, all_ended, "the last job comes last, and at once");
        assert_eq!(u64::from(last.attempt), last_committed, "and is begun once");
    }

    /// Each job's rows are those of one attempt, whole; and of the others nothing is left.
    fn check_rows(&self) {
        let store = &self.bench.dispatch.store;
        for record in self.records() {
            let job = JobRef { job_id: record.id.clone(), attempt: record.attempt, fence: 0 };
            let expected = if record.state() == JobState::Committed { CHUNKS } else { 0 };
            let found: Vec<Row> = match expected {
                0 => Vec::new(),
                _ => store
                    .parts(&record)
                    .unwrap()
                    .iter()
                    .flat_map(|part| part.rows().unwrap())
                    .map(|known| known.row)
                    .collect(),
            };
            let delivered = (0..expected).flat_map(|seq| chunk::read(&rows(&job, seq)).unwrap().rows);
            assert_eq!(found, delivered.collect::<Vec<_>>());
        }
        let figures = self.bench.figures();
        assert_eq!(figures.accounts_done, figures.accounts_planned);
        let committed = self.records().iter().filter(|record| record.state() == JobState::Committed).count() as u64;
        let last = self.bench.record(LAST);
        assert_eq!(store.count_chunks().unwrap(), 0);
        assert_eq!(last.state() == JobState::Abandoned, self.bench.dispatch.given_up(&id("S")).is_some());
        let passed = last.counts.map_or(0, |counts| counts.pass);
        let is_judged = u64::from(last.state() == JobState::Committed);
        assert_eq!(passed, committed * is_judged, "who was not read passes nothing");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_scan_ends_and_nothing_is_lost_doubled_or_mixed(jobs in 1..6_usize, steps in vec(step(), 0..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut simulation = Simulation::start(jobs).await;
            for step in steps {
                simulation.run(step).await;
            }
            simulation.finish().await;
            simulation.check_figures();
            simulation.check_rows();
        });
    }
}
