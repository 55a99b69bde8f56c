import { constants, createPrivateKey, generateKeyPairSync, randomBytes, sign as cryptoSign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { memoryStore, type Alg, type KeyOption } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, PASSWORD, SECRETS, U1, type StartOptions } from '../support/app';
import { holdTime, passTime } from '../support/clock';
import { expectChallenge, expectError, expectOk } from '../support/expect';
import { authOf, expectPassed, G, serveGuarded, type Guarded } from '../support/guarded';
import { bearer, C1, login, post, refresh, T } from '../support/http';
import { claimsOf, es256, forge, goodClaims, headerOf, hs256, signParts, TEST_KEY, TEST_KEYS, type Forgery, type SignInput } from '../support/jwt';
import { serve } from '../support/serve';

const serveForged = (options: StartOptions = {}): Promise<Guarded> => serveGuarded(5, (oauth) => oauth.requireBearer('a'), options);
const expectRefused = async (server: Guarded, token: string): Promise<void> => expectChallenge(await G(server, bearer(token)), 401, 'invalid_token');
const expectTaken = async (server: Guarded, token: string): Promise<void> => expectPassed(await G(server, bearer(token)));

/** Refuses each of these, and takes the same token without it: each is refused for what is said here, and nothing else. */
async function expectEachRefused(variants: readonly (Forgery | string)[], options: StartOptions = {}): Promise<void> {
  const server = await serveForged(options);
  for (const variant of variants) await expectRefused(server, typeof variant === 'string' ? variant : forge(variant));
  expect(server.ran()).toBe(0);
  await expectTaken(server, forge());
}

const now = (): number => Math.floor(Date.now() / 1000);
const pem = (key: KeyObject): string => key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }).toString();
const text = (value: object): string => JSON.stringify(value);
const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url');
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const machine = 'grant_type=client_credentials&scope=a';

describe('JWT access tokens: issue', () => {
  it('JA-01 JA-02 JA-03 JA-08 are signed, typed at+jwt, and hold all required claims in their types', async () => {
    const server = await serve();
    const before = now();
    for (const { json } of [await T(server, machine), await login(server, { scope: 'a' })]) {
      expect(String(json['access_token']).split('.')).toHaveLength(3);
      expect(headerOf(json['access_token'])).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.stringMatching(/^.+$/) });
      const claims = claimsOf(json['access_token']);
      expect(claims).toMatchObject({ iss: ISSUER, aud: ISSUER, client_id: 'C1' });
      for (const name of ['sub', 'client_id', 'jti']) expect(claims[name]).toEqual(expect.stringMatching(/^.+$/));
      const { iat, exp } = claims as { iat: number; exp: number };
      expect(Number.isInteger(iat) && Number.isInteger(exp)).toBe(true);
      expect(exp - iat).toBe(json['expires_in']);
      expect(iat).toBeGreaterThanOrEqual(before);
      expect(iat).toBeLessThanOrEqual(now());
    }
  });

  it.each<[Alg, KeyOption]>([
    ...(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const).map((alg): [Alg, KeyOption] => [alg, { alg, privateKey: RSA.privateKey }]),
    ...([['ES256', 'P-256'], ['ES384', 'P-384'], ['ES512', 'P-521']] as const).map(([alg, namedCurve]): [Alg, KeyOption] => [alg, { alg, privateKey: pem(generateKeyPairSync('ec', { namedCurve }).privateKey) }]),
    ...([['HS256', 32], ['HS384', 48], ['HS512', 64]] as const).map(([alg, bytes]): [Alg, KeyOption] => [alg, { alg, secret: randomBytes(bytes) }]),
  ])('JA-01 JA-15 are signed with %s where the first key says so, and taken back', async (alg, key) => {
    const server = await serveForged({ oauth: { keys: [key] } });
    const { json } = await login(server, { scope: 'a' });
    expect(headerOf(json['access_token'])['alg']).toBe(alg);
    await expectTaken(server, String(json['access_token']));
    await expectRefused(server, `${String(json['access_token']).slice(0, -4)}AAAA`);
  });

  it('JA-04 never have the same jti twice, and it holds at least 128 random bits', async () => {
    const server = await serve({ oauth: { keys: [{ alg: 'HS256', secret: randomBytes(32) }] } });
    const ids = new Set<unknown>();
    for (let round = 0; round < 200; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => T(server, machine)));
      for (const { json } of answers) ids.add(claimsOf(json['access_token'])['jti']);
    }
    expect(ids.size).toBe(10_000);
    // Past the time it begins with, no character stands still.
    const random = [...ids].map((id) => String(id).slice(8));
    const alphabets = Array.from({ length: random[0]!.length }, (_, at) => new Set(random.map((id) => id[at])).size);
    expect(alphabets.reduce((bits, size) => bits + Math.log2(size), 0)).toBeGreaterThanOrEqual(128);
  }, 300_000);

  it('JA-05 name the user as sub after a login, and the client where it acts for itself', async () => {
    const server = await serve();
    expect(claimsOf((await login(server)).json['access_token'])['sub']).toBe(U1.id);
    expect(claimsOf((await T(server, machine)).json['access_token'])['sub']).toBe('C1');
  });

  it.each(['a', 'a b', 'b a', 'c b a'])('JA-06 hold the granted scope %j as the answer tells it', async (scope) => {
    const server = await serve();
    for (const { json } of [await login(server, { scope }), await T(server, { grant_type: 'client_credentials', scope })]) {
      expect(json['scope']).toBe(scope);
      expect(claimsOf(json['access_token'])['scope']).toBe(scope);
    }
  });

  it('JA-06 hold no scope claim where nothing was granted', async () => {
    const server = await serve();
    const { json } = await T(server, 'grant_type=client_credentials', { authorization: `Basic ${Buffer.from(`C2:${SECRETS.C2}`).toString('base64')}` });
    expect(json).not.toHaveProperty('scope');
    expect(claimsOf(json['access_token'])).not.toHaveProperty('scope');
  });

  it('JA-08 always have an audience: the configured one, else the issuer, and the factory refuses to have none', async () => {
    const configured = await serve({ oauth: { accessToken: { audience: AUDIENCE_1 } } });
    expect(claimsOf((await T(configured, machine)).json['access_token'])['aud']).toBe(AUDIENCE_1);
    const several = await serve({ oauth: { accessToken: { audience: [AUDIENCE_1, AUDIENCE_2] } } });
    expect(claimsOf((await T(several, machine)).json['access_token'])['aud']).toEqual([AUDIENCE_1, AUDIENCE_2]);
    for (const audience of ['', [], [''], [AUDIENCE_1, ''], null, 1]) {
      await expect(serve({ oauth: { accessToken: { audience: audience as string } } })).rejects.toThrow(/accessToken\.audience/);
    }
  });

  it('JA-09 have an audience of their own for each resource', async () => {
    const server = await serve();
    for (const resource of [AUDIENCE_1, AUDIENCE_2]) {
      for (const { json } of [await T(server, { grant_type: 'client_credentials', resource }), await login(server, { resource })]) {
        expect(claimsOf(json['access_token'])['aud']).toBe(resource);
      }
    }
  });

  it('JA-10 tell the same auth_time through every refresh', async () => {
    const server = await serve();
    const { json } = await login(server);
    const first = claimsOf(json['access_token']);
    let presented = json['refresh_token'];
    for (let round = 0; round < 3; round += 1) {
      passTime(100);
      const next = await refresh(server, presented);
      expectOk(next);
      const claims = claimsOf(next.json['access_token']);
      expect(claims['auth_time']).toBe(first['auth_time']);
      expect(claims['iat']).toBeGreaterThan(first['iat'] as number);
      presented = next.json['refresh_token'];
    }
  });

  it('JA-33 hold nothing of the user but the id', async () => {
    const server = await serve();
    const allowed = ['iss', 'sub', 'aud', 'client_id', 'iat', 'exp', 'jti', 'scope', 'auth_time', 'sid'];
    for (const { json } of [await login(server, { scope: 'a openid' }), await T(server, machine)]) {
      expect(Object.keys(claimsOf(json['access_token'])).filter((name) => !allowed.includes(name))).toEqual([]);
      const decoded = text(claimsOf(json['access_token']));
      for (const personal of ['User One', 'one@example.com', 'U1', PASSWORD]) expect(decoded).not.toContain(personal);
    }
  });

  it.each(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'auth_time', 'sid'])('JA-03 do not let the app replace %s', async (name) => {
    const server = await serve({ oauth: { accessToken: { claims: () => ({ [name]: 'admin' }) } } });
    expectError(await T(server, machine), 500, 'server_error');
  });

  it.each([['nothing', undefined], ['null', null], ['a text', 'ab'], ['a list', ['a']], ['a number', 1], ['what JSON cannot hold', { n: 1n }]])('JA-03 are not issued where the claims of the app are %s', async (_what, claims) => {
    const server = await serve({ oauth: { accessToken: { claims: () => claims as unknown as Record<string, unknown> } } });
    expectError(await T(server, machine), 500, 'server_error');
  });
});

