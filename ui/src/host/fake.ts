import type { ViewBatch } from "../generated/wire";
import type { Host } from "./types";

/** One batch of a script and when it comes, in milliseconds after attaching. */
export interface ScriptedBatch {
  after_ms: number;
  batch: ViewBatch;
}

/** What the script's author can see afterwards. */
export interface ScriptedHost extends Host {
  readonly paintedSeqs: readonly number[];
  readonly retries: number;
  /** Sends a batch now. */
  send(batch: ViewBatch): void;
}

/** A host that plays a script: for tests in a browser, never part of the app's build. */
export function scriptedHost(script: readonly ScriptedBatch[]): ScriptedHost {
  const paintedSeqs: number[] = [];
  let retries = 0;
  let send: (batch: ViewBatch) => void = () => {};
  return {
    paintedSeqs,
    get retries() {
      return retries;
    },
    send: (batch) => send(batch),
    attach: async (onBatch) => {
      send = onBatch;
      for (const { after_ms, batch } of script) {
        if (after_ms === 0) onBatch(batch);
        else setTimeout(onBatch, after_ms, batch);
      }
    },
    retry: async () => {
      retries += 1;
    },
    painted: (seq) => {
      paintedSeqs.push(seq);
    },
  };
}
