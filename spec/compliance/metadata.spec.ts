import { generateKeyPairSync, sign } from 'node:crypto';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { oauthRouter, type Alg, type Client, type Grant, type KeyOption, type OAuthRouterOptions } from '../../lib';
import { ISSUER, SECRETS, type ExpressMajor, type TestServer } from '../support/app';
import { expectE401, expectError, expectInactive, expectOk, expectRevoked } from '../support/expect';
import { basic, bearer, C1, introspect, login, post, R, refresh, revoke, send, T, type Answer } from '../support/http';
import { claimsOf, headerOf } from '../support/jwt';
import { newKey } from '../support/keys';
import { rawGet, sendRaw } from '../support/raw';
import { MAJORS, serve } from '../support/serve';
import { warningsOf } from '../support/warnings';

const AT_ROOT = ['/.well-known/oauth-authorization-server/oauth', '/.well-known/openid-configuration/oauth'];
const UNDER_MOUNT = ['/oauth/.well-known/oauth-authorization-server', '/oauth/.well-known/openid-configuration'];
const DOCUMENTS = [...AT_ROOT, ...UNDER_MOUNT];
const NOBODY = {};

interface Metadata extends Record<string, unknown> {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly token_endpoint_auth_methods_supported: readonly string[];
  readonly grant_types_supported: readonly string[];
  readonly revocation_endpoint: string;
  readonly revocation_endpoint_auth_methods_supported: readonly string[];
  readonly introspection_endpoint: string;
  readonly introspection_endpoint_auth_methods_supported: readonly string[];
  readonly jwks_uri: string;
  readonly userinfo_endpoint: string;
  readonly id_token_signing_alg_values_supported: readonly Alg[];
}

const metadataOf = async (server: TestServer): Promise<Metadata> => (await send(server, AT_ROOT[0]!)).json as Metadata;
const jwksOf = async (server: TestServer): Promise<JSONWebKeySet> => (await send(server, '/oauth/jwks')).json as unknown as JSONWebKeySet;
/** Where an address that the metadata publishes stands on the test's own server. */
const pathOf = (url: string): string => new URL(url).pathname;

