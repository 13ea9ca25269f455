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
    /// Hours between the oldest and the newest entry of MongoDB's oplog.
    OplogWindowH,
    /// Metrics that differed from MongoDB at their last verification.
    AuditDrift,
    /// Share, 0 to 1, of the metrics that were verified exact in the last 30 minutes.
    MetricsVerifiedShare,
    /// A date: when the metric that was not verified for the longest was.
    OldestVerification,
    /// Milliseconds, the 99th percentile of the last minute: published to written to a client's socket.
    SendLagP99Ms,
    /// Share of one core, 0 and up: the sidecar's own, mean of the last 10 s.
    CpuShare,
    /// The sidecar's resident memory.
    MemoryBytes,
    /// Commands a second that the sidecar sends to MongoDB, mean of the last minute.
    OwnLoad,
    /// Incidents of the last hour.
    Errors1h,
}

impl SystemFigure {
    /// Its values are words.
    pub fn is_word(self) -> bool {
        matches!(self, SystemFigure::SourceState | SystemFigure::RedisState)
    }

    /// Its values are dates.
    pub fn is_date(self) -> bool {
        self == SystemFigure::OldestVerification
    }
}