describe('JWT access tokens: type and header', () => {
  it.each(['at+jwt', 'at+JWT', 'AT+jwt', 'application/at+jwt', 'Application/AT+JWT'])('JA-11 takes the typ %s', async (typ) => {
    await expectTaken(await serveForged(), forge({ header: { typ } }));
  });

  it('JA-11 JA-29 refuses every other typ', async () => {
    const types = [
      undefined, null, '', 'JWT', 'jwt', 'at+jwt ', ' at+jwt', 'at+jwt\n', 'at+jwt;v=1', 'at +jwt', 'at', 'at+jwts', 'xat+jwt', 'text/at+jwt', 'application//at+jwt', '/at+jwt',
      'application/at+jwt/', 'dpop+jwt', 'logout+jwt', 'client-authentication+jwt', 'token-introspection+jwt', 'JOSE', 'id_token', 'at%2Bjwt', 'аt+jwt', ['at+jwt'], { typ: 'at+jwt' }, 1, true,
    ];
    await expectEachRefused(types.map((typ) => ({ header: { typ } })));
  });

  it('OW-01 JA-15 refuses alg none in every spelling, whatever stands for a signature', async () => {
    const none = ['none', 'None', 'NONE', 'nOnE', 'noNe', ' none', 'none ', 'none\u0000', 'n\u00f6ne', '', null, undefined, 0, [], ['none'], {}, false];
    const signatures: SignInput[] = [es256(), () => Buffer.alloc(64), () => Buffer.from('none'), hs256('')];
    await expectEachRefused([
      ...none.flatMap((alg) => signatures.map((sign) => ({ header: { alg }, sign }))),
      ...none.flatMap((alg) => ['', '.', '..'].map((end) => forge({ header: { alg } }).replace(/\.[^.]*$/, end))),
      ...none.map((alg) => forge({ header: { alg, kid: undefined } }).replace(/[^.]*$/, '')),
    ]);
  });

  it('JA-15 refuses alg by any name but the key\'s own', async () => {
    const algs = ['es256', 'Es256', 'ES256 ', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'HS256', 'RS256', 'PS256', 'constructor', '__proto__', 'toString', 'hasOwnProperty', ['ES256']];
    await expectEachRefused(algs.flatMap((alg) => [{ header: { alg } }, { header: { alg, kid: undefined } }]));
  });

  it('JA-15 refuses an HMAC keyed with what everyone may know of the keys', async () => {
    const keys: readonly KeyOption[] = [...TEST_KEYS, { kid: 'rsa', alg: 'RS256', privateKey: RSA.privateKey }];
    const known = [['test', TEST_KEY.publicKey], ['rsa', RSA.publicKey]] as const;
    await expectEachRefused(
      known.flatMap(([kid, key]) => {
        const jwk = key.export({ format: 'jwk' });
        const secrets = [
          pem(key), pem(key).trim(), `${pem(key)}\n`, pem(key).replaceAll('\n', '\r\n'), pem(key).replace(/-----[^-]+-----|\n/g, ''), text(jwk), jwk.n ?? '', jwk.x ?? '', kid, '',
          key.export({ type: 'spki', format: 'der' }), ...(key === RSA.publicKey ? [key.export({ type: 'pkcs1', format: 'pem' }), key.export({ type: 'pkcs1', format: 'der' })] : []),
        ];
        return secrets.flatMap((secret) => [kid, undefined].map((named) => ({ header: { alg: 'HS256', kid: named }, sign: hs256(secret) })));
      }),
      { oauth: { keys } },
    );
  });

  it('JA-15 JA-31 holds each key to its one algorithm, though it could do others', async () => {
    const secret = randomBytes(64);
    const server = await serveForged({ oauth: { keys: [{ kid: 'rs', alg: 'RS256', privateKey: RSA.privateKey }, { kid: 'hs', alg: 'HS256', secret }] } });
    const rsa = (hash: string, padding: object = { padding: constants.RSA_PKCS1_PADDING }): SignInput => (input) => cryptoSign(hash, Buffer.from(input), { key: RSA.privateKey, ...padding });
    const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    await expectTaken(server, forge({ header: { alg: 'RS256', kid: 'rs' }, sign: rsa('sha256') }));
    await expectTaken(server, forge({ header: { alg: 'HS256', kid: 'hs' }, sign: hs256(secret) }));
    for (const kid of ['rs', 'hs', undefined]) {
      for (const [alg, sign] of [
        ['RS384', rsa('sha384')], ['RS512', rsa('sha512')], ['PS256', rsa('sha256', pss(32))], ['RS256', rsa('sha256', pss(32))], ['RS256', rsa('sha384')], ['RS256', rsa('sha1')],
        ['HS384', hs256(secret)], ['HS512', hs256(secret)], ['RS256', hs256(secret)], ['HS256', rsa('sha256')],
      ] as const) await expectRefused(server, forge({ header: { alg, kid }, sign }));
    }
    await expectRefused(server, forge({ header: { alg: 'RS256', kid: 'hs' }, sign: rsa('sha256') }));
    await expectRefused(server, forge({ header: { alg: 'HS256', kid: 'rs' }, sign: hs256(secret) }));
    expect(server.ran()).toBe(2);
  });

  it('JA-21 refuses every crit: none is understood, and none says nothing', async () => {
    const crit = [['x'], ['exp'], ['b64'], ['alg'], ['kid'], ['typ'], ['crit'], [], [''], [1], 'exp', '', null, {}, 0, true, false, ['x', 'x']];
    await expectEachRefused([
      ...crit.map((value) => ({ header: { crit: value } })),
      ...crit.map((value) => ({ header: { crit: value, x: 1, b64: true, exp: now() + 60 } })),
      { header: { b64: false } },
      { header: { b64: true } },
    ]);
  });

  it('JA-26 refuses what is encrypted, compressed or nested', async () => {
    const nested = forge();
    const [header, payload, signature] = nested.split('.') as [string, string, string];
    await expectEachRefused([
      { header: { enc: 'A256GCM' } }, { header: { alg: 'dir', enc: 'A256GCM' } }, { header: { zip: 'DEF' } }, { header: { cty: 'JWT' } }, { header: { cty: 'at+jwt' } },
      { claims: nested }, { header: { cty: 'JWT' }, claims: nested }, `${header}.${payload}.${signature}.${payload}.${signature}`, `${base64url(text({ alg: 'dir', enc: 'A256GCM', typ: 'at+jwt' }))}..${payload}.${payload}.${signature}`,
      // Signed as a reader would see it who takes the last part but one for the signature.
      `${forge({ sign: (input) => es256()(`${input}.`) })}.`,
      `${nested}.`, `.${nested}`, `${nested}.${nested}`, `${header}.${signature}`, header, '...', '.', '..',
    ]);
  });

  it('JA-27 takes kid for a name to look up, and nothing else', async () => {
    const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const hostile = [
      '../../../../../../dev/null', '/dev/null', 'file:///dev/null', 'C:\\nul', '/proc/sys/kernel/randomize_va_space', "' OR '1'='1", "test' --", '$(id)', '`id`', '; id', '__proto__', 'constructor', 'toString', '', ' test', 'test ',
      'TEST', 'test\u0000', 'te', 'tests', '0', null, 0, 1, true, {}, [], ['test'], { kid: 'test' }, 'x'.repeat(4000),
    ];
    const empty = [es256(attacker.privateKey), hs256(''), hs256('\u0000'), hs256(Buffer.alloc(32))];
    await expectEachRefused([...hostile.map((kid) => ({ header: { kid } })), ...hostile.flatMap((kid) => empty.map((sign) => ({ header: { kid, alg: 'HS256' }, sign }))), { header: { kid: 'test' }, sign: empty[0]! }]);
    await expectTaken(await serveForged(), forge({ header: { kid: undefined } }));
  });

  it('JA-27 takes no key out of the token and fetches none', async () => {
    const asked: unknown[] = [];
    const sinkhole = createServer((req, res) => {
      asked.push(req.url);
      res.end();
    });
    sinkhole.on('connection', () => asked.push('a connection'));
    await new Promise<void>((resolve) => { sinkhole.listen(0, '127.0.0.1', resolve); });
    const url = `http://127.0.0.1:${String((sinkhole.address() as AddressInfo).port)}/keys`;
    const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...attacker.publicKey.export({ format: 'jwk' }), kid: 'own', alg: 'ES256' };
    const der = attacker.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const members = [{ jku: url }, { x5u: url }, { jwk }, { x5c: [der] }, { jwk, jku: url, x5u: url, x5c: [der], x5t: 'x', 'x5t#S256': 'x' }, { key: jwk }, { iss: url }];
    try {
      await expectEachRefused(members.flatMap((header) => [undefined, 'own', 'test', url].map((kid) => ({ header: { ...header, kid }, sign: es256(attacker.privateKey) }))));
      expect(asked).toEqual([]);
    } finally {
      sinkhole.close();
    }
  });
});

