//! What is kept comes back whole or not at all, within its bounds, for its owner alone; and whatever the disk does, it costs the
//! spool and nothing else.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use plumbline_proto::agent_v1::{Document, Listing, Row, Status, Usage};
use plumbline_proto::chunk::Item;
use plumbline_tree::{Builder, Grounds};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const MOST: u64 = 1 << 20;

fn header(job: &str, found: &Found) -> Header {
    Header {
        job_id: job.into(),
        attempt: 2,
        fence: 9,
        agent: "agent".into(),
        deployment: "deployment".into(),
        pack_digest: "pack".into(),
        scan_id: "01SCAN".into(),
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        written: clock::seconds(),
        deadline_s: 60,
        held: vec![1, 2, 3, 4, 5],
        usage: Some(Usage { calls: 7, ..Usage::default() }),
        root: found.root().to_vec(),
        chunk_bytes: 400,
    }
}

/// So many resources, each with a row, and one type that could not be listed.
fn found(resources: usize) -> Found {
    let mut builder = Builder::new(Grounds::Findings);
    for number in 0..resources {
        let (r#type, id) = ("AWS::SNS::Topic".to_owned(), format!("arn:aws:sns:eu-west-1:111122223333:t{number}"));
        let content = format!(r#"{{"n":{number}}}"#).into_bytes();
        builder.extend([
            Item::Row(Row {
                control: "c".into(),
                status: Status::Fail as i32,
                resource: id.clone(),
                resource_type: r#type.clone(),
                ..Row::default()
            }),
            Item::Document(Document { r#type, id, content, volatile: br#"{"used":1}"#.to_vec() }),
        ]);
    }
    let unread = r#"{"$unread":{"reason":"denied","operation":"","detail":""}}"#.to_owned();
    let about_all = Row { control: "all".into(), status: Status::Unknown as i32, ..Row::default() };
    builder.extend([Item::Listing(Listing { r#type: "AWS::SNS::Topic".into(), unread }), Item::Row(about_all)]);
    Found::new(builder.finish())
}

fn spool(folder: &TempDir) -> Spool {
    Spool::claim(&Spool::path_in(folder.path()), MOST).unwrap()
}

fn keep(spool: &Spool, job: &str, found: &Found) {
    spool.keep(header(job, found), found, || true);
}

fn jobs(spool: &Spool) -> Vec<String> {
    spool.ready().into_iter().map(|(job, _)| job.job_id).collect()
}

fn files(folder: &TempDir) -> Vec<String> {
    let files = fs::read_dir(Spool::path_in(folder.path())).unwrap();
    let mut names: Vec<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn what_was_kept_comes_back_after_a_restart() {
    for resources in [0, 1, 200] {
        let (folder, kept) = (tempfile::tempdir().unwrap(), found(resources));
        keep(&spool(&folder), "7RZC4V-42", &kept);
        let spool = spool(&folder);
        let job = JobRef { job_id: "7RZC4V-42".into(), attempt: 2, fence: 9 };
        assert_eq!(spool.ready(), [(job.clone(), "pack".to_owned())]);
        assert!(spool.has(&job) && !spool.has(&JobRef { attempt: 3, ..job }));
        assert_eq!(spool.agent().as_deref(), Some("agent"));
        let mut bytes = 0;
        let (header, found) = spool.load("7RZC4V-42", |part| bytes += part).unwrap();
        assert_eq!((found.nodes(), found.root()), (kept.nodes(), kept.root()));
        assert_eq!((header.held, header.usage.unwrap().calls), (vec![1, 2, 3, 4, 5], 7));
        assert!(bytes > resources);
        spool.forget("7RZC4V-42");
        assert_eq!((files(&folder), spool.state().taken), (vec!["lock".to_owned()], 0));
    }
}

#[test]
fn files_are_their_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = Spool::path_in(folder.path());
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    keep(&spool(&folder), "a", &found(1));
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    assert_eq!(files(&folder), ["a.result", "lock"]);
    assert!(files(&folder).iter().all(|file| mode(&path.join(file)) == 0o600));
}

#[test]
fn a_folder_is_one_processs_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = spool(&folder);
    let refused = Spool::claim(&Spool::path_in(folder.path()), MOST).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    drop(first);
    spool(&folder);
}

#[test]
fn what_was_being_written_when_its_process_ended_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    keep(&spool(&folder), "a", &found(3));
    let path = Spool::path_in(folder.path());
    fs::rename(path.join("a.result"), path.join("a.part")).unwrap();
    assert_eq!((jobs(&spool(&folder)), files(&folder)), (Vec::new(), vec!["lock".to_owned()]));
}

#[test]
fn what_is_of_another_agent_deployment_version_name_or_age_is_deleted() {
    let kept = found(1);
    let check = |change: &dyn Fn(&mut Header), is_kept: bool| {
        let folder = tempfile::tempdir().unwrap();
        let mut header = header("a", &kept);
        change(&mut header);
        spool(&folder).keep(header, &kept, || true);
        let spool = spool(&folder);
        spool.belong_to("agent", "deployment");
        assert_eq!((jobs(&spool).len(), files(&folder).len()), (usize::from(is_kept), 1 + usize::from(is_kept)));
    };
    check(&|_| {}, true);
    check(&|header| header.agent = "another".into(), false);
    check(&|header| header.deployment = "another".into(), false);
    check(&|header| header.written -= OLDEST.as_secs() - 60, true);
    check(&|header| header.written -= OLDEST.as_secs() + 60, false);
    check(&|header| (header.written, header.deadline_s) = (header.written - OLDEST.as_secs() - 60, 20_000), true);
    check(&|header| header.written += 1_000_000, true);
    let folder = tempfile::tempdir().unwrap();
    keep(&spool(&folder), "a", &kept);
    let path = Spool::path_in(folder.path());
    fs::copy(path.join("a.result"), path.join("b.result")).unwrap();
    let text = fs::read(path.join("a.result")).unwrap();
    let newer = [b"plumbline spool 2\n", &text[18..]].concat();
    fs::write(path.join("a.result"), newer).unwrap();
    assert_eq!((jobs(&spool(&folder)), files(&folder)), (Vec::new(), vec!["lock".to_owned()]));
}

proptest! {
    #[test]
    fn what_is_damaged_or_cut_off_is_deleted(at in any::<prop::sample::Index>(), bit in 0..8_u32, is_cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        keep(&spool(&folder), "a", &found(5));
        let path = Spool::path_in(folder.path()).join("a.result");
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        if is_cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        fs::write(&path, bytes).unwrap();
        let spool = spool(&folder);
        prop_assert!(jobs(&spool).is_empty() && !path.exists());
        prop_assert!(spool.load("a", |_| ()).is_err());
    }
}

#[test]
fn what_is_damaged_later_is_not_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    keep(&spool, "a", &found(5));
    let path = Spool::path_in(folder.path()).join("a.result");
    let mut bytes = fs::read(&path).unwrap();
    bytes.push(0);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(spool.load("a", |_| ()), Err(Error::Damaged(_))));
    // A checksum that is right under a name that is not: what was found is named anew.
    let other = Header { root: vec![0; 32], ..header("a", &found(5)) };
    spool.keep(other, &found(5), || true);
    assert!(matches!(spool.load("a", |_| ()), Err(Error::Damaged("it is not what was found"))));
}

#[test]
fn the_oldest_leave_first_and_what_is_too_large_is_not_kept() {
    let (folder, small) = (tempfile::tempdir().unwrap(), found(3));
    let bytes = {
        let spool = spool(&folder);
        keep(&spool, "a", &small);
        let bytes = spool.state().taken;
        assert_eq!(bytes, fs::metadata(spool.disk.path("a")).unwrap().len());
        bytes
    };
    let claim = |most| Spool::claim(&Spool::path_in(folder.path()), most).unwrap();
    let spool = claim(bytes * 5 / 2);
    for (number, job) in ["b", "c"].into_iter().enumerate() {
        let header = Header { written: clock::seconds() + 1 + number as u64, ..header(job, &small) };
        spool.keep(header, &small, || true);
    }
    assert_eq!(jobs(&spool), ["b", "c"]);
    // The same job again takes no more than before.
    spool.keep(Header { written: clock::seconds() + 9, ..header("c", &small) }, &small, || true);
    assert!(spool.state().taken <= bytes * 5 / 2);
    keep(&spool, "large", &found(2_000));
    assert!(!jobs(&spool).contains(&"large".to_owned()));
    assert!(spool.state().taken <= bytes * 5 / 2 && !files(&folder).iter().any(|file| file.ends_with("part")));
    keep(&spool, "d", &small);
    assert!(jobs(&spool).contains(&"d".to_owned()));
    drop(spool);
    // With less room than before, the newest stay.
    assert!(claim(bytes * 3 / 2).ready().len() <= 1);
    assert!(claim(1).ready().is_empty());
}

#[test]
fn a_disk_that_is_full_costs_the_spool_alone_and_is_said_once() {
    for fails in [
        |_: &mut File, _: &[u8]| Err(io::ErrorKind::StorageFull.into()),
        |file: &mut File, bytes: &[u8]| {
            use std::io::Write;
            // A half fits.
            file.write_all(&bytes[..bytes.len() / 2])?;
            Err(io::ErrorKind::StorageFull.into())
        },
    ] {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::writing(&Spool::path_in(folder.path()), fails);
        let spool = Spool::claim_on(disk, MOST).unwrap();
        assert!(!spool.state().is_warned);
        keep(&spool, "a", &found(3));
        keep(&spool, "b", &found(3));
        assert!(spool.state().is_warned && jobs(&spool).is_empty());
        assert_eq!((spool.state().taken, files(&folder)), (0, vec!["lock".to_owned()]));
    }
}

#[test]
fn a_folder_that_goes_away_or_cannot_be_made_costs_the_spool_alone() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    fs::remove_dir_all(Spool::path_in(folder.path())).unwrap();
    keep(&spool, "a", &found(3));
    assert!(spool.state().is_warned && jobs(&spool).is_empty());
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(Spool::claim(&Spool::path_in(&file), MOST).is_err());
}

#[test]
fn what_nobody_wants_any_more_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let spool = spool(&folder);
    spool.keep(header("a", &found(3)), &found(3), || false);
    assert!(jobs(&spool).is_empty() && !spool.state().is_warned);
    assert_eq!(spool.state().taken, 0);
    assert_eq!(files(&folder), ["lock"]);
}
