//! Which scans stand for the same thing as another one, so that their figures and verdicts can be held side by side.

use std::collections::BTreeSet;

use super::choice::{Shortcoming, shortcoming};
use super::record::{Account, Scan, ScanHead, ScanKind};
use super::{Error, Store};

impl Store {
    /// The scans up to this one that ran to their end, are of the same kind and selection, and of the same organization;
    /// without one, of the same accounts. The earliest first, this one last if it ran to its end.
    ///
    /// # Errors
    /// When the disk fails, or something that this needs is damaged.
    pub fn comparable(&self, scan: &Scan) -> Result<Vec<ScanHead>, Error> {
        let mut alike = Vec::new();
        if scan.kind() == ScanKind::Unspecified {
            return Ok(alike);
        }
        for stored in self.scans()? {
            // One that is damaged says nothing; the others do.
            let Ok(head) = stored.head else { continue };
            if is_alike(&head, scan) && (!scan.organization.is_empty() || self.has_accounts_of(&head, scan)?) {
                alike.push(head);
            }
        }
        alike.sort_by_key(|head| head.night);
        Ok(alike)
    }

    /// Whether both scanned the same accounts: what stands for the organization where there is none.
    fn has_accounts_of(&self, head: &ScanHead, scan: &Scan) -> Result<bool, Error> {
        let id = head.id.parse().map_err(|_| Error::Damaged { what: "scan" })?;
        let ids = |accounts: &[Account]| accounts.iter().map(|account| account.id.clone()).collect::<BTreeSet<_>>();
        Ok(self.scan(&id)?.is_some_and(|other| ids(&other.accounts) == ids(&scan.accounts)))
    }
}

fn is_alike(head: &ScanHead, scan: &Scan) -> bool {
    let did_end = matches!(
        shortcoming(head),
        None | Some(Shortcoming::Partial | Shortcoming::Limited | Shortcoming::Demonstration)
    );
    did_end
        && head.night <= scan.night
        && head.kind == scan.kind
        && head.selection == scan.selection
        && head.organization == scan.organization
}
