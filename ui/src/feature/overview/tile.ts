import { formatDuration, spokenDuration } from "../../format/duration";
import type { Setting } from "../../format/shown";
import { formatTime } from "../../format/time";
import type { Trust } from "./health";

/** The line at a card's foot: how old its figure is. */
export interface Foot {
  left: string;
  right: string;
  ageing: boolean;
  spoken: string;
}

export function footOf(trust: Trust, setting: Setting): Foot | undefined {
  const { age } = trust;
  if (!age) return undefined;
  const { say, locale } = setting.language;
  const short = formatDuration(locale, age.ageMs);
  const long = spokenDuration(locale, age.ageMs);
  if (age.freshness === "stale" && !trust.explained) {
    const time = formatTime(locale, setting.schema.timezone, age.confirmed, setting.now, "minutes");
    return {
      left: say("tile.no_data_for", { age: short }),
      right: say("tile.last_at", { time }),
      ageing: false,
      spoken: say("spoken.no_data_for", { age: long }),
    };
  }
  return {
    left: short,
    right: "",
    ageing: age.freshness === "ageing" && !trust.explained,
    spoken: say("spoken.confirmed", { age: long }),
  };
}
