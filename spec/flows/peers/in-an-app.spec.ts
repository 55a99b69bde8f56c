import { AsyncLocalStorage } from 'node:async_hooks';
import { createServer, request as requestOverTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Express, RequestHandler } from 'express';
import { hashSecret, oauthRouter, type OAuthRouter } from '../../../lib';
import { EXPRESS, ISSUER, SECRETS, U1, makeClients, type ExpressMajor, type StartOptions, type TestServer } from '../../support/app';
import { expectChallenge, expectE401, expectError, expectInactive, expectOk, expectRevoked } from '../../support/expect';
import { forThisTest } from '../../support/for-this-test';
import { appErrors } from '../../support/guarded';
import { basic, bearer, C1, introspect, login, post, R, refresh, revoke, send, T, type Answer } from '../../support/http';
import { LOCALHOST_TLS } from '../../support/localhost-tls';
import { MAJORS, serve } from '../../support/serve';

const MACHINE = 'grant_type=client_credentials';
const FORM = 'application/x-www-form-urlencoded';

/** Both grants, a refresh, a route, userinfo, introspection and a revocation, all in their usual places. */
async function expectAllWorks(server: TestServer): Promise<void> {
  expectOk(await T(server, MACHINE));
  const first = await login(server, { scope: 'a openid' });
  expectOk(first);
  const second = await refresh(server, first.json['refresh_token']);
  expectOk(second);
  const { access_token: access, refresh_token: token } = second.json;
  expect((await R(server, access)).status).toBe(200);
  expect((await send(server, '/oauth/userinfo', { headers: bearer(access) })).json).toMatchObject({ sub: U1.id });
  expect((await introspect(server, access)).json).toMatchObject({ active: true, scope: 'a openid' });
  expectRevoked(await revoke(server, token));
  expectInactive(await introspect(server, access));
  expectChallenge(await R(server, access), 401, 'invalid_token');
  expectE401(await T(server, MACHINE, basic('C1', 'wrong')));
  expectError(await T(server, 'grant_type=unheard-of'), 400, 'unsupported_grant_type');
  expect((await send(server, '/oauth/jwks')).json['keys']).toHaveLength(1);
}

/** What a middleware that packs answers does: on the way out the body is another, and so is its length. */
const packed: RequestHandler = (_req, res, next) => {
  const end = res.end.bind(res) as (body: Buffer) => typeof res;
  res.end = ((body?: string | Buffer) => {
    if (body === undefined || body.length === 0) return end(Buffer.alloc(0));
    res.removeHeader('Content-Length');
    res.setHeader('Content-Encoding', 'gzip');
    return end(gzipSync(body));
  }) as typeof res.end;
  next();
};

/** What a session does: it looks at the request before and holds the answer back until it has saved. */
const heldBack: RequestHandler = (_req, res, next) => {
  const end = res.end.bind(res) as (body?: unknown) => typeof res;
  res.end = ((body?: unknown) => {
    res.setHeader('Set-Cookie', 'sid=1; HttpOnly');
    setTimeout(() => end(body), 5);
    return res;
  }) as typeof res.end;
  next();
};

const SURROUNDINGS: [string, (app: Express) => void][] = [
  ['strict and case-sensitive routing', (app) => app.enable('strict routing').enable('case sensitive routing')],
  ['no query parser', (app) => app.set('query parser', false)],
  ['an ETag, and JSON in its own style', (app) => app.set('etag', 'strong').set('json spaces', 2).set('json escape', true)],
  ['something that packs answers', (app) => app.use(packed)],
  ['something that holds answers back', (app) => app.use(heldBack)],
  ['an error handler of the app', (app) => app.use(appErrors)],
  ['routes for everything below the same path', (app) => app.use('/oauth', (_req, _res, next) => { next(); })],
];

