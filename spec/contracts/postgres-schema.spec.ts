import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import { postgresStore } from '../../lib/stores/postgres';
import { postgresSchema } from '../../lib/stores/postgres/schema';
import { random, sampleFamily, sampleRevocation, sampleRotation } from '../../lib/testing/store-contract/samples';
import { engineUrl } from '../support/engines/urls';

const pool = new Pool({ connectionString: engineUrl('postgres') });
const name = `spec_${random(6).toLowerCase().replaceAll('-', '_')}`;

beforeAll(() => pool.query(`CREATE SCHEMA ${name}`));
afterAll(async () => {
  await pool.query(`DROP SCHEMA ${name} CASCADE`);
  await pool.end();
});

const rowsIn = async (table: string): Promise<number> => Number((await pool.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${table}`)).rows[0]?.rows);

describe('schema.sql', () => {
  it('is what ensureSchema runs', () => {
    const file = readFileSync(join(__dirname, '../../schema.sql'), 'utf8');
    expect(file.replace(/^--.*\n/gm, '').trim()).toBe(postgresSchema('oauth_').trim());
  });

  it('may be run again, and by many at once', async () => {
    const stores = Array.from({ length: 8 }, () => postgresStore(pool, { prefix: `${name}.many_`, pruneEvery: 0 }));
    await Promise.all(stores.map((store) => store.ensureSchema()));
    await stores[0]?.ensureSchema();
    expect(await rowsIn(`${name}.many_families`)).toBe(0);
  });

  it('is what the operator is told to run where nobody has', async () => {
    const store = postgresStore(pool, { prefix: `${name}.none_`, pruneEvery: 0 });
    const cure = { message: expect.stringContaining('store.ensureSchema()') as string, cause: expect.objectContaining({ code: '42P01' }) as Error };
    const family = sampleFamily();
    for (const asked of [store.findFamily(family.id), store.createFamily(family), store.rotateFamily(family.id, sampleRotation(family)), store.saveAccessToken('hash', '{}', Date.now() + 1000), store.findAccessToken('hash'), store.revoke(sampleRevocation()), store.revocations(undefined)]) {
      await expect(asked).rejects.toMatchObject(cure);
    }
    await store.ensureSchema();
    expect(await store.findFamily(family.id)).toBeUndefined();
  });

  it.each(['x-', 'x; DROP TABLE x', 'a.b.c', 'X', ''])('has no place for the prefix %p', (prefix) => {
    expect(() => postgresStore(pool, { prefix })).toThrow('postgresStore: prefix');
  });
});

describe('postgresStore, rotating', () => {
  it('takes one round trip', async () => {
    const sent: string[] = [];
    const counted = {
      query(text: string, values: unknown[]) {
        sent.push(text);
        return pool.query<Record<string, unknown>>(text, values);
      },
    };
    const store = postgresStore(counted, { prefix: `${name}.one_`, pruneEvery: 0 });
    await store.ensureSchema();
    const family = sampleFamily();
    await store.createFamily(family);
    sent.length = 0;
    expect(await store.rotateFamily(family.id, sampleRotation(family))).toBe('rotated');
    expect(sent).toHaveLength(1);
  });
});

describe('postgresStore, pruning', () => {
  it('removes what has expired, more than a batch of it, and nothing else', async () => {
    const prefix = `${name}.prune_`;
    const store = postgresStore(pool, { prefix, pruneEvery: 0 });
    await store.ensureSchema();
    await pool.query(
      `INSERT INTO ${prefix}families (id, session, secret, current, idle_expires_at, expires_at) SELECT n, '{}', '', '', 1, 1 FROM generate_series(1, 2500) AS n`,
    );
    await pool.query(`INSERT INTO ${prefix}access_tokens SELECT n, '', 1 FROM generate_series(1, 1500) AS n`);
    await pool.query(`INSERT INTO ${prefix}revocations SELECT n, n, NULL, 1, 1 FROM generate_series(1, 10) AS n`);
    const [family, entry, hash] = [sampleFamily(), sampleRevocation(), random()];
    await store.createFamily(family);
    await store.revoke(entry);
    await store.saveAccessToken(hash, '{}', entry.until);
    expect(await store.prune()).toBe(4010);
    expect(await Promise.all(['families', 'access_tokens', 'revocations'].map((table) => rowsIn(prefix + table)))).toEqual([1, 1, 1]);
    expect(await store.findFamily(family.id)).toEqual(family);
    expect(await store.prune()).toBe(0);
  });

  it('happens by itself too, and outlives a database that does not answer', async () => {
    const prefix = `${name}.background_`;
    const answers = { fail: true };
    const flaky = {
      query(text: string, values: unknown[]) {
        return answers.fail ? Promise.reject(new Error('down')) : pool.query<Record<string, unknown>>(text, values);
      },
    };
    await postgresStore(pool, { prefix, pruneEvery: 0 }).ensureSchema();
    const store = postgresStore(flaky, { prefix, pruneEvery: 10 });
    await pool.query(`INSERT INTO ${prefix}access_tokens SELECT n, '', 1 FROM generate_series(1, 10) AS n`);
    await new Promise((done) => setTimeout(done, 50));
    expect(await rowsIn(`${prefix}access_tokens`)).toBe(10);
    answers.fail = false;
    for (let waited = 0; (await rowsIn(`${prefix}access_tokens`)) > 0 && waited < 5000; waited += 20) {
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(await rowsIn(`${prefix}access_tokens`)).toBe(0);
    await store.close?.();
  });
});

describe('postgresStore, its list of revocations', () => {
  it('misses no entry that is committed late', async () => {
    const store = postgresStore(pool, { prefix: `${name}.late_`, pruneEvery: 0 });
    await store.ensureSchema();
    const client = await pool.connect();
    const [late, early] = [sampleRevocation(), sampleRevocation()];
    await client.query('BEGIN');
    await postgresStore(client, { prefix: `${name}.late_`, pruneEvery: 0 }).revoke(late);
    await store.revoke(early);
    const first = await store.revocations();
    expect(first.revocations).toEqual([early]);
    await client.query('COMMIT');
    client.release();
    const second = await store.revocations(first.cursor);
    expect(second.revocations).toContainEqual(late);
  });

  it('is read anew with a cursor from before the database was restored', async () => {
    const store = postgresStore(pool, { prefix: `${name}.restored_`, pruneEvery: 0 });
    await store.ensureSchema();
    const entry = sampleRevocation();
    await store.revoke(entry);
    expect((await store.revocations('999999999999')).revocations).toEqual([entry]);
  });
});
