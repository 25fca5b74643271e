//! The start of a scan as a user meets it: rights that are missing, accounts that are named, what is remembered, and
//! accounts that are gone.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::fs;
use std::path::Path;

use plumbline_baseline::Doc;
use plumbline_sim::{Fault, Layer, Options, Quotas, Rule, Server, World};
use plumbline_tests::binary::{Said, run};
use plumbline_tests::simulated;
use tempfile::TempDir;

/// A control of one call an account, so that the scan itself takes no time.
const ONE_CALL: [&str; 2] = ["--controls", "iam-account-alias"];

struct Bench {
    server: Server,
    data: TempDir,
}

impl Bench {
    async fn start() -> Self {
        Self { server: simulated::serve(World::demo_of(12, 7)).await, data: tempfile::tempdir().unwrap() }
    }

    /// A larger organization behind AWS's published quotas.
    async fn with_quotas() -> Self {
        let options = Options { quotas: Quotas::Held, keeps_calls: true, ..Options::default() };
        let server = Server::start(World::demo_of(48, 7), options).await.unwrap();
        Self { server, data: tempfile::tempdir().unwrap() }
    }

    fn deny(&self, service: &str, operation: &str) {
        self.server.faults().add(Rule::new(service, operation, Fault::Deny(Layer::Identity)));
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = simulated::command(&self.server, self.data.path(), arguments);
        tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap()
    }

    /// How often an operation was called so far.
    fn calls(&self, operation: &str) -> usize {
        self.server.journal().calls().iter().filter(|call| call.operation == operation).count()
    }

