//! Everything that the window may ask for. Each is declared in `build.rs` and granted in
//! `capabilities/main.json`; what is in neither is denied.

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use vigil_wire::ViewBatch;

use super::Webview;
use crate::controller::Handle;

/// From now on this window gets what changes, beginning with the whole state.
#[tauri::command]
pub async fn attach(app: AppHandle, channel: Channel<ViewBatch>) {
    app.state::<Handle<Webview>>().attach(channel).await;
}

/// Read settings and keyring again and connect at once.
#[tauri::command]
pub async fn retry(app: AppHandle) {
    app.state::<Handle<Webview>>().retry().await;
}

/// The window shows the state `seq`.
#[tauri::command]
pub async fn painted(app: AppHandle, seq: u64) {
    app.state::<Handle<Webview>>().painted(seq).await;
}
