import { generateKeyPairSync } from 'node:crypto';
import { resourceServer, type ResourceServerOptions } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, EXPRESS, listen, SECRETS } from '../support/app';
import { passTime } from '../support/clock';
import { expectChallenge, expectError } from '../support/expect';
import { until } from '../support/for-this-test';
import { C1, login, post, R, send, T, type Answer } from '../support/http';
import { realIssuer, type RealIssuer } from '../support/issuer';
import { es256, forge, hs256, TEST_KEY, TEST_KEYS, type Forgery } from '../support/jwt';
import { cannedIssuer } from '../support/outsider';
import { resource, type Resource } from '../support/resource';
import { MAJORS } from '../support/serve';

type Way = Pick<ResourceServerOptions, 'keys' | 'introspection'>;

const BY_JWKS: Way = {};
const BY_KEYS: Way = { keys: [{ kid: 'test', alg: 'ES256', publicKey: TEST_KEY.publicKey }] };
const BY_INTROSPECTION: Way = { introspection: { clientId: 'RS1', clientSecret: SECRETS.RS1 } };
const WAYS = { 'its JWKS': BY_JWKS, 'keys given': BY_KEYS, introspection: BY_INTROSPECTION };

const tokenOf = ({ issuer }: RealIssuer, { claims, ...rest }: Forgery & { readonly claims?: object } = {}): string =>
  forge({ ...rest, claims: { iss: issuer, aud: AUDIENCE_1, ...claims } });
const accessToken = async (issuer: RealIssuer, extra = {}): Promise<string> => String((await login(issuer, extra)).json['access_token']);
const status = ({ status: code }: Answer): number => code;

