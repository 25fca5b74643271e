//! The policy that `plumbline policy` prints is what a scan needs: no call is outside it, and no action in it is idle.
//!
//! The calls are those of the simulator's journal, over a world where everything holds, one where nothing does, and one
//! between. Calls become actions by the descriptors, which the policy is made from too: that an operation needs these
//! actions is not what is tested here.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use plumbline_baseline::Doc;
use plumbline_baseline::api::Catalog;
use plumbline_sim::World;
use plumbline_tests::scan::Scan;
use plumbline_tests::{binary, simulated};

/// What an agent asks with its own credentials to get into an account, which no policy of the account's role covers.
const ON_THE_WAY_IN: [(&str, &str); 2] = [("sts", "AssumeRole"), ("sts", "GetCallerIdentity")];

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_calls_nothing_outside_the_printed_policy_and_leaves_no_action_of_it_idle() -> anyhow::Result<()> {
    let allowed = printed_actions()?;
    let (mut used, mut outside) = (BTreeSet::new(), BTreeSet::new());
    for world in [World::compliant(), World::broken(), World::demo()] {
        let server = simulated::serve(world).await;
        let scan = Scan::of(&server);
        let plan = scan.plan(&server).await?;
        // Planning asks with the coordinator's credentials, not with a member's role.
        server.journal().clear();
        scan.run(&server, &plan).await?;
        let calls = server.journal().calls();
        ensure!(!calls.is_empty(), "the simulator kept no calls");
        for call in calls {
            if ON_THE_WAY_IN.contains(&(&call.service, &call.operation)) {
                continue;
            }
            match Catalog::embedded().operation(&call.service, &call.operation) {
                Some(operation) => used.extend(operation.iam.iter().cloned()),
                None => {
                    outside.insert(format!("{}:{} (no descriptor)", call.service, call.operation));
                }
            }
        }
    }
    outside.extend(used.difference(&allowed).cloned());
    let idle: BTreeSet<_> = allowed.difference(&used).collect();
    println!("{} actions allowed, {} used", allowed.len(), used.len());
    ensure!(outside.is_empty(), "called outside the policy: {outside:#?}");
    ensure!(idle.is_empty(), "allowed and never used: {idle:#?}");
    Ok(())
}

/// The actions of `plumbline policy`, of which every statement allows whole names on everything.
fn printed_actions() -> anyhow::Result<BTreeSet<String>> {
    let said = binary::run(&mut binary::command(&["policy"]));
    ensure!(said.code == 0, "plumbline policy: {}", said.err);
    let policy = Doc::from_json(&said.out).context("the policy is JSON")?;
    let mut actions = BTreeSet::new();
    for statement in policy.get("Statement").as_list().context("the policy has statements")? {
        ensure!(statement.get("Effect").as_str() == Some("Allow"), "{} does not allow", statement.to_json());
        ensure!(statement.get("Resource").as_str() == Some("*"), "{} is narrowed", statement.to_json());
        for action in statement.get("Action").as_list().context("a statement has actions")? {
            let action = action.as_str().context("an action is text")?;
            ensure!(!action.contains(['*', '?']), "{action} is a pattern");
            ensure!(actions.insert(action.to_owned()), "{action} is allowed twice");
        }
    }
    Ok(actions)
}
