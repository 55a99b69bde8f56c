import type { RequestHandler } from 'express';
import { getAuth, type RequireBearer } from '../../lib';
import { AUDIENCE_1, EXPRESS, ISSUER, listen, type ExpressMajor, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { challengeParams, expectChallenge, expectNoCredentials } from '../support/expect';
import { appErrors, authOf, expectPassed, G, serveGuarded } from '../support/guarded';
import { bearer, C1, login, post, R, send, T } from '../support/http';
import { forge } from '../support/jwt';
import { rawGet, sendRaw } from '../support/raw';
import { MAJORS, serve } from '../support/serve';

describe.each(MAJORS)('requireBearer on Express %i: reading', (express: ExpressMajor) => {
  it('BR-01 takes the token of the Authorization header and leaves what it stands for in req.auth', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    const { json } = await login(server, { scope: 'a b' });
    const answer = await G(server, bearer(json['access_token']));
    expectPassed(answer);
    expect(authOf(answer)).toMatchObject({ token: json['access_token'], clientId: 'C1', scopes: ['a', 'b'], subject: 'user-1', userId: 'user-1', resource: ISSUER });
    expect(authOf(answer)['expiresAt']).toBe((authOf(answer)['claims'] as Record<string, unknown>)['exp']);

    const own = await T(server, 'grant_type=client_credentials&scope=a');
    const ownAuth = authOf(await G(server, bearer(own.json['access_token'])));
    expect(ownAuth).toMatchObject({ clientId: 'C1', subject: 'C1', scopes: ['a'] });
    expect(ownAuth).not.toHaveProperty('userId');
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('BR-02 takes the scheme as %s', async (scheme) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    expectPassed(await G(server, { authorization: `${scheme} ${forge()}` }));
  });

  it('BR-03 takes any number of spaces after the scheme', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    for (const spaces of [1, 2, 7]) expectPassed(await G(server, { authorization: `Bearer${' '.repeat(spaces)}${forge()}` }));
  });

  it('BR-03 refuses what is not one b64token after the scheme, optional or not', async () => {
    const good = forge();
    const malformed = [
      'Bearer', 'Bearer \t', `Bearer\t${good}`, `Bearer \t${good}`, `Bearer ${good} b`, `Bearer ${good},b`, `Bearer ${good},`, `Bearer "${good}"`, `Bearer =${good}`,
      'Bearer =x', 'Bearer a=b', 'Bearer a b', 'Bearer a,b', 'Bearer "x"', `Bearer token=${good}`, `Bearer ${good};`, `Bearer Bearer ${good}`, `Bearer ${good}, Bearer ${good}`,
      `Bearer ${good}\u00A0`, `Bearer {"payload":"x"}`, `Bearer ${good}%00`, `Bearer <${good}>`,
    ];
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a', { optional: true }));
    for (const authorization of malformed) {
      expectChallenge(await sendRaw(server, Buffer.from(rawGet('/resource', `Authorization: ${authorization}`), 'latin1')), 401, 'invalid_token');
      expectChallenge(await sendRaw(server, Buffer.from(rawGet('/guarded', `Authorization: ${authorization}`), 'latin1')), 401, 'invalid_token');
    }
    expect(server.ran()).toBe(0);
  });

  it('BR-04 BR-06 BR-07 asks who shows nothing for a token, in one challenge with a realm and each parameter once', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { oauth: { realm: 'the files' } });
    const answer = await G(server);
    expectNoCredentials(answer);
    expect(challengeParams(answer)).toMatchObject({ realm: 'the files' });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="the files"/);
    expect(server.ran()).toBe(0);
  });

  it('BR-05 names no error to a request with nothing, nothing in the header, or another scheme', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    for (const authorization of ['', C1['authorization']!, 'Digest username="x"', 'DPoP abc', 'Bearerx abc', 'Basic', forge(), `Basic abc, Bearer ${forge()}`]) {
      expectNoCredentials(await G(server, { authorization }));
    }
    expectNoCredentials(await G(server));
    expect(server.ran()).toBe(0);
  });

  it('BR-06 BR-07 BR-08 names error, words and scope once each, in their characters, whatever was sent', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(["it's:a/b+c~{}[]!#$", 'b']), { oauth: { realm: 'a "quoted" \\ realm' } });
    for (const [status, code, token] of [[401, 'invalid_token', 'x'], [403, 'insufficient_scope', forge()]] as const) {
      const answer = await G(server, bearer(token));
      expectChallenge(answer, status, code);
      expect(challengeParams(answer)['realm']).toBe('a \\"quoted\\" \\\\ realm');
    }
  });

  it('BR-11 judges by the header alone: a token in query or body is not looked at, good or bad', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      before: (app, module) => app.use(module.urlencoded({ extended: true }), module.json()),
    });
    const good = forge();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const inBody = (token: string, path = '/guarded', headers = {}) => post(server, path, { access_token: token }, headers);

    expectNoCredentials(await G(server, {}, {}, `/guarded?access_token=${good}`));
    expectNoCredentials(await inBody(good));
    expectNoCredentials(await inBody(good, `/guarded?access_token=${good}`));
    expectNoCredentials(await send(server, '/guarded', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ access_token: good }) }));
    expect(server.ran()).toBe(0);
    for (const other of [good, 'bad']) {
      expectPassed(await G(server, bearer(good), {}, `/guarded?access_token=${other}`));
      expectPassed(await inBody(other, '/guarded', { ...form, ...bearer(good) }));
      expectChallenge(await G(server, bearer('bad'), {}, `/guarded?access_token=${other}`), 401, 'invalid_token');
      expectChallenge(await inBody(other, '/guarded', { ...form, ...bearer('bad') }), 401, 'invalid_token');
    }
    expect(server.ran()).toBe(4);
  });

  it('BR-11 BR-12 refuses two Authorization lines, equal or not, whichever is good, optional or not', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a', { optional: true }));
    const good = `Authorization: Bearer ${forge()}`;
    for (const [first, second] of [[good, good], [good, 'authorization: Bearer bad'], ['AUTHORIZATION: Bearer bad', good], [good, `Authorization: ${C1['authorization']!}`], ['Authorization: Basic eDp5', good], ['Authorization:', good]]) {
      expectChallenge(await sendRaw(server, rawGet('/resource', first!, second!)), 400, 'invalid_request');
      expectChallenge(await sendRaw(server, rawGet('/guarded', first!, 'X-Between: 1', second!)), 400, 'invalid_request');
    }
    expect(server.ran()).toBe(0);
  });

  it('BR-12 does not look at an access_token that stands twice in the body', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { before: (app, module) => app.use(module.urlencoded({ extended: true })) });
    expectNoCredentials(await post(server, '/guarded', `access_token=${forge()}&access_token=${forge()}`, {}));
    expect(server.ran()).toBe(0);
  });

  it('reads past another header that only looks like it', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    const token = forge();
    for (const name of ['Proxy-Authorization', 'X-Authorization', 'Authorization-', 'X-Forwarded-Authorization', 'Authentication', 'X-Access-Token', 'Cookie']) {
      expectNoCredentials(await sendRaw(server, rawGet('/guarded', `${name}: Bearer ${token}`)));
    }
    expect(server.ran()).toBe(0);
  });
});

