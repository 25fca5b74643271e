//! What AWS says in words, as it is kept: one line, not too long, and the same for the same failure. Names of sessions, ids
//! of requests and encoded texts are others every time: two nights that failed alike would differ.

/// Bytes at most.
const LONGEST: usize = 400;
/// What stands for what is another one every time.
const ANY: &str = "*";
/// Words that a request's id follows, in lower case.
const BEFORE_ID: [&str; 4] = ["id:", "requestid:", "request-id:", "hostid:"];
/// An encoded authorization failure message is longer than this.
const ENCODED: usize = 80;

/// A text as it is kept.
pub(super) fn kept(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let split = text.split(|character: char| character.is_whitespace() || character.is_control());
    for word in split.filter(|word| !word.is_empty()) {
        let before = words.last().map(|word| word.trim_start_matches(['(', '[']).to_ascii_lowercase());
        words.push(steady(word, before.as_deref().unwrap_or_default()));
    }
    let mut line = words.join(" ");
    if line.len() > LONGEST {
        line.truncate(line.floor_char_boundary(LONGEST));
        line.push('…');
    }
    line
}

/// A word without what is another one every time, behind the word before it.
fn steady(word: &str, before: &str) -> String {
    if let Some(session) = session(word) {
        return format!("{}{ANY}{}", &word[..session.start], &word[session.end..]);
    }
    let is_id = BEFORE_ID.contains(&before) && word.bytes().any(|byte| byte.is_ascii_digit());
    let is_encoded = before == "message:" && word.len() > ENCODED;
    if !is_id && !is_encoded {
        return word.to_owned();
    }
    let rest = word.trim_end_matches(|last: char| !last.is_ascii_alphanumeric()).len();
    format!("{ANY}{}", &word[rest..])
}

/// Where the session's name is in the ARN of an assumed role.
fn session(word: &str) -> Option<std::ops::Range<usize>> {
    let is_end = |character: char| !(character.is_ascii_alphanumeric() || "_+=,.@-".contains(character));
    let role = word.find(":assumed-role/")? + ":assumed-role/".len();
    let start = role + word[role..].find('/')? + 1;
    let end = word[start..].find(is_end).map_or(word.len(), |length| start + length);
    let name = word[start..end].trim_end_matches(['.', ',']);
    Some(start..start + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(kept(text), expected);
    }

    #[test]
    fn what_is_another_one_every_time_is_left_out() {
        check(
            "User: arn:aws:sts::111122223333:assumed-role/Plumbline/plumbline-01JAB is not authorized to perform: s3:GetBucketPolicy",
            "User: arn:aws:sts::111122223333:assumed-role/Plumbline/* is not authorized to perform: s3:GetBucketPolicy",
        );
        check("no for (arn:aws:sts::1:assumed-role/r/s.1), sorry", "no for (arn:aws:sts::1:assumed-role/r/*), sorry");
        check("arn:aws:sts::1:assumed-role/r/session.", "arn:aws:sts::1:assumed-role/r/*.");
        check(
            &format!("You are not authorized. Encoded authorization failure message: {}", "aB3_-x".repeat(80)),
            "You are not authorized. Encoded authorization failure message: *",
        );
        check(
            "slow (Service: S3, Status Code: 503, Request ID: 4YX2Q, Extended Request ID: ab1/c=) ok",
            "slow (Service: S3, Status Code: 503, Request ID: *, Extended Request ID: *=) ok",
        );
        check("failed RequestId: 6ba7b810-9dad-11d1-80b4-00c04fd430c8.", "failed RequestId: *.");
    }

    #[test]
    fn what_says_something_stays() {
        for text in [
            "role arn:aws:iam::111122223333:role/a/b has no policy",
            "arn:aws:sts::1:assumed-role/r",
            "the id: is missing",
            "Key arn:aws:kms:eu-west-1:1:key/6ba7b810-9dad-11d1-80b4-00c04fd430c8 does not exist",
            "message: short",
        ] {
            check(text, text);
        }
        check("two\nlines\t and  more", "two lines and more");
        let long = kept(&"é".repeat(LONGEST));
        assert!(long.len() <= LONGEST + '…'.len_utf8() && long.ends_with('…'));
    }
}
