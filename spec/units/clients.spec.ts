import bcrypt from 'bcrypt';
import type { Request } from 'express';
import { createAsk } from '../../lib/ask';
import { createAuthenticate, type Authenticate } from '../../lib/clients/authenticate';
import { callerOf, onBehalfOf } from '../../lib/clients/callers';
import { readClient } from '../../lib/clients/client';
import { readCredentials } from '../../lib/clients/credentials';
import type { Caller } from '../../lib/clients/hash-queue';
import { createLanes, type Job } from '../../lib/clients/lanes';
import { canBeGuessed, createProveSecret } from '../../lib/clients/prove-secret';
import { rememberSecrets } from '../../lib/clients/remembered';
import { OAuthError, hashSecret, generateSecret, verifySecret, type OAuthEvent } from '../../lib';
import { unlimitedGuess, type Guess } from '../../lib/throttle/guess';
import { holdTime, passTime } from '../support/clock';
import { sha256Hash } from '../support/hash';
import { outcome, refusal } from '../support/outcome';

const HASH = sha256Hash('s');
const SLOW = `$2b$04$${'a'.repeat(53)}`;
const STRANGER: Caller = { lane: 'l', standing: 'new' };

describe('a client as findClient answers it', () => {
  const least = { id: 'c', grants: ['g'], scopes: ['a'] };

  it.each([[undefined], [null], [false]])('is nobody where it answers %p', (answer) => {
    expect(readClient('c', answer)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [true, 'findClient must answer a client or undefined, not a boolean'],
    ['c', 'findClient must answer a client or undefined, not a string'],
    [{}, 'findClient answered a client whose id is not a string'],
    [{ ...least, id: 5 }, 'findClient answered a client whose id is not a string'],
  ])('is no %j', (answer, message) => {
    expect(() => readClient('c', answer)).toThrow(new TypeError(message));
  });

  it('is nobody where the store folded case', () => {
    expect(readClient('c', { ...least, id: 'C' })).toBeUndefined();
  });

  const A_HASH = 'a hash made by hashSecret, or an array of them';
  const SECONDS = 'a whole number of seconds';
  it.each<[string, unknown, string]>([
    ['secretHash', 'plain', A_HASH],
    ['secretHash', [HASH, 'plain'], A_HASH],
    ['secretHash', ['plain', HASH], A_HASH],
    ['secretHash', 5, A_HASH],
    ['secretHash', [[HASH]], A_HASH],
    ['secret', 5, 'a string'],
    ['public', 'yes', 'a boolean'],
    ['scopes', 'a', 'an array of scope names'],
    ['scopes', undefined, 'an array of scope names'],
    ['scopes', null, 'an array of scope names'],
    ['scopes', ['a', 'b c'], 'an array of scope names'],
    ['scopes', ['b c', 'a'], 'an array of scope names'],
    ['defaultScopes', 'a', 'an array of scope names'],
    ['defaultScopes', ['', 'a'], 'an array of scope names'],
    ['grants', undefined, 'an array of grant types'],
    ['grants', 'g', 'an array of grant types'],
    ['grants', ['g', ''], 'an array of grant types'],
    ['grants', [5, 'g'], 'an array of grant types'],
    ['audiences', 'https://a.example/', 'an array of absolute URIs'],
    ['audiences', ['', 'https://a.example/'], 'an array of absolute URIs'],
    ['authMethod', 'basic', 'client_secret_basic, client_secret_post or none'],
    ['introspection', 1, 'a boolean'],
    ['accessTokenLifetime', 0, SECONDS],
    ['accessTokenLifetime', 1.5, SECONDS],
    ['refreshTokenLifetime', -1, SECONDS],
    ['refreshTokenLifetime', '60', SECONDS],
    ['idTokenAlg', 'none', 'an algorithm of RFC 7518 §3.1 other than none'],
    ['idTokenAlg', '', 'an algorithm of RFC 7518 §3.1 other than none'],
    ['authMethod', '', 'client_secret_basic, client_secret_post or none'],
    ['disabled', 'false', 'a boolean'],
    ['disabled', '', 'a boolean'],
  ])('is refused for its %s %j, with what is wanted', (name, value, wanted) => {
    expect(() => readClient('c', { ...least, [name]: value })).toThrow(new TypeError(`findClient answered a client "c" whose ${name} is not ${wanted}`));
  });

  it.each([['secretHash', HASH], ['secret', 's'], ['secretHash', [HASH]]])('is public or has a %s, not both', (name, value) => {
    expect(() => readClient('c', { ...least, public: true, [name]: value })).toThrow(new TypeError('findClient answered a client "c" that is public and has a secret: it can be one of them'));
  });

  it.each<[Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    [{}, { secretHashes: [] }],
    [{ secretHash: HASH }, { secretHash: HASH, secretHashes: [HASH] }],
    [{ secretHash: [HASH, SLOW] }, { secretHash: [HASH, SLOW], secretHashes: [HASH, SLOW] }],
    [{ secretHash: '', secret: '', public: true }, { public: true, secretHashes: [] }],
    [{ secretHash: null, secret: null, public: null, defaultScopes: null, disabled: undefined }, { secretHashes: [] }],
    [{ public: false, secret: 's' }, { public: false, secret: 's', secretHashes: [] }],
    [{ authMethod: 'none' }, { authMethod: 'none', secretHashes: [] }],
    [{ authMethod: 'client_secret_post' }, { authMethod: 'client_secret_post', secretHashes: [] }],
    [{ authMethod: 'client_secret_basic' }, { authMethod: 'client_secret_basic', secretHashes: [] }],
    [{ introspection: true, disabled: true, idTokenAlg: 'ES256', accessTokenLifetime: 1, refreshTokenLifetime: 1 }, { introspection: true, disabled: true, idTokenAlg: 'ES256', accessTokenLifetime: 1, refreshTokenLifetime: 1, secretHashes: [] }],
    [{ name: 'stranger', audiences: ['x'], defaultScopes: [] }, { audiences: ['x'], defaultScopes: [], secretHashes: [] }],
  ])('is copied from %j', (given, read) => {
    const scopes = ['a'];
    const copy = readClient('c', { ...least, scopes, ...given });
    expect(copy).toStrictEqual({ ...least, ...read });
    expect(copy?.scopes).not.toBe(scopes);
  });
});

