//! What `by` and `[labels]` come to in the model.
#![allow(clippy::unwrap_used)]

use vigil_board::{
    Aggregate, Board, Breakdown, Class, Filter, GroupKey, Keys, Measure, Naming, Source, Test, Tier, TimeUnit,
};

const HEAD: &str = r#"
[board]
id = "yard"
title = "Yard"
database = "yard"
timezone = "Europe/Berlin"

[[group]]
id = "all"
title = "All"
tiles = ["open", "late", "share"]
"#;

const METRICS: &str = r#"
[[metric]]
id = "open"
title = "Open"
from = "jobs"
class = "internal"
tier = "critical"
by = [
    "kind",
    { field = "made_at", unit = "hour" },
    { field = "made_at", unit = "weekday", as = "day_of_week" },
    { field = "bay", via = { from = "bays", show = "hall" } },
    { field = "bay", keys = { from = "bays", match = '{"closed": false}' }, labels = { from = "bays", show = "name" } },
]

[[metric]]
id = "late"
title = "Late"
from = "delays"
class = "sensitive"
by = ["kind", { field = "bay", labels = { from = "bays", show = "name" } }]

[[metric]]
id = "share"
title = "Share"
formula = "late / open"

[labels.kind]
a = "A"

[labels."delays.kind"]
a = "Late A"

[labels.hall]
n = "North"
"#;

fn board() -> Board {
    let text = format!("{HEAD}{METRICS}");
    vigil_board::parse("yard.toml", &text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())
    })
}

fn by(board: &Board, metric: &str) -> Vec<Breakdown> {
    match &board.metrics[board.metric(metric).unwrap()].source {
        Source::Rows(rows) => rows.by.clone(),
        _ => panic!("{metric} has no rows"),
    }
}

#[test]
fn every_form_of_breakdown_is_read() {
    let board = board();
    let field = |field: &str| field.to_owned();
    let time = |unit| GroupKey::Time { field: field("made_at"), unit };
    let names = board.metric("names.bays.name");
    assert!(names.is_some());
    let closed = Filter::Field(field("closed"), Test::Eq(false.into()));
    let expected = [
        Breakdown::field("kind"),
        Breakdown { name: field("made_at.hour"), key: time(TimeUnit::Hour), keys: None, names: None },
        Breakdown { name: field("day_of_week"), key: time(TimeUnit::Weekday), keys: None, names: None },
        Breakdown {
            name: field("bay.hall"),
            key: GroupKey::Via { field: field("bay"), from: field("bays"), show: field("hall") },
            keys: None,
            names: None,
        },
        Breakdown {
            keys: Some(Keys { from: field("bays"), filter: closed }),
            names,
            ..Breakdown::field("bay")
        },
    ];
    assert_eq!(by(&board, "open"), expected);
}

/// One metric names the groups of both: as fresh as the faster, as secret as the stricter.
#[test]
fn names_are_one_hidden_metric() {
    let board = board();
    let names = board.metric("names.bays.name").unwrap();
    assert_eq!(by(&board, "open")[4].names, Some(names));
    assert_eq!(by(&board, "late")[1].names, Some(names));
    assert_eq!(board.metrics.len(), 4);
    let metric = &board.metrics[names];
    assert_eq!((metric.hidden, metric.tier, metric.class), (true, Tier::Critical, Class::Sensitive));
    let Source::Rows(rows) = &metric.source else { panic!("names are of rows") };
    assert_eq!((rows.from.as_str(), rows.aggregate), ("bays", Aggregate::Max));
    assert_eq!(rows.value, Some(Measure::field("name")));
    assert_eq!(rows.by, [Breakdown::field("_id")]);
    assert_eq!(rows.filter, Filter::everything());
    assert!(board.watched()["bays"].contains("name"));
}

#[test]
fn the_more_specific_words_win() {
    let board = board();
    let [open, late, share] = ["open", "late", "share"].map(|id| board.metric(id).unwrap());
    let names = board.metric("names.bays.name");
    assert_eq!(board.naming(open, "kind").labels, Some("kind"));
    assert_eq!(board.naming(late, "kind").labels, Some("delays.kind"));
    assert_eq!(board.naming(open, "bay.hall").labels, Some("hall"));
    assert_eq!(board.naming(open, "made_at.hour").unit, Some(TimeUnit::Hour));
    // A formula's groups are called as its inputs' are, where these agree.
    assert_eq!(board.metrics[share].breakdowns(), ["kind", "bay"]);
    assert_eq!(board.naming(share, "bay"), Naming { labels: None, names, unit: None });
    assert_eq!(board.naming(share, "kind"), Naming::default());
}
