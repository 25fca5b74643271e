//! Condition keys: which requests carry each, and what its caller can make of it. The table is data of the pack; nothing
//! here knows a key by its name.

mod owned;
mod row;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::table;

pub(crate) use owned::{OwnerShape, names_in_full};

const COLUMNS: [&str; 11] =
    ["key", "type", "values", "by", "unsigned", "signed", "service", "web", "outsider", "with", "source"];

/// All keys of the pack.
pub(crate) static KEYS: LazyLock<Keys> =
    LazyLock::new(|| Keys::parse(table::CONDITION_KEYS).expect("a test reads the table"));

/// The table.
#[derive(Debug)]
pub(crate) struct Keys {
    rows: Vec<Key>,
    /// The places of keys that are named in full, and those of which any name may follow.
    exact: FxHashMap<String, usize>,
    prefixes: Vec<usize>,
}

/// What is known of a key.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in lower case, without the `*` at its end.
    name: String,
    /// Whether any name may follow: `aws:PrincipalTag/`.
    is_prefix: bool,
    /// What its values are.
    pub(crate) kind: Kind,
    /// Whether a request may have several values.
    pub(crate) is_multivalued: bool,
    /// Who sets it.
    pub(crate) by: SetBy,
    /// Which requests carry it, by how they are signed: unsigned, signed, service, web.
    presence: [Presence; 4],
    /// What an outsider can make of it.
    pub(crate) reach: Reach,
    /// The alternative on which it depends.
    pub(crate) with: Option<Tie>,
}

/// How a key depends on an alternative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// It is there only with it.
    Presence(With),
    /// It is true with it, and false without.
    Value(With),
}

/// What the values of a key are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Arn,
    Number,
    Date,
    Bool,
    Address,
}

/// Who sets a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetBy {
    Aws,
    Caller,
    Request,
    Provider,
    Resource,
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Signed {
    Not,
    ByPrincipal,
    ByService,
    ByToken,
}

/// Whether requests carry a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Presence {
    /// Whether a request may lack it.
    pub(crate) may_be_absent: bool,
    /// Whether a request may have it.
    pub(crate) may_be_present: bool,
    /// The only values that it has, where these are fixed.
    pub(crate) only: Vec<String>,
}

/// What an outsider can make of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Whatever it likes.
    Any,
    /// What fits one of these shapes, with placeholders.
    Fits(Vec<String>),
    /// What AWS draws: a prefix, and at least so many characters.
    Drawn(String, usize),
    /// Whatever it likes, but for what names somebody else's name.
    Owned(Vec<OwnerShape>),
    /// Nothing that a policy names.
    Fixed,
    /// An address of the internet.
    PublicAddress,
    /// A private address.
    PrivateAddress,
    /// The present.
    Now,
    /// A moment of the last hours.
    Recent,
    /// What the owner of a resource gave it.
    Resource,
    /// What the principal is.
    Principal,
    /// The unique id of the principal.
    UserId,
    /// The resource that a service acts for.
    Source,
}

/// Alternatives of a request that decide several keys together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum With {
    Internet,
    Endpoint,
    Tls,
    ViaService,
    User,
    Session,
    Source,
    Organization,
}

impl Keys {
    /// Reads the table.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rows: Vec<Key> = Vec::new();
        for row in table::rows(text, &COLUMNS)? {
            let key = row::parse(&row).map_err(|what| format!("line {}: {what}", table::line(&row)))?;
            if rows.iter().any(|known| known.name == key.name) {
                return Err(format!("line {}: {} is there twice", table::line(&row), key.name));
            }
            rows.push(key);
        }
        let (prefixes, exact): (Vec<usize>, Vec<usize>) = (0..rows.len()).partition(|place| rows[*place].is_prefix);
        let exact = exact.into_iter().map(|place| (rows[place].name.clone(), place)).collect();
        Ok(Self { rows, exact, prefixes })
    }

    /// What is known of a key, by its name in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&Key> {
        let exact = self.exact.get(name).copied();
        let place =
            exact.or_else(|| self.prefixes.iter().copied().find(|place| name.starts_with(&self.rows[*place].name)));
        place.map(|place| &self.rows[place])
    }

    /// Whether the caller chooses the values of a key: it keeps nobody out.
    pub(crate) fn is_chosen(&self, name: &str) -> bool {
        self.get(&name.to_lowercase()).is_some_and(|key| matches!(key.by, SetBy::Caller | SetBy::Request))
    }

    /// Whether a key says what somebody gave to the resource, as its tags do.
    pub(crate) fn is_of_resource(&self, name: &str) -> bool {
        self.get(&name.to_lowercase()).is_some_and(|key| key.reach == Reach::Resource)
    }

    /// All keys.
    #[cfg(test)]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.rows.iter()
    }
}

impl Key {
    /// Whether requests that are signed so carry it.
    pub(crate) fn presence(&self, signed: Signed) -> &Presence {
        &self.presence[match signed {
            Signed::Not => 0,
            Signed::ByPrincipal => 1,
            Signed::ByService => 2,
            Signed::ByToken => 3,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert!(KEYS.iter().count() > 150);
        for key in KEYS.iter() {
            assert!(key.presence.iter().any(|presence| presence.may_be_present), "nobody has {}", key.name);
            if let Reach::Fits(shapes) = &key.reach {
                assert!(!shapes.is_empty(), "{} fits nothing", key.name);
            }
        }
        let tag = KEYS.get("aws:principaltag/team").unwrap();
        assert!(tag.is_prefix && tag.by == SetBy::Caller);
        assert_eq!(KEYS.get("aws:principalaccount").unwrap().presence(Signed::Not).only, ["anonymous"]);
        assert!(KEYS.get("aws:nothing").is_none());
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said() {
        let header = COLUMNS.join(",");
        let wrong = |row: &str| Keys::parse(&format!("{header}\n{row}\n")).unwrap_err();
        assert!(wrong("a:b,text,one,aws,perhaps,may,may,may,any,,IAM").contains("perhaps"));
        assert!(wrong("a:b,colour,one,aws,may,may,may,may,any,,IAM").contains("line 2"));
        assert!(wrong("a:b,text,one,aws,may,may,may,may,any,network moon,IAM").contains("moon"));
        assert!(wrong("a:b,text,one,aws,may,may,may,may,any,,").contains("no source"));
        assert!(
            wrong("a:b,text,one,aws,may,may,may,may,any,,IAM\nA:B,text,one,aws,may,may,may,may,any,,IAM")
                .contains("twice")
        );
        assert!(Keys::parse("key\n").is_err());
    }
}
