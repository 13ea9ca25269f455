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
import { states } from "./states";

/** The built UI in a real browser, in every state: pictures for people, and the rules that a picture can be held to. */

const FOLDER = process.env.VIGIL_SHOTS ?? join(tmpdir(), "vigil-shots");
const SMALL = { width: 1366, height: 768 };
const LARGE = { width: 1920, height: 1080 };
/** 150 % scale of a 1920 × 1080 screen. */
const SCALED = { width: 1280, height: 720 };
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
  const batches = states(Date.now())[name.split("@")[0] ?? ""];
  if (!batches) throw new Error(`no such state: ${name}`);
  const opened = await open(batches, look);
  const file = `${name}-${look.theme}-${look.size.width}${look.lang === "de-DE" ? "-de" : ""}.png`;
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

test("more contrast", async () => {
  const { page, complaints } = await shoot("live@contrast", {
    theme: "light",
    size: SMALL,
    lang: "en-GB",
    contrast: "more",
  });
  await holdsTogether(page, complaints);
});
