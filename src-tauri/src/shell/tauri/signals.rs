//! Being asked to end from outside: Ctrl-C in a terminal, the end of a desktop session.

use tauri::AppHandle;

/// Ends the app in an orderly way when it is asked to; a second time ends it at once.
pub fn end_when_asked(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        match asked().await {
            Ok(()) => app.exit(0),
            Err(why) => tracing::warn!(%why, "signals cannot be waited for"),
        }
        if asked().await.is_ok() {
            std::process::exit(1);
        }
    });
}

#[cfg(unix)]
async fn asked() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate, mut hang_up) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
