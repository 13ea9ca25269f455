use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output as Ran};
use std::time::Duration;

use serde_json::Value as Json;
use tempfile::TempDir;

use super::error::{Failure, Outcome, While};
use super::paths::{hospital_board, sidecar_binary};
use super::{PATIENCE, Process, free_port};

/// What the sidecar is told.
#[derive(Debug, Clone)]
pub struct SidecarConfig {
    pub board: PathBuf,
    pub mongo_uri: String,
    /// Absent: it runs alone.
    pub redis_url: Option<String>,
    /// Who signed MongoDB's and Redis's certificates; absent: no word about TLS.
    pub ca_file: Option<PathBuf>,
    /// Further environment, such as `VIGIL_LOG`.
    pub environment: Vec<(String, String)>,
}

impl SidecarConfig {
    /// The hospital's board over one MongoDB.
    pub fn hospital(mongo_uri: String) -> SidecarConfig {
        SidecarConfig::over(hospital_board(), mongo_uri)
    }

    /// Any board over one MongoDB.
    pub fn over(board: PathBuf, mongo_uri: String) -> SidecarConfig {
        SidecarConfig { board, mongo_uri, redis_url: None, ca_file: None, environment: Vec::new() }
    }

    /// Both servers speak TLS, with certificates that this file's authority signed.
    pub fn trusting(mut self, ca_file: PathBuf) -> SidecarConfig {
        self.ca_file = Some(ca_file);
        self
    }

    pub fn with_redis(mut self, url: String) -> SidecarConfig {
        self.redis_url = Some(url);
        self
    }
}

/// The built `vigil-sidecar`, running, with a configuration and a state folder of its own.
pub struct Sidecar {
    process: Process,
    listen: SocketAddr,
    folder: Folder,
}

/// Where one sidecar's files are; outlives its processes.
struct Folder {
    path: TempDir,
    environment: Vec<(String, String)>,
}

impl Sidecar {
    /// Starts it and waits until it is ready.
    pub async fn start(config: &SidecarConfig) -> Outcome<Sidecar> {
        let mut sidecar = Sidecar::spawn(config)?;
        sidecar.ready().await?;
        Ok(sidecar)
    }

    /// Starts it and does not wait: for what fails, or cannot become ready yet.
    pub fn spawn(config: &SidecarConfig) -> Outcome<Sidecar> {
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let folder = Folder::write(config, listen)?;
        let process = Process::start("vigil-sidecar", folder.command(&["run"])?)?;
        Ok(Sidecar { process, listen, folder })
    }

    /// Waits for its "ready".
    pub async fn ready(&mut self) -> Outcome<()> {
        self.process.line("readiness", PATIENCE, |line| said(line, "ready").then_some(())).await
    }

    pub fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("ws://{}/ws", self.listen)
    }

    /// What the desktop app is told.
    pub fn server(&self) -> String {
        format!("ws://{}", self.listen)
    }

    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.config()
    }

    /// Everything it has said so far.
    pub fn log(&self) -> String {
        self.process.output().text()
    }

    /// Lines of its log at level ERROR, or that speak of a panic.
    pub fn errors(&self) -> Vec<String> {
        let bad = |line: &&str| level(line) == Some("ERROR".to_owned()) || line.contains("panicked");
        self.log().lines().filter(bad).map(str::to_owned).collect()
    }

    /// Runs another command of the same binary with the same configuration, to its end.
    pub async fn command(&self, arguments: &[&str]) -> Outcome<Ran> {
        self.folder.run(arguments).await
    }

    /// A signed token for an admin.
    pub async fn token(&self, name: &str) -> Outcome<String> {
        self.folder.token(name).await
    }

    /// What `verify` says; an error unless every metric is exact.
    pub async fn verify(&self) -> Outcome<String> {
        match self.verify_if_possible().await? {
            (said, true) => Ok(said),
            (said, false) => Err(Failure(format!("verify could not ask:\n{said}"))),
        }
    }

    /// What `verify` says, and whether it could ask about every metric; an error when any drifts.
    ///
    /// A metric cannot be asked about at a time just before its collection was created (error 246).
    pub async fn verify_if_possible(&self) -> Outcome<(String, bool)> {
        const CANNOT: i32 = 2;
        let ran = self.command(&["verify"]).await?;
        let said = format!("{}{}", text(&ran.stdout), text(&ran.stderr));
        match ran.status.code() {
            Some(0) => Ok((said, true)),
            Some(CANNOT) => Ok((said, false)),
            _ => Err(Failure(format!("verify found drift, or broke ({}):\n{said}", ran.status))),
        }
    }

    /// Ends it as a crash would (SIGKILL) and starts it again; returns when it is ready.
    pub async fn crash_and_restart(&mut self) -> Outcome<()> {
        self.process.kill().await;
        self.start_again().await
    }

    /// Ends it in good order (SIGTERM) and starts it again; returns when it is ready.
    pub async fn restart(&mut self) -> Outcome<()> {
        let status = self.process.stop(PATIENCE).await?;
        if !status.success() {
            return Err(self.process.failure(&format!("ended with {status} when asked to stop")));
        }
        self.start_again().await
    }

    async fn start_again(&mut self) -> Outcome<()> {
        self.process = Process::start("vigil-sidecar", self.folder.command(&["run"])?)?;
        self.ready().await
    }
}

