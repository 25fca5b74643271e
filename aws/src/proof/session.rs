//! Whom STS names: the session of a role, read from its ARN strictly, because what stands in it decides who is let in.

use plumbline_baseline::AccountId;

/// A session of a role: `arn:aws:sts::111122223333:assumed-role/NAME/session`. The path of a role in IAM is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSession {
    /// The partition of the account: the same number is another account elsewhere.
    pub partition: &'static str,
    /// The account of the role.
    pub account: AccountId,
    /// The name of the role, without its path.
    pub role: String,
    /// The name of the session. Whoever assumes a role chooses it, so that it proves nothing.
    pub session: String,
}

impl RoleSession {
    /// The ARN up to the session's name.
    pub fn role_arn(&self) -> String {
        format!("arn:{}:sts::{}:assumed-role/{}", self.partition, self.account, self.role)
    }
}

/// An ARN that is not that of a role's session.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("AWS knows the caller as `{0}`, and a session of a role is wanted: let the machine run under a role")]
pub struct NotASession(pub(super) String);

/// Whether a role can be called so. Source: <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub fn is_role_name(text: &str) -> bool {
    is_word(text, 1)
}

/// Letters, digits and `_+=,.@-`, 64 at most: names of roles and of sessions.
fn is_word(text: &str, shortest: usize) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (shortest..=64).contains(&text.len()) && text.bytes().all(is_one)
}

/// Reads what STS names; `account` is what it says beside the ARN.
///
/// # Errors
/// When it is no session of a role in that account and partition.
pub(super) fn read(arn: &str, account: &str, partition: &'static str) -> Result<RoleSession, NotASession> {
    parse(arn, account, partition).ok_or_else(|| NotASession(shown(arn)))
}

fn parse(arn: &str, account: &str, partition: &'static str) -> Option<RoleSession> {
    let rest = arn.strip_prefix("arn:")?.strip_prefix(partition)?.strip_prefix(":sts::")?;
    let (of, rest) = rest.split_once(":assumed-role/")?;
    let (role, session) = rest.split_once('/')?;
    let is_read = of == account && is_word(role, 1) && is_word(session, 2);
    is_read.then(|| {
        let account = account.parse().ok()?;
        Some(RoleSession { partition, account, role: role.to_owned(), session: session.to_owned() })
    })?
}

/// Text of somebody else, short enough and plain enough for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(200).map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}
