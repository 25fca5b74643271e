//! Agents that lie: to the store itself, and to a coordinator over gRPC. Nothing of it is accepted, memory stays bounded,
//! the store is as it was, and the truth is accepted afterwards.

mod attack;
mod direct;
mod wire;

use super::Outcome;
use super::chance::Chance;
use attack::{Kind, OF_STORE, OF_WIRE, attack};
use direct::Direct;
use wire::Wire;

/// Resources of each type in each account and Region.
const RESOURCES: usize = 12;
/// Lies between two looks at the whole store.
const BETWEEN: u64 = 250;
/// What the process may take more than before the first lie. The largest lies are bombs of 32 MiB, which are made here.
const MOST_MIB: u64 = 96;

/// Sends so many lies, every other one over gRPC.
///
/// # Errors
/// When what is not a lie cannot be sent, or there is no port.
pub async fn run(seed: u64, count: u64, report: impl Fn(&Outcome)) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    for is_whole in [true, false] {
        Direct::new(seed, RESOURCES).await?.end(is_whole, &mut outcome.wrong).await?;
    }
    let mut direct = Direct::new(seed, RESOURCES).await?;
    let wire = Wire::start(seed, RESOURCES).await?;
    let (to_store, to_wire) = (direct.honest()?, wire.honest()?);
    let (before, mut chance) = (peak_mib(), Chance::new(seed));
    for number in 0..count {
        let is_direct = number.is_multiple_of(2);
        let kind = kind(is_direct, &mut chance);
        let sent = attack(kind, if is_direct { &to_store } else { &to_wire }, &mut chance);
        let is_accepted = if is_direct { direct.send(sent).await? } else { wire.send(sent).await? };
        outcome.faults += 1;
        outcome.hits += 1;
        outcome.note(if is_direct { "to the store" } else { "over gRPC" });
        if is_accepted {
            outcome.wrong.invented(format!("lie {number} was accepted: {}", kind.name()));
            if !is_direct {
                break;
            }
            direct = Direct::new(seed, RESOURCES).await?;
        }
        outcome.note(kind.name());
        if outcome.faults.is_multiple_of(BETWEEN) {
            direct.check(&format!("after {} lies", outcome.faults), &mut outcome.wrong).await?;
            report(&outcome);
        }
    }
    direct.check("at the end", &mut outcome.wrong).await?;
    direct.end(seed.is_multiple_of(2), &mut outcome.wrong).await?;
    wire.end(&mut outcome.wrong).await?;
    let more = peak_mib().saturating_sub(before);
    outcome.add("MiB of memory before the first lie, at most", before);
    outcome.add("MiB more than that", more);
    if more > MOST_MIB {
        outcome.wrong.fail(format!("{more} MiB of memory were taken"));
    }
    Ok(outcome)
}

fn kind(is_direct: bool, chance: &mut Chance) -> Kind {
    let count = OF_STORE.len() + if is_direct { 0 } else { OF_WIRE.len() };
    loop {
        let at = chance.below(count);
        let kind = OF_STORE.get(at).or(OF_WIRE.get(at.wrapping_sub(OF_STORE.len()))).copied();
        // These take a hundred times as long as the others.
        let is_slow = matches!(kind, Some(Kind::HugeCounts | Kind::TooLarge));
        match kind {
            Some(kind) if !is_slow || chance.one_in(10) => return kind,
            _ => {}
        }
    }
}

/// The most memory that the process has had; 0 where the system does not say.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok()).map_or(0, |kib| kib >> 10)
}
