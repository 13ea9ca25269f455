import { describe, expect, test } from "vitest";
import { groupName } from "../src/format/group";
import { type Setting, shareOf, shownLimit, shownValue } from "../src/format/shown";
import { statisticWords } from "../src/format/statistic";
import type { BreakdownSchema, MetricSchema, Value } from "../src/generated/wire";
import { languageOf } from "../src/messages/language";
import { localText } from "../src/text/local";
import { filled, phrases } from "../src/text/template";
import { visibleText } from "../src/text/visible";
import { indexOf, METRICS, SCHEMA } from "./boards/library";

const NOW = Date.UTC(2026, 10, 21, 9, 42, 7);
const setting = (lang = "en-GB"): Setting => ({ language: languageOf(lang), schema: SCHEMA, now: NOW });
const metric = (id: string): MetricSchema => {
  const found = METRICS[indexOf(id)];
  if (!found) throw new Error(id);
  return found;
};

describe("a value", () => {
  test("has its unit in the right number and language", () => {
    expect(shownValue(1, metric("visitors"), setting())).toMatchObject({ text: "1", unit: "visitor" });
    expect(shownValue(1263, metric("loans_today"), setting("de-DE"))).toMatchObject({
      text: "1.263",
      unit: "Ausleihen",
      spoken: "1.263 Ausleihen",
    });
  });

  test("beyond 2^53 comes as text and stays exact", () => {
    expect(
      shownValue("9007199254740993", { ...metric("fees_today"), format: { kind: "money", currency: "EUR" } }, setting())
        .spoken,
    ).toBe("€9,007,199,254,740,993.00");
  });

  test("zero is 0, unknown is a dash with its reason", () => {
    expect(shownValue(0, metric("visitors"), setting()).text).toBe("0");
    const none = shownValue({ none: "division_by_zero" }, metric("desks_taken"), setting());
    expect(none).toMatchObject({ text: "—", none: "division_by_zero", unit: "" });
    expect(none.spoken).toBe("no value: its divisor is zero");
  });

  test("a date is drawn as the time since then, on MongoDB's clock", () => {
    const shown = shownValue({ date: NOW - 43_842_000 }, metric("longest_hold"), setting());
    expect(shown.text).toBe("12\u00a0h\u00a010\u00a0min");
    expect(shown.pieces.map((piece) => piece.text).join("")).toBe(shown.text);
    expect(shownValue({ date: NOW + 5_000 }, metric("longest_hold"), setting()).text).toBe("0\u00a0s");
  });

  test("a duration may be negative", () => {
    expect(shownValue(-3.2, metric("lag"), setting()).text).toBe("−3\u00a0s");
    expect(shownValue(-0.2, metric("lag"), setting()).text).toBe("0\u00a0s");
  });

  test("a word is the board's, else itself", () => {
    expect(shownValue({ text: "degraded" }, metric("redis"), setting("de-DE")).text).toBe("gestört");
    expect(shownValue({ text: "<b>odd</b>" }, metric("redis"), setting()).text).toBe("<b>odd</b>");
  });

  test("what is no number stays readable", () => {
    expect(shownValue("NaN", metric("visitors"), setting()).text).toBe("NaN");
  });

  test("a limit has no zeros that the board did not write", () => {
    expect(shownLimit(0.92, metric("desks_taken"), setting()).text).toBe("92");
    expect(shownLimit(0.925, metric("desks_taken"), setting()).text).toBe("92.5");
  });
});

describe("a share of the whole", () => {
  test.each([
    [14, 188, "7"],
    ["184206.40", "402518.95", "46"],
    [0, 188, "0"],
    [1, 0, undefined],
    [1, undefined, undefined],
    [{ none: "empty" as const }, 188, undefined],
    [1, { none: "unavailable" as const }, undefined],
  ])("%j of %j", (part, whole, share) => {
    expect(shareOf(part, whole, "en-GB")).toBe(share);
  });
});

describe("a statistic", () => {
  test.each([
    ["p50", "median", "Median"],
    ["p90", "90th percentile", "90. Perzentil"],
    ["p91", "91st percentile", "91. Perzentil"],
    ["p92", "92nd percentile", "92. Perzentil"],
    ["p93", "93rd percentile", "93. Perzentil"],
    ["p11", "11th percentile", "11. Perzentil"],
    ["avg", "average", "Mittelwert"],
    ["min", "lowest", "niedrigster"],
    ["sum", "sum", "Summe"],
    ["mode", "mode", "mode"],
  ])("%s is said in words", (statistic, en, de) => {
    expect(statisticWords(statistic, languageOf("en-GB"))).toBe(en);
    expect(statisticWords(statistic, languageOf("de-DE"))).toBe(de);
  });
});

