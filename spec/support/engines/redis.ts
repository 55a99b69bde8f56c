import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ensureProgram } from './debian';
import { engineDirectory, freePorts, startEngine, untilReady, type Engine } from './process';

const run = promisify(execFile);

/** Starts one redis-server. */
export async function startRedis(): Promise<string> {
  const [port = 0] = await freePorts(1);
  await untilPong(startServer('redis', port, []), port);
  return `redis://127.0.0.1:${port}`;
}

/** Starts three masters that share the slots of one Redis Cluster. */
export async function startRedisCluster(): Promise<string> {
  const masters = 3;
  const ports = await freePorts(masters * 2);
  const nodes = Array.from({ length: masters }, (_, index) => {
    const [port = 0, bus = 0] = ports.slice(index * 2);
    return { port, bus, engine: startServer('redis-cluster', port, clusterOptions(bus)) };
  });
  await Promise.all(nodes.map(({ port, engine }) => untilPong(engine, port)));

  const slots = 16_384;
  const first = (index: number): number => Math.floor((index * slots) / masters);
  for (const [index, { port }] of nodes.entries()) {
    await redisCli(port, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
    await redisCli(port, 'CLUSTER', 'ADDSLOTSRANGE', String(first(index)), String(first(index + 1) - 1));
  }
  for (const [index, { port, bus }] of nodes.entries()) {
    if (index > 0) await redisCli(nodes[0]?.port ?? 0, 'CLUSTER', 'MEET', '127.0.0.1', String(port), String(bus));
  }
  await Promise.all(nodes.map(({ port, engine }) => untilReady('Redis Cluster', engine, () => knowsAllSlots(port, masters))));
  return nodes.map(({ port }) => `redis://127.0.0.1:${port}`).join(',');
}

const clusterOptions = (bus: number): string[] => [
  ...['--cluster-enabled', 'yes'],
  ...['--cluster-port', String(bus)],
  ...['--cluster-announce-ip', '127.0.0.1'],
  ...['--cluster-node-timeout', '5000'],
];

async function knowsAllSlots(port: number, masters: number): Promise<boolean> {
  const info = await redisCli(port, 'CLUSTER', 'INFO');
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${masters}`) && info.includes('cluster_slots_ok:16384');
}

function startServer(name: string, port: number, options: readonly string[]): Engine {
  const directory = engineDirectory(name);
  return startEngine({
    command: 'redis-server',
    args: ['--bind', '127.0.0.1', '--port', String(port), '--dir', directory, '--save', '', '--appendonly', 'no', ...options],
    directory,
    stopSignal: 'TERM',
  });
}

const untilPong = (engine: Engine, port: number): Promise<void> =>
  untilReady('Redis', engine, async () => (await redisCli(port, 'PING')).startsWith('PONG'));

async function redisCli(port: number, ...command: string[]): Promise<string> {
  const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(port), '-e', ...command], { timeout: 5_000 });
  return stdout;
}

export const ensureRedisServer = (): void => {
  ensureProgram({
    command: 'redis-server',
    packageName: 'redis-server',
    cure:
      'install Redis 7 (Debian: apt-get install redis-server, macOS: brew install redis), ' +
      'or set TEST_REDIS_URL and TEST_REDIS_CLUSTER_URLS to servers of your own.',
  });
};
