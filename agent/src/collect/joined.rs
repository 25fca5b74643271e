//! One answer out of the pages of a listing: the lists at the result keys are joined. A listing that broke off ends
//! with an unread item, so that what was read stays usable and nobody takes it for everything.

use std::sync::Arc;

use plumbline_baseline::{Doc, Map, Unread, UnreadReason};

/// Pages in the making.
#[derive(Debug)]
pub(crate) struct Joined {
    result_keys: Vec<String>,
    doc: Option<Doc>,
    /// Whether a page came that has nowhere to go.
    is_lost: bool,
}

impl Joined {
    /// Joins the lists at these dotted paths.
    pub(crate) fn new(result_keys: &[String]) -> Self {
        Self { result_keys: result_keys.to_vec(), doc: None, is_lost: false }
    }

    /// Whether no page came yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.doc.is_none()
    }

    /// Adds the next page.
    pub(crate) fn push(&mut self, mut page: Doc) {
        let Some(doc) = &mut self.doc else {
            self.doc = Some(page);
            return;
        };
        self.is_lost |= self.result_keys.is_empty();
        for key in &self.result_keys {
            let Some(Doc::List(more)) = slot(&mut page, key).map(std::mem::take) else { continue };
            extend(doc, key, more);
        }
    }

    /// The pages so far, as a listing that broke off.
    pub(crate) fn broken_off(mut self, cause: &Unread) -> Doc {
        let unread = Doc::Unread(partial(cause));
        if self.result_keys.is_empty() {
            return unread;
        }
        let mut doc = self.doc.take().unwrap_or_else(|| Doc::Map(Map::new()));
        for key in &self.result_keys {
            extend(&mut doc, key, vec![unread.clone()]);
        }
        doc
    }

    /// All pages. Several pages that nobody knows how to join are no answer.
    pub(crate) fn complete(self) -> Doc {
        if self.is_lost {
            let detail = "the API does not say what its pages extend".to_owned();
            let reason = UnreadReason::PartialListing;
            return Doc::Unread(Arc::new(Unread::new(reason, "", detail)));
        }
        self.doc.unwrap_or_else(|| Doc::Map(Map::new()))
    }
}

/// Why a listing is partial: the reason of the page that failed goes into the detail.
pub(crate) fn partial(cause: &Unread) -> Arc<Unread> {
    let detail = if cause.detail.is_empty() {
        cause.reason.code().to_owned()
    } else {
        format!("{}: {}", cause.reason.code(), cause.detail)
    };
    Arc::new(Unread::new(UnreadReason::PartialListing, cause.operation.clone(), detail))
}

fn slot<'a>(doc: &'a mut Doc, path: &str) -> Option<&'a mut Doc> {
    path.split('.').try_fold(doc, |doc, name| match doc {
        Doc::Map(map) => map.get_mut(name),
        _ => None,
    })
}

/// Appends to the list at `path`, making it (and what leads to it) where a page left it out.
fn extend(doc: &mut Doc, path: &str, more: Vec<Doc>) {
    let mut current = doc;
    for name in path.split('.') {
        if !matches!(current, Doc::Map(_)) {
            *current = Doc::Map(Map::new());
        }
        let Doc::Map(map) = current else { return };
        if map.get(name).is_none() {
            map.insert(name, Doc::Null);
        }
        let Some(next) = map.get_mut(name) else { return };
        current = next;
    }
    match current {
        Doc::List(items) => items.extend(more),
        other => *other = Doc::List(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(keys: &[&str], pages: &[&str]) -> Joined {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let mut joined = Joined::new(&keys);
        pages.iter().for_each(|page| joined.push(Doc::from_json(page).unwrap()));
        joined
    }

    fn check(keys: &[&str], pages: &[&str], expected: &str) {
        assert_eq!(joined(keys, pages).complete(), Doc::from_json(expected).unwrap());
    }

    #[test]
    fn lists_at_the_result_keys_are_joined() {
        check(&["L"], &[r#"{"L":[1],"N":"a"}"#, r#"{"L":[2,3]}"#, "{}"], r#"{"L":[1,2,3],"N":"a"}"#);
        check(&["A.L", "B"], &[r#"{"A":{"L":[1]}}"#, r#"{"A":{"L":[2]},"B":[9]}"#], r#"{"A":{"L":[1,2]},"B":[9]}"#);
        check(&[], &[r#"{"X":1}"#], r#"{"X":1}"#);
        check(&["L"], &[], "{}");
    }

    #[test]
    fn pages_that_cannot_be_joined_are_no_answer() {
        let doc = joined(&[], &[r#"{"X":1}"#, r#"{"X":2}"#]).complete();
        assert_eq!(doc.unread().unwrap().reason, UnreadReason::PartialListing);
    }

    #[test]
    fn a_listing_that_broke_off_keeps_its_items_and_says_so() {
        let cause = Unread::new(UnreadReason::Throttled, "s:List", "slow down");
        let doc = joined(&["L"], &[r#"{"L":[1]}"#]).broken_off(&cause);
        let items = doc.get("L").as_list().unwrap();
        assert_eq!(items[0], Doc::Int(1));
        assert_eq!(items[1].unread().unwrap().to_string(), "partial_listing: s:List: throttled: slow down");
        let doc = joined(&[], &[r#"{"L":[1]}"#]).broken_off(&cause);
        assert!(doc.unread().is_some(), "with no list to say it in, nothing of the answer counts");
    }
}
