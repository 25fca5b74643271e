//! Reads a row of the table of condition keys.

use csv::StringRecord;

use super::{Key, Kind, OwnerShape, Presence, Reach, SetBy, Tie, With};

/// The key of a row.
pub(super) fn parse(row: &StringRecord) -> Result<Key, String> {
    let [key, kind, values, by, unsigned, signed, service, web, outsider, with, source] = fields(row)?;
    if source.is_empty() {
        return Err(format!("{key} has no source"));
    }
    let name = key.to_lowercase();
    Ok(Key {
        is_prefix: name.ends_with('*'),
        name: name.trim_end_matches('*').to_owned(),
        kind: kind_of(kind)?,
        is_multivalued: match values {
            "one" => false,
            "many" => true,
            other => return Err(format!("`{other}` is neither one nor many")),
        },
        by: set_by(by)?,
        presence: [presence(unsigned)?, presence(signed)?, presence(service)?, presence(web)?],
        reach: Reach::parse(outsider)?,
        with: tie(with)?,
    })
}

fn fields<const N: usize>(row: &StringRecord) -> Result<[&str; N], String> {
    let fields: Vec<&str> = row.iter().collect();
    fields.try_into().map_err(|fields: Vec<&str>| format!("{} fields and not {N}", fields.len()))
}

fn kind_of(text: &str) -> Result<Kind, String> {
    Ok(match text {
        "text" => Kind::Text,
        "arn" => Kind::Arn,
        "number" => Kind::Number,
        "date" => Kind::Date,
        "bool" => Kind::Bool,
        "address" => Kind::Address,
        other => return Err(format!("there is no type `{other}`")),
    })
}

fn set_by(text: &str) -> Result<SetBy, String> {
    Ok(match text {
        "aws" => SetBy::Aws,
        "caller" => SetBy::Caller,
        "request" => SetBy::Request,
        "provider" => SetBy::Provider,
        "resource" => SetBy::Resource,
        other => return Err(format!("nobody is called `{other}`")),
    })
}

fn presence(text: &str) -> Result<Presence, String> {
    let (word, only) = text.split_once('=').unwrap_or((text, ""));
    let (may_be_absent, may_be_present) = match word {
        "never" => (true, false),
        "may" => (true, true),
        "always" => (false, true),
        other => return Err(format!("`{other}` is none of never, may, always")),
    };
    let only = only.split('|').filter(|value| !value.is_empty()).map(str::to_owned).collect();
    Ok(Presence { may_be_absent, may_be_present, only })
}

fn tie(text: &str) -> Result<Option<Tie>, String> {
    Ok(match text.strip_suffix("=true") {
        _ if text.is_empty() => None,
        Some(with) => Some(Tie::Value(with_of(with)?)),
        None => Some(Tie::Presence(with_of(text)?)),
    })
}

fn with_of(text: &str) -> Result<With, String> {
    Ok(match text {
        "network internet" => With::Internet,
        "network endpoint" => With::Endpoint,
        "tls on" => With::Tls,
        "via service" => With::ViaService,
        "principal user" => With::User,
        "principal session" => With::Session,
        "source passed" => With::Source,
        "organization member" => With::Organization,
        other => return Err(format!("there is no alternative `{other}`")),
    })
}

impl Reach {
    /// Reads what an outsider can make of a key.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split(' ');
        let word = words.next().unwrap_or_default();
        let mut rest = words.map(str::to_owned);
        Ok(match word {
            "any" => Self::Any,
            "fits" => Self::Fits(rest.collect()),
            "drawn" => {
                let prefix = rest.next().unwrap_or_default();
                let length = rest.next().and_then(|length| length.parse().ok());
                Self::Drawn(prefix, length.ok_or("drawn needs a prefix and a length")?)
            }
            "owned" => Self::Owned(rest.map(|shape| OwnerShape::parse(&shape)).collect::<Result<_, _>>()?),
            "fixed" => Self::Fixed,
            "public" => Self::PublicAddress,
            "private" => Self::PrivateAddress,
            "now" => Self::Now,
            "recent" => Self::Recent,
            "resource" => Self::Resource,
            "principal" => Self::Principal,
            "userid" => Self::UserId,
            "source" => Self::Source,
            other => return Err(format!("nothing is known of `{other}`")),
        })
    }
}
