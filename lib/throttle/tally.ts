import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Limit } from './limits';

/** Names that one counter holds; past it the count begins anew for all but those who have no room left. */
const MAX_KEYS = 50_000;

/** The failures of one span of time, as this process counts them. */
export interface Tally {
  /** Whether no key at all is full: then nobody needs to work out theirs. */
  isQuiet(): boolean;
  isFull(key: string): boolean;
  count(key: string): Promise<void>;
  failures(key: string): Promise<number>;
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
 * every key, and no limit on keys. It answers a turn late; who is full is known at once.
 */
export function createTally({ points, duration }: Required<Limit>): Tally {
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
    else if (span.keys >= MAX_KEYS) span = carryFull(span, open(span.startsAt, span.endsAt), points);
    return span;
  };

  return {
    isQuiet: () => span.full.size === 0,
    isFull: (key) => span.full.size > 0 && current().full.has(key),
    remaining: () => current().endsAt - Date.now(),
    async count(key) {
      const at = current();
      const { consumedPoints, isFirstInDuration } = await at.limiter.penalty(key);
      if (isFirstInDuration) at.keys += 1;
      if (consumedPoints >= points) at.full.add(key);
    },
    async failures(key) {
      const found = await current().limiter.get(key);
      return found?.consumedPoints ?? 0;
    },
  };
}

function carryFull(old: Span, fresh: Span, points: number): Span {
  if (old.full.size > MAX_KEYS / 2) return fresh;
  for (const key of old.full) {
    fresh.full.add(key);
    void fresh.limiter.set(key, points, 0);
  }
  fresh.keys = fresh.full.size;
  return fresh;
}
