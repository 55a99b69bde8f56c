import { createHash, createHmac, createPublicKey, createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { isAlg, keyProblem, type Alg } from '../../lib/tokens/algorithms';
import { isAccessTokenHeader } from '../../lib/tokens/header';
import { accessTokenHash, createIdTokens, withoutReserved } from '../../lib/tokens/id-tokens';
import { findSigner, isSignedBy, parseJws, signJwt, type UnverifiedJws } from '../../lib/tokens/jws';
import { createKeyRing, generateKey, publicJwk, readKey, thumbprint, type SigningKey } from '../../lib/tokens/keys';
import { readJwk, readPublicKey } from '../../lib/tokens/public-keys';
import { claimsOf, headerOf } from '../support/jwt';

const EC = { 'P-256': pair('P-256'), 'P-384': pair('P-384'), 'P-521': pair('P-521') };
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const SMALL = generateKeyPairSync('rsa', { modulusLength: 1024 });
const PSS = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
const ED = generateKeyPairSync('ed25519');
const secretOf = (bytes: number): KeyObject => createSecretKey(randomBytes(bytes));

function pair(namedCurve: string): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve });
}

const KEYS: Readonly<Record<Alg, KeyObject>> = {
  HS256: secretOf(32), HS384: secretOf(48), HS512: secretOf(64),
  ES256: EC['P-256'].privateKey, ES384: EC['P-384'].privateKey, ES512: EC['P-521'].privateKey,
  RS256: RSA.privateKey, RS384: RSA.privateKey, RS512: RSA.privateKey,
  PS256: RSA.privateKey, PS384: RSA.privateKey, PS512: RSA.privateKey,
};
const ALGS = Object.keys(KEYS) as Alg[];
const keyFor = (alg: Alg, kid?: string): SigningKey =>
  readKey(alg.startsWith('HS') ? { alg, secret: KEYS[alg], ...(kid ? { kid } : {}) } : { alg, privateKey: KEYS[alg], ...(kid ? { kid } : {}) });
const parsed = (token: string): UnverifiedJws => parseJws(token)!;

describe('algorithms', () => {
  it('are those of RFC 7518 and no other', () => {
    for (const alg of ALGS) expect(isAlg(alg)).toBe(true);
    for (const other of ['none', 'HS1', 'EdDSA', 'toString', '', undefined, 5, ['ES256']]) expect(isAlg(other)).toBe(false);
  });

  it.each<[Alg, KeyObject, string | undefined]>([
    ...ALGS.map((alg): [Alg, KeyObject, undefined] => [alg, KEYS[alg], undefined]),
    ['HS256', secretOf(31), 'HS256 takes a secret of at least 32 bytes'],
    ['HS384', secretOf(47), 'HS384 takes a secret of at least 48 bytes'],
    ['HS512', secretOf(63), 'HS512 takes a secret of at least 64 bytes'],
    ['HS256', RSA.publicKey, 'HS256 takes a secret'],
    ['ES256', EC['P-384'].privateKey, 'ES256 takes an EC key on prime256v1'],
    ['ES384', EC['P-256'].privateKey, 'ES384 takes an EC key on secp384r1'],
    ['ES512', RSA.privateKey, 'ES512 takes an EC key on secp521r1'],
    ['ES256', secretOf(32), 'ES256 takes an EC key on prime256v1'],
    ['RS256', EC['P-256'].privateKey, 'RS256 takes an RSA key of the common kind (rsaEncryption)'],
    ['RS256', secretOf(32), 'RS256 takes an RSA key of the common kind (rsaEncryption)'],
    ['PS256', PSS.privateKey, 'PS256 takes an RSA key of the common kind (rsaEncryption)'],
    ['RS512', SMALL.privateKey, 'RS512 takes an RSA key of at least 2048 bits'],
  ])('%s with a key: %#', (alg, key, problem) => {
    expect(keyProblem(alg, key)).toBe(problem);
  });
});

