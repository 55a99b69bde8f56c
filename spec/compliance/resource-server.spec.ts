import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, SECRETS } from '../support/app';
import { challengeParams, expectChallenge, expectError, expectNoCredentials } from '../support/expect';
import { until } from '../support/for-this-test';
import { C1, login, post, R, send, type Answer } from '../support/http';
import { realIssuer } from '../support/issuer';
import { passTime } from '../support/clock';
import { es256, forge, hs256, TEST_KEY, type Forgery } from '../support/jwt';
import { cannedIssuer, json, outsider, type Handler, type Outsider } from '../support/outsider';
import { resource, type Resource } from '../support/resource';

const RS1 = { clientId: 'RS1', clientSecret: SECRETS.RS1 };
const WELL_KNOWN = '/.well-known/oauth-authorization-server';

const jwkOf = (key: KeyObject, members: object): object => ({ ...key.export({ format: 'jwk' }), use: 'sig', ...members });
const TEST_JWK = jwkOf(TEST_KEY.publicKey, { kid: 'test', alg: 'ES256' });
const JWKS = json({ keys: [TEST_JWK] });

/** A token of this issuer that is good in all but what is said here. */
const tokenOf = ({ url }: { readonly url: string }, { claims, ...rest }: Forgery & { readonly claims?: object } = {}): string =>
  forge({ ...rest, claims: { iss: url, aud: AUDIENCE_1, ...claims } });

function expectUnavailable(answer: Answer): void {
  expectError(answer, 503, 'temporarily_unavailable');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
}

/** An introspection answer that is good in all but what is said here. */
const activeAnswer = ({ url }: { readonly url: string }, members: object = {}): object => {
  const iat = Math.floor(Date.now() / 1000);
  return { active: true, iss: url, sub: 'user-1', aud: AUDIENCE_1, client_id: 'C1', iat, exp: iat + 600, jti: 'one', scope: 'a', token_type: 'bearer', ...members };
};

/** Every way in which another server can fail an asker; each must come to an end by itself. */
const FAULTS: Readonly<Record<string, Handler>> = {
  'answers 500': json({ error: 'server_error' }, 500),
  'answers 404': json({}, 404),
  'answers 401': json({ error: 'invalid_client' }, 401),
  'answers 400': json({ error: 'invalid_request' }, 400),
  'answers 204': (_req, res) => { res.writeHead(204).end(); },
  'answers HTML': (_req, res) => { res.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'); },
  'answers JSON that calls itself text': (_req, res) => { res.writeHead(200, { 'content-type': 'text/plain' }).end('{"active":true}'); },
  'answers without a type': (_req, res) => { res.writeHead(200).end('{"active":true}'); },
  'answers half an object': (_req, res) => { res.writeHead(200, { 'content-type': 'application/json' }).end('{"active":tr'); },
  'answers an array': json([{ active: true }]),
  'answers null': json(null),
  'answers what is not UTF-8': (_req, res) => { res.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from('{"active":true,"sub":"\xff"}', 'latin1')); },
  'breaks off': (_req, res) => { res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{'); res.destroy(); },
  'never answers': () => undefined,
  'never ends': (_req, res) => { drip(res, '{"a":"', 5, 20); },
  'answers ten megabytes': (_req, res) => { res.writeHead(200, { 'content-type': 'application/json' }).end(`{"a":"${'a'.repeat(10_000_000)}"}`); },
  'answers ten megabytes, packed': (_req, res) => { res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(`{"a":"${'a'.repeat(10_000_000)}"}`)); },
};

function drip(res: ServerResponse, text: string, bytes: number, milliseconds: number): void {
  res.writeHead(200, { 'content-type': 'application/json' }).write(text);
  const timer = setInterval(() => { res.write('a'.repeat(bytes)); }, milliseconds);
  res.on('close', () => { clearInterval(timer); });
}

function pipeline({ url }: { readonly url: string }, requests: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(requests));
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk)).on('end', () => { resolve(text); }).on('error', reject);
  });
}

async function expectRefusal(app: Resource, token: string, kind: 'unavailable' | 'invalid'): Promise<void> {
  const answer = await R(app, token);
  if (kind === 'unavailable') expectUnavailable(answer);
  else expectChallenge(answer, 401, 'invalid_token');
  expect(app.handled).toEqual([]);
  expect(answer.text + JSON.stringify([...answer.headers])).not.toContain('127.0.0.1');
}

