//! What nobody asks AWS: members that a collector leaves out for some items. Not asked is unread, and never null: null
//! would be AWS's answer. Must not know how calls are made.

use std::sync::Arc;

use super::CompiledType;
use super::collector::{Gather, within};
use crate::doc::{Doc, Key, Map};
use crate::expr::{Inputs, Program, Truth};
use crate::reason::{Unread, UnreadReason};
use crate::resource::Snapshot;

impl Gather {
    /// What the member is for an item for which its condition does not hold.
    pub fn left_out(&self) -> Arc<Unread> {
        let condition = self.when.as_deref().unwrap_or("never");
        self.not_asked(format!("asked only where {condition}"))
    }

    /// What the member is for an item that lacks what the call takes from this path.
    pub fn without(&self, path: &str) -> Arc<Unread> {
        self.not_asked(format!("there is no {path} to ask about"))
    }

    fn not_asked(&self, detail: String) -> Arc<Unread> {
        let operation = format!("{}:{}", self.call.service, self.call.operation);
        Arc::new(Unread::new(UnreadReason::NotAsked, operation, detail))
    }
}

impl CompiledType {
    /// Marks the members that a scan would not have asked for, in a document that was not collected: an example, or a
    /// snapshot that somebody wrote. What the document has of them is left alone.
    pub fn mark_not_asked(&self, doc: &mut Doc, account: &Doc, region: &str) {
        for (member, gather) in &self.declared.gather {
            let Some(condition) = self.conditions.get(member) else { continue };
            let ask = Ask { gather, condition, account, region };
            match within(member) {
                // A member that is gathered for each item of a list.
                Some((list, name)) => {
                    let parent = doc.clone();
                    if let Doc::Map(members) = doc
                        && let Some(Doc::List(items)) = members.get_mut(list)
                    {
                        items.iter_mut().for_each(|item| ask.mark(item, name, &parent));
                    }
                }
                None => ask.mark(doc, member, &Doc::Null),
            }
        }
    }
}

/// A member that is asked for under a condition, in a job.
struct Ask<'a> {
    gather: &'a Gather,
    condition: &'a Program,
    account: &'a Doc,
    region: &'a str,
}

impl Ask<'_> {
    /// Marks the member of an item for which it would not have been asked.
    fn mark(&self, item: &mut Doc, name: &str, parent: &Doc) {
        if !matches!(item, Doc::Map(_)) || !item.get(name).is_null() {
            return;
        }
        let (settings, snapshot) = (Doc::Map(Map::new()), Snapshot::default());
        let (account, region) = (self.account, self.region);
        let (organization, settings, snapshot, now) = (&crate::doc::NULL, &settings, &snapshot, "");
        let inputs = Inputs { resource: item, parent, account, organization, region, settings, now, snapshot };
        let unread = match self.condition.decide(&inputs) {
            Truth::True => return,
            Truth::False => self.gather.left_out(),
            Truth::Unknown(unread) => unread,
        };
        if let Doc::Map(members) = item {
            members.insert(Key::new(name), Doc::Unread(unread));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::Catalog;
    use crate::case;
    use crate::pack::{Pack, Source};

    const CONTROL: &str = r#"id: kms-key-rotates
title: Keys rotate
severity: low
level: 1
fix: { by: iac }
resource: AWS::KMS::Key
pass_when: resource.Rotation.KeyRotationEnabled != true
why: Because.
remediation: { steps: None. }
finding: { one: The key does not rotate, other: "{count} keys do not rotate" }
cases:
  - { name: own, resource: { Metadata: { KeyManager: CUSTOMER, KeySpec: SYMMETRIC_DEFAULT, Origin: AWS_KMS, KeyState: Enabled } }, expect: pass }
  - { name: disabled, resource: { Metadata: { KeyManager: CUSTOMER, KeySpec: SYMMETRIC_DEFAULT, Origin: AWS_KMS, KeyState: Disabled } }, expect: unknown }
  - { name: not described, unknown: [Metadata], expect: unknown }
  - { name: never so, resource: { Rotation: { KeyRotationEnabled: true } }, expect: fail }
"#;

    fn load(text: &str) -> (Pack, Vec<String>) {
        let mut sources = Pack::embedded_sources();
        sources.push(Source { path: "controls/kms/kms-key-rotates.yaml".into(), text: text.to_owned() });
        let (pack, problems) = Pack::load(sources, Catalog::embedded());
        (pack, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_control_that_reads_what_nobody_asked_for_is_unknown() {
        let (pack, problems) = load(CONTROL);
        assert!(problems.is_empty(), "{problems:?}");
        let control = pack.control("kms-key-rotates").unwrap();
        let outcomes = control.control.cases.iter().map(|case| case::run(&pack, control, case));
        let said: Vec<_> = outcomes.map(|outcome| (outcome.holds(), outcome.verdict.reason)).collect();
        assert!(said.iter().all(|(holds, _)| *holds), "{said:?}");
        let asked = "not_asked: kms:GetKeyRotationStatus: asked only where resource.Metadata.KeyManager == 'CUSTOMER'";
        assert!(said[1].1.starts_with(asked), "{said:?}");
        assert!(said[2].1.starts_with("access_denied"), "{said:?}");
    }

    #[test]
    fn the_collectors_condition_is_written_once() {
        let asked = "applies_when: { asked: Rotation }\npass_when: ";
        let (pack, problems) = load(&CONTROL.replace("pass_when: ", asked));
        assert!(problems.is_empty(), "{problems:?}");
        let declared = &pack.resource_type("AWS::KMS::Key").unwrap().declared;
        let (_, rotation) = declared.gather.iter().find(|(member, _)| &**member == "Rotation").unwrap();
        assert_eq!(pack.control("kms-key-rotates").unwrap().control.applies_when, rotation.when);
    }

    #[test]
    fn mistakes_are_told() {
        let check = |applies: &str, expected: &str| {
            let (pack, problems) =
                load(&CONTROL.replace("pass_when: ", &format!("applies_when: {applies}\npass_when: ")));
            assert!(problems.iter().any(|problem| problem.contains(expected)), "{applies}: {problems:?}");
            assert!(pack.control("kms-key-rotates").is_none());
        };
        check("{ asked: Rotations }", "asks for no `Rotations`; did you mean `Rotation`?");
        check("{ asked: Metadata }", "`Metadata` of AWS::KMS::Key is always asked for");
        check("{ askd: Rotation }", "has no key `askd`; did you mean `asked`?");
        let two = CONTROL.replace("AWS::KMS::Key", "[AWS::KMS::Key, AWS::SNS::Topic]");
        let (_, problems) = load(&two.replace("pass_when: ", "applies_when: { asked: Rotation }\npass_when: "));
        assert!(problems.iter().any(|problem| problem.contains("of one type")), "{problems:?}");
    }
}
