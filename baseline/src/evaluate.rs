//! Controls on snapshots: rows with verdicts. Pure, and never fails: what cannot be evaluated is UNKNOWN.
//!
//! A control has one row for each resource in its scope, and one for each that vanished while the scan ran; where there
//! is none, it has one row for the whole scope, and that says "not applicable" only on the proof of complete listings.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::doc::Doc;
use crate::elsewhere::Elsewhere;
use crate::expr::{Batch, Inputs, Truth};
use crate::pack::CompiledControl;
use crate::pack::control::Subject;
use crate::reason::{Unread, UnreadReason};
use crate::resource::{Resource, Snapshot};
use crate::verdict::{Grounds, Status, Verdict};

/// What every control of a job sees.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// `account`.
    pub account: &'a Doc,
    /// `organization`: what is known of the one that the account belongs to, the same for all its accounts.
    pub organization: &'a Doc,
    /// `region`.
    pub region: &'a str,
    /// `settings` of this control: defaults and overrides together.
    pub settings: &'a Doc,
    /// `now`, ISO-8601.
    pub now: &'a str,
}

/// What a control says of one thing.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Control id.
    pub control: Arc<str>,
    /// ARN; empty when the row is about the whole scope.
    pub resource: String,
    /// Type name; empty when the row is about the whole scope.
    pub resource_type: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// Evaluates a control on everything that a job collected.
pub fn evaluate(control: &CompiledControl, snapshot: &Snapshot, context: &Context<'_>) -> Vec<Row> {
    let id = &control.control.id;
    let scope_row = |status, reason: String| Row {
        control: Arc::clone(id),
        resource: String::new(),
        resource_type: String::new(),
        verdict: Verdict::without_grounds(status, reason),
    };
    if control.control.subject == Subject::Manual {
        return vec![scope_row(Status::Manual, "manual".to_owned())];
    }
    let question = Question::new(control, snapshot);
    let mut rows = Vec::new();
    for name in &control.types {
        let Some(listing) = snapshot.listings.get(name) else {
            rows.push(Row { resource_type: name.to_string(), ..scope_row(Status::Unknown, not_collected(name)) });
            continue;
        };
        rows.extend(listing.items.iter().filter_map(|resource| judge(&question, resource, context)));
        // What was deleted while the scan ran is no unread state of something that exists: nothing is left to judge.
        rows.extend(listing.gone.iter().map(|gone| Row {
            resource: gone.arn.clone(),
            resource_type: name.to_string(),
            ..scope_row(Status::NotApplicable, gone.unread.to_string())
        }));
        if let Some(unread) = &listing.unread {
            // Where the service does not exist, there is nothing of it: that is proven, and nothing was missed.
            let is_elsewhere = unread.reason == UnreadReason::NotInRegion && listing.items.is_empty();
            let status = if is_elsewhere { Status::NotApplicable } else { Status::Unknown };
            rows.push(Row { resource_type: name.to_string(), ..scope_row(status, unread.to_string()) });
        }
    }
    if rows.is_empty() {
        rows.push(scope_row(Status::NotApplicable, "no_resources".to_owned()));
    }
    rows
}

fn not_collected(name: &str) -> String {
    let detail = format!("{name} was not collected");
    Unread::new(UnreadReason::NotRun, "", detail).to_string()
}

/// The row of one resource; `None` when the control is not about it.
fn judge(question: &Question<'_>, resource: &Resource, context: &Context<'_>) -> Option<Row> {
    let control = question.control;
    let verdict = catch_unwind(AssertUnwindSafe(|| question.decide(&resource.type_name, &resource.doc, context)));
    let verdict = verdict.unwrap_or_else(|_| {
        let reason = UnreadReason::ScannerError;
        let unread = Unread::new(reason, "", "the evaluation panicked");
        Some(Verdict::without_grounds(Status::Unknown, unread.to_string()))
    })?;
    Some(Row {
        control: Arc::clone(&control.control.id),
        resource: resource.arn.clone(),
        resource_type: resource.type_name.to_string(),
        verdict,
    })
}

/// What the control sees of a resource: all of it, or, when it is about tags, its tags under one name for all types.
fn seen<'a>(control: &CompiledControl, type_name: &str, doc: &'a Doc) -> Cow<'a, Doc> {
    match control.declared.get(type_name).and_then(|compiled| compiled.declared.tags.as_deref()) {
        Some(path) if control.is_about_tags() => Cow::Owned(Doc::map([("Tags", doc.at(path).clone())])),
        _ => Cow::Borrowed(doc),
    }
}

