//! The stages of the stream's pipeline. Every event of the database passes through them in the
//! server, one after the other, so their cost is the limit of how fast Vigil can follow.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, bson, doc};
use vigil_board::Path;

use super::pattern::{Patterns, ancestors};

type Collections = BTreeMap<String, BTreeSet<Path>>;

pub(super) fn of(collections: &Collections) -> Vec<Document> {
    let mut stages = vec![wanted(collections), shaped(collections)];
    if collections.values().any(has_dotted) {
        stages.push(included(collections));
    }
    stages.push(touched(collections));
    stages
}

fn has_dotted(paths: &BTreeSet<Path>) -> bool {
    paths.iter().any(|path| path.contains('.'))
}

/// Collections with a dotted path: only an inclusion projection follows one through arrays.
fn projected(collections: &Collections) -> impl Iterator<Item = (String, &String, &BTreeSet<Path>)> {
    let dotted = collections.iter().enumerate().filter(|(_, (_, paths))| has_dotted(paths));
    dotted.map(|(ordinal, (name, paths))| (format!("d{ordinal}"), name, paths))
}

/// A rename *onto* a watched name comes under the other name; the end of the database under none.
fn wanted(collections: &Collections) -> Document {
    let names: Vec<&str> = collections.keys().map(String::as_str).collect();
    doc! { "$match": { "$or": [
        { "ns.coll": { "$in": &names } },
        { "to.coll": { "$in": &names } },
        { "operationType": { "$in": ["dropDatabase", "invalidate"] } },
    ] } }
}

fn envelope() -> Document {
    doc! { "operationType": 1, "clusterTime": 1, "ns.coll": 1, "to.coll": 1, "documentKey._id": 1 }
}

fn shaped(collections: &Collections) -> Document {
    let mut project = envelope();
    // An event has one or the other: nothing asks the server to look documents up.
    let body = doc! { "$ifNull": ["$fullDocument", "$updateDescription.updatedFields"] };
    let plain: Vec<(&str, Bson)> = collections
        .iter()
        .filter(|(_, paths)| !has_dotted(paths))
        .map(|(name, paths)| (name.as_str(), fields(paths)))
        .collect();
    if !plain.is_empty() {
        let vars = doc! { "b": &body, "c": "$ns.coll" };
        project.insert("d", doc! { "$let": { "vars": vars, "in": by_collection(&plain) } });
    }
    for (alias, name, _) in projected(collections) {
        project.insert(alias, doc! { "$cond": [is("$ns.coll", name), &body, "$$REMOVE"] });
    }
    if let Some(touched) = what_else_was_touched(collections) {
        project.insert("u", touched);
    }
    doc! { "$project": project }
}

fn included(collections: &Collections) -> Document {
    let mut project = envelope();
    project.insert("d", 1);
    project.insert("u", 1);
    for (alias, _, paths) in projected(collections) {
        project.insert(format!("{alias}._id"), 1);
        for path in paths {
            project.insert(format!("{alias}.{path}"), 1);
        }
    }
    doc! { "$project": project }
}

/// Those fields of the variable `b`; one that is missing there is left out.
fn fields(paths: &BTreeSet<Path>) -> Bson {
    let names = std::iter::once("_id").chain(paths.iter().map(String::as_str));
    Bson::Document(names.map(|name| (name.to_owned(), Bson::String(format!("$$b.{name}")))).collect())
}

/// The case of the collection that the variable `c` names. Found by halving, so that many collections
/// cost little more than few; `cases` are in the order of their names.
fn by_collection(cases: &[(&str, Bson)]) -> Bson {
    match cases {
        [] => bson!("$$REMOVE"),
        [(name, case)] => bson!({ "$cond": [is("$$c", name), case, "$$REMOVE"] }),
        _ => {
            let (before, from) = cases.split_at(cases.len() / 2);
            let is_before = doc! { "$lt": ["$$c", { "$literal": from[0].0 }] };
            bson!({ "$cond": [is_before, by_collection(before), by_collection(from)] })
        }
    }
}

fn is(what: &str, name: &str) -> Document {
    doc! { "$eq": [what, { "$literal": name }] }
}

