import { Pool } from 'pg';
import { postgresStore } from '../../lib/stores/postgres';
import { storeContract } from '../../lib/testing/store-contract';
import { random, sampleFamily, sampleRotation } from '../../lib/testing/store-contract/samples';
import { startPgBouncer } from '../support/engines/pgbouncer';
import { stopEngines } from '../support/engines/process';
import { engineUrl } from '../support/engines/urls';

const prefix = `spec_${random(6).toLowerCase().replaceAll('-', '_')}_`;
/** One connection, so that what it has been asked to keep can be looked at. */
const pool = new Pool({ connectionString: engineUrl('postgres'), max: 1 });

beforeAll(() => postgresStore(pool, { prefix, pruneEvery: 0 }).ensureSchema());
beforeEach(() => pool.query('DEALLOCATE ALL').then(() => undefined));
afterAll(async () => {
  for (const table of ['families', 'access_tokens', 'revocations']) await pool.query(`DROP TABLE ${prefix}${table}`);
  await pool.end();
});

const kept = async (on: Pool = pool): Promise<string[]> =>
  (await on.query<{ statement: string }>('SELECT statement FROM pg_prepared_statements')).rows.map(({ statement }) => statement);

describe('the statements of postgresStore', () => {
  it('are planned once for a connection', async () => {
    const fresh = new Pool({ connectionString: engineUrl('postgres'), max: 1 });
    const store = postgresStore(fresh, { prefix, pruneEvery: 0 });
    for (let login = 0; login < 3; login++) {
      const family = sampleFamily();
      await store.createFamily(family);
      expect(await store.rotateFamily(family.id, sampleRotation(family))).toBe('rotated');
    }
    expect((await kept(fresh)).map((statement) => /INSERT|UPDATE/.exec(statement)?.[0]).sort()).toEqual(['INSERT', 'UPDATE']);
    await fresh.end();
  });

  it('have no names with prepare: false', async () => {
    const fresh = new Pool({ connectionString: engineUrl('postgres'), max: 1 });
    const store = postgresStore(fresh, { prefix, pruneEvery: 0, prepare: false });
    await store.createFamily(sampleFamily());
    expect(await kept(fresh)).toEqual([]);
    await fresh.end();
  });

  it('go on where the connection has forgotten them', async () => {
    const store = postgresStore(pool, { prefix, pruneEvery: 0 });
    const family = sampleFamily();
    await store.createFamily(family);
    await store.findFamily(family.id);
    await pool.query('DEALLOCATE ALL');
    expect(await store.findFamily(family.id)).toEqual(family);
    expect(await store.rotateFamily(family.id, sampleRotation(family))).toBe('rotated');
    // From then on without names, so that it does not happen at every turn.
    expect(await kept()).toEqual([]);
  });

  it('go on where somebody has altered a table', async () => {
    const altered = new Pool({ connectionString: engineUrl('postgres'), max: 1 });
    const store = postgresStore(altered, { prefix: `${prefix}altered_`, pruneEvery: 0 });
    await store.ensureSchema();
    const family = sampleFamily();
    await store.createFamily(family);
    await store.findFamily(family.id);
    await altered.query(`ALTER TABLE ${prefix}altered_families ALTER COLUMN secret TYPE varchar(200)`);
    expect(await store.findFamily(family.id)).toEqual(family);
    for (const table of ['families', 'access_tokens', 'revocations']) await altered.query(`DROP TABLE ${prefix}altered_${table}`);
    await altered.end();
  });

  it('are asked once where it is not their name that is wrong', async () => {
    const asked: unknown[] = [];
    class Counted extends Pool {
      override query(...args: unknown[]): never {
        asked.push(args[0]);
        return super.query(...(args as [string])) as never;
      }
    }
    const counted = new Counted({ connectionString: engineUrl('postgres'), max: 1 });
    const store = postgresStore(counted, { prefix: `${prefix}missing_`, pruneEvery: 0 });
    await expect(store.createFamily(sampleFamily())).rejects.toThrow('a table is missing');
    expect(asked).toEqual([expect.objectContaining({ name: expect.stringMatching(/^oauth_[\w-]{43}$/) as unknown })]);
    await counted.end();
  });
});

describe('postgresStore behind PgBouncer in transaction mode', () => {
  let behind: Pool;
  beforeAll(async () => { behind = new Pool({ connectionString: await startPgBouncer(engineUrl('postgres')), max: 8 }); }, 300_000);
  afterAll(async () => {
    await behind.end();
    await stopEngines();
  });

  storeContract(() => postgresStore(behind, { prefix, pruneEvery: 0 }));

  it('rotates many families at once', async () => {
    const store = postgresStore(behind, { prefix, pruneEvery: 0 });
    const rotations = Array.from({ length: 40 }, async () => {
      const family = sampleFamily();
      await store.createFamily(family);
      return store.rotateFamily(family.id, sampleRotation(family));
    });
    expect(new Set(await Promise.all(rotations))).toEqual(new Set(['rotated']));
  });
});