describe('a JWS', () => {
  const part = (text: string | Buffer): string => Buffer.from(text).toString('base64url');
  it.each(ALGS)('signed with %s is verified by its key and no other', async (alg) => {
    const key = keyFor(alg, 'k');
    const token = await signJwt({ a: 1 }, 'JWT', key);
    expect([headerOf(token), claimsOf(token)]).toEqual([{ alg, typ: 'JWT', kid: 'k' }, { a: 1 }]);
    const jws = parsed(token);
    expect(isSignedBy(jws, key)).toBe(true);
    const forged = Buffer.from(jws.signature);
    forged[0]! ^= 1;
    expect(isSignedBy({ ...jws, signature: forged }, key)).toBe(false);
    expect(isSignedBy({ ...jws, signature: Buffer.concat([jws.signature, Buffer.alloc(1)]) }, key)).toBe(false);
    expect(isSignedBy({ ...jws, signature: jws.signature.subarray(1) }, key)).toBe(false);
    expect(isSignedBy({ ...jws, signingInput: `${jws.signingInput}A` }, key)).toBe(false);
    for (const other of ALGS) if (other !== alg) expect(isSignedBy(jws, keyFor(other))).toBe(false);
  });

  it.each(ALGS)('signed with %s is what others know by that name', async (alg) => {
    const { kid, alg: signed, signWith, verifyWith } = keyFor(alg, 'k');
    const token = await signJwt({ a: 1 }, 'JWT', { kid, alg: signed, signWith });
    expect(jwt.verify(token, alg.startsWith('HS') ? (signWith as never) : verifyWith, { algorithms: [alg] })).toEqual({ a: 1 });
    expect(isSignedBy(parsed(jwt.sign({ a: 1 }, signWith as never, { algorithm: alg })), keyFor(alg))).toBe(true);
  });

  it('RFC 8725 §3.1: is not signed by a key whose algorithm it does not name', () => {
    const key = keyFor('HS256');
    const sign = (alg: string): UnverifiedJws => {
      const input = `${part(JSON.stringify({ alg }))}.${part('{}')}`;
      return parsed(`${input}.${createHmac('sha256', KEYS.HS256).update(input).digest('base64url')}`);
    };
    expect(['HS256', 'HS512', 'none', 'hs256'].map((alg) => isSignedBy(sign(alg), key))).toEqual([true, false, false, false]);
  });

  // One in 256 signatures begins with a zero byte, and a number is the same without it.
  it.each<Alg>(['RS256', 'PS256', 'ES256'])('signed with %s has one text alone: without its leading zero byte it is refused', async (alg) => {
    const key = keyFor(alg, 'k');
    let jws: UnverifiedJws;
    let n = 0;
    do jws = parsed(await signJwt({ n: n++ }, 'JWT', key)); while (jws.signature[0] !== 0);
    expect(isSignedBy(jws, key)).toBe(true);
    expect(isSignedBy({ ...jws, signature: jws.signature.subarray(1) }, key)).toBe(false);
    expect(isSignedBy({ ...jws, signature: Buffer.concat([Buffer.alloc(1), jws.signature]) }, key)).toBe(false);
  });

  it('RFC 7518 §3.5: PS256 has a salt as long as its hash', async () => {
    const jws = parsed(await signJwt({}, 'JWT', keyFor('PS256')));
    const { constants, verify } = await import('node:crypto');
    const check = (saltLength: number): boolean => verify('sha256', Buffer.from(jws.signingInput), { key: RSA.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, jws.signature);
    expect([check(32), check(20)]).toEqual([true, false]);
  });

  it('names no key where the signer has no name', async () => {
    expect(headerOf(await signJwt({}, 'JWT', { alg: 'HS256', signWith: KEYS.HS256 }))).toStrictEqual({ alg: 'HS256', typ: 'JWT' });
  });

  it('rejects where the key cannot sign', async () => {
    await expect(signJwt({}, 'JWT', { alg: 'RS256', signWith: RSA.publicKey })).rejects.toThrow();
    const tiny = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey;
    await expect(signJwt({}, 'JWT', { alg: 'RS512', signWith: tiny })).rejects.toThrow('digest too big for rsa key');
  });

  const good = [part('{"alg":"x"}'), part('{"a":1}'), part('sig')] as const;
  it('is taken apart', () => {
    expect(parseJws(good.join('.'))).toEqual({ header: { alg: 'x' }, payload: { a: 1 }, signature: Buffer.from('sig'), signingInput: `${good[0]}.${good[1]}` });
  });

  it.each<[string, string]>([
    ['', ''],
    ['one part', good[0]],
    ['two parts', `${good[0]}.${good[1]}`],
    ['four parts', `${good.join('.')}.x`],
    ['a dot behind', `${good.join('.')}.`],
    ['no signature', `${good[0]}.${good[1]}.`],
    ['no header', `.${good[1]}.${good[2]}`],
    ['no payload', `${good[0]}..${good[2]}`],
    ['padding', `${good[0]}.${part('{"a":12}')}=.${good[2]}`],
    ['stray bits', `${good[0]}.${good[1]}.QR`],
    ['junk in the signature', `${good[0]}.${good[1]}.${good[2]}!`],
    ['an array', `${good[0]}.${part('[]')}.${good[2]}`],
    ['null', `${part('null')}.${good[1]}.${good[2]}`],
    ['a number', `${good[0]}.${part('1')}.${good[2]}`],
    ['no JSON', `${good[0]}.${part('{')}.${good[2]}`],
    ['no UTF-8', `${good[0]}.${part(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))}.${good[2]}`],
  ])('is none: %s', (_name, token) => {
    expect(parseJws(token)).toBeUndefined();
  });

  it('is signed by a key of its kid, or by any where it names none', async () => {
    const [one, two] = [keyFor('ES256', 'one'), readKey({ alg: 'ES256', privateKey: pair('P-256').privateKey, kid: 'two' })];
    const named = parsed(await signJwt({}, 'JWT', two));
    const unnamed = parsed(await signJwt({}, 'JWT', { alg: 'ES256', signWith: two.signWith }));
    expect(findSigner(named, [one, two])).toBe(two);
    expect(findSigner(unnamed, [one, two])).toBe(two);
    expect(findSigner(named, [one, { ...two, kid: 'three' }])).toBeUndefined();
    expect(findSigner(named, [{ ...one, kid: 'two' }])).toBeUndefined();
  });
});

describe('the header of an access token', () => {
  it.each([['at+jwt', true], ['AT+JWT', true], ['application/at+jwt', true], ['JWT', false], ['xat+jwt', false], ['at+jwtx', false], ['x/at+jwt', false], [undefined, false], [5, false], [['at+jwt'], false]])('says typ %j: %p', (typ, is) => {
    expect(isAccessTokenHeader({ alg: 'ES256', typ })).toBe(is);
  });

  it.each(['crit', 'zip', 'cty', 'b64', 'enc'])('asks for nothing that nobody here understands: %s', (name) => {
    for (const value of ['x', undefined, []]) expect(isAccessTokenHeader({ typ: 'at+jwt', [name]: value })).toBe(false);
  });
});

describe('the keys of the option', () => {
  const problemOf = (option: object): string => {
    try {
      readKey(option as never);
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return (error as Error).message;
    }
  };
  const NO_PRIVATE = 'privateKey must be a private key as PEM, JWK or KeyObject';
  it.each<[object, string]>([
    [{ alg: 'none', secret: 'x' }, 'alg must be one of HS256, ES256, RS256, PS256 or their 384 and 512 forms'],
    [{ alg: 'ES256', kid: '', privateKey: KEYS.ES256 }, 'kid must be a string that is not empty'],
    [{ alg: 'ES256', kid: 5, privateKey: KEYS.ES256 }, 'kid must be a string that is not empty'],
    [{ alg: 'HS256', privateKey: KEYS.ES256 }, 'an HS algorithm takes secret, not privateKey'],
    [{ alg: 'HS256', secret: 5 }, 'secret must be a string, bytes or a KeyObject'],
    [{ alg: 'HS256', secret: 'x'.repeat(31) }, 'HS256 takes a secret of at least 32 bytes'],
    [{ alg: 'ES256', secret: 'x'.repeat(32) }, 'this algorithm takes privateKey, not secret'],
    [{ alg: 'ES256', privateKey: EC['P-256'].publicKey }, NO_PRIVATE],
    [{ alg: 'ES256', privateKey: 'nonsense' }, NO_PRIVATE],
    [{ alg: 'ES256', privateKey: { kty: 'EC' } }, NO_PRIVATE],
    [{ alg: 'ES384', privateKey: KEYS.ES256 }, 'ES384 takes an EC key on secp384r1'],
  ])('are refused: %#', (option, message) => {
    expect(problemOf(option)).toBe(message);
  });

  it('are taken in each of their forms', () => {
    const pem = KEYS.ES256.export({ type: 'pkcs8', format: 'pem' }) as string;
    const jwk = KEYS.ES256.export({ format: 'jwk' });
    const kids = [KEYS.ES256, pem, Buffer.from(pem), jwk].map((privateKey) => readKey({ alg: 'ES256', privateKey }).kid);
    expect(new Set(kids)).toEqual(new Set([thumbprint(EC['P-256'].publicKey)]));
    const secret = 'é'.repeat(16);
    const secrets = [secret, Buffer.from(secret), new Uint8Array(Buffer.from(secret)), createSecretKey(Buffer.from(secret))].map((one) => readKey({ alg: 'HS256', secret: one }));
    expect(new Set(secrets.map(({ kid }) => kid)).size).toBe(1);
    expect(secrets[0]).toMatchObject({ alg: 'HS256', kid: expect.stringMatching(/^[A-Za-z0-9_-]{16}$/) });
    expect(secrets[0]!.verifyWith).toBe(secrets[0]!.signWith);
    expect(readKey({ alg: 'ES256', privateKey: KEYS.ES256, kid: 'mine' }).kid).toBe('mine');
  });

  it('are named by the thumbprint of RFC 7638', () => {
    // The example of RFC 7638 §3.1.
    const n = '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(thumbprint(createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' }))).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
    const { crv, kty, x, y } = EC['P-256'].publicKey.export({ format: 'jwk' });
    expect(thumbprint(EC['P-256'].publicKey)).toBe(createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url'));
    expect(thumbprint(secretOf(32))).not.toBe(thumbprint(secretOf(32)));
    // Tokens that are under way name their key by it: it may not change from one release to the next.
    expect(thumbprint(createSecretKey(Buffer.alloc(32, 1)))).toBe('lPbhOMtlkw8m4o8b');
  });

  it('show their public half alone', () => {
    const key = keyFor('ES256', 'k');
    expect(publicJwk(key)).toEqual({ ...EC['P-256'].publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' });
    expect(publicJwk(keyFor('HS256'))).toBeUndefined();
    expect(generateKey()).toMatchObject({ alg: 'ES256', kid: expect.stringMatching(/^.{43}$/) });
  });

  it('sign in the order given, and are replaced all at once', () => {
    const [one, two, three] = [keyFor('ES256', 'one'), keyFor('RS256', 'two'), keyFor('ES256', 'three')];
    const ring = createKeyRing([one, two]);
    expect([ring.signing(), ring.signingWith('RS256'), ring.signingWith('ES512')]).toEqual([one, two, undefined]);
    ring.replace([three, two]);
    expect([ring.signing(), ring.all()]).toEqual([three, [three, two]]);
    expect(() => { ring.replace([]); }).toThrow(new TypeError('keys must hold at least one key'));
    expect(ring.signing()).toBe(three);
  });
});

