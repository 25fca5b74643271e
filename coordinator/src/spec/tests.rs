//! What agents are told of jobs: where to ask first, and what jobs have in common.

use super::*;

fn check(enabled: &[&str], wanted: &[&str], expected: &[&str]) {
    let id = "111122223333".parse().expect("twelve digits");
    let mut account = organization::Account::new(id, Place::Outside);
    account.regions.enabled = enabled.iter().map(|name| name.parse::<Region>().expect("a Region")).collect();
    assert_eq!(enabled_regions(&account, &wanted.iter().copied().collect()), expected);
}

#[test]
fn the_regions_that_the_scan_wants_are_asked_first() {
    check(&["ap-south-1", "eu-west-1", "us-east-1"], &["eu-west-1"], &["eu-west-1", "ap-south-1", "us-east-1"]);
    check(&["ap-south-1"], &["eu-west-1"], &["ap-south-1"]);
    check(&[], &["eu-central-1", "eu-west-1"], &["eu-central-1", "eu-west-1"]);
}

#[test]
fn however_many_baselines_there_are_what_jobs_have_in_common_is_no_longer_than_a_message_and_every_job_is_said_whole() {
    let id = |number: u32| format!("a-control-with-a-name-that-is-as-long-as-they-are-{number:03}");
    let control = |number| record::Control { id: id(number), ..record::Control::default() };
    let variant = |number| record::Control { settings: format!(r#"{{"days":{number}}}"#), ..control(0) };
    let account = |number: u32| record::Account { id: format!("{number:012}"), ..record::Account::default() };
    let record = record::Scan {
        id: "01SCAN".into(),
        accounts: (0..2_000).map(account).collect(),
        controls: (0..300).map(control).chain((1..4).map(variant)).collect(),
        ..record::Scan::default()
    };
    let job = |number: u32| record::Job {
        id: format!("01SCAN-{number:06}"),
        account: number,
        region: "eu-west-1".into(),
        // Half of them have the usual list; the others lack one each, or have other settings.
        controls: match number % 4 {
            0 | 1 => (0..300).collect(),
            2 => (0..300).filter(|index| index * 2 != number % 600).collect(),
            _ => (1..300).chain([300 + number / 4 % 3]).collect(),
        },
        ..record::Job::default()
    };
    let jobs: Vec<record::Job> = (0..2_000).map(job).collect();
    let (scan, order) = Scan::new(record, &jobs).expect("ids are ids");
    let common = in_common(&scan).expect("there are jobs");
    assert!(common.encoded_len() < MAX_MESSAGE_BYTES / 2, "{}", common.encoded_len());
    assert_eq!(common.controls[0].controls.len(), 300, "what most jobs have is told first");
    let mut long = 0;
    for id in &order {
        let whole = job_spec(&scan, scan.job(id).expect("it is planned")).expect("it has an account");
        let short = spec::shorten(&whole, &common);
        long += usize::from(short.control_set == 0);
        assert_eq!(spec::complete(short, &common, id.as_str(), &[]).as_ref(), Some(&whole));
    }
    assert!(long < order.len() / 2, "{long}");
}
