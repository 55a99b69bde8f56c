import fc from 'fast-check';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { parseForm } from '../../lib/http/form';
import { readBasic } from '../../lib/http/basic';
import { common, formatScope, includesAll, parseScope } from '../../lib/scopes';
import { ISSUER, startServer, type TestServer } from '../support/app';
import { sha256Hash } from '../support/hash';
import { expectOk } from '../support/expect';
import { login, post, R, refresh, send, T } from '../support/http';
import { newKey } from '../support/keys';

/** Any text that an id or secret may be: no control characters, no lone surrogates. */
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 24 }).filter((value) => !/[\p{Cc}\p{Cs}]/u.test(value));
const formEncode = (value: string): string => new URLSearchParams({ '': value }).toString().slice(1);
const header = (value: string): string => `Basic ${Buffer.from(value, 'utf8').toString('base64')}`;

describe('Basic credentials', () => {
  it('come back from either way of writing them', () => {
    fc.assert(
      fc.property(text, text, (id, secret) => {
        expect(readBasic(header(`${formEncode(id)}:${formEncode(secret)}`))[0]).toEqual({ id, secret });
        if (!id.includes(':')) expect(readBasic(header(`${id}:${secret}`))).toContainEqual({ id, secret });
        expect(readBasic(header(`${id.replaceAll(':', '%3A')}:${secret}`)).length).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('authenticate over HTTP whatever they hold', async () => {
    const server = await startServer();
    await fc.assert(
      fc.asyncProperty(text, text, async (id, secret) => {
        server.clients.set(id, { id, secretHash: sha256Hash(secret), grants: ['client_credentials'], scopes: [] });
        const ways = [header(`${formEncode(id)}:${formEncode(secret)}`), ...(id.includes(':') ? [] : [header(`${id}:${secret}`)])];
        for (const authorization of ways) expectOk(await T(server, 'grant_type=client_credentials', { authorization }));
        expectOk(await T(server, { grant_type: 'client_credentials', client_id: id, client_secret: secret }, {}));
      }),
      { numRuns: 40 },
    );
    await server.close();
  }, 300_000);
});

describe('a form', () => {
  it('comes back as it was encoded', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }).filter((value) => !/[[\p{Cs}]/u.test(value) && value !== 'resource');
    const value = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((one) => !/\p{Cs}/u.test(one));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 8 }), (fields) => {
        const { params } = parseForm(new URLSearchParams(fields).toString());
        expect(Object.entries(params).filter(([, one]) => one !== undefined)).toEqual(
          [...fields].filter(([, one]) => one !== '').sort(byInsertion(Object.keys(params))),
        );
      }),
    );
  });

  it('with a name twice is never read', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_]{1,12}$/).filter((one) => one !== 'resource'), fc.string(), fc.string(), (name, one, other) => {
        expect(() => parseForm(new URLSearchParams([[name, one], ['other-name', 'x'], [name, other]]).toString())).toThrow();
      }),
    );
  });
});

const byInsertion = (order: readonly string[]) => (one: readonly [string, string], other: readonly [string, string]) => order.indexOf(one[0]) - order.indexOf(other[0]);

describe('scopes', () => {
  const scope = fc.stringMatching(/^[\x21\x23-\x5B\x5D-\x7E]{1,8}$/);
  const scopes = fc.array(scope, { minLength: 1, maxLength: 6 });

  it('come back from their text, each once and in order', () => {
    fc.assert(
      fc.property(scopes, (some) => {
        expect(parseScope(formatScope(some))).toEqual([...new Set(some)]);
      }),
    );
  });

  it('are a set: order and repetition count for nothing, case for all', () => {
    fc.assert(
      fc.property(scopes, scopes, (held, wanted) => {
        const expected = wanted.every((one) => new Set(held).has(one));
        expect(includesAll(held, wanted)).toBe(expected);
        expect(includesAll([...held].reverse(), [...wanted, ...wanted])).toBe(expected);
        expect(includesAll(held, common(wanted, held))).toBe(true);
        expect(new Set(common(held, wanted))).toEqual(new Set(held.filter((one) => wanted.includes(one))));
      }),
    );
  });
});

describe('any single byte of any token', () => {
  let server: TestServer;
  let signing: TestServer;
  beforeAll(async () => {
    server = await startServer({ oauth: { accessToken: { format: 'opaque' } } });
    signing = await startServer({ oauth: { keys: [newKey('ES256')] } });
  });
  afterAll(() => Promise.all([server.close(), signing.close()]));

  const changed = (token: string, at: number, by: string): string => token.slice(0, at) + by + token.slice(at + 1);
  const printable = fc.stringMatching(/^[\x21-\x7E]$/);

  it('counts in an opaque token', async () => {
    const token = String((await login(server)).json.access_token);
    expect((await R(server, token)).status).toBe(200);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), printable, async (at, by) => {
        fc.pre(token[at] !== by);
        expect((await R(server, changed(token, at, by))).status).toBe(401);
      }),
      { numRuns: 200 },
    );
  });

  it('counts in a refresh token, and a changed one harms nobody', async () => {
    const token = String((await login(server)).json.refresh_token);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), printable, async (at, by) => {
        fc.pre(token[at] !== by);
        expect((await refresh(server, changed(token, at, by))).json.error).toBe('invalid_grant');
        expect((await post(server, '/oauth/introspect', { token: changed(token, at, by) })).json).toEqual({ active: false });
        expect((await post(server, '/oauth/revoke', { token: changed(token, at, by) })).status).toBe(200);
      }),
      { numRuns: 150 },
    );
    expectOk(await refresh(server, token));
  });

  it('counts in a JWT access token, at a route and at introspection', async () => {
    const token = String((await login(signing)).json.access_token);
    expect((await R(signing, token)).status).toBe(200);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), printable, async (at, by) => {
        fc.pre(token[at] !== by);
        expect((await R(signing, changed(token, at, by))).status).toBe(401);
        expect((await post(signing, '/oauth/introspect', { token: changed(token, at, by) })).json).toEqual({ active: false });
      }),
      { numRuns: 200 },
    );
    // The last character of a signature has bits that mean nothing: no second spelling of it is taken either.
    for (const by of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      if (!token.endsWith(by)) expect((await R(signing, changed(token, token.length - 1, by))).status).toBe(401);
    }
  });

  it('counts in an id_token, for whoever checks it by the JWKS', async () => {
    const token = String((await login(signing, { scope: 'openid' })).json.id_token);
    const keys = createLocalJWKSet((await send(signing, '/oauth/jwks')).json as unknown as JSONWebKeySet);
    const check = (text: string): Promise<unknown> => jwtVerify(text, keys, { issuer: ISSUER, audience: 'C1' });
    await check(token);
    await fc.assert(
      // But for the last: its spare bits are the affair of who reads it.
      fc.asyncProperty(fc.nat(token.length - 2), printable, async (at, by) => {
        fc.pre(token[at] !== by);
        await expect(check(changed(token, at, by))).rejects.toThrow();
        expect((await R(signing, changed(token, at, by))).status).toBe(401);
      }),
      { numRuns: 200 },
    );
    expect((await R(signing, token)).status).toBe(401);
  });
});
