import { after, type Awaitable } from '../awaitable';
import type { Json } from '../tokens/jws';
import type { VerificationKey } from '../tokens/keys';
import { readJwk } from '../tokens/public-keys';
import type { Deadlines } from './deadlines';
import { fetchJson } from './fetch-json';
import { createKept, type KeptFor } from './kept';
import { DOCUMENT_LIMIT, endpointOf, findMetadata } from './metadata';

/** More keys than anyone rotates: each token without `kid` is tried with all of them. */
const MOST_KEYS = 100;

export type KeySet = readonly VerificationKey[];

/** The keys that tokens are verified with. */
export interface KeySource {
  all(): Awaitable<KeySet>;
  /** The same, but looked for anew if this `kid` is not among them and nobody looked a moment ago. */
  holding(kid: unknown): Awaitable<KeySet>;
}

export const givenKeys = (keys: KeySet): KeySource => ({ all: () => keys, holding: () => keys });

interface Parts {
  readonly issuer: string;
  readonly keptFor: KeptFor;
  readonly deadlines: Deadlines;
  readonly report: (cause: unknown) => void;
}

/** The keys of the issuer's JWKS, found through its metadata. */
export function createRemoteKeys({ issuer, keptFor, deadlines, report }: Parts): KeySource {
  const load = (last: KeySet = []): Promise<KeySet> =>
    deadlines.within('The issuer', async (signal) => {
      const url = endpointOf(await findMetadata(issuer, signal), 'jwks_uri', issuer);
      const { status, json } = await fetchJson({ url, signal, limit: DOCUMENT_LIMIT });
      if (json === undefined) throw new Error(`${url} answered ${String(status)}`);
      return readKeySet(json, last);
    });
  const kept = createKept<KeySet>({ ...keptFor, load, report });
  return {
    all: () => kept.get(),
    holding: (kid) =>
      after(kept.get(), (keys) => (typeof kid !== 'string' || keys.some((key) => key.kid === kid) ? keys : kept.getAnew())),
  };
}

/** A key that was there before stays the same object: a token remembered with it need not be verified again. */
function readKeySet({ keys }: Json, last: KeySet): KeySet {
  if (!Array.isArray(keys)) throw new Error('the JWKS has no array of keys');
  if (keys.length > MOST_KEYS) throw new Error(`the JWKS has more than ${String(MOST_KEYS)} keys`);
  return keys.flatMap((jwk: unknown) => readJwk(jwk) ?? []).map((key) => last.find((one) => isSame(one, key)) ?? key);
}

const isSame = (one: VerificationKey, other: VerificationKey): boolean =>
  one.kid === other.kid && one.alg === other.alg && one.verifyWith.equals(other.verifyWith);
