// npm run bench [-- --quick] [--only=<pattern>] [--rounds=<n>] [--milliseconds=<n>] [--json=<file>]
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/engines/postgres';
import { stopEngines } from '../support/engines/process';
import { ensureRedisServer, startRedis } from '../support/engines/redis';
import { measureBeside } from './beside';
import { countHashes } from './burst';
import { startChild, type Child } from './child';
import { toGoalTable } from './goals';
import { installPeers, peerVersions } from './peers';
import { measureRounds } from './rounds';
import type { Row } from './row';
import { rows } from './rows';
import { BARE, FORM } from './rows/floors';
import { bcryptServer } from './rows/ours';
import { toTable } from './table';

interface Wish {
  readonly quick: boolean;
  readonly only: RegExp;
  readonly rounds: number;
  readonly milliseconds: number;
  readonly json: string | undefined;
}

function readWish(): Wish {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: text, rounds: text, milliseconds: text, json: text } });
  const { quick, only = '', rounds = quick ? 1 : 5, milliseconds = 200, json } = values;
  return { quick, only: new RegExp(only, 'i'), rounds: Number(rounds), milliseconds: Number(milliseconds), json };
}

/** Starts the engines that these rows need, unless the environment names some already. */
async function startEngines(wanted: readonly Row[]): Promise<void> {
  const needs = (store: string): boolean => wanted.some(({ server }) => (server.config as { store?: string } | undefined)?.store === store);
  if (needs('postgres')) process.env['TEST_PG_URL'] ??= await startPostgres();
  if (needs('redis') && process.env['TEST_REDIS_URL'] === undefined) {
    ensureRedisServer();
    process.env['TEST_REDIS_URL'] = await startRedis();
  }
}

function tellWhere(): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`commit ${commit}, Node ${process.version}, ${String(cpus().length)} cores, ${cpus()[0]?.model.trim() ?? ''}\n`);
}

async function measure({ quick, only, rounds, milliseconds, json }: Wish, driver: Child): Promise<void> {
  const wanted = rows.filter(({ name, slow = false }) => only.test(name) && !(quick && slow));
  const isComplete = !wanted.some((row) => row.peer) || installPeers();
  const chosen = wanted.filter((row) => isComplete || !row.peer);
  await startEngines(chosen);
  const effort = quick ? { turns: 1, warmUp: { requests: 2000, turns: 1 } } : { turns: 3, warmUp: { requests: 8000, turns: 10 } };
  const results = await measureRounds({ floors: { bare: BARE, form: FORM }, rows: chosen, rounds, milliseconds, ...effort }, driver);
  if (json !== undefined) writeFileSync(json, JSON.stringify([...results].map(([{ name }, samples]) => ({ name, samples }))));
  console.log(`${toTable(results)}\n\n${toGoalTable(results)}\n`);
  if (isComplete) console.log(`peers: ${peerVersions()}\n`);
}

async function main(): Promise<void> {
  const wish = readWish();
  tellWhere();
  const driver = startChild('driver.js');
  try {
    await measure(wish, driver);
    console.log(await countHashes(bcryptServer()));
    if (!wish.quick) console.log(`\n${await measureBeside()}`);
  } finally {
    driver.stop();
    await stopEngines();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
