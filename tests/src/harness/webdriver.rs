use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, WebDriver};

use super::error::{Failure, Outcome, While};
use super::{PATIENCE, Process, VirtualDesktop, free_port, on_path};

/// The real app's window, driven through WebKit's own driver.
pub struct AppWindow {
    driver: WebDriver,
    // Dropped after the session: it ends the app with it.
    process: Process,
}

impl AppWindow {
    /// Starts the app on a desktop, with `environment` besides the desktop's own.
    pub async fn open(
        desktop: &VirtualDesktop,
        app: &Path,
        environment: &[(&str, &str)],
    ) -> Outcome<AppWindow> {
        let binary = on_path("WebKitWebDriver")
            .ok_or_else(|| Failure::new("there is no WebKitWebDriver: run `make setup`"))?;
        let port = free_port()?;
        let mut command = desktop.command(&binary);
        command.arg(format!("--port={port}")).env("TAURI_WEBVIEW_AUTOMATION", "true");
        command.envs(environment.iter().copied());
        let process = Process::start("WebKitWebDriver", command)?;
        listening(port).await?;
        let mut wanted = Capabilities::new();
        // No browserName: with one, WebKitGTK 2.5x says "Failed to match capabilities".
        wanted
            .set("webkitgtk:browserOptions", json!({ "binary": app, "args": [] }))
            .doing("ask for the app")?;
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await;
        let driver =
            driver.map_err(|cause| process.failure(&format!("could not start the app ({cause})")))?;
        Ok(AppWindow { driver, process })
    }

    pub fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Everything that the driver and the app have said.
    pub fn log(&self) -> String {
        self.process.output().text()
    }

    /// The text of one tile's value, as drawn.
    pub async fn value(&self, metric: &str) -> Outcome<String> {
        let tile = self.driver.find(By::Css(value_of(metric))).await;
        tile.doing(format!("find the tile of {metric}"))?.text().await.doing(format!("read {metric}"))
    }

    /// Waits until every tile of the page shows a value, and there is one at least.
    pub async fn shows_live_values(&self, within: Duration) -> Outcome<()> {
        let all = "const values = [...document.querySelectorAll('[data-metric] .value')];
                   const holds = values.length > 0 && values.filter((v) => /[0-9]/.test(v.textContent)).length * 2 > values.length;";
        self.page_until("live values", all, within).await.map(|_| ())
    }

    /// Waits until the page's whole text passes `condition` (JavaScript over `text`), and returns it.
    pub async fn text_when(&self, condition: &str, within: Duration) -> Outcome<String> {
        let look =
            format!("const text = document.body.innerText; const holds = ({condition}) ? text : false;");
        self.page_until(&format!("page with {condition}"), &look, within).await
    }

    /// Waits, inside the page, until the tile's text passes `condition` (JavaScript over `text`), and returns it.
    ///
    /// The page says when: a mutation observer, not a clock.
    pub async fn value_when(&self, metric: &str, condition: &str, within: Duration) -> Outcome<String> {
        let look = format!(
            "const tile = document.querySelector({selector});
             const text = tile ? tile.textContent.trim() : null;
             const holds = text !== null && ({condition}) ? text : false;",
            selector = json!(value_of(metric)),
        );
        self.page_until(&format!("{metric} with {condition}"), &look, within).await
    }

    /// Looks at every change of the page until `look` (JavaScript) makes `holds` something, and returns that.
    async fn page_until(&self, what: &str, look: &str, within: Duration) -> Outcome<String> {
        self.driver.set_script_timeout(within).await.doing("set the page's patience")?;
        let script = format!(
            r"const done = arguments[arguments.length - 1];
              const look = () => {{
                {look}
                if (holds) {{ observer.disconnect(); done(String(holds)); }}
              }};
              const observer = new MutationObserver(look);
              observer.observe(document, {{ subtree: true, childList: true, characterData: true, attributes: true }});
              look();"
        );
        match self.driver.execute_async(script, Vec::new()).await {
            Ok(found) => found.convert().doing(what),
            Err(cause) => {
                let page = self.driver.source().await.unwrap_or_default();
                let log = self.log();
                Err(Failure(format!("no {what} within {within:?}: {cause}\npage: {page}\nlog:\n{log}")))
            }
        }
    }

    /// Saves what the window shows. The picture is of the last drawn frame, so two are waited for.
    pub async fn picture(&self, path: &Path) -> Outcome<()> {
        let settled = "const done = arguments[arguments.length - 1];
                       requestAnimationFrame(() => requestAnimationFrame(() => done(true)));";
        self.driver.execute_async(settled, Vec::new()).await.doing("wait for a drawn frame")?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).doing("make the pictures' folder")?;
        }
        self.driver.screenshot(path).await.doing(format!("save {}", path.display()))
    }

    /// Closes the window and ends the app and its driver.
    pub async fn close(mut self) -> Outcome<()> {
        let closed = self.driver.clone().quit().await.doing("close the window");
        self.process.kill().await;
        closed
    }
}

fn value_of(metric: &str) -> String {
    format!("[data-metric=\"{metric}\"] .value")
}

/// The driver says nothing when it is ready; connecting is the only sign it gives.
async fn listening(port: u16) -> Outcome<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
            Ok(_) => return Ok(()),
            Err(cause) if Instant::now() > deadline => {
                return Err(Failure(format!("WebKitWebDriver does not listen: {cause}")));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
