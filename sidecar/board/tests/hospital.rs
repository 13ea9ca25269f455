//! The shipped board is whole, and names nothing that identifies a person.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use vigil_board::{Board, Format, Second, Source, Tier};

const TEXT: &str = include_str!("../../boards/hospital.toml");

fn board() -> Board {
    match vigil_board::parse("hospital.toml", TEXT) {
        Ok(board) => board,
        Err(problems) => panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>()),
    }
}

#[test]
fn only_named_fields_leave_mongodb() {
    let watched: BTreeMap<String, Vec<String>> =
        board().watched().into_iter().map(|(name, paths)| (name, paths.into_iter().collect())).collect();
    let expected: BTreeMap<String, Vec<String>> = [
        ("appointments", "department starts_at status"),
        ("beds", "kind staffed status ward_id"),
        ("emergency_alerts", "kind raised_at resolved_at severity"),
        ("encounters", "acuity class status"),
        ("patients", "channel registered_at"),
        ("payments", "amount department method paid_at status"),
        ("rooms", "kind status"),
        ("shifts", "clocked_in_at clocked_out_at role ward_id"),
        ("wards", ""),
    ]
    .into_iter()
    .map(|(name, paths)| (name.to_owned(), paths.split_whitespace().map(str::to_owned).collect()))
    .collect();
    assert_eq!(watched, expected);
    for secret in ["name", "mrn", "birth_date", "phone", "address", "note"] {
        assert!(
            !watched.values().flatten().any(|path| path.split('.').any(|part| part == secret)),
            "{secret}"
        );
    }
}

#[test]
fn every_question_of_the_brief_has_a_metric() {
    let board = board();
    for id in [
        "patients_registered_today",
        "appointments_active_today",
        "room_occupancy",
        "revenue_today",
        "alerts_open",
        "staff_on_duty",
        "stream_lag",
        "clock_offset",
    ] {
        assert!(board.metric(id).is_some(), "{id}");
    }
    let revenue = &board.metrics[board.metric("revenue_today").unwrap()];
    assert_eq!(revenue.format, Format::Money { currency: "EUR".to_owned() });
    assert_eq!(revenue.tier, Tier::Critical);
}

#[test]
fn formulas_take_their_inputs_groups() {
    let board = board();
    let occupancy = &board.metrics[board.metric("occupancy").unwrap()];
    assert_eq!(occupancy.breakdowns(), ["ward_id"]);
    let panel = board.panels.iter().find(|panel| panel.id == "occupancy_by_ward").unwrap();
    assert_eq!((panel.by.as_deref(), panel.limit), (Some("ward_id"), Some(0.92)));
    let order = board.formula_order();
    let formulas = board.metrics.iter().filter(|metric| matches!(metric.source, Source::Formula(_))).count();
    assert_eq!(order.len(), formulas);
}

#[test]
fn every_text_is_in_both_languages() {
    let board = board();
    for metric in &board.metrics {
        let second = match &metric.second {
            Some(Second::Text(text)) => Some(text),
            _ => None,
        };
        let texts = [Some(&metric.title), metric.short.as_ref(), metric.help.as_ref(), second];
        for text in texts.into_iter().flatten() {
            assert_eq!(text.keys().collect::<Vec<_>>(), ["de", "en"], "{}", metric.id);
        }
        assert!(metric.hidden || metric.help.is_some(), "{} has no help", metric.id);
    }
}
