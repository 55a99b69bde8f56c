/** Values that many records have in common, each kept once and for as long as a record holds it. */
export interface Pool<T> {
  readonly indexes: Map<string, number>;
  readonly slots: (Slot<T> | undefined)[];
  readonly free: number[];
}

interface Slot<T> {
  readonly text: string;
  readonly value: T;
  holders: number;
}

export const createPool = <T>(): Pool<T> => ({ indexes: new Map(), slots: [], free: [] });

/** The value's index; the record that keeps it gives it back with `release`. */
export function hold<T>(pool: Pool<T>, value: T): number {
  const text = JSON.stringify(value);
  const index = pool.indexes.get(text) ?? pool.free.pop() ?? pool.slots.length;
  const slot = (pool.slots[index] ??= { text, value: JSON.parse(text) as T, holders: 0 });
  slot.holders++;
  pool.indexes.set(text, index);
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
