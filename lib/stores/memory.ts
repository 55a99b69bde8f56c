import { addFamily, createFamilies, findFamily, rotateFamily } from './memory/families';
import { packKey } from './memory/pack';
import { addRevocation, createRevocations, readRevocations } from './memory/revocations';
import { remove, SLICE, sweep, type Shelf } from './memory/shelf';
import { createTokens, findToken, saveToken } from './memory/tokens';
import type { TokenStore } from './store';

export interface MemoryStoreOptions {
  /**
   * How many families, how many opaque access tokens and how many revocations it holds, each; default 500,000.
   * Past it the family refreshed longest ago is logged out, the token issued longest ago is forgotten,
   * and a revocation is refused with an error: to forget one would make a token work again.
   */
  readonly maxEntries?: number;
}

const REST = 1000;
const BREATH = 10;

/** A store in this process's memory: it answers at once, and forgets everything when the process ends. */
export function memoryStore({ maxEntries = 500_000 }: MemoryStoreOptions = {}): TokenStore {
  if (!Number.isInteger(maxEntries) || maxEntries < 1) throw new TypeError('memoryStore: maxEntries must be a whole number from 1 on');
  const families = createFamilies(maxEntries);
  const tokens = createTokens(maxEntries);
  const revocations = createRevocations(maxEntries);
  const stop = keepSwept([families.shelf, tokens.shelf, revocations.shelf]);
  return {
    createFamily: (family) => { addFamily(families, family); },
    findFamily: (id) => findFamily(families, id),
    rotateFamily: (id, rotation) => rotateFamily(families, id, rotation),
    saveAccessToken: (hash, content, expiresAt) => { saveToken(tokens, hash, content, expiresAt); },
    findAccessToken: (hash) => findToken(tokens, hash),
    revoke(revocation): void {
      addRevocation(revocations, revocation);
      if (revocation.familyId !== undefined) remove(families.shelf, packKey(revocation.familyId));
    },
    revocations: (cursor) => readRevocations(revocations, cursor),
    close: stop,
  };
}

/** Sweeps in short slices with a breath between them, and lets the process end meanwhile. */
function keepSwept(shelves: readonly Shelf[]): () => void {
  const slice = (): void => {
    const end = performance.now() + SLICE;
    const done = shelves.every((shelf) => sweep(shelf, () => performance.now() > end));
    timer = setTimeout(slice, done ? REST : BREATH).unref();
  };
  let timer = setTimeout(slice, REST).unref();
  return () => { clearTimeout(timer); };
}
