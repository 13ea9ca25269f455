import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { OUTLINES } from "../src/icon/tabler";

const SOURCE = join(import.meta.dirname, "../src");

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(svelte|css|ts)$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(SOURCE, name), "utf8") }));

/** The style rules of a file, comments taken out. */
function styles({ name, text }: { name: string; text: string }): string {
  const css = name.endsWith(".css") ? text : (/<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "");
  return css.replace(/\/\*[\s\S]*?\*\//g, "");
}

const tokenFile = readFileSync(join(SOURCE, "tokens.css"), "utf8");
const outside = files.filter(({ name }) => name !== "tokens.css");

describe("nothing outside the token file names", () => {
  test("there are files to look at", () => {
    expect(outside.filter((file) => styles(file) !== "").length).toBeGreaterThan(8);
  });

  const COLOUR = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix)\(/gi;
  const NAMED = /:\s*[^;{]*\b(?:white|black|red|green|blue|gr[ae]y|orange|amber|yellow|purple|silver)\b/gi;
  test.each(outside)("a colour: $name", (file) => {
    expect([...(styles(file).match(COLOUR) ?? []), ...(styles(file).match(NAMED) ?? [])]).toEqual([]);
    if (file.name.endsWith(".svelte"))
      expect(file.text.match(/(?:fill|stroke)="(?!none|currentColor)[^"]*"/g)).toBeNull();
  });

  const SIZE_OR_DURATION = /\b\d*\.?\d+(?:px|rem|pt|vw|vh|ms|s)\b/g;
  test.each(outside)("a size or a duration: $name", (file) => {
    expect(styles(file).match(SIZE_OR_DURATION) ?? []).toEqual([]);
  });

  test("and every token used exists", () => {
    const declared = new Set(tokenFile.match(/--[\w-]+(?=:)/g));
    const used = new Set(
      files.flatMap(({ text }) => [...text.matchAll(/var\((--[\w-]+)\)/g)].map((match) => match[1])),
    );
    expect([...used].filter((token) => token && !declared.has(token))).toEqual([]);
  });
});

test("the host alone knows Tauri", () => {
  const knows = files.filter(({ text }) => text.includes("@tauri-apps")).map(({ name }) => name);
  expect(knows).toEqual([join("host", "tauri.ts")]);
});

test("no word of one trade", () => {
  const trade = /\b(?:patients?|wards?|beds?|hospitals?|stations?)\b/i;
  const found = files.filter(({ text }) => trade.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")));
  expect(found.map(({ name }) => name)).toEqual([]);
});

test("icons are Tabler's own", () => {
  for (const [name, outline] of Object.entries(OUTLINES)) {
    const svg = readFileSync(
      join(import.meta.dirname, `../node_modules/@tabler/icons/icons/outline/${name}.svg`),
      "utf8",
    );
    expect([...svg.matchAll(/<path d="([^"]+)"/g)].map((match) => match[1])).toEqual([...outline]);
  }
});

describe("contrast", () => {
  const [lightPart = "", darkPart = ""] = tokenFile.split("@media (prefers-color-scheme: dark)");
  const darkBlock = darkPart.split("@media")[0] ?? "";
  const colours = (css: string) =>
    Object.fromEntries([...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map(([, name, hex]) => [name, hex]));
  const light = colours(lightPart);
  const themes = { light, dark: { ...light, ...colours(darkBlock) } };

  function luminance(hex: string): number {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function contrast(theme: Record<string, string | undefined>, a: string, b: string): number {
    const [first, second] = [a, b].map((name) => {
      const hex = theme[name];
      if (!hex) throw new Error(`no such colour: ${name}`);
      return luminance(hex);
    });
    const [low = 0, high = 0] = [first ?? 0, second ?? 0].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  }

  const TEXT: [string, string][] = [
    ["ink", "canvas"],
    ["ink-2", "canvas"],
    ["ink-3", "canvas"],
    ["ink", "surface"],
    ["ink-2", "surface"],
    ["ink-3", "surface"],
    ["ink", "sunken"],
    ["ink", "band"],
    ["ink-2", "band"],
    ["accent", "surface"],
    ["surface", "accent"],
    ["away-ink", "away"],
    ["away-ink-2", "away"],
    ["away-accent", "away"],
    ["critical-text", "surface"],
    ["critical-text", "critical-wash"],
    ["high-text", "surface"],
    ["high-text", "high-wash"],
    ["low-text", "surface"],
  ];
  const MARKS: [string, string][] = [
    ["edge", "surface"],
    ["edge", "canvas"],
    ["data", "surface"],
    ["data-2", "surface"],
    ["away-edge", "away"],
    ["critical", "surface"],
    ["low", "surface"],
    ["accent", "canvas"],
  ];

  describe.each(Object.entries(themes))("%s", (_, theme) => {
    test.each(TEXT)("text: %s on %s", (ink, ground) => {
      expect(contrast(theme, ink, ground)).toBeGreaterThanOrEqual(4.5);
    });
    test.each(MARKS)("mark: %s on %s", (mark, ground) => {
      expect(contrast(theme, mark, ground)).toBeGreaterThanOrEqual(3);
    });
  });
});
