import type {
  AsOf,
  BoardSchema,
  Connection,
  MetricPatch,
  MetricSchema,
  Status,
  Tier,
  Value,
  ViewBatch,
} from "../generated/wire";

/** Groups of one breakdown: key as relaxed Extended JSON text → value. */
export type Groups = ReadonlyMap<string, Value>;

const NO_GROUPS: Groups = new Map();

/** What one metric is now. A tile reads its own cell only, so a patch redraws what it touches. */
export class MetricCell {
  /** Undefined until the first value came. */
  total = $state.raw<Value | undefined>();
  #breakdowns = $state.raw<readonly Groups[]>([]);

  groups(breakdown: number): Groups {
    return this.#breakdowns[breakdown] ?? NO_GROUPS;
  }

  apply(patch: MetricPatch): void {
    if (patch.v !== undefined) this.total = patch.v;
    if (!patch.g?.length && !patch.gone?.length) return;
    const next = this.#breakdowns.map((groups) => new Map(groups));
    const at = (breakdown: number): Map<string, Value> => {
      while (next.length <= breakdown) next.push(new Map());
      return next[breakdown] as Map<string, Value>;
    };
    for (const [breakdown, key] of patch.gone ?? []) at(breakdown).delete(key);
    for (const [breakdown, key, value] of patch.g ?? []) at(breakdown).set(key, value);
    this.#breakdowns = next;
  }

  forget(): void {
    this.total = undefined;
    this.#breakdowns = [];
  }
}

function isRetry(from: Connection | undefined, server: string): boolean {
  if (!from || from.state === "online" || from.state === "connecting") return false;
  return "server" in from && from.server === server;
}

/** The board as this window knows it: the sum of all batches so far. */
export class BoardState {
  /** What the screen speaks of: while a try is under way, still what it is to end. */
  connection = $state.raw<Connection | undefined>();
  /** A try is under way to get out of `connection`. */
  retrying = $state.raw(false);
  schema = $state.raw<BoardSchema | undefined>();
  status = $state.raw<Status | undefined>();
  /** This computer's clock when `status` came; counts down what the status says in milliseconds from then. */
  statusAt = $state.raw(0);
  /** MongoDB's clock minus this computer's. */
  clockOffsetMs = $state.raw(0);
  seq = $state.raw<number | undefined>();
  asOf = $state.raw<Partial<Record<Tier, AsOf>>>({});
  /** Per tier: MongoDB's clock when its values were last known to be true. */
  confirmed = $state.raw<Partial<Record<Tier, number>>>({});
  #cells = $state.raw<readonly MetricCell[]>([]);

  metric(i: number): MetricSchema | undefined {
    return this.schema?.metrics[i];
  }

  cell(i: number): MetricCell | undefined {
    return this.#cells[i];
  }

  value(i: number): Value | undefined {
    return this.#cells[i]?.total;
  }

  /** @param now this computer's clock, Unix milliseconds */
  apply(batch: ViewBatch, now: number): void {
    if (batch.schema) this.#adopt(batch.schema);
    if (batch.reset) {
      for (const cell of this.#cells) cell.forget();
      this.asOf = {};
      this.confirmed = {};
      this.seq = undefined;
    }
    if (batch.connection) this.#connect(batch.connection);
    if (batch.status) {
      this.status = batch.status;
      this.statusAt = now;
    }
    if (batch.clock_offset_ms !== undefined) this.clockOffsetMs = batch.clock_offset_ms;
    if (Object.keys(batch.as_of).length > 0) this.asOf = { ...this.asOf, ...batch.as_of };
    if (Object.keys(batch.confirmed).length > 0) this.confirmed = { ...this.confirmed, ...batch.confirmed };
    for (const patch of batch.metrics) this.#cells[patch.i]?.apply(patch);
    if (batch.seq !== undefined) this.seq = batch.seq;
  }

  /** An app that tries every few seconds must not change its words with every try that fails. */
  #connect(next: Connection): void {
    this.retrying = next.state === "connecting" && isRetry(this.connection, next.server);
    if (!this.retrying) this.connection = next;
  }

  /** Another board's indices mean other metrics: nothing of the old one stays. */
  #adopt(schema: BoardSchema): void {
    const same = this.schema?.hash === schema.hash && this.#cells.length === schema.metrics.length;
    this.schema = schema;
    if (!same) this.#cells = schema.metrics.map(() => new MetricCell());
  }
}
