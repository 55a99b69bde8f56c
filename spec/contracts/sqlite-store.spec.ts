import Database from 'libsql';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore, type SqliteStore } from '../../lib/stores/sqlite';
import { storeContract } from '../../lib/testing/store-contract';

const folder = mkdtempSync(join(tmpdir(), 'oauth-sqlite-'));
const file = join(folder, 'oauth.db');

/** A store with a handle of its own, as another process would have one. */
function open(prefix?: string): SqliteStore {
  const database = new Database(file);
  const store = sqliteStore(database, prefix === undefined ? {} : { prefix });
  return { ...store, close: () => { void store.close?.(); database.close(); } };
}

afterAll(() => { rmSync(folder, { recursive: true }); });

describe('sqliteStore', () => {
  storeContract(open, { dump });
});

function dump(): string {
  const database = new Database(file);
  const tables = ['families', 'access_tokens', 'revocations'];
  const rows = tables.map((table) => database.prepare(`SELECT * FROM oauth_${table}`).all());
  database.close();
  return JSON.stringify(rows);
}
