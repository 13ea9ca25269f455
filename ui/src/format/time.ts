/** `<+0537>-05:37` and the like: a fixed distance from UTC. POSIX counts westward. */
const POSIX_FIXED = /^(?:<[^>]+>|[A-Za-z]{3,})([+-]?)(\d{1,3})(?::(\d{2}))?(?::(\d{2}))?$/;

interface Zone {
  /** Minutes are added to the instant and the clock is read as UTC; an IANA name is left to `Intl`. */
  shiftMs: number;
  timeZone: string;
  /** As shown beside a time. */
  name: string;
}

const zones = new Map<string, Zone>();

/** The site's zone; UTC, and called so, where this computer does not know it. */
export function zoneOf(timezone: string): Zone {
  const known = zones.get(timezone);
  if (known) return known;
  const zone = readZone(timezone);
  zones.set(timezone, zone);
  return zone;
}

function readZone(timezone: string): Zone {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return { shiftMs: 0, timeZone: timezone, name: timezone };
  } catch {
    const match = POSIX_FIXED.exec(timezone);
    if (!match) return { shiftMs: 0, timeZone: "UTC", name: "UTC" };
    const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
    const west = (Number(hours) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
    const shiftMs = sign === "-" ? west : -west;
    return { shiftMs, timeZone: "UTC", name: offsetName(shiftMs) };
  }
}

function offsetName(shiftMs: number): string {
  const minutes = Math.abs(Math.round(shiftMs / 60_000));
  const two = (n: number) => String(n).padStart(2, "0");
  return `UTC${shiftMs < 0 ? "\u2212" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** "10:42:07"; with the day in front ("21 Nov, 23:59:40") when that is not today at the site. */
export function formatTime(
  locale: string,
  timezone: string,
  at: number,
  now: number,
  precision: "seconds" | "minutes",
): string {
  const { shiftMs, timeZone } = zoneOf(timezone);
  const time = new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    ...(precision === "seconds" ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  }).format(at + shiftMs);
  const day = new Intl.DateTimeFormat(locale, { timeZone, day: "numeric", month: "short" });
  const sameDay = day.format(at + shiftMs) === day.format(now + shiftMs) && Math.abs(now - at) < 36 * 3_600_000;
  return sameDay ? time : `${day.format(at + shiftMs).replaceAll(" ", "\u00a0")}, ${time}`;
}
