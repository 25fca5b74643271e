//! What the jobs of a scan have in common is said once: what is left of a job's spec, and the whole of it again.

use std::collections::{HashMap, HashSet};

use crate::agent_v1::{Access, Account, ControlSet, JobSpec, Scan, ScanAccount};
use crate::reference;

/// What stands for the account in the role of all accounts.
const ACCOUNT: &str = "{account}";

/// What these specs have in common; `None` without any. The first one says what is usual, and the first one that has a
/// control says which settings it usually has, if any.
pub fn in_common<'a>(specs: impl IntoIterator<Item = &'a JobSpec>) -> Option<Scan> {
    let mut scan: Option<Scan> = None;
    let mut known: HashSet<&str> = HashSet::new();
    for spec in specs {
        let scan = scan.get_or_insert_with(|| usual(spec));
        if !scan.controls.iter().any(|set| set.controls == spec.controls) {
            scan.controls.push(ControlSet { controls: spec.controls.clone() });
        }
        for control in spec.controls.iter().filter(|control| known.insert(control)) {
            scan.settings.extend(spec.settings.get(control).map(|settings| (control.clone(), settings.clone())));
        }
        for region in spec.enabled_regions.iter().chain([&spec.region]) {
            if !scan.regions.contains(region) {
                scan.regions.push(region.clone());
            }
        }
    }
    scan
}

fn usual(spec: &JobSpec) -> Scan {
    let account = spec.account.clone().unwrap_or_default();
    Scan {
        id: spec.scan_id.clone(),
        partition: spec.partition.clone(),
        now: spec.now.clone(),
        pack_digest: spec.pack_digest.clone(),
        organization_id: account.organization_id,
        management_account_id: account.management_account_id,
        access: spec.access.clone().map(|access| Access {
            // An account's secret is told to whoever works there.
            external_id: String::new(),
            role_arn: access.role_arn.replace(&account.id, ACCOUNT),
            ..access
        }),
        ..Scan::default()
    }
}

/// What is left to say of a job; all of it where the job is not as usual.
pub fn shorten(spec: &JobSpec, scan: &Scan) -> JobSpec {
    let set = scan.controls.iter().position(|set| set.controls == spec.controls).and_then(|at| u32::try_from(at).ok());
    let region =
        |name: &String| scan.regions.iter().position(|each| each == name).and_then(|at| u32::try_from(at).ok());
    let regions: Option<Vec<u32>> = spec.enabled_regions.iter().map(region).collect();
    let (Some(set), Some(regions)) = (set, regions) else { return spec.clone() };
    let told_region = region(&spec.region).map_or(0, |at| at + 1);
    let account = spec.account.clone().unwrap_or_default();
    let mut short = JobSpec {
        scan_id: spec.scan_id.clone(),
        region: if told_region == 0 { spec.region.clone() } else { String::new() },
        told_region,
        access: spec.access.clone(),
        has_organization: spec.has_organization,
        wants_documents: spec.wants_documents,
        control_set: set + 1,
        regions,
        account: Some(Account {
            organization_id: String::new(),
            management_account_id: String::new(),
            ..account.clone()
        }),
        ..JobSpec::default()
    };
    if short.access == usual_access(scan, &account) {
        short.access = None;
    }
    // Whatever does not come back is said.
    if complete(short.clone(), scan, "", &[]).as_ref() == Some(spec) { short } else { spec.clone() }
}

/// What a shortened spec says of the job's account; `None` where the spec says all, or the job is not called after its scan.
pub fn about_account(short: &JobSpec, job: &str) -> Option<ScanAccount> {
    let is_short = short.control_set > 0 && reference::is_of(&short.scan_id, job);
    let account = short.account.clone().filter(|_| is_short)?;
    let scan = reference::name(&short.scan_id).to_owned();
    Some(ScanAccount { account: Some(account), regions: short.regions.clone(), scan })
}

/// What is left to say where the account was told, as the so-manieth of the scan, from 1.
pub fn without_account(short: JobSpec, told_account: u32) -> JobSpec {
    JobSpec { scan_id: String::new(), account: None, regions: Vec::new(), told_account, ..short }
}

/// All of a job's spec; `None` where it leaves out what the scan does not say. What the job is called says of which scan it
/// is, where the spec does not.
pub fn complete(spec: JobSpec, scan: &Scan, job: &str, accounts: &[ScanAccount]) -> Option<JobSpec> {
    let spec = match spec.told_account.checked_sub(1) {
        None => spec,
        Some(told) => {
            reference::is_of(&scan.id, job).then_some(())?;
            let ScanAccount { account, regions, .. } = accounts.get(told as usize)?.clone();
            JobSpec { scan_id: scan.id.clone(), account, regions, told_account: 0, ..spec }
        }
    };
    let Some(set) = spec.control_set.checked_sub(1) else { return Some(spec) };
    let controls = scan.controls.get(set as usize)?.controls.clone();
    let region = |&at: &u32| scan.regions.get(at as usize).cloned();
    let settings: HashMap<String, String> =
        controls.iter().filter_map(|control| Some((control.clone(), scan.settings.get(control)?.clone()))).collect();
    let account = spec.account.unwrap_or_default();
    (spec.scan_id == scan.id).then_some(())?;
    Some(JobSpec {
        scan_id: spec.scan_id,
        region: match spec.told_region.checked_sub(1) {
            Some(at) => region(&at)?,
            None => spec.region,
        },
        partition: scan.partition.clone(),
        access: spec.access.or_else(|| usual_access(scan, &account)),
        controls,
        pack_digest: scan.pack_digest.clone(),
        now: scan.now.clone(),
        settings,
        enabled_regions: spec.regions.iter().map(region).collect::<Option<_>>()?,
        has_organization: spec.has_organization,
        wants_documents: spec.wants_documents,
        control_set: 0,
        regions: Vec::new(),
        told_account: 0,
        told_region: 0,
        account: Some(Account {
            organization_id: scan.organization_id.clone(),
            management_account_id: scan.management_account_id.clone(),
            ..account
        }),
    })
}

