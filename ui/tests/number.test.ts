import { describe, expect, test } from "vitest";
import { approximate, parseDecimal, rounded } from "../src/format/decimal";
import { formatMoney, formatNumber, formatPercent, formatTileMoney, plural } from "../src/format/number";

const decimal = (text: string) => {
  const parsed = parseDecimal(text);
  if (!parsed) throw new Error(`not a decimal: ${text}`);
  return parsed;
};

describe("decimals", () => {
  test.each([
    ["0", 0n, 0],
    ["-0.50", 50n, 2],
    ["1E+3", 1000n, 0],
    ["1.5e-7", 15n, 8],
    ["+12.", 12n, 0],
    ["9007199254740993.01", 900719925474099301n, 2],
  ])("%s", (text, digits, scale) => {
    expect(decimal(text)).toMatchObject({ digits, scale });
  });

  test.each(["", "NaN", "Infinity", "-Infinity", "1,5", "0x10", "1E+6144", "1E-6176", "12 ", "<b>1</b>"])(
    "%s is no number that can be shown",
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  test("halves are rounded away from zero, exactly", () => {
    expect(formatNumber("en-GB", decimal("2.5"), 0)).toBe("3");
    expect(formatNumber("en-GB", decimal("-2.5"), 0)).toBe("−3");
    expect(formatNumber("en-GB", decimal("1.005"), 2)).toBe("1.01");
    expect(rounded(decimal("0.5"), 3).digits).toBe(500n);
  });

  test("lengths only are approximate", () => {
    expect(approximate(decimal("-12.25"))).toBe(-12.25);
    expect(approximate(decimal("0.934"))).toBe(0.934);
  });
});

describe("money", () => {
  test("is never a float", () => {
    // As a float this is …740992.
    expect(formatMoney("en-GB", decimal("9007199254740993.01"), "EUR")).toBe("€9,007,199,254,740,993.01");
    expect(formatMoney("de-DE", decimal("9007199254740993.01"), "EUR")).toBe("9.007.199.254.740.993,01\u00a0€");
    expect(formatMoney("en-GB", decimal("0.1"), "EUR")).toBe("€0.10");
  });

  test("keeps what is smaller than a cent where exactness is asked for", () => {
    expect(formatMoney("en-GB", decimal("0.125"), "EUR")).toBe("€0.125");
  });

  test.each([
    ["9999.99", "€9,999.99"],
    ["9999.995", "€10,000"],
    ["10000.00", "€10,000"],
    ["184206.40", "€184,206"],
    ["184206.50", "€184,207"],
    ["-184206.40", "−€184,206"],
    ["-0.004", "€0.00"],
    ["1234567890.12", "€1.235B"],
  ])("on a tile, %s", (text, shown) => {
    expect(formatTileMoney("en-US", decimal(text), "EUR")).toBe(shown);
  });

  test("other currencies have their own smallest unit", () => {
    expect(formatTileMoney("en-GB", decimal("512.4"), "JPY")).toBe("JP¥512");
    expect(() => formatTileMoney("en-GB", decimal("5"), "not a code")).not.toThrow();
  });
});

test("narrow no-break spaces, which the typeface lacks, become no-break spaces", () => {
  expect(formatNumber("fr-FR", decimal("1234567"), 0)).toBe("1\u00a0234\u00a0567");
  expect(formatMoney("de-CH", decimal("1234.50"), "CHF")).not.toMatch(/\u202f/);
});

test("percent is of one, exact", () => {
  expect(formatPercent("en-GB", decimal("0.934"), 1)).toBe("93.4");
  expect(formatPercent("de-DE", decimal("0.934"), 1)).toBe("93,4");
  expect(formatPercent("en-GB", decimal("0.285"), 0)).toBe("29");
  expect(formatPercent("en-GB", decimal("1"), 0)).toBe("100");
});

test("units follow the number", () => {
  expect(plural("en", decimal("1"))).toBe("one");
  expect(plural("en", decimal("-1"))).toBe("one");
  expect(plural("en", decimal("0"))).toBe("other");
  expect(plural("de", decimal("2"))).toBe("other");
});
