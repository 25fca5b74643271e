//! Serves a simulated organization until it is interrupted, for a look with any AWS client:
//! `cargo run -p plumbline-sim --example serve -- demo|compliant|broken [PORT]`.

use plumbline_sim::{Options, Server, World};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let world = match arguments.next().as_deref() {
        Some("compliant") => World::compliant(),
        Some("broken") => World::broken(),
        _ => World::demo(),
    };
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or_default();
    let server = Server::start(world, Options { port, ..Options::default() }).await?;
    let key = server.caller();
    println!(
        "AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}",
        server.endpoint(),
        key.id,
        key.secret
    );
    tokio::signal::ctrl_c().await
}
