import { createAsk } from '../../lib/ask';
import type { KnownClient } from '../../lib/clients/client';
import { OAuthError, type GrantDecision, type OAuthEvent } from '../../lib';
import type { TokenRequest } from '../../lib/grants/grant';
import { clientCredentialsGrant } from '../../lib/grants/client-credentials';
import { ownGrant } from '../../lib/grants/own-grant';
import { passwordGrant } from '../../lib/grants/password';
import { createPolicy, type GrantScopes, type Policy } from '../../lib/grants/policy';
import { refreshTokenGrant } from '../../lib/grants/refresh-token';
import { readUser } from '../../lib/grants/user';
import type { ActiveToken } from '../../lib/tokens/refresh-tokens';
import { unlimitedGuess, type Guess } from '../../lib/throttle/guess';
import type { Family } from '../../lib/stores/store';
import { outcome, refusal } from '../support/outcome';

const ask = createAsk(5);
const CLIENT: KnownClient = { id: 'C1', grants: [], scopes: ['a', 'b', 'c'], defaultScopes: ['a'], audiences: ['https://one.example/'], secretHashes: [] };
const OWN = ['https://own.example/'];
const policyWith = (grantScopes?: GrantScopes): Policy => createPolicy(grantScopes, OWN, ask);
const request = (params: Readonly<Record<string, string>> = {}, more: Partial<TokenRequest> = {}): TokenRequest =>
  ({ params, scopes: [], resources: [], req: { ip: '192.0.2.1' }, ...more }) as unknown as TokenRequest;

describe('the policy of all grants', () => {
  const policy = policyWith();
  const question = { client: CLIENT, user: undefined, requested: [] as readonly string[] };

  it.each<[string, readonly string[], Partial<KnownClient>, readonly string[] | undefined, readonly string[] | 'refused']>([
    ['what is asked for, in that order', ['c', 'a'], {}, undefined, ['c', 'a']],
    ['the default where nothing is asked for', [], {}, undefined, ['a']],
    ['nothing where there is no default', [], { defaultScopes: undefined as never }, undefined, []],
    ['of the default only what the client may have', [], { defaultScopes: ['a', 'z'] }, undefined, ['a']],
    ['of the default only what the user may give', [], { defaultScopes: ['a', 'b'] }, ['b'], ['b']],
    ['no scope that is not the client\'s', ['a', 'z'], {}, undefined, 'refused'],
    ['no scope that is not the user\'s', ['a', 'b'], {}, ['a'], 'refused'],
    ['none that is the user\'s alone', ['z'], {}, ['z'], 'refused'],
    ['a scope of both', ['a'], {}, ['a'], ['a']],
  ])('gives %s', async (_name, requested, client, scopes, given) => {
    const answer = await outcome(() => policy.scopes({ client: { ...CLIENT, ...client }, user: scopes && { id: 'u', scopes }, requested }));
    expect(answer).toEqual(given === 'refused' ? refusal('invalid_scope', 'The requested scope is not allowed') : given);
  });

  it('leaves at a refresh what still may be, and refuses where that is nothing', async () => {
    expect(policy.stillAllowed({ ...question, requested: ['z', 'b'] })).toEqual(['b']);
    expect(policy.stillAllowed({ ...question, requested: ['b', 'a'], user: { id: 'u', scopes: ['a'] } })).toEqual(['a']);
    expect(await outcome(() => policy.stillAllowed({ ...question, requested: ['z'] }))).toEqual(refusal('invalid_scope', 'The requested scope is not allowed'));
  });

  it('leaves the last word to the app, with a question that is its own', async () => {
    const asked: unknown[] = [];
    const requested = Object.freeze(['a']);
    const { scopes, stillAllowed } = policyWith((given) => {
      asked.push(given);
      (given.requested as string[]).push('mine');
      return ['x', 'y', 'x'];
    });
    expect(await scopes({ ...question, requested })).toEqual(['x', 'y']);
    expect(await stillAllowed({ ...question, requested })).toEqual(['x', 'y']);
    expect(asked).toEqual([{ ...question, requested: ['a', 'mine'] }, { ...question, requested: ['a', 'mine'] }]);
  });

  it('takes no scopes for a no where some were asked for, and for none where none were', async () => {
    const { scopes } = policyWith(() => []);
    expect(await outcome(() => scopes({ ...question, requested: ['a'] }))).toEqual(refusal('invalid_scope', 'The requested scope is not allowed'));
    expect(await scopes(question)).toEqual([]);
  });

  it.each([[undefined], ['a'], [[5]], [['a', 'b c']], [{ 0: 'a', length: 1 }]])('takes no answer that is not an array of scope names: %j', async (answer) => {
    expect(await outcome(() => policyWith(() => answer as never).scopes(question))).toEqual(new TypeError('grantScopes must answer an array of scope names'));
  });

  it('tells the operator which callback broke', async () => {
    const answer = await outcome(() => policyWith(() => { throw new Error('down'); }).scopes(question));
    expect((answer as OAuthError).cause).toEqual(new Error('grantScopes failed'));
  });

  it.each<[readonly string[], Partial<KnownClient>, readonly string[] | 'refused']>([
    [[], {}, OWN],
    [OWN, {}, OWN],
    [['https://one.example/'], {}, ['https://one.example/']],
    [['https://one.example/', ...OWN], {}, ['https://one.example/', ...OWN]],
    [['https://one.example/', 'https://two.example/'], {}, 'refused'],
    [['https://one.example'], {}, 'refused'],
    [['https://one.example/'], { audiences: undefined as never }, 'refused'],
    [OWN, { audiences: undefined as never }, OWN],
  ])('reaches for %j of %j as far as %j', async (resources, client, audience) => {
    const answer = await outcome(() => policy.audience({ ...CLIENT, ...client }, resources));
    expect(answer).toEqual(audience === 'refused' ? refusal('invalid_target', expect.any(String) as never) : audience);
  });

  it.each<[readonly string[], readonly string[], readonly string[] | 'refused']>([
    [['https://one.example/', ...OWN], [], ['https://one.example/', ...OWN]],
    [['https://one.example/', 'https://gone.example/'], [], ['https://one.example/']],
    [['https://one.example/', ...OWN], OWN, OWN],
    [['https://gone.example/'], [], 'refused'],
    [['https://one.example/'], OWN, 'refused'],
    [['https://one.example/', 'https://gone.example/'], ['https://gone.example/'], 'refused'],
  ])('leaves of %j for %j at a refresh %j', async (granted, resources, audience) => {
    const answer = await outcome(() => policy.stillMeant(CLIENT, granted, resources));
    expect(answer).toEqual(audience === 'refused' ? refusal('invalid_target', expect.any(String) as never) : audience);
  });
});

