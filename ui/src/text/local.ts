import type { LocalText, UnitText } from "../generated/wire";

/** A board's text in this language; else what it says for every language; else English; else any. */
export function localText(text: LocalText, language: string): string {
  return text[language] ?? text[""] ?? text.en ?? Object.values(text)[0] ?? "";
}

export function unitText(unit: UnitText, count: "one" | "other", language: string): string {
  return localText(unit[count], language);
}
