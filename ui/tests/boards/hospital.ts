import type { BoardSchema, GroupPatch, MetricPatch, Value, ViewBatch } from "../../src/generated/wire";
import schema from "./hospital.json";
import { PROMISE_MS, whole } from "./library";

/** The shipped board as the sidecar sends it, with the figures of an ordinary morning. */
export const HOSPITAL = schema as unknown as BoardSchema;

const WARDS = "M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 S1 S2 S3 S4 S5 S6 S7 S8 C1 C2 P1 P2 B1 B2 D1 D2".split(" ");

const FIGURES: Record<string, Value> = {
  ed_present: 63,
  patients_registered_today: 214,
  appointments_active_today: 1038,
  appointments_in_progress: 41,
  beds_free: 38,
  beds_staffed: 588,
  beds_occupied: 533,
  occupancy: 0.9064625850340136,
  rooms_in_use: 79,
  rooms_open: 121,
  room_occupancy: 0.6528925619834711,
  staff_on_duty: 412,
  clock_ins_15m: 3,
  alerts_open: 2,
  alerts_critical: 1,
  revenue_today: "184206.40",
  revenue_24h: "402518.95",
  source_state: { text: "live" },
  stream_lag: 0,
  clock_offset: -0.004,
  documents_set_aside: 0,
  redis_state: { text: "live" },
  clients: 1,
};

function figures(now: number): MetricPatch[] {
  return HOSPITAL.metrics.map(({ id }, i): MetricPatch => {
    if (id === "alert_oldest") return { i, v: { date: now - 754_000 } };
    if (id !== "occupancy") return { i, v: FIGURES[id] ?? 0 };
    const g = WARDS.map((ward, n): GroupPatch => [0, `"${ward}"`, (17 + ((n * 5) % 8)) / 24]);
    return { i, v: FIGURES.occupancy ?? 0, g };
  });
}

/** What the app says first. @param now MongoDB's clock */
export function hospital(now: number): ViewBatch {
  return { ...whole(now), schema: { ...HOSPITAL, promise_ms: PROMISE_MS }, metrics: figures(now) };
}

/** At night: nobody has called, and nothing has been paid yet. */
export function quietHospital(now: number): ViewBatch {
  const none: Record<string, Value> = {
    alerts_open: 0,
    alerts_critical: 0,
    alert_oldest: { none: "empty" },
    revenue_today: 0,
  };
  const metrics = figures(now).map((patch) => {
    const value = none[HOSPITAL.metrics[patch.i]?.id ?? ""];
    return value === undefined ? patch : { ...patch, v: value };
  });
  return { ...hospital(now), metrics };
}
