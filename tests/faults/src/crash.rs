//! What a disk holds after the machine went down.

use crate::disk::{Operation, Trace};

/// What a disk is left with of writes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// All of them: only the process died.
    Everything,
    /// None of them.
    Nothing,
    /// Some of them, whatever their order was.
    Some,
    /// Some of them, and of the last one a part: disks write sectors.
    Torn,
}

impl Left {
    /// All of these.
    pub const ALL: [Self; 4] = [Self::Everything, Self::Nothing, Self::Some, Self::Torn];
}

/// Bytes that a disk writes together, or not at all.
const SECTOR: usize = 512;

/// A crash.
#[derive(Clone, Debug)]
pub struct Crash {
    /// How many writes and syncs were done.
    pub at: usize,
    /// What was left of those that were not synced.
    pub left: Left,
    /// What the disk holds.
    pub content: Vec<u8>,
}

impl Trace {
    /// Calls a function with every crash: before the first write, and after each write and sync, in every way. The seed
    /// decides which writes are there where only some are.
    pub fn for_each_crash(&self, seed: u64, mut visit: impl FnMut(Crash)) {
        let mut durable = self.start.clone();
        let mut waiting: Vec<&Operation> = Vec::new();
        let mut chance = Chance(seed | 1);
        for at in 0..=self.operations.len() {
            for left in Left::ALL {
                // With nothing that waits, all ways are one.
                if waiting.is_empty() && left != Left::Nothing {
                    continue;
                }
                visit(Crash { at, left, content: content(&durable, &waiting, left, &mut chance) });
            }
            match self.operations.get(at) {
                Some(Operation::Sync) => waiting.drain(..).for_each(|operation| operation.apply(&mut durable)),
                Some(operation) => waiting.push(operation),
                None => {}
            }
        }
    }
}

fn content(durable: &[u8], waiting: &[&Operation], left: Left, chance: &mut Chance) -> Vec<u8> {
    let mut content = durable.to_vec();
    let (last, before) = match waiting.split_last() {
        Some((last, before)) if left == Left::Torn => (Some(*last), before),
        _ => (None, waiting),
    };
    for operation in before {
        let is_there = match left {
            Left::Everything => true,
            Left::Nothing => false,
            Left::Some | Left::Torn => chance.toss(),
        };
        if is_there {
            operation.apply(&mut content);
        }
    }
    match last {
        Some(Operation::Write { offset, bytes }) => {
            for (number, sector) in bytes.chunks(SECTOR).enumerate().filter(|_| chance.toss()) {
                let offset = offset + number * SECTOR;
                Operation::Write { offset, bytes: sector.to_vec() }.apply(&mut content);
            }
        }
        Some(operation) => operation.apply(&mut content),
        None => {}
    }
    content
}

/// Xorshift: the same seed, the same crashes.
struct Chance(u64);

impl Chance {
    fn toss(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.count_ones().is_multiple_of(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: usize, byte: u8, count: usize) -> Operation {
        Operation::Write { offset, bytes: vec![byte; count] }
    }

    #[test]
    fn what_was_synced_is_always_there_and_what_was_not_may_be_anything() {
        let operations = vec![
            write(0, 1, 4),
            Operation::Sync,
            write(0, 2, 2 * SECTOR),
            write(4 * SECTOR, 3, SECTOR),
            Operation::Sync,
        ];
        let trace = Trace { start: vec![0; 4], operations };
        let (mut torn, mut reordered, mut count) = (false, false, 0);
        for seed in 0..50 {
            trace.for_each_crash(seed, |crash| {
                count += 1;
                let content = &crash.content;
                if crash.at == 5 {
                    assert!(content[..2 * SECTOR].iter().all(|byte| *byte == 2) && content[4 * SECTOR] == 3);
                } else if crash.at >= 2 {
                    assert!(matches!(content[..4], [1, 1, 1, 1] | [2, 2, 2, 2]), "{crash:?}");
                }
                torn |= content.len() >= 2 * SECTOR && content[0] != content[2 * SECTOR - 1] && content[SECTOR] == 2;
                reordered |= content.len() > 4 * SECTOR && content[4 * SECTOR] == 3 && content[0] == 1;
            });
        }
        assert!(torn && reordered);
        assert_eq!(count % 50, 0);
        assert_eq!(count / 50, 1 + 4 + 1 + 4 + 4 + 1);
    }
}
