import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { connect, type AddressInfo } from 'node:net';
import type { RequestHandler } from 'express';
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, SignJWT, UnsecuredJWT, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import type { Alg, KeyOption } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, EXPRESS, ISSUER, listen, type ExpressMajor } from '../support/app';
import { expectChallenge, expectOk } from '../support/expect';
import { forThisTest } from '../support/for-this-test';
import { appErrors, expectPassed, G, serveGuarded, type Guarded } from '../support/guarded';
import { bearer, login, R, refresh, send, T } from '../support/http';
import { realIssuer, type RealIssuer } from '../support/issuer';
import { claimsOf, forge, goodClaims, hs256, TEST_KEY, TEST_KEYS, type Forgery } from '../support/jwt';
import { sendRaw } from '../support/raw';
import { MAJORS } from '../support/serve';

const machine = 'grant_type=client_credentials&scope=a';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** What RFC 9068 §4 has a resource server check, as jose takes it. */
const RULES = { issuer: ISSUER, audience: ISSUER, typ: 'at+jwt', requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'] } satisfies JWTVerifyOptions;
const REMOTE_RULES = { ...RULES, audience: AUDIENCE_1 };

const pair = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
const PRIVATE: readonly (readonly [Alg, KeyObject])[] = [
  ['ES256', pair('P-256')], ['ES384', pair('P-384')], ['ES512', pair('P-521')],
  ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).map((alg) => [alg, RSA.privateKey] as const),
];
const SECRET: readonly (readonly [Alg, Buffer])[] = [['HS256', randomBytes(32)], ['HS384', randomBytes(48)], ['HS512', randomBytes(64)]];

const serveKeys = (keys: readonly KeyOption[]): Promise<Guarded> => serveGuarded(5, (oauth) => oauth.requireBearer('a'), { oauth: { keys } });

/** The tokens of both grants, and of a refresh. */
async function tokensOf(server: { readonly url: string }): Promise<string[]> {
  const [own, session] = [await T(server, machine), await login(server, { scope: 'a' })];
  const next = await refresh(server, session.json['refresh_token']);
  return [own, session, next].map((answer) => {
    expectOk(answer);
    return String(answer.json['access_token']);
  });
}

describe('jose', () => {
  it.each([...PRIVATE, ...SECRET])('verifies what is issued with %s, and what it signs is taken here', async (alg, key) => {
    const isSecret = Buffer.isBuffer(key);
    const server = await serveKeys([isSecret ? { alg, secret: key } : { alg, privateKey: key }]);
    const verifyWith = isSecret ? key : createPublicKey(key);
    for (const token of await tokensOf(server)) {
      const { payload, protectedHeader } = await jwtVerify(token, verifyWith, { ...RULES, algorithms: [alg] });
      expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: expect.any(String) });
      expect(payload).toMatchObject({ client_id: 'C1', scope: 'a' });
      expectPassed(await G(server, bearer(token)));
    }
    const theirs = (header: object = {}): Promise<string> => new SignJWT(goodClaims()).setProtectedHeader({ alg, typ: 'at+jwt', ...header }).sign(key);
    expectPassed(await G(server, bearer(await theirs())));
    expectChallenge(await G(server, bearer(await theirs({ typ: 'JWT' }))), 401, 'invalid_token');
  });

  const remote = ({ issuer }: RealIssuer): JWTVerifyGetKey => createRemoteJWKSet(new URL(`${issuer}/jwks`), { cooldownDuration: 0 });

  it('verifies by the JWKS that the metadata names, through a change of keys', async () => {
    const issuer = await realIssuer({ keys: [{ alg: 'ES256', privateKey: pair('P-256') }, { alg: 'RS256', privateKey: RSA.privateKey }, { alg: 'HS256', secret: randomBytes(32) }] });
    const metadata = (await send(issuer, '/.well-known/oauth-authorization-server/oauth')).json;
    expect(metadata).toMatchObject({ issuer: issuer.issuer, jwks_uri: `${issuer.issuer}/jwks` });
    const keys = remote(issuer);
    const rules = { ...REMOTE_RULES, issuer: issuer.issuer };
    const before = await tokensOf(issuer);
    for (const token of before) await jwtVerify(token, keys, rules);

    const next: KeyOption = { alg: 'PS256', privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey };
    issuer.oauth.useKeys([next]);
    for (const token of await tokensOf(issuer)) {
      expect(decodeProtectedHeader(token).alg).toBe('PS256');
      await jwtVerify(token, keys, rules);
    }
    for (const token of before) await expect(jwtVerify(token, remote(issuer), rules)).rejects.toBeInstanceOf(errors.JWKSNoMatchingKey);
  });

  it('finds nothing secret in the JWKS', async () => {
    const issuer = await realIssuer({ keys: [...PRIVATE.slice(0, 4).map(([alg, privateKey]) => ({ alg, privateKey })), ...SECRET.map(([alg, secret]) => ({ alg, secret }))] });
    const { keys } = (await send(issuer, '/oauth/jwks')).json as { keys: Record<string, unknown>[] };
    expect(keys.map(({ alg }) => alg)).toEqual(PRIVATE.slice(0, 4).map(([alg]) => alg));
    for (const key of keys) {
      expect(Object.keys(key).filter((name) => !['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'].includes(name))).toEqual([]);
    }
  });
});

