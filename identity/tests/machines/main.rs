//! Two machines shake hands, for real and in memory, and whoever has no business here is refused, by kind. No network, no
//! clock but the tests' own.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod authority;
mod coordinators;
mod documented;
mod joining;
mod machine;
mod peers;
mod rotation;
mod world;
