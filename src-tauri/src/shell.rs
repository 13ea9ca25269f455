//! Where the app lives: what its controller needs of a window system.

pub mod tauri;

use vigil_wire::ViewBatch;

/// The window system, as the controller sees it.
pub trait Shell: Send + 'static {
    /// One window that has attached; dropped when another one attaches.
    type Screen: Send + 'static;

    /// Hands a batch to the window; never blocks. `false`: the window is gone.
    fn show(&self, screen: &Self::Screen, batch: ViewBatch) -> bool;
}
