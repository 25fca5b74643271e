//! Which kinds of job a control runs in, from the resource types that it is about. Pure.

use std::collections::BTreeMap;

use plumbline_aws::partition;
use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::pack::control::{Control, Subject};

/// The kinds of job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ControlScope {
    /// One Region of one account.
    Regional,
    /// What belongs to no Region, in a member account or in an account without an organization.
    Global,
    /// What belongs to no Region, in the organization's management account; the organization's own controls too.
    Management,
    /// What all other jobs found, once an organization and when they have ended. No agent gets it.
    Findings,
}

impl ControlScope {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Regional, Self::Global, Self::Management, Self::Findings];
}

/// In which kinds of job a control runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    /// In every Region.
    pub regional: bool,
    /// Once an account.
    pub global: bool,
    /// Once an organization.
    pub organization: bool,
    /// Once an organization, on what all other jobs found.
    pub findings: bool,
}

impl Scopes {
    /// Whether a control of these scopes runs in a job of this kind.
    pub fn contain(self, scope: ControlScope) -> bool {
        match scope {
            ControlScope::Regional => self.regional,
            ControlScope::Global => self.global,
            ControlScope::Management => self.global || self.organization,
            ControlScope::Findings => self.findings,
        }
    }

    /// The scopes of a control, given all resource types.
    pub fn of<'a>(control: &Control, types: impl IntoIterator<Item = &'a ResourceType>) -> Self {
        let mut scopes = Self::default();
        match &control.subject {
            // A person looks once an account.
            Subject::Manual => scopes.global = true,
            Subject::Types(names) => {
                types.into_iter().filter(|each| names.contains(&each.name)).for_each(|each| scopes.add(each.scope));
            }
            Subject::Tagged => {
                types.into_iter().filter(|each| each.tags.is_some()).for_each(|each| scopes.add(each.scope));
            }
        }
        scopes
    }

    /// The scopes of a control in the partitions where they are not what they are elsewhere, given all resource types.
    pub fn exceptions<'a>(
        control: &Control,
        types: impl IntoIterator<Item = &'a ResourceType>,
    ) -> BTreeMap<String, Self> {
        let types: Vec<&ResourceType> = types.into_iter().collect();
        let everywhere = Self::of(control, types.iter().copied());
        let in_partition = |partition: &str| match control.is_in(partition) {
            true => Self::of(control, types.iter().copied().filter(|each| each.is_in(partition))),
            false => Self::default(),
        };
        let all = partition::all().iter().map(|partition| (partition.name.to_owned(), in_partition(partition.name)));
        all.filter(|(_, scopes)| *scopes != everywhere).collect()
    }

    /// Whether there is no job that it runs in.
    pub fn are_none(self) -> bool {
        self == Self::default()
    }

    fn add(&mut self, scope: Scope) {
        match scope {
            Scope::Regional => self.regional = true,
            Scope::Global => self.global = true,
            Scope::Organization => self.organization = true,
            Scope::Findings => self.findings = true,
        }
    }
}
