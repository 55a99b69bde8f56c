import { number, toRevocation, type Row } from '../row';
import type { RevocationPage, TokenStore } from '../store';
import { together, type SqliteDatabase } from './database';

interface Tables {
  readonly families: string;
  readonly revocations: string;
}

/** One process writes at a time, so an entry's sequence is also the order in which entries become visible: the cursor is the last one seen. */
export function sqliteRevocations(database: SqliteDatabase, tables: Tables): Pick<TokenStore, 'revoke' | 'revocations'> {
  const endFamily = database.prepare(`DELETE FROM ${tables.families} WHERE id = ?`);
  // A replaced entry comes back with a new sequence, and so to those who have read the old one.
  const add = database.prepare(
    `INSERT OR REPLACE INTO ${tables.revocations} (key, family_id, revoked_at, kept_until)
     SELECT new.key, new.family_id, max(new.revoked_at, ifnull(old.revoked_at, 0)), max(new.kept_until, ifnull(old.kept_until, 0))
     FROM (SELECT ? AS key, ? AS family_id, ? AS revoked_at, ? AS kept_until) AS new
     LEFT JOIN ${tables.revocations} AS old ON old.key = new.key`,
  );
  const select = database.prepare(`SELECT * FROM ${tables.revocations} WHERE sequence > ? AND kept_until > ? ORDER BY sequence`);
  return {
    revoke({ key, at, until, familyId }): void {
      together(database, () => {
        if (familyId !== undefined) endFamily.run(familyId);
        add.run(key, familyId ?? null, at, until);
      });
    },
    revocations(cursor = '0'): RevocationPage {
      const rows = select.all(Number(cursor), Date.now()) as Row[];
      const last = rows.at(-1);
      return { revocations: rows.map(toRevocation), cursor: last ? String(number(last, 'sequence')) : cursor };
    },
  };
}
