import type { BoardSchema, Connection, Status, Tier } from "../../generated/wire";
import { ageMs, type Freshness, freshness, promiseMs, TIERS } from "../../store/age";

/** What the strip says about the whole screen, one word. */
export type StripState =
  | "live"
  | "catching_up"
  | "resyncing"
  | "starting"
  | "down"
  | "behind"
  | "connecting"
  | "waiting"
  | "signed_out"
  | "refused"
  | "no_server";

/** What the window knows about its figures, apart from the figures. */
export interface Knowledge {
  connection: Connection | undefined;
  /** A try is under way to get out of `connection`. */
  retrying: boolean;
  status: Status | undefined;
  schema: BoardSchema | undefined;
  confirmed: Partial<Record<Tier, number>>;
  /** This computer's clock. */
  now: number;
  clockOffsetMs: number;
}

/** Age of the figures of one tier; undefined while none of them was ever confirmed. */
export interface TierAge {
  confirmed: number;
  ageMs: number;
  freshness: Freshness;
}

export function tierAge(known: Knowledge, tier: Tier): TierAge | undefined {
  const confirmed = known.confirmed[tier];
  if (confirmed === undefined || !known.schema) return undefined;
  const age = ageMs(known.now, known.clockOffsetMs, confirmed);
  return { confirmed, ageMs: age, freshness: freshness(age, promiseMs(known.schema, tier)) };
}

/** The tier that the strip's "as of" speaks for: the quickest one on the screen. */
export function leadingTier(schema: BoardSchema): Tier | undefined {
  const shown = new Set(
    schema.groups.flatMap((group) => [
      ...group.tiles.map((i) => schema.metrics[i]?.tier),
      ...group.panels.map((p) => schema.metrics[schema.panels[p]?.metric ?? -1]?.tier),
    ]),
  );
  return TIERS.find((tier) => shown.has(tier));
}

export function stripState(known: Knowledge): StripState {
  const connection = known.connection?.state ?? "connecting";
  if (connection !== "online") return connection;
  const source = known.status?.source.state ?? "starting";
  if (source !== "live") return source;
  const tier = known.schema && leadingTier(known.schema);
  const age = tier && tierAge(known, tier);
  return age?.freshness === "stale" ? "behind" : "live";
}

/** Whether nothing comes from the server: the strip turns dark. */
export function isAway(state: StripState): boolean {
  return ["connecting", "waiting", "signed_out", "refused", "no_server"].includes(state);
}

/** How far a tile's value can be trusted, and how that is drawn. */
export interface Trust {
  age: TierAge | undefined;
  hatched: boolean;
  /** The strip says why, so the tile does not say it again. */
  explained: boolean;
}

export function trustOf(known: Knowledge, tier: Tier): Trust {
  const state = stripState(known);
  const age = tierAge(known, tier);
  const whole = isAway(state) || state === "resyncing";
  return {
    age,
    hatched: whole || age?.freshness === "stale",
    explained: whole || state === "down" || state === "behind" || state === "catching_up",
  };
}
