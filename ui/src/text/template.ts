import type { Shown } from "../format/shown";

/** A board's sentence in pieces: what stands in round brackets is said more quietly. */
export interface Phrase {
  text: string;
  quiet: boolean;
}

const PLACE = /\{([^{}]+)\}/g;
const UNIT = ".unit";
/** Where a clause of a sentence ends: the comma goes with what follows it. */
const CLAUSES = /(?=, )/;

/**
 * Fills `{metric_id}` with the metric's value (and its "%", which is no unit but a part of the figure), and
 * `{metric_id.unit}` with the unit in the value's number. What the board's check let through but is not known
 * becomes "—".
 */
export function filled(template: string, look: (id: string) => Shown | undefined): string {
  const text = withoutEmptyClauses(template, look).replace(PLACE, (_, name: string) => {
    const whole = look(name);
    if (whole) return whole.unit === "%" ? `${whole.text}\u00a0%` : whole.text;
    const named = name.endsWith(UNIT) ? look(name.slice(0, -UNIT.length)) : undefined;
    return named ? named.unit : "\u2014";
  });
  return text.trimEnd();
}

/**
 * Leaves out what a comma adds about nothing at all: of "2 open, oldest 3 min" the second half when none is open. A
 * figure that is not known is another matter, and stays as "\u2014".
 */
function withoutEmptyClauses(template: string, look: (id: string) => Shown | undefined): string {
  const [first = "", ...rest] = template.split(CLAUSES);
  const kept = rest.map((clause) => {
    const names = [...clause.matchAll(PLACE)].map(([, name = ""]) => name);
    const empty = names.length > 0 && names.every((name) => look(name)?.none === "empty");
    return empty && !clause.includes(". ") ? (/[.!?]$/.exec(clause)?.[0] ?? "") : clause;
  });
  return first + kept.join("");
}

export function phrases(sentence: string): Phrase[] {
  return sentence
    .split(/(\([^()]*\))/)
    .filter((text) => text !== "")
    .map((text) => ({ text, quiet: text.startsWith("(") }));
}