// Its types and ours both say what `req.auth` is, so that no TypeScript program can hold both: it is loaded by a name the compiler cannot follow.
const AUTH0: string = 'express-oauth2-jwt-bearer';
interface Auth0 {
  auth(options: object): RequestHandler;
  requiredScopes(scopes: string): RequestHandler;
}

describe.each(MAJORS)('express-oauth2-jwt-bearer on Express %i, told our issuer', (major: ExpressMajor) => {
  async function protectedBy(issuer: RealIssuer, audience = AUDIENCE_1): Promise<{ readonly url: string }> {
    const { auth, requiredScopes } = (await import(AUTH0)) as Auth0;
    const app = EXPRESS[major]();
    const show: RequestHandler = (req, res) => { res.json(req.auth); };
    app.get('/resource', auth({ issuerBaseURL: issuer.issuer, audience, strict: true, dpop: { enabled: false } }), requiredScopes('a'), show);
    app.use(appErrors);
    const server = await listen(app);
    forThisTest({ close: async () => { await new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); }); } });
    return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
  }

  it.each(['ES256', 'RS256', 'PS256'] as const)('takes what is issued with %s', async (alg) => {
    const issuer = await realIssuer({ keys: [{ alg, privateKey: PRIVATE.find(([name]) => name === alg)![1] }] });
    const resource = await protectedBy(issuer);
    for (const token of await tokensOf(issuer)) {
      const answer = await R(resource, token);
      expect({ status: answer.status, payload: answer.json['payload'] }).toEqual({ status: 200, payload: claimsOf(token) });
    }
  });

  it('refuses what is for another resource, of too little scope, or no access token', async () => {
    const issuer = await realIssuer();
    const resource = await protectedBy(issuer);
    const refused = async (token: unknown): Promise<unknown> => (await R(resource, token)).json['name'];
    const session = await login(issuer, { scope: 'a openid' });
    const elsewhere = await login(issuer, { scope: 'a', resource: AUDIENCE_2 });
    const little = await login(issuer, { scope: 'b' });
    expect(await refused(elsewhere.json['access_token'])).toBe('InvalidTokenError');
    expect(await refused(session.json['id_token'])).toBe('InvalidTokenError');
    expect(await refused(session.json['refresh_token'])).toBe('InvalidTokenError');
    expect(await refused(little.json['access_token'])).toBe('InsufficientScopeError');
    expect((await R(resource, session.json['access_token'])).status).toBe(200);
  });
});

describe('a token that must be refused', () => {
  const pem = RSA.publicKey.export({ type: 'spki', format: 'pem' });
  const KEYS: readonly KeyOption[] = [...TEST_KEYS, { kid: 'rsa', alg: 'RS256', privateKey: RSA.privateKey }];
  const publicKeys: Readonly<Record<string, KeyObject>> = { test: TEST_KEY.publicKey, rsa: RSA.publicKey };
  const byKid: JWTVerifyGetKey = ({ kid = 'test' }) => publicKeys[kid] ?? TEST_KEY.publicKey;
  const confused = (secret: string | Buffer): Forgery => ({ header: { alg: 'HS256', kid: 'rsa' }, sign: hs256(secret) });
  const unsigned = (alg: string): string => forge({ header: { alg } }).replace(/[^.]*$/, '');

  const variants: Readonly<Record<string, string | Forgery>> = {
    'of another issuer': { claims: { iss: 'https://other.example/oauth' } },
    'of our issuer with a slash': { claims: { iss: `${ISSUER}/` } },
    'for another audience': { claims: { aud: AUDIENCE_1 } },
    'for other audiences': { claims: { aud: [AUDIENCE_1, AUDIENCE_2] } },
    'for no audience': { claims: { aud: undefined } },
    ...Object.fromEntries(['none', 'None', 'NONE', 'nOnE'].map((alg) => [`of alg ${alg}`, unsigned(alg)])),
    ...Object.fromEntries(['none', 'None', 'NONE', 'nOnE'].map((alg) => [`of alg ${alg} and with a signature`, { header: { alg } }])),
    'keyed with the public key as PEM': confused(pem),
    'keyed with the public key as PEM without its last line end': confused(pem.toString().trim()),
    'keyed with the public key as DER': confused(RSA.publicKey.export({ type: 'spki', format: 'der' })),
    'keyed with the modulus': confused(Buffer.from(String(RSA.publicKey.export({ format: 'jwk' }).n), 'base64url')),
    'with a critical header nobody knows': { header: { crit: ['x'], x: 1 } },
    'with an empty crit': { header: { crit: [] } },
    'with b64 critical': { header: { crit: ['b64'], b64: false } },
    'of the type of an id_token': { header: { typ: 'JWT' } },
    'of the type of a DPoP proof': { header: { typ: 'dpop+jwt' } },
    'of the type of a client assertion': { header: { typ: 'client-authentication+jwt' } },
    'of no type': { header: { typ: undefined } },
    'that has expired': { claims: { iat: 1, exp: 2 } },
    'that is not yet in force': { claims: { nbf: 4_000_000_000 } },
    'without a client': { claims: { client_id: undefined } },
    'without an end': { claims: { exp: undefined } },
    'of no signature at all': forge().split('.').slice(0, 2).join('.'),
  };

  it.each(Object.entries(variants))('%s is refused here as by jose', async (_what, variant) => {
    const server = await serveKeys(KEYS);
    const token = typeof variant === 'string' ? variant : forge(variant);
    await expect(jwtVerify(token, byKid, RULES)).rejects.toThrow();
    expectChallenge(await G(server, bearer(token)), 401, 'invalid_token');
    expect(server.ran()).toBe(0);
    await jwtVerify(forge(), byKid, RULES);
    expectPassed(await G(server, bearer(forge())));
  });

  it('made by jose without a signature is refused', async () => {
    const server = await serveKeys(KEYS);
    const token = new UnsecuredJWT(goodClaims()).encode();
    expectChallenge(await G(server, bearer(token)), 401, 'invalid_token');
    expect(server.ran()).toBe(0);
  });
});

