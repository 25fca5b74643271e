//! About how much memory a document takes: what the job's ceiling and the kept answers are counted in.

use plumbline_baseline::Doc;

/// Bytes, about: values, text and list capacity; member names are shared and not counted.
pub(crate) fn weight(doc: &Doc) -> usize {
    const ENTRY: usize = size_of::<Doc>() + size_of::<plumbline_baseline::Key>();
    match doc {
        Doc::Null | Doc::Bool(_) | Doc::Int(_) | Doc::Double(_) | Doc::Unread(_) => size_of::<Doc>(),
        Doc::String(text) => size_of::<Doc>() + text.len(),
        Doc::List(items) => size_of::<Doc>() + items.iter().map(weight).sum::<usize>(),
        Doc::Map(map) => size_of::<Doc>() + map.iter().map(|(_, value)| ENTRY + weight(value)).sum::<usize>(),
    }
}