describe('resourceServer by introspection', () => {
  const byIntrospection = (issuer: Outsider, cacheFor = 10): Promise<Resource> =>
    resource({ issuer: issuer.url, introspection: { ...RS1, cacheFor } });

  it('BR-22 believes a good answer for its time, and refuses a revoked token after it', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, introspection: { ...RS1, cacheFor: 0.5 } });
    const { json: tokens } = await login(issuer);
    expect((await R(app, tokens['access_token'])).status).toBe(200);
    expect((await post(issuer, '/oauth/revoke', { token: String(tokens['access_token']) }, C1)).status).toBe(200);
    const answer = await until(() => R(app, tokens['access_token']), ({ status }) => status !== 200);
    expectChallenge(answer, 401, 'invalid_token');
  });

  it('BR-22 asks for every request where nothing is to be believed', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, introspection: { ...RS1, cacheFor: 0 } });
    const { json: tokens } = await login(issuer);
    expect((await R(app, tokens['access_token'])).status).toBe(200);
    await post(issuer, '/oauth/revoke', { token: String(tokens['access_token']) }, C1);
    expectChallenge(await R(app, tokens['access_token']), 401, 'invalid_token');
  });

  it('BR-22 believes nothing past the end of the token', async () => {
    const issuer = await cannedIssuer();
    const end = Math.floor(Date.now() / 1000) + 100;
    issuer.answers['/introspect'] = json(activeAnswer(issuer, { exp: end }));
    const app = await byIntrospection(issuer, 300);
    expect((await R(app, 'opaque')).status).toBe(200);
    expect((await R(app, 'opaque')).status).toBe(200);
    expect(issuer.count('/introspect')).toBe(1);
    passTime(end - Date.now() / 1000);
    issuer.answers['/introspect'] = json({ active: false });
    expectChallenge(await R(app, 'opaque'), 401, 'invalid_token');
    expect(issuer.count('/introspect')).toBe(2);
  });

  it('BR-22 keeps no bad answer', async () => {
    const issuer = await cannedIssuer({ '/introspect': json({ active: false }) });
    const app = await byIntrospection(issuer);
    await expectRefusal(app, 'opaque', 'invalid');
    issuer.answers['/introspect'] = json(activeAnswer(issuer));
    expect((await R(app, 'opaque')).status).toBe(200);
  });

  it('BR-22 forgets a good answer when a later one is bad', async () => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = json(activeAnswer(issuer));
    const app = await byIntrospection(issuer, 0.2);
    expect((await R(app, 'opaque')).status).toBe(200);
    issuer.answers['/introspect'] = json({ active: false });
    await until(() => R(app, 'opaque'), ({ status }) => status === 401);
    expectChallenge(await R(app, 'opaque'), 401, 'invalid_token');
  });

  it('BR-22 asks once for a token that many requests bring at the same time', async () => {
    const issuer = await cannedIssuer();
    const waiting: (() => void)[] = [];
    issuer.answers['/introspect'] = (req, res) => waiting.push(() => { json(activeAnswer(issuer))(req, res, ''); });
    const app = await byIntrospection(issuer);
    const answers = Promise.all(Array.from({ length: 20 }, () => R(app, 'opaque')));
    await until(() => waiting.length, (length) => length > 0);
    waiting.forEach((answer) => { answer(); });
    expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([200]));
    expect(issuer.count('/introspect')).toBe(1);
  });

  it('BR-22 sends the token and form-encoded credentials in a POST, and neither in the URL', async () => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = json(activeAnswer(issuer));
    const app = await resource({ issuer: issuer.url, introspection: { clientId: 'r s:1', clientSecret: 'ü+%&:' } });
    expect((await R(app, 'opaque+/=')).status).toBe(200);
    expect(issuer.hits).toEqual([`GET ${WELL_KNOWN}`, 'POST /introspect']);
    const { headers, body } = issuer.requests[1] ?? { headers: {}, body: '' };
    expect(Buffer.from(String(headers.authorization).slice('Basic '.length), 'base64').toString()).toBe('r+s%3A1:%C3%BC%2B%25%26%3A');
    expect(headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/);
    expect([...new URLSearchParams(body)]).toEqual([['token', 'opaque+/='], ['token_type_hint', 'access_token']]);
  });

  it.each(Object.keys(FAULTS))('BR-23 refuses where the introspection endpoint %s', async (fault) => {
    const issuer = await cannedIssuer({ '/introspect': FAULTS[fault] as Handler });
    const app = await resource({ issuer: issuer.url, timeout: 0.5, introspection: RS1 });
    await expectRefusal(app, 'opaque', 'unavailable');
    expect(app.faults()).toHaveLength(1);
    expect(app.faults().join()).not.toMatch(/opaque|secret-of|UlMx/);
  });

  it.each([201, 203, 206, 400, 401, 403, 404, 500])('BR-23 takes nothing but a 200 for an answer, not %s', async (status) => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = json(activeAnswer(issuer), status);
    await expectRefusal(await byIntrospection(issuer), 'opaque', 'unavailable');
  });

  it.each([301, 302, 303, 307, 308])('BR-23 follows no redirect: %s', async (status) => {
    const elsewhere = await outsider({ '/': json({ active: true }) });
    const issuer = await cannedIssuer({ '/introspect': (_req, res) => { res.writeHead(status, { location: elsewhere.url }).end(); } });
    await expectRefusal(await byIntrospection(issuer), 'opaque', 'unavailable');
    expect(elsewhere.hits).toEqual([]);
  });

  it('BR-23 refuses where nobody listens, and recovers without help', async () => {
    const issuer = await cannedIssuer();
    const app = await byIntrospection(issuer);
    await issuer.close();
    await expectRefusal(app, 'opaque', 'unavailable');
    const back = await outsider({}, Number(new URL(issuer.url).port));
    Object.assign(back.answers, issuer.answers, { '/introspect': json(activeAnswer(issuer)) });
    const answer = await until(() => R(app, 'opaque'), ({ status }) => status !== 503);
    expect(answer.status).toBe(200);
  });

  it('BR-23 leaves an issuer that failed alone for a moment', async () => {
    const issuer = await cannedIssuer({ '/introspect': FAULTS['answers 500'] as Handler });
    const app = await byIntrospection(issuer);
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => R(app, `first-${String(i)}`)));
    const before = issuer.count('/introspect');
    for (let i = 0; i < 30; i += 1) answers.push(await R(app, `later-${String(i)}`));
    answers.forEach(expectUnavailable);
    // One more for each second that a slow machine took.
    expect(issuer.count('/introspect') - before).toBeLessThanOrEqual(Math.floor((performance.now() - started) / 1000));
  });

  it.each([400, 413, 429])('BR-23 does not let one token that the issuer dislikes stand in the way of others: %s', async (status) => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = (req, res, body) => { json(body.includes('bad') ? {} : activeAnswer(issuer), body.includes('bad') ? status : 200)(req, res, ''); };
    const app = await byIntrospection(issuer);
    await expectRefusal(app, 'bad', 'unavailable');
    expect((await R(app, 'good')).status).toBe(200);
  });

  it.each([['the text "true"', 'true'], ['1', 1], ['an object', {}], ['null', null], ['nothing', undefined]])('BR-24 takes only true for active, not %s', async (_name, active) => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = json(activeAnswer(issuer, { active }));
    const app = await byIntrospection(issuer);
    await expectRefusal(app, 'opaque', 'unavailable');
  });

  const soon = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
  it.each<[string, () => object]>([
    ['exp has passed', () => ({ exp: soon(-60), iat: soon(-600) })],
    ['exp is text', () => ({ exp: String(soon(600)) })],
    ['exp is missing', () => ({ exp: undefined })],
    ['nbf is to come', () => ({ nbf: soon(60) })],
    ['nbf is text', () => ({ nbf: 'now' })],
    ['iat is to come', () => ({ iat: soon(60) })],
    ['aud is another', () => ({ aud: AUDIENCE_2 })],
    ['aud only begins like ours', () => ({ aud: `${AUDIENCE_1}x` })],
    ['aud is empty', () => ({ aud: [] })],
    ['aud is missing, as for a refresh token', () => ({ aud: undefined })],
    ['iss is another', () => ({ iss: 'https://elsewhere.example' })],
    ['iss is no text', () => ({ iss: ['https://elsewhere.example'] })],
    ['token_type is DPoP', () => ({ token_type: 'DPoP' })],
    ['token_type is refresh_token', () => ({ token_type: 'refresh_token' })],
    ['token_type is no text', () => ({ token_type: ['bearer'] })],
    ['client_id is missing', () => ({ client_id: undefined })],
    ['sub is a number', () => ({ sub: 1 })],
    ['scope is a list', () => ({ scope: ['a'] })],
  ])('BR-24 refuses an answer whose %s', async (_name, members) => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = json(activeAnswer(issuer, members()));
    const app = await byIntrospection(issuer);
    await expectRefusal(app, 'opaque', 'invalid');
  });

  it.each<[string, object]>([
    ['nothing but the needed', { iss: undefined, token_type: undefined }],
    ['its type in other letters', { token_type: 'Bearer' }],
    ['several audiences', { aud: [AUDIENCE_2, AUDIENCE_1] }],
  ])('BR-24 takes an answer with %s', async (_name, members) => {
    const issuer = await cannedIssuer();
    issuer.answers['/introspect'] = json(activeAnswer(issuer, members));
    const app = await byIntrospection(issuer);
    expect((await R(app, 'opaque')).status).toBe(200);
    expect(app.handled).toHaveLength(1);
  });

  it('BR-24 does not take a refresh token for an access token, even one of its own client', async () => {
    const issuer = await realIssuer();
    const app = await resource({ issuer: issuer.issuer, introspection: { clientId: 'C1', clientSecret: SECRETS.C1 } });
    const { json: tokens } = await login(issuer);
    expect((await R(app, tokens['access_token'])).status).toBe(200);
    const asked = await post(issuer, '/oauth/introspect', { token: String(tokens['refresh_token']) }, C1);
    expect(asked.json['active']).toBe(true);
    expectChallenge(await R(app, tokens['refresh_token']), 401, 'invalid_token');
    expect(app.handled).toHaveLength(1);
  });
});

