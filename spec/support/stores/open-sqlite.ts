// A process that opens the SQLite store on the file it is given, as several workers do at the same moment.
import Database from 'libsql';
import { sqliteStore } from '../../../lib/stores/sqlite';
import { sampleFamily } from '../../../lib/testing/store-contract/samples';

const store = sqliteStore(new Database(process.argv[2] ?? ''));
for (let number = 0; number < 50; number++) void store.createFamily(sampleFamily());
