import Redis from 'ioredis';
import { redisStore, type IoRedisClient } from '../../../lib/stores/redis';
import { passTime } from '../../support/clock';
import { engineUrl } from '../../support/engines/urls';
import { expectError, expectOk } from '../../support/expect';
import { login, R, refresh, revoke } from '../../support/http';
import { serve } from '../../support/serve';

// Redis takes a revocation in two commands, as list and family live in two slots of a Cluster. Between them anything may break.
const client = new Redis(engineUrl('redis'), { lazyConnect: true });
beforeAll(() => client.connect());
afterAll(() => client.quit());

const HOURS = 2 * 3600;
const CUTS = [['the list', /^EVAL/, false], ['the list, after it was done', /^EVAL/, true], ['the family', /^DEL$/, false], ['the family, after it was done', /^DEL$/, true]] as const;

/** The client, all of whose commands of a kind fail while it is broken. */
function breakable(kind: RegExp, done: boolean): { readonly client: IoRedisClient; broken: boolean } {
  const state = {
    broken: false,
    client: {
      async call(command: string, args: string[]): Promise<unknown> {
        const fails = state.broken && kind.test(command) && !args.includes('1000');
        if (!fails) return client.call(command, args);
        if (done) await client.call(command, args);
        throw new Error('OOM command not allowed when used memory > \'maxmemory\'.');
      },
    },
  };
  return state;
}

describe.each(CUTS)('a revocation that broke off at %s', (_name, kind, done) => {
  it('RV-11 is completed by who asks again, and stays so', async () => {
    const state = breakable(kind, done);
    const server = await serve({ oauth: { store: redisStore(state.client) } });
    const { json } = await login(server);
    state.broken = true;
    expectError(await revoke(server, json['refresh_token']), 503, 'temporarily_unavailable');
    state.broken = false;
    expect((await revoke(server, json['refresh_token'])).status).toBe(200);
    expect((await R(server, json['access_token'])).status).toBe(401);
    expectError(await refresh(server, json['refresh_token']), 400, 'invalid_grant');
    passTime(HOURS);
    expectError(await refresh(server, json['refresh_token']), 400, 'invalid_grant');
  });

  it('RT-20 after a replay is completed by the next who shows a token of the family', async () => {
    const state = breakable(kind, done);
    const server = await serve({ oauth: { store: redisStore(state.client) } });
    const first = await login(server);
    const second = await refresh(server, first.json['refresh_token']);
    const third = await refresh(server, second.json['refresh_token']);
    expectOk(third);
    state.broken = true;
    expectError(await refresh(server, first.json['refresh_token']), 503, 'temporarily_unavailable');
    state.broken = false;
    expectError(await refresh(server, first.json['refresh_token']), 400, 'invalid_grant');
    passTime(HOURS);
    expectError(await refresh(server, third.json['refresh_token']), 400, 'invalid_grant');
  });
});
