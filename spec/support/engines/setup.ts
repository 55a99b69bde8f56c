import { enginesNeeded, type JestRun } from './needed';
import { startPostgres } from './postgres';
import { stopEngines } from './process';
import { ensureRedisServer, startRedis, startRedisCluster } from './redis';
import { variables, type EngineName } from './urls';

const starters: Record<EngineName, () => Promise<string>> = {
  postgres: startPostgres,
  redis: startRedis,
  redisCluster: startRedisCluster,
};

const startedHere = new Set<EngineName>();

/** Starts the engines that the environment does not name already, all at once, and leaves their URLs in it. */
export default async function setup(jestRun: JestRun): Promise<void> {
  if (!enginesNeeded(jestRun)) {
    console.log('\nengines: none started, this run has no spec that needs them');
    return;
  }
  const missing = (Object.keys(starters) as EngineName[]).filter((name) => !process.env[variables[name]]);
  if (missing.some((name) => name !== 'postgres')) ensureRedisServer();

  const began = Date.now();
  const outcomes = await Promise.allSettled(
    missing.map(async (name) => {
      process.env[variables[name]] = await starters[name]();
      startedHere.add(name);
    }),
  );
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
  if (failures.length > 0) {
    await teardown();
    throw new Error(failures.join('\n'));
  }
  console.log(`\nengines: ${missing.join(', ') || 'all given'} ready in ${Date.now() - began} ms`);
}

/** Stops what `setup` started. */
export async function teardown(): Promise<void> {
  for (const name of startedHere) delete process.env[variables[name]];
  startedHere.clear();
  await stopEngines();
}
