//! Names on the command line and in files: those that lead nowhere are refused with what was meant, and the same thing is
//! said in the same way everywhere.

use std::fs;

use plumbline_sim::World;
use plumbline_tests::binary::{self, Said, command};
use plumbline_tests::{demonstration, simulated};
use serde_json::Value;

fn refused(said: &Said, parts: &[&str]) {
    assert_eq!(said.code, 2, "{said:?}");
    for part in parts.iter().chain(&["next step: "]) {
        assert!(said.err.contains(part), "`{part}` is missing: {said:?}");
    }
    assert_eq!(said.out, "");
}

#[test]
fn filters_refuse_what_the_scan_does_not_have() {
    let data = demonstration::copy();
    for command in ["findings", "report"] {
        let check = |arguments: &[&str], parts: &[&str]| {
            refused(&binary::run(&mut demonstration::command(&data, &[&[command], arguments].concat())), parts);
        };
        check(&["--accounts", "999999999999"], &["--accounts 999999999999: the scan has no such account"]);
        check(&["--accounts", "21000000001"], &["did you mean `21000000000"]);
        check(&["--controls", "s3-bucket-tls-onyl"], &["did you mean `s3-bucket-tls-only`?"]);
        check(&["--controls", "S3-BUCKET-TLS-ONLY"], &["did you mean `s3-bucket-tls-only`?"]);
        check(&["--regions", "us-est-1"], &["did you mean `us-east-1`?"]);
        check(&["--regions", "US-EAST-1"], &["did you mean `us-east-1`?"]);
        check(&["--ou", "root/security"], &["did you mean `Root/Security`?"]);
        check(&["--framework", "cis-aws-foundation"], &["did you mean `cis-aws-foundations`?"]);
        check(&["--exclude-accounts", "999999999999"], &["--exclude-accounts 999999999999"]);
        check(&["--exclude-controls", "nothing-*"], &["--exclude-controls nothing-*"]);
        check(&["--scan", "01ZZZZ"], &["no scan's id begins with `01ZZZZ`"]);
    }
}

