import { inBackground } from './background';
import { tablePrefix } from './prefix';
import { sqliteAccessTokens } from './sqlite/access-tokens';
import { prepareDatabase, type SqliteDatabase } from './sqlite/database';
import { sqliteFamilies } from './sqlite/families';
import { sqliteRevocations } from './sqlite/revocations';
import { sqliteSchema } from './sqlite/schema';
import type { TokenStore } from './store';

export type { SqliteDatabase, SqliteStatement, SqliteValue } from './sqlite/database';

export interface SqliteStoreOptions {
  /** Stands before the names of tables and indexes; default `oauth_`. */
  readonly prefix?: string;
  /** How long a statement waits for another process's write, in milliseconds; default 2000. The event loop waits with it. */
  readonly busyTimeout?: number;
  /** How often what has expired is removed, in milliseconds; default a minute. 0: only when `prune` is called. */
  readonly pruneEvery?: number;
}

export interface SqliteStore extends TokenStore {
  /** Removes what has expired and answers how many rows went. */
  prune(): number;
}

const BATCH = 500;
const BREATH = 50;

/**
 * A store in a SQLite file: one machine, as many processes as you like. It answers at once.
 * Give it a handle of its own: it sets WAL, `synchronous = FULL` and the busy timeout, and creates its tables where they are missing.
 */
export function sqliteStore(database: SqliteDatabase, options: SqliteStoreOptions = {}): SqliteStore {
  const { busyTimeout = 2000, pruneEvery = 60_000 } = options;
  const prefix = tablePrefix('sqliteStore', options.prefix ?? 'oauth_');
  const [families, accessTokens, revocations] = [`${prefix}families`, `${prefix}access_tokens`, `${prefix}revocations`];
  prepareDatabase(database, sqliteSchema(prefix), busyTimeout);
  const pruneSome = pruner(database, [
    [families, 'id', 'idle_expires_at'],
    [accessTokens, 'hash', 'expires_at'],
    [revocations, 'sequence', 'kept_until'],
  ]);
  return {
    ...sqliteFamilies(database, families),
    ...sqliteAccessTokens(database, accessTokens),
    ...sqliteRevocations(database, { families, revocations }),
    prune() {
      let removed = 0;
      for (let some = -1; some !== 0; removed += some) some = pruneSome();
      return removed;
    },
    close: pruneEvery === 0 ? () => undefined : inBackground(() => pruneSome() >= BATCH, pruneEvery, BREATH),
  };
}

/** Removes a batch from each table, so that a writer waits for a batch at most. */
function pruner(database: SqliteDatabase, tables: readonly (readonly [table: string, key: string, end: string])[]): () => number {
  const statements = tables.map(([table, key, end]) =>
    database.prepare(`DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE ${end} <= ? LIMIT ${String(BATCH)})`),
  );
  return () => statements.reduce((removed, statement) => removed + Number(statement.run(Date.now()).changes), 0);
}