describe("a group's name", () => {
  test.each([
    ['"quiet"', "Quiet room"],
    ['"Annexe 2"', "Annexe 2"],
    ["3", "3"],
    ["null", "not given"],
    ['{"$oid":"6740a1"}', "6740a1"],
    ["not json", "not json"],
    ['"constructor"', "constructor"],
  ])("%s", (key, name) => {
    const rooms: BreakdownSchema = { name: "room", labels: "room", names: null, unit: null };
    expect(groupName(key, rooms, undefined, setting())).toBe(name);
  });

  test.each([
    ["hour", "9", "09:00", "09:00"],
    ["hour", "24", "24", "24"],
    ["weekday", "1", "Monday", "Montag"],
    ["weekday", "7", "Sunday", "Sonntag"],
    ["weekday", "0", "0", "0"],
    ["day", '"2026-11-21"', "21 Nov", "21. Nov."],
    ["day", '"2026-13-45"', "2026-13-45", "2026-13-45"],
    ["day", "null", "not given", "ohne Angabe"],
  ] as const)("as a part of a date: %s %s", (unit, key, en, de) => {
    const parts: BreakdownSchema = { name: "at", labels: null, names: null, unit };
    expect(groupName(key, parts, undefined, setting())).toBe(en);
    expect(groupName(key, parts, undefined, setting("de-DE"))).toBe(de);
  });

  test.each<[string, string, Value | undefined]>([
    ["said by its document", "Branch North", { text: "Branch North" }],
    ["a number", "12", 12],
    ["not known", "n7", { none: "empty" }],
    ["empty", "n7", { text: "" }],
    ["not yet there", "n7", undefined],
    ["made harmless", "a[U+001B]", { text: "a\u001b" }],
  ])("%s", (_, name, value) => {
    const branches: BreakdownSchema = { name: "branch", labels: null, names: indexOf("redis"), unit: null };
    const names = new Map(value === undefined ? [] : [['"n7"', value]]);
    expect(groupName('"n7"', branches, names, setting())).toBe(name);
  });

  test("the board's label comes before the document's name", () => {
    const both: BreakdownSchema = { name: "room", labels: "room", names: indexOf("redis"), unit: null };
    expect(groupName('"quiet"', both, new Map([['"quiet"', { text: "Q" }]]), setting())).toBe("Quiet room");
  });
});

describe("texts of a board", () => {
  test("in this language, else for all, else English, else any", () => {
    expect(localText({ de: "Haus", en: "house" }, "de")).toBe("Haus");
    expect(localText({ "": "Haus" }, "en")).toBe("Haus");
    expect(localText({ en: "house", fr: "maison" }, "de")).toBe("house");
    expect(localText({ fr: "maison" }, "de")).toBe("maison");
    expect(localText({}, "de")).toBe("");
  });

  test("braces are filled once; a value cannot bring braces of its own", () => {
    const word = { pieces: [], text: "{visitors}", unit: "", spoken: "" };
    expect(filled("{redis}", () => word)).toBe("{visitors}");
  });

  test("a unit is had by name, a percent sign belongs to the figure, the unknown is a dash", () => {
    const look = (id: string) =>
      id === "visitors"
        ? shownValue(1, metric("visitors"), setting())
        : id === "desks_taken"
          ? shownValue(0.5, metric("desks_taken"), setting())
          : undefined;
    expect(filled("{visitors} {visitors.unit}, {desks_taken}, {nobody}, {nobody.unit}", look)).toBe(
      "1 visitor, 50.0\u00a0%, —, —",
    );
  });

  test.each([
    ["{visitors} open, longest {longest_hold}", "1 open"],
    ["{visitors} open, longest {longest_hold}.", "1 open."],
    ["{visitors} open, longest {longest_hold}, {visitors} closed", "1 open, 1 closed"],
    ["{visitors} open, longest {desks_free}", "1 open, longest \u2014"],
    ["longest {longest_hold}", "longest \u2014"],
    ["{visitors} open, nothing else", "1 open, nothing else"],
    ["{visitors} open, longest {longest_hold}. All is well.", "1 open, longest \u2014. All is well."],
  ])("of %j what is about nothing at all is left out", (template, said) => {
    const values: Record<string, Value> = {
      visitors: 1,
      longest_hold: { none: "empty" },
      desks_free: { none: "unavailable" },
    };
    const look = (id: string) => {
      const value = values[id];
      return value === undefined ? undefined : shownValue(value, metric(id), setting());
    };
    expect(filled(template, look)).toBe(said);
  });

  test("brackets are said quietly", () => {
    expect(phrases("14 free (9 later), 3 more")).toEqual([
      { text: "14 free ", quiet: false },
      { text: "(9 later)", quiet: true },
      { text: ", 3 more", quiet: false },
    ]);
  });
});

describe("text from the database", () => {
  test("cannot hide or turn the line around", () => {
    expect(visibleText("a\u202eb\u0000c\u200b")).toBe("a[U+202E]b[U+0000]c[U+200B]");
  });

  test("ends after 200 characters, never inside one", () => {
    expect([...visibleText("🙂".repeat(300))]).toHaveLength(201);
    expect(visibleText("x".repeat(200))).toBe("x".repeat(200));
  });
});
