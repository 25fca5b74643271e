//! The table of request quotas. It is written down from AWS's pages and not from the scanner's own budgets, so that both
//! can be wrong only apart. Where AWS publishes none, a row says that its figure is a choice.

/// A request quota: a bucket of `burst` tokens that fills by `per_second`. Every one is for an account in a Region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Service by botocore's name; empty for those that no row names.
    pub service: &'static str,
    /// Operations that it covers; all that no other row of the service names when empty.
    pub operations: &'static [&'static str],
    /// Tokens that come back each second.
    pub per_second: f64,
    /// Tokens of a full bucket; where AWS publishes none, those of a second.
    pub burst: f64,
    /// Whether its operations have a bucket each, or one together.
    pub bucket: Bucket,
    /// Where the figures come from.
    pub source: Source,
}

/// Which calls take from the same bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Each operation has its own.
    Each,
    /// All operations of the row share one.
    Shared,
}

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// AWS publishes them, on this page of its documentation.
    Published {
        /// The page's heading.
        title: &'static str,
        /// Its address.
        url: &'static str,
    },
    /// AWS publishes none: why these.
    Choice(&'static str),
}

const fn page(title: &'static str, url: &'static str) -> Source {
    Source::Published { title, url }
}

const ACCOUNT: Source =
    page("Quotas for AWS Account Management", "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html");
const CLOUDTRAIL: Source =
    page("AWS CloudTrail endpoints and quotas", "https://docs.aws.amazon.com/general/latest/gr/ct.html");
const CLOUDWATCH: Source = page(
    "CloudWatch service quotas",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
);
const DYNAMODB: Source = page(
    "Best practices for managing the control plane in DynamoDB",
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-control-plane.html",
);
const DYNAMODB_BACKUPS: Source = page(
    "DescribeContinuousBackups",
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html",
);
const DYNAMODB_TAGS: Source = page(
    "ListTagsOfResource",
    "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html",
);
const ECS: Source = page(
    "Request throttling for the Amazon ECS API",
    "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html",
);
const EC2: Source = page(
    "Request throttling for the Amazon EC2 API",
    "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html",
);
const KMS: Source =
    page("Request quotas", "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html");
const LAMBDA: Source = page("Lambda quotas", "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html");
const LOAD_BALANCING: Source = page(
    "Request throttling for the Elastic Load Balancing API",
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html",
);
const LOGS: Source = page(
    "CloudWatch Logs quotas",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
);
const ORGANIZATIONS: Source = page(
    "Quotas and service limits for AWS Organizations",
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html",
);
const SECRETS_MANAGER: Source = page(
    "AWS Secrets Manager quotas",
    "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
);
const SECURITY_HUB: Source = page(
    "AWS Security Hub CSPM API Reference",
    "https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html",
);
const SNS: Source = page(
    "Amazon Simple Notification Service endpoints and quotas",
    "https://docs.aws.amazon.com/general/latest/gr/sns.html",
);
const SQS: Source = page(
    "Amazon SQS standard queue quotas",
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
);
const TAGGING: Source =
    page("Service quotas", "https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html");
const STS: Source =
    page("IAM and AWS STS quotas", "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html");

type Names = &'static [&'static str];

const fn each(service: &'static str, operations: Names, per_second: f64, burst: f64, source: Source) -> Quota {
    Quota { service, operations, per_second, burst, bucket: Bucket::Each, source }
}

const fn shared(service: &'static str, operations: Names, per_second: f64, burst: f64, source: Source) -> Quota {
    Quota { service, operations, per_second, burst, bucket: Bucket::Shared, source }
}

/// What a service has whose pages have no rate of requests: low, because nobody knows how low AWS's is.
const fn unpublished(service: &'static str, why: &'static str) -> Quota {
    each(service, &[], 20.0, 40.0, Source::Choice(why))
}

