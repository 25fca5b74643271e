//! Documents as bytes, one form for each: compact JSON, members by name, numbers without a fraction as integers.
//!
//! The order of a list is content: where AWS gives one, it may mean something. What was not read keeps its reason and
//! its operation, and not what AWS said in words: that has request ids and times in it.

use plumbline_baseline::doc::Map;
use plumbline_baseline::{Doc, Key, Unread};

/// The largest magnitude up to which every whole number has a double of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The bytes of a document.
pub fn write(doc: &Doc) -> Vec<u8> {
    let json = if is_canonical(doc) { doc.to_json() } else { canonical(doc).to_json() };
    json.into_bytes()
}

/// Why something was not read, as a document in JSON.
pub fn why(unread: &Unread) -> String {
    canonical(&Doc::Unread(unread.clone().into())).to_json()
}

/// The document that the bytes are; `None` when they are not the canonical form of one.
pub fn parse(bytes: &[u8]) -> Option<Doc> {
    let doc = Doc::from_json(std::str::from_utf8(bytes).ok()?).ok()?;
    (write(&doc) == bytes).then_some(doc)
}

fn canonical(doc: &Doc) -> Doc {
    match doc {
        Doc::Double(number) => whole(*number).map_or(Doc::Double(*number), Doc::Int),
        Doc::List(items) => Doc::List(items.iter().map(canonical).collect()),
        Doc::Map(members) => {
            let mut members: Vec<(Key, Doc)> =
                members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect();
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Doc::Map(members.into_iter().collect::<Map>())
        }
        Doc::Unread(unread) => Doc::Unread(Unread { detail: String::new(), ..Unread::clone(unread) }.into()),
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::String(_) => doc.clone(),
    }
}

/// Whether a document is its own canonical form: what was stored is, and has to be copied by nobody who looks.
fn is_canonical(doc: &Doc) -> bool {
    match doc {
        Doc::Double(number) => whole(*number).is_none(),
        Doc::List(items) => items.iter().all(is_canonical),
        Doc::Map(members) => {
            let is_in_order = members.iter().is_sorted_by(|(one, _), (other, _)| one < other);
            is_in_order && members.iter().all(|(_, value)| is_canonical(value))
        }
        Doc::Unread(unread) => unread.detail.is_empty(),
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::String(_) => true,
    }
}

/// The whole number that a double is.
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}
