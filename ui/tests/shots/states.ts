import type { BoardSchema, SourceState, SourceStatus, Status, ViewBatch } from "../../src/generated/wire";
import { hospital, quietHospital } from "../boards/hospital";
import { EMPTY, SCHEMA, SERVER, status, whole } from "../boards/library";

const MINUTE_MS = 60_000;

/** As much as a large site puts on one board: nineteen tiles and three panels. */
const CROWDED: BoardSchema = {
  ...SCHEMA,
  hash: "crowded",
  groups: (
    [
      ["Flow", [0, 2, 4], [0]],
      ["Capacity", [6, 8, 5, 11], [0]],
      ["Staff", [11, 4], []],
      ["Safety", [2, 3], []],
      ["Money", [9, 10], [0]],
      ["System", [12, 13, 3, 5, 0, 4], []],
    ] as const
  ).map(([title, tiles, panels]) => ({
    id: title,
    title: { "": title },
    icon: null,
    tiles: [...tiles],
    panels: [...panels],
  })),
};

/** Every tile has a number that is too wide for it. */
const WIDE: ViewBatch["metrics"] = SCHEMA.metrics.map(({ format }, i) => {
  if (format.kind === "money") return { i, v: "-987654321.05" };
  return { i, v: format.kind === "text" ? { text: "an unusually long word" } : 987_654_321 };
});

/** Every state that the window has a look for. @param now this computer's clock */
export function states(now: number): Record<string, ViewBatch[]> {
  const live = whole(now - 1_500);
  const old = { ...whole(now - 6 * MINUTE_MS), schema: SCHEMA };
  const failed = "connection refused (os error 111)";
  const signedOut = (reason: "no_token" | "keyring_unavailable" | "keyring_locked" | "token_refused", message = "") => [
    { ...EMPTY, connection: { state: "signed_out" as const, server: SERVER, reason, message } },
  ];
  return {
    live: [live],
    crowded: [{ ...live, schema: CROWDED }],
    wide: [{ ...live, metrics: WIDE }],
    ageing: [{ ...live, confirmed: { critical: now - 20_000, standard: now - 100_000, report: now } }],
    stale: [{ ...live, confirmed: { critical: now - 2_000, standard: now - 6 * MINUTE_MS, report: now } }],
    behind: [old],
    down: [{ ...old, status: status("down", { retry_in_ms: 8_000 }) }],
    resyncing: [{ ...live, status: status("resyncing") }],
    catching_up: [{ ...live, status: status("catching_up", { lag_ms: 42_000 }) }],
    starting: [
      { ...EMPTY, connection: { state: "online", server: SERVER }, schema: SCHEMA, status: status("starting") },
    ],
    offline: [
      live,
      {
        ...EMPTY,
        confirmed: { critical: now - 4 * MINUTE_MS, standard: now - 4 * MINUTE_MS, report: now - 5 * MINUTE_MS },
        connection: { state: "waiting", server: SERVER, message: failed, retry_at: now + 9_000 },
      },
    ],
    connecting: [{ ...EMPTY, connection: { state: "connecting", server: SERVER } }],
    waiting: [{ ...EMPTY, connection: { state: "waiting", server: SERVER, message: failed, retry_at: now + 9_000 } }],
    no_server: [{ ...EMPTY, connection: { state: "no_server" } }],
    signed_out: signedOut("no_token"),
    token_refused: signedOut("token_refused", "the token expired at 2026-11-21 08:00 UTC"),
    keyring_locked: signedOut("keyring_locked"),
    keyring_unavailable: signedOut("keyring_unavailable", "org.freedesktop.secrets was not provided by any service"),
    refused: [
      { ...EMPTY, connection: { state: "refused", server: SERVER, code: 4403, message: "role 'admin' is required" } },
    ],
    redis_degraded: [{ ...live, status: { ...status("live"), redis: "degraded" } }],
  };
}

/** The shipped board in the states that board and figures are seen in. @param now this computer's clock */
export function hospitalStates(now: number): Record<string, ViewBatch[]> {
  const live = hospital(now - 1_500);
  const source = (state: SourceState, more: Partial<SourceStatus> = {}): Status => ({
    ...status(state, more),
    board: "hospital",
  });
  const waiting = { state: "waiting" as const, server: SERVER, message: "", retry_at: now + 9_000 };
  const confirmed = { critical: now - 4 * MINUTE_MS, standard: now - 4 * MINUTE_MS };
  const { seq: _, ...unread } = live;
  const panel = live.schema?.panels[0]?.metric ?? 0;
  return {
    hospital: [live],
    hospital_night: [quietHospital(now - 1_500)],
    hospital_starting: [{ ...unread, metrics: [], confirmed: {}, status: source("starting") }],
    hospital_stale: [{ ...live, confirmed: { critical: now - 6 * MINUTE_MS, standard: now } }],
    hospital_offline: [live, { ...EMPTY, confirmed, connection: waiting }],
    hospital_resyncing: [{ ...live, status: source("resyncing") }],
    hospital_down: [{ ...live, confirmed, status: source("down", { retry_in_ms: 8_000 }) }],
    hospital_redis: [{ ...live, status: { ...source("live"), redis: "degraded" } }],
    hospital_too_many: [
      {
        ...live,
        metrics: live.metrics.map((patch) =>
          patch.i === panel ? { ...patch, g: [[0, "*", { none: "too_many_groups" }]] } : patch,
        ),
      },
    ],
  };
}
