import type { Ask } from '../ask';
import { OAuthError } from '../errors';
import type { Emit } from '../events';
import { createGenerations } from '../tokens/generations';
import { hashToken } from '../tokens/hash';
import type { RateLimiter } from './limits';

/** Milliseconds for which a limiter that failed is left alone, and a refusal of it is believed without asking again. */
const REST = 5000;
const MAX_HELD = 10_000;

/** What several processes count together. */
export interface SharedTally {
  isQuiet(): boolean;
  /** Milliseconds until there may be room again, as it was told last; 0 if nobody said that there is none. */
  heldFor(key: string): number;
  /** Counts one; answers how to take it back, or for how many milliseconds there is no room. */
  take(key: string): Promise<(() => void) | number>;
}

interface Parts {
  readonly name: string;
  readonly limiter: RateLimiter;
  readonly ask: Ask;
  readonly emit: Emit;
}

/**
 * A limiter that fails or hangs decides nothing: the operator hears of it, and the counts of this process go on alone.
 * Refusing all would be the lock-out that an attacker wants; letting all pass would be no protection.
 */
export function createSharedTally({ name, limiter, ask, emit }: Parts): SharedTally {
  const where = `throttle.${name}`;
  const held = createGenerations<number>(MAX_HELD);
  let heldUntil = 0;
  let restsUntil = 0;
  // Names and ids may be anything, a mistyped password too: no other store gets to keep them.
  const keyOf = (key: string): string => `${name}:${hashToken(key)}`;
  const report = (cause: unknown): void => {
    restsUntil = Date.now() + REST;
    emit({ type: 'fault', where, cause: cause instanceof OAuthError ? cause.cause : cause });
  };
  const giveBack = (key: string): void => {
    Promise.resolve(keyOf(key)).then((shared) => limiter.reward(shared)).catch(report);
  };
  const refused = (key: string, rejected: unknown): number => {
    if (!isRefusal(rejected)) throw rejected as Error;
    if (rejected.consumedPoints > 0) giveBack(key);
    const until = Date.now() + Math.min(rejected.msBeforeNext, REST);
    held.set(key, until);
    heldUntil = Math.max(heldUntil, until);
    return Math.max(rejected.msBeforeNext, 1);
  };

  return {
    isQuiet: () => heldUntil <= Date.now(),
    heldFor: (key) => Math.max((held.get(key) ?? 0) - Date.now(), 0),
    async take(key) {
      if (Date.now() < restsUntil) return nothing;
      const consume = (): Promise<number> => limiter.consume(keyOf(key)).then(() => 0, (rejected: unknown) => refused(key, rejected));
      try {
        const wait = await ask(where, consume);
        return wait > 0 ? wait : () => { giveBack(key); };
      } catch (cause) {
        report(cause);
        return nothing;
      }
    },
  };
}

function nothing(): void {
  // Nothing was taken, so there is nothing to give back.
}

/** What the library rejects with where there is no room: a RateLimiterRes, and no Error. */
function isRefusal(rejected: unknown): rejected is { readonly msBeforeNext: number; readonly consumedPoints: number } {
  return typeof (rejected as { msBeforeNext?: unknown } | undefined)?.msBeforeNext === 'number';
}
