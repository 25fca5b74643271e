//! Nights for tests: what the jobs of a scan find, stored as agents deliver it.

use plumbline_proto::agent_v1::{Document, Listing, Row, RowBatch, Status, Usage};
use plumbline_proto::chunk;

use super::record::{Account, Baseline, Control, Gap, Governance, Job, JobState, Limit, Scan, ScanKind, ScanState};
use super::{Attempt, Commit, CommitOutcome, Grant, Granted, Holder, ScanEnd, Store, StoredJob, With};

/// The type of what is found, where a test does not say.
pub(crate) const QUEUE: &str = "AWS::SQS::Queue";

/// A scan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Night {
    scan: Scan,
    governance: Option<Governance>,
    jobs: Vec<(String, String, Vec<OfType>)>,
    lost: Vec<(String, String)>,
}

/// What a job finds of one type.
#[derive(Clone, Debug, Default)]
pub(crate) struct OfType {
    name: String,
    unread: String,
    resources: Vec<Resource>,
}

/// A resource: what it is, and what controls say of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resource {
    id: String,
    document: String,
    rows: Vec<(String, Status, String)>,
}

impl Night {
    /// A full scan of an organization, with these controls.
    pub(crate) fn full(id: &str, controls: &[&str]) -> Self {
        let control = |id: &&str| Control {
            id: (*id).to_owned(),
            title: format!("The title of {id}"),
            severity: "high".to_owned(),
            ..Control::default()
        };
        let scan = Scan {
            id: id.to_owned(),
            started: format!("{id} began"),
            kind: ScanKind::Full as i32,
            state: ScanState::Running as i32,
            organization: "o-1".to_owned(),
            controls: controls.iter().map(control).collect(),
            ..Scan::default()
        };
        Self { scan, ..Self::default() }
    }

    /// The same, limited by an option.
    pub(crate) fn limited(mut self, option: &str, value: &str) -> Self {
        self.scan.kind = ScanKind::Limited as i32;
        self.scan.selection.push(Limit { option: option.to_owned(), values: vec![value.to_owned()] });
        self
    }

    /// The same, of another organization; of none.
    pub(crate) fn of(mut self, organization: &str) -> Self {
        self.scan.organization = organization.to_owned();
        self
    }

    /// The same, of another kind.
    pub(crate) fn kind(mut self, kind: ScanKind) -> Self {
        self.scan.kind = kind as i32;
        self
    }

    /// The same, where an account's baseline leaves out these controls, and has the others as they are or with settings of
    /// its own.
    pub(crate) fn baseline(mut self, account: &str, left_out: &[&str], settings: &str) -> Self {
        self = self.account(account);
        let scan = &mut self.scan;
        if scan.baselines.is_empty() {
            let controls = (0..scan.controls.len() as u32).collect();
            scan.baselines.push(Baseline { controls, ..Baseline::default() });
        }
        let is_left = |control: &Control| left_out.contains(&&*control.id);
        let own = scan.baselines[0].controls.clone();
        let mut controls: Vec<u32> =
            own.into_iter().filter(|&index| !is_left(&scan.controls[index as usize])).collect();
        if !settings.is_empty() {
            for index in &mut controls {
                let own = Control {
                    settings: settings.to_owned(),
                    severity: "low".to_owned(),
                    ..scan.controls[*index as usize].clone()
                };
                scan.controls.push(own);
                *index = scan.controls.len() as u32 - 1;
            }
        }
        let of = scan.accounts.iter_mut().find(|known| known.id == account).unwrap();
        of.baseline = scan.baselines.len() as u32;
        let left_out = left_out.iter().map(|id| (*id).to_owned()).collect();
        scan.baselines.push(Baseline { name: format!("{account} {left_out:?} {settings}"), controls, left_out });
        self
    }

    /// The same, which carries governance.
    pub(crate) fn governed(self, governance: Governance) -> Self {
        Self { governance: Some(governance), ..self }
    }

    /// The same, with something of the organization that could not be read.
    pub(crate) fn gap(mut self, code: &str) -> Self {
        self.scan.gaps.push(Gap { code: code.to_owned(), text: code.to_owned() });
        self
    }

    /// With an account, and what is found in one of its Regions.
    pub(crate) fn job(mut self, account: &str, region: &str, found: Vec<OfType>) -> Self {
        self = self.account(account);
        self.jobs.push((account.to_owned(), region.to_owned(), found));
        self
    }

    /// With a job that is given up.
    pub(crate) fn lost(mut self, account: &str, region: &str) -> Self {
        self = self.account(account);
        self.lost.push((account.to_owned(), region.to_owned()));
        self
    }

    /// With an account.
    pub(crate) fn account(mut self, id: &str) -> Self {
        if !self.scan.accounts.iter().any(|account| account.id == id) {
            self.scan.accounts.push(Account { id: id.to_owned(), ..Account::default() });
        }
        self
    }

    /// With an account, its unit and its tags.
    pub(crate) fn member(mut self, id: &str, unit: &str, tags: &[(&str, &str)]) -> Self {
        self = self.account(id);
        let account = self.scan.accounts.iter_mut().find(|account| account.id == id).unwrap();
        account.ou = unit.to_owned();
        account.tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        self
    }

