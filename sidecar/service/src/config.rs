//! The sidecar's configuration, read once at start: `sidecar.toml` and `VIGIL_…` environment.
//!
//! The environment wins over the file. No secret has to be in either: `…_FILE` variables and `…_file`
//! keys name a file that holds one. Everything wrong is reported at once.

mod file;

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
    pub mongo_uri: Secret,
    /// `None`: this sidecar runs alone.
    pub redis_url: Option<Secret>,
    pub listen: SocketAddr,
    /// Web origins that may open a socket, besides clients that send none.
    pub allowed_origins: Vec<String>,
    pub max_clients: usize,
    pub auth: Auth,
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
        std::env::var(name).ok().filter(|value| !value.is_empty())
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
        Gather { source, folder, problems: Vec::new() }.config(parsed)
    }
}

/// Puts file and environment together and collects what is wrong.
struct Gather<'a> {
    source: &'a dyn ConfigSource,
    folder: PathBuf,
    problems: Vec<ConfigProblem>,
}

impl Gather<'_> {
    fn config(mut self, file: file::File) -> Result<Config, Vec<ConfigProblem>> {
        let board = self.path("VIGIL_BOARD", file.board);
        if board.is_none() {
            self.problem("board", "is missing: the path of the board's TOML file (or VIGIL_BOARD)");
        }
        let state_dir = self.path("VIGIL_STATE_DIR", file.state_dir);
        let state_dir = state_dir.unwrap_or_else(|| PathBuf::from("/var/lib/vigil"));
        let said = self.problems.len();
        let mongo_uri = self.secret("mongo.uri", "VIGIL_MONGO_URI", file.mongo.uri, file.mongo.uri_file);
        if mongo_uri.is_none() && self.problems.len() == said {
            self.problem("mongo.uri", "is missing: mongodb://HOST/?replicaSet=NAME (or VIGIL_MONGO_URI)");
        }
        let redis_url = self.secret("redis.url", "VIGIL_REDIS_URL", file.redis.url, file.redis.url_file);
        let listen = self.listen(file.http.listen);
        let auth = self.auth(file.auth);
        match (board, mongo_uri, listen, auth) {
            (Some(board), Some(mongo_uri), Some(listen), Some(auth)) if self.problems.is_empty() => {
                Ok(Config {
                    board,
                    state_dir,
                    mongo_uri,
                    redis_url,
                    listen,
                    allowed_origins: file.http.allowed_origins,
                    max_clients: file.http.max_clients,
                    auth,
                })
            }
            _ => Err(self.problems),
        }
    }

    fn auth(&mut self, file: file::AuthSection) -> Option<Auth> {
        let said = self.problems.len();
        let shared = self.secret("auth.secret", "VIGIL_AUTH_SECRET", None, file.secret_file);
        if self.problems.len() > said {
            return None;
        }
        let key = match (shared, file.public_key_file) {
            (Some(_), Some(_)) => {
                self.problem("auth", "has both a shared secret and a public key: keep one");
                None
            }
            (Some(secret), None) if secret.expose().contains("-----BEGIN") => {
                self.problem(
                    "auth.secret_file",
                    "holds a PEM key: a public key is no secret, anybody who has it could sign; use \
                     public_key_file for it",
                );
                None
            }
            (Some(secret), None) if secret.expose().len() < 32 => {
                self.problem(
                    "auth.secret_file",
                    "holds fewer than 32 bytes: make one with `openssl rand -hex 32`",
                );
                None
            }
            (Some(secret), None) => Some(AuthKey::Shared(secret)),
            (None, Some(path)) => {
                let path = self.folder.join(path);
                self.read("auth.public_key_file", &path).map(AuthKey::Public)
            }
            (None, None) => {
                self.problem(
                    "auth",
                    "has no key: set secret_file or public_key_file (or VIGIL_AUTH_SECRET_FILE); \
                     without one nobody could sign in",
                );
                None
            }
        }?;
        let algorithms = match &key {
            AuthKey::Shared(_) if file.algorithms.is_empty() => vec!["HS256".to_owned()],
            AuthKey::Shared(_) | AuthKey::Public(_) => file.algorithms,
        };
        Some(Auth {
            key,
            algorithms,
            role_claim: file.role_claim.unwrap_or_else(|| "role".to_owned()),
            role: file.role.unwrap_or_else(|| "admin".to_owned()),
            issuer: file.issuer,
            audience: file.audience,
        })
    }

    fn listen(&mut self, file: Option<String>) -> Option<SocketAddr> {
        let text = self.source.variable("VIGIL_LISTEN").or(file).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        match text.parse::<SocketAddr>() {
            Err(_) => {
                self.problem(
                    "http.listen",
                    &format!("is no address and port: {text:?} (say {DEFAULT_LISTEN:?})"),
                );
                None
            }
            Ok(address) if !address.ip().is_loopback() => {
                self.problem(
                    "http.listen",
                    "is not loopback, and this version serves without TLS: listen on 127.0.0.1 and put a TLS \
                     proxy in front",
                );
                None
            }
            Ok(address) => Some(address),
        }
    }

    fn path(&self, variable: &str, file: Option<PathBuf>) -> Option<PathBuf> {
        let from_environment = self.source.variable(variable).map(PathBuf::from);
        from_environment.or_else(|| file.map(|path| self.folder.join(path)))
    }

    /// `VARIABLE`, then `VARIABLE_FILE`, then the file's key, then the file's `…_file` key.
    fn secret(
        &mut self,
        key: &str,
        variable: &str,
        inline: Option<String>,
        path: Option<PathBuf>,
    ) -> Option<Secret> {
        if let Some(value) = self.source.variable(variable) {
            return Some(Secret::new(value));
        }
        let file_variable = format!("{variable}_FILE");
        if let Some(path) = self.source.variable(&file_variable) {
            return self.read(&file_variable, Path::new(&path)).map(trimmed);
        }
        if let Some(value) = inline {
            return Some(Secret::new(value));
        }
        let path = self.folder.join(path?);
        self.read(&format!("{key}_file"), &path).map(trimmed)
    }

    fn read(&mut self, place: &str, path: &Path) -> Option<String> {
        match self.source.read(path) {
            Ok(text) => Some(text),
            Err(error) => {
                self.problem(place, &format!("names {}, which cannot be read: {error}", path.display()));
                None
            }
        }
    }

    fn problem(&mut self, place: &str, message: &str) {
        self.problems.push(ConfigProblem { place: place.to_owned(), message: message.to_owned() });
    }
}

fn trimmed(text: String) -> Secret {
    Secret::new(text.trim_end_matches(['\n', '\r']))
}

#[cfg(test)]
mod tests;
