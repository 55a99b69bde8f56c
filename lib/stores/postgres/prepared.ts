import { sha256 } from '../../sha256';
import type { PostgresPool } from './pool';

/** `pg`'s own Pool, and what is made after it: it takes a statement that has a name. */
interface PgPool {
  query(statement: { readonly name: string; readonly text: string; readonly values: unknown[] }): ReturnType<PostgresPool['query']>;
}

/** What a driver says of a statement's name: no such name (26000), taken already (42P05), planned for a table that has changed since (0A000). */
const ABOUT_THE_NAME = new Set(['26000', '42P05', '0A000']);

/**
 * Statements under a name, which PostgreSQL reads and plans once for each connection instead of each time: that is half of what a
 * rotation costs it. Where the connection behind a name changes, as with a PgBouncer in transaction mode that knows no names, it
 * goes on without them. Such an error comes before anything is carried out, so that asking again does nothing twice.
 */
export function preparedStatements(pool: PostgresPool): PostgresPool {
  if (!isPgPool(pool)) return pool;
  let withNames = true;
  return {
    async query(text, values) {
      if (!withNames) return pool.query(text, values);
      try {
        return await pool.query({ name: nameOf(text), text, values });
      } catch (error) {
        if (!ABOUT_THE_NAME.has(String((error as { code?: unknown } | undefined)?.code))) throw error;
        withNames = false;
        return pool.query(text, values);
      }
    },
  };
}

/** A Pool only: a single Client may stand in a transaction of the app's, where nothing can be asked again after an error. */
const isPgPool = (pool: PostgresPool): pool is PostgresPool & PgPool => 'Client' in pool && 'totalCount' in pool && 'idleCount' in pool;

/** After its text, so that no two statements share a name, whichever app or version a pooler's connection served before. */
const nameOf = (text: string): string => `oauth_${sha256(text, 'base64url')}`;