describe('a user as the app answers it', () => {
  it.each([[undefined], [null], [false]])('is nobody where it answers %p', (answer) => {
    expect(readUser('findUser', answer)).toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{}, 'findUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)'],
    [{ id: '' }, 'findUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)'],
    [{ id: 5 }, 'findUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)'],
    [true, 'findUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)'],
    [{ id: 'u', scopes: 'a' }, 'findUser answered a user whose scopes are not an array of scope names'],
    [{ id: 'u', scopes: ['a', 'b c'] }, 'findUser answered a user whose scopes are not an array of scope names'],
    [{ id: 'u', scopes: ['b c', 'a'] }, 'findUser answered a user whose scopes are not an array of scope names'],
    [{ id: 'u', claims: [] }, 'findUser answered a user whose claims are not an object'],
    [{ id: 'u', claims: 'x' }, 'findUser answered a user whose claims are not an object'],
  ])('is refused as %j with what would cure it', (answer, message) => {
    expect(() => readUser('findUser', answer)).toThrow(new TypeError(message));
  });

  it.each<[Readonly<Record<string, unknown>>, unknown]>([
    [{ id: 'u' }, { id: 'u' }],
    [{ id: 'u', scopes: null, claims: null }, { id: 'u' }],
    [{ id: 'u', scopes: [], claims: {} }, { id: 'u', scopes: [], claims: {} }],
    [{ id: 'u', scopes: ['a'], claims: { name: 'U' }, passwordHash: 'x' }, { id: 'u', scopes: ['a'], claims: { name: 'U' } }],
  ])('is copied from %j', (answer, user) => {
    const read = readUser('findUser', answer);
    expect(read).toStrictEqual(user);
    expect(read?.scopes).not.toBe(answer['scopes'] ?? 'nothing');
    expect(read?.claims).not.toBe(answer['claims'] ?? 'nothing');
  });
});

