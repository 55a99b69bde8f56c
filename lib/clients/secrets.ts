import bcrypt from 'bcrypt';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Awaitable } from '../awaitable';
import { sha256 } from '../sha256';
import { callerOf } from './callers';
import { isSecretHash } from './client';
import { queueHash, type Caller } from './hash-queue';

/** bcrypt looks at this many bytes and drops the rest without a word. */
const BCRYPT_BYTES = 72;
const DEFAULT_COST = 12;
const GENERATED = /^[A-Za-z0-9_-]{43}$/;

/** A new client secret: 256 random bits, 43 characters of base64url (RFC 6749 §10.10). */
export const generateSecret = (): string => randomBytes(32).toString('base64url');

export interface HashOptions {
  /** Default: `sha256` for what `generateSecret` makes, which nobody can guess; `bcrypt` for anything a person chose. */
  readonly algorithm?: 'bcrypt' | 'sha256';
  /** bcrypt's cost, 10 to 15 (4 to 9 for tests alone); default 12, about a quarter of a second. */
  readonly cost?: number;
}

/**
 * The hash to store for a secret or password. Rejects with a `TypeError` what bcrypt would cut off (over 72 bytes), and with an
 * `OAuthError` of status 503 where too many hashes are waiting already.
 */
export async function hashSecret(secret: string, options: HashOptions = {}): Promise<string> {
  if (typeof secret !== 'string' || secret === '') throw new TypeError('hashSecret: the secret must be a string that is not empty');
  const algorithm = options.algorithm ?? (GENERATED.test(secret) ? 'sha256' : 'bcrypt');
  if (algorithm === 'sha256') return `sha256:${sha256(secret, 'hex')}`;
  if (Buffer.byteLength(secret) > BCRYPT_BYTES) {
    throw new TypeError('hashSecret: bcrypt would ignore all but the first 72 bytes; take a shorter secret, or one from generateSecret');
  }
  const cost = checkedCost(options.cost ?? DEFAULT_COST);
  return queueHash(callerOf(secret), async () => bcrypt.hash(secret, cost));
}

function checkedCost(cost: number): number {
  if (Number.isInteger(cost) && cost >= 4 && cost <= 15) return cost;
  throw new TypeError('hashSecret: cost must be a whole number from 4 to 15; 12 suits most servers');
}

/**
 * Whether a secret belongs to a hash, in the same time where there is no hash: pass `undefined` for a user who does not exist
 * or has no password, and nobody learns from the clock who does. A secret over 72 bytes never matches a bcrypt hash.
 * Rejects with a `TypeError` what is no hash, and with an `OAuthError` of status 503 where too many hashes are waiting already.
 */
export async function verifySecret(secret: string, hash: string | null | undefined): Promise<boolean> {
  if (typeof secret !== 'string') throw new TypeError('verifySecret: the secret must be a string');
  if (hash === undefined || hash === null || hash === '') {
    await compareSecret(secret, fakeHash(usualCost));
    return false;
  }
  if (!isSecretHash(hash)) throw new TypeError('verifySecret: the stored hash is neither bcrypt nor SHA-256 as hashSecret makes it');
  if (isSlowHash(hash)) noteCost(costOf(hash));
  return compareSecret(secret, hash);
}

/** The same for a hash that is known to be one; answers in this turn where it is SHA-256. */
export function compareSecret(secret: string, hash: string, caller: Caller = callerOf(secret)): Awaitable<boolean> {
  if (!isSlowHash(hash)) return sameText(sha256(secret, 'hex'), hash.slice(-64));
  const fits = Buffer.byteLength(secret) <= BCRYPT_BYTES;
  // PHP's $2y$ names the same algorithm.
  const known = hash.startsWith('$2y$') ? `$2b$${hash.slice(4)}` : hash;
  return queueHash(caller, async () => (await bcrypt.compare(secret, known)) && fits);
}

export const isSlowHash = (hash: string): boolean => hash.startsWith('$2');

export const costOf = (hash: string): string => hash.slice(4, 6);

/** A hash that nothing matches, of a cost as it stands in hashes: `12`. */
export const fakeHash = (cost: string): string => `$2b$${cost}$${'.'.repeat(53)}`;

const met = new Map<string, number>();
let usualCost = String(DEFAULT_COST);

/** A user who does not exist takes as long as most of those who do. */
function noteCost(cost: string): void {
  const count = (met.get(cost) ?? 0) + 1;
  met.set(cost, count);
  if (count > (met.get(usualCost) ?? 0)) usualCost = cost;
}

/** Whether two secrets in plain are equal, in a time that tells nothing of either. */
export const sameSecret = (one: string, other: string): boolean => sameText(sha256(one, 'hex'), sha256(other, 'hex'));

/** For texts of one length. */
const sameText = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other));
