import type { BoardSchema, Format, MetricSchema, NoData, Value } from "../generated/wire";
import type { Language } from "../messages/language";
import { localText, unitText } from "../text/local";
import { visibleText } from "../text/visible";
import { approximate, type Decimal, parseDecimal } from "./decimal";
import { durationParts, formatDuration, spokenDuration, symbol } from "./duration";
import { formatMoney, formatNumber, formatPercent, formatTileMoney, plainSpaces, plural } from "./number";
import { formatTime } from "./time";

/** A piece of a shown value; a duration's unit symbols are drawn smaller than its numbers. */
export interface Piece {
  text: string;
  small: boolean;
}

/** One value as a tile shows it. */
export interface Shown {
  pieces: readonly Piece[];
  /** All pieces as one text. */
  text: string;
  /** What stands behind the value: its unit, or "%"; may be empty. */
  unit: string;
  /** Value and unit for a screen reader. */
  spoken: string;
  /** Why there is no value. */
  none?: NoData;
}

/** Everything besides the value that its looks depend on. */
export interface Setting {
  language: Language;
  schema: BoardSchema;
  /** MongoDB's clock, Unix milliseconds: ages of dates run on it. */
  now: number;
}

const DASH = "\u2014";
const MINUS = "\u2212";

export function shownValue(value: Value, metric: MetricSchema, setting: Setting): Shown {
  if (typeof value === "number" || typeof value === "string") {
    const decimal = parseDecimal(String(value));
    return decimal ? shownNumber(decimal, metric, setting) : plain(visibleText(String(value)), "");
  }
  if ("none" in value) {
    const reason = setting.language.say(`none.${value.none}`);
    const spoken = setting.language.say("spoken.no_value", { reason });
    return { pieces: [{ text: DASH, small: false }], text: DASH, unit: "", spoken, none: value.none };
  }
  if ("date" in value) return shownDate(value.date, metric.format, setting);
  return plain(word(value.text, metric.labels, setting), "");
}

/** The part as per cent of the whole, without the sign; undefined where there is nothing to divide or to divide by. */
export function shareOf(part: Value, whole: Value | undefined, locale: string): string | undefined {
  if (whole === undefined || typeof part === "object" || typeof whole === "object") return undefined;
  const [of, all] = [parseDecimal(String(part)), parseDecimal(String(whole))];
  if (!of || !all || all.digits === 0n) return undefined;
  const share = parseDecimal((approximate(of) / approximate(all)).toFixed(4));
  return share && formatPercent(locale, share, 0);
}

/** A limit in the metric's own format, but without zeros that the board did not write: "92 %" beside "93.4 %". */
export function shownLimit(limit: number, metric: MetricSchema, setting: Setting): Shown {
  const { format } = metric;
  const decimal = parseDecimal(String(limit));
  if (!decimal || (format.kind !== "number" && format.kind !== "percent")) return shownValue(limit, metric, setting);
  const written = Math.max(0, decimal.scale - (format.kind === "percent" ? 2 : 0));
  return shownNumber(decimal, { ...metric, format: { ...format, decimals: written } }, setting);
}

function shownNumber(decimal: Decimal, metric: MetricSchema, setting: Setting): Shown {
  const { locale, tag } = setting.language;
  const unit = metric.unit ? unitText(metric.unit, plural(tag, decimal), tag) : "";
  const { format } = metric;
  switch (format.kind) {
    case "number":
      return plain(formatNumber(locale, decimal, format.decimals), unit);
    case "percent":
      return plain(formatPercent(locale, decimal, format.decimals), "%");
    case "money": {
      const text = formatTileMoney(locale, decimal, format.currency);
      return { ...plain(text, unit), spoken: formatMoney(locale, decimal, format.currency) };
    }
    case "duration":
      return shownDuration(approximate(decimal) * 1000, setting);
    case "age":
    case "text":
      return plain(formatNumber(locale, decimal, decimal.scale), unit);
  }
}

function shownDate(at: number, format: Format, setting: Setting): Shown {
  if (format.kind === "age") return shownDuration(Math.max(0, setting.now - at), setting);
  return plain(formatTime(setting.language.locale, setting.schema.timezone, at, setting.now, "minutes"), "");
}

function shownDuration(milliseconds: number, { language }: Setting): Shown {
  const size = Math.abs(milliseconds);
  const sign = milliseconds <= -1000 ? MINUS : "";
  const number = new Intl.NumberFormat(language.locale);
  const pieces = durationParts(size).flatMap(({ amount, unit }, i): Piece[] => [
    { text: (i === 0 ? sign : "\u00a0") + plainSpaces(number.format(amount)), small: false },
    { text: `\u00a0${symbol(unit)}`, small: true },
  ]);
  const text = sign + formatDuration(language.locale, size);
  return { pieces, text, unit: "", spoken: sign + spokenDuration(language.locale, size) };
}

function plain(text: string, unit: string): Shown {
  return { pieces: [{ text, small: false }], text, unit, spoken: unit ? `${text} ${unit}` : text };
}

/** The board's word for a value; else the value itself, made harmless. @param labels key into the board's labels */
export function word(text: string, labels: string | null, setting: Setting): string {
  return labelled(text, labels, setting) ?? visibleText(text);
}

export function labelled(text: string, labels: string | null, { schema, language }: Setting): string | undefined {
  const words = labels === null ? undefined : schema.labels[labels];
  // Keys come from the database: "constructor" is no label.
  const label = words && Object.hasOwn(words, text) ? words[text] : undefined;
  return label && visibleText(localText(label, language.tag));
}
