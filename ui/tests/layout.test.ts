import { expect, test } from "vitest";
import { boardLayout, columnsAt, panelRoom, panelTiles } from "../src/feature/overview/layout";
import { de } from "../src/messages/de";
import { en } from "../src/messages/en";
import { languageOf } from "../src/messages/language";

test.each([
  [1024, 4],
  [1366, 4],
  [1600, 5],
  [1920, 6],
  [3840, 6],
])("a window %d px wide has %d columns", (width, columns) => {
  expect(columnsAt(width)).toBe(columns);
});

const columnsOf = (sizes: [number, number[]][], columns: number) =>
  boardLayout(
    sizes.map(([tiles, panels]) => ({ tiles, panels })),
    columns,
  ).map((layout) => layout.columns);

test("a group takes as many columns as it has tiles, at most all", () => {
  expect(
    columnsOf(
      [
        [2, []],
        [2, []],
        [9, []],
      ],
      4,
    ),
  ).toEqual([2, 2, 4]);
});

test.each([
  [0, [2], { columns: 2, panelFrom: 1 }],
  [2, [2], { columns: 3, panelFrom: 2 }],
  [3, [2], { columns: 4, panelFrom: 3 }],
  [2, [1], { columns: 4, panelFrom: 3 }],
  [9, [2], { columns: 4, panelFrom: 3 }],
  [0, [2, 2], { columns: 4, panelFrom: 1 }],
])("%d tiles beside panels of height %j", (tiles, panels, layout) => {
  expect(boardLayout([{ tiles, panels }], 4)).toEqual([layout]);
});

test("small groups are stacked beside a high one", () => {
  expect(
    columnsOf(
      [
        [2, [2]],
        [1, []],
        [2, []],
        [2, []],
      ],
      6,
    ),
  ).toEqual([3, 1, 1, 1]);
});

test("a group that does not fit begins a row of its own", () => {
  expect(
    columnsOf(
      [
        [3, []],
        [2, [2]],
        [2, []],
        [1, []],
      ],
      4,
    ),
  ).toEqual([3, 3, 1, 1]);
});

test("no row is wider than the window", () => {
  for (const columns of [4, 5, 6]) {
    const sizes: [number, number[]][] = [
      [3, [2]],
      [4, [2]],
      [2, []],
      [2, []],
      [2, [2]],
      [6, []],
      [0, [1, 2, 2, 1]],
    ];
    for (const taken of columnsOf(sizes, columns)) expect(taken).toBeLessThanOrEqual(columns);
  }
});

test("a panel has room for the bars that made it as high as it is", () => {
  for (let bars = 0; bars <= 8; bars += 1) expect(panelRoom(panelTiles(bars))).toBeGreaterThanOrEqual(bars);
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
