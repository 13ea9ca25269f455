//! MongoDB's query language: what a board's `match` means, from its text to its rows, against a
//! real mongod.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use mongodb::Collection;
use vigil_board::{Board, Pattern};
use vigil_engine::{Engine, audit};
use vigil_wire::ClusterTime;

#[path = "mql/generate.rs"]
mod generate;
#[path = "support/mongod.rs"]
mod mongod;
#[path = "mql/patterns.rs"]
mod patterns;
#[path = "mql/picked.rs"]
mod picked;
#[path = "support/random.rs"]
mod random;

use mongod::Mongod;
use random::Dice;

type Ids = BTreeSet<i32>;

/// One metric per filter, whose groups are the `_id`s of the documents that it matches.
fn board(filters: &[Document]) -> Board {
    let mut text =
        "[board]\nid = \"t\"\ntitle = \"T\"\ndatabase = \"t\"\ntimezone = \"UTC\"\nmax_groups = 100000\n\
                    [[group]]\nid = \"all\"\ntitle = \"All\"\ntiles = [\"m0\"]\n"
            .to_owned();
    for (i, filter) in filters.iter().enumerate() {
        let json = generate::json(&Bson::Document(filter.clone()));
        let hidden = if i > 0 { "hidden = true\n" } else { "" };
        text += &format!(
            "[[metric]]\nid = \"m{i}\"\ntitle = \"M\"\nfrom = \"rows\"\nby = [\"_id\"]\nclass = \"internal\"\n\
             match = '''{json}'''\n{hidden}"
        );
    }
    vigil_board::parse("t.toml", &text).unwrap_or_else(|problems| {
        let said: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
        panic!("{said}{text}")
    })
}

async fn find(collection: &Collection<Document>, filter: &Document) -> Ids {
    let found = collection.find(filter.clone()).projection(doc! {"_id": 1}).await;
    let found = found.unwrap_or_else(|error| panic!("{filter}: {error}"));
    let found: Vec<Document> = found.try_collect().await.unwrap();
    found.iter().map(|document| document.get_i32("_id").unwrap()).collect()
}

/// What the engine says of each filter, over what the server's projection leaves of the documents.
async fn engine(collection: &Collection<Document>, board: Board) -> Vec<Ids> {
    let board = Arc::new(board);
    let mut engine = Engine::new(board.clone(), 0);
    engine.begin_scan("rows", ClusterTime::new(1, 1));
    let mut projection = doc! {"_id": 1};
    projection.extend(board.watched()["rows"].iter().map(|path| (path.clone(), Bson::Int32(1))));
    let mut documents = collection.find(doc! {}).projection(projection).await.unwrap();
    while let Some(document) = documents.try_next().await.unwrap() {
        engine.load("rows", &random::raw(&document));
    }
    let ids =
        |state: vigil_wire::MetricState| state.groups.keys().map(|(_, id)| id.parse().unwrap()).collect();
    engine.states().into_iter().map(ids).collect()
}

/// Holds board, engine and audit against the server; says what each filter matched.
async fn check(collection: &Collection<Document>, filters: &[Document]) -> Vec<Ids> {
    let board = board(filters);
    let audits: Vec<Document> = (0..filters.len())
        .map(|i| audit::query(&board, i, 0).unwrap().total[0].get_document("$match").unwrap().clone())
        .collect();
    let ours = engine(collection, board).await;
    let mut all = Vec::new();
    for ((filter, audit), ours) in filters.iter().zip(audits).zip(ours) {
        let theirs = find(collection, filter).await;
        if ours != theirs {
            let id = *ours.symmetric_difference(&theirs).next().unwrap();
            let document = collection.find_one(doc! {"_id": id}).await.unwrap().unwrap();
            let who = if ours.contains(&id) { "the engine" } else { "MongoDB" };
            panic!("only {who} matches\n{document}\nby\n{filter}\nread as\n{audit}");
        }
        assert_eq!(find(collection, &audit).await, theirs, "{filter} is audited as {audit}");
        all.push(theirs);
    }
    all
}

