import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { memoryStore, oauthRouter, type OAuthRouterOptions, type TokenStore } from '../../lib';

const SECRET = 'hunter2-hunter2';
const issuer = 'https://api.example.com/oauth';
const findClient = (): undefined => undefined;
const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { alg: 'ES256', privateKey: es256.privateKey } as const;
const good = { issuer, findClient, keys: [key] };

/** The lines of the one TypeError that these options get, without its first. */
function problemsOf(options: unknown): string[] {
  try {
    void oauthRouter(options as OAuthRouterOptions).close();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    const [first, ...lines] = (error as TypeError).message.split('\n');
    expect(first).toBe(`oauthRouter: ${lines.length === 1 ? 'a problem' : `${String(lines.length)} problems`} in the options`);
    for (const line of lines) expect(line).toMatch(/^- \S.*: received .+, wanted .+$/);
    return lines;
  }
  return [];
}

/** The one problem of otherwise good options, split into its parts. */
function problemOf(options: object): { readonly path: string; readonly received: string; readonly rest: string } {
  const lines = problemsOf({ ...good, ...options });
  expect(lines).toHaveLength(1);
  const [, path = '', received = '', rest = ''] = /^- (.+?): received (.+?), wanted (.+)$/.exec(lines[0] ?? '') ?? [];
  return { path, received, rest };
}

const accepts = (options: object): void => { expect(problemsOf({ ...good, ...options })).toEqual([]); };

it('takes the least that it needs, and everything that there is', () => {
  accepts({});
  const everything: Required<OAuthRouterOptions> = {
    issuer, findClient, verifyUser: findClient, findUser: findClient, keys: [{ ...key, kid: 'one' }, { alg: 'HS256', secret: 'x'.repeat(32), kid: 'two' }],
    accessToken: { format: 'opaque', lifetime: 60, audience: ['https://files.example/'], claims: () => ({}) },
    refreshToken: { idleLifetime: 60, absoluteLifetime: 600, reuseWindow: 0 },
    grantScopes: () => [], grants: [{ type: 'urn:x', handle: findClient }], store: memoryStore(), throttle: true, timeout: 0.5, onEvent: () => undefined, realm: 'app', requireTls: true,
  };
  accepts(everything);
  // A variable that nobody has set is an option that nobody has given.
  const unset = Object.fromEntries(Object.keys(everything).filter((name) => !(name in good)).map((name) => [name, undefined]));
  accepts(unset);
});

it('says everything that is wrong in one TypeError: path, what it received, what it wanted', () => {
  const problems = problemsOf({
    issuer: 'http://api.example.com/oauth?x=1', verifyUser: 'no', keys: [], accessToken: { format: 'JWT', lifetime: 0 }, refreshToken: { reuseWindow: -1, idle: 5 },
    grants: [{ type: 'password', handle: findClient }, { type: 'urn:x' }], store: {}, timeout: Number.NaN, realm: 'a"\n', requireTls: 'yes', onEvents: findClient,
  });
  const paths = problems.map((line) => /^- (.+?): /.exec(line)?.[1]);
  expect(paths.sort()).toEqual([
    'accessToken.format', 'accessToken.lifetime', 'findClient', 'grants[0].type', 'grants[1].handle', 'issuer', 'keys', 'onEvents', 'realm', 'refreshToken.idle', 'refreshToken.reuseWindow',
    'requireTls', 'store.createFamily', 'store.findAccessToken', 'store.findFamily', 'store.revocations', 'store.revoke', 'store.rotateFamily', 'store.saveAccessToken', 'timeout', 'verifyUser',
  ]);
  expect(problems).toContain('- accessToken.format: received "JWT", wanted jwt or opaque');
  expect(problems).toContain('- accessToken.lifetime: received 0, wanted a whole number of seconds from 1 to 315360000');
  expect(problems).toContain('- findClient: received nothing, wanted a function (clientId) => Client | undefined');
  expect(problems).toContain('- requireTls: received a string of 3 characters, wanted true or false');
  expect(problems).toContain('- onEvents: received a function, wanted an option that exists; did you mean onEvent?');
});

it.each([undefined, null, 'options', 7, true, [], [good], findClient])('wants an object of options, not %p', (options) => {
  const lines = problemsOf(options);
  expect(lines.some((line) => line.startsWith('- issuer: received nothing'))).toBe(true);
  expect(lines).toHaveLength(options === undefined ? 2 : 3);
  expect(lines.some((line) => line.startsWith('- options: '))).toBe(options !== undefined);
});

