import type { OAuthRouterOptions, User } from '../../lib';
import { AUDIENCE_1, U1, type ExpressMajor, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { challengeParams, expectChallenge, expectError, expectNoCredentials, expectRevoked, expectUncached } from '../support/expect';
import { bearer, login, post, revoke, send, T, type Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';

const METHODS = ['GET', 'POST'] as const;
type Method = (typeof METHODS)[number];
const OPENID = { scope: 'a openid' };

const KINDS: readonly (readonly [ExpressMajor, Method])[] = MAJORS.flatMap((major) => METHODS.map((method) => [major, method] as const));

describe.each(KINDS)('on Express %i, %s /userinfo', (express, method) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth: { findUser: (id) => (id === U1.id ? U1 : undefined), ...oauth } });
  const ask = (server: TestServer, token: unknown): Promise<Answer> => send(server, '/oauth/userinfo', { method, headers: bearer(token) });
  const tokenFor = async (server: TestServer, extra: Readonly<Record<string, string>> = OPENID): Promise<unknown> => (await login(server, extra)).json['access_token'];

  it.each(['jwt', 'opaque'] as const)('tells the claims of the user behind a token with openid (%s)', async (format) => {
    const server = await start({ accessToken: { format } });
    const answer = await ask(server, await tokenFor(server));
    expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { name: 'User One', email: 'one@example.com', sub: 'user-1' } });
    expectUncached(answer);
  });

  it('tells what the user is now', async () => {
    let user: User = U1;
    const server = await start({ findUser: () => user });
    const token = await tokenFor(server);
    user = { id: U1.id, claims: { name: 'Renamed', sub: 'evil', iss: 'evil', aud: 'evil', exp: 1 } };
    expect((await ask(server, token)).json).toEqual({ name: 'Renamed', sub: 'user-1' });
    user = { id: U1.id };
    expect((await ask(server, token)).json).toEqual({ sub: 'user-1' });
  });

  it('tells the id alone where the app gives no findUser', async () => {
    const server = await start({ findUser: undefined } as unknown as Partial<OAuthRouterOptions>);
    expect((await ask(server, await tokenFor(server))).json).toEqual({ sub: 'user-1' });
  });

  it('refuses the token of an app that acts for itself: 403 insufficient_scope', async () => {
    let asked = 0;
    const server = await start({ findUser: () => { asked += 1; return U1; } });
    const own = await T(server, { grant_type: 'client_credentials', scope: 'openid' });
    expectChallenge(await ask(server, own.json['access_token']), 403, 'insufficient_scope');
    // Not even where the app is named like the user.
    server.clients.set(U1.id, { ...server.clients.get('C1')!, id: U1.id });
    const alike = await post(server, '/oauth/token', { grant_type: 'client_credentials', scope: 'openid', client_id: U1.id, client_secret: 'secret-of-C1' }, {});
    expectChallenge(await ask(server, alike.json['access_token']), 403, 'insufficient_scope');
    expect(asked).toBe(0);
  });

  it('refuses a token without openid, and names it', async () => {
    const server = await start();
    const answer = await ask(server, await tokenFor(server, { scope: 'a' }));
    expectChallenge(answer, 403, 'insufficient_scope');
    expect(challengeParams(answer)['scope']).toBe('openid');
  });

  it('refuses a token for another resource, an expired and a revoked one, and none at all', async () => {
    const server = await start();
    expectChallenge(await ask(server, await tokenFor(server, { ...OPENID, resource: AUDIENCE_1 })), 401, 'invalid_token');
    const revoked = await tokenFor(server);
    expectRevoked(await revoke(server, revoked));
    expectChallenge(await ask(server, revoked), 401, 'invalid_token');
    const { json } = await login(server, OPENID);
    for (const other of [json['refresh_token'], json['id_token'], 'x']) expectChallenge(await ask(server, other), 401, 'invalid_token');
    passTime(3600);
    expectChallenge(await ask(server, json['access_token']), 401, 'invalid_token');
    expectNoCredentials(await send(server, '/oauth/userinfo', { method }));
  });

  it('takes a token from the header alone', async () => {
    const server = await start();
    const token = String(await tokenFor(server));
    expectNoCredentials(await send(server, `/oauth/userinfo?access_token=${token}`, { method }));
    if (method === 'POST') expectNoCredentials(await post(server, '/oauth/userinfo', { access_token: token }, {}));
  });

  it('refuses the token of a user who is gone, or is another', async () => {
    for (const found of [undefined, null, false, { id: 'user-2', claims: { name: 'Two' } }]) {
      const server = await start({ findUser: () => found as User });
      const answer = await ask(server, await tokenFor(server));
      expectChallenge(answer, 401, 'invalid_token');
      expect(answer.text).not.toContain('Two');
    }
  });

  const troubles: [string, () => unknown, number, string][] = [
    ['throws', () => { throw new Error('db password'); }, 503, 'temporarily_unavailable'],
    ['rejects', () => Promise.reject(new Error('db password')), 503, 'temporarily_unavailable'],
    ['never answers', () => new Promise(() => undefined), 503, 'temporarily_unavailable'],
    ['answers nonsense', () => ({ id: 7 }), 500, 'server_error'],
  ];
  it.each(troubles)('says nothing where findUser %s', async (_what, found, status, code) => {
    const server = await start({ findUser: found as () => User, timeout: 0.05 });
    const answer = await ask(server, await tokenFor(server));
    expectError(answer, status, code);
    expect(answer.text).not.toContain('db password');
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(server.events.map(({ type }) => type)).toContain('fault');
  });
});

describe.each(MAJORS)('on Express %i, /userinfo', (express: ExpressMajor) => {
  it('takes GET, HEAD and POST', async () => {
    const server = await serve({ express });
    const { json } = await login(server, OPENID);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await send(server, '/oauth/userinfo', { method, headers: bearer(json['access_token']) });
      expectError(answer, 405, 'invalid_request');
      expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    }
    const head = await send(server, '/oauth/userinfo', { method: 'HEAD', headers: bearer(json['access_token']) });
    expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' });
  });
});
