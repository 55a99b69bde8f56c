import { OAuthError, type GrantScopes, type OAuthRouterOptions, type ScopeQuestion, type User } from '../../lib';
import { U1, type ExpressMajor, type TestServer } from '../support/app';
import { expectError, expectOk } from '../support/expect';
import { C2, login, R, refresh, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

const machine = { grant_type: 'client_credentials' };
const scopeOf = (answer: Answer): unknown => {
  expectOk(answer);
  expect(claimsOf(answer.json['access_token'])['scope']).toBe(answer.json['scope']);
  return answer.json['scope'];
};

describe.each(MAJORS)('scopes on Express %i', (express: ExpressMajor) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth });
  const hooked = async (grantScopes: GrantScopes, more: Partial<OAuthRouterOptions> = {}): Promise<{ server: TestServer; questions: ScopeQuestion[] }> => {
    const questions: ScopeQuestion[] = [];
    const server = await start({
      grantScopes: (question) => {
        questions.push(question);
        return grantScopes(question);
      },
      ...more,
    });
    return { server, questions };
  };

  describe('without grantScopes', () => {
    it('are those of the client and of the user who lists any', async () => {
      const users: Record<string, User> = { all: { id: 'all' }, some: { id: 'some', scopes: ['b', 'c', 'd'] }, none: { id: 'none', scopes: [] } };
      const server = await start({ verifyUser: (username) => users[username] });
      expect(scopeOf(await login(server, { username: 'all', scope: 'a b c' }))).toBe('a b c');
      expect(scopeOf(await login(server, { username: 'some', scope: 'b c' }))).toBe('b c');
      for (const [username, scope] of [['some', 'a'], ['some', 'a b'], ['some', 'd'], ['none', 'a']] as const) {
        expectError(await login(server, { username, scope }), 400, 'invalid_scope');
      }
      // The client's default, a, is none of this user's.
      expect((await login(server, { username: 'some' })).json).not.toHaveProperty('scope');
      expect(scopeOf(await login(server, { username: 'some', scope: 'd' }, C2))).toBe('d');
    });

    it('stand in the order in which they were asked for', async () => {
      const server = await start();
      expect(scopeOf(await T(server, { ...machine, scope: 'c a b' }))).toBe('c a b');
    });

    it('of a session are what the login granted, even where the client may have more by now', async () => {
      const server = await start();
      const first = await login(server, { scope: 'a' });
      server.clients.set('C1', { ...server.clients.get('C1')!, scopes: ['a', 'b', 'admin'], defaultScopes: ['admin'] });
      const next = await refresh(server, first.json['refresh_token']);
      expect(scopeOf(next)).toBe('a');
      expectError(await refresh(server, next.json['refresh_token'], { scope: 'admin' }), 400, 'invalid_scope');
    });
  });

  describe('with grantScopes', () => {
    it('are asked about with client, user and what was requested', async () => {
      const { server, questions } = await hooked(({ requested }) => [...requested], { findUser: (id) => ({ ...U1, id, scopes: ['a', 'b'] }) });
      await T(server, { ...machine, scope: 'b a' });
      await T(server, machine);
      const first = await login(server, { scope: 'b' });
      await refresh(server, first.json['refresh_token']);
      expect(questions.map(({ client, user, requested }) => [client.id, user?.id, user?.scopes, requested])).toEqual([
        ['C1', undefined, undefined, ['b', 'a']], ['C1', undefined, undefined, []], ['C1', 'user-1', undefined, ['b']], ['C1', 'user-1', ['a', 'b'], ['b']],
      ]);
    });

    it('are what it answers: fewer, others, or more than the client lists', async () => {
      expect(scopeOf(await T((await hooked(() => ['b'])).server, { ...machine, scope: 'a b' }))).toBe('b');
      expect(scopeOf(await T((await hooked(() => ['x:read', 'a'])).server, { ...machine, scope: 'a' }))).toBe('x:read a');
      expect(scopeOf(await T((await hooked(async () => ['y', 'y', 'z'])).server, machine))).toBe('y z');
    });

    it('are refused where it answers none of several', async () => {
      const { server } = await hooked(() => []);
      expectError(await T(server, { ...machine, scope: 'a' }), 400, 'invalid_scope');
      expectError(await login(server, { scope: 'a' }), 400, 'invalid_scope');
      const answer = await T(server, machine);
      expectOk(answer);
      expect(answer.json).not.toHaveProperty('scope');
    });

    it('are refused in its own words', async () => {
      const { server } = await hooked(() => { throw new OAuthError('invalid_scope', 'Ask your administrator'); });
      const answer = await login(server, { scope: 'a' });
      expectError(answer, 400, 'invalid_scope');
      expect(answer.json['error_description']).toBe('Ask your administrator');
    });

    it('are not decided before the password is: nobody learns them by guessing', async () => {
      const { server, questions } = await hooked(() => { throw new OAuthError('invalid_scope'); });
      expectError(await login(server, { scope: 'a', password: 'wrong' }), 400, 'invalid_grant');
      expect(questions).toEqual([]);
    });

    it('never grow in a refresh, whatever it answers', async () => {
      let answer: string[] = ['a', 'b'];
      const { server } = await hooked(() => answer);
      const first = await login(server, { scope: 'a b' });
      answer = ['a', 'b', 'c', 'admin'];
      const second = await refresh(server, first.json['refresh_token']);
      expect(scopeOf(second)).toBe('a b');
      answer = ['admin', 'b'];
      const third = await refresh(server, second.json['refresh_token']);
      expect(scopeOf(third)).toBe('b');
      answer = ['admin'];
      expectError(await refresh(server, third.json['refresh_token']), 400, 'invalid_scope');
      answer = [];
      expectError(await refresh(server, third.json['refresh_token']), 400, 'invalid_scope');
      answer = ['b', 'a'];
      const fourth = await refresh(server, third.json['refresh_token']);
      expectOk(fourth);
      expect(String(fourth.json['scope']).split(' ').sort()).toEqual(['a', 'b']);
    });

    it('of other sessions are out of its reach, whatever it does to the question', async () => {
      let greedy = false;
      const { server } = await hooked(({ client, requested }) => {
        if (!greedy) return [...requested];
        for (const list of [requested, client.scopes, client.defaultScopes ?? []]) (list as string[]).push('admin');
        return [...requested];
      });
      const [first, second] = [await login(server, { scope: 'a b' }), await login(server, { scope: 'a b' })];
      greedy = true;
      expect(scopeOf(await refresh(server, first.json['refresh_token']))).toBe('a b');
      greedy = false;
      const next = await refresh(server, second.json['refresh_token']);
      expect(scopeOf(next)).toBe('a b');
      expectError(await refresh(server, next.json['refresh_token'], { scope: 'admin' }), 400, 'invalid_scope');
      expect(scopeOf(await T(server, { ...machine, scope: 'a' }))).toBe('a');
      expect(server.clients.get('C1')?.scopes).not.toContain('admin');
    });

    it('of a session come back when the hook allows them again', async () => {
      let suspended = false;
      const { server } = await hooked(({ requested }) => requested.filter((scope) => !suspended || scope === 'a'));
      const first = await login(server, { scope: 'a b' });
      suspended = true;
      const second = await refresh(server, first.json['refresh_token']);
      expect(scopeOf(second)).toBe('a');
      suspended = false;
      expect(scopeOf(await refresh(server, second.json['refresh_token']))).toBe('a b');
    });
  });

  it('of a token are what a route sees', async () => {
    const server = await start();
    const { json } = await T(server, { ...machine, scope: 'b a' });
    expect((await R(server, json['access_token'])).json['auth']).toMatchObject({ scopes: ['b', 'a'] });
  });
});
