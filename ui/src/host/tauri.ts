import { Channel, invoke } from "@tauri-apps/api/core";
import type { ViewBatch } from "../generated/wire";
import type { Host } from "./types";

/** The desktop app's core, over one ordered channel. */
export function tauriHost(): Host {
  return {
    attach: (onBatch) => invoke("attach", { channel: new Channel<ViewBatch>(onBatch) }),
    retry: () => invoke("retry"),
    painted: (seq) => {
      // A lost report only makes a latency figure miss one sample.
      invoke("painted", { seq }).catch(() => {});
    },
  };
}
