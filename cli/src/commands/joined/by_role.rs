//! An agent that joins by the role that its machine runs under at AWS: when it never joined, and whenever its certificate
//! has ended. A coordinator that is not there may come, so that nobody has to start the agent again.

use std::path::Path;
use std::time::Duration;

use plumbline_agent as agent;
use plumbline_agent::member::{self, Member};
use plumbline_aws::Caller;
use plumbline_coordinator::enrolment;
use plumbline_identity::{Address, Pin};

use super::{not_usable, secure};
use crate::args::AgentArgs;
use crate::cloud::credentials_failure;
use crate::failure::{Failure, Result};
use crate::terminal::say;

/// Between two attempts to join, doubling.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Where, and at whom.
struct Joining {
    address: Address,
    pin: Pin,
}

impl Joining {
    /// What the command line says; nothing when it says nothing of AWS.
    fn of(args: &AgentArgs) -> Result<Option<Self>> {
        let (Some(given), Some(pin)) = (&args.join_aws, &args.ca_pin) else { return Ok(None) };
        let address: Address = given.trim().parse().map_err(|error| {
            Failure::usage(
                format!("use --join-aws {given}"),
                error,
                "give the address of `plumbline coordinator init`: where agents are served",
            )
        })?;
        let pin = pin.parse().map_err(|error| {
            Failure::usage("use --ca-pin", error, "run `plumbline agents pin` on the coordinator's machine")
        })?;
        let port = enrolment::joining_port(address.port());
        let host = address.as_str().rsplit_once(':').map_or("", |(host, _)| host);
        let joining = port.and_then(|port| format!("{host}:{port}").parse().ok());
        let address = joining.ok_or_else(|| {
            Failure::usage(
                format!("use --join-aws {given}"),
                "machines join one port after the one of agents, and there is none",
                "let the coordinator listen on a lower port",
            )
        })?;
        Ok(Some(Self { address, pin }))
    }
}

/// The coordinator of an agent that joins by its role, and what the agent is called there; nothing when it does not join so.
///
/// # Errors
/// When it is not let in, or its data directory cannot be used.
pub(in crate::commands) async fn coordinator(
    args: &AgentArgs,
    data_dir: &Path,
    caller: &Caller,
) -> Result<Option<(agent::Coordinator, String)>> {
    let Some(joining) = Joining::of(args)? else { return Ok(None) };
    let directory = Member::path_in(data_dir);
    match Member::load(&directory) {
        Ok(Some((member, address))) => {
            if member.pin() != joining.pin {
                return Err(Failure::usage(
                    "use --ca-pin",
                    "this machine belongs to a deployment with another pin",
                    "remove the directory `identity` of the data directory if it has moved, or name another --data-dir",
                ));
            }
            return secure(member, address).map(Some);
        }
        Ok(None) => {}
        Err(member::Error::Expired) => say("plumbline: the certificate of this machine has expired; joining again"),
        Err(error) => return Err(not_usable(&error)),
    }
    let mut pause = FIRST_PAUSE;
    loop {
        match member::join_by_role(&joining.address, joining.pin, caller, &directory).await {
            Ok((member, address)) => {
                say("plumbline: joined by its AWS identity");
                return secure(member, address).map(Some);
            }
            Err(error @ (member::Error::Unreachable(_) | member::Error::NotNow(_))) => {
                let seconds = pause.as_secs();
                say(format_args!("plumbline: not joined yet ({error}); trying again in {seconds} s"));
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return Err(not_joined(&joining, &error)),
        }
    }
}

/// Whether the agent ended because its certificate did, and can join again by itself.
pub(in crate::commands) fn may_join_again(args: &AgentArgs, data_dir: &Path) -> bool {
    args.join_aws.is_some() && matches!(Member::load(&Member::path_in(data_dir)), Err(member::Error::Expired))
}

fn not_joined(joining: &Joining, error: &member::Error) -> Failure {
    use plumbline_aws::proof::NotSigned;
    let attempt = format!("join at {}", joining.address);
    let next_step = match error {
        member::Error::NotSigned(NotSigned::Credentials(error)) => return credentials_failure(error),
        member::Error::NotSigned(NotSigned::NoSession) => {
            "start it under a role (an ECS task's, an instance's), or join with a token: `plumbline agents token`"
        }
        member::Error::NotSigned(_) => "choose another Region (AWS_REGION)",
        member::Error::NotTheCoordinator(_) => {
            "compare --ca-pin with `plumbline agents pin` on the coordinator's machine; if it is the same, something between the two ends TLS"
        }
        member::Error::Refused(_)
        | member::Error::Unreachable(_)
        | member::Error::NotNow(_)
        | member::Error::Expired => "start it again when that is done",
        member::Error::Identity(_) | member::Error::Coordinator { .. } => {
            "check the directory `identity` of the data directory (--data-dir)"
        }
    };
    Failure::usage(attempt, error, next_step)
}
