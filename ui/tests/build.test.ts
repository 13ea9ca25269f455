// @vitest-environment node
import { join } from "node:path";
import { build } from "vite";
import { describe, expect, test } from "vitest";

/** The names and texts of what a build in this mode would write. */
async function built(mode: string): Promise<Map<string, string>> {
  const result = await build({
    root: join(import.meta.dirname, ".."),
    mode,
    logLevel: "error",
    build: { write: false },
  });
  if (!("output" in result)) throw new Error("not one bundle");
  return new Map(
    result.output.map((file) => [
      file.fileName,
      file.type === "chunk" ? file.code : Buffer.from(file.source as Uint8Array).toString("latin1"),
    ]),
  );
}

describe("the app's build", () => {
  test("has no scripted host in it; the browser's has", async () => {
    const has = (files: Map<string, string>) => [...files.values()].some((text) => text.includes("vigilScript"));
    expect(has(await built("production"))).toBe(false);
    expect(has(await built("browser"))).toBe(true);
  });

  test("fetches nothing from elsewhere and keeps to the content policy", async () => {
    const files = await built("production");
    const html = files.get("index.html") ?? "";
    expect(html).toContain('type="module"');
    expect(html).not.toMatch(/<style|style=|https?:|<script(?![^>]*src=)/);
    const css = [...files].filter(([name]) => name.endsWith(".css")).map(([, text]) => text);
    expect(css.join("")).toContain("Inter Variable");
    expect(css.join("")).not.toMatch(/@import|url\(["']?(?:https?:|data:|\/\/)/);
    for (const [name, text] of files) {
      if (name.endsWith(".js")) expect([name, / style="/.test(text)]).toEqual([name, false]);
    }
    const fonts = [...files.keys()].filter((name) => name.endsWith(".woff2"));
    expect(fonts).toHaveLength(2);
  });
});
