//! The pack: collectors, controls and frameworks, as data.

pub mod collector;
pub mod control;
