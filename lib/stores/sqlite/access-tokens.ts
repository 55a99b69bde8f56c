import { text, type Row } from '../row';
import type { TokenStore } from '../store';
import type { SqliteDatabase } from './database';

export function sqliteAccessTokens(database: SqliteDatabase, table: string): Pick<TokenStore, 'saveAccessToken' | 'findAccessToken'> {
  const insert = database.prepare(`INSERT OR REPLACE INTO ${table} (hash, content, expires_at) VALUES (?, ?, ?)`);
  const select = database.prepare(`SELECT content FROM ${table} WHERE hash = ? AND expires_at > ?`);
  return {
    saveAccessToken(hash, content, expiresAt): void {
      insert.run(hash, content, expiresAt);
    },
    findAccessToken(hash): string | undefined {
      const row = select.get(hash, Date.now());
      return row === undefined ? undefined : text(row as Row, 'content');
    },
  };
}