    /// With the ids of the units above the account that was added last.
    pub(crate) fn in_units(mut self, ids: &[&str]) -> Self {
        let account = self.scan.accounts.last_mut().unwrap();
        account.units = ids.iter().map(|id| (*id).to_owned()).collect();
        self
    }

    /// Stores it, from its plan to its end.
    pub(crate) async fn store(self, store: &Store) {
        let Self { scan, governance, jobs, lost } = self;
        let index = |id: &str| scan.accounts.iter().position(|account| account.id == id).unwrap() as u32;
        let places = jobs.iter().map(|(account, region, _)| (account, region)).chain(lost.iter().map(|(a, r)| (a, r)));
        let planned = places.enumerate().map(|(number, (account, region))| Job {
            id: format!("{}-{number}", scan.id),
            scan: scan.id.clone(),
            account: index(account),
            region: region.clone(),
            controls: controls_of(&scan, account),
            state: JobState::Ready as i32,
            ..Job::default()
        });
        let planned: Vec<Job> = planned.collect();
        let with = With { governance, ..With::default() };
        store.create_scan_of(scan.clone(), planned.clone(), with).await.unwrap();
        let id = |job: &Job| StoredJob { scan: job.scan.parse().unwrap(), job: job.id.parse().unwrap() };
        for (job, (_, _, found)) in planned.iter().zip(&jobs) {
            let batch = batch(found, scan.runs_all_controls());
            deliver(store, &id(job), batch).await;
        }
        for job in &planned[jobs.len()..] {
            store.abandon(&id(job), "given up", 3).await.unwrap();
        }
        store.finish_scan(&scan.id.parse().unwrap(), "it ended", ScanEnd::Complete).await.unwrap();
    }
}

/// The controls of an account, as indexes.
fn controls_of(scan: &Scan, account: &str) -> Vec<u32> {
    let of = scan.accounts.iter().find(|known| known.id == account).map_or(0, |known| known.baseline as usize);
    match scan.baselines.get(of) {
        Some(baseline) => baseline.controls.clone(),
        None => (0..scan.controls.len() as u32).collect(),
    }
}

/// A complete listing of queues.
pub(crate) fn queues(resources: Vec<Resource>) -> Vec<OfType> {
    vec![of(QUEUE, resources)]
}

/// A complete listing of a type.
pub(crate) fn of(name: &str, resources: Vec<Resource>) -> OfType {
    OfType { name: name.to_owned(), resources, ..OfType::default() }
}

/// A listing of queues that was refused before its end.
pub(crate) fn denied(resources: Vec<Resource>) -> Vec<OfType> {
    let unread = r#"{"$unread":{"reason":"access_denied","operation":"ListQueues","detail":""}}"#;
    vec![OfType { unread: unread.to_owned(), ..of(QUEUE, resources) }]
}

/// A resource, its document in JSON, and what controls say of it.
pub(crate) fn resource(id: &str, document: &str, rows: &[(&str, Status)]) -> Resource {
    let reason = |status: Status| match status {
        Status::Unknown => "access_denied: GetQueueAttributes",
        Status::NotApplicable => "excluded",
        _ => "",
    };
    let row = |(control, status): &(&str, Status)| ((*control).to_owned(), *status, reason(*status).to_owned());
    Resource { id: id.to_owned(), document: document.to_owned(), rows: rows.iter().map(row).collect() }
}

fn batch(found: &[OfType], with_documents: bool) -> RowBatch {
    let mut batch = RowBatch::default();
    for OfType { name, unread, resources } in found {
        for Resource { id, document, rows } in resources {
            batch.rows.extend(rows.iter().map(|(control, status, reason)| Row {
                control: control.clone(),
                status: *status as i32,
                reason: reason.clone(),
                resource: id.clone(),
                resource_type: name.clone(),
                ..Row::default()
            }));
            if with_documents && !document.is_empty() {
                let content = document.clone().into_bytes();
                batch.documents.push(Document { r#type: name.clone(), id: id.clone(), content, volatile: Vec::new() });
            }
        }
        batch.listings.push(Listing { r#type: name.clone(), unread: unread.clone() });
    }
    batch
}

async fn deliver(store: &Store, job: &StoredJob, batch: RowBatch) {
    let agent: plumbline_baseline::AgentId = "a".parse().unwrap();
    let grant = Grant {
        attempt: Attempt::New,
        agent: agent.clone(),
        build: "1".into(),
        failed_attempts: 0,
        now: "it was granted".into(),
    };
    let Granted { fence, .. } = store.grant(job, grant).await.unwrap().unwrap();
    let holder = Holder { agent, fence };
    let bytes = chunk::write(&batch);
    let root_hash = blake3::hash(blake3::hash(&bytes).as_bytes()).as_bytes().to_vec();
    store.put_chunk(job, &holder, 0, bytes).await.unwrap();
    let rows = batch.rows.len() as u64;
    let commit =
        Commit { chunks: 1, rows, root_hash, claim: None, usage: Usage::default(), now: "it was stored".into() };
    let outcome = store.commit(job, &holder, commit).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(_)), "{outcome:?}");
}