const requestWith = (authorization?: string, more: object = { ip: '192.0.2.1' }): Request =>
  ({ headers: authorization === undefined ? {} : { authorization }, rawHeaders: authorization === undefined ? [] : ['Authorization', authorization], ...more }) as unknown as Request;
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the credentials of a client', () => {
  const read = (authorization: string | undefined, params: Readonly<Record<string, string>>): Promise<unknown> => outcome(() => readCredentials(requestWith(authorization), params));
  const nobody = refusal('invalid_client', 'Client authentication failed');

  it.each<[string | undefined, Readonly<Record<string, string>>, unknown]>([
    [undefined, {}, nobody],
    [undefined, { client_secret: 's' }, nobody],
    [undefined, { client_id: 'a\u0000', client_secret: 's' }, nobody],
    [undefined, { client_id: 'a', client_secret: 's\u0000' }, nobody],
    [undefined, { client_id: 'a' }, { method: 'none', readings: [{ id: 'a', secret: '' }] }],
    [undefined, { client_id: 'a', client_secret: 's' }, { method: 'client_secret_post', readings: [{ id: 'a', secret: 's' }] }],
    [undefined, { client_id: 'a', client_assertion: 'x' }, nobody],
    [undefined, { client_id: 'a', client_assertion_type: 'x' }, nobody],
    ['Bearer x', { client_id: 'a' }, nobody],
    [basic('a:s'), {}, { method: 'client_secret_basic', readings: [{ id: 'a', secret: 's' }] }],
    [basic('a:'), {}, { method: 'none', readings: [{ id: 'a', secret: '' }] }],
    [basic('a:s'), { client_id: 'a' }, { method: 'client_secret_basic', readings: [{ id: 'a', secret: 's' }] }],
    [basic('a:s'), { client_id: 'b' }, refusal('invalid_request', 'client_id must name the client of the Authorization header')],
    [basic('a:s'), { client_secret: 's' }, refusal('invalid_request', 'The client must authenticate in one way: by the Authorization header or in the body')],
    [basic('a%20b:s'), { client_id: 'a b' }, { method: 'client_secret_basic', readings: [{ id: 'a b', secret: 's' }] }],
    [basic('a%20b:s'), { client_id: 'a%20b' }, { method: 'client_secret_basic', readings: [{ id: 'a%20b', secret: 's' }] }],
  ])('of %j with %j', async (authorization, params, result) => {
    expect(await read(authorization, params)).toEqual(result);
  });
});

