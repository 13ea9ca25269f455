//! A board that has been checked: every reference resolved, every text a text.
//!
//! Indices (`usize`) into [`Board::metrics`] are the metrics' names in the engine and on the wire.

use std::collections::{BTreeMap, BTreeSet};

use bson::Bson;
use jiff::tz::TimeZone;

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
    pub labels: BTreeMap<String, BTreeMap<String, Text>>,
    pub groups: Vec<Group>,
    pub panels: Vec<Panel>,
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelKind {
    Bars,
}

#[derive(Debug, Clone)]
pub struct Panel {
    pub id: String,
    pub title: Text,
    pub kind: PanelKind,
    pub metric: usize,
    /// Index into that metric's breakdowns.
    pub by: usize,
    pub limit: Option<f64>,
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
    pub second: Option<Text>,
    pub source: Source,
}

impl Metric {
    /// Names of the breakdowns, in the order of their indices.
    pub fn breakdowns(&self) -> Vec<&str> {
        match &self.source {
            Source::Rows(rows) => rows.by.iter().map(|b| b.field.as_str()).collect(),
            Source::Formula(formula) => formula.by.iter().map(String::as_str).collect(),
            Source::System(_) => Vec::new(),
        }
    }
}

/// Where a metric's value comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Rows(Rows),
    System(SystemFigure),
    Formula(Formula),
}

/// An aggregate over the documents of one collection.
#[derive(Debug, Clone)]
pub struct Rows {
    pub from: String,
    pub filter: Filter,
    pub window: Option<Window>,
    pub aggregate: Aggregate,
    pub by: Vec<Breakdown>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Aggregate {
    Count,
    Sum(Path),
    Min(Path),
    Max(Path),
}

/// Groups by a field's value. `keys_from` adds a group for each `_id` of that collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    pub field: Path,
    pub keys_from: Option<String>,
}

/// MongoDB's query language, the part of it that a board may use.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every one of them; an empty list is true.
    And(Vec<Filter>),
    /// At least one of them; never empty.
    Or(Vec<Filter>),
    Field(Path, Test),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Null also matches a missing field.
    Eq(Bson),
    Ne(Bson),
    In(Vec<Bson>),
    Exists(bool),
}

/// Which rows count at t = now, by one of their dates. A row whose field is no date is outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    /// From the local midnight that began today (inclusive) to the next one (exclusive).
    Today { field: Path },
    /// The local day before today.
    Yesterday { field: Path },
    /// (t − span, t]; with a bucket b: (⌊t − span⌋_b, t].
    Last { field: Path, span_ms: i64, bucket_ms: Option<i64> },
}

impl Window {
    pub fn field(&self) -> &str {
        match self {
            Window::Today { field } | Window::Yesterday { field } | Window::Last { field, .. } => field,
        }
    }
}

/// The sidecar's own figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemFigure {
    /// Seconds that the applied position is behind MongoDB's last write.
    StreamLagS,
    /// Seconds, the sidecar's clock minus MongoDB's.
    ClockOffsetS,
    /// A word: `starting`, `live`, `catching_up`, `resyncing`, `down`.
    SourceState,
    /// A word: `off`, `live`, `degraded`.
    RedisState,
    /// Authenticated clients.
    Clients,
    /// Documents whose tracked fields cannot be used.
    DocumentsSetAside,
}

/// Arithmetic over other metrics, in f64. Its groups are the union of its inputs' groups.
#[derive(Debug, Clone)]
pub struct Formula {
    pub text: String,
    pub root: Expr,
    /// Breakdown names, from its inputs; empty when it has totals only.
    pub by: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Number(f64),
    Metric(usize),
    Negate(Box<Expr>),
    Binary(Operator, Box<Expr>, Box<Expr>),
    Min(Vec<Expr>),
    Max(Vec<Expr>),
    /// Hours from a date to now.
    Hours(Box<Expr>),
    /// `x ?? y`: y where x is no data.
    Else(Box<Expr>, Box<Expr>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Board {
    /// What leaves MongoDB: per collection the tracked paths, ancestors absorbing their descendants.
    /// `_id` always comes and is not listed. A collection that only names keys has an empty set.
    pub fn watched(&self) -> BTreeMap<String, BTreeSet<Path>> {
        let mut watched: BTreeMap<String, BTreeSet<Path>> = BTreeMap::new();
        for metric in &self.metrics {
            let Source::Rows(rows) = &metric.source else { continue };
            let paths = watched.entry(rows.from.clone()).or_default();
            rows.filter.collect_paths(paths);
            if let Some(window) = &rows.window {
                paths.insert(window.field().to_owned());
            }
            if let Aggregate::Sum(path) | Aggregate::Min(path) | Aggregate::Max(path) = &rows.aggregate {
                paths.insert(path.clone());
            }
            paths.extend(rows.by.iter().map(|b| b.field.clone()));
            for breakdown in &rows.by {
                if let Some(keys) = &breakdown.keys_from {
                    watched.entry(keys.clone()).or_default();
                }
            }
        }
        for paths in watched.values_mut() {
            paths.retain(|path| path != "_id" && !path.starts_with("_id."));
            let all = paths.clone();
            paths.retain(|path| !ancestors(path).any(|ancestor| all.contains(ancestor)));
        }
        watched
    }

    pub fn metric(&self, id: &str) -> Option<usize> {
        self.metrics.iter().position(|metric| metric.id == id)
    }
}

fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('.').map(|(at, _)| &path[..at])
}

impl Filter {
    fn collect_paths(&self, into: &mut BTreeSet<Path>) {
        match self {
            Filter::And(parts) | Filter::Or(parts) => {
                for part in parts {
                    part.collect_paths(into);
                }
            }
            Filter::Field(path, _) => {
                into.insert(path.clone());
            }
        }
    }
}
