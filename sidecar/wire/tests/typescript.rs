//! The TypeScript of the wire's words is what the Rust says, byte for byte.
//!
//! `VIGIL_UPDATE=1 cargo test -p vigil-wire --features typescript` writes it anew.
#![cfg(feature = "typescript")]
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use ts_rs::{Config, TS};
use vigil_wire::*;

const HEAD: &str = "// Generated from sidecar/wire; do not edit.\n\
    // VIGIL_UPDATE=1 cargo test -p vigil-wire --features typescript\n";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/generated/wire.ts")
}

/// One exported declaration with its documentation, and the names it stands on.
fn declaration<T: TS + 'static>(config: &Config) -> (String, String, Vec<String>) {
    let docs = T::docs().map(|d| format!("{}\n", d.trim_end())).unwrap_or_default();
    let needs = T::dependencies(config).into_iter().map(|d| d.ts_name).collect();
    (T::name(config), format!("{docs}export {}\n", T::decl(config)), needs)
}

macro_rules! declarations {
    ($config:expr; $($word:ty),+ $(,)?) => { vec![$(declaration::<$word>($config)),+] };
}

fn declared() -> Vec<(String, String, Vec<String>)> {
    let config = Config::new();
    declarations![&config;
        BearerToken, ClientFrame, ErrorCode, GroupPatch, MetricPatch,
        BoardSchema, BreakdownSchema, Class, Format, Good, GroupSchema, LocalText, MetricSchema, PanelKind, PanelSchema,
        Tier, TimeUnit, UnitText,
        Confirmed, Diff, EpochChange, ErrorFrame, Hello, Limits, RedisState, ServerFrame, Snapshot, SourceState, SourceStatus, Status,
        AsOf, ClusterTime, NoData, Value,
        Connection, SignedOutReason, ViewBatch,
    ]
}

fn generated() -> String {
    let mut text = HEAD.to_owned();
    text.push_str(&format!("\n/** Version of the protocol. */\nexport const PROTOCOL = {PROTOCOL};\n"));
    for (_, declaration, _) in declared() {
        text.push('\n');
        text.push_str(&declaration);
    }
    text
}

#[test]
fn every_word_used_is_declared() {
    let declared = declared();
    let names: Vec<&str> = declared.iter().map(|(name, ..)| name.as_str()).collect();
    for (name, _, needs) in &declared {
        for needed in needs {
            assert!(names.contains(&needed.as_str()), "{name} uses {needed}, which is not declared");
        }
    }
}

#[test]
fn typescript_has_not_drifted() {
    let generated = generated();
    if std::env::var_os("VIGIL_UPDATE").is_some() {
        std::fs::create_dir_all(file().parent().unwrap()).unwrap();
        std::fs::write(file(), &generated).unwrap();
    }
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(
        kept == generated,
        "ui/src/generated/wire.ts is not what sidecar/wire says; run\n  \
         VIGIL_UPDATE=1 cargo test -p vigil-wire --features typescript"
    );
}
