// Generated from sidecar/wire; do not edit.
// VIGIL_UPDATE=1 cargo test -p vigil-wire --features typescript

/** Version of the protocol. */
export const PROTOCOL = 1;

/**
 * A bearer token on its way. Its `Debug` shows nothing, so that no frame that is printed tells it.
 */
export type BearerToken = string;

/**
 * Everything that a client says on an open socket.
 */
export type ClientFrame = { "type": "auth", token: BearerToken, } | { "type": "subscribe", board: string, 
/**
 * Metric ids; absent or null means all.
 */
metrics: Array<string> | null, 
/**
 * At most so many diffs a second; absent means as they come.
 */
max_rate_hz: number | null, } | { "type": "resume", board: string, metrics: Array<string> | null, max_rate_hz: number | null, epoch: string, seq: number, } | { "type": "painted", board: string, seq: number, } | { "type": "ping", n: number, };

/**
 * What an `error` frame is about.
 */
export type ErrorCode = "bad_frame" | "out_of_order" | "not_authenticated" | "not_allowed" | "unknown_board" | "unknown_metric" | "too_large" | "internal";

/**
 * `[breakdown, key, value]`.
 */
export type GroupPatch = [number, string, Value];

/**
 * What changed in one metric: latest values, never increments.
 */
export type MetricPatch = { 
/**
 * Index into the board schema's `metrics`.
 */
i: number, 
/**
 * The total, when it changed.
 */
v?: Value, 
/**
 * Groups that are new or changed.
 */
g?: Array<GroupPatch>, 
/**
 * Groups that are no more.
 */
gone?: Array<[number, string]>, };

/**
 * What a client needs to draw a board; sent once, in `hello`.
 */
export type BoardSchema = { id: string, 
/**
 * SHA-256 of the board's text, hexadecimal.
 */
hash: string, title: LocalText, 
/**
 * IANA name or POSIX zone of the site.
 */
timezone: string, 
/**
 * One sentence with `{metric_id}` in braces.
 */
headline: LocalText | null, 
/**
 * Longest age of a confirmed value per tier, in milliseconds, in the order of `Tier::ALL`.
 */
promise_ms: [number, number, number, number], 
/**
 * Words for group keys and values: field → value → text.
 */
labels: { [key in string]: { [key in string]: LocalText } }, groups: Array<GroupSchema>, panels: Array<PanelSchema>, metrics: Array<MetricSchema>, };

/**
 * One breakdown of a metric, and how its groups are called.
 */
export type BreakdownSchema = { name: string, 
/**
 * Key into [`BoardSchema::labels`]: what a group key is called.
 */
labels: string | null, 
/**
 * Index of the hidden metric whose groups, in its first breakdown, have these keys and the names as values.
 */
names: number | null, 
/**
 * Group keys are parts of a date.
 */
unit: TimeUnit | null, };

/**
 * Who may see a value.
 */
export type Class = "public" | "internal" | "sensitive";

/**
 * How a value is drawn.
 */
export type Format = { "kind": "number", decimals: number, } | { "kind": "percent", decimals: number, } | { "kind": "money", currency: string, } | { "kind": "age" } | { "kind": "duration" } | { "kind": "text" };

/**
 * Which direction of change is an improvement.
 */
export type Good = "up" | "down" | "none";

/**
 * One row of the overview: indices into `metrics` and `panels`.
 */
export type GroupSchema = { id: string, title: LocalText, icon: string | null, tiles: Array<number>, panels: Array<number>, };

/**
 * A shown text, per language (BCP 47 primary tag). A board that says a plain string means every
 * language and is encoded under the key `""`.
 */
export type LocalText = { [key in string]: string };

/**
 * One metric as a client needs it to draw it. Its index in [`BoardSchema::metrics`] is its name in patches.
 */
export type MetricSchema = { id: string, title: LocalText, 
/**
 * At most 16 characters, for a wallboard.
 */
short: LocalText | null, help: LocalText | null, unit: UnitText | null, format: Format, tier: Tier, class: Class, good: Good, 
/**
 * An input of other metrics only: it has values, but no tile.
 */
hidden: boolean, 
/**
 * Key into [`BoardSchema::labels`], of a metric whose value is a word.
 */
labels: string | null, 
/**
 * The breakdowns; a group key's first part is an index into it.
 */
by: Array<BreakdownSchema>, 
/**
 * Index of the metric that this one is a part of ("14 of 588").
 */
of: number | null, 
/**
 * The tile's second line: a text with `{metric_id}` or `{metric_id.unit}` in braces.
 */
second: LocalText | null, 
/**
 * The tile's second line is the share that this metric is of `of`.
 */
share: boolean, 
/**
 * Which statistic of the title this is, as a board names it (`p50`, `avg`); absent where it goes
 * without saying.
 */
statistic: string | null, };

export type PanelKind = "bars";

/**
 * A figure drawn over the groups of one breakdown.
 */
export type PanelSchema = { id: string, title: LocalText, kind: PanelKind, metric: number, 
/**
 * Index into that metric's `by`.
 */
by: number, 
/**
 * Drawn as a tick on every bar.
 */
limit: number | null, };

/**
 * How old a published value may be.
 */
export type Tier = "critical" | "standard" | "historical" | "report";

