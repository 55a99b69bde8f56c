import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import request from 'supertest';
import { memoryStore, oauthRouter, resourceServer, type OAuthEvent, type OAuthRouter, type OAuthRouterOptions, type ResourceServer } from '../../lib';
import { accessTokenFor } from '../../lib/testing/access-token';
import { forThisTest } from '../support/for-this-test';

const ISSUER = 'https://api.example/oauth';
const FILES = 'https://api.example/files';
const keyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { kid: 'one', alg: 'ES256', privateKey: keyPair.privateKey } as const;
const SUFFIX = '/.well-known/oauth-protected-resource';

function server(options: Partial<OAuthRouterOptions> = {}): OAuthRouter {
  return forThisTest(oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [key], accessToken: { audience: FILES }, onEvent: () => undefined, ...options }));
}

/** An app behind `requireBearer`, which answers what it knows of the request. */
function appOf({ requireBearer, wellKnown }: Pick<OAuthRouter | ResourceServer, 'requireBearer' | 'wellKnown'>): express.Express {
  const app = express();
  app.use(wellKnown);
  app.get('/files', requireBearer('read'), (req, res) => res.json({ userId: req.auth?.userId, scopes: req.auth?.scopes }));
  app.get('/files/all', requireBearer(['read', 'list']), (_req, res) => res.json({}));
  app.get('/elsewhere', requireBearer(), (_req, res) => res.json({}));
  return app;
}

const ask = (app: express.Express, token: string, path = '/files'): request.Test => request(app).get(path).auth(token, { type: 'bearer' });
const challenge = (answer: request.Response): string => String(answer.headers['www-authenticate']);

describe('oauthRouter', () => {
  it('PR-05 tells in the metadata of its own resources which scopes the routes ask for', async () => {
    const oauth = server({ accessToken: { audience: [FILES, 'files', 'https://other.example/'] } });
    const app = express().use(oauth.wellKnown);
    expect((await request(app).get(`${SUFFIX}/files`)).body).toEqual({ resource: FILES, authorization_servers: [ISSUER], bearer_methods_supported: ['header'] });
    appOf(oauth);
    expect((await request(app).get(`${SUFFIX}/files`)).body).toMatchObject({ scopes_supported: ['read', 'list'] });
    expect((await request(app).get('/.well-known/oauth-authorization-server/oauth')).body).toMatchObject({ issuer: ISSUER });
    await request(app).get(SUFFIX).expect(404);
  });

  it('BR-25 names that metadata in the challenges of its routes', async () => {
    const app = appOf(server({ realm: 'mine' }));
    expect(challenge(await request(app).get('/files'))).toBe(`Bearer realm="mine", resource_metadata="https://api.example${SUFFIX}/files"`);
    expect(challenge(await request(app).get('/elsewhere'))).toBe('Bearer realm="mine"');
  });

  it('lets tokens pass that it issued for itself, and no others', async () => {
    const oauth = server();
    const app = appOf(oauth);
    const own = await accessTokenFor(oauth, { userId: 'mike', scopes: ['read'] });
    await ask(app, own).expect(200, { userId: 'mike', scopes: ['read'] });
    const foreign = await accessTokenFor(oauth, { userId: 'mike', scopes: ['read'], audience: ['https://other.example/'] });
    await ask(app, foreign).expect(401);
    await ask(app, `${own}x`).expect(401);
  });

  it('has tokens made for tests by its own routers alone', async () => {
    await expect(accessTokenFor(express.Router() as OAuthRouter)).rejects.toThrow(new TypeError('this is no router that oauthRouter made'));
  });

  it('OW-07 revokes all that a user has, and rejects a target that names nobody', async () => {
    const oauth = server();
    const app = appOf(oauth);
    const token = await accessTokenFor(oauth, { userId: 'mike', scopes: ['read'] });
    const other = await accessTokenFor(oauth, { userId: 'anna', scopes: ['read'] });
    await oauth.revoke({ userId: 'mike' });
    await ask(app, token).expect(401);
    await ask(app, other).expect(200);
    await expect(oauth.revoke({})).rejects.toThrow(TypeError);
    await expect(oauth.revoke(undefined as never)).rejects.toThrow(TypeError);
  });

  it('signs with new keys from the next token on', async () => {
    const oauth = server();
    const app = appOf(oauth);
    const old = await accessTokenFor(oauth, { scopes: ['read'] });
    oauth.useKeys([{ alg: 'HS256', secret: 'x'.repeat(32) }]);
    await ask(app, await accessTokenFor(oauth, { scopes: ['read'] })).expect(200);
    await ask(app, old).expect(401);
  });

  it('describes itself with the grants that are on and the scopes of the routes', () => {
    const oauth = server();
    appOf(oauth);
    const { paths, components } = oauth.openapi();
    expect(Object.keys(paths)).toEqual(['/oauth/token', '/oauth/revoke', '/oauth/introspect']);
    const flow = { tokenUrl: `${ISSUER}/token`, scopes: { read: 'read', list: 'list' } };
    expect(components.securitySchemes).toEqual({ service: expect.objectContaining({ flows: { clientCredentials: flow } }) as unknown });
    expect(Object.keys(server({ verifyUser: () => undefined }).openapi().components.securitySchemes)).toEqual(['user', 'service']);
  });

  it('closes its store, where that can be closed', async () => {
    let closed = 0;
    const store = { ...memoryStore(), close: () => { closed += 1; return Promise.resolve(); } };
    await oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [key], store }).close();
    expect(closed).toBe(1);
    const { close, ...without } = memoryStore();
    void close?.();
    await expect(oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [key], store: without }).close()).resolves.toBeUndefined();
    const broken = { ...memoryStore(), close: () => Promise.reject(new Error('connection lost')) };
    await expect(oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [key], store: broken }).close()).rejects.toThrow('connection lost');
  });
});

