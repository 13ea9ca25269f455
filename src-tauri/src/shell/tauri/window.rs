use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

const LABEL: &str = "main";

/// Set by a WebDriver that drives the app.
const AUTOMATION_VARIABLE: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Opens the one window. Its title holds no figure: titles are shown in task bars and screen shares.
pub fn open(app: &AppHandle) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Vigil")
        .inner_size(1366.0, 768.0)
        .min_inner_size(1024.0, 640.0)
        .center()
        // Nothing that was shown is kept on the disk. (WebKit refuses to be driven without its store.)
        .incognito(std::env::var_os(AUTOMATION_VARIABLE).is_none())
        .disable_drag_drop_handler()
        .on_navigation(|url| is_ours(url.scheme(), url.host_str()))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    Ok(())
}

/// Brings the window to the front.
pub fn raise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    for done in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(why) = done {
            tracing::warn!(%why, "the window cannot be brought to the front");
        }
    }
}

/// The window shows the app's own pages and nothing else: `tauri://localhost`, on Windows
/// `http://tauri.localhost`, and while developing the server of the UI.
fn is_ours(scheme: &str, host: Option<&str>) -> bool {
    match (scheme, host) {
        ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")) => true,
        ("http", Some("localhost")) => tauri::is_dev(),
        ("about", _) => true,
        _ => false,
    }
}
