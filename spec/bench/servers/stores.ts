import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { Pool } from 'pg';
import { createClient } from 'redis';
import { memoryStore, type TokenStore } from '../../../lib';
import { postgresStore } from '../../../lib/stores/postgres';
import { redisStore } from '../../../lib/stores/redis';
import { sqliteStore } from '../../../lib/stores/sqlite';

export type StoreKind = 'memory' | 'sqlite' | 'postgres' | 'redis';

const open: Readonly<Record<StoreKind, () => TokenStore | Promise<TokenStore>>> = {
  memory: () => memoryStore(),
  sqlite() {
    const file = path.join(tmpdir(), `bench-${String(process.pid)}.db`);
    const remove = (): void => { for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true }); };
    remove();
    process.on('exit', remove);
    return sqliteStore(new Database(file));
  },
  async postgres() {
    const pool = new Pool({ connectionString: urlOf('TEST_PG_URL'), max: 10 });
    const store = postgresStore(pool);
    await store.ensureSchema();
    return store;
  },
  async redis() {
    const client = createClient({ url: urlOf('TEST_REDIS_URL') });
    client.on('error', (error) => { console.error(error); });
    await client.connect();
    return redisStore(client);
  },
};

/** The bench starts the engines, and leaves their URLs here. */
function urlOf(variable: string): string {
  const url = process.env[variable];
  if (url === undefined) throw new Error(`${variable} is not set`);
  return url;
}

export const openStore = async (kind: StoreKind): Promise<TokenStore> => open[kind]();
