//! Tags of all types from one listing: it is made once a job, what a whole one leaves out has no tags, and what one that
//! is not whole leaves out was not read.

use super::*;

/// Two functions and two queues, with these tags.
async fn tags(tagging: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> (Vec<String>, Fake) {
    let fake = Fake::start(move |operation, input| match operation {
        "ListTables" => (200, r#"{"TableNames":["a","b"]}"#.to_owned()),
        "ListQueues" => (200, r#"{"QueueUrls":["https://sqs/1/a"]}"#.to_owned()),
        _ => tagging(input.get("PaginationToken").as_str().unwrap_or_default()),
    })
    .await;
    let tags_only = |name: &str| {
        let declared = &Pack::embedded().resource_type(name).unwrap().declared;
        Arc::new(TypeWork::new(Arc::clone(declared), |member| member == "Tags", |_| work::Conditions::default()))
    };
    let (snapshot, _) = run(&fake, &["AWS::DynamoDB::Table", "AWS::SQS::Queue"].map(tags_only)).await;
    let found = snapshot.listings.values().flat_map(|listing| &listing.items).map(|item| {
        let tags = item.doc.get("Tags");
        tags.unread().map_or_else(|| tags.to_json(), |unread| unread.to_string())
    });
    (found.collect(), fake)
}

fn page(arns: &[&str], next: &str) -> (u16, String) {
    let each = |arn: &&str| format!(r#"{{"ResourceARN":"{arn}","Tags":[{{"Key":"of","Value":"{arn}"}}]}}"#);
    let list: Vec<String> = arns.iter().map(each).collect();
    (200, format!(r#"{{"PaginationToken":"{next}","ResourceTagMappingList":[{}]}}"#, list.join(",")))
}

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/a";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:a";

fn of(arn: &str) -> String {
    format!(r#"[{{"Key":"of","Value":"{arn}"}}]"#)
}

#[tokio::test]
async fn one_listing_has_the_tags_of_all_types_and_what_it_leaves_out_has_none() {
    let (found, fake) = tags(|token| match token {
        "" => page(&[QUEUE, "arn:aws:sqs:eu-west-1:111122223333:other"], "2"),
        _ => page(&[TABLE], ""),
    })
    .await;
    assert_eq!(found, [of(TABLE), "[]".to_owned(), of(QUEUE)]);
    assert_eq!(fake.inputs("GetResources").len(), 2, "two pages, once");
    assert_eq!((fake.count("ListTagsOfResource"), fake.count("DescribeTable"), fake.count("ListQueueTags")), (0, 0, 0));
}

#[tokio::test]
async fn a_listing_that_was_not_read_says_nothing_of_anybodys_tags() {
    let (found, _) = tags(|_| (400, error("AccessDeniedException", "no"))).await;
    let denied = "access_denied: resourcegroupstaggingapi:GetResources: AccessDeniedException: no";
    assert!(found.iter().all(|found| found == denied), "{found:?}");
    let (found, _) = tags(|_| (200, "{}".to_owned())).await;
    assert!(found.iter().all(|found| found.starts_with("scanner_error")), "{found:?}");
}

#[tokio::test]
async fn a_listing_that_broke_off_knows_only_whom_it_named() {
    let (found, _) = tags(|token| match token {
        "" => page(&[TABLE], "2"),
        _ => (400, error("ThrottledException", "slow")),
    })
    .await;
    assert_eq!(found[0], of(TABLE));
    assert!(found[1..].iter().all(|found| found.starts_with("partial_listing: ")), "{found:?}");
}
