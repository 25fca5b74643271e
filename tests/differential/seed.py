"""Real resources in a moto server, over boto3, so that answers are worth comparing."""

import io
import json
import socket
import zipfile

import boto3

ACCOUNT = "123456789012"
REGION = "us-east-1"


def clients(endpoint, region=REGION):
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=region)
    return lambda service: session.client(service, endpoint_url=endpoint)


def resolve_prefixed_loopback():
    """S3 Control puts the account id in front of the host name, and no resolver knows 111122223333.127.0.0.1."""
    original = socket.getaddrinfo
    socket.getaddrinfo = lambda host, *rest, **options: original(
        "127.0.0.1" if str(host).endswith(".127.0.0.1") else host, *rest, **options)


def seed(endpoint):
    """Creates the resources and returns what calls need to name them."""
    resolve_prefixed_loopback()
    client = clients(endpoint)
    names = {}
    for part in (iam, s3, cloudtrail, logs, config, ec2, elbv2, messaging, data, security, organization):
        part(client, names)
    return names


def iam(client, names):
    iam = client("iam")
    iam.create_account_alias(AccountAlias="plumb-line")
    iam.update_account_password_policy(MinimumPasswordLength=14, RequireSymbols=True, MaxPasswordAge=90)
    iam.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "Ångström & <söhne> \"x\" 'y' \U0001F600"}])
    iam.create_login_profile(UserName="ann", Password="Secret-1234567890")
    iam.create_access_key(UserName="ann")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann-mfa")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(UserName="ann", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    policy = iam.create_policy(PolicyName="everything", PolicyDocument=document, Description="a & b")["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ann", PolicyArn=policy)
    iam.put_user_policy(UserName="ann", PolicyName="inline", PolicyDocument=document)
    iam.create_group(GroupName="admins")
    iam.attach_group_policy(GroupName="admins", PolicyArn=policy)
    iam.add_user_to_group(GroupName="admins", UserName="ann")
    trust = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    names["role"] = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    for number in range(5):
        iam.create_user(UserName=f"user-{number}", Path="/staff/")
    iam.generate_credential_report()
    names["policy"] = policy


def s3(client, names):
    s3 = client("s3")
    for bucket in ("plumb-line-logs", "plumb.line.dots", "plumb-line-data"):
        s3.create_bucket(Bucket=bucket)
    s3.create_bucket(Bucket="plumb-line-eu", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.create_bucket(Bucket="plumb-line-locked", ObjectLockEnabledForBucket=True)
    bucket = "plumb-line-data"
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "<a&b>", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_versioning(Bucket="plumb-line-eu", VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "key"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    tags = [{"Key": "owner", "Value": "a & b"}, {"Key": "empty", "Value": ""}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=block)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.put_bucket_acl(Bucket="plumb-line-logs", ACL="log-delivery-write")
    logging = {"LoggingEnabled": {"TargetBucket": "plumb-line-logs", "TargetPrefix": "data/"}}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=logging)
    replication = {"Role": names["role"], "Rules": [{"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}, "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::plumb-line-eu"}}]}
    s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=replication)
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}
    s3.put_object_lock_configuration(Bucket="plumb-line-locked", ObjectLockConfiguration=lock)


def cloudtrail(client, names):
    trail = client("cloudtrail")
    arn = trail.create_trail(Name="main", S3BucketName="plumb-line-logs", IsMultiRegionTrail=True, EnableLogFileValidation=True)["TrailARN"]
    trail.start_logging(Name="main")
    selector = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
    trail.put_event_selectors(TrailName="main", EventSelectors=[selector])
    trail.add_tags(ResourceId=arn, TagsList=[{"Key": "k", "Value": "v"}])
    names["trail"] = arn


def logs(client, names):
    logs = client("logs")
    for number in range(60):
        logs.create_log_group(logGroupName=f"/plumb/{number:02}")
    logs.put_retention_policy(logGroupName="/plumb/00", retentionInDays=365)
    logs.tag_log_group(logGroupName="/plumb/00", tags={"a": "1", "b": "zwei"})
    transformation = {"metricName": "root", "metricNamespace": "plumb", "metricValue": "1", "defaultValue": 0.5}
    logs.put_metric_filter(logGroupName="/plumb/00", filterName="root", filterPattern='{ $.userIdentity.type = "Root" }', metricTransformations=[transformation])
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="root-used", MetricName="root", Namespace="plumb", Statistic="Sum", Period=300, EvaluationPeriods=1, Threshold=1.5, ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=[f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"], Dimensions=[{"Name": "d", "Value": "v"}])


def config(client, names):
    config = client("config")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": names["role"], "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "plumb-line-logs"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def ec2(client, names):
    ec2 = client("ec2")
    ec2.enable_ebs_encryption_by_default()
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "a & b"}]}])["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="open", Description="<open>", VpcId=vpc)["GroupId"]
    permissions = [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "x > y"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]},
    ]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    names["volumes"] = [ec2.create_volume(Size=8 + n, AvailabilityZone=f"{REGION}a", Encrypted=n % 2 == 0)["VolumeId"] for n in range(3)]
    names["snapshot"] = ec2.create_snapshot(VolumeId=names["volumes"][0], Description="s")["SnapshotId"]
    ec2.modify_snapshot_attribute(SnapshotId=names["snapshot"], Attribute="createVolumePermission", OperationType="add", GroupNames=["all"])
    image = ec2.register_image(Name="image", RootDeviceName="/dev/sda1", BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8}}])["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=2, MaxCount=2, SubnetId=subnet, SecurityGroupIds=[group], MetadataOptions={"HttpTokens": "required"}, InstanceType="t3.micro")
    ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3", LogDestination="arn:aws:s3:::plumb-line-logs")
    names.update(vpc=vpc, subnet=subnet, group=group)


def elbv2(client, names):
    ec2, elbv2 = client("ec2"), client("elbv2")
    second = ec2.create_subnet(VpcId=names["vpc"], CidrBlock="10.7.2.0/24", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
    balancer = elbv2.create_load_balancer(Name="web", Subnets=[names["subnet"], second], SecurityGroups=[names["group"]], Scheme="internal", Tags=[{"Key": "a", "Value": "b"}])["LoadBalancers"][0]["LoadBalancerArn"]
    target = elbv2.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=names["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    listener = elbv2.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": target}])["Listeners"][0]["ListenerArn"]
    elbv2.create_rule(
        ListenerArn=listener, Priority=5, Conditions=[{"Field": "host-header", "HostHeaderConfig": {"Values": ["www.example.com"]}}],
        Actions=[{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}])
    names["listener"] = listener
    names["balancer"] = balancer


