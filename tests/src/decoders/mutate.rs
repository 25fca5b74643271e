//! From examples to inputs: the same seed, the same inputs. Knows nothing of what is read.

use crate::store_faults::chance::Chance;

/// Bytes of an input at most.
const LONGEST: usize = 32 << 10;
/// Changes of an input at most.
const CHANGES: usize = 4;
/// What is often decisive.
const TELLING: [&[u8]; 24] = [
    b"\0",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x80\x80\x80\x80\x08",
    b"\x7f",
    b"\xff\xff\xff\x7f",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"(",
    b"*",
    b"?",
    b",",
    b":",
    b"=",
    b"\n",
    b"-1",
    b"9223372036854775808",
    b"1e999",
    b"null",
    "\u{202e}".as_bytes(),
    "ä".as_bytes(),
    b"&amp;",
    b"<a>",
];

/// Another input, made of one or two that there are.
pub(super) fn mutated(pool: &[Vec<u8>], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = pool[chance.below(pool.len())].clone();
    for _ in 0..=chance.below(CHANGES) {
        change(&mut bytes, &pool[chance.below(pool.len())], chance);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn change(bytes: &mut Vec<u8>, other: &[u8], chance: &mut Chance) {
    let at = chance.below(bytes.len() + 1);
    let length = chance.below((bytes.len() - at).min(64) + 1);
    let part = |from: &[u8], chance: &mut Chance| {
        let start = chance.below(from.len() + 1);
        let end = start + chance.below(from.len() - start + 1);
        from[start..end].to_vec()
    };
    match chance.below(10) {
        0 | 1 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
        2 if at < bytes.len() => bytes[at] = chance.next().to_le_bytes()[3],
        3 => drop(bytes.drain(at..at + length)),
        4 => drop(bytes.splice(at..at, TELLING[chance.below(TELLING.len())].iter().copied())),
        5 => drop(bytes.splice(at..at + length, TELLING[chance.below(TELLING.len())].iter().copied())),
        6 => drop(bytes.splice(at..at + length, part(other, chance))),
        // The same again and again: nested, or many.
        7 => {
            let again = bytes[at..at + length].repeat(1 << chance.below(8));
            bytes.splice(at..at, again);
        }
        8 => bytes.truncate(at),
        _ => bytes.extend(part(other, chance)),
    }
}
