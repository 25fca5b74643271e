//! What is not read because of the scanner itself. It must not know why.

use std::sync::Arc;

use plumbline_baseline::{Unread, UnreadReason};

/// Something that is the scanner's own fault.
pub(crate) fn defect(detail: &str) -> Arc<Unread> {
    Arc::new(Unread::new(UnreadReason::ScannerError, "", detail))
}