describe('every single-byte mutation of a good token', () => {
  /** The bytes that a header can hold; any other ends the request before it is one (RFC 9110 §5.5). */
  const FIELD = [0x09, ...Array.from({ length: 0x100 }, (_, byte) => byte).filter((byte) => byte >= 0x20 && byte !== 0x7f)];
  const OTHERS = Array.from({ length: 0x100 }, (_, byte) => byte).filter((byte) => !FIELD.includes(byte));
  const BATCH = 500;
  const mutated = (token: string, at: number, byte: number): Buffer => {
    const bytes = Buffer.from(token);
    bytes[at] = byte;
    return bytes;
  };
  const around = (token: Buffer, ...lines: readonly string[]): Buffer =>
    Buffer.concat([Buffer.from(`GET /guarded HTTP/1.1\r\nHost: localhost\r\n${lines.join('')}Authorization: Bearer `), token, Buffer.from('\r\n\r\n')]);
  const undated = (answers: string): string => answers.replace(/\r\nDate: [^\r]*/g, '');

  /** Sends them over one connection, many at a time; every answer must be the very one that a token of one letter gets. */
  async function expectSameRefusal({ url }: Guarded, tokens: readonly Buffer[]): Promise<void> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).setEncoding('latin1');
    const chunks: AsyncIterator<string> = socket[Symbol.asyncIterator]() as AsyncIterator<string>;
    const receive = async (isAll: (text: string) => boolean): Promise<string> => {
      let text = '';
      while (!isAll(text)) {
        const { done, value } = await chunks.next();
        if (done === true) throw new Error(`the connection ended after ${text}`);
        text += value;
      }
      return text;
    };
    socket.write(around(Buffer.from('x')));
    const refusal = await receive((text) => text.endsWith('}'));
    for (let from = 0; from < tokens.length; from += BATCH) {
      const batch = tokens.slice(from, from + BATCH);
      socket.write(Buffer.concat(batch.map((token) => around(token))));
      const answers = await receive(({ length }) => length >= refusal.length * batch.length);
      expect(undated(answers) === undated(refusal).repeat(batch.length)).toBe(true);
    }
    socket.destroy();
  }

  const ALPHABET = [...Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=')];

  it.each<[string, readonly number[], KeyOption]>([
    ['to any byte that a header can hold', FIELD, TEST_KEYS[0]!],
    ['of an HMAC, to any character of a token', ALPHABET, { kid: 'h', alg: 'HS256', secret: randomBytes(32) }],
  ])('is refused: %s', async (_what, others, key) => {
    const server = await serveKeys([key]);
    const token = String((await T(server, machine)).json['access_token']);
    expectPassed(await G(server, bearer(token)));
    const all = [...token].flatMap((character, at) => others.filter((byte) => byte !== character.charCodeAt(0)).map((byte) => mutated(token, at, byte)));
    expectChallenge(await G(server, bearer('x')), 401, 'invalid_token');
    await expectSameRefusal(server, all);
    expect(server.ran()).toBe(1);

    for (const at of [0, token.indexOf('.'), token.lastIndexOf('.'), token.length - 1]) {
      for (const byte of OTHERS) expect((await sendRaw(server, around(mutated(token, at, byte), 'Connection: close\r\n'))).status).toBeGreaterThanOrEqual(400);
    }
    expect(server.ran()).toBe(1);
    expectPassed(await G(server, bearer(token)));
  }, 120_000);
});
