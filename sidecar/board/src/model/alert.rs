use super::{Filter, Path};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    High,
    Critical,
}

/// When a metric is an alert. One row per metric and group, at its highest severity.
#[derive(Debug, Clone, PartialEq)]
pub struct AlertRule {
    pub severity: Severity,
    pub when: Condition,
    /// How long `when` must hold; 0 where the board says nothing and no lower severity has one.
    pub for_ms: i64,
    /// When it ends; where there is none, as soon as `when` is false or `active` ends.
    pub clear: Option<Condition>,
    /// Each group of this breakdown by itself, not the total.
    pub each: Option<String>,
    pub active: Option<Hours>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// As the board says it.
    pub text: String,
    pub comparison: Comparison,
    pub bound: Bound,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// In the metric's own unit; limits and percentages are worked out.
    Number(f64),
    /// An age, in milliseconds.
    Age(i64),
    /// A state.
    Word(String),
}

/// Hours of the week in the board's zone, such as `Mo-Fr 07:00-19:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// As the board says it.
    pub text: String,
    /// Monday first: the days on which they begin.
    pub days: [bool; 7],
    /// Minutes after midnight, inclusive.
    pub from_min: u16,
    /// Exclusive, at most 1,440; at or before `from_min`: on the next day.
    pub until_min: u16,
}

/// When a row of a feed is an alert.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedAlert {
    pub severity: Severity,
    pub filter: Filter,
    /// How long the row must match.
    pub after_ms: i64,
    /// The columns whose values name the alert and its place.
    pub title: Path,
    pub place: Option<Path>,
}
