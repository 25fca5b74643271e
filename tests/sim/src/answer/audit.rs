//! CloudTrail, AWS Config, CloudWatch and its logs, SNS, GuardDuty, Security Hub.

use plumbline_baseline::Doc;

use super::{Answer, ApiError, Asked, aggregator};

/// CloudTrail: a trail is seen in its home Region; as a shadow, everywhere it records.
pub(super) fn cloudtrail(asked: &Asked<'_>) -> Answer {
    Some(match asked.call.operation.as_str() {
        "DescribeTrails" => Ok(Doc::map([("trailList", Doc::List(described_trails(asked)))])),
        "GetTrailStatus" => trail(asked).map(|trail| trail.get("Status").clone()),
        "GetEventSelectors" => trail(asked).map(|trail| {
            Doc::map([
                ("TrailARN", trail.get("TrailARN").clone()),
                ("EventSelectors", trail.get("EventSelectors").clone()),
                ("AdvancedEventSelectors", trail.get("AdvancedEventSelectors").clone()),
            ])
        }),
        "ListTags" => list_trail_tags(asked),
        "ListTrails" => Ok(Doc::map([("Trails", Doc::List(described_trails(asked)))])),
        _ => return None,
    })
}

/// `includeShadowTrails` is true unless the request says otherwise; `trailNameList` chooses.
fn described_trails(asked: &Asked<'_>) -> Vec<Doc> {
    let wants_shadows = asked.call.input.get("includeShadowTrails").as_bool() != Some(false);
    let names = asked.call.input.get("trailNameList").as_list().unwrap_or_default();
    let is_chosen = |trail: &Doc| {
        names.is_empty() || names.iter().any(|name| name == trail.get("Name") || name == trail.get("TrailARN"))
    };
    // Without shadows, copies in other Regions go, and organization trails in member accounts too.
    let is_own = |trail: &Doc| {
        let account = trail.get("TrailARN").as_str().and_then(|arn| arn.split(':').nth(4));
        trail.get("HomeRegion").as_str() == Some(&asked.call.region) && account == Some(&asked.call.account)
    };
    visible_trails(asked).into_iter().filter(|trail| (wants_shadows || is_own(trail)) && is_chosen(trail)).collect()
}

/// Trails that record this account here: its own, its multi-Region ones elsewhere, and the organization's.
fn visible_trails(asked: &Asked<'_>) -> Vec<Doc> {
    let organization = asked.world.organization();
    let mut trails = asked.here("AWS::CloudTrail::Trail");
    let elsewhere = |account: &str| -> Vec<Doc> {
        let regions = asked.enabled_regions();
        let others = regions.iter().filter(|region| account != asked.call.account || **region != asked.call.region);
        others.flat_map(|region| asked.world.resources(account, region, "AWS::CloudTrail::Trail").to_vec()).collect()
    };
    let covers = |trail: &Doc| {
        trail.get("IsMultiRegionTrail").as_bool() == Some(true)
            || trail.get("HomeRegion").as_str() == Some(&asked.call.region)
    };
    trails.extend(elsewhere(&asked.call.account).into_iter().filter(|trail| covers(trail)));
    if organization.management != asked.call.account {
        let shared = elsewhere(&organization.management).into_iter();
        trails.extend(shared.filter(|trail| trail.get("IsOrganizationTrail").as_bool() == Some(true) && covers(trail)));
    }
    trails
}

/// By ARN anywhere the trail is visible; by name in its home Region only.
fn trail(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let name = match asked.call.text("TrailName") {
        "" => asked.call.text("Name"),
        name => name,
    };
    let mut trails = visible_trails(asked).into_iter();
    let is_meant = |trail: &Doc| {
        trail.get("TrailARN").as_str() == Some(name)
            || trail.get("Name").as_str() == Some(name) && trail.get("HomeRegion").as_str() == Some(&asked.call.region)
    };
    trails.find(is_meant).ok_or_else(|| {
        let message = format!("Unknown trail: {name} for the user: {}", asked.call.account);
        ApiError::new(400, "TrailNotFoundException", &message)
    })
}

