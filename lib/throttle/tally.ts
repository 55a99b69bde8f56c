import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Limit } from './limits';

/** Names that one counter holds; past it the count begins anew for all but those with the most failures. */
const MAX_KEYS = 50_000;
const MOST_CARRIED = 10_000;

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
  /** The failures of those who have more than one, or no room left. */
  readonly repeated: Map<string, number>;
  readonly startsAt: number;
  readonly endsAt: number;
  keys: number;
  full: number;
}

/**
 * A limiter of the library that forgets nothing, renewed at the end of each span: with a duration it would keep a timer for
 * every key, and no limit on keys. It answers a turn late; who is full is known at once.
 */
export function createTally({ points, duration }: Required<Limit>): Tally {
  const open = (startsAt: number, endsAt: number): Span => ({
    limiter: new RateLimiterMemory({ points, duration: 0, keyPrefix: '' }),
    repeated: new Map(),
    startsAt,
    endsAt,
    keys: 0,
    full: 0,
  });
  let span = open(0, 0);
  const note = (at: Span, key: string, failures: number): void => {
    if (failures === points) at.full += 1;
    if (failures > 1 || failures >= points) at.repeated.set(key, failures);
  };
  /** Whoever floods the counter with names has one failure for each: what was counted before for another name is not theirs to wipe out. */
  const carry = (old: Span): Span => {
    const fresh = open(old.startsAt, old.endsAt);
    for (const [key, failures] of mostOf(old.repeated, MOST_CARRIED)) {
      note(fresh, key, Math.min(failures, points));
      void fresh.limiter.set(key, failures, 0);
    }
    fresh.keys = fresh.repeated.size;
    return fresh;
  };
  const current = (): Span => {
    const now = Date.now();
    if (now >= span.endsAt || now < span.startsAt) span = open(now, now + duration * 1000);
    else if (span.keys >= MAX_KEYS) span = carry(span);
    return span;
  };

  return {
    isQuiet: () => span.full === 0,
    isFull: (key) => span.full > 0 && (current().repeated.get(key) ?? 0) >= points,
    remaining: () => current().endsAt - Date.now(),
    async count(key) {
      const at = current();
      const { consumedPoints, isFirstInDuration } = await at.limiter.penalty(key);
      if (isFirstInDuration) at.keys += 1;
      note(at, key, consumedPoints);
    },
    async failures(key) {
      const found = await current().limiter.get(key);
      return found?.consumedPoints ?? 0;
    },
  };
}

/** Those with the most, the earliest of them where they are too many. */
function mostOf(counts: ReadonlyMap<string, number>, most: number): readonly (readonly [string, number])[] {
  if (counts.size <= most) return [...counts];
  const least = Uint32Array.from(counts.values()).sort()[counts.size - most] ?? 0;
  const above = [...counts].filter(([, count]) => count > least);
  const level = [...counts].filter(([, count]) => count === least);
  return [...above, ...level.slice(0, most - above.length)];
}
