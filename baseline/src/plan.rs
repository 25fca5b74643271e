//! The call plan: which types and which of their members the enabled controls need, and so which calls are made.
//!
//! Derived from what the compiled expressions read, so a control that is switched off costs nothing. Pure; the agent
//! executes it, `permissions` turns it into a policy.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::pack::collector::{Call, Gather, List, ResourceType, Scope, Source, of_parent, template_paths, within};
use crate::pack::{CompiledControl, CompiledType, Pack, first_member};

/// What is read of a resource that is read whole.
pub const ALL: &str = "*";

/// An operation: service and name.
pub type Operation = (String, String);

/// Everything that the enabled controls need.
#[derive(Clone, Debug, Default)]
pub struct CallPlan {
    types: BTreeMap<Arc<str>, TypePlan>,
}

/// One planned type.
#[derive(Clone, Debug)]
pub struct TypePlan {
    /// The type and its compiled conditions.
    pub compiled: CompiledType,
    /// The gathered members that are needed.
    pub members: BTreeSet<Arc<str>>,
    /// Whether a Regional control joins what is global to the account and known in every Region: Regional jobs then read
    /// it as well.
    pub is_joined_in_regions: bool,
}

/// What a plan costs in one account and Region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Calls that are made whatever exists: first pages of listings, settings.
    pub fixed: u64,
    /// Calls that are made for each resource of some type, summed over the types. Listings for each parent are among
    /// them, and batches are not: they are few.
    pub per_resource: u64,
}

impl CallPlan {
    /// The plan for these controls. Ids that the pack does not have plan nothing.
    pub fn new<'a>(pack: &Pack, enabled: impl IntoIterator<Item = &'a str>) -> Self {
        let mut needs: BTreeMap<Arc<str>, BTreeSet<String>> = BTreeMap::new();
        let mut joined = BTreeSet::new();
        for control in enabled.into_iter().filter_map(|id| pack.control(id)) {
            add_needs(pack, control, &mut needs);
            joined.extend(joined_in_regions(pack, control));
        }
        Self::of_needs(pack, needs, |name| joined.contains(name))
    }

    /// The plan for whole resources of these types, as snapshots take them, and for what it takes to list them.
    pub fn whole<'a>(pack: &Pack, types: impl IntoIterator<Item = &'a CompiledType>) -> Self {
        let whole = |compiled: &CompiledType| (Arc::clone(&compiled.declared.name), BTreeSet::from([ALL.to_owned()]));
        Self::of_needs(pack, types.into_iter().map(whole).collect(), |_| false)
    }

    /// The plan for what is read of some types, and for what it takes to list them.
    fn of_needs(
        pack: &Pack,
        mut needs: BTreeMap<Arc<str>, BTreeSet<String>>,
        is_joined_in_regions: impl Fn(&str) -> bool,
    ) -> Self {
        add_parents(pack, &mut needs);
        let types = needs.into_iter().filter_map(|(name, needs)| {
            let compiled = pack.resource_type(&name)?.clone();
            let members = members(&compiled, &needs);
            let is_joined_in_regions = is_joined_in_regions(&name);
            Some((name, TypePlan { compiled, members, is_joined_in_regions }))
        });
        Self { types: types.collect() }
    }

    /// What of it there is in a partition.
    #[must_use]
    pub fn in_partition(mut self, partition: &str) -> Self {
        self.types.retain(|_, plan| plan.declared().is_in(partition));
        self
    }

    /// The planned types.
    pub fn types(&self) -> impl Iterator<Item = &TypePlan> {
        self.types.values()
    }

    /// The planned types that jobs of one scope read.
    pub fn types_of(&self, scope: Scope) -> impl Iterator<Item = &TypePlan> {
        self.types().filter(move |plan| {
            plan.declared().scope == scope || (scope == Scope::Regional && plan.is_joined_in_regions)
        })
    }

    /// A planned type by name.
    pub fn resource_type(&self, name: &str) -> Option<&TypePlan> {
        self.types.get(name)
    }

    /// The different operations of all scopes.
    pub fn operations(&self) -> BTreeSet<Operation> {
        self.types().flat_map(TypePlan::operations).collect()
    }

    /// The different operations of one scope.
    pub fn operations_of(&self, scope: Scope) -> BTreeSet<Operation> {
        self.types_of(scope).flat_map(TypePlan::operations).collect()
    }

    /// What one scope costs.
    pub fn cost_of(&self, scope: Scope) -> Cost {
        let of_items = |plan: &TypePlan| {
            let list = plan.declared().list.as_ref();
            let is_of_one = |gather: &&Gather| list.is_some() && gather.reads_resource() && gather.batch().is_none();
            let read_one_by_one = matches!(plan.declared().source, Source::CloudControl(_));
            let is_of_parent = list.is_some_and(|list| list.each.is_some());
            plan.gather().filter(is_of_one).count() as u64 + u64::from(read_one_by_one) + u64::from(is_of_parent)
        };
        Cost { fixed: self.fixed_calls(scope).values().sum(), per_resource: self.types_of(scope).map(of_items).sum() }
    }

    /// The calls that one scope makes whatever exists, by operation.
    pub fn fixed_calls(&self, scope: Scope) -> BTreeMap<Operation, u64> {
        // Listings that types have in common are made once.
        let mut different = BTreeMap::new();
        let add = |different: &mut BTreeMap<_, _>, call: &Call| {
            different.insert(format!("{call:?}"), (call.service.clone(), call.operation.clone()));
        };
        for plan in self.types_of(scope) {
            let list = plan.declared().list.as_ref();
            // What is listed for each resource of another type is listed for none where there is none.
            list.into_iter().filter(|list| list.each.is_none()).for_each(|list| add(&mut different, &list.call));
            if matches!(plan.declared().source, Source::Config(_)) {
                for &(service, operation) in plan.declared().source_operations() {
                    different.insert(format!("{service}:{operation}"), (service.to_owned(), operation.to_owned()));
                }
            }
            let is_made = |gather: &&Gather| list.is_none() || (list_is_made(list) && !gather.reads_resource());
            plan.gather().filter(is_made).for_each(|gather| add(&mut different, &gather.call));
        }
        let mut calls = BTreeMap::new();
        for operation in different.into_values() {
            *calls.entry(operation).or_default() += 1;
        }
        calls
    }
}