describe.each(MAJORS)('discovery on Express %i', (express: ExpressMajor) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}, mount = '/oauth'): Promise<TestServer> =>
    serve({ express, oauth, mount, routes: (app, router) => app.use(router.wellKnown) });

  it.each(['http://auth.example', 'https://auth.example/?', 'https://auth.example/oauth?x=1', 'https://auth.example/#', 'https://auth.example/oauth#x', '/oauth', 'auth.example', 'https://', 'https:auth.example', 'https://user@auth.example', 'ftp://auth.example', ''])(
    'MD-01 refuses the issuer %j at start',
    (issuer) => {
      expect(() => oauthRouter({ issuer, findClient: () => undefined })).toThrow(/issuer/);
    },
  );

  it.each(['http://localhost:3000/oauth', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'https://auth.example'])('BP-04 MD-01 takes the issuer %j', (issuer) => {
    expect(() => oauthRouter({ issuer, findClient: () => undefined })).not.toThrow();
  });

  const places: [issuer: string, mount: string, atRoot: string][] = [
    ['https://example.com/issuer1', '/issuer1', '/issuer1'], // TV-08
    ['https://example.com/issuer1/', '/issuer1', '/issuer1'],
    ['https://example.com/a/b', '/a/b', '/a/b'],
    ['https://example.com', '/', ''],
    ['https://example.com/', '/', ''],
    ['https://example.com/auth', '/auth', '/auth'],
  ];
  it.each(places)('MD-02 MD-12 serves %s, mounted at %s, where its clients look', async (issuer, mount, atRoot) => {
    const server = await start({ issuer }, mount);
    const under = mount === '/' ? '' : mount;
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      for (const path of [`/.well-known/${name}${atRoot}`, `${under}/.well-known/${name}`]) {
        const answer = await send(server, path);
        expect({ path, status: answer.status, issuer: answer.json['issuer'] }).toEqual({ path, status: 200, issuer });
      }
      expect((await send(server, `/.well-known/${name}/elsewhere`)).status).toBe(404);
    }
    expect((await metadataAt(server, `/.well-known/oauth-authorization-server${atRoot}`)).token_endpoint).toBe(`${issuer.replace(/\/$/, '')}/token`);
    const { json } = await post(server, `${under}/token`, { grant_type: 'client_credentials', scope: 'a' });
    expect(claimsOf(json['access_token'])['iss']).toBe(issuer);
  });

  const metadataAt = async (server: TestServer, path: string): Promise<Metadata> => (await send(server, path)).json as Metadata;

  it.each([
    ['composed', 'https://auth.example/caf%C3%A9'], ['decomposed', 'https://auth.example/cafe%CC%81'], ['escaped in small letters', 'https://auth.example/caf%c3%a9'],
    ['in capitals', 'https://AUTH.Example/OAuth'], ['with its port', 'https://auth.example:443/oauth'],
  ])('MD-12 keeps the bytes of an issuer that is %s', async (_name, issuer) => {
    const { pathname } = new URL(issuer);
    const server = await start({ issuer }, pathname);
    for (const path of [`/.well-known/oauth-authorization-server${pathname}`, `${pathname}/.well-known/openid-configuration`]) {
      expect((await send(server, path)).json['issuer']).toBe(issuer);
    }
    const { json } = await post(server, `${pathname}/token`, { grant_type: 'client_credentials', scope: 'a' });
    expect(claimsOf(json['access_token'])).toMatchObject({ iss: issuer, aud: issuer });
    expect((await R(server, json['access_token'])).status).toBe(200);
  });

  it.each(['https://auth.example/caf\u00e9', 'https://auth.example/cafe\u0301', 'https://\u00fcber.example'])('MD-12 refuses an issuer that a client would have to rewrite: %s', (issuer) => {
    expect(() => oauthRouter({ issuer, findClient: () => undefined })).toThrow(/issuer/);
  });

  it('MD-03 takes nothing from the request: not from Host, not from what a proxy may forward, not from a whole URL', async () => {
    const server = await serve({ express, before: (app) => app.set('trust proxy', true), routes: (app, router) => app.use(router.wellKnown) });
    const hostile = [
      'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: http', 'X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Port: 81', 'X-Forwarded-Prefix: /evil',
      'Forwarded: host=evil.example;proto=http', 'X-Original-URL: /evil', 'X-Rewrite-URL: /evil',
    ];
    for (const path of [...DOCUMENTS, '/oauth/jwks']) {
      const plain = await send(server, path);
      for (const request of [rawGet(path, ...hostile), rawGet(path, ...hostile).replace('Host: localhost', 'Host: evil.example'), rawGet(`http://evil.example${path}`, ...hostile)]) {
        const answer = await sendRaw(server, request);
        expect({ path, status: answer.status, text: answer.text }).toEqual({ path, status: 200, text: plain.text });
        expect(JSON.stringify([...answer.headers])).not.toContain('evil');
      }
    }
    const answer = await T(server, { grant_type: 'client_credentials', scope: 'a' }, { ...C1, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' });
    expect(claimsOf(answer.json['access_token'])).toMatchObject({ iss: ISSUER, aud: ISSUER });
  });

  it('MD-04 MD-05 MD-06 MD-13 answers one JSON object at each place, without an empty array but the one that is required', async () => {
    const server = await start();
    const texts = await Promise.all(
      DOCUMENTS.map(async (path) => {
        const answer = await send(server, path);
        expect({ path, status: answer.status, type: answer.headers.get('content-type') }).toEqual({ path, status: 200, type: 'application/json' });
        return answer.text;
      }),
    );
    expect(new Set(texts).size).toBe(1);
    const metadata = JSON.parse(texts[0]!) as Metadata;
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(metadata['response_types_supported']).toEqual([]);
    for (const [name, value] of Object.entries(metadata)) {
      expect([name, value]).not.toEqual([name, null]);
      if (name !== 'response_types_supported') expect([name, value]).not.toEqual([name, []]);
    }
  });

  it('MD-06 MD-10 RV-14 lists endpoints under https that answer', async () => {
    const server = await start();
    const metadata = await metadataOf(server);
    const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$/.test(name)) as [string, string][];
    expect(endpoints.map(([name]) => name).sort()).toEqual(['introspection_endpoint', 'jwks_uri', 'revocation_endpoint', 'token_endpoint', 'userinfo_endpoint']);
    for (const [, url] of endpoints) expect(url).toMatch(/^https:\/\/auth\.example\/oauth\/[a-z]+$/);

    const { json } = await post(server, pathOf(metadata.token_endpoint), { grant_type: 'password', username: 'U1', password: 'pw1', scope: 'openid' });
    const token = String(json['access_token']);
    expect((await send(server, pathOf(metadata.jwks_uri))).json).toHaveProperty('keys');
    expect((await send(server, pathOf(metadata.userinfo_endpoint), { headers: bearer(token) })).json).toEqual({ sub: 'user-1' });
    expect((await post(server, pathOf(metadata.introspection_endpoint), { token })).json['active']).toBe(true);
    expectRevoked(await post(server, pathOf(metadata.revocation_endpoint), { token }));
    expectInactive(await post(server, pathOf(metadata.introspection_endpoint), { token }));
  });

  const own: Grant = { type: 'urn:example:code', handle: () => ({ userId: 'user-1', scopes: ['a'] }) };
  const setUps: [string, { readonly oauth: Partial<OAuthRouterOptions> | { verifyUser: undefined; grants?: readonly Grant[] } }, readonly string[]][] = [
    ['client_credentials alone', { oauth: { verifyUser: undefined } }, ['client_credentials']],
    ['the password grant', { oauth: {} }, ['client_credentials', 'password', 'refresh_token']],
    ['a grant of the app', { oauth: { verifyUser: undefined, grants: [own] } }, ['client_credentials', 'refresh_token', own.type]],
    ['everything', { oauth: { grants: [own] } }, ['client_credentials', 'password', 'refresh_token', own.type]],
  ];
  it.each(setUps)('MD-07 lists the grants that are on, each of which gives a token, with %s', async (_name, { oauth }, expected) => {
    const server = await start(oauth as Partial<OAuthRouterOptions>);
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['client_credentials', 'password', 'refresh_token', own.type] });
    const listed = (await metadataOf(server)).grant_types_supported;
    expect([...listed].sort()).toEqual([...expected].sort());
    const probes: Readonly<Record<string, () => Promise<Answer>>> = {
      client_credentials: () => T(server, { grant_type: 'client_credentials' }),
      password: () => login(server),
      [own.type]: () => T(server, { grant_type: own.type }),
      refresh_token: async () => {
        const begin = listed.includes('password') ? login(server) : T(server, { grant_type: own.type });
        return refresh(server, (await begin).json['refresh_token']);
      },
      authorization_code: () => T(server, { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://app.example' }),
      implicit: () => T(server, { grant_type: 'implicit' }),
      'urn:ietf:params:oauth:grant-type:device_code': () => T(server, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' }),
    };
    for (const [type, probe] of Object.entries(probes)) {
      if (listed.includes(type)) expectOk(await probe());
      else expectError(await probe(), 400, 'unsupported_grant_type');
    }
  });

  /** A request by each way there is to authenticate, with what it says in header and body. */
  const METHODS: Readonly<Record<string, readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>]>> = {
    client_secret_basic: [C1, {}],
    client_secret_post: [NOBODY, { client_id: 'C1', client_secret: SECRETS.C1 }],
    none: [NOBODY, { client_id: 'P1' }],
    private_key_jwt: [NOBODY, { client_id: 'C1', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: 'a.b.c' }],
    tls_client_auth: [NOBODY, { client_id: 'C1' }],
  };
  it('MD-08 lists the ways to authenticate at each endpoint, each of which works there, and no other does', async () => {
    const server = await start();
    const metadata = await metadataOf(server);
    for (const [method, [headers, body]] of Object.entries(METHODS)) {
      const token = await post(server, '/oauth/token', { grant_type: 'password', username: 'U1', password: 'pw1', ...body }, headers);
      if (metadata.token_endpoint_auth_methods_supported.includes(method)) expectOk(token);
      else expectE401(token);
      const { json } = await login(server, method === 'none' ? { client_id: 'P1' } : {}, method === 'none' ? NOBODY : C1);
      const looked = await introspect(server, json['access_token'], headers, body);
      if (metadata.introspection_endpoint_auth_methods_supported.includes(method)) expect(looked.json['active']).toBe(true);
      else expectE401(looked);
      const revoked = await revoke(server, json['access_token'], body, headers);
      if (metadata.revocation_endpoint_auth_methods_supported.includes(method)) expectRevoked(revoked);
      else expectE401(revoked);
    }
    expect(metadata.token_endpoint_auth_methods_supported).toEqual(['client_secret_basic', 'client_secret_post', 'none']);
    expect(metadata.revocation_endpoint_auth_methods_supported).toEqual(['client_secret_basic', 'client_secret_post', 'none']);
    expect(metadata.introspection_endpoint_auth_methods_supported).toEqual(['client_secret_basic', 'client_secret_post']);
    // The sub is the same for every client (OpenID Connect Core §8).
    expect(metadata).toMatchObject({ subject_types_supported: ['public'] });
  });

  it('MD-08 MD-11 offers nothing to public clients, and nothing about users, where no grant has a user', async () => {
    const server = await start({ verifyUser: undefined } as unknown as Partial<OAuthRouterOptions>);
    const metadata = await metadataOf(server);
    for (const name of ['token', 'revocation', 'introspection']) {
      expect(metadata[`${name}_endpoint_auth_methods_supported`]).toEqual(['client_secret_basic', 'client_secret_post']);
    }
    for (const name of ['userinfo_endpoint', 'id_token_signing_alg_values_supported', 'subject_types_supported']) expect(metadata).not.toHaveProperty(name);
  });

  it('MD-09 MD-11 MD-16 says nothing of what is not offered', async () => {
    const metadata = await metadataOf(await start());
    for (const name of Object.keys(metadata)) {
      expect(name).not.toMatch(/auth_signing_alg|dpop|tls_|mtls|authorization_endpoint|registration|code_challenge|introspection_signing|signed_metadata|protected_resources|end_session/);
    }
    expect(JSON.stringify(metadata)).not.toMatch(/private_key_jwt|client_secret_jwt/);
  });

  it('MD-09 lists the algorithms of id_tokens, never none, and signs with each for the client that wants it', async () => {
    const ring = (['ES256', 'RS256', 'PS256', 'ES384', 'ES512'] as const).map((alg) => newKey(alg));
    const server = await start({ keys: ring });
    const listed = (await metadataOf(server)).id_token_signing_alg_values_supported;
    expect([...listed].sort()).toEqual(['ES256', 'ES384', 'ES512', 'HS256', 'HS384', 'HS512', 'PS256', 'RS256']);
    const secret = 's'.repeat(64);
    for (const alg of listed) {
      server.clients.set('C1', { ...server.clients.get('C1')!, secretHash: '', secret, idTokenAlg: alg });
      const answer = await login(server, { scope: 'openid' }, basic('C1', secret));
      expectOk(answer);
      const token = String(answer.json['id_token']);
      const { protectedHeader } = alg.startsWith('HS')
        ? await jwtVerify(token, Buffer.from(secret), { issuer: ISSUER, audience: 'C1' })
        : await jwtVerify(token, createLocalJWKSet(await jwksOf(server)), { issuer: ISSUER, audience: 'C1' });
      expect(protectedHeader.alg).toBe(alg);
    }
    for (const alg of ['RS384', 'PS512'] as const) {
      const client: Client = { ...server.clients.get('C1')!, idTokenAlg: alg };
      server.clients.set('C1', client);
      expectError(await login(server, { scope: 'openid' }, basic('C1', secret)), 500, 'server_error');
    }
  });

  it('MD-14 is read by GET and HEAD, by anyone', async () => {
    const server = await start();
    for (const path of [...DOCUMENTS, '/oauth/jwks']) {
      const got = await send(server, path);
      const head = await send(server, path, { method: 'HEAD' });
      expect({ status: head.status, length: head.headers.get('content-length'), text: head.text }).toEqual({ status: 200, length: String(Buffer.byteLength(got.text)), text: '' });
      expect(got.headers.get('access-control-allow-origin')).toBeNull();
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await send(server, path, { method });
        expectError(answer, 405, 'invalid_request');
        expect(answer.headers.get('allow')).toBe('GET, HEAD');
      }
      // Whoever sends something with it gets the same.
      for (const headers of [C1, basic('C1', 'wrong'), bearer('x'), { accept: 'text/html' }, { 'if-none-match': '*' }]) expect((await send(server, path, { headers })).text).toBe(got.text);
      expect((await send(server, `${path}?issuer=https://evil.example`)).text).toBe(got.text);
    }
  });

  it('MD-14 leaves CORS to the app, which may offer it', async () => {
    const server = await serve({
      express,
      before: (app) => app.use((_req, res, next) => { res.set('Access-Control-Allow-Origin', '*'); next(); }),
      routes: (app, router) => app.use(router.wellKnown),
    });
    for (const path of [...DOCUMENTS, '/oauth/jwks']) expect((await send(server, path)).headers.get('access-control-allow-origin')).toBe('*');
  });

  it('MD-15 may be kept for a bounded time, and shows a new key to the next who asks', async () => {
    const keys = [newKey('ES256', 'one'), newKey('RS256', 'two')];
    const server = await start({ keys: keys.slice(0, 1) });
    for (const path of [...DOCUMENTS, '/oauth/jwks']) {
      const [, seconds = ''] = /^public, max-age=(\d+)$/.exec((await send(server, path)).headers.get('cache-control') ?? '') ?? [];
      expect(Number(seconds)).toBeGreaterThanOrEqual(300);
      expect(Number(seconds)).toBeLessThanOrEqual(3600);
    }
    server.oauth.useKeys(keys);
    expect((await jwksOf(server)).keys.map(({ kid }) => kid)).toEqual(['one', 'two']);
    expect((await metadataOf(server)).id_token_signing_alg_values_supported).toContain('RS256');
  });

  it('MD-02 leaves alone what is none of its documents', async () => {
    const server = await serve({
      express,
      routes: (app, router) => {
        app.use(router.wellKnown);
        app.use((_req, res) => { res.status(418).json({}); });
      },
    });
    for (const path of ['/.well-known/openid-configuration', '/.well-known/', '/.well-known/oauth-authorization-server/oauth/', '/.well-known/oauth-authorization-server/oauth/x', '/.well-known/OAUTH-authorization-server/oauth', '/oauth/unknown']) {
      expect([path, (await send(server, path)).status]).toEqual([path, 418]);
    }
  });
});

