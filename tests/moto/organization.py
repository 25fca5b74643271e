"""An organization in a moto server, over boto3: units in units, accounts that are kept well, badly, or not at all.

Usage: organization.py ENDPOINT
Prints {"account name": "account id"} as JSON. What each account holds is told at its function; what a scan must say of it
stands in expectations.csv, written from what AWS documents and not from what the scanner printed.
"""

import io
import json
import sys
import urllib.request
import zipfile

import boto3

MANAGEMENT = "123456789012"
HOME, IRELAND, FRANKFURT = "us-east-1", "eu-west-1", "eu-central-1"
ROLE = "PlumblineAudit"
OWNED = [{"Key": "Owner", "Value": "team"}, {"Key": "Environment", "Value": "test"}]
OWNED_MAP = {"Owner": "team", "Environment": "test"}


class Account:
    """Clients of one account, through the role that scans use."""

    def __init__(self, endpoint, account):
        self.endpoint, self.id = endpoint, account
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if account != MANAGEMENT:
            sts = boto3.client("sts", region_name=HOME, endpoint_url=endpoint, **keys)
            answer = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{ROLE}", RoleSessionName="seed")["Credentials"]
            keys = {"aws_access_key_id": answer["AccessKeyId"], "aws_secret_access_key": answer["SecretAccessKey"],
                    "aws_session_token": answer["SessionToken"]}
        self.session = boto3.Session(**keys)

    def client(self, service, region=HOME):
        return self.session.client(service, region_name=region, endpoint_url=self.endpoint)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def organization(endpoint):
    """Root/{Security,Workloads/{Prod,Dev},Suspended} and eight members."""
    organizations = Account(endpoint, MANAGEMENT).client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]

    def unit(parent, name):
        return organizations.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    workloads = unit(root, "Workloads")
    units = {"Security": unit(root, "Security"), "Prod": unit(workloads, "Prod"), "Dev": unit(workloads, "Dev"),
             "Suspended": unit(root, "Suspended")}
    accounts = {"management": MANAGEMENT}
    for name, where in (("log-archive", "Security"), ("audit", "Security"), ("shop-prod", "Prod"), ("pay-prod", "Prod"),
                        ("shop-dev", "Dev"), ("sandbox", "Dev"), ("locked", "Dev"), ("legacy", "Suspended")):
        account = organizations.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=units[where])
        accounts[name] = account
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    guardrail = organizations.create_policy(
        Name="guardrail", Description="d", Type="SERVICE_CONTROL_POLICY",
        Content=policy({"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}))
    organizations.attach_policy(PolicyId=guardrail["Policy"]["PolicySummary"]["Id"], TargetId=units["Prod"])
    organizations.close_account(AccountId=accounts["legacy"])
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/plumbline/refuse/{accounts['locked']}", method="PUT"))
    return accounts


def log_archive(account):
    """One bucket, kept as a log bucket should be; the account blocks public access and has a security contact."""
    s3 = account.client("s3")
    bucket = "org-log-archive"
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}}})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy(
        {"Sid": "Trail", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject",
         "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/*",
         "Condition": {"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:{HOME}:{MANAGEMENT}:trail/organization"}}},
        {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
         "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}))
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={
        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": OWNED})
    s3control(account, block)
    account.client("account").put_alternate_contact(
        AlternateContactType="SECURITY", Name="Security", Title="CISO", EmailAddress="security@example.com", PhoneNumber="+1")


def s3control(account, block):
    """S3 Control puts the account id in front of the host name, which no resolver knows here."""
    client = account.client("s3control")
    client.meta.events.register("before-send", lambda request, **_: setattr(
        request, "url", request.url.replace(f"//{account.id}.", "//")))
    client.put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration=block)


def audit(account):
    """Detection in us-east-1 only; a password policy that is long and remembers; an alias."""
    account.client("guardduty").create_detector(Enable=True)
    account.client("securityhub").enable_security_hub()
    iam = account.client("iam")
    iam.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24)
    iam.create_account_alias(AccountAlias="example-audit")
    account.client("budgets").create_budget(AccountId=account.id, Budget={
        "BudgetName": "month", "BudgetLimit": {"Amount": "100", "Unit": "USD"}, "TimeUnit": "MONTHLY", "BudgetType": "COST"})


def network(ec2, is_open):
    """A VPC with one subnet and one security group of our own."""
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": OWNED}])["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="own", Description="own", VpcId=vpc)["GroupId"]
    if is_open:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 20, "ToPort": 25, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}])
    else:
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    return vpc, subnet, group


def machine(ec2, subnet, group, tokens):
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1")["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, SecurityGroupIds=[group],
                      InstanceType="t3.micro", MetadataOptions={"HttpTokens": tokens})