def messaging(client, names):
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="alerts", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
    queue = sqs.create_queue(QueueName="work", Attributes={"KmsMasterKeyId": "alias/aws/sqs"}, tags={"team": "a & b"})["QueueUrl"]
    names.update(topic=topic, queue=queue)


def data(client, names):
    key = client("kms").create_key(Description="k", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    client("kms").enable_key_rotation(KeyId=key)
    rds = client("rds")
    rds.create_db_instance(DBInstanceIdentifier="db", DBInstanceClass="db.t3.micro", Engine="postgres", MasterUsername="u", MasterUserPassword="secret-password", AllocatedStorage=10, StorageEncrypted=True, Tags=[{"Key": "a", "Value": "b"}])
    rds.create_db_cluster(DBClusterIdentifier="cluster", Engine="aurora-postgresql", MasterUsername="u", MasterUserPassword="secret-password")
    dynamodb = client("dynamodb")
    table = dynamodb.create_table(TableName="orders", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST", Tags=[{"Key": "a", "Value": "b"}])["TableDescription"]["TableArn"]
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", "def handler(event, context): pass")
    function = client("lambda").create_function(FunctionName="work", Runtime="python3.12", Role=names["role"], Handler="main.handler", Code={"ZipFile": archive.getvalue()}, Environment={"Variables": {"SECRET": "x"}}, Tags={"a": "b"})["FunctionArn"]
    client("lambda").add_permission(FunctionName="work", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
    client("lambda").create_function_url_config(FunctionName="work", AuthType="NONE")
    client("secretsmanager").create_secret(Name="api/key", SecretString="hidden", Tags=[{"Key": "a", "Value": "b"}])
    names.update(key=key, table=table, function=function)


def security(client, names):
    names["detector"] = client("guardduty").create_detector(Enable=True, FindingPublishingFrequency="ONE_HOUR")["DetectorId"]
    client("securityhub").enable_security_hub()
    client("account").put_alternate_contact(AlternateContactType="SECURITY", Name="Sec", Title="CISO", EmailAddress="s@example.com", PhoneNumber="+1")
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
    client("s3control").put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=block)
    points = client("s3control")
    points.create_access_point(AccountId=ACCOUNT, Name="reports", Bucket="plumb-line-data")
    points.create_access_point(AccountId=ACCOUNT, Name="inside", Bucket="plumb-line-data", VpcConfiguration={"VpcId": "vpc-1"}, PublicAccessBlockConfiguration=block)
    points.put_access_point_policy(AccountId=ACCOUNT, Name="reports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject", "Resource": f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/reports/object/*"}]}))
    client("budgets").create_budget(AccountId=ACCOUNT, Budget={"BudgetName": "month", "BudgetLimit": {"Amount": "100", "Unit": "USD"}, "TimeUnit": "MONTHLY", "BudgetType": "COST"})


def organization(client, names):
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    names["root"] = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=names["root"], PolicyType="SERVICE_CONTROL_POLICY")
    for number in range(4):
        organizations.create_account(AccountName=f"account {number}", Email=f"a{number}@example.com")
    content = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    policy = organizations.create_policy(Name="deny", Description="d", Type="SERVICE_CONTROL_POLICY", Content=content)["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=names["root"])
    names["scp"] = policy
