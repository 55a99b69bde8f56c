import type { Client } from '../../lib';
import { type TestServer } from '../support/app';
import { holdTime, passTime } from '../support/clock';
import { expectChallenge, expectError, expectOk } from '../support/expect';
import { C1, C2, introspect, login, R, refresh, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { serve } from '../support/serve';

const FORMATS = ['jwt', 'opaque'] as const;
const HOUR = 3600;
const DAY = 24 * HOUR;

const change = (server: TestServer, id: string, fields: Partial<Client>): void => { server.clients.set(id, { ...server.clients.get(id)!, ...fields }); };

async function session(server: TestServer, headers = C1): Promise<Answer> {
  const answer = await login(server, { scope: 'a' }, headers);
  expectOk(answer);
  return answer;
}

/** The successor, after as many seconds of rest. */
async function refreshedAfter(server: TestServer, seconds: number, answer: Answer): Promise<Answer> {
  passTime(seconds);
  const next = await refresh(server, answer.json['refresh_token']);
  expectOk(next);
  return next;
}

async function expectEnded(server: TestServer, answer: Answer): Promise<void> {
  expectError(await refresh(server, answer.json['refresh_token']), 400, 'invalid_grant');
}

describe.each(FORMATS)('access tokens (%s)', (accessFormat) => {
  it('live as long as the server says, to the second', async () => {
    const server = await serve({ oauth: { accessToken: { format: accessFormat, lifetime: 120 } } });
    holdTime(1_800_000_000_000);
    const { json } = await T(server, { grant_type: 'client_credentials', scope: 'a' });
    expect(json['expires_in']).toBe(120);
    holdTime(1_800_000_119_999);
    expect((await R(server, json['access_token'])).status).toBe(200);
    holdTime(1_800_000_120_000);
    expectChallenge(await R(server, json['access_token']), 401, 'invalid_token');
  });

  it('live as long as their client is allowed, in every grant', async () => {
    const server = await serve({ oauth: { accessToken: { format: accessFormat } } });
    change(server, 'C1', { accessTokenLifetime: 60 });
    change(server, 'C2', { accessTokenLifetime: 2 * HOUR });
    const first = await session(server);
    const answers = [first, await refresh(server, first.json['refresh_token']), await T(server, { grant_type: 'client_credentials', scope: 'a' })];
    for (const { json } of answers) expect(json['expires_in']).toBe(60);
    const long = await session(server, C2);
    expect(long.json['expires_in']).toBe(2 * HOUR);
    expect((await login(server, { client_id: 'P1' }, {})).json['expires_in']).toBe(HOUR);
    passTime(61);
    for (const { json } of answers) expectChallenge(await R(server, json['access_token']), 401, 'invalid_token');
    passTime(2 * HOUR - 120);
    expect((await R(server, long.json['access_token'])).status).toBe(200);
    passTime(120);
    expectChallenge(await R(server, long.json['access_token']), 401, 'invalid_token');
  });

  it('keep the lifetime with which they were issued when that of the client changes', async () => {
    const server = await serve({ oauth: { accessToken: { format: accessFormat } } });
    const before = await T(server, { grant_type: 'client_credentials', scope: 'a' });
    change(server, 'C1', { accessTokenLifetime: 60 });
    const after = await T(server, { grant_type: 'client_credentials', scope: 'a' });
    passTime(61);
    expect((await R(server, before.json['access_token'])).status).toBe(200);
    expectChallenge(await R(server, after.json['access_token']), 401, 'invalid_token');
  });

  it('that were revoked with their session stay so to their end', async () => {
    const server = await serve({ oauth: { accessToken: { format: accessFormat, lifetime: 2 * HOUR }, refreshToken: { reuseWindow: 0 } } });
    const first = await session(server);
    const next = await refreshedAfter(server, 1, first);
    await expectEnded(server, first);
    for (const seconds of [5, HOUR, HOUR - 30]) {
      passTime(seconds);
      for (const { json } of [first, next]) expectChallenge(await R(server, json['access_token']), 401, 'invalid_token');
    }
  });

  it('that were revoked with their session stay so when the client has a shorter lifetime by then', async () => {
    const server = await serve({ oauth: { accessToken: { format: accessFormat }, refreshToken: { reuseWindow: 0 } } });
    change(server, 'C1', { accessTokenLifetime: DAY });
    const first = await session(server);
    const next = await refreshedAfter(server, 1, first);
    change(server, 'C1', { accessTokenLifetime: 60 });
    await expectEnded(server, first);
    for (const seconds of [5, 120, HOUR, DAY - 2 * HOUR]) {
      passTime(seconds);
      for (const { json } of [first, next]) expectChallenge(await R(server, json['access_token']), 401, 'invalid_token');
    }
  });
});

describe('refresh tokens', () => {
  it('rest for fourteen days at most where nobody says otherwise', async () => {
    const server = await serve();
    const rested = await refreshedAfter(server, 14 * DAY - 5, await session(server));
    passTime(14 * DAY);
    await expectEnded(server, rested);
  });

  it('live for ninety days at most where nobody says otherwise, however often they are used', async () => {
    const server = await serve();
    let current = await session(server);
    for (let days = 13; days < 90; days += 13) current = await refreshedAfter(server, 13 * DAY, current);
    current = await refreshedAfter(server, 12 * DAY - 60, current);
    passTime(61);
    await expectEnded(server, current);
  });

  it('end with the shorter of the two lifetimes', async () => {
    const server = await serve({ oauth: { refreshToken: { idleLifetime: HOUR, absoluteLifetime: 600 } } });
    const current = await refreshedAfter(server, 599, await session(server));
    passTime(1);
    await expectEnded(server, current);
    const { json } = await introspect(server, (await session(server)).json['refresh_token']);
    expect(Number(json['exp']) * 1000).toBeLessThanOrEqual(Date.now() + 600_000);
  });

  it('end to the millisecond', async () => {
    const server = await serve({ oauth: { refreshToken: { idleLifetime: 100, absoluteLifetime: 250 } } });
    const begun = 1_800_000_000_000;
    holdTime(begun);
    const [resting, rotating] = [await session(server), await session(server)];
    holdTime(begun + 99_999);
    const second = await refresh(server, rotating.json['refresh_token']);
    expectOk(second);
    holdTime(begun + 100_000);
    await expectEnded(server, resting);
    holdTime(begun + 199_998);
    const third = await refresh(server, second.json['refresh_token']);
    expectOk(third);
    holdTime(begun + 249_999);
    const fourth = await refresh(server, third.json['refresh_token']);
    expectOk(fourth);
    holdTime(begun + 250_000);
    await expectEnded(server, fourth);
  });

  it('rest no longer because they were shown in vain', async () => {
    const server = await serve({ oauth: { refreshToken: { idleLifetime: 100, absoluteLifetime: 1000 } } });
    const first = await session(server);
    passTime(60);
    expectError(await refresh(server, first.json['refresh_token'], { scope: 'b' }), 400, 'invalid_scope');
    expectError(await refresh(server, first.json['refresh_token'], {}, C2), 400, 'invalid_grant');
    expect((await introspect(server, first.json['refresh_token'])).json['active']).toBe(true);
    passTime(60);
    await expectEnded(server, first);
  });

  it('give a repetition no longer rest than its successor has', async () => {
    const server = await serve({ oauth: { refreshToken: { idleLifetime: 100, absoluteLifetime: 1000, reuseWindow: 50 } } });
    const first = await session(server);
    const second = await refreshedAfter(server, 1, first);
    const repeated = await refreshedAfter(server, 40, first);
    expect(repeated.json['refresh_token']).toBe(second.json['refresh_token']);
    passTime(60);
    await expectEnded(server, second);
  });

  it('live as long as their client is allowed, counted from the login', async () => {
    const server = await serve();
    change(server, 'C1', { refreshTokenLifetime: 600 });
    const mine = await session(server);
    const other = await session(server, C2);
    const second = await refreshedAfter(server, 400, mine);
    const third = await refreshedAfter(server, 199, second);
    passTime(2);
    await expectEnded(server, third);
    expectOk(await refresh(server, other.json['refresh_token'], {}, C2));
  });

  it('keep the end that their login set when that of the client changes', async () => {
    const server = await serve();
    change(server, 'C1', { refreshTokenLifetime: 600 });
    const before = await session(server);
    change(server, 'C1', { refreshTokenLifetime: DAY });
    const after = await session(server);
    const second = await refreshedAfter(server, 500, before);
    passTime(101);
    await expectEnded(server, second);
    expectOk(await refresh(server, after.json['refresh_token']));
  });

  it('say when the user logged in, through all refreshes', async () => {
    const server = await serve();
    const first = await session(server);
    const begun = claimsOf(first.json['access_token'])['auth_time'];
    const second = await refreshedAfter(server, DAY, first);
    const third = await refreshedAfter(server, DAY, second);
    for (const { json } of [second, third]) expect(claimsOf(json['access_token'])['auth_time']).toBe(begun);
    expect(Number(claimsOf(third.json['access_token'])['iat']) - Number(begun)).toBeGreaterThanOrEqual(2 * DAY);
  });
});

describe('a client whose lifetime is longer than any revocation is remembered', () => {
  it.each([['accessTokenLifetime', { accessTokenLifetime: 91 * DAY }], ['refreshTokenLifetime', { refreshTokenLifetime: 91 * DAY }]] as const)('%s is a fault, and no token', async (name, fields) => {
    const server = await serve();
    change(server, 'C1', fields);
    expectError(await login(server, { scope: 'a' }), 500, 'server_error');
    expect(server.events).toEqual([expect.objectContaining({ type: 'fault' })]);
    expect(String((server.events[0] as { cause?: unknown }).cause)).toContain(name);
    change(server, 'C1', { [name]: 90 * DAY });
    expectOk(await login(server, { scope: 'a' }));
  });

  it('is allowed where the server says that sessions are as long', async () => {
    const server = await serve({ oauth: { refreshToken: { absoluteLifetime: 365 * DAY, idleLifetime: 365 * DAY } } });
    change(server, 'C1', { accessTokenLifetime: 100 * DAY, refreshTokenLifetime: 300 * DAY });
    const first = await session(server);
    expect(first.json['expires_in']).toBe(100 * DAY);
    const second = await refreshedAfter(server, 299 * DAY, first);
    passTime(DAY);
    await expectEnded(server, second);
  });

  it.each([0, -1, 1.5, '60', Number.NaN, Infinity, {}])('is a fault where it is no number of seconds: %p', async (lifetime) => {
    const server = await serve();
    for (const name of ['accessTokenLifetime', 'refreshTokenLifetime']) {
      change(server, 'C1', { accessTokenLifetime: 60, refreshTokenLifetime: 60, [name]: lifetime });
      expectError(await login(server, { scope: 'a' }), 500, 'server_error');
    }
  });
});
