/** Everything the store keeps, for SQLite 3.35 or newer. Times are milliseconds since 1970. */
export const sqliteSchema = (prefix: string): string => `
CREATE TABLE IF NOT EXISTS ${prefix}families (
  id TEXT PRIMARY KEY,
  session TEXT NOT NULL,
  secret TEXT NOT NULL,
  current TEXT NOT NULL,
  previous TEXT,
  rotated_at INTEGER,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ${prefix}families_end ON ${prefix}families (idle_expires_at);

CREATE TABLE IF NOT EXISTS ${prefix}access_tokens (
  hash TEXT PRIMARY KEY,
  content TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ${prefix}access_tokens_end ON ${prefix}access_tokens (expires_at);

CREATE TABLE IF NOT EXISTS ${prefix}revocations (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  family_id TEXT,
  revoked_at INTEGER NOT NULL,
  kept_until INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ${prefix}revocations_end ON ${prefix}revocations (kept_until);
`;
