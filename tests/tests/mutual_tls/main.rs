//! Agents on other machines, over real TCP: they join with a token or by their role, work over mutual TLS within their bounds, renew their
//! certificates, and are banned; operators ask what their role lets them; and whoever has no business there is refused.
#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod bench;
mod by_role;
mod joining;
mod operators;
mod strangers;
mod working;