/// The verdict on one document of a type; `None` when the control is not about it.
pub fn decide(
    control: &CompiledControl,
    type_name: &str,
    resource: &Doc,
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Option<Verdict> {
    Question::new(control, snapshot).decide(type_name, resource, context)
}

/// Which condition keeps a control from judging one document of a type, where [`decide`] has no verdict.
pub fn excluded_by(
    control: &CompiledControl,
    type_name: &str,
    resource: &Doc,
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> &'static str {
    let question = Question::new(control, snapshot);
    let inputs = question.whole(resource, context);
    let judged = question.judged.get(type_name).map(|judged| judged.evaluate(&inputs).0);
    match judged {
        Some(Truth::False) => "`judged_when` of its collector is false",
        _ => "`applies_when` is false",
    }
}

/// A control that is asked of one resource of a snapshot after the other.
struct Question<'a> {
    control: &'a CompiledControl,
    snapshot: &'a Snapshot,
    /// By type, which of its resources are judged at all.
    judged: BTreeMap<&'a str, Batch<'a>>,
    applies: Option<Batch<'a>>,
    passes: Option<Batch<'a>>,
}

impl<'a> Question<'a> {
    fn new(control: &'a CompiledControl, snapshot: &'a Snapshot) -> Self {
        let applies = control.applies.as_ref().map(|program| program.batch(snapshot));
        let passes = control.passes.as_ref().map(|program| program.batch(snapshot));
        let judged = control
            .declared
            .iter()
            .filter_map(|(name, compiled)| Some((&**name, compiled.judged.as_ref()?.batch(snapshot))));
        Self { control, snapshot, judged: judged.collect(), applies, passes }
    }

    fn whole<'i>(&'i self, resource: &'i Doc, context: &Context<'i>) -> Inputs<'i> {
        Inputs {
            resource,
            parent: &Doc::Null,
            account: context.account,
            organization: context.organization,
            region: context.region,
            settings: context.settings,
            now: context.now,
            snapshot: self.snapshot,
        }
    }

    fn decide(&self, type_name: &str, resource: &Doc, context: &Context<'_>) -> Option<Verdict> {
        let whole = self.whole(resource, context);
        let seen = seen(self.control, type_name, resource);
        let inputs = Inputs { resource: &seen, ..whole };
        // What is judged is asked of the whole resource, whatever the control sees of it.
        let judged = self.judged.get(type_name).map(|judged| (judged, &whole));
        let applies = self.applies.as_ref().map(|applies| (applies, &inputs));
        for (scope, inputs) in judged.into_iter().chain(applies) {
            let (truth, grounds) = scope.evaluate(inputs);
            match truth {
                Truth::False => return None,
                Truth::Unknown(unread) => return Some(unknown(&unread, grounds)),
                Truth::True => {}
            }
        }
        let Some(passes) = &self.passes else {
            return Some(Verdict::without_grounds(Status::Manual, "manual"));
        };
        let (truth, grounds) = passes.evaluate(&inputs);
        Some(match truth {
            Truth::True => Verdict { grounds, ..Verdict::without_grounds(Status::Pass, "") },
            Truth::False => Verdict { grounds, ..Verdict::without_grounds(Status::Fail, "") },
            Truth::Unknown(unread) => {
                let elsewhere = self.elsewhere(&unread, context.region);
                Verdict { elsewhere, ..unknown(&unread, grounds) }
            }
        })
    }

    /// Whose rows have the answer; nobody's that is known, unless all of them are.
    fn elsewhere(&self, unread: &Unread, region: &str) -> Vec<Elsewhere> {
        let is_known = unread.reason == UnreadReason::NotVisible && unread.elsewhere.iter().all(Elsewhere::is_known);
        let places = unread.elsewhere.iter().filter(|_| is_known);
        places.map(|place| place.seen_from(self.control.id(), region)).collect()
    }
}