fn list_trail_tags(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let ids = asked.call.input.get("ResourceIdList").as_list().unwrap_or_default();
    let own = asked.here("AWS::CloudTrail::Trail");
    let tagged = ids.iter().map(|id| {
        // Tags of a trail are read in its home Region and account.
        let trail = own.iter().find(|trail| trail.get("TrailARN") == id);
        let trail = trail.ok_or_else(|| ApiError::new(400, "ResourceNotFoundException", "Resource not found"))?;
        Ok(Doc::map([("ResourceId", id.clone()), ("TagsList", trail.get("TagsList").clone())]))
    });
    Ok(Doc::map([("ResourceTagList", Doc::List(tagged.collect::<Result<_, ApiError>>()?))]))
}

/// AWS Config.
pub(super) fn config(asked: &Asked<'_>) -> Answer {
    let recorders = asked.here("AWS::Config::ConfigurationRecorder");
    let (name, list) = match asked.call.operation.as_str() {
        "DescribeConfigurationRecorders" => ("ConfigurationRecorders", recorders),
        "DescribeConfigurationRecorderStatus" => {
            let status = recorders.iter().map(|recorder| recorder.get("Status").clone());
            ("ConfigurationRecordersStatus", status.collect())
        }
        "DescribeDeliveryChannels" => ("DeliveryChannels", asked.here("AWS::Config::DeliveryChannel")),
        "DescribeDeliveryChannelStatus" => {
            let channels = asked.here("AWS::Config::DeliveryChannel");
            ("DeliveryChannelsStatus", channels.iter().map(|channel| delivered(asked, channel)).collect())
        }
        "SelectResourceConfig" => return Some(super::generic::select(asked)),
        "DescribeConfigurationAggregators" => ("ConfigurationAggregators", aggregator::described(asked)),
        "DescribeConfigurationAggregatorSourcesStatus" => {
            let sources = aggregator::sources(asked).map(Doc::List);
            return Some(sources.map(|sources| Doc::map([("AggregatedSourceStatusList", sources)])));
        }
        "SelectAggregateResourceConfig" => return Some(aggregator::select(asked)),
        _ => return None,
    };
    Some(Ok(Doc::map([(name, Doc::List(list))])))
}

/// What a channel delivered: a history today, and no snapshot, which nobody asked for.
fn delivered(asked: &Asked<'_>, channel: &Doc) -> Doc {
    let history = Doc::map([
        ("lastStatus", Doc::from("SUCCESS")),
        ("lastAttemptTime", Doc::from(asked.timestamp())),
        ("lastSuccessfulTime", Doc::from(asked.timestamp())),
    ]);
    Doc::map([
        ("name", channel.get("name").clone()),
        ("configHistoryDeliveryInfo", history),
        ("configSnapshotDeliveryInfo", Doc::map([])),
    ])
}

/// CloudWatch Logs.
pub(super) fn logs(asked: &Asked<'_>) -> Answer {
    let groups = || asked.here("AWS::Logs::LogGroup");
    Some(match asked.call.operation.as_str() {
        "DescribeLogGroups" => {
            let prefix = asked.call.text("logGroupNamePrefix");
            let listed =
                groups().into_iter().filter(|g| g.get("logGroupName").as_str().is_some_and(|n| n.starts_with(prefix)));
            Ok(Doc::map([("logGroups", Doc::List(listed.collect()))]))
        }
        "DescribeMetricFilters" => {
            let group = asked.call.text("logGroupName");
            let exists = group.is_empty() || groups().iter().any(|g| g.get("logGroupName").as_str() == Some(group));
            let filters = asked.here("AWS::Logs::MetricFilter").into_iter();
            let listed = filters.filter(|f| group.is_empty() || f.get("logGroupName").as_str() == Some(group));
            if exists { Ok(Doc::map([("metricFilters", Doc::List(listed.collect()))])) } else { Err(no_group()) }
        }
        "DescribeDeliverySources" => {
            Ok(Doc::map([("deliverySources", Doc::List(asked.here("AWS::Logs::DeliverySource")))]))
        }
        "DescribeDeliveries" => Ok(Doc::map([("deliveries", Doc::List(asked.here("AWS::Logs::Delivery")))])),
        "ListTagsForResource" => {
            let arn = asked.call.text("resourceArn");
            let group = groups().into_iter().find(|group| group.get("logGroupArn").as_str() == Some(arn));
            group.map(|group| Doc::map([("tags", group.get("Tags").clone())])).ok_or_else(no_group)
        }
        _ => return None,
    })
}

