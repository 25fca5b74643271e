//! Baselines of units, from the folder of governance to the plan, the calls and the rows of a scan.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use plumbline_baseline::Doc;
use plumbline_sim::{Server, World};
use plumbline_tests::binary::{self, Said, run};
use plumbline_tests::simulated;
use tempfile::TempDir;

const SANDBOX: &str = "210000000010";
const PROD: &str = "210000000006";
/// A control of level 2 with a call of its own, an essential one, and one with a setting.
const CONTROLS: &str = "iam-account-alias,iam-root-mfa,logs-group-retention";
const ALIAS: &str = "ListAccountAliases";

const SANDBOXES: &str = "baselines:
  - id: sandboxes
    units: [Root/Sandbox]
    level: 1
    exclude_controls: [iam-root-mfa]
    settings: { logs-group-retention: { min_days: 1 } }
    reason: Sandboxes are emptied every month.
    owner: cloud-security
  - id: production
    units: [Root/Workloads/Prod]
    severities: { logs-group-retention: critical }
    controls: [kms-key-rotation]
";

struct Bench {
    server: Server,
    data: TempDir,
}

impl Bench {
    async fn new(governance: &str) -> Self {
        let bench = Self { server: simulated::serve(World::demo()).await, data: tempfile::tempdir().unwrap() };
        fs::create_dir(bench.folder()).unwrap();
        fs::write(bench.folder().join("baselines.yaml"), governance).unwrap();
        bench
    }

    fn folder(&self) -> PathBuf {
        self.data.path().join("governance")
    }

    async fn run(&self, arguments: &[&str]) -> Said {
        let mut command = simulated::command(&self.server, self.data.path(), arguments);
        tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap()
    }

    async fn governed(&self, command: &[&str]) -> Said {
        let folder = self.folder();
        self.run(&[command, &["--controls", CONTROLS, "--governance", folder.to_str().unwrap()]].concat()).await
    }

    /// The accounts in which an operation was called.
    fn accounts(&self, operation: &str) -> BTreeSet<String> {
        let calls = self.server.journal().calls().into_iter().filter(|call| call.operation == operation);
        calls.map(|call| call.account).collect()
    }

    /// Account, control, status and severity of all rows.
    async fn rows(&self) -> Vec<[String; 4]> {
        let said = self.run(&["findings", "--format", "ndjson"]).await;
        let row = |line: &str| {
            let row = Doc::from_json(line).unwrap();
            ["account", "control", "status", "severity"].map(|name| row.get(name).as_str().unwrap().to_owned())
        };
        said.out.lines().map(row).collect()
    }
}

