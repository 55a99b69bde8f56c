import type { KnownClient } from '../clients/client';

/** How long a client's tokens live, in seconds. */
export interface Lifetimes {
  access(client: KnownClient): number;
  session(client: KnownClient): number;
  /** No token of any client lives longer. */
  readonly longest: number;
}

/** Nothing outlives `absoluteLifetime`: that is how long a revocation is remembered. */
export function createLifetimes(accessLifetime: number, absoluteLifetime: number): Lifetimes {
  const longest = Math.max(accessLifetime, absoluteLifetime);
  const within = (name: string, lifetime: number): number => {
    if (lifetime <= longest) return lifetime;
    throw new TypeError(`a client's ${name} is ${String(lifetime)} s: raise refreshToken.absoluteLifetime, which is ${String(absoluteLifetime)} s`);
  };
  return {
    longest,
    access: (client) => within('accessTokenLifetime', client.accessTokenLifetime ?? accessLifetime),
    session: (client) => within('refreshTokenLifetime', client.refreshTokenLifetime ?? absoluteLifetime),
  };
}
