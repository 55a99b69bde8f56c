import { text, type Row } from '../row';
import type { TokenStore } from '../store';
import type { PostgresPool } from './pool';

export function postgresAccessTokens(pool: PostgresPool, table: string): Pick<TokenStore, 'saveAccessToken' | 'findAccessToken'> {
  const insert = `INSERT INTO ${table} (hash, content, expires_at) VALUES ($1, $2, $3)
    ON CONFLICT (hash) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at`;
  const select = `SELECT content FROM ${table} WHERE hash = $1 AND expires_at > $2`;
  return {
    async saveAccessToken(hash, content, expiresAt) {
      await pool.query(insert, [hash, content, expiresAt]);
    },
    async findAccessToken(hash) {
      const { rows } = await pool.query(select, [hash, Date.now()]);
      return rows[0] === undefined ? undefined : text(rows[0] as Row, 'content');
    },
  };
}
