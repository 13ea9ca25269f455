//! What is configured, and where it is written down. No secret is ever part of it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::server::{BadAddress, ServerAddress};

/// Names the server, and wins over the file.
pub const SERVER_VARIABLE: &str = "VIGIL_SERVER";

/// The app's settings, read from one place at a time.
#[derive(Debug, Clone)]
pub struct Settings {
    file: PathBuf,
    from_environment: Option<OsString>,
}

/// `app.toml`. Keys that this version does not know are refused: they are most likely typing errors.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
}

/// Why the settings cannot be used; each says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    #[error("This account has no configuration folder. Set HOME, or name the server in VIGIL_SERVER.")]
    NoFolder,
    #[error("{}: {source}. Check that the file can be read and written.", file.display())]
    Io { file: PathBuf, source: io::Error },
    #[error("{}: {reason}. Correct the file, or delete it and sign in again.", file.display())]
    Syntax { file: PathBuf, reason: String },
    #[error("{place}: {reason}")]
    Address { place: String, reason: BadAddress },
}

impl Settings {
    /// `folder` is the user's configuration folder (`$XDG_CONFIG_HOME`, `%APPDATA%`, …).
    pub fn new(folder: &Path, from_environment: Option<OsString>) -> Self {
        Settings { file: folder.join("vigil").join("app.toml"), from_environment }
    }

    /// The settings of the user who runs this process.
    pub fn of_this_user() -> Result<Self, BadSettings> {
        let from_environment = std::env::var_os(SERVER_VARIABLE).filter(|text| !text.is_empty());
        match dirs::config_dir() {
            Some(folder) => Ok(Settings::new(&folder, from_environment)),
            None if from_environment.is_some() => Ok(Settings::new(Path::new(""), from_environment)),
            None => Err(BadSettings::NoFolder),
        }
    }

    /// The server to connect to; `None` when none was ever named. Read anew at each call, so that a
    /// running app sees what `vigil sign-in` has written.
    pub fn server(&self) -> Result<Option<ServerAddress>, BadSettings> {
        if let Some(text) = &self.from_environment {
            return address(SERVER_VARIABLE.to_owned(), &text.to_string_lossy()).map(Some);
        }
        match self.read()?.server {
            Some(text) => address(self.file.display().to_string(), &text).map(Some),
            None => Ok(None),
        }
    }

    /// Writes down the server, whole or not at all.
    pub fn set_server(&self, server: Option<&ServerAddress>) -> Result<(), BadSettings> {
        let text = toml::to_string(&File { server: server.map(ToString::to_string) })
            .map_err(|why| BadSettings::Syntax { file: self.file.clone(), reason: why.to_string() })?;
        self.replace(text.as_bytes()).map_err(|source| BadSettings::Io { file: self.file.clone(), source })
    }

    /// Whether the environment decides, so that the file does not matter.
    pub fn is_from_environment(&self) -> bool {
        self.from_environment.is_some()
    }

    fn read(&self) -> Result<File, BadSettings> {
        let file = || self.file.clone();
        match fs::read_to_string(&self.file) {
            Ok(text) => toml::from_str(&text).map_err(|why| BadSettings::Syntax {
                file: file(),
                reason: why.message().trim_end_matches('.').to_owned(),
            }),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(File::default()),
            Err(source) => Err(BadSettings::Io { file: file(), source }),
        }
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let fresh = self.file.with_extension("toml.new");
        let mut file = fs::File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.file)
    }
}

fn address(place: String, text: &str) -> Result<ServerAddress, BadSettings> {
    ServerAddress::parse(text).map_err(|reason| BadSettings::Address { place, reason })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, Settings) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("vigil")).unwrap();
        fs::write(folder.path().join("vigil/app.toml"), text).unwrap();
        let settings = Settings::new(folder.path(), None);
        (folder, settings)
    }

    #[test]
    fn what_is_written_is_read_and_the_environment_wins() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(folder.path(), None);
        assert_eq!(settings.server().unwrap(), None);
        let server = ServerAddress::parse("wss://vigil.example").unwrap();
        settings.set_server(Some(&server)).unwrap();
        assert_eq!(settings.server().unwrap(), Some(server));

        let named = Settings::new(folder.path(), Some("ws://127.0.0.1:9".into()));
        assert_eq!(named.server().unwrap().unwrap().as_str(), "ws://127.0.0.1:9");

        settings.set_server(None).unwrap();
        assert_eq!(settings.server().unwrap(), None);
        let left: Vec<_> = fs::read_dir(folder.path().join("vigil")).unwrap().collect();
        assert_eq!(left.len(), 1, "no half-written file is left: {left:?}");
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        let (_folder, settings) = written("sever = \"wss://vigil.example\"\n");
        let said = settings.server().unwrap_err().to_string();
        assert!(said.contains("app.toml") && said.contains("sever"), "{said}");

        let (_folder, settings) = written("server = \"ws://10.0.0.1:7410\"\n");
        let said = settings.server().unwrap_err().to_string();
        assert!(said.contains("app.toml") && said.contains("wss://10.0.0.1:7410"), "{said}");
    }
}
