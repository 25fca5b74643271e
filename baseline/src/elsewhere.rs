//! Where an answer is that the account at hand cannot give: whose row of which control has it. Must not know how rows
//! are kept.

use serde::{Deserialize, Serialize};

/// More places than this are not followed: then it is not known where the answer is.
const MOST: usize = 8;

/// A row of another account that has the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Elsewhere {
    /// The account; empty when it is not known whose the thing is, and the resource has to tell.
    pub account: String,
    /// The Region of the row; empty for the Region of the row that looks for it, or, with a resource, for any.
    pub region: String,
    /// The control; empty for the control that looks for it.
    pub control: String,
    /// The ARN that the row is about; empty for all rows of the control there.
    pub resource: String,
}

impl Elsewhere {
    /// Whether it says enough to be found.
    pub fn is_known(&self) -> bool {
        !(self.account.is_empty() && self.resource.is_empty())
    }

    /// The same, as a row of this control in this Region looks for it.
    pub fn seen_from(&self, control: &str, region: &str) -> Self {
        let mut place = self.clone();
        if place.control.is_empty() {
            control.clone_into(&mut place.control);
        }
        if place.region.is_empty() && place.resource.is_empty() {
            region.clone_into(&mut place.region);
        }
        place
    }
}

/// Where the answer is that depends on both; nowhere that is known when that is not known of one of them.
pub(crate) fn both(first: &[Elsewhere], second: &[Elsewhere]) -> Vec<Elsewhere> {
    if first.is_empty() || second.is_empty() {
        return Vec::new();
    }
    let mut places = first.to_vec();
    places.extend(second.iter().filter(|place| !first.contains(place)).cloned());
    if places.len() > MOST { Vec::new() } else { places }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(account: &str) -> Elsewhere {
        Elsewhere { account: account.into(), ..Elsewhere::default() }
    }

    #[test]
    fn what_depends_on_two_accounts_is_decided_by_both() {
        assert_eq!(both(&[of("1")], &[of("2"), of("1")]), [of("1"), of("2")]);
        assert!(both(&[of("1")], &[]).is_empty(), "whose the other thing is, is not known");
        let many: Vec<Elsewhere> = (0..9).map(|number| of(&number.to_string())).collect();
        assert!(both(&many, &many).is_empty());
    }

    #[test]
    fn a_row_looks_in_its_own_region_and_control_unless_told_otherwise() {
        let seen = of("1").seen_from("c", "eu-west-1");
        assert_eq!((seen.control.as_str(), seen.region.as_str()), ("c", "eu-west-1"));
        let bucket = Elsewhere { resource: "arn:aws:s3:::b".into(), control: "d".into(), ..Elsewhere::default() };
        assert_eq!(bucket.seen_from("c", "eu-west-1"), bucket, "a resource may be in any Region");
        assert!(bucket.is_known() && !Elsewhere::default().is_known());
    }
}
