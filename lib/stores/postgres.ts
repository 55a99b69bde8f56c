import { inBackground } from './background';
import { postgresAccessTokens } from './postgres/access-tokens';
import { postgresFamilies } from './postgres/families';
import { namingMissingTables } from './postgres/missing-tables';
import type { PostgresPool } from './postgres/pool';
import { preparedStatements } from './postgres/prepared';
import { postgresRevocations } from './postgres/revocations';
import { postgresSchema } from './postgres/schema';
import { tablePrefix } from './prefix';
import { number, type Row } from './row';
import type { TokenStore } from './store';

export type { PostgresPool } from './postgres/pool';

export interface PostgresStoreOptions {
  /** Stands before the names of tables and indexes, perhaps with a schema: `auth.oauth_`. Default `oauth_`. */
  readonly prefix?: string;
  /** How often what has expired is removed, in milliseconds; default five minutes. 0: only when `prune` is called. */
  readonly pruneEvery?: number;
  /** Statements under names, which PostgreSQL plans once for each connection; default `true`, where the pool is `pg`'s. */
  readonly prepare?: boolean;
}

export interface PostgresStore extends TokenStore {
  /** Creates the tables of `schema.sql` where they are missing. Any number of processes may call it at the same time. */
  ensureSchema(): Promise<void>;
  /** Removes what has expired, a batch at a time, and answers how many rows went. */
  prune(): Promise<number>;
}

const BATCH = 1000;
const BREATH = 1000;
/** Any number that no one else takes for an advisory lock: this one spells "oauth". */
const SCHEMA_LOCK = 0x6f61757468;
const DAY = 86_400_000;

/** A store in PostgreSQL 13 or newer. Each verb is one statement, committed when it returns. */
export function postgresStore(pool: PostgresPool, options: PostgresStoreOptions = {}): PostgresStore {
  const { pruneEvery = 300_000, prepare = true } = options;
  const prefix = tablePrefix('postgresStore', options.prefix ?? 'oauth_');
  const [families, accessTokens, revocations] = [`${prefix}families`, `${prefix}access_tokens`, `${prefix}revocations`];
  const pruneSome = async (): Promise<number> => {
    const now = Date.now();
    const removed = await Promise.all([
      removeBatch(pool, families, 'idle_day < $1', Math.floor(now / DAY)),
      removeBatch(pool, accessTokens, 'expires_at <= $1', now),
      removeBatch(pool, revocations, 'kept_until <= $1', now),
    ]);
    return removed.reduce((sum, count) => sum + count);
  };
  const statements = namingMissingTables(prepare ? preparedStatements(pool) : pool);
  return {
    ...postgresFamilies(statements, families),
    ...postgresAccessTokens(statements, accessTokens),
    ...postgresRevocations(statements, { families, revocations }),
    async ensureSchema() {
      const lock = `PERFORM pg_advisory_xact_lock(${String(SCHEMA_LOCK)})`;
      await pool.query(`DO $schema$ BEGIN ${lock}; ${postgresSchema(prefix)} END $schema$`, []);
    },
    async prune() {
      let removed = 0;
      for (let some = -1; some !== 0; removed += some) some = await pruneSome();
      return removed;
    },
    close: pruneEvery === 0 ? () => undefined : inBackground(async () => (await pruneSome()) >= BATCH, pruneEvery, BREATH),
  };
}

/** Passes over rows that someone holds, another process's prune above all. */
async function removeBatch(pool: PostgresPool, table: string, condition: string, end: number): Promise<number> {
  const batch = `SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${String(BATCH)} FOR UPDATE SKIP LOCKED`;
  const statement = `WITH removed AS (DELETE FROM ${table} WHERE ctid = ANY (ARRAY(${batch})) RETURNING 1) SELECT count(*) AS removed FROM removed`;
  const { rows } = await pool.query(statement, [end]);
  return number(rows[0] as Row, 'removed');
}
