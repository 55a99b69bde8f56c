import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { TokenClient, type TokenClientError } from 'express-token-endpoint/client';
import { ISSUER, listen, SECRETS, startServer, type TestServer } from '../support/app';

/** What stands between client and server, to count and to disturb. */
interface Wire {
  readonly fetch: typeof fetch;
  readonly tokenRequests: string[];
  readonly headers: string[];
}

const urlOf = (input: string | URL | Request): string => (input instanceof Request ? input.url : input.toString());

function wire(): Wire {
  const tokenRequests: string[] = [];
  const headers: string[] = [];
  return {
    tokenRequests,
    headers,
    fetch: async (input, init) => {
      if (urlOf(input).endsWith('/token') && typeof init?.body === 'string') tokenRequests.push(init.body);
      headers.push(new Headers(init?.headers).get('authorization') ?? '');
      return fetch(input, init);
    },
  };
}

describe('TokenClient', () => {
  let server: TestServer;
  let resource: Server;
  let api: string;
  beforeEach(async () => {
    server = await startServer();
    const app = express();
    app.use(express.text());
    app.all('/echo', server.oauth.requireBearer('a'), (req, res) => {
      res.json({ subject: req.auth?.subject, body: req.body as unknown });
    });
    resource = await listen(app);
    api = `http://127.0.0.1:${String((resource.address() as AddressInfo).port)}/echo`;
  });
  afterEach(async () => {
    resource.close();
    resource.closeAllConnections();
    await server.close();
  });

  const client = (line: Wire, more: object = {}): TokenClient =>
    new TokenClient({
      tokenEndpoint: `${server.url}/oauth/token`,
      revocationEndpoint: `${server.url}/oauth/revoke`,
      clientId: 'C1',
      clientSecret: SECRETS.C1,
      fetch: line.fetch,
      ...more,
    });

  it('gets one token however many callers wait, and keeps it while it lasts', async () => {
    const line = wire();
    const service = client(line);
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.clientCredentials({ scope: 'a b' })));
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(await service.clientCredentials({ scope: 'a b' })).toMatchObject({ tokenType: 'bearer', expiresIn: 3600, scope: 'a b', status: 200 });
    expect(line.tokenRequests).toHaveLength(1);
    await service.clientCredentials({ scope: 'b' });
    expect(line.tokenRequests).toHaveLength(2);
  });

  it('asks again shortly before the token expires', async () => {
    const line = wire();
    server.clients.set('C1', { ...(server.clients.get('C1') ?? fail()), accessTokenLifetime: 1 });
    const service = client(line);
    await service.clientCredentials();
    await new Promise((done) => setTimeout(done, 950));
    await service.clientCredentials();
    expect(line.tokenRequests).toHaveLength(2);
  });

  it('carries a service token to an API', async () => {
    const response = await client(wire()).fetch(api, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' });
    expect(await response.json()).toEqual({ subject: 'C1', body: 'hello' });
  });

  it('logs a user in, carries the token, and sends the password once', async () => {
    const line = wire();
    const app = client(line);
    const login = await app.password({ username: 'U1', password: 'pw1', scope: 'a openid' });
    expect(login).toMatchObject({ tokenType: 'bearer', scope: 'a openid', status: 200 });
    expect(login.idToken).toMatch(/^ey/);
    expect(await (await app.fetch(api)).json()).toMatchObject({ subject: 'user-1' });
    const next = await app.refresh();
    expect(next.refreshToken).not.toBe(login.refreshToken);
    expect(line.tokenRequests.filter((body) => body.includes('pw1'))).toHaveLength(1);
  });

  it('refreshes once after a 401, for all who were refused together, and sends the request again', async () => {
    const line = wire();
    const app = client(line);
    const { accessToken } = await app.password({ username: 'U1', password: 'pw1' });
    // The access token alone is gone: as after a change of the signing keys.
    const refused = new Set([accessToken]);
    const flaky: typeof fetch = async (input, init) =>
      refused.has(String(new Headers(init?.headers).get('authorization')).slice(7)) && urlOf(input) === api
        ? new Response('{}', { status: 401 })
        : line.fetch(input, init);
    const picky = client(line, { fetch: flaky });
    const login = await picky.password({ username: 'U1', password: 'pw1' });
    refused.add(login.accessToken);
    const answers = await Promise.all(Array.from({ length: 5 }, () => picky.fetch(api)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(line.tokenRequests.filter((body) => body.startsWith('grant_type=refresh_token'))).toHaveLength(1);
  });

  it('gives the second 401 to the caller', async () => {
    const always = client(wire(), {
      fetch: async (input: string | URL, init?: RequestInit) => (String(input) === api ? new Response('no', { status: 401 }) : fetch(input, init)),
    });
    expect((await always.fetch(api)).status).toBe(401);
  });

  it('revokes the session and forgets it', async () => {
    const line = wire();
    const app = client(line);
    const { refreshToken, accessToken } = await app.password({ username: 'U1', password: 'pw1' });
    await app.revoke();
    await expect(app.refresh()).rejects.toMatchObject({ error: 'invalid_grant' });
    // Who has logged out does not go on as the client itself, until it is asked to.
    await expect(app.fetch(api)).rejects.toMatchObject({ error: 'invalid_grant' });
    await app.clientCredentials({ scope: 'a' });
    expect((await app.fetch(api)).status).toBe(200);
    await expect(app.refresh(refreshToken)).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
    expect((await fetch(api, { headers: { authorization: `Bearer ${accessToken}` } })).status).toBe(401);
  });

  it('forgets a token of its own that it revoked, and takes the next', async () => {
    const service = client(wire());
    const first = await service.clientCredentials({ scope: 'a' });
    await service.revoke();
    expect((await fetch(api, { headers: { authorization: `Bearer ${first.accessToken}` } })).status).toBe(401);
    const second = await service.clientCredentials({ scope: 'a' });
    expect(second.accessToken).not.toBe(first.accessToken);
    await service.revoke(second.accessToken);
    expect((await service.clientCredentials({ scope: 'a' })).accessToken).not.toBe(second.accessToken);
  });

  it('sends a Request as it is, the second time too', async () => {
    let rejected = '';
    const picky = client(wire(), {
      fetch: async (input: string | URL | Request, init?: RequestInit) => {
        if (urlOf(input) !== api) return fetch(input, init);
        const token = String(new Headers(init?.headers).get('authorization'));
        rejected ||= token;
        return token === rejected ? new Response('no', { status: 401 }) : fetch(input, init);
      },
    });
    const request = new Request(api, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'hello' });
    expect(await (await picky.fetch(request)).json()).toEqual({ subject: 'C1', body: 'hello' });
  });

  it('gives the 401 to the caller where there is no refresh token', async () => {
    server.clients.set('C1', { ...(server.clients.get('C1') ?? fail()), grants: ['password'] });
    const app = client(wire(), { fetch: async (input: string | URL, init?: RequestInit) => (String(input) === api ? new Response('no', { status: 401 }) : fetch(input, init)) });
    expect((await app.password({ username: 'U1', password: 'pw1' })).refreshToken).toBeUndefined();
    const answer = await app.fetch(api);
    expect([answer.status, await answer.text()]).toEqual([401, 'no']);
  });

  it('throws the server’s own words, and never a secret', async () => {
    const error = await client(wire(), { clientSecret: 'wrong-secret' })
      .clientCredentials()
      .catch((caught: unknown) => caught as TokenClientError);
    expect(error).toMatchObject({ name: 'OAuthError', error: 'invalid_client', code: 'invalid_client', status: 401, description: 'Client authentication failed' });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('wrong-secret');
  });

  it('says that a server that is not there did not answer', async () => {
    const lost = new TokenClient({ tokenEndpoint: 'http://127.0.0.1:9/token', clientId: 'C1', clientSecret: 'x' });
    await expect(lost.clientCredentials()).rejects.toMatchObject({ error: 'temporarily_unavailable' });
  });

  it('authenticates in the body, and as a public client, if told so', async () => {
    await expect(client(wire(), { authMethod: 'client_secret_post' }).clientCredentials()).resolves.toMatchObject({ status: 200 });
    const open = new TokenClient({ tokenEndpoint: `${server.url}/oauth/token`, clientId: 'P1' });
    await expect(open.password({ username: 'U1', password: 'pw1' })).resolves.toMatchObject({ scope: 'a' });
  });

  it('finds the endpoints in the issuer’s metadata, and refuses those of another issuer', async () => {
    const app = express();
    const own = await startServer({ routes: (outer) => outer.get('/unused', (_req, res) => res.end()) });
    const other = new TokenClient({ issuer: `${own.url}/oauth`, clientId: 'C1', clientSecret: SECRETS.C1 });
    // That server says it is `https://auth.example/oauth`.
    await expect(other.clientCredentials()).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    expect(ISSUER).not.toBe(`${own.url}/oauth`);
    await own.close();

    const front = await listen(app);
    const origin = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`;
    const honest = await startServer({ oauth: { issuer: `${origin}/oauth` } });
    app.use('/oauth', honest.oauth);
    app.use(honest.oauth.wellKnown);
    const service = new TokenClient({ issuer: `${origin}/oauth`, clientId: 'C1', clientSecret: SECRETS.C1 });
    await expect(service.clientCredentials()).resolves.toMatchObject({ status: 200 });
    await expect(service.revoke((await service.clientCredentials()).accessToken)).resolves.toBeUndefined();
    front.close();
    front.closeAllConnections();
    await honest.close();
  });

  it('lists what is wrong with its options', () => {
    expect(() => new TokenClient({ clientId: '', token: 'x' } as never)).toThrow(/3 problems[^]*token: [^]*did you mean|3 problems/);
    expect(() => TokenClient({ tokenEndpoint: 'http://example.com/token', clientId: 'a' })).toThrow(/tokenEndpoint/);
  });
});

function fail(): never {
  throw new Error('the client is not there');
}
