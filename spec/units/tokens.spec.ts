import { createAsk } from '../../lib/ask';
import type { OAuthEvent } from '../../lib';
import { createId } from '../../lib/ids';
import type { Revocation } from '../../lib/stores/store';
import { createAccessTokens, type AccessTokens } from '../../lib/tokens/access-tokens';
import { fromClaims, RESERVED_CLAIMS, toClaims, type AccessToken } from '../../lib/tokens/claims';
import { createGenerations } from '../../lib/tokens/generations';
import { hashToken } from '../../lib/tokens/hash';
import { signJwt } from '../../lib/tokens/jws';
import { createKeyRing, generateKey } from '../../lib/tokens/keys';
import { createLifetimes } from '../../lib/tokens/lifetimes';
import { isListed, toEntry, type Revocable, type RevocationTarget } from '../../lib/tokens/revocable';
import { createRevocations, type Revocations } from '../../lib/tokens/revocations';
import { createRevoke, readRevokeTarget } from '../../lib/tokens/revoke';
import { isInForce, isMeantFor, readJwt } from '../../lib/tokens/verify-jwt';
import { holdTime } from '../support/clock';
import { claimsOf } from '../support/jwt';
import { messageOf } from '../support/outcome';

const ask = createAsk(5);
const ISSUER = 'https://i.example';

describe('claims', () => {
  const issue = { id: 'j', issuer: ISSUER, issuedAt: 10, expiresAt: 20 };
  it('say what was authorized, and nothing of what was not', () => {
    expect(toClaims({ clientId: 'C', scopes: [], audience: ['x'] }, issue)).toStrictEqual({ iss: ISSUER, sub: 'C', aud: 'x', client_id: 'C', iat: 10, exp: 20, jti: 'j' });
    expect(toClaims({ clientId: 'C', userId: 'U', scopes: ['a', 'b'], audience: ['x', 'y'], authTime: 5, familyId: 'f' }, { ...issue, extra: { own: 1 } })).toStrictEqual({
      iss: ISSUER, sub: 'U', aud: ['x', 'y'], client_id: 'C', iat: 10, exp: 20, jti: 'j', scope: 'a b', auth_time: 5, sid: 'f', own: 1,
    });
    expect(toClaims({ clientId: 'C', userId: 'U', scopes: [], audience: ['x'] }, issue)).toMatchObject({ auth_time: 10 });
  });

  const good = { sub: 'C', client_id: 'C', jti: 'j', iat: 10, exp: 20, aud: 'x', scope: 'a b' };
  it('come back as what was authorized', () => {
    expect(fromClaims({ ...good })).toStrictEqual({ id: 'j', subject: 'C', clientId: 'C', scopes: ['a', 'b'], audience: ['x'], issuedAt: 10, expiresAt: 20, claims: good });
    const less = { client_id: 'C', jti: 'j', iat: 10, exp: 20 };
    const claims = { ...less, sub: 'U', aud: ['x', 'y'], nbf: 9, auth_time: 0, sid: 'f' };
    expect(fromClaims(claims)).toStrictEqual({ id: 'j', subject: 'U', clientId: 'C', userId: 'U', authTime: 0, scopes: [], audience: ['x', 'y'], issuedAt: 10, expiresAt: 20, notBefore: 9, familyId: 'f', claims });
  });

  it.each<[string, unknown]>([
    ['sub', undefined], ['sub', ''], ['sub', 5], ['client_id', undefined], ['client_id', ''], ['jti', undefined], ['jti', 5],
    ['iat', undefined], ['iat', 1.5], ['iat', -1], ['iat', '10'], ['exp', undefined], ['exp', '20'], ['exp', 10], ['exp', 9], ['exp', 2 ** 53],
    ['aud', undefined], ['aud', ''], ['aud', []], ['aud', ['x', '']], ['aud', ['', 'x']], ['aud', [5]], ['aud', { 0: 'x', length: 1 }],
    ['scope', ''], ['scope', 'a  b'], ['scope', 5], ['scope', ['a']], ['scope', 'a "'], ['scope', '" a'], ['scope', null],
    ['nbf', 'x'], ['nbf', -1], ['auth_time', 'x'], ['auth_time', 1.5], ['sid', ''], ['sid', 5], ['cnf', {}], ['cnf', null],
  ])('are none of ours with %s %j', (name, value) => {
    expect(fromClaims({ ...good, [name]: value })).toBeUndefined();
  });

  it('are frozen all the way down', () => {
    const claims = { ...good, deep: { deeper: [{ deepest: 1 }] }, nothing: null };
    fromClaims(claims);
    for (const one of [claims, claims.deep, claims.deep.deeper, claims.deep.deeper[0]]) expect(Object.isFrozen(one)).toBe(true);
  });
});

