import type { PostgresPool } from './pool';

const UNDEFINED_TABLE = '42P01';

/** The pool, with a cure beside what PostgreSQL says of a table that nobody has created. */
export const namingMissingTables = (pool: PostgresPool): PostgresPool => ({
  async query(text, values) {
    try {
      return await pool.query(text, values);
    } catch (error) {
      if ((error as { code?: unknown } | undefined)?.code !== UNDEFINED_TABLE) throw error;
      throw new Error('postgresStore: a table is missing; call store.ensureSchema() at the start, or take schema.sql into your migrations', { cause: error });
    }
  },
});
