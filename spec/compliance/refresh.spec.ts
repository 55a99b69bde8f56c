import { connect } from 'node:net';
import { memoryStore, type Family, type User } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, PASSWORD, U1, type ExpressMajor, type StartOptions, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { expectChallenge, expectE401, expectError, expectOk, expectRevoked } from '../support/expect';
import { basic, C1, C2, introspect, login, R, refresh, revoke, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';
import { slowStore, storeAround, type Verb } from '../support/store';
import { forgeSuccessor } from '../support/stores/forge';

const ALL = 'a b c';
const STRICT = { refreshToken: { reuseWindow: 0 } };

/** A login of C1 with its scopes `a b c`. */
async function session(server: TestServer, extra: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const answer = await login(server, { scope: ALL, ...extra });
  expectOk(answer);
  return answer;
}

/** Refreshes and expects it to work. */
async function next(server: TestServer, token: unknown, extra: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const answer = await refresh(server, token, extra);
  expectOk(answer);
  expect(answer.json['refresh_token']).toEqual(expect.any(String));
  return answer;
}

const tokenOf = (answer: Answer): string => String(answer.json['refresh_token']);
const refused = (answer: Answer): void => { expectError(answer, 400, 'invalid_grant'); };

async function isActive(server: TestServer, token: unknown): Promise<boolean> {
  const answer = await introspect(server, token, C1);
  expect(answer.status).toBe(200);
  return answer.json['active'] === true;
}

async function expectDead(server: TestServer, answers: readonly Answer[]): Promise<void> {
  for (const { json } of answers) {
    refused(await refresh(server, json['refresh_token']));
    expectChallenge(await R(server, json['access_token']), 401, 'invalid_token');
    expect(await isActive(server, json['refresh_token'])).toBe(false);
    expect(await isActive(server, json['access_token'])).toBe(false);
  }
}

describe.each(MAJORS)('refresh_token on Express %i', (express: ExpressMajor) => {
  const start = (oauth: StartOptions['oauth'] = {}): Promise<TestServer> => serve({ express, oauth });

  it('RT-01 refuses a request whose refresh_token is missing or empty', async () => {
    const server = await start();
    expectError(await T(server, { grant_type: 'refresh_token' }), 400, 'invalid_request');
    expectError(await T(server, 'grant_type=refresh_token&refresh_token='), 400, 'invalid_request');
    expectError(await T(server, 'grant_type=refresh_token&refresh_token'), 400, 'invalid_request');
  });

  it('RT-02 refuses the token of another client, and its owner goes on undisturbed', async () => {
    const server = await start(STRICT);
    const first = await session(server);
    refused(await refresh(server, tokenOf(first), {}, C2));
    refused(await refresh(server, tokenOf(first), { client_id: 'P1' }, {}));
    const second = await next(server, tokenOf(first));
    // A spent token in foreign hands proves nothing against the family.
    refused(await refresh(server, tokenOf(first), {}, C2));
    refused(await refresh(server, tokenOf(first), { client_id: 'P1' }, {}));
    await next(server, tokenOf(second));
    expect((await R(server, first.json['access_token'])).status).toBe(200);
    expect(server.events.filter(({ type }) => type === 'token_replayed')).toEqual([]);
  });

  it('RT-02 binds the token of one public client against another', async () => {
    const server = await start();
    const first = await login(server, { client_id: 'P1' }, {});
    expectOk(first);
    refused(await refresh(server, tokenOf(first), { client_id: 'P2' }, {}));
    expectOk(await refresh(server, tokenOf(first), { client_id: 'P1' }, {}));
  });

  it('RT-03 refuses a client that does not authenticate, and the token is not consumed', async () => {
    const server = await start(STRICT);
    const first = await session(server);
    expectE401(await refresh(server, tokenOf(first), {}, basic('C1', 'wrong')));
    expectE401(await refresh(server, tokenOf(first), { client_id: 'C1' }, {}));
    expectE401(await refresh(server, tokenOf(first), { client_id: 'C1', client_secret: 'wrong' }, {}));
    expectE401(await refresh(server, tokenOf(first), {}, {}));
    server.clients.set('C1', { ...server.clients.get('C1')!, disabled: true });
    expectE401(await refresh(server, tokenOf(first)));
    server.clients.set('C1', { ...server.clients.get('C1')!, disabled: false });
    await next(server, tokenOf(first));
  });

  it('RT-04 narrows the scope to exactly the subset asked for', async () => {
    const server = await start();
    const first = await session(server);
    const narrow = await next(server, tokenOf(first), { scope: 'c a' });
    expect(String(narrow.json['scope']).split(' ').sort()).toEqual(['a', 'c']);
    expect(String(claimsOf(narrow.json['access_token'])['scope']).split(' ').sort()).toEqual(['a', 'c']);
  });

  it.each(['A', 'a A', 'openid', 'a b c openid', 'd', 'unknown', 'a  b', ' a', 'a ', 'a"b'])('RT-04 refuses the scope %j that was not granted, without consuming the token', async (scope) => {
    const server = await start(STRICT);
    const first = await session(server);
    expectError(await refresh(server, tokenOf(first), { scope }), 400, 'invalid_scope');
    const second = await next(server, tokenOf(first));
    expect(second.json['scope']).toBe(ALL);
  });

  it('RT-05 RT-06 keeps the original scopes for the successor, however few this refresh asked for', async () => {
    const server = await start();
    const first = await session(server);
    const narrow = await next(server, tokenOf(first), { scope: 'b' });
    expect(narrow.json['scope']).toBe('b');
    const full = await next(server, tokenOf(narrow));
    expect(full.json['scope']).toBe(ALL);
    const narrowAgain = await next(server, tokenOf(full), { scope: 'c' });
    expect((await next(server, tokenOf(narrowAgain), { scope: ALL })).json['scope']).toBe(ALL);
  });

  it('RT-06 gives a client less when it may have less, and the rest back when it may again', async () => {
    const server = await start();
    const first = await session(server);
    const client = server.clients.get('C1')!;
    server.clients.set('C1', { ...client, scopes: ['a', 'b'] });
    const less = await next(server, tokenOf(first));
    expect(less.json['scope']).toBe('a b');
    expectError(await refresh(server, tokenOf(less), { scope: 'c' }), 400, 'invalid_scope');
    server.clients.set('C1', { ...client, scopes: ['d'] });
    expectError(await refresh(server, tokenOf(less)), 400, 'invalid_scope');
    server.clients.set('C1', client);
    expect((await next(server, tokenOf(less))).json['scope']).toBe(ALL);
  });

  it.each([['a confidential', C1, {}], ['a public', {}, { client_id: 'P1' }]])(
    'RT-07 kills the family of %s client when a spent token comes back, its access tokens too',
    async (_kind, headers, extra) => {
      const server = await start(STRICT);
      const first = await login(server, { scope: 'a', ...extra }, headers);
      expectOk(first);
      const second = await refresh(server, tokenOf(first), extra, headers);
      expectOk(second);
      expect(tokenOf(second)).not.toBe(tokenOf(first));
      expect((await R(server, first.json['access_token'])).status).toBe(200);
      refused(await refresh(server, tokenOf(first), extra, headers));
      refused(await refresh(server, tokenOf(second), extra, headers));
      expect((await R(server, first.json['access_token'])).status).toBe(401);
      expect((await R(server, second.json['access_token'])).status).toBe(401);
      expect(server.events.filter(({ type }) => type === 'token_replayed')).toHaveLength(1);
    },
  );

  it.each(['jwt', 'opaque'] as const)('OW-05 OW-24 RT-07 ends that family only: another session of the same user in the same client lives on (%s)', async (format) => {
    const server = await start({ ...STRICT, accessToken: { format } });
    const other = await session(server);
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    refused(await refresh(server, tokenOf(first)));
    await expectDead(server, [first, second]);
    expect((await R(server, other.json['access_token'])).status).toBe(200);
    await next(server, tokenOf(other));
  });

  it('RT-08 knows a spent token of any generation', async () => {
    for (const spent of [0, 1, 2]) {
      const server = await start();
      const line = [await session(server)];
      for (let generation = 0; generation < 3; generation += 1) line.push(await next(server, tokenOf(line[generation]!)));
      // The immediately preceding token has its window; once that has passed, it is spent like the others.
      if (spent === 2) passTime(10);
      refused(await refresh(server, tokenOf(line[spent]!)));
      await expectDead(server, line);
    }
  });

  it('RT-08 answers the token before the current one with the same successor, within its window alone', async () => {
    const server = await start({ refreshToken: { reuseWindow: 10 } });
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    passTime(9);
    expect(tokenOf(await next(server, tokenOf(first)))).toBe(tokenOf(second));
    // A repetition does not open the window anew.
    passTime(1.001);
    refused(await refresh(server, tokenOf(first)));
    await expectDead(server, [first, second]);
  });

  it('RT-08 opens the window when the rotation is done, however long a callback took before', async () => {
    let slow = true;
    const server = await start({
      accessToken: {
        claims: () => {
          if (slow) passTime(9);
          return {};
        },
      },
    });
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    slow = false;
    passTime(9);
    expect(tokenOf(await next(server, tokenOf(first)))).toBe(tokenOf(second));
  });

  it('RT-08 closes the window when the successor is used', async () => {
    const server = await start();
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    const third = await next(server, tokenOf(second));
    refused(await refresh(server, tokenOf(first)));
    await expectDead(server, [first, second, third]);
  });

  it('RT-08 asks a repetition for nothing less: its client, its scopes and its user are looked at again', async () => {
    let there = true;
    const server = await start({ findUser: () => (there ? U1 : undefined) });
    const first = await session(server);
    await next(server, tokenOf(first));
    expectE401(await refresh(server, tokenOf(first), {}, basic('C1', 'wrong')));
    refused(await refresh(server, tokenOf(first), {}, C2));
    expectError(await refresh(server, tokenOf(first), { scope: 'A' }), 400, 'invalid_scope');
    await next(server, tokenOf(first));
    there = false;
    refused(await refresh(server, tokenOf(first)));
  });

  it('OW-17 RT-09 gives one successor to fifty at once', async () => {
    const server = await start();
    const first = await session(server);
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(server, tokenOf(first))));
    answers.forEach(expectOk);
    expect(new Set(answers.map(tokenOf)).size).toBe(1);
    await next(server, tokenOf(answers[0]!));
  });

  it('RT-09 rotates for one of fifty at once where there is no window, and the others end the family', async () => {
    const server = await start(STRICT);
    const first = await session(server);
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(server, tokenOf(first))));
    const successes = answers.filter(({ status }) => status === 200);
    expect(successes).toHaveLength(1);
    successes.forEach(expectOk);
    answers.filter(({ status }) => status !== 200).forEach(refused);
    await expectDead(server, [first, ...successes]);
  });

  it.each<[string, Readonly<Record<string, string>>, string | undefined]>([
    ['nothing is wrong with it', {}, undefined],
    ['it asks for a scope too many', { scope: 'zzz' }, undefined],
    ['it asks for a resource of others', { resource: 'https://q.example/' }, undefined],
    ['the users cannot be asked', {}, 'findUser'],
    ['the app refuses the claims', {}, 'claims'],
  ])('D-08 RT-19 notices a theft in a process that rotated the family, where %s', async (_name, extra, broken) => {
    const store = memoryStore();
    let down: string | undefined;
    const at = (name: string): void => { if (down === name) throw new Error('down'); };
    const oauth: StartOptions['oauth'] = { store, refreshToken: { reuseWindow: 1 }, findUser: () => { at('findUser'); return U1; }, accessToken: { claims: () => { at('claims'); return {}; } } };
    const [one, other] = [await start(oauth), await start(oauth)];
    const stolen = await next(one, tokenOf(await session(one)));
    const last = await next(other, tokenOf(stolen));
    passTime(1.5);
    down = broken;
    // What comes after the grant is not undone by a look; then the next one is noticed.
    for (let turn = 0; turn < (broken === 'claims' ? 2 : 1); turn += 1) await refresh(one, tokenOf(stolen), extra);
    down = undefined;
    refused(await refresh(other, tokenOf(last)));
    expect(one.events.map(({ type }) => type)).toContain('token_replayed');
    refused(await refresh(one, tokenOf(stolen), extra));
  });

  it('D-08 RT-19 says of a family that another process ended nothing but that', async () => {
    const store = memoryStore();
    const [one, other] = [await start({ store }), await start({ store })];
    const last = await next(one, tokenOf(await session(one)));
    expect((await revoke(other, last.json['refresh_token'])).status).toBe(200);
    refused(await refresh(one, tokenOf(last), { scope: 'zzz' }));
  });

  it.each(['findClient', 'findUser', 'findFamily'] as const)('D-08 gives the successor again to who came in time, however slow %s is', async (slow) => {
    const waits: string[] = [];
    const at = (name: string): void => { if (waits.includes(name)) passTime(1.5); };
    const store = storeAround((verb, call) => {
      at(verb);
      return call();
    });
    const server = await start({ store, refreshToken: { reuseWindow: 2 }, findUser: () => { at('findUser'); return U1; } });
    const get = server.clients.get.bind(server.clients);
    server.clients.get = (id) => {
      at('findClient');
      return get(id);
    };
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    passTime(1.5);
    waits.push(slow);
    expect(tokenOf(await next(server, tokenOf(first)))).toBe(tokenOf(second));
    await next(server, tokenOf(second));
  });

  it('D-08 is no theft that another process rotated while the store was being asked', async () => {
    const inner = memoryStore();
    let meanwhile: (() => Promise<unknown>) | undefined;
    const store = storeAround(async (verb, call) => {
      const during = meanwhile;
      meanwhile = undefined;
      if (verb === 'findFamily') await during?.();
      return call();
    }, inner);
    const refreshToken = { reuseWindow: 1 };
    const [slow, other] = [await start({ store, refreshToken }), await start({ store: inner, refreshToken })];
    const first = await session(slow);
    let theirs: Answer | undefined;
    meanwhile = async () => {
      passTime(5);
      theirs = await next(other, tokenOf(first));
    };
    const ours = await next(slow, tokenOf(first));
    expect(tokenOf(ours)).toBe(theirs && tokenOf(theirs));
    await next(other, tokenOf(ours));
  });

  it.each([['one', 'other'], ['other', 'one']] as const)('D-08 is no theft where the app failed on who came in time: rotated in %s, asked again in %s', async (rotating, asking) => {
    const store = memoryStore();
    let hung: (() => void) | undefined;
    const findUser = (): typeof U1 => {
      hung?.();
      return U1;
    };
    const refreshToken = { reuseWindow: 2 };
    const servers = { one: await start({ store, refreshToken, findUser }), other: await start({ store, refreshToken, findUser }) };
    const first = await next(servers.one, tokenOf(await session(servers.one)));
    const second = await next(servers[rotating], tokenOf(first));
    passTime(1.2);
    hung = () => { passTime(1); throw new Error('down'); };
    expectError(await refresh(servers[asking], tokenOf(first)), 503, 'temporarily_unavailable');
    hung = undefined;
    await next(servers.one, tokenOf(second));
  });

  it('D-08 is no theft where a request hangs, is repeated, and then fails', async () => {
    let hang = false;
    let failLate = (): void => undefined;
    const findUser = async (): Promise<typeof U1> => {
      if (hang) {
        hang = false;
        await new Promise((_resolve, reject) => { failLate = () => { reject(new Error('down')); }; });
      }
      return U1;
    };
    const server = await start({ refreshToken: { reuseWindow: 2 }, findUser });
    const first = await next(server, tokenOf(await session(server)));
    hang = true;
    const hanging = refresh(server, tokenOf(first));
    await new Promise((resolve) => { setTimeout(resolve, 50); });
    passTime(3);
    const third = await next(server, tokenOf(await next(server, tokenOf(first))));
    passTime(3);
    failLate();
    await hanging;
    await next(server, tokenOf(third));
  });

  it('RT-10 has no window of its own for the same second, or the same millisecond', async () => {
    for (const stop of [false, true]) {
      const server = await start(STRICT);
      const first = await session(server);
      const now = Date.now();
      if (stop) Date.now = () => now;
      const second = await next(server, tokenOf(first));
      refused(await refresh(server, tokenOf(first)));
      refused(await refresh(server, tokenOf(second)));
    }
  });

  it('RT-10 has no window where the clock has gone back', async () => {
    const server = await start(STRICT);
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    passTime(-3);
    refused(await refresh(server, tokenOf(first)));
    refused(await refresh(server, tokenOf(second)));

    const wide = await start({ refreshToken: { reuseWindow: 10 } });
    const third = await session(wide);
    await next(wide, tokenOf(third));
    passTime(-3600);
    refused(await refresh(wide, tokenOf(third)));
  });

  it('OW-06 RT-12 ends at the absolute lifetime, however often it is refreshed', async () => {
    const server = await start({ refreshToken: { idleLifetime: 100, absoluteLifetime: 250 } });
    let current = await session(server);
    for (const seconds of [80, 80, 80]) {
      passTime(seconds);
      current = await next(server, tokenOf(current));
    }
    passTime(9);
    current = await next(server, tokenOf(current));
    passTime(2);
    refused(await refresh(server, tokenOf(current)));
  });

  it('RT-13 ends when nobody uses it, and every refresh begins the idle time anew', async () => {
    const server = await start({ refreshToken: { idleLifetime: 100, absoluteLifetime: 1000 } });
    const first = await session(server);
    passTime(99);
    const second = await next(server, tokenOf(first));
    passTime(99);
    const third = await next(server, tokenOf(second));
    passTime(100);
    refused(await refresh(server, tokenOf(third)));
    expect(server.events.filter(({ type }) => type === 'token_replayed')).toEqual([]);
  });

  it('RT-14 stays within the resources of the login', async () => {
    const server = await start({ ...STRICT, accessToken: { audience: [ISSUER, AUDIENCE_1, AUDIENCE_2] } });
    const answer = await T(server, `grant_type=password&username=U1&password=${PASSWORD}&resource=${encodeURIComponent(AUDIENCE_1)}&resource=${encodeURIComponent(ISSUER)}`);
    expectOk(answer);
    expect(claimsOf(answer.json['access_token'])['aud']).toEqual([AUDIENCE_1, ISSUER]);
    for (const resource of [AUDIENCE_2, 'https://elsewhere.example/', 'nonsense', AUDIENCE_1.toUpperCase(), `${AUDIENCE_1}x`]) {
      expectError(await refresh(server, tokenOf(answer), { resource }), 400, 'invalid_target');
    }
    const narrow = await next(server, tokenOf(answer), { resource: AUDIENCE_1 });
    expect(claimsOf(narrow.json['access_token'])['aud']).toBe(AUDIENCE_1);
    const full = await next(server, tokenOf(narrow));
    expect(claimsOf(full.json['access_token'])['aud']).toEqual([AUDIENCE_1, ISSUER]);
  });

  it('RT-16 leaves nothing in the store that can be used', async () => {
    const written: unknown[] = [];
    const store = storeAround((_verb, call, args) => {
      const answer = call();
      written.push(args, answer);
      return answer;
    });
    const server = await start({ store, accessToken: { format: 'opaque' } });
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    const repeated = await next(server, tokenOf(first));
    const dump = JSON.stringify(written);
    for (const { json } of [first, second, repeated]) {
      expect(dump).not.toContain(json['access_token']);
      expect(dump).not.toContain(json['refresh_token']);
      expect(dump).not.toContain(String(json['refresh_token']).split('.')[1]);
    }
    expect(dump).not.toContain(PASSWORD);

    const kept = [...new Set(dump.match(/[A-Za-z0-9_-]{16,}/g))];
    const families = kept.filter((text) => tokenOf(first).startsWith(text));
    expect(kept.length).toBeGreaterThan(5);
    expect(families).toHaveLength(1);
    for (const text of kept) {
      refused(await refresh(server, text));
      refused(await refresh(server, `${families[0]!}.${text}`));
      refused(await refresh(server, `${families[0]!}.${text.padEnd(56, 'A').slice(0, 56)}`));
      expect((await R(server, text)).status).toBe(401);
      expect((await R(server, `at_${text}`)).status).toBe(401);
    }
    await next(server, tokenOf(second));
  });

  it.each(['jwt', 'opaque'] as const)('OW-07 RT-17 ends every session of a user, by one call of the app, and no other (%s)', async (format) => {
    const server = await start({ accessToken: { format }, verifyUser: (username) => ({ id: username }) });
    const mine = [await session(server), await session(server)];
    const inOther = await login(server, { scope: 'a' }, C2);
    const theirs = await session(server, { username: 'U2' });
    const own = await T(server, { grant_type: 'client_credentials', scope: 'a' });
    mine.push(await next(server, tokenOf(mine[0]!)));
    await server.oauth.revoke({ userId: 'U1' });
    await expectDead(server, mine);
    expectError(await refresh(server, tokenOf(inOther), {}, C2), 400, 'invalid_grant');
    expectChallenge(await R(server, inOther.json['access_token']), 401, 'invalid_token');
    for (const { json } of [theirs, own]) expect((await R(server, json['access_token'])).status).toBe(200);
    await next(server, tokenOf(theirs));
    const again = await session(server);
    await next(server, tokenOf(again));
    expect((await R(server, again.json['access_token'])).status).toBe(200);
  });

  it('RT-17 ends what is being refreshed or logged in at that moment', async () => {
    const server = await start({ store: slowStore(4), throttle: false });
    for (let round = 0; round < 20; round += 1) {
      const first = await session(server);
      const [refreshed, fresh] = await Promise.all([refresh(server, tokenOf(first)), login(server, { scope: ALL }), server.oauth.revoke({ userId: U1.id })]);
      const dead = [first];
      if (refreshed.status === 200) dead.push(refreshed);
      else refused(refreshed);
      expectOk(fresh);
      await expectDead(server, dead);
      // A login that the server had begun before is ended, one that came after is not: never half of it.
      const alive = await isActive(server, fresh.json['refresh_token']);
      expect(await isActive(server, fresh.json['access_token'])).toBe(alive);
    }
  });

  it('RT-17 says so when it could not', async () => {
    let broken = true;
    const store = storeAround((verb, call) => {
      if (verb === 'revoke' && broken) throw new Error('the store is down');
      return call();
    });
    const server = await start({ store });
    const first = await session(server);
    await expect(server.oauth.revoke({ userId: U1.id })).rejects.toThrow();
    broken = false;
    await server.oauth.revoke({ userId: U1.id });
    await expectDead(server, [first]);
  });

  const gone: [string, unknown][] = [['undefined', undefined], ['null', null], ['false', false], ['another user', { id: 'user-2' }]];
  it.each(gone)('RT-18 ends the session of a user for whom findUser answers %s', async (_name, found) => {
    let there = true;
    const asked: string[] = [];
    const server = await start({
      findUser: async (userId) => {
        asked.push(userId);
        return there ? U1 : (found as User);
      },
    });
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    expect(asked).toEqual([U1.id]);
    there = false;
    refused(await refresh(server, tokenOf(second)));
    there = true;
    await expectDead(server, [first, second]);
  });

  it('RT-18 asks nobody about a token that is not this client\'s', async () => {
    let asked = 0;
    const server = await start({ findUser: () => { asked += 1; return U1; } });
    const first = await session(server);
    refused(await refresh(server, tokenOf(first), {}, C2));
    refused(await refresh(server, 'nonsense'));
    expect(asked).toBe(0);
  });

  it('RT-18 narrows to what the user may still grant', async () => {
    let user: User = { id: 'user-1', scopes: ['a', 'b', 'c'] };
    const server = await start({ verifyUser: () => user, findUser: () => user });
    const first = await session(server);
    user = { id: 'user-1', scopes: ['b'] };
    const second = await next(server, tokenOf(first));
    expect(second.json['scope']).toBe('b');
    user = { id: 'user-1', scopes: [] };
    expectError(await refresh(server, tokenOf(second)), 400, 'invalid_scope');
    user = { id: 'user-1' };
    expect((await next(server, tokenOf(second))).json['scope']).toBe(ALL);
  });

  it('RT-19 answers every token that is no good with the same words', async () => {
    const server = await start({ refreshToken: { reuseWindow: 0, idleLifetime: 100, absoluteLifetime: 150 } });
    const of = async (token: string): Promise<Answer> => refresh(server, token);
    const foreign = await login(server, {}, C2);
    const ended = await session(server);
    const spent = await session(server);
    const replaced = await next(server, tokenOf(spent));
    const live = await session(server);
    const [family, random] = tokenOf(live).split('.') as [string, string];
    const flipped = random.startsWith('A') ? 'B' : 'A';

    const answers = [
      await of(tokenOf(foreign)),
      await of(tokenOf(spent)),
      await of(tokenOf(replaced)),
      await of('nonsense'), await of('.'), await of(`${family}.`), await of(family), await of(`${family}.${random}.`), await of(`${family}.${random}A`),
      await of(`${family}.${flipped}${random.slice(1)}`), await of(`${family}.${'A'.repeat(random.length)}`), await of(`${'A'.repeat(family.length)}.${random}`),
      await of(tokenOf(live).toUpperCase()), await of(` ${tokenOf(live)}`), await of(`${tokenOf(live)}\n`), await of('é'), await of('x'.repeat(20_000)),
      await of(String(live.json['access_token'])),
    ];
    passTime(101);
    answers.push(await of(tokenOf(ended)));
    answers.forEach(refused);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  });

  it('RT-19 lets no guess end a family', async () => {
    const server = await start(STRICT);
    const first = await session(server);
    const [family, random] = tokenOf(first).split('.') as [string, string];
    for (let at = 0; at < random.length; at += 5) {
      const guess = `${random.slice(0, at)}${random[at] === 'x' ? 'y' : 'x'}${random.slice(at + 1)}`;
      refused(await refresh(server, `${family}.${guess}`));
    }
    await next(server, tokenOf(first));
  });

  it('RT-21 lets no parameter say for whom or to whom the new token is', async () => {
    const server = await start();
    const first = await session(server);
    const before = claimsOf(first.json['access_token']);
    const extra = {
      username: 'U2', password: 'pw2', sub: 'user-2', user_id: 'user-2', userId: 'user-2', azp: 'C2', aud: AUDIENCE_2, audience: AUDIENCE_2,
      client_id: 'C1', iss: 'https://evil.example', sid: 'mine', auth_time: '1', exp: '99999999999', scopes: 'openid', grant: 'password', __proto__x: 'y',
    };
    const second = await next(server, tokenOf(first), extra);
    const after = claimsOf(second.json['access_token']);
    const own = { iat: 0, exp: 0, jti: '' };
    expect({ ...after, ...own }).toEqual({ ...before, ...own });
    expect(Number(after['exp']) - Number(after['iat'])).toBe(Number(before['exp']) - Number(before['iat']));
    expectError(await refresh(server, tokenOf(second), { client_id: 'C2' }), 400, 'invalid_request');
    expectE401(await refresh(server, tokenOf(second), { client_id: 'C2' }, {}));
    await next(server, tokenOf(second));
  });

  it('RT-21 is no way around the grants of a client', async () => {
    const server = await start();
    const first = await session(server);
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['password', 'client_credentials'] });
    expectError(await refresh(server, tokenOf(first)), 400, 'unauthorized_client');
    const own = await T(server, { grant_type: 'client_credentials', refresh_token: tokenOf(first), username: 'U1' });
    expectOk(own);
    expect(claimsOf(own.json['access_token'])['sub']).toBe('C1');
  });

  /** Every step at which a refresh can fail, as the store and the callbacks see them. */
  const steps = ['findClient', 'revocations', 'findFamily', 'findUser', 'grantScopes', 'claims', 'saveAccessToken', 'rotateFamily', 'rotateFamily done'] as const;
  it.each(steps)('RT-20 loses no session when %s fails', async (step) => {
    let broken: string | undefined;
    const fail = <T>(name: string, answer: T): T => {
      if (broken === name) throw new Error(`${name} is broken`);
      return answer;
    };
    const store = storeAround((verb: Verb, call) => {
      fail(verb, undefined);
      const answer = call();
      return fail(`${verb} done`, answer);
    });
    const server = await serve({
      express,
      oauth: {
        store,
        // Where the token is not consumed, no window is needed to show it again.
        refreshToken: { reuseWindow: step === 'rotateFamily done' ? 10 : 0 },
        accessToken: { format: 'opaque', claims: () => fail('claims', {}) },
        findUser: () => fail('findUser', U1),
        grantScopes: ({ requested }) => fail('grantScopes', requested),
      },
    });
    const clients = server.clients;
    const get = clients.get.bind(clients);
    clients.get = (id) => fail('findClient', get(id));
    const first = await session(server);
    // Past the age at which the list of revocations is read again.
    passTime(3);
    broken = step;
    const failed = await refresh(server, tokenOf(first));
    expectError(failed, 503, 'temporarily_unavailable');
    expect(failed.text).not.toContain('broken');
    broken = undefined;
    const second = await next(server, tokenOf(first));
    const third = await next(server, tokenOf(second));
    // One line, and it is the only one.
    refused(await refresh(server, tokenOf(first)));
    await expectDead(server, [first, second, third]);
  });

  it('RT-20 ends the session with the family, where a rotation was done and nobody heard of it in time', async () => {
    let broken = false;
    const store = storeAround((verb, call) => {
      const answer = call();
      if (verb === 'rotateFamily' && broken) throw new Error('the connection is gone');
      return answer;
    });
    const server = await start({ ...STRICT, store });
    const first = await session(server);
    broken = true;
    expectError(await refresh(server, tokenOf(first)), 503, 'temporarily_unavailable');
    broken = false;
    refused(await refresh(server, tokenOf(first)));
    await expectDead(server, [first]);
    expect(server.events.map(({ type }) => type)).toContain('token_replayed');
  });

  it('RT-20 waits for a rotation no longer than leaves time to ask for it again', async () => {
    let silent = false;
    const store = storeAround((verb, call) => {
      const answer = call();
      return verb === 'rotateFamily' && silent ? new Promise(() => undefined) : answer;
    });
    const server = await start({ store, timeout: 10, refreshToken: { reuseWindow: 4 } });
    const first = await session(server);
    silent = true;
    expectError(await refresh(server, tokenOf(first)), 503, 'temporarily_unavailable');
    silent = false;
    await next(server, tokenOf(await next(server, tokenOf(first))));
    expect(server.events.map(({ type }) => type)).not.toContain('token_replayed');
  });

  it('RT-20 never has two lines, when an answer of the store came too late to be believed', async () => {
    let hold = false;
    let letGo = (): void => undefined;
    const store = storeAround(async (verb, call) => {
      if (verb === 'rotateFamily' && hold) await new Promise<void>((resolve) => { letGo = resolve; });
      return call();
    });
    const server = await start({ store, timeout: 0.05, refreshToken: { reuseWindow: 0 } });
    const first = await session(server);
    hold = true;
    expectError(await refresh(server, tokenOf(first)), 503, 'temporarily_unavailable');
    hold = false;
    const second = await next(server, tokenOf(first));
    // Only now the first rotation gets through: it must not put anything back.
    letGo();
    await new Promise((resolve) => { setImmediate(resolve); });
    const third = await next(server, tokenOf(second));
    refused(await refresh(server, tokenOf(second)));
    await expectDead(server, [first, second, third]);
  });

  it('RT-20 says that it could not end a family, and ends it when it can', async () => {
    let broken = false;
    const store = storeAround((verb, call) => {
      if (verb === 'revoke' && broken) throw new Error('the store is down');
      return call();
    });
    const server = await start({ ...STRICT, store });
    const first = await session(server);
    const second = await next(server, tokenOf(first));
    broken = true;
    expectError(await refresh(server, tokenOf(first)), 503, 'temporarily_unavailable');
    broken = false;
    refused(await refresh(server, tokenOf(first)));
    await expectDead(server, [first, second]);
  });
});

