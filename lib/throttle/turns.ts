/** More than these need not wait for what those under way turn out to be. */
const MAX_WAITING = 100;

/** Attempts under way, by key, and those who wait for one of them to end. */
export interface Turns {
  begin(key: string): void;
  end(key: string): void;
  underWay(key: string): number;
  /** The end of the next attempt under way; `undefined` where there is none, or too many wait for it. */
  next(key: string): Promise<void> | undefined;
}

interface Busy {
  count: number;
  waiting: (() => void)[] | undefined;
}

export function createTurns(): Turns {
  const busy = new Map<string, Busy>();
  return {
    // A key need not be worked out where nobody is.
    underWay: (key) => (busy.size === 0 ? 0 : (busy.get(key)?.count ?? 0)),
    begin(key) {
      const found = busy.get(key);
      if (found) found.count += 1;
      else busy.set(key, { count: 1, waiting: undefined });
    },
    end(key) {
      const found = busy.get(key);
      if (!found) return;
      found.count -= 1;
      if (found.count === 0) busy.delete(key);
      if (found.waiting) for (const wake of found.waiting.splice(0)) wake();
    },
    next(key) {
      const found = busy.get(key);
      if (!found) return undefined;
      const waiting = (found.waiting ??= []);
      return waiting.length < MAX_WAITING ? new Promise((resolve) => waiting.push(resolve)) : undefined;
    },
  };
}