#[tokio::test]
async fn random_filters_match_what_find_matches() {
    const DOCUMENTS: usize = 400;
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let mut operators: BTreeMap<String, usize> = BTreeMap::new();
    let (mut held, mut compared) = (BTreeMap::new(), BTreeMap::new());
    for seed in 0..6 {
        let mut dice = Dice(seed);
        let collection = client.database(&format!("mql{seed}")).collection::<Document>("rows");
        let documents: Vec<Document> =
            (0..DOCUMENTS).map(|id| generate::document(&mut dice, id as i32)).collect();
        documents.iter().for_each(|document| generate::count_types(document, &mut held));
        collection.insert_many(&documents).await.unwrap();
        for _ in 0..8 {
            let filters: Vec<Document> = (0..50).map(|_| generate::filter(&mut dice, 2)).collect();
            for (filter, ids) in filters.iter().zip(check(&collection, &filters).await) {
                // A filter that matches all or nothing says little.
                if !ids.is_empty() && ids.len() < DOCUMENTS {
                    generate::count_operators(filter, &mut operators);
                    generate::count_types(filter, &mut compared);
                }
            }
        }
    }
    for operator in generate::OPERATORS {
        assert!(operators.get(operator).is_some_and(|n| *n >= 10), "{operator}: {operators:?}");
    }
    for name in generate::TYPES {
        assert!(held.get(name).is_some_and(|n| *n >= 20), "{name}: {held:?}");
        let known = ["undefined", "dbPointer", "javascriptWithScope"].contains(&name);
        assert!(known || compared.get(name).is_some_and(|n| *n >= 5), "{name}: {compared:?}");
    }
}

#[tokio::test]
async fn picked_filters_match_what_they_are_said_to() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let collection = client.database("picked").collection::<Document>("rows");
    collection.insert_many(picked::documents()).await.unwrap();
    let (filters, expected): (Vec<Document>, Vec<Ids>) = picked::filters().into_iter().unzip();
    let found = check(&collection, &filters).await;
    for ((filter, expected), found) in filters.iter().zip(&expected).zip(&found) {
        assert_eq!(found, expected, "{filter}");
    }
}

#[tokio::test]
async fn random_patterns_match_what_mongodbs_pcre_matches() {
    let mongod = Mongod::start().await;
    let client = mongod.client("replicaSet=rs0").await;
    let mut dice = Dice(7);
    let collection = client.database("patterns").collection::<Document>("rows");
    let texts: Vec<String> = (0..300).map(|i| patterns::text(&mut dice, i)).collect();
    let documents = (0..).zip(&texts).map(|(id, text): (i32, &String)| doc! {"_id": id, "s": text});
    collection.insert_many(documents).await.unwrap();
    let (mut usable, mut telling, mut met) = (0, 0, BTreeMap::new());
    for _ in 0..1500 {
        let (text, options) = patterns::pattern(&mut dice);
        let Ok(pattern) = Pattern::new(&text, &options) else { continue };
        usable += 1;
        let theirs = find(&collection, &doc! {"s": {"$regex": &text, "$options": &options}}).await;
        let ours: Ids = (0..).zip(&texts).filter(|(_, text)| pattern.is_in(text)).map(|(id, _)| id).collect();
        if let Some(id) = ours.symmetric_difference(&theirs).next() {
            let who = if ours.contains(id) { "the engine" } else { "MongoDB" };
            panic!("only {who} finds {text:?} with {options:?} in {:?}", texts[*id as usize]);
        }
        if !ours.is_empty() && ours.len() < texts.len() {
            telling += 1;
            patterns::count(&text, &options, &mut met);
        }
    }
    assert!(usable > 1000 && telling > 500, "{usable} usable, {telling} telling");
    for feature in patterns::FEATURES {
        assert!(met.get(feature).is_some_and(|n| *n >= 3), "{feature}: {met:?}");
    }
}
