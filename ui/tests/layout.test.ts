import { expect, test } from "vitest";
import { columnsAt, groupLayout, panelRoom, panelTiles } from "../src/feature/overview/layout";
import { de } from "../src/messages/de";
import { en } from "../src/messages/en";
import { languageOf } from "../src/messages/language";

const group = (tiles: number) => ({
  id: "g",
  title: {},
  icon: null,
  tiles: Array.from({ length: tiles }, (_, i) => i),
  panels: [],
});

test.each([
  [1024, 4],
  [1366, 4],
  [1600, 5],
  [1920, 6],
  [3840, 6],
])("a window %d px wide has %d columns", (width, columns) => {
  expect(columnsAt(width)).toBe(columns);
});

test("a group takes as many columns as it has tiles, at most all", () => {
  expect(groupLayout(group(2), [], 4).columns).toBe(2);
  expect(groupLayout(group(9), [], 4).columns).toBe(4);
});

test.each([
  [0, [2], { columns: 2, panelFrom: 1 }],
  [2, [2], { columns: 3, panelFrom: 2 }],
  [3, [2], { columns: 4, panelFrom: 3 }],
  [4, [1], { columns: 4, panelFrom: 3 }],
  [1, [2, 2], { columns: 4, panelFrom: 2 }],
])("%d tiles beside panels of height %j", (tiles, heights, layout) => {
  expect(groupLayout(group(tiles), heights, 4)).toEqual(layout);
});

test("a panel has room for the bars that made it as high as it is", () => {
  for (let bars = 0; bars <= 13; bars += 1) expect(panelRoom(panelTiles(bars))).toBeGreaterThanOrEqual(bars);
});

test("every message is there in German with the same places to fill", () => {
  const places = (message: unknown) =>
    JSON.stringify(message)
      .match(/\{\w+\}/g)
      ?.sort();
  for (const [key, message] of Object.entries(en)) {
    expect([key, new Set(places(de[key as keyof typeof en]))]).toEqual([key, new Set(places(message))]);
  }
});

test("a language without messages is English, figures and texts alike", () => {
  expect(languageOf("fr-FR")).toMatchObject({ tag: "en", locale: "en-GB" });
  expect(languageOf("de-AT")).toMatchObject({ tag: "de", locale: "de-AT" });
  expect(languageOf("not a locale!")).toMatchObject({ tag: "en" });
});
