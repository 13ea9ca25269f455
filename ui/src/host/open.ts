import type { ScriptedBatch } from "./fake";
import type { Host } from "./types";

declare global {
  interface Window {
    /** Set by a browser test before the page loads. */
    vigilScript?: readonly ScriptedBatch[];
    vigilHost?: Host;
  }
}

/** The desktop app's core; in a build of mode "browser" a scripted one. */
export async function openHost(): Promise<Host> {
  if (__SCRIPTED_HOST__) {
    const { scriptedHost } = await import("./fake");
    const host = scriptedHost(window.vigilScript ?? []);
    window.vigilHost = host;
    return host;
  }
  const { tauriHost } = await import("./tauri");
  return tauriHost();
}
