//! What is a secret in text, and what only looks like one.

use super::*;

#[test]
fn secrets_are_found_wherever_they_stand() {
    for text in [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0VZLS0tLS0K",
        "https://user:password@hooks.example.com/alarm",
        "amqps://svc:pw@broker.example.com:5671",
        "redis://:pw@cache.example.com:6379/0",
        "mongodb+srv://app:p,w@cluster0.example.net/db?retryWrites=true",
        "jdbc:postgresql://db.example.com/prod?user=app&password=pw",
        "https://user@example.com/x",
        "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue",
        "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX0XXXXXXXXXXXXXXX",
        "https://discord.com/api/webhooks/123456789012345678/aB3-dEf_gHiJkLmNoPqRsTuVwXyZ0123456789",
        "https://acme.webhook.office.com/webhookb2/0a1b@2c3d/IncomingWebhook/4e5f",
        "https://api.telegram.org/bot123456789:AAF-abc/sendMessage",
        "https://api.opsgenie.com/v1/json/cloudwatch?apiKey=7b9e",
        "https://example.com/hook?x=1&access_token=abc",
        "https://example.com/cb#id_token=abc",
        "https://chat.googleapis.com/v1/spaces/A/messages?key=abc",
        "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc&X-Amz-Expires=60",
        "https://acct.blob.core.windows.net/c?sv=2024-01-01&sig=abc%2Bdef",
        "run --db-password=hunter2 --port=5432",
        "run --db-password hunter2 --port 5432",
        "curl -u admin:hunter2 https://example.com",
        "curl -uadmin:hunter2 https://example.com",
        "curl -H 'Authorization: Basic YWRtaW46aHVudGVyMg==' https://example.com",
        "curl -H \"Authorization: token 0a1b2c\" https://example.com",
        "mysql -h db -phunter2 prod",
        "sshpass -p hunter2 ssh host",
        "export PGPASSWORD=hunter2; psql",
        "API_KEY=abc123",
        "dbPassword=hunter2",
        "DB_PASS='hunter2'",
        "password = \"hunter2\"",
        ":password => 'hunter2'",
        "password := hunter2",
        "password=\"'hunter2'\"",
        "postgres://app:pw@db/prod",
        "Server=db;User Id=app;Password=hunter2;",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zm9vYmFy",
        "user: app\npassword: correcthorse\nport: 5432",
        "{\"user\":\"app\",\"password\":\"correcthorse\"}",
        "{\\\"token\\\":\\\"abc\\\"}",
        "<user>app</user><password>correcthorse</password>",
        "the password: hunter2, for the night shift",
        "password%3Dhunter2%26user%3Dapp",
        "cGFzc3dvcmQ9aHVudGVyMg==",
        "xoxb-123456789012-abcdefghijkl",
        "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x",
        "authorization: Bearer 0123456789abcdef0123",
        "AKIAIOSFODNN7EXAMPLE",
        "key (wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY).",
    ] {
        assert!(is_secret(text), "{text}");
    }
}

