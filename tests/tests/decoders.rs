//! Every decoder on inputs made from real ones, for a second each: `cargo run -p plumbline-tests --bin decoders` has the
//! long form, and the targets in `fuzz/` the one that is guided by coverage.

use std::fs;
use std::time::Duration;

use plumbline_tests::decoders::ALL;
use plumbline_tests::decoders::trial::{Extent, run};
use plumbline_tests::python::workspace_root;

#[test]
fn nothing_that_others_write_makes_a_decoder_fail() {
    let extent = Extent { seed: 7, count: 20_000, limit: Duration::from_millis(900), only: None };
    for tried in run(extent, |_| ()) {
        assert!(tried.wrong.is_empty(), "{tried}");
        assert!(tried.inputs >= 20 && tried.accepted > 0 && tried.accepted < tried.inputs, "{tried}");
    }
}

#[test]
fn every_decoder_is_the_target_of_a_fuzzer() {
    let folder = workspace_root().join("fuzz");
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("it has a manifest");
    let targets = folder.join("fuzz_targets");
    for decoder in ALL {
        let name = decoder.name;
        let text = fs::read_to_string(targets.join(format!("{name}.rs"))).unwrap_or_default();
        assert!(text.contains(&format!("read(\"{name}\", bytes)")), "fuzz/fuzz_targets/{name}.rs");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name} in fuzz/Cargo.toml");
    }
    let found = fs::read_dir(targets).expect("a folder").count();
    assert_eq!(found, ALL.len(), "targets that are no decoders");
}
