import { judge } from '../rotation';
import type { Family, Rotation, RotationResult } from '../store';
import { commonNumber, commonOf, readFamily, writeFamily, type Common } from './family-record';
import { packKey } from './pack';
import { createPool, hold, holdAgain, release, valueAt, type Pool } from './pool';
import { createShelf, place, read, type Shelf } from './shelf';

export interface Families {
  readonly shelf: Shelf;
  readonly pool: Pool<Common>;
}

export function createFamilies(capacity: number): Families {
  const pool = createPool((text) => JSON.parse(text) as Common);
  const left = (record: string): void => {
    release(pool, commonNumber(record));
  };
  return { pool, shelf: createShelf(capacity, left) };
}

export function addFamily({ shelf, pool }: Families, family: Family): void {
  place(shelf, packKey(family.id), writeFamily(family, hold(pool, JSON.stringify(commonOf(family)))));
}

export function findFamily({ shelf, pool }: Families, id: string): Family | undefined {
  const record = read(shelf, packKey(id));
  if (record === undefined) return undefined;
  const family = readFamily(id, record, (number) => valueAt(pool, number));
  return family.idleExpiresAt > Date.now() ? family : undefined;
}

export function rotateFamily({ shelf, pool }: Families, id: string, rotation: Rotation): RotationResult {
  const key = packKey(id);
  const record = read(shelf, key);
  if (record === undefined) return 'gone';
  const family = readFamily(id, record, (number) => valueAt(pool, number));
  const result = judge(family, rotation);
  if (result === 'rotated') {
    const { presented, successor, at, idleExpiresAt } = rotation;
    const next = Object.assign(family, { current: successor, previous: presented, rotatedAt: at, idleExpiresAt });
    place(shelf, key, writeFamily(next, holdAgain(pool, commonNumber(record))));
  }
  return result;
}
