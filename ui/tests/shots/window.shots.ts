import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ViewBatch } from "../../src/generated/wire";
import { colouredShare } from "./coloured";
import { cutTexts, overlaps } from "./geometry";
import { hospitalStates, states } from "./states";

/** The built UI in a real browser, in every state: pictures for people, and the rules that a picture can be held to. */

const FOLDER = process.env.VIGIL_SHOTS ?? join(tmpdir(), "vigil-shots");
const SMALL = { width: 1366, height: 768 };
const LARGE = { width: 1920, height: 1080 };
/** 150 % scale of a 1920 × 1080 screen. */
const SCALED = { width: 1280, height: 720 };
/** The least window, and what a full-screen window has of a small screen under the desktop's own bars. */
const LEAST = { width: 1024, height: 640 };
const BARS = { width: 1366, height: 700 };
const CALM = 0.001;

interface Look {
  theme: "light" | "dark";
  size: { width: number; height: number };
  lang: "en-GB" | "de-DE";
  contrast?: "more";
}

let browser: Browser;
let server: PreviewServer;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  server = await preview({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    mode: "browser",
    preview: { port: 0, host: "127.0.0.1" },
    logLevel: "error",
  });
  browser = await chromium.launch({
    executablePath: process.env.VIGIL_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
  });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function open(batches: readonly ViewBatch[], look: Look): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: look.size,
    colorScheme: look.theme,
    contrast: look.contrast ?? "no-preference",
    locale: look.lang,
    timezoneId: "Pacific/Auckland",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() !== "log") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.addInitScript(
    (script) => {
      window.vigilScript = script;
    },
    batches.map((batch) => ({ after_ms: 0, batch })),
  );
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  await page.waitForSelector("[data-state]");
  await page.evaluate(() => document.fonts.ready);
  // Skeletons and notices come after their delay; the picture is of what stays.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return { page, complaints };
}

async function shoot(name: string, look: Look): Promise<{ page: Page; complaints: string[] }> {
  const now = Date.now();
  const batches = { ...states(now), ...hospitalStates(now) }[name.split("@")[0] ?? ""];
  if (!batches) throw new Error(`no such state: ${name}`);
  const opened = await open(batches, look);
  const file = `${name}-${look.theme}-${look.size.width}x${look.size.height}${look.lang === "de-DE" ? "-de" : ""}.png`;
  await opened.page.screenshot({ path: join(FOLDER, file) });
  return opened;
}

async function holdsTogether(page: Page, complaints: string[]): Promise<void> {
  expect(complaints).toEqual([]);
  expect(await page.evaluate(cutTexts)).toEqual([]);
  expect(await page.evaluate(overlaps)).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
}

const LIVE: Look[] = (["light", "dark"] as const).flatMap((theme) =>
  [SMALL, LARGE, SCALED].flatMap((size) => (["en-GB", "de-DE"] as const).map((lang) => ({ theme, size, lang }))),
);

describe("live", () => {
  test.for(LIVE)("$theme $size.width $lang", async (look) => {
    const { page, complaints } = await shoot("live", look);
    await holdsTogether(page, complaints);
    expect(await page.getAttribute("[data-state]", "data-state")).toBe("live");
    // Calm, but for the part of two bars that is over its limit.
    const share = await colouredShare(page);
    expect(share).toBeLessThanOrEqual(CALM);
  });

  test("every group is on the screen without scrolling", async () => {
    const { page } = await open(states(Date.now()).live ?? [], { theme: "light", size: SMALL, lang: "en-GB" });
    const rest = await page.evaluate(() => {
      const main = document.querySelector("main");
      return main ? main.scrollHeight - main.clientHeight : -1;
    });
    expect(rest).toBe(0);
  });

  test("the state painted is reported", async () => {
    const { page } = await open(states(Date.now()).live ?? [], { theme: "light", size: SMALL, lang: "en-GB" });
    await page.waitForFunction(() =>
      (window.vigilHost as unknown as { paintedSeqs: number[] }).paintedSeqs.includes(1),
    );
  });
});

describe("states", () => {
  const names = Object.keys(states(0)).filter((name) => name !== "live");
  test.for(names.flatMap((name) => (["light", "dark"] as const).map((theme) => ({ name, theme }))))(
    "$name $theme",
    async ({ name, theme }) => {
      const { page, complaints } = await shoot(name, { theme, size: SMALL, lang: "en-GB" });
      await holdsTogether(page, complaints);
      expect(await colouredShare(page)).toBeLessThanOrEqual(2 * CALM);
    },
  );
  test.for(names)("%s in German", async (name) => {
    const { page, complaints } = await shoot(name, { theme: "light", size: SMALL, lang: "de-DE" });
    await holdsTogether(page, complaints);
  });
});

test.for([SMALL, LARGE])("a crowded board, $width px wide", async (size) => {
  const { page, complaints } = await shoot("crowded", { theme: "dark", size, lang: "en-GB" });
  await holdsTogether(page, complaints);
});

/** What cannot be seen without scrolling, in CSS pixels. */
function below(page: Page): Promise<number> {
  return page.evaluate(() => {
    const main = document.querySelector("main");
    return main ? main.scrollHeight - main.clientHeight : -1;
  });
}