describe('JWT access tokens: claims', () => {
  it('JA-12 refuses an issuer that is not ours to the last byte', async () => {
    const others = [
      `${ISSUER}/`, ISSUER.toUpperCase(), ISSUER.replace('auth', 'Auth'), ISSUER.replace('https', 'HTTPS'), ISSUER.replace('https', 'http'), ISSUER.replace('example', 'example:443'), ISSUER.replace('.', '\u3002'), ISSUER.replace('.', '\uFF0E'),
      ISSUER.replace('a', '\u0430'), 'https://xn--uth-5cd.example/oauth', `${ISSUER}?`, `${ISSUER}#`, ` ${ISSUER}`, `${ISSUER} `, `${ISSUER}\u0000`, ISSUER.replace('/oauth', '//oauth'), ISSUER.replace('/oauth', '/./oauth'), ISSUER.replace('/oauth', '/%6Fauth'),
      ISSUER.replace('example/', 'example./'), ISSUER.replace('auth.', 'user@auth.'), 'https://auth.example', 'https://other.example/oauth', '', undefined, null, 1, true, [ISSUER], { iss: ISSUER }, [ISSUER, 'https://other.example'],
    ];
    await expectEachRefused(others.map((iss) => ({ claims: { iss } })));
  });

  it('BP-02 OW-02 JA-13 refuses an audience that does not name this resource', async () => {
    const others = [
      AUDIENCE_1, `${ISSUER}/`, `${ISSUER}/files`, ISSUER.slice(0, -1), 'https://auth.example', ISSUER.toUpperCase(), `${ISSUER} `, `${AUDIENCE_1} ${ISSUER}`, `${ISSUER},${AUDIENCE_1}`, '*', '', undefined, null, 1, true, {}, { aud: ISSUER }, { 0: ISSUER, length: 1 },
      [], [''], [AUDIENCE_1], [AUDIENCE_1, AUDIENCE_2], [ISSUER, ''], [ISSUER, 1], [ISSUER, null], [[ISSUER]], [{}, ISSUER], ['*'],
    ];
    await expectEachRefused(others.map((aud) => ({ claims: { aud } })));
  });

  it('JA-13 takes an audience that names this resource, alone or among others, and each of several that are ours', async () => {
    const server = await serveForged();
    for (const aud of [ISSUER, [ISSUER], [AUDIENCE_1, ISSUER], [ISSUER, AUDIENCE_1]]) await expectTaken(server, forge({ claims: { aud } }));
    const several = await serveForged({ oauth: { accessToken: { audience: [AUDIENCE_1, AUDIENCE_2] } } });
    for (const aud of [AUDIENCE_1, AUDIENCE_2]) await expectTaken(several, forge({ claims: { aud } }));
    await expectRefused(several, forge({ claims: { aud: ISSUER } }));
  });

  it('JA-13 refuses here the token that the server itself issued for another resource', async () => {
    const server = await serveForged();
    for (const { json } of [await T(server, { grant_type: 'client_credentials', scope: 'a', resource: AUDIENCE_1 }), await login(server, { scope: 'a', resource: AUDIENCE_2 })]) {
      await expectRefused(server, String(json['access_token']));
    }
    expect(server.ran()).toBe(0);
  });

  it('JA-14 refuses the signature of anyone else, whatever the token says of itself', async () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await expectEachRefused([{ sign: es256(other.privateKey) }, { header: { kid: undefined }, sign: es256(other.privateKey) }, { header: { kid: 'other' }, sign: es256(other.privateKey) }, { header: { kid: 'other' } }]);
    const server = await serveForged();
    const elsewhere = await serve();
    const { json } = await login(elsewhere, { scope: 'a' });
    await expectRefused(server, String(json['access_token']));
    expect(server.ran()).toBe(0);
  });

  it('JA-14 refuses a token that was good before, once its key is gone, and takes those of a key that stays', async () => {
    const [next, stays] = [generateKeyPairSync('ec', { namedCurve: 'P-256' }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
    const server = await serveForged({ oauth: { keys: [...TEST_KEYS, { kid: 'stays', alg: 'ES256', privateKey: stays.privateKey }] } });
    const [old, kept] = [forge(), forge({ header: { kid: 'stays' }, sign: es256(stays.privateKey) })];
    for (const token of [old, kept]) await expectTaken(server, token);
    server.oauth.useKeys([{ kid: 'next', alg: 'ES256', privateKey: next.privateKey }, { kid: 'stays', alg: 'ES256', privateKey: stays.privateKey }]);
    await expectRefused(server, old);
    await expectRefused(server, forge());
    await expectTaken(server, kept);
    await expectTaken(server, String((await login(server, { scope: 'a' })).json['access_token']));
  });

  it('JA-16 takes a token until the millisecond before exp, and no longer', async () => {
    const server = await serveForged();
    const start = Date.now();
    const exp = now() + 600;
    const token = forge({ claims: { exp } });
    const fresh = forge({ claims: { exp } });
    for (const [at, ok] of [[start, true], [exp * 1000 - 1, true], [exp * 1000, false], [exp * 1000 + 1, false], [exp * 1000 + 1000, false], [exp * 1000 - 1, true]] as const) {
      holdTime(at);
      if (ok) await expectTaken(server, token);
      else await expectRefused(server, token);
    }
    holdTime(exp * 1000);
    await expectRefused(server, fresh);
  });

  it('JA-17 refuses a token before its nbf, but for what clocks differ', async () => {
    const server = await serveForged();
    await expectRefused(server, forge({ claims: { nbf: now() + 3600 } }));
    await expectRefused(server, forge({ claims: { nbf: now() + 60 } }));
    const later = forge({ claims: { nbf: now() + 300 } });
    await expectRefused(server, later);
    expect(server.ran()).toBe(0);
    for (const nbf of [now(), now() - 3600, now() + 5, 0]) await expectTaken(server, forge({ claims: { nbf } }));
    passTime(300);
    await expectTaken(server, later);
  });

  it('JA-18 refuses dates that are no whole numbers from zero on', async () => {
    const written = (name: string, json: string): Forgery => ({ claims: text({ ...goodClaims(), [name]: undefined }).replace('}', `,${JSON.stringify(name)}:${json}}`) });
    const numbers = ['"99999999999"', '"soon"', '""', '1e400', '-1e400', 'NaN', 'Infinity', '-1', '99999999999.5', '1e-5', 'true', 'null', '[]', '[99999999999]', '{}', '0x7fffffff', '+99999999999', '099999999999', '9007199254740993', '1e21'];
    await expectEachRefused(['exp', 'iat', 'nbf', 'auth_time'].flatMap((name) => numbers.map((json) => written(name, json))));
    const server = await serveForged();
    for (const json of ['99999999999', '99999999999.0', '9.9999999999e10']) await expectTaken(server, forge(written('exp', json)));
    for (const [iat, exp] of [[now() + 60, now() + 60], [now() + 5, now() + 5], [now() + 6, now() + 5]]) await expectRefused(server, forge({ claims: { iat, exp } }));
    await expectRefused(server, forge({ claims: { exp: 0, iat: 0 } }));
  });

  it('JA-19 refuses a token from the future, but for what clocks differ', async () => {
    const server = await serveForged();
    for (const ahead of [3600, 60, 20]) await expectRefused(server, forge({ claims: { iat: now() + ahead, exp: now() + 7200 } }));
    expect(server.ran()).toBe(0);
    await expectTaken(server, forge({ claims: { iat: now() + 5, exp: now() + 7200 } }));
  });

  it('JA-20 refuses a token without any one of the required claims', async () => {
    await expectEachRefused(['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'].flatMap((name) => [{ claims: { [name]: undefined } }, { claims: { [name]: null } }]));
  });

  it('JA-28 refuses a sub, client_id or jti that is no text or an empty one', async () => {
    await expectEachRefused(['sub', 'client_id', 'jti'].flatMap((name) => ['', 1, 0, true, null, [], ['user-1'], {}].map((value) => ({ claims: { [name]: value } }))));
  });

  it('refuses a scope that is no list of scope names', async () => {
    await expectEachRefused([['a'], 1, true, null, {}, '', ' ', 'a ', ' a', 'a  b', 'a\tb', 'a\nb', 'a "b"', 'a \\', 'a ä'].map((scope) => ({ claims: { scope } })));
  });

  it('keeps claims named like what every object has apart from it', async () => {
    const server = await serveForged();
    const claims = text(goodClaims()).replace('}', ',"__proto__":{"userId":"admin","scope":"b"},"constructor":{"prototype":{"admin":true}},"toString":1,"hasOwnProperty":1}');
    const answer = await G(server, bearer(forge({ claims })));
    expectPassed(answer);
    expect(authOf(answer)).toMatchObject({ userId: 'user-1', scopes: ['a'] });
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });
});

describe('JWT access tokens: form', () => {
  const good = (): string => text({ alg: 'ES256', typ: 'at+jwt', kid: 'test' });

  it('JA-22 gives a member that stands twice one meaning, the last, in header and payload', async () => {
    const server = await serveForged();
    for (const header of ['{"alg":"ES256","alg":"none","typ":"at+jwt"}', '{"typ":"at+jwt","typ":"JWT","alg":"ES256"}', '{"alg":"ES256","typ":"at+jwt","kid":"test","kid":"other"}', '{"alg":"ES256","\\u0061lg":"none","typ":"at+jwt"}']) {
      await expectRefused(server, forge({ header }));
    }
    const twice = text(goodClaims()).replace('}', ',"sub":"last","scope":"a b"}');
    const answer = await G(server, bearer(forge({ claims: twice })));
    expectPassed(answer);
    expect(authOf(answer)).toMatchObject({ subject: 'last', userId: 'last', scopes: ['a', 'b'], claims: { sub: 'last' } });
    for (const end of ['"exp":1', '"aud":"x"', '"iss":"x"', '"scope":"b c","scope":1']) await expectRefused(server, forge({ claims: text(goodClaims()).replace('}', `,${end}}`) }));
  });

  /** Other last characters that decode to the same bytes: their spare bits are not zero. */
  function respelt(part: string): string[] {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return [...alphabet].map((last) => part.slice(0, -1) + last).filter((other) => other !== part && Buffer.from(other, 'base64url').equals(Buffer.from(part, 'base64url')));
  }

  it('JA-23 takes one spelling of each part and no other that decodes the same, even where it is signed like that', async () => {
    const server = await serveForged();
    const header = base64url(`${good()}${' '.repeat((4 - (good().length % 3)) % 3)}`);
    const claims = text(goodClaims());
    const payload = base64url(`${claims}${' '.repeat((4 - (claims.length % 3)) % 3)}`);
    const token = signParts(header, payload);
    const signature = token.split('.')[2]!;
    expect([header, payload, signature].map((part) => respelt(part).length > 0)).toEqual([true, true, true]);
    for (const other of respelt(header)) await expectRefused(server, signParts(other, payload));
    for (const other of respelt(payload)) await expectRefused(server, signParts(header, other));
    for (const other of respelt(signature)) await expectRefused(server, `${header}.${payload}.${other}`);
    for (const end of ['=', '==', '===', 'A', '.']) await expectRefused(server, token + end);
    for (const [h, p] of [[`${header}=`, payload], [`${header}==`, payload], [header, `${payload}==`], [`${header} `, payload], [header, `${payload}\t`], [header, `\u00A0${payload}`], [header, `${payload}~`]] as const) await expectRefused(server, signParts(h, p));
    expect(server.ran()).toBe(0);
    await expectTaken(server, token);
  });

  it('JA-23 refuses the other alphabet of base64, even where it is signed like that', async () => {
    const server = await serveForged();
    const header = base64url(good().replace('}', ',"x":"???>>>~~~"}'));
    const payload = base64url(text(goodClaims()).replace('}', ',"x":"???>>>~~~"}'));
    const other = (part: string): string => part.replaceAll('-', '+').replaceAll('_', '/');
    expect([header, payload].map((part) => other(part) !== part)).toEqual([true, true]);
    await expectRefused(server, signParts(other(header), payload));
    await expectRefused(server, signParts(header, other(payload)));
    for (let tries = 0; tries < 20; tries += 1) {
      const token = signParts(header, payload);
      const respelling = `${header}.${payload}.${other(token.split('.')[2]!)}`;
      if (respelling !== token) await expectRefused(server, respelling);
    }
    expect(server.ran()).toBe(0);
    await expectTaken(server, signParts(header, payload));
  });

  it('JA-24 refuses a header or a payload that is not one JSON object in UTF-8, though it is signed', async () => {
    const texts = (object: string): (string | Buffer)[] => [
      'null', '[]', '1', '""', 'true', '', ' ', '{', '}', '{}{}', `${object}x`, `x${object}`, `[${object}]`, `\uFEFF${object}`, `${object}\u0000`, `\u0000${object}`, object.slice(0, -1), object.replace('}', ',}'), object.replaceAll('"', "'"), `/**/${object}`, `"${object.replaceAll('"', '\\"')}"`, object.replace('{', '{alg:1,'),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(object, 'utf16le')]), Buffer.from(object.replace('}', ',"x":"\u00e9"}'), 'latin1'),
      ...[[0xff], [0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0xc3]].map((bytes) => Buffer.concat([Buffer.from(object.replace('}', ',"x":"')), Buffer.from(bytes), Buffer.from('"}')])),
    ];
    await expectEachRefused([...texts(good()).map((header) => ({ header })), ...texts(text(goodClaims())).map((claims) => ({ claims }))]);
    const server = await serveForged();
    const spaced = forge({ header: ` ${good()}\r\n`, claims: `\t${text(goodClaims()).replace('}', ',"x":"\u00e9\u65e5\ud83d\ude00"}')} ` });
    await expectTaken(server, spaced);
  });

  it('JA-25 refuses every serialization but the compact one', async () => {
    const [header, payload, signature] = forge().split('.') as [string, string, string];
    const flattened = text({ payload, protected: header, signature });
    const general = text({ payload, signatures: [{ protected: header, signature }] });
    await expectEachRefused([flattened, general, base64url(flattened), base64url(general), flattened.replaceAll('"', ''), `${header}%2E${payload}%2E${signature}`, `${header}..${signature}`, `${header}.${payload}`, `${header}~${payload}~${signature}`, `${header}.${payload}.${signature}~`]);
  });
});

