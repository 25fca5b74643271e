//! The one order of what was read: a verdict's reason, and what it is shown by, are those of the first thing that decides,
//! and must not depend on the order in which AWS answered.

use plumbline_baseline::resource::Snapshot;

/// Puts the resources of each type in the order of their ARNs. Those that have one name stay as they were listed.
pub fn in_order(snapshot: &mut Snapshot) {
    for listing in snapshot.listings.values_mut() {
        listing.items.sort_by(|one, other| one.arn.cmp(&other.arn));
        listing.gone.sort_by(|one, other| one.arn.cmp(&other.arn));
    }
}
