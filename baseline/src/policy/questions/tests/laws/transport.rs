//! Policies with a denial of plain HTTP, of everything or of a little less, beside other statements.

use super::policies::{Dice, Piece};

const CONDITIONS: &[&str] = &[
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false"}"#,
    r#""BoolIfExists":{"aws:SecureTransport":["false"]}"#,
    r#""Bool":{"aws:SecureTransport":["true","false"]}"#,
    r#""ForAnyValue:Bool":{"aws:SecureTransport":"false"}"#,
    r#""Null":{"aws:SecureTransport":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"true"}"#,
    r#""Bool":{"aws:SecureTransport":"false","aws:ViaAWSService":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false","aws:PrincipalIsAWSService":"false"}"#,
    r#""Bool":{"aws:SecureTransport":"false"},"StringLike":{"aws:Referer":"a*"}"#,
    r#""Bool":{"aws:SecureTransport":"false"},"Null":{"s3:TlsVersion":"true"}"#,
    r#""NumericLessThan":{"s3:TlsVersion":"1.2"}"#,
    r#""StringEquals":{"aws:SecureTransport":"${aws:Referer}"}"#,
];
const PRINCIPALS: &[&str] = &[
    r#""Principal":"*""#,
    r#""Principal":"*""#,
    r#""Principal":{"AWS":["111111111111","*"]}"#,
    r#""Principal":{"AWS":"111111111111"}"#,
    r#""NotPrincipal":{"AWS":"arn:aws:iam::111111111111:root"}"#,
];
const ACTIONS: &[&str] = &[
    r#""Action":"s3:*""#,
    r#""Action":"s3:*""#,
    r#""Action":"*""#,
    r#""Action":["s3:GetObject","S3:*"]"#,
    r#""Action":"s3:*Object*""#,
    r#""Action":"s3:Get*""#,
    r#""NotAction":"s3:List*""#,
    r#""Action":"sns:*""#,
];
const RESOURCES: &[&str] = &[
    r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
    r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
    r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
    r#""Resource":"*""#,
    r#""Resource":"arn:aws:s3:::b*""#,
    r#""Resource":"arn:aws:s3:::b/*""#,
    r#""Resource":"arn:aws:s3:::b""#,
    r#""Resource":["arn:aws:s3:::b","arn:aws:s3:::b/private/*"]"#,
    r#""NotResource":"arn:aws:s3:::b/private/*""#,
    r#""NotResource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
    r#""Resource":["arn:aws:s3:::b/${aws:PrincipalTag/t}","arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
    r#""Resource":"arn:aws:s3:::b/${aws:PrincipalTag/t}/*""#,
];
/// What makes a policy one of other services, actions, buckets and callers, too.
const OTHERS: &[&str] = &[
    r#"{"Effect":"Allow","Principal":"*","Action":"xray:*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:FrobnicateObject","Resource":"arn:aws:s3:::b/*"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":"222222222222"},"NotAction":"s3:List*","Resource":"arn:aws:s3:::b/*"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/r"},"Action":"s3:*","Resource":"arn:aws:s3:::c/*"}"#,
    r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:oidc-provider/idp.example.com"},"Action":"s3:*","Resource":"*"}"#,
];

/// The statements of a policy.
pub(super) fn roll(dice: &mut Dice) -> String {
    let [principal, action, resource] = [PRINCIPALS, ACTIONS, RESOURCES].map(|all| dice.pick(all));
    let condition = dice.pick(CONDITIONS);
    let denial =
        format!(r#"{{"Sid":"Tls","Effect":"Deny",{principal},{action},{resource},"Condition":{{{condition}}}}}"#);
    let mut statements = vec![denial];
    for _ in 0..dice.below(4) {
        let effect = dice.pick(&["Allow", "Deny"]);
        statements.push(Piece::roll(dice, effect).text);
    }
    if dice.one_in(4) {
        statements.push(dice.pick(OTHERS).to_owned());
    }
    if dice.one_in(3) {
        let other = dice.below(statements.len());
        statements.swap(0, other);
    }
    statements.join(",")
}