describe.each(MAJORS)('the JWKS on Express %i', (express: ExpressMajor) => {
  const ring = (): readonly KeyOption[] => [
    newKey('ES256'), newKey('ES256'), newKey('ES384', 'named'), newKey('RS256'), newKey('PS512'), { alg: 'HS256', secret: 'h'.repeat(32) }, { alg: 'HS512', kid: 'symmetric', secret: 'k'.repeat(64) },
  ];

  it('JK-01 JK-03 JK-04 lists each key with kid, alg and use', async () => {
    const server = await serve({ express, oauth: { keys: ring() } });
    const answer = await send(server, '/oauth/jwks');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(Object.keys(answer.json)).toEqual(['keys']);
    const { keys } = await jwksOf(server);
    expect(keys.map(({ kty, alg }) => `${kty} ${String(alg)}`)).toEqual(['EC ES256', 'EC ES256', 'EC ES384', 'RSA RS256', 'RSA PS512']);
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const { kid, use } of keys) expect({ kid, use }).toEqual({ kid: expect.stringMatching(/./) as string, use: 'sig' });
  });

  it('JK-02 shows public members alone, whatever form the key was given in', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const forms: readonly KeyOption[] = [
      { alg: 'ES256', privateKey },
      { alg: 'ES256', kid: 'pem', privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) },
      { alg: 'ES256', kid: 'jwk', privateKey: { ...privateKey.export({ format: 'jwk' }), key_ops: ['sign'], ext: true, 'x-note': 'not for others' } },
      { alg: 'RS256', kid: 'rsa', privateKey: rsa.export({ format: 'jwk' }) },
      { alg: 'HS256', secret: 'h'.repeat(32) },
    ];
    const server = await serve({ express, oauth: { keys: forms } });
    const { keys } = await jwksOf(server);
    const members = { EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'], RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'] };
    expect(keys).toHaveLength(4);
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(members[key.kty as keyof typeof members]);
    expect(JSON.stringify(keys)).not.toContain('h'.repeat(32));
    const only = await serve({ express, oauth: { keys: [{ alg: 'HS256', secret: 'h'.repeat(32) }] } });
    expect((await jwksOf(only)).keys).toEqual([]);
  });

  it.each(['PS256', 'RS256'] as const)('JK-02 refuses at start, for %s, a key that has no JWK form', (alg) => {
    const { privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    for (const kid of [{}, { kid: 'pss' }]) {
      expect(() => oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [{ alg, privateKey, ...kid }] })).toThrow(/rsaEncryption/);
    }
  });

  it('JK-03 gives a key without kid its RFC 7638 thumbprint, the same in each process', async () => {
    const key = newKey('ES256');
    const [one, other] = [await serve({ express, oauth: { keys: [key] } }), await serve({ express, oauth: { keys: [key] } })];
    const [{ keys }, again] = [await jwksOf(one), await jwksOf(other)];
    expect(keys).toEqual(again.keys);
    expect(keys[0]?.kid).toMatch(/^[\w-]{43}$/);
    expect(() => oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [newKey('ES256', 'same'), newKey('RS256', 'same')] })).toThrow(/kid/);
    expect(() => oauthRouter({ issuer: ISSUER, findClient: () => undefined, keys: [key, key] })).toThrow(/kid/);
  });

  it('JK-04 takes no signature by another algorithm of the same key', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const server = await serve({ express, oauth: { keys: [{ alg: 'RS256', kid: 'rsa', privateKey }] } });
    const { json } = await T(server, { grant_type: 'client_credentials', scope: 'a' });
    const good = String(json['access_token']);
    expect((await R(server, good)).status).toBe(200);
    const payload = good.split('.')[1]!;
    for (const [alg, hash, pss] of [['PS256', 'sha256', true], ['RS512', 'sha512', false], ['RS384', 'sha384', false]] as const) {
      const input = `${Buffer.from(JSON.stringify({ ...headerOf(good), alg })).toString('base64url')}.${payload}`;
      const signature = sign(hash, Buffer.from(input), { key: privateKey, ...(pss ? { padding: 6, saltLength: 32 } : {}) });
      const answer = await R(server, `${input}.${signature.toString('base64url')}`);
      expect([alg, answer.status]).toEqual([alg, 401]);
    }
  });

  it('JK-05 verifies by a key while it stands in the ring, wherever it stands, and not after', async () => {
    const [old, next, last] = [newKey('ES256'), newKey('RS256'), newKey('ES256')];
    const server = await serve({ express, oauth: { keys: [old] } });
    const issue = async (): Promise<unknown> => (await T(server, { grant_type: 'client_credentials', scope: 'a' })).json['access_token'];
    const first = await issue();
    server.oauth.useKeys([old, next]);
    const second = await issue();
    expect(headerOf(second)['kid']).toBe(headerOf(first)['kid']);
    server.oauth.useKeys([next, old]);
    const third = await issue();
    expect(headerOf(third)).toMatchObject({ alg: 'RS256' });
    for (const token of [first, second, third]) expect((await R(server, token)).status).toBe(200);
    server.oauth.useKeys([last, next]);
    for (const [token, status] of [[first, 401], [second, 401], [third, 200], [await issue(), 200]] as const) expect((await R(server, token)).status).toBe(status);
    expect((await jwksOf(server)).keys).toHaveLength(2);
    expectInactive(await introspect(server, first));
  });

  it('JK-05 keeps the keys it has when the new ones are no good', async () => {
    const server = await serve({ express, oauth: { keys: [newKey()] } });
    const { json } = await T(server, { grant_type: 'client_credentials', scope: 'a' });
    const bad: unknown[] = [undefined, [], {}, [{}], [{ alg: 'none' }], [{ alg: 'ES256', privateKey: 'x' }], [newKey('ES256', 'a'), newKey('ES256', 'a')], [newKey(), { alg: 'HS256', secret: 'short' }]];
    for (const keys of bad) expect(() => { server.oauth.useKeys(keys as KeyOption[]); }).toThrow(TypeError);
    expect((await R(server, json['access_token'])).status).toBe(200);
    expect((await jwksOf(server)).keys).toHaveLength(1);
  });
});

