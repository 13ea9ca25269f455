use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vigil_wire::{AsOf, BoardSchema, Class, MetricPatch, Millis, Tier, Value};

use crate::{Change, Published, Subscription};

/// One entry of the log: what takes the state before it to the state that its id names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub epoch: String,
    /// The epoch that this one goes on from, and the last state they share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<(String, u64)>,
    pub board_hash: String,
    /// `metrics` is the whole state: start over from it.
    pub whole: bool,
    pub as_of: BTreeMap<Tier, AsOf>,
    pub confirmed: BTreeMap<Tier, Millis>,
    pub metrics: Vec<MetricPatch>,
}

impl Entry {
    /// The entry for the step that `published` just made.
    pub fn step(published: &Published, board_hash: &str, change: &Change) -> Self {
        Entry { whole: false, metrics: change.patches.clone(), ..Entry::opening(published, board_hash) }
    }

    /// The entry that opens an epoch in the log: the whole published state.
    pub fn opening(published: &Published, board_hash: &str) -> Self {
        let state = published.snapshot(&Subscription::all());
        Entry {
            epoch: state.epoch,
            parent: published.epoch().parent().map(|(id, seq)| (id.to_owned(), seq)),
            board_hash: board_hash.to_owned(),
            whole: true,
            as_of: state.as_of,
            confirmed: state.confirmed,
            metrics: state.metrics,
        }
    }

    pub(super) fn to_json(&self) -> String {
        // Maps have string keys and values are finite or strings, so this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// One field of the snapshot hash, as other programs read it.
#[derive(Serialize)]
struct Field<'a> {
    value: &'a Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<(&'a str, &'a str, &'a Value)>,
    tier: Tier,
    epoch: &'a str,
    seq: u64,
    as_of: Option<AsOf>,
}

/// The field `@board`.
#[derive(Serialize)]
struct BoardField<'a> {
    board: &'a str,
    board_hash: &'a str,
    epoch: &'a str,
    seq: u64,
    confirmed: &'a BTreeMap<Tier, Millis>,
}

impl Published {
    /// The field of the snapshot hash that says which state it is, and how fresh.
    pub fn board_field(&self, schema: &BoardSchema) -> (String, String) {
        let field = BoardField {
            board: self.board(),
            board_hash: &schema.hash,
            epoch: self.epoch().id(),
            seq: self.seq(),
            confirmed: self.confirmed(),
        };
        ("@board".to_owned(), serde_json::to_string(&field).unwrap_or_default())
    }

    /// Fields of the snapshot hash for these metrics: public and internal ones only.
    pub fn snapshot_fields(
        &self,
        schema: &BoardSchema,
        metrics: impl IntoIterator<Item = u32>,
    ) -> Vec<(String, String)> {
        let mut fields: Vec<_> =
            metrics.into_iter().filter_map(|metric| self.snapshot_field(schema, metric)).collect();
        fields.push(self.board_field(schema));
        fields
    }

    fn snapshot_field(&self, schema: &BoardSchema, metric: u32) -> Option<(String, String)> {
        let words = schema.metrics.get(usize::try_from(metric).ok()?)?;
        if !matches!(words.class, Class::Public | Class::Internal) {
            return None;
        }
        let state = self.metric(metric)?;
        let by = |index: u8| words.by.get(usize::from(index)).map_or("", |by| by.name.as_str());
        let field = Field {
            value: state.v.as_ref()?,
            groups: state.g.iter().map(|group| (by(group.0), group.1.as_str(), &group.2)).collect(),
            tier: words.tier,
            epoch: self.epoch().id(),
            seq: self.changed(metric)?,
            as_of: self.as_of().get(&words.tier).copied(),
        };
        Some((words.id.clone(), serde_json::to_string(&field).ok()?))
    }
}
