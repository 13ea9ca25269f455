//! The shape of `sidecar.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ConfigProblem;

pub const DEFAULT_LISTEN: &str = "127.0.0.1:7410";
const DEFAULT_MAX_CLIENTS: usize = 10_000;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    pub board: Option<PathBuf>,
    pub state_dir: Option<PathBuf>,
    pub mongo: MongoSection,
    pub redis: RedisSection,
    pub http: HttpSection,
    pub auth: AuthSection,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MongoSection {
    pub uri: Option<String>,
    pub uri_file: Option<PathBuf>,
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedisSection {
    pub url: Option<String>,
    pub url_file: Option<PathBuf>,
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpSection {
    pub listen: Option<String>,
    pub allowed_origins: Vec<String>,
    pub max_clients: usize,
}

impl Default for HttpSection {
    fn default() -> Self {
        HttpSection { listen: None, allowed_origins: Vec::new(), max_clients: DEFAULT_MAX_CLIENTS }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuthSection {
    pub secret_file: Option<PathBuf>,
    pub public_key_file: Option<PathBuf>,
    pub algorithms: Vec<String>,
    pub role_claim: Option<String>,
    pub role: Option<String>,
    pub issuer: Option<String>,
    pub audience: Option<String>,
}

/// # Errors
/// One problem with its line: serde stops at the first.
pub fn parse(path: &Path, text: &str) -> Result<File, Vec<ConfigProblem>> {
    toml::from_str(text).map_err(|error| {
        let line =
            error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        vec![ConfigProblem {
            place: format!("{}:{line}", path.display()),
            message: error.message().trim().replace('\n', "; "),
        }]
    })
}
