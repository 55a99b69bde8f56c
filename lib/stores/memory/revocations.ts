import type { Revocation, RevocationPage } from '../store';
import { begin, finish, open, packKey, putCount, putNumber, putText, takeCount, takeNumber, takeText, unpackKey } from './pack';
import { createShelf, place, read, type Shelf } from './shelf';

/** The list of revocations: entries by key on a shelf, and the order in which they came. */
export interface Revocations {
  readonly shelf: Shelf;
  /** Keys by the number of their entry, in pages, so that what leaves frees its page and reading on starts where it left off. */
  readonly pages: Map<number, Page>;
  last: number;
}

interface Page {
  readonly keys: (string | undefined)[];
  held: number;
}

interface Entry extends Revocation {
  readonly number: number;
}

const PAGE = 64;

export function createRevocations(capacity: number): Revocations {
  const pages = new Map<number, Page>();
  const left = (record: string): void => {
    forget(pages, readEntry('', record).number);
  };
  return { shelf: createShelf(capacity, left), pages, last: 0 };
}

/** Throws when the list is full: to forget an entry would make what it revokes work again. */
export function addRevocation(list: Revocations, revocation: Revocation): void {
  const key = packKey(revocation.key);
  const record = read(list.shelf, key);
  if (record === undefined && list.shelf.size >= list.shelf.capacity) {
    throw new Error(`memoryStore: ${String(list.shelf.capacity)} revocations are waiting for their end (option maxEntries)`);
  }
  const known = record === undefined ? undefined : readEntry('', record);
  const at = Math.max(revocation.at, known?.at ?? 0);
  const until = Math.max(revocation.until, known?.until ?? 0);
  const number = ++list.last;
  place(list.shelf, key, writeEntry({ ...revocation, at, until, number }));
  note(list.pages, number, key);
}

export function readRevocations({ shelf, pages, last }: Revocations, cursor = '0'): RevocationPage {
  const since = Number(cursor) <= last ? Number(cursor) : 0;
  const now = Date.now();
  const revocations: Revocation[] = [];
  for (let page = Math.max(pageOf(since + 1), pages.keys().next().value ?? Infinity); page <= pageOf(last); page++) {
    for (const key of pages.get(page)?.keys ?? []) {
      const record = key === undefined ? undefined : read(shelf, key);
      if (key === undefined || record === undefined) continue;
      const { number, ...revocation } = readEntry(unpackKey(key), record);
      if (number > since && revocation.until > now) revocations.push(revocation);
    }
  }
  return { revocations, cursor: String(last) };
}

const pageOf = (number: number): number => Math.floor(number / PAGE);

function note(pages: Map<number, Page>, number: number, key: string): void {
  let page = pages.get(pageOf(number));
  if (!page) pages.set(pageOf(number), (page = { keys: [], held: 0 }));
  page.keys[number % PAGE] = key;
  page.held++;
}

function forget(pages: Map<number, Page>, number: number): void {
  const page = pages.get(pageOf(number));
  if (!page) return;
  page.keys[number % PAGE] = undefined;
  if (--page.held === 0) pages.delete(pageOf(number));
}

function writeEntry({ until, at, number, familyId }: Entry): string {
  begin();
  putNumber(until);
  putNumber(at);
  putCount(number);
  putText(familyId);
  return finish();
}

function readEntry(key: string, record: string): Entry {
  open(record);
  const until = takeNumber() ?? 0;
  const at = takeNumber() ?? 0;
  const number = takeCount();
  const familyId = takeText();
  return { key, at, until, number, ...(familyId !== undefined && { familyId }) };
}
