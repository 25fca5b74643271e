//! Errors with the codes, statuses and wordings that AWS uses, which differ by protocol and service.

use plumbline_baseline::Doc;
use plumbline_baseline::api::Protocol;

use crate::faults::{Fault, Layer};
use crate::request::{Call, Dialect};

/// An error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// How long the answer asks to wait, in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl ApiError {
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), retry_after: None }
    }

    /// What a fault answers, if it is an error: `None` when the fault changes the answer in another way.
    pub(crate) fn injected(fault: Fault, call: &Call, dialect: &Dialect) -> Option<Self> {
        match fault {
            Fault::Deny(layer) => Some(Self::denied(layer, call, dialect)),
            Fault::Throttle => Some(Self::throttled(dialect)),
            Fault::ThrottleFor(wait) => Some(Self { retry_after: Some(wait.as_secs()), ..Self::throttled(dialect) }),
            Fault::ServerError => Some(Self::internal(dialect)),
            Fault::Expired => Some(Self::expired(dialect)),
            Fault::RegionDisabled => Some(Self::invalid_token(dialect)),
            Fault::Truncate
            | Fault::Strange(_)
            | Fault::Disconnect
            | Fault::Reset
            | Fault::Hang
            | Fault::Latency(_) => None,
        }
    }

    /// The denial of a call, worded for the layer that denies it.
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
    pub(crate) fn denied(layer: Layer, call: &Call, dialect: &Dialect) -> Self {
        let prefix = match call.service.as_str() {
            "elbv2" => "elasticloadbalancing",
            "accessanalyzer" => "access-analyzer",
            "s3control" => "s3",
            "cloudcontrol" => "cloudformation",
            name => name,
        };
        let action = format!("{prefix}:{}", call.operation);
        let because = match layer {
            Layer::Identity => format!("because no identity-based policy allows the {action} action"),
            Layer::Boundary => format!("because no permissions boundary allows the {action} action"),
            Layer::Session => format!("because no session policy allows the {action} action"),
            Layer::ServiceControl => "with an explicit deny in a service control policy".to_owned(),
            Layer::ResourceControl => "with an explicit deny in a resource control policy".to_owned(),
            Layer::Resource => "with an explicit deny in a resource-based policy".to_owned(),
            Layer::VpcEndpoint => "with an explicit deny in a VPC endpoint policy".to_owned(),
        };
        let user = match &call.role {
            Some(role) => format!("arn:aws:sts::{}:assumed-role/{role}/plumbline", call.account),
            None => format!("arn:aws:iam::{}:user/auditor", call.account),
        };
        let resource = subject(&call.input).map(|name| format!(" on resource: \"{name}\"")).unwrap_or_default();
        match dialect.protocol {
            Protocol::Ec2 => {
                let message = format!(
                    "You are not authorized to perform this operation. User: {user} is not authorized to perform: \
                     {action} {because}"
                );
                Self::new(403, "UnauthorizedOperation", &message)
            }
            protocol => {
                let message = format!("User: {user} is not authorized to perform: {action}{resource} {because}");
                let (status, code) = match protocol {
                    Protocol::Json | Protocol::SmithyRpcV2Cbor => (400, "AccessDeniedException"),
                    Protocol::RestJson => (403, "AccessDeniedException"),
                    _ => (403, "AccessDenied"),
                };
                Self::new(status, code, &message)
            }
        }
    }

    /// The service's throttling error. Lambda's says how long to wait.
    pub(crate) fn throttled(dialect: &Dialect) -> Self {
        let error = match (dialect.protocol, dialect.name.as_str()) {
            (Protocol::Ec2, _) => Self::new(503, "RequestLimitExceeded", "Request limit exceeded."),
            (_, "s3" | "s3control") => Self::new(503, "SlowDown", "Please reduce your request rate."),
            (_, "organizations") => {
                let message = "You have sent too many requests in too short a period of time.";
                Self::new(400, "TooManyRequestsException", message)
            }
            (_, "accessanalyzer") => Self::new(429, "ThrottlingException", "Rate exceeded"),
            (Protocol::Query | Protocol::RestXml, _) => Self::new(400, "Throttling", "Rate exceeded"),
            (Protocol::Json | Protocol::SmithyRpcV2Cbor, _) => Self::new(400, "ThrottlingException", "Rate exceeded"),
            (Protocol::RestJson, _) => Self::new(429, "TooManyRequestsException", "Too Many Requests"),
        };
        let retry_after = (dialect.name == "lambda").then_some(1);
        Self { retry_after, ..error }
    }

    /// An internal error.
    pub(crate) fn internal(dialect: &Dialect) -> Self {
        let code = match dialect.protocol {
            Protocol::Ec2 | Protocol::RestXml => "InternalError",
            Protocol::Query => "InternalFailure",
            Protocol::Json | Protocol::RestJson | Protocol::SmithyRpcV2Cbor => "InternalServerError",
        };
        Self::new(500, code, "We encountered an internal error. Please try again.")
    }

    /// Credentials whose time is over.
    pub(crate) fn expired(dialect: &Dialect) -> Self {
        let message = "The security token included in the request is expired";
        match (dialect.protocol, dialect.name.as_str()) {
            (Protocol::Ec2, _) => Self::new(400, "RequestExpired", message),
            (_, "s3") => Self::new(400, "ExpiredToken", "The provided token has expired."),
            (Protocol::Query | Protocol::RestXml, _) => Self::new(403, "ExpiredToken", message),
            _ => Self::new(400, "ExpiredTokenException", message),
        }
    }

    /// Credentials that are not valid here: what AWS answers for unknown keys and for Regions that are not enabled.
    pub(crate) fn invalid_token(dialect: &Dialect) -> Self {
        let message = "The security token included in the request is invalid.";
        match (dialect.protocol, dialect.name.as_str()) {
            (Protocol::Ec2, _) => {
                let message = "AWS was not able to validate the provided access credentials";
                Self::new(401, "AuthFailure", message)
            }
            (_, "s3") => {
                let message = "The AWS Access Key Id you provided does not exist in our records.";
                Self::new(403, "InvalidAccessKeyId", message)
            }
            (Protocol::Query | Protocol::RestXml, _) => Self::new(403, "InvalidClientTokenId", message),
            (Protocol::Json | Protocol::SmithyRpcV2Cbor, _) => Self::new(400, "UnrecognizedClientException", message),
            (Protocol::RestJson, _) => Self::new(403, "UnrecognizedClientException", message),
        }
    }
}

/// The name of the thing that a call is about: its first text member.
fn subject(input: &Doc) -> Option<&str> {
    input.as_map()?.iter().find_map(|(_, value)| value.as_str())
}
