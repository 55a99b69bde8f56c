import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { Pool } from 'pg';
import { createClient } from 'redis';
import type { TokenStore } from '../../../lib';
import { postgresStore } from '../../../lib/stores/postgres';
import { redisStore } from '../../../lib/stores/redis';
import { sqliteStore } from '../../../lib/stores/sqlite';
import { engineUrl } from '../../support/engines/urls';
import { storeAround } from '../../support/store';

export const STORES = ['memory', 'sqlite', 'postgres', 'redis'] as const;
export type StoreName = (typeof STORES)[number];

export interface DumpedStore {
  readonly store: TokenStore;
  /** All that it keeps, as text. */
  dump(): Promise<string>;
  /** Makes the engine fail from now on, in its own words. */
  ruin(): Promise<void>;
  close(): Promise<void>;
}

const openers: Readonly<Record<StoreName, () => Promise<DumpedStore>>> = {
  /** What a store that keeps all for itself was told; it cannot keep more. */
  memory() {
    const told: unknown[] = [];
    let ruined = false;
    const store = storeAround((verb, call, args) => {
      told.push([verb, args]);
      if (ruined) throw Object.assign(new Error('the store is ruined'), { args });
      return call();
    });
    return Promise.resolve({ store, dump: () => Promise.resolve(JSON.stringify(told)), ruin: () => Promise.resolve(void (ruined = true)), close: () => Promise.resolve() });
  },
  sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'leaks-'));
    const database = new Database(join(folder, 'store.db'));
    const store = sqliteStore(database);
    return Promise.resolve({
      store,
      dump: () => Promise.resolve(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1')).join('\n')),
      ruin: () => Promise.resolve(dropAll(database)),
      close: () => Promise.resolve(void database.close()),
    });
  },
  async postgres() {
    const pool = new Pool({ connectionString: engineUrl('postgres') });
    const store = postgresStore(pool, { prefix: 'leaks_' });
    await store.ensureSchema();
    const tables = async (): Promise<readonly string[]> =>
      (await pool.query<{ tablename: string }>("select tablename from pg_tables where tablename like 'leaks\\_%'")).rows.map(({ tablename }) => tablename);
    return {
      store,
      dump: async () => JSON.stringify(await Promise.all((await tables()).map(async (table) => (await pool.query(`select * from ${table}`)).rows))),
      ruin: async () => {
        for (const table of await tables()) await pool.query(`drop table ${table}`);
      },
      close: () => pool.end(),
    };
  },
  async redis() {
    const client = createClient({ url: engineUrl('redis') });
    await client.connect();
    const prefix = `leaks-${randomUUID()}:`;
    const keys = (): Promise<string[]> => client.keys(`${prefix}*`);
    const valueOf = async (key: string): Promise<unknown> => {
      switch (await client.type(key)) {
        case 'string': return client.get(key);
        case 'hash': return client.hGetAll(key);
        case 'zset': return client.zRange(key, 0, -1);
        case 'set': return client.sMembers(key);
        default: return client.lRange(key, 0, -1);
      }
    };
    return {
      store: redisStore(client, { prefix }),
      dump: async () => JSON.stringify(await Promise.all((await keys()).map(async (key) => [key, await valueOf(key)]))),
      // A key of another kind than the store's: Redis says so, and its client shows the command that failed.
      ruin: async () => {
        for (const key of await keys()) await client.multi().del(key).lPush(key, 'x').exec();
      },
      close: () => client.close(),
    };
  },
};

function dropAll(database: Database.Database): void {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all() as { name: string }[];
  for (const { name } of tables) database.exec(`DROP TABLE ${name}`);
}

export const openDumped = (name: StoreName): Promise<DumpedStore> => openers[name]();
