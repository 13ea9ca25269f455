use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{Auth, AuthKey, Config, ConfigProblem, ConfigSource, DEFAULT_LISTEN, Redis, file, tls};
use crate::secret::Secret;

/// A secret and where it was found.
struct Found {
    secret: Secret,
    place: String,
}

/// Puts file and environment together and collects what is wrong.
pub(super) struct Gather<'a> {
    source: &'a dyn ConfigSource,
    folder: PathBuf,
    problems: Vec<ConfigProblem>,
}

impl<'a> Gather<'a> {
    pub fn new(source: &'a dyn ConfigSource, folder: PathBuf) -> Self {
        Gather { source, folder, problems: Vec::new() }
    }

    pub fn config(mut self, file: file::File) -> Result<Config, Vec<ConfigProblem>> {
        let board = self.path("VIGIL_BOARD", file.board);
        if board.is_none() {
            self.problem("board", "is missing: the path of the board's TOML file (or VIGIL_BOARD)");
        }
        let state_dir = self.path("VIGIL_STATE_DIR", file.state_dir);
        let state_dir = state_dir.unwrap_or_else(|| PathBuf::from("/var/lib/vigil"));
        let mongo_uri = self.mongo_uri(file.mongo);
        let redis = self.redis(file.redis);
        let listen = self.listen(file.http.listen);
        let auth = self.auth(file.auth);
        match (board, mongo_uri, listen, auth) {
            (Some(board), Some(mongo_uri), Some(listen), Some(auth)) if self.problems.is_empty() => {
                Ok(Config {
                    board,
                    state_dir,
                    mongo_uri,
                    redis,
                    listen,
                    allowed_origins: file.http.allowed_origins,
                    max_clients: file.http.max_clients,
                    auth,
                })
            }
            _ => Err(self.problems),
        }
    }

    fn mongo_uri(&mut self, file: file::MongoSection) -> Option<Secret> {
        let said = self.problems.len();
        let found = self.secret("mongo.uri", "VIGIL_MONGO_URI", file.uri, file.uri_file);
        if found.is_none() && self.problems.len() == said {
            self.problem("mongo.uri", "is missing: mongodb://HOST/?replicaSet=NAME (or VIGIL_MONGO_URI)");
        }
        let ca = self.ca("mongo.ca_file", "VIGIL_MONGO_CA_FILE", file.ca_file);
        match (found?.secret, ca) {
            (uri, None) => Some(uri),
            (uri, Some(ca)) => match tls::with_ca_file(uri.expose(), &ca.path) {
                Ok(uri) => Some(Secret::new(uri)),
                Err(why) => {
                    self.problem(&ca.place, why);
                    None
                }
            },
        }
    }

    fn redis(&mut self, file: file::RedisSection) -> Option<Redis> {
        if self.source.variable("VIGIL_REDIS_URL").is_some_and(|url| url.is_empty()) {
            // Said to be none, whatever the file says.
            return None;
        }
        let url = self.secret("redis.url", "VIGIL_REDIS_URL", file.url, file.url_file)?.secret;
        let ca = self.ca("redis.ca_file", "VIGIL_REDIS_CA_FILE", file.ca_file);
        if let Some(ca) = &ca
            && !tls::is_redis_over_tls(url.expose())
        {
            self.problem(&ca.place, "is said, but redis.url is without TLS: say rediss://HOST:PORT");
        }
        Some(Redis { url, ca: ca.map(|ca| ca.pem) })
    }

    /// A file of certificates: `VARIABLE`, then the file's key.
    fn ca(&mut self, key: &str, variable: &str, file: Option<PathBuf>) -> Option<tls::CaFile> {
        let place = if self.variable(variable).is_some() { variable } else { key };
        let path = self.path(variable, file)?;
        let pem = self.read(place, &path)?;
        if !tls::holds_certificate(&pem) {
            self.problem(place, &format!("names {}, which holds no certificate in PEM form", path.display()));
            return None;
        }
        Some(tls::CaFile { place: place.to_owned(), path, pem })
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
            (Some(Found { secret, place }), None) if secret.expose().contains("-----BEGIN") => {
                self.problem(
                    &place,
                    "holds a PEM key: a public key is no secret, anybody who has it could sign; use \
                     public_key_file for it",
                );
                None
            }
            (Some(Found { secret, place }), None) if secret.expose().len() < 32 => {
                self.problem(&place, "holds fewer than 32 bytes: make one with `openssl rand -hex 32`");
                None
            }
            (Some(Found { secret, .. }), None) => Some(AuthKey::Shared(secret)),
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
        let text = self.variable("VIGIL_LISTEN").or(file).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
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
        let from_environment = self.variable(variable).map(PathBuf::from);
        from_environment.or_else(|| file.map(|path| self.folder.join(path)))
    }

    /// An environment variable that says something.
    fn variable(&self, name: &str) -> Option<String> {
        self.source.variable(name).filter(|value| !value.is_empty())
    }

    /// `VARIABLE`, then `VARIABLE_FILE`, then the file's key, then the file's `…_file` key.
    fn secret(
        &mut self,
        key: &str,
        variable: &str,
        inline: Option<String>,
        path: Option<PathBuf>,
    ) -> Option<Found> {
        if let Some(value) = self.variable(variable) {
            return Some(Found { secret: Secret::new(value), place: variable.to_owned() });
        }
        let file_variable = format!("{variable}_FILE");
        let (place, path) = match (self.variable(&file_variable), inline, path) {
            (Some(path), _, _) => (file_variable, PathBuf::from(path)),
            (None, Some(value), _) => {
                return Some(Found { secret: Secret::new(value), place: key.to_owned() });
            }
            (None, None, path) => (format!("{key}_file"), self.folder.join(path?)),
        };
        self.read(&place, &path).map(|text| Found { secret: trimmed(text), place })
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
