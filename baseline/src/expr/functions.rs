//! The functions of the language: one table, and a file for the functions of each domain. Pure, and every one is strict.
//!
//! A function is an entry here (its name, its parameters with the receiver first, the type of its result, what it does)
//! and a Rust function in the file of its domain, which may hand out a witness beside its value.

mod addresses;
mod audit;
mod call;
mod conversion;
mod guardrails;
mod network;
mod network_acl;
mod policy;
mod signature;
mod tags;
mod text;
mod time;
mod world;

pub(super) use call::{Call, Policies};
pub(super) use signature::{Function, Named, Parameter};
pub(super) use text::compile_pattern;

use super::typing::{Class, Type};

const ANY: Parameter = Parameter::Any;
const TEXT: Parameter = Parameter::Of(&[Class::Text]);
const NUMBER: Parameter = Parameter::Of(&[Class::Number]);
/// What can be converted.
const SIMPLE: Parameter = Parameter::Of(&[Class::Text, Class::Number, Class::Bool]);
/// Tags, rules: what AWS gives as a list, or as a map.
const LIST_OR_MAP: Parameter = Parameter::Of(&[Class::List, Class::Map]);
const MAP: Parameter = Parameter::Of(&[Class::Map]);
/// A document, or its JSON text.
const DOCUMENT: Parameter = Parameter::Of(&[Class::Text, Class::Map]);
const POLICY: Parameter = Parameter::Of(&[Class::Policy]);

const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    result: fn() -> Type,
    body: call::Body,
) -> Function {
    Function::new(name, parameters, result, body)
}

/// All functions. A name may stand twice, with different numbers of arguments.
#[rustfmt::skip]
pub(super) static FUNCTIONS: &[Function] = &[
    function("size", &[Parameter::Counted], number, conversion::size),
    function("int", &[SIMPLE], number, conversion::int),
    function("double", &[SIMPLE], number, conversion::double),
    function("string", &[SIMPLE], text, conversion::string),
    function("bool", &[SIMPLE], boolean, conversion::bool),
    function("not_visible", &[TEXT, Parameter::Options(conversion::NOT_VISIBLE)], boolean, conversion::not_visible),
    function("reported", &[ANY, TEXT], anything, conversion::reported),

    function("contains", &[TEXT, TEXT], boolean, text::contains),
    function("startsWith", &[TEXT, TEXT], boolean, text::starts_with),
    function("endsWith", &[TEXT, TEXT], boolean, text::ends_with),
    function("matches", &[TEXT, Parameter::Pattern], boolean, text::matches),
    function("glob", &[TEXT, TEXT], boolean, text::matches_glob),
    function("lowerAscii", &[TEXT], text, text::lower_ascii),
    function("split", &[TEXT, TEXT], texts, text::split),
    function("arn", &[TEXT], text::arn_type, text::arn),

    function("days_since", &[TEXT], number, time::days_since).reading(&["now"]),
    function("timestamp", &[TEXT], number, time::timestamp),

    function("tag", &[LIST_OR_MAP, TEXT], text, tags::tag),
    function("has_tag", &[LIST_OR_MAP, TEXT], boolean, tags::has_tag),

    function("opens_port", &[LIST_OR_MAP, NUMBER, Parameter::Options(network::OPENS_PORT)], boolean, network::opens_port),
    function("acl_opens_port", &[LIST_OR_MAP, NUMBER, Parameter::Options(network_acl::ACL_OPENS_PORT)], boolean, network_acl::acl_opens_port),
    function("is_public_cidr", &[TEXT], boolean, network::is_public_cidr),

    function("is_logging", &[audit::STATUS], boolean, audit::is_logging).reading(&["now"]),
    function("records", &[audit::SELECTORS, MAP], boolean, audit::records),
    function("filter_matches", &[TEXT, MAP], boolean, audit::filter_matches),
    function("watches", &[audit::CHAIN, MAP, Parameter::Options(audit::WATCHES)], boolean, audit::watches).reading(&["now", "account.id"]),

    function("policy", &[DOCUMENT], || Type::Policy, policy::policy),
    function("denies_insecure_transport", &[POLICY, Parameter::Options(policy::TRANSPORT)], boolean, policy::denies_insecure_transport).reading(world::WORLD),
    function("is_public", &[POLICY, Parameter::Options(policy::OUTSIDERS)], boolean, policy::is_public).reading(world::WORLD),
    function("access_point", &[Parameter::Options(policy::ACCESS_POINT)], || Type::Policy, policy::access_point),
    function("is_public_through", &[POLICY, POLICY, Parameter::Options(policy::OUTSIDERS)], boolean, policy::is_public_through).reading(world::WORLD),
    function("access_point_accounts", &[POLICY, Parameter::Options(policy::OUTSIDERS)], texts, policy::access_point_accounts).reading(world::WORLD),
    function("allows_full_admin", &[POLICY], boolean, policy::allows_full_admin).reading(world::WORLD),
    function("allows_service", &[POLICY, TEXT], boolean, policy::allows_service).reading(world::WORLD),
    function("allows_service_for_anyone", &[POLICY, TEXT], boolean, policy::allows_service_for_anyone).reading(world::WORLD),
    function("allows_action", &[POLICY, TEXT], boolean, policy::allows_action).reading(world::WORLD),
    function("allows", &[POLICY, Parameter::Options(policy::REQUEST)], boolean, policy::allows).reading(world::WORLD),
    function("trusts_anyone", &[POLICY, Parameter::Options(policy::OUTSIDERS)], boolean, policy::trusts_anyone).reading(world::WORLD),
    function("grants_account_outside", &[POLICY, Parameter::Texts], boolean, policy::grants_account_outside).reading(world::WORLD),
    function("scps_deny", &[Parameter::Of(&[Class::List]), Parameter::Options(guardrails::REQUESTS)], boolean, guardrails::scps_deny).reading(guardrails::READS),
    function("escalates", &[Parameter::Of(&[Class::List]), Parameter::Options(policy::LIMITS)], boolean, policy::escalates).reading(world::WORLD),
];

fn anything() -> Type {
    Type::Any
}

fn boolean() -> Type {
    Type::Bool
}

fn number() -> Type {
    Type::Number
}

fn text() -> Type {
    Type::String
}

fn texts() -> Type {
    Type::List(Box::new(Type::String))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_numbers_of_arguments_tell_functions_apart() {
        let mut known = BTreeSet::new();
        for function in FUNCTIONS {
            for count in (0..9).filter(|count| function.takes(*count)) {
                assert!(known.insert((function.name, count)), "{} with {count}", function.name);
            }
        }
    }

    #[test]
    fn options_come_last() {
        for function in FUNCTIONS {
            let fixed = function.parameters.iter().rev().skip(1);
            assert!(!fixed.into_iter().any(|each| matches!(each, Parameter::Options(_))), "{}", function.name);
        }
    }
}
