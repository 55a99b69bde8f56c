import type { Authorization } from '../authorization';
import type { Awaitable } from '../awaitable';

/**
 * One login and the line of refresh tokens that descends from it.
 * Exactly one refresh token of a family is active; the store holds hashes alone.
 * Every time that ends in `At` is in milliseconds since 1970.
 */
export interface Family extends Omit<Authorization, 'familyId'> {
  readonly id: string;
  /** Keys the derivation of successors. Without a refresh token of the family it opens nothing. */
  readonly secret: string;
  /** How long an access token of its client lived when it began, in seconds: its revocation is remembered for no less. */
  readonly accessLifetime?: number;
  /** The end of the family, however often it is refreshed. */
  readonly expiresAt: number;
  /** Hash of the one active refresh token. */
  readonly current: string;
  /** The end of the active refresh token if nobody uses it. Never after `expiresAt`. */
  readonly idleExpiresAt: number;
  /** Hash of the token that `current` replaced, and when; absent before the first rotation. */
  readonly previous?: string;
  readonly rotatedAt?: number;
}

export interface Rotation {
  /** Hash of the refresh token that was presented. */
  readonly presented: string;
  /** Hash of its successor. The same presented token always has the same successor. */
  readonly successor: string;
  /** The time of this rotation. */
  readonly at: number;
  /**
   * How long after a rotation the token it replaced may come back, in milliseconds; 0 is never.
   * Where clocks differ `at` may lie before the rotation: then no further than this either.
   */
  readonly reuseWindow: number;
  /** The successor's idle end. */
  readonly idleExpiresAt: number;
}

/**
 * - `rotated`: the presented token was the active one; now its successor is.
 * - `repeated`: it had been replaced less than `reuseWindow` from `at`, and nothing since; nothing changed.
 * - `spent`: it was active once, or never; nothing changed.
 * - `gone`: there is no such family at `at`: unknown, expired or revoked; nothing changed.
 */
export type RotationResult = 'rotated' | 'repeated' | 'spent' | 'gone';

/** One entry of the list of what has been revoked. */
export interface Revocation {
  /** What is revoked. To a store this is only a text that identifies the entry. */
  readonly key: string;
  /** When, in milliseconds since 1970. Of two entries with one key the later time counts. */
  readonly at: number;
  /** When the entry may be forgotten, in milliseconds since 1970. */
  readonly until: number;
  /** The family that ends with it, if it is one. */
  readonly familyId?: string;
}

export interface RevocationPage {
  readonly revocations: readonly Revocation[];
  /** Pass it to the next call to read on from here. */
  readonly cursor: string;
}

/**
 * Where refresh token families, opaque access tokens and revocations live.
 *
 * Each verb answers a value or a promise of it and rejects (or throws) when it could not do its work.
 * A verb that changes something returns only when the change is as durable as the engine is set to make it.
 * Expired entries are not returned, and the store removes them in its own time.
 */
export interface TokenStore {
  /** Adds a family. Its id is new. */
  createFamily(family: Family): Awaitable<void>;

  findFamily(id: string): Awaitable<Family | undefined>;

  /**
   * Replaces the active token of a family by its successor, if the presented one is still active.
   * Atomic: of any number of calls with one presented token, on any number of processes, one is `rotated`.
   * A family that is revoked, before or meanwhile, never comes back.
   */
  rotateFamily(id: string, rotation: Rotation): Awaitable<RotationResult>;

  /** Keeps what an opaque access token stands for, under the token's hash, until `expiresAt` (milliseconds). */
  saveAccessToken(hash: string, content: string, expiresAt: number): Awaitable<void>;

  findAccessToken(hash: string): Awaitable<string | undefined>;

  /**
   * Ends the family it names, if it names one, for good, and adds the entry to the list of revocations.
   * Doing so twice is no error, and completes what was cut off: when it rejects, either may or may not have happened,
   * but no family ends without its entry. Who asks again finds by the one or the other what is left to do.
   */
  revoke(revocation: Revocation): Awaitable<void>;

  /**
   * The entries added since `cursor`, all that are not expired without one. An entry may come again;
   * none is left out, however many processes add at the same time.
   */
  revocations(cursor?: string): Awaitable<RevocationPage>;

  /** Lets go of timers and of what the store itself opened, never of a handle that the app gave it. */
  close?(): Awaitable<void>;
}
