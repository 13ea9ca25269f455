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
    let mut watched: BTreeMap<String, Vec<String>> =
        board().watched().into_iter().map(|(name, paths)| (name, paths.into_iter().collect())).collect();
    let expected: BTreeMap<String, Vec<String>> = [
        ("ambulances", "acuity at_door_at status"),
        ("appointments", "checked_in_at department starts_at status"),
        ("bed_cleans", "done_at requested_at status ward_id"),
        ("beds", "isolation kind staffed status ward_id"),
        ("emergency_alerts", "acknowledged_at kind raised_at resolved_at severity"),
        (
            "encounters",
            "acuity admitted_at arrival_mode arrived_at bed_requested_at class discharged_at \
             expected_at expected_discharge_at medically_ready_at seen_at specialty status ventilated ward_id",
        ),
        ("invoices", "balance due_at payer status"),
        ("patients", "active channel registered_at"),
        ("payments", "amount department method paid_at status"),
        ("rooms", "kind status"),
        ("shifts", "clocked_in_at clocked_out_at ends_at role staff_id starts_at status ward_id"),
        ("staffing_plan", "ends_at required role starts_at ward_id"),
        ("theatre_cases", "ended_at first scheduled_start specialty started_at status"),
        ("wards", "kind name"),
    ]
    .into_iter()
    .map(|(name, paths)| (name.to_owned(), paths.split_whitespace().map(str::to_owned).collect()))
    .collect();
    assert_eq!(watched, expected);
    // A ward's name is no person's.
    watched.retain(|name, _| name != "wards");
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
        "on_duty",
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
    for metric in board.metrics.iter().filter(|metric| !metric.id.starts_with("names.")) {
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
