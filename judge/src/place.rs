//! Which types live in a job, and which it reads.

use plumbline_baseline::Region;
use plumbline_baseline::pack::collector::{ResourceType, Scope};
use plumbline_baseline::plan::TypePlan;
use plumbline_proto::agent_v1::JobSpec;

/// Whether a type lives where a job is: its partition has it, and things of its scope are collected there.
pub fn lives_here(declared: &ResourceType, spec: &JobSpec) -> bool {
    is_here(declared.scope, spec) && declared.is_in(&spec.partition)
}

/// Whether a job reads a planned type: what lives there, and what its controls join of the account as a whole.
pub fn is_read(plan: &TypePlan, spec: &JobSpec) -> bool {
    let declared = plan.declared();
    let is_joined = plan.is_joined_in_regions && is_here(Scope::Regional, spec);
    lives_here(declared, spec) || (is_joined && declared.is_in(&spec.partition))
}

/// Whether things of this scope are collected in such a job.
pub fn is_collected(scope: Scope, region: &str, is_management: bool) -> bool {
    match scope {
        Scope::Regional => !matches!(region, Region::GLOBAL | Region::ORGANIZATION),
        Scope::Global => region == Region::GLOBAL,
        Scope::Organization => region == Region::GLOBAL && is_management,
        // What a scan found, its coordinator knows, and no account does.
        Scope::Findings => region == Region::ORGANIZATION,
    }
}

/// Where things of a scope are, for people.
pub fn home_of(scope: Scope) -> &'static str {
    match scope {
        Scope::Regional => "a Region",
        Scope::Global => Region::GLOBAL,
        Scope::Organization => "aws-global of the management account",
        Scope::Findings => "the coordinator's store, and in no account",
    }
}

fn is_here(scope: Scope, spec: &JobSpec) -> bool {
    let is_management = spec.account.as_ref().is_some_and(|account| account.is_management);
    is_collected(scope, &spec.region, is_management)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_has_one_kind_of_job() {
        let jobs = [("eu-west-1", false), ("aws-global", false), ("aws-global", true), ("organization", true)];
        let check = |scope, expected: [bool; 4]| {
            assert_eq!(jobs.map(|(region, is_management)| is_collected(scope, region, is_management)), expected);
        };
        check(Scope::Regional, [true, false, false, false]);
        check(Scope::Global, [false, true, true, false]);
        check(Scope::Organization, [false, false, true, false]);
        check(Scope::Findings, [false, false, false, true]);
    }
}