describe('resourceServer by JWKS', () => {
  const byJwks = (issuer: { readonly url: string }, jwks: object = {}): Promise<Resource> => resource({ issuer: issuer.url, jwks });

  it.each(Object.keys(FAULTS))('BR-23 JK-07 refuses where the JWKS %s', async (fault) => {
    const issuer = await cannedIssuer({ '/jwks': FAULTS[fault] as Handler });
    const app = await resource({ issuer: issuer.url, timeout: 0.5 });
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    expect(app.faults()).toHaveLength(1);
  });

  it.each(Object.keys(FAULTS))('BR-23 refuses where the metadata %s', async (fault) => {
    const bad = FAULTS[fault] as Handler;
    const issuer = await cannedIssuer({ [WELL_KNOWN]: bad, '/.well-known/openid-configuration': bad, '/jwks': JWKS });
    const app = await resource({ issuer: issuer.url, timeout: 0.5 });
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    expect(app.faults()).toHaveLength(1);
  });

  it.each([201, 203, 206, 404, 500])('BR-23 JK-07 takes nothing but a 200 for a JWKS, not %s', async (status) => {
    const issuer = await cannedIssuer({ '/jwks': json({ keys: [TEST_JWK] }, status) });
    await expectRefusal(await byJwks(issuer), tokenOf(issuer), 'unavailable');
  });

  it.each([301, 302, 307, 308])('BR-23 JK-07 follows no redirect: %s', async (status) => {
    const elsewhere = await outsider({ '/': JWKS });
    const issuer = await cannedIssuer({ '/jwks': (_req, res) => { res.writeHead(status, { location: elsewhere.url }).end(); } });
    await expectRefusal(await byJwks(issuer), tokenOf(issuer), 'unavailable');
    expect(elsewhere.hits).toEqual([]);
  });

  it('BR-23 JK-07 stops reading an endless answer at its limit', async () => {
    let sent = 0;
    const issuer = await cannedIssuer();
    issuer.answers['/jwks'] = (_req, res) => {
      const chunk = Buffer.alloc(16_384, ' ');
      const pump = (): void => {
        while (!res.destroyed && res.write(chunk)) sent += chunk.length;
      };
      res.writeHead(200, { 'content-type': 'application/json' }).on('drain', pump);
      pump();
    };
    const app = await resource({ issuer: issuer.url, timeout: 300 });
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    expect(app.faults()[0]).toContain('more than 262144 bytes');
    // What stood in the buffers of two sockets comes on top.
    expect(sent).toBeLessThan(16_000_000);
  });

  it('JK-07 refuses a set of more than a hundred keys, and one without keys', async () => {
    const issuer = await cannedIssuer({ '/jwks': json({ keys: Array.from({ length: 101 }, () => TEST_JWK) }) });
    const app = await byJwks(issuer);
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    issuer.answers['/jwks'] = json({ keys: { test: TEST_JWK } });
    await until(() => R(app, tokenOf(issuer)), () => issuer.count('/jwks') > 1);
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    issuer.answers['/jwks'] = json({ keys: Array.from({ length: 100 }, () => TEST_JWK) });
    expect((await until(() => R(app, tokenOf(issuer)), ({ status }) => status !== 503)).status).toBe(200);
  });

  it('JK-07 keeps the last good set while the issuer fails, for a bounded time, and takes the next good one', async () => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await byJwks(issuer, { maxAge: 0.05, keepFor: 5 });
    expect((await R(app, tokenOf(issuer))).status).toBe(200);
    issuer.answers['/jwks'] = FAULTS['answers 500'] as Handler;
    await until(() => R(app, tokenOf(issuer)), ({ status }) => (expect(status).toBe(200), app.faults().length > 0));
    expect(app.faults()[0]).toContain('answered 500');
    expectUnavailable(await until(() => R(app, tokenOf(issuer)), ({ status }) => status !== 200));
    issuer.answers['/jwks'] = JWKS;
    expect((await until(() => R(app, tokenOf(issuer)), ({ status }) => status !== 503)).status).toBe(200);
  });

  it('JK-05 takes tokens of the next key and of the old one, and drops the old one with its retirement', async () => {
    const next = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const keys = { old: { kid: 'test', alg: 'ES256', privateKey: TEST_KEY.privateKey }, next: { kid: 'next', alg: 'ES256', privateKey: next } } as const;
    const issuer = await realIssuer();
    const app = await byJwks({ url: issuer.issuer }, { maxAge: 0.05, cooldown: 0.05 });
    const token = async (): Promise<unknown> => (await login(issuer)).json['access_token'];
    const old = await token();
    expect((await R(app, old)).status).toBe(200);
    issuer.oauth.useKeys([keys.next, keys.old]);
    const fresh = await token();
    expect((await until(() => R(app, fresh), ({ status }) => status === 200)).status).toBe(200);
    expect((await R(app, old)).status).toBe(200);
    issuer.oauth.useKeys([keys.next]);
    expectChallenge(await until(() => R(app, old), ({ status }) => status !== 200), 401, 'invalid_token');
    expect((await R(app, fresh)).status).toBe(200);
  });

  it('JK-06 asks once, however many wait and whatever kids they bring', async () => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await byJwks(issuer, { cooldown: 3600 });
    const flood = await Promise.all(Array.from({ length: 100 }, (_, i) => R(app, tokenOf(issuer, i === 0 ? {} : { header: { kid: `kid-${String(i)}` } }))));
    expect(flood.map(({ status }) => status)).toEqual([200, ...Array.from({ length: 99 }, () => 401)]);
    expect(issuer.hits).toEqual([`GET ${WELL_KNOWN}`, 'GET /jwks']);
  });

  it('JK-06 asks at most once in a cool-down for ten thousand unknown kids', async () => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await byJwks(issuer, { cooldown: 3600 });
    const token = tokenOf(issuer);
    const rest = token.slice(token.indexOf('.'));
    const requests = (lane: number): string =>
      Array.from({ length: 400 }, (_, i) => {
        const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: `${String(lane)}-${String(i)}` })).toString('base64url');
        return `GET /resource HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${header}${rest}\r\n${i < 399 ? '' : 'Connection: close\r\n'}\r\n`;
      }).join('');
    // Down the same lines without waiting: nothing comes faster.
    const answers = await Promise.all(Array.from({ length: 25 }, (_, lane) => pipeline(app, requests(lane))));
    const refused = answers.join('').match(/HTTP\/1\.1 401 /g)?.length;
    expect(refused).toBe(10_000);
    expect(issuer.count('/jwks')).toBe(1);
  }, 300_000);

  it('JK-06 sees a new key after the cool-down', async () => {
    const issuer = await cannedIssuer({ '/jwks': json({ keys: [] }) });
    const app = await byJwks(issuer, { cooldown: 0.3 });
    await expectRefusal(app, tokenOf(issuer), 'invalid');
    issuer.answers['/jwks'] = JWKS;
    expect((await until(() => R(app, tokenOf(issuer)), ({ status }) => status !== 401)).status).toBe(200);
    expect(issuer.count('/jwks')).toBeGreaterThan(1);
  });

  it('JK-06 does not ask for tokens that cannot be of this issuer', async () => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await byJwks(issuer);
    for (const token of ['opaque', 'a.b.c', tokenOf({ url: 'https://elsewhere.example' }), tokenOf(issuer, { header: { typ: 'JWT' } })]) {
      await expectRefusal(app, token, 'invalid');
    }
    expectNoCredentials(await send(app, '/resource'));
    expect(issuer.hits).toEqual([]);
  });

  it('JK-08 works with a set that also holds keys it does not understand, and trusts none of those', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const [encryption, signsOnly, leaked, wrongCurve, noAlg] = [0, 1, 2, 3, 4].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })) as [typeof TEST_KEY, typeof TEST_KEY, typeof TEST_KEY, typeof TEST_KEY, typeof TEST_KEY];
    const secret = 'a secret of more than thirty-two bytes, published';
    const issuer = await cannedIssuer({
      '/jwks': json({
        keys: [
          null, 'key', 7, [], {}, { kty: 'EC' }, { kty: 'QUANTUM', kid: 'q', x: 'AA' }, { kty: 'OKP', crv: 'X448', kid: 'okp', x: 'AA' },
          { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'off-curve', alg: 'ES256' },
          { kty: 'RSA', kid: 'half', alg: 'RS256', e: 'AQAB' },
          { kty: 'oct', k: Buffer.from(secret).toString('base64url'), kid: 'oct', alg: 'HS256', use: 'sig' },
          jwkOf(small.publicKey, { kid: 'small', alg: 'RS256' }),
          jwkOf(encryption.publicKey, { kid: 'enc', alg: 'ES256', use: 'enc' }),
          jwkOf(signsOnly.publicKey, { kid: 'ops', alg: 'ES256', use: undefined, key_ops: ['sign'] }),
          jwkOf(leaked.privateKey, { kid: 'leaked', alg: 'ES256' }),
          jwkOf(wrongCurve.publicKey, { kid: 'curve', alg: 'ES384' }),
          jwkOf(wrongCurve.publicKey, { kid: 'none', alg: 'none' }),
          jwkOf(noAlg.publicKey, { kid: 'no-alg' }),
          jwkOf(rsa.publicKey, { kid: 'rsa', alg: 'RS256' }),
          TEST_JWK,
        ],
      }),
    });
    const app = await byJwks(issuer);
    const rs256 = (key: KeyObject) => (input: string) => sign('sha256', Buffer.from(input), key);
    const ec = ({ privateKey }: typeof TEST_KEY, kid: string): string => tokenOf(issuer, { header: { kid }, sign: es256(privateKey) });
    for (const good of [tokenOf(issuer), ec(noAlg, 'no-alg'), tokenOf(issuer, { header: { kid: 'rsa', alg: 'RS256' }, sign: rs256(rsa.privateKey) })]) {
      expect((await R(app, good)).status).toBe(200);
    }
    const bad = [
      tokenOf(issuer, { header: { kid: 'small', alg: 'RS256' }, sign: rs256(small.privateKey) }),
      tokenOf(issuer, { header: { kid: 'oct', alg: 'HS256' }, sign: hs256(secret) }),
      ec(encryption, 'enc'), ec(signsOnly, 'ops'), ec(leaked, 'leaked'), ec(wrongCurve, 'curve'),
      tokenOf(issuer, { header: { kid: 'none', alg: 'none' }, sign: () => Buffer.alloc(0) }),
      // The public key as an HMAC secret, the oldest trick there is.
      tokenOf(issuer, { header: { kid: 'rsa', alg: 'HS256' }, sign: (input) => createHmac('sha256', rsa.publicKey.export({ type: 'spki', format: 'pem' })).update(input).digest() }),
    ];
    for (const token of bad) expectChallenge(await R(app, token), 401, 'invalid_token');
    expect(app.handled).toHaveLength(3);
  });

  it('JK-09 finds the metadata by inserting the path, else by appending it', async () => {
    const server = await outsider({ '/jwks': JWKS });
    const issuer = { url: `${server.url}/tenant/one` };
    const document = json({ issuer: issuer.url, jwks_uri: `${server.url}/jwks` });
    server.answers[`${WELL_KNOWN}/tenant/one`] = document;
    const inserted = await byJwks(issuer);
    expect((await R(inserted, tokenOf(issuer))).status).toBe(200);
    expect(server.hits.splice(0)).toEqual([`GET ${WELL_KNOWN}/tenant/one`, 'GET /jwks']);
    delete server.answers[`${WELL_KNOWN}/tenant/one`];
    server.answers['/tenant/one/.well-known/openid-configuration'] = document;
    const appended = await byJwks(issuer);
    expect((await R(appended, tokenOf(issuer))).status).toBe(200);
    expect(server.hits).toEqual([`GET ${WELL_KNOWN}/tenant/one`, 'GET /tenant/one/.well-known/openid-configuration', 'GET /jwks']);
  });

  it.each<[string, (url: string) => unknown]>([
    ['with a slash at its end', (url) => `${url}/`],
    ['in capitals', (url) => url.replace('http:', 'HTTP:')],
    ['on another host', (url) => url.replace('127.0.0.1', 'localhost')],
    ['with a path', (url) => `${url}/x`],
    ['in a list', (url) => [url]],
    ['missing', () => undefined],
  ])('JK-09 does not use metadata whose issuer is %s', async (_name, issuerOf) => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const document = json({ issuer: issuerOf(issuer.url), jwks_uri: `${issuer.url}/jwks` });
    Object.assign(issuer.answers, { [WELL_KNOWN]: document, '/.well-known/openid-configuration': document });
    const app = await byJwks(issuer);
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    expect(app.faults()[0]).toContain('another issuer');
    expect(issuer.count('/jwks')).toBe(0);
  });

  it.each(['http://keys.example/jwks', 'file:///etc/hostname', 'data:application/json,{}', '/jwks', '', 7, null, undefined])('JK-09 fetches no keys from %p', async (jwks_uri) => {
    const issuer = await cannedIssuer();
    issuer.answers[WELL_KNOWN] = json({ issuer: issuer.url, jwks_uri });
    const app = await byJwks(issuer);
    await expectRefusal(app, tokenOf(issuer), 'unavailable');
    expect(app.faults()[0]).toContain('no usable jwks_uri');
  });

  it('JK-09 goes nowhere that a token or a request names', async () => {
    const sink = await outsider();
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await byJwks(issuer);
    const mine = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = mine.publicKey.export({ format: 'jwk' });
    const headers = { jku: `${sink.url}/jwks`, x5u: `${sink.url}/cert`, x5c: ['AA=='], jwk };
    for (const kid of ['test', `${sink.url}/jwks`, '../jwks', undefined, 7, { a: 1 }]) {
      expectChallenge(await R(app, tokenOf(issuer, { header: { ...headers, kid }, sign: es256(mine.privateKey) })), 401, 'invalid_token');
    }
    expectChallenge(await R(app, tokenOf({ url: sink.url }, { sign: es256(mine.privateKey) })), 401, 'invalid_token');
    const host = new URL(sink.url).host;
    const lies = { 'x-forwarded-host': host, forwarded: `host=${host}`, 'x-original-url': sink.url };
    const answer = await send(app, '/resource', { headers: { ...lies, authorization: `Bearer ${tokenOf(issuer)}` } });
    expect(answer.status).toBe(200);
    expect(sink.hits).toEqual([]);
    expect(issuer.hits).toEqual([`GET ${WELL_KNOWN}`, 'GET /jwks']);
  });

  it('BR-23 verifies a token that it knows again: for its time, and for its key', async () => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await byJwks(issuer);
    const token = tokenOf(issuer);
    expect((await R(app, token)).status).toBe(200);
    passTime(550);
    expect((await R(app, token)).status).toBe(200);
    passTime(56);
    expectChallenge(await R(app, token), 401, 'invalid_token');
  });
});

