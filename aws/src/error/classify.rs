//! AWS's answers as classes. What a code means of one service or operation stands in its descriptor
//! (`baseline/apis/errors.yaml`) and goes first; here is what every service says alike. Pure. Codes are AWS's, from the
//! service models and from "Troubleshoot access denied error messages" in the IAM user guide; what is not listed is told
//! by its HTTP status.

use plumbline_baseline::api::{Meaning, Service};

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
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

// EC2 says `RequestExpired` both of a session that ended and of a clock that is wrong; `skew` tells the second.
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

// What services say of a thing that does not exist, and of a setting that it does not have. Without an entry of the
// operation's own it is not known which.
const NOT_FOUND: &[&str] = &[
    "EntityNotFoundException",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "ResourceNotFoundFault",
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

/// The class of an error answer to an operation; `None` for a service without a descriptor.
pub(crate) fn classify(service: Option<&Service>, operation: &str, answer: &Answer) -> ErrorClass {
    let code = answer.code.as_str();
    if let Some(meaning) = service.and_then(|service| service.meanings.of(operation, code, &answer.message)) {
        return of_meaning(meaning, &answer.message);
    }
    let lists: [(&[&str], ErrorClass); 7] = [
        (THROTTLED, ErrorClass::Throttled),
        (NOT_AUTHENTICATED, ErrorClass::NotAuthenticated),
        (EXPIRED, ErrorClass::Expired),
        (REGION_DISABLED, ErrorClass::RegionDisabled),
        (NOT_SUBSCRIBED, ErrorClass::NotSubscribed),
        (TRANSIENT, ErrorClass::Transient),
        (NOT_FOUND, ErrorClass::AbsentOrVanished),
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

fn of_meaning(meaning: Meaning, message: &str) -> ErrorClass {
    match meaning {
        Meaning::Absent => ErrorClass::Absent,
        Meaning::Vanished => ErrorClass::Vanished,
        Meaning::AbsentOrVanished => ErrorClass::AbsentOrVanished,
        Meaning::WrongRegion => ErrorClass::WrongRegion,
        Meaning::Throttled => ErrorClass::Throttled,
        Meaning::Transient => ErrorClass::Transient,
        Meaning::Denied => ErrorClass::Denied { layer: layer(message) },
        Meaning::NotSubscribed => ErrorClass::NotSubscribed,
        Meaning::NotSupported => ErrorClass::NotSupported,
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

    use plumbline_baseline::api::Catalog;

    fn check(code: &str, http_status: u16, message: &str, expected: ErrorClass) {
        let answer = Answer { code: code.into(), message: message.into(), http_status };
        assert_eq!(classify(None, "", &answer), expected, "{code} {http_status} {message}");
    }

    fn check_of(called: &str, code: &str, http_status: u16, message: &str, expected: ErrorClass) {
        let (service, operation) = called.split_once(':').unwrap();
        let answer = Answer { code: code.into(), message: message.into(), http_status };
        let found = classify(Some(Catalog::embedded().service(service).unwrap()), operation, &answer);
        assert_eq!(found, expected, "{called} {code} {message}");
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
        check("InternalFailure", 500, "", ErrorClass::Transient);
        check("ServiceUnavailable", 503, "", ErrorClass::Transient);
    }

    #[test]
    fn a_code_is_read_by_service_and_operation() {
        check_of("s3:GetBucketPolicy", "NoSuchBucketPolicy", 404, "", ErrorClass::Absent);
        check_of("s3:GetBucketPolicy", "NoSuchBucket", 404, "", ErrorClass::Vanished);
        check_of("sns:GetTopicAttributes", "NotFound", 404, "Topic does not exist", ErrorClass::Vanished);
        check_of("kms:DescribeKey", "NotFoundException", 400, "", ErrorClass::Vanished);
        check_of("dynamodb:DescribeTable", "ResourceNotFoundException", 400, "", ErrorClass::Vanished);
        check_of("lambda:ListTags", "ResourceNotFoundException", 404, "", ErrorClass::Vanished);
        let gone = "The request is rejected because the input detectorId is not owned by the current account.";
        check_of("guardduty:GetDetector", "BadRequestException", 400, gone, ErrorClass::Vanished);
        check_of("guardduty:GetDetector", "BadRequestException", 400, "a parameter is not valid", ErrorClass::Bug);
        // What one service means is not what another one does.
        check_of("iam:GetAccountPasswordPolicy", "NoSuchBucket", 404, "", ErrorClass::Bug);
    }

    #[test]
    fn one_code_for_no_policy_and_for_no_function_is_told_by_its_message() {
        let policy =
            |message, expected| check_of("lambda:GetPolicy", "ResourceNotFoundException", 404, message, expected);
        policy("The resource you requested does not exist.", ErrorClass::Absent);
        policy("Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f", ErrorClass::Vanished);
        policy("No.", ErrorClass::AbsentOrVanished);
        check("ResourceNotFoundException", 404, "The policy does not exist", ErrorClass::AbsentOrVanished);
    }

    #[test]
    fn too_many_requests_have_other_names_in_some_services() {
        check_of(
            "s3:GetBucketAcl",
            "ServiceUnavailable",
            503,
            "Please reduce your request rate.",
            ErrorClass::Throttled,
        );
        check_of("s3:GetBucketAcl", "SlowDown", 503, "", ErrorClass::Throttled);
        check_of("iam:GenerateCredentialReport", "LimitExceeded", 409, "", ErrorClass::Throttled);
    }

    #[test]
    fn a_region_that_does_not_answer_for_another_ones_bucket_says_so() {
        let message = "The unspecified location constraint is incompatible for the region specific endpoint";
        check_of("s3:GetBucketLocation", "IllegalLocationConstraintException", 400, message, ErrorClass::WrongRegion);
        let message = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
        check_of("s3:GetBucketLocation", "AuthorizationHeaderMalformed", 400, message, ErrorClass::WrongRegion);
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
        let denied = ErrorClass::Denied { layer: DeniedLayer::Unstated };
        let message = "Account 111122223333 is not subscribed to AWS Security Hub";
        check_of("securityhub:DescribeHub", "InvalidAccessException", 401, message, ErrorClass::NotSubscribed);
        check_of("securityhub:DescribeHub", "InvalidAccessException", 401, "no", denied);
        let message = "AccountID in ARN is wrong, you can only access resources with AccountID 111122223333.";
        check_of("cloudtrail:GetTrailStatus", "CloudTrailARNInvalidException", 400, message, denied);
        check_of("cloudtrail:GetTrailStatus", "CloudTrailARNInvalidException", 400, "Missing /", ErrorClass::Bug);
    }

    #[test]
    fn no_code_is_in_two_lists() {
        let lists =
            [THROTTLED, DENIED, NOT_AUTHENTICATED, EXPIRED, REGION_DISABLED, NOT_SUBSCRIBED, TRANSIENT, NOT_FOUND];
        let mut codes: Vec<&str> = lists.concat();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
