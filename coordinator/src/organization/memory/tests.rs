//! What is remembered, for how long, and for whom.

use std::os::unix::fs::PermissionsExt;

use plumbline_baseline::Region;

use super::*;
use crate::organization::{Account, Delegated, Place, State};

const HOUR: Duration = Duration::from_secs(3600);

fn start() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap()
}

fn id(number: usize) -> AccountId {
    format!("{number:012}").parse().unwrap()
}

fn key() -> Key {
    Key { caller: "arn".into(), organization: "o-1".into(), partition: "aws".into(), endpoints: String::new() }
}

fn organization(accounts: std::ops::Range<usize>) -> Organization {
    let account = |number| Account { state: State::Active, ..Account::new(id(number), Place::Outside) };
    Organization {
        id: Some("o-1".into()),
        management_account: None,
        caller_account: id(0),
        caller_arn: "arn:aws:sts::000000000000:assumed-role/Audit/session-1".into(),
        partition: "aws".into(),
        accounts: accounts.map(account).collect(),
        units: Vec::new(),
        delegated: Ok(Delegated::new()),
        control_policies: Ok(Vec::new()),
        gaps: Vec::new(),
        notes: Vec::new(),
    }
}

fn regions(at: OffsetDateTime) -> Regions {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect::<Vec<Region>>().into();
    Regions {
        enabled: names(&["us-east-1", "eu-west-1"]),
        disabled: names(&["af-south-1"]),
        source: RegionSource::Learned(at),
    }
}

#[test]
fn what_was_learned_is_remembered_for_the_day() {
    let directory = tempfile::tempdir().unwrap();
    let mut memory = Memory::open(directory.path(), key(), start(), true);
    let tags = BTreeMap::from([("Env".to_owned(), "prod".to_owned())]);
    memory.learn_regions(&id(1), &regions(start()));
    memory.learn_tags(&id(1), &tags);
    memory.save().unwrap();
    let at = |later: Duration, is_used| Memory::open(directory.path(), key(), start() + later, is_used);
    let evening = at(12 * HOUR, true);
    assert_eq!(evening.regions(&id(1)), Some(&regions(start())));
    assert_eq!(evening.tags(&id(1)), Some((start(), &tags)));
    assert_eq!(evening.regions(&id(2)), None);
    let next_night = at(24 * HOUR, true);
    assert_eq!((next_night.regions(&id(1)), next_night.tags(&id(1))), (None, None));
    assert_eq!(next_night.old_regions(&id(1)), Some(&regions(start())));
    assert_eq!(at(HOUR, false).regions(&id(1)), None, "everything is asked anew");
    let yesterday = Memory::open(directory.path(), key(), start() - HOUR, true);
    assert_eq!(yesterday.regions(&id(1)), None, "the clock was set back");
}

#[test]
fn a_file_is_its_owners_and_another_callers_is_not_seen() {
    let directory = tempfile::tempdir().unwrap();
    let mut memory = Memory::open(&directory.path().join("new"), key(), start(), true);
    memory.learn_regions(&id(1), &regions(start()));
    memory.save().unwrap();
    let path = memory.path.clone().unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for other in [
        Key { caller: "x".into(), ..key() },
        Key { organization: "x".into(), ..key() },
        Key { partition: "x".into(), ..key() },
        Key { endpoints: "x".into(), ..key() },
    ] {
        assert!(Memory::open(&directory.path().join("new"), other, start(), true).accounts.is_empty());
    }
}

#[test]
fn damage_is_said_and_another_version_is_ignored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(file::name(&key()));
    let open = |text: &str| {
        std::fs::write(&path, text).unwrap();
        Memory::open(directory.path(), key(), start(), true)
    };
    for damaged in ["", "{", "{\"version\": 1}", "\u{0}\u{0}"] {
        let memory = open(damaged);
        assert!(memory.problem().is_some() && memory.accounts.is_empty(), "{damaged}");
    }
    assert_eq!(open("{\"version\": 2}").problem(), None);
    let wrong = open("{\"version\": 2}");
    wrong.save().unwrap();
    assert_eq!(Memory::open(directory.path(), key(), start(), true).problem(), None);
}

#[test]
fn the_session_of_a_role_is_no_part_of_the_key() {
    let endpoints = plumbline_aws::EndpointOverrides::default();
    let key = Key::of(&organization(0..1), &endpoints);
    assert_eq!(key.caller, "arn:aws:sts::000000000000:assumed-role/Audit");
    let user = Organization { caller_arn: "arn:aws:iam::1:user/path/u".into(), ..organization(0..1) };
    assert_eq!(Key::of(&user, &endpoints).caller, "arn:aws:iam::1:user/path/u");
    let emulated = plumbline_aws::EndpointOverrides::url("http://127.0.0.1:1");
    assert_ne!(Key::of(&organization(0..1), &emulated), key);
}

#[test]
fn more_than_a_tenth_less_is_a_shrink() {
    let directory = tempfile::tempdir().unwrap();
    let mut memory = Memory::open(directory.path(), key(), start(), true);
    assert_eq!(memory.shrink(&organization(0..1)), None, "nothing to compare with");
    memory.accept(&organization(0..20));
    memory.save().unwrap();
    let memory = Memory::open(directory.path(), key(), start() + HOUR, true);
    assert_eq!(memory.shrink(&organization(0..18)), None, "a tenth");
    let shrink = memory.shrink(&organization(0..17)).unwrap();
    assert_eq!((shrink.since, shrink.before, shrink.gone.as_slice()), (start(), 20, &[id(17), id(18), id(19)][..]));
    assert!(memory.shrink(&organization(10..40)).is_some(), "new ones do not make up for those that are gone");
    let mut closing = organization(0..20);
    closing.accounts.iter_mut().for_each(|account| account.state = State::Inactive("pending_closure".into()));
    assert_eq!(memory.shrink(&closing), None);
}

#[test]
fn accounts_that_are_gone_are_forgotten() {
    let mut memory = Memory::none(start());
    memory.learn_regions(&id(1), &regions(start()));
    memory.learn_regions(&id(2), &regions(start()));
    memory.accept(&organization(2..3));
    assert!(memory.old_regions(&id(1)).is_none() && memory.old_regions(&id(2)).is_some());
    memory.save().unwrap();
}