describe('the metadata of a protected resource', () => {
  const FILES = 'https://api.example/files';
  const DOCUMENT = '/.well-known/oauth-protected-resource/files';
  const files = (audience: string | readonly string[] = FILES): Promise<Resource> => 
    resource({ issuer: ISSUER, audience, keys: [{ kid: 'test', alg: 'ES256', publicKey: TEST_KEY.publicKey }] });

  it('BR-25 PR-06 names it in every challenge under the resource, and the document is there', async () => {
    const app = await files();
    const poor = forge({ claims: { aud: FILES, scope: undefined } });
    for (const answer of [await send(app, '/files/resource'), await R(app, 'bad', '/files/resource'), await R(app, poor, '/files/resource')]) {
      const url = challengeParams(answer)['resource_metadata'];
      expect(url).toBe(`https://api.example${DOCUMENT}`);
      const document = await send(app, new URL(String(url)).pathname);
      expect(document.json['resource']).toBe(FILES);
    }
    expectChallenge(await R(app, poor, '/files/resource'), 403, 'insufficient_scope');
    expect((await R(app, forge({ claims: { aud: FILES } }), '/files/resource')).status).toBe(200);
  });

  it('BR-25 leaves it out elsewhere (D-17)', async () => {
    const app = await files();
    for (const path of ['/resource', '/filesystem/resource', '/other/files/resource']) {
      const answer = await send(app, path);
      expect(answer.status).toBe(401);
      expect(challengeParams(answer)).not.toHaveProperty('resource_metadata');
    }
  });

  it.each(['urn:example:files', 'files'])('BR-25 leaves it out where the audience is no URL: %s', async (audience) => {
    const app = await files(audience);
    expect(challengeParams(await send(app, '/resource'))).not.toHaveProperty('resource_metadata');
    expect((await send(app, '/.well-known/oauth-protected-resource')).status).toBe(404);
  });

  it('PR-01 PR-03 PR-05 PR-07 says what is true, and nothing empty', async () => {
    const app = await files();
    const answer = await send(app, DOCUMENT);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    expect(answer.json).toEqual({
      resource: FILES,
      authorization_servers: [ISSUER],
      scopes_supported: ['a'],
      bearer_methods_supported: ['header'],
    });
  });

  it('PR-05 takes the token from the header alone, as it says', async () => {
    const issuer = await cannedIssuer({ '/jwks': JWKS });
    const app = await resource({ issuer: issuer.url });
    const token = tokenOf(issuer);
    expect((await R(app, token)).status).toBe(200);
    expectNoCredentials(await send(app, `/resource?access_token=${token}`));
    expectNoCredentials(await send(app, '/resource', { method: 'POST', body: new URLSearchParams({ access_token: token }) }));
  });

  it.each([
    ['https://api.example', '/.well-known/oauth-protected-resource'],
    ['https://api.example/', '/.well-known/oauth-protected-resource'],
    ['https://api.example/files', '/.well-known/oauth-protected-resource/files'],
    ['https://api.example/files/', '/.well-known/oauth-protected-resource/files/'],
    ['https://api.example/a:b(c)*/d', '/.well-known/oauth-protected-resource/a:b(c)*/d'],
    ['https://api.example/files?tenant=1', '/.well-known/oauth-protected-resource/files?tenant=1'],
  ])('PR-02 stands between host and path: %s', async (audience, path) => {
    const app = await files(audience);
    const answer = await send(app, path);
    expect(answer.status).toBe(200);
    expect(answer.json['resource']).toBe(audience);
    expect((await send(app, `${path}x`)).status).toBe(404);
    expect((await send(app, path, { method: 'HEAD' })).status).toBe(200);
    expect((await send(app, path, { method: 'POST' })).status).toBe(405);
  });

  it('PR-01 has none for a URL with a fragment, or without https', async () => {
    const app = await files(['https://api.example/files#x', 'http://api.example/mail']);
    expect((await send(app, DOCUMENT)).status).toBe(404);
    expect((await send(app, '/.well-known/oauth-protected-resource/mail')).status).toBe(404);
  });

  it('PR-04 names the resource as configured, whatever host a request names', async () => {
    const app = await files('https://API.example/Files');
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' };
    const answer = await send(app, '/.well-known/oauth-protected-resource/Files', { headers });
    expect(answer.json['resource']).toBe('https://API.example/Files');
    expect(answer.text).not.toContain('evil');
  });
});
