-- The tables of express-token-endpoint/postgres, as `ensureSchema()` creates them. PostgreSQL 13 or newer.
-- Take this file into your migrations if the app's own user may not create tables. It may be run again.

CREATE TABLE IF NOT EXISTS oauth_families (
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
CREATE INDEX IF NOT EXISTS oauth_families_end ON oauth_families (idle_day);

CREATE TABLE IF NOT EXISTS oauth_access_tokens (
  hash text PRIMARY KEY,
  content text NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS oauth_access_tokens_end ON oauth_access_tokens (expires_at);

CREATE TABLE IF NOT EXISTS oauth_revocations (
  id text PRIMARY KEY,
  key text NOT NULL,
  family_id text,
  revoked_at bigint NOT NULL,
  kept_until bigint NOT NULL,
  added xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX IF NOT EXISTS oauth_revocations_added ON oauth_revocations (added);
CREATE INDEX IF NOT EXISTS oauth_revocations_end ON oauth_revocations (kept_until);