it.each(['accessToken', 'refreshToken', 'throttle'])('wants an object in %s', (name) => {
  for (const wrong of [null, 'x', 7, [], () => undefined]) expect(problemOf({ [name]: wrong })).toMatchObject({ path: name, rest: expect.stringContaining('an object') as string });
});

it('refuses names it does not know, and suggests the one that was meant', () => {
  const meant: [object, string, string][] = [
    [{ verifyuser: findClient }, 'verifyuser', 'verifyUser'], [{ veryfyUser: findClient }, 'veryfyUser', 'verifyUser'], [{ grantScope: findClient }, 'grantScope', 'grantScopes'],
    [{ Store: memoryStore() }, 'Store', 'store'], [{ timeOut: 1 }, 'timeOut', 'timeout'], [{ key: [key] }, 'key', 'keys'],
    [{ accessToken: { lifeTime: 5 } }, 'accessToken.lifeTime', 'lifetime'], [{ refreshToken: { idleLifetimes: 5 } }, 'refreshToken.idleLifetimes', 'idleLifetime'],
    [{ keys: [{ ...key, kdi: 'x' }] }, 'keys[0].kdi', 'kid'],
  ];
  for (const [options, path, name] of meant) expect(problemOf(options)).toMatchObject({ path, rest: `an option that exists; did you mean ${name}?` });
  expect(problemOf({ model: {} }).rest).toMatch(/^an option that exists; there are issuer, findClient, .*requireTls$/);
  expect(problemOf({ refreshToken: { ttl: 5 } }).rest).toBe('an option that exists; there are idleLifetime, absoluteLifetime, reuseWindow');
  expect(problemsOf(JSON.parse(`{"issuer":"${issuer}","__proto__":{}}`)).some((line) => line.startsWith('- __proto__: '))).toBe(true);
});

it('quotes no secret, wherever it may have been put', () => {
  const wrong = {
    issuer: `https://user:${SECRET}@api.example.com/oauth`, findClient: SECRET, verifyUser: SECRET, findUser: [SECRET], grantScopes: SECRET, password: SECRET, clientSecret: SECRET, pepper: SECRET,
    [`token`]: SECRET, jwt: SECRET, pin: 14263, dsn: `postgres://user:${SECRET}@db/x`, store: `redis://:${SECRET}@cache/0`, onEvent: SECRET, throttle: SECRET, timeout: SECRET, requireTls: SECRET,
    keys: [
      SECRET, { alg: 'HS256', secret: SECRET }, { alg: 'HS256', secret: [SECRET] }, { alg: 'ES256', privateKey: `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----` },
      { alg: 'ES256', privateKey: { kty: 'EC', crv: 'P-256', d: SECRET, x: SECRET, y: SECRET } }, { alg: SECRET, secret: SECRET }, { alg: 'HS256', privateKey: SECRET }, { kid: 7, alg: 'HS256', secret: SECRET.repeat(9) },
      { alg: 'ES256', passphrase: SECRET, privateKey: SECRET }, { alg: 'HS512', secret: createSecretKey(Buffer.from(SECRET)) },
    ],
    accessToken: { secret: SECRET, format: { [SECRET]: SECRET }, claims: SECRET }, refreshToken: { secret: SECRET, reuseWindow: SECRET }, grants: [SECRET, { type: 'urn:x', secret: SECRET }],
  };
  for (const options of [wrong, { ...wrong, keys: SECRET }, SECRET]) {
    const message = problemsOf(options).join('\n');
    expect(message).not.toBe('');
    expect(message).not.toMatch(new RegExp(`${SECRET}|14263|BEGIN`));
  }
  expect(problemsOf(wrong).filter((line) => line.startsWith('- keys[')).length).toBeGreaterThanOrEqual(10);
});

it.each([
  'https://api.example.com', 'https://api.example.com/', 'https://api.example.com/oauth', 'https://api.example.com:8443/a/b', 'http://localhost/oauth', 'http://localhost:3000/oauth', 'http://127.0.0.1:3000/oauth', 'http://[::1]:3000/oauth',
])('takes the issuer %s', (url) => { accepts({ issuer: url }); });

