import type { Language } from "../messages/language";

const NAMED = ["avg", "count", "distinct", "max", "min", "sum"] as const;
const PERCENTILE = /^p(\d{1,2})$/;

/** A board's name of a statistic (`p50`, `avg`) in words; one that is not known stays as it is. */
export function statisticWords(statistic: string, language: Language): string {
  const rank = PERCENTILE.exec(statistic)?.[1];
  if (rank !== undefined) {
    return Number(rank) === 50
      ? language.say("statistic.median")
      : language.say("statistic.percentile", { rank: Number(rank) });
  }
  const named = NAMED.find((name) => name === statistic);
  return named ? language.say(`statistic.${named}`) : statistic;
}
