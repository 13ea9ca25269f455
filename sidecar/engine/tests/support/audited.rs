//! The engine held against a real mongod by the audit's own pipelines.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::Database;
use vigil_board::Board;
use vigil_engine::{Engine, audit};
use vigil_wire::ClusterTime;

use super::mongod::ask;
use super::random;

/// One collection's scan as of `at`, with the server's own projection.
pub async fn scan_one(engine: &mut Engine, board: &Board, database: &Database, name: &str, at: ClusterTime) {
    engine.begin_scan(name, at);
    let mut projection = doc! {"_id": 1};
    projection.extend(random::tracked(board, name).into_iter().map(|path| (path, Bson::Int32(1))));
    let cursor = database.collection::<Document>(name).find(doc! {}).projection(projection).await.unwrap();
    let documents: Vec<Document> = cursor.try_collect().await.unwrap();
    documents.iter().for_each(|document| engine.load(name, &random::raw(document)));
}

/// Asks MongoDB about every metric and compares.
pub async fn check(engine: &Engine, board: &Board, database: &Database, seed: u64) -> usize {
    let mut asked = 0;
    for (index, state) in engine.states().iter().enumerate() {
        let Some(query) = audit::query(board, index, engine.now()) else { continue };
        let collection = database.collection::<Document>(&query.collection);
        let total = ask(&collection, &query.total).await;
        let (mut by, mut keys) = (Vec::new(), Vec::new());
        for (pipeline, named) in query.by.iter().zip(&query.keys) {
            by.push(ask(&collection, pipeline).await);
            keys.push(match named {
                Some(named) => ask(&database.collection(&named.collection), &named.pipeline).await,
                None => Vec::new(),
            });
        }
        let answer = audit::state_from(&query, &total, &by, &keys);
        let differences = audit::compare(state, &answer);
        assert!(
            differences.is_empty(),
            "seed {seed}, zone {}, now {}:\n{:#?}\n{differences:#?}\n{:?}",
            board.timezone_name,
            engine.now(),
            board.metrics[index].source,
            query.total
        );
        asked += 1;
    }
    asked
}
