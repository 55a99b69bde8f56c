import Redis, { Cluster, type Command } from 'ioredis';
import { createClient, createClientPool, RESP_TYPES } from 'redis';
import { redisStore } from '../../lib/stores/redis';
import { HOUR, random, sampleFamily, sampleRevocation, sampleRotation } from '../../lib/testing/store-contract/samples';
import { clusterUrls, engineUrl } from '../support/engines/urls';

const client = new Redis(engineUrl('redis'), { lazyConnect: true });
beforeAll(() => client.connect());
afterAll(() => client.quit());

const fresh = (): { prefix: string } => ({ prefix: `spec:${random(6)}:` });

describe('redisStore and its server', () => {
  it('goes on when the server has forgotten its scripts', async () => {
    const store = redisStore(client, fresh());
    const family = sampleFamily();
    await store.createFamily(family);
    await client.script('FLUSH');
    expect(await store.rotateFamily(family.id, sampleRotation(family))).toBe('rotated');
    expect(await store.rotateFamily(family.id, sampleRotation(family))).toBe('repeated');
  });

  it('lets everything expire by itself', async () => {
    const { prefix } = fresh();
    const store = redisStore(client, { prefix });
    const family = sampleFamily();
    await store.createFamily(family);
    await store.saveAccessToken(random(), '{}', Date.now() + HOUR);
    await store.revoke(sampleRevocation());
    await store.revoke(sampleRevocation({ until: Date.now() + 10 }));
    const keys = await client.keys(`${prefix}*`);
    expect(keys).toHaveLength(5);
    for (const key of keys) {
      const left = await client.pttl(key);
      expect(left > HOUR - 10_000 && left <= HOUR).toBe(true);
    }
  });

  it('prunes the list of revocations as it goes', async () => {
    const { prefix } = fresh();
    const store = redisStore(client, { prefix });
    const past = Date.now() - 1000;
    for (let number = 0; number < 5; number++) await store.revoke(sampleRevocation({ until: past + number }));
    const entry = sampleRevocation();
    await store.revoke(entry);
    const sizes = [client.zcard(`${prefix}{revocations}:order`), client.hlen(`${prefix}{revocations}:entries`), client.zcard(`${prefix}{revocations}:ends`)];
    expect(await Promise.all(sizes)).toEqual([1, 1, 1]);
    expect((await store.revocations()).revocations).toEqual([entry]);
  });

  it('reads a list that is longer than what it asks for at once', async () => {
    const store = redisStore(client, fresh());
    const entries = Array.from({ length: 2500 }, (_, number) => sampleRevocation({ key: `t:${String(number)}` }));
    await Promise.all(entries.map(async (entry) => { await store.revoke(entry); }));
    const { revocations, cursor } = await store.revocations();
    expect(new Set(revocations.map(({ key }) => key)).size).toBe(2500);
    const entry = sampleRevocation();
    await store.revoke(entry);
    expect((await store.revocations(cursor)).revocations).toContainEqual(entry);
    const future = String((Date.now() + HOUR) * 1000);
    expect((await store.revocations(future)).revocations).toContainEqual(entry);
  });

  it('never asks a replica', async () => {
    const asked: string[] = [];
    const scaleReads = (nodes: Redis[], command: Command): Redis => {
      asked.push(command.name);
      return nodes[0] as Redis;
    };
    const cluster = new Cluster([...clusterUrls()], { lazyConnect: true, scaleReads: scaleReads as never });
    await cluster.connect();
    await cluster.get('any');
    expect(asked).toEqual(['get']);
    const store = redisStore(cluster, fresh());
    const [family, hash] = [sampleFamily(), random()];
    await store.createFamily(family);
    await store.saveAccessToken(hash, '{}', Date.now() + HOUR);
    expect(await store.findFamily(family.id)).toEqual(family);
    expect(await store.findAccessToken(hash)).toBe('{}');
    await store.rotateFamily(family.id, sampleRotation(family));
    await store.revoke(sampleRevocation({ familyId: family.id }));
    await store.revocations();
    expect(asked).toEqual(['get']);
    await cluster.quit();
  });

  it('takes one round trip for a rotation', async () => {
    const sent: string[] = [];
    const counted = { call: (command: string, args: string[]): Promise<unknown> => { sent.push(command); return client.call(command, args); } };
    const store = redisStore(counted, fresh());
    const families = [sampleFamily(), sampleFamily()] as const;
    for (const family of families) await store.createFamily(family);
    await store.rotateFamily(families[0].id, sampleRotation(families[0]));
    sent.length = 0;
    expect(await store.rotateFamily(families[1].id, sampleRotation(families[1]))).toBe('rotated');
    expect(sent).toEqual(['EVALSHA']);
  });

  it('takes a pool of node-redis clients', async () => {
    const pool = createClientPool({ url: engineUrl('redis') });
    await pool.connect();
    const store = redisStore(pool, fresh());
    const family = sampleFamily();
    await store.createFamily(family);
    expect(await store.findFamily(family.id)).toEqual(family);
    pool.destroy();
  });

  it('takes a client that answers in bytes', async () => {
    const bytes = await createClient({ url: engineUrl('redis'), commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } } }).connect();
    const store = redisStore(bytes, fresh());
    const [family, entry] = [sampleFamily(), sampleRevocation()];
    await store.createFamily(family);
    await store.revoke(entry);
    expect(await store.rotateFamily(family.id, sampleRotation(family))).toBe('rotated');
    expect(await store.findFamily(family.id)).toMatchObject({ id: family.id, previous: family.current });
    expect((await store.revocations()).revocations).toEqual([entry]);
    await bytes.close();
  });

  it('refuses what is no client', () => {
    expect(() => redisStore({} as never)).toThrow('node-redis (version 4 or newer) or ioredis');
  });
});
