//! Whole-system tests live beside this file; it only holds what they share.

pub mod binary;
pub mod clock;
pub mod collector;
pub mod decoders;
pub mod demonstration;
pub mod denial;
pub mod fleet_faults;
pub mod killed_agents;
pub mod machine;
pub mod modules;
pub mod moto;
pub mod newer_store;
pub mod nights;
pub mod python;
pub mod recorder;
pub mod scan;
pub mod service;
pub mod simulated;
pub mod store_faults;
pub mod tls_proxy;
