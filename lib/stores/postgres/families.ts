import { fromRow, toRow } from '../family-row';
import { text, type Row } from '../row';
import type { RotationResult, TokenStore } from '../store';
import type { PostgresPool } from './pool';

export function postgresFamilies(pool: PostgresPool, table: string): Pick<TokenStore, 'createFamily' | 'findFamily' | 'rotateFamily'> {
  const insert = `INSERT INTO ${table} (id, session, secret, current, previous, rotated_at, idle_expires_at, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`;
  const select = `SELECT id, session::text AS session, secret, current, previous, rotated_at, idle_expires_at, expires_at
    FROM ${table} WHERE id = $1 AND idle_expires_at > $2`;
  const rotate = rotationOf(table);
  return {
    async createFamily(family) {
      const { id, session, secret, current, previous, rotatedAt, idleExpiresAt, expiresAt } = toRow(family);
      await pool.query(insert, [id, session, secret, current, previous, rotatedAt, idleExpiresAt, expiresAt]);
    },
    async findFamily(id) {
      const { rows } = await pool.query(select, [id, Date.now()]);
      return rows[0] === undefined ? undefined : fromRow(rows[0] as Row);
    },
    async rotateFamily(id, { presented, successor, at, reuseWindow, idleExpiresAt }) {
      const { rows } = await pool.query(rotate, [id, presented, successor, at, reuseWindow, idleExpiresAt]);
      return rows[0] === undefined ? 'gone' : (text(rows[0] as Row, 'result') as RotationResult);
    },
  };
}

/**
 * One statement. `seen` takes the row's lock first: who waited for it sees what the other left behind,
 * where the statement's own snapshot would still show the row as it was before.
 */
const rotationOf = (table: string): string => `
  WITH seen AS MATERIALIZED (
    SELECT current, previous, rotated_at FROM ${table} WHERE id = $1 AND idle_expires_at > $4 FOR NO KEY UPDATE
  ), moved AS (
    UPDATE ${table} AS family SET previous = seen.current, current = $3, rotated_at = $4, idle_expires_at = $6
    FROM seen WHERE family.id = $1 AND seen.current = $2
    RETURNING family.id
  )
  SELECT CASE
    WHEN EXISTS (SELECT FROM moved) THEN 'rotated'
    WHEN seen.previous = $2 AND abs($4::bigint - seen.rotated_at) < $5::bigint THEN 'repeated'
    ELSE 'spent'
  END AS result FROM seen`;
