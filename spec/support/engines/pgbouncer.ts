import fs from 'node:fs';
import path from 'node:path';
import { ensureProgram } from './debian';
import { answers } from './postgres';
import { engineDirectory, freePorts, startEngine, unprivilegedOwner, untilReady } from './process';

/** Starts a PgBouncer in transaction mode before a PostgreSQL: each statement gets whichever of its three connections is free. */
export async function startPgBouncer(postgres: string): Promise<string> {
  ensureProgram({ command: 'pgbouncer', packageName: 'pgbouncer', cure: 'install PgBouncer (Debian: apt-get install pgbouncer, macOS: brew install pgbouncer).' });
  const owner = unprivilegedOwner();
  const directory = engineDirectory('pgbouncer', owner);
  const [port = 0] = await freePorts(1);
  const file = path.join(directory, 'pgbouncer.ini');
  const settings = [`listen_port = ${String(port)}`, 'listen_addr = 127.0.0.1', 'unix_socket_dir =', 'auth_type = any', 'pool_mode = transaction', 'default_pool_size = 3'];
  fs.writeFileSync(file, ['[databases]', `spec = ${behind(new URL(postgres))}`, '[pgbouncer]', ...settings, ''].join('\n'));
  const engine = startEngine({ command: 'pgbouncer', args: [file], directory, stopSignal: 'TERM', owner });
  const url = `postgres://spec@127.0.0.1:${String(port)}/spec`;
  await untilReady('PgBouncer', engine, () => answers(url));
  return url;
}

function behind({ hostname, port, username, password, pathname }: URL): string {
  const parts = { host: hostname, port: port || '5432', user: username, password, dbname: pathname.slice(1) || 'postgres' };
  return Object.entries(parts).flatMap(([name, value]) => (value === '' ? [] : [`${name}='${decodeURIComponent(value)}'`])).join(' ');
}
