//! A client of the simulated organization, with budgets and waits that suit tests: a fault shows at once.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use plumbline_aws::{Budget, Budgets, Client, EndpointOverrides, Options, Target};
use plumbline_sim::{AccessKey, Server, World};

use crate::binary;

/// What sessions show that the simulator did not give; it does not look at those.
const TOKEN: &str = "a-session-token";

/// A server of this world that pages as AWS does and keeps every call.
pub async fn serve(world: World) -> Server {
    let options = plumbline_sim::Options { keeps_calls: true, ..Default::default() };
    Server::start(world, options).await.expect("a free port on the loopback interface")
}

/// Options of a client that calls the simulator as fast as it can and gives up soon.
pub fn client_options(endpoint: &str) -> Options {
    Options {
        endpoints: EndpointOverrides::url(endpoint),
        max_attempts: 2,
        max_backoff: Duration::from_millis(1),
        attempt_timeout: Duration::from_secs(10),
        budgets: Budgets::Uniform(Budget { requests_per_second: 1e6, burst: 1e6, concurrency: 64 }),
        ..Options::default()
    }
}

/// The binary with the credentials of the simulated management account, and a data directory.
pub fn command(server: &Server, data: &Path, arguments: &[&str]) -> Command {
    let key = server.caller();
    let mut command = binary::command(arguments);
    command
        .env("AWS_ENDPOINT_URL", server.endpoint())
        .env("AWS_ACCESS_KEY_ID", key.id)
        .env("AWS_SECRET_ACCESS_KEY", key.secret)
        .env("PLUMBLINE_ROLE", server.world().role_name())
        .env("PLUMBLINE_DATA_DIR", data);
    command
}

/// Long-term credentials of an account.
pub fn credentials(account: &str) -> SharedCredentialsProvider {
    key_credentials(&AccessKey::of_account(account))
}

/// The credentials of a key.
pub fn key_credentials(key: &AccessKey) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(&key.id, &key.secret, None, None, "simulator"))
}

/// The credentials of a session of a role.
pub fn role_credentials(key: &AccessKey) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(&key.id, &key.secret, Some(TOKEN.into()), None, "simulator"))
}

/// The binary with the credentials of a session of a role.
pub fn command_as(server: &Server, key: &AccessKey, data: &Path, arguments: &[&str]) -> Command {
    let mut command = command(server, data, arguments);
    command.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", &key.secret).env("AWS_SESSION_TOKEN", TOKEN);
    command
}

/// An account in a Region, called with its own credentials.
pub fn target(account: &str, region: &str) -> Target {
    Target::new(account, region, credentials(account))
}

/// A client with [`client_options`].
pub fn client(server: &Server) -> Client {
    Client::new(client_options(server.endpoint()))
}
