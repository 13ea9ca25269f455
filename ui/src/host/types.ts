import type { ViewBatch } from "../generated/wire";

/** What the window's surroundings do for it. Nothing else in the UI knows where its figures come from. */
export interface Host {
  /** Starts the flow of batches; the first one is the whole state. */
  attach(onBatch: (batch: ViewBatch) => void): Promise<void>;
  /** Tries to connect now instead of at the announced time. */
  retry(): Promise<void>;
  /** Says that the state `seq` is on the screen. */
  painted(seq: number): void;
}
