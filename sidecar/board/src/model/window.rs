use super::Path;

/// Which rows count at t = now, by their dates. A row whose field is no date is outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    /// A local day, from its first instant (inclusive) to the next one's (exclusive); with `until_ms`
    /// only dates before that time of the day (milliseconds after midnight by the clock on the wall).
    Day { field: Path, day: Day, until_ms: Option<i64> },
    /// (t − span, t]; with a bucket b: (⌊t − span⌋_b, t].
    Last { field: Path, span_ms: i64, bucket_ms: Option<i64> },
    /// (t, t + span].
    Next { field: Path, span_ms: i64 },
    /// field ≤ t − span: rows enter with no write.
    OlderThan { field: Path, span_ms: i64 },
    /// from ≤ t < the earliest present of `to`; open where none of them is there.
    Covers { from: Path, to: Vec<Path> },
    /// In at least one of them; never empty.
    Any(Vec<Window>),
    /// In each of them; never empty.
    All(Vec<Window>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    Today,
    Yesterday,
}

impl Window {
    /// The dates that it reads.
    pub fn fields(&self) -> Vec<&str> {
        match self {
            Window::Day { field, .. }
            | Window::Last { field, .. }
            | Window::Next { field, .. }
            | Window::OlderThan { field, .. } => vec![field],
            Window::Covers { from, to } => {
                std::iter::once(from.as_str()).chain(to.iter().map(String::as_str)).collect()
            }
            Window::Any(parts) | Window::All(parts) => parts.iter().flat_map(Window::fields).collect(),
        }
    }
}
