import { cleanup, render } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import App from "../src/App.svelte";
import type { Connection, ViewBatch } from "../src/generated/wire";
import { type ScriptedHost, scriptedHost } from "../src/host/fake";
import { languageOf } from "../src/messages/language";
import { confirmed, EMPTY, figures, METRICS, SCHEMA, SERVER, status, total, whole } from "./boards/library";

const NOW = Date.UTC(2026, 10, 21, 9, 42, 7);
const SECOND = 1000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ["Date", "setInterval", "clearInterval"] });
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

/** Every frame is drawn at once. */
const frames = { next: (work: () => void) => work(), now: () => Date.now() };

async function show(batches: ViewBatch[], lang = "en-GB") {
  const host: ScriptedHost = scriptedHost(batches.map((batch) => ({ after_ms: 0, batch })));
  const { container } = render(App, { host, language: languageOf(lang), frames });
  await tick();
  const send = async (batch: Partial<ViewBatch>) => {
    host.send({ ...EMPTY, ...batch });
    await tick();
  };
  const pass = async (milliseconds: number) => {
    vi.advanceTimersByTime(milliseconds);
    await tick();
  };
  return { container, host, send, pass };
}

const one = (selector: string): HTMLElement => {
  const found = document.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`nothing is ${selector}`);
  return found;
};
const text = (selector: string) => one(selector).textContent?.replaceAll("\u00a0", " ").replace(/\s+/g, " ").trim();
const tile = (id: string, part = "") => `[data-metric="${id}"] ${part}`;

