import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import type { OAuthEvent } from '../../lib';
import { startServer, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { basic, bearer, C1, login, post, R, refresh, send, T } from '../support/http';

describe('events', () => {
  let server: TestServer;
  beforeEach(async () => {
    server = await startServer({ oauth: { throttle: true } });
  });
  afterEach(() => server.close());

  const last = (type: OAuthEvent['type']): OAuthEvent | undefined => server.events.filter((event) => event.type === type).at(-1);

  it('tell of each token issued, refreshed, refused, replayed and revoked', async () => {
    const { json } = await login(server, { scope: 'a' });
    expect(last('token_issued')).toMatchObject({ grantType: 'password', clientId: 'C1', userId: 'user-1', scopes: ['a'] });
    const next = await refresh(server, json.refresh_token);
    expect(last('token_refreshed')).toMatchObject({ grantType: 'refresh_token', clientId: 'C1', userId: 'user-1' });
    await refresh(server, next.json.refresh_token, { scope: 'b' });
    expect(last('token_refused')).toMatchObject({ error: 'invalid_scope', grantType: 'refresh_token', clientId: 'C1', address: '127.0.0.1' });
    passTime(60);
    await refresh(server, json.refresh_token);
    const { familyId } = last('token_issued') as { familyId: string };
    expect(last('token_replayed')).toMatchObject({ familyId, clientId: 'C1', userId: 'user-1' });
    expect(last('token_revoked')).toMatchObject({ familyId });
  });

  it('tell of logins, clients and tokens that were refused, also of credentials that could not be read', async () => {
    await login(server, { password: 'wrong' });
    expect(last('login_failed')).toMatchObject({ clientId: 'C1', username: 'U1', address: '127.0.0.1' });
    await T(server, 'grant_type=client_credentials', basic('C1', 'wrong'));
    expect(last('client_refused')).toMatchObject({ clientId: 'C1', address: '127.0.0.1' });
    await T(server, 'grant_type=client_credentials', { authorization: 'Basic !' });
    expect(last('client_refused')).toEqual({ type: 'client_refused', address: expect.stringContaining('127.0.0.1') as string });
    await R(server, 'nobody-issued-this');
    expect(last('bearer_refused')).toMatchObject({ error: 'invalid_token', path: '/resource' });
  });

  it('hold no secret, password or token', async () => {
    const { json } = await login(server, { scope: 'a openid' });
    await refresh(server, json.refresh_token);
    await login(server, { password: 'the-wrong-password' });
    await T(server, 'grant_type=client_credentials', basic('C1', 'the-wrong-secret'));
    await R(server, `${String(json.access_token)}x`);
    await post(server, '/oauth/revoke', { token: String(json.refresh_token) });
    const seen = inspect(server.events, { depth: null }) + JSON.stringify(server.events);
    for (const secret of [json.access_token, json.refresh_token, json.id_token, 'the-wrong-password', 'the-wrong-secret', 'pw1', C1.authorization]) {
      expect(seen).not.toContain(String(secret));
    }
  });

  it('come over the diagnostics channel too, and a listener that throws harms nobody', async () => {
    const heard: unknown[] = [];
    const listen = (message: unknown): void => {
      heard.push(message);
    };
    subscribe('express-token-endpoint', listen);
    const clumsy = await startServer({
      oauth: {
        onEvent: () => {
          throw new Error('the listener broke');
        },
      },
    });
    const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const { status, json } = await login(clumsy);
    expect(status).toBe(200);
    expect((await send(clumsy, '/resource', { headers: bearer(json.access_token) })).status).toBe(200);
    expect(heard).toContainEqual(expect.objectContaining({ type: 'token_issued' }));
    expect(said).toHaveBeenCalledWith(expect.stringContaining('onEvent'), expect.anything());
    said.mockRestore();
    unsubscribe('express-token-endpoint', listen);
    await clumsy.close();
  });
});
