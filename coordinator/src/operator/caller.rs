//! Who asks, and what they may: on this machine the system says who it is, from elsewhere a certificate does.

use std::sync::Arc;
use std::time::Duration;

use plumbline_identity::{Peer, Role};
use tonic::transport::server::UdsConnectInfo;
use tonic::{Request, Status};

use crate::grpc::{peer, still_admitted};
use crate::service::Handle;

/// How often it is asked again whether somebody who listens may still do so: a revocation holds within a second.
const LOOK_AGAIN: Duration = Duration::from_millis(250);
/// Where the system says what its users are called.
const USERS: &str = "/etc/passwd";

/// Somebody who asks.
pub(super) struct Caller {
    /// What the audit log calls it.
    pub(super) name: String,
    role: Role,
    /// None for who is on this machine.
    peer: Option<Arc<Peer>>,
}

impl Caller {
    /// Who asks, if they may at all.
    ///
    /// # Errors
    /// When they are nobody's operator, or not any more.
    pub(super) fn of<T>(request: &Request<T>, handle: &Handle) -> Result<Self, Status> {
        if let Some(here) = request.extensions().get::<UdsConnectInfo>() {
            let name =
                here.peer_cred.map_or_else(|| "somebody of this machine".to_owned(), |user| user_name(user.uid()));
            return Ok(Self { name, role: Role::Operator, peer: None });
        }
        let peer = peer(request);
        let Some(Peer::Operator { name, role, .. }) = peer.as_deref() else {
            return Err(Status::permission_denied(
                "only operators are served here, and this is no operator's certificate\n`plumbline operators add` on the coordinator's machine adds one",
            ));
        };
        still_admitted(handle.dispatch(), peer.as_deref())?;
        Ok(Self { name: format!("operator {name}"), role: *role, peer: peer.clone() })
    }

    /// That it may change something.
    ///
    /// # Errors
    /// When it may only look.
    pub(super) fn may_change(self) -> Result<Self, Status> {
        match self.role {
            Role::Operator => Ok(self),
            Role::Viewer => {
                tracing::warn!(who = self.name, "a viewer tried to change something");
                Err(Status::permission_denied(format!(
                    "{} is a viewer, and may look and watch only\nask somebody who is an operator",
                    self.name
                )))
            }
        }
    }

    /// That it may say who is an operator: whoever has the coordinator's machine, and nobody who was added there.
    ///
    /// # Errors
    /// When it may not.
    pub(super) fn may_admit(self) -> Result<Self, Status> {
        match self.peer {
            None => Ok(self),
            Some(_) => Err(Status::permission_denied(
                "operators are added and revoked on the coordinator's machine\nrun this there, as the coordinator's user",
            )),
        }
    }

    /// Ready when it may not listen any more.
    pub(super) async fn no_more(&self, handle: &Handle) -> Status {
        loop {
            if let Err(refused) = still_admitted(handle.dispatch(), self.peer.as_deref()) {
                return refused;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// What a user of this machine is called in the audit log. The number is what the system vouches for.
#[must_use]
pub fn user_name(user: u32) -> String {
    let named = std::fs::read_to_string(USERS).ok().and_then(|users| name_in(&users, user));
    match named {
        Some(name) => format!("{name} (user {user} of this machine)"),
        None => format!("user {user} of this machine"),
    }
}

/// The name that goes with a number in a file of users, passwd(5).
fn name_in(users: &str, user: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(user) && !name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_called_what_the_system_calls_it() {
        let users =
            "root:x:0:0:root:/root:/bin/bash\n# a comment\nanna:x:1000:100::/home/anna:/bin/sh\n:x:7:7::/:/bin/sh\n";
        assert_eq!(name_in(users, 1000).as_deref(), Some("anna"));
        assert_eq!(name_in(users, 0).as_deref(), Some("root"));
        assert_eq!(name_in(users, 100), None, "that is a group");
        assert_eq!(name_in(users, 7), None);
        assert!(user_name(u32::MAX - 5).ends_with("of this machine"));
    }
}
