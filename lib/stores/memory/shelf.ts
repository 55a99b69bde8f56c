import { createLane, oldest, type Entry, type Lane } from './lane';
import { firstNumber } from './pack';

/** Records by key. The number a record begins with is its end, in milliseconds since 1970. */
export interface Shelf {
  readonly capacity: number;
  /** Hears of every record that goes, replaced ones too. */
  readonly left: (record: string) => void;
  /** How many lanes a row has; a key has one column in all rows. */
  readonly width: number;
  /** A row for each class of lifetimes that has come up. */
  readonly rows: Map<number, readonly Lane[]>;
  size: number;
  /** Where the sweep goes on. */
  column: number;
}

/** A Map of this size grows in a millisecond or two; one of a million takes a hundred, in one piece. */
const LANE = 16_384;

/** Milliseconds that a sweep takes at a time: with a collection of garbage, which may fall into it, no more than two. */
export const SLICE = 0.5;

/** Lifetimes within a factor of two share lanes: what lives for months never stands before what has ended. */
const lifetimeClass = (milliseconds: number): number => Math.ceil(Math.log2(Math.max(1, milliseconds / 60_000)));

/** A shelf for `capacity` records; for one more, the oldest goes. */
export function createShelf(capacity: number, left: (record: string) => void = () => undefined): Shelf {
  const width = 2 ** Math.ceil(Math.log2(Math.max(1, capacity / LANE)));
  return { capacity, left, width, rows: new Map(), size: 0, column: 0 };
}

export function read(shelf: Shelf, key: string): string | undefined {
  const column = columnOf(shelf, key);
  for (const row of shelf.rows.values()) {
    const record = row[column]?.records.get(key);
    if (record !== undefined) return record;
  }
  return undefined;
}

/** Puts a record behind all others, in place of the one under its key if there is one. */
export function place(shelf: Shelf, key: string, record: string): void {
  const column = columnOf(shelf, key);
  removeFrom(shelf, column, key);
  const lifetime = lifetimeClass(firstNumber(record) - Date.now());
  let row = shelf.rows.get(lifetime);
  if (!row) shelf.rows.set(lifetime, (row = Array.from({ length: shelf.width }, createLane)));
  row[column]?.records.set(key, record);
  shelf.size++;
  if (shelf.size > shelf.capacity) makeRoom(shelf, key);
}

export function remove(shelf: Shelf, key: string): void {
  removeFrom(shelf, columnOf(shelf, key), key);
}

function removeFrom(shelf: Shelf, column: number, key: string): void {
  for (const row of shelf.rows.values()) {
    const lane = row[column];
    const record = lane?.records.get(key);
    if (lane && record !== undefined) {
      take(shelf, lane, [key, record]);
      return;
    }
  }
}

/** Removes what has ended until `enough` says stop. Answers whether it went through. */
export function sweep(shelf: Shelf, enough: () => boolean): boolean {
  const now = Date.now();
  for (let left = shelf.width; left > 0; left--) {
    for (const lane of lanesAt(shelf, shelf.column)) {
      for (let entry = oldest(lane); entry && firstNumber(entry[1]) <= now; entry = oldest(lane)) {
        if (enough()) return false;
        take(shelf, lane, entry);
      }
    }
    shelf.column = (shelf.column + 1) % shelf.width;
  }
  return true;
}

/** The newcomer's own column pays, so that no other has to be looked at; by chance a key falls anywhere. */
function makeRoom(shelf: Shelf, newcomer: string): void {
  const own = columnOf(shelf, newcomer);
  for (let step = 0; step < shelf.width; step++) {
    let lane: Lane | undefined;
    let entry: Entry | undefined;
    for (const candidate of lanesAt(shelf, (own + step) % shelf.width)) {
      const first = oldest(candidate);
      if (!first || first[0] === newcomer || (entry && firstNumber(entry[1]) <= firstNumber(first[1]))) continue;
      [lane, entry] = [candidate, first];
    }
    if (lane && entry) {
      take(shelf, lane, entry);
      return;
    }
  }
}

function take(shelf: Shelf, lane: Lane, [key, record]: Entry): void {
  lane.records.delete(key);
  shelf.size--;
  shelf.left(record);
}

function lanesAt(shelf: Shelf, column: number): Lane[] {
  const lanes: Lane[] = [];
  for (const row of shelf.rows.values()) if (row[column]) lanes.push(row[column]);
  return lanes;
}

function columnOf({ width }: Shelf, key: string): number {
  let hash = 0;
  for (let at = Math.max(0, key.length - 8); at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) & (width - 1);
}
