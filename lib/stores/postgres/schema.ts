/**
 * Everything the store keeps, for PostgreSQL 13 or newer. Times are milliseconds since 1970.
 * A rotation touches no indexed column: `idle_day` changes once a day, so nearly all rotations stay within their page (HOT).
 * `id` of a revocation is the hash of its key, as an index takes no text over 2.6 kB.
 * `added` is the transaction that added the entry: the list is read by it, see revocations.ts.
 */
export const postgresSchema = (prefix: string): string => {
  const name = prefix.slice(prefix.indexOf('.') + 1);
  return `CREATE TABLE IF NOT EXISTS ${prefix}families (
  id text PRIMARY KEY,
  session json NOT NULL,
  secret text NOT NULL,
  current text NOT NULL,
  previous text,
  rotated_at bigint,
  idle_expires_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  idle_day bigint NOT NULL GENERATED ALWAYS AS (idle_expires_at / 86400000) STORED
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS ${name}families_end ON ${prefix}families (idle_day);

CREATE TABLE IF NOT EXISTS ${prefix}access_tokens (
  hash text PRIMARY KEY,
  content text NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS ${name}access_tokens_end ON ${prefix}access_tokens (expires_at);

CREATE TABLE IF NOT EXISTS ${prefix}revocations (
  id text PRIMARY KEY,
  key text NOT NULL,
  family_id text,
  revoked_at bigint NOT NULL,
  kept_until bigint NOT NULL,
  added xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX IF NOT EXISTS ${name}revocations_added ON ${prefix}revocations (added);
CREATE INDEX IF NOT EXISTS ${name}revocations_end ON ${prefix}revocations (kept_until);
`;
};
