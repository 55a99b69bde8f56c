import { createHmac, randomBytes } from 'node:crypto';

/** Seconds until a secret has to be hashed again. */
const LIFETIME = 300;
const MAX_ENTRIES = 10_000;

/**
 * Remembers for a few minutes which secret matched which stored hash, so that a service pays for bcrypt once and not per token.
 * It holds neither: only an HMAC of both under a key that dies with the process. Successes alone, and never of users' passwords.
 */
export interface RememberedSecrets {
  has(secret: string, hash: string): boolean;
  /** The answer of `compare`, asked once for all in one lane who want to know the same at the same time. */
  learn(secret: string, hash: string, lane: string, compare: () => Promise<boolean>): Promise<boolean>;
}

export function rememberSecrets(): RememberedSecrets {
  const key = randomBytes(32);
  const underWay = new Map<string, Promise<boolean>>();
  // Two generations: dropping a whole one costs nothing, however many entries it has.
  let young = new Set<string>();
  let old = new Set<string>();
  let turn = Date.now();

  const name = (secret: string, hash: string): string => createHmac('sha256', key).update(`${hash}\0${secret}`).digest('binary');
  const renew = (): void => {
    const age = Date.now() - turn;
    if (age < LIFETIME * 500 && age >= 0 && young.size < MAX_ENTRIES / 2) return;
    old = age >= LIFETIME * 1000 || age < 0 ? new Set() : young;
    young = new Set();
    turn = Date.now();
  };

  return {
    has(secret, hash) {
      renew();
      const entry = name(secret, hash);
      return young.has(entry) || old.has(entry);
    },
    learn(secret, hash, lane, compare) {
      const entry = name(secret, hash);
      // One who is throttled must not take along those elsewhere who try the same secret.
      const place = `${entry}${lane}`;
      const known = underWay.get(place);
      if (known) return known;
      const answer = compare()
        .then((matches) => {
          if (matches) young.add(entry);
          return matches;
        })
        .finally(() => underWay.delete(place));
      underWay.set(place, answer);
      return answer;
    },
  };
}
