import { generateKeyPairSync } from 'node:crypto';
import { resourceServer, type ResourceServerOptions } from '../../lib';
import { readResourceServerSettings, type ResourceServerSettings } from '../../lib/options/resource-server-settings';

const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secret = 'x'.repeat(32);
const publicKey = { alg: 'ES256', publicKey: es256.publicKey } as const;
const good: ResourceServerOptions = { issuer: 'https://auth.example/oauth', audience: 'files' };

const read = (options: object): ResourceServerSettings => readResourceServerSettings({ ...good, ...options });
const wayOf = (options: object): object => read(options).way;

/** The lines of the one TypeError that these options get, without its first. */
function problemsOf(options: unknown): string[] {
  try {
    readResourceServerSettings(options);
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    const [first, ...lines] = (error as TypeError).message.split('\n');
    expect(first).toBe(`resourceServer: ${lines.length === 1 ? 'a problem' : `${String(lines.length)} problems`} in the options`);
    return lines;
  }
  return [];
}
const problemsWith = (options: object): string[] => problemsOf({ ...good, ...options });

/** These options have one problem each, at `path`. */
function expectRefused(path: string, wanted: string, ...wrong: readonly object[]): void {
  for (const options of wrong) {
    const [line = '', ...more] = problemsWith(options);
    expect(more).toEqual([]);
    expect(line.startsWith(`- ${path}: received `)).toBe(true);
    expect(line.slice(line.indexOf(', wanted ') + 9)).toBe(wanted);
  }
}

describe('the options of resourceServer', () => {
  it('need an issuer and an audience; the rest has a default', () => {
    expect(readResourceServerSettings(good)).toEqual({
      issuer: 'https://auth.example/oauth',
      audience: ['files'],
      timeout: 5,
      onEvent: undefined,
      realm: 'oauth',
      way: { by: 'jwks', keptFor: { maxAge: 300, keepFor: 7200, cooldown: 10 } },
    });
  });

  it.each([undefined, {}])('say what is missing of %p', (options) => {
    expect(problemsOf(options)).toEqual([
      '- issuer: received nothing, wanted an absolute https URL without query and fragment, as clients see it (http for localhost alone); the issuer of the oauthRouter in the other process',
      '- audience: received nothing, wanted a text or an array of texts, none empty; what tokens for this resource server have in aud',
    ]);
  });

  it.each([null, 'https://auth.example', 7, []])('are an object, not %p', (options) => {
    expect(problemsOf(options)).toHaveLength(3);
    expect(problemsOf(options)[0]).toMatch(/^- options: received .+, wanted an object$/);
  });

  it('are told all at once by resourceServer itself', () => {
    expect(() => resourceServer({ issuer: 'x', audience: [] })).toThrow(/^resourceServer: 2 problems in the options\n- issuer: .*\n- audience: /);
  });

  it('take what is given', () => {
    const onEvent = (): void => undefined;
    const settings = read({ audience: ['files', 'mail'], timeout: 0.5, onEvent, realm: 'files' });
    expect(settings).toMatchObject({ audience: ['files', 'mail'], timeout: 0.5, realm: 'files' });
    expect(settings.onEvent).toBe(onEvent);
    for (const timeout of [0.01, 300]) expect(read({ timeout }).timeout).toBe(timeout);
  });

  it('refuse what does not fit', () => {
    expectRefused('audience', 'a text or an array of texts, none empty', { audience: '' }, { audience: [] }, { audience: ['files', ''] }, { audience: 7 });
    expectRefused('timeout', 'a number of seconds from 0.01 to 300', { timeout: 0 }, { timeout: 301 }, { timeout: '5' });
    expectRefused('onEvent', 'a function (event) => void', { onEvent: {} });
    expectRefused('realm', 'a text of printable ASCII', { realm: '' }, { realm: 'é' }, { realm: 7 });
    expect(problemsWith({ scopes: ['a'] })).toEqual(['- scopes: received an array of 1, wanted an option that exists; there are issuer, audience, keys, jwks, introspection, timeout, onEvent, realm']);
  });
});