describe("a board that no one has seen before", () => {
  test("is drawn whole: every group, tile and panel in the board's order", async () => {
    await show([whole(NOW)]);
    const shown = [...document.querySelectorAll<HTMLElement>("[data-metric]")].map((each) => each.dataset.metric);
    const expected = SCHEMA.groups.flatMap((group) => group.tiles.map((i) => METRICS[i]?.id));
    expect(shown).toEqual(expected);
    expect([...document.querySelectorAll("h2")].map((each) => each.textContent)).toEqual(
      SCHEMA.groups.map((group) => group.title.en),
    );
    expect([...document.querySelectorAll("[data-panel]")]).toHaveLength(1);
    for (const id of expected) expect(text(tile(id ?? "", ".value"))).not.toBe("");
    expect(document.title).toBe("Town library");
  });

  test("says value, unit, second line and age", async () => {
    await show([whole(NOW - 2 * SECOND)]);
    expect(text(tile("holds_waiting", ".value"))).toBe("11");
    expect(text(tile("holds_waiting", ".unit"))).toBe("holds");
    expect(text(tile("holds_waiting", ".second"))).toBe("longest 12 h 10 min");
    expect(text(tile("holds_waiting", ".age"))).toBe("2 s");
    expect(text(tile("holds_waiting", ".spoken"))).toBe(
      "Waiting for pick-up, 11 holds, longest 12 h 10 min, confirmed 2 seconds ago",
    );
    expect(text(tile("desks_free", ".unit"))).toBe("of 188");
    expect(text(tile("fees_today", ".value"))).toBe("€184,206");
    expect(text(tile("fees_today", ".spoken"))).toContain("€184,206.40");
    expect(text("[data-headline]")).toBe(
      "263 visitors in the building, 14 desks free (93.4 % taken), 11 holds waiting.",
    );
  });

  test("says which statistic of the title it is, and the share of the whole where the board asks for it", async () => {
    const metrics = METRICS.map((metric) => {
      if (metric.id === "loans_today") return { ...metric, statistic: "p90" };
      return metric.id === "desks_free" ? { ...metric, share: true } : metric;
    });
    const { send } = await show([{ ...whole(NOW), schema: { ...SCHEMA, metrics } }]);
    expect(text(tile("loans_today", ".label"))).toBe("Loans today, 90th percentile");
    expect(text(tile("loans_today", ".spoken"))).toContain("Loans today, 90th percentile, 847 loans");
    expect(text(tile("desks_free", ".second"))).toBe("7 %");
    await send({ metrics: [total("desks", 0)] });
    expect(text(tile("desks_free", ".second"))).toBe("");
  });

  test("in German", async () => {
    await show([whole(NOW)], "de-DE");
    expect(text("h1")).toBe("Stadtbibliothek");
    expect(text(tile("fees_today", ".value"))).toBe("184.206 €");
    expect(text(tile("desks_taken", ".value"))).toBe("93,4");
    expect(text("header")).toContain("Stand 10:42:07 Europe/Berlin");
  });

  test("compares groups, the largest first, with the part over the limit marked", async () => {
    await show([whole(NOW)]);
    const names = [...document.querySelectorAll("[data-panel] .name")].map((each) => each.textContent);
    expect(names).toEqual(["Quiet room", "Annexe 2", "Music", "Newspapers", "Gallery", "Children's room"]);
    expect(document.querySelectorAll("[data-panel] .beyond")).toHaveLength(2);
    expect(one("[data-panel] .tick").getAttribute("x1")).toBe("92.00%");
    expect(one("[data-panel] .beyond").getAttribute("width")).toBe("4.00%");
    expect(text("[data-panel] li .spoken")).toBe("Quiet room, 96.0 %, over the limit");
    expect(text("[data-panel] .limit")).toBe("limit 92 %");
  });

  test("with more groups than there is room for says how many more", async () => {
    const { send } = await show([whole(NOW)]);
    const g = Array.from({ length: 60 }, (_, i): [number, string, number] => [0, `"r${i}"`, i / 100]);
    await send({ metrics: [{ i: 8, g }] });
    expect(document.querySelectorAll("[data-panel] li")).toHaveLength(7);
    expect(text("[data-panel] .more")).toMatch(/^59 more, none over \d\d\.\d %$/);
  });

  test("with more groups than the board may compare says so", async () => {
    const { send } = await show([whole(NOW)]);
    const gone = ["childrens", "quiet", "news", "music", "gallery", "Annexe 2"].map((key): [number, string] => [
      0,
      JSON.stringify(key),
    ]);
    await send({ metrics: [{ i: 8, g: [[0, "*", { none: "too_many_groups" }]], gone }] });
    expect(document.querySelectorAll("[data-panel] li")).toHaveLength(0);
    expect(text("[data-panel] .more")).toBe("More groups than this board may compare. Only the total is shown.");
    expect(text(tile("desks_taken", ".value"))).toBe("93.4");
    await send({ metrics: [{ i: 8, g: [[0, '"*"', 0.5]], gone: [[0, "*"]] }] });
    expect(text("[data-panel] .name")).toBe("*");
  });

  test("a screen reader finds its groups and panels by name", async () => {
    const { container } = await show([whole(NOW)]);
    const names = [...container.querySelectorAll("main, section")].map((part) => part.getAttribute("aria-label"));
    expect(names).toEqual(["Town library", "Flow", "Capacity", "Desks taken by room", "Staff", "Money", "System"]);
    expect(text('[role="status"]')).toBe("Live");
  });

  test("text from the database is text", async () => {
    const { send } = await show([whole(NOW)]);
    const nasty = '<img src=x onerror="alert(1)">\u202e';
    await send({ metrics: [total("redis", { text: nasty }), { i: 8, g: [[0, JSON.stringify(nasty), 0.99]] }] });
    expect(document.querySelector("img")).toBeNull();
    expect(text(tile("redis", ".value"))).toBe('<img src=x onerror="alert(1)">[U+202E]');
    expect(text("[data-panel] .name")).toBe('<img src=x onerror="alert(1)">[U+202E]');
  });

  test("without headline, panels, units and second lines is drawn too", async () => {
    const bare = {
      ...SCHEMA,
      headline: null,
      groups: [{ id: "g", title: { "": "Only" }, icon: null, tiles: [0], panels: [] }],
      metrics: METRICS.map((metric) => ({ ...metric, unit: null, second: null, title: { "": metric.id } })),
    };
    await show([{ ...whole(NOW), schema: bare }]);
    expect(text(tile("visitors", ".label"))).toBe("visitors");
    expect(document.querySelector("[data-headline]")).toBeNull();
  });

  test("without a tile says so and what to do", async () => {
    await show([{ ...whole(NOW), schema: { ...SCHEMA, groups: [] } }]);
    expect(text("main")).toContain("This board has no tiles.");
  });
});

