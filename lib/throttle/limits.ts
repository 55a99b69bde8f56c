/** How many failures there may be in a span of time. */
export interface Limit {
  /** Failures; the next attempt is refused. */
  readonly points?: number;
  /** Seconds until they are forgotten, all at once. */
  readonly duration?: number;
}

/**
 * A limiter of rate-limiter-flexible as it is (`RateLimiterRedis`, `RateLimiterPostgres`, …): what several processes share.
 * Its own points and duration hold.
 */
export interface RateLimiter {
  readonly points?: number;
  readonly duration?: number;
  consume(key: string, points?: number): Promise<unknown>;
  penalty(key: string, points?: number): Promise<unknown>;
  reward(key: string, points?: number): Promise<unknown>;
  get(key: string): Promise<unknown>;
}

/** Protection against guessing; what is left out keeps its default. */
export interface ThrottleOptions {
  /** Wrong passwords for one user name from one address; default 10 in 15 minutes. */
  readonly userAndAddress?: Limit | RateLimiter;
  /** Wrong passwords for one user name; default 100 in an hour. Addresses from which the user has logged in before are spared. */
  readonly user?: Limit | RateLimiter;
  /** Wrong passwords and secrets from one address (IPv6: one /64); default 100 in 15 minutes. Names that have succeeded from there are spared. */
  readonly address?: Limit | RateLimiter;
  /** Wrong secrets for one client from one address; default 20 in 5 minutes. */
  readonly clientAndAddress?: Limit | RateLimiter;
  /** Wrong secrets for one client, and wrong passwords through one client; default 2,000 each in 15 minutes. */
  readonly client?: Limit | RateLimiter;
  /** Tokens that nobody issued, shown by one client from one address; default 500 in a minute. */
  readonly token?: Limit | RateLimiter;
  /** Where processes tell each other which addresses a name has succeeded from; its duration is how long that is worth. */
  readonly known?: RateLimiter;
}

export type CounterName = Exclude<keyof ThrottleOptions, 'known'>;

export interface CounterSettings extends Required<Limit> {
  /** Asked besides the counts of this process. */
  readonly shared: RateLimiter | undefined;
}

export interface ThrottleSettings extends Readonly<Record<CounterName, CounterSettings>> {
  readonly known: RateLimiter | undefined;
}

export const DEFAULT_LIMITS: Readonly<Record<CounterName, Required<Limit>>> = {
  userAndAddress: { points: 10, duration: 900 },
  // NIST SP 800-63B §5.2.2: at most a hundred failures in a row for one account.
  user: { points: 100, duration: 3600 },
  address: { points: 100, duration: 900 },
  clientAndAddress: { points: 20, duration: 300 },
  client: { points: 2000, duration: 900 },
  token: { points: 500, duration: 60 },
};