describe('client_credentials', () => {
  const grant = clientCredentialsGrant(policyWith());

  it('gives the client what it may have, and names no user', async () => {
    expect(grant.type).toBe('client_credentials');
    expect(await grant.handle(CLIENT, request({}, { scopes: ['b'] }), 1)).toStrictEqual({ authorization: { clientId: 'C1', scopes: ['b'], audience: OWN } });
  });

  it('CC-01 gives a public client nothing', async () => {
    expect(await outcome(() => grant.handle({ ...CLIENT, public: true }, request(), 1))).toEqual(refusal('unauthorized_client', 'A public client cannot use this grant'));
  });
});

describe('a grant of the app', () => {
  const decide = (answer: unknown, more: Partial<TokenRequest> = {}): Promise<unknown> =>
    outcome(() => ownGrant({ type: 'urn:x', handle: () => answer as GrantDecision }, policyWith(), ask).handle(CLIENT, request({}, more), 1));

  it.each([[undefined], [null], [false]])('refuses where it answers %p', async (answer) => {
    expect(await decide(answer)).toEqual(refusal('invalid_grant', 'The grant is not valid'));
  });

  const AN_OBJECT = 'what is neither undefined nor an authorization, a plain object';
  it.each<[string, unknown, string]>([
    ['true', true, AN_OBJECT],
    ['a text', 'yes', AN_OBJECT],
    ['rows', [], AN_OBJECT],
    ['an error', new Error('no'), AN_OBJECT],
    ['a function', () => ({}), AN_OBJECT],
    ['a stranger', { user: 'u' }, 'an authorization with "user"; there are clientId, userId, scopes, audience'],
    ['another client', { clientId: 'C2' }, 'an authorization of another client'],
    ['a numeric user', { userId: 5 }, 'a userId that is not a string'],
    ['an empty user', { userId: '' }, 'a userId that is not a string'],
    ['scopes in a text', { scopes: 'a' }, 'scopes that are not an array of scope names'],
    ['a bad scope', { scopes: ['a', ''] }, 'scopes that are not an array of scope names'],
    ['a bad scope first', { scopes: ['', 'a'] }, 'scopes that are not an array of scope names'],
    ['an audience in a text', { audience: 'https://x.example/' }, 'an audience that is not an array of texts'],
    ['an audience of nobody', { audience: [] }, 'an audience that is not an array of texts'],
    ['a numeric audience', { audience: ['x', 5] }, 'an audience that is not an array of texts'],
    ['an empty audience', { audience: ['', 'x'] }, 'an audience that is not an array of texts'],
  ])('tells the operator what is wrong with %s', async (_name, answer, what) => {
    expect(await decide(answer)).toEqual(new TypeError(`grant urn:x answered ${what}`));
  });

  it.each<[string, unknown]>([['an object', {}], ['one without a prototype', Object.create(null)]])('completes %s that says nothing by the policy', async (_name, answer) => {
    expect(await decide(answer)).toStrictEqual({ authorization: { clientId: 'C1', audience: OWN, scopes: ['a'] } });
  });

  it('completes what it says of a user', async () => {
    const before = Math.floor(Date.now() / 1000);
    const answer = (await decide({ clientId: 'C1', userId: 'u', scopes: ['z', 'z'], audience: ['x', 'x'] })) as { authorization: { authTime: number } };
    expect(answer).toEqual({ authorization: { clientId: 'C1', userId: 'u', scopes: ['z'], audience: ['x'], authTime: expect.any(Number) } });
    expect(answer.authorization.authTime - before).toBeLessThan(60);
    expect(answer.authorization.authTime).toBeGreaterThanOrEqual(before);
  });

  it('asks the policy with the user whom it named', async () => {
    const users: unknown[] = [];
    const policy = policyWith(({ user }) => {
      users.push(user);
      return ['a'];
    });
    for (const answer of [{}, { userId: 'u' }]) await ownGrant({ type: 'urn:x', handle: () => answer }, policy, ask).handle(CLIENT, request(), 1);
    expect(users).toEqual([undefined, { id: 'u' }]);
  });

  it('tells the operator which grant broke', async () => {
    const answer = await outcome(() => ownGrant({ type: 'urn:x', handle: () => { throw new Error('down'); } }, policyWith(), ask).handle(CLIENT, request(), 1));
    expect((answer as OAuthError).cause).toEqual(new Error('grant urn:x failed'));
  });
});

