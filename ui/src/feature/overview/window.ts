import { getContext, setContext } from "svelte";
import type { Setting } from "../../format/shown";
import type { BoardSchema, Tier } from "../../generated/wire";
import type { Language } from "../../messages/language";
import type { BoardState } from "../../store/board.svelte";
import type { Clock } from "../../store/clock.svelte";
import { type Knowledge, trustOf } from "./health";

/** What every part of the overview reads. Getters, so that each part follows only what it uses. */
export class OverviewWindow {
  constructor(
    readonly board: BoardState,
    readonly clock: Clock,
    readonly language: Language,
  ) {}

  get knowledge(): Knowledge {
    const { connection, retrying, status, schema, confirmed, clockOffsetMs } = this.board;
    return { connection, retrying, status, schema, confirmed, clockOffsetMs, now: this.clock.now };
  }

  setting(schema: BoardSchema): Setting {
    return { language: this.language, schema, now: this.clock.now + this.board.clockOffsetMs };
  }

  /**
   * The setting for a figure of this tier. What elapses since a date stands still where nobody knows whether the
   * date still holds: a wait that may have ended must not grow on the screen.
   */
  settingFor(schema: BoardSchema, tier: Tier): Setting {
    const setting = this.setting(schema);
    const { hatched, age } = trustOf(this.knowledge, tier);
    return hatched && age ? { ...setting, now: Math.min(setting.now, age.confirmed) } : setting;
  }
}

const KEY = Symbol("overview");

export function provide(overview: OverviewWindow): OverviewWindow {
  return setContext(KEY, overview);
}

export function overviewWindow(): OverviewWindow {
  return getContext<OverviewWindow>(KEY);
}
