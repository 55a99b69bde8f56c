import type { Client, OAuthRouterOptions } from '../../lib';
import { SECRETS, type ExpressMajor, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { expectChallenge, expectE401, expectError, expectInactive, expectOk, expectRevoked } from '../support/expect';
import { basic, C1, C2, introspect, login, post, R, refresh, revoke, send, T, type Answer } from '../support/http';
import { forge } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';
import { slowStore, storeAround, type Verb } from '../support/store';

const FORMATS = ['jwt', 'opaque'] as const;
type Format = (typeof FORMATS)[number];
const KINDS: readonly (readonly [ExpressMajor, Format])[] = MAJORS.flatMap((major) => FORMATS.map((format) => [major, format] as const));
const NOBODY = {};
const machine = { grant_type: 'client_credentials', scope: 'a' };

interface Session {
  readonly access: string;
  readonly refresh: string;
}

function sessionOf(answer: Answer): Session {
  expectOk(answer);
  return { access: String(answer.json['access_token']), refresh: String(answer.json['refresh_token']) };
}

const newSession = async (server: TestServer, extra: Readonly<Record<string, string>> = {}, headers = C1): Promise<Session> =>
  sessionOf(await login(server, { scope: 'a', ...extra }, headers));

/** How a client that has this id says who it is. */
const AS: Readonly<Record<string, readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>]>> = {
  C1: [{}, C1],
  C2: [{}, C2],
  P1: [{ client_id: 'P1' }, NOBODY],
  P2: [{ client_id: 'P2' }, NOBODY],
};
const sessionAs = (server: TestServer, who: string): Promise<Session> => newSession(server, ...(AS[who] ?? []));
const revokeAs = (server: TestServer, who: string, token: string): Promise<Answer> => revoke(server, token, ...(AS[who] ?? []));

async function expectAlive(server: TestServer, token: string): Promise<void> {
  expect((await R(server, token)).status).toBe(200);
}

/** Dead where it is used, and dead where one may ask. */
async function expectDead(server: TestServer, token: string, asker = C1): Promise<void> {
  expectChallenge(await R(server, token), 401, 'invalid_token');
  expectInactive(await introspect(server, token, asker));
}