describe('the password grant', () => {
  const settled: string[] = [];
  const events: OAuthEvent[] = [];
  const guess: Guess = {
    ...unlimitedGuess(() => ({ lane: 'l', standing: 'new' })),
    take: async () => { settled.push('take'); },
    right: () => { settled.push('right'); },
    wrong: async () => { settled.push('wrong'); },
    undecided: () => { settled.push('undecided'); },
  };
  const login = (verifyUser: (...args: never[]) => unknown, params: Readonly<Record<string, string>> = {}, req: object = { ip: '192.0.2.1' }): Promise<unknown> => {
    settled.length = 0;
    events.length = 0;
    const grant = passwordGrant({ verifyUser: verifyUser as never, policy: policyWith(), throttle: { password: () => guess }, ask, emit: (event) => events.push(event) });
    expect(grant.type).toBe('password');
    return outcome(() => grant.handle(CLIENT, request({ username: 'u', password: 'p', ...params }, { req: req as never }), 1));
  };
  const wrong = refusal('invalid_grant', 'The user name or password is wrong');

  it('gives what the user may give, and takes the failure counted before back', async () => {
    const before = Math.floor(Date.now() / 1000);
    const answer = (await login(() => ({ id: 'U' }))) as { authorization: { authTime: number } };
    expect(answer).toEqual({ user: { id: 'U' }, authorization: { clientId: 'C1', userId: 'U', scopes: ['a'], audience: OWN, authTime: expect.any(Number) } });
    expect(answer.authorization.authTime).toBeGreaterThanOrEqual(before);
    expect(answer.authorization.authTime).toBeLessThan(before + 60);
    expect(settled).toEqual(['take', 'right']);
    expect(events).toEqual([]);
  });

  it('counts a wrong password, and tells who tried from where', async () => {
    expect(await login(() => undefined)).toEqual(wrong);
    expect(settled).toEqual(['take', 'wrong']);
    expect(events).toStrictEqual([{ type: 'login_failed', clientId: 'C1', username: 'u', address: '192.0.2.1' }]);
    await login(() => undefined, {}, {});
    expect(events).toStrictEqual([{ type: 'login_failed', clientId: 'C1', username: 'u' }]);
  });

  it('takes nonsense for a no, and tells the operator whose it is', async () => {
    expect(await login(() => ({ id: 5 }))).toEqual(wrong);
    expect(settled).toEqual(['take', 'wrong']);
    expect(events[0]).toEqual({ type: 'fault', where: 'verifyUser', cause: new TypeError('verifyUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)') });
  });

  it.each<[string, unknown, readonly string[]]>([
    ['a refusal of the app\'s own', new OAuthError('invalid_grant', 'locked'), ['take', 'wrong']],
    ['a refusal with status 499', new OAuthError('x', 'locked', { status: 499 }), ['take', 'wrong']],
    ['one that says it is busy', new OAuthError('x', 'busy', { status: 500 }), ['take', 'undecided']],
    ['a broken verifier', new Error('down'), ['take', 'undecided']],
  ])('counts %s rightly', async (_name, thrown, how) => {
    const answer = await login(() => { throw thrown; });
    expect(answer).toBeInstanceOf(OAuthError);
    expect(settled).toEqual(how);
    if (!(thrown instanceof OAuthError)) expect((answer as OAuthError).cause).toEqual(new Error('verifyUser failed'));
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['no user name', { username: undefined }, 'The parameter username is missing'],
    ['no password', { password: undefined }, 'The parameter password is missing'],
    ['a line feed', { password: 'a\nb' }, 'The parameter password holds a character that is not allowed'],
    ['a control character at the end', { username: 'ab\u0000' }, 'The parameter username holds a character that is not allowed'],
    ['a control character at the start', { username: '\u007Fab' }, 'The parameter username holds a character that is not allowed'],
    ['half a character', { password: '\uD800' }, 'The parameter password holds a character that is not allowed'],
    ['a kilobyte and one', { password: 'x'.repeat(1025) }, 'The parameter password may have at most 1024 bytes'],
    ['as much in fewer characters', { username: 'é'.repeat(513) }, 'The parameter username may have at most 1024 bytes'],
  ])('refuses %s before anyone is asked', async (_name, params, description) => {
    expect(await login(() => ({ id: 'U' }), params as never)).toEqual(refusal('invalid_request', description));
    expect(settled).toEqual([]);
  });

  it.each([['\t ~'], ['é'.repeat(512)], ['\u0080\uD7FF\uE000\uFFFD'], ['🙂']])('hands %p on as it is', async (text) => {
    const seen: unknown[] = [];
    await login((...args) => {
      seen.push(...(args as unknown[]).slice(0, 2));
      return { id: 'U' };
    }, { username: text, password: text });
    expect(seen).toEqual([text, text]);
  });
});

