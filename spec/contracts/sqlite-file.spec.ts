import Database from 'libsql';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '../../lib/stores/sqlite';
import { random, sampleFamily, sampleRevocation } from '../../lib/testing/store-contract/samples';

const folder = mkdtempSync(join(tmpdir(), 'oauth-sqlite-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

const rowsIn = (database: Database.Database, table: string): number =>
  (database.prepare(`SELECT count(*) AS rows FROM ${table}`).get() as { rows: number }).rows;

describe('sqliteStore and its file', () => {
  it('sets up one new file from several processes at once', async () => {
    const file = join(folder, 'new.db');
    const children = Array.from({ length: 4 }, () => fork(join(__dirname, '../support/stores/open-sqlite.ts'), [file], { execArgv: ['--import', 'tsx'] }));
    const codes = await Promise.all(children.map(async (child) => ((await once(child, 'exit')) as [number])[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
  });

  it('writes every commit to the disk, in a log that readers need not wait for', () => {
    const database = new Database(join(folder, 'settings.db'));
    const store = sqliteStore(database, { busyTimeout: 1234 });
    expect(database.prepare('PRAGMA journal_mode').get()).toMatchObject({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toMatchObject({ synchronous: 2 });
    expect(database.prepare('PRAGMA busy_timeout').get()).toMatchObject({ timeout: 1234 });
    void store.close?.();
    database.close();
  });

  it('removes what has expired, more than a batch of it, and nothing else', () => {
    const database = new Database(join(folder, 'prune.db'));
    const store = sqliteStore(database, { prefix: 'my_', pruneEvery: 0 });
    const past = Date.now() - 1;
    database.exec('BEGIN');
    for (let number = 0; number < 1200; number++) {
      void store.createFamily(sampleFamily({ idleExpiresAt: past }));
      void store.saveAccessToken(random(), '{}', past);
      void store.revoke(sampleRevocation({ until: past }));
    }
    database.exec('COMMIT');
    const [family, entry] = [sampleFamily(), sampleRevocation()];
    void store.createFamily(family);
    void store.revoke(entry);
    expect(store.prune()).toBe(3600);
    expect(['my_families', 'my_access_tokens', 'my_revocations'].map((table) => rowsIn(database, table))).toEqual([1, 0, 1]);
    expect(store.findFamily(family.id)).toEqual(family);
    database.close();
  });

  it('removes it by itself too', async () => {
    const database = new Database(join(folder, 'background.db'));
    const store = sqliteStore(database, { pruneEvery: 20 });
    void store.saveAccessToken(random(), '{}', Date.now() - 1);
    for (let waited = 0; rowsIn(database, 'oauth_access_tokens') > 0 && waited < 5000; waited += 20) {
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(rowsIn(database, 'oauth_access_tokens')).toBe(0);
    void store.close?.();
    database.close();
  });

  it('leaves nothing half done when a statement fails', () => {
    const database = new Database(join(folder, 'half.db'));
    const store = sqliteStore(database);
    const family = sampleFamily();
    void store.createFamily(family);
    database.exec('DROP TABLE oauth_revocations');
    expect(() => store.revoke(sampleRevocation({ familyId: family.id }))).toThrow();
    expect(store.findFamily(family.id)).toEqual(family);
    void store.close?.();
    database.close();
  });

  it.each(['x-', 'x"', 'X', '1', 'a b', ''])('refuses the prefix %p', (prefix) => {
    expect(() => sqliteStore(new Database(':memory:'), { prefix })).toThrow('sqliteStore: prefix');
  });
});
