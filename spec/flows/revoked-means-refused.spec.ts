import { memoryStore, type Grant, type OAuthRouterOptions, type TokenStore, type User } from '../../lib';
import { LIST_AGE } from '../../lib/tokens/revocations';
import { PASSWORD, SECRETS, type TestServer } from '../support/app';
import { holdTime, passTime } from '../support/clock';
import { expectChallenge, expectError, expectInactive, expectOk, expectRevoked } from '../support/expect';
import { basic, bearer, C1, C2, introspect, login, R, refresh, revoke, send, T, type Answer } from '../support/http';
import { newKey } from '../support/keys';
import { serve } from '../support/serve';
import { slowStore, storeAround } from '../support/store';

const FORMATS = ['jwt', 'opaque'] as const;
type Format = (typeof FORMATS)[number];
const USERS: readonly User[] = [{ id: 'user-1' }, { id: 'user-2' }];
const KEYS = [newKey('ES256')];

const options = (format: Format, more: Partial<OAuthRouterOptions> = {}): Partial<OAuthRouterOptions> => ({
  keys: KEYS,
  accessToken: { format },
  verifyUser: (username, password) => (password === PASSWORD ? USERS.find(({ id }) => id === username) : undefined),
  ...more,
});

interface Session {
  readonly who: string;
  readonly access: string;
  readonly refresh: string;
  readonly headers: Readonly<Record<string, string>>;
}

const CLIENTS = [['C1', C1], ['C2', C2]] as const;

/** One session of every user in every client, by names like `user-1 in C2`. */
async function sessions(server: TestServer): Promise<ReadonlyMap<string, Session>> {
  const made = USERS.flatMap(({ id }) => CLIENTS.map(([client, headers]) => ({ id, client, headers })));
  const all = await Promise.all(
    made.map(async ({ id, client, headers }): Promise<[string, Session]> => {
      const answer = await login(server, { username: id, scope: 'a' }, headers);
      expectOk(answer);
      return [`${id} in ${client}`, { who: `${id} in ${client}`, access: String(answer.json['access_token']), refresh: String(answer.json['refresh_token']), headers }];
    }),
  );
  return new Map(all);
}

async function expectGone(server: TestServer, { access, refresh: token, headers }: Session): Promise<void> {
  expectChallenge(await R(server, access), 401, 'invalid_token');
  expectInactive(await introspect(server, access, headers));
  expectError(await refresh(server, token, {}, headers), 400, 'invalid_grant');
}

async function expectThere(server: TestServer, session: Session): Promise<void> {
  expect([session.who, (await R(server, session.access)).status]).toEqual([session.who, 200]);
  expect((await introspect(server, session.access, session.headers)).json['active']).toBe(true);
  const answer = await refresh(server, session.refresh, {}, session.headers);
  expectOk(answer);
  expect((await R(server, answer.json['access_token'])).status).toBe(200);
}

const TARGETS = [
  ['a user', { userId: 'user-1' }, ['user-1 in C1', 'user-1 in C2']],
  ['a client', { clientId: 'C1' }, ['user-1 in C1', 'user-2 in C1']],
  ['a user in a client', { userId: 'user-1', clientId: 'C1' }, ['user-1 in C1']],
  ['a user that nobody knows', { userId: 'nobody' }, []],
  ['a client that nobody knows', { clientId: 'nobody' }, []],
  ['a user by the id of a client', { userId: 'C1' }, []],
  ['a client by the id of a user', { clientId: 'user-1' }, []],
] as const;
const CASES = FORMATS.flatMap((format) => TARGETS.map(([name, target, ended]) => [format, name, target, ended] as const));