describe('the authentication of a client', () => {
  const settled: string[] = [];
  const events: OAuthEvent[] = [];
  const asked: unknown[] = [];
  const clients: Readonly<Record<string, object>> = {
    c: { secretHash: HASH },
    post: { secretHash: HASH, authMethod: 'client_secret_post' },
    off: { secretHash: HASH, disabled: true },
    open: { public: true },
    none: { public: true, authMethod: 'none' },
    shut: { public: true, disabled: true },
    basic: { public: true, authMethod: 'client_secret_basic' },
    secret: { secret: 'plain' },
    'a%20b': { secretHash: HASH },
  };
  const make = (findClient: (id: string) => unknown = (id) => clients[id] && { id, grants: [], scopes: [], ...clients[id] }): Authenticate => {
    for (const list of [settled, events, asked]) list.length = 0;
    const guess: Guess = {
      ...unlimitedGuess(() => STRANGER),
      right: () => { settled.push('right'); },
      wrong: async () => { settled.push('wrong'); },
      undecided: () => { settled.push('undecided'); },
    };
    const secret = (...args: unknown[]): Guess => {
      asked.push([args[0], args[2]]);
      return guess;
    };
    return createAuthenticate({ ask: createAsk(5), findClient: findClient as never, throttle: { secret } as never, emit: (event) => events.push(event) });
  };
  const nobody = refusal('invalid_client', 'Client authentication failed');

  it.each<[string, string | undefined, Readonly<Record<string, string>>, string]>([
    ['c', basic('c:s'), {}, 'right'],
    ['c', undefined, { client_id: 'c', client_secret: 's' }, 'right'],
    ['post', undefined, { client_id: 'post', client_secret: 's' }, 'right'],
    ['secret', basic('secret:plain'), {}, 'right'],
    ['a%20b', basic('a%20b:s'), {}, 'right'],
    ['open', undefined, { client_id: 'open' }, ''],
    ['open', basic('open:'), {}, ''],
    ['none', undefined, { client_id: 'none' }, ''],
    ['none', basic('none:'), {}, ''],
  ])('knows %s by %j and %j', async (id, authorization, params, how) => {
    expect(await outcome(() => make()(requestWith(authorization), params))).toMatchObject({ id });
    expect(settled.join()).toBe(how);
    expect(events).toEqual([]);
  });

  it.each<[string, string | undefined, Readonly<Record<string, string>>, string]>([
    ['c', basic('c:x'), {}, 'wrong'],
    ['nobody', basic('nobody:s'), {}, 'wrong'],
    ['post', basic('post:s'), {}, 'wrong'],
    ['off', basic('off:s'), {}, 'wrong'],
    ['open', basic('open:s'), {}, 'wrong'],
    ['secret', basic('secret:other'), {}, 'wrong'],
    ['c', undefined, { client_id: 'c' }, ''],
    ['shut', undefined, { client_id: 'shut' }, ''],
    ['basic', undefined, { client_id: 'basic' }, ''],
    ['nobody', undefined, { client_id: 'nobody' }, ''],
  ])('refuses %s by %j and %j, and tells who it was', async (clientId, authorization, params, how) => {
    expect(await outcome(() => make()(requestWith(authorization), params))).toEqual(nobody);
    expect(settled.join()).toBe(how);
    expect(events).toStrictEqual([{ type: 'client_refused', clientId, address: '192.0.2.1' }]);
  });

  it('tells of one who named nobody, from nowhere', async () => {
    expect(await outcome(() => make()(requestWith(undefined, {}), {}))).toEqual(nobody);
    expect(events).toStrictEqual([{ type: 'client_refused' }]);
  });

  it('asks the throttle with every name, and whether one of the secrets can be guessed', async () => {
    const long = 'x'.repeat(32);
    await outcome(() => make()(requestWith(basic('a%20b:s')), {}));
    expect(asked).toEqual([[['a b', 'a%20b'], true]]);
    await outcome(() => make()(requestWith(basic(`c:${long}`)), {}));
    expect(asked).toEqual([[['c'], false]]);
    // Read in one way it is short, in the other it is not.
    await outcome(() => make()(requestWith(basic(`c:${'%41'.repeat(12)}`)), {}));
    expect(asked).toEqual([[['c', 'c'], true]]);
  });

  it.each<[string, Error | undefined, string]>([
    ['a store that is broken', new Error('down'), 'findClient failed'],
    ['nonsense', undefined, ''],
  ])('decides nothing for %s', async (_name, thrown, cause) => {
    const answer = await outcome(() => make(() => {
      if (thrown !== undefined) throw thrown;
      return { id: 5 };
    })(requestWith(basic('c:s')), {}));
    if (cause === '') expect(answer).toEqual(new TypeError('findClient answered a client whose id is not a string'));
    else expect((answer as OAuthError).cause).toEqual(new Error(cause));
    expect(settled).toEqual(['undecided']);
    expect(events).toEqual([]);
  });
});

