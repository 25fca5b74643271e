//! Text that gives a secret away wherever it stands: keys, tokens, URLs with credentials, assignments on a command line.
//! Pure. It errs on the side of hashing; what a control reads and this hashes is UNKNOWN, and never judged wrong.

/// Parts of text that only secrets have.
const MARKS: &[&str] = &["PRIVATE KEY-----"];

/// How the tokens of well-known services begin, and how long they are at least.
const TOKENS: &[(&str, usize)] = &[
    ("AIza", 35),
    ("eyJ", 40),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("npm_", 30),
    ("rk_live_", 20),
    ("sk_live_", 20),
    ("SG.", 40),
    ("whsec_", 20),
    ("xoxa-", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
];

/// Names whose value is a secret, in a query string or an assignment; letters only, in lower case.
const NAMES: &[&str] = &[
    "accesskey",
    "accesstoken",
    "apikey",
    "apitoken",
    "appkey",
    "authkey",
    "authtoken",
    "clientsecret",
    "credential",
    "credentials",
    "integrationkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "routingkey",
    "secret",
    "secretkey",
    "sig",
    "signature",
    "token",
];

/// A part of a URL's path that is longer than this, and of letters and digits alike, is a key and no name.
const LONGEST_NAME: usize = 20;

/// Hosts whose URLs carry no keys in their paths: ids of AWS's own.
const KEYLESS_HOSTS: &[&str] = &["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws"];

/// Whether text is a secret, or has one in it.
pub(super) fn is_secret(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark)) || words(text).any(|word| is_token(word) || is_secret_word(word))
}

/// The parts between blanks and quotes.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || matches!(character, '"' | '\'' | '<' | '>' | ','))
}

fn is_token(word: &str) -> bool {
    let word = word.rsplit(['=', ':', '/']).next().unwrap_or(word);
    TOKENS.iter().any(|(start, length)| word.starts_with(start) && word.len() >= *length)
}

fn is_secret_word(word: &str) -> bool {
    match word.split_once("://") {
        Some((_, rest)) => is_secret_url(rest),
        None => is_assignment(word),
    }
}

/// Whether what follows `https://` has credentials in it.
fn is_secret_url(rest: &str) -> bool {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if authority.contains('@') {
        return true;
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if query.split(['&', ';']).any(|pair| is_assignment(pair) || pair.to_ascii_lowercase().starts_with("key=")) {
        return true;
    }
    let host = authority.split(':').next().unwrap_or(authority);
    let is_keyless = KEYLESS_HOSTS.iter().any(|known| host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')));
    !is_keyless && path.split('/').any(looks_random)
}

/// `--db-password=…`, `API_KEY=…`: a name of a secret, and a value.
fn is_assignment(word: &str) -> bool {
    let Some((name, value)) = word.split_once('=') else { return false };
    // A comparison (`$.token = …`, `==`) assigns nothing, and a reference is none.
    if value.is_empty() || value.starts_with(['=', '$', '{', '*']) || name.starts_with('$') {
        return false;
    }
    let parts: Vec<String> = name
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let last_two = parts.len().checked_sub(2).map(|start| parts[start..].concat());
    let names = parts.last().into_iter().chain(&last_two);
    names.into_iter().any(|name| NAMES.contains(&name.as_str()))
}

fn looks_random(segment: &str) -> bool {
    segment.len() > LONGEST_NAME
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && segment.bytes().any(|byte| byte.is_ascii_digit())
        && segment.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_wherever_they_stand() {
        for text in [
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "https://user:password@hooks.example.com/alarm",
            "amqps://svc:pw@broker.example.com:5671",
            "https://user@example.com/x",
            "https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue",
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXX0XXXXXXXXXXXXXXX",
            "https://api.opsgenie.com/v1/json/cloudwatch?apiKey=7b9e",
            "https://example.com/hook?x=1&access_token=abc",
            "https://chat.googleapis.com/v1/spaces/A/messages?key=abc",
            "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc&X-Amz-Expires=60",
            "run --db-password=hunter2 --port=5432",
            "API_KEY=abc123",
            "postgres://app:pw@db/prod",
            "xoxb-123456789012-abcdefghijkl",
            "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.x",
        ] {
            assert!(is_secret(text), "{text}");
        }
    }

    #[test]
    fn what_a_baseline_reads_is_no_secret() {
        for text in [
            "",
            "arn:aws:iam::111122223333:role/PlumblineAudit",
            "https://sqs.eu-west-1.amazonaws.com/111122223333/orders-0123456789abcdef0123456789",
            "https://sqs.eu-west-1.amazonaws.com/111122223333/0123456789abcdef0123456789",
            "https://hooks.example.com/alarms",
            "security@example.com",
            "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") }",
            "{$.eventName=GetSecretValue}",
            "{ $.requestParameters.key = \"x\" }",
            "http://acs.amazonaws.com/groups/global/AllUsers",
            "python3.12",
            "0123456789abcdef0123456789abcdef",
            "port=5432",
            "key=Environment",
            "token=",
            "https://token.actions.githubusercontent.com",
            "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
        ] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
