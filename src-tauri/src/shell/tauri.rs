//! The app in a Tauri window.

mod commands;
mod signals;
mod window;

use tauri::ipc::Channel;
use tauri::{Manager, RunEvent};
use vigil_wire::ViewBatch;

use crate::controller::{self, Controller, Environment, Handle};
use crate::settings::Settings;
use crate::shell::Shell;

/// Shows batches in a webview, through the channel that it attached with.
#[derive(Debug, Clone, Copy)]
pub struct Webview;

impl Shell for Webview {
    type Screen = Channel<ViewBatch>;

    fn show(&self, screen: &Self::Screen, batch: ViewBatch) -> bool {
        screen.send(batch).is_ok()
    }
}

/// Runs the app until its window is closed.
///
/// # Errors
/// When the window system cannot be used: no display, no webview.
pub fn run(settings: Settings) -> tauri::Result<()> {
    let (handle, inbox) = controller::handle::<Webview>();
    let app = tauri::Builder::default()
        // First, as its documentation asks for: a second start shows the window of the first, and ends.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::raise(app)))
        .manage(handle.clone())
        .invoke_handler(tauri::generate_handler![commands::attach, commands::retry, commands::painted])
        .setup(move |app| {
            let environment = Environment::of_this_computer(settings);
            tauri::async_runtime::spawn(Controller::new(Webview, environment, inbox).run());
            signals::end_when_asked(app.handle().clone());
            window::open(app.handle())?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            let handle = app.state::<Handle<Webview>>().inner().clone();
            tauri::async_runtime::block_on(handle.stop());
        }
    });
    Ok(())
}
