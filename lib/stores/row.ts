import type { Revocation } from './store';

/** A row as a driver hands it out: whole numbers as numbers, as strings or as bigints. */
export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`The token store's column ${column} holds no text`);
  return value;
}

export function number(row: Row, column: string): number {
  const value = row[column];
  if (value === null || value === undefined || Number.isNaN(Number(value))) {
    throw new TypeError(`The token store's column ${column} holds no number`);
  }
  return Number(value);
}

/** Columns are named as in SQL. */
export function toRevocation(row: Row): Revocation {
  const entry = { key: text(row, 'key'), at: number(row, 'revoked_at'), until: number(row, 'kept_until') };
  return row.family_id === null ? entry : { ...entry, familyId: text(row, 'family_id') };
}
