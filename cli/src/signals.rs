//! How a user or a service manager asks a running command to stop.

/// Waits for Ctrl-C (SIGINT) or SIGTERM. Make it once and keep it: a signal that arrives while nobody waits is kept by
/// the same future only.
pub(crate) async fn stop_asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        // Without a handler the default stays, which ends the process.
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
