use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Value;

/// The whole published state of one metric.
///
/// A group's key is `(breakdown, key)`: the index into the metric's `by` list, and the group key as
/// relaxed Extended JSON text (`"M1"` with its quotes, `3`, `null`), so that keys of different types
/// never meet.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricState {
    pub total: Value,
    pub groups: BTreeMap<(u8, String), Value>,
}

/// What changed in one metric: latest values, never increments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MetricPatch {
    /// Index into the board schema's `metrics`.
    pub i: u32,
    /// The total, when it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub v: Option<Value>,
    /// Groups that are new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<Vec<GroupPatch>>"))]
    pub g: Vec<GroupPatch>,
    /// Groups that are no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "typescript", ts(optional, as = "Option<Vec<(u8, String)>>"))]
    pub gone: Vec<(u8, String)>,
}

/// `[breakdown, key, value]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GroupPatch(pub u8, pub String, pub Value);
