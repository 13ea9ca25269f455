//! `PROTOCOL.md` shows frames as they are: each of its JSON blocks is one, and each frame is shown.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde_json::Value;
use vigil_wire::{ClientFrame, ServerFrame};

const CLIENT: [&str; 5] = ["auth", "painted", "ping", "resume", "subscribe"];
const SERVER: [&str; 9] =
    ["confirmed", "diff", "epoch", "error", "hello", "pong", "snapshot", "status", "token_expiring"];

fn blocks() -> Vec<String> {
    let text = include_str!("../PROTOCOL.md");
    let parts = text.split("```json\n").skip(1);
    parts.map(|part| part.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_example_is_a_frame_and_says_nothing_that_is_not_read() {
    let mut shown = BTreeSet::new();
    for block in blocks() {
        let written: Value = serde_json::from_str(&block).unwrap();
        let name = written["type"].as_str().unwrap().to_owned();
        let read = if CLIENT.contains(&name.as_str()) {
            let frame: ClientFrame = serde_json::from_str(&block).unwrap();
            serde_json::to_value(frame).unwrap()
        } else {
            let frame: ServerFrame = serde_json::from_str(&block).unwrap();
            serde_json::to_value(frame).unwrap()
        };
        for (key, value) in written.as_object().unwrap() {
            assert_eq!(read.get(key), Some(value), "{name}: {key}");
        }
        shown.insert(name);
    }
    let all: BTreeSet<String> = CLIENT.iter().chain(&SERVER).map(|name| (*name).to_owned()).collect();
    assert_eq!(shown, all);
}

#[test]
fn every_close_code_is_in_the_table() {
    use vigil_wire::CloseCode::*;
    let text = include_str!("../PROTOCOL.md");
    for code in [BadFrames, NotAuthenticated, NotAllowed, Idle, Replaced, TooLarge, ShuttingDown, TooMany] {
        assert!(text.contains(&format!("| {} |", code.code())), "{code:?}");
    }
}