fn no_group() -> ApiError {
    ApiError::new(400, "ResourceNotFoundException", "The specified log group does not exist.")
}

/// CloudWatch.
pub(super) fn cloudwatch(asked: &Asked<'_>) -> Answer {
    (asked.call.operation == "DescribeAlarms").then(|| {
        let none = || Doc::List(Vec::new());
        let alarms = Doc::List(asked.here("AWS::CloudWatch::Alarm"));
        Ok(Doc::map([("MetricAlarms", alarms), ("CompositeAlarms", none())]))
    })
}

/// SNS.
pub(super) fn sns(asked: &Asked<'_>) -> Answer {
    let topics = || asked.here("AWS::SNS::Topic");
    let topic = |arn: &str, code: &str| {
        let found = topics().into_iter().find(|topic| topic.get("TopicArn").as_str() == Some(arn));
        found.ok_or_else(|| ApiError::new(404, code, "Topic does not exist"))
    };
    let subscriptions = || asked.here("AWS::SNS::Subscription");
    let arn = asked.call.text("TopicArn");
    Some(match asked.call.operation.as_str() {
        "ListTopics" => Ok(Doc::map([("Topics", Doc::List(topics()))])),
        "GetTopicAttributes" => topic(arn, "NotFound").map(|t| Doc::map([("Attributes", t.get("Attributes").clone())])),
        "ListTagsForResource" => {
            let topic = topic(asked.call.text("ResourceArn"), "ResourceNotFound");
            topic.map(|topic| Doc::map([("Tags", topic.get("Tags").clone())]))
        }
        "ListSubscriptions" => Ok(Doc::map([("Subscriptions", Doc::List(subscriptions()))])),
        "ListSubscriptionsByTopic" => topic(arn, "NotFound").map(|_| {
            let listed = subscriptions().into_iter().filter(|s| s.get("TopicArn").as_str() == Some(arn));
            Doc::map([("Subscriptions", Doc::List(listed.collect()))])
        }),
        _ => return None,
    })
}

/// GuardDuty.
pub(super) fn guardduty(asked: &Asked<'_>) -> Answer {
    let detectors = asked.here("AWS::GuardDuty::Detector");
    Some(match asked.call.operation.as_str() {
        "ListOrganizationAdminAccounts" => administrators(asked),
        "ListDetectors" => {
            let ids = detectors.iter().map(|detector| detector.get("DetectorId").clone()).collect();
            Ok(Doc::map([("DetectorIds", Doc::List(ids))]))
        }
        "GetDetector" => {
            let id = asked.call.text("DetectorId");
            let found = detectors.into_iter().find(|detector| detector.get("DetectorId").as_str() == Some(id));
            let message = "The request is rejected because the input detectorId is not owned by the current account.";
            found.ok_or_else(|| ApiError::new(400, "BadRequestException", message))
        }
        _ => return None,
    })
}

/// Who administers GuardDuty for the organization: told to the management account only.
fn administrators(asked: &Asked<'_>) -> Result<Doc, ApiError> {
    let organization = asked.world.organization();
    if asked.call.account != organization.management {
        let message = "The request failed because you do not have required AWS Organization master permission.";
        return Err(ApiError::new(400, "BadRequestException", message));
    }
    let registered = organization.delegated.iter().filter(|(service, _)| service == "guardduty.amazonaws.com");
    let accounts = registered.map(|(_, account)| {
        Doc::map([("AdminAccountId", Doc::from(account.as_str())), ("AdminStatus", Doc::from("ENABLED"))])
    });
    Ok(Doc::map([("AdminAccounts", Doc::List(accounts.collect()))]))
}

/// Security Hub. An account that is not subscribed gets an error, not an empty answer.
pub(super) fn securityhub(asked: &Asked<'_>) -> Answer {
    let hub = asked.here("AWS::SecurityHub::Hub").into_iter().next().ok_or_else(|| {
        let message = format!("Account {} is not subscribed to AWS Security Hub", asked.call.account);
        ApiError::new(401, "InvalidAccessException", &message)
    });
    Some(match asked.call.operation.as_str() {
        "DescribeHub" => hub,
        "GetEnabledStandards" => {
            hub.map(|hub| Doc::map([("StandardsSubscriptions", hub.get("StandardsSubscriptions").clone())]))
        }
        _ => return None,
    })
}
