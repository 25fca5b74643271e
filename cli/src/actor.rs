//! Who acts at this machine, for the audit log.

use plumbline_coordinator::operator::user_name;

/// The user, as the coordinator calls who asks it over its socket.
pub(crate) fn here() -> String {
    user_name(rustix::process::getuid().as_raw())
}

/// What this machine is called.
pub(crate) fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