describe('the refresh token grant', () => {
  const FAMILY = { id: 'f', clientId: 'C1', userId: 'U', scopes: ['a', 'b'], audience: OWN, authTime: 7 } as unknown as Family;
  const calls: unknown[] = [];
  const events: OAuthEvent[] = [];
  interface Setting {
    readonly state?: string;
    readonly family?: Partial<Family>;
    /** Whether this process rotated the family last, and what it knows of it. */
    readonly recalled?: Partial<Family>;
    readonly findUser?: ((id: string) => unknown) | undefined;
    readonly grantScopes?: GrantScopes;
    readonly request?: Partial<TokenRequest>;
  }
  const go = async ({ state = 'active', family = {}, recalled, findUser, grantScopes, request: more = {} }: Setting = {}): Promise<unknown> => {
    calls.length = 0;
    events.length = 0;
    const active = (over: Partial<Family>): object => ({ state: 'active', family: { ...FAMILY, ...over }, presentedAt: 1 });
    const grant = refreshTokenGrant({
      refreshTokens: {
        recall: () => recalled && active(recalled),
        look: () => {
          calls.push(['look']);
          return state === 'unknown' ? { state } : { ...active(family), state };
        },
        succeed: (...args: [ActiveToken, string, unknown]) => {
          calls.push(['succeed', args[0].family, args[1]]);
          return { replayed: args[2] };
        },
      } as never,
      findUser: findUser as never,
      policy: policyWith(grantScopes),
      revoke: { family: (one: Family, client: KnownClient) => { calls.push(['revoke', one.id, client.id]); } } as never,
      throttle: { token: (id: string) => ({ ...unlimitedGuess(() => ({ lane: '', standing: 'new' })), wrong: async () => { calls.push(['wrong', id]); } }) },
      ask,
      emit: (event) => events.push(event),
    });
    expect(grant.type).toBe('refresh_token');
    return outcome(() => grant.handle(CLIENT, request({ refresh_token: 'r' }, more), 1));
  };
  const invalid = refusal('invalid_grant', 'The refresh token is not valid');

  it('needs the token', async () => {
    expect(await go({ request: { params: {} } })).toEqual(refusal('invalid_request', 'The parameter refresh_token is missing'));
  });

  it('counts a token that is nobody\'s or another\'s, and harms no family', async () => {
    for (const setting of [{ state: 'unknown' }, { family: { clientId: 'C2' } }, { state: 'spent', family: { clientId: 'C2' } }]) {
      expect(await go(setting)).toEqual(invalid);
      expect(calls).toEqual([['look'], ['wrong', 'C1']]);
      expect(events).toEqual([]);
    }
  });

  it('ends the family of a token that was spent, and tells of it', async () => {
    expect(await go({ state: 'spent' })).toEqual(invalid);
    expect(calls).toEqual([['look'], ['revoke', 'f', 'C1']]);
    expect(events).toStrictEqual([{ type: 'token_replayed', familyId: 'f', clientId: 'C1', userId: 'U' }]);
    await go({ state: 'spent', family: { userId: undefined as never } });
    expect(events).toStrictEqual([{ type: 'token_replayed', familyId: 'f', clientId: 'C1' }]);
  });

  it('ends to the end a family whose end was cut off, which is no replay', async () => {
    expect(await go({ state: 'ending' })).toEqual(invalid);
    expect(calls).toEqual([['look'], ['revoke', 'f', 'C1']]);
    expect(events).toEqual([]);
  });

  it('goes on with what was granted', async () => {
    const answer = (await go()) as { successor: { replayed: () => unknown } };
    expect(answer).toStrictEqual({ authorization: { clientId: 'C1', userId: 'U', scopes: ['a', 'b'], audience: OWN, authTime: 7 }, successor: { replayed: expect.any(Function) } });
    expect(calls).toEqual([['look'], ['succeed', FAMILY, 'r']]);
    await answer.successor.replayed();
    expect(calls.slice(2)).toEqual([['revoke', 'f', 'C1']]);
    expect(events.map(({ type }) => type)).toEqual(['token_replayed']);
  });

  it('says nothing of a user or a login where there was none', async () => {
    const answer = (await go({ family: { userId: undefined as never, authTime: undefined as never }, findUser: () => { throw new Error('asked'); } })) as { authorization: unknown };
    expect(answer.authorization).toStrictEqual({ clientId: 'C1', scopes: ['a', 'b'], audience: OWN });
  });

  it('narrows to what is asked for, and never widens', async () => {
    expect(await go({ request: { scopes: ['b'] } })).toMatchObject({ authorization: { scopes: ['b'] } });
    for (const scopes of [['c'], ['a', 'c']]) expect(await go({ request: { scopes } })).toEqual(refusal('invalid_scope', 'The requested scope is not allowed'));
    expect(calls).toEqual([['look']]);
    expect(await go({ grantScopes: () => ['c', 'a'] })).toMatchObject({ authorization: { scopes: ['a'] } });
    expect(await go({ grantScopes: () => ['c'] })).toEqual(refusal('invalid_scope', 'The requested scope is not allowed'));
    expect(calls).toEqual([['look']]);
  });

  it('asks the app for the scopes that are wanted now', async () => {
    const asked: unknown[] = [];
    const grantScopes: GrantScopes = ({ requested, user }) => {
      asked.push([requested, user]);
      return requested;
    };
    await go({ grantScopes, findUser: () => ({ id: 'U' }) });
    await go({ grantScopes, request: { scopes: ['b'] } });
    expect(asked).toEqual([[['a', 'b'], { id: 'U' }], [['b'], undefined]]);
    expect(await go({ grantScopes, family: { scopes: [] } })).toMatchObject({ authorization: { scopes: [] } });
    expect(asked).toHaveLength(2);
  });

  it('goes on for a user who is still there, as the app knows the user now', async () => {
    expect(await go({ findUser: (id) => ({ id, claims: { name: 'new' } }) })).toMatchObject({ user: { id: 'U', claims: { name: 'new' } }, authorization: { userId: 'U' } });
    expect(await go({ findUser: (id) => ({ id, scopes: ['b'] }) })).toMatchObject({ authorization: { scopes: ['b'] } });
  });

  it('ends the session of one who is gone, or whose name is another\'s now', async () => {
    for (const findUser of [() => undefined, () => ({ id: 'other' })]) {
      expect(await go({ findUser })).toEqual(invalid);
      expect(calls).toEqual([['look'], ['revoke', 'f', 'C1']]);
    }
  });

  it('ends nothing where the app cannot tell', async () => {
    const answer = await go({ findUser: () => { throw new Error('down'); } });
    expect((answer as OAuthError).cause).toEqual(new Error('findUser failed'));
    expect(await go({ findUser: () => ({ id: 5 }) })).toEqual(new TypeError('findUser must answer undefined or a user whose id is a string that is not empty; a numeric id wants String(id)'));
    expect(calls).toEqual([['look']]);
  });

  it('refuses a resource before anything is changed', async () => {
    expect(await go({ request: { resources: ['https://two.example/'] } })).toMatchObject({ code: 'invalid_target' });
    expect(calls).toEqual([['look']]);
  });

  it('does not ask the store for what this process knows', async () => {
    expect(await go({ recalled: {}, state: 'unknown' })).toMatchObject({ authorization: { scopes: ['a', 'b'] } });
    expect(calls).toEqual([['succeed', FAMILY, 'r']]);
    expect(await go({ recalled: { clientId: 'C2' }, state: 'unknown' })).toEqual(invalid);
    expect(calls).toEqual([['look'], ['wrong', 'C1']]);
  });

  const down = { findUser: () => { throw new Error('down'); } };
  it.each<[string, Setting]>([
    ['a scope', { request: { scopes: ['zzz'] } }],
    ['a resource', { request: { resources: ['https://two.example/'] } }],
    ['what the app allows', { grantScopes: () => [] }],
    ['an app that is down', down],
    ['a user who is gone', { findUser: () => undefined }],
  ])('D-08 RT-19 asks it before %s is the reason to refuse', async (_name, setting) => {
    const refused = await go({ ...setting, recalled: {} });
    expect(refused).toEqual(await go(setting));
    expect(refused).toBeInstanceOf(OAuthError);
    expect(await go({ ...setting, recalled: {}, state: 'spent' })).toEqual(invalid);
    expect(calls.slice(-2)).toEqual([['look'], ['revoke', 'f', 'C1']]);
    expect(events.map(({ type }) => type)).toEqual(['token_replayed']);
    expect(await go({ ...setting, recalled: {}, state: 'ending' })).toEqual(invalid);
    expect(calls.slice(-2)).toEqual([['look'], ['revoke', 'f', 'C1']]);
    expect(await go({ ...setting, recalled: {}, state: 'unknown' })).toEqual(invalid);
    expect(calls.at(-1)).toEqual(['look']);
    expect(events).toEqual([]);
  });
});
