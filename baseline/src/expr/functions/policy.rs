//! Questions about IAM policies. What a policy means is said in [`crate::policy`]; here is how the language asks.

use std::rc::Rc;
use std::sync::Arc;

use super::call::{Call, Outcome, Returned};
use crate::expr::value::Value;
use crate::policy::{Answer, Policy};
use crate::reason::Unread;
use crate::witness::{Witness, quoted};

pub(super) fn policy<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    Ok(Value::Policy(Rc::new(Policy::parse(call.doc(0)?.as_ref()))).into())
}

pub(super) fn denies_insecure_transport<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let answer = call.get::<&Policy>(0)?.denies_insecure_transport();
    answered(answer, || "denies everybody every action without TLS".into())
}

pub(super) fn is_public<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.is_public(), || "grants to everybody".into())
}

pub(super) fn allows_full_admin<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.allows_full_admin(), || "allows every action on every resource".into())
}

pub(super) fn allows_service<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let service = call.get(1)?;
    let answer = call.get::<&Policy>(0)?.allows_service(service);
    answered(answer, || format!("grants to the service {}", quoted(service)))
}

pub(super) fn allows_service_for_anyone<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let service = call.get(1)?;
    let answer = call.get::<&Policy>(0)?.allows_service_for_anyone(service);
    answered(answer, || format!("grants to the service {} on behalf of any account", quoted(service)))
}

pub(super) fn allows_action<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let action = call.get(1)?;
    answered(call.get::<&Policy>(0)?.allows_action(action), || format!("allows {}", quoted(action)))
}

pub(super) fn trusts_anyone<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    answered(call.get::<&Policy>(0)?.trusts_anyone(), || "lets anybody take the role".into())
}

pub(super) fn grants_account_outside<'a>(call: &Call<'_, 'a>) -> Outcome<'a> {
    let accounts: Vec<String> = call.get(1)?;
    let answer = call.get::<&Policy>(0)?.grants_account_outside(&accounts);
    answered(answer, || "grants to an account that is none of those that are wanted".into())
}

/// An answer, with the statement that decided it.
fn answered<'a>(answer: Answer, what_it_does: impl FnOnce() -> String) -> Result<Returned<'a>, Arc<Unread>> {
    match answer {
        Answer::Yes(statement) => {
            let witness = Witness::new(format!("statement {} {}", quoted(&statement), what_it_does()));
            Ok(Returned::from(true).because(witness.with("statements", vec![statement.into()])))
        }
        Answer::No => Ok(false.into()),
        Answer::Unknown(unread) => Err(unread),
    }
}
