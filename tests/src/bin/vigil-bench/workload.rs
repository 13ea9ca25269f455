//! What is written while streams are read.

use bson::{Document, doc};
use mongodb::Database;

use crate::Failed;

pub const COLLECTION: &str = "appointments";
/// Documents that are there from the start; updates take them in turn.
pub const DOCUMENTS: usize = 2_000;
/// Events of one command.
const COMMAND: usize = 2_000;

/// One kind of write, again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    Inserts,
    UpdatesOfTracked,
    UpdatesOfUntracked,
}

impl Workload {
    pub const ALL: [Workload; 3] =
        [Workload::Inserts, Workload::UpdatesOfTracked, Workload::UpdatesOfUntracked];

    pub fn name(self) -> &'static str {
        match self {
            Workload::Inserts => "inserts",
            Workload::UpdatesOfTracked => "updates of tracked fields",
            Workload::UpdatesOfUntracked => "updates of untracked fields",
        }
    }

    /// Writes that many, then a document that marks their end. `turn` makes them differ from others'.
    pub async fn write(self, database: &Database, events: usize, turn: usize) -> Result<(), Failed> {
        for first in (0..events).step_by(COMMAND) {
            let these = first..events.min(first + COMMAND);
            let command = match self {
                Workload::Inserts => {
                    let id = |i| ((turn + 1) * 10_000_000 + i) as i64;
                    let documents: Vec<Document> = these.map(|i| appointment(id(i))).collect();
                    doc! { "insert": COLLECTION, "documents": documents, "ordered": false }
                }
                Workload::UpdatesOfTracked | Workload::UpdatesOfUntracked => {
                    let updates: Vec<Document> = these.map(|i| self.update(i, turn)).collect();
                    doc! { "update": COLLECTION, "updates": updates, "ordered": false }
                }
            };
            database.run_command(command).await?;
        }
        let end = doc! { "status": "end", "written": now_nanos() };
        let collection = database.collection::<Document>(COLLECTION);
        collection.replace_one(doc! { "_id": "end" }, end).upsert(true).await?;
        Ok(())
    }

    fn update(self, i: usize, turn: usize) -> Document {
        let set = if self == Workload::UpdatesOfTracked {
            let status = ["booked", "checked_in", "in_progress"][(i / DOCUMENTS + turn) % 3];
            doc! { "status": status, "touched": now_nanos() }
        } else {
            doc! { "notes": format!("{}{}", now_nanos(), "m".repeat(100)) }
        };
        doc! { "q": { "_id": (i % DOCUMENTS) as i64 }, "u": { "$set": set } }
    }
}

pub fn appointment(id: i64) -> Document {
    doc! {
        "_id": id, "department": format!("d{}", id % 12), "status": "booked",
        "starts_at": bson::DateTime::now(), "notes": "n".repeat(200),
    }
}

/// Takes away what inserts have added.
pub async fn clean(database: &Database) -> Result<(), Failed> {
    let added = doc! { "_id": { "$gte": DOCUMENTS as i64 } };
    database.collection::<Document>(COLLECTION).delete_many(added).await?;
    Ok(())
}

fn now_nanos() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
