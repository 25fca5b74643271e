//! Whole-system tests live beside this file; it only holds what they share.

pub mod moto;
pub mod recorder;
pub mod simulated;
