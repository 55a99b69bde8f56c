/** More than these need not wait for what those under way turn out to be. */
const MAX_WAITING = 100;

/** Attempts under way, by key, and those who wait for one of them to end. */
export interface Turns {
  begin(key: string): void;
  end(key: string): void;
  isBusy(key: string): boolean;
  /** The end of the next attempt under way; `undefined` where there is none, or too many wait for it. */
  next(key: string): Promise<void> | undefined;
}

interface UnderWay {
  count: number;
  waiting: (() => void)[];
}

export function createTurns(): Turns {
  const underWay = new Map<string, UnderWay>();
  return {
    isBusy: (key) => underWay.has(key),
    begin(key) {
      const busy = underWay.get(key);
      if (busy) busy.count += 1;
      else underWay.set(key, { count: 1, waiting: [] });
    },
    end(key) {
      const busy = underWay.get(key);
      if (!busy) return;
      busy.count -= 1;
      if (busy.count === 0) underWay.delete(key);
      for (const wake of busy.waiting.splice(0)) wake();
    },
    next(key) {
      const busy = underWay.get(key);
      if (!busy || busy.waiting.length >= MAX_WAITING) return undefined;
      return new Promise((resolve) => busy.waiting.push(resolve));
    },
  };
}