describe("a tile", () => {
  test("follows its metric", async () => {
    const { send } = await show([whole(NOW)]);
    await send({ seq: 2, metrics: [total("visitors", 1)] });
    expect(text(tile("visitors", ".value"))).toBe("1");
    expect(text(tile("visitors", ".unit"))).toBe("visitor");
    expect(text("[data-headline]")).toMatch(/^1 visitors/);
  });

  test("without a value shows a dash and the reason", async () => {
    const { send } = await show([whole(NOW)]);
    await send({ metrics: [total("visitors", { none: "missing_input" })] });
    expect(text(tile("visitors", ".value"))).toBe("—");
    expect(one(tile("visitors", ".figure")).title).toBe("no value: a figure that it is made of is missing");
  });

  test("not read yet shows no figure at all", async () => {
    await show([
      { ...EMPTY, connection: { state: "online", server: SERVER }, schema: SCHEMA, status: status("starting") },
    ]);
    expect(document.querySelector(".value")).toBeNull();
    expect(document.querySelectorAll(".skeleton").length).toBeGreaterThan(0);
    expect(text("[data-state]")).toBe("Town library Starting The first figures are being read.");
  });

  test("ages, and is confirmed without a change", async () => {
    const { send, pass } = await show([whole(NOW)]);
    await pass(11 * SECOND);
    expect(text(tile("visitors", ".age"))).toBe("11 s");
    expect(one(tile("visitors", ".age")).classList.contains("ageing")).toBe(true);
    await send({ confirmed: confirmed(NOW + 11 * SECOND) });
    expect(text(tile("visitors", ".age"))).toBe("0 s");
    expect(one(tile("visitors", ".age")).classList.contains("ageing")).toBe(false);
    expect(text(tile("visitors", ".value"))).toBe("263");
  });

  test("stale by itself is hatched and says since when", async () => {
    const minutes = 6 * 60 * SECOND;
    await show([{ ...whole(NOW), confirmed: { critical: NOW, standard: NOW - minutes, report: NOW } }]);
    expect(one(tile("loans_today")).classList.contains("hatched")).toBe(true);
    expect(text(tile("loans_today", ".age"))).toBe("no data for 6 min last at 10:36");
    expect(one(tile("visitors")).classList.contains("hatched")).toBe(false);
    expect(one("[data-state]").dataset.state).toBe("live");
  });

  test("is aged by MongoDB's clock on a computer whose clock is wrong", async () => {
    const offset = 3_600_000;
    await show([{ ...whole(NOW + offset - 3 * SECOND), clock_offset_ms: offset }]);
    expect(text(tile("visitors", ".age"))).toBe("3 s");
    expect(text("header")).toContain("as of 11:42:04");
  });
});

