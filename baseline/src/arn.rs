//! ARNs, taken apart: `arn:partition:service:region:account:resource` (AWS General Reference, "Amazon Resource Names").
//! The one place where the fields are counted. Must not know what a service's resources look like.

/// The fields of an ARN. Region and account are empty where what it names belongs to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// `iam`, `s3`, …
    pub service: &'a str,
    /// The Region, or nothing.
    pub region: &'a str,
    /// The account, or nothing.
    pub account: &'a str,
    /// The rest, which may hold colons itself: `role/path/name`, `log-group:name:*`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The fields of an ARN; `None` for any other text. What every ARN names (partition, service, resource) must be there.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut fields = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut next = || fields.next();
        let (partition, service, region, account, resource) = (next()?, next()?, next()?, next()?, next()?);
        let is_whole = ![partition, service, resource].contains(&"");
        is_whole.then_some(Self { partition, service, region, account, resource })
    }

    /// The account that an ARN names; `None` for one that names none, and for what is no ARN.
    pub fn account_of(text: &'a str) -> Option<&'a str> {
        Self::parse(text).map(|arn| arn.account).filter(|account| !account.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Option<[&str; 5]> {
        Arn::parse(text).map(|arn| [arn.partition, arn.service, arn.region, arn.account, arn.resource])
    }

    #[test]
    fn an_arn_has_five_fields_and_its_resource_may_have_colons() {
        let group = "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*";
        assert_eq!(fields(group), Some(["aws", "logs", "eu-west-1", "111122223333", "log-group:trail:*"]));
        assert_eq!(fields("arn:aws:s3:::bucket"), Some(["aws", "s3", "", "", "bucket"]));
        let user = "arn:aws-cn:iam::111122223333:user/a:b";
        assert_eq!(fields(user), Some(["aws-cn", "iam", "", "111122223333", "user/a:b"]));
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "arn",
            "arn:",
            "arn:aws",
            "arn:aws:s3::",
            "arn:aws:s3:::",
            "arn::s3:::bucket",
            "arn:aws::::bucket",
            "ARN:aws:s3:::bucket",
            " arn:aws:s3:::bucket",
            "AWS::::Account:111122223333",
            "alias/aws/sns",
            "*",
        ] {
            assert_eq!(fields(text), None, "{text}");
        }
    }

    #[test]
    fn an_account_is_named_or_there_is_none() {
        assert_eq!(Arn::account_of("arn:aws:sns:eu-west-1:111122223333:t"), Some("111122223333"));
        assert_eq!(Arn::account_of("arn:aws:s3:::bucket"), None);
        assert_eq!(Arn::account_of("AWS::::Account:111122223333"), None);
    }
}
