const SECOND_MS = 1000;

/** This computer's clock, one step a second: everything that counts on the screen counts together. */
export class Clock {
  now = $state.raw(Date.now());

  /** Starts ticking; returns what stops it. */
  start(): () => void {
    const tick = () => {
      this.now = Date.now();
    };
    const timer = setInterval(tick, SECOND_MS);
    document.addEventListener("visibilitychange", tick);
    tick();
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }
}
