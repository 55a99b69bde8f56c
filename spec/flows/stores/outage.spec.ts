import type { TestServer } from '../../support/app';
import { passTime } from '../../support/clock';
import { expectError, expectOk } from '../../support/expect';
import { until } from '../../support/for-this-test';
import { login, R, refresh, type Answer } from '../../support/http';
import { serve } from '../../support/serve';
import { durableCluster, durablePostgres, durableRedis, type DurableEngine } from '../../support/stores/durable-engines';
import { openStore, type OpenStore, type Shared } from '../../support/stores/open';

const ENGINES: readonly (readonly [name: string, variable: string, start: () => Promise<DurableEngine>, stores: readonly Shared[]])[] = [
  ['PostgreSQL', 'TEST_PG_URL', durablePostgres, ['postgres']],
  ['Redis', 'TEST_REDIS_URL', durableRedis, ['redis', 'redis by ioredis']],
  ['Redis Cluster', 'TEST_REDIS_CLUSTER_URLS', durableCluster, ['cluster', 'cluster by ioredis']],
];

describe.each(ENGINES)('while %s is away', (_name, variable, startEngine, stores) => {
  const before = process.env[variable];
  let engine: DurableEngine;
  beforeAll(async () => {
    engine = await startEngine();
    process.env[variable] = engine.url;
  }, 60_000);
  afterAll(async () => {
    process.env[variable] = before;
    await engine.stop();
  });

  describe.each(stores)('through %s', (store) => {
    let open: OpenStore;
    beforeAll(async () => { open = await openStore(store); });
    afterAll(() => open.close());

    it.each([
      ['does not answer', () => engine.pause(), () => engine.resume()],
      ['has crashed', () => engine.kill(), () => engine.restart()],
    ])('ERR-06 it %s: 503 within the timeout, the cause in the event, and full service afterwards', async (_what, goAway, comeBack) => {
      const server = await serve({ oauth: { store: open.store, timeout: 2 } });
      const session = await login(server);
      expectOk(session);
      await goAway();
      try {
        const refused = await until(() => login(server), ({ status }) => status !== 200);
        expectError(refused, 503, 'temporarily_unavailable');
        expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
        expect(server.events.filter(({ type }) => type === 'fault').length).toBeGreaterThan(0);
        await expectNoGuess(server, session);
      } finally {
        await comeBack();
      }
      await until(() => login(server), ({ status }) => status === 200);
      // Every part of a Cluster serves again.
      for (let turn = 0; turn < 10; turn++) await until(() => login(server), ({ status }) => status === 200);
      const again = await until(() => refresh(server, session.json['refresh_token']), ({ status }) => status !== 503);
      expectOk(again);
      expect((await R(server, again.json['access_token'])).status).toBe(200);
    });
  });
});

/** What was revoked elsewhere cannot be known now: nothing is let through on an old list. */
async function expectNoGuess(server: TestServer, { json }: Answer): Promise<void> {
  passTime(3);
  const answer = await until(() => R(server, json['access_token']), ({ status }) => status !== 200);
  expectError(answer, 503, 'temporarily_unavailable');
}