describe('resourceServer', () => {
  const keys = [{ kid: 'one', alg: 'ES256', publicKey: keyPair.publicKey }] as const;

  it('PR-05 BR-25 serves the metadata of each audience that is a URL, and names it in its challenges', async () => {
    const app = appOf(forThisTest(resourceServer({ issuer: ISSUER, audience: [FILES, 'files', 'https://mail.example'], keys, realm: 'mine' })));
    expect((await request(app).get(`${SUFFIX}/files`)).body).toEqual({ resource: FILES, authorization_servers: [ISSUER], scopes_supported: ['read', 'list'], bearer_methods_supported: ['header'] });
    expect((await request(app).get(SUFFIX)).body).toMatchObject({ resource: 'https://mail.example' });
    expect(challenge(await request(app).get('/files/all'))).toBe(`Bearer realm="mine", resource_metadata="https://api.example${SUFFIX}/files"`);
    const other = appOf(forThisTest(resourceServer({ issuer: ISSUER, audience: 'files', keys })));
    await request(other).get(SUFFIX).expect(404);
  });

  it('lets tokens of the issuer pass that are for it, and tells of the others', async () => {
    const oauth = server();
    const events: OAuthEvent[] = [];
    const app = appOf(forThisTest(resourceServer({ issuer: ISSUER, audience: FILES, keys, onEvent: (event) => events.push(event) })));
    await ask(app, await accessTokenFor(oauth, { userId: 'mike', scopes: ['read'] })).expect(200, { userId: 'mike', scopes: ['read'] });
    expect(events).toEqual([]);
    await ask(app, await accessTokenFor(oauth, { scopes: ['read'], audience: ['https://other.example/'] })).expect(401);
    expect(events).toEqual([expect.objectContaining({ type: 'bearer_refused' })]);
  });

  it('breaks off what it asks of the issuer when it is closed, and asks nothing more', async () => {
    let asked = 0;
    const silent = createServer(() => { asked += 1; });
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    try {
      const issuer = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
      const events: OAuthEvent[] = [];
      const resources = resourceServer({ issuer, audience: FILES, timeout: 300, onEvent: (event) => events.push(event) });
      const app = appOf(resources);
      const token = await accessTokenFor(server({ issuer }), { scopes: ['read'] });
      const hanging = ask(app, token).then(({ status }) => status);
      await once(silent, 'request');
      await expect(resources.close()).resolves.toBeUndefined();
      expect(await hanging).toBe(503);
      const before = asked;
      await ask(app, token).expect(503);
      expect(asked).toBe(before);
      expect(events).toContainEqual(expect.objectContaining({ type: 'fault' }));
    } finally {
      silent.close();
      silent.closeAllConnections();
    }
  });
});
