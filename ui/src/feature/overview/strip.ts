import { formatDuration } from "../../format/duration";
import { formatTime, zoneOf } from "../../format/time";
import type { Language } from "../../messages/language";
import { isAway, type Knowledge, leadingTier, type StripState, stripState, tierAge } from "./health";

/** The strip in words. */
export interface StripWords {
  state: StripState;
  word: string;
  away: boolean;
  /** "as of 10:42:07 Europe/Berlin"; absent while no figure was ever confirmed. */
  asOf?: string;
  /** What is behind and what happens next; absent while there is nothing to say. */
  sentence?: string;
}

/** @param statusAt this computer's clock when the status came */
export function stripWords(known: Knowledge, statusAt: number, language: Language): StripWords {
  const state = stripState(known);
  const words: StripWords = { state, word: language.say(`state.${state}`), away: isAway(state) };
  // Without a board the notice below says it all; with a sentence on old figures the time is in that.
  if (!known.schema) return words;
  const asOf = ["live", "catching_up", "resyncing"].includes(state) ? asOfWords(known, language) : undefined;
  if (asOf) words.asOf = asOf;
  const sentence = sentenceFor(state, known, statusAt, language);
  if (sentence) words.sentence = sentence;
  return words;
}

function asOfWords(known: Knowledge, language: Language): string | undefined {
  const age = leadingAge(known);
  if (!age || !known.schema) return undefined;
  const { timezone } = known.schema;
  const now = known.now + known.clockOffsetMs;
  const time = formatTime(language.locale, timezone, age.confirmed, now, "seconds");
  return language.say("strip.as_of", { time, zone: zoneOf(timezone).name });
}

function leadingAge(known: Knowledge) {
  const tier = known.schema && leadingTier(known.schema);
  return tier && tierAge(known, tier);
}

function sentenceFor(state: StripState, known: Knowledge, statusAt: number, language: Language): string | undefined {
  const { say } = language;
  const source = known.status?.source;
  switch (state) {
    case "live":
      return known.status?.redis === "degraded" ? say("strip.redis") : undefined;
    case "behind":
      return oldData("strip.old", known, language);
    case "catching_up":
      return say("strip.catching_up", { lag: formatDuration(language.locale, source?.lag_ms ?? 0) });
    case "resyncing":
      return say("strip.resyncing");
    case "starting":
      return say("strip.starting");
    case "down": {
      const due = source?.retry_in_ms;
      // The status may be younger than the second that the clock shows.
      const now = Math.max(known.now, statusAt);
      const retry = due == null ? undefined : retryWords(statusAt + due - now, language);
      return join(say("strip.down"), oldData("strip.old", known, language), retry);
    }
    case "connecting":
      return join(oldData("strip.last", known, language), say("strip.reconnecting"));
    case "waiting": {
      const { connection } = known;
      const due = connection?.state === "waiting" && !known.retrying ? connection.retry_at - known.now : 0;
      return join(oldData("strip.last", known, language), retryWords(due, language));
    }
    case "signed_out":
    case "refused":
    case "no_server":
      return undefined;
  }
}

function join(...sentences: (string | undefined)[]): string {
  return sentences.filter((sentence) => sentence !== undefined).join(" ");
}

function oldData(key: "strip.old" | "strip.last", known: Knowledge, language: Language): string | undefined {
  const age = leadingAge(known);
  if (!age || !known.schema) return undefined;
  const now = known.now + known.clockOffsetMs;
  return language.say(key, {
    time: formatTime(language.locale, known.schema.timezone, age.confirmed, now, "seconds"),
    age: formatDuration(language.locale, age.ageMs),
  });
}

/** @param dueMs milliseconds from now */
export function retryWords(dueMs: number, language: Language): string {
  if (dueMs <= 0) return language.say("strip.retry_now");
  const time = formatDuration(language.locale, Math.ceil(dueMs / 1000) * 1000);
  return language.say("strip.retry_in", { time });
}