fn unknown(unread: &Unread, grounds: Grounds) -> Verdict {
    Verdict { grounds, ..Verdict::without_grounds(Status::Unknown, unread.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::NULL;
    use crate::pack::Pack;
    use crate::resource::{Gone, Listing};

    const NOW: &str = "2026-01-15T00:00:00Z";

    fn rows(listing: Listing) -> Vec<Row> {
        let pack = Pack::embedded();
        let control = pack.control("lambda-runtime-supported").unwrap();
        let mut snapshot = Snapshot::default();
        snapshot.listings.insert("AWS::Lambda::Function".into(), listing);
        let (account, settings) = (Doc::map([("id", Doc::from("111122223333"))]), Doc::map([]));
        let context =
            Context { account: &account, organization: &NULL, region: "eu-west-1", settings: &settings, now: NOW };
        evaluate(control, &snapshot, &context)
    }

    fn told(rows: &[Row]) -> Vec<String> {
        rows.iter().map(|row| format!("{} {} {}", row.resource, row.verdict.status, row.verdict.reason)).collect()
    }

    #[test]
    fn what_vanished_has_a_row_of_its_own_and_passes_nothing() {
        let unread = Unread::new(UnreadReason::Vanished, "lambda:GetPolicy", "gone");
        let gone = Gone { arn: "arn:f".into(), unread: Arc::new(unread) };
        let found = rows(Listing { gone: vec![gone], ..Listing::default() });
        assert_eq!(told(&found), ["arn:f NOT_APPLICABLE vanished: lambda:GetPolicy: gone"]);
        assert_eq!(found[0].resource_type, "AWS::Lambda::Function");
        assert_eq!(told(&rows(Listing::default())), [" NOT_APPLICABLE no_resources"]);
    }

    /// What a trail's row says whose bucket was not read: its ACL, and whether its policy is public.
    fn elsewhere(acl: &Unread, policy: &Unread) -> (String, Vec<Elsewhere>) {
        let pack = Pack::embedded();
        let control = pack.control("cloudtrail-bucket-not-public").unwrap();
        let hidden = |unread: &Unread| Doc::Unread(Arc::new(unread.clone()));
        let doc = Doc::map([("BucketAcl", hidden(acl)), ("BucketPolicyStatus", hidden(policy))]);
        let resource = Resource { type_name: "AWS::CloudTrail::Trail".into(), arn: "arn:t".into(), doc };
        let mut snapshot = Snapshot::default();
        snapshot
            .listings
            .insert("AWS::CloudTrail::Trail".into(), Listing { items: vec![resource], ..Listing::default() });
        let open = ["IgnorePublicAcls", "RestrictPublicBuckets"].map(|name| (name, Doc::Bool(false)));
        let doc = Doc::map([("PublicAccessBlock", Doc::map(open))]);
        let name: Arc<str> = "Plumbline::S3::AccountSettings".into();
        let of_account = Resource { type_name: Arc::clone(&name), arn: "arn:s".into(), doc };
        snapshot.listings.insert(name, Listing { items: vec![of_account], ..Listing::default() });
        let (account, settings) = (Doc::map([("id", Doc::from("111122223333"))]), Doc::map([]));
        let context =
            Context { account: &account, organization: &NULL, region: "eu-west-1", settings: &settings, now: NOW };
        let row = evaluate(control, &snapshot, &context).remove(0);
        (row.verdict.reason, row.verdict.elsewhere)
    }

    #[test]
    fn a_row_says_where_the_answer_is_only_when_nothing_else_is_missing() {
        let bucket = Elsewhere { control: "c".into(), resource: "arn:b".into(), ..Elsewhere::default() };
        let foreign = Unread { elsewhere: vec![bucket.clone()], ..Unread::new(UnreadReason::NotVisible, "s3:A", "") };
        let denied = Unread::new(UnreadReason::AccessDenied, "s3:B", "");
        assert_eq!(elsewhere(&foreign, &foreign), ("not_visible: s3:A".into(), vec![bucket]));
        assert_eq!(elsewhere(&foreign, &denied), ("access_denied: s3:B".into(), Vec::new()));
        assert_eq!(elsewhere(&denied, &foreign), ("access_denied: s3:B".into(), Vec::new()));
        let nobody = Unread::new(UnreadReason::NotVisible, "s3:A", "");
        assert_eq!(elsewhere(&foreign, &nobody), ("not_visible: s3:A".into(), Vec::new()));
        let owner = Elsewhere { account: "1".into(), ..Elsewhere::default() };
        let own_control = Unread { elsewhere: vec![owner.clone()], ..foreign };
        let seen = owner.seen_from("cloudtrail-bucket-not-public", "eu-west-1");
        assert_eq!(elsewhere(&own_control, &own_control).1, [seen]);
    }

    #[test]
    fn a_listing_that_was_not_read_proves_nothing() {
        let unread = Unread::new(UnreadReason::AccessDenied, "", "");
        assert_eq!(told(&rows(Listing::not_read(Arc::new(unread)))), [" UNKNOWN access_denied"]);
    }

    #[test]
    fn a_service_that_does_not_exist_is_told_from_one_without_the_endpoint_that_is_wanted() {
        let told = |reason| told(&rows(Listing::not_read(Arc::new(Unread::new(reason, "", "")))));
        assert_eq!(told(UnreadReason::NotInRegion), [" NOT_APPLICABLE not_in_region"]);
        assert_eq!(told(UnreadReason::NoEndpoint), [" UNKNOWN no_endpoint"]);
    }
}