    /// The file of what is remembered.
    fn memory(&self) -> std::path::PathBuf {
        let files = fs::read_dir(self.data.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_memory =
            |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("organization-");
        files.into_iter().find(is_memory).unwrap()
    }
}

fn plan(text: &str) -> Doc {
    Doc::from_json(text).unwrap()
}

fn ids(plan: &Doc) -> Vec<String> {
    let accounts = plan.get("accounts").as_list().unwrap();
    accounts.iter().map(|account| account.get("id").as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_lost_a_right_is_told_so_at_the_top_of_everything_and_with_exit_code_3() {
    for operation in [
        "DescribeOrganization",
        "ListRoots",
        "ListOrganizationalUnitsForParent",
        "ListAccountsForParent",
        "ListAccounts",
    ] {
        let bench = Bench::start().await;
        bench.deny("organizations", operation);
        let output = bench.data.path().join("report");
        let said = bench.run(&[&["scan", "--output", output.to_str().unwrap()], &ONE_CALL[..]].concat()).await;
        assert_eq!(said.code, 3, "{operation}: {said:?}");
        assert!(said.err.starts_with("warning: "), "{operation}: {}", said.err);
        assert!(!said.err.contains("ServiceError") && said.err.contains("next step: "), "{}", said.err);
        let top: String = said.out.lines().take(8).collect();
        let why = format!("organizations:{operation}");
        assert!(top.contains("Incomplete: ") && top.contains(&why), "{operation}: {}", said.out);
        assert!(said.out.contains("12 expected"), "{operation}: the others are scanned: {}", said.out);
        let page = fs::read_to_string(output.join("report.html")).unwrap();
        assert!(page.find("Incomplete: ").unwrap() < page.find("Where it stands").unwrap());
        let summary = Doc::from_json(&fs::read_to_string(output.join("summary.json")).unwrap()).unwrap();
        assert!(summary.get("gaps").to_json().contains(&why), "{}", summary.get("gaps").to_json());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_list_the_scan_is_not_the_latest_in_silence() {
    let bench = Bench::start().await;
    let whole = bench.run(&[&["scan"], &ONE_CALL[..]].concat()).await;
    assert!(whole.out.contains("12 expected"), "{whole:?}");
    bench.deny("organizations", "");
    let said = bench.run(&[&["scan"], &ONE_CALL[..]].concat()).await;
    assert_eq!(said.code, 3, "{said:?}");
    assert!(said.out.contains("1 scanned of 1 expected"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn named_accounts_need_no_right_on_organizations() {
    let bench = Bench::start().await;
    let known = bench.run(&["plan", "--format", "json"]).await;
    let wanted = ids(&plan(&known.out))[3].clone();
    bench.deny("organizations", "");
    bench.deny("account", "");
    let file = bench.data.path().join("accounts.txt");
    fs::write(&file, format!("# one\n{wanted}  Sales\n")).unwrap();
    let option = format!("@{}", file.display());
    let said = bench.run(&["plan", "--format", "json", "--accounts", &option, "--regions", "us-east-1"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    let planned = plan(&said.out);
    assert_eq!(ids(&planned), std::slice::from_ref(&wanted));
    let account = &planned.get("accounts").as_list().unwrap()[0];
    assert_eq!(account.get("name").as_str(), Some("Sales"));
    assert!(account.get("role").as_str().unwrap().contains(&wanted));
    let said = bench.run(&[&["scan", "--accounts", &option], &ONE_CALL[..]].concat()).await;
    assert_eq!(said.code, 0, "everything of it could be read: {said:?}");
    assert!(said.out.contains("1 scanned of 1 expected"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_day_asks_little() {
    let bench = Bench::start().await;
    let first = bench.run(&["plan", "--format", "json"]).await;
    let asked = bench.calls("ListRegions");
    assert!(asked >= 10, "{asked}");
    assert_eq!(bench.calls("ListTagsForResource"), 0, "no control reads the tags of accounts");
    let second = bench.run(&["plan", "--format", "json"]).await;
    assert_eq!(bench.calls("ListRegions"), asked);
    assert!(second.err.contains("as learned less than an hour ago"), "{}", second.err);
    assert_eq!(plan(&first.out).get("jobs").to_json(), plan(&second.out).get("jobs").to_json());
    bench.run(&["plan", "--refresh"]).await;
    assert_eq!(bench.calls("ListRegions"), 2 * asked);
    bench.run(&["plan", "--regions", "us-east-1,eu-west-1", "--refresh"]).await;
    assert_eq!(bench.calls("ListRegions"), 2 * asked, "every account has these Regions");
    fs::write(bench.memory(), "{ damaged").unwrap();
    let said = bench.run(&["plan"]).await;
    assert!(said.code == 0 && said.err.contains("what was learned before is not used"), "{said:?}");
    assert_eq!(bench.calls("ListRegions"), 3 * asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_keeps_to_the_quotas_and_guesses_nothing() {
    let bench = Bench::with_quotas().await;
    let said = bench.run(&["plan"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    assert!(!said.err.contains("could not be learned"), "{}", said.err);
    assert!(bench.calls("ListRegions") >= 40);
    let calls = bench.server.journal().calls();
    let refused = calls.iter().filter(|call| call.code.contains("TooManyRequests")).count();
    assert!(refused * 20 < calls.len(), "{refused} of {} calls were throttled", calls.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_that_would_lose_more_than_a_tenth_of_the_accounts_does_not_go_on_by_itself() {
    let bench = Bench::start().await;
    let scan = [&["scan"], &ONE_CALL[..]].concat();
    bench.run(&scan).await;
    add_accounts(&bench.memory(), &["900000000001", "900000000002"]);
    let said = bench.run(&scan).await;
    assert_eq!(said.code, 1, "{said:?}");
    for part in ["2 of the 1", "900000000001, 900000000002", "--accept-fewer-accounts"] {
        assert!(said.err.contains(part), "`{part}`: {}", said.err);
    }
    let again = bench.run(&scan).await;
    assert_eq!(again.code, 1, "what was refused is not forgotten: {again:?}");
    let accepted = bench.run(&[&scan[..], &["--accept-fewer-accounts"]].concat()).await;
    assert!(accepted.out.contains("are not in the organization any more"), "{accepted:?}");
    let after = bench.run(&scan).await;
    assert!(after.code != 1 && !after.err.contains("any more"), "{after:?}");
}

/// Makes the last scan one that had these accounts, too.
fn add_accounts(memory: &Path, ids: &[&str]) {
    let text = fs::read_to_string(memory).unwrap();
    let more: String = ids.iter().map(|id| format!("\"{id}\",")).collect();
    let (before, after) = text.split_once("\"active\":[").unwrap();
    fs::write(memory, format!("{before}\"active\":[{more}{after}")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_is_left_out() {
    let bench = Bench::start().await;
    let all = ids(&plan(&bench.run(&["plan", "--format", "json"]).await.out));
    let excluded = ["plan", "--format", "json", "--exclude-accounts", &all[1], "--exclude-regions", "EU-WEST-1"];
    let planned = plan(&bench.run(&excluded).await.out);
    assert_eq!(ids(&planned).len(), all.len() - 1);
    assert!(!planned.get("accounts").to_json().contains("\"eu-west-1\""));
    assert!(planned.get("accounts").to_json().contains("\"aws-global\""), "IAM is in no Region that was left out");
    let said = bench.run(&["plan", "--exclude-accounts", "210000000999"]).await;
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("correct --exclude-accounts"), "{}", said.err);
    let said = bench.run(&["plan", "--exclude-ou", "Root"]).await;
    assert_eq!(said.code, 2, "nothing is left: {said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_limit_what_lives_in_regions() {
    let bench = Bench::start().await;
    let regions = async |arguments: &[&str]| {
        let planned = plan(&bench.run(&[&["plan", "--format", "json"], arguments].concat()).await.out);
        let accounts = planned.get("accounts").as_list().unwrap().to_vec();
        accounts.iter().find(|account| account.get("left_out").is_null()).unwrap().get("regions").to_json()
    };
    assert_eq!(regions(&["--regions", "eu-west-1"]).await, r#"["aws-global","eu-west-1","organization"]"#);
    assert_eq!(regions(&["--regions", "eu-west-1", "--no-global"]).await, r#"["eu-west-1"]"#);
    assert_eq!(regions(&["--regions", "eu-west-1", "--exclude-regions", "AWS-Global"]).await, r#"["eu-west-1"]"#);
    assert_eq!(regions(&["--regions", "aws-global"]).await, r#"["aws-global","organization"]"#);
    assert!(!regions(&["--no-global"]).await.contains("aws-global"));
    let file = bench.data.path().join("plumbline.yaml");
    fs::write(&file, "regions: [eu-west-1]\nno_global: true\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    assert_eq!(regions(&config).await, r#"["eu-west-1"]"#);
    let flag = [&config[..], &["--no-global=false"]].concat();
    assert_eq!(regions(&flag).await, r#"["aws-global","eu-west-1","organization"]"#, "flags win over the file");
    let said = bench.run(&["plan", "--regions", "aws-global", "--no-global"]).await;
    assert!(said.code == 2 && said.err.contains("nothing is left to scan"), "{said:?}");
}
