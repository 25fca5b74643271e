//! What a collection produces and an evaluation reads: resources by type, and whether each listing is complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::doc::Doc;
use crate::reason::Unread;

/// One resource: the item as the API returns it, plus what further calls gathered under named members.
#[derive(Clone, Debug)]
pub struct Resource {
    /// CloudFormation type name, or `Plumbline::…` for settings of a Region or an account.
    pub type_name: Arc<str>,
    /// The ARN; `AWS::::Account:{id}` for settings, as Security Hub writes it.
    pub arn: String,
    /// The document.
    pub doc: Doc,
}

/// Something that was listed, and was gone when it was asked about.
#[derive(Clone, Debug)]
pub struct Gone {
    /// The ARN, as far as the listing told it.
    pub arn: String,
    /// What AWS said.
    pub unread: Arc<Unread>,
}

/// All resources of one type in one job.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// What was read.
    pub items: Vec<Resource>,
    /// What vanished between the listing and a call about it: there is nothing left to judge.
    pub gone: Vec<Gone>,
    /// Why the listing is not complete; `None` is the proof that it is.
    pub unread: Option<Arc<Unread>>,
}

impl Listing {
    /// A listing of which nothing was read.
    pub fn not_read(unread: Arc<Unread>) -> Self {
        Self { unread: Some(unread), ..Self::default() }
    }
}

/// Everything that one job collected.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Listings by type name. A type that is missing here was not collected, which is not "none exist".
    pub listings: BTreeMap<Arc<str>, Listing>,
}