describe.each(MAJORS)('the router in an app of Express %i', (express: ExpressMajor) => {
  it.each(SURROUNDINGS)('works with %s', async (_name, before) => {
    await expectAllWorks(await serve({ express, before, routes: (app) => app.use(appErrors) }));
  });

  it('keeps the headers that the app has set before, but for those that are its own', async () => {
    const headers = { 'Content-Security-Policy': 'sandbox', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'public' };
    const server = await serve({ express, before: (app) => app.use((_req, res, next) => { res.set(headers); next(); }) });
    for (const answer of [await T(server, MACHINE), await T(server, 'grant_type=x'), await send(server, '/resource')]) {
      expect(answer.headers.get('content-security-policy')).toBe('sandbox');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('cache-control')).toBe('no-store, private');
    }
  });

  it('finds its endpoints as Express finds routes, and nothing that only looks like one', async () => {
    const server = await serve({ express, routes: (app) => app.use((_req, res) => { res.status(404).json({ from: 'the app' }); }) });
    for (const path of ['/oauth/token', '/oauth/token/', '/oauth/TOKEN', '/OAUTH/token', '/oauth/token?grant_type=password']) expectOk(await post(server, path, MACHINE));
    for (const path of ['/oauth', '/oauth/', '/oauth/tokens', '/oauth/token;a=b', '/oauth/%74oken', '/oauth/token%2f', '/oauth/authorize', '/token']) {
      expect((await post(server, path, MACHINE)).json).toEqual({ from: 'the app' });
    }
  });

  it('tells metrics of the app which route a request took, as Express does', async () => {
    const routes: unknown[] = [];
    const server = await serve({ express, before: (app) => app.use((req, res, next) => {
      res.on('finish', () => routes.push(`${req.method} ${req.baseUrl}${(req.route as { path: string }).path}`));
      next();
    }) });
    expectOk(await T(server, MACHINE));
    expectOk(await post(server, '/oauth/token?', MACHINE));
    await send(server, '/oauth/token');
    await introspect(server, 'x');
    expect(routes).toEqual(['POST /oauth/token', 'POST /oauth/token', 'GET /oauth/token', 'POST /oauth/introspect']);
  });

  it('takes routes of the app behind its own, as any Express router does', async () => {
    const server = await serve({ express, routes: (_app, oauth) => {
      oauth.get('/extra', oauth.requireBearer('a'), (req, res) => { res.json({ for: req.auth?.subject }); });
      oauth.post('/token', (_req, res) => { res.json({ from: 'the app' }); });
    } });
    const { json } = await T(server, MACHINE);
    expect((await R(server, json['access_token'], '/oauth/extra')).json).toEqual({ for: 'C1' });
  });

  it('leaves req.user, res.locals and the rest of the request to the app, and shows them to verifyUser', async () => {
    const seen: unknown[] = [];
    const server = await serve({
      express,
      before: (app) => app.use((req, res, next) => { Object.assign(req, { user: { of: 'the app' }, session: {} }); res.locals['mine'] = 1; next(); }),
      oauth: { verifyUser: (_name, _password, { req }) => { seen.push('user' in req && req.user, req.originalUrl, req.baseUrl, req.ip); return U1; } },
      routes: (app, oauth) => app.get('/left', oauth.requireBearer('a'), (req, res) => { res.json({ user: 'user' in req && req.user, locals: res.locals, url: req.url }); }),
    });
    const { json } = await login(server);
    expect(seen).toEqual([{ of: 'the app' }, '/oauth/token', '/oauth', '127.0.0.1']);
    expect((await R(server, json['access_token'], '/left')).json).toEqual({ user: { of: 'the app' }, locals: { mine: 1 }, url: '/left' });
  });

  describe.each(['jwt', 'opaque'] as const)('with %s tokens', (format) => {
    it('runs callbacks, events and routes in the context of their request, many at a time', async () => {
      const context = new AsyncLocalStorage<string>();
      const clients = makeClients();
      clients.set('C2', { id: 'C2', secretHash: await hashSecret(SECRETS.C2, { algorithm: 'bcrypt', cost: 4 }), grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['a'] });
      const met: [where: string, wanted: string | undefined, found: string | undefined][] = [];
      const note = (where: string, wanted: string | undefined): void => { met.push([where, wanted, context.getStore()]); };
      const server = await serve({
        express,
        before: (app) => app.use((req, _res, next) => { context.run(req.get('x-request-id') ?? '', next); }),
        oauth: {
          accessToken: { format, claims: ({ clientId }) => { note(`claims of ${clientId}`, context.getStore() ?? 'none'); return {}; } },
          findClient: async (id) => { note('findClient', context.getStore() ?? 'none'); await Promise.resolve(); return clients.get(id); },
          verifyUser: (_name, _password, { req }) => { note('verifyUser', req.get('x-request-id')); return U1; },
          findUser: (id) => { note('findUser', context.getStore() ?? 'none'); return { id }; },
          onEvent: ({ type }) => { note(type, context.getStore() ?? 'none'); },
        },
        routes: (app, oauth) => app.get('/context', oauth.requireBearer('a'), (req, res) => { note('route', req.get('x-request-id')); res.end(); }),
      });
      await Promise.all(Array.from({ length: 20 }, async (_, at) => {
        const id = { 'x-request-id': `request-${String(at)}` };
        const client = at % 2 === 0 ? C1 : basic('C2', SECRETS.C2);
        const { json } = await login(server, { scope: 'a' }, { ...client, ...id });
        await refresh(server, json['refresh_token'], {}, { ...client, ...id });
        await send(server, '/context', { headers: { ...bearer(json['access_token']), ...id } });
        await T(server, MACHINE, { ...basic('C2', 'wrong'), ...id });
      }));
      expect(new Set(met.map(([where]) => where.split(' ')[0]))).toEqual(new Set(['claims', 'findClient', 'verifyUser', 'findUser', 'route', 'token_issued', 'token_refreshed', 'client_refused']));
      expect(met.filter(([, wanted, found]) => wanted !== found)).toEqual([]);
    });
  });
});