describe('a token in time and place', () => {
  it('is stored under a hash that stays the same from one release to the next', () => {
    expect(hashToken('token')).toBe('PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A');
  });

  it('is read where it says that it is an access token of this issuer, and nowhere else', async () => {
    const token = await signJwt({ iss: ISSUER }, 'at+jwt', generateKey());
    expect(readJwt(token, ISSUER)?.payload).toEqual({ iss: ISSUER });
    expect(readJwt(token, `${ISSUER}/`)).toBeUndefined();
    expect(readJwt('no token', ISSUER)).toBeUndefined();
    expect(readJwt(await signJwt({ iss: ISSUER }, 'JWT', generateKey()), ISSUER)).toBeUndefined();
  });

  const token = (more: object): AccessToken => ({ issuedAt: 100, expiresAt: 200, audience: ['x'], ...more }) as never;
  it.each<[number, object, number | undefined, boolean]>([
    [199.999, {}, undefined, true], [200, {}, undefined, false], [200, {}, 1, true], [201, {}, 1, false],
    [90, {}, undefined, true], [89.999, {}, undefined, false],
    [110, { notBefore: 120 }, undefined, true], [109.999, { notBefore: 120 }, undefined, false], [150, { notBefore: 120 }, undefined, true],
  ])('at %d s with %j and %p late: %p', (at, more, late, is) => {
    holdTime(at * 1000);
    expect(isInForce(token(more), late)).toBe(is);
  });

  it('is meant for one of the resources, exactly', () => {
    expect([isMeantFor(token({}), ['y', 'x']), isMeantFor(token({ audience: ['y', 'x'] }), ['x']), isMeantFor(token({}), ['x/']), isMeantFor(token({}), [])]).toEqual([true, true, false, false]);
  });
});

describe('lifetimes', () => {
  const client = (more: object): never => ({ id: 'c', ...more }) as never;
  it('are the client\'s own or everyone\'s, and none is longer than all is remembered', () => {
    const lifetimes = createLifetimes(60, 600);
    expect([lifetimes.longest, lifetimes.access(client({})), lifetimes.session(client({}))]).toEqual([600, 60, 600]);
    expect([lifetimes.access(client({ accessTokenLifetime: 600 })), lifetimes.session(client({ refreshTokenLifetime: 5 }))]).toEqual([600, 5]);
    expect(createLifetimes(600, 60).longest).toBe(600);
  });

  it('too long are refused, with the cure', () => {
    const { access, session } = createLifetimes(60, 600);
    expect(() => access(client({ accessTokenLifetime: 601 }))).toThrow(new TypeError('a client\'s accessTokenLifetime is 601 s: raise refreshToken.absoluteLifetime, which is 600 s'));
    expect(() => session(client({ refreshTokenLifetime: 601 }))).toThrow(new TypeError('a client\'s refreshTokenLifetime is 601 s: raise refreshToken.absoluteLifetime, which is 600 s'));
  });
});

describe('a bounded memory', () => {
  it('holds the latest, and what is asked for, and nothing beyond', () => {
    const memory = createGenerations<string>(4);
    memory.set('a', '1');
    memory.set('b', '2');
    memory.set('c', '3');
    expect([memory.get('a'), memory.get('c'), memory.get('x')]).toEqual(['1', '3', undefined]);
    memory.set('d', '4');
    // `a` was asked for, `b` was not.
    expect([memory.get('b'), memory.get('a'), memory.get('d')]).toEqual([undefined, '1', '4']);
  });

  it('takes what is new for what was there before', () => {
    const memory = createGenerations<string>(4);
    memory.set('a', '1');
    memory.set('a', '2');
    expect(memory.get('a')).toBe('2');
  });
});