describe('a router that does not stand where its issuer says', () => {
  type Case = readonly [issuer: string, mount: string, path: string];
  /** Asks each of these routers three times. */
  const program = (cases: readonly Case[]): string => `
    const express = require('express');
    const { oauthRouter } = require('./lib');
    const ask = (issuer, mount, path) => new Promise((done) => {
      const oauth = oauthRouter({ issuer, findClient: () => undefined, keys: [{ alg: 'HS256', secret: 'k'.repeat(32) }], onEvent() {} });
      const server = express().use(mount, oauth).listen(0, '127.0.0.1', async () => {
        for (let i = 0; i < 3; i += 1) await (await fetch('http://127.0.0.1:' + server.address().port + path)).text();
        server.close(done);
        server.closeAllConnections();
      });
    });
    (async () => { for (const one of ${JSON.stringify(cases)}) await ask(...one); })();`;

  it('MD-02 warns once, and names both places', async () => {
    const cases: readonly Case[] = [
      ['https://auth.example/oauth', '/auth', '/auth/jwks'],
      ['https://auth.example/oauth', '/', '/jwks'],
      ['https://auth.example', '/oauth', '/oauth/.well-known/openid-configuration'],
      ['https://auth.example/oauth', '/v2/oauth', '/v2/oauth/token'],
    ];
    const said = (await warningsOf(program(cases))).split('\n').filter((line) => line.includes('OAUTH_MOUNT'));
    expect(said).toHaveLength(cases.length);
    cases.forEach(([issuer, mount], at) => {
      expect(said[at]).toContain(`mounted at ${JSON.stringify(new URL(issuer).pathname)}, but it is mounted at ${JSON.stringify(mount)}`);
    });
  });

  it('MD-02 is silent where it stands right, however a request spells the path', async () => {
    const text = await warningsOf(
      program([
        ['https://auth.example/oauth', '/oauth', '/oauth/jwks'],
        ['https://auth.example/oauth/', '/oauth', '/oauth/jwks'],
        ['https://auth.example', '/', '/jwks'],
        ['https://auth.example/oauth', '/oauth', '/OAUTH/jwks'],
        ['https://auth.example/oauth', '/oauth', '/oauth/nothing'],
        ['https://auth.example/a%20b', '/a%20b', '/a%20b/jwks'],
      ]),
    );
    expect(text).toBe('');
  });
});