describe.each(MAJORS)('requireBearer on Express %i: judging', (express: ExpressMajor) => {
  it('BR-09 refuses as invalid_token what is expired, revoked, malformed, or of another signer, issuer or audience', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    const expectBad = async (token: unknown): Promise<void> => expectChallenge(await G(server, bearer(token)), 401, 'invalid_token');
    const { json } = await login(server, { scope: 'a' });
    const revoked = await login(server, { scope: 'a' });
    expectPassed(await G(server, bearer(revoked.json['access_token'])));
    expect((await post(server, '/oauth/revoke', { token: String(revoked.json['access_token']) })).status).toBe(200);

    await expectBad(revoked.json['access_token']);
    await expectBad('malformed');
    await expectBad(`${String(json['access_token'])}x`);
    await expectBad(forge({ sign: () => Buffer.alloc(64, 1) }));
    await expectBad(forge({ claims: { iss: 'https://other.example/oauth' } }));
    await expectBad(forge({ claims: { aud: AUDIENCE_1 } }));
    expect(server.ran()).toBe(1);
    expectPassed(await G(server, bearer(json['access_token'])));
    passTime(3600);
    await expectBad(json['access_token']);
    expect(server.ran()).toBe(2);
  });

  it('BR-09 tells every bad token the same', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    const bad = ['x', 'a.b.c', `at_${'A'.repeat(43)}`, forge({ claims: { iss: 'https://other.example/' } }), forge({ claims: { exp: 1, iat: 0 } }), forge({ sign: () => Buffer.alloc(64) })];
    const answers = await Promise.all(bad.map((token) => G(server, bearer(token))));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(new Set(answers.map(({ headers }) => headers.get('www-authenticate'))).size).toBe(1);
  });

  it('BR-10 BR-15 refuses a token of too little scope as insufficient_scope and names what is needed', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(['a', 'b']));
    for (const scope of ['a', 'b', 'c', 'b c', undefined]) {
      const answer = await G(server, bearer(forge({ claims: { scope } })));
      expectChallenge(answer, 403, 'insufficient_scope');
      expect(challengeParams(answer)['scope']).toBe('a b');
    }
    expect(server.ran()).toBe(0);
    for (const scope of ['a b', 'b a c']) expectPassed(await G(server, bearer(forge({ claims: { scope } }))));
  });

  it('BR-15 judges the token before its scope', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('b'));
    for (const token of [forge({ claims: { exp: 2, iat: 1 } }), forge({ sign: () => Buffer.alloc(64) }), forge({ claims: { aud: AUDIENCE_1 } })]) {
      expectChallenge(await G(server, bearer(token)), 401, 'invalid_token');
    }
    expect(server.ran()).toBe(0);
  });

  it.each<[string, Parameters<RequireBearer>]>([['without arguments', []], ['with an empty list', [[]]], ['with an empty list and options', [[], {}]]])('BR-15 takes any valid token %s, and only a valid one', async (_how, args) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(...args));
    expectPassed(await G(server, bearer(forge({ claims: { scope: undefined } }))));
    expectPassed(await G(server, bearer(forge({ claims: { scope: 'z' } }))));
    expectNoCredentials(await G(server));
    expectChallenge(await G(server, bearer('x')), 401, 'invalid_token');
    expectChallenge(await G(server, bearer(forge({ sign: () => Buffer.alloc(64, 7) }))), 401, 'invalid_token');
    expect(server.ran()).toBe(2);
  });

  it('BR-17 compares scopes whole and with case', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('read'), {
      routes: (app, oauth) => app.get('/any', oauth.requireBearer(['read', 'write'], { any: true }), (_req, res) => { res.json({}); }),
    });
    for (const scope of ['read:all', 'rea', 'READ', 'reads', 'xread', 'read-only write:all', 'openid']) {
      for (const path of ['/guarded', '/any']) expectChallenge(await G(server, bearer(forge({ claims: { scope } })), {}, path), 403, 'insufficient_scope');
    }
    expect(server.ran()).toBe(0);
  });

  it('takes one of several scopes with any, and refuses a token that has none of them', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(['a', 'b'], { any: true }));
    for (const scope of ['a', 'b', 'z b', 'a b']) expectPassed(await G(server, bearer(forge({ claims: { scope } }))));
    for (const scope of ['z', undefined]) {
      const answer = await G(server, bearer(forge({ claims: { scope } })));
      expectChallenge(answer, 403, 'insufficient_scope');
      expect(challengeParams(answer)['scope']).toBe('a b');
    }
    expect(server.ran()).toBe(4);
  });

  it('refuses with user the token of an app acting for itself, whatever its scopes', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a', { user: true }), {
      routes: (app, oauth) => app.get('/anyone', oauth.requireBearer([], { user: true }), (_req, res) => { res.json({}); }),
    });
    const own = await T(server, 'grant_type=client_credentials&scope=a');
    const users = await login(server, { scope: 'a' });
    for (const path of ['/guarded', '/anyone']) {
      expectChallenge(await G(server, bearer(own.json['access_token']), {}, path), 403, 'insufficient_scope');
      expectPassed(await G(server, bearer(users.json['access_token']), {}, path));
    }
    expect(server.ran()).toBe(1);
  });

  it('lets with optional a request without credentials pass, without req.auth, and refuses a bad token all the same', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('b', { optional: true }));
    for (const headers of [{}, C1, { authorization: '' }]) {
      const answer = await G(server, headers);
      expectPassed(answer);
      expect(answer.json['auth']).toBeNull();
    }
    expectPassed(await G(server, bearer(forge({ claims: { scope: 'b' } }))));
    expect(server.ran()).toBe(4);
    expectChallenge(await G(server, bearer('x')), 401, 'invalid_token');
    expectChallenge(await G(server, bearer(forge({ claims: { exp: 2, iat: 1 } }))), 401, 'invalid_token');
    expectChallenge(await G(server, bearer(forge())), 403, 'insufficient_scope');
    expect(server.ran()).toBe(4);
  });

  it('BR-19 guards HEAD and OPTIONS like any other method', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expectNoCredentials(await G(server, {}, { method }));
      expectNoCredentials(await G(server, { 'access-control-request-method': 'GET', origin: 'https://page.example' }, { method }));
      expectChallenge(await G(server, bearer('x'), { method }), 401, 'invalid_token');
    }
    expect(server.ran()).toBe(0);
    expectPassed(await G(server, bearer(forge()), { method: 'HEAD' }));
    expect(server.ran()).toBe(1);
  });

  it('BR-19 leaves a preflight to a cors() of the app that stands before it, and lets a page read refusals', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      before: (app) => app.use((req, res, next) => {
        res.set({ 'access-control-allow-origin': '*', 'access-control-expose-headers': 'www-authenticate' });
        if (req.method === 'OPTIONS') res.set('access-control-allow-headers', 'authorization').status(204).end();
        else next();
      }),
    });
    expect((await G(server, { origin: 'https://page.example' }, { method: 'OPTIONS' })).status).toBe(204);
    const refused = await G(server, { origin: 'https://page.example' });
    expectNoCredentials(refused);
    expect(refused.headers.get('access-control-allow-origin')).toBe('*');
    expect(server.ran()).toBe(0);
  });

  it('BR-26 answers each refusal with JSON that nobody keeps, and without a word of the token', async () => {
    const canary = 'canary-3f9a';
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('b'));
    const answers = [await G(server), await G(server, bearer(canary)), await G(server, bearer(`${forge()}.${canary}`)), await G(server, bearer(forge({ claims: { jti: canary, sub: canary } })))];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 403]);
    for (const { headers, text } of answers) {
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(headers.get('cache-control')).toBe('no-store, private');
      expect(JSON.parse(text)).toEqual(expect.any(Object));
      expect(text + JSON.stringify([...headers])).not.toContain(canary);
    }
  });
});

