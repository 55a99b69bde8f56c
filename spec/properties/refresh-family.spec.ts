import fc from 'fast-check';
import { createClient } from 'redis';
import { memoryStore, type TokenStore } from '../../lib';
import { redisStore } from '../../lib/stores/redis';
import { startServer, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { engineUrl } from '../support/engines/urls';
import { login, post, R, refresh } from '../support/http';

const WINDOW = 10;
const IDLE = 1000;
const ABSOLUTE = 3000;

/** What a family must be, by D-07 and D-08: told without a line of the code under test. */
interface Model {
  tokens: string[];
  accessTokens: { token: string; expiresAt: number }[];
  /** Which of `tokens` is active. */
  active: number;
  rotatedAt: number;
  idleEnd: number;
  end: number;
  alive: boolean;
  now: number;
}

type Step = { readonly do: 'refresh' | 'revoke' | 'introspect'; readonly which: number } | { readonly do: 'pass'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('refresh' as const), which: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), which: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('introspect' as const), which: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 5, 9, 11, 400, 900, 1100) }) },
);

/** The token that is `back` generations before the newest. */
const chosen = (model: Model, back: number): number => Math.max(0, model.tokens.length - 1 - back);

const isIn = (model: Model): boolean => model.alive && model.now < model.idleEnd && model.now < model.end;
const mayRefresh = (model: Model, at: number): boolean =>
  isIn(model) && (at === model.active || (at === model.active - 1 && model.now - model.rotatedAt < WINDOW));

async function play(server: TestServer, steps: readonly Step[]): Promise<void> {
  const first = await login(server);
  const model: Model = { tokens: [String(first.json.refresh_token)], accessTokens: [], active: 0, rotatedAt: -Infinity, idleEnd: IDLE, end: ABSOLUTE, alive: true, now: 0 };
  const gain = (token: unknown): void => {
    model.accessTokens.push({ token: String(token), expiresAt: model.now + 3000 });
  };
  gain(first.json.access_token);

  for (const one of steps) {
    if (one.do === 'pass') {
      passTime(one.seconds);
      model.now += one.seconds;
      continue;
    }
    const at = chosen(model, one.which);
    const token = model.tokens[at] ?? '';
    if (one.do === 'introspect') {
      expect((await post(server, '/oauth/introspect', { token })).json.active).toBe(mayRefresh(model, at));
    } else if (one.do === 'revoke') {
      expect((await post(server, '/oauth/revoke', { token })).status).toBe(200);
      if (isIn(model)) model.alive = false;
    } else {
      const answer = await refresh(server, token);
      const allowed = mayRefresh(model, at);
      expect({ step: one, status: answer.status }).toEqual({ step: one, status: allowed ? 200 : 400 });
      if (allowed) {
        gain(answer.json.access_token);
        if (at === model.active) {
          model.tokens.push(String(answer.json.refresh_token));
          Object.assign(model, { active: at + 1, rotatedAt: model.now, idleEnd: Math.min(model.now + IDLE, model.end) });
        } else {
          expect(answer.json.refresh_token).toBe(model.tokens[model.active]);
        }
      } else if (isIn(model)) {
        // A replay: someone has a copy.
        model.alive = false;
      }
    }
    await checkAccess(server, model);
  }
}

/** Every access token of the family is as alive as the family was killed or not; its expiry alone does not depend on it. */
async function checkAccess(server: TestServer, model: Model): Promise<void> {
  const last = model.accessTokens.at(-1);
  if (last === undefined) return;
  expect((await R(server, last.token)).status).toBe(model.alive && model.now < last.expiresAt ? 200 : 401);
}

describe('a refresh family under any order of refresh, replay, revocation, expiry and clock jumps', () => {
  const run = async (store: TokenStore, numRuns: number): Promise<void> => {
    const server = await startServer({ oauth: { store, refreshToken: { idleLifetime: IDLE, absoluteLifetime: ABSOLUTE, reuseWindow: WINDOW }, accessToken: { lifetime: 3000 } } });
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), (steps) => play(server, steps)),
        { numRuns },
      );
    } finally {
      await server.close();
    }
  };

  it('behaves as the model on memory', () => run(memoryStore(), 150), 120_000);

  it('behaves as the model on Redis', async () => {
    const client = createClient({ url: engineUrl('redis') });
    await client.connect();
    try {
      await run(redisStore(client, { prefix: 'model' }), 40);
    } finally {
      await client.quit();
    }
  }, 120_000);
});
