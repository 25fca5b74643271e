//! The table of budgets. Every line names the page of AWS's documentation that it was read from, or says that it is a
//! choice and why.

use super::quota::{Page, Quota, Source};

const ACCOUNT: Page = Page {
    title: "Quotas for AWS Account Management",
    url: "https://docs.aws.amazon.com/accounts/latest/reference/quotas.html",
};
const CLOUDTRAIL: Page =
    Page { title: "AWS CloudTrail endpoints and quotas", url: "https://docs.aws.amazon.com/general/latest/gr/ct.html" };
const CLOUDWATCH: Page = Page {
    title: "CloudWatch service quotas",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
};
const DYNAMODB: Page = Page {
    title: "Best practices for managing the control plane in DynamoDB",
    url: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-control-plane.html",
};
const DYNAMODB_BACKUPS: Page = Page {
    title: "DescribeContinuousBackups",
    url: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContinuousBackups.html",
};
const DYNAMODB_TAGS: Page = Page {
    title: "ListTagsOfResource",
    url: "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListTagsOfResource.html",
};
const EC2: Page = Page {
    title: "Request throttling for the Amazon EC2 API",
    url: "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html",
};
const ECS: Page = Page {
    title: "Request throttling for the Amazon ECS API",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html",
};
const KMS: Page = Page {
    title: "Request quotas",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html",
};
const LAMBDA: Page =
    Page { title: "Lambda quotas", url: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html" };
const LOAD_BALANCING: Page = Page {
    title: "Request throttling for the Elastic Load Balancing API",
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html",
};
const LOGS: Page = Page {
    title: "CloudWatch Logs quotas",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
};
const ORGANIZATIONS: Page = Page {
    title: "Quotas and service limits for AWS Organizations",
    url: "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html",
};
const SECRETS_MANAGER: Page = Page {
    title: "AWS Secrets Manager quotas",
    url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
};
const SECURITY_HUB: Page = Page {
    title: "AWS Security Hub CSPM API Reference",
    url: "https://docs.aws.amazon.com/securityhub/1.0/APIReference/Welcome.html",
};
const SNS: Page = Page {
    title: "Amazon Simple Notification Service endpoints and quotas",
    url: "https://docs.aws.amazon.com/general/latest/gr/sns.html",
};
const SQS: Page = Page {
    title: "Amazon SQS standard queue quotas",
    url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html",
};
const STS: Page = Page {
    title: "IAM and AWS STS quotas",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
};
const TAGGING: Page =
    Page { title: "Service quotas", url: "https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html" };

/// What is taken of a quota: so many requests a second, and so many at once, of those that are allowed a second.
const fn part(
    service: &'static str,
    operation: &'static str,
    (requests_per_second, burst): (f64, f64),
    allowed: f64,
    page: Page,
) -> Quota {
    Quota { service, operation, requests_per_second, burst, source: Source::Published { page, allowed } }
}

/// A quota that is taken whole.
const fn whole(service: &'static str, operation: &'static str, rate: f64, burst: f64, page: Page) -> Quota {
    part(service, operation, (rate, burst), rate, page)
}

const fn choice(service: &'static str, requests_per_second: f64, burst: f64, why: &'static str) -> Quota {
    Quota { service, operation: "", requests_per_second, burst, source: Source::Choice(why) }
}

/// The table, sorted.
pub(super) static QUOTAS: &[Quota] = &[
    choice("", 20.0, 40.0, "what EC2 allows each of its listings, until a throttling answer says less"),
    choice("accessanalyzer", 20.0, 40.0, "its quotas have no rate of requests; one listing a Region"),
    // Operations that are not named here: the page's lowest figure for one that reads.
    whole("account", "", 3.0, 3.0, ACCOUNT),
    whole("account", "GetAlternateContact", 10.0, 15.0, ACCOUNT),
    whole("account", "GetContactInformation", 10.0, 15.0, ACCOUNT),
    whole("account", "GetRegionOptStatus", 5.0, 5.0, ACCOUNT),
    whole("account", "ListRegions", 5.0, 5.0, ACCOUNT),
    choice("backup", 10.0, 20.0, "its quotas have no rate of requests; a call for each plan and for each selection"),
    choice("budgets", 20.0, 40.0, "its quotas have no rate of requests; one listing an account"),
    choice(
        "cloudcontrol",
        5.0,
        10.0,
        "its quotas have no rate for reading; each call makes several of the service's own",
    ),
    // Each operation has 10 a second.
    part("cloudtrail", "", (5.0, 10.0), 10.0, CLOUDTRAIL),
    part("cloudtrail", "LookupEvents", (1.0, 2.0), 2.0, CLOUDTRAIL),
    part("cloudwatch", "DescribeAlarms", (4.0, 8.0), 9.0, CLOUDWATCH),
    choice("codebuild", 10.0, 20.0, "its quotas have no rate of requests; a hundred projects a call"),
    choice("config", 10.0, 20.0, "its quotas have no rate of requests; three short calls a Region need no more"),
    // 2,500 for the whole control plane.
    part("dynamodb", "", (100.0, 200.0), 2500.0, DYNAMODB),
    part("dynamodb", "DescribeContinuousBackups", (5.0, 10.0), 10.0, DYNAMODB_BACKUPS),
    part("dynamodb", "ListTagsOfResource", (5.0, 10.0), 10.0, DYNAMODB_TAGS),
    // Each operation has 100 at once and 20 a second.
    part("ec2", "", (10.0, 40.0), 20.0, EC2),
    // 50 at once and 20 a second for reading clusters, which has the least of what reads.
    part("ecs", "", (10.0, 25.0), 20.0, ECS),
    // 40 at once and 10 a second for all operations of each of the two APIs together.
    part("elb", "", (5.0, 20.0), 10.0, LOAD_BALANCING),
    part("elbv2", "", (5.0, 20.0), 10.0, LOAD_BALANCING),
    choice("guardduty", 20.0, 40.0, "its quotas have no rate of requests; two calls a Region"),
    choice("iam", 20.0, 40.0, "AWS publishes STS's rate and none for IAM; a few calls an account, in long pages"),
    // 500 for ListKeys, which has the least of those that are called, but for grants.
    part("kms", "", (100.0, 200.0), 500.0, KMS),
    part("kms", "ListGrants", (50.0, 50.0), 100.0, KMS),
    // 15 for all operations together, and 15 for GetPolicy alone, of functions and aliases.
    part("lambda", "", (7.0, 7.0), 15.0, LAMBDA),
    part("lambda", "GetPolicy", (7.0, 7.0), 15.0, LAMBDA),
    choice("logs", 2.5, 5.0, "its page has no rate for deliveries; half of the least that it has for a description"),
    part("logs", "DescribeLogGroups", (5.0, 10.0), 10.0, LOGS),
    part("logs", "DescribeMetricFilters", (2.5, 5.0), 5.0, LOGS),
    // Operations that are not named here: the page's lowest figure for one that reads.
    whole("organizations", "", 1.0, 2.0, ORGANIZATIONS),
    whole("organizations", "DescribeAccount", 20.0, 30.0, ORGANIZATIONS),
    Quota {
        service: "organizations",
        operation: "DescribeEffectivePolicy",
        requests_per_second: 1.0,
        burst: 2.0,
        source: Source::Choice("the page does not name it, and the slowest of those that it names are as slow"),
    },
    whole("organizations", "DescribeOrganization", 1.0, 2.0, ORGANIZATIONS),
    whole("organizations", "DescribeOrganizationalUnit", 2.0, 2.0, ORGANIZATIONS),
    whole("organizations", "DescribePolicy", 2.0, 2.0, ORGANIZATIONS),
    whole("organizations", "ListAWSServiceAccessForOrganization", 1.0, 3.0, ORGANIZATIONS),
    whole("organizations", "ListAccounts", 8.0, 12.0, ORGANIZATIONS),
    whole("organizations", "ListAccountsForParent", 5.0, 8.0, ORGANIZATIONS),
    whole("organizations", "ListChildren", 6.0, 10.0, ORGANIZATIONS),
    whole("organizations", "ListDelegatedAdministrators", 5.0, 8.0, ORGANIZATIONS),
    whole("organizations", "ListOrganizationalUnitsForParent", 5.0, 8.0, ORGANIZATIONS),
    whole("organizations", "ListParents", 5.0, 8.0, ORGANIZATIONS),
    whole("organizations", "ListPolicies", 5.0, 8.0, ORGANIZATIONS),
    whole("organizations", "ListPoliciesForTarget", 5.0, 8.0, ORGANIZATIONS),
    whole("organizations", "ListRoots", 1.0, 2.0, ORGANIZATIONS),
    whole("organizations", "ListTagsForResource", 10.0, 15.0, ORGANIZATIONS),
    whole("organizations", "ListTargetsForPolicy", 5.0, 8.0, ORGANIZATIONS),
    choice("rds", 20.0, 40.0, "AWS publishes rates for the Data API only; one listing a Region"),
    part("resourcegroupstaggingapi", "", (7.0, 7.0), 15.0, TAGGING),
    choice("s3", 100.0, 200.0, "AWS publishes rates for objects, thousands a second, and none for a bucket's settings"),
    choice("s3control", 20.0, 40.0, "its quotas have no rate of requests; three calls a Region, two an access point"),
    part("secretsmanager", "ListSecrets", (20.0, 40.0), 100.0, SECRETS_MANAGER),
    part("securityhub", "", (5.0, 15.0), 10.0, SECURITY_HUB),
    // 30 for the listings everywhere; for a topic's attributes in the smaller Regions, and more in others.
    part("sns", "", (12.0, 24.0), 30.0, SNS),
    part("sns", "ListTagsForResource", (5.0, 10.0), 10.0, SNS),
    choice("sqs", 100.0, 200.0, "AWS calls the rate for messages nearly unlimited and publishes none for attributes"),
    part("sqs", "ListQueueTags", (12.0, 24.0), 30.0, SQS),
    // 600 for AssumeRole, GetCallerIdentity and four others together.
    part("sts", "", (100.0, 100.0), 600.0, STS),
    choice("wafv2", 1.0, 1.0, "a call for each of at most a hundred web ACLs; whoever manages them needs the rest"),
];
