"""The calls that are compared, and what boto3 answers: NDJSON on stdout, one call a line.

Usage: calls.py ENDPOINT
Lines: {"service", "operation", "region", "input", "expected"} or {…, "error": code}. Documents are normalised as our
client writes them: timestamps ISO-8601 in UTC, bytes base64, ResponseMetadata dropped, and what botocore's handlers
decode (IAM policy documents) left as the wire has it.
"""

import base64
import datetime
import json
import pathlib
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from seed import ACCOUNT, REGION, seed


def calls(names):
    bucket = "plumb-line-data"
    yield from (("iam", operation, {}) for operation in (
        "GetAccountSummary", "GetAccountPasswordPolicy", "ListAccountAliases", "ListVirtualMFADevices",
        "GenerateCredentialReport", "GetCredentialReport", "ListUsers"))
    yield "iam", "ListUsers", {"MaxItems": 2}
    yield "iam", "ListUsers", {"PathPrefix": "/staff/"}
    yield "iam", "GetAccountAuthorizationDetails", {"Filter": ["User", "Role", "Group", "LocalManagedPolicy"]}
    yield "iam", "ListEntitiesForPolicy", {"PolicyArn": names["policy"]}
    yield "iam", "ListMFADevices", {"UserName": "ann"}
    yield "iam", "ListAccessKeys", {"UserName": "ann"}
    yield "iam", "GetLoginProfile", {"UserName": "ann"}
    yield "iam", "GetLoginProfile", {"UserName": "user-1"}
    yield "iam", "ListMFADevices", {"UserName": "nobody & nothing"}
    yield "sts", "GetCallerIdentity", {}
    yield "account", "GetAlternateContact", {"AlternateContactType": "SECURITY"}
    yield "account", "GetAlternateContact", {"AlternateContactType": "BILLING"}
    yield "s3", "ListBuckets", {}
    yield "s3", "ListBuckets", {"BucketRegion": "eu-west-1"}
    # Not GetBucketPolicyStatus: moto answers a listing of objects, which boto3 reads as an empty document and our client
    # refuses. The simulator is asked.
    for operation in ("GetBucketLocation", "GetBucketPolicy", "GetBucketAcl",
                      "GetPublicAccessBlock", "GetBucketEncryption", "GetBucketVersioning", "GetBucketLogging",
                      "GetBucketTagging", "GetObjectLockConfiguration", "GetBucketReplication",
                      "GetBucketOwnershipControls"):
        for name in (bucket, "plumb.line.dots", "plumb-line-locked"):
            yield "s3", operation, {"Bucket": name}
    yield "s3", "GetBucketLocation", {"Bucket": "plumb-line-eu"}
    yield "s3", "GetBucketAcl", {"Bucket": "plumb-line-logs"}
    yield "s3", "GetBucketPolicy", {"Bucket": "no-such-bucket-here"}
    yield "cloudtrail", "DescribeTrails", {}
    yield "cloudtrail", "GetTrailStatus", {"Name": names["trail"]}
    yield "cloudtrail", "GetTrailStatus", {"Name": "none"}
    yield "cloudtrail", "GetEventSelectors", {"TrailName": names["trail"]}
    yield "cloudtrail", "ListTags", {"ResourceIdList": [names["trail"]]}
    yield from (("config", operation, {}) for operation in (
        "DescribeConfigurationRecorders", "DescribeConfigurationRecorderStatus", "DescribeDeliveryChannels"))
    yield "logs", "DescribeLogGroups", {}
    yield "logs", "DescribeLogGroups", {"logGroupNamePrefix": "/plumb/0", "limit": 3}
    yield "logs", "DescribeMetricFilters", {"logGroupName": "/plumb/00"}
    yield "logs", "ListTagsForResource", {"resourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/plumb/00"}
    yield "logs", "DescribeMetricFilters", {"logGroupName": "none"}
    yield from (("logs", operation, {}) for operation in ("DescribeDeliverySources", "DescribeDeliveries"))
    yield "cloudwatch", "DescribeAlarms", {}
    yield "cloudwatch", "DescribeAlarms", {"AlarmNames": ["root-used"], "MaxRecords": 1}
    yield "sns", "ListTopics", {}
    yield "sns", "GetTopicAttributes", {"TopicArn": names["topic"]}
    yield "sns", "GetTopicAttributes", {"TopicArn": names["topic"] + "x"}
    yield "sns", "ListSubscriptions", {}
    yield "sns", "ListSubscriptionsByTopic", {"TopicArn": names["topic"]}
    yield "sns", "ListTagsForResource", {"ResourceArn": names["topic"]}
    yield "sqs", "ListQueues", {}
    yield "sqs", "GetQueueAttributes", {"QueueUrl": names["queue"], "AttributeNames": ["All"]}
    yield "sqs", "GetQueueAttributes", {"QueueUrl": names["queue"] + "x", "AttributeNames": ["All"]}
    yield "sqs", "ListQueueTags", {"QueueUrl": names["queue"]}
    yield "guardduty", "ListDetectors", {}
    yield "guardduty", "GetDetector", {"DetectorId": names["detector"]}
    yield "guardduty", "GetDetector", {"DetectorId": "0" * 32}
    yield "securityhub", "DescribeHub", {}
    yield from (("ec2", operation, {}) for operation in (
        "DescribeRegions", "GetEbsEncryptionByDefault", "DescribeVolumes", "DescribeInstances",
        "DescribeSecurityGroups", "DescribeVpcs", "DescribeFlowLogs", "DescribeSubnets", "DescribeNetworkInterfaces"))
    yield "ec2", "DescribeRegions", {"AllRegions": True}
    yield "ec2", "DescribeSnapshots", {"OwnerIds": ["self"]}
    yield "ec2", "DescribeVolumes", {"VolumeIds": names["volumes"][:2]}
    yield "ec2", "DescribeVolumes", {"VolumeIds": ["vol-00000000000000000"]}
    yield "ec2", "DescribeVolumes", {"MaxResults": 2, "Filters": [{"Name": "encrypted", "Values": ["true", "false"]}]}
    yield "ec2", "DescribeSnapshotAttribute", {"SnapshotId": names["snapshot"], "Attribute": "createVolumePermission"}
    yield "ec2", "DescribeSecurityGroups", {"Filters": [{"Name": "vpc-id", "Values": [names["vpc"]]}]}
    yield "elbv2", "DescribeLoadBalancers", {}
    yield "elbv2", "DescribeLoadBalancerAttributes", {"LoadBalancerArn": names["balancer"]}
    yield "elbv2", "DescribeListeners", {"LoadBalancerArn": names["balancer"]}
    yield "elbv2", "DescribeRules", {"ListenerArn": names["listener"]}
    yield "elbv2", "DescribeRules", {"ListenerArn": names["listener"] + "0"}
    yield "elbv2", "DescribeTags", {"ResourceArns": [names["balancer"]]}
    yield "kms", "ListKeys", {}
    yield "kms", "DescribeKey", {"KeyId": names["key"]}
    yield "kms", "DescribeKey", {"KeyId": "alias/none"}
    yield "kms", "GetKeyPolicy", {"KeyId": names["key"]}
    yield "kms", "ListGrants", {"KeyId": names["key"]}
    yield "kms", "GetKeyRotationStatus", {"KeyId": names["key"]}
    yield "kms", "GetKeyPolicy", {"KeyId": names["key"], "PolicyName": "default"}
    yield "kms", "ListResourceTags", {"KeyId": names["key"]}
    yield "rds", "DescribeDBInstances", {}
    yield "rds", "DescribeDBInstances", {"DBInstanceIdentifier": "none"}
    yield "rds", "DescribeDBClusters", {}
    yield "dynamodb", "ListTables", {}
    yield "dynamodb", "DescribeTable", {"TableName": "orders"}
    yield "dynamodb", "DescribeTable", {"TableName": "none"}
    yield "dynamodb", "DescribeContinuousBackups", {"TableName": "orders"}
    yield "dynamodb", "ListTagsOfResource", {"ResourceArn": names["table"]}
    yield "lambda", "ListFunctions", {}
    yield "lambda", "GetPolicy", {"FunctionName": "work"}
    yield "lambda", "GetPolicy", {"FunctionName": "none"}
    yield "lambda", "ListAliases", {"FunctionName": "work"}
    yield "lambda", "ListAliases", {"FunctionName": "none"}
    yield "lambda", "GetFunctionUrlConfig", {"FunctionName": "work"}
    yield "lambda", "ListTags", {"Resource": names["function"]}
    yield "secretsmanager", "ListSecrets", {}
    yield from (("organizations", operation, {}) for operation in (
        "DescribeOrganization", "ListRoots", "ListAccounts"))
    yield "organizations", "ListPolicies", {"Filter": "SERVICE_CONTROL_POLICY"}
    yield "organizations", "ListTargetsForPolicy", {"PolicyId": names["scp"]}
    yield "organizations", "DescribePolicy", {"PolicyId": names["scp"]}
    yield "organizations", "DescribePolicy", {"PolicyId": "p-none"}
    yield "organizations", "ListPoliciesForTarget", {"TargetId": names["root"], "Filter": "SERVICE_CONTROL_POLICY"}
    yield "budgets", "DescribeBudgets", {"AccountId": ACCOUNT}
    yield "s3control", "GetPublicAccessBlock", {"AccountId": ACCOUNT}
    yield "s3control", "ListAccessPoints", {"AccountId": ACCOUNT}
    yield "s3control", "ListMultiRegionAccessPoints", {"AccountId": ACCOUNT}
    for operation in ("GetAccessPoint", "GetAccessPointPolicy"):
        for name in ("reports", "inside", "none"):
            yield "s3control", operation, {"AccountId": ACCOUNT, "Name": name}


