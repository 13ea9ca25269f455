use vigil_wire::{ClusterTime, MetricState, Millis, SourceState};

/// Every metric at one complete cluster time, with the `now` of its windows.
#[derive(Debug, Clone)]
pub struct Frozen {
    pub at: ClusterTime,
    pub now: Millis,
    /// In the board's order.
    pub states: Vec<MetricState>,
    /// How often a collection has been dropped or begun to be read anew so far.
    pub replaced: u64,
    /// MongoDB's clock at the last instant at which the state is known to have been true.
    pub confirmed: Option<Millis>,
}

/// There is no exact state to copy now.
#[derive(Debug, Clone, Copy)]
pub struct NotExact {
    pub state: SourceState,
}

impl std::fmt::Display for NotExact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let why = match self.state {
            SourceState::Starting => "the first read has not ended yet",
            SourceState::Resyncing => "everything is being read again",
            SourceState::Down => "MongoDB does not answer",
            SourceState::Live | SourceState::CatchingUp => "a document is being read again",
        };
        write!(f, "no exact state to look at: {why}; try again in a moment")
    }
}
