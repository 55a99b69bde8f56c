import { generateKeyPairSync } from 'node:crypto';
import { collectProblems, openOptions, type Problems } from '../../lib/options/check';
import { aBoolean, aFunction, issuerUrl, oneOf, realmText, safeUrl, seconds, text, texts, wholeSeconds } from '../../lib/options/checks';
import { readSettings } from '../../lib/options/settings';
import { memoryStore } from '../../lib/stores/memory';

/** The message with everything that was found wrong, if anything was. */
function messageOf(find: (problems: Problems) => void): string | undefined {
  const problems = collectProblems('maker');
  find(problems);
  try {
    problems.throwIfAny();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  return undefined;
}
const lineOf = (find: (problems: Problems) => void): string | undefined => messageOf(find)?.split('\n')[1];

describe('what is wrong with options', () => {
  it('is nothing where nobody found anything', () => {
    expect(messageOf(() => undefined)).toBeUndefined();
  });

  it('is one message, whoever found it', () => {
    expect(messageOf((problems) => { problems.add('a', 1, 'two'); })).toBe('maker: a problem in the options\n- a: received 1, wanted two');
    const both = messageOf((problems) => {
      problems.add('a.b', undefined, 'two', 'for example 2');
      problems.addUnknown('a.c', 'c', 'x', ['colour']);
    });
    expect(both).toBe('maker: 2 problems in the options\n- a.b: received nothing, wanted two; for example 2\n- a.c: received a string of 1 characters, wanted an option that exists; there are colour');
  });

  it.each([
    [undefined, 'nothing'], [null, 'null'], [7, '7'], [Number.NaN, 'NaN'], [false, 'false'], ['', 'a string of 0 characters'], ['hunter2', 'a string of 7 characters'], [[], 'an empty array'],
    [['hunter2'], 'an array of 1'], [['a', 'b'], 'an array of 2'], [{ a: 'hunter2' }, 'an object'], [(): string => 'hunter2', 'a function'], [Symbol('hunter2'), 'a symbol'], [12n, 'a bigint'],
  ])('tells of %p only what cannot be a secret', (value, received) => {
    expect(lineOf((problems) => { problems.add('a', value, 'b'); })).toBe(`- a: received ${received}, wanted b`);
  });

  it('tells even less of what stands under a name that does not exist: it may be a PIN', () => {
    for (const [value, received] of [[1426, 'a number'], [true, 'a boolean'], [undefined, 'nothing'], [{}, 'an object']] as const) {
      expect(lineOf((problems) => { problems.addUnknown('pin', 'pin', value, ['issuer']); })).toBe(`- pin: received ${received}, wanted an option that exists; there are issuer`);
    }
  });

  it.each(['issuer', 'realm', 'format', 'audience', 'endpoint', 'accessToken.format', 'introspection.endpoint'])('quotes the text of %s, but for a password in it', (path) => {
    expect(lineOf((problems) => { problems.add(path, 'x "y"', 'b'); })).toBe(`- ${path}: received "x \\"y\\"", wanted b`);
    expect(lineOf((problems) => { problems.add(path, 'https://me:hunter2@api.example/', 'b'); })).toBe(`- ${path}: received "https://…@api.example/", wanted b`);
  });

  it.each(['issuers', 'realm.secret', 'subissuer', 'timeout', 'audience[0]'])('quotes no text of %s', (path) => {
    expect(lineOf((problems) => { problems.add(path, 'hunter2', 'b'); })).toBe(`- ${path}: received a string of 7 characters, wanted b`);
  });
});

describe('a name that does not exist', () => {
  const suggestion = (name: string, names: readonly string[]): string | undefined => lineOf((problems) => { problems.addUnknown(name, name, {}, names); })?.split('; ')[1];

  it.each([
    ['verifyuser', 'verifyUser'], ['VERIFYUSER', 'verifyUser'], ['isuer', 'issuer'], ['iissuer', 'issuer'], ['izzuer', 'issuer'], ['sissue', 'issuer'], ['ssuer', 'issuer'], ['suer', 'issuer'], ['issuerId', 'issuer'], ['issu', 'issuer'],
  ])('%s is near to %s', (name, near) => {
    expect(suggestion(name, ['realm', 'issuer', 'verifyUser'])).toBe(`did you mean ${near}?`);
  });

  it.each([['tokenissuer', 'issuer'], ['issuerToken', 'issuer'], ['password', 'id'], ['x', 'keys'], ['k', 'keys'], ['s', 'keys'], ['izzzer', 'issuer'], ['timeZone', 'timeout']])('%s is not near to %s', (name, known) => {
    expect(suggestion(name, [known])).toBe(`there are ${known}`);
  });

  it('is answered with all that there are where none is near', () => {
    expect(suggestion('keyring', ['realm', 'issuer'])).toBe('there are realm, issuer');
  });

  it('is the first of two that are near', () => {
    expect(suggestion('kez', ['key', 'keys'])).toBe('did you mean key?');
  });
});

describe('an object of options', () => {
  it('gives what stands there, the default where nothing does, and a problem where it does not fit', () => {
    const read = (values: unknown): unknown[] => {
      const got: unknown[] = [];
      const message = messageOf((problems) => {
        const given = openOptions('at', values, ['on', 'name'], problems);
        got.push(given.read('on', aBoolean, true), given.optional('on', aBoolean), given.required('name', text, 'it is yours'));
      });
      return [...got, ...(message?.split('\n').slice(1) ?? [])];
    };
    expect(read({ on: false, name: 'x' })).toEqual([false, false, 'x']);
    expect(read({ name: 'x' })).toEqual([true, undefined, 'x']);
    expect(read({ on: undefined, name: 'x' })).toEqual([true, undefined, 'x']);
    expect(read(undefined)).toEqual([true, undefined, undefined, '- at.name: received nothing, wanted a text that is not empty; it is yours']);
    expect(read({ on: 'yes', name: '' }).slice(0, 4)).toEqual([true, undefined, undefined, '- at.on: received a string of 3 characters, wanted true or false']);
    expect(read({ name: '' }).slice(3)).toEqual(['- at.name: received a string of 0 characters, wanted a text that is not empty']);
  });

  it('has the values that were given, and no member of anything else', () => {
    const problems = collectProblems('maker');
    const values = { a: 1 };
    expect(openOptions('', values, ['a'], problems).values).toBe(values);
    for (const wrong of [undefined, null, [1], 'text', (): void => undefined]) expect(openOptions('', wrong, ['a'], problems).values).toEqual({});
  });
});

describe('a check', () => {
  it.each([
    [aFunction('(x) => y'), 'a function (x) => y', [(): void => undefined, class {}], [undefined, {}, 'x']],
    [aBoolean, 'true or false', [true, false], [0, 'true', null]],
    [seconds(0.5, 3), 'a number of seconds from 0.5 to 3', [0.5, 1.25, 3], [0.4, 3.1, '1', Number.NaN, Infinity, [1]]],
    [wholeSeconds(1, 3), 'a whole number of seconds from 1 to 3', [1, 2, 3], [0, 4, 1.5, '2', Number.NaN]],
    [oneOf('a', 'b', 'c'), 'a or b or c', ['a', 'c'], ['d', '', ['a'], undefined]],
    [texts, 'a text or an array of texts, none empty', ['a', ['a'], ['a', 'b']], ['', [], ['a', ''], ['', 'a'], ['a', 7], 7, {}, null]],
    [text, 'a text that is not empty', ['a', ' '], ['', 7, null, ['a']]],
    [realmText, 'a text of printable ASCII', ['a', 'a b~', ' ', '"\\'], ['', 7, 'é', 'éa', 'aé', 'a\nb', '\u007f', '\u001fa']],
    [issuerUrl, 'an absolute https URL without query and fragment, as clients see it (http for localhost alone)', ['https://a.example/x', 'http://localhost/'], ['https://a.example/?', 'https://a.example/#x', 'http://a.example/', 7]],
    [safeUrl, 'an absolute https URL (http for localhost alone)', ['https://a.example/?x=1', 'http://localhost/'], ['http://a.example/', 'a.example', 7]],
  ] as const)('%# says what it wants, and lets nothing else pass', (check, wanted, good, bad) => {
    expect(check.wanted).toBe(wanted);
    expect(good.filter((value) => !check.fits(value))).toEqual([]);
    expect(bad.filter((value) => check.fits(value))).toEqual([]);
  });
});

describe('the settings of oauthRouter', () => {
  const issuer = 'https://api.example.com/oauth';
  const findClient = (): undefined => undefined;
  const key = { alg: 'ES256', privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey } as const;
  const good = { issuer, findClient, keys: [key], store: memoryStore() };
  const DAY = 86_400;
  const linesOf = (options: object): string[] => {
    try {
      readSettings({ ...good, ...options });
    } catch (error) {
      return (error as Error).message.split('\n').slice(1);
    }
    return [];
  };

  it('are complete where nothing but the least was given', () => {
    const { keys, throttle, store, ...rest } = readSettings(good);
    expect(rest).toEqual({
      issuer, findClient, verifyUser: undefined, findUser: undefined, grantScopes: undefined, onEvent: undefined, grants: [], timeout: 10, realm: 'oauth', requireTls: false,
      accessToken: { format: 'jwt', lifetime: 3600, audience: [issuer], claims: undefined },
      refreshToken: { idleLifetime: 14 * DAY, absoluteLifetime: 90 * DAY, reuseWindow: 10 },
    });
    expect([keys.length, typeof throttle, store]).toEqual([1, 'object', good.store]);
  });

  it('let no session idle for longer than it lives', () => {
    expect(readSettings({ ...good, refreshToken: { absoluteLifetime: DAY } }).refreshToken).toEqual({ idleLifetime: DAY, absoluteLifetime: DAY, reuseWindow: 10 });
    expect(readSettings({ ...good, refreshToken: { absoluteLifetime: 20 * DAY } }).refreshToken.idleLifetime).toBe(14 * DAY);
  });

  it('tell of each callback what it is called with', () => {
    expect(linesOf({ findClient: 1, verifyUser: 1, findUser: 1, grantScopes: 1, onEvent: 1, accessToken: { claims: 1 } })).toEqual([
      '- findClient: received 1, wanted a function (clientId) => Client | undefined',
      '- verifyUser: received 1, wanted a function (username, password) => User | undefined',
      '- findUser: received 1, wanted a function (userId) => User | undefined',
      '- grantScopes: received 1, wanted a function ({ client, user, requested }) => string[]',
      '- accessToken.claims: received 1, wanted a function (authorization) => object',
      '- onEvent: received 1, wanted a function (event) => void',
    ]);
  });

  it('tell of a store and of grants what they are made of', () => {
    expect(linesOf({ store: 7 })).toEqual(['- store: received 7, wanted a TokenStore: an object with createFamily, findFamily, rotateFamily, saveAccessToken, findAccessToken, revoke, revocations']);
    expect(linesOf({ grants: 7 })).toEqual(['- grants: received 7, wanted an array of { type, handle }']);
    expect(linesOf({ grants: [7] })).toEqual(['- grants[0]: received 7, wanted an object with type and handle']);
    expect(linesOf({ grants: [{}] })).toEqual([
      '- grants[0].type: received nothing, wanted a grant type, an absolute URI by RFC 6749 §4.5',
      '- grants[0].handle: received nothing, wanted a function (client, params, request) => GrantDecision | undefined',
    ]);
    const taken = 'wanted a type that no other grant has; taken are client_credentials, password, refresh_token and those before it';
    expect(linesOf({ grants: [{ type: 'password', handle: findClient }] })).toEqual([`- grants[0].type: received a string of 8 characters, ${taken}`]);
  });

  it('tell of each key what is wrong with it', () => {
    const secret = { alg: 'HS256', secret: 'short' };
    expect(linesOf({ keys: [secret, secret, key, 7] })).toEqual([
      '- keys[0]: received an object, wanted a key; HS256 takes a secret of at least 32 bytes',
      '- keys[1]: received an object, wanted a key; HS256 takes a secret of at least 32 bytes',
      '- keys[3]: received 7, wanted a key; an object with kid, alg, privateKey, secret',
    ]);
    expect(linesOf({ keys: [] })).toEqual(['- keys: received an empty array, wanted an array of keys, the first of which signs']);
  });

  it('say once what is wrong with no keys, and in production with no store', () => {
    const { NODE_ENV } = process.env;
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      expect(readSettings({ issuer, findClient, store: good.store }).keys).toEqual([expect.objectContaining({ alg: 'ES256' })]);
      process.env['NODE_ENV'] = 'production';
      readSettings({ issuer, findClient, keys: [key] });
      expect(warn.mock.calls.map(([text]) => text)).toEqual([
        'oauthRouter has no keys: tokens are signed with a key that dies with this process. Pass the option keys.',
        'oauthRouter keeps refresh tokens in memory: they die with this process, and no other process knows them. Pass the option store.',
      ]);
    } finally {
      process.env['NODE_ENV'] = NODE_ENV;
      warn.mockRestore();
    }
  });
});
