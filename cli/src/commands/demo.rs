//! `plumbline demo`: the same scan against a simulated organization in this process. No AWS account is needed or called.

use std::path::{Path, PathBuf};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Caller, Client, EndpointOverrides, Options};
use plumbline_coordinator::Subject;
use plumbline_coordinator::store::record::ScanKind;
use plumbline_coordinator::store::{self, Store, StoredScan};
use plumbline_sim::{Server, World};

use crate::args::{DemoArgs, ResultOptions, ScanOptions};
use crate::cloud::Cloud;
use crate::config::{Settings, data_dir_or_default};
use crate::exit::Outcome;
use crate::failure::{OrFail, Result};
use crate::pack::Pack;
use crate::preflight;
use crate::prepare::{Purpose, prepare};
use crate::run::{Scan, Task};
use crate::signals::Signals;
use crate::terminal::say;

/// Scans a simulated organization.
pub(crate) async fn run(args: DemoArgs, data_dir: Option<PathBuf>, signals: &Signals) -> Result<Outcome> {
    let world = World::demo_of(args.accounts as usize, args.seed);
    let role = world.role_name().to_owned();
    let server = Server::start(world, plumbline_sim::Options::default())
        .await
        .or_fail("start the simulated organization", "check that programs may listen on 127.0.0.1")?;
    let options = Options { endpoints: EndpointOverrides::url(server.endpoint()), ..Options::default() };
    let key = server.caller();
    let credentials = Credentials::new(key.id, key.secret, None, None, "demo");
    let client = Client::new(options);
    let caller = Caller::with_credentials(&client, SharedCredentialsProvider::new(credentials), "us-east-1");
    let cloud = Cloud { client, caller };

    let scan_options = ScanOptions { role: Some(role), governance: args.governance, ..ScanOptions::default() };
    let result = ResultOptions {
        frameworks: Vec::new(),
        fail_on: args.fail_on,
        // It has an account that cannot be entered, to show how that looks: it worked all the same.
        min_coverage: Some(args.min_coverage.unwrap_or(0.0)),
        output: args.output,
        keep_reports: None,
    };
    let settings = Settings::resolve(scan_options, result, Some(own_directory(data_dir)?))?;
    let pack = Pack::load(&[])?;
    let store = preflight::check(&settings.data_dir, settings.output.as_deref())?;
    say("plumbline: this is a simulated organization; nothing here calls AWS");
    let plan = prepare(&cloud, &settings, &pack, Purpose::Demonstration).await?;
    let subject = Subject::Demonstration;
    let task = Task::New(&plan, subject);
    let scan = Scan { cloud: &cloud, task, pack: &pack, settings: &settings, store };
    let (outcome, written) = scan.run(signals).await?;
    let page = written.page();
    say(format_args!("\nOpen {} in a browser. To scan your own organization: plumbline scan --help", page.display()));
    Ok(outcome)
}

/// Where demonstrations are kept: never among real scans.
fn own_directory(given: Option<PathBuf>) -> Result<PathBuf> {
    match given {
        None => Ok(data_dir_or_default(None)?.with_file_name("plumbline-demo")),
        Some(directory) if holds_real_scans(&directory) => Ok(directory.join("demo")),
        Some(directory) => Ok(directory),
    }
}

/// Whether the directory has, or may have, a scan of a real organization.
fn holds_real_scans(directory: &Path) -> bool {
    let is_demonstration =
        |scan: &StoredScan| scan.head.as_ref().is_ok_and(|head| head.kind() == ScanKind::Demonstration);
    match Store::open(directory).and_then(|store| store.scans()) {
        Ok(scans) => !scans.iter().all(is_demonstration),
        Err(store::Error::Missing { .. }) => false,
        Err(_) => true,
    }
}
