//! The one table that turns AWS's answers into classes. Pure. Codes are AWS's, from the service models and from
//! "Troubleshoot access denied error messages" in the IAM user guide; what is not listed is told by its HTTP status.

use super::{DeniedLayer, ErrorClass};

/// An error answer of AWS.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) http_status: u16,
}

const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AllAccessDisabled",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "ForbiddenException",
    "InsufficientPrivilegesException",
    "KMSAccessDeniedException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

// A Region that is not enabled for the account gives these too: alone they prove neither.
const NOT_AUTHENTICATED: &[&str] = &[
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthenticated",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

const REGION_DISABLED: &[&str] = &["RegionDisabledException"];

const NOT_SUBSCRIBED: &[&str] = &["NotSignedUp", "OptInRequired", "SubscriptionRequiredException"];

const TRANSIENT: &[&str] = &[
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "InternalServiceException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServerInternal",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Unavailable",
];

const ABSENT: &[&str] = &[
    "AWSOrganizationsNotInUseException",
    "NoSuchCORSConfiguration",
    "NoSuchBucketPolicy",
    "NoSuchEntity",
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "NoSuchWebsiteConfiguration",
    "NotFound",
    "NotFoundException",
    "ObjectLockConfigurationNotFoundError",
    "OwnershipControlsNotFoundError",
    "ReplicationConfigurationNotFoundError",
    "ReportExpired",
    "ReportInProgress",
    "ReportNotPresent",
    "ResourceNotFoundException",
    "ServerSideEncryptionConfigurationNotFoundError",
];

// Only codes that can mean nothing else than "the resource itself is gone".
const VANISHED: &[&str] = &[
    "AWS.SimpleQueueService.NonExistentQueue",
    "DBClusterNotFoundFault",
    "DBInstanceNotFound",
    "InvalidGroup.NotFound",
    "InvalidInstanceID.NotFound",
    "InvalidNetworkInterfaceID.NotFound",
    "InvalidSnapshot.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidVolume.NotFound",
    "InvalidVpcID.NotFound",
    "ListenerNotFound",
    "LoadBalancerNotFound",
    "NoSuchBucket",
    "QueueDoesNotExist",
    "TableNotFoundException",
    "TrailNotFoundException",
];

const LAYERS: &[(&str, DeniedLayer)] = &[
    ("service control polic", DeniedLayer::ServiceControlPolicy),
    ("resource control polic", DeniedLayer::ResourceControlPolicy),
    ("permissions boundary", DeniedLayer::PermissionsBoundary),
    ("session polic", DeniedLayer::SessionPolicy),
    ("vpc endpoint polic", DeniedLayer::EndpointPolicy),
    ("identity-based polic", DeniedLayer::IdentityPolicy),
    ("resource-based polic", DeniedLayer::ResourcePolicy),
];

/// The class of an error answer.
pub(crate) fn classify(answer: &Answer) -> ErrorClass {
    let code = answer.code.as_str();
    if let Some(class) = by_message(code, &answer.message) {
        return class;
    }
    let lists: [(&[&str], ErrorClass); 8] = [
        (THROTTLED, ErrorClass::Throttled),
        (NOT_AUTHENTICATED, ErrorClass::NotAuthenticated),
        (EXPIRED, ErrorClass::Expired),
        (REGION_DISABLED, ErrorClass::RegionDisabled),
        (NOT_SUBSCRIBED, ErrorClass::NotSubscribed),
        (TRANSIENT, ErrorClass::Transient),
        (ABSENT, ErrorClass::Absent),
        (VANISHED, ErrorClass::Vanished),
    ];
    if let Some((_, class)) = lists.iter().find(|(codes, _)| codes.contains(&code)) {
        return *class;
    }
    if DENIED.contains(&code) {
        return ErrorClass::Denied { layer: layer(&answer.message) };
    }
    match answer.http_status {
        429 => ErrorClass::Throttled,
        401 => ErrorClass::NotAuthenticated,
        403 => ErrorClass::Denied { layer: layer(&answer.message) },
        // 501 says that the operation does not exist there: asking again will not help.
        500 | 502..=599 => ErrorClass::Transient,
        _ => ErrorClass::Bug,
    }
}

/// Codes that AWS uses for several things, told apart by the message.
fn by_message(code: &str, message: &str) -> Option<ErrorClass> {
    let says = |words: &str| message.to_ascii_lowercase().contains(words);
    match code {
        // Security Hub, before it is enabled.
        "InvalidAccessException" if says("not subscribed") => Some(ErrorClass::NotSubscribed),
        "InvalidAccessException" => Some(ErrorClass::Denied { layer: layer(message) }),
        // CloudTrail, asked by a member account about a trail of its organization.
        "CloudTrailARNInvalidException" if says("you can only access resources with accountid") => {
            Some(ErrorClass::Denied { layer: DeniedLayer::Unstated })
        }
        _ => None,
    }
}

fn layer(message: &str) -> DeniedLayer {
    let message = message.to_ascii_lowercase();
    let found = LAYERS.iter().find(|(words, _)| message.contains(words));
    found.map_or(DeniedLayer::Unstated, |(_, layer)| *layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, http_status: u16, message: &str, expected: ErrorClass) {
        let answer = Answer { code: code.into(), message: message.into(), http_status };
        assert_eq!(classify(&answer), expected, "{code} {http_status} {message}");
    }

    #[test]
    fn codes_have_classes() {
        check("Throttling", 400, "Rate exceeded", ErrorClass::Throttled);
        check("RequestLimitExceeded", 503, "", ErrorClass::Throttled);
        check("SlowDown", 503, "", ErrorClass::Throttled);
        check("ExpiredToken", 403, "", ErrorClass::Expired);
        check("SubscriptionRequiredException", 403, "", ErrorClass::NotSubscribed);
        check("OptInRequired", 401, "", ErrorClass::NotSubscribed);
        check("RegionDisabledException", 403, "", ErrorClass::RegionDisabled);
        check("NoSuchBucketPolicy", 404, "", ErrorClass::Absent);
        check("NoSuchBucket", 404, "", ErrorClass::Vanished);
        check("InternalFailure", 500, "", ErrorClass::Transient);
    }

    #[test]
    fn what_a_disabled_region_and_wrong_keys_have_in_common_is_neither() {
        for code in ["AuthFailure", "UnrecognizedClientException", "InvalidClientTokenId"] {
            check(code, 403, "", ErrorClass::NotAuthenticated);
        }
    }

    #[test]
    fn unlisted_codes_are_told_by_status_and_are_never_absent() {
        check("Novel", 429, "", ErrorClass::Throttled);
        check("Novel", 503, "", ErrorClass::Transient);
        check("Novel", 501, "", ErrorClass::Bug);
        check("Novel", 404, "", ErrorClass::Bug);
        check("", 404, "", ErrorClass::Bug);
        check("Novel", 403, "", ErrorClass::Denied { layer: DeniedLayer::Unstated });
    }

    #[test]
    fn the_message_names_the_layer() {
        let base =
            "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: s3:GetBucketPolicy on resource: x";
        for (end, layer) in [
            ("with an explicit deny in a service control policy", DeniedLayer::ServiceControlPolicy),
            ("because no service control policy allows the action", DeniedLayer::ServiceControlPolicy),
            ("with an explicit deny in a resource control policy", DeniedLayer::ResourceControlPolicy),
            ("because no identity-based policy allows the action", DeniedLayer::IdentityPolicy),
            ("because no permissions boundary allows the action", DeniedLayer::PermissionsBoundary),
            ("because no session policy allows the action", DeniedLayer::SessionPolicy),
            ("with an explicit deny in a resource-based policy", DeniedLayer::ResourcePolicy),
            ("because no VPC endpoint policy allows the action", DeniedLayer::EndpointPolicy),
            ("", DeniedLayer::Unstated),
        ] {
            check("AccessDenied", 403, &format!("{base} {end}"), ErrorClass::Denied { layer });
        }
    }

    #[test]
    fn codes_with_several_meanings_are_told_by_message() {
        let message = "Account 111122223333 is not subscribed to AWS Security Hub";
        check("InvalidAccessException", 401, message, ErrorClass::NotSubscribed);
        check("InvalidAccessException", 401, "no", ErrorClass::Denied { layer: DeniedLayer::Unstated });
        let message = "AccountID in ARN is wrong, you can only access resources with AccountID 111122223333.";
        check("CloudTrailARNInvalidException", 400, message, ErrorClass::Denied { layer: DeniedLayer::Unstated });
        check("CloudTrailARNInvalidException", 400, "Missing /", ErrorClass::Bug);
    }

    #[test]
    fn no_code_is_in_two_lists() {
        let lists = [
            THROTTLED,
            DENIED,
            NOT_AUTHENTICATED,
            EXPIRED,
            REGION_DISABLED,
            NOT_SUBSCRIBED,
            TRANSIENT,
            ABSENT,
            VANISHED,
        ];
        let mut codes: Vec<&str> = lists.concat();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