describe('the way a resource server verifies tokens', () => {
  it('is one of three', () => {
    const introspection = { clientId: 'RS1', clientSecret: 'one-of-its-own' };
    const wanted = 'wanted one of them: there is one way to verify a token';
    expect(problemsWith({ keys: [publicKey], jwks: {} })).toEqual([`- keys, jwks: received an array of 2, ${wanted}`]);
    expect(problemsWith({ keys: [publicKey], introspection })).toEqual([`- keys, introspection: received an array of 2, ${wanted}`]);
    expect(problemsWith({ keys: [publicKey], jwks: {}, introspection })).toEqual([`- keys, jwks, introspection: received an array of 3, ${wanted}`]);
    expect(wayOf({ keys: [publicKey], jwks: undefined, introspection: undefined })).toMatchObject({ by: 'keys' });
    expect(wayOf({ keys: undefined, introspection })).toMatchObject({ by: 'introspection' });
  });

  it('keeps fetched keys as long as it is told', () => {
    expect(wayOf({ jwks: { maxAge: 1, keepFor: 2, cooldown: 3 } })).toEqual({ by: 'jwks', keptFor: { maxAge: 1, keepFor: 2, cooldown: 3 } });
    expect(wayOf({ jwks: { keepFor: 604_800, maxAge: 86_400, cooldown: 3600 } })).toEqual({ by: 'jwks', keptFor: { keepFor: 604_800, maxAge: 86_400, cooldown: 3600 } });
    expect(wayOf({ jwks: { maxAge: 0.01, keepFor: 0.01, cooldown: 0.01 } })).toEqual({ by: 'jwks', keptFor: { maxAge: 0.01, keepFor: 0.01, cooldown: 0.01 } });
    expectRefused('jwks.maxAge', 'a number of seconds from 0.01 to 86400', { jwks: { maxAge: 0 } }, { jwks: { maxAge: 86_401, keepFor: 604_800 } });
    expectRefused('jwks.keepFor', 'a number of seconds from 0.01 to 604800', { jwks: { keepFor: 604_801 } }, { jwks: { keepFor: '7200' } });
    expectRefused('jwks.cooldown', 'a number of seconds from 0.01 to 3600', { jwks: { cooldown: 0 } }, { jwks: { cooldown: 3601 } });
    expectRefused('jwks.ttl', 'an option that exists; there are maxAge, keepFor, cooldown', { jwks: { ttl: 5 } });
    expectRefused('jwks', 'an object', { jwks: null }, { jwks: 'https://auth.example/jwks' });
  });

  it('keeps no key for less than it waits to fetch it anew', () => {
    expect(problemsWith({ jwks: { maxAge: 60, keepFor: 59 } })).toEqual(['- jwks.keepFor: received 59, wanted no less than jwks.maxAge']);
    expect(problemsWith({ jwks: { keepFor: 299 } })).toEqual(['- jwks.keepFor: received 299, wanted no less than jwks.maxAge']);
    expect(problemsWith({ jwks: { maxAge: 60, keepFor: 60 } })).toEqual([]);
  });

  it('asks the issuer as the client that it is told to be', () => {
    const introspection = { clientId: 'RS1', clientSecret: 'one-of-its-own' };
    expect(wayOf({ introspection })).toEqual({ by: 'introspection', endpoint: undefined, ...introspection, cacheFor: 10 });
    const all = { ...introspection, endpoint: 'https://auth.example/introspect', cacheFor: 0 };
    expect(wayOf({ introspection: all })).toEqual({ by: 'introspection', ...all });
    expect(wayOf({ introspection: { ...all, cacheFor: 300 } })).toMatchObject({ cacheFor: 300 });
    expect(problemsWith({ introspection: {} })).toEqual([
      '- introspection.clientId: received nothing, wanted a text that is not empty',
      '- introspection.clientSecret: received nothing, wanted a text that is not empty',
    ]);
    const changed = (part: object): object => ({ introspection: { ...introspection, ...part } });
    expectRefused('introspection.clientId', 'a text that is not empty', changed({ clientId: '' }), changed({ clientId: 7 }));
    expectRefused('introspection.clientSecret', 'a text that is not empty', changed({ clientSecret: '' }), changed({ clientSecret: null }));
    expectRefused('introspection.endpoint', 'an absolute https URL (http for localhost alone)', changed({ endpoint: 'http://auth.example/' }), changed({ endpoint: '/introspect' }));
    expectRefused('introspection.cacheFor', 'a number of seconds from 0 to 300', changed({ cacheFor: -1 }), changed({ cacheFor: 301 }));
    expectRefused('introspection.scope', 'an option that exists; there are endpoint, clientId, clientSecret, cacheFor', changed({ scope: 'a' }));
    expectRefused('introspection.clientSecre', 'an option that exists; did you mean clientSecret?', changed({ clientSecre: 'x' }));
  });

  it('quotes neither the client secret nor where a secret was put by mistake', () => {
    const text = problemsWith({ introspection: { clientId: ['hunter2'], clientSecret: { text: 'hunter2' }, cacheFor: 'hunter2', endpoint: 'https://RS1:hunter2@auth.example/' } }).join('\n');
    expect(text).toContain('introspection.endpoint: received "https://…@auth.example/"');
    expect(text).not.toContain('hunter2');
  });
});

