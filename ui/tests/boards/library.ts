import type {
  BoardSchema,
  Format,
  LocalText,
  MetricPatch,
  MetricSchema,
  NoData,
  SourceState,
  Status,
  Tier,
  Value,
  ViewBatch,
} from "../../src/generated/wire";

/** A made-up board of a trade that no shipped board has: a town's library. */

export const PROMISE_MS: [number, number, number, number] = [5_000, 30_000, 300_000, 900_000];
export const SERVER = "ws://127.0.0.1:7410";

const both = (en: string, de: string): LocalText => ({ en, de });
const NUMBER: Format = { kind: "number", decimals: 0 };

function metric(
  id: string,
  title: LocalText,
  format: Format,
  tier: Tier,
  more: Partial<MetricSchema> = {},
): MetricSchema {
  return {
    id,
    title,
    format,
    tier,
    short: null,
    help: null,
    unit: null,
    class: "internal",
    good: "none",
    hidden: false,
    labels: null,
    by: [],
    of: null,
    second: null,
    share: false,
    statistic: null,
    ...more,
  };
}

export const METRICS: MetricSchema[] = [
  metric("visitors", both("In the building", "Im Haus"), NUMBER, "critical", {
    unit: { one: both("visitor", "Besucher"), other: both("visitors", "Besucher") },
    second: both("{visitors_today} since opening", "{visitors_today} seit Öffnung"),
  }),
  metric("visitors_today", both("Visitors today", "Besucher heute"), NUMBER, "standard", { hidden: true }),
  metric("holds_waiting", both("Waiting for pick-up", "Warten auf Abholung"), NUMBER, "critical", {
    unit: { one: both("hold", "Vormerkung"), other: both("holds", "Vormerkungen") },
    second: both("longest {longest_hold}", "am längsten {longest_hold}"),
    help: both("Items on the pick-up shelf that nobody has fetched yet.", "Noch nicht abgeholte Medien im Abholregal."),
  }),
  metric("longest_hold", both("Longest wait", "Längste Wartezeit"), { kind: "age" }, "critical"),
  metric("loans_today", both("Loans today", "Ausleihen heute"), NUMBER, "standard", {
    unit: { one: both("loan", "Ausleihe"), other: both("loans", "Ausleihen") },
    second: both("{returns_today} returns", "{returns_today} Rückgaben"),
  }),
  metric("returns_today", both("Returns today", "Rückgaben heute"), NUMBER, "standard"),
  metric("desks_free", both("Reading desks free", "Freie Leseplätze"), NUMBER, "critical", { of: 7 }),
  metric("desks", both("Reading desks", "Leseplätze"), NUMBER, "report", { hidden: true }),
  metric("desks_taken", both("Desks taken", "Belegte Plätze"), { kind: "percent", decimals: 1 }, "critical", {
    by: [{ name: "room", labels: "room", names: null, unit: null }],
    second: both("{desks_free} free", "{desks_free} frei"),
  }),
  metric("fees_today", both("Fees today", "Gebühren heute"), { kind: "money", currency: "EUR" }, "standard", {
    second: both("{fees_open} still open", "{fees_open} noch offen"),
  }),
  metric("fees_open", both("Open fees", "Offene Gebühren"), { kind: "money", currency: "EUR" }, "report"),
  metric("staff_on_duty", both("Staff on duty", "Personal im Dienst"), NUMBER, "standard", {
    unit: { one: both("person", "Person"), other: both("people", "Personen") },
  }),
  metric("lag", both("Behind the database by", "Rückstand zur Datenbank"), { kind: "duration" }, "critical"),
  metric("redis", both("Shared memory", "Gemeinsamer Speicher"), { kind: "text" }, "critical", {
    labels: "redis",
  }),
];

