//! What a dotted path means: one meaning for filters (match), another for values (expressions).
//!
//! A row holds top-level fields, so a path is a slot and the names after it.

use bson::{RawArray, RawArrayBuf, RawBson, RawBsonRef, RawDocument};

/// Names after the top-level one.
pub(crate) type Rest = Box<[Box<str>]>;

/// The top-level name of a path and the names after it.
pub(crate) fn split(path: &str) -> (&str, Rest) {
    let mut names = path.split('.');
    let top = names.next().unwrap_or(path);
    (top, names.map(Box::from).collect())
}

pub(crate) fn is_position(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_digit())
}

fn field<'a>(document: &'a RawDocument, name: &str) -> Option<RawBsonRef<'a>> {
    document.get(name).ok().flatten()
}

/// A value that an expression such as `$a.b` came to; missing is `None`.
pub(crate) enum Evaluated<'a> {
    Held(Option<RawBsonRef<'a>>),
    /// Gathered from the elements of an array.
    Gathered(RawArrayBuf),
}

impl Evaluated<'_> {
    pub(crate) fn get(&self) -> Option<RawBsonRef<'_>> {
        match self {
            Evaluated::Held(value) => *value,
            Evaluated::Gathered(array) => Some(RawBsonRef::Array(array)),
        }
    }
}

/// A path as an aggregation expression: through an array it is the array of what its sub-documents
/// hold; numbers are names, never positions; arrays right inside arrays are skipped.
/// Source: `ExpressionFieldPath::evaluatePath` of MongoDB 6.0.
pub(crate) fn evaluate<'a>(value: Option<RawBsonRef<'a>>, rest: &[Box<str>]) -> Evaluated<'a> {
    let (mut value, mut rest) = (value, rest);
    while let Some((name, after)) = rest.split_first() {
        match value {
            Some(RawBsonRef::Document(document)) => (value, rest) = (field(document, name), after),
            Some(RawBsonRef::Array(array)) => return Evaluated::Gathered(gather(array, rest)),
            _ => return Evaluated::Held(None),
        }
    }
    Evaluated::Held(value)
}

fn gather(array: &RawArray, rest: &[Box<str>]) -> RawArrayBuf {
    let mut gathered = RawArrayBuf::new();
    for element in array.into_iter().flatten() {
        let RawBsonRef::Document(_) = element else { continue };
        let found = match evaluate(Some(element), rest) {
            Evaluated::Held(None) => continue,
            Evaluated::Held(Some(value)) => RawBson::from(value),
            Evaluated::Gathered(array) => RawBson::Array(array),
        };
        gathered.push(found);
    }
    gathered
}

/// What is looked at where a path ends in an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// Each element, then the array as a whole.
    Elements,
    Whole,
}

/// A document's field; an array is here a document whose names are positions.
pub(crate) fn member<'a>(value: RawBsonRef<'a>, name: &str) -> Option<RawBsonRef<'a>> {
    match value {
        RawBsonRef::Document(document) => field(document, name),
        RawBsonRef::Array(array) => {
            let position = name.parse::<usize>().ok().filter(|at| *name == at.to_string())?;
            array.get(position).ok().flatten()
        }
        _ => None,
    }
}

/// Whether any of the elements that a path reaches in a filter passes the test; a missing one is `None`.
/// Source: `BSONElementIterator::more` of MongoDB 6.0.
pub(crate) fn any_match(
    value: Option<RawBsonRef<'_>>,
    rest: &[Box<str>],
    leaf: Leaf,
    test: &mut dyn FnMut(Option<RawBsonRef<'_>>) -> bool,
) -> bool {
    let (mut value, mut rest) = (value, rest);
    loop {
        match (value, rest.split_first()) {
            (Some(RawBsonRef::Array(array)), _) => return any_in_array(array, rest, leaf, test),
            (Some(RawBsonRef::Document(document)), Some((name, after))) => {
                (value, rest) = (field(document, name), after);
            }
            (_, None) => return test(value),
            (_, Some(_)) => return test(None),
        }
    }
}

fn any_in_array(
    array: &RawArray,
    rest: &[Box<str>],
    leaf: Leaf,
    test: &mut dyn FnMut(Option<RawBsonRef<'_>>) -> bool,
) -> bool {
    let Some((name, after)) = rest.split_first() else {
        let elements = || array.into_iter().flatten();
        return (leaf == Leaf::Elements && elements().any(|element| test(Some(element))))
            || test(Some(RawBsonRef::Array(array)));
    };
    let position = if is_position(name) { Some(name) } else { None };
    for (i, element) in array.into_iter().flatten().enumerate() {
        if matches!(element, RawBsonRef::Document(_)) && any_match(Some(element), rest, leaf, test) {
            return true;
        }
        if position.is_none_or(|position| **position != *i.to_string()) {
            continue;
        }
        let found = match (after.is_empty(), element) {
            // The element at the position itself; an array there is not looked into.
            (true, element) => test(Some(element)),
            (false, RawBsonRef::Document(_)) => any_match(Some(element), after, leaf, test),
            (false, RawBsonRef::Array(inner)) => any_in_array(inner, after, leaf, test),
            (false, _) => false,
        };
        if found {
            return true;
        }
    }
    false
}