describe('in the process that revokes, at once', () => {
  it.each(CASES)('RT-17 with %s tokens: %s, and nobody else', async (format, _name, target, ended) => {
    const server = await serve({ oauth: options(format) });
    const all = await sessions(server);
    for (const { access } of all.values()) expect((await R(server, access)).status).toBe(200);
    await server.oauth.revoke(target);
    for (const [who, session] of all) await (ended.some((one) => one === who) ? expectGone(server, session) : expectThere(server, session));
    for (const session of (await sessions(server)).values()) await expectThere(server, session);
  });

  it.each(FORMATS)('with %s tokens: the tokens of an app that acts for itself, by its client alone', async (format) => {
    const server = await serve({ oauth: options(format) });
    const own = async (headers = C1): Promise<unknown> => (await T(server, { grant_type: 'client_credentials', scope: 'a' }, headers)).json['access_token'];
    const [one, other] = [await own(), await own(C2)];
    await server.oauth.revoke({ userId: 'C1' });
    await server.oauth.revoke({ userId: 'C1', clientId: 'C1' });
    expect((await R(server, one)).status).toBe(200);
    await server.oauth.revoke({ clientId: 'C1' });
    expectChallenge(await R(server, one), 401, 'invalid_token');
    expect((await R(server, other)).status).toBe(200);
    expect((await R(server, await own())).status).toBe(200);
  });

  it.each(FORMATS)('with %s tokens: what was issued before, and nothing that comes after, within one millisecond', async (format) => {
    const server = await serve({ oauth: options(format) });
    holdTime();
    for (let round = 0; round < 5; round += 1) {
      const before = await sessions(server);
      await server.oauth.revoke({ userId: 'user-1' });
      const after = await sessions(server);
      await expectGone(server, before.get('user-1 in C1')!);
      for (const session of after.values()) await expectThere(server, session);
      await server.oauth.revoke({ clientId: 'C2' });
      await expectGone(server, after.get('user-2 in C2')!);
      expect((await R(server, after.get('user-2 in C1')!.access)).status).toBe(200);
    }
  });

  it('a token with userinfo, and one whose user is another by a letter', async () => {
    const server = await serve({ oauth: options('jwt', { verifyUser: (username) => ({ id: username }) }) });
    const names = ['mike', 'Mike', 'mike ', 'mikee', '["mike","C1"]', 'mike\u0000'];
    const tokens = new Map<string, unknown>();
    for (const name of names.slice(0, 5)) tokens.set(name, (await login(server, { username: name, scope: 'a openid' })).json['access_token']);
    await server.oauth.revoke({ userId: 'mike' });
    for (const [name, token] of tokens) {
      const info = await send(server, '/oauth/userinfo', { headers: bearer(token) });
      if (name === 'mike') expectChallenge(info, 401, 'invalid_token');
      else expect([name, info.status]).toEqual([name, 200]);
    }
  });

  it('and stays so until the last token of before would have expired, however often the list is swept', async () => {
    const server = await serve({ oauth: options('jwt', { accessToken: { format: 'jwt', lifetime: 100 }, refreshToken: { absoluteLifetime: 300, idleLifetime: 300 } }) });
    const all = await sessions(server);
    await server.oauth.revoke({ userId: 'user-1' });
    for (let seconds = 0; seconds < 300; seconds += 30) {
      await expectGone(server, all.get('user-1 in C1')!);
      passTime(30);
    }
  });

  it('refuses an argument that would revoke more than was meant, or nothing', async () => {
    const server = await serve({ oauth: options('jwt') });
    const all = await sessions(server);
    const wrong: unknown[] = [undefined, null, {}, [], 'user-1', { userId: undefined }, { userId: '' }, { userId: 7 }, { userId: null }, { userId: 'user-1', clientId: undefined }, { clientId: '' }, { user: 'user-1' }, { userId: 'user-1', clientID: 'C1' }, { userId: ['user-1'] }];
    for (const target of wrong) await expect(server.oauth.revoke(target as { userId: string })).rejects.toThrow(TypeError);
    for (const session of all.values()) await expectThere(server, session);
  });

  it('tells the operator whom it concerned', async () => {
    const server = await serve({ oauth: options('jwt') });
    await server.oauth.revoke({ userId: 'user-1', clientId: 'C1' });
    await server.oauth.revoke({ clientId: 'C2' });
    expect(server.events).toEqual([{ type: 'token_revoked', userId: 'user-1', clientId: 'C1' }, { type: 'token_revoked', clientId: 'C2' }]);
  });
});

