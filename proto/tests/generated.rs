//! The checked-in Rust form of the protocols equals what the `.proto` files generate.
//!
//! To write it anew: `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-proto --test generated`.

use std::path::Path;

/// What the header says of each, the package and the checked-in file.
const PROTOCOLS: [(&str, &str, &str); 2] = [
    ("The agent protocol's messages and services.", "plumbline/agent/v1/agent.proto", "agent_v1.rs"),
    ("The messages and the service by which machines enrol.", "plumbline/enrol/v1/enrol.proto", "enrol_v1.rs"),
];

fn header(what: &str, source: &str) -> String {
    format!(
        "//! {what} @generated from `proto/{source}` by\n\
        //! `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-proto --test generated`; do not edit.\n\
        #![expect(missing_docs, clippy::allow_attributes, reason = \"generated; the .proto file documents the messages\")]\n\
        #![expect(clippy::allow_attributes_without_reason, clippy::large_enum_variant, reason = \"generated\")]\n"
    )
}

#[test]
fn the_checked_in_code_is_what_the_protocol_generates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (what, source, file) in PROTOCOLS {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let descriptors = protox::compile([source], [root]).expect("the protocol compiles");
        tonic_prost_build::configure()
            .build_transport(false) // its `connect` would collide with the RPC of that name
            .out_dir(directory.path())
            .compile_fds(descriptors)
            .expect("the code generates");
        let package = source.rsplit_once('/').expect("a folder").0.replace('/', ".");
        let generated = std::fs::read_to_string(directory.path().join(format!("{package}.rs")));
        let mut header = header(what, source);
        let generated = generated.expect("the generated file");
        if !generated.contains("enum ") {
            header = header.replace(", clippy::large_enum_variant", "");
        }
        let generated = format!("{header}{generated}");
        let checked_in = root.join("src").join(file);
        if std::env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
            std::fs::write(&checked_in, &generated).expect("the source folder is writable");
        }
        let current = std::fs::read_to_string(&checked_in).unwrap_or_default();
        assert!(current == generated, "proto/src/{file} is stale: run with PLUMBLINE_WRITE_GENERATED=1");
    }
}
