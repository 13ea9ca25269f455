//! What is wrong is said in a sentence, with what to do about it.

use bson::{Document, doc};
use mongodb::Client;
use vigil_sidecar::mongo::{MongoConfig, Outcome, Probe, SourceEvent, connect};

use crate::feed::{Feed, plan};
use crate::mongod::Mongod;

async fn probes(uri: &str, collections: &[(&str, &[&str])]) -> Vec<Probe> {
    connect(MongoConfig::new(uri, plan("probed", collections))).await.unwrap().probe().await
}

fn failed(probes: &[Probe]) -> Vec<&Probe> {
    probes.iter().filter(|probe| probe.outcome == Outcome::Fail).collect()
}

#[tokio::test]
async fn a_view_a_time_series_and_a_missing_collection_are_named() {
    let mongod = Mongod::shared().await;
    let database = mongod.database("probed").await;
    database.create_collection("t").await.unwrap();
    database.run_command(doc! { "create": "v", "viewOn": "t", "pipeline": [] }).await.unwrap();
    database.run_command(doc! { "create": "series", "timeseries": { "timeField": "at" } }).await.unwrap();
    let probes = probes(&mongod.uri(), &[("t", &["n"]), ("v", &["n"]), ("series", &[]), ("typo", &[])]).await;
    let detail = |word: &str| probes.iter().find(|probe| probe.detail.contains(word)).unwrap();
    assert_eq!(detail("v is a view").outcome, Outcome::Fail);
    assert_eq!(detail("series is a time-series").outcome, Outcome::Fail);
    assert_eq!(detail("typo does not exist").outcome, Outcome::Warn);
    let good = self::probes(&mongod.uri(), &[("t", &["n"])]).await;
    assert!(failed(&good).is_empty(), "{good:?}");
    let names: Vec<&str> = good.iter().map(|probe| probe.name).collect();
    assert_eq!(
        names,
        ["connection", "deployment", "version", "collections", "privileges", "oplog_window", "clock"]
    );
}

#[tokio::test]
async fn a_standalone_is_told_how_to_become_a_replica_set() {
    let mongod = Mongod::start(&[], None);
    mongod.direct().await.database("admin").run_command(doc! { "ping": 1 }).await.unwrap();
    for options in ["", "?replicaSet=rs0"] {
        let probes = probes(&format!("mongodb://127.0.0.1:{}/{options}", mongod.port), &[("t", &[])]).await;
        let failed = failed(&probes);
        assert!(failed[0].detail.contains("standalone"), "{failed:?}");
        assert!(failed[0].next_step.as_ref().unwrap().contains("--replSet"), "{failed:?}");
    }
    let mut feed = Feed::new(MongoConfig::new(
        format!("mongodb://127.0.0.1:{}/", mongod.port),
        plan("d", &[("t", &[])]),
    ))
    .await;
    let SourceEvent::Fatal { next_step, .. } = feed.next().await else { panic!("followed a standalone") };
    assert!(next_step.contains("rs.initiate()"));
}

#[tokio::test]
async fn a_member_of_a_set_that_was_not_initiated_is_told_to_initiate_it() {
    let mongod = Mongod::start(&["--replSet", "rs0"], None);
    mongod.direct().await.database("admin").run_command(doc! { "ping": 1 }).await.unwrap();
    let probes = probes(&mongod.uri(), &[("t", &[])]).await;
    assert!(failed(&probes)[0].next_step.as_ref().unwrap().contains("rs.initiate()"), "{probes:?}");
}

#[tokio::test]
async fn nothing_at_the_address_is_a_sentence() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let probes =
        probes(&format!("mongodb://u:hunter2@127.0.0.1:{port}/?replicaSet=rs0"), &[("t", &[])]).await;
    assert!(failed(&probes)[0].detail.contains("could not be made"), "{probes:?}");
    assert!(!format!("{probes:?}").contains("hunter2"));
    let unusable = MongoConfig::new("mongodb://u:hunter2/@@nowhere", plan("d", &[]));
    assert!(!format!("{unusable:?}").contains("hunter2"));
    let refused = connect(unusable).await.unwrap_err();
    assert!(!format!("{refused:?} {refused}").contains("hunter2"));
}

#[tokio::test]
async fn a_wrong_password_and_the_least_privilege() {
    let mongod = Mongod::start(&["--replSet", "rs0"], Some("a2V5IGZvciB0ZXN0cw=="));
    mongod.initiate().await;
    let direct = mongod.direct().await;
    let admin = direct.database("admin");
    // The first user may be made without signing in, once the set has a primary.
    let root = doc! { "createUser": "root", "pwd": "root", "roles": ["root"] };
    while admin.run_command(root.clone()).await.is_err() {
        admin.run_command(doc! { "hello": 1 }).await.unwrap();
        tokio::task::yield_now().await;
    }
    let uri = |user: &str| format!("mongodb://{user}@127.0.0.1:{}/?replicaSet=rs0", mongod.port);
    let root = Client::with_uri_str(uri("root:root")).await.unwrap();
    let privileges =
        doc! { "resource": { "db": "probed", "collection": "" }, "actions": ["find", "changeStream"] };
    let admin = root.database("admin");
    admin
        .run_command(doc! { "createRole": "watcher", "privileges": [privileges], "roles": [] })
        .await
        .unwrap();
    admin.run_command(doc! { "createUser": "vigil", "pwd": "right", "roles": ["watcher"] }).await.unwrap();
    admin.run_command(doc! { "createUser": "other", "pwd": "right", "roles": [] }).await.unwrap();
    root.database("probed").collection::<Document>("t").insert_one(doc! { "_id": 1, "n": 1 }).await.unwrap();

    let wrong = probes(&uri("vigil:hunter2"), &[("t", &["n"])]).await;
    assert!(failed(&wrong)[0].detail.contains("refused the user or the password"), "{wrong:?}");
    assert!(failed(&wrong)[0].next_step.as_ref().unwrap().contains("authSource"));
    assert!(!format!("{wrong:?}").contains("hunter2"));

    let powerless = probes(&uri("other:right"), &[("t", &["n"])]).await;
    let refused = failed(&powerless);
    assert!(
        refused.iter().any(|probe| probe.name == "privileges" && probe.detail.contains("may not")),
        "{powerless:?}"
    );

    let least = probes(&uri("vigil:right"), &[("t", &["n"])]).await;
    assert!(failed(&least).is_empty(), "{least:?}");
    assert!(
        least.iter().any(|probe| probe.name == "oplog_window" && probe.detail.contains("optional")),
        "{least:?}"
    );
    let mut feed = Feed::new(MongoConfig::new(uri("vigil:right"), plan("probed", &[("t", &["n"])]))).await;
    assert_eq!(feed.read().await.documents["t"], [doc! { "_id": 1, "n": 1 }]);
    feed.batch().await;

    let mut feed = Feed::new(MongoConfig::new(uri("vigil:hunter2"), plan("probed", &[("t", &["n"])]))).await;
    assert!(matches!(feed.next().await, SourceEvent::Fatal { what, .. } if what.contains("password")));
}