describe.each(MAJORS)('requireBearer on Express %i: req.auth', (express: ExpressMajor) => {
  it('BR-21 lets nothing of the request pre-empt req.auth', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a', { optional: true }), {
      before: (app, module) => app.use(module.json(), module.urlencoded({ extended: true })),
    });
    const forged = { token: 'x', clientId: 'admin', subject: 'admin', scopes: ['admin'] };
    const body = `{"auth":${JSON.stringify(forged)},"__proto__":{"auth":${JSON.stringify(forged)}},"constructor":{"prototype":{"auth":${JSON.stringify(forged)}}}}`;
    const query = 'auth[subject]=admin&auth=admin&__proto__[auth][subject]=admin&constructor[prototype][auth]=admin';
    const headers = { auth: 'admin', 'x-auth': 'admin', __proto__: 'admin', 'content-type': 'application/json' };
    const withToken = await G(server, { ...headers, ...bearer(forge()) }, { method: 'POST', body }, `/guarded?${query}`);
    expectPassed(withToken);
    expect(authOf(withToken)).toMatchObject({ clientId: 'C1', subject: 'user-1', scopes: ['a'] });
    const without = await G(server, headers, { method: 'POST', body }, `/guarded?${query}`);
    expectPassed(without);
    expect(without.json['auth']).toBeNull();
    expectPassed(await post(server, `/guarded?${query}`, query, bearer(forge())));
  });

  it('BR-21 sets aside what stood in req.auth before, and does not pass where it cannot', async () => {
    const server = await serveGuarded(express, (oauth) => [(req, _res, next) => { req.auth = { token: 'x', clientId: 'admin', scopes: ['admin'] }; next(); }, oauth.requireBearer('a')], {
      routes: (app, oauth) => app.get('/locked', (req, _res, next) => {
        Object.defineProperty(req, 'auth', { value: { clientId: 'admin' } });
        next();
      }, oauth.requireBearer('a'), (req, res) => { res.json({ auth: req.auth }); }),
    });
    expect(authOf(await G(server, bearer(forge())))).toMatchObject({ clientId: 'C1', scopes: ['a'] });
    const locked = await G(server, bearer(forge()), {}, '/locked');
    expect({ status: locked.status, error: locked.json['error'] }).toEqual({ status: 500, error: 'server_error' });
  });

  it('BR-21 freezes req.auth all the way down, so that no handler can change what the next request with the token sees', async () => {
    const spoil: RequestHandler = (req, res) => {
      const { scopes, claims, extra } = getAuth(req);
      const roles = (extra?.['app'] as { roles: string[] }).roles;
      const attempts = [
        () => { Object.assign(getAuth(req), { subject: 'admin' }); },
        () => { Object.assign(getAuth(req), { added: 1 }); },
        () => { scopes.push('b'); },
        () => { (claims['aud'] as string[]).push(AUDIENCE_1); },
        () => { Object.assign(claims, { sub: 'admin' }); },
        () => { roles.push('admin'); },
        () => { Object.assign(extra!['app'] as object, { tenant: 'all' }); },
      ];
      res.json(attempts.map((attempt) => {
        try {
          attempt();
          return 'changed';
        } catch (error) {
          return (error as Error).name;
        }
      }));
    };
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { routes: (app, oauth) => app.get('/spoil', oauth.requireBearer('a'), spoil) });
    const token = forge({ claims: { aud: [ISSUER, 'https://other.example/'], app: { roles: ['reader'] } } });
    const before = await G(server, bearer(token));
    const spoilt = await G(server, bearer(token), {}, '/spoil');
    expect(spoilt.json).toEqual(Array.from({ length: 7 }, () => 'TypeError'));
    expect((await G(server, bearer(token))).json).toEqual(before.json);
    expect(authOf(before)).toMatchObject({ extra: { app: { roles: ['reader'] } }, scopes: ['a'] });
    expect(authOf(before)).not.toHaveProperty('resource');
  });

  it('tells what is the app\'s own in extra, apart from the claims of the server', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { oauth: { accessToken: { claims: () => ({ tenant: 't1', 'https://x.example/y': { z: 1 } }) } } });
    const { json } = await login(server, { scope: 'a' });
    expect(authOf(await G(server, bearer(json['access_token'])))['extra']).toEqual({ tenant: 't1', 'https://x.example/y': { z: 1 } });
    expect(authOf(await G(server, bearer(forge())))).not.toHaveProperty('extra');
  });

  it('getAuth throws where nobody has authenticated the request, whatever stands in req.auth', async () => {
    const ask: RequestHandler = (req, res) => {
      try {
        res.json({ subject: getAuth(req).subject });
      } catch (error) {
        res.json({ refused: (error as Error).message });
      }
    };
    const pretend: RequestHandler = (req, _res, next) => { req.auth = { token: 'x', clientId: 'admin', scopes: [] }; next(); };
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      routes: (app, oauth) => app.get('/bare', pretend, ask).get('/optional', oauth.requireBearer([], { optional: true }), ask).get('/asked', oauth.requireBearer('a'), ask),
    });
    expect((await G(server, bearer(forge()), {}, '/bare')).json['refused']).toMatch(/requireBearer/);
    expect((await G(server, {}, {}, '/optional')).json['refused']).toMatch(/requireBearer/);
    expect((await G(server, bearer(forge()), {}, '/optional')).json).toEqual({ subject: 'user-1' });
    expect((await G(server, bearer(forge()), {}, '/asked')).json).toEqual({ subject: 'user-1' });
  });
});

