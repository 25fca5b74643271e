//! Patterns: ARNs, globs, filter patterns of CloudWatch Logs. The first line is the pattern, the rest what it is held
//! against.

use std::sync::LazyLock;

use plumbline_baseline::arn::Arn;
use plumbline_baseline::glob::glob;
use plumbline_baseline::{Doc, logs};

use super::Read;

/// Longer ones are not compared with the plain way, which takes their product.
const LONGEST: usize = 200;

static EVENT: LazyLock<Doc> = LazyLock::new(|| {
    let text = r#"{"eventName":"DeleteTrail","sourceIPAddress":"203.0.113.7","readOnly":false,"count":7,
        "userIdentity":{"type":"Root","accountId":"111122223333"},"items":[{"a":1.5},{"a":null}],"errorCode":null}"#;
    Doc::from_json(text).expect("a document")
});

/// Takes it for all of them.
pub(super) fn patterns(bytes: &[u8]) -> Read {
    let Ok(whole) = std::str::from_utf8(bytes) else { return Read::Refused };
    let (pattern, text) = whole.split_once('\n').unwrap_or((whole, ""));
    let is_match = glob(text, pattern);
    if pattern.len().max(text.len()) <= LONGEST {
        assert_eq!(is_match, plainly(text, pattern), "`{pattern}` and `{text}`");
    }
    assert!(glob(text, "*"));
    if let Some(arn) = Arn::parse(pattern) {
        let Arn { partition, service, region, account, resource } = arn;
        assert_eq!(format!("arn:{partition}:{service}:{region}:{account}:{resource}"), pattern);
    }
    let filter = Doc::string(pattern);
    let answer = logs::filter_matches(&filter, &EVENT);
    assert_eq!(format!("{:?}", logs::filter_matches(&filter, &EVENT)), format!("{answer:?}"), "two answers");
    let _ = logs::selected_text(pattern, &EVENT);
    (is_match || Arn::parse(pattern).is_some() || logs::Pattern::parse(pattern).is_ok()).into()
}

/// A row for each character of the pattern: whether what is before it matches the first characters of the text.
fn plainly(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut row = vec![false; text.len() + 1];
    row[0] = true;
    for wanted in pattern.chars() {
        let mut next = vec![false; text.len() + 1];
        next[0] = wanted == '*' && row[0];
        for (at, found) in text.iter().enumerate() {
            next[at + 1] = match wanted {
                '*' => row[at + 1] || next[at],
                wanted => row[at] && (wanted == '?' || wanted == *found),
            };
        }
        row = next;
    }
    row[text.len()]
}

pub(super) fn examples() -> Vec<Vec<u8>> {
    let texts = [
        "a*b?c**\naXbäcc",
        "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*\narn:aws:logs:eu-west-1:111122223333:log-group:trail:x",
        "{ ($.eventName = DeleteTrail) && ($.userIdentity.type != \"Root\" || $.count >= 7.0) }",
        "{ $.sourceIPAddress = 203.0.* && $.readOnly IS FALSE && $.items[0].a > 1e0 && $.errorCode NOT EXISTS }",
        "?ERROR ?\"two words\" -not %^a.*b$%",
        "[ip, user != root*, status = 4*, ...]",
        "$.userIdentity.type",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}
