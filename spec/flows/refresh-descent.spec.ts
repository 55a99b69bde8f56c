import { memoryStore, type TokenStore } from '../../lib';
import type { ExpressMajor, TestServer } from '../support/app';
import { expectError, expectOk } from '../support/expect';
import { login, R, refresh, type Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';
import { slowStore } from '../support/store';

const FIFTY = 50;
const ROUNDS = 10;

const tokenOf = ({ json }: Answer): string => String(json['refresh_token']);

/** Fifty refreshes with one token, all under way at once. Each answers with tokens or with invalid_grant, nothing else. */
async function burst(server: TestServer, token: string): Promise<{ readonly granted: Answer[]; readonly refused: Answer[] }> {
  const answers = await Promise.all(Array.from({ length: FIFTY }, () => refresh(server, token)));
  const granted = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status !== 200);
  granted.forEach(expectOk);
  refused.forEach((answer) => { expectError(answer, 400, 'invalid_grant'); });
  return { granted, refused };
}

async function start(express: ExpressMajor, store: TokenStore, reuseWindow?: number): Promise<{ readonly server: TestServer; readonly first: Answer }> {
  const server = await serve({ express, oauth: { store, ...(reuseWindow === undefined ? {} : { refreshToken: { reuseWindow } }) } });
  const first = await login(server);
  expectOk(first);
  return { server, first };
}

/** With the window everyone gets the same successor, round after round, and only its bearer goes on. */
async function descend(server: TestServer, first: Answer, rounds: number): Promise<void> {
  const line = [tokenOf(first)];
  for (let round = 0; round < rounds; round += 1) {
    const { granted, refused } = await burst(server, line.at(-1) ?? '');
    expect(refused).toEqual([]);
    const successors = new Set(granted.map(tokenOf));
    expect(successors.size).toBe(1);
    line.push(...successors);
    const access = granted.map(({ json }) => json['access_token']);
    expect(new Set(access).size).toBe(FIFTY);
    expect((await R(server, access[round])).status).toBe(200);
  }
  expect(new Set(line).size).toBe(rounds + 1);
  expect(server.events.filter(({ type }) => type === 'token_replayed')).toEqual([]);
  // It was one family all along: an old token ends it, to the last access token.
  const last = await refresh(server, line.at(-1));
  expectOk(last);
  expectError(await refresh(server, line[0]), 400, 'invalid_grant');
  expectError(await refresh(server, tokenOf(last)), 400, 'invalid_grant');
  expect((await R(server, last.json['access_token'])).status).toBe(401);
}

/** Without a window there is one winner, and since a token came back the family is dead, the winner's tokens with it. */
async function collide(server: TestServer, first: Answer): Promise<void> {
  const { granted, refused } = await burst(server, tokenOf(first));
  expect(granted).toHaveLength(1);
  expect(refused).toHaveLength(FIFTY - 1);
  for (const { json } of [first, ...granted]) {
    expectError(await refresh(server, json['refresh_token']), 400, 'invalid_grant');
    expect((await R(server, json['access_token'])).status).toBe(401);
  }
}

describe.each(MAJORS)('fifty parallel refreshes with one token on Express %i', (express: ExpressMajor) => {
  it('yield one line of descent', async () => {
    const { server, first } = await start(express, memoryStore());
    await descend(server, first, 1);
  });

  it('yield one line of descent in ten rounds, with a store that delays every answer at random', async () => {
    const { server, first } = await start(express, slowStore(20));
    await descend(server, first, ROUNDS);
  });

  it('yield one line without a reuse window, and none that survives', async () => {
    const { server, first } = await start(express, memoryStore(), 0);
    await collide(server, first);
  });

  it('yield one line without a reuse window in ten rounds, with a store that delays every answer at random', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { server, first } = await start(express, slowStore(10), 0);
      await collide(server, first);
    }
  });

  it('yield one line in two processes that share the store', async () => {
    const store = slowStore(10);
    const { server, first } = await start(express, store);
    const other = await serve({ express, oauth: { store, keys: [{ alg: 'HS256', secret: 'k'.repeat(32) }] } });
    const answers = await Promise.all(Array.from({ length: FIFTY }, (_, i) => refresh(i % 2 === 0 ? server : other, tokenOf(first))));
    answers.forEach(expectOk);
    expect(new Set(answers.map(tokenOf)).size).toBe(1);
    const next = await refresh(other, tokenOf(answers[0] ?? first));
    expectOk(next);
    expectError(await refresh(server, tokenOf(first)), 400, 'invalid_grant');
    expectError(await refresh(other, tokenOf(next)), 400, 'invalid_grant');
  });

  it('of fifty sessions at once go their fifty ways', async () => {
    const store = slowStore(10);
    const server = await serve({ express, oauth: { store } });
    const sessions = await Promise.all(Array.from({ length: FIFTY }, () => login(server)));
    const answers = await Promise.all(sessions.map((session) => refresh(server, tokenOf(session))));
    answers.forEach(expectOk);
    expect(new Set(answers.map(tokenOf)).size).toBe(FIFTY);
    const families = answers.map((answer) => tokenOf(answer).split('.')[0]);
    expect(families).toEqual(sessions.map((session) => tokenOf(session).split('.')[0]));
  });
});
