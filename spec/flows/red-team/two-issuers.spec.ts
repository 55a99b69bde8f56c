import { memoryStore, oauthRouter, type Client, type OAuthRouter, type OAuthRouterOptions } from '../../../lib';
import { expectError, expectInactive, expectOk } from '../../support/expect';
import { post, R, type Answer } from '../../support/http';
import { sha256Hash } from '../../support/hash';
import { claimsOf, TEST_KEYS } from '../../support/jwt';
import { serve } from '../../support/serve';
import type { TestServer } from '../../support/app';

const AUDIENCE = 'https://api.example/';
const SECRET = 'secret-of-service';

/** Both have these two: ids are given anew by each issuer. */
const CLIENTS = new Map<string, Client>([
  ['web', { id: 'web', public: true, grants: ['password', 'refresh_token'], scopes: ['a'], defaultScopes: ['a'] }],
  ['service', { id: 'service', secretHash: sha256Hash(SECRET), grants: [], scopes: [], introspection: true, audiences: [AUDIENCE] }],
]);

/** Two issuers in one app, of one key, one store and one audience: all that can be shared is. Each has a user of the same id. */
async function serveTwo(format: 'jwt' | 'opaque'): Promise<TestServer> {
  const store = memoryStore();
  const issuer = (name: string): OAuthRouter => {
    const options: OAuthRouterOptions = {
      issuer: `https://auth.example/${name}`,
      keys: TEST_KEYS,
      store,
      throttle: false,
      accessToken: { format, audience: AUDIENCE },
      findClient: (id) => CLIENTS.get(id),
      verifyUser: (_username, password) => (password === `of-${name}` ? { id: 'user-1' } : undefined),
    };
    return oauthRouter(options);
  };
  return serve({
    routes: (app) => {
      for (const name of ['one', 'two']) {
        const oauth = issuer(name);
        app.use(`/${name}`, oauth);
        app.get(`/resource-of-${name}`, oauth.requireBearer('a'), (req, res) => { res.json({ auth: req.auth }); });
      }
    },
  });
}

const loginAt = (server: TestServer, name: string): Promise<Answer> =>
  post(server, `/${name}/token`, { grant_type: 'password', client_id: 'web', username: 'u', password: `of-${name}` }, {});
const refreshAt = (server: TestServer, name: string, token: unknown): Promise<Answer> =>
  post(server, `/${name}/token`, { grant_type: 'refresh_token', client_id: 'web', refresh_token: String(token) }, {});
const asService = { authorization: `Basic ${Buffer.from(`service:${SECRET}`).toString('base64')}` };

describe.each(['jwt', 'opaque'] as const)('two issuers that share a key, a store and an audience (%s)', (format) => {
  it('JA-12 JA-14 take no access token of each other', async () => {
    const server = await serveTwo(format);
    const { json } = await loginAt(server, 'one');
    const token = json['access_token'];
    expect((await R(server, token, '/resource-of-one')).status).toBe(200);
    expect((await R(server, token, '/resource-of-two')).status).toBe(401);
    expectInactive(await post(server, '/two/introspect', { token: String(token) }, asService));
    const told = await post(server, '/one/introspect', { token: String(token) }, asService);
    expect(told.json).toMatchObject({ active: true, iss: 'https://auth.example/one' });
  });

  it('RT-02 take no refresh token of each other, and end no session of each other with it', async () => {
    const server = await serveTwo(format);
    const first = await loginAt(server, 'one');
    expectError(await refreshAt(server, 'two', first.json['refresh_token']), 400, 'invalid_grant');
    const second = await refreshAt(server, 'one', first.json['refresh_token']);
    expectOk(second);
    if (format === 'jwt') expect(claimsOf(second.json['access_token'])['iss']).toBe('https://auth.example/one');
    const third = await refreshAt(server, 'one', second.json['refresh_token']);
    // Spent, and at its own issuer the end of the session: at the other it is nothing.
    expectError(await refreshAt(server, 'two', first.json['refresh_token']), 400, 'invalid_grant');
    await post(server, '/two/revoke', { token: String(third.json['refresh_token']), client_id: 'web' }, {});
    await post(server, '/two/revoke', { token: String(third.json['access_token']), client_id: 'web' }, {});
    expectOk(await refreshAt(server, 'one', third.json['refresh_token']));
  });
});
