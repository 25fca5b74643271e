//! Challenges: each is good for one attempt, within a minute, at the coordinator that drew it. Pure: time and randomness
//! are passed in. They are in memory only; after a restart whoever has one asks for another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::network::Network;

/// How long one is good.
pub(super) const LIFE: Duration = Duration::from_secs(60);
/// How many may be open.
const MOST: usize = 4096;
/// How many of one place.
const MOST_OF_ONE: usize = 256;

/// As many are open as may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many machines join at the moment: try again in a minute")]
pub(crate) struct TooMany;

/// A challenge that is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the challenge is not open here: it was used, its minute is over, or another coordinator gave it; ask for another"
)]
pub(crate) struct NotOpen;

/// The open ones.
#[derive(Debug)]
pub(super) struct Challenges {
    life: Duration,
    open: HashMap<[u8; 32], (Network, Instant)>,
}

impl Challenges {
    pub(super) fn new(life: Duration) -> Self {
        Self { life, open: HashMap::new() }
    }

    /// Opens one that was drawn.
    ///
    /// # Errors
    /// When as many are open as may be, of all or of one place.
    pub(super) fn open(&mut self, challenge: [u8; 32], from: IpAddr, now: Instant) -> Result<(), TooMany> {
        self.open.retain(|_, (_, end)| now < *end);
        let from = Network::from(from);
        let of_one = self.open.values().filter(|(place, _)| *place == from).count();
        if self.open.len() >= MOST || of_one >= MOST_OF_ONE {
            return Err(TooMany);
        }
        self.open.insert(challenge, (from, now + self.life));
        Ok(())
    }

    /// Takes one: it is not open any more.
    ///
    /// # Errors
    /// When it is not open.
    pub(super) fn take(&mut self, challenge: &[u8; 32], now: Instant) -> Result<(), NotOpen> {
        match self.open.remove(challenge) {
            Some((_, end)) if now < end => Ok(()),
            _ => Err(NotOpen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn numbered(number: usize) -> [u8; 32] {
        let mut challenge = [0; 32];
        challenge[..8].copy_from_slice(&number.to_be_bytes());
        challenge
    }

    #[test]
    fn a_challenge_is_good_once_and_for_a_minute() {
        let (mut challenges, now) = (Challenges::new(LIFE), tokio::time::Instant::now().into_std());
        challenges.open(numbered(1), HERE, now).unwrap();
        challenges.open(numbered(2), HERE, now).unwrap();
        assert_eq!(challenges.take(&numbered(3), now), Err(NotOpen), "nobody gave it");
        assert_eq!(challenges.take(&numbered(1), now + LIFE - Duration::from_millis(1)), Ok(()));
        assert_eq!(challenges.take(&numbered(1), now), Err(NotOpen), "it was used");
        assert_eq!(challenges.take(&numbered(2), now + LIFE), Err(NotOpen), "its minute is over");
        assert_eq!(challenges.take(&numbered(2), now), Err(NotOpen), "and it does not come back");
    }

    #[test]
    fn who_asks_for_many_takes_them_from_nobody() {
        let (mut challenges, now) = (Challenges::new(LIFE), tokio::time::Instant::now().into_std());
        let taken = (0..10_000).take_while(|number| challenges.open(numbered(*number), HERE, now).is_ok()).count();
        assert_eq!(taken, MOST_OF_ONE);
        let mut others = 0;
        for place in 0..100u8 {
            let from = IpAddr::from([10, 0, 0, place]);
            let numbers = 10_000 + usize::from(place) * 1000..;
            others += numbers.take(200).filter(|number| challenges.open(numbered(*number), from, now).is_ok()).count();
        }
        assert_eq!(taken + others, MOST, "and all together have a bound");
        assert_eq!(challenges.open(numbered(1), HERE, now + LIFE), Ok(()), "a minute later there is room");
    }
}