describe.each(MAJORS)('requireBearer on Express %i: in an app', (express: ExpressMajor) => {
  const routerWith = (guard: RequestHandler, inner: RequestHandler) => (app: TestServer['app']): void => {
    const router = EXPRESS[express].Router();
    router.get('/deep', inner, (req, res) => { res.json({ auth: req.auth ?? null, subject: getAuth(req).subject }); });
    app.use('/stacked', guard, router);
  };

  it('stands twice on the way, at a router and at a route, and needs both', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      routes: (app, oauth) => { routerWith(oauth.requireBearer('a'), oauth.requireBearer('b', { user: true }))(app); },
    });
    const get = (token: string) => G(server, bearer(token), {}, '/stacked/deep');
    expect((await get(forge({ claims: { scope: 'a b' } }))).json).toMatchObject({ subject: 'user-1', auth: { scopes: ['a', 'b'] } });
    for (const [claims, needed] of [[{ scope: 'a' }, 'b'], [{ scope: 'b' }, 'a'], [{ scope: 'a b', auth_time: undefined, sub: 'C1' }, 'b']] as const) {
      const answer = await get(forge({ claims }));
      expectChallenge(answer, 403, 'insufficient_scope');
      expect(challengeParams(answer)['scope']).toBe(needed);
    }
    expectNoCredentials(await G(server, {}, {}, '/stacked/deep'));
  });

  it.each([['outside', true, false], ['inside', false, true]])('is not weakened by an optional one %s of it', async (_where, outer, inner) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      routes: (app, oauth) => { routerWith(oauth.requireBearer('a', { optional: outer }), oauth.requireBearer('a', { optional: inner }))(app); },
    });
    expectNoCredentials(await G(server, {}, {}, '/stacked/deep'));
    expectChallenge(await G(server, bearer('x'), {}, '/stacked/deep'), 401, 'invalid_token');
    expect((await G(server, bearer(forge()), {}, '/stacked/deep')).json['subject']).toBe('user-1');
  });

  it('guards apps inside of apps, of either Express major, and getAuth finds req.auth there', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), {
      routes: (app, oauth) => {
        for (const major of MAJORS) {
          const inner = EXPRESS[major]();
          inner.get('/who', (req, res) => { res.json({ subject: getAuth(req).subject }); });
          inner.get('/more', oauth.requireBearer('b'), (req, res) => { res.json({ subject: getAuth(req).subject }); });
          app.use(`/inner${String(major)}`, oauth.requireBearer('a'), inner);
        }
      },
    });
    for (const major of MAJORS) {
      const at = (path: string, token?: string) => G(server, token === undefined ? {} : bearer(token), {}, `/inner${String(major)}${path}`);
      expectNoCredentials(await at('/who'));
      expectNoCredentials(await at('/nothing/there'));
      expectChallenge(await at('/more', forge()), 403, 'insufficient_scope');
      expect((await at('/who', forge())).json).toEqual({ subject: 'user-1' });
      expect((await at('/more', forge({ claims: { scope: 'a b' } }))).json).toEqual({ subject: 'user-1' });
    }
  });

  it('serves two apps of a process, one of each Express major, from one router', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    const other = EXPRESS[express === 4 ? 5 : 4]();
    other.get('/resource', server.oauth.requireBearer('a'), (req, res) => { res.json({ subject: req.auth?.subject }); });
    const listening = await listen(other);
    const elsewhere = { url: `http://127.0.0.1:${String((listening.address() as { port: number }).port)}` };
    try {
      const { json } = await login(server, { scope: 'a' });
      expect((await R(elsewhere, json['access_token'])).json).toEqual({ subject: 'user-1' });
      expectNoCredentials(await send(elsewhere, '/resource'));
      await server.oauth.revoke({ userId: 'user-1' });
      expectChallenge(await R(elsewhere, json['access_token']), 401, 'invalid_token');
    } finally {
      listening.close();
      listening.closeAllConnections();
    }
  });

  it('keeps routers of two issuers in one app apart', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    const other = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { oauth: { issuer: 'https://other.example/oauth', accessToken: { audience: ISSUER } } });
    const { json } = await login(other, { scope: 'a' });
    expectPassed(await G(other, bearer(json['access_token'])));
    expectChallenge(await G(server, bearer(json['access_token'])), 401, 'invalid_token');
    expect(server.ran()).toBe(0);
  });
});

