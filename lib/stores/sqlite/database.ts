/** What the store needs of a handle: better-sqlite3, libsql and node:sqlite's DatabaseSync all have it. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
}

export type SqliteValue = string | number | null;

const TRIES = 50;
const PAUSE = 20;

/**
 * WAL: readers and the one writer don't wait for each other. FULL: a commit is on the disk before it returns.
 * SQLite does not wait for a lock while it changes the journal mode, so two processes that start at once need another try.
 */
export function prepareDatabase(database: SqliteDatabase, schema: string, busyTimeout: number): void {
  for (let left = TRIES; ; left--) {
    try {
      database.exec(`PRAGMA busy_timeout = ${String(busyTimeout)}`);
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = FULL');
      database.exec(schema);
      return;
    } catch (error) {
      if (left === 0 || !(error instanceof Error && /locked|busy/i.test(error.message))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** Several statements as one. A savepoint, as it also works where the app has begun a transaction of its own. */
export function together(database: SqliteDatabase, work: () => void): void {
  database.exec('SAVEPOINT oauth_store');
  try {
    work();
    database.exec('RELEASE oauth_store');
  } catch (error) {
    undo(database);
    throw error;
  }
}

function undo(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK TO oauth_store');
    database.exec('RELEASE oauth_store');
  } catch {
    // A full disk and its like make SQLite roll back by itself; the first error is the one to tell.
  }
}