fn of<'a>(rows: &'a [[String; 4]], account: &str, control: &str) -> BTreeSet<(&'a str, &'a str)> {
    let rows = rows.iter().filter(|row| row[0] == account && row[1] == control);
    rows.map(|row| (row[2].as_str(), row[3].as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_unit_is_planned_called_and_judged_by_its_own_baseline() {
    let bench = Bench::new(SANDBOXES).await;
    let said = bench.governed(&["plan", "--format", "json"]).await;
    assert_eq!(said.code, 0, "{said:?}");
    let plan = Doc::from_json(&said.out).unwrap();
    let account = |id: &str| {
        let accounts = plan.get("accounts").as_list().unwrap();
        accounts.iter().find(|account| account.get("id").as_str() == Some(id)).unwrap().clone()
    };
    let number = |id: &str, name: &str| account(id).get(name).as_int().unwrap();
    assert!(account(SANDBOX).get("baseline").as_str().unwrap().starts_with("sandboxes@"));
    assert!(account(PROD).get("baseline").as_str().unwrap().starts_with("production@"));
    assert!(account("210000000008").get("baseline").is_null());
    assert_eq!(["210000000008", PROD, SANDBOX].map(|id| number(id, "controls")), [3, 3, 1]);
    assert!(number(SANDBOX, "calls") < number(PROD, "calls"), "{}", said.out);
    assert_eq!(plan.get("controls").as_list().unwrap().len(), 3, "each control once, and none that no option asks for");
    assert!(said.err.contains("limited to 3 of "), "{}", said.err);
    assert!(said.err.contains("accounts with a baseline of their own: 3 of "), "{}", said.err);
    let text = bench.governed(&["plan"]).await.out;
    assert!(text.contains("(baseline sandboxes@") && text.contains(": 1 control, at least "), "{text}");

    bench.server.journal().clear();
    let said = bench.governed(&["scan"]).await;
    assert!(said.err.contains("accounts with a baseline of their own"), "{said:?}");
    let asked = bench.accounts(ALIAS);
    assert!(asked.contains(PROD) && !asked.contains(SANDBOX), "{asked:?}");
    assert!(bench.accounts("ListTagsForResource").is_empty(), "no baseline asks for tags of accounts");
    let rows = bench.rows().await;
    let of = |account, control| of(&rows, account, control);
    assert!(of(SANDBOX, "iam-root-mfa").is_empty() && of(SANDBOX, "iam-account-alias").is_empty());
    assert!(!of(PROD, "iam-root-mfa").is_empty());
    assert!(of(PROD, "logs-group-retention").iter().all(|(_, severity)| *severity == "critical"));
    let sandbox = of(SANDBOX, "logs-group-retention");
    assert!(!sandbox.is_empty() && sandbox.iter().all(|(status, _)| *status != "FAIL"), "{sandbox:?}");
    let replayed = bench.run(&["replay", "--controls", CONTROLS]).await;
    assert_eq!(replayed.code, 0, "each account with the settings that it had: {replayed:?}");
    // The same night without baselines: what changed is no news of any resource.
    let said = bench.run(&["scan", "--controls", CONTROLS]).await;
    assert!(said.code != 2, "{said:?}");
    let differs = bench.run(&["diff", "--format", "ndjson"]).await;
    let changes: BTreeSet<(String, String)> = differs
        .out
        .lines()
        .map(|line| Doc::from_json(line).unwrap())
        .filter(|line| line.get("kind").as_str() == Some("finding"))
        .map(|line| ["change", "because"].map(|name| line.get(name).as_str().unwrap_or_default().to_owned()).into())
        .collect();
    let wrong = |(change, _): &&(String, String)| change == "fixed" || change == "lost";
    assert!(!changes.iter().any(|each| wrong(&each)), "{changes:?}");
    assert!(differs.out.contains("baseline_changed") || differs.err.contains("another baseline"), "{differs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_accounts_are_learned_where_a_baseline_asks_for_them() {
    let by_tag = "baselines:
  - id: research
    tags: { Owner: research@example.com }
    exclude_controls: [iam-account-alias]
    reason: Nobody signs in there by name.
    owner: cloud-security
";
    let bench = Bench::new(by_tag).await;
    let said = bench.governed(&["scan"]).await;
    assert!(!bench.accounts("ListTagsForResource").is_empty(), "{said:?}");
    let asked = bench.accounts(ALIAS);
    assert!(asked.contains(PROD) && !asked.contains(SANDBOX), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_switches_nothing_off_and_is_told_in_the_report() {
    // Without reason and owner nothing is weakened.
    let bench = Bench::new(&SANDBOXES.replace("    owner: cloud-security\n", "")).await;
    let said = bench.governed(&["scan"]).await;
    assert!(said.out.contains("governance check"), "{said:?}");
    assert!(bench.accounts(ALIAS).contains(SANDBOX));
    let rows = bench.rows().await;
    assert!(!of(&rows, SANDBOX, "iam-root-mfa").is_empty());
    assert!(of(&rows, PROD, "logs-group-retention").iter().all(|(_, severity)| *severity == "critical"));
    fs::remove_dir_all(bench.folder()).unwrap();
    let said = bench.governed(&["plan"]).await;
    assert!(said.code == 2 && said.err.contains("--governance"), "a folder that is not there is a mistake: {said:?}");
}

#[test]
fn the_policy_allows_what_baselines_switch_on_besides() {
    let data = tempfile::tempdir().unwrap();
    let policy = |configuration: &str, options: &[&str]| {
        let path = data.path().join("plumbline.yaml");
        fs::write(&path, configuration).unwrap();
        let mut command = binary::command(&[&["policy", "--config", path.to_str().unwrap()], options].concat());
        run(&mut command).out
    };
    fs::create_dir(data.path().join("governance")).unwrap();
    fs::write(data.path().join("governance/all.yaml"), SANDBOXES).unwrap();
    let rotation = "kms:GetKeyRotationStatus";
    assert!(policy("{}", &[]).contains(rotation));
    let without = "exclude_controls: [kms-key-rotation]\n";
    assert!(!policy(without, &[]).contains(rotation));
    let governed = format!("{without}governance: governance\n");
    assert!(policy(&governed, &[]).contains(rotation), "production has it");
    assert!(!policy(&governed, &["--controls", "iam-*"]).contains(rotation), "options say what is asked");
}