fn usual_access(scan: &Scan, account: &Account) -> Option<Access> {
    let access = scan.access.clone()?;
    Some(Access { role_arn: access.role_arn.replace(ACCOUNT, &account.id), ..access })
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    fn spec(account: &str, change: impl FnOnce(&mut JobSpec)) -> JobSpec {
        let mut spec = JobSpec {
            scan_id: "S".into(),
            region: "eu-west-1".into(),
            partition: "aws".into(),
            now: "2026-01-15T00:00:00Z".into(),
            pack_digest: "p".repeat(64),
            controls: (0..100).map(|number| format!("a-control-with-a-name-{number}")).collect(),
            settings: [("a-control-with-a-name-1".to_owned(), "{}".to_owned())].into(),
            enabled_regions: ["eu-west-1", "us-east-1", "ap-south-1"].map(str::to_owned).into(),
            has_organization: true,
            wants_documents: true,
            access: Some(Access {
                role_arn: format!("arn:aws:iam::{account}:role/Plumbline"),
                source_identity: "plumbline-S".into(),
                ..Access::default()
            }),
            account: Some(Account {
                id: account.into(),
                organization_id: "o-1".into(),
                management_account_id: "111111111111".into(),
                ..Account::default()
            }),
            ..JobSpec::default()
        };
        change(&mut spec);
        spec
    }

    #[test]
    fn a_spec_comes_back_whatever_is_unusual_about_it() {
        let usual = spec("222222222222", |_| {});
        let account = |spec: &mut JobSpec, change: fn(&mut Account)| spec.account.iter_mut().for_each(change);
        let unusual = [
            spec("333333333333", |_| {}),
            spec("333333333333", |spec| spec.access = None),
            spec("333333333333", |spec| spec.access.as_mut().unwrap().external_id = "secret".into()),
            spec("333333333333", |spec| spec.access.as_mut().unwrap().role_arn.clear()),
            spec("333333333333", |spec| spec.enabled_regions.reverse()),
            spec("333333333333", |spec| spec.enabled_regions.push("mars-1".into())),
            spec("333333333333", |spec| spec.controls.truncate(3)),
            spec("333333333333", |spec| spec.controls.clear()),
            spec("333333333333", |spec| spec.settings.clear()),
            spec("333333333333", |spec| spec.now.clear()),
            spec("333333333333", |spec| spec.region.clear()),
            spec("333333333333", |spec| spec.region = "mars-1".into()),
            spec("333333333333", |spec| spec.scan_id = "T".into()),
            spec("333333333333", |spec| spec.has_organization = false),
            spec("333333333333", |spec| account(spec, |account| account.organization_id.clear())),
            spec("333333333333", |spec| account(spec, |account| account.name = "{account}".into())),
        ];
        let scan = in_common([&usual, &unusual[0], &unusual[6]]).unwrap();
        for spec in unusual.iter().chain([&usual]) {
            let short = shorten(spec, &scan);
            assert_eq!(complete(short.clone(), &scan, "J", &[]).as_ref(), Some(spec));
            assert_eq!(about_account(&short, "J"), None);
            let Some(about) = about_account(&short, "S-7") else { continue };
            let accounts = [ScanAccount::default(), about];
            assert_eq!(complete(without_account(short, 2), &scan, "S-7", &accounts).as_ref(), Some(spec));
        }
        let short = shorten(&unusual[0], &scan);
        let bytes = (short.encoded_len(), without_account(short, 2).encoded_len());
        assert!(bytes.0 < 64 && bytes.1 < 16, "{bytes:?} of {}", unusual[0].encoded_len());
    }

    #[test]
    fn what_some_jobs_have_with_settings_makes_the_others_no_longer() {
        let usual = spec("222222222222", |spec| spec.settings.clear());
        let other = spec("333333333333", |_| {});
        let scan = in_common([&usual, &other]).unwrap();
        assert!(shorten(&usual, &scan).control_set > 0 && scan.settings.is_empty());
        assert_eq!(shorten(&other, &scan), other);
    }

    #[test]
    fn what_the_scan_does_not_say_is_no_spec() {
        let usual = spec("222222222222", |_| {});
        let scan = in_common([&usual]).unwrap();
        let short = shorten(&usual, &scan);
        assert!(short.control_set > 0);
        assert_eq!(complete(JobSpec { control_set: 9, ..short.clone() }, &scan, "J", &[]), None);
        assert_eq!(complete(JobSpec { regions: vec![9], ..short.clone() }, &scan, "J", &[]), None);
        assert_eq!(complete(JobSpec { told_region: 9, ..short.clone() }, &scan, "J", &[]), None);
        let other = Scan { id: "T".into(), ..scan.clone() };
        assert_eq!(complete(short.clone(), &other, "J", &[]), None);
        let accounts = [about_account(&short, "S-7").unwrap()];
        assert!(complete(without_account(short.clone(), 1), &scan, "S-7", &accounts).is_some());
        assert_eq!(complete(without_account(short.clone(), 1), &scan, "T-7", &accounts), None, "a job of another scan");
        assert_eq!(complete(without_account(short.clone(), 1), &other, "S-7", &accounts), None, "another scan");
        assert_eq!(complete(without_account(short, 2), &scan, "S-7", &accounts), None, "an account that was not told");
    }
}
