//! Texts with `*`. AWS documents it at the beginning and at the end of a text; in between, an older page calls it a plain
//! character and the newer one says nothing.

/// Whether a text matches; `None` where that depends on what a `*` in the middle means.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let as_wildcards = all_are_wildcards(pattern, text);
    let as_characters = only_the_outer_are_wildcards(pattern, text);
    (as_wildcards == as_characters).then_some(as_wildcards)
}

/// Every `*` stands for any text.
fn all_are_wildcards(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pattern.contains('*').then(|| parts.next_back()).flatten() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A `*` in the middle is a character.
fn only_the_outer_are_wildcards(pattern: &str, text: &str) -> bool {
    let inner = pattern.strip_prefix('*').unwrap_or(pattern);
    let before = inner.len() < pattern.len();
    let (inner, after) = inner.strip_suffix('*').map_or((inner, false), |inner| (inner, true));
    match (before, after) {
        // A lone `*` is both.
        _ if pattern == "*" => true,
        (true, true) => text.contains(inner),
        (true, false) => text.ends_with(inner),
        (false, true) => text.starts_with(inner),
        (false, false) => text == inner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_at_the_ends_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("AccessDenied*", "AccessDeniedException", Some(true)),
            ("AccessDenied*", "Client.AccessDenied", Some(false)),
            ("*UnauthorizedOperation", "Client.UnauthorizedOperation", Some(true)),
            ("*UnauthorizedOperation*", "Client.UnauthorizedOperation.x", Some(true)),
            ("*Event", "PutEvent", Some(true)),
            ("Event*", "EventId", Some(true)),
            ("*", "", Some(true)),
            ("**", "x", Some(true)),
            ("", "", Some(true)),
            ("", "x", Some(false)),
            ("Root", "Root", Some(true)),
            ("Root", "Rooted", Some(false)),
            ("Ev*ent", "Ev*ent", Some(true)),
            ("Ev*ent", "Event", None),
            ("Ev*ent", "Other", Some(false)),
            ("a*a", "a", Some(false)),
            ("a**b*", "axb", None),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
