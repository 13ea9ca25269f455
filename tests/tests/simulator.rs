//! The simulated hospital is consistent, and a run is its seed.
#![allow(clippy::unwrap_used)]

use vigil_tests::harness::Mongod;
use vigil_tests::simulator::{Hospital, Operation, Pace, Settings, run, violations};

const START: i64 = 1_790_000_000_000;

fn played(seed: u64, operations: i64) -> Vec<Operation> {
    let mut hospital = Hospital::new(seed, START, 0);
    let mut all = hospital.set_up();
    all.extend((0..operations).map(|number| hospital.next(START + number * 250)));
    all
}

#[test]
fn a_run_is_its_seed() {
    assert_eq!(played(7, 3_000), played(7, 3_000));
    assert_ne!(played(7, 100), played(8, 100));
}

#[test]
fn everything_happens_within_a_quarter_of_an_hour() {
    let mut kinds: Vec<&str> = played(1, 4_000).iter().map(|operation| operation.what).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for expected in
        ["is admitted", "is refunded", "is merged with the first registration", "moves to another ward"]
    {
        assert!(kinds.contains(&expected), "{expected} is not among {kinds:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hospital_is_consistent_after_5000_operations() {
    let mongod = Mongod::start().await.unwrap();
    let database = mongod.database("hospital").await.unwrap();
    let settings = Settings { seed: 3, pace: Pace::Count(5_000), offset_min: 0, reset: true, say: false };
    assert_eq!(run(&database, &settings).await.unwrap(), 5_000);
    assert_eq!(violations(&database).await.unwrap(), Vec::<String>::new());

    // The check can fail: a second bed for somebody who lies in one already.
    let beds = database.collection::<bson::Document>("beds");
    let taken = beds.find_one(bson::doc! { "status": "occupied" }).await.unwrap().unwrap();
    let update = bson::doc! { "$set": { "status": "occupied", "encounter_id": taken.get("encounter_id") } };
    beds.update_one(bson::doc! { "status": "free" }, update).await.unwrap();
    assert!(!violations(&database).await.unwrap().is_empty());
}
