//! Services that act for others, and what is known of what they write. Data of the pack.

use std::sync::LazyLock;

use super::document::is_account;
use super::keys::OwnerShape;
use super::pattern::{Pattern, Token};
use super::table;

/// All services of the pack.
static SERVICES: LazyLock<Vec<(String, OwnerShape)>> =
    LazyLock::new(|| parse(table::SERVICE_PRINCIPALS).expect("a test reads the table"));

fn parse(text: &str) -> Result<Vec<(String, OwnerShape)>, String> {
    let rows = table::rows(text, &["service", "writes", "source"])?;
    let rows = rows.iter().map(|row| {
        let field = |number: usize| row.get(number).unwrap_or_default();
        let shape = OwnerShape::parse(field(1)).map_err(|what| format!("line {}: {what}", table::line(row)))?;
        Ok((field(0).to_owned(), shape))
    });
    rows.collect()
}

/// Accounts of AWS, from which its services call.
static ACCOUNTS: LazyLock<Vec<String>> =
    LazyLock::new(|| accounts(table::AWS_ACCOUNTS).expect("a test reads the table"));

fn accounts(text: &str) -> Result<Vec<String>, String> {
    let rows = table::rows(text, &["account", "service", "region", "source"])?;
    let rows = rows.iter().map(|row| match row.get(0) {
        Some(account) if is_account(account) => Ok(account.to_owned()),
        _ => Err(format!("line {}: this is no account", table::line(row))),
    });
    rows.collect()
}

/// Whether an account is one of AWS's own.
pub(crate) fn is_of_aws(account: &str) -> bool {
    ACCOUNTS.iter().any(|known| known == account)
}

/// What a service that acts for a stranger cannot write, of what a pattern of resources names.
pub(crate) fn writes_for_others(service: &str, resource: &[Token]) -> Vec<Pattern> {
    let shapes = SERVICES.iter().filter(|(name, _)| name == service);
    shapes.flat_map(|(_, shape)| shape.property_of(resource)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pattern::wildcard;

    #[test]
    fn load_balancers_log_from_accounts_of_aws() {
        assert!(is_of_aws("127311923021") && !is_of_aws("111111111111"));
        assert!(accounts("account,service,region,source\n1,a,b,c\n").unwrap_err().contains("line 2"));
    }

    #[test]
    fn a_trail_of_a_stranger_writes_below_its_own_account() {
        let tokens: Vec<Token> = "arn:aws:s3:::logs/AWSLogs/111111111111/*".chars().map(wildcard).collect();
        let others = writes_for_others("cloudtrail.amazonaws.com", &tokens);
        assert!(others.iter().any(|pattern| pattern.matches("arn:aws:s3:::logs/AWSLogs/111111111111/CloudTrail/x")));
        assert!(!others.iter().any(|pattern| pattern.matches("arn:aws:s3:::logs/AWSLogs/999999999999/CloudTrail/x")));
        assert!(writes_for_others("s3.amazonaws.com", &tokens).is_empty());
        assert!(parse("service,writes,source\na,b,c\n").unwrap_err().contains("line 2"));
    }
}