describe.each(KINDS)('POST /revoke on Express %i with %s access tokens', (express, format) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth: { accessToken: { format }, ...oauth } });

  it('RV-01 RV-05 RV-06 revokes a refresh token, and with it every access token of its session, at once', async () => {
    const server = await start();
    const other = await newSession(server);
    const first = await newSession(server);
    const second = sessionOf(await refresh(server, first.refresh));
    await expectAlive(server, first.access);
    await expectAlive(server, second.access);

    expectRevoked(await revoke(server, second.refresh));
    await expectDead(server, first.access);
    await expectDead(server, second.access);
    expectInactive(await introspect(server, second.refresh));
    expectError(await refresh(server, second.refresh), 400, 'invalid_grant');
    expectError(await refresh(server, first.refresh), 400, 'invalid_grant');
    await expectAlive(server, other.access);
    sessionOf(await refresh(server, other.refresh));
    await expectAlive(server, (await newSession(server)).access);
  });

  it('RV-01 RV-05 RV-07 revokes an access token, and with it the session it came of: no refresh brings it back', async () => {
    const server = await start();
    const other = await newSession(server);
    const first = await newSession(server);
    const second = sessionOf(await refresh(server, first.refresh));

    expectRevoked(await revoke(server, first.access));
    await expectDead(server, first.access);
    await expectDead(server, second.access);
    expectInactive(await introspect(server, second.refresh));
    expectError(await refresh(server, second.refresh), 400, 'invalid_grant');
    await expectAlive(server, other.access);
    sessionOf(await refresh(server, other.refresh));
  });

  it('RV-07 revokes the token of an app that acts for itself, and no other of the same app', async () => {
    const server = await start();
    const tokens = await Promise.all([1, 2].map(async () => String((await T(server, machine)).json['access_token'])));
    expectRevoked(await revoke(server, tokens[0]));
    await expectDead(server, tokens[0]!);
    await expectAlive(server, tokens[1]!);
  });

  it('RV-07 revokes the token of a login without a refresh token alone', async () => {
    const server = await start();
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['password'] });
    const tokens = await Promise.all([1, 2].map(async () => String((await login(server)).json['access_token'])));
    expectRevoked(await revoke(server, tokens[0]));
    await expectDead(server, tokens[0]!);
    await expectAlive(server, tokens[1]!);
  });

  it('RV-01 ends the session by a refresh token that is spent, and by a repeated one', async () => {
    const server = await start();
    const first = await newSession(server);
    const second = sessionOf(await refresh(server, first.refresh));
    expectRevoked(await revoke(server, first.refresh));
    await expectDead(server, second.access);

    const third = await newSession(server);
    const fourth = sessionOf(await refresh(server, third.refresh));
    passTime(60);
    expectRevoked(await revoke(server, third.refresh));
    await expectDead(server, fourth.access);
    expectError(await refresh(server, fourth.refresh), 400, 'invalid_grant');
  });

  it.each([
    ['Basic', {}, C1],
    ['the body', { client_id: 'C1', client_secret: SECRETS.C1 }, NOBODY],
    ['Basic with its client_id in the body', { client_id: 'C1' }, C1],
  ])('RV-03 takes the credentials of a client by %s', async (_name, extra, headers) => {
    const server = await start();
    const { access, refresh: token } = await newSession(server);
    expectRevoked(await revoke(server, token, extra, headers));
    await expectDead(server, access);
  });

  it.each([
    ['its client_id', { client_id: 'P1' }, NOBODY],
    ['an empty client_secret', { client_id: 'P1', client_secret: '' }, NOBODY],
    ['Basic without a secret', {}, basic('P1', '')],
  ])('RV-03 knows a public client by %s', async (_name, extra, headers) => {
    const server = await start();
    const session = await sessionAs(server, 'P1');
    expectRevoked(await revoke(server, session.refresh, extra, headers));
    expectChallenge(await R(server, session.access), 401, 'invalid_token');
    expectError(await refresh(server, session.refresh, ...AS['P1']!), 400, 'invalid_grant');
  });

  it('RV-03 does nothing for whoever does not authenticate', async () => {
    const server = await start();
    server.clients.set('off', { ...server.clients.get('C1')!, id: 'off', disabled: true });
    const session = await newSession(server);
    const strangers: [Readonly<Record<string, string>>, Readonly<Record<string, string>>][] = [
      [{}, NOBODY], [{}, basic('C1', 'wrong')], [{}, basic('C1', '')], [{}, basic('nobody', SECRETS.C1)], [{}, basic('off', SECRETS.C1)],
      [{}, { authorization: `Bearer ${session.access}` }], [{}, { authorization: 'Basic !!' }], [{ client_id: 'C1' }, NOBODY],
      [{ client_id: 'C1', client_secret: 'wrong' }, NOBODY], [{ client_id: 'P1', client_secret: 'guess' }, NOBODY],
    ];
    for (const token of [session.access, session.refresh]) {
      for (const [extra, headers] of strangers) expectE401(await revoke(server, token, extra, headers));
    }
    // No parameter is judged before the client is.
    expectE401(await post(server, '/oauth/revoke', {}, basic('C1', 'wrong')));
    await expectAlive(server, session.access);
    sessionOf(await refresh(server, session.refresh));
    expect(server.events.filter(({ type }) => type === 'token_revoked')).toEqual([]);
  });

  it.each([['C2', 'C1'], ['P2', 'P1'], ['P1', 'C1'], ['C1', 'P1']])('RV-04 does not let %s revoke what was issued to %s', async (thief, owner) => {
    const server = await start();
    const first = await sessionAs(server, owner);
    const second = sessionOf(await refresh(server, first.refresh, ...AS[owner]!));
    for (const token of [first.access, second.access, first.refresh, second.refresh]) {
      expectError(await revokeAs(server, thief, token), 400, 'invalid_grant');
    }
    await expectAlive(server, first.access);
    await expectAlive(server, second.access);
    sessionOf(await refresh(server, second.refresh, ...AS[owner]!));
  });

  it('RV-04 does not let another client revoke the token of an app that acts for itself', async () => {
    const server = await start();
    const token = String((await T(server, machine)).json['access_token']);
    expectError(await revoke(server, token, {}, C2), 400, 'invalid_grant');
    expectError(await revoke(server, token, { client_id: 'P1' }, NOBODY), 400, 'invalid_grant');
    await expectAlive(server, token);
  });

  it('RV-08 answers the same for what is unknown, garbage, of another kind, expired, or revoked already, and changes nothing', async () => {
    const server = await start();
    server.clients.set('short', { ...server.clients.get('C1')!, id: 'short', accessTokenLifetime: 5, grants: ['client_credentials'] });
    const live = sessionOf(await login(server, { scope: 'a openid' }));
    const { json } = await login(server, { scope: 'a openid' });
    const expired = String((await T(server, machine, basic('short', SECRETS.C1))).json['access_token']);
    passTime(6);
    const [head = '', body = ''] = live.access.split('.');
    const strange = [
      'x', '.', '..', '...', 'a.b.c', 'null', '{}', '[object Object]', ' ', '\0', '💥', `at_${'A'.repeat(43)}`, 'A'.repeat(43), `${'A'.repeat(32)}.${'A'.repeat(56)}`,
      'A'.repeat(8000), forge(), String(json['id_token']), `${live.access}x`, `x${live.access}`, live.access.toUpperCase(), `${head}.${body}.`, `${live.access} `,
      live.refresh.slice(0, -1), `${live.refresh}A`, live.refresh.split('.')[0]!, `${live.refresh.split('.')[0]!}.${'A'.repeat(56)}`, `"${live.refresh}"`, SECRETS.C1,
    ];
    for (const token of strange) expectRevoked(await revoke(server, token));
    expectRevoked(await revoke(server, expired, {}, basic('short', SECRETS.C1)));
    expect(server.events.filter(({ type }) => type === 'token_revoked')).toEqual([]);
    await expectAlive(server, live.access);

    const gone = sessionOf(await refresh(server, live.refresh));
    for (let round = 0; round < 3; round += 1) {
      for (const token of [gone.refresh, gone.access, live.access, live.refresh]) expectRevoked(await revoke(server, token));
    }
    await expectDead(server, gone.access);
  });

  it.each(['access_token', 'refresh_token', 'id_token', 'foo', '__proto__', '💥', ' ', ''])('RV-09 RV-10 RV-12 finds either kind whatever the hint says: %j', async (hint) => {
    const server = await start();
    const [one, other] = [await newSession(server), await newSession(server)];
    expectRevoked(await revoke(server, one.refresh, { token_type_hint: hint }));
    expectRevoked(await revoke(server, other.access, { token_type_hint: hint }));
    for (const { access, refresh: token } of [one, other]) {
      await expectDead(server, access);
      expectError(await refresh(server, token), 400, 'invalid_grant');
    }
    expectRevoked(await revoke(server, 'unknown', { token_type_hint: hint }));
  });

  const failing: [string, Verb, 'access' | 'refresh'][] = [
    ['the revocation cannot be written', 'revoke', 'access'],
    ['the revocation cannot be written', 'revoke', 'refresh'],
    ['the session cannot be looked up', 'findFamily', 'refresh'],
  ];
  const ways: [string, () => never | Promise<never>][] = [
    ['throws', () => { throw new Error('disk full: secret path'); }],
    ['rejects', () => Promise.reject(new Error('disk full: secret path'))],
    ['does not answer', () => new Promise(() => undefined)],
  ];
  it.each(failing.flatMap((one) => ways.map((way) => [...one, ...way] as const)))('RV-11 says 503 where %s (%s, %s token): the store %s', async (_what, broken, kind, _way, fail) => {
    let failNow = false;
    const server = await start({ timeout: 0.05, store: storeAround((verb, call) => (failNow && verb === broken ? fail() : call())) });
    const session = await newSession(server);
    failNow = true;
    const answer = await revoke(server, session[kind]);
    expectError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).not.toContain('secret path');
    expect(server.events.filter(({ type }) => type === 'token_revoked')).toEqual([]);
    expect(server.events.map(({ type }) => type)).toContain('fault');
    await expectAlive(server, session.access);

    failNow = false;
    expectRevoked(await revoke(server, session[kind]));
    await expectDead(server, session.access);
    expectError(await refresh(server, session.refresh), 400, 'invalid_grant');
  });

  it('RV-11 says 503 to oauth.revoke too, and nothing is half done', async () => {
    let failNow = false;
    const server = await start({ store: storeAround((verb, call) => (failNow && verb === 'revoke' ? Promise.reject(new Error('disk full')) : call())) });
    const session = await newSession(server);
    failNow = true;
    await expect(server.oauth.revoke({ userId: 'user-1' })).rejects.toMatchObject({ code: 'temporarily_unavailable', status: 503 });
    await expectAlive(server, session.access);
    failNow = false;
    await server.oauth.revoke({ userId: 'user-1' });
    await expectDead(server, session.access);
  });

  it('RV-11 may be asked again where the store did its work and the answer was lost', async () => {
    let lose = false;
    const store = storeAround(async (verb, call) => {
      const answer = await call();
      if (lose && verb === 'revoke') throw new Error('connection reset');
      return answer;
    });
    const server = await start({ store });
    const session = await newSession(server);
    lose = true;
    expectError(await revoke(server, session.access), 503, 'temporarily_unavailable');
    lose = false;
    expectRevoked(await revoke(server, session.access));
    await expectDead(server, session.access);
    expectError(await refresh(server, session.refresh), 400, 'invalid_grant');
  });

  it('RV-13 reads the store at most twice a request, with any hint, and takes no endless token', async () => {
    const reads: Verb[] = [];
    const store = storeAround((verb, call) => {
      if (verb !== 'revoke') reads.push(verb);
      return call();
    });
    const server = await start({ store });
    const session = await newSession(server);
    for (const token of ['garbage', 'a.b.c', `at_${'A'.repeat(43)}`, `${'A'.repeat(32)}.${'A'.repeat(56)}`, session.access, session.refresh]) {
      for (const token_type_hint of ['access_token', 'refresh_token', 'foo']) {
        reads.length = 0;
        expectRevoked(await revoke(server, token, { token_type_hint }));
        expect(reads.length).toBeLessThanOrEqual(2);
      }
    }
    reads.length = 0;
    expectError(await revoke(server, 'A'.repeat(40_000)), 413, 'invalid_request');
    expect(reads).toEqual([]);
  });

  it('RV-16 keeps every answer out of caches', async () => {
    const server = await start();
    const answers = [await revoke(server, 'x'), await revoke(server, 'x', {}, NOBODY), await post(server, '/oauth/revoke', {}), await send(server, '/oauth/revoke')];
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store, private');
      expect(headers.get('pragma')).toBe('no-cache');
    }
  });

  it('RV-05 remembers a revocation for as long as the token would have lived', async () => {
    const server = await start();
    const own = String((await T(server, machine)).json['access_token']);
    const session = await newSession(server);
    expectRevoked(await revoke(server, own));
    expectRevoked(await revoke(server, session.refresh));
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await expectDead(server, own);
      await expectDead(server, session.access);
      passTime(299);
    }
  });

  it('RV-05 remembers it past a lifetime that was shortened meanwhile, and through a second revocation', async () => {
    const server = await start();
    const { access } = await newSession(server);
    server.clients.set('C1', { ...server.clients.get('C1')!, accessTokenLifetime: 60 });
    expectRevoked(await revoke(server, access));
    expectRevoked(await revoke(server, access));
    for (const seconds of [50, 50, 1000]) {
      passTime(seconds);
      await expectDead(server, access);
      // A reader of the list meets the entry anew.
      await newSession(server);
    }
  });

  it('RV-01 tells the operator what was revoked, without the token', async () => {
    const server = await start();
    const session = await newSession(server);
    const own = String((await T(server, machine)).json['access_token']);
    await revoke(server, session.refresh);
    await revoke(server, own);
    const told = server.events.filter(({ type }) => type === 'token_revoked');
    expect(told).toEqual([
      { type: 'token_revoked', clientId: 'C1', userId: 'user-1', familyId: expect.any(String) as string },
      { type: 'token_revoked', clientId: 'C1', tokenId: expect.any(String) as string },
    ]);
    for (const secret of [session.access, session.refresh, own]) expect(JSON.stringify(server.events)).not.toContain(secret);
  });
});

