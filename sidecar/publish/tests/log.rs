//! What is sent to Redis, and what comes back.
#![allow(clippy::unwrap_used)]

use vigil_publish::{
    Acquired, Appended, Entry, Epoch, Keys, Lease, LogId, LogShape, Published, Script, open_number,
};
use vigil_wire::{
    BoardSchema, BreakdownSchema, Class, Format, Good, LocalText, MetricPatch, MetricSchema, Tier, Value,
};

fn metric(id: &str, class: Class) -> MetricSchema {
    MetricSchema {
        id: id.into(),
        title: LocalText::default(),
        short: None,
        help: None,
        unit: None,
        format: Format::Number { decimals: 0 },
        tier: Tier::Critical,
        class,
        good: Good::None,
        hidden: false,
        labels: None,
        by: vec![BreakdownSchema { name: "site".into(), labels: None, names: None, unit: None }],
        of: None,
        second: None,
        share: false,
        statistic: None,
    }
}

fn schema() -> BoardSchema {
    BoardSchema {
        id: "b".into(),
        hash: "cafe".into(),
        title: LocalText::default(),
        timezone: "UTC".into(),
        headline: None,
        promise_ms: [5_000, 30_000, 300_000, 900_000],
        labels: Default::default(),
        groups: vec![],
        panels: vec![],
        metrics: vec![
            metric("open", Class::Public),
            metric("inner", Class::Internal),
            metric("secret", Class::Sensitive),
        ],
    }
}

#[test]
fn keys_share_a_slot_and_ids_order() {
    let keys = Keys::of("b");
    assert_eq!(keys.diffs, "vigil:{b}:diffs");
    let id: LogId = "17-3".parse().unwrap();
    assert_eq!(id.to_string(), "17-3");
    assert!(id < LogId { number: 18, seq: 0 });
    assert!("17".parse::<LogId>().is_err());
    assert!("a-b".parse::<LogId>().is_err());
}

#[test]
fn a_new_epoch_is_above_the_log_even_when_clocks_go_back() {
    let last = LogId { number: 5_000, seq: 9 };
    assert_eq!(open_number(Some(last), 4_000), 5_001);
    assert_eq!(open_number(Some(last), 6_000), 6_000);
    assert_eq!(open_number(None, 0), 1, "Redis takes no id 0-0");
}

#[test]
fn answers_are_known_or_errors() {
    assert_eq!(Appended::parse("DIVERGED"), Ok(Appended::Diverged));
    assert!(Appended::parse("ok").is_err());
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(Acquired::parse(&words(&["OK", ""])), Ok(Acquired::Ok { last: None }));
    let last = Some(LogId { number: 7, seq: 3 });
    assert_eq!(Acquired::parse(&words(&["OK", "7-3"])), Ok(Acquired::Ok { last }));
    assert_eq!(Acquired::parse(&words(&["HELD", "250"])), Ok(Acquired::Held { ms: 250 }));
    assert!(Acquired::parse(&words(&["OK"])).is_err());
}

#[test]
fn sensitive_metrics_are_in_no_snapshot_field() {
    let schema = schema();
    let mut published = Published::new("b", 3, Epoch::new([1; 12], 7));
    let patches: Vec<_> =
        (0..3).map(|i| MetricPatch { i, v: Some(Value::Int(4_711)), g: vec![], gone: vec![] }).collect();
    published.apply(&patches, 0);
    let fields = published.snapshot_fields(&schema, 0..3);
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["open", "inner", "@board"]);
    assert!(fields[0].1.contains("4711") && fields[0].1.contains("\"seq\":1"), "{}", fields[0].1);
}

#[test]
fn an_opening_entry_starts_the_snapshot_over_and_a_step_does_not() {
    let mut published = Published::new("b", 1, Epoch::new([1; 12], 7));
    published.fork([2; 12], 8, 0);
    let lease = Lease {
        keys: Keys::of("b"),
        nonce: "n".into(),
        earlier: None,
        board_hash: "cafe".into(),
        shape: LogShape::default(),
    };
    let opening = Entry::opening(&published, "cafe");
    assert_eq!(opening.parent.as_ref().map(|parent| parent.1), Some(0));
    let id = LogId { number: 8, seq: 0 };
    let call = lease.append(None, Some((id, &opening)), vec![("f".into(), "v".into())]);
    assert_eq!((call.script, call.args[1].as_str(), call.args[2].as_str()), (Script::Append, "", "8-0"));
    assert_eq!(call.args[7..], ["1", "f", "v"]);
    let patch = MetricPatch { i: 0, v: Some(Value::Int(1)), g: vec![], gone: vec![] };
    let change = published.difference(&[patch]).unwrap();
    let call = lease.append(
        Some(id),
        Some((LogId { seq: 1, ..id }, &Entry::step(&published, "cafe", &change))),
        vec![],
    );
    assert_eq!(call.args[7], "0");
    let entry: Entry = serde_json::from_str(&call.args[3]).unwrap();
    assert_eq!(entry.metrics, change.patches);
    let renewal = lease.append(Some(id), None, vec![]);
    assert_eq!((renewal.args[2].as_str(), renewal.args[3].as_str()), ("", ""));
}
