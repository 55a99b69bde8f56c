import type { ExpressMajor } from '../../support/app';
import { expectChallenge, expectNoCredentials } from '../../support/expect';
import { authOf, expectPassed, G, serveGuarded } from '../../support/guarded';
import { bearer, login, send, T } from '../../support/http';
import { MAJORS } from '../../support/serve';

// What the suites of express-jwt, passport-http-bearer, express-oauth2-jwt-bearer and oauth2-server ask of the handler before a route.

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe.each(MAJORS)('the suites of bearer middleware, on Express %i', (express: ExpressMajor) => {
  it('a token of either grant opens a route, and tells who acts and how far', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(['a', 'b']));
    const user = await login(server, { scope: 'a b' });
    const machine = await T(server, 'grant_type=client_credentials&scope=a+b');
    expect(authOf(await G(server, bearer(user.json['access_token'])))).toMatchObject({ subject: 'user-1', userId: 'user-1', clientId: 'C1', scopes: ['a', 'b'] });
    expect(authOf(await G(server, bearer(machine.json['access_token'])))).toMatchObject({ subject: 'C1', clientId: 'C1', scopes: ['a', 'b'] });
  });

  it.each([
    ['nothing', {}], ['another scheme', { authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' }], ['a scheme with a longer name', { authorization: 'Bearer2 mF_9.B5f-4.1JqM' }],
    ['a scheme that ends in the name', { authorization: 'XBearer mF_9.B5f-4.1JqM' }], ['a bare word', { authorization: 'wrong' }],
  ])('%s is no credentials: a challenge without an error', async (_name, headers) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    expectNoCredentials(await G(server, headers));
    expect(server.ran()).toBe(0);
  });

  it.each(['Bearer', 'Bearer ', 'Bearer two words', 'Bearer wrongjwt', 'Bearer a.b.c', 'bearer eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.yJ1c2VybmFtZSI6InNhZ3VpYXIifQ.foo'])('%j is a bad token, optional or not', async (authorization) => {
    for (const optional of [false, true]) {
      const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a', { optional }));
      expectChallenge(await G(server, { authorization }), 401, 'invalid_token');
      expect(server.ran()).toBe(0);
    }
  });

  it('another scheme passes where a token is optional, and leaves req.auth empty', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a', { optional: true }));
    for (const headers of [{}, { authorization: 'Basic foobar' }]) {
      const answer = await G(server, headers);
      expectPassed(answer);
      expect(answer.json).toEqual({ auth: null });
    }
  });

  it('the header alone counts, beside a query, a form or JSON that holds an access_token of the app’s own', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { before: (app, { json, urlencoded }) => app.use(json(), urlencoded({ extended: false })) });
    const { json } = await login(server);
    const token = String(json['access_token']);
    const bodies: RequestInit[] = [
      { method: 'POST', body: `access_token=${token}`, headers: FORM },
      { method: 'POST', body: JSON.stringify({ access_token: token }), headers: { 'content-type': 'application/json' } },
    ];
    expectNoCredentials(await send(server, `/guarded?access_token=${token}`));
    for (const init of bodies) {
      expectNoCredentials(await send(server, '/guarded', init));
      expectPassed(await send(server, '/guarded', { ...init, headers: { ...init.headers as Record<string, string>, ...bearer(token) } }));
    }
    expectPassed(await G(server, bearer(token), {}, '/guarded?access_token=something-else'));
  });

  it('too little scope is told with all that is needed, for all of several and for one of them', async () => {
    for (const any of [false, true]) {
      const server = await serveGuarded(express, (oauth) => oauth.requireBearer(['b', 'c'], { any }));
      const { json } = await login(server, { scope: 'a' });
      const answer = await G(server, bearer(json['access_token']));
      expectChallenge(answer, 403, 'insufficient_scope');
      expect(answer.headers.get('www-authenticate')).toContain('scope="b c"');
    }
  });

  it('works where something before it has taken originalUrl away', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { before: (app) => app.use((req, _res, next) => { Reflect.deleteProperty(req, 'originalUrl'); next(); }) });
    const { json } = await login(server);
    expectPassed(await G(server, bearer(json['access_token'])));
    expectNoCredentials(await G(server));
    expectChallenge(await G(server, bearer('x')), 401, 'invalid_token');
  });

  it('its refusals are its own: no error handler of the app sees them, and none of what the app does for a preflight is undone', async () => {
    let seen = 0;
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      before: (app) => app.options('/guarded', (_req, res) => { res.set('Access-Control-Allow-Headers', 'authorization').sendStatus(204); }),
      routes: (app) => app.use((error: Error, _req: unknown, _res: unknown, next: (error: Error) => void) => { seen += 1; next(error); }),
    });
    expectNoCredentials(await G(server));
    expectChallenge(await G(server, bearer('x')), 401, 'invalid_token');
    expect((await G(server, { 'access-control-request-headers': 'authorization' }, { method: 'OPTIONS' })).status).toBe(204);
    expect({ seen, ran: server.ran() }).toEqual({ seen: 0, ran: 0 });
  });
});
