//! Who may depend on whom.

use crate::source::Source;

/// Package, and what of ours it may depend on.
const MAY_USE: [(&str, &[&str]); 9] = [
    ("vigil-wire", &[]),
    ("vigil-board", &[]),
    ("vigil-engine", &["vigil-wire", "vigil-board"]),
    ("vigil-capture", &["vigil-wire", "vigil-board", "vigil-engine"]),
    ("vigil-publish", &["vigil-wire"]),
    ("vigil-session", &["vigil-wire"]),
    (
        "vigil-sidecar",
        &["vigil-wire", "vigil-board", "vigil-engine", "vigil-capture", "vigil-publish", "vigil-session"],
    ),
    ("vigil", &["vigil-wire", "vigil-session"]),
    (
        "vigil-tests",
        &["vigil-wire", "vigil-board", "vigil-engine", "vigil-capture", "vigil-publish", "vigil-session"],
    ),
];

/// Crates that talk to the world, and who may use them.
const OUTSIDE: [(&str, &[&str]); 10] = [
    ("mongodb", &["vigil-sidecar", "vigil-tests"]),
    ("redis", &["vigil-sidecar", "vigil-tests"]),
    ("axum", &["vigil-sidecar"]),
    ("hyper", &["vigil-sidecar"]),
    ("tokio", &["vigil-sidecar", "vigil-tests", "vigil"]),
    ("tokio-tungstenite", &["vigil-sidecar", "vigil-tests", "vigil"]),
    ("getrandom", &["vigil-sidecar", "vigil-tests", "vigil"]),
    ("rand", &["vigil-sidecar", "vigil-tests", "vigil"]),
    ("tauri", &["vigil"]),
    ("keyring-core", &["vigil"]),
];

/// Dependencies that go through a wall. Those of a crate's own tests are free.
pub fn dependencies(manifests: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for manifest in manifests {
        let parsed: toml::Table = match manifest.text.parse() {
            Ok(parsed) => parsed,
            Err(cause) => panic!("{}: {cause}", manifest.path),
        };
        let name = parsed["package"]["name"].as_str().unwrap_or_default().to_owned();
        let Some((_, ours)) = MAY_USE.iter().find(|(package, _)| *package == name) else {
            wrong.push(format!("{}: {name} is a new crate: say in tidy what it may use", manifest.path));
            continue;
        };
        for dependency in used(&parsed) {
            let ours_and_not_allowed = MAY_USE.iter().any(|(package, _)| *package == dependency)
                && !ours.contains(&dependency.as_str());
            let outside = OUTSIDE.iter().find(|(package, _)| *package == dependency);
            if ours_and_not_allowed || outside.is_some_and(|(_, who)| !who.contains(&name.as_str())) {
                wrong.push(format!("{}: {name} must not depend on {dependency}", manifest.path));
            }
        }
    }
    wrong
}

/// What the crate itself is built from, on any platform.
fn used(manifest: &toml::Table) -> Vec<String> {
    let tables = |table: &toml::Table| {
        ["dependencies", "build-dependencies"]
            .iter()
            .filter_map(|kind| table.get(*kind)?.as_table().cloned())
            .flat_map(|table| table.into_iter())
            .map(|(name, value)| {
                value.get("package").and_then(|real| real.as_str()).map_or(name, str::to_owned)
            })
            .collect::<Vec<_>>()
    };
    let mut names = tables(manifest);
    if let Some(platforms) = manifest.get("target").and_then(|target| target.as_table()) {
        names.extend(platforms.values().filter_map(|platform| platform.as_table()).flat_map(tables));
    }
    names
}

/// Files of the UI that import Tauri outside `host/`.
pub fn tauri_outside_host(files: &[Source]) -> Vec<String> {
    files
        .iter()
        .filter(|file| !file.path.starts_with("ui/src/host/"))
        .flat_map(|file| {
            let code = crate::words::without_comments(&file.text);
            let lines = code.lines().enumerate().filter(|(_, line)| line.contains("@tauri-apps"));
            lines
                .map(|(number, _)| format!("{}:{}: Tauri outside host/", file.path, number + 1))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, rest: &str) -> Vec<Source> {
        vec![Source::planted("x/Cargo.toml", &format!("[package]\nname = \"{name}\"\n{rest}"))]
    }

    #[test]
    fn a_dependency_against_the_direction_is_found() {
        for (name, rest) in [
            ("vigil-engine", "[dependencies]\nvigil-session.workspace = true"),
            ("vigil-board", "[dependencies]\nvigil-wire = { path = \"..\" }"),
            ("vigil", "[dependencies]\nvigil-engine.workspace = true"),
            ("vigil", "[target.'cfg(unix)'.dependencies]\nvigil-board.workspace = true"),
            ("vigil-session", "[dependencies]\nt = { package = \"tokio\", version = \"1\" }"),
            ("vigil-publish", "[dependencies]\nredis = \"1\""),
            ("vigil-novel", ""),
        ] {
            assert_eq!(dependencies(&manifest(name, rest)).len(), 1, "{name}: {rest}");
        }
        let allowed =
            "[dependencies]\nvigil-wire.workspace = true\n[dev-dependencies]\nvigil-publish.workspace = true";
        assert!(dependencies(&manifest("vigil-session", allowed)).is_empty());
    }

    #[test]
    fn an_import_of_tauri_outside_host_is_found() {
        let import = "// @tauri-apps is for host/\nimport { invoke } from '@tauri-apps/api/core';";
        assert_eq!(
            tauri_outside_host(&[Source::planted("ui/src/store/x.ts", import)]),
            ["ui/src/store/x.ts:2: Tauri outside host/"]
        );
        assert!(tauri_outside_host(&[Source::planted("ui/src/host/x.ts", import)]).is_empty());
    }
}
