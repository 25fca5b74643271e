//! What to say of a member that a type does not have. The one owner of that sentence: for expressions, for the paths of
//! collectors, and for the documents of cases.

use super::typing::{Member, Type};
use crate::doc::Doc;
use crate::suggest::Hint;

impl Type {
    /// The members that it has; none where it is no structure.
    pub(crate) fn member_names(&self) -> Vec<String> {
        match self {
            Type::Structure(service, id) => {
                service.members(*id).iter().map(|member| member.name.as_str().to_owned()).collect()
            }
            Type::Object(object) => object.members.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// What to say of each member of a document that the type does not have, with its place.
    pub fn strange_members(&self, doc: &Doc) -> Vec<String> {
        let mut found = Vec::new();
        self.strange_below(doc, "resource", &mut found);
        found.sort();
        found.dedup();
        found
    }

    fn strange_below(&self, doc: &Doc, path: &str, found: &mut Vec<String>) {
        match (doc, self) {
            (Doc::List(items), Type::List(item)) => {
                items.iter().for_each(|each| item.strange_below(each, &format!("{path}[]"), found));
            }
            (Doc::Map(members), Type::Structure(..) | Type::Object(_)) => {
                for (name, value) in members.iter() {
                    match self.member(name.as_str()) {
                        Member::Known(kind) => kind.strange_below(value, &format!("{path}.{}", name.as_str()), found),
                        Member::Missing => {
                            let (message, meant) = self.lacks(name.as_str());
                            let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
                            found.push(format!("{path}: {message}{meant}"));
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// What to say of a member that it does not have, and what may have been meant.
    pub(crate) fn lacks(&self, name: &str) -> (String, Option<String>) {
        if let Type::Object(object) = self
            && let Some(kept) = object.kept.as_ref().filter(|kept| kept.others.contains(name))
        {
            let keeper = &kept.keeper;
            let mut names: Vec<&str> = object.members.keys().map(String::as_str).collect();
            names.push(name);
            let list = names.join(", ");
            let message = format!(
                "`{name}` of {} is not kept: add it where {} lists it, `parent: {{ {}: [{list}] }}`",
                object.name, keeper, kept.member
            );
            return (message, None);
        }
        let known = self.member_names();
        let hint = Hint::new(name, known.iter().map(String::as_str), "it has");
        (format!("{self} has no member `{name}`{}", hint.listed), hint.closest)
    }
}
