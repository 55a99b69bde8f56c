import type { Client, User } from '../../../lib';
import { type ExpressMajor, type TestServer } from '../../support/app';
import { expectChallenge, expectE401, expectError, expectInactive, expectNoCredentials, expectOk, expectRevoked } from '../../support/expect';
import { sha256Hash } from '../../support/hash';
import { basic, bearer, post, send, type Answer, type FormBody } from '../../support/http';
import { claimsOf, headerOf } from '../../support/jwt';
import { MAJORS, serve } from '../../support/serve';

// What the test suite of the system that this package implements asks of its token endpoint and its siblings, and of its documents.

const UNDER = '/oxauth/restv1';
const ID = '@!1111!0008!FF81!2D39';
const SECRET = '6213e9b9-c46d-4008-8af1-03f918a8ade4';
const PUBLIC = '@!1111!0008!PUBLIC';
const OWNER = basic(ID, SECRET);
const MIKE: User = { id: 'mike', claims: { name: 'Mike', given_name: 'Mike', family_name: 'Example', email: 'mike@example.com', zoneinfo: 'Europe/London', locale: 'en-GB' } };
const GRANTS = ['client_credentials', 'password', 'refresh_token'];

function start(express: ExpressMajor, own: Partial<Client> = {}): Promise<TestServer> {
  const scopes = ['clientinfo', 'storage', 'openid', 'profile', 'address', 'email'];
  const clients: Client[] = [
    { id: ID, secretHash: sha256Hash(SECRET), grants: GRANTS, scopes, ...own },
    { id: PUBLIC, public: true, grants: GRANTS, scopes },
  ];
  return serve({
    express,
    mount: UNDER,
    oauth: {
      issuer: `https://seed.gluu.org${UNDER}`,
      findClient: (id) => clients.find((client) => client.id === id),
      verifyUser: (username, password) => (username === 'mike' && password === 'secret' ? MIKE : undefined),
      findUser: (id) => (id === MIKE.id ? MIKE : undefined),
    },
  });
}

type Headers = Readonly<Record<string, string>>;
const token = (server: TestServer, body: FormBody, headers: Headers = OWNER): Promise<Answer> => post(server, `${UNDER}/token`, body, headers);
const machine = (server: TestServer, headers: Headers = OWNER): Promise<Answer> => token(server, { grant_type: 'client_credentials', scope: 'clientinfo' }, headers);
const login = (server: TestServer, scope = 'openid profile email', headers: Headers = OWNER): Promise<Answer> =>
  token(server, { grant_type: 'password', username: 'mike', password: 'secret', scope }, headers);
const refresh = (server: TestServer, presented: unknown, headers: Headers = OWNER): Promise<Answer> =>
  token(server, { grant_type: 'refresh_token', refresh_token: String(presented) }, headers);
const userinfo = (server: TestServer, presented: unknown, method = 'GET'): Promise<Answer> =>
  send(server, `${UNDER}/userinfo`, { method, headers: bearer(presented) });
const revoke = (server: TestServer, fields: Headers, headers: Headers = OWNER): Promise<Answer> => post(server, `${UNDER}/revoke`, fields, headers);
const introspect = (server: TestServer, presented: unknown, headers: Headers = OWNER): Promise<Answer> =>
  post(server, `${UNDER}/introspect`, { token: String(presented) }, headers);

/** Its clients show people why: an error always has its words. */
function expectExplained(answer: Answer): void {
  expect(answer.json['error_description']).toMatch(/\w/);
}