#[test]
fn what_a_baseline_reads_is_no_secret() {
    for text in [
        "",
        "arn:aws:iam::111122223333:role/PlumblineAudit",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db1-AbCdEf",
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-0123456789abcdef0123456789",
        "https://sqs.eu-west-1.amazonaws.com/111122223333/0123456789abcdef0123456789",
        "https://hooks.example.com/alarms",
        "https://github.com/acme/app/commit/0123456789abcdef0123456789abcdef01234567",
        "https://docs.example.com/Some-Long-Title-Of-A-Page-2024",
        "ssh://git@github.com/acme/app.git",
        "git@github.com:acme/app.git",
        "https://${TOKEN}@github.com/acme/app.git",
        "security@example.com",
        "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") }",
        "{$.eventName=GetSecretValue}",
        "{ $.requestParameters.key = \"x\" }",
        "{ $.requestParameters.password = \"x\" }",
        "http://acs.amazonaws.com/groups/global/AllUsers",
        "python3.12",
        "0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef01234567",
        "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
        "AROAIOSFODNN7EXAMPLE",
        "AIDAIOSFODNN7EXAMPLE",
        "i-0123456789abcdef0",
        "vpc-0123456789abcdef0",
        "Z2FDTNDATAQYW2",
        "EXAMPLED539D4633E53DE1B71EXAMPLE",
        "StackSet-Baseline-AutoScalingGroupRole-1A2B3C4D5E6F7",
        "AWSServiceRoleForAmazonElasticFileSystem",
        "TerraformManagedLambdaExecutionRoleTeam1",
        "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app/token:1.2.3",
        "port=5432",
        "key=Environment",
        "token=",
        "password=${DB_PASSWORD}",
        "password=$DB_PASSWORD",
        "password=%DB_PASSWORD%",
        "password={{resolve:ssm-secure:db:1}}",
        "password=arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
        "password=****",
        "require_password=true",
        "--password-stdin",
        "--token-ttl 3600",
        "if [ \"$password\" == \"\" ]",
        "PWD=/home/app",
        "password=\"\" user=\"app\"",
        "{\"password\":\"\",\"user\":\"app\"}",
        "{\\\"password\\\":\\\"\\\",\\\"user\\\":\\\"app\\\"}",
        "Password: must be at least 14 characters long",
        "The secret: ask the team of platform-2",
        "bearer tokens are accepted",
        "Basic authentication is off",
        "docker run -u 1000:1000 image",
        "mysql -h db -p prod",
        "https://token.actions.githubusercontent.com",
        "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
        "2026-11-26T12:00:00Z",
        "secretsmanager:GetSecretValue",
        "aws:PrincipalTag/Team",
        "alias/aws/secretsmanager",
        "Monday 3-5%20Uhr",
        "$redacted 0123456789abcdef",
        "password=$redacted 0123456789abcdef",
    ] {
        assert!(!is_secret(text), "{text}");
    }
}

#[test]
fn members_are_secrets_by_their_names() {
    for name in [
        "AuthToken",
        "ClientSecret",
        "CustomerGatewayConfiguration",
        "MasterUserPassword",
        "OldPassword",
        "Passphrase",
        "PreSharedKey",
        "PrivateKey",
        "SecretAccessKey",
        "SecretBinary",
        "SecretString",
        "SessionToken",
        "UserData",
        "userData",
        "password",
        "DB_PASSWORD",
        "dbPassword",
        "GITHUB_TOKEN",
        "api-key",
        "APIKey",
        "secret",
        "PGPASSWORD",
        "splunk-token",
    ] {
        assert!(is_secret_member(name), "{name}");
    }
    for name in [
        "ClientToken",
        "LockToken",
        "NextToken",
        "PasswordPolicy",
        "MinimumPasswordLength",
        "password_enabled",
        "password_last_used",
        "access_key_1_active",
        "AccessKeyId",
        "MasterUserSecret",
        "SecretArn",
        "TokenEndpoint",
        "lastModifiedSecret",
        "KmsKeyId",
        "CodeSha256",
        "HttpTokens",
        "credential",
        "Key",
        "Bypass",
        "compass",
        "aws:TokenIssueTime",
        "SecretVersionsToStages",
        "DataEncryptionKeyId",
        "",
    ] {
        assert!(!is_secret_member(name), "{name}");
    }
}

#[test]
fn words_of_a_name_are_told_apart() {
    for (name, expected) in [("token_url", false), ("TOKEN", true), ("tokenizer", false), ("x-token", true)] {
        assert_eq!(is_secret_member(name), expected, "{name}");
    }
}

/// Long text is looked at in parts, so that it takes time as it is long; and nothing in it breaks a scan.
#[test]
fn long_and_strange_text_is_read_as_well() {
    for part in
        ["=", ":", "a=", "\"", "://", "<>", "%41", "%", "é=ü", "-p ", "ü:", "\\", "AKIA-", "eyJ-", "bearer ", "> "]
    {
        let text = part.repeat(5_000);
        assert!(!is_secret(&text), "{part}");
        assert!(is_secret(&format!("{text}\npassword=hunter2\n{text}")), "{part}");
    }
}
