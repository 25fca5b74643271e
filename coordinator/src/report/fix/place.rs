//! The account and Region that remediations are for, said where they change.

use std::io::{self, Write};
use std::sync::Arc;

use plumbline_baseline::Region;
use plumbline_baseline::fill::{Format, shell_argument};

use super::head::comment;
use crate::report::row::ReportRow;

/// An account and Region.
pub(super) struct Place {
    account: Arc<str>,
    account_name: Arc<str>,
    ou: Arc<str>,
    region: Arc<str>,
}

impl Place {
    pub(super) fn of(row: &ReportRow) -> Self {
        Self {
            account: row.account.clone(),
            account_name: row.account_name.clone(),
            ou: row.ou.clone(),
            region: row.region.clone(),
        }
    }

    /// Whether a row is of it.
    pub(super) fn is_of(&self, row: &ReportRow) -> bool {
        self.is_in_account_of(row) && self.region == row.region
    }

    pub(super) fn is_in_account_of(&self, row: &ReportRow) -> bool {
        self.account == row.account
    }

    /// Says it: with whose credentials, and where. Commands without a Region of their own take the one that is set.
    pub(super) fn write(&self, out: &mut impl Write, format: Format, is_same_account: bool) -> io::Result<()> {
        let known = [&self.account_name, &self.ou].into_iter().filter(|text| !text.is_empty());
        let known: Vec<&str> = known.map(|text| &**text).collect();
        let is_regional = ![Region::GLOBAL, Region::ORGANIZATION].contains(&&*self.region);
        if !is_same_account || format == Format::CloudFormation {
            writeln!(out)?;
            comment(out, &format!("==== account {} {}", self.account, known.join(", ")))?;
        }
        writeln!(out)?;
        comment(out, &format!("---- {}, with credentials of account {}", self.region, self.account))?;
        if let Some(region) = shell_argument(&self.region).filter(|_| format == Format::Cli && is_regional) {
            writeln!(out, "export AWS_REGION={region}")?;
        }
        Ok(())
    }
}