describe.each(MAJORS)('the test suite of the seed’s system, on Express %i', (express: ExpressMajor) => {
  describe('client credentials', () => {
    it.each([
      ['by default', {}, OWNER, {}],
      ['by client_secret_basic', { authMethod: 'client_secret_basic' }, OWNER, {}],
      ['by client_secret_post', { authMethod: 'client_secret_post' }, {}, { client_id: ID, client_secret: SECRET }],
    ] as const)('gives a token and no refresh token, %s', async (_name, own, headers, fields) => {
      const server = await start(express, own);
      const answer = await token(server, { grant_type: 'client_credentials', scope: 'clientinfo', ...fields }, headers);
      expectOk(answer);
      expect(answer.json).toMatchObject({ token_type: 'bearer', scope: 'clientinfo' });
      expect(answer.json).not.toHaveProperty('refresh_token');
      expectChallenge(await userinfo(server, answer.json['access_token']), 403, 'insufficient_scope');
    });

    it('refuses a wrong secret in header or body, the method that the client has not, and a grant that it has not', async () => {
      const server = await start(express, { authMethod: 'client_secret_basic', grants: ['password'] });
      const fields = { grant_type: 'client_credentials', scope: 'clientinfo' };
      for (const answer of [await machine(server, basic(ID, 'INVALID_CLIENT_SECRET')), await token(server, { ...fields, client_id: ID, client_secret: SECRET }, {})]) {
        expectE401(answer);
        expectExplained(answer);
      }
      const answer = await machine(server);
      expectError(answer, 400, 'unauthorized_client');
      expectExplained(answer);
    });

    it('gives the lifetime that the client has of its own, and tells it', async () => {
      const server = await start(express, { accessTokenLifetime: 77 });
      for (const answer of [await machine(server), await login(server)]) {
        expect(answer.json['expires_in']).toBe(77);
        const { exp, iat } = claimsOf(answer.json['access_token']);
        expect(Number(exp) - Number(iat)).toBe(77);
      }
    });
  });

  describe('the password grant', () => {
    it('gives an access token, a refresh token, the scope, and an id_token for openid alone', async () => {
      const server = await start(express);
      const answer = await login(server);
      expectOk(answer);
      expect(answer.json).toMatchObject({ refresh_token: expect.any(String) as string, scope: 'openid profile email', id_token: expect.any(String) as string });
      expect(claimsOf(answer.json['id_token'])).toMatchObject({ iss: `https://seed.gluu.org${UNDER}`, aud: ID, sub: 'mike' });
      expect(await login(server, 'profile').then(({ json }) => json)).not.toHaveProperty('id_token');
    });

    it('asks for no scope', async () => {
      const answer = await token(await start(express), { grant_type: 'password', username: 'mike', password: 'secret' });
      expectOk(answer);
      expect(answer.json).not.toHaveProperty('scope');
    });

    it.each([['a bad password', { password: 'BAD_PASSWORD' }], ['an unknown user', { username: 'nobody' }]])('refuses %s with invalid_grant and says so', async (_name, fields) => {
      const answer = await token(await start(express), { grant_type: 'password', username: 'mike', password: 'secret', ...fields });
      expectError(answer, 400, 'invalid_grant');
      expectExplained(answer);
    });

    it('refuses a refresh token of nobody’s making, and a code, which nobody here makes', async () => {
      const server = await start(express);
      expectError(await refresh(server, 'tGzv3JOkF0XG5Qx2TlKWIA'), 400, 'invalid_grant');
      expectError(await token(server, { grant_type: 'authorization_code', code: '6f6f3f01-a034-4336-bf31-2e74868e5838', redirect_uri: 'https://client.example/cb' }), 400, 'unsupported_grant_type');
    });

    it('gives access tokens that say in a JWT for whom, by whom and until when', async () => {
      const { json } = await login(await start(express));
      expect(headerOf(json['access_token'])).toMatchObject({ typ: 'at+jwt', alg: 'ES256', kid: expect.any(String) as string });
      expect(claimsOf(json['access_token'])).toMatchObject({ iss: `https://seed.gluu.org${UNDER}`, sub: 'mike', client_id: ID, scope: 'openid profile email', aud: expect.any(String) as string, exp: expect.any(Number) as number, iat: expect.any(Number) as number });
    });
  });

  describe('userinfo', () => {
    it.each(['GET', 'POST'])('tells the claims of the user by %s, under the headers of a token answer', async (method) => {
      const server = await start(express);
      const { json } = await login(server);
      const answer = await userinfo(server, json['access_token'], method);
      expect(answer.status).toBe(200);
      expect(answer.json).toEqual({ ...MIKE.claims, sub: 'mike' });
      expect(answer.headers.get('cache-control')).toBe('no-store, private');
      expect(answer.headers.get('pragma')).toBe('no-cache');
    });

    it('refuses no token, an invalid one, one without openid, and explains the last two', async () => {
      const server = await start(express);
      expectNoCredentials(await send(server, `${UNDER}/userinfo`));
      const { json } = await login(server, 'profile');
      for (const [answer, status, code] of [[await userinfo(server, 'INVALID_ACCESS_TOKEN'), 401, 'invalid_token'], [await userinfo(server, json['access_token']), 403, 'insufficient_scope']] as const) {
        expectChallenge(answer, status, code);
        expectExplained(answer);
      }
    });
  });

  describe('revocation', () => {
    it('of a refresh token ends the session: refresh, access token and userinfo', async () => {
      const server = await start(express);
      const first = await login(server);
      const second = await refresh(server, first.json['refresh_token']);
      expectOk(second);
      expect((await userinfo(server, second.json['access_token'])).json).toMatchObject({ sub: 'mike', name: 'Mike' });
      expectRevoked(await revoke(server, { token: String(second.json['refresh_token']), token_type_hint: 'refresh_token' }));
      expectError(await refresh(server, second.json['refresh_token']), 400, 'invalid_grant');
      expectRevoked(await revoke(server, { token: String(second.json['access_token']), token_type_hint: 'access_token' }));
      const refused = await userinfo(server, second.json['access_token']);
      expectChallenge(refused, 401, 'invalid_token');
      expectExplained(refused);
    });

    it('of an access token ends the session too, the refresh token with it', async () => {
      const server = await start(express);
      const { json } = await login(server);
      expectRevoked(await revoke(server, { token: String(json['access_token']) }));
      expectChallenge(await userinfo(server, json['access_token']), 401, 'invalid_token');
      expectError(await refresh(server, json['refresh_token']), 400, 'invalid_grant');
    });

    it('is open to a public client, which names itself in a Basic header with an empty secret', async () => {
      const server = await start(express);
      const own = basic(PUBLIC, '');
      const { json } = await login(server, 'openid', own);
      expect((await userinfo(server, json['access_token'])).status).toBe(200);
      expectRevoked(await revoke(server, { token: String(json['access_token']), token_type_hint: 'access_token' }, own));
      expectChallenge(await userinfo(server, json['access_token']), 401, 'invalid_token');
    });

    it('wants a token and a client, takes an unknown token for gone, and lets no client end another’s session', async () => {
      const server = await start(express);
      const { json } = await login(server);
      expectError(await revoke(server, { token_type_hint: 'access_token' }), 400, 'invalid_request');
      expectE401(await revoke(server, { token: String(json['access_token']) }, basic(ID, 'wrong')));
      expectE401(await revoke(server, { token: String(json['access_token']) }, {}));
      expectRevoked(await revoke(server, { token: 'INVALID_TOKEN' }));
      expectError(await revoke(server, { token: String(json['access_token']) }, basic(PUBLIC, '')), 400, 'invalid_grant');
      expect((await userinfo(server, json['access_token'])).status).toBe(200);
    });
  });

  describe('introspection and documents', () => {
    it('tell a token of the client active, and what is no token inactive', async () => {
      const server = await start(express);
      const { json } = await machine(server);
      const answer = await introspect(server, json['access_token']);
      expect(answer.json).toMatchObject({ active: true, client_id: ID, scope: 'clientinfo', token_type: 'bearer', sub: ID, iss: `https://seed.gluu.org${UNDER}` });
      expectInactive(await introspect(server, 'invalid_token'));
      expectE401(await introspect(server, json['access_token'], {}));
      expectE401(await introspect(server, json['access_token'], bearer(json['access_token'])));
    });

    it('name every endpoint, and keys of which nothing is secret', async () => {
      const server = await start(express);
      const { json } = await send(server, `${UNDER}/.well-known/openid-configuration`);
      expect(json).toMatchObject({ issuer: `https://seed.gluu.org${UNDER}`, subject_types_supported: ['public'], grant_types_supported: GRANTS });
      for (const name of ['token_endpoint', 'revocation_endpoint', 'introspection_endpoint', 'userinfo_endpoint', 'jwks_uri']) {
        expect((await send(server, new URL(String(json[name])).pathname)).status).not.toBe(404);
      }
      const keys = (await send(server, `${UNDER}/jwks`)).json['keys'] as Record<string, unknown>[];
      expect(keys).toEqual([{ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid: expect.any(String) as string, x: expect.any(String) as string, y: expect.any(String) as string }]);
    });
  });
});
