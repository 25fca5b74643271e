//! Patterns with `*` and `?`, as IAM, EC2 and the control language's `glob` write them.

/// Whether the whole text matches a pattern in which `*` stands for any text and `?` for one character.
pub fn glob(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
    let (mut at, mut wanted) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(wanted) {
            Some('*') => {
                star = Some((wanted, at));
                wanted += 1;
            }
            Some(c) if *c == '?' || *c == text[at] => {
                at += 1;
                wanted += 1;
            }
            _ => match &mut star {
                Some((position, from)) => {
                    *from += 1;
                    at = *from;
                    wanted = *position + 1;
                }
                None => return false,
            },
        }
    }
    pattern[wanted..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_any_text_and_question_marks_one_character() {
        for (text, pattern, expected) in [
            ("s3:GetObject", "s3:Get*", true),
            ("s3:GetObject", "*", true),
            ("", "*", true),
            ("", "?", false),
            ("aab", "*ab", true),
            ("abab", "a*b", true),
            ("abc", "a?c", true),
            ("ac", "a?c", false),
            ("äc", "?c", true),
            ("abc", "ab", false),
        ] {
            assert_eq!(glob(text, pattern), expected, "{text} {pattern}");
        }
    }
}
