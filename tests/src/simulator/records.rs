use std::collections::BTreeMap;

use bson::{Bson, Document};

use super::operation::{Operation, Write};

/// What MongoDB would hold after some operations, as far as the hospital's own commands go.
#[derive(Debug, Default, Clone)]
pub struct Records(BTreeMap<String, BTreeMap<Id, Document>>);

/// What the hospital uses as `_id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Id {
    Object([u8; 12]),
    Text(String),
    Other(String),
}

impl Id {
    fn of(id: Option<&Bson>) -> Id {
        match id {
            Some(Bson::ObjectId(id)) => Id::Object(id.bytes()),
            Some(Bson::String(text)) => Id::Text(text.clone()),
            other => Id::Other(format!("{other:?}")),
        }
    }
}

impl Records {
    pub fn apply(&mut self, operation: Operation) {
        for write in operation.writes {
            self.write(write);
        }
    }

    pub fn insert(&mut self, collection: &str, document: Document) {
        let id = Id::of(document.get("_id"));
        match self.0.get_mut(collection) {
            Some(there) => there.insert(id, document),
            None => self.0.entry(collection.to_owned()).or_default().insert(id, document),
        };
    }

    /// All documents of a collection.
    pub fn of(&self, collection: &str) -> impl Iterator<Item = &Document> {
        self.0.get(collection).into_iter().flat_map(BTreeMap::values)
    }

    /// Every collection with its documents, in the order of names.
    pub fn into_collections(self) -> impl Iterator<Item = (String, Vec<Document>)> {
        self.0.into_iter().map(|(name, documents)| (name, documents.into_values().collect()))
    }

    fn write(&mut self, write: Write) {
        match write {
            Write::Insert { collection, documents } => {
                for document in documents {
                    self.insert(collection, document);
                }
            }
            Write::Update { collection, filter, update } => {
                let there =
                    self.0.get_mut(collection).and_then(|all| all.get_mut(&Id::of(filter.get("_id"))));
                if let Some(document) = there {
                    change(document, &update);
                }
            }
            Write::UpdateMany { collection, filter, update } => {
                let all = self.0.get_mut(collection).into_iter().flat_map(BTreeMap::values_mut);
                for document in all.filter(|document| equals(document, &filter)) {
                    change(document, &update);
                }
            }
            Write::Replace { collection, filter, document } => {
                let there =
                    self.0.get_mut(collection).and_then(|all| all.get_mut(&Id::of(filter.get("_id"))));
                if let Some(there) = there {
                    *there = document;
                }
            }
            Write::Delete { collection, filter } => {
                if let Some(all) = self.0.get_mut(collection) {
                    all.remove(&Id::of(filter.get("_id")));
                }
            }
            Write::Rebuild { collection, documents } => {
                self.0.remove(collection);
                for document in documents {
                    self.insert(collection, document);
                }
            }
        }
    }
}

/// The hospital's filters compare fields with values, and no more.
fn equals(document: &Document, filter: &Document) -> bool {
    filter.iter().all(|(field, value)| document.get(field) == Some(value))
}

fn change(document: &mut Document, update: &Document) {
    if let Ok(fields) = update.get_document("$set") {
        for (field, value) in fields {
            document.insert(field.as_str(), value.clone());
        }
    }
    if let Ok(fields) = update.get_document("$unset") {
        for field in fields.keys() {
            document.remove(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn writes_do_what_mongodb_does() {
        let mut records = Records::default();
        let documents = (1..=3).map(|id| doc! { "_id": id.to_string(), "a": 1, "b": id }).collect();
        records.write(Write::Insert { collection: "x", documents });
        records.write(Write::update("x", "1", doc! { "$set": { "a": 2 }, "$unset": { "b": "" } }));
        let (filter, update) = (doc! { "a": 1 }, doc! { "$set": { "c": true } });
        records.write(Write::UpdateMany { collection: "x", filter, update });
        records.write(Write::delete("x", "2"));
        let filter = doc! { "_id": "9" };
        records.write(Write::Replace { collection: "x", filter, document: doc! { "_id": "9" } });
        let left: Vec<&Document> = records.of("x").collect();
        assert_eq!(left, [&doc! { "_id": "1", "a": 2 }, &doc! { "_id": "3", "a": 1, "b": 3, "c": true }]);
        records.write(Write::Rebuild { collection: "x", documents: vec![doc! { "_id": "4" }] });
        assert_eq!(records.of("x").count(), 1);
    }
}
