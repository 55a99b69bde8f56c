// Sessions in a SQLite file:
//   npx tsx examples/stores/sqlite.ts ./sessions.db
import Database from 'libsql';
import { sqliteStore } from 'express-token-endpoint/sqlite';
import { instructions, serve } from './app';

const [, , file = './sessions.db'] = process.argv;
// A handle of its own. better-sqlite3 and node:sqlite's DatabaseSync are opened in the same way.
const database = new Database(file);

void serve(sqliteStore(database), async () => database.close()).then(() => {
  console.log(instructions());
});
