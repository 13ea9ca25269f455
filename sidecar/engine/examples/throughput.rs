//! How many changes a second the engine applies, and how many bytes a row takes.
//!
//! `cargo run -p vigil-engine --release --example throughput`
#![allow(clippy::unwrap_used, clippy::disallowed_types)]

use std::sync::Arc;
use std::time::Instant;

use bson::oid::ObjectId;
use bson::{Bson, RawDocumentBuf, doc};
use vigil_board::{Aggregate, Breakdown, Day, Filter, Measure, Rows, Source, Test, Tier, Window};
use vigil_engine::{Applied, Assigned, Assignment, Change, ChangeKind, Delta, Engine};
use vigil_wire::ClusterTime;

#[path = "../tests/support/random.rs"]
mod random;

const ROWS: u64 = 1_000_000;
const CHANGES: u64 = 2_000_000;
const NOW: i64 = 1_790_000_000_000;

fn rows(
    filter: Filter,
    window: Option<Window>,
    aggregate: Aggregate,
    value: Option<&str>,
    by: &[&str],
) -> (Source, Tier) {
    let by = by.iter().map(|field| Breakdown::field(*field)).collect();
    (
        Source::Rows(Rows {
            from: "payments".into(),
            filter,
            window,
            value: value.map(Measure::field),
            aggregate,
            by,
        }),
        Tier::Critical,
    )
}

fn id(n: u64) -> ObjectId {
    let mut bytes = [7; 12];
    bytes[4..].copy_from_slice(&n.to_be_bytes());
    ObjectId::from_bytes(bytes)
}

fn document(n: u64) -> RawDocumentBuf {
    let status = ["captured", "pending", "failed"][n as usize % 3];
    let department = format!("department {}", n % 20);
    let paid_at = bson::DateTime::from_millis(NOW - (n as i64 % 5_000) * 60_000);
    let amount: bson::Decimal128 = format!("{}.{:02}", n % 900, n % 100).parse().unwrap();
    let document = doc! {"_id": id(n), "status": status, "department": department, "method": "card",
    "amount": amount, "paid_at": paid_at, "created_at": paid_at};
    random::raw(&document)
}

fn main() {
    let equal = |field: &str, value: &str| Filter::Field(field.into(), Test::Eq(value.into()));
    let all = || Filter::And(vec![]);
    let today = || Some(Window::Day { field: "paid_at".into(), day: Day::Today, until_ms: None });
    let board = random::board(
        vec![
            rows(equal("status", "pending"), None, Aggregate::Count, None, &["department"]),
            rows(equal("status", "captured"), today(), Aggregate::Sum, Some("amount"), &["department"]),
            rows(all(), None, Aggregate::Count, None, &["method"]),
            rows(equal("status", "pending"), None, Aggregate::Min, Some("created_at"), &[]),
        ],
        "Europe/Berlin",
        1000,
    );
    let mut engine = Engine::new(Arc::new(board), NOW);
    engine.begin_scan("payments", ClusterTime::new(1, 0));
    let documents: Vec<_> = (0..ROWS).map(document).collect();
    let start = Instant::now();
    documents.iter().for_each(|document| engine.load("payments", document));
    let per_second = |count: u64, start: Instant| count as f64 / start.elapsed().as_secs_f64() / 1000.0;
    println!("scan:    {:8.0} k documents/s", per_second(ROWS, start));
    println!("row:     {:8.1} bytes, {} metrics", engine.row_bytes() as f64 / engine.rows() as f64, 4);

    let update = |n: u64, path: &str, value: Bson| Change {
        collection: "payments".into(),
        at: ClusterTime::new(2, n as u32),
        kind: ChangeKind::Update {
            id: Bson::ObjectId(id(n.wrapping_mul(7919) % ROWS)),
            delta: Delta {
                set: vec![Assignment { path: path.into(), value: Assigned::Projected(Some(value)) }],
                ..Delta::default()
            },
        },
    };
    let run = |engine: &mut Engine, name: &str, changes: Vec<Change>| {
        let count = changes.len() as u64;
        let start = Instant::now();
        for change in changes {
            assert_eq!(engine.apply(change), Applied::Done);
        }
        println!("{name} {:8.0} k changes/s", per_second(count, start));
    };
    let statuses = ["pending", "captured", "failed", "pending", "captured"];
    let status = |n: u64| update(n, "status", statuses[n as usize % 5].into());
    run(&mut engine, "status: ", (0..CHANGES).map(status).collect());
    let method = |n: u64| update(n, "method", if n.is_multiple_of(2) { "cash" } else { "card" }.into());
    run(&mut engine, "method: ", (0..CHANGES).map(method).collect());
    let other = |n: u64| update(n, "note", Bson::Int64(n as i64));
    run(&mut engine, "unread: ", (0..CHANGES).map(other).collect());
    let insert = |n: u64| Change {
        collection: "payments".into(),
        at: ClusterTime::new(3, n as u32),
        kind: ChangeKind::Put { id: Bson::ObjectId(id(ROWS + n)), document: document(ROWS + n) },
    };
    run(&mut engine, "insert: ", (0..CHANGES / 8).map(insert).collect());
    let start = Instant::now();
    let patches = engine.drain(Tier::Critical);
    println!("drain:   {:8.3} ms, {} metrics", start.elapsed().as_secs_f64() * 1000.0, patches.len());
    let start = Instant::now();
    engine.advance(NOW + 24 * random::HOUR);
    println!("midnight:{:8.1} ms", start.elapsed().as_secs_f64() * 1000.0);
}