describe('JWT access tokens: other kinds of token and key', () => {
  it('JA-29 refuses id_tokens, refresh tokens, client assertions, DPoP proofs and logout tokens, and an access token in their place', async () => {
    const server = await serveForged();
    const { json } = await login(server, { scope: 'a openid' });
    const jwk = TEST_KEY.publicKey.export({ format: 'jwk' });
    expect(json['id_token']).toEqual(expect.any(String));
    const others = [
      String(json['id_token']), String(json['refresh_token']),
      forge({ header: { typ: 'JWT' }, claims: { iss: 'C1', sub: 'C1', aud: ISSUER } }), forge({ header: { typ: 'client-authentication+jwt' }, claims: { iss: 'C1', sub: 'C1' } }),
      forge({ header: { typ: 'dpop+jwt', jwk }, claims: { htm: 'GET', htu: server.url } }), forge({ header: { typ: 'logout+jwt' }, claims: { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } } }), forge({ header: { typ: 'token-introspection+jwt' } }),
    ];
    for (const other of others) await expectRefused(server, other);
    expect(server.ran()).toBe(0);
    await expectTaken(server, String(json['access_token']));
    expectError(await refresh(server, json['access_token']), 400, 'invalid_grant');
    expectError(await refresh(server, json['id_token']), 400, 'invalid_grant');
  });

  it('JA-29 refuses the id_token of a client with an HMAC of its own, and one signed by no key of ours', async () => {
    const server = await serveForged();
    server.clients.set('C1', { ...server.clients.get('C1')!, secret: 's'.repeat(32), idTokenAlg: 'HS256' });
    const { json } = await login(server, { scope: 'a openid' });
    expect(headerOf(json['id_token'])['alg']).toBe('HS256');
    await expectRefused(server, String(json['id_token']));
    await expectRefused(server, forge({ header: { alg: 'HS256', kid: undefined }, sign: hs256('s'.repeat(32)) }));
    expect(server.ran()).toBe(0);
  });

  it('JA-29 refuses a token that is bound to a key, which is not for whoever bears it', async () => {
    await expectEachRefused([{ jkt: 'x'.repeat(43) }, { 'x5t#S256': 'x'.repeat(43) }, { jwk: TEST_KEY.publicKey.export({ format: 'jwk' }) }, { kid: 'x' }, {}, null, 'x', false].map((cnf) => ({ claims: { cnf } })));
  });

  const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
  it.each<[string, () => unknown]>([
    ['an RSA key of 1024 bits for RS256', () => ({ alg: 'RS256', privateKey: rsa(1024) })],
    ['an RSA key of 2040 bits for PS256', () => ({ alg: 'PS256', privateKey: rsa(2040) })],
    ['an RSA key of 1024 bits as PEM', () => ({ alg: 'RS512', privateKey: pem(rsa(1024)) })],
    ['a P-384 key for ES256', () => ({ alg: 'ES256', privateKey: ec('P-384') })],
    ['a P-256 key for ES384', () => ({ alg: 'ES384', privateKey: ec('P-256') })],
    ['a P-384 key for ES512', () => ({ alg: 'ES512', privateKey: ec('P-384') })],
    ['a secp256k1 key for ES256', () => ({ alg: 'ES256', privateKey: ec('secp256k1') })],
    ['an Ed25519 key for ES256', () => ({ alg: 'ES256', privateKey: generateKeyPairSync('ed25519').privateKey })],
    ['an RSA key for ES256', () => ({ alg: 'ES256', privateKey: RSA.privateKey })],
    ['an EC key for RS256', () => ({ alg: 'RS256', privateKey: TEST_KEY.privateKey })],
    ['an RSA-PSS key for RS256', () => ({ alg: 'RS256', privateKey: generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey })],
    ['a public key', () => ({ alg: 'ES256', privateKey: TEST_KEY.publicKey })],
    ['a public key as PEM', () => ({ alg: 'ES256', privateKey: pem(TEST_KEY.publicKey) })],
    ['a public key as JWK', () => ({ alg: 'ES256', privateKey: TEST_KEY.publicKey.export({ format: 'jwk' }) })],
    ['31 bytes for HS256', () => ({ alg: 'HS256', secret: randomBytes(31) })],
    ['47 bytes for HS384', () => ({ alg: 'HS384', secret: randomBytes(47) })],
    ['63 bytes for HS512', () => ({ alg: 'HS512', secret: randomBytes(63) })],
    ['an empty secret', () => ({ alg: 'HS256', secret: '' })],
    ['a private key as the secret of HS256', () => ({ alg: 'HS256', secret: TEST_KEY.privateKey })],
    ['a PEM in place of the secret of HS256', () => ({ alg: 'HS256', privateKey: pem(TEST_KEY.privateKey) })],
    ['a secret in place of the key of ES256', () => ({ alg: 'ES256', secret: randomBytes(64) })],
    ['alg none', () => ({ alg: 'none', secret: randomBytes(64) })],
    ['alg none with a key', () => ({ alg: 'none', privateKey: TEST_KEY.privateKey })],
    ['no alg', () => ({ privateKey: TEST_KEY.privateKey })],
    ['alg constructor', () => ({ alg: 'constructor', privateKey: TEST_KEY.privateKey })],
    ['alg in a list', () => ({ alg: ['ES256'], privateKey: TEST_KEY.privateKey })],
    ['no key', () => ({ alg: 'ES256' })],
    ['nothing', () => undefined],
  ])('JA-30 JA-32 does not start with %s, and does not quote it', async (_what, makeKey) => {
    const key = makeKey();
    for (const keys of [[key], [...TEST_KEYS, key]]) {
      const failed = await serve({ oauth: { keys: keys as KeyOption[] } }).then(() => undefined, (error: unknown) => error);
      expect(failed).toBeInstanceOf(TypeError);
      expect((failed as Error).message).toMatch(/keys\[\d\]/);
      expect((failed as Error).message).not.toMatch(/BEGIN|[A-Za-z0-9+/=_-]{30}/);
    }
  });

  it('JA-30 takes keys that are just strong enough', async () => {
    for (const key of [{ alg: 'HS256', secret: 'x'.repeat(32) }, { alg: 'RS256', privateKey: rsa(2048) }, { alg: 'ES512', privateKey: createPrivateKey(pem(ec('P-521'))).export({ format: 'jwk' }) }] as const) {
      const server = await serveForged({ oauth: { keys: [key] } });
      await expectTaken(server, String((await login(server, { scope: 'a' })).json['access_token']));
    }
  });

  it('JA-32 signs with ES256 by itself, and takes no HMAC by a password, a client\'s secret or its hash', async () => {
    const server = await serveForged();
    expect(headerOf((await T(server, machine)).json['access_token'])['alg']).toBe('ES256');
    const known = [PASSWORD, SECRETS.C1, String(server.clients.get('C1')!.secretHash), 'secret', 'password', '', ISSUER, 'C1'];
    for (const secret of known) {
      for (const kid of [undefined, 'test']) await expectRefused(server, forge({ header: { alg: 'HS256', kid }, sign: hs256(secret) }));
    }
    expect(server.ran()).toBe(0);
  });
});