describe('what is revoked', () => {
  const list = (...entries: readonly (readonly [RevocationTarget, number])[]): Map<string, Revocation> =>
    new Map(entries.map(([target, at]) => { const entry = { ...toEntry(target), at, until: 1e15 }; return [entry.key, entry]; }));
  const at = (time: number): string => createId(time);

  it('is named so that no two are taken for one', () => {
    const targets: readonly RevocationTarget[] = [{ tokenId: 'x' }, { familyId: 'x' }, { userId: 'x' }, { clientId: 'x' }, { userId: 'x', clientId: 'x' }, { userId: 'x","x', clientId: '' }];
    expect(new Set(targets.map((target) => toEntry(target).key)).size).toBe(targets.length);
    expect(toEntry({ familyId: 'x' })).toEqual({ key: expect.any(String), familyId: 'x' });
    expect(toEntry({ tokenId: 'x' })).toStrictEqual({ key: expect.any(String) });
  });

  it.each<[string, RevocationTarget, number, Revocable, boolean]>([
    ['a token', { tokenId: 't' }, 5, { id: 't', clientId: 'C' }, true],
    ['another token', { tokenId: 't' }, 5, { id: 'u', clientId: 'C' }, false],
    ['no token', { tokenId: 'undefined' }, 5, { clientId: 'C' }, false],
    ['a family', { familyId: 'f' }, 5, { id: 't', clientId: 'C', familyId: 'f' }, true],
    ['another family', { familyId: 'f' }, 5, { clientId: 'C', familyId: 'g' }, false],
    ['no family', { familyId: 'undefined' }, 5, { id: 't', clientId: 'C' }, false],
    ['a client, before', { clientId: 'C' }, 5000, { id: at(5000), clientId: 'C' }, true],
    ['a client, after', { clientId: 'C' }, 5000, { id: at(5001), clientId: 'C' }, false],
    ['a client, a session from before', { clientId: 'C' }, 5000, { id: at(9000), familyId: at(4000), clientId: 'C' }, true],
    ['a client, a session from after', { clientId: 'C' }, 5000, { id: at(4000), familyId: at(6000), clientId: 'C' }, false],
    ['a client, no time known', { clientId: 'C' }, 0, { clientId: 'C' }, true],
    ['another client', { clientId: 'C' }, 5000, { id: at(1), clientId: 'D' }, false],
    ['a user', { userId: 'U' }, 5000, { id: at(1), clientId: 'C', userId: 'U' }, true],
    ['no user', { userId: 'undefined' }, 5000, { id: at(1), clientId: 'C' }, false],
    ['both', { userId: 'U', clientId: 'C' }, 5000, { id: at(1), clientId: 'C', userId: 'U' }, true],
    ['the user elsewhere', { userId: 'U', clientId: 'C' }, 5000, { id: at(1), clientId: 'D', userId: 'U' }, false],
  ])('covers %s', (_name, target, time, token, is) => {
    expect(isListed(list([target, time]), token)).toBe(is);
    expect(isListed(new Map(), token)).toBe(false);
  });
});

/** A store's list, and how often it was read from where. */
function listed(): { readonly store: never; readonly pages: Revocation[][]; readonly cursors: unknown[]; readonly saved: Revocation[]; broken: boolean; slow: boolean } {
  const made = {
    pages: [] as Revocation[][], cursors: [] as unknown[], saved: [] as Revocation[], broken: false, slow: false,
    store: undefined as never,
  };
  made.store = {
    revoke: (entry: Revocation) => {
      if (made.broken) throw new Error('down');
      made.saved.push(entry);
    },
    revocations: (cursor: unknown) => {
      made.cursors.push(cursor);
      const page = { revocations: made.pages.shift() ?? [], cursor: `c${String(made.cursors.length)}` };
      return made.slow ? new Promise((resolve) => { setImmediate(() => { resolve(page); }); }) : page;
    },
  } as never;
  return made;
}