describe('the keys of others', () => {
  const jwk = EC['P-256'].publicKey.export({ format: 'jwk' });
  it.each<[string, object, object]>([
    ['all it can say', { ...jwk, kid: 'k', use: 'sig', key_ops: ['verify'], alg: 'ES256', x5c: 'nonsense' }, { kid: 'k', alg: 'ES256' }],
    ['nothing but the key', jwk, { kid: '', alg: 'ES256' }],
    ['the curve of ES384', EC['P-384'].publicKey.export({ format: 'jwk' }), { kid: '', alg: 'ES384' }],
    ['the curve of ES512', EC['P-521'].publicKey.export({ format: 'jwk' }), { kid: '', alg: 'ES512' }],
    ['RSA', RSA.publicKey.export({ format: 'jwk' }), { kid: '', alg: 'RS256' }],
    ['RSA for PSS', { ...RSA.publicKey.export({ format: 'jwk' }), alg: 'PS384' }, { kid: '', alg: 'PS384' }],
  ])('are read: %s', (_name, given, key) => {
    expect(readJwk(given)).toMatchObject(key);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined], ['null', null], ['a text', 'x'],
    ['for encryption', { ...jwk, use: 'enc' }],
    ['not to verify', { ...jwk, key_ops: ['sign'] }],
    ['operations in a text', { ...jwk, key_ops: 'verify' }],
    ['a numeric kid', { ...jwk, kid: 5 }],
    ['an unknown algorithm', { ...jwk, alg: 'ES257' }],
    ['another algorithm', { ...jwk, alg: 'RS256' }],
    ['a small key', SMALL.publicKey.export({ format: 'jwk' })],
    ['an unknown kind', ED.publicKey.export({ format: 'jwk' })],
    ['a broken key', { ...jwk, x: 'AA' }],
    ['a secret', { kty: 'oct', k: 'AAAA' }],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((name): [string, unknown] => [`a private member ${name}`, { ...jwk, [name]: 'AA' }]),
  ])('are passed by: %s', (_name, given) => {
    expect(readJwk(given)).toBeUndefined();
  });

  const PUBLIC = 'publicKey must be a public key as PEM, JWK or KeyObject';
  const pem = EC['P-256'].publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const privatePem = EC['P-256'].privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  it.each<[string, unknown]>([['a key object', EC['P-256'].publicKey], ['PEM', pem], ['PEM in bytes', Buffer.from(pem)], ['a JWK', jwk]])('are given as %s', (_name, key) => {
    expect(readPublicKey(key, 'ES256', undefined).kid).toBe(thumbprint(EC['P-256'].publicKey));
    expect(readPublicKey(key, 'ES256', 'k')).toMatchObject({ kid: 'k', alg: 'ES256' });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined], ['null', null], ['nonsense', 'nonsense'], ['a number', 5], ['a secret', secretOf(32)],
    ['a private key', EC['P-256'].privateKey], ['a private PEM', privatePem], ['the same in bytes', Buffer.from(privatePem)],
    ['a private JWK', EC['P-256'].privateKey.export({ format: 'jwk' })], ['a JWK of nothing', {}],
  ])('are refused: %s', (_name, key) => {
    expect(() => readPublicKey(key, 'ES256', 'k')).toThrow(new TypeError(PUBLIC));
  });

  it('are refused where they are not for the algorithm', () => {
    expect(() => readPublicKey(pem, 'ES384', 'k')).toThrow(new TypeError('ES384 takes an EC key on secp384r1'));
  });
});