describe('the keys that a resource server is given', () => {
  it('are public keys and secrets, with their kid or a thumbprint', () => {
    const way = wayOf({ keys: [publicKey, { ...publicKey, kid: 'one' }, { alg: 'HS256', secret, kid: 'two' }] });
    expect(way).toMatchObject({ by: 'keys', keys: [{ alg: 'ES256', kid: expect.stringMatching(/^[\w-]{43}$/) as string }, { alg: 'ES256', kid: 'one' }, { alg: 'HS256', kid: 'two' }] });
    expect(JSON.stringify(way)).not.toContain(secret);
  });

  const form = 'publicKey with an alg of ES256, RS256, PS256, or secret with HS256, or their 384 and 512 forms';
  it.each([
    ['no alg', { publicKey: es256.publicKey }, form],
    ['none', { alg: 'none', publicKey: es256.publicKey }, form],
    ['a secret with an alg of keys', { alg: 'ES256', secret }, form],
    ['a public key with an alg of secrets (RFC 8725 §3.1)', { alg: 'HS256', publicKey: es256.publicKey }, form],
    ['nothing to verify with', { alg: 'ES256' }, 'publicKey must be a public key as PEM, JWK or KeyObject'],
    ['an empty kid', { ...publicKey, kid: '' }, 'kid must be a string that is not empty'],
    ['a kid that is no text', { ...publicKey, kid: 7 }, 'kid must be a string that is not empty'],
    ['an empty kid of a secret', { alg: 'HS256', secret, kid: '' }, 'kid must be a string that is not empty'],
    ['a key on another curve', { alg: 'ES384', publicKey: es256.publicKey }, 'ES384 takes an EC key on secp384r1'],
    ['a short secret', { alg: 'HS256', secret: 'short' }, 'HS256 takes a secret of at least 32 bytes'],
  ])('are refused with %s', (_name, key, why) => {
    expect(problemsWith({ keys: [key] })).toEqual([`- keys[0]: received an object, wanted a key; ${why}`]);
  });

  it('hold no private key, nor anything else that has no business there', () => {
    expect(problemsWith({ keys: [{ ...publicKey, privateKey: es256.privateKey }] })).toEqual(['- keys[0].privateKey: received an object, wanted an option that exists; there are kid, alg, publicKey, secret']);
    expect(problemsWith({ keys: [{ alg: 'ES256', publicKey: es256.privateKey }] })).toEqual(['- keys[0]: received an object, wanted a key; publicKey must be a public key as PEM, JWK or KeyObject']);
    expect(problemsWith({ keys: ['x'] })).toEqual(['- keys[0]: received a string of 1 characters, wanted a key; an object with kid, alg, publicKey, secret']);
  });

  it.each([[[], 'an empty array'], [null, 'null'], [publicKey, 'an object']])('are at least one in an array, not %p', (keys, received) => {
    expect(problemsWith({ keys })).toEqual([`- keys: received ${received}, wanted an array of keys`]);
  });

  it('have each a kid of their own', () => {
    expect(problemsWith({ keys: [{ ...publicKey, kid: 'x' }, { alg: 'HS256', secret, kid: 'x' }] })).toEqual(['- keys: received an array of 2, wanted a kid of its own for each key']);
  });
});
