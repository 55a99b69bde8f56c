// Sessions in PostgreSQL:
//   npx tsx examples/stores/postgres.ts postgres://user:password@localhost:5432/app
import { Pool } from 'pg';
import { postgresStore } from 'express-token-endpoint/postgres';
import { instructions, serve } from './app';

const [, , connectionString = 'postgres://localhost/postgres'] = process.argv;
// Without time limits a request waits for as long as the database is away.
const pool = new Pool({ connectionString, connectionTimeoutMillis: 2000, query_timeout: 5000 });
// The pool replaces a connection that breaks while nobody uses it; without a listener it would end the process instead.
pool.on('error', (error) => {
  console.error('PostgreSQL:', error.message);
});

async function main(): Promise<void> {
  const store = postgresStore(pool);
  await store.ensureSchema(); // or run schema.sql in your migrations
  await serve(store, () => pool.end());
  console.log(instructions());
}

void main();
