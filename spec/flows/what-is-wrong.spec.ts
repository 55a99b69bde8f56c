import type { OAuthRouterOptions } from '../../lib';
import type { TestServer } from '../support/app';
import { holdTime } from '../support/clock';
import { bearer, C2, introspect, login, post, revoke, send, T, type Answer } from '../support/http';
import { serve } from '../support/serve';
import { storeAround } from '../support/store';

type Ask = (server: TestServer) => Promise<Answer>;

const at = (path: string, method: string): Ask => (server) => send(server, `/oauth${path}`, { method });
const tokenFor = async (server: TestServer, scope: string): Promise<string> => String((await login(server, { scope })).json['access_token']);

/** What `docs/errors.md` explains: the words that a developer looks up. */
const REFUSALS: readonly (readonly [string, Ask, number, string, string])[] = [
  ['a token request without a grant type', (server) => T(server, {}), 400, 'invalid_request', 'The parameter grant_type is missing'],
  ['a grant that nobody knows', (server) => T(server, { grant_type: 'implicit' }), 400, 'unsupported_grant_type', 'This grant type is not supported'],
  ['a grant that the client may not use', (server) => {
    server.clients.set('C2', { ...server.clients.get('C2')!, grants: ['client_credentials'] });
    return login(server, {}, C2);
  }, 400, 'unauthorized_client', 'This client may not use this grant type'],
  ['revoking nothing', (server) => post(server, '/oauth/revoke', {}), 400, 'invalid_request', 'The parameter token is missing'],
  ['introspecting nothing', (server) => post(server, '/oauth/introspect', {}), 400, 'invalid_request', 'The parameter token is missing'],
  ['revoking what is another client\'s', async (server) => revoke(server, await tokenFor(server, 'a'), {}, C2), 400, 'invalid_grant', 'The token was not issued to this client'],
  ['reading /token', at('/token', 'GET'), 405, 'invalid_request', 'This endpoint takes POST'],
  ['reading /revoke', at('/revoke', 'GET'), 405, 'invalid_request', 'This endpoint takes POST'],
  ['reading /introspect', at('/introspect', 'GET'), 405, 'invalid_request', 'This endpoint takes POST'],
  ['deleting /userinfo', at('/userinfo', 'DELETE'), 405, 'invalid_request', 'This endpoint takes GET, HEAD, POST'],
];

it.each(REFUSALS)('%s is told in words', async (_name, ask, status, error, error_description) => {
  const answer = await ask(await serve());
  expect([answer.status, answer.json]).toEqual([status, { error, error_description }]);
  if (status === 405) expect(answer.headers.get('allow')).toBe(error_description.replace('This endpoint takes ', ''));
});

it('plain HTTP, where TLS alone will do, is told in words', async () => {
  const answer = await T(await serve({ oauth: { requireTls: true } }), { grant_type: 'client_credentials' });
  expect([answer.status, answer.json]).toEqual([400, { error: 'invalid_request', error_description: 'This endpoint is served over TLS only' }]);
});

it('a user who is gone is told to nobody, in the words of a bad token', async () => {
  let user: { id: string } | undefined = { id: 'user-1' };
  const server = await serve({ oauth: { findUser: () => user } });
  const token = await tokenFor(server, 'openid');
  user = undefined;
  const answer = await send(server, '/oauth/userinfo', { headers: bearer(token) });
  expect([answer.status, answer.json]).toEqual([401, { error: 'invalid_token', error_description: 'The access token is not valid' }]);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="oauth", error="invalid_token", error_description="The access token is not valid"');
});

const ODD = 'findUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)';

describe('the operator reads where it went wrong', () => {
  const broken = async (more: Partial<OAuthRouterOptions>, ask: Ask): Promise<unknown> => {
    const server = await serve({ oauth: more });
    await ask(server);
    return server.events.flatMap((event) => (event.type === 'fault' ? [[event.where, (event.cause as Error).message]] : []));
  };
  const down = (): never => { throw new Error('down'); };
  let works = true;
  const findUser = (id: string): { id: string } => (works ? { id } : down());
  const oddUser = (id: string): { id: string } => (works ? { id } : { id: 5 as never });
  beforeEach(() => { works = true; });

  it.each<[string, string, Partial<OAuthRouterOptions>, Ask]>([
    ['token endpoint', 'findClient failed', { findClient: down }, (server) => T(server, { grant_type: 'client_credentials' })],
    ['revocation endpoint', 'findClient failed', { findClient: down }, (server) => revoke(server, 'x')],
    ['introspection endpoint', 'findClient failed', { findClient: down }, (server) => introspect(server, 'x')],
    ['introspection endpoint', 'findUser failed', { findUser }, async (server) => {
      const token = await tokenFor(server, 'a');
      works = false;
      return introspect(server, token);
    }],
    ['userinfo endpoint', 'findUser failed', { findUser }, async (server) => {
      const token = await tokenFor(server, 'openid');
      works = false;
      return send(server, '/oauth/userinfo', { headers: bearer(token) });
    }],
    ['introspection endpoint', ODD, { findUser: oddUser }, async (server) => {
      const token = await tokenFor(server, 'a');
      works = false;
      return introspect(server, token);
    }],
    ['userinfo endpoint', ODD, { findUser: oddUser }, async (server) => {
      const token = await tokenFor(server, 'openid');
      works = false;
      return send(server, '/oauth/userinfo', { headers: bearer(token) });
    }],
  ])('at the %s: %s', async (where, message, options, ask) => {
    expect(await broken(options, ask)).toEqual([[where, message]]);
  });
});

describe('what introspection tells of a refresh token', () => {
  it.each([[100, 1000, 100], [1000, 100, 100]])('is when it ends unless it is used (idle %i s, at the latest after %i s)', async (idleLifetime, absoluteLifetime, seconds) => {
    holdTime(1_900_000_000_000);
    const server = await serve({ oauth: { refreshToken: { idleLifetime, absoluteLifetime } } });
    const { json } = await login(server, { scope: 'a' });
    expect((await introspect(server, json['refresh_token'])).json).toEqual({ active: true, scope: 'a', client_id: 'C1', exp: 1_900_000_000 + seconds, sub: 'user-1' });
  });
});

describe('revoking an access token that has just expired', () => {
  it('says nothing of whose it was', async () => {
    holdTime(1_900_000_000_000);
    const server = await serve();
    const token = await tokenFor(server, 'a');
    holdTime(1_900_003_600_000);
    expect((await revoke(server, token, {}, C2)).status).toBe(200);
  });
});

describe('a revocation is kept', () => {
  it('for as long as the access tokens of the session, by the lifetime that they have or had', async () => {
    holdTime(1_900_000_000_000);
    const kept: number[] = [];
    const server = await serve({ oauth: { store: storeAround((verb, call, args) => {
      if (verb === 'revoke') kept.push((args[0] as { until: number }).until - Date.now());
      return call();
    }) } });
    const again = async (accessTokenLifetime: number): Promise<string> => {
      server.clients.set('C1', { ...server.clients.get('C1')!, accessTokenLifetime });
      return tokenFor(server, 'a');
    };
    const longer = await again(7200);
    await again(60);
    await revoke(server, longer);
    const shorter = await again(60);
    await again(7200);
    await revoke(server, shorter);
    const [one = 0, two = 0] = kept.map((milliseconds) => milliseconds / 1000);
    for (const seconds of [one, two]) {
      expect(seconds).toBeGreaterThanOrEqual(7200);
      expect(seconds).toBeLessThan(8000);
    }
  });
});
