//! Which Regions each account has enabled: asked of the Account API, which answers for members without entering them,
//! and else assumed to be those of the caller's account.

use std::sync::Arc;

use plumbline_aws::credentials::Caller;
use plumbline_aws::{CallError, Client, ErrorClass, Target, partition};
use plumbline_baseline::Doc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Organization;

/// How many accounts are asked about at a time.
const AT_A_TIME: usize = 8;

/// Enabled and disabled Regions.
#[derive(Clone, Debug, Default)]
struct Regions {
    enabled: Vec<String>,
    disabled: Vec<String>,
}

/// Fills the Regions of every account.
pub(super) async fn fill(organization: &mut Organization, caller: &Caller, client: &Client) {
    let home = partition::home_region(&organization.partition).unwrap_or("us-east-1");
    let target = Target::new(&*organization.caller_account, home, caller.credentials());
    let own = match of_account(client, &target, None).await {
        Ok(regions) => regions,
        Err(_) => {
            let regions = of_caller(client, &target, &organization.partition, caller.region()).await;
            organization.notes.push(
                "the Account API did not answer: every account is taken to have the Regions of the caller's account"
                    .to_owned(),
            );
            apply_to_all(organization, &regions);
            return;
        }
    };
    apply_to_all(organization, &own);
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut asked = JoinSet::new();
    for (index, account) in organization.accounts.iter().enumerate() {
        if account.id == organization.caller_account || !account.is_active() {
            continue;
        }
        let (client, target, id, permits) = (client.clone(), target.clone(), account.id.clone(), Arc::clone(&permits));
        asked.spawn(async move {
            let _permit = permits.acquire().await;
            (index, of_account(&client, &target, Some(&id)).await)
        });
    }
    let mut unanswered = 0;
    while let Some(Ok((index, answer))) = asked.join_next().await {
        match answer {
            Ok(regions) => {
                let account = &mut organization.accounts[index];
                account.regions = regions.enabled;
                account.disabled_regions = regions.disabled;
            }
            Err(_) => unanswered += 1,
        }
    }
    if unanswered > 0 {
        organization.notes.push(format!(
            "the Account API did not answer for {unanswered} accounts: they are taken to have the Regions of the caller's account"
        ));
    }
}

fn apply_to_all(organization: &mut Organization, regions: &Regions) {
    for account in &mut organization.accounts {
        account.regions.clone_from(&regions.enabled);
        account.disabled_regions.clone_from(&regions.disabled);
    }
}

async fn of_account(client: &Client, target: &Target, account: Option<&str>) -> Result<Regions, CallError> {
    let input = Doc::map(account.map(|id| ("AccountId", Doc::from(id))));
    let mut pages = client.pages(target, "account", "ListRegions", input);
    let mut regions = Regions::default();
    while let Some(page) = pages.next().await {
        let page = page?;
        for item in page.get("Regions").as_list().unwrap_or_default() {
            regions.add(item.get("RegionName"), item.get("RegionOptStatus"));
        }
    }
    if regions.enabled.is_empty() {
        // Every account has Regions that cannot be switched off: this is no answer, and not an account without any.
        let message = "the answer names no enabled Region".to_owned();
        let operation = "account:ListRegions".to_owned();
        return Err(CallError { class: ErrorClass::Bug, code: String::new(), message, operation, http_status: None });
    }
    Ok(regions)
}

/// What EC2 says of the caller's own account; AWS's list of Regions enabled by default when it says nothing.
async fn of_caller(client: &Client, target: &Target, partition_name: &str, region: &str) -> Regions {
    let mut regions = Regions::default();
    let target = target.in_region(region);
    let input = Doc::map([("AllRegions", Doc::Bool(true))]);
    if let Ok(answer) = client.call(&target, "ec2", "DescribeRegions", &input).await {
        // An emulator may list the Regions of every partition.
        let is_here = |item: &&Doc| {
            let partition = item.get("RegionName").as_str().and_then(partition::partition_of);
            partition.is_some_and(|partition| partition.name == partition_name)
        };
        for item in answer.get("Regions").as_list().unwrap_or_default().iter().filter(is_here) {
            regions.add(item.get("RegionName"), item.get("OptInStatus"));
        }
    }
    if regions.enabled.is_empty() {
        regions.enabled = partition::regions(partition_name).iter().map(|&name| name.to_owned()).collect();
    }
    regions
}

impl Regions {
    fn add(&mut self, name: &Doc, status: &Doc) {
        let Some(name) = name.as_str() else { return };
        match status.as_str() {
            Some("DISABLED" | "DISABLING" | "not-opted-in") => self.disabled.push(name.to_owned()),
            _ => self.enabled.push(name.to_owned()),
        }
    }
}