describe('id_tokens', () => {
  const client = { id: 'C1', grants: [], scopes: [], secretHashes: [] };
  const granted = { authorization: { clientId: 'C1', userId: 'U', scopes: ['openid'], audience: ['x'], authTime: 7 }, user: { id: 'U', claims: { name: 'User', sub: 'other' } } };
  const issue = async (more: object = {}, keys: readonly [SigningKey, ...SigningKey[]] = [keyFor('ES256', 'k')], given: object = granted): Promise<string | undefined> => {
    try {
      return await createIdTokens({ issuer: 'https://i.example', keys: createKeyRing(keys), lifetime: () => 60 }).issue({ ...client, ...more }, given as never, 'token');
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
      return (error as Error).message;
    }
  };

  it('hold who, for whom, when and for which access token', async () => {
    const before = Math.floor(Date.now() / 1000);
    const token = await issue();
    const claims = claimsOf(token);
    expect(headerOf(token)).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'k' });
    expect(claims).toEqual({ name: 'User', iss: 'https://i.example', sub: 'U', aud: 'C1', iat: expect.any(Number), exp: Number(claims['iat']) + 60, auth_time: 7, at_hash: accessTokenHash('token', 'ES256') });
    expect(Number(claims['iat']) - before).toBeGreaterThanOrEqual(0);
    expect(Number(claims['iat']) - before).toBeLessThan(60);
    const unknown = claimsOf(await issue({}, undefined, { authorization: { ...granted.authorization, authTime: undefined } }));
    expect(unknown['auth_time']).toBe(unknown['iat']);
  });

  it('are for users and openid alone', async () => {
    expect(await issue({}, undefined, { authorization: { ...granted.authorization, userId: undefined } })).toBeUndefined();
    expect(await issue({}, undefined, { authorization: { ...granted.authorization, scopes: ['a'] } })).toBeUndefined();
  });

  it.each([['', false], ['x'.repeat(255), true], ['x'.repeat(256), false], ['é', false], ['a b~', true], ['a\n', false], ['\u007F', false]])('take %j for a sub: %p', async (userId, fits) => {
    const answer = await issue({}, undefined, { authorization: { ...granted.authorization, userId } });
    if (fits) expect(claimsOf(answer)['sub']).toBe(userId);
    else expect(answer).toBe('User.id must be at most 255 ASCII characters where openid is granted: it is the sub of the id_token');
  });

  it('hash the access token by the hash of the signature, the left half', () => {
    expect(accessTokenHash('token', 'ES256')).toBe(createHash('sha256').update('token').digest().subarray(0, 16).toString('base64url'));
    expect(accessTokenHash('token', 'RS384')).toBe(createHash('sha384').update('token').digest().subarray(0, 24).toString('base64url'));
  });

  it('are signed as the client wants, else by the first key that it can verify with', async () => {
    const keys = [keyFor('HS256', 'h'), keyFor('RS256', 'r'), keyFor('ES256', 'e')] as const;
    expect(headerOf(await issue({}, keys))).toMatchObject({ alg: 'RS256', kid: 'r' });
    expect(headerOf(await issue({ idTokenAlg: 'ES256' }, keys))).toMatchObject({ alg: 'ES256', kid: 'e' });
    const secret = 'x'.repeat(32);
    const token = await issue({ idTokenAlg: 'HS256', secret }, keys);
    expect(headerOf(token)).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(isSignedBy(parsed(token!), { kid: '', alg: 'HS256', verifyWith: createSecretKey(Buffer.from(secret)) })).toBe(true);
  });

  it('are not made where the client could not verify them; the operator is told the cure', async () => {
    expect(await issue({}, [keyFor('HS256')])).toBe('client "C1" cannot verify an id_token that the server\'s own secret signs: add a key with a public half to the option keys, or give the client idTokenAlg HS256 and its secret');
    expect(await issue({ idTokenAlg: 'RS256' })).toBe('client "C1" wants id_tokens with RS256: add a key of that algorithm to the option keys');
    expect(await issue({ idTokenAlg: 'HS256' })).toBe('client "C1" wants id_tokens with HS256: findClient must answer its secret in plain');
    expect(await issue({ idTokenAlg: 'HS256', secret: 'x'.repeat(31) })).toBe('client "C1": HS256 takes a secret of at least 32 bytes');
  });

  it('say themselves what is theirs to say', () => {
    const reserved = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'auth_time', 'at_hash', 'nonce', 'azp', 'acr', 'amr', 'sid', 'toJSON'];
    for (const name of reserved) expect(withoutReserved({ [name]: 'x', name: 'User' })).toEqual({ name: 'User' });
    expect(withoutReserved(undefined)).toEqual({});
  });
});
