//! Every decoder of what others write, as a function of any bytes: what agents and coordinators send, what is on disk,
//! tokens and certificates, packs, expressions, policies, answers of AWS, schedules, patterns. Each holds what was read
//! against something besides that nothing panics, which it does by panicking itself.
//!
//! The targets of `fuzz/` call these functions, and so does [`trial`], which needs no more than this workspace. In reading
//! order: `wire`, `stored`, `identities`, `packs`, `expressions`, `policies`, `answers`, `times`, `patterns` (the decoders
//! and real examples of what they read), `mutate` (from examples to inputs), [`trial`] (what is counted).

mod answers;
mod expressions;
mod identities;
mod mutate;
mod packs;
mod patterns;
mod policies;
mod stored;
mod times;
pub mod trial;
mod wire;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Something of it was what the decoder reads.
    Accepted,
    /// Nothing was.
    Refused,
}

impl From<bool> for Read {
    fn from(is_accepted: bool) -> Self {
        if is_accepted { Self::Accepted } else { Self::Refused }
    }
}

/// A decoder.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// Its name, and that of its target.
    pub name: &'static str,
    /// Reads any bytes. It panics where something does not hold.
    pub read: fn(&[u8]) -> Read,
    /// Real examples of what it reads.
    pub examples: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const ALL: [Decoder; 11] = [
    Decoder { name: "messages", read: wire::messages, examples: wire::examples_of_messages },
    Decoder { name: "chunks", read: wire::chunks, examples: wire::examples_of_chunks },
    Decoder { name: "trees", read: wire::trees, examples: wire::examples_of_trees },
    Decoder { name: "records", read: stored::records, examples: stored::examples },
    Decoder { name: "identities", read: identities::identities, examples: identities::examples },
    Decoder { name: "packs", read: packs::packs, examples: packs::examples },
    Decoder { name: "expressions", read: expressions::expressions, examples: expressions::examples },
    Decoder { name: "policies", read: policies::policies, examples: policies::examples },
    Decoder { name: "answers", read: answers::answers, examples: answers::examples },
    Decoder { name: "times", read: times::times, examples: times::examples },
    Decoder { name: "patterns", read: patterns::patterns, examples: patterns::examples },
];

/// Reads bytes with the decoder of that name.
///
/// # Panics
/// When there is none, or something does not hold.
pub fn read(name: &str, bytes: &[u8]) -> Read {
    let decoder = ALL.iter().find(|decoder| decoder.name == name).expect("a decoder of that name");
    (decoder.read)(bytes)
}
