import type { Client, OAuthRouterOptions, User } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, SECRETS, U1, type ExpressMajor, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { expectE401, expectError, expectInactive, expectOk, expectRevoked, expectUncached } from '../support/expect';
import { basic, C1, C2, introspect, login, post, refresh, revoke, RS1, RS2, send, T, type Answer } from '../support/http';
import { forge, TEST_KEYS } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';
import { storeAround, type Verb } from '../support/store';

const FORMATS = ['jwt', 'opaque'] as const;
const KINDS: readonly (readonly [ExpressMajor, (typeof FORMATS)[number]])[] = MAJORS.flatMap((major) => FORMATS.map((format) => [major, format] as const));
const NOBODY = {};
const machine = { grant_type: 'client_credentials', scope: 'a' };

const tokenOf = (answer: Answer): string => {
  expectOk(answer);
  return String(answer.json['access_token']);
};

/** An answer about a token in force: exactly these members. */
function expectActive(answer: Answer, members: Readonly<Record<string, unknown>>): void {
  expect({ status: answer.status, ...answer.json }).toEqual({ status: 200, active: true, ...members });
  expectUncached(answer);
}

const aTime = expect.any(Number) as number;
const aText = expect.any(String) as string;

describe.each(KINDS)('POST /introspect on Express %i with %s access tokens', (express, format) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth: { accessToken: { format }, keys: TEST_KEYS, ...oauth } });
  const forA1 = (server: TestServer): Promise<Answer> => login(server, { scope: 'a b', resource: AUDIENCE_1 });

  it('IN-08 IN-09 describes a user\'s token, every member of its type', async () => {
    const server = await start();
    const token = tokenOf(await login(server, { scope: 'a b' }));
    const answer = await introspect(server, token);
    expectActive(answer, {
      scope: 'a b', client_id: 'C1', token_type: 'bearer', iss: ISSUER, sub: 'user-1', aud: ISSUER, iat: aTime, exp: aTime, jti: aText, auth_time: aTime,
    });
    const { iat, exp } = answer.json as { iat: number; exp: number };
    expect([iat, exp].every(Number.isInteger) && exp - iat === 3600).toBe(true);
  });

  it('IN-08 IN-09 describes the token of an app that acts for itself, with a sub', async () => {
    const server = await start();
    expectActive(await introspect(server, tokenOf(await T(server, machine))), {
      scope: 'a', client_id: 'C1', token_type: 'bearer', iss: ISSUER, sub: 'C1', aud: ISSUER, iat: aTime, exp: aTime, jti: aText,
    });
  });

  it('IN-09 leaves out the scope of a token that has none, and names several audiences in an array', async () => {
    const server = await start();
    server.clients.set('C1', { ...server.clients.get('C1')!, defaultScopes: [] });
    const token = tokenOf(await T(server, `grant_type=client_credentials&resource=${encodeURIComponent(AUDIENCE_1)}&resource=${encodeURIComponent(AUDIENCE_2)}`));
    const { json } = await introspect(server, token);
    expect(json).not.toHaveProperty('scope');
    expect(json['aud']).toEqual([AUDIENCE_1, AUDIENCE_2]);
  });

  it('IN-02 IN-10 lets a resource server see the tokens for it, any client those of its own, and nobody else anything', async () => {
    const server = await start();
    const token = tokenOf(await forA1(server));
    const about = { scope: 'a b', client_id: 'C1', token_type: 'bearer', iss: ISSUER, sub: 'user-1', aud: AUDIENCE_1, iat: aTime, exp: aTime, jti: aText, auth_time: aTime };
    expectActive(await introspect(server, token, RS1), about);
    expectActive(await introspect(server, token, C1), about);
    expectInactive(await introspect(server, token, RS2));
    expectInactive(await introspect(server, token, C2));

    const forBoth = tokenOf(await T(server, `grant_type=client_credentials&scope=a&resource=${encodeURIComponent(AUDIENCE_1)}&resource=${encodeURIComponent(AUDIENCE_2)}`));
    for (const asker of [RS1, RS2, C1]) expect((await introspect(server, forBoth, asker)).json['active']).toBe(true);
    expectInactive(await introspect(server, forBoth, C2));
  });

  it('IN-10 compares audiences exactly, and takes the flag and the audience together', async () => {
    const server = await start();
    const token = tokenOf(await forA1(server));
    const rs1 = server.clients.get('RS1')!;
    for (const audiences of [['https://files.example'], ['https://FILES.example/'], ['https://files.example//'], ['https://'], ['https://files.example/x'], [], undefined]) {
      server.clients.set('RS1', { ...rs1, audiences } as Client);
      expectInactive(await introspect(server, token, RS1));
    }
    server.clients.set('RS1', { ...rs1, introspection: false });
    expectInactive(await introspect(server, token, RS1));
    server.clients.set('RS1', { ...rs1, audiences: [AUDIENCE_2, AUDIENCE_1] });
    expect((await introspect(server, token, RS1)).json['active']).toBe(true);
  });

  it('IN-10 shows no token for the server itself to a resource server of something else', async () => {
    const server = await start();
    const token = tokenOf(await login(server, { scope: 'a' }));
    expectInactive(await introspect(server, token, RS1));
    expectInactive(await introspect(server, token, RS2));
  });

  it('IN-02 IN-03 IN-04 answers nobody who does not authenticate as a client with a secret', async () => {
    const server = await start();
    server.clients.set('off', { ...server.clients.get('RS1')!, id: 'off', disabled: true });
    server.clients.set('P3', { id: 'P3', public: true, grants: ['password'], scopes: ['a'], audiences: [AUDIENCE_1], introspection: true });
    const token = tokenOf(await forA1(server));
    const own = tokenOf(await login(server, { client_id: 'P1', scope: 'a' }, NOBODY));
    const strangers: [Readonly<Record<string, string>>, Readonly<Record<string, string>>][] = [
      [NOBODY, {}], [basic('RS1', 'wrong'), {}], [basic('RS1', ''), {}], [basic('nobody', SECRETS.RS1), {}], [basic('off', SECRETS.RS1), {}],
      [NOBODY, { client_id: 'RS1' }], [NOBODY, { client_id: 'RS1', client_secret: 'wrong' }], [NOBODY, { client_id: 'P1' }], [basic('P1', ''), {}],
      [NOBODY, { client_id: 'P3' }], [{ authorization: `Bearer ${token}` }, {}], [{ authorization: 'Bearer invalid' }, {}], [{ authorization: `Bearer ${own}` }, {}],
    ];
    for (const [headers, extra] of strangers) {
      for (const one of [token, own, 'unknown']) expectE401(await introspect(server, one, headers, extra));
    }
    // Neither does it say which parameter is missing.
    expectE401(await post(server, '/oauth/introspect', {}, NOBODY));
    expectE401(await post(server, '/oauth/introspect', { client_id: 'P1' }, NOBODY));
  });

  it.each([
    ['Basic', RS1, {}],
    ['the body', NOBODY, { client_id: 'RS1', client_secret: SECRETS.RS1 }],
    ['Basic with its client_id in the body', RS1, { client_id: 'RS1' }],
  ])('IN-02 takes the credentials of a resource server by %s', async (_name, headers, extra) => {
    const server = await start();
    const token = tokenOf(await forA1(server));
    expect((await introspect(server, token, headers, extra)).json['active']).toBe(true);
  });

  it('IN-06 IN-07 says exactly the same of every token that is not in force for the caller', async () => {
    const server = await start({ findUser: (id) => (id === U1.id && userThere ? U1 : undefined) });
    let userThere = true;
    server.clients.set('short', { ...server.clients.get('C1')!, id: 'short', accessTokenLifetime: 5 });
    const short = basic('short', SECRETS.C1);
    const expired = tokenOf(await T(server, machine, short));
    const session = await login(server, { scope: 'a openid' });
    const revoked = tokenOf(await login(server));
    expectRevoked(await revoke(server, revoked));
    const live = tokenOf(session);
    passTime(6);
    const [head = '', body = '', signature = ''] = live.split('.');
    const inactive = [
      revoked, 'x', '.', '..', 'a.b.c', ' ', '\0', '💥', 'null', 'A'.repeat(43), `at_${'A'.repeat(43)}`, `${'A'.repeat(32)}.${'A'.repeat(56)}`, 'A'.repeat(8000),
      `${live} `, ` ${live}`, `${live}=`, `${live}.x`, `${head}.${body}.`, `${head}.${body}`, `${body}.${head}.${signature}`, `Bearer ${live}`, String(session.json['id_token']),
      forge({ claims: { exp: 1 } }), forge({ claims: { iss: 'https://other.example' } }), forge({ claims: { aud: undefined } }), forge({ header: { typ: 'JWT' } }),
      forge({ header: { alg: 'none' }, sign: () => Buffer.alloc(0) }), forge({ claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } }), `${String(session.json['refresh_token'])}x`,
    ];
    for (const asker of [C1, RS1]) {
      for (const token of inactive) expectInactive(await introspect(server, token, asker));
    }
    expectInactive(await introspect(server, expired, short));
    expectInactive(await introspect(server, tokenOf(await login(server, {}, short)), C2));
    expect((await introspect(server, live)).json['active']).toBe(true);
    userThere = false;
    expectInactive(await introspect(server, live));
    expectInactive(await introspect(server, session.json['refresh_token']));
  });

  it('IN-06 takes a JWT that the server signed for genuine, whoever put it together', async () => {
    const server = await start();
    expect((await introspect(server, forge())).json['active']).toBe(true);
  });

  it.each(['application/jwt', 'application/token-introspection+jwt', 'text/html', 'application/json;q=0'])('IN-07 IN-17 answers plain JSON to Accept: %s', async (accept) => {
    const server = await start();
    const token = tokenOf(await login(server));
    const active = await introspect(server, token, { ...C1, accept });
    expect(active.json['active']).toBe(true);
    expect(active.headers.get('content-type')).toBe('application/json');
    expectInactive(await introspect(server, 'unknown', { ...C1, accept }));
    expectInactive(await introspect(server, token, { ...C2, accept }));
  });

  it.each(['access_token', 'refresh_token', 'foo', '__proto__', ''])('IN-11 finds either kind whatever the hint says: %j', async (token_type_hint) => {
    const server = await start();
    const { json } = await login(server);
    expect((await introspect(server, json['access_token'], C1, { token_type_hint })).json['active']).toBe(true);
    expect((await introspect(server, json['refresh_token'], C1, { token_type_hint })).json['active']).toBe(true);
    expectInactive(await introspect(server, 'unknown', C1, { token_type_hint }));
  });

  it('IN-12 shows a refresh token to its own client alone, and only while it can be used', async () => {
    const server = await start();
    const first = await forA1(server);
    const token = first.json['refresh_token'];
    expectActive(await introspect(server, token), { scope: 'a b', client_id: 'C1', exp: aTime, sub: 'user-1' });
    for (const asker of [RS1, RS2, C2]) expectInactive(await introspect(server, token, asker));

    const second = await refresh(server, token);
    expectOk(second);
    passTime(60);
    expectInactive(await introspect(server, token));
    expect((await introspect(server, second.json['refresh_token'])).json['active']).toBe(true);
    // To look is not to use: nothing was spent, nobody was logged out.
    expectOk(await refresh(server, second.json['refresh_token']));
    passTime(100 * 86_400);
    expectInactive(await introspect(server, second.json['refresh_token']));
  });

  it('IN-13 tells every resource server all that was granted', async () => {
    const server = await start();
    const token = tokenOf(await T(server, `grant_type=client_credentials&scope=a+b+c&resource=${encodeURIComponent(AUDIENCE_1)}&resource=${encodeURIComponent(AUDIENCE_2)}`));
    for (const asker of [RS1, RS2, C1]) expect((await introspect(server, token, asker)).json['scope']).toBe('a b c');
  });

  it('IN-15 says nothing of the user but the id, until the app puts it into the token', async () => {
    const server = await start();
    const answer = await introspect(server, tokenOf(await login(server, { scope: 'a openid' })));
    for (const personal of ['username', 'name', 'email', 'sid']) expect(answer.json).not.toHaveProperty(personal);
    expect(answer.text).not.toContain('User One');

    const telling = await start({ accessToken: { format, claims: ({ userId }) => (userId === undefined ? {} : { username: 'mike', tenant: 7 }) } });
    expect((await introspect(telling, tokenOf(await login(telling)))).json).toMatchObject({ active: true, username: 'mike', tenant: 7 });
  });

  it('IN-18 keeps every answer out of caches', async () => {
    const server = await start();
    const token = tokenOf(await login(server));
    for (const answer of [await introspect(server, token), await introspect(server, 'x'), await introspect(server, 'x', NOBODY), await post(server, '/oauth/introspect', {})]) {
      expect(answer.headers.get('cache-control')).toBe('no-store, private');
      expect(answer.headers.get('pragma')).toBe('no-cache');
      expect(answer.headers.get('etag')).toBeNull();
    }
  });

  it('IN-06 says 503 where it cannot know, never active', async () => {
    let broken: Verb | undefined;
    const store = storeAround((verb, call) => (verb === broken ? Promise.reject(new Error('store down')) : call()));
    const server = await start({ store });
    const { json } = await login(server);
    broken = 'revocations';
    for (const token of [json['access_token'], json['refresh_token']]) {
      passTime(3);
      expectError(await introspect(server, token), 503, 'temporarily_unavailable');
    }
    broken = 'findFamily';
    expectError(await introspect(server, json['refresh_token']), 503, 'temporarily_unavailable');
    broken = undefined;
    expect((await introspect(server, json['access_token'])).json['active']).toBe(true);
  });

  const troubles: [string, () => unknown, number, string][] = [
    ['fails', () => Promise.reject(new Error('users down')), 503, 'temporarily_unavailable'],
    ['answers nonsense', () => ({ id: 7 }), 500, 'server_error'],
  ];
  it.each(troubles)('IN-06 does not guess where findUser %s', async (_what, found, status, code) => {
    let trouble = false;
    const server = await start({ findUser: () => (trouble ? found() : U1) as User });
    const { json } = await login(server);
    trouble = true;
    for (const token of [json['access_token'], json['refresh_token']]) expectError(await introspect(server, token), status, code);
  });

  it('IN-06 asks for no user where there is none', async () => {
    const server = await start({ findUser: () => undefined });
    expect((await introspect(server, tokenOf(await T(server, machine)))).json['active']).toBe(true);
  });

  it('IN-06 takes a user that findUser answers for another for nobody', async () => {
    const server = await start({ findUser: () => ({ id: 'user-2' }) });
    const { json } = await login(server);
    for (const token of [json['access_token'], json['refresh_token']]) expectInactive(await introspect(server, token));
  });
});

