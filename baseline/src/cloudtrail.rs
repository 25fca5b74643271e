//! What a trail records: its event selectors asked with sample events, and whether its deliveries arrive. Pure.
//!
//! A sample is an event as CloudTrail writes it, or a class of events: what it leaves out may be anything, and a trail
//! records a class only if it records every event of it. In reading order: `event`, `basic`, `advanced`, `status`.

mod advanced;
mod basic;
mod event;
mod status;

use crate::answer::{Answer, items};
use crate::doc::Doc;
use event::Event;

pub use status::{delivers_to_log_group, is_logging};

/// Whether a trail, as `DescribeTrails` and `GetEventSelectors` show it (`HasCustomEventSelectors`, `EventSelectors`),
/// records an event. Whether it is switched on is not asked here.
pub fn records(trail: &Doc, event: &Doc) -> Answer {
    let event = match Event::new(event, trail.get("TrailARN")) {
        Ok(event) => event,
        Err(unread) => return Answer::Unknown(unread),
    };
    let has_own = trail.get("HasCustomEventSelectors");
    if has_own == &Doc::Bool(false) {
        return without_selectors(&event);
    }
    let selectors = trail.get("EventSelectors");
    let (basic, advanced) =
        match (items(selectors.get("EventSelectors")), items(selectors.get("AdvancedEventSelectors"))) {
            (Ok(basic), Ok(advanced)) => (basic, advanced),
            (Err(unread), _) | (_, Err(unread)) => return Answer::Unknown(unread),
        };
    if basic.is_empty() && advanced.is_empty() {
        return match has_own {
            Doc::Null => without_selectors(&event),
            Doc::Unread(unread) => Answer::Unknown(unread.clone()),
            _ => Answer::undecided("the trail says that it has event selectors, and none came"),
        };
    }
    let of_basic = basic.iter().map(|selector| basic::selects(selector, &event));
    let of_advanced = advanced.iter().map(|selector| advanced::selects(selector, &event));
    Answer::any(of_basic.chain(of_advanced), "no event selector selects it")
}

/// A trail without selectors of its own records all management events, reads and writes, and nothing else
/// (CloudTrail API, `PutEventSelectors`).
fn without_selectors(event: &Event<'_>) -> Answer {
    match event.category().text() {
        Ok(Some("Management")) => Answer::Yes("a trail without event selectors records management events".to_owned()),
        Ok(Some(_)) => Answer::No("a trail without event selectors records management events only".to_owned()),
        Ok(None) => Answer::undecided("the sample does not say its eventCategory"),
        Err(unread) => Answer::Unknown(unread),
    }
}

#[cfg(test)]
mod tests;
