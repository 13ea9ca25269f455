import type { Shown } from "../format/shown";

/** A board's sentence in pieces: what stands in round brackets is said more quietly. */
export interface Phrase {
  text: string;
  quiet: boolean;
}

const PLACE = /\{([^{}]+)\}/g;
const UNIT = ".unit";

/**
 * Fills `{metric_id}` with the metric's value (and its "%", which is no unit but a part of the figure), and
 * `{metric_id.unit}` with the unit in the value's number. What the board's check let through but is not known
 * becomes "—".
 */
export function filled(template: string, look: (id: string) => Shown | undefined): string {
  return template.replace(PLACE, (_, name: string) => {
    const whole = look(name);
    if (whole) return whole.unit === "%" ? `${whole.text}\u00a0%` : whole.text;
    const named = name.endsWith(UNIT) ? look(name.slice(0, -UNIT.length)) : undefined;
    return named ? named.unit : "\u2014";
  });
}

export function phrases(sentence: string): Phrase[] {
  return sentence
    .split(/(\([^()]*\))/)
    .filter((text) => text !== "")
    .map((text) => ({ text, quiet: text.startsWith("(") }));
}