#[test]
fn rows_are_filtered_sorted_and_cut() {
    let data = demonstration::copy();
    let rows = |arguments: &[&str]| -> Vec<Value> {
        let all = [&["findings", "--format", "ndjson"], arguments].concat();
        let said = binary::run(&mut demonstration::command(&data, &all));
        assert_eq!(said.code, 0, "{said:?}");
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let all = rows(&[]);
    assert!(all.len() > 10, "{}", all.len());
    let account = all[0]["account"].as_str().unwrap();
    let of_account = rows(&["--accounts", &format!(" {account} , ")]);
    assert!(!of_account.is_empty() && of_account.iter().all(|row| row["account"] == account));
    assert_eq!(rows(&["--account", account]), of_account, "the singular still works");
    assert_eq!(rows(&["--exclude-accounts", account]).len(), all.len() - of_account.len());
    assert!(
        rows(&["--framework", "cis-aws-foundations:3.0.0"])
            .iter()
            .all(|row| { row["frameworks"]["cis-aws-foundations"]["3.0.0"].is_array() })
    );
    assert!(rows(&["--level", "1"]).iter().all(|row| row["level"] == 1));
    let order = |rows: &[Value]| -> Vec<usize> {
        let names = ["critical", "high", "medium", "low"];
        rows.iter().map(|row| names.iter().position(|name| row["severity"] == *name).unwrap()).collect()
    };
    let sorted = rows(&["--sort", "severity"]);
    assert!(order(&sorted).is_sorted() && !order(&all).is_sorted() && sorted.len() == all.len());
    assert_eq!(rows(&["--sort", "severity", "--limit", "3"]), sorted[..3]);
    assert_eq!(rows(&["--limit", "3"]), all[..3]);
    let said = binary::run(&mut demonstration::command(&data, &["findings", "--limit", "3"]));
    assert!(said.out.ends_with("3 rows; there are more\n"), "{said:?}");
}

#[test]
fn a_report_of_a_part_says_so() {
    let data = demonstration::copy();
    let report =
        |arguments: &[&str]| binary::run(&mut demonstration::command(&data, &[&["report"], arguments].concat()));
    let said = report(&["--ou", "Root/Security", "--format", "summary"]);
    let part: Value = serde_json::from_str(&said.out).unwrap();
    let whole: Value = serde_json::from_str(&report(&["--format", "summary"]).out).unwrap();
    let of = |summary: &Value| summary["accounts"]["expected"].as_u64().unwrap();
    assert!(0 < of(&part) && of(&part) < of(&whole), "{part}");
    assert_eq!(part["filter"][0]["option"], "ou");
    for format in ["table", "html"] {
        let said = report(&["--ou", "Root/Security", "--format", format]);
        assert!(said.out.contains("Filtered by --ou Root/Security: nothing else is shown or counted."), "{said:?}");
    }
}

#[test]
fn reading_commands_know_the_configuration() {
    let data = demonstration::copy();
    let file = data.path().join("plumbline.yaml");
    fs::write(&file, "data_dir: .\npack: [own]\n").unwrap();
    fs::create_dir_all(data.path().join("own/controls")).unwrap();
    for arguments in [&["findings"][..], &["report"], &["scans", "list"], &["controls", "list"], &["policy"]] {
        let said = binary::run(command(arguments).arg("--config").arg(&file));
        assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
        let missing = binary::run(command(arguments).args(["--config", "/no/such/file.yaml"]));
        refused(&missing, &["failed to read /no/such/file.yaml", "check the path given with --config"]);
    }
    let mut findings = command(&["findings", "--data-dir=~"]);
    assert_eq!(binary::run(findings.env("HOME", data.path())).code, 0, "a tilde is the home directory");
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_variables_and_blanks_mean_nothing() {
    let server = simulated::serve(World::demo_of(3, 7)).await;
    let data = tempfile::tempdir().unwrap();
    let plan = async |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut plan = simulated::command(&server, data.path(), &[&["plan"], arguments].concat());
        plan.envs(variables.iter().copied());
        tokio::task::spawn_blocking(move || binary::run(&mut plan)).await.unwrap()
    };
    let whole = plan(&[], &[]).await;
    assert_eq!(whole.code, 0, "{whole:?}");
    for name in ["ACCOUNTS", "OU", "REGIONS", "CONTROLS", "EXCLUDE_CONTROLS", "PACK", "CONFIG", "EXTERNAL_ID"] {
        let said = plan(&[(&format!("PLUMBLINE_{name}"), ""), ("PLUMBLINE_LOG", "")], &[]).await;
        assert_eq!((said.code, &said.out), (0, &whole.out), "{name}: {}", said.err);
    }
    let said = plan(&[("AWS_REGION", ""), ("AWS_PROFILE", "")], &[]).await;
    assert_eq!((said.code, &said.out), (0, &whole.out), "{}", said.err);
    let two = plan(&[], &["--regions", "us-east-1, aws-global"]).await;
    assert_eq!(two.code, 0, "{two:?}");
    assert_eq!(plan(&[("PLUMBLINE_REGIONS", "us-east-1, aws-global")], &[]).await.out, two.out);
    for role in ["", "arn:aws:iam::111111111111:role/Audit"] {
        refused(&plan(&[], &["--role", role]).await, &["failed to use the role", "give --role the name"]);
    }
}

#[test]
fn no_help_prints_a_secret() {
    for name in ["scan", "plan", "coordinator", "snapshot"] {
        let said = binary::run(command(&[name, "--help"]).env("PLUMBLINE_EXTERNAL_ID", "very-secret"));
        assert!(said.out.contains("PLUMBLINE_EXTERNAL_ID") && !said.out.contains("very-secret"), "{name}: {said:?}");
    }
}
