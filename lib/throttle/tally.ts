import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Limit } from './limits';
import type { Turns } from './turns';

/** Names that one counter holds; past it the count begins anew for all but those who have no room left. */
const MAX_KEYS = 50_000;

/** The failures of one span of time, and the attempts under way, as this process counts them. */
export interface Tally {
  /** Whether no key at all is full: then nobody needs to work out theirs. */
  isQuiet(): boolean;
  isFull(key: string): boolean;
  /** Counts one; answers how to take it back, or `undefined` where there is no room. */
  take(key: string, most: number): Promise<(() => void) | undefined>;
  /** Milliseconds until all is forgotten. */
  remaining(): number;
}

interface Span {
  readonly limiter: RateLimiterMemory;
  readonly full: Set<string>;
  readonly startsAt: number;
  readonly endsAt: number;
  keys: number;
}

/**
 * A limiter of the library that forgets nothing, renewed at the end of each span: with a duration it would keep a timer for
 * every key, and no limit on keys. What it counts stands at once; only the answer comes a turn later.
 */
export function createTally({ points, duration }: Required<Limit>, turns: Turns): Tally {
  const open = (startsAt: number, endsAt: number): Span => ({
    limiter: new RateLimiterMemory({ points, duration: 0, keyPrefix: '' }),
    full: new Set(),
    startsAt,
    endsAt,
    keys: 0,
  });
  let span = open(0, 0);
  const current = (): Span => {
    const now = Date.now();
    if (now >= span.endsAt || now < span.startsAt) span = open(now, now + duration * 1000);
    else if (span.keys >= MAX_KEYS) span = thinned(span, open(span.startsAt, span.endsAt), points);
    return span;
  };
  const takeBack = async (at: Span, key: string): Promise<void> => {
    const { consumedPoints } = await at.limiter.reward(key);
    if (consumedPoints < points) at.full.delete(key);
    if (consumedPoints > 0 || turns.isBusy(key)) return;
    at.keys -= 1;
    await at.limiter.delete(key);
  };

  return {
    isQuiet: () => span.full.size === 0,
    isFull: (key) => current().full.has(key),
    remaining: () => current().endsAt - Date.now(),
    async take(key, most) {
      const at = current();
      const { consumedPoints, isFirstInDuration } = await at.limiter.penalty(key);
      if (isFirstInDuration) at.keys += 1;
      if (consumedPoints >= points) at.full.add(key);
      if (consumedPoints <= most) return () => void takeBack(at, key);
      await takeBack(at, key);
      return undefined;
    },
  };
}

function thinned(old: Span, fresh: Span, points: number): Span {
  if (old.full.size > MAX_KEYS / 2) return fresh;
  for (const key of old.full) {
    fresh.full.add(key);
    void fresh.limiter.set(key, points, 0);
  }
  fresh.keys = fresh.full.size;
  return fresh;
}
