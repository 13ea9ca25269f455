use std::process::Command;

use tempfile::TempDir;

use super::error::{Failure, Outcome, While};
use super::{PATIENCE, Process, free_port, on_path};

/// A Redis that keeps nothing on disk.
pub struct RedisServer {
    process: Process,
    port: u16,
    // Dropped after the process.
    dir: TempDir,
}

impl RedisServer {
    pub async fn start() -> Outcome<RedisServer> {
        let dir = TempDir::new().doing("make a folder for Redis")?;
        let port = free_port()?;
        let process = Self::launch(&dir, port).await?;
        Ok(RedisServer { process, port, dir })
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
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
        self.process = Self::launch(&self.dir, self.port).await?;
        Ok(())
    }

    async fn launch(dir: &TempDir, port: u16) -> Outcome<Process> {
        let binary = on_path("redis-server")
            .ok_or_else(|| Failure::new("there is no redis-server: run `make setup`"))?;
        let mut command = Command::new(binary);
        command.current_dir(dir.path()).args(["--bind", "127.0.0.1", "--port"]).arg(port.to_string()).args([
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
        let mut process = Process::start("redis-server", command)?;
        let ready = |line: &str| line.contains("Ready to accept connections").then_some(());
        process.line("readiness", PATIENCE, ready).await?;
        Ok(process)
    }
}
