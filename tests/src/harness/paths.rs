use std::path::{Path, PathBuf};

use super::error::{Failure, Outcome, While};
use super::process::on_path;

/// The repository that this was built from.
pub fn repo() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// Where downloads, build output and the demo's data live: `VIGIL_CACHE`, else `vigil` in the user's cache folder.
pub fn cache_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("VIGIL_CACHE") {
        return dir.into();
    }
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into()));
    base.unwrap_or_else(|| home().join(".cache")).join("vigil")
}

/// A mongod: `VIGIL_MONGOD`, else on PATH, else the one that the set-up unpacked.
pub fn mongod_binary() -> Outcome<PathBuf> {
    if let Some(named) = std::env::var_os("VIGIL_MONGOD") {
        return present(named.into(), "unset VIGIL_MONGOD, or set it to a mongod");
    }
    if let Some(found) = on_path("mongod") {
        return Ok(found);
    }
    present(cache_dir().join("mongodb/bin/mongod"), "run `make setup`")
}

/// The sidecar: `VIGIL_SIDECAR`, else beside the running program in the build folder.
pub fn sidecar_binary() -> Outcome<PathBuf> {
    if let Some(named) = std::env::var_os("VIGIL_SIDECAR") {
        return present(named.into(), "unset VIGIL_SIDECAR, or set it to a vigil-sidecar");
    }
    let me = std::env::current_exe().doing("where is this program")?;
    let mut folder = me.parent().unwrap_or(Path::new("/"));
    if folder.ends_with("deps") {
        folder = folder.parent().unwrap_or(folder);
    }
    present(folder.join("vigil-sidecar"), "run `make build`")
}

/// The desktop app: `VIGIL_APP`, else where `make app` puts it.
pub fn app_binary() -> Outcome<PathBuf> {
    match std::env::var_os("VIGIL_APP") {
        Some(named) => present(named.into(), "run `make app`"),
        None => present(cache_dir().join("target-app/debug/vigil"), "run `make app`"),
    }
}

/// The board that ships for hospitals.
pub fn hospital_board() -> PathBuf {
    repo().join("sidecar/boards/hospital.toml")
}

fn present(path: PathBuf, next_step: &str) -> Outcome<PathBuf> {
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure(format!("there is no {}: {next_step}", path.display())))
}
