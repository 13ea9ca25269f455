use super::{Class, FeedAlert, Filter, Format, Path, Text, Window};

/// A live list of documents.
#[derive(Debug, Clone)]
pub struct Feed {
    pub id: String,
    pub title: Text,
    pub from: String,
    pub filter: Filter,
    pub window: Option<Window>,
    /// `_id` comes last, rising, and is not listed.
    pub sort: Vec<(Path, Direction)>,
    /// 1 to 500 rows.
    pub limit: usize,
    /// Never empty.
    pub columns: Vec<Column>,
    pub alerts: Vec<FeedAlert>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Rising,
    Falling,
}

#[derive(Debug, Clone)]
pub struct Column {
    pub field: Path,
    pub title: Text,
    pub format: Format,
    pub class: Class,
    /// Index of the metric whose groups name the values, as [`super::Breakdown::names`].
    pub names: Option<usize>,
}