describe.each(MAJORS)('the requests that /revoke takes, on Express %i', (express: ExpressMajor) => {
  it('RV-02 needs the parameter token', async () => {
    const server = await serve({ express });
    for (const body of ['', 'token=', 'Token=x', 'token_type_hint=access_token', 'refresh_token=x']) {
      expectError(await post(server, '/oauth/revoke', body), 400, 'invalid_request');
    }
  });

  it('RV-02 takes it once, in a form, by POST, and from nowhere else', async () => {
    const server = await serve({ express });
    const { access, refresh: token } = await newSession(server);
    const query = `?token=${access}&callback=alert`;
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await send(server, `/oauth/revoke${query}`, { method, headers: C1 });
      expect(answer.status).toBe(405);
      expect(answer.headers.get('allow')).toBe('POST');
      expect(answer.text).not.toContain('alert');
      if (method !== 'HEAD') expectError(answer, 405, 'invalid_request');
    }
    expectError(await post(server, `/oauth/revoke${query}`, ''), 400, 'invalid_request');
    expectError(await post(server, '/oauth/revoke', `token=${access}&token=${access}`), 400, 'invalid_request');
    expectError(await post(server, '/oauth/revoke', `token[]=${access}`), 400, 'invalid_request');
    expectError(await post(server, '/oauth/revoke', JSON.stringify({ token: access }), { ...C1, 'content-type': 'application/json' }), 400, 'invalid_request');
    expectError(await post(server, '/oauth/revoke', `token=${access}`, { ...C1, 'content-type': 'text/plain' }), 400, 'invalid_request');
    expectE401(await post(server, `/oauth/revoke?client_id=C1&client_secret=${SECRETS.C1}`, `token=${access}`, NOBODY));
    await expectAlive(server, access);
    sessionOf(await refresh(server, token));
  });

  it('RV-14 publishes its address as https, and only so', async () => {
    const server = await serve({ express });
    const { json } = await send(server, '/oauth/.well-known/oauth-authorization-server');
    expect(json['revocation_endpoint']).toBe('https://auth.example/oauth/revoke');
  });
});

