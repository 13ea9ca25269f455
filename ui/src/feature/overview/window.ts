import { getContext, setContext } from "svelte";
import type { Setting } from "../../format/shown";
import type { BoardSchema } from "../../generated/wire";
import type { Language } from "../../messages/language";
import type { BoardState } from "../../store/board.svelte";
import type { Clock } from "../../store/clock.svelte";
import type { Knowledge } from "./health";

/** What every part of the overview reads. Getters, so that each part follows only what it uses. */
export class OverviewWindow {
  constructor(
    readonly board: BoardState,
    readonly clock: Clock,
    readonly language: Language,
  ) {}

  get knowledge(): Knowledge {
    const { connection, status, schema, confirmed, clockOffsetMs } = this.board;
    return { connection, status, schema, confirmed, clockOffsetMs, now: this.clock.now };
  }

  setting(schema: BoardSchema): Setting {
    return { language: this.language, schema, now: this.clock.now + this.board.clockOffsetMs };
  }
}

const KEY = Symbol("overview");

export function provide(overview: OverviewWindow): OverviewWindow {
  return setContext(KEY, overview);
}

export function overviewWindow(): OverviewWindow {
  return getContext<OverviewWindow>(KEY);
}
