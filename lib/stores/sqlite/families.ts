import { fromRow, toRow } from '../family-row';
import { judge } from '../rotation';
import type { Row } from '../row';
import type { Family, RotationResult, TokenStore } from '../store';
import type { SqliteDatabase } from './database';

export function sqliteFamilies(database: SqliteDatabase, table: string): Pick<TokenStore, 'createFamily' | 'findFamily' | 'rotateFamily'> {
  const insert = database.prepare(
    `INSERT INTO ${table} (id, session, secret, current, previous, rotated_at, idle_expires_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare(`SELECT * FROM ${table} WHERE id = ? AND idle_expires_at > ?`);
  const update = database.prepare(
    `UPDATE ${table} SET previous = current, current = ?, rotated_at = ?, idle_expires_at = ? WHERE id = ? AND current = ? AND idle_expires_at > ?`,
  );
  const find = (id: string, at: number): Family | undefined => {
    const row = select.get(id, at);
    return row === undefined ? undefined : fromRow(row as Row);
  };
  return {
    createFamily(family): void {
      const { id, session, secret, current, previous, rotatedAt, idleExpiresAt, expiresAt } = toRow(family);
      insert.run(id, session, secret, current, previous, rotatedAt, idleExpiresAt, expiresAt);
    },
    findFamily: (id) => find(id, Date.now()),
    rotateFamily(id, rotation): RotationResult {
      const { presented, successor, at, idleExpiresAt } = rotation;
      const { changes } = update.run(successor, at, idleExpiresAt, id, presented, at);
      // A look after the act is safe: a token that was not the active one never becomes it again.
      return Number(changes) === 1 ? 'rotated' : judge(find(id, at), rotation);
    },
  };
}
