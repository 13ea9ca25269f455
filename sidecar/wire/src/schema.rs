use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A shown text, per language (BCP 47 primary tag). A board that says a plain string means every
/// language and is encoded under the key `""`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(transparent)]
pub struct LocalText(pub BTreeMap<String, String>);

/// A unit in singular and plural, per language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct UnitText {
    pub one: LocalText,
    pub other: LocalText,
}

/// How old a published value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    Critical,
    Standard,
    Historical,
    Report,
}

impl Tier {
    pub const ALL: [Tier; 4] = [Tier::Critical, Tier::Standard, Tier::Historical, Tier::Report];

    /// The tier's name on the wire and in a board.
    pub const fn name(self) -> &'static str {
        match self {
            Tier::Critical => "critical",
            Tier::Standard => "standard",
            Tier::Historical => "historical",
            Tier::Report => "report",
        }
    }
}

/// Who may see a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Public,
    Internal,
    Sensitive,
}

/// Which direction of change is an improvement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Good {
    Up,
    Down,
    None,
}

/// How a value is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Format {
    Number {
        decimals: u8,
    },
    Percent {
        decimals: u8,
    },
    /// ISO 4217 code.
    Money {
        currency: String,
    },
    /// A date, drawn as the time elapsed since then.
    Age,
    /// A number of seconds, drawn as a duration.
    Duration,
    /// A state or another word.
    Text,
}

/// One metric as a client needs it to draw it. Its index in [`BoardSchema::metrics`] is its name in patches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct MetricSchema {
    pub id: String,
    pub title: LocalText,
    /// At most 16 characters, for a wallboard.
    pub short: Option<LocalText>,
    pub help: Option<LocalText>,
    pub unit: Option<UnitText>,
    pub format: Format,
    pub tier: Tier,
    pub class: Class,
    pub good: Good,
    /// An input of other metrics only: it has values, but no tile.
    pub hidden: bool,
    /// Key into [`BoardSchema::labels`], of a metric whose value is a word.
    pub labels: Option<String>,
    /// The breakdowns; a group key's first part is an index into it.
    pub by: Vec<BreakdownSchema>,
    /// Index of the metric that this one is a part of ("14 of 588").
    pub of: Option<u32>,
    /// The tile's second line: a text with `{metric_id}` or `{metric_id.unit}` in braces.
    pub second: Option<LocalText>,
    /// The tile's second line is the share that this metric is of `of`.
    pub share: bool,
    /// Which statistic of the title this is, as a board names it (`p50`, `avg`); absent where it goes
    /// without saying.
    pub statistic: Option<String>,
}

/// One breakdown of a metric, and how its groups are called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BreakdownSchema {
    pub name: String,
    /// Key into [`BoardSchema::labels`]: what a group key is called.
    pub labels: Option<String>,
    /// Index of the hidden metric whose groups, in its first breakdown, have these keys and the names as values.
    pub names: Option<u32>,
    /// Group keys are parts of a date.
    pub unit: Option<TimeUnit>,
}

/// A part of a date: an hour of the day (0 to 23), a day (`"2026-11-21"`), a day of the week (Monday is 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    Hour,
    Day,
    Weekday,
}

/// One row of the overview: indices into `metrics` and `panels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct GroupSchema {
    pub id: String,
    pub title: LocalText,
    pub icon: Option<String>,
    pub tiles: Vec<u32>,
    pub panels: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PanelKind {
    Bars,
}

/// A figure drawn over the groups of one breakdown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PanelSchema {
    pub id: String,
    pub title: LocalText,
    pub kind: PanelKind,
    pub metric: u32,
    /// Index into that metric's `by`.
    pub by: u8,
    /// Drawn as a tick on every bar.
    pub limit: Option<f64>,
}

/// What a client needs to draw a board; sent once, in `hello`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct BoardSchema {
    pub id: String,
    /// SHA-256 of the board's text, hexadecimal.
    pub hash: String,
    pub title: LocalText,
    /// IANA name or POSIX zone of the site.
    pub timezone: String,
    /// One sentence with `{metric_id}` in braces.
    pub headline: Option<LocalText>,
    /// Longest age of a confirmed value per tier, in milliseconds, in the order of `Tier::ALL`.
    #[cfg_attr(feature = "typescript", ts(type = "[number, number, number, number]"))]
    pub promise_ms: [u64; 4],
    /// Words for group keys and values: field → value → text.
    pub labels: BTreeMap<String, BTreeMap<String, LocalText>>,
    pub groups: Vec<GroupSchema>,
    pub panels: Vec<PanelSchema>,
    pub metrics: Vec<MetricSchema>,
}
