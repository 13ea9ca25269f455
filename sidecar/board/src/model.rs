//! A board that has been checked: every reference resolved, every text a text.
//!
//! Indices (`usize`) into [`Board::metrics`] are the metrics' names in the engine and on the wire.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

mod alert;
mod feed;
mod filter;
mod formula;
mod rows;
mod system;
mod watched;
mod window;
mod words;

pub use alert::*;
pub use feed::*;
pub use filter::*;
pub use formula::*;
pub use rows::*;
pub use system::*;
pub use window::*;
pub use words::*;

/// A dotted field path such as `status` or `address.city`; never empty.
pub type Path = String;

/// A shown text: language (BCP 47 primary tag) → text; a plain string is under `""`.
pub type Text = BTreeMap<String, String>;

#[derive(Debug, Clone)]
pub struct Board {
    pub id: String,
    /// SHA-256 of the file's text, hexadecimal.
    pub hash: String,
    pub title: Text,
    pub database: String,
    /// As the board says it: IANA name or POSIX zone.
    pub timezone_name: String,
    pub timezone: TimeZone,
    pub headline: Option<Text>,
    /// Over it: total only, groups are no data.
    pub max_groups: usize,
    pub tiers: Tiers,
    /// Words for values, by `FIELD` or, where collections differ, by `COLLECTION.FIELD`.
    pub labels: BTreeMap<String, BTreeMap<String, Text>>,
    pub groups: Vec<Group>,
    pub panels: Vec<Panel>,
    pub feeds: Vec<Feed>,
    pub metrics: Vec<Metric>,
}

/// Milliseconds. For `critical`, `interval_ms` is the coalescing time and `confirm_ms` the longest
/// time between confirmations; for the others both are the tier's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierTimes {
    pub interval_ms: u64,
    pub confirm_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiers {
    pub critical: TierTimes,
    pub standard: TierTimes,
    pub historical: TierTimes,
    pub report: TierTimes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    Critical,
    Standard,
    Historical,
    Report,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Public,
    Internal,
    Sensitive,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Good {
    Up,
    Down,
    None,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Number { decimals: u8 },
    Percent { decimals: u8 },
    Money { currency: String },
    Age,
    Duration,
    Text,
}

#[derive(Debug, Clone)]
pub struct Group {
    pub id: String,
    pub title: Text,
    pub icon: Option<String>,
    pub tiles: Vec<usize>,
    pub panels: Vec<usize>,
    pub feeds: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    Bars,
    Stacked,
    Line,
    Table,
    Heatmap,
}

#[derive(Debug, Clone)]
pub struct Panel {
    pub id: String,
    pub title: Text,
    pub kind: PanelKind,
    /// Never empty.
    pub metrics: Vec<usize>,
    /// Name of a breakdown that each of the metrics has.
    pub by: Option<String>,
    pub limit: Option<f64>,
    /// A line's metric is drawn with its usual band.
    pub usual: bool,
    /// How far back a heat map folds, or a line goes.
    pub over_ms: Option<i64>,
    /// A heat map's axes: across, then down.
    pub fold: Vec<TimeUnit>,
}

#[derive(Debug, Clone)]
pub struct Metric {
    pub id: String,
    pub title: Text,
    pub short: Option<Text>,
    pub help: Option<Text>,
    /// Singular and plural.
    pub unit: Option<(Text, Text)>,
    pub format: Format,
    pub tier: Tier,
    pub class: Class,
    pub good: Good,
    pub hidden: bool,
    pub of: Option<usize>,
    pub second: Option<Second>,
    /// Where the board asks for several aggregates at once: which of them this is, as the board
    /// says it (`p50`). The id then ends in it (`los_days.p50`).
    pub statistic: Option<String>,
    /// Of how much history the usual band is made.
    pub usual_ms: Option<i64>,
    /// Small counts of people are suppressed for public viewers.
    pub counts_people: bool,
    pub alerts: Vec<AlertRule>,
    pub source: Source,
}

/// A tile's second line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Second {
    /// With `{metric_id}` in braces.
    Text(Text),
    /// The change against the same time yesterday.
    Delta,
    /// The share of `of`.
    Share,
}

impl Metric {
    /// Names of the breakdowns, in the order of their indices.
    pub fn breakdowns(&self) -> Vec<&str> {
        match &self.source {
            Source::Rows(rows) => rows.by.iter().map(|b| b.name.as_str()).collect(),
            Source::Formula(formula) => formula.by.iter().map(String::as_str).collect(),
            Source::System(_) => Vec::new(),
        }
    }
}

/// Where a metric's value comes from.
#[expect(clippy::large_enum_variant, reason = "a board has hundreds of them, not millions")]
#[derive(Debug, Clone)]
pub enum Source {
    Rows(Rows),
    System(SystemFigure),
    Formula(Formula),
}

impl Board {
    pub fn metric(&self, id: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.id == id)
    }
}