def normalise(value):
    if isinstance(value, dict):
        kept = {k: normalise(v) for k, v in value.items()}
        return {k: v for k, v in kept.items() if v is not None}
    if isinstance(value, list):
        return [normalise(item) for item in value]
    if isinstance(value, datetime.datetime):
        text = value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat()
        return (text.rstrip("0") if "." in text else text) + "Z"
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    return value


def leave_documents_alone(session):
    """botocore decodes IAM policy documents after parsing; the wire's form is what we compare."""
    from botocore.handlers import json_decode_policies

    session.unregister("after-call.iam", json_decode_policies)


def described():
    """The operations that have a descriptor, by service. Those are the ones that the client can make."""
    apis = pathlib.Path(__file__).resolve().parents[2] / "baseline" / "apis"
    return {path.stem: set(json.loads(path.read_text())["operations"]) for path in apis.glob("*.json")}


def main():
    callable_operations = described()
    endpoint = sys.argv[1]
    names = seed(endpoint)
    session = botocore.session.get_session()
    leave_documents_alone(session)
    session.set_credentials("testing", "testing")
    options = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False, parameter_validation=True)
    clients = {}
    for service, operation, arguments in calls(names):
        if operation not in callable_operations.get(service, ()):
            continue
        client = clients.setdefault(service, session.create_client(service, region_name=REGION, endpoint_url=endpoint, config=options))
        line = {"service": service, "operation": operation, "region": REGION, "input": arguments}
        try:
            answer = client._make_api_call(operation, arguments)
            answer.pop("ResponseMetadata", None)
            line["expected"] = normalise(answer)
        except ClientError as error:
            response = error.response
            line["error"] = {"code": response["Error"]["Code"], "message": response["Error"].get("Message", ""), "status": response["ResponseMetadata"]["HTTPStatusCode"]}
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
