import type { Client } from '../../../lib';
import { SECRETS, type ExpressMajor, type TestServer } from '../../support/app';
import { passTime } from '../../support/clock';
import { expectChallenge, expectE401, expectError, expectInactive, expectOk } from '../../support/expect';
import { sha256Hash } from '../../support/hash';
import { basic, C1, introspect, login, post, R, refresh, T, type Answer } from '../../support/http';
import { MAJORS, serve } from '../../support/serve';

const MACHINE = { grant_type: 'client_credentials' };
const inBody = (secret: string): Readonly<Record<string, string>> => ({ client_id: 'C1', client_secret: secret });

/** Gives C1 these secrets from now on. */
function setSecrets({ clients }: TestServer, ...secrets: readonly string[]): void {
  clients.set('C1', { ...(clients.get('C1') as Client), secretHash: secrets.map(sha256Hash) });
}

describe.each(MAJORS)('what doorkeeper’s specs ask, on Express %i', (express: ExpressMajor) => {
  it('while a secret is being replaced the old one and the new one are good, in header and body, and no other', async () => {
    const server = await serve({ express });
    setSecrets(server, 'the new one', SECRETS.C1);
    for (const secret of ['the new one', SECRETS.C1]) {
      expectOk(await T(server, MACHINE, basic('C1', secret)));
      expectOk(await T(server, { ...MACHINE, ...inBody(secret) }, {}));
    }
    expectE401(await T(server, MACHINE, basic('C1', 'neither')));
    setSecrets(server, 'the new one');
    expectE401(await T(server, MACHINE, C1));
    expectE401(await T(server, { ...MACHINE, ...inBody(SECRETS.C1) }, {}));
    expectOk(await T(server, MACHINE, basic('C1', 'the new one')));
  });

  it('sessions outlive the secret with which they began', async () => {
    const server = await serve({ express });
    const { json } = await login(server);
    setSecrets(server, 'the new one');
    expectE401(await refresh(server, json['refresh_token']));
    expectOk(await refresh(server, json['refresh_token'], {}, basic('C1', 'the new one')));
  });

  it('a refresh token is in force though the access token that came with it is over, and says no end but its own', async () => {
    const server = await serve({ express, oauth: { accessToken: { lifetime: 60 }, refreshToken: { idleLifetime: 600, absoluteLifetime: 900 } } });
    const { json } = await login(server);
    passTime(61);
    expectChallenge(await R(server, json['access_token']), 401, 'invalid_token');
    expectInactive(await introspect(server, json['access_token']));
    const told = await introspect(server, json['refresh_token']);
    expect(told.json).toMatchObject({ active: true, client_id: 'C1', sub: 'user-1' });
    expect(told.json).not.toHaveProperty('token_type');
    expectOk(await refresh(server, json['refresh_token']));
  });

  it('looking is not using: introspection of the successor leaves the window for a lost answer open', async () => {
    const server = await serve({ express });
    const { json } = await login(server);
    const first = await refresh(server, json['refresh_token']);
    for (const name of ['access_token', 'refresh_token']) expect((await introspect(server, first.json[name])).json['active']).toBe(true);
    expect((await refresh(server, json['refresh_token'])).json['refresh_token']).toBe(first.json['refresh_token']);
  });

  it.each(['introspect', 'revoke'])('credentials in the query are none at /%s, and two ways at once are one too many', async (endpoint) => {
    const server = await serve({ express });
    const { json } = await login(server);
    const token = { token: String(json['access_token']) };
    const query = new URLSearchParams(inBody(SECRETS.C1)).toString();
    expectE401(await post(server, `/oauth/${endpoint}?${query}`, token, {}));
    expectError(await post(server, `/oauth/${endpoint}`, { ...token, ...inBody(SECRETS.C1) }), 400, 'invalid_request');
    expectError(await post(server, `/oauth/${endpoint}?token=${token.token}`, {}), 400, 'invalid_request');
    expect((await R(server, json['access_token'])).status).toBe(200);
  });

  describe('a public client', () => {
    it('logs in by its name, in the body or in a Basic header with an empty secret', async () => {
      const server = await serve({ express });
      expectOk(await login(server, { client_id: 'P1' }, {}));
      expectOk(await login(server, { client_id: 'P1', client_secret: '' }, {}));
      expectOk(await login(server, {}, basic('P1', '')));
    });

    it('with a secret is refused before anybody looks at the password, and so is a confidential one without', async () => {
      let asked = 0;
      const server = await serve({ express, oauth: { verifyUser: () => { asked += 1; return { id: 'user-1' }; } } });
      const attempts: Promise<Answer>[] = [
        login(server, { client_id: 'P1', client_secret: 'foobar' }, {}),
        login(server, {}, basic('P1', 'foobar')),
        login(server, { client_id: 'C1' }, {}),
        login(server, {}, basic('C1', '')),
        login(server, {}, basic('invalid', 'invalid')),
        login(server, {}, {}),
      ];
      for (const answer of await Promise.all(attempts)) expectE401(answer);
      expect(asked).toBe(0);
    });
  });
});