/// The quotas.
pub(super) static QUOTAS: &[Quota] = &[
    unpublished("accessanalyzer", "the quotas of IAM Access Analyzer count analyzers and the like"),
    each("account", &["GetRegionOptStatus", "ListRegions"], 5.0, 5.0, ACCOUNT),
    each("account", &["GetAlternateContact", "GetContactInformation"], 10.0, 15.0, ACCOUNT),
    unpublished("backup", "the quotas of AWS Backup count plans, vaults and the like"),
    unpublished("budgets", "the quotas of AWS Cost Management count budgets and the like"),
    unpublished("cloudcontrol", "the quotas of Cloud Control count resource operations in progress"),
    each("cloudtrail", &["LookupEvents"], 2.0, 2.0, CLOUDTRAIL),
    each(
        "cloudtrail",
        &["DescribeTrails", "GetEventSelectors", "GetTrail", "GetTrailStatus", "ListTags", "ListTrails"],
        10.0,
        10.0,
        CLOUDTRAIL,
    ),
    each("cloudwatch", &["DescribeAlarms"], 9.0, 9.0, CLOUDWATCH),
    unpublished("codebuild", "the quotas of CodeBuild count projects and builds"),
    unpublished("config", "the service limits of AWS Config count rules and the like"),
    each("dynamodb", &["DescribeContinuousBackups"], 10.0, 10.0, DYNAMODB_BACKUPS),
    each("dynamodb", &["ListTagsOfResource"], 10.0, 10.0, DYNAMODB_TAGS),
    shared("dynamodb", &[], 2500.0, 2500.0, DYNAMODB),
    each("ec2", &[], 20.0, 100.0, EC2),
    each("ecs", &[], 20.0, 50.0, ECS),
    shared("elbv2", &[], 10.0, 40.0, LOAD_BALANCING),
    unpublished("guardduty", "the quotas of GuardDuty count detectors and the like"),
    unpublished("iam", "the quotas of IAM count users and the like; only STS's have a rate"),
    each("kms", &["DescribeKey", "GetPublicKey", "ListResourceTags"], 2000.0, 2000.0, KMS),
    each("kms", &["GetKeyPolicy", "GetKeyRotationStatus"], 1000.0, 1000.0, KMS),
    each("kms", &["ListAliases", "ListKeys"], 500.0, 500.0, KMS),
    each("kms", &["ListGrants", "ListKeyPolicies", "ListKeyRotations"], 100.0, 100.0, KMS),
    each("lambda", &["GetFunction"], 100.0, 100.0, LAMBDA),
    each("lambda", &["GetPolicy"], 15.0, 15.0, LAMBDA),
    shared("lambda", &[], 15.0, 15.0, LAMBDA),
    each("logs", &["DescribeLogGroups"], 10.0, 10.0, LOGS),
    each(
        "logs",
        &["DescribeDeliveries", "DescribeDeliverySources"],
        5.0,
        5.0,
        Source::Choice("the page has no rate for deliveries; as low as its other descriptions"),
    ),
    each("logs", &["DescribeMetricFilters", "DescribeSubscriptionFilters"], 5.0, 5.0, LOGS),
    each("organizations", &["DescribeAccount"], 20.0, 30.0, ORGANIZATIONS),
    each("organizations", &["DescribeOrganization", "ListRoots"], 1.0, 2.0, ORGANIZATIONS),
    each("organizations", &["DescribeOrganizationalUnit", "DescribePolicy"], 2.0, 2.0, ORGANIZATIONS),
    each(
        "organizations",
        &["ListAWSServiceAccessForOrganization", "ListDelegatedServicesForAccount"],
        1.0,
        3.0,
        ORGANIZATIONS,
    ),
    each(
        "organizations",
        &["DescribeEffectivePolicy"],
        1.0,
        2.0,
        Source::Choice("the page does not name it, and the slowest of those that it names are as slow"),
    ),
    each("organizations", &["ListAccounts"], 8.0, 12.0, ORGANIZATIONS),
    each("organizations", &["ListChildren"], 6.0, 10.0, ORGANIZATIONS),
    each("organizations", &["ListTagsForResource"], 10.0, 15.0, ORGANIZATIONS),
    each(
        "organizations",
        &[
            "ListAccountsForParent",
            "ListDelegatedAdministrators",
            "ListOrganizationalUnitsForParent",
            "ListParents",
            "ListPolicies",
            "ListPoliciesForTarget",
            "ListTargetsForPolicy",
        ],
        5.0,
        8.0,
        ORGANIZATIONS,
    ),
    unpublished("rds", "the quotas of RDS count instances and the like, and have a rate for the Data API only"),
    each("resourcegroupstaggingapi", &["GetResources"], 15.0, 15.0, TAGGING),
    each("s3", &[], 100.0, 200.0, Source::Choice("S3 publishes rates for objects and none for a bucket's settings")),
    unpublished("s3control", "S3 publishes rates for objects and none for settings of accounts and access points"),
    each("secretsmanager", &["ListSecrets"], 100.0, 100.0, SECRETS_MANAGER),
    each("securityhub", &["DescribeHub"], 10.0, 30.0, SECURITY_HUB),
    // Of the figures for attributes, which differ by Region, the lowest.
    each("sns", &["GetTopicAttributes", "ListSubscriptions", "ListTopics"], 30.0, 30.0, SNS),
    each("sns", &["ListTagsForResource"], 10.0, 10.0, SNS),
    each("sqs", &["ListQueueTags"], 30.0, 30.0, SQS),
    unpublished("sqs", "SQS publishes rates for messages and tags, and none for a queue's attributes"),
    shared("sts", &["AssumeRole", "GetCallerIdentity"], 600.0, 600.0, STS),
    each(
        "wafv2",
        &[],
        2.0,
        2.0,
        Source::Choice("as few as fits what AWS WAF says of changes, with no figure for reading"),
    ),
];

/// EC2's smaller buckets, for listings that are asked for whole: without pages and filters.
pub(super) static UNPAGED: Quota = each(
    "ec2",
    &[
        "DescribeInstanceStatus",
        "DescribeInstances",
        "DescribeNetworkInterfaces",
        "DescribeSecurityGroups",
        "DescribeSnapshots",
        "DescribeSpotInstanceRequests",
        "DescribeVolumes",
    ],
    10.0,
    50.0,
    EC2,
);

/// What a call has that no row names.
pub(super) static OTHER: Quota = unpublished("", "the simulator answers no such call");
