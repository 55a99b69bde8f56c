import Redis, { Cluster } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { redisStore } from '../../lib/stores/redis';
import { storeContract } from '../../lib/testing/store-contract';
import { clusterUrls, engineUrl } from '../support/engines/urls';

describe('redisStore through node-redis', () => {
  const client = createClient({ url: engineUrl('redis') });
  beforeAll(() => client.connect());
  afterAll(() => client.close());

  storeContract(() => redisStore(client), { dump: () => dump(engineUrl('redis')) });
});

describe('redisStore through ioredis', () => {
  const client = new Redis(engineUrl('redis'), { lazyConnect: true });
  beforeAll(() => client.connect());
  afterAll(() => client.quit());

  storeContract(() => redisStore(client), { dump: () => dump(engineUrl('redis')) });
});

describe('redisStore on a Cluster through node-redis', () => {
  const client = createCluster({ rootNodes: clusterUrls().map((url) => ({ url })) });
  beforeAll(() => client.connect());
  afterAll(() => client.close());

  storeContract(() => redisStore(client), { dump: dumpCluster });
});

describe('redisStore on a Cluster through ioredis', () => {
  const client = new Cluster([...clusterUrls()], { lazyConnect: true });
  beforeAll(() => client.connect());
  afterAll(() => client.quit());

  storeContract(() => redisStore(client), { dump: dumpCluster });
});

async function dumpCluster(): Promise<string> {
  return (await Promise.all(clusterUrls().map(dump))).join('\n');
}

/** Every value of one server, whatever its type. */
async function dump(url: string): Promise<string> {
  const client = new Redis(url);
  const keys = await client.keys('oauth:*');
  const values = await Promise.all(keys.map(async (key): Promise<unknown> => {
    const type = await client.type(key);
    if (type === 'string') return client.get(key);
    return type === 'hash' ? client.hgetall(key) : client.zrange(key, '0', '-1', 'WITHSCORES');
  }));
  await client.quit();
  return JSON.stringify({ keys, values });
}
