//! CloudTrail, AWS Config, log groups, metric filters, alarms, topics, GuardDuty, Security Hub.

use serde_json::{Value, json};

use super::{Site, Trails, storage};

/// The log group that receives the trail.
const TRAIL_GROUP: &str = "aws-cloudtrail-logs";
/// The topic that alarms notify.
const ALARM_TOPIC: &str = "security-alarms";
/// The alias of the key that it is encrypted with.
pub(super) const ALARM_KEY: &str = "alias/security-alarms";
/// A topic with subscribers to which no alarm gets through: it is encrypted with the key that SNS makes.
const DEAF_TOPIC: &str = "security-alarms-2";

/// The alarms on the trail: the control, the metric, the filter pattern of the CIS benchmark.
const ALARMS: [(&str, &str, &str); 2] = [
    (
        "logs-alarm-root-usage",
        "RootUsage",
        "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }",
    ),
    (
        "logs-alarm-unauthorized-calls",
        "UnauthorizedCalls",
        "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") }",
    ),
];

pub(super) fn resources(site: &Site<'_>, type_name: &str) -> Option<Vec<Value>> {
    let here = |value: fn(&Site<'_>) -> Vec<Value>| if has_trail_here(site) { value(site) } else { Vec::new() };
    Some(match type_name {
        "AWS::CloudTrail::Trail" => here(|site| vec![trail(site)]),
        "AWS::Config::ConfigurationRecorder" => recorder(site),
        "AWS::Config::DeliveryChannel" => vec![json!({
            "name": "default", "s3BucketName": format!("example-config-{}", site.management),
        })],
        "AWS::Logs::LogGroup" => log_groups(site),
        "AWS::Logs::MetricFilter" => here(metric_filters),
        "AWS::CloudWatch::Alarm" => here(alarms),
        "AWS::SNS::Topic" => topics(site),
        "AWS::SNS::Subscription" => here(subscriptions),
        "AWS::GuardDuty::Detector" => detector(site),
        "AWS::SecurityHub::Hub" => hub(site),
        _ => return None,
    })
}

/// Whether the account has a trail of its own.
pub(super) fn keeps_trail(site: &Site<'_>) -> bool {
    site.trails == Trails::Own || site.is_management()
}

pub(super) fn has_trail_here(site: &Site<'_>) -> bool {
    site.is_home() && keeps_trail(site)
}

fn trail(site: &Site<'_>) -> Value {
    let flawed = |control: &str| site.flawed(control, "main");
    let group = site.arn("logs", &format!("log-group:{TRAIL_GROUP}:*"));
    let has_group = !flawed("cloudtrail-to-cloudwatch-logs");
    let records_data = !flawed("cloudtrail-s3-data-events");
    let field = |name: &str, value: &str| json!({ "Field": name, "Equals": [value] });
    let management = json!({ "Name": "Management", "FieldSelectors": [field("eventCategory", "Management")] });
    let objects = json!({
        "Name": "Objects",
        "FieldSelectors": [field("eventCategory", "Data"), field("resources.type", "AWS::S3::Object")],
    });
    json!({
        "Name": "main", "TrailARN": site.arn("cloudtrail", "trail/main"), "HomeRegion": site.region,
        "S3BucketName": storage::log_bucket_name(site), "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": !flawed("cloudtrail-multi-region"),
        "IsOrganizationTrail": site.trails == Trails::Organization,
        "LogFileValidationEnabled": !flawed("cloudtrail-log-validation"),
        "KmsKeyId": if flawed("cloudtrail-encrypted") { Value::Null } else { json!(site.arn("kms", "key/trail")) },
        "CloudWatchLogsLogGroupArn": if has_group { json!(group) } else { Value::Null },
        "CloudWatchLogsRoleArn":
            if has_group { json!(format!("arn:aws:iam::{}:role/trail-to-logs", site.account)) } else { Value::Null },
        "HasCustomEventSelectors": records_data, "HasInsightSelectors": false,
        "Status": {
            "IsLogging": true, "LatestDeliveryTime": site.days_ago(0), "StartLoggingTime": site.days_ago(400),
            "LatestCloudWatchLogsDeliveryTime": if has_group { json!(site.days_ago(0)) } else { Value::Null },
        },
        "AdvancedEventSelectors": if records_data { json!([management, objects]) } else { json!([management]) },
        "TagsList": site.tags("main"),
    })
}

fn recorder(site: &Site<'_>) -> Vec<Value> {
    let is_flawed = site.flawed("config-recorder-on", site.region);
    let name = "default";
    vec![json!({
        "name": name, "arn": site.arn("config", "configuration-recorder/default/abcdef"),
        "roleARN": format!("arn:aws:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", site.account),
        "recordingGroup": {
            "allSupported": true, "includeGlobalResourceTypes": site.is_home(), "resourceTypes": [],
            "recordingStrategy": { "useOnly": "ALL_SUPPORTED_RESOURCE_TYPES" },
        },
        "recordingMode": { "recordingFrequency": "CONTINUOUS" },
        "Status": {
            "name": name, "recording": !is_flawed, "lastStatus": if is_flawed { "FAILURE" } else { "SUCCESS" },
            "lastStartTime": site.days_ago(300), "lastStatusChangeTime": site.days_ago(1),
        },
    })]
}

fn log_groups(site: &Site<'_>) -> Vec<Value> {
    let ordinary = site.names(&["/aws/lambda/checkout", "/ecs/webshop", "/aws/rds/orders", "/aws/lambda/mailer"]);
    let trail = has_trail_here(site).then(|| TRAIL_GROUP.to_owned());
    let groups = trail.into_iter().chain(ordinary).map(|name| {
        let arn = site.arn("logs", &format!("log-group:{name}"));
        let retention = match (site.flawed("logs-group-retention", &name), name.len() % 2) {
            (false, _) => json!(365),
            (true, 0) => json!(14),
            // No retention at all keeps events for ever; whether that passes is the control's business.
            (true, _) => json!(30),
        };
        json!({
            "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "retentionInDays": retention,
            "creationTime": 1_700_000_000_000_i64, "metricFilterCount": 0, "storedBytes": 123_456,
            "logGroupClass": "STANDARD", "Tags": site.tag_map(&name),
        })
    });
    groups.collect()
}

/// A failing alarm control fails at one of its links, a different one for each control.
fn metric_filters(site: &Site<'_>) -> Vec<Value> {
    let present =
        ALARMS.iter().filter(|(control, ..)| *control != "logs-alarm-root-usage" || !site.flawed(control, "main"));
    let filters = present.map(|(_, metric, pattern)| {
        json!({
            "filterName": metric, "filterPattern": pattern, "logGroupName": TRAIL_GROUP,
            "creationTime": 1_700_000_000_000_i64,
            "metricTransformations": [{ "metricName": metric, "metricNamespace": "CISBenchmark", "metricValue": "1" }],
        })
    });
    filters.collect()
}

fn alarms(site: &Site<'_>) -> Vec<Value> {
    let alarms = ALARMS.iter().map(|(control, metric, _)| {
        let is_heard = *control != "logs-alarm-unauthorized-calls" || !has_deaf_topic(site);
        let topic = site.arn("sns", if is_heard { ALARM_TOPIC } else { DEAF_TOPIC });
        json!({
            "AlarmName": metric, "AlarmArn": site.arn("cloudwatch", &format!("alarm:{metric}")),
            "ActionsEnabled": true, "AlarmActions": [topic],
            "OKActions": [], "InsufficientDataActions": [], "StateValue": "OK", "StateReason": "Threshold not crossed",
            "MetricName": metric, "Namespace": "CISBenchmark", "Statistic": "Sum", "Dimensions": [], "Period": 300,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "notBreaching", "AlarmConfigurationUpdatedTimestamp": site.days_ago(100),
        })
    });
    alarms.collect()
}

fn topics(site: &Site<'_>) -> Vec<Value> {
    let ordinary = site.names(&["orders", "invoices", "shipments"]);
    let alarm = has_trail_here(site).then(|| alarm_topics(site)).into_iter().flatten().map(str::to_owned);
    let topics = alarm.chain(ordinary).map(|name| {
        let key = if name == ALARM_TOPIC { ALARM_KEY } else { "alias/aws/sns" };
        let arn = site.arn("sns", &name);
        let principal = json!({ "AWS": "*" });
        let own = json!({ "StringEquals": { "AWS:SourceOwner": site.account } });
        let condition = if site.flawed("sns-topic-not-public", &name) { json!({}) } else { own };
        let policy = json!({
            "Version": "2008-10-17",
            "Statement": [{
                "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": principal, "Resource": arn,
                "Action": ["SNS:Publish", "SNS:Subscribe"], "Condition": condition,
            }],
        });
        json!({
            "TopicArn": arn, "Tags": site.tags(&name),
            "Attributes": {
                "TopicArn": arn, "Owner": site.account, "DisplayName": "", "Policy": policy.to_string(),
                "KmsMasterKeyId": key, "SubscriptionsConfirmed": "1", "SubscriptionsPending": "0",
            },
        })
    });
    topics.collect()
}

fn subscriptions(site: &Site<'_>) -> Vec<Value> {
    let topics = alarm_topics(site).into_iter().map(|name| site.arn("sns", name));
    let subscriptions = topics.map(|topic| {
        json!({
            "SubscriptionArn": format!("{topic}:6b0e71bd-7e97-4d97-80ce-4a0994e55286"), "Owner": site.account,
            "Protocol": "email", "Endpoint": "security@example.com", "TopicArn": topic,
        })
    });
    subscriptions.collect()
}

fn has_deaf_topic(site: &Site<'_>) -> bool {
    site.flawed("logs-alarm-unauthorized-calls", "main")
}

/// The topics that the alarms on the trail notify.
fn alarm_topics(site: &Site<'_>) -> Vec<&'static str> {
    std::iter::once(ALARM_TOPIC).chain(has_deaf_topic(site).then_some(DEAF_TOPIC)).collect()
}

fn detector(site: &Site<'_>) -> Vec<Value> {
    let is_flawed = site.flawed("guardduty-on", site.region);
    if is_flawed && site.flawed("tags-required", site.region) {
        return Vec::new();
    }
    vec![json!({
        "DetectorId": "12abc34d567e8fa901bc2d34e56789f0", "CreatedAt": site.days_ago(300),
        "UpdatedAt": site.days_ago(30), "Status": if is_flawed { "DISABLED" } else { "ENABLED" },
        "FindingPublishingFrequency": "FIFTEEN_MINUTES", "Tags": site.tag_map("detector"),
        "ServiceRole": format!("arn:aws:iam::{}:role/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty", site.account),
    })]
}

fn hub(site: &Site<'_>) -> Vec<Value> {
    if site.flawed("securityhub-on", site.region) {
        return Vec::new();
    }
    let standard = "standards/aws-foundational-security-best-practices/v/1.0.0";
    vec![json!({
        "HubArn": site.arn("securityhub", "hub/default"), "SubscribedAt": site.days_ago(300),
        "AutoEnableControls": true, "ControlFindingGenerator": "SECURITY_CONTROL",
        "StandardsSubscriptions": [{
            "StandardsSubscriptionArn": site.arn("securityhub", &format!("subscription/{standard}")),
            "StandardsArn": format!("arn:aws:securityhub:{}::{standard}", site.region),
            "StandardsInput": {}, "StandardsStatus": "READY",
        }],
    })]
}