/// What the values of tracked fields do not say of an update. Hardly any update has it, so the patterns
/// are tried only on keys that are dotted or a tracked path's parent, and on what was removed or cut.
fn what_else_was_touched(collections: &Collections) -> Option<Document> {
    let cases: Vec<(&str, Bson)> = collections
        .iter()
        .filter_map(|(name, paths)| Some((name.as_str(), by_patterns(&Patterns::of(paths)?))))
        .collect();
    if cases.is_empty() {
        return None;
    }
    let parents: BTreeSet<&str> =
        collections.values().flatten().filter_map(|path| ancestors(path).next()).collect();
    let parents: Vec<&str> = parents.into_iter().collect();
    let mut is_odd = doc! { "$gte": [{ "$indexOfBytes": ["$$f.k", "."] }, 0] };
    if !parents.is_empty() {
        is_odd = doc! { "$or": [is_odd, { "$in": ["$$f.k", { "$literal": parents }] }] };
    }
    let odd = doc! { "$filter": {
        "input": { "$objectToArray": "$updateDescription.updatedFields" }, "as": "f", "cond": is_odd,
    } };
    // What is missing or null sorts before an empty array, too.
    let nothing = doc! { "$and": [
        { "$lte": ["$$odd", []] },
        { "$lte": ["$updateDescription.removedFields", []] },
        { "$lte": ["$updateDescription.truncatedArrays", []] },
    ] };
    Some(doc! { "$let": {
        "vars": { "c": "$ns.coll", "odd": odd },
        "in": { "$cond": [nothing, "$$REMOVE", by_collection(&cases)] },
    } })
}

fn by_patterns(patterns: &Patterns) -> Bson {
    let matches = |input: &str, regex: &str| doc! { "$regexMatch": { "input": input, "regex": regex } };
    let of = |list: &str, key: &str| {
        doc! { "$filter": { "input": list, "as": "f", "cond": matches(key, &patterns.touched) } }
    };
    let value = doc! { "$cond": [matches("$$f.k", &patterns.valued), "$$f.v", "$$REMOVE"] };
    bson!({
        "dot": { "$map": { "input": of("$$odd", "$$f.k"), "as": "f", "in": { "k": "$$f.k", "v": value } } },
        "gone": of("$updateDescription.removedFields", "$$f"),
        "cut": of("$updateDescription.truncatedArrays", "$$f.field"),
    })
}

/// Updates that touched nothing tracked end here.
fn touched(collections: &Collections) -> Document {
    let mut any = vec![doc! { "operationType": { "$ne": "update" } }];
    let aliases = projected(collections).map(|(alias, ..)| alias);
    // Greater than empty: there, and not empty.
    any.extend(std::iter::once("d".to_owned()).chain(aliases).map(|alias| doc! { alias: { "$gt": {} } }));
    any.extend(["u.dot.0", "u.gone.0", "u.cut.0"].map(|first| doc! { first: { "$exists": true } }));
    doc! { "$match": { "$or": any } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages(collections: &[(&str, &[&str])]) -> Vec<Document> {
        let paths = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
        of(&collections.iter().map(|(name, own)| ((*name).to_owned(), paths(own))).collect())
    }

    #[test]
    fn a_dotted_path_gives_its_collection_an_alias_of_its_own() {
        let stages = stages(&[("a", &["status"]), ("b", &["o.secret"]), ("c", &["o.other"])]);
        let included = stages[2].get_document("$project").unwrap();
        assert!(included.contains_key("d1.o.secret") && included.contains_key("d2.o.other"));
        assert!(!included.contains_key("d1.o.other") && !included.contains_key("d0._id"));
    }

    #[test]
    fn without_a_dotted_path_there_is_one_projection() {
        let projections =
            |stages: Vec<Document>| stages.iter().filter(|stage| stage.contains_key("$project")).count();
        assert_eq!(projections(stages(&[("a", &["status"]), ("b", &["secret"])])), 1);
        assert_eq!(projections(stages(&[("a", &["status"]), ("b", &["o.secret"])])), 2);
    }

    #[test]
    fn a_plan_of_keys_alone_asks_for_no_update() {
        let stages = stages(&[("keys", &[])]);
        assert!(!stages[1].get_document("$project").unwrap().contains_key("u"));
    }

    #[test]
    fn every_collection_is_found_by_halving() {
        let names: Vec<String> = (0..13).map(|n| format!("c{n:02}")).collect();
        let cases: Vec<(&str, Bson)> = names.iter().map(|name| (name.as_str(), Bson::Null)).collect();
        fn depth_of(name: &str, tree: &Bson) -> Option<usize> {
            let [condition, yes, no] = tree.as_document()?.get_array("$cond").ok()?.as_slice() else {
                return None;
            };
            let condition = condition.as_document()?;
            let than = |operator: &str| {
                condition.get_array(operator).ok()?[1].as_document()?.get_str("$literal").ok()
            };
            match than("$lt") {
                Some(first) => depth_of(name, if name < first { yes } else { no }).map(|depth| depth + 1),
                None => (than("$eq") == Some(name)).then_some(1),
            }
        }
        for name in &names {
            assert!(depth_of(name, &by_collection(&cases)).is_some_and(|depth| depth <= 5), "{name}");
        }
        assert_eq!(depth_of("c99", &by_collection(&cases)), None);
    }
}
