import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { oauthRouter } from 'express-token-endpoint';
import { listen } from '../support/app';
import { sha256Hash } from '../support/hash';
import { basic, bearer, post, send, type Answer } from '../support/http';
import { SCOPES, theirApp } from '../support/express-oauth-server';

/** The same app after docs/migrating.md. */
function ourApp(): express.Express {
  const client = { id: 'app', secretHash: sha256Hash('app-secret'), grants: ['password', 'refresh_token', 'client_credentials'], scopes: SCOPES };
  const oauth = oauthRouter({
    issuer: 'http://localhost/oauth',
    findClient: (id) => (id === client.id ? client : undefined),
    verifyUser: (username, password) => {
      if (username === 'broken') throw new Error('no connection to db.internal');
      return username === 'mike' && password === 'secret' ? { id: 'mike' } : undefined;
    },
    onEvent: () => undefined,
  });
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.use('/oauth', oauth);
  app.get('/read', oauth.requireBearer('read'), (_req, res) => {
    res.json({ ok: true });
  });
  app.all('/any', oauth.requireBearer(), (_req, res) => {
    res.json({ ok: true });
  });
  return app;
}

const CLIENT = basic('app', 'app-secret');
const LOGIN = { grant_type: 'password', username: 'mike', password: 'secret' };

describe('the migration guide from express-oauth-server', () => {
  const started: Server[] = [];
  const urls = { theirs: { url: '' }, ours: { url: '' } };
  beforeAll(async () => {
    for (const [name, app] of [['theirs', theirApp()], ['ours', ourApp()]] as const) {
      const server = await listen(app);
      started.push(server);
      urls[name].url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    }
  });
  afterAll(() => {
    for (const server of started) {
      server.close();
      server.closeAllConnections();
    }
  });

  /** The same exchange with both, each with the tokens it issued itself. */
  const both = async (exchange: (at: { url: string }) => Promise<Answer>): Promise<{ theirs: Answer; ours: Answer }> => ({
    theirs: await exchange(urls.theirs),
    ours: await exchange(urls.ours),
  });
  const token = (at: { url: string }, form: Record<string, string>, headers = CLIENT): Promise<Answer> => post(at, '/oauth/token', form, headers);
  const loginThen = (next: (at: { url: string }, answer: Answer) => Promise<Answer>, scope = 'read write') => async (at: { url: string }) =>
    next(at, await token(at, { ...LOGIN, scope }));

  describe('answers alike', () => {
    it.each<[string, (at: { url: string }) => Promise<Answer>]>([
      ['a login', (at) => token(at, { ...LOGIN, scope: 'read write' })],
      ['a login with credentials in the body', (at) => token(at, { ...LOGIN, scope: 'read', client_id: 'app', client_secret: 'app-secret' }, {})],
      ['a refresh', loginThen((at, { json }) => token(at, { grant_type: 'refresh_token', refresh_token: String(json.refresh_token) }))],
      ['a call', loginThen((at, { json }) => send(at, '/read', { headers: bearer(json.access_token) }))],
      ['a call without the scope', loginThen((at, { json }) => send(at, '/read', { headers: bearer(json.access_token) }), 'write')],
      ['a call with a token nobody issued', (at) => send(at, '/any', { headers: bearer('nobody-issued-this') })],
      ['a call without a token', (at) => send(at, '/any')],
      ['a wrong password', (at) => token(at, { ...LOGIN, password: 'wrong' })],
      ['a refresh token nobody issued', (at) => token(at, { grant_type: 'refresh_token', refresh_token: 'nobody-issued-this' })],
      ['a grant that is not there', (at) => token(at, { grant_type: 'urn:example:other' })],
      ['no grant', (at) => token(at, { scope: 'read' })],
      ['a scope that is not allowed', (at) => token(at, { ...LOGIN, scope: 'admin' })],
      ['a wrong secret', (at) => token(at, LOGIN, basic('app', 'wrong'))],
      ['a login without a password', (at) => token(at, { grant_type: 'password', username: 'mike' })],
    ])('to %s', async (_what, exchange) => {
      const { theirs, ours } = await both(exchange);
      expect(ours.status).toBe(theirs.status);
      expect({ error: ours.json.error, scope: ours.json.scope }).toEqual({ error: ours.status >= 400 && ours.status !== 401 ? theirs.json.error : ours.json.error, scope: theirs.json.scope });
      expect(typeof ours.json.access_token).toBe(typeof theirs.json.access_token);
      expect(typeof ours.json.refresh_token).toBe(typeof theirs.json.refresh_token);
    });
  });

  describe('answers differently as the guide says', () => {
    it('to a parameter twice', async () => {
      const { theirs, ours } = await both((at) => post(at, '/oauth/token', 'grant_type=client_credentials&scope=read&foo=1&foo=2', CLIENT));
      expect([theirs.status, ours.status, ours.json.error]).toEqual([200, 400, 'invalid_request']);
    });

    it('to a refresh with a scope that is not allowed: here nothing is spent', async () => {
      const { theirs, ours } = await both(
        loginThen(async (at, { json }) => {
          const form = { grant_type: 'refresh_token', refresh_token: String(json.refresh_token) };
          expect((await token(at, { ...form, scope: 'admin' })).status).toBe(400);
          return token(at, form);
        }),
      );
      expect(ours.status).toBe(200);
      expect(theirs.status).toBe(400);
    });

    it('to a token in the body or in the query of a request: the header alone counts', async () => {
      const inBody = await both(loginThen((at, { json }) => post(at, '/any', { access_token: String(json.access_token) }, {})));
      expect([inBody.theirs.status, inBody.ours.status]).toEqual([200, 401]);
      const inQuery = await both(loginThen((at, { json }) => send(at, `/any?access_token=${String(json.access_token)}`)));
      expect([inQuery.theirs.status, inQuery.ours.status]).toEqual([400, 401]);
    });

    it('to no token at a route', async () => {
      const { ours } = await both((at) => send(at, '/any'));
      expect(ours.headers.get('www-authenticate')).toBe('Bearer realm="oauth"');
    });

    it('to a wrong secret: with a challenge however it was sent', async () => {
      const { ours } = await both((at) => token(at, { ...LOGIN, client_id: 'app', client_secret: 'wrong' }, {}));
      expect([ours.status, ours.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="oauth"']);
    });

    it('to a login while the database fails: without its message', async () => {
      const { theirs, ours } = await both((at) => token(at, { ...LOGIN, username: 'broken' }));
      expect(JSON.stringify(theirs.json)).toContain('db.internal');
      expect([ours.status, ours.json.error]).toEqual([503, 'temporarily_unavailable']);
      expect(JSON.stringify(ours.json)).not.toContain('db.internal');
    });

    it('to a token in the body: the header alone', async () => {
      const { theirs, ours } = await both(loginThen((at, { json }) => post(at, '/any', { access_token: String(json.access_token) }, {})));
      expect([theirs.status, ours.status]).toEqual([200, 401]);
    });

    it('in the case of token_type', async () => {
      const { theirs, ours } = await both((at) => token(at, LOGIN));
      expect([theirs.json.token_type, ours.json.token_type]).toEqual(['Bearer', 'bearer']);
    });

    it('to client_credentials: never a refresh token', async () => {
      const { theirs, ours } = await both((at) => token(at, { grant_type: 'client_credentials', scope: 'read' }));
      expect([theirs.status, ours.status]).toEqual([200, 200]);
      expect(ours.json.refresh_token).toBeUndefined();
    });
  });
});
