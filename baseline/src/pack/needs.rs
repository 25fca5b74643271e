//! What a gathered member waits for: the members that its call and its conditions read. The one owner of that order, for
//! the loader, the plan and the agent. Pure.

use std::collections::BTreeSet;

use super::CompiledType;
use super::collector::{Argument, Call, Gather, OWN_ARN, is_builtin, of_items, of_parent, within};
use crate::expr::Reads;

impl Gather {
    /// The members that have to be there before this one, by their names in the resource: `Policy`, or for a member of a
    /// list's items the list, and `Subscriptions[].Topic` for another member of the same item. `conditions` are what its
    /// compiled conditions read.
    pub fn needs<'a>(&self, name: &str, conditions: impl IntoIterator<Item = &'a Reads>) -> BTreeSet<String> {
        let list = within(name).map(|(list, _)| list);
        let own = |member: &str| list.map_or_else(|| member.to_owned(), |list| format!("{list}[].{member}"));
        let mut needs: BTreeSet<String> = list.map(str::to_owned).into_iter().collect();
        let joined = self.joined.as_ref().map(|joined| joined.equals.as_str());
        let paths = self.call.paths().chain(joined).map(|path| of_items(path).unwrap_or(path));
        for path in paths.filter(|path| !is_builtin(path) && *path != OWN_ARN) {
            match (of_parent(path), list) {
                (Some(path), Some(_)) => drop(needs.insert(first_member(path).to_owned())),
                // What a resource is listed for is there before it.
                (Some(_), None) => {}
                (None, _) => drop(needs.insert(own(first_member(path)))),
            }
        }
        for reads in conditions {
            needs.extend(reads.resource_members.iter().map(|member| own(member)));
            needs.extend(reads.parent_members.iter().cloned());
        }
        needs
    }
}

impl CompiledType {
    /// The members that have to be there before a gathered one, with what its conditions read.
    pub fn needs(&self, name: &str, gather: &Gather) -> BTreeSet<String> {
        let conditions = [self.conditions.get(name), self.foreign.get(name)];
        gather.needs(name, conditions.into_iter().flatten().map(|program| program.reads()))
    }
}

impl Call {
    /// The paths that its input and its Region name, built-in names included.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.with.values().flat_map(Argument::paths).chain(self.region.path())
    }
}

impl Argument {
    /// The paths that it names, built-in names included.
    pub fn paths(&self) -> Vec<&str> {
        match self {
            Self::Path(path) => vec![path],
            Self::Literal(_) => Vec::new(),
            Self::List(arguments) => arguments.iter().flat_map(Self::paths).collect(),
            Self::Map(arguments) => arguments.values().flat_map(Self::paths).collect(),
        }
    }
}

/// The member of a document that a path begins with.
pub fn first_member(path: &str) -> &str {
    path.split('.').next().unwrap_or_default().trim_end_matches("[]")
}

#[cfg(test)]
mod tests {
    use crate::pack::Pack;

    #[track_caller]
    fn check(resource: &str, member: &str, expected: &[&str]) {
        let compiled = Pack::embedded().resource_type(resource).unwrap();
        let (_, gather) = compiled.declared.gather.iter().find(|(name, _)| **name == *member).unwrap();
        let needs = compiled.needs(member, gather);
        assert_eq!(needs.iter().map(String::as_str).collect::<Vec<_>>(), expected, "{member}");
    }

    #[test]
    fn a_member_needs_what_its_call_and_its_condition_read() {
        check("AWS::KMS::Key", "Rotation", &["KeyId", "Metadata"]);
        check("AWS::CloudTrail::Trail", "BucketAcl", &["BucketRegion", "OwnBuckets", "S3BucketName"]);
    }

    #[test]
    fn a_member_of_an_item_needs_the_list_its_siblings_and_what_it_reads_of_the_resource() {
        let rules = ["Listeners", "Listeners[].ListenerArn", "Listeners[].Protocol"];
        check("AWS::ElasticLoadBalancingV2::LoadBalancer", "Listeners[].Rules", &rules);
        let trail = "Plumbline::CloudTrail::VisibleTrail";
        let key = ["HomeRegion", "Subscriptions", "Subscriptions[].Topic"];
        check(trail, "Subscriptions[].TopicKey", &key);
    }
}
