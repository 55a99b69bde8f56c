/** Values that many records have in common, each kept once and for as long as a record holds it. */
export interface Pool<T> {
  readonly make: (text: string) => T;
  readonly indexes: Map<string, number>;
  readonly slots: (Slot<T> | undefined)[];
  readonly free: number[];
}

interface Slot<T> {
  readonly text: string;
  readonly value: T;
  holders: number;
}

/** `make` turns the text under which a value is held into the value. */
export const createPool = <T>(make: (text: string) => T): Pool<T> => ({ make, indexes: new Map(), slots: [], free: [] });

/** The index of a text's value; who keeps the index gives it back with `release`. */
export function hold<T>(pool: Pool<T>, text: string): number {
  const known = pool.indexes.get(text);
  const index = known ?? pool.free.pop() ?? pool.slots.length;
  const slot = (pool.slots[index] ??= { text, value: pool.make(text), holders: 0 });
  slot.holders++;
  if (known === undefined) pool.indexes.set(text, index);
  return index;
}

/** Holds once more what a record at hand holds. */
export function holdAgain<T>(pool: Pool<T>, index: number): number {
  const slot = pool.slots[index];
  if (slot) slot.holders++;
  return index;
}

export function release<T>(pool: Pool<T>, index: number): void {
  const slot = pool.slots[index];
  if (!slot || --slot.holders > 0) return;
  pool.indexes.delete(slot.text);
  pool.slots[index] = undefined;
  pool.free.push(index);
}

export function valueAt<T>(pool: Pool<T>, index: number): T {
  const slot = pool.slots[index];
  if (!slot) throw new RangeError('memoryStore: a record names what is no longer kept');
  return slot.value;
}
