//! What one job has to collect: the planned types, and for each the gathered members in an order that their arguments
//! allow. Prepared once a job; pure.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use plumbline_baseline::expr::Reads;
use plumbline_baseline::pack::collector::{
    Argument, Batch, Gather, Join, List, OWN_ARN, ResourceType, Source, of_items, within,
};
use plumbline_baseline::plan::Operation;
use plumbline_baseline::{Doc, Unread};

use super::arguments::Subject;
use super::arn;

/// Decides about a member of what is asked about; what it could not decide is the reason.
pub(crate) type Condition = Arc<dyn Fn(Subject<'_>) -> Result<bool, Arc<Unread>> + Send + Sync>;

/// What decides about a member, item by item.
#[derive(Clone, Default)]
pub(crate) struct Conditions {
    /// Whether it is gathered; always without one.
    pub(crate) when: Option<Condition>,
    /// Whether what is asked about belongs to another account; what it does not show is judged there.
    pub(crate) foreign: Option<Condition>,
    /// What these read.
    pub(crate) reads: Vec<Reads>,
}

/// One planned type.
pub(crate) struct TypeWork {
    /// The type as its collector declares it.
    pub(crate) declared: Arc<ResourceType>,
    /// The planned members.
    pub(crate) gather: Vec<GatherWork>,
    /// The scan's start; empty when it is not known.
    pub(crate) now: String,
    /// `organization.accounts`: who has to be in the record of an aggregator; null when it is not known.
    pub(crate) members: Doc,
}

/// One planned member.
pub(crate) struct GatherWork {
    /// The member that it fills.
    pub(crate) member: Arc<str>,
    /// The list and the member of its items, when it is gathered for each item of a list of the resource.
    pub(crate) within: Option<(String, String)>,
    /// The call.
    pub(crate) call: Gather,
    /// The collector's conditions, compiled.
    pub(crate) conditions: Conditions,
    /// Indexes of the planned members that it reads.
    pub(crate) after: Vec<usize>,
    /// Whether the call names the item itself: then "no such thing" means that the item is gone.
    pub(crate) names_item: bool,
}

impl TypeWork {
    /// The work for a type, of which `wanted` members are gathered.
    pub(crate) fn new(
        declared: Arc<ResourceType>,
        wanted: impl Fn(&str) -> bool,
        conditions: impl Fn(&str) -> Conditions,
    ) -> Self {
        let identity: BTreeSet<&str> = arn::paths(&declared.arn)
            .chain(declared.list.as_ref().and_then(|list| list.item_member.as_deref()))
            .collect();
        let mut gather: Vec<GatherWork> = Vec::new();
        let mut reads: Vec<BTreeSet<String>> = Vec::new();
        for (member, call) in declared.gather.iter().filter(|(member, _)| wanted(member)) {
            let conditions = conditions(member);
            let within = within(member).map(|(list, member)| (list.to_owned(), member.to_owned()));
            reads.push(call.needs(member, &conditions.reads));
            let names_item = within.is_none() && declared.list.is_some() && names(call, &identity);
            gather.push(GatherWork {
                member: Arc::clone(member),
                call: call.clone(),
                within,
                conditions,
                after: Vec::new(),
                names_item,
            });
        }
        for index in 0..gather.len() {
            let after = (0..gather.len()).filter(|other| *other != index);
            gather[index].after = after.filter(|other| reads[index].contains(&*gather[*other].member)).collect();
        }
        Self { declared, gather, now: String::new(), members: Doc::Null }
    }

    /// As part of a scan that began at this moment.
    pub(crate) fn at(self, now: &str) -> Self {
        Self { now: now.to_owned(), ..self }
    }

    /// In an organization with these accounts, as expressions see them. They are kept where the source needs them.
    pub(crate) fn among(self, members: &Doc) -> Self {
        let is_of_all = matches!(&self.declared.source, Source::Config(recorded) if recorded.aggregator.is_some());
        if is_of_all { Self { members: members.clone(), ..self } } else { self }
    }

    /// Whether an item of the listing takes no further call.
    pub(crate) fn is_complete_as_listed(&self) -> bool {
        self.gather.is_empty() && !matches!(self.declared.source, Source::CloudControl(_))
    }

    /// The operations that its calls are made of.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation> {
        let list = self.list().map(|list| (list.call.service.clone(), list.call.operation.clone()));
        let gathered = self.gather.iter().flat_map(|GatherWork { call: Gather { call, prepare, .. }, .. }| {
            let prepare = prepare.as_ref().map(|prepare| (call.service.clone(), prepare.operation.clone()));
            std::iter::once((call.service.clone(), call.operation.clone())).chain(prepare)
        });
        let own = self.declared.source_operations().iter();
        let own = own.map(|(service, operation)| ((*service).to_owned(), (*operation).to_owned()));
        list.into_iter().chain(own).chain(gathered)
    }

    /// The members that are gathered for many items at a time.
    pub(crate) fn batched(&self) -> impl Iterator<Item = (&GatherWork, &Join, &Batch)> {
        let joined = self.gather.iter().filter_map(|gather| Some((gather, gather.call.joined.as_ref()?)));
        joined.filter_map(|(gather, joined)| Some((gather, joined, joined.batch.as_ref()?)))
    }

    /// The listing, if the type is not a singleton.
    pub(crate) fn list(&self) -> Option<&List> {
        self.declared.list.as_ref()
    }
}

/// Whether an argument is what the item is named by.
fn names(gather: &Gather, identity: &BTreeSet<&str>) -> bool {
    let mut paths = gather.call.with.values().flat_map(Argument::paths);
    paths.any(|path| path == OWN_ARN || identity.contains(of_items(path).unwrap_or(path)))
}

impl fmt::Debug for TypeWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<&str> = self.gather.iter().map(|gather| &*gather.member).collect();
        f.debug_struct("TypeWork").field("type", &self.declared.name).field("gather", &members).finish()
    }
}
