import { expect, test } from "vitest";
import { boardLayout, columnsAt, isTight, overviewLayout, panelRoom, panelTiles } from "../src/feature/overview/layout";
import { de } from "../src/messages/de";
import { en } from "../src/messages/en";
import { languageOf } from "../src/messages/language";

test.each([
  [1024, [4, 4]],
  [1366, [4, 4]],
  [1600, [4, 5]],
  [1920, [5, 6]],
  [3840, [5, 6]],
])("a window %d px wide has %j columns", (width, columns) => {
  expect(columnsAt(width)).toEqual(columns);
});

const columnsOf = (sizes: [number, number[]][], columns: number) =>
  boardLayout(
    sizes.map(([tiles, panels]) => ({ tiles, panels })),
    columns,
  ).groups.map((group) => group.columns);

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
  expect(boardLayout([{ tiles, panels }], 4).groups).toEqual([layout]);
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

/** The shipped board: four tiles, four beside a panel, and four groups of one. */
const SHIPPED = [
  { tiles: 4, panels: [] },
  { tiles: 4, panels: [2] },
  ...Array.from({ length: 4 }, () => ({ tiles: 1, panels: [] })),
];

test.each([
  [1366, 768, 4, [4, 4, 1, 1, 1, 1], 4],
  [1600, 900, 4, [4, 4, 1, 1, 1, 1], 4],
  [1920, 1080, 6, [2, 4, 1, 1, 1, 1], 3],
])("a window of %d × %d is filled", (width, height, columns, groups, high) => {
  const layout = overviewLayout(SHIPPED, width, height);
  expect([layout.columns, layout.groups.map((group) => group.columns), layout.height]).toEqual([columns, groups, high]);
});

test("a window that is too low for few columns gets more", () => {
  expect(overviewLayout(SHIPPED, 1600, 600).columns).toBe(4);
  const many = Array.from({ length: 5 }, () => ({ tiles: 4, panels: [] }));
  const wide = many.map((group) => ({ ...group, tiles: 5 }));
  expect(overviewLayout(many, 1600, 900).columns).toBe(4);
  expect(overviewLayout(wide, 1600, 900).columns).toBe(5);
});

test("tiles are lower where the board is more than the window", () => {
  expect(isTight(overviewLayout(SHIPPED, 1366, 768), 768)).toBe(false);
  const large = Array.from({ length: 7 }, () => ({ tiles: 7, panels: [] }));
  expect(isTight(overviewLayout(large, 1366, 768), 768)).toBe(true);
  expect(isTight(overviewLayout(large, 1920, 1080), 1080)).toBe(true);
});

test("without groups there is nothing to lay out", () => {
  expect(overviewLayout([], 1366, 768)).toMatchObject({ groups: [], height: 0 });
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
