use std::time::Duration;

use super::places::Places;
use super::{FOREVER, Wish, say};
use crate::harness::{AppWindow, Failure, Outcome, Process, Sidecar, VirtualDesktop, app_binary};

/// How long between two pictures of a window that nobody can see.
const PICTURE_EVERY: Duration = Duration::from_secs(30);

/// The desktop app, where its user can see it or on a display of its own.
pub(super) enum App {
    Seen(Process, Option<VirtualDesktop>),
    Unseen(AppWindow, VirtualDesktop),
}

impl App {
    /// Keeps a token in the keyring and opens the window.
    pub async fn open(wish: &Wish, sidecar: &Sidecar, places: &Places) -> Outcome<App> {
        let seen = !wish.headless && wish.picture.is_none() && has_display();
        if seen { App::open_here(sidecar).await } else { App::open_unseen(sidecar, places).await }
    }

    async fn open_here(sidecar: &Sidecar) -> Outcome<App> {
        // A keyring of the demo's own: the user's is left alone, and is asked for nothing.
        say("starting a keyring only for this demo (your own is left as it is)");
        let desktop = VirtualDesktop::on_this_display().await?;
        sign_in(&desktop, sidecar).await?;
        say("opening the app");
        let mut command = desktop.command(&app_binary()?);
        command.env("VIGIL_SERVER", sidecar.server());
        Ok(App::Seen(Process::start("vigil", command)?, Some(desktop)))
    }

    async fn open_unseen(sidecar: &Sidecar, places: &Places) -> Outcome<App> {
        say("there is no display here: starting a virtual one, with a session bus and a keyring");
        let desktop = VirtualDesktop::start().await?;
        sign_in(&desktop, sidecar).await?;
        say(&format!("opening the app on it; pictures go to {}", places.picture(1).display()));
        let server = sidecar.server();
        let window = AppWindow::open(&desktop, &app_binary()?, &[("VIGIL_SERVER", &server)]).await?;
        Ok(App::Unseen(window, desktop))
    }

    /// Until the window is closed, or the one picture that was wished for is taken.
    pub async fn show(self, wish: &Wish, places: &Places) -> Outcome<()> {
        match self {
            App::Seen(mut process, _desktop) => {
                let status = process.ended(FOREVER).await?;
                if !status.success() {
                    return Err(process.failure(&format!("ended with {status}")));
                }
                say("the window was closed");
                Ok(())
            }
            App::Unseen(window, _desktop) => {
                window.shows_live_values(Duration::from_secs(60)).await?;
                say("live values are shown");
                if let Some(path) = &wish.picture {
                    window.picture(path).await?;
                    say(&format!("picture: {}", path.display()));
                    return window.close().await;
                }
                for number in 1.. {
                    let path = places.picture(number);
                    window.picture(&path).await?;
                    say(&format!("picture: {}", path.display()));
                    tokio::time::sleep(PICTURE_EVERY).await;
                }
                Err(Failure::new("there are no more numbers for pictures"))
            }
        }
    }
}

async fn sign_in(desktop: &VirtualDesktop, sidecar: &Sidecar) -> Outcome<()> {
    say("putting a token into the keyring");
    let token = sidecar.token("demo").await?;
    let mut command = desktop.command(&app_binary()?);
    command.args(["sign-in", "--server", &sidecar.server()]);
    desktop.run(command, &token).await.map(|_| ())
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