describe("the strip", () => {
  const state = () => one("[data-state]").dataset.state;

  test("live, with the site's time and zone", async () => {
    await show([whole(NOW)]);
    expect(state()).toBe("live");
    expect(text("[data-state]")).toBe("Town library Live as of 10:42:07 Europe/Berlin");
  });

  test("is never live over stale figures", async () => {
    const { pass } = await show([whole(NOW)]);
    await pass(31 * SECOND);
    expect(state()).toBe("behind");
    expect(document.querySelector(".as-of")).toBeNull();
    expect(text("[data-state] .sentence")).toBe("Data as of 10:42:07, 31 s old.");
    expect(one(tile("visitors")).classList.contains("hatched")).toBe(true);
    // Said once, above.
    expect(text(tile("visitors", ".age"))).toBe("31 s");
  });

  test("down: how old, and when the next try is", async () => {
    const { pass } = await show([
      { ...whole(NOW - 360 * SECOND), status: status("down", { retry_in_ms: 8 * SECOND }) },
    ]);
    expect(text("[data-state] .sentence")).toBe(
      "The database does not answer. Data as of 10:36:07, 6 min old. Trying again in 8 s.",
    );
    await pass(3 * SECOND);
    expect(text("[data-state] .sentence")).toMatch(/Trying again in 5 s\.$/);
    await pass(6 * SECOND);
    expect(text("[data-state] .sentence")).toMatch(/Trying again now\.$/);
  });

  test("what elapses stands still when nobody knows whether it goes on", async () => {
    const { pass } = await show([whole(NOW)]);
    expect(text(tile("holds_waiting", ".second"))).toBe("longest 12 h 10 min");
    await pass(25 * SECOND);
    expect(text(tile("holds_waiting", ".second"))).toBe("longest 12 h 11 min");
    await pass(600 * SECOND);
    expect(text(tile("holds_waiting", ".second"))).toBe("longest 12 h 10 min");
  });

  test("re-reading hatches, values stay", async () => {
    const { send } = await show([whole(NOW)]);
    await send({ status: status("resyncing") });
    expect(state()).toBe("resyncing");
    expect(one(tile("visitors")).classList.contains("hatched")).toBe(true);
    expect(text(tile("visitors", ".value"))).toBe("263");
    await send({ status: status("live") });
    expect(one(tile("visitors")).classList.contains("hatched")).toBe(false);
  });

  test("offline: dark, hatched, last values readable, counting down, one button", async () => {
    const { host, send, pass } = await show([whole(NOW)]);
    await send({
      connection: { state: "waiting", server: SERVER, message: "refused", retry_at: NOW + 9 * SECOND },
    });
    expect(state()).toBe("waiting");
    expect(one("header").classList.contains("away")).toBe(true);
    expect(text(tile("visitors", ".value"))).toBe("263");
    expect(one(tile("visitors")).classList.contains("hatched")).toBe(true);
    await pass(2 * SECOND);
    expect(text("[data-state] .sentence")).toBe("Last figures 10:42:07, 2 s old. Trying again in 7 s.");
    one("header button").click();
    expect(host.retries).toBe(1);
    await send({ ...whole(NOW + 2 * SECOND), metrics: figures(NOW) });
    expect(state()).toBe("live");
    expect(one(tile("visitors")).classList.contains("hatched")).toBe(false);
  });

  test("Redis away is said, and is no trouble of the figures", async () => {
    await show([{ ...whole(NOW), status: { ...status("live"), redis: "degraded" } }]);
    expect(state()).toBe("live");
    expect(text("[data-state] .sentence")).toBe("Redis does not answer; figures are not affected.");
    expect(document.querySelector(".hatched")).toBeNull();
  });
});

