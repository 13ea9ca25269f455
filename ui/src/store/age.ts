import type { BoardSchema, Tier } from "../generated/wire";

/** In the order of `promise_ms`. */
export const TIERS: readonly Tier[] = ["critical", "standard", "historical", "report"];

export type Freshness = "fresh" | "ageing" | "stale";

/** The longest age of a confirmed value that the tier promises, in milliseconds. */
export function promiseMs(schema: BoardSchema, tier: Tier): number {
  return schema.promise_ms[TIERS.indexOf(tier)] ?? 0;
}

/**
 * How old a confirmed value is.
 * @param now this computer's clock
 * @param clockOffsetMs MongoDB's clock minus this computer's
 * @param confirmed MongoDB's clock
 */
export function ageMs(now: number, clockOffsetMs: number, confirmed: number): number {
  return Math.max(0, now + clockOffsetMs - confirmed);
}

/** Fresh up to twice the tier's promise, stale beyond six times. */
export function freshness(age: number, promise: number): Freshness {
  if (age <= 2 * promise) return "fresh";
  return age <= 6 * promise ? "ageing" : "stale";
}
