import { approximate, parseDecimal } from "../../format/decimal";
import { groupName } from "../../format/group";
import { type Setting, type Shown, shownValue } from "../../format/shown";
import type { MetricSchema, PanelSchema, Value } from "../../generated/wire";
import type { Groups } from "../../store/board.svelte";

/** One bar. Lengths are shares of the panel's scale, 0 to 1. */
export interface Bar {
  key: string;
  name: string;
  shown: Shown;
  /** Absent where there is no value to draw. */
  length?: number;
  /** The part beyond the limit. */
  beyond: number;
}

export interface Bars {
  bars: Bar[];
  /** There are more groups than the board allows, so none of them is known. */
  tooMany: boolean;
  /** Where the limit's tick stands. */
  limit?: number;
  /** Groups for which there is no room, and the largest of their values. */
  more: number;
  below?: Shown;
}

/** The key that stands for all groups of a breakdown that has too many of them. No group's key is this: keys are JSON. */
const ALL_GROUPS = "*";

/** The largest first; groups without a value last. @param names what groups are called, by their keys */
export function barsOf(
  panel: PanelSchema,
  metric: MetricSchema,
  { groups, names }: { groups: Groups; names: Groups | undefined },
  room: number,
  setting: Setting,
): Bars {
  if (groups.has(ALL_GROUPS)) return { bars: [], tooMany: true, more: 0 };
  const sized = [...groups].map(([key, value]) => ({ key, value, size: sizeOf(value) }));
  sized.sort((a, b) => (b.size ?? -Infinity) - (a.size ?? -Infinity) || (a.key < b.key ? -1 : 1));
  const scale = scaleOf(sized[0]?.size, panel.limit, metric);
  const limit = panel.limit === null ? undefined : share(panel.limit, scale);
  const breakdown = metric.by[panel.by];
  const shown = sized.length > room ? sized.slice(0, room - 1) : sized;
  const bars = shown.map(({ key, value, size }): Bar => {
    const length = size === undefined ? undefined : share(size, scale);
    return {
      key,
      name: groupName(key, breakdown, names, setting),
      shown: shownValue(value, metric, setting),
      beyond: length === undefined || limit === undefined ? 0 : Math.max(0, length - limit),
      ...(length === undefined ? {} : { length }),
    };
  });
  const next = sized[shown.length];
  return {
    bars,
    tooMany: false,
    more: sized.length - shown.length,
    ...(limit === undefined ? {} : { limit }),
    ...(next ? { below: shownValue(next.value, metric, setting) } : {}),
  };
}

/** A length on the screen; the shown digits never come from here. */
function sizeOf(value: Value): number | undefined {
  if (typeof value === "object") return undefined;
  const decimal = parseDecimal(String(value));
  return decimal && approximate(decimal);
}

/** From 0; a share of the whole is drawn against the whole, unless it is over. */
function scaleOf(largest: number | undefined, limit: number | null, metric: MetricSchema): number {
  return Math.max(largest ?? 0, limit ?? 0, metric.format.kind === "percent" ? 1 : 0);
}

function share(size: number, scale: number): number {
  return scale > 0 ? Math.min(1, Math.max(0, size / scale)) : 0;
}
