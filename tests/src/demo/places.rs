use std::fs::File;
use std::path::PathBuf;

use super::clock::LocalTime;
use crate::harness::{Failure, Outcome, While, cache_dir, hospital_board};

/// The demo's folder in the cache; one demo at a time has it.
pub(super) struct Places {
    folder: PathBuf,
    /// Locked as long as it is open, so that a demo that was killed leaves no lock behind.
    _lock: File,
}

impl Places {
    /// Takes the folder, and throws away what an earlier demo left.
    pub fn take() -> Outcome<Places> {
        let folder = cache_dir().join("demo");
        std::fs::create_dir_all(&folder).doing("make the demo's folder")?;
        let lock = File::create(folder.join("lock")).doing("make the demo's lock")?;
        if lock.try_lock().is_err() {
            return Err(Failure::new("another demo is running: end it first (Ctrl-C in its terminal)"));
        }
        let data = folder.join("mongodb");
        if data.exists() {
            std::fs::remove_dir_all(&data).doing("delete an earlier demo's data")?;
        }
        Ok(Places { folder, _lock: lock })
    }

    pub fn data(&self) -> PathBuf {
        self.folder.join("mongodb")
    }

    /// Where picture number `number` is saved.
    pub fn picture(&self, number: u32) -> PathBuf {
        self.folder.join(format!("vigil-{number:03}.png"))
    }

    /// The hospital's board with the demo's zone, and nothing else changed.
    pub fn board(&self, local: &LocalTime) -> Outcome<PathBuf> {
        let text = std::fs::read_to_string(hospital_board()).doing("read the hospital's board")?;
        let path = self.folder.join("hospital.toml");
        std::fs::write(&path, in_zone(&text, &local.posix())?).doing("write the demo's board")?;
        Ok(path)
    }
}

fn in_zone(board: &str, zone: &str) -> Outcome<String> {
    let mut found = false;
    let lines = board.lines().map(|line| {
        if found || !line.trim_start().starts_with("timezone") {
            return line.to_owned();
        }
        found = true;
        format!("timezone = \"{zone}\"")
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    match found {
        true => Ok(text),
        false => Err(Failure::new("the hospital's board names no timezone")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_zone_changes() {
        let board = "[board]\nid = \"x\"\ntimezone = \"Europe/Berlin\"  # site\n[tiers]\n";
        let changed = in_zone(board, "<+0100>-01:00").map_err(|failure| failure.0);
        assert_eq!(changed, Ok("[board]\nid = \"x\"\ntimezone = \"<+0100>-01:00\"\n[tiers]\n".to_owned()));
        assert!(in_zone("[board]\n", "x").is_err());
    }
}
