//! Providers of identities: to whom they give tokens, and which claims say whose a token is. Data of the pack.

use std::sync::LazyLock;

use super::keys::Reach;
use super::pattern::{Case, Pattern};
use super::table;

/// All providers of the pack.
pub(crate) static PROVIDERS: LazyLock<Providers> =
    LazyLock::new(|| Providers::parse(table::IDENTITY_PROVIDERS).expect("a test reads the table"));

/// To whom a provider gives tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tokens {
    /// Everybody.
    Public,
    /// The applications and people of one organization.
    Tenant,
    /// The workloads of one cluster, or the people of one directory: nobody outside.
    Private,
    /// The users of an identity pool, and its guests.
    Pool,
    /// It is not known to whom.
    Unknown,
}

/// The table.
#[derive(Debug)]
pub(crate) struct Providers {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    issuer: Pattern,
    tokens: Tokens,
    claim: String,
    names: Reach,
}

impl Providers {
    /// Reads the table.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let rows = table::rows(text, &["issuer", "tokens", "claim", "names", "source"])?;
        let rows = rows.iter().map(|row| {
            let field = |number: usize| row.get(number).unwrap_or_default();
            let wrong = |what: String| format!("line {}: {what}", table::line(row));
            let tokens = match field(1) {
                "public" => Tokens::Public,
                "tenant" => Tokens::Tenant,
                "private" => Tokens::Private,
                "pool" => Tokens::Pool,
                other => return Err(wrong(format!("nobody is called `{other}`"))),
            };
            let names = match Reach::parse(field(3)).map_err(wrong)? {
                names @ (Reach::Any | Reach::Fixed | Reach::Owned(_)) => names,
                _ => return Err(wrong(format!("a claim cannot be `{}`", field(3)))),
            };
            Ok(Row { issuer: Pattern::glob(field(0), Case::Ignored), tokens, claim: field(2).to_lowercase(), names })
        });
        Ok(Self { rows: rows.collect::<Result<_, _>>()? })
    }

    /// To whom the provider that a statement names gives tokens.
    pub(crate) fn tokens(&self, provider: &str) -> Tokens {
        let Some(issuer) = issuer(provider) else { return Tokens::Private };
        self.of(&issuer).next().map_or(Tokens::Unknown, |row| row.tokens)
    }

    /// What a claim, which is the part of a condition key behind the issuer, says of whoever shows the token.
    pub(crate) fn claim(&self, issuer: &str, claim: &str) -> &Reach {
        if let Some(row) = self.of(issuer).find(|row| row.claim == claim) {
            return &row.names;
        }
        match self.of(issuer).next().map_or(Tokens::Unknown, |row| row.tokens) {
            Tokens::Tenant | Tokens::Private => &Reach::Fixed,
            // Who may choose the audience is not known, and nobody chooses the subject.
            Tokens::Unknown if claim == "sub" => &Reach::Fixed,
            Tokens::Public | Tokens::Pool | Tokens::Unknown => &Reach::Any,
        }
    }

    fn of(&self, issuer: &str) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.issuer.matches(issuer))
    }
}

/// The issuer of a provider that a statement names, without `https://`; none for a directory that issues assertions.
pub(crate) fn issuer(provider: &str) -> Option<String> {
    match provider.split_once(":oidc-provider/") {
        Some((_, issuer)) => Some(issuer.to_lowercase()),
        None if provider.starts_with("arn:") => None,
        None => Some(provider.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_differ_in_whom_they_give_tokens() {
        let arn = |issuer: &str| format!("arn:aws:iam::111111111111:oidc-provider/{issuer}");
        for (provider, tokens) in [
            (arn("token.actions.githubusercontent.com"), Tokens::Public),
            (arn("token.actions.githubusercontent.com/acme"), Tokens::Tenant),
            (arn("oidc.eks.eu-west-1.amazonaws.com/id/A1"), Tokens::Private),
            (arn("oidc-eks.eu-west-1.api.aws/id/A1"), Tokens::Private),
            (arn("sts.windows.net/7f0c1b/"), Tokens::Tenant),
            (arn("idp.example.com"), Tokens::Unknown),
            ("cognito-identity.amazonaws.com".to_owned(), Tokens::Pool),
            ("arn:aws:iam::111111111111:saml-provider/adfs".to_owned(), Tokens::Private),
        ] {
            assert_eq!(PROVIDERS.tokens(&provider), tokens, "{provider}");
        }
        assert_eq!(*PROVIDERS.claim("token.actions.githubusercontent.com", "aud"), Reach::Any);
        assert_eq!(*PROVIDERS.claim("sts.windows.net/7f0c1b/", "aud"), Reach::Fixed);
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let parse = |row: &str| Providers::parse(&format!("issuer,tokens,claim,names,source\n{row}\n"));
        assert!(parse("a,everybody,sub,any,x").unwrap_err().contains("everybody"));
        assert!(parse("a,public,sub,now,x").unwrap_err().contains("line 2"));
    }
}