describe('the list of revocations', () => {
  const token = { id: 't', clientId: 'C' };
  const entry = (key: string, more: Partial<Revocation> = {}): Revocation => ({ key, at: Date.now(), until: Date.now() + 1e6, ...more });

  it('is read when someone asks and it is two seconds old, on from where it ended', async () => {
    holdTime(1e12);
    const list = listed();
    const revocations = createRevocations(list.store, ask);
    expect([await revocations.covers(token), await revocations.covers(token)]).toEqual([false, false]);
    expect(list.cursors).toEqual([undefined]);
    holdTime(1e12 + 1999);
    await revocations.covers(token);
    expect(list.cursors).toHaveLength(1);
    holdTime(1e12 + 2000);
    list.pages.push([entry('t:t')]);
    expect(await revocations.covers(token)).toBe(true);
    expect(list.cursors).toEqual([undefined, 'c1']);
    holdTime(1e12 + 1999);
    await revocations.covers(token);
    expect(list.cursors).toHaveLength(3);
  });

  it('is read once for all who ask meanwhile, and anew for an answer that others rely on', async () => {
    holdTime(1e12);
    const list = listed();
    list.slow = true;
    const revocations = createRevocations(list.store, ask);
    list.pages.push([], [entry('t:t')]);
    const [first, second, now] = await Promise.all([revocations.covers(token), revocations.covers(token), revocations.coversNow(token)]);
    expect([first, second, now]).toEqual([false, false, true]);
    expect(list.cursors).toEqual([undefined, 'c1']);
    await revocations.coversNow(token);
    expect(list.cursors).toHaveLength(3);
  });

  it('is read again after it could not be read', async () => {
    const list = listed();
    let down = true;
    const revocations = createRevocations({ ...(list.store as object), revocations: async () => { if (down) throw new Error('down'); return { revocations: [entry('t:t')], cursor: 'c' }; } } as never, ask);
    expect(await messageOf(() => revocations.covers(token))).toBe('store.revocations failed');
    down = false;
    expect(await revocations.covers(token)).toBe(true);
  });

  it('holds at once what is revoked here, and tells the store until when', async () => {
    holdTime(1e12);
    const list = listed();
    const revocations = createRevocations(list.store, ask);
    await revocations.covers(token);
    await revocations.revoke({ tokenId: 't' }, 5e12);
    expect(list.saved).toEqual([{ key: 't:t', at: 1e12, until: 5e12 }]);
    expect([await revocations.covers(token), await revocations.covers({ id: 'u', clientId: 'C' })]).toEqual([true, false]);
    expect(revocations.names('f')).toBe(false);
    await revocations.revoke({ familyId: 'f' }, 5e12);
    expect(revocations.names('f')).toBe(true);
    expect(list.cursors).toHaveLength(1);
  });

  it('is read again by who asks next where the store did not take a revocation', async () => {
    holdTime(1e12);
    const list = listed();
    const revocations = createRevocations(list.store, ask);
    await revocations.covers(token);
    list.broken = true;
    expect(await messageOf(() => revocations.revoke({ tokenId: 't' }, 5e12))).toBe('store.revoke failed');
    expect(await revocations.covers(token)).toBe(false);
    expect(list.cursors).toHaveLength(2);
  });

  it('gives times later than each revocation before and no later than each after', async () => {
    holdTime(1e12);
    const list = listed();
    const revocations = createRevocations(list.store, ask);
    expect(revocations.issueTime()).toBe(1e12);
    list.pages.push([entry('c:C', { at: 1e12 + 50 })]);
    await revocations.covers(token);
    expect(revocations.issueTime()).toBe(1e12 + 51);
    await revocations.revoke({ clientId: 'D' }, 5e12);
    expect(list.saved[0]?.at).toBe(1e12 + 51);
    expect(revocations.issueTime()).toBe(1e12 + 52);
    holdTime(1e12 + 100);
    expect(revocations.issueTime()).toBe(1e12 + 100);
  });

  it('keeps of two entries for one the later time', async () => {
    holdTime(1e12);
    const list = listed();
    const revocations = createRevocations(list.store, ask);
    list.pages.push([entry('c:C', { at: 9000, until: 2e12 }), entry('c:C', { at: 5000, until: 1.5e12 })]);
    expect([await revocations.covers({ id: createId(9000), clientId: 'C' }), await revocations.covers({ id: createId(9001), clientId: 'C' })]).toEqual([true, false]);
    holdTime(1.6e12);
    await revocations.covers(token);
    holdTime(1.7e12);
    expect(await revocations.covers({ id: createId(9000), clientId: 'C' })).toBe(true);
  });

  it('forgets what is over, some at each reading', async () => {
    holdTime(1e12);
    const list = listed();
    const revocations = createRevocations(list.store, ask);
    list.pages.push([entry('f:f', { until: 1e12 + 5000 }), ...Array.from({ length: 600 }, (_, number) => entry(`f:${String(number)}`, { until: 1e12 + 5000 }))]);
    await revocations.covers(token);
    expect([revocations.names('f'), revocations.names('599')]).toEqual([true, true]);
    holdTime(1e12 + 4999);
    await revocations.coversNow(token);
    await revocations.coversNow(token);
    expect(revocations.names('f')).toBe(true);
    holdTime(1e12 + 5000);
    const left = (): number => ['f', ...Array.from({ length: 600 }, (_, number) => String(number))].filter((id) => revocations.names(id)).length;
    const counts: number[] = [];
    for (let reading = 0; reading < 3; reading += 1) {
      await revocations.coversNow(token);
      counts.push(left());
    }
    // Where the sweep stands after the readings before is nobody's business; how far it gets in one is.
    for (const [reading, count] of counts.entries()) expect((counts[reading - 1] ?? 601) - count).toBeLessThanOrEqual(500);
    for (let reading = 0; reading < 5; reading += 1) await revocations.coversNow(token);
    expect([revocations.names('f'), revocations.names('0'), revocations.names('599')]).toEqual([false, false, false]);
  });
});

