//! What changes by itself, in columns: resources whose members differ in values only have one shape, and the values at
//! one place of it stand together, so that a compressor finds what they have in common. Pure.
//!
//! Nothing depends on what the bytes are: whatever is packed comes back.

use crate::agent_v1::{Alike, Column};

/// Stands in a shape for a value.
const HOLE: u8 = 0;
/// Members with more values than this are one value.
const MOST_COLUMNS: usize = 32;
/// Bytes that a value may take beside its own: its part of a column, and a length.
const PER_VALUE: usize = 14;
/// Bytes that a resource may take beside its members: its place, and a group of its own.
const PER_RESOURCE: usize = 24;

/// The members of resources of one type, by their places.
pub type Members = Vec<(u32, Vec<u8>)>;

/// Encoded bytes of members at most.
pub fn most(members: &[u8]) -> usize {
    members.len() + PER_RESOURCE + PER_VALUE * split(members).1.len()
}

/// Resources of one type in groups of one shape; their places are different ones, and rise.
pub fn pack(members: &[(u32, Vec<u8>)]) -> Vec<Alike> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (place, members) in members {
        let (shape, values) = split(members);
        let group = match groups.iter_mut().position(|group| group.shape == shape) {
            Some(index) => &mut groups[index],
            None => groups.push_mut(Group { shape, places: Vec::new(), rows: Vec::new() }),
        };
        group.places.push(*place);
        group.rows.push(values);
    }
    groups.into_iter().map(Group::alike).collect()
}

/// The members that groups have, by place. `None` when they are not whole, a place is there twice, or together they have
/// more bytes than `budget`, which becomes less.
pub fn unpack(groups: &[Alike], budget: &mut usize) -> Option<Members> {
    let mut members = Members::new();
    for group in groups {
        members.extend(unpacked(group, budget)?);
    }
    members.sort_unstable_by_key(|(place, _)| *place);
    members.is_sorted_by(|(one, _), (other, _)| one < other).then_some(members)
}

/// Resources of one shape.
struct Group<'a> {
    shape: Vec<u8>,
    places: Vec<u32>,
    rows: Vec<Vec<&'a [u8]>>,
}

impl Group<'_> {
    fn alike(self) -> Alike {
        let columns = self.rows.first().map_or(0, Vec::len);
        let column = |index: usize| column(&self.rows.iter().map(|row| row[index]).collect::<Vec<_>>());
        let next = [0].into_iter().chain(self.places.iter().map(|place| place.saturating_add(1)));
        Alike {
            skipped: self.places.iter().zip(next).map(|(place, next)| place.saturating_sub(next)).collect(),
            columns: (0..columns).map(column).collect(),
            shape: self.shape,
        }
    }
}

/// Values in a column: the first bytes of all, the second ones of all and so on, when that costs no more than to say how
/// long they are.
fn column(values: &[&[u8]]) -> Column {
    let width = values.iter().map(|value| value.len()).max().unwrap_or_default();
    let bytes: usize = values.iter().map(|value| value.len()).sum();
    let is_padded = values.iter().any(|value| value.first() == Some(&b' '));
    if width == 0 || is_padded || width * values.len() > bytes + values.len() {
        let lengths = values.iter().map(|value| value.len() as u32).collect();
        return Column { width: 0, lengths, values: values.concat() };
    }
    let at = |place: usize, value: &[u8]| (place + value.len()).checked_sub(width).map_or(b' ', |index| value[index]);
    let values = (0..width).flat_map(|place| values.iter().map(move |value| at(place, value))).collect();
    Column { width: width as u32, lengths: Vec::new(), values }
}

/// A group's members, each with its place.
fn unpacked(group: &Alike, budget: &mut usize) -> Option<Members> {
    let count = group.skipped.len();
    let pieces: Vec<&[u8]> = group.shape.split(|byte| *byte == HOLE).collect();
    let values: usize = group.columns.iter().map(|column| column.values.len()).sum();
    let bytes = group.shape.len().checked_mul(count)?.checked_add(values)?;
    *budget = budget.checked_sub(bytes)?;
    (pieces.len() == group.columns.len() + 1 && group.columns.len() <= MOST_COLUMNS).then_some(())?;
    let columns: Vec<Vec<Vec<u8>>> = group.columns.iter().map(|column| read(column, count)).collect::<Option<_>>()?;
    let mut next = Some(0u32);
    let mut members = Members::new();
    for (index, skipped) in group.skipped.iter().enumerate() {
        let place = next?.checked_add(*skipped)?;
        next = place.checked_add(1);
        let mut text = pieces[0].to_vec();
        for (column, piece) in columns.iter().zip(&pieces[1..]) {
            text.extend_from_slice(&column[index]);
            text.extend_from_slice(piece);
        }
        members.push((place, text));
    }
    Some(members)
}

/// So many values of a column; `None` when it has others.
fn read(column: &Column, count: usize) -> Option<Vec<Vec<u8>>> {
    let Column { width, lengths, values } = column;
    if *width > 0 {
        let is_whole = lengths.is_empty() && (*width as usize).checked_mul(count) == Some(values.len());
        let value = |index: usize| {
            let padded: Vec<u8> = values.iter().skip(index).step_by(count).copied().collect();
            padded.trim_ascii_start().to_vec()
        };
        return is_whole.then(|| (0..count).map(value).collect());
    }
    (lengths.len() == count).then_some(())?;
    let mut rest = values.as_slice();
    let mut read = Vec::with_capacity(count);
    for length in lengths {
        let (value, others) = rest.split_at_checked(*length as usize)?;
        (rest, _) = (others, read.push(value.to_vec()));
    }
    rest.is_empty().then_some(read)
}

