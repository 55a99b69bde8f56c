import type { Ask } from '../ask';
import { OAuthError } from '../errors';
import type { Emit } from '../events';
import { createGenerations } from '../tokens/generations';
import { hashToken } from '../tokens/hash';
import type { RateLimiter } from './limits';

const MAX_KNOWN = 100_000;

/** From where a name has succeeded before: what strangers do elsewhere does not touch it there. */
export interface Known {
  /** As far as this process knows. */
  has(key: string): boolean;
  /** As far as any process knows. */
  ask(key: string): Promise<boolean>;
  learn(key: string): void;
}

interface Parts {
  readonly limiter: RateLimiter | undefined;
  readonly ask: Ask;
  readonly emit: Emit;
}

export function createKnown({ limiter, ask, emit }: Parts): Known {
  const where = 'throttle.known';
  const known = createGenerations<true>(MAX_KNOWN);
  const keyOf = (key: string): string => `known:${hashToken(key)}`;
  const report = (cause: unknown): void => {
    emit({ type: 'fault', where, cause: cause instanceof OAuthError ? cause.cause : cause });
  };
  return {
    has: (key) => known.get(key) === true,
    async ask(key) {
      if (known.get(key) || !limiter) return known.get(key) === true;
      try {
        return Boolean(await ask(where, () => limiter.get(keyOf(key))));
      } catch (cause) {
        report(cause);
        return false;
      }
    },
    learn(key) {
      if (known.get(key)) return;
      known.set(key, true);
      if (limiter) Promise.resolve(keyOf(key)).then((shared) => limiter.penalty(shared)).catch(report);
    },
  };
}
