use super::{Filter, Path, Window};

/// An aggregate over the documents of one collection.
///
/// Metrics that differ in `aggregate` alone are one question with several answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    pub from: String,
    pub filter: Filter,
    pub window: Option<Window>,
    /// What is aggregated; none for a count.
    pub value: Option<Measure>,
    pub aggregate: Aggregate,
    pub by: Vec<Breakdown>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aggregate {
    Count,
    Sum,
    /// Exact sum ÷ count of numbers.
    Avg,
    /// By BSON order across types; null and missing do not count.
    Min,
    Max,
    /// How many distinct values but null; arrays are not unwound.
    Distinct,
    /// 1 to 99: the number at rank ⌈p·n/100⌉ of n numbers.
    Percentile(u8),
}

impl Aggregate {
    /// Over nothing it is 0, not no data.
    pub fn is_additive(self) -> bool {
        matches!(self, Aggregate::Count | Aggregate::Sum | Aggregate::Distinct)
    }
}

/// A row's value, and which values count. A row outside of `above` or `below`, or without a number
/// where there is either, is outside the metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Measure {
    pub of: Quantity,
    /// Exclusive, in the value's unit.
    pub above: Option<f64>,
    /// Exclusive, in the value's unit.
    pub below: Option<f64>,
}

impl Measure {
    /// Some rows are outside because of it, so that counting the others says something.
    pub fn restricts(&self) -> bool {
        self.above.is_some() || self.below.is_some() || matches!(self.of, Quantity::Between { .. })
    }

    /// The field as it is.
    pub fn field(path: impl Into<Path>) -> Measure {
        Measure { of: Quantity::Field(path.into()), above: None, below: None }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    Field(Path),
    /// `to − from`, both dates; a row without both is outside the metric. Exact in milliseconds,
    /// shown in `unit_ms`.
    Between {
        from: Path,
        to: Path,
        unit_ms: i64,
    },
}

/// Groups by a key of the row.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// As other metrics, panels and clients call it; the field itself where the board says nothing else.
    pub name: String,
    pub key: GroupKey,
    /// Adds a group for each `_id` of another collection.
    pub keys: Option<Keys>,
    /// Index of the (hidden) metric whose groups are the keys' names: it has one breakdown, by `_id`
    /// of the naming collection, and its values are texts.
    pub names: Option<usize>,
}

impl Breakdown {
    /// By the field's value, under its name.
    pub fn field(path: impl Into<Path>) -> Breakdown {
        let path = path.into();
        Breakdown { name: path.clone(), key: GroupKey::Field(path), keys: None, names: None }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum GroupKey {
    /// The field's value; missing is null, arrays are whole.
    Field(Path),
    /// A part of a date in the board's zone: an hour 0–23, an ISO weekday 1–7, or a day as text
    /// (`2026-11-22`); null where the field is no date.
    Time { field: Path, unit: TimeUnit },
    /// `show` of the document of `from` whose `_id` is the field's value, as it is now; null where
    /// there is none.
    Via { field: Path, from: String, show: Path },
}

impl GroupKey {
    /// The row's own field.
    pub fn field(&self) -> &str {
        match self {
            GroupKey::Field(field) | GroupKey::Time { field, .. } | GroupKey::Via { field, .. } => field,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    Hour,
    Day,
    Weekday,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Keys {
    pub from: String,
    /// Which of its documents name a group.
    pub filter: Filter,
}
