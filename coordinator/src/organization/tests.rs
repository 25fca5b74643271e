//! Discovery against answers that are not quite what AWS should say: nothing may be missing without a word.

mod control_policies;
mod delegated;
mod moving;
mod server;

use plumbline_aws::EndpointOverrides;
use time::OffsetDateTime;

use super::*;
use server::{Asked, denied, discovery, usual};

fn start() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap()
}

/// Both steps: everything of everybody is asked.
async fn discovered(script: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Organization {
    let (organization, _) = discovered_with(script, &mut Memory::none(start())).await;
    organization
}

/// The organization, and what was asked.
async fn discovered_with(
    script: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static,
    memory: &mut Memory,
) -> (Organization, Vec<Asked>) {
    let (discovery, asked) = discovery(script).await;
    let mut organization = discovery.accounts(&[]).await.unwrap();
    let ids: Vec<AccountId> = organization.accounts.iter().map(|account| account.id.clone()).collect();
    discovery
        .details(
            &mut organization,
            &Needs { tags: ids.clone(), regions: ids, delegated: true, control_policies: true },
            memory,
        )
        .await
        .unwrap();
    let asked = asked.lock().unwrap().clone();
    (organization, asked)
}

fn tag(organization: &Organization, account: usize) -> Option<&str> {
    organization.accounts[account].tags.get("Env").map(String::as_str)
}

fn codes(organization: &Organization) -> Vec<&'static str> {
    organization.gaps.iter().map(Gap::code).collect()
}

fn ids(organization: &Organization) -> Vec<&str> {
    organization.accounts.iter().map(|account| account.id.as_str()).collect()
}

#[tokio::test]
async fn an_organization_is_read() {
    let organization = discovered(usual).await;
    assert_eq!(ids(&organization), ["111111111111", "222222222222"]);
    let member = &organization.accounts[1];
    assert_eq!((&*member.name, member.ou_path(), tag(&organization, 1)), ("Member", "Root", Some("prod")));
    assert_eq!((member.regions.enabled.len(), &member.tags_unread), (1, &None));
    assert_eq!(member.regions.source, RegionSource::Learned(start()));
    assert_eq!((organization.notes.as_slice(), organization.gaps.as_slice()), (&[][..], &[][..]));
}

