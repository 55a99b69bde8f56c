import { number, text, type Row } from './row';
import type { Family } from './store';

/** What a family was started for; it never changes, so that one column of JSON holds it, whatever it may come to hold. */
export type Session = Omit<Family, 'id' | 'secret' | 'expiresAt' | 'current' | 'idleExpiresAt' | 'previous' | 'rotatedAt'>;

export interface FamilyRow {
  readonly id: string;
  readonly secret: string;
  readonly expiresAt: number;
  readonly current: string;
  readonly idleExpiresAt: number;
  readonly previous: string | null;
  readonly rotatedAt: number | null;
  readonly session: string;
}

export function toRow({ id, secret, expiresAt, current, idleExpiresAt, previous, rotatedAt, ...session }: Family): FamilyRow {
  const row = { id, secret, expiresAt, current, idleExpiresAt, session: JSON.stringify(session satisfies Session) };
  return { ...row, previous: previous ?? null, rotatedAt: rotatedAt ?? null };
}

/** Columns are named as in SQL. */
export function fromRow(row: Row): Family {
  const { previous, rotated_at: rotatedAt } = row;
  return {
    ...(JSON.parse(text(row, 'session')) as Session),
    id: text(row, 'id'),
    secret: text(row, 'secret'),
    expiresAt: number(row, 'expires_at'),
    current: text(row, 'current'),
    idleExpiresAt: number(row, 'idle_expires_at'),
    ...(previous === null ? {} : { previous: text(row, 'previous') }),
    ...(rotatedAt === null ? {} : { rotatedAt: number(row, 'rotated_at') }),
  };
}