type Build = (app: Express, oauth: OAuthRouter, express: (typeof EXPRESS)[ExpressMajor]) => void;
const MOUNTS: [string, { readonly issuer: string; readonly at: readonly string[]; readonly build: Build }][] = [
  ['at the root', { issuer: 'https://auth.example', at: [''], build: (app, oauth) => { app.use(oauth); } }],
  ['at the root, the issuer with a slash', { issuer: 'https://auth.example/', at: [''], build: (app, oauth) => { app.use('/', oauth); } }],
  ['with slashes at both ends', { issuer: 'https://auth.example/oauth/', at: ['/oauth'], build: (app, oauth) => { app.use('/oauth/', oauth); } }],
  ['in routers of routers', {
    issuer: 'https://auth.example/api/v1/oauth', at: ['/api/v1/oauth'],
    build: (app, oauth, { Router }) => { app.use('/api', Router().use('/v1', Router().use('/oauth', oauth))); },
  }],
  ['in an app of the app', { issuer: 'https://auth.example/api/oauth', at: ['/api/oauth'], build: (app, oauth, express) => { app.use('/api', express().use('/oauth', oauth)); } }],
  ['behind a parameter', { issuer: 'https://auth.example/north/oauth', at: ['/north/oauth'], build: (app, oauth) => { app.use('/:region/oauth', oauth); } }],
  ['twice', { issuer: 'https://auth.example/oauth', at: ['/oauth', '/old'], build: (app, oauth) => { app.use('/oauth', oauth); app.use('/old', oauth); } }],
];

describe.each(MAJORS)('where the router stands in an app of Express %i', (express: ExpressMajor) => {
  it.each(MOUNTS)('works %s', async (_name, { issuer, at, build }) => {
    const server = await serve({ express, mount: '/unused', oauth: { issuer }, routes: (app, oauth) => { build(app, oauth, EXPRESS[express]); } });
    for (const path of at) {
      const { json } = await post(server, `${path}/token`, { grant_type: 'password', username: 'U1', password: 'pw1', scope: 'a openid' });
      expect((await send(server, `${path}/userinfo`, { headers: bearer(json['access_token']) })).json).toEqual({ sub: U1.id });
      expect((await R(server, json['access_token'])).status).toBe(200);
      expect((await post(server, `${path}/introspect`, { token: String(json['access_token']) })).json).toMatchObject({ active: true, iss: issuer });
      expectRevoked(await post(server, `${path}/revoke`, { token: String(json['refresh_token']) }));
      const { json: metadata } = await send(server, `${path}/.well-known/oauth-authorization-server`);
      expect(metadata).toMatchObject({ issuer, token_endpoint: `${issuer.replace(/\/$/, '')}/token` });
    }
  });

  it('keeps two issuers in one app apart: what one issued is nothing to the other', async () => {
    const clients = makeClients();
    const other = forThisTest(oauthRouter({ issuer: 'https://auth.example/other', findClient: (id) => clients.get(id), throttle: false, onEvent: () => undefined }));
    const server = await serve({ express, routes: (app) => { app.use('/other', other); app.get('/theirs', other.requireBearer('a'), (_req, res) => { res.json({}); }); } });
    const { json } = await login(server, { scope: 'a openid' });
    const at = (path: string, fields: Readonly<Record<string, string>>): Promise<Answer> => post(server, `/other${path}`, fields);
    expectError(await at('/token', { grant_type: 'refresh_token', refresh_token: String(json['refresh_token']) }), 400, 'unsupported_grant_type');
    for (const name of ['access_token', 'refresh_token', 'id_token']) {
      expectInactive(await at('/introspect', { token: String(json[name]) }));
      expectRevoked(await at('/revoke', { token: String(json[name]) }));
    }
    expectChallenge(await R(server, json['access_token'], '/theirs'), 401, 'invalid_token');
    expectChallenge(await send(server, '/other/userinfo', { headers: bearer(json['access_token']) }), 401, 'invalid_token');
    expect((await R(server, json['access_token'])).status).toBe(200);
    expectOk(await refresh(server, json['refresh_token']));
  });
});

/** The same app behind Node's own TLS: what its clients see of it, and the app of them. */
async function serveTls(options: StartOptions): Promise<{ readonly plain: TestServer; post(body: string): Promise<{ status: number | undefined; text: string }> }> {
  const plain = await serve(options);
  const server = createServer(LOCALHOST_TLS, plain.app);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  forThisTest({ close: () => new Promise<void>((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }) });
  const { port } = server.address() as AddressInfo;
  return {
    plain,
    post: (body) => new Promise((resolve, reject) => {
      const outgoing = requestOverTls({ port, host: '127.0.0.1', path: '/oauth/token', method: 'POST', ca: LOCALHOST_TLS.cert, headers: { 'content-type': FORM, ...C1 } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => { resolve({ status: answer.statusCode, text }); });
      });
      outgoing.on('error', reject).end(body);
    }),
  };
}

describe.each(MAJORS)('an app of Express %i that speaks TLS itself', (express: ExpressMajor) => {
  it('TE-14 gets tokens where requireTls is set, and nobody gets any past it', async () => {
    const { plain, post: postOverTls } = await serveTls({ express, oauth: { issuer: ISSUER, requireTls: true } });
    const answer = await postOverTls(MACHINE);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ token_type: 'bearer' });
    expectError(await T(plain, MACHINE), 400, 'invalid_request');
  });
});
