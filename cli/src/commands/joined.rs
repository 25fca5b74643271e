//! Whom an agent works for, and as who: with a token for the first time or by its role at AWS, by its certificate ever
//! after, or with the coordinator's own token on the same machine.

mod by_role;

use std::path::Path;
use std::sync::Arc;

use plumbline_agent as agent;
use plumbline_agent::member::{self, Member};
use plumbline_aws::Caller;
use plumbline_coordinator::Token;
use plumbline_identity::token::Scope;
use plumbline_identity::{Address, Token as JoinToken};

pub(super) use by_role::may_join_again;

use crate::agent_id;
use crate::args::AgentArgs;
use crate::failure::{Failure, Result};
use crate::terminal::say;

/// Where a coordinator on the same machine listens.
const HERE: &str = "http://127.0.0.1:7443";
/// How the address of a coordinator over TLS begins.
const TLS: &str = "https://";

/// The coordinator, and what the agent is called there. Where it has no certificate, it is whose results were `left` on disk.
///
/// # Errors
/// When there is none for it, or it is not let in.
pub(super) async fn coordinator(
    args: &AgentArgs,
    data_dir: &Path,
    caller: &Caller,
    left: Option<String>,
) -> Result<(agent::Coordinator, String)> {
    if let Some(joined) = by_role::coordinator(args, data_dir, caller).await? {
        return Ok(joined);
    }
    let directory = Member::path_in(data_dir);
    if let Some(text) = &args.join {
        let token = text.parse::<JoinToken>().map_err(|error| {
            Failure::usage("use the token", error, "`plumbline agents token` at the coordinator makes another one")
        })?;
        if let Scope::Operator { name, .. } = &token.scope {
            return Err(Failure::usage(
                "join as an agent",
                format!("the token is that of the operator {name}"),
                "use it with `plumbline operators join TOKEN`; `plumbline agents token` makes one for an agent",
            ));
        }
        let (member, address) = member::join(&token, &directory)
            .await
            .map_err(|error| not_joined(&token, &error, "plumbline agents token"))?;
        say("plumbline: joined; from now on `plumbline agent` needs no token");
        return secure(member, address);
    }
    match args.coordinator.as_deref() {
        Some(given) if !given.starts_with(TLS) => plain(given, args, data_dir, left),
        given => match Member::load(&directory).map_err(|error| not_usable(&error))? {
            Some((member, kept)) => {
                let given = given.map(|given| given.trim_start_matches(TLS).trim_end_matches('/').parse::<Address>());
                let given = given
                    .transpose()
                    .map_err(|error| Failure::usage("use --coordinator", error, "write it as https://HOST:PORT"))?;
                secure(member, given.unwrap_or(kept))
            }
            None if given.is_some() => Err(Failure::usage(
                "work over TLS",
                "this machine has not joined",
                "`plumbline agents token` at the coordinator makes a token; then run `plumbline agent --join TOKEN` here",
            )),
            None => plain(HERE, args, data_dir, left),
        },
    }
}

fn secure(member: Member, address: Address) -> Result<(agent::Coordinator, String)> {
    let name = member.agent().ok_or_else(|| {
        Failure::usage("work", "the certificate in the data directory is not an agent's", "name another --data-dir")
    })?;
    Ok((agent::Coordinator::Secure { address, member: Arc::new(member) }, name))
}

fn plain(
    address: &str,
    args: &AgentArgs,
    data_dir: &Path,
    left: Option<String>,
) -> Result<(agent::Coordinator, String)> {
    let path = args.token_file.clone().unwrap_or_else(|| Token::path_in(data_dir));
    let token = Token::read(&path).map_err(|error| {
        Failure::usage(
            format!("read the coordinator's token {}", path.display()),
            error,
            "start the coordinator first: it makes the token in its data directory; name another one with --data-dir or --token-file; on another machine, join with `plumbline agent --join TOKEN`",
        )
    })?;
    let coordinator = agent::Coordinator::At { address: address.to_owned(), token: token.secret().to_owned() };
    Ok((coordinator, agent_id::of_left(data_dir, left)?))
}

/// Why a machine did not join; `maker` makes another token.
pub(super) fn not_joined(token: &JoinToken, error: &member::Error, maker: &str) -> Failure {
    let attempt = format!("join at {}", token.address);
    match error {
        member::Error::Unreachable(_) => Failure::new(
            attempt,
            error,
            "is the coordinator running, and is that address (one port after the agents') open to this machine? The token stays good until its ten minutes are over",
        ),
        member::Error::NotNow(_) => Failure::new(attempt, error, "try again with the same token"),
        member::Error::Refused(_) | member::Error::Expired | member::Error::NotSigned(_) => {
            Failure::usage(attempt, error, format!("`{maker}` at the coordinator makes another token"))
        }
        member::Error::NotTheCoordinator(_) => Failure::usage(
            attempt,
            error,
            format!("check that the address leads to the coordinator itself; `{maker}` there makes another token"),
        ),
        member::Error::Identity(_) | member::Error::Coordinator { .. } => {
            let next_step =
                "check the directory `identity` (of an operator: `operator`) of the data directory (--data-dir)";
            Failure::usage(attempt, error, next_step)
        }
    }
}

fn not_usable(error: &member::Error) -> Failure {
    let next_step = match error {
        member::Error::Expired => {
            "`plumbline agents token` at the coordinator makes a token; then run `plumbline agent --join TOKEN` here"
        }
        _ => "check the directory `identity` of the data directory (--data-dir), or join again with a new token",
    };
    Failure::usage("be who this machine is", error, next_step)
}
