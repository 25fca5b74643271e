//! Who acts at this machine, for the audit log.

/// The user.
pub(crate) fn here() -> String {
    let user = rustix::process::getuid().as_raw();
    match std::env::var("USER") {
        // The number is what the system vouches for.
        Ok(name) if !name.is_empty() => format!("{name} (user {user} of this machine)"),
        _ => format!("user {user} of this machine"),
    }
}

/// What this machine is called.
pub(crate) fn machine() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