it.each([
  'http://api.example.com/oauth', 'http://localhost.example.com/oauth', 'http://127.0.0.1.example.com/', 'http://128.0.0.1/', 'https://api.example.com/?a=b', 'https://api.example.com/#x', 'https://api.example.com/?', 'https://api.example.com/#',
  'api.example.com', '/oauth', '', ' ', 'https://', 'ftp://api.example.com/', 'javascript:alert(1)', 'https://user@api.example.com/', ' https://api.example.com/', 'https://api.example.com/a b',
])('refuses the issuer %j', (url) => {
  expect(problemOf({ issuer: url })).toMatchObject({ path: 'issuer', rest: expect.stringMatching(/^an absolute https URL without query and fragment/) as string });
});

it.each([7, null, {}, [issuer], new URL(issuer)])('refuses the issuer %p, which is no text', (url) => { expect(problemOf({ issuer: url }).path).toBe('issuer'); });

it('says of a missing issuer what one looks like', () => {
  expect(problemsOf({ findClient, keys: [key] })).toEqual([expect.stringMatching(/^- issuer: received nothing, wanted .*; for example https:\/\/api\.example\.com\/oauth$/)]);
});

const wholeSeconds: [string, (value: unknown) => object][] = [
  ['accessToken.lifetime', (lifetime) => ({ accessToken: { lifetime } })],
  ['refreshToken.idleLifetime', (idleLifetime) => ({ refreshToken: { idleLifetime } })],
  ['refreshToken.absoluteLifetime', (absoluteLifetime) => ({ refreshToken: { absoluteLifetime } })],
];
it.each(wholeSeconds)('takes whole seconds from 1 to ten years for %s', (path, options) => {
  for (const value of [1, 3600, 315_360_000]) accepts(options(value));
  for (const value of [0, -1, 1.5, 315_360_001, Infinity, Number.NaN, '3600', null, 10n, [60]]) expect(problemOf(options(value)).path).toBe(path);
});

it('takes seconds and parts of them for reuseWindow and timeout', () => {
  for (const reuseWindow of [0, 0.5, 300]) accepts({ refreshToken: { reuseWindow } });
  for (const reuseWindow of [-0.1, 301, Infinity, '10', Number.NaN]) expect(problemOf({ refreshToken: { reuseWindow } }).path).toBe('refreshToken.reuseWindow');
  for (const timeout of [0.01, 10, 300]) accepts({ timeout });
  for (const timeout of [0, -1, 301, Infinity, Number.NaN, '10', false]) expect(problemOf({ timeout }).path).toBe('timeout');
});

