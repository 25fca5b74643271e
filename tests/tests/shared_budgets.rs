//! Several agents in one account and Region: AWS counts their calls together, and so do they.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, anyhow};
use plumbline_agent as agent;
use plumbline_aws::{Budgets, Caller, Client};
use plumbline_coordinator as coordinator;
use plumbline_coordinator::store::Store;
use plumbline_sim::{Options, Quotas, Server, World};
use plumbline_tests::scan::Scan;
use plumbline_tests::{clock, simulated};
use time::format_description::well_known::Rfc3339;
use tokio_util::sync::CancellationToken;

/// Agents, each with a client and so with budgets of its own, and scans of the same account at the same time.
const AGENTS: usize = 3;
/// Each is asked for its policy: of 15 a second that AWS allows, an agent alone takes 7, and three of them would take 21.
const FUNCTIONS: usize = 25;
const REGION: &str = "us-east-1";
const LONGEST: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn three_agents_in_one_account_call_it_no_faster_than_one_may() -> anyhow::Result<()> {
    let counts = BTreeMap::from([("AWS::Lambda::Function".to_owned(), FUNCTIONS)]);
    let options = Options { quotas: Quotas::Held, ..Options::default() };
    let server = Server::start(World::compliant().with_counts(counts), options).await?;
    let mut scan = Scan::of(&server);
    scan.enabled = vec!["lambda-function-not-public".to_owned()];
    scan.regions = vec![REGION.to_owned()];
    let mut plan = scan.plan().await?;
    let first = plan.jobs.iter().position(|job| job.region.as_str() == REGION).context("a job of the Region")?;
    plan.jobs = vec![plan.jobs[first].clone()];
    let account = plan.accounts[plan.jobs[0].account].account.id.to_string();

    let data = tempfile::tempdir()?;
    let (service, handle) = coordinator::Service::new(coordinator::Options::new(Store::create(data.path())?));
    let (connections, listener) = coordinator::Listener::in_process();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(service.run(listener, stop.clone()));
    let mut starts = Vec::new();
    for number in 0..AGENTS {
        let start = coordinator::ScanStart {
            scan: format!("01SHARED{number}").parse()?,
            subject: coordinator::Subject::Real,
            limits: Vec::new(),
            started: clock::now().format(&Rfc3339)?,
            version: "0".into(),
            pack_digest: scan.pack.digest().to_owned(),
            without_documents: false,
            governance: None,
        };
        handle.start_scan(&plan, &start).await.map_err(|error| anyhow!("{error}"))?;
        starts.push(start);
    }
    let mut working = Vec::new();
    for number in 0..AGENTS {
        let mut client = simulated::client_options(server.endpoint());
        (client.budgets, client.max_attempts) = (Budgets::Published, 8);
        let client = Client::new(client);
        let caller = Caller::with_credentials(&client, scan.credentials.clone(), REGION);
        let mut options = agent::Options::new(caller, client);
        (options.agent_id, options.capacity) = (format!("agent-{number}"), 1);
        let (agent, _) = agent::Service::new(options, agent::Coordinator::InProcess(connections.clone()));
        working.push(tokio::spawn(agent.run(stop.clone())));
    }
    for start in &starts {
        let ended = tokio::time::timeout(LONGEST, handle.wait(&start.scan)).await.context("a scan did not end")?;
        ended.map_err(|error| anyhow!("{error}"))?;
    }
    stop.cancel();
    for working in working {
        working.await??;
    }
    serving.await?.map_err(|error| anyhow!("{error}"))?;
    let counted = server.counters().of(&account, REGION, "lambda");
    println!("{counted:?}");
    assert!(counted.requests as usize >= AGENTS * FUNCTIONS, "{counted:?}");
    assert_eq!(counted.throttled, 0, "{counted:?}");
    Ok(())
}