describe('a revocation that meets something else under way', () => {
  const racing = (oauth: Partial<OAuthRouterOptions>): Promise<TestServer> => serve({ oauth: { store: slowStore(2), ...oauth } });

  /** The moments of a refresh at which a revocation begins; where it is held, the refresh goes on when the revocation is answered. */
  const MOMENTS = ['at once', 'before findFamily', 'before rotateFamily', 'before rotateFamily, held', 'after rotateFamily'] as const;

  it.each([['jwt', 'refresh'], ['opaque', 'access']] as const)('RV-15 RT-11 wins over a refresh, in 200 rounds, with %s tokens and by the %s token', async (format, kind) => {
    const hooks = new Map<string, () => unknown>();
    const store = storeAround(async (verb, call, [id]) => {
      await hooks.get(`before ${verb} ${String(id)}`)?.();
      const answer = await call();
      await hooks.get(`after ${verb} ${String(id)}`)?.();
      return answer;
    }, slowStore(2));
    const server = await serve({ oauth: { store, accessToken: { format } } });

    const meet = async (session: Session, moment: (typeof MOMENTS)[number]): Promise<Answer> => {
      let begun: Promise<Answer> | undefined;
      const begin = (): Promise<Answer> => (begun ??= revoke(server, session[kind]));
      const [verb, held] = moment.split(', ');
      const hook = `${verb ?? ''} ${session.refresh.split('.')[0] ?? ''}`;
      hooks.set(hook, () => {
        hooks.delete(hook);
        const revoked = begin();
        return held === undefined ? undefined : revoked;
      });
      if (moment === 'at once') void begin();
      const refreshed = await refresh(server, session.refresh);
      expectRevoked(await begin());
      return refreshed;
    };
    const round = async (number: number): Promise<void> => {
      const [session, moment] = [await newSession(server), MOMENTS[number % MOMENTS.length]!];
      const refreshed = await meet(session, moment);
      if (moment === 'after rotateFamily') expectOk(refreshed);
      if (moment === 'before rotateFamily, held') expectError(refreshed, 400, 'invalid_grant');
      const next = refreshed.status === 200 ? [sessionOf(refreshed)] : [];
      if (next.length === 0) expectError(refreshed, 400, 'invalid_grant');
      for (const { access, refresh: token } of [session, ...next]) {
        expectChallenge(await R(server, access), 401, 'invalid_token');
        expectError(await refresh(server, token), 400, 'invalid_grant');
        expectInactive(await introspect(server, access));
      }
    };
    for (let group = 0; group < 20; group += 1) await Promise.all(Array.from({ length: 10 }, (_, at) => round(group * 10 + at)));
  }, 300_000);

  it('RV-15 wins over fifty refreshes of one token at once', async () => {
    const server = await racing({});
    const session = await newSession(server);
    const [revoked, ...answers] = await Promise.all([revoke(server, session.refresh), ...Array.from({ length: 50 }, () => refresh(server, session.refresh))]);
    expectRevoked(revoked);
    for (const answer of answers.filter(({ status }) => status === 200)) {
      expectChallenge(await R(server, answer.json['access_token']), 401, 'invalid_token');
      expectError(await refresh(server, answer.json['refresh_token']), 400, 'invalid_grant');
    }
  });

  it('RV-04 RV-15 keeps a thief out who tries while the owner refreshes', async () => {
    const server = await racing({});
    for (let round = 0; round < 20; round += 1) {
      const session = await newSession(server);
      const [answer, ...tries] = await Promise.all([refresh(server, session.refresh), revoke(server, session.refresh, {}, C2), revoke(server, session.access, {}, C2)]);
      for (const one of tries) expectError(one, 400, 'invalid_grant');
      const { access, refresh: next } = sessionOf(answer);
      await expectAlive(server, access);
      sessionOf(await refresh(server, next));
    }
  });

  it('RV-11 never says 200 for what a failing store did not do, round after round', async () => {
    let asked = 0;
    const store = storeAround((verb, call) => {
      asked += 1;
      if (asked % 3 === 0 && verb === 'revoke') throw new Error('flaky');
      return call();
    });
    const server = await serve({ oauth: { store } });
    for (let round = 0; round < 60; round += 1) {
      const session = await newSession(server);
      const answer = await revoke(server, round % 2 === 0 ? session.access : session.refresh);
      const status = (await R(server, session.access)).status;
      expect([answer.status, status]).toEqual(answer.status === 200 ? [200, 401] : [503, 200]);
    }
  });

  it('RV-03 asks for the secret that the client has now', async () => {
    const server = await serve();
    const { access } = await newSession(server);
    const client: Client = server.clients.get('C1')!;
    server.clients.set('C1', { ...client, disabled: true });
    expectE401(await revoke(server, access));
    server.clients.set('C1', client);
    expectRevoked(await revoke(server, access));
    await expectDead(server, access);
  });
});