export const SCHEMA: BoardSchema = {
  id: "library",
  hash: "5d41402abc4b2a76b9719d911017c592",
  title: both("Town library", "Stadtbibliothek"),
  timezone: "Europe/Berlin",
  headline: both(
    "{visitors} visitors in the building, {desks_free} desks free ({desks_taken} taken), {holds_waiting} holds waiting.",
    "{visitors} Besucher im Haus, {desks_free} Plätze frei ({desks_taken} belegt), {holds_waiting} Vormerkungen warten.",
  ),
  promise_ms: PROMISE_MS,
  labels: {
    room: {
      childrens: both("Children's room", "Kinderzimmer"),
      quiet: both("Quiet room", "Ruhesaal"),
      news: both("Newspapers", "Zeitungen"),
      music: both("Music", "Musik"),
      gallery: both("Gallery", "Galerie"),
    },
    redis: { live: both("live", "aktiv"), off: both("off", "aus"), degraded: both("degraded", "gestört") },
  },
  groups: [
    { id: "flow", title: both("Flow", "Betrieb"), icon: "door", tiles: [0, 2, 4, 5], panels: [] },
    { id: "capacity", title: both("Capacity", "Auslastung"), icon: null, tiles: [6, 8], panels: [0] },
    { id: "staff", title: both("Staff", "Personal"), icon: null, tiles: [11], panels: [] },
    { id: "money", title: both("Money", "Geld"), icon: "cash", tiles: [9, 10], panels: [] },
    { id: "system", title: both("System", "System"), icon: null, tiles: [12, 13], panels: [] },
  ],
  panels: [
    {
      id: "desks_by_room",
      title: both("Desks taken by room", "Belegte Plätze nach Raum"),
      kind: "bars",
      metric: 8,
      by: 0,
      limit: 0.92,
    },
  ],
  metrics: METRICS,
};

export function indexOf(id: string): number {
  return METRICS.findIndex((candidate) => candidate.id === id);
}

export function total(id: string, v: Value): MetricPatch {
  return { i: indexOf(id), v };
}

export const none = (reason: NoData): Value => ({ none: reason });

/** An ordinary afternoon. @param now MongoDB's clock */
export function figures(now: number): MetricPatch[] {
  return [
    total("visitors", 263),
    total("visitors_today", 1184),
    total("holds_waiting", 11),
    total("longest_hold", { date: now - 43_842_000 }),
    total("loans_today", 847),
    total("returns_today", 1206),
    total("desks_free", 14),
    total("desks", 188),
    {
      i: indexOf("desks_taken"),
      v: 0.934,
      g: [
        [0, '"childrens"', 0.71],
        [0, '"quiet"', 0.96],
        [0, '"news"', 0.88],
        [0, '"music"', 0.91],
        [0, '"gallery"', 0.84],
        [0, '"Annexe 2"', 0.94],
      ],
    },
    total("fees_today", "184206.40"),
    total("fees_open", "1280.05"),
    total("staff_on_duty", 41),
    total("lag", 0),
    total("redis", { text: "live" }),
  ];
}

export function confirmed(at: number): Partial<Record<Tier, number>> {
  return { critical: at, standard: at - 9_000, historical: at - 60_000, report: at - 240_000 };
}

export function status(state: SourceState, more: Partial<Status["source"]> = {}): Status {
  return {
    board: SCHEMA.id,
    source: { state, since: 0, lag_ms: 0, retry_in_ms: null, clock_offset_ms: 0, ...more },
    redis: "live",
  };
}

export const EMPTY: ViewBatch = { reset: false, as_of: {}, confirmed: {}, metrics: [] };

/** What the app says first: the whole state. @param now MongoDB's clock */
export function whole(now: number): ViewBatch {
  const asOf = { t: [Math.floor(now / 1000), 1] as [number, number], now };
  return {
    reset: true,
    connection: { state: "online", server: SERVER },
    schema: SCHEMA,
    status: status("live"),
    clock_offset_ms: 0,
    seq: 1,
    as_of: { critical: asOf, standard: asOf, historical: asOf, report: asOf },
    confirmed: confirmed(now),
    metrics: figures(now),
  };
}