describe("without figures", () => {
  const notice = async (connection: Connection, lang?: string) => show([{ ...EMPTY, connection }], lang);
  const COMMAND = `vigil sign-in --server ${SERVER}`;

  test("no server", async () => {
    await notice({ state: "no_server" });
    expect(text("[data-notice] h2")).toBe("Choose a server");
    expect(text("[data-notice] code")).toBe("vigil sign-in --server wss://vigil.example.org");
  });

  test.each([
    ["no_token", `Sign in to ${SERVER}`, COMMAND],
    ["token_refused", "Your sign-in has ended", COMMAND],
    ["keyring_unavailable", "No keyring on this computer", COMMAND],
    ["keyring_locked", "The keyring is locked", undefined],
  ] as const)("signed out: %s", async (reason, title, command) => {
    const { host } = await notice({ state: "signed_out", server: SERVER, reason, message: "word for word" });
    expect(text("[data-notice] h2")).toBe(title);
    expect(document.querySelector("code")?.textContent).toBe(command);
    expect(text("[data-notice] .detail")).toBe("word for word");
    one("[data-notice] button").click();
    expect(host.retries).toBe(1);
  });

  test("connecting and waiting", async () => {
    const { send } = await notice({ state: "connecting", server: SERVER });
    expect(text("[data-notice] h2")).toBe(`Connecting to ${SERVER}`);
    expect(document.querySelector("button")).toBeNull();
    await send({ connection: { state: "waiting", server: SERVER, message: "refused", retry_at: NOW + 9 * SECOND } });
    expect(text("[data-notice]")).toContain("Trying again in 9 s.");
    expect(text("header")).toBe("Vigil Not connected");
    expect(document.querySelectorAll("button")).toHaveLength(1);
    expect(text("[data-notice] .detail")).toBe("refused");
  });

  test("a try that fails changes nothing on the screen but its own line", async () => {
    const waiting = { state: "waiting", server: SERVER, message: "refused", retry_at: NOW + 9 * SECOND } as const;
    const { send, pass } = await notice(waiting);
    const card = one(".notice");
    const button = one("[data-notice] button");
    button.focus();
    await pass(9 * SECOND);
    await send({ connection: { state: "connecting", server: SERVER } });
    expect(text("header")).toBe("Vigil Not connected");
    expect(text("[data-notice] h2")).toBe(`${SERVER} cannot be reached`);
    expect(text("[data-notice]")).toContain("Trying again now.");
    expect(text("[data-notice] button")).toBe("Connecting …");
    await send({ connection: { ...waiting, retry_at: NOW + 20 * SECOND } });
    expect(text("[data-notice]")).toContain("Trying again in 11 s.");
    expect([one(".notice"), document.activeElement]).toEqual([card, button]);
  });

  test("over figures, a try does not change the strip's word", async () => {
    const { send } = await show([whole(NOW)]);
    await send({ connection: { state: "waiting", server: SERVER, message: "refused", retry_at: NOW + 9 * SECOND } });
    await send({ connection: { state: "connecting", server: SERVER } });
    expect(text("[data-state]")).toBe(
      "Town library Not connected Last figures 10:42:07, 0 s old. Trying again now. Try now",
    );
  });

  test("a sign-in that is tried again shows nothing of the board until it has worked", async () => {
    const { send } = await show([whole(NOW)]);
    const signedOut = { state: "signed_out", server: SERVER, reason: "token_refused", message: "" } as const;
    await send({ connection: signedOut, reset: true });
    await send({ connection: { state: "connecting", server: SERVER } });
    expect(text("[data-notice] h2")).toBe("Your sign-in has ended");
    expect(document.querySelector("[data-metric]")).toBeNull();
    await send({ ...whole(NOW) });
    expect(text(tile("visitors", ".value"))).toBe("263");
  });

  test("another server is another matter", async () => {
    const { send } = await notice({ state: "signed_out", server: SERVER, reason: "no_token", message: "" });
    await send({ connection: { state: "connecting", server: "wss://elsewhere" } });
    expect(text("[data-notice] h2")).toBe("Connecting to wss://elsewhere");
  });

  test("settings that cannot be read are no server's fault", async () => {
    await notice({ state: "refused", server: "", code: 0, message: "settings.toml: expected a string." });
    expect(text("[data-notice] h2")).toBe("Vigil's settings cannot be used");
    expect(text("[data-notice] p")).toBe("settings.toml: expected a string.");
    expect(document.querySelector(".detail")).toBeNull();
  });

  test.each([
    [4403, "without the role"],
    [4409, "opened somewhere else"],
    [4400, "do not understand each other"],
  ])("refused with %d", async (code, why) => {
    await notice({ state: "refused", server: SERVER, code, message: "" });
    expect(text("[data-notice]")).toContain(why);
    expect(text("[data-notice] .detail")).toBe(`Code ${code}`);
  });

  test("in German", async () => {
    await notice({ state: "signed_out", server: SERVER, reason: "no_token", message: "" }, "de");
    expect(text("[data-notice] h2")).toBe(`Bei ${SERVER} anmelden`);
  });

  test("figures are covered when the sign-in ends, and back when it is renewed", async () => {
    const { send } = await show([whole(NOW)]);
    await send({ connection: { state: "signed_out", server: SERVER, reason: "token_refused", message: "" } });
    expect(document.querySelector("[data-metric]")).toBeNull();
    expect(document.body.textContent).not.toContain("263");
    await send({ connection: { state: "online", server: SERVER } });
    expect(text(tile("visitors", ".value"))).toBe("263");
  });
});
