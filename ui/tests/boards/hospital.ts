import type { BoardSchema, GroupPatch, MetricPatch, Value, ViewBatch } from "../../src/generated/wire";
import schema from "./hospital.json";
import { PROMISE_MS, whole } from "./library";

/** The shipped board as the sidecar sends it, with the figures of an ordinary morning. */
export const HOSPITAL = schema as unknown as BoardSchema;

const WARDS = "M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 S1 S2 S3 S4 S5 S6 S7 S8 C1 C2 P1 P2 B1 B2 D1 D2".split(" ");

const FIGURES: Record<string, Value> = {
  ed_present: 63,
  ed_bays: 60,
  ed_waiting_to_be_seen: 19,
  ed_urgent_unseen: 0,
  ed_boarders: 11,
  ed_over_4h: 17,
  ed_over_4h_share: 0.2698412698412698,
  ed_arrivals_1h: 14,
  ed_arrivals_today: 71,
  "ed_door_to_doctor.p50": 38,
  "ed_door_to_doctor.p90": 84,
  ambulances_inbound: 3,
  ambulances_at_door: 2,
  ed_left_unseen_share: 0.0214,
  nedocs: 96.4,
  patients_registered_total: 214_806,
  patients_registered_today: 214,
  admissions_today: 47,
  discharges_today: 31,
  net_flow: 16,
  discharges_expected_today: 38,
  discharges_before_noon_share: { none: "division_by_zero" },
  ready_not_discharged: 27,
  "los_days.avg": 5.4,
  "los_days.p50": { none: "empty" },
  "los_days.p90": 11.8,
  appointments_active_today: 1038,
  appointments_in_progress: 41,
  no_show_share: 0.068,
  beds_free: 38,
  beds_staffed: 588,
  beds_occupied: 533,
  beds_after_decisions: 24,
  admissions_decided: 19,
  arrivals_planned_4h: 12,
  discharges_expected_4h: 17,
  icu_beds_free: 4,
  icu_beds_staffed: 36,
  isolation_free: 6,
  beds_blocked: 9,
  beds_closed: 12,
  cleans_waiting: 8,
  clean_minutes: 42,
  theatres_running: 11,
  cases_done_today: 14,
  cases_left_today: 29,
  first_case_late: 2,
  cases_cancelled_today: 1,
  occupancy: 0.9064625850340136,
  rooms_in_use: 79,
  rooms_open: 121,
  room_occupancy: 0.6528925619834711,
  on_duty: 412,
  staff_active_15m: 3,
  nurses_on_duty: 286,
  nurses_required: 301,
  nurses_vs_plan: 0.9501661129568106,
  shifts_open_next_12h: 5,
  sick_today: 23,
  alerts_open: 2,
  alerts_critical: 1,
  "time_to_acknowledge.p50": 48,
  "time_to_acknowledge.p90": 194,
  revenue_today: "184206.40",
  revenue_24h: "402518.95",
  refunds_today: "-2318.70",
  payments_failed_1h: 4,
  payments_tried_1h: 212,
  payments_failed_share: 0.018867924528301886,
  invoices_open_balance: "1284906.15",
  invoices_overdue: "31480.00",
  source_state: { text: "live" },
  stream_lag: 0,
  clock_offset: -0.004,
  documents_set_aside: 0,
  metrics_verified_share: 1,
  redis_state: { text: "live" },
  clients: 1,
  send_lag_p99: 3.1,
  own_load: 4.2,
  cpu: 0.07,
  memory: 184,
};

const KINDS: Record<string, string> = {
  M: "Medicine",
  S: "Surgery",
  C: "Intensive care",
  P: "Paediatrics",
  B: "Maternity",
  D: "Day unit",
};

function wardName(ward: string): string {
  return `${KINDS[ward[0] ?? ""] ?? ""} ${ward.slice(1)}`;
}

/** How long ago what is shown as an age began, in milliseconds. */
const AGES: Record<string, number> = {
  alert_oldest: 754_000,
  longest_wait_unseen: 5_820_000,
  longest_boarder: 43_842_000,
  longest_handover: 1_140_000,
  longest_wait_clinic: 2_460_000,
  longest_clean: 2_040_000,
  oldest_verification: 40_000,
};

function figures(now: number): MetricPatch[] {
  const names = HOSPITAL.metrics.find(({ id }) => id === "occupancy")?.by[0]?.names;
  return HOSPITAL.metrics.map(({ id }, i): MetricPatch => {
    if (i === names) return { i, v: { text: "" }, g: WARDS.map((ward) => [0, `"${ward}"`, { text: wardName(ward) }]) };
    const age = AGES[id];
    if (age !== undefined) return { i, v: { date: now - age } };
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
