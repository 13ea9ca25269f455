//! The second board that ships is whole, in two languages, and says what its administrators ask for.
#![allow(clippy::unwrap_used)]

use vigil_board::{Board, Bound, Source};

fn board() -> Board {
    let text = include_str!("../../boards/ev-charging.toml");
    vigil_board::parse("ev-charging.toml", text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|p| format!("{p}\n")).collect::<String>())
    })
}

#[test]
fn every_question_has_a_metric_with_its_groups() {
    let board = board();
    for (id, groups) in [
        ("clients_active", "network"),
        ("stations_total", "status network"),
        ("stations_available_share", "network"),
        ("stations_chargeable", "network"),
        ("sessions_running", "network port"),
        ("sessions_today", "network begun_hour"),
        ("energy_today", "network"),
        ("energy_24h", "network"),
        ("revenue_usd_today", "network"),
        ("payments_failed_share", "network"),
        ("co2_today", "network"),
    ] {
        let metric = &board.metrics[board.metric(id).expect(id)];
        assert_eq!(metric.breakdowns().join(" "), groups, "{id}");
    }
}

#[test]
fn what_can_be_charged_at_is_told_from_sessions() {
    let board = board();
    let Source::Formula(formula) = &board.metrics[board.metric("stations_chargeable").unwrap()].source else {
        panic!("no formula")
    };
    let from = |index: &usize| match &board.metrics[*index].source {
        Source::Rows(rows) => rows.from.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(formula.inputs().iter().map(from).collect::<Vec<_>>(), ["stations", "charging_sessions"]);
}

#[test]
fn limits_are_worked_out_in_alerts() {
    let board = board();
    let alert = &board.metrics[board.metric("stations_chargeable_share").unwrap()].alerts[0];
    assert_eq!((&alert.when.bound, alert.for_ms), (&Bound::Number(0.20), 300_000));
    assert_eq!(alert.clear.as_ref().unwrap().bound, Bound::Number(1.2 * 0.20));
}

#[test]
fn no_place_of_a_client_leaves_mongodb() {
    let watched = board().watched();
    let clients: Vec<&String> = watched["clients"].iter().collect();
    assert_eq!(clients, ["network", "status"]);
    assert_eq!(
        watched.keys().collect::<Vec<_>>(),
        ["charging_sessions", "clients", "eco_stats", "payments", "stations"]
    );
}