describe.each(Object.entries(WAYS))('a resource server that verifies by %s', (name, way) => {
  it.each(MAJORS)('knows what the issuer itself knows of a token, on Express %s', async (major) => {
    const issuer = await realIssuer({ accessToken: { audience: AUDIENCE_1, claims: () => ({ plan: 'free' }) } });
    const app = await resource({ issuer: issuer.issuer, ...way }, major);
    const token = await accessToken(issuer, { scope: 'a b' });
    const answer = await R(app, token);
    expect(answer.status).toBe(200);
    expect(answer.json['auth']).toMatchObject({
      token, clientId: 'C1', scopes: ['a', 'b'], subject: 'user-1', userId: 'user-1', resource: AUDIENCE_1, extra: { plan: 'free' },
      claims: { sub: 'user-1', client_id: 'C1', scope: 'a b', aud: AUDIENCE_1, iss: issuer.issuer },
    });
    expect((answer.json['auth'] as { expiresAt: number }).expiresAt).toBeGreaterThan(Date.now() / 1000 + 3000);
    expect(Object.isFrozen(app.handled[0])).toBe(true);
    const { resource: url } = app.handled[0] as { readonly resource: URL };
    for (const name of ['href', 'host', 'pathname', 'search', 'hash', 'username'] as const) expect(() => { url[name] = 'other'; }).toThrow(TypeError);
    url.searchParams.set('more', '1');
    expect(url).toBeInstanceOf(URL);
    expect([url.href, String(url), url.search]).toEqual([AUDIENCE_1, AUDIENCE_1, '']);
    expect((await R(app, token)).json['auth']).toEqual(answer.json['auth']);
  });

  it('tells a user from an app, and one scope from another', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, ...way });
    const own = (await T(issuer, { grant_type: 'client_credentials', scope: 'a' })).json['access_token'];
    expect((await R(app, own)).status).toBe(200);
    expect(app.handled[0]).not.toHaveProperty('userId');
    expectChallenge(await R(app, own, '/user'), 403, 'insufficient_scope');
    expect((await R(app, await accessToken(issuer), '/user')).status).toBe(200);
    expectChallenge(await R(app, await accessToken(issuer, { scope: 'b' })), 403, 'insufficient_scope');
  });

  it('refuses every token that is not for it', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, ...way });
    const { json: tokens } = await login(issuer, { scope: 'a openid' });
    expect((await R(app, tokens['access_token'])).status).toBe(200);
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const pem = TEST_KEY.publicKey.export({ type: 'spki', format: 'pem' });
    const soon = Math.floor(Date.now() / 1000);
    const bad = {
      'an id_token': tokens['id_token'],
      'a refresh token': tokens['refresh_token'],
      'for another resource': await accessToken(issuer, { resource: AUDIENCE_2 }),
      'of another issuer': tokenOf(issuer, { claims: { iss: 'https://elsewhere.example' } }),
      'of our issuer with a slash': tokenOf(issuer, { claims: { iss: `${issuer.issuer}/` } }),
      'signed by a stranger': tokenOf(issuer, { sign: es256(stranger) }),
      unsigned: tokenOf(issuer, { header: { alg: 'none' }, sign: () => Buffer.alloc(0) }),
      'signed with the public key as a secret': tokenOf(issuer, { header: { alg: 'HS256' }, sign: hs256(pem) }),
      'with crit': tokenOf(issuer, { header: { crit: ['exp'] } }),
      'a DPoP proof': tokenOf(issuer, { header: { typ: 'dpop+jwt' } }),
      'a plain JWT': tokenOf(issuer, { header: { typ: 'JWT' } }),
      'at its end': tokenOf(issuer, { claims: { iat: soon - 600, exp: soon - 6 } }),
      'from the future': tokenOf(issuer, { claims: { nbf: soon + 60 } }),
      'without client_id': tokenOf(issuer, { claims: { client_id: undefined } }),
      garbage: 'garbage',
    };
    for (const [what, token] of Object.entries(bad)) {
      const answer = await R(app, token);
      expect({ what, status: answer.status }).toEqual({ what, status: 401 });
      expectChallenge(answer, 401, 'invalid_token');
    }
    expect(app.handled).toHaveLength(1);
    expect(app.faults()).toEqual([]);
  });

  it('hears of a revocation as soon as it can', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, ...way, ...(name === 'introspection' ? { introspection: { clientId: 'RS1', clientSecret: SECRETS.RS1, cacheFor: 0 } } : {}) });
    const token = await accessToken(issuer);
    await post(issuer, '/oauth/revoke', { token }, C1);
    // A JWKS says nothing of single tokens.
    expect((await R(app, token)).status).toBe(name === 'introspection' ? 401 : 200);
  });
});

