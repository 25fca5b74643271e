//! Calls that return what customers store, and not how it is set up: denied to every session, whatever allows them.
//! Data only.

/// The actions. Denied as a second defence: no statement of the role allows them.
pub const DATA_READS: &[&str] = &[
    "athena:GetQueryResults*",
    "cassandra:Select",
    "codeartifact:GetPackageVersionAsset",
    "codeartifact:ReadFromRepository",
    "codecommit:GetBlob",
    "codecommit:GetFile",
    "codecommit:GitPull",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQL*",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "ec2:GetConsole*",
    "ec2:GetPasswordData",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
    "kinesis:GetRecords",
    "kms:Decrypt",
    "kms:GenerateData*",
    "kms:ReEncrypt*",
    "lambda:GetFunction",
    "lambda:GetLayerVersion",
    "lambda:Invoke*",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "logs:Unmask",
    "rds-data:*",
    "rds-db:connect",
    "rds:Download*",
    "redshift-data:GetStatementResult*",
    "redshift-serverless:GetCredentials",
    "redshift:GetClusterCredentials*",
    "s3-object-lambda:GetObject*",
    "s3:GetObject",
    "s3:GetObjectTorrent",
    "s3:GetObjectVersion",
    "s3express:CreateSession",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
    "ssm:StartSession",
    "sts:AssumeRole*",
    "sts:GetFederationToken",
    "timestream:Select",
];

/// Whether an action is among those that are denied. IAM does not tell cases apart.
pub(crate) fn reads_data(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    DATA_READS.iter().map(|pattern| pattern.to_ascii_lowercase()).any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => action.starts_with(prefix),
        None => action == *pattern,
    })
}

/// How the actions begin that read how something is set up.
const READING: [&str; 6] = ["batchdescribe", "batchget", "describe", "get", "list", "search"];

/// Whether an action is one, named in full, that reads how something is set up. CloudFormation's schemas name others as
/// well, down to `kms:ScheduleKeyDeletion`, for handlers that do not need them to read.
pub(crate) fn is_reading(action: &str) -> bool {
    let Some((_, name)) = action.split_once(':') else { return false };
    let name = name.to_ascii_lowercase();
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word && READING.iter().any(|verb| name.starts_with(verb)) && !reads_data(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_returns_data_or_has_wildcards_is_no_reading() {
        for action in ["kinesis:DescribeStream", "apigateway:GET", "wafv2:listIPSets", "dynamodb:BatchGetSomething"] {
            assert!(is_reading(action), "{action}");
        }
        for action in [
            "kms:ScheduleKeyDeletion",
            "iam:PassRole",
            "s3:GetObject",
            "s3:getobject",
            "lambda:GetFunction",
            "ec2:Describe*",
            "*",
            "dynamodb:BatchGetItem",
            "kms:Decrypt",
            "sts:AssumeRole",
            "",
        ] {
            assert!(!is_reading(action), "{action}");
        }
    }
}
