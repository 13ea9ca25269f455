use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use super::authority::Authority;
use super::error::{Failure, Outcome, While};
use super::{PATIENCE, Process, free_port, on_path};

/// A Redis that keeps nothing on disk.
pub struct RedisServer {
    process: Process,
    port: u16,
    secured: Option<Secured>,
    // Dropped after the process.
    dir: TempDir,
}

/// Only TLS, and only users that sign in.
#[derive(Debug, Clone)]
pub struct Secured {
    pub authority: Arc<Authority>,
    /// Lines of the ACL file.
    pub users: Vec<String>,
}

impl RedisServer {
    pub async fn start() -> Outcome<RedisServer> {
        RedisServer::start_as(None).await
    }

    pub async fn start_secured(secured: Secured) -> Outcome<RedisServer> {
        RedisServer::start_as(Some(secured)).await
    }

    async fn start_as(secured: Option<Secured>) -> Outcome<RedisServer> {
        let dir = TempDir::new().doing("make a folder for Redis")?;
        let port = free_port()?;
        let process = Self::launch(&dir, port, secured.as_ref()).await?;
        Ok(RedisServer { process, port, secured, dir })
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// For clients that sign in, over TLS.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        format!("rediss://{user}:{password}@127.0.0.1:{}/", self.port)
    }

    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again after `kill`, empty, on the same port.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.process.kill().await;
        self.process = Self::launch(&self.dir, self.port, self.secured.as_ref()).await?;
        Ok(())
    }

    async fn launch(dir: &TempDir, port: u16, secured: Option<&Secured>) -> Outcome<Process> {
        let binary = on_path("redis-server")
            .ok_or_else(|| Failure::new("there is no redis-server: run `make setup`"))?;
        let mut command = Command::new(binary);
        command.current_dir(dir.path()).args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        match secured {
            None => {
                command.arg("--port").arg(port.to_string());
            }
            Some(Secured { authority, users }) => {
                let acl = dir.path().join("users.acl");
                std::fs::write(&acl, users.join("\n") + "\n").doing("write Redis's users")?;
                command.args(["--port", "0", "--tls-auth-clients", "no", "--tls-port"]).arg(port.to_string());
                command.arg("--tls-cert-file").arg(authority.server());
                command.arg("--tls-key-file").arg(authority.server());
                command.arg("--tls-ca-cert-file").arg(authority.certificate());
                command.arg("--aclfile").arg(acl);
            }
        }
        let mut process = Process::start("redis-server", command)?;
        let ready = |line: &str| line.contains("Ready to accept connections").then_some(());
        process.line("readiness", PATIENCE, ready).await?;
        Ok(process)
    }
}
