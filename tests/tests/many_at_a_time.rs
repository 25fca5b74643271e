//! What is listed, described and named many at a time, over the wire: how many calls that takes.

use std::collections::BTreeMap;

use plumbline_sim::World;
use plumbline_tests::scan::Scan;
use plumbline_tests::simulated;

/// Resources of each type.
const EACH: usize = 120;

/// Operations that told the tags of one resource.
const OF_ONE: [(&str, &str); 8] = [
    ("cloudtrail", "ListTags"),
    ("dynamodb", "DescribeTable"),
    ("dynamodb", "ListTagsOfResource"),
    ("elbv2", "DescribeTags"),
    ("lambda", "ListTags"),
    ("s3", "GetBucketTagging"),
    ("sns", "ListTagsForResource"),
    ("sqs", "ListQueueTags"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_of_each_take_as_many_calls_as_their_pages_and_batches() -> anyhow::Result<()> {
    let types = [
        "AWS::CodeBuild::Project",
        "AWS::DynamoDB::Table",
        "AWS::ECS::Service",
        "AWS::Lambda::Function",
        "AWS::SQS::Queue",
    ];
    let counts: BTreeMap<String, usize> = types.iter().map(|name| ((*name).to_owned(), EACH)).collect();
    let server = simulated::serve(World::compliant().with_counts(counts)).await;
    let scan = Scan::of(&server);
    let rows = scan.run(&scan.plan().await?).await?;
    let of = |control: &str| rows.iter().filter(|row| &*row.control == control).count();
    assert_eq!((of("ecs-service-no-public-ip"), of("codebuild-project-no-plain-secrets")), (EACH, EACH));
    let calls = |service: &str, operation: &str| server.journal().count(service, operation);
    assert_eq!((calls("ecs", "ListClusters"), calls("ecs", "ListServices")), (1, 2), "pages of a hundred");
    assert_eq!((calls("ecs", "DescribeServices"), calls("codebuild", "BatchGetProjects")), (12, 2));
    let tags = calls("resourcegroupstaggingapi", "GetResources");
    let instead = rows.iter().filter(|row| &*row.control == "tags-required").count();
    println!("{tags} calls for the tags of {instead} resources");
    assert_eq!(tags, 7, "some six hundred that have tags");
    for (service, operation) in OF_ONE {
        assert_eq!(calls(service, operation), 0, "{service}:{operation}");
    }
    Ok(())
}