impl TypePlan {
    /// The type as its collector declares it.
    pub fn declared(&self) -> &Arc<ResourceType> {
        &self.compiled.declared
    }

    /// Whether a gathered member is needed.
    pub fn needs(&self, member: &str) -> bool {
        self.members.contains(member)
    }

    fn gather(&self) -> impl Iterator<Item = &Gather> {
        self.declared().gather.iter().filter(|(member, _)| self.needs(member)).map(|(_, gather)| gather)
    }

    /// The operations that this type takes.
    pub fn operations(&self) -> BTreeSet<Operation> {
        let mut operations = BTreeSet::new();
        if let Some(list) = &self.declared().list {
            operations.insert((list.call.service.clone(), list.call.operation.clone()));
        }
        let own = self.declared().source_operations().iter();
        operations.extend(own.map(|(service, operation)| ((*service).to_owned(), (*operation).to_owned())));
        for gather in self.gather() {
            operations.insert((gather.call.service.clone(), gather.call.operation.clone()));
            if let Some(prepare) = &gather.prepare {
                operations.insert((gather.call.service.clone(), prepare.operation.clone()));
            }
        }
        operations
    }
}

/// What a control reads: by type, the first-level members, or [`ALL`] of them.
pub fn reads_of(pack: &Pack, control: &CompiledControl) -> BTreeMap<Arc<str>, BTreeSet<String>> {
    let mut reads = BTreeMap::new();
    add_needs(pack, control, &mut reads);
    reads
}

fn add_needs(pack: &Pack, control: &CompiledControl, needs: &mut BTreeMap<Arc<str>, BTreeSet<String>>) {
    for name in &control.types {
        let members = needs.entry(Arc::clone(name)).or_default();
        for program in control.programs() {
            members.extend(program.reads().resource_members.iter().cloned());
        }
        let judged = control.declared.get(name).and_then(|compiled| compiled.judged.as_ref());
        members.extend(judged.into_iter().flat_map(|program| program.reads().resource_members.iter().cloned()));
        if control.is_about_tags() {
            let tags = pack.resource_type(name).and_then(|compiled| compiled.declared.tags.as_deref());
            members.extend(tags.map(|path| first_member(path).to_owned()));
        }
    }
    for (name, members) in control.programs().flat_map(|program| &program.reads().listings) {
        needs.entry(Arc::from(name.as_str())).or_default().extend(members.iter().cloned());
    }
}

/// The types that others are listed for each of, with the members that those take of them.
fn add_parents(pack: &Pack, needs: &mut BTreeMap<Arc<str>, BTreeSet<String>>) {
    let mut names: Vec<Arc<str>> = needs.keys().cloned().collect();
    while let Some(name) = names.pop() {
        let Some(compiled) = pack.resource_type(&name) else { continue };
        let Some(each) = compiled.declared.parent() else { continue };
        let members = members(compiled, &needs[&name]);
        let taken = needs_of_parent(&compiled.declared, &members, &needs[&name]);
        let known = needs.entry(Arc::clone(&each.type_name)).or_default();
        known.extend(taken);
        // Parents lead to no circle, so that this ends.
        names.push(Arc::clone(&each.type_name));
    }
}

