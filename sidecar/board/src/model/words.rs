//! What values and groups are called.

use super::{Aggregate, Board, GroupKey, Quantity, Rows, Source, SystemFigure, TimeUnit};

/// How a breakdown's groups are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Naming<'a> {
    /// Key into [`Board::labels`].
    pub labels: Option<&'a str>,
    /// Index of the metric whose groups are the names; see [`super::Breakdown::names`].
    pub names: Option<usize>,
    /// The groups are parts of a date.
    pub unit: Option<TimeUnit>,
}

impl Board {
    /// How the groups of a metric's breakdown are called. A formula's are called as those of its
    /// inputs, where these agree.
    pub fn naming(&self, metric: usize, breakdown: &str) -> Naming<'_> {
        match self.metrics.get(metric).map(|metric| &metric.source) {
            Some(Source::Rows(rows)) => self.naming_of_rows(rows, breakdown),
            Some(Source::Formula(formula)) => {
                let has = |input: &usize| self.metrics[*input].breakdowns().contains(&breakdown);
                let inputs = formula.inputs().into_iter().filter(has);
                let mut namings = inputs.map(|input| self.naming(input, breakdown));
                let first = namings.next().unwrap_or_default();
                if namings.all(|other| other == first) { first } else { Naming::default() }
            }
            Some(Source::System(_)) | None => Naming::default(),
        }
    }

    fn naming_of_rows(&self, rows: &Rows, breakdown: &str) -> Naming<'_> {
        let Some(by) = rows.by.iter().find(|by| by.name == breakdown) else { return Naming::default() };
        match &by.key {
            GroupKey::Time { unit, .. } => Naming { unit: Some(*unit), ..Naming::default() },
            GroupKey::Field(field) => {
                Naming { labels: self.words(&rows.from, field), names: by.names, unit: None }
            }
            GroupKey::Via { from, show, .. } => {
                Naming { labels: self.words(from, show), names: by.names, unit: None }
            }
        }
    }

    /// Key into [`Board::labels`] for a metric whose value is a word.
    pub fn value_words(&self, metric: usize) -> Option<&str> {
        match &self.metrics.get(metric)?.source {
            Source::System(SystemFigure::SourceState) => self.table("source_state"),
            Source::System(SystemFigure::RedisState) => self.table("redis_state"),
            Source::Rows(rows) if matches!(rows.aggregate, Aggregate::Min | Aggregate::Max) => {
                match rows.value.as_ref().map(|value| &value.of) {
                    Some(Quantity::Field(path)) => self.words(&rows.from, path),
                    Some(Quantity::Between { .. }) | None => None,
                }
            }
            Source::Rows(_) | Source::Formula(_) | Source::System(_) => None,
        }
    }

    /// The table of that collection's field, else of every field of that name.
    fn words(&self, collection: &str, field: &str) -> Option<&str> {
        self.table(&format!("{collection}.{field}")).or_else(|| self.table(field))
    }

    fn table(&self, name: &str) -> Option<&str> {
        self.labels.get_key_value(name).map(|(name, _)| name.as_str())
    }
}
