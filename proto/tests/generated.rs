//! The checked-in Rust form of the protocols equals what their `.proto` files generate.
//!
//! To write it anew: `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-proto --test generated`.

use std::path::Path;

/// What each file begins with: its own first words, and which file it is made of.
fn header(what: &str, source: &str) -> String {
    format!(
        "//! {what}. @generated from `proto/{source}` by\n\
        //! `PLUMBLINE_WRITE_GENERATED=1 cargo test -p plumbline-proto --test generated`; do not edit.\n\
        #![expect(missing_docs, clippy::allow_attributes, reason = \"generated; the .proto file documents the messages\")]\n"
    )
}

fn check(what: &str, source: &str, package: &str, target: &str, also: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().expect("a temporary directory");
    let descriptors = protox::compile([source], [root]).expect("the protocol compiles");
    tonic_prost_build::configure()
        .build_transport(false) // its `connect` would collide with the RPC of that name
        .out_dir(directory.path())
        .compile_fds(descriptors)
        .expect("the code generates");
    let generated =
        std::fs::read_to_string(directory.path().join(format!("{package}.rs"))).expect("the generated file");
    let generated = format!("{}{also}{generated}", header(what, source));
    let checked_in = root.join(target);
    if std::env::var_os("PLUMBLINE_WRITE_GENERATED").is_some() {
        std::fs::write(&checked_in, &generated).expect("the source folder is writable");
    }
    let current = std::fs::read_to_string(&checked_in).unwrap_or_default();
    assert!(current == generated, "proto/{target} is stale: run with PLUMBLINE_WRITE_GENERATED=1");
}

#[test]
fn the_checked_in_code_is_what_the_protocols_generate() {
    check(
        "The agent protocol's messages and services",
        "plumbline/agent/v1/agent.proto",
        "plumbline.agent.v1",
        "src/agent_v1.rs",
        "#![expect(clippy::allow_attributes_without_reason, clippy::large_enum_variant, reason = \"generated\")]\n",
    );
    check(
        "The operator protocol's messages and service",
        "plumbline/operator/v1/operator.proto",
        "plumbline.operator.v1",
        "src/operator_v1.rs",
        "#![expect(clippy::allow_attributes_without_reason, reason = \"generated\")]\n",
    );
    check(
        "The messages and the service by which machines enrol",
        "plumbline/enrol/v1/enrol.proto",
        "plumbline.enrol.v1",
        "src/enrol_v1.rs",
        "#![expect(clippy::allow_attributes_without_reason, reason = \"generated\")]\n",
    );
}