/**
 * A part of a date: an hour of the day (0 to 23), a day (`"2026-11-21"`), a day of the week (Monday is 1).
 */
export type TimeUnit = "hour" | "day" | "weekday";

/**
 * A unit in singular and plural, per language.
 */
export type UnitText = { one: LocalText, other: LocalText, };

/**
 * An empty diff: over the subscription, every state in `[from, seq]` is the same.
 *
 * A client in that range is at `seq` now; one below `from` has a gap; one above `seq` has newer.
 */
export type Confirmed = { board: string, epoch: string, from: number, seq: number, confirmed: Partial<Record<Tier, number>>, };

export type Diff = { board: string, epoch: string, from: number, seq: number, as_of: { [key in Tier]?: AsOf }, confirmed: Partial<Record<Tier, number>>, metrics: Array<MetricPatch>, };

/**
 * A new epoch that goes on from an earlier one: state `s` of the parent is state `s` of `epoch`,
 * for every `s` up to `parent_seq`. A client that is past `parent_seq` has a gap.
 */
export type EpochChange = { board: string, epoch: string, parent_epoch: string, parent_seq: number, };

export type ErrorFrame = { code: ErrorCode, 
/**
 * For people: what was wrong and what to do.
 */
message: string, retry_after_ms?: number, };

export type Hello = { protocol: number, 
/**
 * Version of the sidecar.
 */
server: string, 
/**
 * Random name of this connection.
 */
session: string, 
/**
 * MongoDB's clock, so that a client can show right ages on a wrong clock.
 */
now: number, boards: Array<BoardSchema>, limits: Limits, };

export type Limits = { 
/**
 * Longest frame that a client may send, in bytes.
 */
frame_bytes: number, 
/**
 * A client from which nothing comes for this long is closed; `ping` counts, a WebSocket pong too.
 */
idle_ms: number, };

export type RedisState = "off" | "live" | "degraded";

/**
 * Everything that the sidecar says on an open socket.
 */
export type ServerFrame = { "type": "hello" } & Hello | { "type": "snapshot" } & Snapshot | { "type": "diff" } & Diff | { "type": "confirmed" } & Confirmed | { "type": "epoch" } & EpochChange | { "type": "status" } & Status | { "type": "token_expiring", in_ms: number, } | { "type": "error" } & ErrorFrame | { "type": "pong", 
/**
 * The ping's own number.
 */
n: number, 
/**
 * MongoDB's clock when it was answered.
 */
now: number, };

export type Snapshot = { board: string, epoch: string, seq: number, 
/**
 * Per tier: what its values are as of.
 */
as_of: { [key in Tier]?: AsOf }, 
/**
 * Per tier: MongoDB's clock at the last instant the values are known to be true.
 */
confirmed: Partial<Record<Tier, number>>, 
/**
 * Every metric of the subscription: totals and all groups.
 */
metrics: Array<MetricPatch>, };

/**
 * How a watched MongoDB is followed.
 */
export type SourceState = "starting" | "live" | "catching_up" | "resyncing" | "down";

export type SourceStatus = { state: SourceState, 
/**
 * MongoDB's clock when this state began.
 */
since: number, 
/**
 * How far the applied position is behind MongoDB's last write.
 */
lag_ms: number, 
/**
 * When the next try is due, for `down`.
 */
retry_in_ms: number | null, 
/**
 * The sidecar's clock minus MongoDB's.
 */
clock_offset_ms: number, };

export type Status = { board: string, source: SourceStatus, redis: RedisState, };

/**
 * What a published state is a state of: every write up to `t`, seen at `now`.
 */
export type AsOf = { t: ClusterTime, 
/**
 * MongoDB's clock, milliseconds since the Unix epoch: the instant at which windows were evaluated.
 */
now: number, };

/**
 * A MongoDB cluster time: seconds and the ordinal within the second.
 *
 * Encoded as `[seconds, ordinal]`.
 */
export type ClusterTime = [number, number];

/**
 * Why a metric has no value.
 */
export type NoData = "empty" | "division_by_zero" | "missing_input" | "too_many_groups" | "unavailable";

export type Value = number | string | { date: number } | { text: string } | { none: NoData };

/**
 * How the app stands to its server.
 */
export type Connection = { "state": "no_server" } | { "state": "signed_out", server: string, reason: SignedOutReason, message: string, } | { "state": "connecting", server: string, } | { "state": "online", server: string, } | { "state": "waiting", server: string, message: string, retry_at: number, } | { "state": "refused", server: string, code: number, message: string, };

export type SignedOutReason = "no_token" | "keyring_unavailable" | "keyring_locked" | "token_refused";

/**
 * One batch for the window, at most one per drawn frame. Every part is absent when unchanged.
 */
export type ViewBatch = { 
/**
 * Forget every value first: what follows is the whole state.
 */
reset: boolean, connection?: Connection, schema?: BoardSchema, status?: Status, 
/**
 * MongoDB's clock minus this computer's.
 */
clock_offset_ms?: number, 
/**
 * The state that `metrics` lead to.
 */
seq?: number, as_of: { [key in Tier]?: AsOf }, confirmed: Partial<Record<Tier, number>>, metrics: Array<MetricPatch>, };
