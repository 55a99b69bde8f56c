import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { OAuth2 } from 'oauth';
import axios from 'axios';
import { clientCredentials, ownerCredentials, refreshToken as refreshWithAxios } from 'axios-oauth-client';
import { ClientCredentials, ResourceOwnerPassword } from 'simple-oauth2';
import { startServer, type TestServer } from '../support/app';
import { sha256Hash } from '../support/hash';
import { R } from '../support/http';

const run = promisify(execFile);

/** An id and a secret that every way of writing them treats differently. */
const ID = 'app:one +%41';
const SECRET = 'p@ss:w+rd %&=/?-~';

describe('clients that others wrote', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    server.clients.set(ID, { id: ID, secretHash: sha256Hash(SECRET), grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['a', 'b'] });
  });
  afterAll(() => server.close());

  const expectUsable = async (token: unknown): Promise<void> => {
    expect((await R(server, token)).status).toBe(200);
  };

  describe('simple-oauth2', () => {
    const config = (secret: string, authorizationMethod: 'header' | 'body'): ConstructorParameters<typeof ClientCredentials>[0] => ({
      client: { id: ID, secret },
      auth: { tokenHost: server.url, tokenPath: '/oauth/token', revokePath: '/oauth/revoke' },
      options: { authorizationMethod },
    });

    it.each(['header', 'body'] as const)('gets a token for itself (%s)', async (method) => {
      const { token } = await new ClientCredentials(config(SECRET, method)).getToken({ scope: ['a', 'b'] });
      expect(token).toMatchObject({ token_type: 'bearer', expires_in: 3600, scope: 'a b' });
      await expectUsable(token.access_token);
      await expect(new ClientCredentials(config('wrong', method)).getToken({})).rejects.toThrow(/401/);
    });

    it.each(['header', 'body'] as const)('logs in, refreshes and revokes (%s)', async (method) => {
      const login = await new ResourceOwnerPassword(config(SECRET, method)).getToken({ username: 'U1', password: 'pw1', scope: 'a' });
      await expectUsable(login.token.access_token);
      const next = await login.refresh();
      expect(next.token.refresh_token).not.toBe(login.token.refresh_token);
      await expectUsable(next.token.access_token);
      await next.revokeAll();
      expect((await R(server, next.token.access_token)).status).toBe(401);
      await expect(next.refresh()).rejects.toThrow(/400/);
    });
  });

  describe('axios-oauth-client', () => {
    it('gets, logs in, refreshes, and is refused', async () => {
      const url = `${server.url}/oauth/token`;
      const service = await clientCredentials(axios.create(), url, ID, SECRET)('a');
      await expectUsable(service.access_token);
      const login = await ownerCredentials(axios.create(), url, ID, SECRET)('U1', 'pw1', 'a');
      await expectUsable(login.access_token);
      const next = (await refreshWithAxios(axios.create(), url, ID, SECRET)(login.refresh_token ?? '', 'a')) as { access_token: string };
      await expectUsable(next.access_token);
      await expect(ownerCredentials(axios.create(), url, ID, SECRET)('U1', 'wrong', 'a')).rejects.toMatchObject({ response: { status: 400, data: { error: 'invalid_grant' } } });
    });
  });

  describe('oauth, which Passport’s strategies are made on', () => {
    const ask = (secret: string, params: object, code = ''): Promise<Record<string, unknown>> =>
      new Promise((done, fail) => {
        const client = new OAuth2(ID, secret, `${server.url}/`, 'authorize', 'oauth/token');
        client.getOAuthAccessToken(code, params, (error, accessToken, refreshToken, results: object) => {
          if (error) fail(Object.assign(new Error('refused'), error));
          else done({ ...results, accessToken, refreshToken });
        });
      });

    it('gets, logs in, refreshes, and is refused', async () => {
      await expectUsable((await ask(SECRET, { grant_type: 'client_credentials', scope: 'a' })).accessToken);
      const login = await ask(SECRET, { grant_type: 'password', username: 'U1', password: 'pw1', scope: 'a' });
      await expectUsable(login.accessToken);
      // It sends the refresh token of this grant in the place of a code, too.
      const next = await ask(SECRET, { grant_type: 'refresh_token' }, String(login.refreshToken));
      await expectUsable(next.accessToken);
      await expect(ask('wrong', { grant_type: 'client_credentials' })).rejects.toMatchObject({ statusCode: 401 });
    });
  });

  describe('curl', () => {
    const curl = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
      const { stdout } = await run('curl', ['-sS', ...args]);
      return JSON.parse(stdout) as Record<string, unknown>;
    };

    it('gets a token with -u, which sends id and secret as they are', async () => {
      // curl splits at the first colon, as the server does: an id with a colon needs the body.
      server.clients.set('plain', { id: 'plain', secretHash: sha256Hash(SECRET), grants: ['client_credentials'], scopes: ['a'] });
      await expectUsable((await curl('-u', `plain:${SECRET}`, '-d', 'grant_type=client_credentials', '-d', 'scope=a', `${server.url}/oauth/token`)).access_token);
    });

    it('logs in with credentials in the body, and refreshes', async () => {
      const credentials = ['--data-urlencode', `client_id=${ID}`, '--data-urlencode', `client_secret=${SECRET}`];
      const login = await curl(...credentials, '-d', 'grant_type=password&username=U1&password=pw1&scope=a', `${server.url}/oauth/token`);
      await expectUsable(login.access_token);
      const next = await curl(...credentials, '-d', 'grant_type=refresh_token', '-d', `refresh_token=${String(login.refresh_token)}`, `${server.url}/oauth/token`);
      await expectUsable(next.access_token);
      expect(await curl('-u', 'nobody:nothing', '-d', 'grant_type=client_credentials', `${server.url}/oauth/token`)).toMatchObject({ error: 'invalid_client' });
    });
  });
});
