//! `plumbline replay` as it is typed: what it prints, for people and machines, and how it ends.

use plumbline_tests::{binary, demonstration};

/// A pack directory in which KMS keys must not rotate.
fn changed_pack() -> tempfile::TempDir {
    let pack = tempfile::tempdir().expect("the system has room for a directory");
    let sources = plumbline_baseline::pack::Pack::embedded_sources();
    let control = sources.iter().find(|source| source.path.ends_with("kms-key-rotation.yaml")).expect("it is embedded");
    let text = control.text.replace("KeyRotationEnabled == true &&", "KeyRotationEnabled != true &&");
    let folder = pack.path().join("controls/kms");
    std::fs::create_dir_all(&folder).expect("the system has room for a directory");
    std::fs::write(folder.join("kms-key-rotation.yaml"), text).expect("the system has room for a file");
    pack
}

#[test]
fn the_same_pack_differs_in_nothing() {
    let data = demonstration::copy();
    let said = binary::run(&mut demonstration::command(&data, &["replay"]));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains(" verdicts: ") && said.out.contains(", 0 different, 0 not collected"), "{said:?}");
    let all = binary::run(&mut demonstration::command(&data, &["replay", "--all", "--control", "kms-key-rotation"]));
    assert!(all.code == 0 && all.out.contains("PASS") && all.out.contains("KeyRotationEnabled = true"), "{all:?}");
}

#[test]
fn a_changed_control_says_where_it_differs() {
    let (data, pack) = (demonstration::copy(), changed_pack());
    let pack = pack.path().to_str().expect("a plain path");
    let said = binary::run(&mut demonstration::command(&data, &["replay", "--pack", pack]));
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("PASS -> FAIL") && said.out.contains("arn:aws:kms:"), "{said:?}");
    let lines = binary::run(&mut demonstration::command(&data, &["replay", "--pack", pack, "--format", "ndjson"]));
    assert_eq!(lines.code, 1, "{lines:?}");
    assert!(!lines.out.is_empty() && lines.err.contains(" different, "), "{lines:?}");
    for line in lines.out.lines() {
        let row: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!((&row["control"], &row["outcome"]), (&"kms-key-rotation".into(), &"different".into()), "{line}");
        assert!(row["then"]["status"].is_string() && row["now"]["evidence"].is_array(), "{line}");
    }
}

#[test]
fn since_when_is_told_and_a_night_that_is_not_there_is_trouble() {
    let data = demonstration::copy();
    let since = ["replay", "--since", "2020-01-01", "--control", "kms-key-rotation", "--format", "ndjson"];
    let said = binary::run(&mut demonstration::command(&data, &since));
    assert!(said.code <= 1 && said.err.contains("1 night: "), "{said:?}");
    let row: serde_json::Value = serde_json::from_str(said.out.lines().next().expect("a key")).expect("it is JSON");
    assert!(row["spells"][0]["from_scan"].is_string(), "{row}");
    let people = binary::run(&mut demonstration::command(&data, &since[..5]));
    assert!(people.out.contains("arn:aws:kms:") && people.out.contains("1 night: "), "{people:?}");
    for (arguments, cause) in [
        (&["replay", "--at", "2020-01-01"][..], "nothing that is kept"),
        (&["replay", "--since", "2999-01-01", "--control", "kms-key-rotation"], "none of them is kept"),
        (&["replay", "--at", "yesterday"], "neither a day nor a moment"),
        (&["replay", "--scan", "01ZZZZ"], "01ZZZZ"),
        (&["replay", "--control", "no-such-control"], "no-such-control"),
        (&["replay", "--since", "2020-01-01"], "--controls"),
    ] {
        let said = binary::run(&mut demonstration::command(&data, arguments));
        assert!(said.code == 2 && said.out.is_empty() && said.err.contains(cause), "{arguments:?} {said:?}");
    }
}
