import { plainSpaces } from "./number";

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

type Unit = "day" | "hour" | "minute" | "second";
/** Unit symbols of the SI and beside it: the same in every language that Vigil speaks. */
const SYMBOL: Record<Unit, string> = { day: "d", hour: "h", minute: "min", second: "s" };

export interface DurationPart {
  amount: number;
  unit: Unit;
}

/** At most two neighbouring units: "45 s", "12 min", "12 h 10 min", "3 d 4 h". Fractions are cut off, not rounded up. */
export function durationParts(milliseconds: number): DurationPart[] {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < MINUTE_S) return [{ amount: seconds, unit: "second" }];
  if (seconds < HOUR_S) return [{ amount: Math.floor(seconds / MINUTE_S), unit: "minute" }];
  if (seconds < DAY_S) return pair(seconds, HOUR_S, "hour", MINUTE_S, "minute");
  return pair(seconds, DAY_S, "day", HOUR_S, "hour");
}

function pair(seconds: number, large: number, largeUnit: Unit, small: number, smallUnit: Unit): DurationPart[] {
  const rest = Math.floor((seconds % large) / small);
  const first: DurationPart = { amount: Math.floor(seconds / large), unit: largeUnit };
  return rest === 0 ? [first] : [first, { amount: rest, unit: smallUnit }];
}

export function symbol(unit: Unit): string {
  return SYMBOL[unit];
}

/** "12 h 10 min", held together by no-break spaces. */
export function formatDuration(locale: string, milliseconds: number): string {
  const number = new Intl.NumberFormat(locale);
  return durationParts(milliseconds)
    .map(({ amount, unit }) => `${plainSpaces(number.format(amount))}\u00a0${SYMBOL[unit]}`)
    .join("\u00a0");
}

/** "12 hours 10 minutes", for a screen reader. */
export function spokenDuration(locale: string, milliseconds: number): string {
  return durationParts(milliseconds)
    .map(({ amount, unit }) =>
      new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(amount),
    )
    .join(" ");
}