describe.each(MAJORS)('the requests that /introspect takes, on Express %i', (express: ExpressMajor) => {
  it('IN-05 needs the parameter token', async () => {
    const server = await serve({ express });
    for (const body of ['', 'token=', 'Token=x', 'token_type_hint=access_token', 'access_token=x']) {
      expectError(await post(server, '/oauth/introspect', body), 400, 'invalid_request');
    }
  });

  it('IN-01 takes it once, in a form, by POST, and from nowhere else', async () => {
    const server = await serve({ express });
    const token = tokenOf(await login(server));
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await send(server, `/oauth/introspect?token=${token}`, { method, headers: C1 });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
      if (method !== 'HEAD') expectError(answer, 405, 'invalid_request');
    }
    expectError(await post(server, `/oauth/introspect?token=${token}`, ''), 400, 'invalid_request');
    expectError(await post(server, '/oauth/introspect', `token=${token}&token=${token}`), 400, 'invalid_request');
    expectError(await post(server, '/oauth/introspect', `token[]=${token}`), 400, 'invalid_request');
    expectError(await post(server, '/oauth/introspect', JSON.stringify({ token }), { ...C1, 'content-type': 'application/json' }), 400, 'invalid_request');
    expectError(await post(server, '/oauth/introspect', 'A'.repeat(40_000)), 413, 'invalid_request');
  });
});
