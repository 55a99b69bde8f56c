import { begin, finish, open, packKey, putCount, putNumber, putText, takeCount, takeNumber, takeText } from './pack';
import { createPool, hold, release, valueAt, type Pool } from './pool';
import { createShelf, place, read, type Shelf } from './shelf';

/** Opaque access tokens: the contents are JSON and much alike, so names and signs are kept once for all, values with each. */
export interface Tokens {
  readonly shelf: Shelf;
  /** Patterns: a content cut where its values were. */
  readonly pool: Pool<readonly string[]>;
}

const GAP = '\u0000';
export function createTokens(capacity: number): Tokens {
  const pool = createPool((pattern) => pattern.split(GAP));
  const left = (record: string): void => {
    open(record);
    takeNumber();
    release(pool, takeCount());
  };
  return { pool, shelf: createShelf(capacity, left) };
}

export function saveToken({ shelf, pool }: Tokens, hash: string, content: string, expiresAt: number): void {
  const { pattern, values } = content.includes(GAP) ? { pattern: GAP, values: [content] } : cut(content);
  begin();
  putNumber(expiresAt);
  putCount(hold(pool, pattern));
  for (const value of values) putText(value);
  place(shelf, packKey(hash), finish());
}

/** Takes out what stands between quotes and is no name, and long numbers. What is no JSON is cut elsewhere and loses nothing. */
function cut(content: string): { readonly pattern: string; readonly values: readonly string[] } {
  const values: string[] = [];
  const gap = (value: string): string => {
    values.push(value);
    return GAP;
  };
  const pieces = content.split('"');
  const rest = pieces.map((piece, index) => {
    if (index % 2 === 0) return piece.length > 4 ? piece.replace(/\d+/g, gap) : piece;
    return pieces[index + 1]?.startsWith(':') ? piece : gap(piece);
  });
  return { pattern: rest.join('"'), values };
}

export function findToken({ shelf, pool }: Tokens, hash: string): string | undefined {
  const record = read(shelf, packKey(hash));
  if (record === undefined) return undefined;
  open(record);
  if ((takeNumber() ?? 0) <= Date.now()) return undefined;
  const [first = '', ...others] = valueAt(pool, takeCount());
  return others.reduce((content, piece) => content + (takeText() ?? '') + piece, first);
}
