import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refresh } from '../../support/http';
import { durableCluster, durablePostgres, durableRedis } from '../../support/stores/durable-engines';
import { startLoad, type Load, type Session } from '../../support/stores/load';
import type { Shared } from '../../support/stores/open';
import { killWorkers, startWorker } from '../../support/stores/processes';

const FULL = process.env['STORES_FULL'] === '1';
const CRASHES = FULL ? 10 : 1;
/** Refreshes before each crash and after the last one. */
const ENOUGH = FULL ? 200 : 50;
const APPS: readonly Shared[] = FULL ? ['sqlite', 'postgres', 'redis', 'cluster by ioredis'] : ['sqlite', 'redis'];
const ENGINES = ([
  ['postgres', 'TEST_PG_URL', durablePostgres],
  ['redis', 'TEST_REDIS_URL', durableRedis],
  ['cluster by ioredis', 'TEST_REDIS_CLUSTER_URLS', durableCluster],
  ['redis by ioredis', 'TEST_REDIS_URL', durableRedis],
  ['cluster', 'TEST_REDIS_CLUSTER_URLS', durableCluster],
] as const).slice(0, FULL ? 5 : 3);

// An answer that was lost must be asked for again, however long the restart takes.
const env = { TEST_REUSE_WINDOW: '300' };

async function untilMore(load: Load): Promise<void> {
  const enough = load.refreshed() + ENOUGH;
  for (const deadline = Date.now() + 30_000; load.refreshed() < enough; await sleep(10)) {
    if (Date.now() > deadline) throw new Error('the app does not serve again');
  }
}

/** What was answered with 200 holds: a token works, a revocation is for good. */
async function check(app: Readonly<{ url: string }>, sessions: readonly Session[]): Promise<void> {
  const counts = { active: 0, revoked: 0, unknown: 0 };
  for (const { token, state } of sessions) {
    const { status, json } = await refresh(app, token);
    const found = status === 200 ? 'active' : 'revoked';
    expect(status === 200 || json['error'] === 'invalid_grant').toBe(true);
    if (state !== 'unknown') expect({ token, found }).toEqual({ token, found: state });
    counts[state]++;
  }
  expect(counts.active).toBeGreaterThan(0);
  expect(counts.revoked).toBeGreaterThan(0);
}

afterEach(killWorkers);

it.each(APPS)('kill -9 of the app on %s in the middle of refreshing', async (store) => {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-kill-'));
  const start = (): ReturnType<typeof startWorker> => startWorker(store, { ...env, TEST_SQLITE_FILE: join(folder, 'oauth.db') });
  let app = await start();
  const load = startLoad(() => app);
  for (let crash = 0; crash < CRASHES; crash++) {
    await untilMore(load);
    await app.kill();
    app = await start();
  }
  await untilMore(load);
  await check(app, await load.stop());
  rmSync(folder, { recursive: true, force: true });
}, 600_000);

it.each(ENGINES)('kill -9 of the engine behind %s in the middle of refreshing; the app goes on by itself', async (store, variable, startEngine) => {
  const engine = await startEngine();
  try {
    const app = await startWorker(store, { ...env, [variable]: engine.url });
    const load = startLoad(() => app);
    for (let crash = 0; crash < CRASHES; crash++) {
      await untilMore(load);
      await engine.kill();
      await sleep(300);
      await engine.restart();
    }
    await untilMore(load);
    await check(app, await load.stop());
  } finally {
    await killWorkers();
    await engine.stop();
  }
}, 600_000);
