import type { BreakdownSchema, TimeUnit, Value } from "../generated/wire";
import { visibleText } from "../text/visible";
import { labelled, type Setting, shownValue } from "./shown";

/** Any week's Monday. */
const MONDAY = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/**
 * What a group is called: by the board's labels, else by its document's name, else as the part of a date that it is.
 * @param key relaxed Extended JSON text
 * @param names groups of the metric that the breakdown's `names` says
 */
export function groupName(
  key: string,
  breakdown: BreakdownSchema | undefined,
  names: ReadonlyMap<string, Value> | undefined,
  setting: Setting,
): string {
  const value = parsed(key);
  if (value === null) return setting.language.say("panel.no_key");
  const text = typeof value === "string" ? value : plainKey(value, key);
  return (
    labelled(text, breakdown?.labels ?? null, setting) ??
    named(key, breakdown, names, setting) ??
    (breakdown?.unit ? partOfDate(value, breakdown.unit, setting.language.locale) : undefined) ??
    visibleText(text)
  );
}

function named(
  key: string,
  breakdown: BreakdownSchema | undefined,
  names: ReadonlyMap<string, Value> | undefined,
  setting: Setting,
): string | undefined {
  const metric = setting.schema.metrics[breakdown?.names ?? -1];
  const value = names?.get(key);
  if (!metric || value === undefined || (typeof value === "object" && "none" in value)) return undefined;
  return shownValue(value, metric, setting).text || undefined;
}

/** Already of the site's zone, so none is applied; undefined where the key is no such part. */
function partOfDate(value: unknown, unit: TimeUnit, locale: string): string | undefined {
  const at = unit === "day" ? dayOf(value) : within(value, unit === "hour" ? [0, 23] : [1, 7]);
  if (at === undefined) return undefined;
  if (unit === "hour") return `${String(at).padStart(2, "0")}:00`;
  const [look, instant]: [Intl.DateTimeFormatOptions, number] =
    unit === "day" ? [{ day: "numeric", month: "short" }, at] : [{ weekday: "long" }, MONDAY + (at - 1) * DAY_MS];
  return new Intl.DateTimeFormat(locale, { ...look, timeZone: "UTC" }).format(instant);
}

function within(value: unknown, [least, most]: [number, number]): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

function dayOf(value: unknown): number | undefined {
  const at = typeof value === "string" && /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** `{"$oid": "…"}` and other typed keys show what they wrap. */
function plainKey(value: unknown, key: string): string {
  if (typeof value === "object" && value !== null) {
    const inner = Object.values(value);
    if (inner.length === 1 && typeof inner[0] === "string") return inner[0];
  }
  return key;
}

function parsed(key: string): unknown {
  try {
    return JSON.parse(key);
  } catch {
    return key;
  }
}
