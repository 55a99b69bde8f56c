import { addFamily, createFamilies, findFamily, rotateFamily } from './memory/families';
import { begin, finish, open, packKey, putNumber, putText, takeNumber, takeText } from './memory/pack';
import { addRevocation, createRevocations, readRevocations } from './memory/revocations';
import { createShelf, place, read, remove, sweep, type Shelf } from './memory/shelf';
import type { TokenStore } from './store';

export interface MemoryStoreOptions {
  /**
   * How many families, how many opaque access tokens and how many revocations it holds, each; default 500,000.
   * Past it the family refreshed longest ago is logged out, the token issued longest ago is forgotten,
   * and a revocation is refused with an error: to forget one would make a token work again.
   */
  readonly maxEntries?: number;
}

/** A slice stops here, with room for one collection of garbage below two milliseconds. */
const SLICE = 1;
const REST = 1000;
const BREATH = 20;

/** A store in this process's memory: it answers at once, and forgets everything when the process ends. */
export function memoryStore({ maxEntries = 500_000 }: MemoryStoreOptions = {}): TokenStore {
  if (!Number.isInteger(maxEntries) || maxEntries < 1) throw new TypeError('memoryStore: maxEntries must be a whole number from 1 on');
  const families = createFamilies(maxEntries);
  const tokens = createShelf(maxEntries);
  const revocations = createRevocations(maxEntries);
  const stop = keepSwept([families.shelf, tokens, revocations.shelf]);
  return {
    createFamily: (family) => { addFamily(families, family); },
    findFamily: (id) => findFamily(families, id),
    rotateFamily: (id, rotation) => rotateFamily(families, id, rotation),
    saveAccessToken: (hash, content, expiresAt) => { place(tokens, packKey(hash), writeToken(content, expiresAt)); },
    findAccessToken: (hash) => readToken(read(tokens, packKey(hash))),
    revoke(revocation): void {
      if (revocation.familyId !== undefined) remove(families.shelf, packKey(revocation.familyId));
      addRevocation(revocations, revocation);
    },
    revocations: (cursor) => readRevocations(revocations, cursor),
    close: stop,
  };
}

function writeToken(content: string, expiresAt: number): string {
  begin();
  putNumber(expiresAt);
  putText(content);
  return finish();
}

function readToken(record: string | undefined): string | undefined {
  if (record === undefined) return undefined;
  open(record);
  return (takeNumber() ?? 0) > Date.now() ? takeText() : undefined;
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