/** How many screens the board is high. */
function screens(page: Page): Promise<number> {
  return page.evaluate(() => {
    const main = document.querySelector("main");
    return main ? main.scrollHeight / main.clientHeight : 0;
  });
}

/** Titles of groups that are not seen whole when they are scrolled to. */
function headingsHidden(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const main = document.querySelector("main");
    const hidden: string[] = [];
    for (const heading of document.querySelectorAll("h2")) {
      heading.scrollIntoView({ block: "nearest" });
      const box = heading.getBoundingClientRect();
      const room = main?.getBoundingClientRect();
      const inside = room && box.top >= room.top && box.bottom <= room.bottom && box.right <= room.right;
      if (!inside || box.width === 0) hidden.push(heading.textContent ?? "");
    }
    return hidden;
  });
}

describe("the shipped board", () => {
  const sizes = [LEAST, SCALED, BARS, SMALL, { width: 1600, height: 900 }, LARGE];
  const looks: Look[] = sizes.flatMap((size, i) => [
    { theme: i % 2 ? "dark" : "light", size, lang: "en-GB" },
    { theme: i % 2 ? "light" : "dark", size, lang: "de-DE" },
  ]);
  test.for(looks)("is larger than a screen: $size.width × $size.height $lang", async (look) => {
    const { page, complaints } = await shoot("hospital", look);
    await holdsTogether(page, complaints);
    expect(await below(page)).toBeGreaterThan(0);
    expect(await screens(page)).toBeLessThanOrEqual(look.size === LARGE ? 1.5 : 4);
    expect(await headingsHidden(page)).toEqual([]);
  });

  const names = Object.keys(hospitalStates(0)).filter((name) => name !== "hospital");
  test.for(
    names.flatMap((name, i) => [
      { name, theme: i % 2 ? ("dark" as const) : ("light" as const), lang: "en-GB" as const },
      { name, theme: i % 2 ? ("light" as const) : ("dark" as const), lang: "de-DE" as const },
    ]),
  )("$name $theme $lang", async ({ name, ...look }) => {
    const { page, complaints } = await shoot(name, { ...look, size: SMALL });
    await holdsTogether(page, complaints);
    expect(await headingsHidden(page)).toEqual([]);
  });
});

test.for([LEAST, SMALL])("numbers too wide for their tile are smaller, never cut, $width px wide", async (size) => {
  const { page, complaints } = await shoot("wide", { theme: "light", size, lang: "de-DE" });
  expect(complaints).toEqual([]);
  expect(await page.evaluate(overlaps)).toEqual([]);
  expect((await page.evaluate(cutTexts)).filter((text) => /\d/.test(text))).toEqual([]);
  const steps = await page.$$eval(".figure", (figures) => figures.map((figure) => figure.getAttribute("data-step")));
  const cut = await page.$$eval(".figure", (figures) => figures.filter((f) => f.scrollWidth > f.clientWidth).length);
  expect(cut).toBe(0);
  if (size === LEAST) expect(new Set(steps)).toEqual(new Set(["1", "2", "3", "4"]));
});

describe("by keyboard", () => {
  const look: Look = { theme: "light", size: SMALL, lang: "en-GB" };
  const focused = (page: Page) =>
    page.evaluate(() => {
      const at = document.activeElement;
      return at === document.body ? "" : (at?.getAttribute("aria-label") ?? at?.textContent?.trim() ?? "");
    });
  const order = async (page: Page) => {
    const found: string[] = [];
    for (let i = 0; i < 4; i += 1) {
      await page.keyboard.press("Tab");
      found.push(await focused(page));
    }
    return found.slice(0, found.indexOf("") < 0 ? undefined : found.indexOf(""));
  };

  test("a board that is seen whole has nothing to stop at", async () => {
    const { page } = await open(states(Date.now()).live ?? [], look);
    expect(await order(page)).toEqual([]);
  });

  test("a board that is larger than the window is scrolled", async () => {
    const { page } = await open(hospitalStates(Date.now()).hospital ?? [], look);
    expect(await order(page)).toHaveLength(1);
    await page.focus("main");
    await page.keyboard.press("End");
    await page.waitForFunction(() => (document.querySelector("main")?.scrollTop ?? 0) > 0);
  });

  test("offline, the strip's button; then the board, where it scrolls", async () => {
    const { page } = await open(states(Date.now()).offline ?? [], { ...look, size: LEAST });
    await page.setViewportSize({ width: 1024, height: 480 });
    await page.waitForSelector("main[tabindex]");
    expect(await order(page)).toEqual(["Try now", "Town library"]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("End");
    await page.waitForFunction(() => (document.querySelector("main")?.scrollTop ?? 0) > 0);
  });

  test("a notice has one button, and its ring is seen", async () => {
    const { page } = await open(states(Date.now()).signed_out ?? [], look);
    expect(await order(page)).toEqual(["Try again"]);
    await page.focus("button");
    const outline = await page.$eval("button", (button) => getComputedStyle(button).outlineWidth);
    expect(outline).toBe("2px");
  });
});

test("more contrast", async () => {
  const { page, complaints } = await shoot("live@contrast", {
    theme: "light",
    size: SMALL,
    lang: "en-GB",
    contrast: "more",
  });
  await holdsTogether(page, complaints);
});