/// Compact JSON as its shape, with a hole for each value, and the values.
fn split(members: &[u8]) -> (Vec<u8>, Vec<&[u8]>) {
    let (mut shape, mut values) = (Vec::with_capacity(members.len()), Vec::new());
    let mut rest = members;
    while let Some(&byte) = rest.first() {
        let (token, others) = rest.split_at(token(rest));
        let is_name = byte == b'"' && others.first() == Some(&b':');
        let is_sign = matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':');
        match is_name || is_sign {
            true => shape.extend_from_slice(token),
            false => {
                shape.push(HOLE);
                values.push(token);
            }
        }
        rest = others;
    }
    if values.len() > MOST_COLUMNS || members.contains(&HOLE) {
        return (vec![HOLE], vec![members]);
    }
    (shape, values)
}

/// Length of the first token: a string, a sign, or all up to the next sign.
fn token(text: &[u8]) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"');
    if text[0] != b'"' {
        return text.iter().position(is_end).unwrap_or(text.len()).max(1);
    }
    let mut is_escaped = false;
    let end = text[1..].iter().position(|&byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    const PLENTY: usize = 1 << 20;

    fn used(place: u32, count: u64, at: &str) -> (u32, Vec<u8>) {
        (place, format!(r#"{{"Used":{{"Count":{count},"At":"2026-11-26T02:{at}Z"}}}}"#).into_bytes())
    }

    fn back(members: &[(u32, Vec<u8>)]) -> Option<Members> {
        let groups = pack(members);
        let bytes: usize = groups.iter().map(|group| group.encoded_len() + 4).sum();
        let most: usize = members.iter().map(|(_, members)| most(members)).sum();
        assert!(bytes <= most, "{bytes} of {most}");
        unpack(&groups, &mut PLENTY.clone())
    }

    #[test]
    fn members_come_back_whatever_they_are() {
        let texts: [&[u8]; 14] = [
            b"",
            b"{}",
            br#"{"a":1}"#,
            br#"{"a":22}"#,
            br#"{"a":" x"}"#,
            br#"{"a":"\"b\":\\"}"#,
            br#"{"a":[1,true,null,"",{"b":-1.5e9}]}"#,
            b" 1",
            b"\"",
            b"\"\\",
            b"\0",
            b"{\"a\":\"\0\"}",
            b"a\nb",
            &[255, 0, 1],
        ];
        let all: Members = (0..).step_by(3).zip(texts).map(|(place, text)| (place, text.to_vec())).collect();
        assert_eq!(back(&all), Some(all.clone()));
        for one in &all {
            assert_eq!(back(std::slice::from_ref(one)), Some(vec![one.clone()]));
        }
        let many = format!("[{}]", vec!["1"; 1_000].join(",")).into_bytes();
        assert_eq!(back(&[(u32::MAX, many.clone())]), Some(vec![(u32::MAX, many)]));
        assert_eq!(back(&[]), Some(Vec::new()));
    }

    #[test]
    fn what_is_alike_is_one_group_with_a_column_for_each_value() {
        let members: Members = (0..100).map(|each| used(each * 2, u64::from(each), "00:10")).collect();
        let groups = pack(&members);
        assert_eq!((groups.len(), groups[0].columns.len(), groups[0].skipped.iter().max()), (1, 2, Some(&1)));
        assert_eq!((groups[0].columns[0].width, groups[0].columns[1].width), (2, 22));
        assert_eq!(unpack(&groups, &mut PLENTY.clone()), Some(members));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = pack(&[used(0, 1, "00:10"), used(1, 22, "00:11")]);
        let is_refused = |change: &dyn Fn(&mut Alike)| {
            let mut groups = whole.clone();
            change(&mut groups[0]);
            unpack(&groups, &mut PLENTY.clone()).is_none()
        };
        assert!(!is_refused(&|_| {}));
        assert!(is_refused(&|group| group.skipped.push(0)), "a place without values");
        assert!(is_refused(&|group| group.skipped[1] = u32::MAX), "a place that is no number");
        assert!(is_refused(&|group| group.shape.push(HOLE)), "a value that is not there");
        assert!(is_refused(&|group| drop(group.columns.pop())), "a column less");
        let many = Alike { shape: vec![HOLE; 33], skipped: vec![0], columns: vec![column(&[b"1"]); 33] };
        assert_eq!(unpack(&[many], &mut PLENTY.clone()), None, "more columns than are written");
        assert!(is_refused(&|group| group.columns[0].values.truncate(3)), "a byte less");
        assert!(is_refused(&|group| group.columns[0].values.push(b'1')), "a byte more");
        assert!(is_refused(&|group| group.columns[0].width = u32::MAX), "a column that is too wide");
        assert!(is_refused(&|group| (group.columns[0].width, group.columns[0].lengths) = (0, vec![1, 9])), "a length");
        let twice = [whole.clone(), whole.clone()].concat();
        assert_eq!(unpack(&twice, &mut PLENTY.clone()), None, "places that are there twice");
    }

    #[test]
    fn a_shape_that_many_resources_repeat_is_not_unpacked() {
        let bomb = Alike { shape: vec![b' '; 1 << 19], skipped: vec![0; 1_000], columns: Vec::new() };
        assert_eq!(unpack(std::slice::from_ref(&bomb), &mut PLENTY.clone()), None);
        let small = Alike { skipped: vec![0; 2], ..bomb };
        let mut budget = PLENTY;
        assert!(unpack(std::slice::from_ref(&small), &mut budget).is_some_and(|members| members.len() == 2));
        assert_eq!((budget, unpack(&[small], &mut budget)), (0, None));
    }
}
