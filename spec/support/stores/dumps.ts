import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Redis, { Cluster } from 'ioredis';
import Database from 'libsql';
import { Pool } from 'pg';
import { memoryStore, type TokenStore } from '../../../lib';
import { postgresStore } from '../../../lib/stores/postgres';
import { redisStore } from '../../../lib/stores/redis';
import { sqliteStore } from '../../../lib/stores/sqlite';
import { clusterUrls, engineUrl } from '../engines/urls';
import { storeAround } from '../store';

/** A store with nothing in it, and all that it comes to hold as one text. */
export interface Dumpable {
  readonly store: TokenStore;
  dump(): Promise<string>;
  close(): Promise<unknown>;
}

const TABLES = ['families', 'access_tokens', 'revocations'];
const unique = (): string => `dump_${randomBytes(6).toString('hex')}_`;

export const DUMPABLE: Readonly<Record<string, () => Promise<Dumpable>>> = {
  // What lies in this process's memory nobody dumps; but it can hold no more than it was handed.
  async memory() {
    const handed: unknown[] = [];
    const store = storeAround((verb, call, args) => {
      handed.push(verb, args);
      return call();
    }, memoryStore());
    return { store, dump: async () => JSON.stringify(handed), close: async () => store.close?.() };
  },
  async sqlite() {
    const folder = mkdtempSync(join(tmpdir(), 'oauth-dump-'));
    const database = new Database(join(folder, 'oauth.db'));
    const store = sqliteStore(database);
    const close = async (): Promise<void> => {
      await store.close?.();
      database.close();
      rmSync(folder, { recursive: true });
    };
    return { store, close, dump: async () => JSON.stringify(TABLES.map((table) => database.prepare(`SELECT * FROM oauth_${table}`).all())) };
  },
  async postgres() {
    const pool = new Pool({ connectionString: engineUrl('postgres') });
    const prefix = unique();
    const store = postgresStore(pool, { prefix, pruneEvery: 0 });
    await store.ensureSchema();
    const rows = async (table: string): Promise<unknown> => (await pool.query(`SELECT * FROM ${prefix}${table}`)).rows;
    const close = async (): Promise<void> => {
      await pool.query(`DROP TABLE ${TABLES.map((table) => prefix + table).join()}`);
      await pool.end();
    };
    return { store, close, dump: async () => JSON.stringify(await Promise.all(TABLES.map(rows))) };
  },
  redis: () => dumpableRedis(new Redis(engineUrl('redis'), { lazyConnect: true }), [engineUrl('redis')]),
  'Redis Cluster': () => dumpableRedis(new Cluster([...clusterUrls()], { lazyConnect: true }), clusterUrls()),
};

async function dumpableRedis(client: Redis | Cluster, urls: readonly string[]): Promise<Dumpable> {
  await client.connect();
  const prefix = unique();
  const dump = async (): Promise<string> => JSON.stringify(await Promise.all(urls.map((url) => valuesOf(url, prefix))));
  return { store: redisStore(client, { prefix }), dump, close: () => client.quit() };
}

/** Every key and value of one server, whatever its type. */
async function valuesOf(url: string, prefix: string): Promise<unknown> {
  const server = new Redis(url);
  const keys = await server.keys(`${prefix}*`);
  const values = await Promise.all(keys.map(async (key): Promise<unknown> => {
    const type = await server.type(key);
    if (type === 'string') return server.get(key);
    return type === 'hash' ? server.hgetall(key) : server.zrange(key, '0', '-1', 'WITHSCORES');
  }));
  await server.quit();
  return { keys, values };
}
