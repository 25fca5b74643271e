//! The authority's files: made whole or not at all, readable by their owner, and all of one deployment.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use plumbline_identity::authority::Error;
use plumbline_identity::{Authority, Refused, Trust, files};
use rcgen::{BasicConstraints, IsCa};

use crate::world::World;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn only_its_owner_can_read_an_authority() {
    let world = World::new();
    assert_eq!(mode(&world.directory()), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(world.directory()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        for open in [0o640, 0o644, 0o604, 0o660] {
            fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
            let error = Authority::load(&world.directory(), None).unwrap_err();
            assert!(matches!(&error, Error::File(files::Error::Exposed { mode, .. }) if *mode == open), "{error}");
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }
    names.sort();
    assert_eq!(names, ["issuer.pem", "root.crt", "root.key"]);
    let read = Authority::load(&world.directory(), Some(world.deployment())).unwrap();
    assert_eq!(read.trust().pin(), world.authority.trust().pin());
}

#[test]
fn a_deployment_has_one_authority() {
    let world = World::new();
    let again = Authority::init(&world.directory(), world.clock.now()).unwrap_err();
    assert!(matches!(again, Error::NotEmpty { .. }), "{again}");
    assert_eq!(Authority::load(&world.directory(), None).unwrap().trust().pin(), world.authority.trust().pin());
    let nowhere = Authority::load(&world.home.path().join("nowhere"), None).unwrap_err();
    assert!(nowhere.to_string().contains("plumbline coordinator init"), "{nowhere}");
    // An empty directory that somebody made is as good as none.
    let made = world.home.path().join("made");
    fs::create_dir(&made).unwrap();
    let other = Authority::init(&made, world.clock.now()).unwrap();
    assert_ne!(other.trust().deployment(), world.deployment());
    assert_eq!(mode(&made), 0o700);
    let beside: Vec<_> = fs::read_dir(world.home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!beside.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{beside:?}");
}

#[test]
fn files_of_two_deployments_are_no_authority() {
    let (world, other) = (World::new(), World::new());
    let error = Authority::load(&world.directory(), Some(other.deployment())).unwrap_err();
    assert!(
        matches!(&error, Error::OtherDeployment { found, expected, .. }
        if *found == world.deployment() && *expected == other.deployment()),
        "{error}"
    );
    fs::copy(other.directory().join("issuer.pem"), world.directory().join("issuer.pem")).unwrap();
    let error = Authority::load(&world.directory(), None).unwrap_err();
    assert!(matches!(&error, Error::OtherDeployment { path, .. } if path.ends_with("issuer.pem")), "{error}");
    assert!(error.to_string().contains("put the files of one deployment together"), "{error}");
}

#[test]
fn what_is_damaged_is_said() {
    let world = World::new();
    let path = world.directory().join("issuer.pem");
    let blocks = pem::parse_many(fs::read(&path).unwrap()).unwrap();
    let (key, certificate) = (blocks[0].clone(), blocks[1].clone());
    let another = pem::Pem::new("PRIVATE KEY", rcgen::KeyPair::generate().unwrap().serialize_der());
    // Ours by name, and signed by nobody.
    let forged = world.self_signed(|params| {
        params.subject_alt_names = vec![world.uri("")];
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let root = pem::Pem::new("CERTIFICATE", world.authority.trust().root().to_vec());
    for (wrong, why) in [
        (vec![], "no certificate"),
        (vec![certificate.clone()], "no key"),
        (vec![key.clone()], "no certificate"),
        (vec![key.clone(), certificate.clone(), certificate.clone()], "no certificate"),
        (vec![another, certificate.clone()], "another one"),
        (vec![pem::Pem::new("PRIVATE KEY", vec![1, 2, 3]), certificate], "cannot be read"),
        (vec![key.clone(), pem::Pem::new("CERTIFICATE", vec![1, 2, 3])], "cannot be read"),
        (vec![key.clone(), pem::Pem::new("CERTIFICATE", forged.chain[0].to_vec())], "did not sign it"),
        (vec![key, root], "another one"),
    ] {
        crate::world::rewrite(&path, &wrong);
        let error = Authority::load(&world.directory(), None).unwrap_err().to_string();
        assert!(error.contains("issuer.pem") && error.contains(why) && error.contains("backup"), "{why}: {error}");
    }
}

#[test]
fn only_a_root_is_trusted_as_one() {
    let world = World::new();
    let root = world.authority.trust().root();
    assert_eq!(Trust::of_root(root).unwrap().pin(), world.authority.trust().pin());
    let longer = [root.as_ref(), b"x"].concat().into();
    assert_eq!(Trust::of_root(&longer).unwrap_err(), Refused::Unreadable);
    assert_eq!(Trust::of_root(&world.stolen_issuer().0).unwrap_err(), Refused::SelfMade);
    let agent = world.agent("agent").credential().chain()[0].clone();
    assert!(matches!(Trust::of_root(&agent), Err(Refused::WrongRole { found: "agent", .. })));
    let no_authority = world.self_signed(|params| params.subject_alt_names = vec![world.uri("")]);
    assert_eq!(Trust::of_root(&no_authority.chain[0]).unwrap_err(), Refused::WrongUse);
    let anybody = world.self_signed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert!(Trust::of_root(&anybody.chain[0]).is_err());
}
