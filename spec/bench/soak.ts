// Whether anything grows under full load, all three grants and checks at once:
//   npm run bench:soak [-- --minutes=10]
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startChild, type Child } from './child';
import type { DriverReport } from './driver';
import type { Usage } from './host';
import type { Load } from './row';
import { credentials, firstSight, ours, password, refresh } from './rows/ours';
import { median } from './median';

/** Small enough to be full before the first minute is over: what a store keeps by design is no leak. */
const ENTRIES = 20_000;
const CONNECTIONS = 8;
const TURN = 30_000;
const LOADS: Readonly<Record<string, (url: string) => Load | Promise<Load>>> = { credentials, password, refresh, check: firstSight('HS256') };

interface Look {
  readonly heap: number;
  readonly timers: number;
  readonly others: number;
}

async function startDriver(name: string, load: Load, port: number): Promise<Child> {
  const driver = startChild('driver.js');
  await driver.ask({ do: 'open', row: name, port, load, connections: CONNECTIONS });
  return driver;
}

async function look(server: Child): Promise<Usage> {
  // The last answers have left, and what they held may go.
  await sleep(200);
  return server.ask<Usage>({ collect: true });
}

async function turn(server: Child, drivers: readonly Child[]): Promise<Look> {
  const reports = await Promise.all(drivers.map((driver) => driver.ask<DriverReport>({ do: 'run', milliseconds: TURN })));
  const { heap, rss, resources } = await look(server);
  const perSecond = reports.reduce((sum, { requests, seconds }) => sum + requests / seconds, 0);
  const { Timeout: timers = 0, ...rest } = resources;
  const others = Object.values(rest).reduce((sum, count) => sum + count, 0);
  const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(1);
  console.log(`| ${String(Math.round(perSecond))} | ${megabytes(heap)} | ${megabytes(rss)} | ${String(timers)} | ${String(others)} |`);
  return { heap, timers, others };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`commit ${commit}, Node ${process.version}, ${String(cpus().length)} cores, ${cpus()[0]?.model.trim() ?? ''}\n`);
  const server = startChild('host.js', [JSON.stringify(ours('HS256', { maxEntries: ENTRIES }))], {}, ['--expose-gc']);
  const { url } = await server.ask<{ readonly url: string }>({});
  const drivers: Child[] = [];
  for (const [name, load] of Object.entries(LOADS)) drivers.push(await startDriver(name, await load(url), Number(new URL(url).port)));
  console.log('| requests a second | heap, MB | resident, MB | timers | other handles |\n|--:|--:|--:|--:|--:|');
  const looks: Look[] = [];
  for (let at = 0; at < (Number(values.minutes) * 60_000) / TURN; at += 1) looks.push(await turn(server, drivers));
  const third = Math.ceil(looks.length / 3);
  const change = (of: (look: Look) => number): string => `${median(looks.slice(third, 2 * third).map(of)).toFixed(0)} → ${median(looks.slice(-third).map(of)).toFixed(0)}`;
  console.log(`\nfrom the second third of the time to the last: heap ${change(({ heap }) => heap / 1024)} KB, timers ${change(({ timers }) => timers)}, other handles ${change(({ others }) => others)}`);
  for (const child of [...drivers, server]) child.stop();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
