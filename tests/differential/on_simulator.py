"""As calls.py, against the simulated organization: every operation that its demo answers, with names found on the way.

Usage: on_simulator.py ENDPOINT ACCESS_KEY
The simulator and our client share descriptors; boto3 shares nothing with either.
"""

import json
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from calls import described, leave_documents_alone, normalise
from seed import resolve_prefixed_loopback

REGION = "us-east-1"
# Listings: service, operation, input, path of the names that the calls after it need.
LISTINGS = [
    ("backup", "ListBackupPlans", {}, ("BackupPlansList", "BackupPlanId")),
    ("ec2", "DescribeSnapshots", {"OwnerIds": ["self"]}, ("Snapshots", "SnapshotId")),
    ("cloudtrail", "DescribeTrails", {}, ("trailList", "TrailARN")),
    ("cloudcontrol", "ListResources", {"TypeName": "AWS::Kinesis::Stream"}, ("ResourceDescriptions", "Identifier")),
    ("config", "SelectResourceConfig", {"Expression": "SELECT arn WHERE resourceType = 'AWS::EFS::FileSystem'"}, ("Results", None)),
    ("dynamodb", "ListTables", {}, ("TableNames", None)),
    ("elbv2", "DescribeLoadBalancers", {}, ("LoadBalancers", "LoadBalancerArn")),
    ("guardduty", "ListDetectors", {}, ("DetectorIds", None)),
    ("iam", "ListUsers", {}, ("Users", "UserName")),
    ("kms", "ListKeys", {}, ("Keys", "KeyId")),
    ("lambda", "ListFunctions", {}, ("Functions", "FunctionName")),
    ("rds", "DescribeDBParameterGroups", {}, ("DBParameterGroups", "DBParameterGroupName")),
    ("s3", "ListBuckets", {"BucketRegion": REGION}, ("Buckets", "Name")),
    ("sns", "ListTopics", {}, ("Topics", "TopicArn")),
    ("sqs", "ListQueues", {}, ("QueueUrls", None)),
    ("wafv2", "ListWebACLs", {"Scope": "REGIONAL"}, ("WebACLs", "ARN")),
]
DETAILS = {
    "backup": [("ListBackupSelections", lambda n: {"BackupPlanId": n})],
    "cloudcontrol": [("GetResource", lambda n: {"TypeName": "AWS::Kinesis::Stream", "Identifier": n})],
    "config": [],
    "ec2": [("DescribeSnapshotAttribute", lambda n: {"SnapshotId": n, "Attribute": "createVolumePermission"})],
    "cloudtrail": [("GetTrailStatus", lambda n: {"Name": n}), ("GetEventSelectors", lambda n: {"TrailName": n}),
                   ("ListTags", lambda n: {"ResourceIdList": [n]})],
    "dynamodb": [("DescribeTable", lambda n: {"TableName": n}), ("DescribeContinuousBackups", lambda n: {"TableName": n})],
    "elbv2": [("DescribeLoadBalancerAttributes", lambda n: {"LoadBalancerArn": n}),
              ("DescribeListeners", lambda n: {"LoadBalancerArn": n}), ("DescribeTags", lambda n: {"ResourceArns": [n]})],
    "guardduty": [("GetDetector", lambda n: {"DetectorId": n})],
    "iam": [("ListAccessKeys", lambda n: {"UserName": n}), ("ListMFADevices", lambda n: {"UserName": n})],
    "kms": [(op, lambda n: {"KeyId": n}) for op in ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants")],
    "lambda": [(op, lambda n: {"FunctionName": n}) for op in ("GetPolicy", "ListAliases")],
    "rds": [("DescribeDBParameters", lambda n: {"DBParameterGroupName": n})],
    "s3": [(op, lambda n: {"Bucket": n}) for op in (
        "GetBucketLocation", "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketAcl", "GetPublicAccessBlock",
        "GetBucketEncryption", "GetBucketVersioning", "GetBucketLogging", "GetBucketTagging",
        "GetObjectLockConfiguration", "GetBucketReplication")],
    "sns": [("GetTopicAttributes", lambda n: {"TopicArn": n}), ("ListTagsForResource", lambda n: {"ResourceArn": n})],
    "sqs": [("GetQueueAttributes", lambda n: {"QueueUrl": n, "AttributeNames": ["All"]}),
            ("ListQueueTags", lambda n: {"QueueUrl": n})],
    "wafv2": [("ListResourcesForWebACL", lambda n: {"WebACLArn": n})],
}
PLAIN = {
    "accessanalyzer": ["ListAnalyzers"],
    "account": ["ListRegions"],
    "backup": ["DescribeRegionSettings", "ListProtectedResources"],
    "cloudwatch": ["DescribeAlarms"],
    "config": ["DescribeConfigurationAggregators", "DescribeConfigurationRecorders", "DescribeConfigurationRecorderStatus",
               "DescribeDeliveryChannels", "DescribeDeliveryChannelStatus"],
    "ec2": ["DescribeRegions", "GetEbsEncryptionByDefault", "GetSnapshotBlockPublicAccessState", "DescribeVolumes", "DescribeInstances",
            "DescribeSecurityGroups", "DescribeVpcs", "DescribeFlowLogs", "DescribeNetworkAcls", "DescribeRouteTables"],
    "iam": ["GetCredentialReport", "GetAccountSummary", "GetAccountPasswordPolicy",
            "ListAccountAliases", "ListVirtualMFADevices", "GetAccountAuthorizationDetails"],
    "logs": ["DescribeLogGroups", "DescribeMetricFilters", "DescribeDeliverySources", "DescribeDeliveries"],
    "organizations": ["DescribeOrganization", "ListRoots", "ListAccounts"],
    "rds": ["DescribeDBInstances"],
    "secretsmanager": ["ListSecrets"],
    "securityhub": ["DescribeHub"],
    "sns": ["ListSubscriptions"],
    "sts": ["GetCallerIdentity"],
}


def main():
    endpoint, key = sys.argv[1:]
    resolve_prefixed_loopback()
    session = botocore.session.get_session()
    leave_documents_alone(session)
    session.set_credentials(key, "simulated")
    options = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False)
    clients = {}
    callable_operations = described()

    def call(service, operation, arguments):
        if operation not in callable_operations.get(service, ()):
            return {}
        client = clients.setdefault(service, session.create_client(service, region_name=REGION, endpoint_url=endpoint, config=options))
        line = {"service": service, "operation": operation, "region": REGION, "input": arguments}
        answer = {}
        try:
            answer = client._make_api_call(operation, arguments)
            answer.pop("ResponseMetadata", None)
            line["expected"] = normalise(answer)
        except ClientError as error:
            response = error.response
            line["error"] = {"code": response["Error"]["Code"], "message": response["Error"].get("Message", ""), "status": response["ResponseMetadata"]["HTTPStatusCode"]}
        print(json.dumps(line, ensure_ascii=False))
        return answer

    # The first request starts the report, and later ones do not: not a call to compare.
    session.create_client("iam", region_name=REGION, endpoint_url=endpoint, config=options).generate_credential_report()
    for service, operations in PLAIN.items():
        for operation in operations:
            call(service, operation, {})
    for service, operation, arguments, (key, name) in LISTINGS:
        for item in call(service, operation, arguments).get(key, []):
            for detail, make in DETAILS[service]:
                answer = call(service, detail, make(item[name] if name else item))
                for selection in answer.get("BackupSelectionsList", []):
                    call("backup", "GetBackupSelection", {"BackupPlanId": item[name], "SelectionId": selection["SelectionId"]})
                for listener in answer.get("Listeners", []):
                    call("elbv2", "DescribeRules", {"ListenerArn": listener["ListenerArn"]})
    own = {"AccountId": call("sts", "GetCallerIdentity", {})["Account"]}
    for point in call("s3control", "ListAccessPoints", own).get("AccessPointList", []):
        for operation in ("GetAccessPoint", "GetAccessPointPolicy"):
            call("s3control", operation, {**own, "Name": point["Name"]})
    call("s3control", "GetAccessPoint", {**own, "Name": "none"})
    for policy in call("organizations", "ListPolicies", {"Filter": "SERVICE_CONTROL_POLICY"}).get("Policies", []):
        call("organizations", "DescribePolicy", {"PolicyId": policy["Id"]})
    call("s3", "GetBucketPolicy", {"Bucket": "no-such-bucket"})
    call("s3", "GetBucketVersioning", {"Bucket": "example-management-assets-eu-west-1"})
    call("kms", "DescribeKey", {"KeyId": "none"})
    call("sqs", "GetQueueAttributes", {"QueueUrl": f"{endpoint}/none", "AttributeNames": ["All"]})


if __name__ == "__main__":
    main()
