//! A length of time as the configuration says it: `6h`, `90m`, `1h30m`, `1d`.

use std::time::Duration;

/// The units, the longest first, in seconds.
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Reads it: numbers with units, each unit once, the longer ones first.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, length) = units.find(|(known, _)| *known == unit)?;
        seconds = seconds.checked_add(number.checked_mul(*length)?)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    (!text.trim().is_empty()).then_some(Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units() {
        let check =
            |text: &str, seconds: Option<u64>| assert_eq!(parse(text), seconds.map(Duration::from_secs), "{text}");
        check("6h", Some(21_600));
        check(" 1h30m ", Some(5_400));
        check("1d", Some(86_400));
        check("90s", Some(90));
        check("0m", Some(0));
        for wrong in [
            "",
            " ",
            "6",
            "h",
            "6 h",
            "30m1h",
            "1h1h",
            "-1h",
            "1.5h",
            "6H",
            "6ħ",
            "99999999999999999999h",
            "999999999999999999d",
        ] {
            check(wrong, None);
        }
    }
}