/** The refresh tokens of as many logins, sent over one connection without waiting for the answers. */
async function pipeLogins(server: TestServer, count: number): Promise<string[]> {
  const body = `grant_type=password&username=U1&password=${PASSWORD}`;
  const head = ['POST /oauth/token HTTP/1.1', 'Host: x', `Authorization: ${C1['authorization'] ?? ''}`, 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${String(body.length)}`];
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('latin1');
  const request = `${head.join('\r\n')}\r\n\r\n${body}`;
  socket.write(request.repeat(count - 1) + request.replace('Host: x', 'Host: x\r\nConnection: close'));
  let answers = '';
  for await (const data of socket) answers += String(data);
  return [...answers.matchAll(/"refresh_token":"([^"]*)"/g)].map(([, token]) => token ?? '');
}

it('RT-15 makes tokens that nobody guesses and every header can carry', async () => {
  const server = await serve({ oauth: { keys: [{ alg: 'HS256', secret: 'x'.repeat(32) }] } });
  const tokens = await pipeLogins(server, 10_000);
  expect(tokens).toHaveLength(10_000);
  // What makes the token stands behind the point; 128 bits are 22 characters of base64url.
  expect(tokens.filter((token) => !/^[\x20-\x7E]+\.[A-Za-z0-9_-]{22,}$/.test(token))).toEqual([]);
  const secrets = tokens.map((token) => token.slice(token.indexOf('.') + 1));
  expect(new Set(tokens.map((token) => token.slice(0, token.indexOf('.')))).size).toBe(10_000);
  expect(new Set(secrets).size).toBe(10_000);
  // Each of the first 22 characters takes every value: no constant passes for random.
  for (let at = 0; at < 22; at += 1) expect(new Set(secrets.map((text) => text[at])).size).toBe(64);
}, 120_000);

it('RT-15 RT-16 keys the successor by more than the store holds: the hash of a token makes nothing', async () => {
  const families: Family[] = [];
  const store = storeAround((verb, call, args) => {
    if (verb === 'createFamily') families.push(args[0] as Family);
    return call();
  });
  const server = await serve({ oauth: { store } });
  const first = await session(server);
  const [family] = families;
  for (const known of [family!.current, family!.secret, family!.id]) {
    refused(await refresh(server, forgeSuccessor(family!, known)));
    const again = await session(server);
    await next(server, tokenOf(again));
  }
  expect(tokenOf(first)).not.toContain(family!.secret);
});

it.each([['a store that answers at once', 200, () => memoryStore()], ['a store that takes its time', 200, () => slowStore(4)]] as const)(
  'RT-11 leaves nothing of a family that is refreshed and revoked at the same time, with %s',
  async (_kind, rounds, makeStore) => {
    // Two hundred callers from one address are no flood here.
    const server = await serve({ oauth: { store: makeStore(), throttle: false } });
    for (let round = 0; round < rounds; round += 20) {
      await Promise.all(Array.from({ length: 20 }, async (_, at) => {
        const first = await session(server);
        const act = [() => refresh(server, tokenOf(first)), () => revoke(server, first.json[at % 4 === 3 ? 'access_token' : 'refresh_token'])];
        const [one, other] = await Promise.all((at % 2 === 0 ? act : act.reverse()).map((begin) => begin()));
        const [refreshed, revoked] = at % 2 === 0 ? [one!, other!] : [other!, one!];
        expectRevoked(revoked);
        if (refreshed.status === 200) expectOk(refreshed);
        else refused(refreshed);
        await expectDead(server, refreshed.status === 200 ? [first, refreshed] : [first]);
      }));
    }
  },
  60_000,
);