#[tokio::test]
async fn states_are_kept() {
    for (listed, expected) in [
        (r#""State": "PENDING_CLOSURE", "Status": "ACTIVE""#, State::Inactive("pending_closure".into())),
        (r#""State": "PAUSED""#, State::Inactive("paused".into())),
        (r#""Status": "SUSPENDED""#, State::Inactive("suspended".into())),
        (r#""Name": "x""#, State::Unknown),
    ] {
        let organization = discovered(move |asked| match asked.operation.as_str() {
            "ListAccounts" | "ListAccountsForParent" => {
                (200, format!(r#"{{"Accounts": [{{"Id": "111111111111"}}, {{"Id": "222222222222", {listed}}}]}}"#))
            }
            _ => usual(asked),
        });
        assert_eq!(organization.await.accounts[1].state, expected);
    }
}

/// Each right alone, lost: what can still be known is known, and the loss is said.
#[tokio::test]
async fn a_caller_who_lost_a_right_is_told_so_and_the_rest_is_read() {
    let cases: [(&'static str, &[&str], bool); 5] = [
        ("DescribeOrganization", &["organization_not_described", "management_account_unknown"], true),
        ("ListRoots", &["units_not_listed"], false),
        ("ListOrganizationalUnitsForParent", &["units_not_listed"], true),
        ("ListAccountsForParent", &["accounts_of_units_not_listed"], false),
        ("ListAccounts", &["accounts_not_listed"], true),
    ];
    for (operation, expected, is_placed) in cases {
        let organization =
            discovered(move |asked| if asked.operation == operation { denied() } else { usual(asked) }).await;
        assert_eq!(codes(&organization), expected, "{operation}");
        assert_eq!(ids(&organization), ["111111111111", "222222222222"], "{operation}");
        let place = &organization.accounts[1].place;
        assert_eq!(matches!(place, Place::Unit { .. }), is_placed, "{operation}: {place:?}");
        assert!(organization.has_every_account());
        let text = organization.gaps[0].to_string();
        assert!(text.contains(&format!("access_denied: organizations:{operation}")), "{text}");
        assert!(!text.contains("ServiceError") && text.len() < 300, "{text}");
    }
}

#[tokio::test]
async fn without_any_right_the_callers_account_is_left_and_named_ones_are_added() {
    let no_rights = |asked: &Asked| if asked.is_organizations() { denied() } else { usual(asked) };
    let organization = discovered(no_rights).await;
    assert_eq!(ids(&organization), ["111111111111"]);
    assert!(!organization.has_every_account() && organization.accounts[0].is_active());
    assert!(organization.accounts[0].tags_unread.is_some());
    let (discovery, _) = discovery(no_rights).await;
    let named = |id: &str, name: &str| Named { id: id.parse().unwrap(), name: name.into() };
    let names = [named("111111111111", ""), named("333333333333", "Sales"), named("333333333333", "")];
    let organization = discovery.accounts(&names).await.unwrap();
    assert_eq!(ids(&organization), ["111111111111", "333333333333"]);
    let member = &organization.accounts[1];
    assert_eq!((&*member.name, &member.state, member.is_active()), ("Sales", &State::Unknown, true));
    assert!(matches!(member.place, Place::Unknown(_)));
}

#[tokio::test]
async fn an_account_that_a_whole_list_does_not_have_is_not_added_because_somebody_named_it() {
    let (discovery, _) = discovery(usual).await;
    let typed = Named { id: "999999999999".parse().unwrap(), name: String::new() };
    assert_eq!(ids(&discovery.accounts(&[typed]).await.unwrap()), ["111111111111", "222222222222"]);
}

#[tokio::test]
async fn without_an_organization_named_accounts_are_scanned_all_the_same() {
    let alone = |asked: &Asked| match asked.operation.as_str() {
        "DescribeOrganization" => (400, r#"{"__type": "AWSOrganizationsNotInUseException"}"#.to_owned()),
        _ => usual(asked),
    };
    let organization = discovered(alone).await;
    assert_eq!((ids(&organization), organization.gaps.len()), (vec!["111111111111"], 0));
    assert_eq!((&organization.accounts[0].place, &organization.accounts[0].tags_unread), (&Place::Outside, &None));
    let (discovery, _) = discovery(alone).await;
    let other = Named { id: "333333333333".parse().unwrap(), name: String::new() };
    assert_eq!(ids(&discovery.accounts(&[other]).await.unwrap()), ["111111111111", "333333333333"]);
}

#[tokio::test]
async fn an_answer_without_its_list_and_a_repeated_token_are_no_ends() {
    let cases = [
        ("ListRoots", "units_not_listed"),
        ("ListOrganizationalUnitsForParent", "units_not_listed"),
        ("ListAccountsForParent", "accounts_of_units_not_listed"),
        ("ListAccounts", "accounts_not_listed"),
    ];
    let list = |operation: &str| match operation {
        "ListRoots" => r#"{"Roots": [{"Id": "r-1", "Name": "Root"}], "NextToken": "again"}"#,
        "ListOrganizationalUnitsForParent" => r#"{"OrganizationalUnits": [], "NextToken": "again"}"#,
        _ => r#"{"Accounts": [], "NextToken": "again"}"#,
    };
    for (operation, code) in cases {
        for (body, why) in [("{}", "the answer has no list"), (list(operation), "AWS repeated a page token")] {
            let organization =
                discovered(
                    move |asked| {
                        if asked.operation == operation { (200, body.to_owned()) } else { usual(asked) }
                    },
                );
            let organization = organization.await;
            assert_eq!(codes(&organization), [code], "{operation} {body}");
            assert!(organization.gaps[0].to_string().contains(why), "{}", organization.gaps[0]);
            assert_eq!(ids(&organization), ["111111111111", "222222222222"], "{operation} {body}");
        }
    }
    let organization = discovered(|asked| match asked.operation.as_str() {
        "DescribeOrganization" => (200, "{}".to_owned()),
        _ => usual(asked),
    });
    assert_eq!(codes(&organization.await), ["organization_not_described", "management_account_unknown"]);
}

#[tokio::test]
async fn lists_without_the_caller_cannot_be_trusted() {
    let organization = discovered(|asked| match asked.operation.as_str() {
        "ListAccounts" | "ListAccountsForParent" => {
            (200, r#"{"Accounts": [{"Id": "222222222222", "State": "ACTIVE"}]}"#.to_owned())
        }
        _ => usual(asked),
    });
    let organization = organization.await;
    assert_eq!(codes(&organization), ["account_missing_in_lists"]);
    assert_eq!(ids(&organization), ["222222222222", "111111111111"]);
    assert!(!organization.has_every_account());
}

#[tokio::test]
async fn a_unit_that_is_deleted_on_the_way_is_no_gap() {
    let organization = discovered(|asked| match asked.operation.as_str() {
        "ListOrganizationalUnitsForParent" if asked.body.contains("r-1") => {
            (200, r#"{"OrganizationalUnits": [{"Id": "ou-gone", "Name": "Gone"}]}"#.to_owned())
        }
        _ if asked.body.contains("ou-gone") => (400, r#"{"__type": "ParentNotFoundException"}"#.to_owned()),
        _ => usual(asked),
    });
    let organization = organization.await;
    assert_eq!(codes(&organization), [""; 0]);
    assert_eq!(organization.notes, ["the organizational unit Root/Gone was deleted while the organization was read"]);
}

#[tokio::test]
async fn a_right_that_is_missing_is_not_asked_for_in_every_unit() {
    let (_, asked) = discovered_with(
        |asked| match asked.operation.as_str() {
            "ListAccountsForParent" => denied(),
            "ListOrganizationalUnitsForParent" if asked.body.contains("r-1") => {
                let units: Vec<String> = (0..50).map(|n| format!(r#"{{"Id": "ou-{n}", "Name": "{n}"}}"#)).collect();
                (200, format!(r#"{{"OrganizationalUnits": [{}]}}"#, units.join(",")))
            }
            _ => usual(asked),
        },
        &mut Memory::none(start()),
    )
    .await;
    assert_eq!(asked.iter().filter(|asked| asked.operation == "ListAccountsForParent").count(), 1);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let refused = std::sync::atomic::AtomicU32::new(0);
    let (discovery, _) = discovery(move |asked| {
        let is_throttled = asked.operation == "ListAccountsForParent"
            && refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 4;
        if is_throttled { (400, r#"{"__type": "TooManyRequestsException"}"#.to_owned()) } else { usual(asked) }
    })
    .await;
    // From here on, waiting takes no time.
    tokio::time::pause();
    let organization = discovery.accounts(&[]).await.unwrap();
    assert_eq!((ids(&organization).len(), organization.gaps.len()), (2, 0));
}

#[tokio::test]
async fn an_account_without_regions_is_no_answer() {
    let organization = discovered(|asked| match asked.operation.as_str() {
        "listRegions" => (200, r#"{"Regions": []}"#.to_owned()),
        _ => usual(asked),
    });
    let organization = organization.await;
    assert!(organization.accounts.iter().all(|account| account.regions.source == RegionSource::AssumedDefault));
    assert_eq!(organization.accounts[1].regions.enabled.len(), 17);
    let note = &organization.notes[0];
    assert!(note.starts_with("the Regions of 111111111111, 222222222222 could not be learned"), "{note}");
    assert!(note.ends_with("taken to be those that AWS enables by default"), "{note}");
}

#[tokio::test]
async fn one_account_whose_regions_are_not_told_costs_nobody_else_theirs() {
    for (silent, is_member) in [("222222222222", true), ("\"MaxResults\":50}", false)] {
        let organization = discovered(move |asked| {
            let is_silent = asked.operation == "listRegions"
                && if is_member { asked.body.contains(silent) } else { !asked.body.contains("AccountId") };
            if is_silent { (403, r#"{"__type": "AccessDeniedException"}"#.to_owned()) } else { usual(asked) }
        });
        let organization = organization.await;
        let sources: Vec<RegionSource> = organization.accounts.iter().map(|account| account.regions.source).collect();
        let expected = if is_member {
            [RegionSource::Learned(start()), RegionSource::AssumedFromCaller]
        } else {
            [RegionSource::AssumedDefault, RegionSource::Learned(start())]
        };
        assert_eq!(sources, expected);
        assert_eq!(organization.notes.len(), 1, "{:?}", organization.notes);
    }
}

#[tokio::test]
async fn tags_that_are_denied_are_unread() {
    let organization = discovered(|asked| match asked.operation.as_str() {
        "ListTagsForResource" => denied(),
        _ => usual(asked),
    });
    let organization = organization.await;
    let unread = organization.accounts[1].tags_unread.clone().unwrap().to_string();
    assert!(unread.starts_with("access_denied: organizations:ListTagsForResource"), "{unread}");
    assert!(organization.notes[0].starts_with("the tags of 111111111111, 222222222222 could not be read"));
}

#[tokio::test]
async fn tags_with_a_repeated_token_are_unread() {
    let organization = discovered(|asked| match asked.operation.as_str() {
        "ListTagsForResource" => (200, r#"{"Tags": [], "NextToken": "again"}"#.to_owned()),
        _ => usual(asked),
    });
    assert!(organization.await.accounts[1].tags_unread.is_some());
}

#[tokio::test]
async fn what_nobody_needs_is_not_asked_for_and_not_known_to_be_empty() {
    let (discovery, asked) = discovery(usual).await;
    let mut organization = discovery.accounts(&[]).await.unwrap();
    discovery.details(&mut organization, &Needs::default(), &mut Memory::none(start())).await.unwrap();
    let details = ["ListTagsForResource", "listRegions"];
    assert!(asked.lock().unwrap().iter().all(|asked| !details.contains(&asked.operation.as_str())));
    assert!(organization.accounts.iter().all(|account| account.tags_unread.is_some()));
    assert_eq!(organization.notes, [""; 0]);
}

#[tokio::test]
async fn a_second_start_on_the_same_day_asks_for_no_details() {
    let directory = tempfile::tempdir().unwrap();
    let key = |organization: &Organization| Key::of(organization, &EndpointOverrides::default());
    let known = discovered(usual).await;
    let details = |asked: &[Asked]| {
        asked.iter().filter(|asked| matches!(asked.operation.as_str(), "listRegions" | "ListTagsForResource")).count()
    };
    let open = |hours: i64, is_used| {
        let now = start() + time::Duration::hours(hours);
        Memory::open(directory.path(), key(&known), now, is_used)
    };
    let (_, asked) = discovered_with(usual, &mut open(0, true)).await;
    assert_eq!(details(&asked), 4);
    let (second, asked) = discovered_with(usual, &mut open(3, true)).await;
    assert_eq!((details(&asked), tag(&second, 1)), (0, Some("prod")));
    assert_eq!(second.accounts[1].regions.source, RegionSource::Learned(start()));
    assert_eq!(
        second.notes,
        [
            "Regions and tags of accounts are used as learned up to 3 h ago (since 2023-11-14T22:13:20Z); --refresh asks anew"
        ]
    );
    let (_, asked) = discovered_with(usual, &mut open(3, false)).await;
    assert_eq!(details(&asked), 4, "--refresh");
    let (_, asked) = discovered_with(usual, &mut open(48, true)).await;
    assert_eq!(details(&asked), 4, "two days later");
    let silent = |asked: &Asked| if asked.operation == "listRegions" { denied() } else { usual(asked) };
    let (old, _) = discovered_with(silent, &mut open(96, true)).await;
    assert_eq!(old.accounts[1].regions.source, RegionSource::Learned(start() + time::Duration::hours(48)));
    assert!(old.notes.iter().any(|note| note.ends_with("what was learned before is used")), "{:?}", old.notes);
}

#[tokio::test]
async fn a_right_that_is_missing_is_not_asked_for_in_every_account() {
    let many = |asked: &Asked| match asked.operation.as_str() {
        "ListAccounts" | "ListAccountsForParent" => {
            let mut accounts: Vec<String> = (0..200).map(|n| format!(r#"{{"Id": "{:012}"}}"#, 300_000 + n)).collect();
            accounts.insert(0, r#"{"Id": "111111111111"}"#.to_owned());
            (200, format!(r#"{{"Accounts": [{}]}}"#, accounts.join(",")))
        }
        "listRegions" if asked.body.contains("AccountId") => denied(),
        _ => usual(asked),
    };
    let (organization, asked) = discovered_with(many, &mut Memory::none(start())).await;
    assert_eq!(organization.accounts.len(), 201);
    let asked = asked.iter().filter(|asked| asked.operation == "listRegions").count();
    assert!((20..60).contains(&asked), "{asked}");
    assert!(organization.notes[0].len() < 400, "{}", organization.notes[0]);
}