def function(client, role, runtime):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", "def handler(event, context): pass")
    client.create_function(FunctionName="work", Runtime=runtime, Role=role, Handler="main.handler",
                           Code={"ZipFile": archive.getvalue()}, Environment={"Variables": {"PASSWORD": "hunter2"}})


def table(client, has_recovery):
    client.create_table(TableName="orders", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    if has_recovery:
        client.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})


def containers(ecs, subnet, group, address):
    """One cluster with one service, whose tasks have a public address or not. moto's listing of all tags breaks on a cluster
    that has none."""
    ecs.create_cluster(clusterName="web", tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in OWNED])
    ecs.register_task_definition(family="shop", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
                                 containerDefinitions=[{"name": "shop", "image": "shop"}])
    ecs.create_service(cluster="web", serviceName="shop", taskDefinition="shop", desiredCount=1, launchType="FARGATE",
                       networkConfiguration={"awsvpcConfiguration": {
                           "subnets": [subnet], "securityGroups": [group], "assignPublicIp": address}})


def build(client, role, variables):
    client.create_project(name="build", source={"type": "S3", "location": "sources/a.zip"}, artifacts={"type": "NO_ARTIFACTS"},
                          serviceRole=role, environment={"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0",
                                                         "computeType": "BUILD_GENERAL1_SMALL", "environmentVariables": variables})


def role(account, name, principal):
    trust = policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    return account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]


