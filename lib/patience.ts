/** Ends what nobody waits for any more. */
export interface Patience {
  /** Calls `late` when the time is up, unless the answer ends it before. */
  begin(late: () => void): () => void;
}

/** One timer for all that may take equally long: one for each would cost more than most of what it guards. */
export function createPatience(seconds: number): Patience {
  const milliseconds = seconds * 1000;
  /** In the order in which their time is up. */
  const waiting = new Set<{ readonly end: number; readonly late: () => void }>();
  let isSet = false;

  const set = (after: number): void => {
    isSet = true;
    setTimeout(look, after).unref();
  };
  const look = (): void => {
    isSet = false;
    const now = performance.now();
    for (const one of waiting) {
      if (one.end > now) {
        set(one.end - now);
        return;
      }
      waiting.delete(one);
      one.late();
    }
  };

  return {
    begin(late) {
      const one = { end: performance.now() + milliseconds, late };
      waiting.add(one);
      if (!isSet) set(milliseconds);
      return () => { waiting.delete(one); };
    },
  };
}
