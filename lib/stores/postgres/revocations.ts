import { createHash } from 'node:crypto';
import { text, toRevocation, type Row } from '../row';
import type { RevocationPage, TokenStore } from '../store';
import type { PostgresPool } from './pool';

interface Tables {
  readonly families: string;
  readonly revocations: string;
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url');

export function postgresRevocations(pool: PostgresPool, tables: Tables): Pick<TokenStore, 'revoke' | 'revocations'> {
  const [revoke, select] = [additionTo(tables), readingOf(tables.revocations)];
  return {
    async revoke({ key, at, until, familyId }) {
      await pool.query(revoke, [hashOf(key), key, familyId ?? null, at, until]);
    },
    async revocations(cursor = '0'): Promise<RevocationPage> {
      const { rows } = (await pool.query(select, [cursor, Date.now()])) as { rows: Row[] };
      const revocations = rows.filter(({ key }) => key !== null).map(toRevocation);
      return { revocations, cursor: rows[0] === undefined ? cursor : text(rows[0], 'cursor') };
    },
  };
}

const additionTo = ({ families, revocations }: Tables): string => `
  WITH ended AS (DELETE FROM ${families} WHERE id = $3)
  INSERT INTO ${revocations} AS known (id, key, family_id, revoked_at, kept_until) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO UPDATE SET added = pg_current_xact_id(),
    revoked_at = greatest(known.revoked_at, excluded.revoked_at), kept_until = greatest(known.kept_until, excluded.kept_until)`;

/**
 * The cursor is the oldest transaction that had not ended when the page was read. What was added by an older one was on that page
 * or an earlier one, so reading on from it leaves out nothing, however late a transaction ends. A cursor from the future
 * comes from a database that has been restored since: then all is read again.
 */
const readingOf = (table: string): string => `
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS cursor, entry.key, entry.family_id, entry.revoked_at, entry.kept_until
  FROM (VALUES (1)) AS always
  LEFT JOIN ${table} AS entry ON entry.kept_until > $2 AND entry.added >=
    CASE WHEN $1::xid8 > pg_snapshot_xmax(pg_current_snapshot()) THEN '0'::xid8 ELSE $1::xid8 END`;
