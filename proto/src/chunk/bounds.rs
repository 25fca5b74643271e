//! How much is in a batch, counted from its bytes: what is nearly empty takes two bytes there and a hundred in memory, so
//! that nothing is decoded before it is known to be within its bounds. Pure.

use prost::DecodeError;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::{MAX_PARTS, MAX_ROWS};
use crate::agent_v1::Row;

/// What a message has of other messages, as far as these are counted.
struct Shape(&'static [(u32, &'static Shape)]);

const PLAIN: Shape = Shape(&[]);
/// `Witness.parts`.
const WITNESS: Shape = Shape(&[(2, &PLAIN)]);
/// `Row.evidence`, `Row.witnesses`, `Row.elsewhere`.
const ROW: Shape = Shape(&[(6, &PLAIN), (7, &WITNESS), (8, &PLAIN)]);
/// `Alike.columns`.
const ALIKE: Shape = Shape(&[(3, &PLAIN)]);
/// `Changing.alike`.
const CHANGING: Shape = Shape(&[(2, &ALIKE)]);
/// `RowBatch.rows`, `.documents`, `.listings`, `.bases`, `.changing`.
const BATCH: [&Shape; 5] = [&ROW, &PLAIN, &PLAIN, &PLAIN, &CHANGING];

/// Whether an encoded batch has at most [`MAX_ROWS`] of everything, and at most [`MAX_PARTS`] parts of
/// rows and of what changes by itself.
///
/// # Errors
/// When the bytes are no messages.
pub(super) fn is_within(batch: &[u8]) -> Result<bool, DecodeError> {
    let (mut counts, mut parts) = ([0_usize; BATCH.len()], 0_usize);
    let mut rest = batch;
    while let Some((number, content)) = next(&mut rest)? {
        let Some(place) = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)) else { continue };
        let (Some(count), Some(shape), Some(content)) = (counts.get_mut(place), BATCH.get(place), content) else {
            continue;
        };
        *count += 1;
        parts += messages(content, shape)?;
        if *count > MAX_ROWS || parts > MAX_PARTS {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How many messages there are in one.
fn messages(mut content: &[u8], Shape(known): &Shape) -> Result<usize, DecodeError> {
    let mut count = 0;
    if known.is_empty() {
        return Ok(count);
    }
    while let Some((number, content)) = next(&mut content)? {
        let shape = known.iter().find(|(field, _)| *field == number);
        if let (Some((_, shape)), Some(content)) = (shape, content) {
            count += 1 + messages(content, shape)?;
        }
    }
    Ok(count)
}

/// A field: its number, and its bytes where it may be a message.
type Field<'a> = (u32, Option<&'a [u8]>);

/// The next field.
fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<Field<'a>>, DecodeError> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (number, wire_type) = decode_key(rest)?;
    if wire_type != WireType::LengthDelimited {
        skip_field(wire_type, number, rest, DecodeContext::default())?;
        return Ok(Some((number, None)));
    }
    let mut behind = *rest;
    let length = usize::try_from(decode_varint(&mut behind)?).unwrap_or(usize::MAX);
    skip_field(wire_type, number, rest, DecodeContext::default())?;
    Ok(Some((number, behind.get(..length))))
}

/// The parts of a row, as they are counted here.
pub(super) fn parts(row: &Row) -> usize {
    let witnesses = row.witnesses.iter().map(|witness| 1 + witness.parts.len()).sum::<usize>();
    row.evidence.len() + witnesses + row.elsewhere.len()
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::agent_v1::{Base, Changing, Document, Elsewhere, Evidence, Listing, RowBatch, Witness, WitnessPart};

    fn check(batch: &RowBatch, is_expected: bool) {
        assert_eq!(is_within(&batch.encode_to_vec()), Ok(is_expected), "{:?}", super::super::counts(batch));
    }

    #[test]
    fn as_much_of_everything_as_is_agreed_is_within_and_one_more_is_not() {
        for (more, is_expected) in [(0, true), (1, false)] {
            let count = MAX_ROWS + more;
            check(&RowBatch { rows: vec![Row::default(); count], ..RowBatch::default() }, is_expected);
            check(&RowBatch { documents: vec![Document::default(); count], ..RowBatch::default() }, is_expected);
            check(&RowBatch { listings: vec![Listing::default(); count], ..RowBatch::default() }, is_expected);
            check(&RowBatch { bases: vec![Base::default(); count], ..RowBatch::default() }, is_expected);
            check(&RowBatch { changing: vec![Changing::default(); count], ..RowBatch::default() }, is_expected);
        }
    }

    #[test]
    fn parts_of_rows_are_counted_wherever_they_are() {
        let witness = |parts| Witness { sentence: "s".into(), parts: vec![WitnessPart::default(); parts] };
        let row = Row {
            control: "c".into(),
            evidence: vec![Evidence::default(); 10],
            witnesses: vec![witness(3), witness(MAX_PARTS / 2)],
            elsewhere: vec![Elsewhere::default(); 7],
            ..Row::default()
        };
        let left = MAX_PARTS - parts(&row);
        for (more, is_expected) in [(0, true), (1, false)] {
            let last = Row { evidence: vec![Evidence::default(); left + more], ..Row::default() };
            check(&RowBatch { rows: vec![row.clone(), last], ..RowBatch::default() }, is_expected);
        }
    }

    #[test]
    fn what_has_no_end_is_no_batch_and_other_fields_are_passed_over() {
        let batch = RowBatch { rows: vec![Row { control: "c".into(), ..Row::default() }], ..RowBatch::default() };
        let mut bytes = batch.encode_to_vec();
        // A number, eight bytes, four bytes and a message of fields that nobody knows.
        bytes.extend([0x78, 0x01, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7d, 1, 2, 3, 4, 0x7a, 2, 0x0a, 0]);
        assert_eq!(is_within(&bytes), Ok(true));
        for cut in [1, bytes.len() - 1, bytes.len() - 5] {
            assert!(is_within(&bytes[..cut]).is_err(), "{cut}");
        }
        // A length that is larger than memory.
        assert!(is_within(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).is_err());
    }
}