def shop_prod(account):
    """Everything right, in us-east-1: network, machine, data, messages, trail with alarms, Config."""
    ec2 = account.client("ec2")
    ec2.enable_ebs_encryption_by_default()
    vpc, subnet, group = network(ec2, is_open=False)
    bucket = "shop-prod-logs"
    account.client("s3").create_bucket(Bucket=bucket)
    ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3", LogDestination=f"arn:aws:s3:::{bucket}")
    machine(ec2, subnet, group, "required")
    volume = ec2.create_volume(Size=8, AvailabilityZone=f"{HOME}a", Encrypted=True)["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, Description="private")
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    account.client("kms").enable_key_rotation(KeyId=key)
    rds = account.client("rds")
    rds.create_db_subnet_group(DBSubnetGroupName="private", DBSubnetGroupDescription="private", SubnetIds=[subnet])
    rds.create_db_parameter_group(DBParameterGroupName="tls", DBParameterGroupFamily="postgres17", Description="TLS only")
    rds.modify_db_parameter_group(DBParameterGroupName="tls", Parameters=[
        {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}])
    rds.create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="u",
        MasterUserPassword="secret-password", AllocatedStorage=10, StorageEncrypted=True, PubliclyAccessible=False,
        DBSubnetGroupName="private", DBParameterGroupName="tls")
    table(account.client("dynamodb"), has_recovery=True)
    worker = role(account, "worker", {"Service": "lambda.amazonaws.com"})
    function(account.client("lambda"), worker, "python3.13")
    containers(account.client("ecs"), subnet, group, "DISABLED")
    build(account.client("codebuild"), worker, [{"name": "STAGE", "value": "prod", "type": "PLAINTEXT"}])
    account.client("sqs").create_queue(QueueName="work", Attributes={"KmsMasterKeyId": "alias/aws/sqs"}, tags=OWNED_MAP)
    topic = account.client("sns").create_topic(Name="alarms", Tags=OWNED)["TopicArn"]
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{HOME}:{account.id}:work")
    logs = account.client("logs")
    logs.create_log_group(logGroupName="trail")
    logs.put_retention_policy(logGroupName="trail", retentionInDays=365)
    trail = account.client("cloudtrail")
    trail.create_trail(
        Name="main", S3BucketName=bucket, IsMultiRegionTrail=True, EnableLogFileValidation=True, KmsKeyId=key,
        CloudWatchLogsLogGroupArn=f"arn:aws:logs:{HOME}:{account.id}:log-group:trail:*", CloudWatchLogsRoleArn=worker)
    trail.start_logging(Name="main")
    # AWS answers with this selector for management events by itself; moto only with what was put.
    trail.put_event_selectors(TrailName="main", EventSelectors=[{
        "ReadWriteType": "All", "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}])
    for name, pattern in (("root", '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }'),
                          ("unauthorized", '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }')):
        logs.put_metric_filter(logGroupName="trail", filterName=name, filterPattern=pattern, metricTransformations=[
            {"metricName": name, "metricNamespace": "audit", "metricValue": "1"}])
        account.client("cloudwatch").put_metric_alarm(
            AlarmName=name, MetricName=name, Namespace="audit", Statistic="Sum", Period=300, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[topic])
    config = account.client("config")
    recorder = role(account, "config", {"Service": "config.amazonaws.com"})
    config.put_configuration_recorder(ConfigurationRecorder={
        "name": "default", "roleARN": recorder, "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": bucket})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def pay_prod(account):
    """Its bucket lives in Frankfurt; the default VPCs of Ireland and Frankfurt are gone; a balancer with TLS in Ireland."""
    account.client("s3", FRANKFURT).create_bucket(
        Bucket="pay-prod-data", CreateBucketConfiguration={"LocationConstraint": FRANKFURT})
    for region in (IRELAND, FRANKFURT):
        ec2 = account.client("ec2", region)
        for subnet in ec2.describe_subnets()["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        for vpc in ec2.describe_vpcs()["Vpcs"]:
            ec2.delete_vpc(VpcId=vpc["VpcId"])
    iam = account.client("iam")
    support = policy({"Effect": "Allow", "Principal": {"AWS": account.id}, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName="support", AssumeRolePolicyDocument=support)
    iam.attach_role_policy(RoleName="support", PolicyArn="arn:aws:iam::aws:policy/AWSSupportAccess")


def shop_dev(account):
    """Everything wrong, in Ireland: network, machine, data, messages, balancer."""
    ec2 = account.client("ec2", IRELAND)
    vpc, subnet, group = network(ec2, is_open=True)
    machine(ec2, subnet, group, "optional")
    volume = ec2.create_volume(Size=8, AvailabilityZone=f"{IRELAND}a", Encrypted=False)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume, Description="public")["SnapshotId"]
    ec2.modify_snapshot_attribute(SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"])
    account.client("kms", IRELAND).create_key()
    account.client("rds", IRELAND).create_db_instance(
        DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="u",
        MasterUserPassword="secret-password", AllocatedStorage=10, StorageEncrypted=False, PubliclyAccessible=True)
    table(account.client("dynamodb", IRELAND), has_recovery=False)
    worker = role(account, "worker", {"Service": "lambda.amazonaws.com"})
    lambdas = account.client("lambda", IRELAND)
    function(lambdas, worker, "python3.8")
    containers(account.client("ecs", IRELAND), subnet, group, "ENABLED")
    build(account.client("codebuild", IRELAND), worker, [
        {"name": "AWS_SECRET_ACCESS_KEY", "value": "hunter2hunter2hunter2", "type": "PLAINTEXT"}])
    lambdas.add_permission(FunctionName="work", StatementId="all", Action="lambda:InvokeFunction", Principal="*")
    account.client("sqs", IRELAND).create_queue(QueueName="work", Attributes={"SqsManagedSseEnabled": "false"})
    sns = account.client("sns", IRELAND)
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(
        {"Effect": "Allow", "Principal": "*", "Action": "SNS:Subscribe", "Resource": topic}))
    account.client("secretsmanager", IRELAND).create_secret(Name="api/key", SecretString="hidden")
    account.client("logs", IRELAND).create_log_group(logGroupName="short")
    account.client("logs", IRELAND).put_retention_policy(logGroupName="short", retentionInDays=7)
    second = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.2.0/24", AvailabilityZone=f"{IRELAND}b")["Subnet"]["SubnetId"]
    elbv2 = account.client("elbv2", IRELAND)
    balancer = elbv2.create_load_balancer(Name="web", Subnets=[subnet, second], SecurityGroups=[group])["LoadBalancers"][0]["LoadBalancerArn"]
    target = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
    elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": target}])


def sandbox(account):
    """People and buckets as they should not be: public, without a second factor, with everything allowed."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="sandbox-public")
    s3.put_bucket_policy(Bucket="sandbox-public", Policy=policy(
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::sandbox-public/*"}))
    iam = account.client("iam")
    iam.update_account_password_policy(MinimumPasswordLength=8)
    iam.create_user(UserName="ann")
    iam.create_login_profile(UserName="ann", Password="Secret-1234567890")
    iam.create_access_key(UserName="ann")
    iam.create_access_key(UserName="ann")
    everything = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    arn = iam.create_policy(PolicyName="everything", PolicyDocument=everything)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=arn)
    role(account, "open", {"AWS": "*"})


def main():
    endpoint = sys.argv[1]
    accounts = organization(endpoint)
    for name, seed in (("log-archive", log_archive), ("audit", audit), ("shop-prod", shop_prod), ("pay-prod", pay_prod),
                       ("shop-dev", shop_dev), ("sandbox", sandbox)):
        seed(Account(endpoint, accounts[name]))
    json.dump(accounts, sys.stdout)


if __name__ == "__main__":
    main()