describe('a resource server by keys', () => {
  it.each([BY_JWKS, BY_KEYS])('refuses every token in which one byte is another', async (way) => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, ...way });
    const token = await accessToken(issuer);
    expect((await R(app, token)).status).toBe(200);
    const mutated = Array.from(token, (character, at) => token.slice(0, at) + (character === 'A' ? 'B' : 'A') + token.slice(at + 1));
    const answers = await Promise.all(mutated.map((one) => R(app, one)));
    expect(new Set(answers.map(status))).toEqual(new Set([401]));
    expect(app.handled).toHaveLength(1);
  });

  it('verifies in the turn in which the request comes, once it has the keys', async () => {
    const issuer = await realIssuer();
    const resources = resourceServer({ issuer: issuer.issuer, audience: AUDIENCE_1 });
    const app = EXPRESS[5]();
    const sameTurn: boolean[] = [];
    app.use((_req, res, next) => {
      res.locals['sameTurn'] = true;
      queueMicrotask(() => (res.locals['sameTurn'] = false));
      next();
    });
    app.get('/resource', resources.requireBearer('a'), (_req, res) => {
      sameTurn.push(res.locals['sameTurn'] === true);
      res.end();
    });
    const server = await listen(app);
    const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}`;
    const token = await accessToken(issuer);
    for (const one of [token, await accessToken(issuer), token]) await R({ url }, one);
    server.close();
    server.closeAllConnections();
    expect(sameTurn).toEqual([false, true, true]);
  });

  it('takes an HMAC secret where one is given', async () => {
    const secret = 'a secret of more than thirty-two bytes';
    const issuer = await realIssuer({ keys: [{ alg: 'HS256', secret }] });
    const app = await resource({ issuer: issuer.issuer, keys: [{ alg: 'HS256', secret }] });
    expect((await R(app, await accessToken(issuer))).status).toBe(200);
    const other = await resource({ issuer: issuer.issuer, keys: [{ alg: 'HS256', secret: `${secret}!` }] });
    expectChallenge(await R(other, await accessToken(issuer)), 401, 'invalid_token');
  });

  it.each(['ES384', 'ES512', 'RS256', 'PS256'] as const)('knows keys without a name of their own by their thumbprint: %s', async (alg) => {
    const pair = alg.startsWith('ES')
      ? generateKeyPairSync('ec', { namedCurve: alg === 'ES384' ? 'P-384' : 'P-521' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const issuer = await realIssuer({ keys: [{ alg, privateKey: pair.privateKey }] });
    const token = await accessToken(issuer);
    for (const publicKey of [pair.publicKey, pair.publicKey.export({ format: 'jwk' }), pair.publicKey.export({ type: 'spki', format: 'pem' })]) {
      const app = await resource({ issuer: issuer.issuer, keys: [{ alg, publicKey }] });
      expect((await R(app, token)).status).toBe(200);
    }
    const remote = await resource({ issuer: issuer.issuer });
    expect((await R(remote, token)).status).toBe(200);
  });

  it('sees the keys rotate without a refused token', async () => {
    const keys = [0, 1, 2].map((n) => ({ kid: `key-${String(n)}`, alg: 'ES256' as const, privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }));
    const [first, second, third] = keys as [(typeof keys)[0], (typeof keys)[0], (typeof keys)[0]];
    const issuer = await realIssuer({ keys: [first] });
    // An hour of cool-down: an unknown key that is published before it signs is seen through maxAge alone.
    const app = await resource({ issuer: issuer.issuer, jwks: { maxAge: 0.05, cooldown: 3600 } });
    const live: string[] = [];
    const use = async (): Promise<void> => {
      live.push(await accessToken(issuer));
      for (const token of live) expect((await R(app, token)).status).toBe(200);
    };
    await use();
    for (const [signing, next, ...older] of [[first, second], [second, third, first]] as const) {
      issuer.oauth.useKeys([signing, next, ...older]);
      const published = issuer.count('/oauth/jwks') + 1;
      await until(use, () => issuer.count('/oauth/jwks') > published);
      issuer.oauth.useKeys([next, signing, ...older]);
      await use();
    }
  });
});

describe('a resource server by introspection', () => {
  it('takes opaque tokens, which mean nothing to one that has only keys', async () => {
    const issuer = await realIssuer({ accessToken: { format: 'opaque', audience: AUDIENCE_1 } });
    const token = await accessToken(issuer);
    const introspecting = await resource({ issuer: issuer.issuer, ...BY_INTROSPECTION });
    expect((await R(introspecting, token)).status).toBe(200);
    expect(introspecting.handled[0]).toMatchObject({ clientId: 'C1', userId: 'user-1', scopes: ['a'] });
    const verifying = await resource({ issuer: issuer.issuer });
    expectChallenge(await R(verifying, token), 401, 'invalid_token');
  });

  it('asks where it is told to, without looking for metadata', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, introspection: { clientId: 'RS1', clientSecret: SECRETS.RS1, endpoint: `${issuer.issuer}/introspect` } });
    expect((await R(app, await accessToken(issuer))).status).toBe(200);
    expect(issuer.count('/.well-known/oauth-authorization-server/oauth')).toBe(0);
  });

  it('lets good tokens in while others flood it with tokens that nobody issued', async () => {
    const issuer = await realIssuer({ throttle: { token: { points: 5, duration: 60 } } });
    const app = await resource({ issuer: issuer.issuer, ...BY_INTROSPECTION });
    const flood = await Promise.all(Array.from({ length: 50 }, (_, i) => R(app, `nobody-issued-${String(i)}`)));
    expect(new Set(flood.map(status))).toEqual(new Set([401, 503]));
    for (let i = 0; i < 5; i += 1) {
      expect((await R(app, await accessToken(issuer))).status).toBe(200);
      await R(app, `nor-this-${String(i)}`);
    }
  });

  it.each([
    ['is not authorised', { clientId: 'RS2', clientSecret: SECRETS.RS2 }, 401],
    ['has the wrong secret', { clientId: 'RS1', clientSecret: 'wrong' }, 503],
  ])('lets nobody in where it %s itself', async (_name, introspection, code) => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, introspection });
    expect((await R(app, await accessToken(issuer))).status).toBe(code);
    expect(app.handled).toEqual([]);
    if (code === 503) expect(app.faults()[0]).toContain('are clientId and clientSecret right?');
    expect(app.faults().join()).not.toContain('wrong');
  });
});

describe('an issuer that is away', () => {
  it('does not matter to tokens of keys that are known; the rest is told to come again', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, jwks: { maxAge: 0.05, cooldown: 0.05 } });
    const token = await accessToken(issuer);
    expect((await R(app, token)).status).toBe(200);
    await issuer.close();
    await until(() => R(app, token), (answer) => (expect(answer.status).toBe(200), app.faults().length > 0));
    const verdicts = await Promise.all([R(app, token), R(app, tokenOf(issuer)), R(app, tokenOf(issuer, { sign: es256(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) })), R(app, 'garbage')]);
    expect(verdicts.map(status)).toEqual([200, 200, 401, 401]);
    const unknown = await R(app, tokenOf(issuer, { header: { kid: 'new' } }));
    expectError(unknown, 503, 'temporarily_unavailable');
    expect(unknown.headers.get('retry-after')).toBe('1');

    const next = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const back = await realIssuer({ keys: [{ kid: 'new', alg: 'ES256', privateKey: next }] }, issuer.port);
    const fresh = await accessToken(back);
    expect((await until(() => R(app, fresh), (answer) => status(answer) !== 503)).status).toBe(200);
    // Its old key is not its key any more.
    expectChallenge(await R(app, token), 401, 'invalid_token');
  });

  it('is waited for by a resource server that starts before it', async () => {
    const issuer = await realIssuer();
    const token = await accessToken(issuer);
    await issuer.close();
    for (const way of [BY_JWKS, BY_INTROSPECTION]) {
      const app = await resource({ issuer: issuer.issuer, ...way });
      const before = await R(app, token);
      expectError(before, 503, 'temporarily_unavailable');
      expect(app.handled).toEqual([]);
      const back = await realIssuer({}, issuer.port);
      expect((await until(() => R(app, token), (answer) => status(answer) !== 503)).status).toBe(200);
      await back.close();
    }
  });

  it('breaks off what it was asked when the resource server is closed', async () => {
    const issuer = await cannedIssuer({ '/jwks': () => undefined });
    const app = await resource({ issuer: issuer.url });
    const answer = R(app, forge({ claims: { iss: issuer.url, aud: AUDIENCE_1 } }));
    await until(() => issuer.count('/jwks'), (count) => count > 0);
    await app.resources.close();
    expectError(await answer, 503, 'temporarily_unavailable');
    expect(app.faults()[0]).toContain('was closed');
  });
});

describe('the options of resourceServer', () => {
  const problemsOf = (options: unknown): string => {
    try {
      resourceServer(options as ResourceServerOptions);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return (error as Error).message;
    }
    return '';
  };
  const good = { issuer: 'https://auth.example', audience: 'files' };
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;

  it('are told all their problems at once', () => {
    const message = problemsOf({ issuer: 'http://auth.example', audiences: 'files', timeout: -1, introspection: { clientId: 'RS1', url: 'x' }, jwks: { maxAge: '1' } });
    for (const part of ['issuer: ', 'audience: ', 'audiences: ', 'did you mean audience?', 'timeout: ', 'introspection.clientSecret: ', 'introspection.url: ', 'jwks, introspection: ']) expect(message).toContain(part);
  });

  it.each<[string, object, string]>([
    ['nothing', { issuer: undefined, audience: undefined }, 'issuer'],
    ['an audience that is empty', { audience: [] }, 'audience'],
    ['two ways', { keys: BY_KEYS.keys, ...BY_INTROSPECTION }, 'one of them'],
    ['no keys in keys', { keys: [] }, 'an array of keys'],
    ['a key that is none', { keys: [null] }, 'keys[0]'],
    ['a private key', { keys: [{ alg: 'ES256', publicKey: TEST_KEY.privateKey }] }, 'publicKey must be a public key'],
    ['a private key in PEM', { keys: [{ alg: 'ES256', publicKey: TEST_KEY.privateKey.export({ type: 'pkcs8', format: 'pem' }) }] }, 'publicKey must be a public key'],
    ['a private key as JWK', { keys: [{ alg: 'ES256', publicKey: TEST_KEY.privateKey.export({ format: 'jwk' }) }] }, 'publicKey must be a public key'],
    ['the keys of an issuer', { keys: TEST_KEYS }, 'publicKey'],
    ['a weak key', { keys: [{ alg: 'RS256', publicKey: rsa }] }, 'at least 2048 bits'],
    ['a key of another algorithm', { keys: [{ alg: 'ES384', publicKey: TEST_KEY.publicKey }] }, 'ES384'],
    ['a public key for HMAC', { keys: [{ alg: 'HS256', publicKey: TEST_KEY.publicKey }] }, 'secret with HS256'],
    ['a short secret', { keys: [{ alg: 'HS256', secret: 'short-secret' }] }, 'at least 32 bytes'],
    ['two keys of one name', { keys: [...(BY_KEYS.keys ?? []), ...(BY_KEYS.keys ?? [])] }, 'a kid of its own'],
    ['an endpoint without TLS', { introspection: { ...BY_INTROSPECTION.introspection, endpoint: 'http://auth.example/introspect' } }, 'introspection.endpoint'],
    ['a set kept shorter than it is fresh', { jwks: { maxAge: 60, keepFor: 30 } }, 'jwks.keepFor'],
  ])('do not allow %s', (_name, options, problem) => {
    expect(problemsOf({ ...good, ...options })).toContain(problem);
  });

  it('are never quoted where they may be secret', () => {
    const secret = 'hunter2hunter2';
    const messages = [
      problemsOf({ ...good, introspection: secret }),
      problemsOf({ ...good, introspection: { clientId: 'RS1', client_secret: secret, password: secret } }),
      problemsOf({ ...good, keys: secret }),
      problemsOf({ ...good, keys: [{ alg: 'HS256', secret }, secret] }),
      problemsOf({ ...good, secret }),
    ];
    for (const message of messages) {
      expect(message).toContain('resourceServer: ');
      expect(message).not.toContain('hunter2');
    }
  });

  it('cause no request before a token comes', async () => {
    const issuer = await cannedIssuer();
    const app: Resource = await resource({ issuer: issuer.url });
    await send(app, '/resource');
    expect(issuer.hits).toEqual([]);
  });

  it('have a leeway of five seconds for clocks, and no more', async () => {
    const issuer = await realIssuer();
    for (const way of [BY_JWKS, BY_KEYS]) {
      const app = await resource({ issuer: issuer.issuer, ...way });
      const exp = Math.floor(Date.now() / 1000) + 100;
      const token = tokenOf(issuer, { claims: { exp } });
      passTime(exp + 1 - Date.now() / 1000);
      expect((await R(app, token)).status).toBe(200);
      passTime(exp + 5 - Date.now() / 1000);
      expectChallenge(await R(app, token), 401, 'invalid_token');
      passTime(-105);
    }
  });
});