/// The members of its parent that a type takes: in its listing, in the calls that are planned, and to keep them.
fn needs_of_parent(child: &ResourceType, members: &BTreeSet<Arc<str>>, needs: &BTreeSet<String>) -> BTreeSet<String> {
    // What is gathered for the items of a list has the resource itself around it.
    let is_about_all = |member: &str| members.contains(member) && within(member).is_none();
    let planned = child.gather.iter().filter(|(member, _)| is_about_all(member)).map(|(_, gather)| &gather.call);
    let calls = child.list.iter().map(|list| &list.call).chain(planned);
    let in_calls = calls.flat_map(Call::paths).filter_map(of_parent);
    let in_arn = template_paths(&child.arn).filter_map(of_parent);
    let mut taken: BTreeSet<String> = in_calls.chain(in_arn).map(|path| first_member(path).to_owned()).collect();
    if let Some((member, kept)) = child.parent().and_then(|each| each.kept.as_ref())
        && (needs.contains(ALL) || needs.contains(member) || is_taken(child, members, member))
    {
        taken.extend(kept.iter().cloned());
    }
    taken
}

/// Whether a planned call takes what is kept of the parent.
fn is_taken(child: &ResourceType, members: &BTreeSet<Arc<str>>, kept: &str) -> bool {
    let mut planned = child.gather.iter().filter(|(member, _)| members.contains(member));
    planned.any(|(_, gather)| gather.when.is_some() || gather.resource_paths().any(|path| first_member(path) == kept))
}

/// Whether a listing is made whatever there is.
fn list_is_made(list: Option<&List>) -> bool {
    list.is_none_or(|list| list.each.is_none())
}

/// What a control about things of a Region joins of the account as a whole.
fn joined_in_regions<'a>(pack: &'a Pack, control: &'a CompiledControl) -> impl Iterator<Item = &'a str> {
    let is_regional = control.declared.values().any(|compiled| compiled.declared.scope == Scope::Regional);
    let listings = control.programs().flat_map(|program| program.reads().listings.keys());
    listings
        .filter(move |_| is_regional)
        .map(String::as_str)
        .filter(move |name| pack.resource_type(name).is_some_and(|compiled| compiled.declared.is_known_anywhere()))
}

/// The gathered members behind what is read: those themselves, and what their calls and conditions read in turn.
fn members(compiled: &CompiledType, needs: &BTreeSet<String>) -> BTreeSet<Arc<str>> {
    let declared = &compiled.declared;
    let mut wanted: Vec<String> = needs.iter().cloned().collect();
    let mut members = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        // What is read of a list is read of its items.
        let is_filled = |member: &str| name == ALL || name == member || name == first_member(member);
        for (member, gather) in declared.gather.iter().filter(|(member, _)| is_filled(member)) {
            if !members.insert(Arc::clone(member)) {
                continue;
            }
            wanted.extend(compiled.needs(member, gather));
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(controls: &[&str], scope: Scope) -> Vec<String> {
        let plan = CallPlan::new(Pack::embedded(), controls.iter().copied());
        plan.operations_of(scope).into_iter().map(|(service, operation)| format!("{service}:{operation}")).collect()
    }

    #[test]
    fn what_the_account_says_anywhere_is_read_in_the_regions_whose_controls_join_it() {
        let block = "s3control:GetPublicAccessBlock".to_owned();
        assert!(operations(&["cloudtrail-bucket-not-public"], Scope::Regional).contains(&block));
        assert!(operations(&["s3-account-public-access-blocked"], Scope::Regional).is_empty());
        assert_eq!(operations(&["s3-account-public-access-blocked"], Scope::Global), [block]);
    }

    #[test]
    fn whether_something_is_judged_is_asked_where_its_control_does_not_ask() {
        let rotation = operations(&["kms-key-rotation"], Scope::Regional);
        assert!(rotation.contains(&"kms:DescribeKey".to_owned()), "{rotation:?}");
    }

    #[test]
    fn what_is_gathered_for_the_items_of_a_list_comes_with_the_list() {
        let of = |control| operations(&[control], Scope::Regional);
        assert!(of("elbv2-tls-only").contains(&"elbv2:DescribeRules".to_owned()));
        assert!(!of("tags-required").contains(&"elbv2:DescribeRules".to_owned()));
    }
}
