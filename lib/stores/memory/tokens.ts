import { begin, finish, open, packKey, putCount, putNumber, putText, takeCount, takeNumber, takeText } from './pack';
import { createPool, hold, holdAgain, release, valueAt, type Pool } from './pool';
import { createShelf, place, read, type Shelf } from './shelf';

/** Opaque access tokens: the contents are JSON and much alike, so names and signs are kept once for all, values with each. */
export interface Tokens {
  readonly shelf: Shelf;
  /** Patterns: a content cut where its values were. */
  readonly pool: Pool<readonly string[]>;
  /** The pattern that was held last: the next token has the same, most times. */
  latest: number;
}

const GAP = '\u0000';
export function createTokens(capacity: number): Tokens {
  const pool = createPool((pattern) => pattern.split(GAP));
  const left = (record: string): void => {
    open(record);
    takeNumber();
    release(pool, takeCount());
  };
  return { pool, shelf: createShelf(capacity, left), latest: 0 };
}

export function saveToken(tokens: Tokens, hash: string, content: string, expiresAt: number): void {
  const { shelf, pool } = tokens;
  const alike = valuesBy(pool.slots[tokens.latest]?.value, content);
  const { pattern, values } = alike ? { pattern: undefined, values: alike } : cut(content);
  tokens.latest = pattern === undefined ? holdAgain(pool, tokens.latest) : hold(pool, pattern);
  begin();
  putNumber(expiresAt);
  putCount(tokens.latest);
  for (const value of values) putText(value);
  place(shelf, packKey(hash), finish());
}

/** The values in a content of this pattern, in one walk; `undefined` if it has another. A value ends where the next piece begins. */
function valuesBy(pattern: readonly string[] | undefined, content: string): string[] | undefined {
  if (pattern === undefined) return undefined;
  const [first = '', ...others] = pattern;
  if (!content.startsWith(first)) return undefined;
  const values: string[] = [];
  let from = first.length;
  for (const piece of others) {
    const to = content.indexOf(piece, from);
    if (to < 0) return undefined;
    values.push(content.slice(from, to));
    from = to + piece.length;
  }
  return from === content.length ? values : undefined;
}

/** Takes out what stands between quotes and is no name, and long numbers. What is no JSON is cut elsewhere and loses nothing. */
function cut(content: string): { readonly pattern: string; readonly values: readonly string[] } {
  if (content.includes(GAP)) return { pattern: GAP, values: [content] };
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