it('wants functions for callbacks', () => {
  for (const name of ['findClient', 'verifyUser', 'findUser', 'grantScopes', 'onEvent']) {
    for (const wrong of [{}, 'x', 7, null, true]) expect(problemOf({ [name]: wrong })).toMatchObject({ path: name, rest: expect.stringMatching(/^a function \(/) as string });
  }
  expect(problemOf({ accessToken: { claims: {} } }).path).toBe('accessToken.claims');
});

it('wants an audience, if one is given', () => {
  for (const audience of ['https://files.example/', ['a', 'b']]) accepts({ accessToken: { audience } });
  for (const audience of ['', [], [''], [7], {}, null]) expect(problemOf({ accessToken: { audience } }).path).toBe('accessToken.audience');
});

it('names the verbs that a store lacks', () => {
  const store = { ...memoryStore(), findFamily: 'x', revoke: undefined };
  expect(problemsOf({ ...good, store }).sort()).toEqual(['- store.findFamily: received a string of 1 characters, wanted a function', '- store.revoke: received nothing, wanted a function']);
  for (const wrong of [null, 'redis://localhost', 7, () => undefined, []]) expect(problemOf({ store: wrong }).path).toBe('store');
  class OwnStore {}
  Object.assign(OwnStore.prototype, memoryStore());
  accepts({ store: new OwnStore() as TokenStore });
});

it('names what is wrong with a grant', () => {
  const handle = findClient;
  const wrong: [unknown, string][] = [
    [[{ handle }], 'grants[0].type'], [[{ type: '', handle }], 'grants[0].type'], [[{ type: 7, handle }], 'grants[0].type'], [[{ type: 'urn:x' }], 'grants[0].handle'], [[{ type: 'urn:x', handle: 'x' }], 'grants[0].handle'],
    [[{ type: 'password', handle }], 'grants[0].type'], [[{ type: 'client_credentials', handle }], 'grants[0].type'], [[{ type: 'refresh_token', handle }], 'grants[0].type'],
    [[{ type: 'urn:x', handle }, { type: 'urn:x', handle }], 'grants[1].type'], [['urn:x'], 'grants[0]'], [[null], 'grants[0]'], [{ type: 'urn:x', handle }, 'grants'], ['urn:x', 'grants'],
  ];
  for (const [grants, path] of wrong) expect(problemOf({ grants }).path).toBe(path);
  accepts({ grants: [] });
  class OwnGrant {
    readonly type = 'urn:x';
    readonly window = 5;
    handle(): undefined { return undefined; }
  }
  accepts({ grants: [new OwnGrant(), { type: 'urn:y', handle }] });
});

it('names what is wrong with a key', () => {
  const secret = 'x'.repeat(32);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const wrong: [unknown, string][] = [
    [{ secret }, 'keys[0]'], [{ alg: 'none', secret }, 'keys[0]'], [{ alg: 'HS256', secret: 'x'.repeat(31) }, 'keys[0]'], [{ alg: 'HS512', secret: 'x'.repeat(63) }, 'keys[0]'], [{ alg: 'HS256', secret: '' }, 'keys[0]'],
    [{ alg: 'HS256', privateKey: es256.privateKey }, 'keys[0]'], [{ alg: 'ES256', secret }, 'keys[0]'], [{ alg: 'ES384', privateKey: es256.privateKey }, 'keys[0]'], [{ alg: 'RS256', privateKey: es256.privateKey }, 'keys[0]'],
    [{ alg: 'RS256', privateKey: rsa.privateKey }, 'keys[0]'], [{ alg: 'ES256', privateKey: es256.publicKey }, 'keys[0]'], [{ alg: 'ES256', privateKey: 'nonsense' }, 'keys[0]'], [{ ...key, kid: '' }, 'keys[0]'], [{ ...key, kid: 7 }, 'keys[0]'],
    [null, 'keys[0]'], ['x', 'keys[0]'], [[], 'keys[0]'], [{}, 'keys[0]'],
  ];
  for (const [one, path] of wrong) expect(problemOf({ keys: [one] })).toMatchObject({ path, rest: expect.stringMatching(/^a key; ./) as string });
  for (const keys of [[], {}, 'x', null, key]) expect(problemOf({ keys }).path).toBe('keys');
  expect(problemOf({ keys: [{ ...key, kid: 'x' }, { alg: 'HS256', secret, kid: 'x' }] })).toMatchObject({ path: 'keys', rest: 'a kid of its own for each key' });
  expect(problemOf({ keys: [key, { ...key, alg: 'ES512' }] }).path).toBe('keys[1]');
});

it('says of new keys what it says of the first', async () => {
  const oauth = oauthRouter(good);
  for (const keys of [[], undefined, [{ alg: 'HS256', secret: SECRET }]]) {
    const replace = (): void => { oauth.useKeys(keys as never); };
    expect(replace).toThrow(TypeError);
    expect(replace).toThrow(/^useKeys: a problem in the options\n- keys/);
    expect(replace).not.toThrow(SECRET);
  }
  await oauth.close();
});

describe('in production', () => {
  const { NODE_ENV } = process.env;
  const { emitWarning } = process;
  const warnings: unknown[][] = [];

  beforeEach(() => {
    warnings.length = 0;
    process.emitWarning = (...args: unknown[]) => { warnings.push(args); };
  });
  afterEach(() => {
    process.env.NODE_ENV = NODE_ENV;
    process.emitWarning = emitWarning;
  });
  const codes = (): unknown[] => warnings.map(([, options]) => (options as { code?: unknown }).code);

  it('keys are needed; elsewhere their absence is worth one warning', () => {
    process.env.NODE_ENV = 'production';
    expect(problemsOf({ issuer, findClient })).toEqual(['- keys: received nothing, wanted at least one signing key in production']);
    expect(problemsOf({ findClient })).toHaveLength(2);
    expect(codes()).toEqual([]);
    process.env.NODE_ENV = 'development';
    for (let time = 0; time < 2; time += 1) expect(problemsOf({ issuer, findClient })).toEqual([]);
    expect(codes()).toEqual(['OAUTH_KEYS']);
  });

  it('a store in memory is worth one warning', () => {
    process.env.NODE_ENV = 'production';
    for (let time = 0; time < 2; time += 1) expect(problemsOf(good)).toEqual([]);
    expect(codes()).toEqual(['OAUTH_STORE']);
    expect(problemsOf({ ...good, store: memoryStore() })).toEqual([]);
    expect(codes()).toEqual(['OAUTH_STORE']);
  });
});
