//! Whether a proof has the one form that there is, before anything of it is sent anywhere. What is sent afterwards is
//! written anew from the parts that were read here.

use super::Proof;
use super::request::SIGNED;
use crate::partition::{self, Partition};

/// Session tokens of AWS have some hundred to two thousand characters; AWS names no limit.
const LONGEST_TOKEN: usize = 6 * 1024;
const SIGNATURE: usize = 64;

/// A proof that is not of the one form.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Malformed {
    /// Its Region is none, or none that is known.
    #[error(
        "the Region `{0}` is none that this coordinator's release knows: let the agent use another one (AWS_REGION)"
    )]
    UnknownRegion(String),
    /// Its Region is in another partition, where other accounts have the same numbers.
    #[error("the Region `{region}` is not in the coordinator's partition, {partition}")]
    OtherPartition {
        /// The Region.
        region: String,
        /// The partition.
        partition: &'static str,
    },
    /// The signature does not cover what binds it.
    #[error("the proof does not sign what it has to: `{SIGNED}`, in this order, and nothing else")]
    SignedHeaders,
    /// Something else.
    #[error("the proof is not one: {0}")]
    Form(&'static str),
}

/// What was read of a proof.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checked<'a> {
    pub(super) region: &'a str,
    pub(super) date: &'a str,
    pub(super) security_token: &'a str,
    access_key: &'a str,
    signature: &'a str,
}

impl Checked<'_> {
    /// The header, as it is sent.
    pub(super) fn authorization(&self) -> String {
        let Self { region, date, access_key, signature, .. } = self;
        let day = &date[..8];
        format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/{day}/{region}/sts/aws4_request, SignedHeaders={SIGNED}, Signature={signature}"
        )
    }
}

/// Reads a proof.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check<'a>(proof: &'a Proof, partition: &'static Partition) -> Result<Checked<'a>, Malformed> {
    let region = region(&proof.region, partition)?;
    let date = Some(proof.date.as_str()).filter(|date| is_date(date)).ok_or(Malformed::Form("its date is none"))?;
    let token = proof.security_token.as_str();
    let is_token = (1..=LONGEST_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_token {
        return Err(Malformed::Form("its session token is none: the credentials have to be a role's"));
    }
    let wrong = Malformed::Form("its signature is not one of AWS's version 4");
    let rest = proof.authorization.strip_prefix("AWS4-HMAC-SHA256 Credential=").ok_or(wrong.clone())?;
    let (scope, rest) = rest.split_once(", SignedHeaders=").ok_or(wrong.clone())?;
    let (signed, signature) = rest.split_once(", Signature=").ok_or(wrong.clone())?;
    if signed != SIGNED {
        return Err(Malformed::SignedHeaders);
    }
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if signature.len() != SIGNATURE || !signature.bytes().all(is_hex) {
        return Err(wrong);
    }
    let access_key = match scope.split('/').collect::<Vec<_>>().as_slice() {
        [key, day, of, "sts", "aws4_request"] if *day == &date[..8] && *of == region && is_key(key) => *key,
        _ => return Err(Malformed::Form("its signature is of another day, Region or service")),
    };
    Ok(Checked { region, date, security_token: token, access_key, signature })
}

/// A Region is looked up and never built: what is sent goes to a host of this list.
fn region(region: &str, partition: &'static Partition) -> Result<&'static str, Malformed> {
    let shown = || region.chars().take(40).map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect();
    let known = partition::all().iter().flat_map(|each| each.regions.iter().map(move |name| (each, *name)));
    let (of, name) =
        known.into_iter().find(|(_, name)| *name == region).ok_or_else(|| Malformed::UnknownRegion(shown()))?;
    if of.name != partition.name {
        return Err(Malformed::OtherPartition { region: shown(), partition: partition.name });
    }
    Ok(name)
}

/// `20261127T063759Z`.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 16
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            _ => byte.is_ascii_digit(),
        })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>
fn is_key(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
