//! The sidecar's configuration, read once at start: `sidecar.toml` and `VIGIL_…` environment.
//!
//! The environment wins over the file. No secret has to be in either: `…_FILE` variables and `…_file`
//! keys name a file that holds one. Everything wrong is reported at once.

mod file;
mod gather;
mod tls;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::secret::Secret;

pub use file::DEFAULT_LISTEN;

/// Where the sidecar listens when nothing is said.
#[derive(Debug, Clone)]
pub struct Config {
    /// The board's file.
    pub board: PathBuf,
    /// Holds the control socket; private to the service's user.
    pub state_dir: PathBuf,
    /// With `mongo.ca_file` in it, where one is said.
    pub mongo_uri: Secret,
    /// `None`: this sidecar runs alone.
    pub redis: Option<Redis>,
    pub listen: SocketAddr,
    /// Web origins that may open a socket, besides clients that send none.
    pub allowed_origins: Vec<String>,
    pub max_clients: usize,
    pub auth: Auth,
}

/// How Redis is reached.
#[derive(Debug, Clone)]
pub struct Redis {
    pub url: Secret,
    /// PEM of who signs its certificate; `None`: whom this machine trusts.
    pub ca: Option<String>,
}

impl Redis {
    pub fn at(url: Secret) -> Self {
        Redis { url, ca: None }
    }
}

/// How tokens are checked.
#[derive(Debug, Clone)]
pub struct Auth {
    pub key: AuthKey,
    /// JWT `alg` names that are allowed; empty: every one that fits the public key.
    pub algorithms: Vec<String>,
    /// Dotted path of the claim that holds the role or the list of roles.
    pub role_claim: String,
    /// The role that lets in.
    pub role: String,
    pub issuer: Option<String>,
    pub audience: Option<String>,
}

#[derive(Debug, Clone)]
pub enum AuthKey {
    /// HMAC, at least 32 bytes.
    Shared(Secret),
    /// PEM of an RSA, EC or Ed25519 public key.
    Public(String),
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The key or variable, or the file and line.
    pub place: String,
    pub message: String,
}

impl std::fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Where configuration comes from; injected so that tests need no process environment.
pub trait ConfigSource {
    /// An empty one is there.
    fn variable(&self, name: &str) -> Option<String>;
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, path: &Path) -> std::io::Result<String>;
}

/// The process's environment and the file system.
#[derive(Debug, Clone, Copy)]
pub struct ProcessSource;

impl ConfigSource for ProcessSource {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn read(&self, path: &Path) -> std::io::Result<String> {
        std::fs::read_to_string(path)
    }
}

impl Config {
    /// Reads the configuration. `file` is the one named on the command line; without it
    /// `sidecar.toml` in the working folder is used where it exists.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn load(file: Option<&Path>, source: &dyn ConfigSource) -> Result<Config, Vec<ConfigProblem>> {
        let default = Path::new("sidecar.toml");
        let (path, text) = match file {
            Some(path) => match source.read(path) {
                Ok(text) => (path, text),
                Err(error) => {
                    return Err(vec![ConfigProblem {
                        place: path.display().to_string(),
                        message: format!("cannot be read ({error}); name another with --config"),
                    }]);
                }
            },
            None => (default, source.read(default).unwrap_or_default()),
        };
        let parsed = file::parse(path, &text)?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        gather::Gather::new(source, folder).config(parsed)
    }
}

#[cfg(test)]
mod tests;
