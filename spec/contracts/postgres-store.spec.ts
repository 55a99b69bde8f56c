import { Pool } from 'pg';
import { postgresStore } from '../../lib/stores/postgres';
import { storeContract } from '../../lib/testing/store-contract';
import { engineUrl } from '../support/engines/urls';

const pool = new Pool({ connectionString: engineUrl('postgres') });

beforeAll(() => postgresStore(pool).ensureSchema());
afterAll(() => pool.end());

describe('postgresStore', () => {
  storeContract(() => postgresStore(pool), { dump });
});

async function dump(): Promise<string> {
  const tables = ['families', 'access_tokens', 'revocations'];
  const answers = await Promise.all(tables.map((table) => pool.query(`SELECT * FROM oauth_${table}`)));
  return JSON.stringify(answers.map(({ rows }) => rows as unknown[]));
}
