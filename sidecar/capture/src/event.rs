//! One event of the stream, as [`crate::WatchPlan::stream_pipeline`] lets it through.

use bson::{Bson, RawBsonRef, RawDocument, RawDocumentBuf};
use vigil_engine::{Assigned, Assignment, ChangeKind, Delta};
use vigil_wire::ClusterTime;

/// The event cannot be read; it holds no value on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Undecodable;

impl From<bson::error::Error> for Undecodable {
    fn from(_: bson::error::Error) -> Self {
        Undecodable
    }
}

/// An event's parts, still raw.
#[derive(Debug, Default)]
pub(crate) struct Event<'a> {
    pub token: Option<&'a RawDocument>,
    pub operation: &'a str,
    pub at: ClusterTime,
    pub collection: Option<&'a str>,
    /// The new name, of a rename.
    pub to: Option<&'a str>,
    /// Which part of how many, when the server split it.
    pub split: Option<(i32, i32)>,
    id: Option<RawBsonRef<'a>>,
    /// The tracked fields of `fullDocument`, or of the undotted keys of `updatedFields`.
    body: Option<&'a RawDocument>,
    update: Option<&'a RawDocument>,
}

impl<'a> Event<'a> {
    pub fn read(event: &'a RawDocument) -> Result<Self, Undecodable> {
        let mut read = Event::default();
        let mut timed = false;
        for element in event.iter() {
            let (key, value) = element?;
            match key.as_str() {
                "_id" => read.token = value.as_document(),
                "operationType" => read.operation = value.as_str().ok_or(Undecodable)?,
                "clusterTime" => {
                    let time = value.as_timestamp().ok_or(Undecodable)?;
                    read.at = ClusterTime::new(time.time, time.increment);
                    timed = true;
                }
                "ns" => read.collection = document(value)?.get("coll")?.and_then(|name| name.as_str()),
                "to" => read.to = document(value)?.get("coll")?.and_then(|name| name.as_str()),
                "documentKey" => read.id = document(value)?.get("_id")?,
                "splitEvent" => {
                    let split = document(value)?;
                    read.split = Some((
                        split.get_i32("fragment").or(Err(Undecodable))?,
                        split.get_i32("of").or(Err(Undecodable))?,
                    ));
                }
                "u" => read.update = value.as_document(),
                key if is_alias(key) => read.body = value.as_document(),
                _ => {}
            }
        }
        // A later part of a split event carries its token and part number, the rest may be in another part.
        if (read.operation.is_empty() || !timed) && read.split.is_none() {
            Err(Undecodable)
        } else {
            Ok(read)
        }
    }

    /// What an insert, replace, update or delete did.
    pub fn change(&self) -> Result<ChangeKind, Undecodable> {
        let id = Bson::try_from(self.id.ok_or(Undecodable)?)?;
        match self.operation {
            "delete" => Ok(ChangeKind::Delete { id }),
            "update" => Ok(ChangeKind::Update { id, delta: self.delta()? }),
            _ => Ok(ChangeKind::Put { id, document: self.body.ok_or(Undecodable)?.to_owned() }),
        }
    }

    fn delta(&self) -> Result<Delta, Undecodable> {
        if self.body.is_none() && self.update.is_none() {
            return Err(Undecodable);
        }
        let mut delta = Delta::default();
        for element in self.body.into_iter().flatten() {
            let (key, value) = element?;
            let value = Assigned::Projected(Some(Bson::try_from(value)?));
            delta.set.push(Assignment { path: key.as_str().to_owned(), value });
        }
        for element in self.update.into_iter().flatten() {
            let (key, value) = element?;
            let Some(entries) = value.as_array() else { continue };
            for entry in entries {
                let entry = entry?;
                match key.as_str() {
                    "dot" => delta.set.extend(self.assignment(document(entry)?)?),
                    "gone" => delta.removed.push(entry.as_str().ok_or(Undecodable)?.to_owned()),
                    "cut" => delta.truncated.push(truncation(document(entry)?)?),
                    _ => {}
                }
            }
        }
        Ok(delta)
    }

    /// `None`: the body has said it.
    fn assignment(&self, touched: &RawDocument) -> Result<Option<Assignment>, Undecodable> {
        let path = touched.get_str("k").or(Err(Undecodable))?;
        let value = if path.contains('.') {
            match touched.get("v")? {
                Some(value) => Assigned::Value(Bson::try_from(value)?),
                None => Assigned::Withheld,
            }
        } else {
            match self.body.map(|body| body.get(path)).transpose()?.flatten() {
                Some(_) => return Ok(None),
                None => Assigned::Projected(None),
            }
        };
        Ok(Some(Assignment { path: path.to_owned(), value }))
    }
}

/// The parts of an event that the server split, put together: it splits between top-level fields.
pub(crate) fn joined(parts: &[RawDocumentBuf]) -> Result<RawDocumentBuf, Undecodable> {
    let mut whole = RawDocumentBuf::new();
    let (last, earlier) = parts.split_last().ok_or(Undecodable)?;
    for part in earlier {
        for element in part.iter() {
            let (key, value) = element?;
            if !matches!(key.as_str(), "_id" | "splitEvent") {
                whole.append(key, value);
            }
        }
    }
    for element in last.iter() {
        let (key, value) = element?;
        if key.as_str() != "splitEvent" {
            whole.append(key, value);
        }
    }
    Ok(whole)
}

fn document(value: RawBsonRef<'_>) -> Result<&RawDocument, Undecodable> {
    value.as_document().ok_or(Undecodable)
}

fn truncation(cut: &RawDocument) -> Result<(String, u32), Undecodable> {
    let field = cut.get_str("field").or(Err(Undecodable))?;
    let length = match cut.get("newSize")? {
        Some(RawBsonRef::Int32(n)) => u32::try_from(n).ok(),
        Some(RawBsonRef::Int64(n)) => u32::try_from(n).ok(),
        _ => None,
    };
    Ok((field.to_owned(), length.ok_or(Undecodable)?))
}

fn is_alias(key: &str) -> bool {
    key.strip_prefix('d').is_some_and(|ordinal| ordinal.bytes().all(|b| b.is_ascii_digit()))
}
