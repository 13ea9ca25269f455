import { approximate, type Decimal, fractionDigits, rounded, shifted, wholePart } from "./decimal";

const MINUS = "\u2212";
/** From here on a tile shows money without its smaller unit. */
const WHOLE_MONEY_FROM = 10_000n;
/** From here on a tile shows the leading digits and a word ("1.235 bn"). */
const COMPACT_FROM = 1_000_000_000n;
const COMPACT_DIGITS = 4;

/** U+202F is not in the typeface; U+00A0 is, and does not break either. */
export function plainSpaces(text: string): string {
  return text.replaceAll("\u202f", "\u00a0");
}

/** Locale's grouping and signs around exact digits: only integers are ever handed to `Intl`. */
function assemble(locale: string, value: Decimal, options: Intl.NumberFormatOptions): string {
  const whole = wholePart(value);
  const format = new Intl.NumberFormat(locale, {
    ...options,
    minimumFractionDigits: value.scale,
    maximumFractionDigits: value.scale,
  });
  const text = format
    .formatToParts(whole)
    .map((part) => (part.type === "fraction" ? localDigits(locale, fractionDigits(value)) : part.value))
    .join("");
  return plainSpaces((value.negative && value.digits !== 0n ? MINUS : "") + text);
}

function localDigits(locale: string, digits: string): string {
  const format = new Intl.NumberFormat(locale, { useGrouping: false });
  return [...digits].map((digit) => format.format(Number(digit))).join("");
}

export function formatNumber(locale: string, value: Decimal, decimals: number): string {
  const whole = wholePart(value);
  if (whole >= COMPACT_FROM) return compact(locale, value, {});
  return assemble(locale, rounded(value, decimals), {});
}

/** A share of one, as per cent without the sign. */
export function formatPercent(locale: string, value: Decimal, decimals: number): string {
  return formatNumber(locale, shifted(value, 2), decimals);
}

/** Money as a tile shows it: to the cent below 10,000, then without cents. */
export function formatTileMoney(locale: string, value: Decimal, currency: string): string {
  const whole = wholePart(value);
  const options: Intl.NumberFormatOptions = { style: "currency", currency: currencyCode(currency) };
  if (whole >= COMPACT_FROM) return compact(locale, value, options);
  const exact = rounded(value, moneyDecimals(locale, currency));
  return assemble(locale, wholePart(exact) >= WHOLE_MONEY_FROM ? rounded(value, 0) : exact, options);
}

/** Money to its smallest unit, for tables, receipts and screen readers. */
export function formatMoney(locale: string, value: Decimal, currency: string): string {
  const options: Intl.NumberFormatOptions = { style: "currency", currency: currencyCode(currency) };
  return assemble(locale, rounded(value, Math.max(moneyDecimals(locale, currency), value.scale)), options);
}

/** Decimals of the currency's smallest unit: 2 for EUR, 0 for JPY. */
function moneyDecimals(locale: string, currency: string): number {
  const options = { style: "currency", currency: currencyCode(currency) } as const;
  return new Intl.NumberFormat(locale, options).resolvedOptions().maximumFractionDigits ?? 2;
}

/** `Intl` throws on what does not look like a code; XXX is ISO's "no currency". */
function currencyCode(currency: string): string {
  return /^[A-Za-z]{3}$/.test(currency) ? currency : "XXX";
}

function compact(locale: string, value: Decimal, options: Intl.NumberFormatOptions): string {
  const format = new Intl.NumberFormat(locale, {
    ...options,
    notation: "compact",
    maximumSignificantDigits: COMPACT_DIGITS,
  });
  return plainSpaces((value.negative ? MINUS : "") + format.format(wholePart(value)));
}

/** The plural category of a shown number. */
export function plural(language: string, value: Decimal | undefined): "one" | "other" {
  if (!value) return "other";
  return new Intl.PluralRules(language).select(approximate({ ...value, negative: false })) === "one" ? "one" : "other";
}