describe('what is under way while someone is cut off', () => {
  /** A door that opens once, and tells when someone stands before it. */
  function door(): { readonly reached: Promise<void>; readonly pass: () => Promise<void>; readonly open: () => void } {
    let [arrive, open] = [(): void => undefined, (): void => undefined];
    const reached = new Promise<void>((resolve) => (arrive = resolve));
    const opened = new Promise<void>((resolve) => (open = resolve));
    return { reached, pass: () => { arrive(); return opened; }, open: () => { open(); } };
  }

  /** The answer of a request that had begun when `oauth.revoke` was called, and ended after. */
  async function overtaken(server: TestServer, { reached, open }: ReturnType<typeof door>, ask: () => Promise<Answer>, target: Parameters<TestServer['oauth']['revoke']>[0]): Promise<Answer> {
    const asked = ask();
    await reached;
    await server.oauth.revoke(target);
    open();
    return asked;
  }

  async function expectUseless(server: TestServer, answer: Answer): Promise<void> {
    if (answer.status === 200) {
      expectChallenge(await R(server, answer.json['access_token']), 401, 'invalid_token');
      if ('refresh_token' in answer.json) expectError(await refresh(server, answer.json['refresh_token']), 400, 'invalid_grant');
    } else expectError(answer, 400, 'invalid_grant');
  }

  const both = FORMATS.flatMap((format) => [[format, { userId: 'user-1' }], [format, { clientId: 'C1' }], [format, { userId: 'user-1', clientId: 'C1' }]] as const);
  it.each(both)('a login whose old password is still being compared gets nothing that works (%s, %j)', async (format, target) => {
    const gate = door();
    const server = await serve({ oauth: options(format, { verifyUser: async () => { await gate.pass(); return USERS[0]; } }) });
    await expectUseless(server, await overtaken(server, gate, () => login(server, { scope: 'a' }), target));
    const next = await login(server, { scope: 'a' });
    expect((await R(server, next.json['access_token'])).status).toBe(200);
  });

  it.each(both)('nor does a login without a refresh token (%s, %j)', async (format, target) => {
    const gate = door();
    const server = await serve({ oauth: options(format, { verifyUser: async () => { await gate.pass(); return USERS[0]; } }) });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['password'] });
    await expectUseless(server, await overtaken(server, gate, () => login(server, { scope: 'a' }), target));
  });

  it.each(FORMATS)('nor an app whose old secret is still being compared (%s)', async (format) => {
    const gate = door();
    const server = await serve({ oauth: options(format, { findClient: async (id) => { const found = server.clients.get(id); await gate.pass(); return found; } }) });
    await expectUseless(server, await overtaken(server, gate, () => T(server, { grant_type: 'client_credentials', scope: 'a' }), { clientId: 'C1' }));
  });

  it.each(both)('nor a grant of the app (%s, %j)', async (format, target) => {
    const gate = door();
    const slow: Grant = { type: 'urn:example:slow', handle: async () => { await gate.pass(); return { userId: 'user-1', scopes: ['a'] }; } };
    const server = await serve({ oauth: options(format, { grants: [slow] }) });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [slow.type, 'refresh_token'] });
    await expectUseless(server, await overtaken(server, gate, () => T(server, { grant_type: slow.type }), target));
  });

  it.each(both)('nor a refresh (%s, %j)', async (format, target) => {
    const gate = door();
    const server = await serve({ oauth: options(format, { findUser: async () => { await gate.pass(); return USERS[0]; } }) });
    const first = await login(server, { username: 'user-1', scope: 'a' });
    await expectUseless(server, await overtaken(server, gate, () => refresh(server, first.json['refresh_token']), target));
  });

  it('the list as it was read before says nothing against what has been revoked since', async () => {
    let gate: ReturnType<typeof door> | undefined;
    const store = storeAround(async (verb, call) => {
      const answer = await call();
      if (verb === 'revocations') await gate?.pass();
      return answer;
    });
    const server = await serve({ oauth: options('jwt', { store }) });
    await server.oauth.revoke({ userId: 'user-1' });
    const session = (await sessions(server)).get('user-1 in C1')!;
    passTime(LIST_AGE / 1000);
    gate = door();
    const { reached, open } = gate;
    const asked = R(server, session.access);
    await reached;
    await server.oauth.revoke({ userId: 'user-1' });
    gate = undefined;
    open();
    expectChallenge(await asked, 401, 'invalid_token');
    await expectGone(server, session);
  });

  it('a hundred logins and a cut-off at once: each session is there or gone, none of it half', async () => {
    const server = await serve({ oauth: options('opaque', { store: slowStore(2) }) });
    const asked = Array.from({ length: 100 }, () => login(server, { username: 'user-1', scope: 'a' }));
    await asked[10];
    await server.oauth.revoke({ userId: 'user-1' });
    const states = await Promise.all(
      (await Promise.all(asked)).map(async (answer) => {
        expectOk(answer);
        const used = await R(server, answer.json['access_token']);
        const refreshed = await refresh(server, answer.json['refresh_token']);
        expect([used.status, refreshed.status]).toEqual(used.status === 200 ? [200, 200] : [401, 400]);
        return used.status;
      }),
    );
    expect(states[10]).toBe(401);
    expect((await login(server, { username: 'user-1' })).status).toBe(200);
  });
});