describe('revoking', () => {
  const BOTH = 'revoke takes { userId }, { clientId } or both';
  it.each<[unknown, string]>([
    [undefined, BOTH], [null, BOTH], ['U', BOTH], [{}, BOTH],
    [{ user: 'U' }, 'revoke: there is no "user"; there are userId and clientId'],
    [{ userId: undefined }, 'revoke: userId must be a string that is not empty'],
    [{ userId: '' }, 'revoke: userId must be a string that is not empty'],
    [{ userId: 'U', clientId: undefined }, 'revoke: clientId must be a string that is not empty'],
    [{ clientId: 5 }, 'revoke: clientId must be a string that is not empty'],
  ])('refuses %j', (target, message) => {
    expect(() => readRevokeTarget(target)).toThrow(new TypeError(message));
  });

  it.each([[{ userId: 'U' }], [{ clientId: 'C' }], [{ userId: 'U', clientId: 'C' }]])('takes %j', (target) => {
    expect(readRevokeTarget(target)).toStrictEqual(target);
  });

  it('remembers each for as long as what it covers, and tells of it', async () => {
    holdTime(1e12);
    const calls: unknown[] = [];
    const events: OAuthEvent[] = [];
    const revoke = createRevoke({
      revocations: { revoke: (...args: unknown[]) => { calls.push(args); } } as never,
      lifetimes: createLifetimes(60, 600),
      emit: (event) => events.push(event),
    });
    const client = { id: 'C' } as never;
    await revoke.token({ id: 't', expiresAt: 2e9, clientId: 'C', userId: 'U' });
    await revoke.token({ id: 't', expiresAt: 2e9, clientId: 'C' });
    await revoke.family({ id: 'f', clientId: 'C', userId: 'U' }, client);
    await revoke.family({ id: 'f', clientId: 'C', accessLifetime: 90 }, client);
    await revoke.all({ clientId: 'C' });
    expect(calls).toEqual([
      [{ tokenId: 't' }, 2e12 + 10_000], [{ tokenId: 't' }, 2e12 + 10_000],
      [{ familyId: 'f' }, 1e12 + 70_000], [{ familyId: 'f' }, 1e12 + 100_000], [{ clientId: 'C' }, 1e12 + 610_000],
    ]);
    expect(events).toStrictEqual([
      { type: 'token_revoked', clientId: 'C', userId: 'U', tokenId: 't' }, { type: 'token_revoked', clientId: 'C', tokenId: 't' },
      { type: 'token_revoked', clientId: 'C', userId: 'U', familyId: 'f' }, { type: 'token_revoked', clientId: 'C', familyId: 'f' },
      { type: 'token_revoked', clientId: 'C' },
    ]);
  });

  it('has ended when a later millisecond has begun', async () => {
    const revoke = createRevoke({ revocations: { revoke: () => undefined } as never, lifetimes: createLifetimes(60, 600), emit: () => undefined });
    const before = Date.now();
    await revoke.all({ userId: 'U' });
    expect(Date.now()).toBeGreaterThan(before);
  });
});

