//! Filters in MongoDB's query language.

use bson::{Document, doc};
use vigil_board::{Filter, Test};

pub(super) fn mql(filter: &Filter) -> Document {
    match filter {
        Filter::And(parts) if parts.is_empty() => doc! {},
        Filter::And(parts) => doc! {"$and": parts.iter().map(mql).collect::<Vec<_>>()},
        Filter::Or(parts) => doc! {"$or": parts.iter().map(mql).collect::<Vec<_>>()},
        Filter::Nor(parts) => doc! {"$nor": parts.iter().map(mql).collect::<Vec<_>>()},
        Filter::Field(path, test) => {
            let test = match test {
                Test::Eq(value) => doc! {"$eq": value},
                Test::Ne(value) => doc! {"$ne": value},
                Test::In(values) => doc! {"$in": values},
                Test::Exists(exists) => doc! {"$exists": exists},
                _ => doc! {"$in": []},
            };
            let mut document = Document::new();
            document.insert(path, test);
            document
        }
    }
}
