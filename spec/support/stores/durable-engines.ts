import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';
import { Client } from 'pg';
import { startPostgres } from '../engines/postgres';
import { freePorts, stopEngines } from '../engines/process';

/** An engine with the settings that survive a crash, for one spec to crash. */
export interface DurableEngine {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Keeps its connections, and answers nothing until it is resumed. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export const durableRedis = async (): Promise<DurableEngine> => startRedis((await freePorts(1))[0] ?? 0, []);

/** Three masters. What is killed is the first of them; what is paused are all. */
export async function durableCluster(): Promise<DurableEngine> {
  const ports = await freePorts(6);
  const options = (bus = 0): string[] => ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '2000'];
  const nodes = await Promise.all([0, 1, 2].map((node) => startRedis(ports[node] ?? 0, options(ports[node + 3]))));
  const hosts = nodes.map(({ url }) => new URL(url).host);
  execFileSync('redis-cli', ['--cluster', 'create', ...hosts, '--cluster-yes'], { stdio: 'ignore' });
  // That they agree on the slots is not yet that they serve.
  for (const { url } of nodes) while (!serves(url)) await sleep(50);
  const [first] = nodes as [DurableEngine];
  return {
    url: nodes.map(({ url }) => url).join(','),
    kill: () => first.kill(),
    restart: () => first.restart(),
    async pause() { await Promise.all(nodes.map((node) => node.pause())); },
    async resume() { await Promise.all(nodes.map((node) => node.resume())); },
    async stop() { await Promise.all(nodes.map((node) => node.stop())); },
  };
}

const serves = (url: string): boolean => execFileSync('redis-cli', ['-u', url, 'CLUSTER', 'INFO'], { encoding: 'utf8' }).includes('cluster_state:ok');

async function startRedis(port: number, options: readonly string[]): Promise<DurableEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-redis-'));
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, ...durable, ...options];
  const url = `redis://127.0.0.1:${String(port)}`;
  const clean = async (): Promise<void> => { rmSync(folder, { recursive: true }); };
  return started(url, { file: 'redis-server', args }, () => redisAnswers(url), clean);
}

/** The one that the other specs use makes no promises; so its data is handed to a server with the settings PostgreSQL comes with. */
export async function durablePostgres(): Promise<DurableEngine> {
  const url = await startPostgres();
  const [folder, data] = await query(url, `SELECT setting FROM pg_config WHERE name = 'BINDIR' UNION ALL SELECT current_setting('data_directory')`);
  const { uid, gid } = statSync(String(data));
  const pid = Number(readFileSync(join(String(data), 'postmaster.pid'), 'utf8').split('\n')[0]);
  process.kill(pid, 'SIGINT');
  while (isRunning(pid)) await sleep(50);
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=on', 'synchronous_commit=on'];
  const args = ['-D', String(data), '-p', new URL(url).port, ...settings.flatMap((setting) => ['-c', setting])];
  const command = { file: join(String(folder), 'postgres'), args, owner: { uid, gid } };
  return started(url, command, async () => (await query(url, 'SHOW fsync'))[0] === 'on', stopEngines);
}

async function started(url: string, command: Command, answers: () => Promise<boolean>, clean: () => Promise<void>): Promise<DurableEngine> {
  let child: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const restart = async (): Promise<void> => {
    for (const deadline = Date.now() + 20_000; ; await sleep(100)) {
      if (!child || child.exitCode !== null || child.signalCode !== null) child = spawnQuietly(command);
      if (await answers().catch(() => false)) return;
      if (Date.now() > deadline) throw new Error(`${command.file} does not come back`);
    }
  };
  process.once('exit', () => child?.kill('SIGKILL'));
  await restart();
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of child?.pid === undefined ? [] : [child.pid, ...childrenOf(child.pid)]) process.kill(pid, name);
  };
  return {
    ...{ url, restart, kill: () => end('SIGKILL'), stop: () => end('SIGTERM').then(clean) },
    ...{ pause: async () => { signal('SIGSTOP'); }, resume: async () => { signal('SIGCONT'); } },
  };
}

/** PostgreSQL has a process for each connection. */
const childrenOf = (pid: number): number[] =>
  spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' }).stdout.trim().split(/\s+/).filter((text) => text !== '').map(Number);

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const spawnQuietly = ({ file, args, owner }: Command): ChildProcess => spawn(file, args, { ...owner, cwd: tmpdir(), stdio: 'ignore', env: { ...process.env, LC_ALL: 'C' } });

async function redisAnswers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 1000, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.config('GET', 'appendfsync')).toString() === 'appendfsync,always';
  } finally {
    client.disconnect();
  }
}

/** The first column of a query's rows. */
async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 1000, query_timeout: 1000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows.map(([first]) => first);
  } finally {
    // Where the server has gone away this may never be done.
    client.end().catch(() => undefined);
  }
}
