import { createHash, createSecretKey } from 'node:crypto';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import type { Alg, Client, KeyOption, OAuthRouterOptions, User } from '../../lib';
import { accessTokenHash } from '../../lib/tokens/id-tokens';
import { isSignedBy, parseJws } from '../../lib/tokens/jws';
import { AUDIENCE_1, ISSUER, SECRETS, U1, type ExpressMajor, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { expectChallenge, expectError, expectInactive, expectOk, expectRevoked } from '../support/expect';
import { basic, bearer, introspect, login, R, refresh, revoke, send, T, type Answer } from '../support/http';
import { claimsOf, headerOf } from '../support/jwt';
import { newKey } from '../support/keys';
import { MAJORS, serve } from '../support/serve';

/** The example of the system that this package follows (seed.md), and the secret of its client. */
const SEED_SECRET = '6213e9b9-c46d-4008-8af1-03f918a8ade4';
const SEED_CLIENT = '@!1111!0008!FF81!2D39';
const SEED_TOKEN =
  'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczpcL1wvc2VlZC5nbHV1Lm9yZyIsInVzZXJfaWQiOiJtaWtlIiwiYXVkIjoiQCExMTExITAwMDghRkY4MSEyRDM5IiwiZXhwIjoxMzM5MTk2ODgxMzAzLCJveEludW0iOiJAITExMTEhMDAwMCFENEU3Iiwib3hWYWxpZGF0aW9uVVJJIjoiaHR0cHM6XC9cL3NlZWQuZ2x1dS5vcmdcL294YXV0aFwvc2VhbVwvcmVzb3VyY2VcL3Jlc3R2MVwvb3hhdXRoXC9jaGVja19zZXNzaW9uIiwib3hPcGVuSURDb25uZWN0VmVyc2lvbiI6Im9wZW5pZGNvbm5lY3QtMS4wIn0.SzWfJsmlz62qTRw1lEJZ8PygY9eRupgmsbXLCQwPVDQ';

const OPENID = { scope: 'a openid' };
const HASHES: Readonly<Record<string, string>> = { '256': 'sha256', '384': 'sha384', '512': 'sha512' };

describe('what the example of the seed proves', () => {
  const key = (secret: string): Parameters<typeof isSignedBy>[1] => ({ kid: 'seed', alg: 'HS256', verifyWith: createSecretKey(Buffer.from(secret)) });
  const isGood = (token: string, secret = SEED_SECRET): boolean => {
    const jws = parseJws(token);
    return jws !== undefined && isSignedBy(jws, key(secret));
  };

  it('ID-02 has our verifier find its signature good, under its client\'s secret and no other', () => {
    expect(isGood(SEED_TOKEN)).toBe(true);
    for (const secret of [`${SEED_SECRET}x`, SEED_SECRET.toUpperCase(), SEED_SECRET.replaceAll('-', ''), 'secret-of-another-client-altogether']) expect(isGood(SEED_TOKEN, secret)).toBe(false);
  });

  it('ID-02 has it find none of its single-character mutations good', () => {
    for (let at = 0; at < SEED_TOKEN.length; at += 1) {
      const other = SEED_TOKEN[at] === 'A' ? 'B' : 'A';
      expect([at, isGood(SEED_TOKEN.slice(0, at) + other + SEED_TOKEN.slice(at + 1))]).toEqual([at, false]);
    }
  });
});

describe.each(MAJORS)('the id_token on Express %i', (express: ExpressMajor) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth });
  const change = (server: TestServer, fields: Partial<Client>): void => {
    server.clients.set('C1', { ...server.clients.get('C1')!, ...fields });
  };
  /** The verified claims of the id_token in an answer: verified by somebody else, with what the server publishes. */
  const idOf = async (server: TestServer, answer: Answer, secret?: string, audience = 'C1'): Promise<JWTPayload> => {
    expectOk(answer);
    const token = String(answer.json['id_token']);
    const expected = { issuer: ISSUER, audience, typ: 'JWT' };
    if (secret !== undefined) return (await jwtVerify(token, Buffer.from(secret), expected)).payload;
    const jwks = (await send(server, '/oauth/jwks')).json as unknown as JSONWebKeySet;
    return (await jwtVerify(token, createLocalJWKSet(jwks), expected)).payload;
  };

  it('ID-01 comes only where openid was granted and a user stands behind the token', async () => {
    const server = await start();
    for (const scope of ['a', 'a b', '']) {
      const answer = await login(server, { scope });
      expectOk(answer);
      expect(answer.json).not.toHaveProperty('id_token');
    }
    const own = await T(server, { grant_type: 'client_credentials', scope: 'openid' });
    expectOk(own);
    expect(own.json).not.toHaveProperty('id_token');
    expect((await login(server, OPENID)).json).toHaveProperty('id_token');

    const narrowing = await start({ grantScopes: ({ requested }) => requested.filter((scope) => scope !== 'openid') });
    expect((await login(narrowing, OPENID)).json).not.toHaveProperty('id_token');
    change(server, { defaultScopes: ['openid'] });
    expect((await login(server)).json).toHaveProperty('id_token');
  });

  it('ID-02 ID-03 ID-06 ID-07 has the required claims, those of the user, and none that has no source here', async () => {
    const server = await start();
    const before = Math.floor(Date.now() / 1000);
    const answer = await login(server, { ...OPENID, nonce: 'n-0S6_WzA2Mj', max_age: '0', acr_values: 'x' });
    const after = Math.floor(Date.now() / 1000);
    const claims = await idOf(server, answer);
    const aTime = expect.any(Number) as number;
    expect(claims).toEqual({
      name: 'User One', email: 'one@example.com', iss: ISSUER, sub: 'user-1', aud: 'C1', iat: aTime, exp: aTime, auth_time: aTime, at_hash: expect.stringMatching(/^[\w-]{22}$/) as string,
    });
    const { iat = 0, exp = 0, auth_time: authTime } = claims as JWTPayload & { auth_time: number };
    for (const time of [iat, exp, authTime]) expect(Number.isInteger(time)).toBe(true);
    expect(exp - iat).toBe(answer.json['expires_in']);
    for (const time of [iat, authTime]) expect(time >= before && time <= after).toBe(true);
    expect(answer.text).not.toContain('n-0S6_WzA2Mj');
  });

  it('ID-02 lets no claim of the user stand for one of the server', async () => {
    const evil = Object.fromEntries(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'auth_time', 'at_hash', 'nonce', 'azp', 'acr', 'amr', 'sid'].map((name) => [name, 'evil']));
    const server = await start({ verifyUser: () => ({ id: 'user-1', claims: { ...evil, name: 'Mike', address: { country: 'DE' } } }) });
    const answer = await login(server, OPENID);
    const claims = await idOf(server, answer);
    expect(JSON.stringify(claims)).not.toContain('evil');
    expect(claims).toMatchObject({ sub: 'user-1', name: 'Mike', address: { country: 'DE' } });
    for (const name of ['nbf', 'jti', 'nonce', 'azp', 'acr', 'amr', 'sid']) expect(claims).not.toHaveProperty(name);
  });

  it.each(['u'.repeat(255), '!', 'a b', '~'])('ID-02 has a sub of at most 255 ASCII characters: %j', async (id) => {
    const server = await start({ verifyUser: () => ({ id }) });
    expect((await idOf(server, await login(server, OPENID))).sub).toBe(id);
  });

  it.each(['u'.repeat(256), 'jürgen', 'user\n1', '💥'])('ID-02 refuses to shorten or rewrite another: %j', async (id) => {
    const server = await start({ verifyUser: () => ({ id }) });
    const answer = await login(server, OPENID);
    expectError(answer, 500, 'server_error');
    expect(server.events).toContainEqual(expect.objectContaining({ type: 'fault', cause: expect.objectContaining({ message: expect.stringContaining('User.id') as string }) as object }));
    expectOk(await login(server, { scope: 'a' }));
  });

  it('ID-03 is for the client, the access token for the resource', async () => {
    const server = await start();
    for (const resource of ['', AUDIENCE_1]) {
      const answer = await login(server, { ...OPENID, resource });
      expect((await idOf(server, answer)).aud).toBe('C1');
      expect(claimsOf(answer.json['access_token'])['aud']).toBe(resource || ISSUER);
    }
    const byPublic = await login(server, { client_id: 'P1', scope: 'a' }, {});
    expect(byPublic.json).not.toHaveProperty('id_token');
    server.clients.set('P1', { ...server.clients.get('P1')!, scopes: ['a', 'openid'] });
    expect((await idOf(server, await login(server, { client_id: 'P1', ...OPENID }, {}), undefined, 'P1')).aud).toBe('P1');
  });

  it('ID-04 ID-06 ID-08 speaks after each refresh of the same login', async () => {
    const server = await start({ findUser: (id) => (id === U1.id ? U1 : undefined) });
    const first = await login(server, OPENID);
    const before = await idOf(server, first);
    let answer = first;
    for (let round = 1; round <= 3; round += 1) {
      passTime(600);
      answer = await refresh(server, answer.json['refresh_token'], { nonce: 'x' });
      const claims = await idOf(server, answer);
      const { iat = 0, exp, at_hash: atHash } = claims;
      expect(claims).toEqual({ ...before, iat, exp, at_hash: atHash });
      expect(iat).toBeGreaterThanOrEqual((before.iat ?? 0) + round * 600);
      expect(exp).toBe(iat + 3600);
      expect(atHash).not.toBe(before['at_hash']);
      expect(atHash).toBe(accessTokenHash(String(answer.json['access_token']), 'ES256'));
    }
  });

  it('ID-01 ID-08 goes and comes with openid at a refresh', async () => {
    const server = await start();
    const first = await login(server, OPENID);
    const without = await refresh(server, first.json['refresh_token'], { scope: 'a' });
    expectOk(without);
    expect(without.json).not.toHaveProperty('id_token');
    const { sub, auth_time: authTime } = await idOf(server, await refresh(server, without.json['refresh_token']));
    expect({ sub, authTime }).toEqual({ sub: 'user-1', authTime: claimsOf(first.json['id_token'])['auth_time'] });

    const plain = await login(server, { scope: 'a' });
    expectError(await refresh(server, plain.json['refresh_token'], OPENID), 400, 'invalid_scope');
  });

  it('ID-08 tells at a refresh what the user is now, of whom findUser knows', async () => {
    let user: User | undefined = { id: 'user-1', claims: { name: 'Before' } };
    const server = await start({ verifyUser: () => user, findUser: () => user });
    const first = await login(server, OPENID);
    user = { id: 'user-1', claims: { name: 'After' } };
    const second = await refresh(server, first.json['refresh_token']);
    expect(await idOf(server, second)).toMatchObject({ sub: 'user-1', name: 'After' });
    user = undefined;
    expectError(await refresh(server, second.json['refresh_token']), 400, 'invalid_grant');
  });

  it('ID-05 has an at_hash by the hash of its own signature', async () => {
    expect(accessTokenHash('ya29.at-example', 'ES256')).toBe('_b7MrPmwIK-TxYy4jaoU7A'); // TV-07
    const ring = (['ES256', 'ES384', 'ES512', 'RS256', 'PS384', 'RS512'] as const).map((alg) => newKey(alg));
    const secret = 's'.repeat(64);
    const server = await start({ keys: ring });
    for (const alg of [...ring.map((key) => key.alg), 'HS256', 'HS384', 'HS512'] as const) {
      change(server, { idTokenAlg: alg, secret });
      const answer = await login(server, OPENID);
      const claims = await idOf(server, answer, alg.startsWith('HS') ? secret : undefined);
      const digest = createHash(HASHES[alg.slice(2)]!).update(String(answer.json['access_token'])).digest();
      expect([alg, claims['at_hash']]).toEqual([alg, digest.subarray(0, digest.length / 2).toString('base64url')]);
    }
    const opaque = await start({ accessToken: { format: 'opaque' } });
    const answer = await login(opaque, OPENID);
    expect((await idOf(opaque, answer))['at_hash']).toBe(accessTokenHash(String(answer.json['access_token']), 'ES256'));
  });

  it('ID-09 names in its header the key that verifies it', async () => {
    const ring = [newKey('ES256'), newKey('ES256', 'second'), newKey('RS256')];
    const server = await start({ keys: ring });
    const first = await login(server, OPENID);
    const { keys } = (await send(server, '/oauth/jwks')).json as unknown as JSONWebKeySet;
    expect(decodeProtectedHeader(String(first.json['id_token']))).toEqual({ alg: 'ES256', typ: 'JWT', kid: keys[0]?.kid });
    server.oauth.useKeys([...ring.slice(1), ring[0]!]);
    const second = await login(server, OPENID);
    expect(decodeProtectedHeader(String(second.json['id_token']))).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'second' });
    for (const answer of [first, second]) await idOf(server, answer);
  });

  const wishes: readonly (readonly [string, unknown])[] = [['none', 'none'], ['NONE', 'NONE'], ['HS1', 'HS1'], ['an empty text', ''], ['a list', ['ES256']], ['__proto__', '__proto__'], ['EdDSA', 'EdDSA']];
  it.each(wishes)('ID-10 refuses a client that asks for %s', async (_name, idTokenAlg) => {
    const server = await start();
    change(server, { idTokenAlg: idTokenAlg as Alg });
    for (const extra of [OPENID, { scope: 'a' }]) expectError(await login(server, extra), 500, 'server_error');
    expect(server.events).toContainEqual(expect.objectContaining({ type: 'fault', cause: expect.objectContaining({ message: expect.stringContaining('idTokenAlg') as string }) as object }));
  });

  it('ID-10 is signed like the access token, unless the client wants another algorithm', async () => {
    const server = await start({ keys: [newKey('ES384'), newKey('RS256')] });
    expect(headerOf((await login(server, OPENID)).json['id_token'])['alg']).toBe('ES384');
    change(server, { idTokenAlg: 'RS256' });
    const answer = await login(server, OPENID);
    expect(headerOf(answer.json['id_token'])['alg']).toBe('RS256');
    expect(headerOf(answer.json['access_token'])['alg']).toBe('ES384');
    await idOf(server, answer);
    change(server, { idTokenAlg: 'PS256' });
    expectError(await login(server, OPENID), 500, 'server_error');
    expectOk(await login(server, { scope: 'a' }));
  });

  it('ID-10 keys HS256 by the secret of the client, as the seed does, and by nothing else', async () => {
    const server = await start({ verifyUser: (username, password) => (username === 'mike' && password === 'secret' ? { id: 'mike' } : undefined) });
    server.clients.set(SEED_CLIENT, { id: SEED_CLIENT, secret: SEED_SECRET, idTokenAlg: 'HS256', grants: ['password', 'refresh_token'], scopes: ['openid'] });
    const authorization = 'Basic QCExMTExITAwMDghRkY4MSEyRDM5OjYyMTNlOWI5LWM0NmQtNDAwOC04YWYxLTAzZjkxOGE4YWRlNA==';
    const answer = await T(server, 'grant_type=password&scope=openid&username=mike&password=secret', { authorization });
    expectOk(answer);
    expect(Object.keys(answer.json)).toEqual(['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope', 'id_token']);
    expect(decodeProtectedHeader(String(answer.json['id_token']))).toEqual({ alg: 'HS256', typ: 'JWT' });
    const claims = await idOf(server, answer, SEED_SECRET, SEED_CLIENT);
    expect(claims).toMatchObject({ sub: 'mike', aud: SEED_CLIENT });
    expect(claims).not.toHaveProperty('user_id');
    expect(claims.exp).toBeLessThan(1e11);
    await expect(idOf(server, answer, `${SEED_SECRET}x`, SEED_CLIENT)).rejects.toThrow(/signature/);

    const again = await T(server, { grant_type: 'refresh_token', refresh_token: String(answer.json['refresh_token']) }, { authorization });
    expect(await idOf(server, again, SEED_SECRET, SEED_CLIENT)).toMatchObject({ sub: 'mike', auth_time: claims['auth_time'] });
  });

  const poor: readonly (readonly [string, Partial<Client>, RegExp])[] = [
    ['a hash alone', { idTokenAlg: 'HS256' }, /plain/],
    ['a secret too short for HS256', { idTokenAlg: 'HS256', secret: 's'.repeat(31) }, /32 bytes/],
    ['a secret too short for HS512', { idTokenAlg: 'HS512', secret: 's'.repeat(63) }, /64 bytes/],
  ];
  it.each(poor)('ID-10 says to the operator what is missing where the client has %s', async (_what, fields, message) => {
    const server = await start();
    change(server, fields);
    expectError(await login(server, OPENID), 500, 'server_error');
    const faults = server.events.filter(({ type }) => type === 'fault');
    expect(faults).toEqual([{ type: 'fault', where: 'token endpoint', cause: expect.objectContaining({ message: expect.stringMatching(message) as string }) as object }]);
    expect(JSON.stringify(faults.map((fault) => (fault as { cause: Error }).cause.message))).not.toContain('sss');
    expectOk(await login(server, { scope: 'a' }));
  });

  it('ID-10 is never signed with a secret of the server, which no client could verify with', async () => {
    const own: KeyOption = { alg: 'HS256', secret: 'h'.repeat(32) };
    const mixed = await start({ keys: [own, newKey('RS256')] });
    const answer = await login(mixed, OPENID);
    expect(headerOf(answer.json['access_token'])['alg']).toBe('HS256');
    expect(headerOf(answer.json['id_token'])['alg']).toBe('RS256');
    await idOf(mixed, answer);

    const alone = await start({ keys: [own] });
    expectError(await login(alone, OPENID), 500, 'server_error');
    expect(alone.events).toContainEqual(expect.objectContaining({ type: 'fault', cause: expect.objectContaining({ message: expect.stringContaining('cannot verify') as string }) as object }));
    expectOk(await login(alone, { scope: 'a' }));
    change(alone, { idTokenAlg: 'HS256', secret: 's'.repeat(32) });
    await idOf(alone, await login(alone, OPENID), 's'.repeat(32));
  });

  it('ID-11 opens nothing: not a route, not userinfo, not introspection, not a refresh', async () => {
    const keys = [newKey('ES256')];
    for (const format of ['jwt', 'opaque'] as const) {
      // As near to an access token as it gets: the client is named like the resource.
      const server = await start({ keys, accessToken: { format, audience: 'C1' } });
      const answer = await login(server, OPENID);
      const token = answer.json['id_token'];
      expectChallenge(await R(server, token), 401, 'invalid_token');
      expectChallenge(await send(server, '/oauth/userinfo', { headers: bearer(token) }), 401, 'invalid_token');
      expectInactive(await introspect(server, token));
      expectError(await refresh(server, token), 400, 'invalid_grant');
      expectRevoked(await revoke(server, token));
      expect((await R(server, answer.json['access_token'])).status).toBe(200);
    }
  });

  it('ID-11 of a client with a secret of its own is no access token either', async () => {
    const server = await start({ keys: [{ alg: 'HS256', secret: SEED_SECRET }] });
    change(server, { idTokenAlg: 'HS256', secret: SEED_SECRET, secretHash: '' });
    const answer = await login(server, OPENID, basic('C1', SEED_SECRET));
    expectOk(answer);
    expectChallenge(await R(server, answer.json['id_token']), 401, 'invalid_token');
  });

  it('ID-12 comes in an answer that no cache may keep', async () => {
    const server = await start();
    const first = await login(server, OPENID);
    for (const answer of [first, await refresh(server, first.json['refresh_token'])]) {
      expectOk(answer);
      expect(answer.json).toHaveProperty('id_token');
      expect(answer.headers.get('cache-control')).toBe('no-store, private');
    }
  });

  it('ID-10 keeps the secrets that sign out of every answer and event', async () => {
    const server = await start();
    change(server, { idTokenAlg: 'HS256', secret: SEED_SECRET });
    const answer = await login(server, OPENID);
    expectOk(answer);
    expectError(await login(server, { ...OPENID, password: 'wrong' }), 400, 'invalid_grant');
    expect(JSON.stringify([answer.text, server.events])).not.toContain(SEED_SECRET);
    expect(JSON.stringify([answer.text, server.events])).not.toContain(SECRETS.C1);
  });
});