/// Runs the binary without a running sidecar: `check`, or a `run` that must fail.
pub async fn run_once(config: &SidecarConfig, arguments: &[&str]) -> Outcome<Ran> {
    Folder::write(config, SocketAddr::from(([127, 0, 0, 1], free_port()?)))?.run(arguments).await
}

impl Folder {
    fn write(config: &SidecarConfig, listen: SocketAddr) -> Outcome<Folder> {
        let path = TempDir::with_prefix("vigil-sidecar-").doing("make a folder for the sidecar")?;
        std::fs::create_dir(path.path().join("state")).doing("make the state folder")?;
        write_private(&path.path().join("secret"), &random_hex())?;
        std::fs::write(path.path().join("sidecar.toml"), render(config, listen, path.path()))
            .doing("write sidecar.toml")?;
        Ok(Folder { path, environment: config.environment.clone() })
    }

    fn config(&self) -> PathBuf {
        self.path.path().join("sidecar.toml")
    }

    fn command(&self, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(sidecar_binary()?);
        // What the caller's shell says to a sidecar of its own is nothing to this one.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("VIGIL_"))
        {
            command.env_remove(name);
        }
        command.env("VIGIL_LOG_FORMAT", "json").envs(self.environment.iter().map(|(k, v)| (k, v)));
        command.current_dir(self.path.path()).arg("--config").arg(self.config()).args(arguments);
        Ok(command)
    }

    async fn run(&self, arguments: &[&str]) -> Outcome<Ran> {
        let mut command = tokio::process::Command::from(self.command(arguments)?);
        command.kill_on_drop(true).stdin(std::process::Stdio::null());
        let what = format!("vigil-sidecar {}", arguments.join(" "));
        match tokio::time::timeout(Duration::from_secs(120), command.output()).await {
            Ok(ran) => ran.doing(what),
            Err(_) => Err(Failure(format!("{what} did not end within two minutes"))),
        }
    }

    async fn token(&self, name: &str) -> Outcome<String> {
        let ran = self.run(&["token", "--sub", name]).await?;
        if !ran.status.success() {
            return Err(Failure(format!("vigil-sidecar token: {}", text(&ran.stderr))));
        }
        Ok(text(&ran.stdout).trim().to_owned())
    }
}

fn render(config: &SidecarConfig, listen: SocketAddr, folder: &Path) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let ca = config.ca_file.as_ref();
    let ca = ca.map(|path| format!("ca_file = {}\n", quoted(&path.to_string_lossy()))).unwrap_or_default();
    let mut out = format!(
        "board = {}\nstate_dir = {}\n\n[mongo]\nuri = {}\n{ca}\n[http]\nlisten = {}\n\n[auth]\nsecret_file = {}\nalgorithms = [\"HS256\"]\n",
        quoted(&config.board.to_string_lossy()),
        quoted(&folder.join("state").to_string_lossy()),
        quoted(&config.mongo_uri),
        quoted(&listen.to_string()),
        quoted(&folder.join("secret").to_string_lossy()),
    );
    if let Some(url) = &config.redis_url {
        out.push_str(&format!("\n[redis]\nurl = {}\n{ca}", quoted(url)));
    }
    out
}

/// Whether a line of the log, JSON or plain, carries this message.
pub(crate) fn said(line: &str, message: &str) -> bool {
    let Ok(json) = serde_json::from_str::<Json>(line) else { return false };
    let field = json.pointer("/fields/message").or_else(|| json.get("message"));
    field.and_then(Json::as_str) == Some(message)
}

fn level(line: &str) -> Option<String> {
    let json = serde_json::from_str::<Json>(line).ok()?;
    json.get("level").and_then(Json::as_str).map(str::to_owned)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn random_hex() -> String {
    let bytes: [u8; 32] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn write_private(path: &Path, content: &str) -> Outcome<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).doing("write the secret")?;
    file.write_all(content.as_bytes()).doing("write the secret")
}
