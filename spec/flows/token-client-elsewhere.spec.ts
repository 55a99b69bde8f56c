import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { TokenClient } from 'express-token-endpoint/client';
import { listen } from '../support/app';
import { theirApp } from '../support/express-oauth-server';

/** A server that nobody here wrote; `npm run package-test` tries oidc-provider, too. */
describe('TokenClient with @node-oauth/express-oauth-server', () => {
  let server: Server;
  let origin = '';
  beforeAll(async () => {
    server = await listen(theirApp());
    origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const client = (more: object = {}): TokenClient => new TokenClient({ tokenEndpoint: `${origin}/oauth/token`, clientId: 'app', clientSecret: 'app-secret', ...more });

  it('gets a token for itself, and carries it', async () => {
    const service = client({ scope: 'read' });
    const first = await service.clientCredentials();
    expect(first).toMatchObject({ tokenType: 'Bearer', scope: 'read', status: 200 });
    // That server counts from its clock, in whole seconds.
    expect(3600 - (first.expiresIn ?? 0)).toBeLessThan(60);
    const [one, other] = await Promise.all([service.clientCredentials(), service.clientCredentials()]);
    expect(one.accessToken).toBe(other.accessToken);
    expect((await service.fetch(`${origin}/read`)).status).toBe(200);
    expect((await client({ scope: 'write' }).fetch(`${origin}/read`)).status).toBe(403);
  });

  it('logs a user in and refreshes', async () => {
    const app = client({ authMethod: 'client_secret_post' });
    const login = await app.password({ username: 'mike', password: 'secret', scope: ['read', 'write'] });
    const next = await app.refresh();
    expect(next.accessToken).not.toBe(login.accessToken);
    expect((await app.fetch(`${origin}/read`)).status).toBe(200);
    await expect(client().refresh(login.refreshToken)).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
  });

  it('throws what the server says', async () => {
    await expect(client().password({ username: 'mike', password: 'wrong' })).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
    await expect(client({ clientSecret: 'wrong' }).clientCredentials()).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
    await expect(client().clientCredentials({ scope: 'admin' })).rejects.toMatchObject({ error: 'invalid_scope', status: 400 });
    await expect(client().revoke('a-token')).rejects.toThrow(/revocationEndpoint/);
  });
});
