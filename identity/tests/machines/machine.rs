//! What a machine keeps: of one deployment, readable by its owner, and whole whatever kills it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use plumbline_identity::identity::{Error, Standing};
use plumbline_identity::lifetimes::AGENT as AGENT_LIFE;
use plumbline_identity::{Identity, Pending, SigningRequest, Subject, files};

use crate::world::{AGENT, DAY, World, connect};

#[test]
fn a_machine_knows_itself_after_a_restart() {
    let world = World::new();
    let home = world.home.path().join("agent");
    assert!(Identity::load(&home, None).unwrap().is_none());
    let made = world.agent("agent");
    let read = Identity::load(&home, Some(world.deployment())).unwrap().unwrap();
    assert_eq!(read.credential().chain(), made.credential().chain());
    assert_eq!(*read.subject(), Subject::Agent(AGENT.parse().unwrap()));
    assert_eq!(read.renew_at(), made.renew_at());
    assert!(connect(world.server(), world.client(&read)).server.is_ok());
    let mode = |name: &str| fs::metadata(home.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(""), mode("identity.pem")), (0o700, 0o600));
    assert!(!home.join("pending.key").exists());
    fs::set_permissions(home.join("identity.pem"), Permissions::from_mode(0o644)).unwrap();
    let error = Identity::load(&home, None).unwrap_err();
    assert!(matches!(&error, Error::File(files::Error::Exposed { .. })), "{error}");
}

#[test]
fn a_machine_says_what_is_to_be_done() {
    let world = World::new();
    let agent = world.agent("agent");
    let now = world.clock.now();
    assert_eq!(agent.standing(now - DAY), Standing::NotYetValid);
    assert_eq!(agent.standing(now), Standing::Good);
    assert_eq!(agent.standing(now + DAY / 3), Standing::Good);
    assert_eq!(agent.standing(agent.renew_at()), Standing::Due);
    assert_eq!(agent.standing(now + AGENT_LIFE), Standing::Due);
    assert_eq!(agent.standing(now + AGENT_LIFE * 2), Standing::Expired);
}

#[test]
fn a_machine_of_another_deployment_keeps_what_it_has() {
    let (world, other) = (World::new(), World::new());
    world.agent("agent");
    let home = world.home.path().join("agent");
    for error in [
        Identity::load(&home, Some(other.deployment())).unwrap_err(),
        Pending::open(&home, other.deployment()).unwrap_err(),
    ] {
        assert!(
            matches!(&error, Error::OtherDeployment { found, expected, .. }
            if *found == world.deployment() && *expected == other.deployment()),
            "{error}"
        );
        assert!(error.to_string().contains("remove the directory"), "{error}");
    }
    assert!(Identity::load(&home, Some(world.deployment())).unwrap().is_some());
}

/// After every step of a renewal the machine is killed, and reads what there is: the old one or the new one, whole.
#[test]
fn a_renewal_that_is_killed_leaves_the_old_or_the_new() {
    let world = World::new();
    let old = world.agent("agent");
    let home = world.home.path().join("agent");
    let read = || Identity::load(&home, Some(world.deployment())).unwrap().unwrap().credential().serial();
    // A key was made.
    let pending = Pending::open(&home, world.deployment()).unwrap();
    let request = pending.request().unwrap();
    let waiting = fs::read(home.join("pending.key")).unwrap();
    assert_eq!(read(), old.credential().serial());
    // The file of the new one was begun: what it is called, nobody reads.
    fs::write(home.join(".plumbline-abc.part"), "-----BEGIN PRIVATE KEY-----\n").unwrap();
    assert_eq!(read(), old.credential().serial());
    // It stands in its place, and the key that waited is still there.
    let request = SigningRequest::parse(&request).unwrap();
    let issue =
        |request| world.authority.issue_agent(request, &AGENT.parse().unwrap(), &Default::default(), world.clock.now());
    let issued = issue(&request).unwrap();
    pending.keep(world.authority.trust(), issued.chain, world.clock.now()).unwrap();
    assert_eq!(read(), issued.serial);
    fs::write(home.join("pending.key"), waiting).unwrap();
    fs::set_permissions(home.join("pending.key"), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(read(), issued.serial);
    // The next renewal ends it.
    let pending = Pending::open(&home, world.deployment()).unwrap();
    let issued = issue(&SigningRequest::parse(&pending.request().unwrap()).unwrap()).unwrap();
    pending.keep(world.authority.trust(), issued.chain, world.clock.now()).unwrap();
    assert_eq!(read(), issued.serial);
    assert!(!home.join("pending.key").exists());
}

#[test]
fn what_comes_back_is_for_this_machine_or_not_kept() {
    let (world, other) = (World::new(), World::new());
    let home = world.home.path().join("agent");
    let kept = world.agent("agent");
    let keep =
        |chain, trust, now| Pending::open(&home, world.deployment()).unwrap().keep(trust, chain, now).unwrap_err();
    let trust = world.authority.trust();
    let now = world.clock.now();
    assert!(matches!(keep(world.agent("other").credential().chain().to_vec(), trust, now), Error::OtherKey));
    assert!(matches!(keep(vec![], trust, now), Error::Refused(_)));
    assert!(matches!(keep(other.agent("agent").credential().chain().to_vec(), trust, now), Error::Refused(_)));
    let coordinator = world.authority.coordinator(&[], now).unwrap();
    assert!(matches!(keep(coordinator.chain().to_vec(), trust, now), Error::Refused(_)));
    for wrong in [now - DAY, now + DAY * 2] {
        let pending = Pending::open(&home, world.deployment()).unwrap();
        let request = SigningRequest::parse(&pending.request().unwrap()).unwrap();
        let issued = world.authority.issue_agent(&request, &AGENT.parse().unwrap(), &Default::default(), now).unwrap();
        let error = pending.keep(trust, issued.chain, wrong).unwrap_err();
        assert!(error.to_string().contains("set the clock"), "{error}");
    }
    let read = Identity::load(&home, None).unwrap().unwrap();
    assert_eq!(read.credential().serial(), kept.credential().serial());
}

#[test]
fn what_is_damaged_is_said() {
    let world = World::new();
    let home = world.home.path().join("agent");
    world.agent("agent");
    let path = home.join("identity.pem");
    let blocks = pem::parse_many(fs::read(&path).unwrap()).unwrap();
    let [key, leaf, issuer, root] = <[pem::Pem; 4]>::try_from(blocks).unwrap();
    let other = pem::Pem::new("PRIVATE KEY", rcgen::KeyPair::generate().unwrap().serialize_der());
    for (wrong, why) in [
        (vec![], "one key"),
        (vec![key.clone()], "no certificates"),
        (vec![key.clone(), leaf.clone(), issuer.clone()], "root"),
        (vec![key.clone(), leaf.clone(), root.clone()], "sign each other"),
        (vec![key.clone(), root.clone()], "sign each other"),
        (vec![key.clone(), issuer.clone(), leaf.clone(), root.clone()], "sign each other"),
        (vec![other, leaf.clone(), issuer.clone(), root.clone()], "another one"),
        (vec![leaf, issuer, root], "one key"),
    ] {
        crate::world::rewrite(&path, &wrong);
        let error = Identity::load(&home, None).unwrap_err().to_string();
        assert!(
            error.contains("identity.pem") && error.contains(why) && error.contains("join again"),
            "{why}: {error}"
        );
    }
}