describe('for whom a password is hashed', () => {
  const nobody: Caller = { lane: '', standing: 'new' };

  it('is known while the verifier works on it, and not after', async () => {
    expect(callerOf('p')).toEqual(nobody);
    expect(onBehalfOf(STRANGER, 'p', () => callerOf('p'))).toBe(STRANGER);
    expect(callerOf('p')).toEqual(nobody);
    const answer = onBehalfOf(STRANGER, 'p', async () => {
      await Promise.resolve();
      return callerOf('p');
    });
    expect(callerOf('p')).toBe(STRANGER);
    expect(await answer).toBe(STRANGER);
    expect(callerOf('p')).toEqual(nobody);
  });

  it('is forgotten where the verifier throws or rejects', async () => {
    expect(() => onBehalfOf(STRANGER, 'p', () => { throw new Error('no'); })).toThrow('no');
    expect(callerOf('p')).toEqual(nobody);
    await expect(onBehalfOf(STRANGER, 'p', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(callerOf('p')).toEqual(nobody);
  });

  it('is the last who came with it, until that one is done', async () => {
    const other: Caller = { lane: 'm', standing: 'known' };
    let finish = (): void => undefined;
    const first = onBehalfOf(STRANGER, 'p', () => new Promise<void>((resolve) => { finish = resolve; }));
    const second = onBehalfOf(other, 'p', () => new Promise<Caller>((resolve) => setImmediate(() => { resolve(callerOf('p')); })));
    finish();
    await first;
    expect(callerOf('p')).toBe(other);
    expect(await second).toBe(other);
    expect(callerOf('p')).toEqual(nobody);
  });
});

describe('those who wait in lanes', () => {
  const job = (since: number): Job => ({ since, run: () => undefined, refuse: () => undefined });
  const times = (jobs: readonly (Job | undefined)[]): readonly unknown[] => jobs.map((one) => one?.since);
  const filled = (...jobs: readonly (readonly [string, number])[]): ReturnType<typeof createLanes> => {
    const lanes = createLanes();
    for (const [lane, since] of jobs) lanes.add(lane, job(since));
    return lanes;
  };

  it('are counted by lane', () => {
    const lanes = filled(['a', 1], ['b', 2], ['b', 3], ['c', 4]);
    expect([lanes.lengthOf('a'), lanes.lengthOf('b'), lanes.lengthOf('x'), lanes.longest()]).toEqual([1, 2, 0, 2]);
    expect(createLanes().longest()).toBe(0);
  });

  it('go lane by lane, the oldest first', () => {
    const lanes = filled(['a', 1], ['a', 2], ['b', 3]);
    expect(times([lanes.take(false), lanes.take(false), lanes.take(false), lanes.take(false)])).toEqual([1, 3, 2, undefined]);
    expect(lanes.longest()).toBe(0);
  });

  it('go the newest first, those lanes before others that had no turn yet', () => {
    const lanes = filled(['a', 1], ['a', 2], ['b', 3], ['b', 4]);
    expect(times([lanes.take(true), lanes.take(true), lanes.take(true), lanes.take(true), lanes.take(true)])).toEqual([4, 2, 3, 1, undefined]);
  });

  it('do not wait behind a lane that has gone empty', () => {
    const lanes = filled(['a', 1]);
    for (const newestFirst of [false, true]) {
      lanes.add('b', job(2));
      expect(times([lanes.take(newestFirst), lanes.take(newestFirst), lanes.take(newestFirst)])).toEqual(newestFirst ? [2, undefined, undefined] : [1, 2, undefined]);
    }
    lanes.add('a', job(3));
    expect(times([lanes.takeFromLongest(), lanes.takeFromLongest(), lanes.take(false)])).toEqual([3, undefined, undefined]);
  });

  it.each<[string, (lanes: ReturnType<typeof createLanes>) => Job | undefined]>([
    ['in turn', (lanes) => lanes.take(false)],
    ['the newest first', (lanes) => lanes.take(true)],
    ['out of the longest lane', (lanes) => lanes.takeFromLongest()],
  ])('leave nothing behind when all are taken %s', (_name, take) => {
    const lanes = filled(['a', 1], ['b', 2], ['c', 3]);
    for (let n = 0; n < 3; n += 1) expect(take(lanes)).toBeDefined();
    for (const newestFirst of [false, true]) {
      lanes.add('d', job(4));
      expect(lanes.take(newestFirst)?.since).toBe(4);
    }
  });

  it('leave the longest lane oldest first, of equals the earlier one', () => {
    const lanes = filled(['a', 1], ['b', 2], ['b', 3]);
    expect(times([lanes.takeFromLongest(), lanes.takeFromLongest(), lanes.takeFromLongest(), lanes.takeFromLongest()])).toEqual([2, 1, 3, undefined]);
  });

  it('leave by the lane', () => {
    const lanes = filled(['a', 1], ['a', 2], ['b', 3]);
    expect(times(lanes.takeLane('a'))).toEqual([1, 2]);
    expect(times(lanes.takeLane('a'))).toEqual([]);
    expect(times([lanes.take(false), lanes.take(false)])).toEqual([3, undefined]);
  });

  it('leave when they have waited too long', () => {
    const lanes = filled(['a', 1], ['a', 5], ['b', 2], ['c', 7]);
    expect(times(lanes.takeBefore(5))).toEqual([1, 2]);
    expect([lanes.lengthOf('a'), lanes.lengthOf('b'), lanes.lengthOf('c')]).toEqual([1, 0, 1]);
    expect(times([lanes.take(false), lanes.take(false), lanes.take(false)])).toEqual([5, 7, undefined]);
  });
});

describe('secrets that are remembered', () => {
  const learnt = async (secrets = rememberSecrets(), secret = 's'): Promise<ReturnType<typeof rememberSecrets>> => {
    await secrets.learn(secret, SLOW, 'l', () => Promise.resolve(true));
    return secrets;
  };

  it('are those that matched, with the hash they matched', async () => {
    const secrets = await learnt();
    expect(await secrets.learn('no', SLOW, 'l', () => Promise.resolve(false))).toBe(false);
    expect([secrets.has('s', SLOW), secrets.has('s', HASH), secrets.has('t', SLOW), secrets.has('no', SLOW)]).toEqual([true, false, false, false]);
    expect(secrets.has(`\0s`, SLOW)).toBe(false);
  });

  it('are forgotten after five minutes and not within half of them', async () => {
    const secrets = await learnt();
    passTime(149);
    expect(secrets.has('s', SLOW)).toBe(true);
    passTime(2);
    expect(secrets.has('s', SLOW)).toBe(true);
    passTime(148);
    expect(secrets.has('s', SLOW)).toBe(true);
    passTime(3);
    expect(secrets.has('s', SLOW)).toBe(false);
  });

  it('are forgotten at once after a long rest, and where the clock was put back', async () => {
    const secrets = await learnt();
    passTime(300);
    expect(secrets.has('s', SLOW)).toBe(false);
    const others = await learnt();
    passTime(-1);
    expect(others.has('s', SLOW)).toBe(false);
  });

  it('are never more than ten thousand, the latest of them', async () => {
    holdTime(1e12);
    const secrets = rememberSecrets();
    for (let number = 0; number < 5000; number += 1) await learnt(secrets, String(number));
    expect([secrets.has('0', SLOW), secrets.has('4999', SLOW)]).toEqual([true, true]);
    for (let number = 5000; number < 10_000; number += 1) await learnt(secrets, String(number));
    expect([secrets.has('0', SLOW), secrets.has('5000', SLOW), secrets.has('9999', SLOW)]).toEqual([false, true, true]);
  });

  it('are compared once for all in one lane who ask meanwhile, and again after', async () => {
    const secrets = rememberSecrets();
    let compared = 0;
    const compare = async (): Promise<boolean> => {
      compared += 1;
      await Promise.resolve();
      return false;
    };
    await Promise.all([secrets.learn('s', SLOW, 'l', compare), secrets.learn('s', SLOW, 'l', compare)]);
    expect(compared).toBe(1);
    await Promise.all([secrets.learn('s', SLOW, 'l', compare), secrets.learn('s', SLOW, 'm', compare), secrets.learn('t', SLOW, 'l', compare)]);
    expect(compared).toBe(4);
  });
});

describe('proving a secret', () => {
  const client = (secretHashes: readonly string[], more: object = {}): never => ({ id: 'c', grants: [], scopes: [], secretHashes, ...more }) as never;
  const watched = (): { readonly guess: Guess; readonly calls: string[] } => {
    const calls: string[] = [];
    return { calls, guess: { ...unlimitedGuess(() => STRANGER), look: (compare) => { calls.push('look'); return compare(); }, take: async () => { calls.push('take'); } } };
  };

  it('costs nothing where the secret is hashed by SHA-256 or stands there in plain', () => {
    const { guess, calls } = watched();
    const right = { client: client([sha256Hash('x'), HASH]), secret: 's' };
    const plain = { client: client([], { secret: 's' }), secret: 's' };
    for (const candidate of [right, plain]) expect(createProveSecret()([{ client: undefined, secret: 's' }, candidate], guess)).toBe(candidate);
    expect(calls).toEqual(['look', 'look']);
  });

  it('finds nobody where the hash decides, whatever the plain secret says', async () => {
    const { guess } = watched();
    for (const one of [client([HASH], { secret: 'plain' }), client([]), undefined]) {
      for (const secret of ['plain', '', '0'.repeat(64)]) expect(await createProveSecret()([{ client: one, secret }], guess)).toBeUndefined();
    }
  });

  it('takes a point for each slow comparison, and none for what is remembered', async () => {
    const { guess, calls } = watched();
    const prove = createProveSecret();
    const candidate = { client: client([await hashSecret('right', { algorithm: 'bcrypt', cost: 4 })]), secret: 'right' };
    expect(await prove([candidate], guess)).toBe(candidate);
    expect(calls).toEqual(['look', 'take']);
    expect(prove([candidate], guess)).toBe(candidate);
    expect(calls).toEqual(['look', 'take', 'look']);
    expect(await prove([{ ...candidate, secret: 'wrong' }], guess)).toBeUndefined();
  });

  it('works as long for one who is nobody, or has a cheap hash, as for the dearest', async () => {
    const prove = createProveSecret();
    const dear = await hashSecret('d', { algorithm: 'bcrypt', cost: 6 });
    const cheap = await hashSecret('c', { algorithm: 'bcrypt', cost: 4 });
    const work = async (one: never): Promise<number> => {
      const { guess, calls } = watched();
      expect(await prove([{ client: one, secret: 'wrong' }], guess)).toBeUndefined();
      return calls.filter((call) => call === 'take').length;
    };
    expect(await work(undefined as never)).toBe(0);
    expect(await work(client([dear]))).toBe(1);
    expect(await work(undefined as never)).toBe(1);
    expect(await work(client([HASH]))).toBe(1);
    // 4 and 4 and 5 make 6.
    expect(await work(client([cheap]))).toBe(3);
    expect(await work(client([dear, dear]))).toBe(2);
    expect(await work(undefined as never)).toBe(2);
  });

  it('makes up for a cheap hash by others between it and the dearest, and compares with no hash of a cost that there is not', async () => {
    const prove = createProveSecret();
    const { guess } = watched();
    const [dear, cheap] = [await hashSecret('d', { algorithm: 'bcrypt', cost: 6 }), await hashSecret('c', { algorithm: 'bcrypt', cost: 4 })];
    await prove([{ client: client([dear, cheap]), secret: 'd' }], guess);
    const compare = jest.spyOn(bcrypt, 'compare');
    try {
      await prove([{ client: client([cheap, HASH]), secret: 'wrong' }], guess);
      expect(compare.mock.calls.map(([, hash]) => String(hash).slice(0, 7))).toEqual(['$2b$04$', '$2b$04$', '$2b$05$', '$2b$06$']);
      expect(new Set(compare.mock.calls.map(([, hash]) => String(hash).length))).toEqual(new Set([60]));
    } finally {
      compare.mockRestore();
    }
  });

  it.each([['x'.repeat(31), true], ['x'.repeat(32), false], [generateSecret(), false]])('thinks of %p that it can be guessed: %p', (secret, can) => {
    expect(canBeGuessed(secret)).toBe(can);
  });
});

describe('what hashSecret and verifySecret say', () => {
  it.each<[string, () => Promise<unknown>, string]>([
    ['an empty secret', () => hashSecret(''), 'hashSecret: the secret must be a string that is not empty'],
    ['a long one', () => hashSecret('x'.repeat(73)), 'hashSecret: bcrypt would ignore all but the first 72 bytes; take a shorter secret, or one from generateSecret'],
    ['a cost', () => hashSecret('x', { cost: 16 }), 'hashSecret: cost must be a whole number from 4 to 15; 12 suits most servers'],
    ['no text', () => verifySecret(5 as never, HASH), 'verifySecret: the secret must be a string'],
    ['no hash', () => verifySecret('x', 'plain'), 'verifySecret: the stored hash is neither bcrypt nor SHA-256 as hashSecret makes it'],
  ])('of %s', async (_name, work, message) => {
    await expect(work()).rejects.toThrow(new TypeError(message));
  });

  it('hashes by SHA-256 what was generated, and nothing that only looks like it', async () => {
    const secret = generateSecret();
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await hashSecret(secret)).toBe(sha256Hash(secret));
    for (const other of [`${secret}x`, secret.slice(1), `x${secret}`, `${secret.slice(1)}!`]) expect(await hashSecret(other, { cost: 4 })).toMatch(/^\$2b\$04\$/);
    expect(await hashSecret(secret, { algorithm: 'bcrypt', cost: 4 })).toMatch(/^\$2b\$04\$/);
  });
});
