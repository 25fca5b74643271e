//! The order of requirements' ids: numbers within them count as numbers, so that 1.2 comes before 1.10.

use std::cmp::Ordering;

/// Compares two ids: digits as numbers, everything else as text without regard to case.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (parts(a), parts(b));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => compare(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A number without leading zeros is smaller the fewer digits it has, however many those are.
fn compare(a: &str, b: &str) -> Ordering {
    if is_number(a) && is_number(b) {
        let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
        a.len().cmp(&b.len()).then_with(|| a.cmp(b))
    } else {
        a.to_lowercase().cmp(&b.to_lowercase())
    }
}

fn is_number(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_digit())
}

/// Runs of digits, and what is between them.
fn parts(id: &str) -> impl Iterator<Item = &str> {
    id.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit()).scan(0, |start, chunk| {
        let part = id.get(*start..*start + chunk.len())?;
        *start += chunk.len();
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_within_ids_count_as_numbers() {
        let check = |sorted: &[&str]| {
            let mut ids: Vec<&str> = sorted.iter().rev().copied().collect();
            ids.sort_by(|a, b| natural(a, b));
            assert_eq!(ids, sorted);
        };
        check(&["1.2", "1.10", "2.1.1", "2.1.2", "2.2", "10.1"]);
        check(&["ACM.1", "APIGateway.2", "APIGateway.10", "EC2.9", "EC2.170", "S3.1"]);
        check(&["AC-2", "AC-2(1)", "AC-2(10)", "AC-10"]);
        check(&["§1", "§2", "é1"]);
    }
}
