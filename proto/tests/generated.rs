//! The checked-in Rust form of the protocol equals what the `.proto` file generates.
//!
//! To write it anew: `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-proto --test generated`.

use std::path::Path;

const HEADER: &str = "//! The agent protocol's messages and services. @generated from `proto/plumbline/agent/v1/agent.proto` by\n\
    //! `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-proto --test generated`; do not edit.\n\
    #![expect(missing_docs, clippy::allow_attributes, reason = \"generated; the .proto file documents the messages\")]\n\
    #![expect(clippy::allow_attributes_without_reason, clippy::large_enum_variant, reason = \"generated\")]\n";

#[test]
fn the_checked_in_code_is_what_the_protocol_generates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let descriptors = protox::compile(["plumbline/agent/v1/agent.proto"], [root]).expect("the protocol compiles");
    tonic_prost_build::configure()
        .build_transport(false) // its `connect` would collide with the RPC of that name
        .out_dir(directory.path())
        .compile_fds(descriptors)
        .expect("the code generates");
    let generated =
        std::fs::read_to_string(directory.path().join("plumbline.agent.v1.rs")).expect("the generated file");
    let generated = format!("{HEADER}{generated}");
    let checked_in = root.join("src/agent_v1.rs");
    if std::env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
        std::fs::write(&checked_in, &generated).expect("the source folder is writable");
    }
    let current = std::fs::read_to_string(&checked_in).unwrap_or_default();
    assert!(current == generated, "proto/src/agent_v1.rs is stale: run with PLUMBLINE_WRITE_GENERATED=1");
}
