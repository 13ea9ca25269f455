import type { ViewBatch } from "../generated/wire";
import type { Host } from "../host/types";
import type { BoardState } from "./board.svelte";

/** Frames do not come to a hidden window; batches are applied after this long all the same, in milliseconds. */
const HIDDEN_MS = 250;

/** How the feed waits; replaced in tests. */
export interface Frames {
  /** Runs `work` once, before the next frame is drawn, or soon when none will be. */
  next(work: () => void): void;
  now(): number;
}

export const windowFrames: Frames = {
  next(work) {
    let done = false;
    const once = () => {
      if (done) return;
      done = true;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      work();
    };
    const frame = requestAnimationFrame(once);
    const timer = setTimeout(once, HIDDEN_MS);
  },
  now: () => Date.now(),
};

/** Puts the host's batches into the state, all that came since the last frame at once. */
export async function follow(host: Host, board: BoardState, frames: Frames = windowFrames): Promise<void> {
  let waiting: ViewBatch[] = [];
  const apply = () => {
    const batches = waiting;
    waiting = [];
    for (const batch of batches) board.apply(batch, frames.now());
    const seq = batches.findLast((batch) => batch.seq !== undefined)?.seq;
    // The frame after the one that drew the state begins when that one is on its way to the screen.
    if (seq !== undefined) frames.next(() => host.painted(seq));
  };
  await host.attach((batch) => {
    waiting.push(batch);
    if (waiting.length === 1) frames.next(apply);
  });
}