describe.each(MAJORS)('requireBearer on Express %i: misuse', (express: ExpressMajor) => {
  const wrong: readonly [string, readonly unknown[]][] = [
    ['two scopes in one text', ['a b']], ['an undefined scope', [undefined]], ['an undefined scope before options', [undefined, { user: true }]], ['null', [null]],
    ['an empty text', ['']], ['a list with an empty text', [['']]], ['a list with undefined', [['a', undefined]]], ['a list with a hole', [new Array<string>(1)]], ['a space', [' ']],
    ['a leading space', [' a']], ['a list in a list', [[['a']]]], ['a number', [1]], ['true', [true]], ['false', [false]], ['a Set', [new Set(['a'])]], ['options in the place of scopes', [{ user: true }]],
    ['a String object', [new String('a')]], ['a function', [() => 'a']],
    ['a second scope in the place of options', ['a', 'b']], ['a list in the place of options', ['a', ['b']]], ['an empty list in the place of options', ['a', []]], ['null options', ['a', null]],
    ['an option nobody knows', ['a', { users: true }]], ['a known option in other case', ['a', { User: true }]], ['an option that is no boolean', ['a', { user: 'yes' }]], ['an option of 1', ['a', { user: 1 }]], ['a null option', ['a', { user: null }]],
    ['any without scopes', [[], { any: true }]], ['a third argument', ['a', {}, 'b']],
  ];
  it.each(wrong)('BR-16 throws at %s when the route is defined', async (_what, args) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    expect(() => (server.oauth.requireBearer as (...args: readonly unknown[]) => unknown)(...args)).toThrow(TypeError);
  });

  it.each(['"', 'a"b', '\\', 'a\\b', 'ä', 'a\nb', 'a\u0000', '\u007F', '日本', 'a\tb'])('BR-08 BR-16 throws at a scope %j that no challenge could name', async (scope) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'));
    expect(() => server.oauth.requireBearer(scope)).toThrow(/requireBearer/);
    expect(() => server.oauth.requireBearer(['a', scope])).toThrow(/requireBearer/);
  });

  it.each(['ä', 'a\nb', 'a\u0000b', '日本', ''])('BR-08 throws at a realm %j that no challenge could name', async (realm) => {
    await expect(serve({ oauth: { realm } })).rejects.toThrow(/realm/);
  });

  it.each(['https://exämple.com/files', 'https://files.example/日本', 'https://files.example/a b'])('BR-08 names no metadata of the audience %j, which no challenge could hold', async (audience) => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer('a'), { oauth: { accessToken: { audience } }, routes: (app, oauth) => app.use(oauth.requireBearer('a')) });
    for (const path of ['/guarded', '/', '/files', '/%E6%97%A5%E6%9C%AC', '/a%20b']) {
      const answer = await G(server, {}, {}, path);
      expectNoCredentials(answer);
      expect(challengeParams(answer)).not.toHaveProperty('resource_metadata');
    }
  });

  it('BR-16 keeps the scopes it was given when the list is changed later', async () => {
    const scopes = ['a', 'b'];
    const options = { user: true };
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer(scopes, options));
    scopes.length = 0;
    options.user = false;
    expectChallenge(await G(server, bearer(forge())), 403, 'insufficient_scope');
    expectChallenge(await G(server, bearer(forge({ claims: { scope: 'a b', auth_time: undefined } }))), 403, 'insufficient_scope');
    expect(server.ran()).toBe(0);
  });

  it('BR-16 BR-20 never runs the handler where requireBearer itself was put in place of what it returns', async () => {
    const server = await serveGuarded(express, (oauth) => oauth.requireBearer as unknown as RequestHandler, {
      routes: (app) => app.use(appErrors),
    });
    for (const headers of [{}, bearer(forge())]) {
      const answer = await G(server, headers);
      expect({ status: answer.status, name: answer.json['name'] }).toEqual({ status: 418, name: 'TypeError' });
    }
    expect(server.ran()).toBe(0);
  });
});

describe('the signature of a token', () => {
  it('BR-09 is looked at each time the token is new, and a token once good says nothing of its neighbours', async () => {
    const server = await serveGuarded(5, (oauth) => oauth.requireBearer('a'));
    const token = forge();
    expectPassed(await G(server, bearer(token)));
    const [header, payload, signature] = token.split('.') as [string, string, string];
    const other = forge({ claims: { sub: 'admin' } });
    for (const mixed of [`${header}.${other.split('.')[1]!}.${signature}`, `${header}.${payload}.${other.split('.')[2]!}`, `${header}.${payload}.`, `${header}.${payload}`, `.${payload}.${signature}`, token.slice(0, -1), `${token}=`]) {
      expectChallenge(await G(server, bearer(mixed)), 401, 'invalid_token');
    }
    expectPassed(await G(server, bearer(token)));
    expect(server.ran()).toBe(2);
  });
});
