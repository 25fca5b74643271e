//! One scan in this process: a coordinator and an agent over gRPC, the embedded pack, a store in a temporary folder.
//!
//! The same parts as `plumbline scan`, without its output: what tests need is the rows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_agent as agent;
use plumbline_aws::{Caller, Client, Options};
use plumbline_baseline::pack::{CompiledControl, Pack};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::organization::{Discovery, Memory};
use plumbline_coordinator::plan::{Baselines, Plan, PlannedControl, Selection, needs, plan};
use plumbline_coordinator::read::ScanView;
use plumbline_coordinator::report::ReportRow;
use plumbline_coordinator::store::{self, Store};
use plumbline_sim::Server;
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;

use crate::{clock, simulated};

/// Nothing in the simulator takes longer.
const LONGEST: Duration = Duration::from_secs(120);

/// What to scan, and with what.
pub struct Scan {
    /// The AWS client's settings.
    pub client: Options,
    /// The credentials of whoever scans.
    pub credentials: SharedCredentialsProvider,
    /// The role to assume in member accounts.
    pub role: String,
    /// The Regions to scan; all enabled ones when empty.
    pub regions: Vec<String>,
    /// The baseline.
    pub pack: Arc<Pack>,
    /// The controls of it that are enabled; all when empty.
    pub enabled: Vec<String>,
    /// Whether a control reads the tags of accounts: none of the embedded pack does, and one of a user may.
    pub reads_account_tags: bool,
    /// What accounts have of their own.
    pub baselines: Baselines,
    /// The controls as they are planned, in place of those of the pack that are enabled.
    pub given: Option<Vec<PlannedControl>>,
    /// The accounts to scan; all when empty.
    pub accounts: Vec<String>,
}

impl Scan {
    /// A simulator's organization against the embedded pack.
    pub fn of(server: &Server) -> Self {
        Self::at(server.endpoint(), simulated::key_credentials(&server.caller()), server.world().role_name())
    }

    /// The organization that these credentials lead to at an endpoint, against the embedded pack.
    pub fn at(endpoint: &str, credentials: SharedCredentialsProvider, role: &str) -> Self {
        let pack = Arc::clone(Pack::embedded());
        Self {
            client: simulated::client_options(endpoint),
            credentials,
            role: role.to_owned(),
            regions: Vec::new(),
            pack,
            enabled: Vec::new(),
            reads_account_tags: false,
            baselines: Baselines::default(),
            given: None,
            accounts: Vec::new(),
        }
    }

    /// Plans a scan of everything that the caller can see.
    ///
    /// # Errors
    /// When the organization cannot be read.
    pub async fn plan(&self) -> anyhow::Result<Plan> {
        let (caller, client) = self.caller();
        let selection = Selection {
            role: self.role.clone(),
            regions: self.regions.clone(),
            accounts: self.accounts.clone(),
            ..Selection::default()
        };
        let controls = self.controls();
        let discovery = Discovery::new(caller, client);
        let mut organization = discovery.accounts(&[]).await.context("discover the organization")?;
        let needs = needs(&organization, &selection, &controls, &self.baselines).context("select")?;
        discovery.details(&mut organization, &needs, &mut Memory::none(clock::now())).await?;
        plan(&organization, &selection, controls, &self.baselines).context("plan")
    }

    /// Runs a plan to its end: the rows of its report.
    ///
    /// # Errors
    /// When the coordinator, the agent or the store fails.
    pub async fn run(&self, plan: &Plan) -> anyhow::Result<Vec<ReportRow>> {
        let data = tempfile::tempdir()?;
        let store = Store::create(data.path())?;
        self.run_into(&store, "01JTEST", plan).await?;
        let view = ScanView::open(&store, &"01JTEST".parse()?)?.context("the scan was stored")?;
        let mut rows = Vec::new();
        view.for_each(|row| {
            rows.push(row.clone());
            Ok::<(), store::Error>(())
        })?;
        Ok(rows)
    }

    /// Runs a plan to its end and stores it as a scan of this id.
    ///
    /// # Errors
    /// When the coordinator, the agent or the store fails.
    pub async fn run_into(&self, store: &Store, id: &str, plan: &Plan) -> anyhow::Result<()> {
        let (service, handle) = coordinator::Service::new(coordinator::Options {
            pack: Arc::clone(&self.pack),
            ..coordinator::Options::new(store.clone())
        });
        let (connections, listener) = coordinator::Listener::in_process();
        let start = coordinator::ScanStart {
            scan: id.parse()?,
            subject: coordinator::Subject::Real,
            limits: Vec::new(),
            started: clock::now().format(&Rfc3339)?,
            version: "0".into(),
            pack_digest: self.pack.digest().to_owned(),
            without_documents: false,
            governance: None,
        };
        handle.start_scan(plan, &start).await.map_err(|error| anyhow!("{error}"))?;
        let stop = CancellationToken::new();
        let serving = tokio::spawn(service.run(listener, stop.clone()));
        let (caller, client) = self.caller();
        let mut options = agent::Options::new(caller, client);
        options.pack = Arc::clone(&self.pack);
        let working =
            tokio::spawn(agent::Service::new(options, agent::Coordinator::InProcess(connections)).0.run(stop.clone()));
        let ended = tokio::time::timeout(LONGEST, handle.wait(&start.scan)).await.context("the scan did not end");
        stop.cancel();
        working.await??;
        serving.await?.map_err(|error| anyhow!("{error}"))?;
        ended?.map_err(|error| anyhow!("{error}"))?;
        Ok(())
    }

    fn caller(&self) -> (Caller, Client) {
        let client = Client::new(self.client.clone());
        (Caller::with_credentials(&client, self.credentials.clone(), "us-east-1"), client)
    }

    /// The enabled controls, as they are planned.
    pub fn controls(&self) -> Vec<PlannedControl> {
        if let Some(given) = &self.given {
            return given.clone();
        }
        let is_enabled = |id: &str| self.enabled.is_empty() || self.enabled.iter().any(|enabled| enabled == id);
        let enabled = self.pack.controls().filter(|control| is_enabled(control.id()));
        let mut controls: Vec<PlannedControl> = enabled.map(|control| planned(&self.pack, control)).collect();
        controls.iter_mut().for_each(|control| control.reads_account_tags |= self.reads_account_tags);
        controls
    }
}

/// A control of a pack as it is planned, with the settings that it has by itself.
pub fn planned(pack: &Pack, control: &CompiledControl) -> PlannedControl {
    PlannedControl::of(pack, control.id(), BTreeMap::new()).expect("the control is the pack's")
}