const calm: Revocations = createRevocations({ revoke: () => undefined, revocations: () => ({ revocations: [], cursor: 'c' }) }, ask);

describe('access tokens', () => {
  const authorization = { clientId: 'C', userId: 'U', scopes: ['a'], audience: ['x'], authTime: 5 };
  interface Made {
    readonly tokens: AccessTokens;
    readonly store: Map<string, readonly [unknown, number]>;
    readonly found: string[];
    readonly keys: ReturnType<typeof createKeyRing>;
    readonly revocations: Revocations;
  }
  const make = (settings: object = {}, issuer = ISSUER, shared?: Made['store']): Made => {
    const store: Made['store'] = shared ?? new Map();
    const found: string[] = [];
    const keys = createKeyRing([generateKey()]);
    const revocations = createRevocations({ revoke: () => undefined, revocations: () => ({ revocations: [], cursor: 'c' }) }, ask);
    const tokens = createAccessTokens({
      issuer, keys, ask, revocations,
      settings: { format: 'jwt', lifetime: 60, audience: ['x'], claims: undefined, ...settings },
      store: {
        saveAccessToken: (hash, content, until) => { store.set(hash, [content, until]); },
        findAccessToken: (hash) => { found.push(hash); return store.get(hash)?.[0] as string | undefined; },
      },
    });
    return { tokens, store, found, keys, revocations };
  };

  it.each(['jwt', 'opaque'])('as %s give back what was authorized', async (format) => {
    holdTime(1e12 + 999);
    const { tokens, store } = make({ format });
    const issued = await tokens.issue(authorization, 30);
    expect(issued).toEqual({ token: expect.any(String), id: expect.any(String), expiresIn: 30 });
    const wanted = { id: issued.id, clientId: 'C', userId: 'U', scopes: ['a'], audience: ['x'], authTime: 5, issuedAt: 1e9, expiresAt: 1e9 + 30 };
    for (const ask of [tokens.verify, tokens.introspect, tokens.read]) expect(await ask(issued.token)).toMatchObject(wanted);
    expect(store.size).toBe(format === 'jwt' ? 0 : 1);
    if (format === 'opaque') {
      expect(issued.token).toMatch(/^at_[A-Za-z0-9_-]{43}$/);
      expect([...store.entries()].map(([hash, [, until]]) => [hash, until])).toEqual([[hashToken(issued.token), (1e9 + 30) * 1000]]);
      expect(JSON.stringify([...store])).not.toContain(issued.token);
    }
    holdTime((1e9 + 30) * 1000);
    expect([await tokens.verify(issued.token), await tokens.introspect(issued.token)]).toEqual([undefined, undefined]);
    expect(await tokens.read(issued.token)).toMatchObject(wanted);
  });

  it('know the moment at which their request began', async () => {
    const { tokens, revocations } = make();
    const begun = revocations.issueTime();
    await revocations.revoke({ clientId: 'C' }, 1e15);
    expect(await tokens.verify((await tokens.issue(authorization, 30, begun)).token)).toBeUndefined();
    expect(await tokens.verify((await tokens.issue(authorization, 30)).token)).toMatchObject({ clientId: 'C' });
  });

  it('are refused when they are revoked, remembered or not', async () => {
    const { tokens, revocations } = make();
    const { token, id } = await tokens.issue(authorization, 30);
    expect(await tokens.verify(token)).toBeDefined();
    await revocations.revoke({ tokenId: id }, 1e15);
    expect([await tokens.verify(token), await tokens.introspect(token)]).toEqual([undefined, undefined]);
    expect(await tokens.read(token)).toMatchObject({ id });
  });

  it('are refused when their key is gone, remembered or not', async () => {
    const { tokens, keys } = make();
    const { token } = await tokens.issue(authorization, 30);
    expect(await tokens.verify(token)).toBeDefined();
    keys.replace([generateKey()]);
    expect(await tokens.verify(token)).toBeUndefined();
  });

  it('are asked of the store once, and not at all where they are none of ours', async () => {
    const { tokens, found, store } = make({ format: 'opaque' });
    const { token } = await tokens.issue(authorization, 30);
    await tokens.verify(token);
    await tokens.verify(token);
    expect(found).toEqual([hashToken(token)]);
    for (const other of [`x${token}`, `${token}x`, token.slice(0, -1), 'at_', '']) expect(await tokens.read(other)).toBeUndefined();
    expect(found).toHaveLength(1);
    const other = `at_${'A'.repeat(43)}`;
    expect(await tokens.read(other)).toBeUndefined();
    store.set(hashToken(other), [null, 0]);
    expect(await tokens.read(other)).toBeUndefined();
    expect(found).toHaveLength(3);
    store.set(hashToken(other), [5, 0]);
    expect(await messageOf(() => tokens.read(other))).toBe('store.findAccessToken must answer the text that saveAccessToken got, or undefined');
  });

  it('are no one else\'s where two issuers share a store', async () => {
    const one = make({ format: 'opaque' });
    const other = make({ format: 'opaque' }, 'https://other.example', one.store);
    const { token } = await one.tokens.issue(authorization, 30);
    expect(await other.tokens.verify(token)).toBeUndefined();
    expect(await one.tokens.verify(token)).toMatchObject({ claims: { sub: 'U' } });
  });

  it('carry the app\'s own claims', async () => {
    const asked: unknown[] = [];
    const { tokens } = make({ claims: (given: unknown) => { asked.push(given); return { tenant: 't' }; } });
    expect(claimsOf((await tokens.issue(authorization, 30)).token)).toMatchObject({ tenant: 't', sub: 'U' });
    expect(asked).toEqual([authorization]);
  });

  it.each<[unknown, string]>([
    [undefined, 'accessToken.claims must answer an object of claims'], [null, 'accessToken.claims must answer an object of claims'],
    [[], 'accessToken.claims must answer an object of claims'], ['x', 'accessToken.claims must answer an object of claims'],
    ...[...RESERVED_CLAIMS].map((name): [unknown, string] => [{ own: 1, [name]: 'x' }, `accessToken.claims must not set ${name}: that claim is the server's own`]),
  ])('take no claims such as %j', async (claims, message) => {
    expect(await messageOf(() => make({ claims: () => claims }).tokens.issue(authorization, 30))).toBe(message);
  });

  it('reserve what says who, what and when', () => {
    expect([...RESERVED_CLAIMS]).toEqual(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'auth_time', 'sid', 'cnf', 'act', 'active', 'token_type', 'toJSON']);
  });

  it.each([
    ['accessToken.claims failed', (): unknown => make({ claims: () => { throw new Error('down'); } }).tokens.issue(authorization, 30)],
    ['store.saveAccessToken failed', (): unknown => createAccessTokens({ ...parts(), settings: { format: 'opaque', lifetime: 60, audience: ['x'], claims: undefined } }).issue(authorization, 30)],
    ['store.findAccessToken failed', (): unknown => createAccessTokens(parts()).read(`at_${'A'.repeat(43)}`)],
  ])('ERR-06 tell the operator what broke: %s', async (message, work) => {
    expect(await messageOf(work)).toBe(message);
  });
  const broken = (): never => { throw new Error('down'); };
  const parts = (): Parameters<typeof createAccessTokens>[0] => ({
    issuer: ISSUER, ask, keys: createKeyRing([generateKey()]), revocations: calm, store: { saveAccessToken: broken, findAccessToken: broken },
    settings: { format: 'jwt', lifetime: 60, audience: ['x'], claims: undefined },
  });
});