describe('in another process on the same store, within the bound', () => {
  async function pair(format: Format, store: TokenStore = memoryStore()): Promise<readonly [TestServer, TestServer]> {
    return [await serve({ oauth: options(format, { store }) }), await serve({ oauth: options(format, { store }) })];
  }
  const throughTheBound = (): void => { passTime(LIST_AGE / 1000); };

  it('documents a bound of two seconds', () => {
    expect(LIST_AGE).toBe(2000);
  });

  it.each(CASES)('with %s tokens: %s, and nobody else', async (format, _name, target, ended) => {
    const [one, other] = await pair(format);
    const all = await sessions(one);
    for (const { access } of all.values()) expect((await R(other, access)).status).toBe(200);
    await one.oauth.revoke(target);
    // Introspection is an answer that others rely on: it asks the store each time.
    for (const who of ended) expectInactive(await introspect(other, all.get(who)!.access, all.get(who)!.headers));
    throughTheBound();
    for (const [who, session] of all) await (ended.some((name) => name === who) ? expectGone(other, session) : expectThere(other, session));
    for (const session of (await sessions(other)).values()) await expectThere(one, session);
  });

  it.each(FORMATS)('with %s tokens: a session that was revoked at /revoke', async (format) => {
    const [one, other] = await pair(format);
    const all = await sessions(one);
    const session = all.get('user-1 in C1')!;
    expect((await R(other, session.access)).status).toBe(200);
    expectRevoked(await revoke(one, session.access));
    // The session itself is gone from the store at once.
    expectError(await refresh(other, session.refresh), 400, 'invalid_grant');
    throughTheBound();
    await expectGone(other, session);
    await expectThere(other, all.get('user-1 in C2')!);
  });

  it.each(FORMATS)('with %s tokens: what a refresh elsewhere brought within the bound dies with it', async (format) => {
    const [one, other] = await pair(format);
    const session = (await sessions(one)).get('user-1 in C1')!;
    expect((await R(other, session.access)).status).toBe(200);
    await one.oauth.revoke({ userId: 'user-1' });
    const refreshed = await refresh(other, session.refresh);
    throughTheBound();
    if (refreshed.status === 200) {
      expectChallenge(await R(other, refreshed.json['access_token']), 401, 'invalid_token');
      expectError(await refresh(other, refreshed.json['refresh_token']), 400, 'invalid_grant');
    }
    await expectGone(other, session);
  });

  it('without exception while hundreds of requests go on in between', async () => {
    const [one, other] = await pair('jwt');
    const all = await sessions(one);
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => R(other, all.get('user-2 in C1')!.access)));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      if (round === 5) await one.oauth.revoke({ userId: 'user-1' });
      passTime(0.5);
      if (round > 5 + 4) await expectGone(other, all.get('user-1 in C2')!);
    }
  });

  it('and lets in, there too, whoever logs in as soon as it is done', async () => {
    const [one, other] = await pair('jwt');
    for (let round = 0; round < 30; round += 1) {
      await one.oauth.revoke({ userId: 'user-1' });
      const { json } = await login(other, { username: 'user-1', scope: 'a' });
      throughTheBound();
      for (const server of [one, other]) expect((await R(server, json['access_token'])).status).toBe(200);
    }
  });

  it('in a process that begins only then', async () => {
    const store = memoryStore();
    const [one] = await pair('jwt', store);
    const all = await sessions(one);
    await one.oauth.revoke({ userId: 'user-1' });
    const late = await serve({ oauth: options('jwt', { store }) });
    await expectGone(late, all.get('user-1 in C1')!);
    await expectThere(late, all.get('user-2 in C1')!);
  });

  it('and refuses with 503 rather than guess where the list cannot be read past the bound', async () => {
    const store = memoryStore();
    let broken = false;
    const flaky: TokenStore = { ...store, revocations: (cursor) => { if (broken) throw new Error('store down'); return store.revocations(cursor); } };
    const server = await serve({ oauth: options('jwt', { store: flaky }) });
    const session = (await sessions(server)).get('user-1 in C1')!;
    expect((await R(server, session.access)).status).toBe(200);
    broken = true;
    passTime(LIST_AGE / 1000);
    const answer = await R(server, session.access);
    expectError(answer, 503, 'temporarily_unavailable');
    broken = false;
    await expectThere(server, session);
  });

  it('where the secret of a client is of no use to another', async () => {
    const [one, other] = await pair('jwt');
    const all = await sessions(one);
    expectError(await revoke(other, all.get('user-1 in C1')!.access, {}, basic('C2', SECRETS.C2)), 400, 'invalid_grant');
    throughTheBound();
    await expectThere(other, all.get('user-1 in C1')!);
  });
});