describe('JWT access tokens: malformed signatures', () => {
  const bytes = (value: bigint, length: number): Buffer => Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
  const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
  const fixed = (r: bigint, s: bigint): SignInput => () => Buffer.concat([bytes(r, 32), bytes(s, 32)]);
  const good = (input: string): readonly [Buffer, Buffer] => {
    const signature = es256()(input);
    return [signature.subarray(0, 32), signature.subarray(32)];
  };
  const of = (change: (r: Buffer, s: Buffer) => readonly Buffer[]): SignInput => (input) => Buffer.concat(change(...good(input)));
  const number = (buffer: Buffer): bigint => BigInt(`0x${buffer.toString('hex')}`);
  const der: SignInput = (input) => cryptoSign('sha256', Buffer.from(input), TEST_KEY.privateKey);

  it('JA-31 refuses an ECDSA signature of numbers that cannot be', async () => {
    const values = [0n, 1n, N - 1n, N, N + 1n, P, P - N, (1n << 256n) - 1n, 1n << 255n, N / 2n];
    await expectEachRefused(values.flatMap((r) => values.map((s) => ({ sign: fixed(r, s) }))));
  });

  it('JA-31 refuses a good half beside a wrong one', async () => {
    const values = [0n, 1n, N, N - 1n, (1n << 256n) - 1n];
    await expectEachRefused([
      ...values.flatMap((value) => [{ sign: of((r) => [r, bytes(value, 32)]) }, { sign: of((_r, s) => [bytes(value, 32), s]) }]),
      { sign: of((r, s) => [s, r]) }, { sign: of((r) => [r, r]) }, { sign: of((_r, s) => [s, s]) }, { sign: of((r, s) => [bytes(N - number(r), 32), s]) }, { sign: of((r, s) => [bytes(N - number(r), 32), bytes(N - number(s), 32)]) },
      { sign: of((r, s) => [Buffer.from(r).reverse(), Buffer.from(s).reverse()]) }, { sign: of((r, s) => [r.map((byte) => byte ^ 0xff) as Buffer, s]) },
    ]);
  });

  it('JA-31 refuses every length but the one of its algorithm, though the numbers are right', async () => {
    const zero = (length: number): Buffer => Buffer.alloc(length);
    await expectEachRefused([
      { sign: of((r, s) => [zero(1), r, zero(1), s]) }, { sign: of((r, s) => [zero(16), r, zero(16), s]) }, { sign: of((r, s) => [zero(34), r, zero(34), s]) }, { sign: of((r, s) => [r, s, zero(1)]) }, { sign: of((r, s) => [zero(1), r, s]) }, { sign: of((r, s) => [r, s, r, s]) },
      { sign: of((r, s) => [r, s.subarray(0, 31)]) }, { sign: of((r, s) => [r.subarray(1), s]) }, { sign: of((r) => [r]) }, { sign: of((r, s) => [r.subarray(0, 31), s.subarray(0, 31)]) }, { sign: of(() => [zero(1)]) }, { sign: of(() => [zero(96)]) }, { sign: of(() => [zero(132)]) },
      forge().replace(/[^.]*$/, ''),
    ]);
  });

  it('JA-31 refuses DER, and DER cut or filled to the length', async () => {
    await expectEachRefused([
      { sign: der }, { sign: (input) => der(input).subarray(0, 64) }, { sign: (input) => der(input).subarray(-64) }, { sign: (input) => Buffer.from(der(input).toString('hex')) }, { sign: () => Buffer.from('3006020100020100', 'hex') }, { sign: () => Buffer.from('30060201010201003006020101020100'.padEnd(128, '0'), 'hex') },
    ]);
  });

  it('JA-31 refuses a signature over something else, by another hash or on another curve', async () => {
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey;
    const raw = (hash: string, key: KeyObject): SignInput => (input) => cryptoSign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
    await expectEachRefused([
      { sign: raw('sha384', TEST_KEY.privateKey) }, { sign: raw('sha1', TEST_KEY.privateKey) }, { sign: raw('sha512', TEST_KEY.privateKey) }, { sign: raw('sha256', p384) }, { sign: (input) => raw('sha384', p384)(input).subarray(0, 64) },
      { sign: (input) => es256()(`${input}.`) }, { sign: (input) => es256()(input.toLowerCase()) }, { sign: (input) => es256()(input.split('.')[1]!) }, { sign: (input) => es256()(input.split('.')[0]!) }, { sign: (input) => es256()(Buffer.from(input.split('.')[1]!, 'base64url').toString()) }, { sign: () => es256()('') },
    ]);
  });

  it('JA-31 refuses an RSA signature that is padded, cut, or larger than its modulus', async () => {
    const modulus = BigInt(`0x${Buffer.from(String(RSA.publicKey.export({ format: 'jwk' }).n), 'base64url').toString('hex')}`);
    const rsa: SignInput = (input) => cryptoSign('sha256', Buffer.from(input), RSA.privateKey);
    const server = await serveForged({ oauth: { keys: [{ kid: 'test', alg: 'RS256', privateKey: RSA.privateKey }] } });
    const changes: SignInput[] = [
      (input) => Buffer.concat([Buffer.alloc(1), rsa(input)]), (input) => Buffer.concat([rsa(input), Buffer.alloc(1)]), (input) => rsa(input).subarray(1), (input) => rsa(input).subarray(0, -1), () => Buffer.alloc(256), () => Buffer.alloc(256, 0xff), () => bytes(1n, 256), () => bytes(modulus - 1n, 256),
      () => bytes(modulus, 256), (input) => bytes((number(rsa(input)) + modulus) % (1n << 2048n), 256), (input) => Buffer.from(rsa(input)).reverse(), (input) => cryptoSign('sha256', Buffer.from(input), { key: RSA.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
    ];
    for (const sign of changes) await expectRefused(server, forge({ header: { alg: 'RS256' }, sign }));
    await expectTaken(server, forge({ header: { alg: 'RS256' }, sign: rsa }));
  });

  it('JA-31 refuses a PSS signature whose salt is not as long as the hash', async () => {
    const server = await serveForged({ oauth: { keys: [{ kid: 'test', alg: 'PS256', privateKey: RSA.privateKey }] } });
    const pss = (saltLength: number): SignInput => (input) => cryptoSign('sha256', Buffer.from(input), { key: RSA.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    for (const saltLength of [0, 20, 31, 33, 48, 222]) await expectRefused(server, forge({ header: { alg: 'PS256' }, sign: pss(saltLength) }));
    await expectRefused(server, forge({ header: { alg: 'PS256' }, sign: (input) => cryptoSign('sha256', Buffer.from(input), RSA.privateKey) }));
    await expectTaken(server, forge({ header: { alg: 'PS256' }, sign: pss(32) }));
  });

  it('JA-31 refuses an HMAC that is cut, filled, empty or of another hash', async () => {
    const secret = randomBytes(32);
    const mac = hs256(secret);
    const server = await serveForged({ oauth: { keys: [{ kid: 'test', alg: 'HS256', secret }] } });
    const changes: SignInput[] = [
      (input) => mac(input).subarray(0, 16), (input) => mac(input).subarray(0, 31), (input) => mac(input).subarray(1), (input) => Buffer.concat([mac(input), Buffer.alloc(1)]), (input) => Buffer.concat([mac(input), mac(input)]), () => Buffer.alloc(32), () => Buffer.alloc(1),
      hs256(secret.subarray(0, 31)), hs256(secret.toString('hex')), hs256(secret.toString('base64')), hs256(''), (input) => mac(input).map((byte) => byte ^ 1) as Buffer,
    ];
    for (const sign of changes) await expectRefused(server, forge({ header: { alg: 'HS256' }, sign }));
    await expectRefused(server, forge({ header: { alg: 'HS256' } }).replace(/[^.]*$/, ''));
    expect(server.ran()).toBe(0);
    await expectTaken(server, forge({ header: { alg: 'HS256' }, sign: mac }));
  });
});

describe('JWT access tokens: revocation', () => {
  it('JA-34 holds at once where the token was revoked, and in another process on the store within two seconds', async () => {
    const store = memoryStore();
    const [here, there] = [await serveForged({ oauth: { store } }), await serveForged({ oauth: { store } })];
    const { json } = await login(here, { scope: 'a' });
    const kept = await login(here, { scope: 'a' });
    for (const server of [here, there]) await expectTaken(server, String(json['access_token']));
    expect((await post(here, '/oauth/revoke', { token: String(json['access_token']) })).status).toBe(200);

    await expectRefused(here, String(json['access_token']));
    expect((await post(here, '/oauth/introspect', { token: String(json['access_token']) }, C1)).json).toEqual({ active: false });
    expect((await post(there, '/oauth/introspect', { token: String(json['access_token']) }, C1)).json).toEqual({ active: false });
    passTime(2);
    await expectRefused(there, String(json['access_token']));
    for (const server of [here, there]) await expectTaken(server, String(kept.json['access_token']));
  });
});
