import Database from 'libsql';
import Redis, { Cluster } from 'ioredis';
import { Pool } from 'pg';
import { createClient, createCluster } from 'redis';
import type { TokenStore } from '../../../lib';
import { postgresStore } from '../../../lib/stores/postgres';
import { redisStore } from '../../../lib/stores/redis';
import { sqliteStore } from '../../../lib/stores/sqlite';
import { clusterUrls, engineUrl } from '../engines/urls';

/** The stores that processes share, each with the client that reaches it. `TEST_SQLITE_FILE` names SQLite's file. */
export const SHARED = ['sqlite', 'postgres', 'redis', 'redis by ioredis', 'cluster', 'cluster by ioredis'] as const;
export type Shared = (typeof SHARED)[number];

export interface OpenStore {
  readonly store: TokenStore;
  close(): Promise<void>;
}

// An engine that is away must be answered with an error soon, and its clients must find back to it by themselves.
const nodeRedis = { disableOfflineQueue: true, socket: { connectTimeout: 2000, reconnectStrategy: 100 } } as const;
const ioRedis = { enableOfflineQueue: false, maxRetriesPerRequest: 1, retryStrategy: () => 100, lazyConnect: true } as const;
const ignore = (): void => undefined;

const openers: Readonly<Record<Shared, () => Promise<OpenStore>>> = {
  async sqlite() {
    const database = new Database(process.env['TEST_SQLITE_FILE'] ?? '');
    return opened(sqliteStore(database), async () => { database.close(); });
  },
  async postgres() {
    const pool = new Pool({ connectionString: engineUrl('postgres'), connectionTimeoutMillis: 2000 });
    pool.on('error', ignore);
    const store = postgresStore(pool);
    await store.ensureSchema();
    return opened(store, () => pool.end());
  },
  async redis() {
    const client = createClient({ url: engineUrl('redis'), ...nodeRedis });
    client.on('error', ignore);
    await client.connect();
    return opened(redisStore(client), () => client.close());
  },
  'redis by ioredis': () => openIoRedis(new Redis(engineUrl('redis'), ioRedis)),
  async cluster() {
    const client = createCluster({ rootNodes: clusterUrls().map((url) => ({ url })) });
    client.on('error', ignore);
    await client.connect();
    return opened(redisStore(client), () => client.close());
  },
  'cluster by ioredis': () => openIoRedis(new Cluster([...clusterUrls()], { lazyConnect: true })),
};

export const openStore = (name: Shared): Promise<OpenStore> => openers[name]();

async function openIoRedis(client: Redis | Cluster): Promise<OpenStore> {
  client.on('error', ignore);
  await client.connect();
  return opened(redisStore(client), async () => { await client.quit(); });
}

const opened = (store: TokenStore, closeHandle: () => Promise<void>): OpenStore => ({
  store,
  async close() {
    await store.close?.();
    await closeHandle();
  },
});
