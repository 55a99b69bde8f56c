import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { login, R, refresh, revoke, type Answer } from '../../support/http';
import { SHARED } from '../../support/stores/open';
import { killWorkers, startWorker, type Worker } from '../../support/stores/processes';

// `npm run stores:full` plays 50 and 200 rounds; a plain run plays fewer.
const FULL = process.env['STORES_FULL'] === '1';
const DESCENTS = FULL ? 50 : 3;
const REVOCATIONS = FULL ? 200 : 10;
const PARALLEL = 200;
/** After this long every process has read what the others revoked. */
const LIST_AGE = 2500;

const tokenOf = ({ json }: Answer): string => String(json['refresh_token']);
const loggedIn = async (worker: Worker): Promise<string> => {
  const answer = await login(worker);
  expect(answer).toMatchObject({ status: 200 });
  return tokenOf(answer);
};

describe.each(SHARED)('two processes on %s', (store) => {
  const folder = mkdtempSync(join(tmpdir(), 'oauth-flows-'));
  let workers: readonly [Worker, Worker];

  beforeAll(async () => {
    const env = { TEST_SQLITE_FILE: join(folder, 'oauth.db') };
    workers = await Promise.all([startWorker(store, env), startWorker(store, env)]);
  });
  afterAll(async () => {
    await killWorkers();
    rmSync(folder, { recursive: true });
  });

  it(`${String(PARALLEL)} parallel refreshes of one token give one line, ${String(DESCENTS)} times`, async () => {
    let token = await loggedIn(workers[0]);
    for (let round = 0; round < DESCENTS; round++) {
      const answers = await Promise.all(Array.from({ length: PARALLEL }, (_, turn) => refresh(turn % 2 ? workers[1] : workers[0], token)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(tokenOf)).size).toBe(1);
      token = tokenOf(answers[0] as Answer);
    }
    expect((await refresh(workers[1], token)).status).toBe(200);
  }, 600_000);

  it(`parallel refreshes and a revocation leave nothing active, ${String(REVOCATIONS)} times`, async () => {
    const accessTokens: unknown[] = [];
    for (let round = 0; round < REVOCATIONS; round++) {
      const token = await loggedIn(workers[round % 2 ? 1 : 0]);
      const refreshes = Array.from({ length: 8 }, (_, turn) => refresh(turn % 2 ? workers[1] : workers[0], token));
      if (round % 3 > 0) await sleep(round % 5);
      const [revoked, ...answers] = await Promise.all([revoke(workers[round % 2 ? 0 : 1], token), ...refreshes]);
      expect(revoked.status).toBe(200);
      const granted = answers.filter(({ status }) => status === 200);
      for (const dead of new Set([token, ...granted.map(tokenOf)])) {
        const last = await Promise.all(workers.map((worker) => refresh(worker, dead)));
        expect(last.map(({ json }) => json['error'])).toEqual(['invalid_grant', 'invalid_grant']);
      }
      accessTokens.push(...granted.map(({ json }) => json['access_token']));
    }
    await sleep(LIST_AGE);
    for (const token of accessTokens) {
      expect((await Promise.all(workers.map((worker) => R(worker, token)))).map(({ status }) => status)).toEqual([401, 401]);
    }
  }, 600_000);
});
