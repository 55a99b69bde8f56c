import { OAuthError, type Client, type Grant, type GrantDecision, type OAuthRouterOptions, type TokenRequest } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, SECRETS, type ExpressMajor, type TestServer } from '../support/app';
import { expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, C2, R, refresh, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

const CODE = 'urn:example:grant:code';
const PAIR = 'urn:example:grant:pair';

interface Call {
  readonly client: Client;
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly request: TokenRequest;
}

describe.each(MAJORS)('a grant of the app on Express %i', (express: ExpressMajor) => {
  /** A server on which C1 and P1 may use the grant, and what its handler was called with. */
  const start = async (decide: (call: Call) => unknown, more: Partial<OAuthRouterOptions> = {}): Promise<{ server: TestServer; calls: Call[] }> => {
    const calls: Call[] = [];
    const grant: Grant = {
      type: CODE,
      handle: (client, params, request) => {
        calls.push({ client, params, request });
        return decide({ client, params, request }) as GrantDecision | undefined;
      },
    };
    const server = await serve({ express, oauth: { grants: [grant], ...more } });
    for (const id of ['C1', 'P1']) server.clients.set(id, { ...server.clients.get(id)!, grants: [CODE, 'refresh_token', 'client_credentials'] });
    return { server, calls };
  };
  const ask = (server: TestServer, extra: Readonly<Record<string, string>> = {}, headers = C1): Promise<Answer> => T(server, { grant_type: CODE, code: '123456', ...extra }, headers);

  it('turns a decision about a user into a session like any other', async () => {
    const { server } = await start(({ params }) => (params['code'] === '123456' ? { userId: 'user-7' } : undefined));
    const first = await ask(server, { scope: 'a b' });
    expectOk(first);
    expect(first.json['scope']).toBe('a b');
    expect(claimsOf(first.json['access_token'])).toMatchObject({ sub: 'user-7', client_id: 'C1', scope: 'a b', aud: ISSUER });
    expect(claimsOf(first.json['access_token'])['auth_time']).toEqual(expect.any(Number));
    expect((await R(server, first.json['access_token'])).json['auth']).toMatchObject({ userId: 'user-7', clientId: 'C1' });
    const next = await refresh(server, first.json['refresh_token']);
    expectOk(next);
    expect(claimsOf(next.json['access_token'])).toMatchObject({ sub: 'user-7', scope: 'a b', auth_time: claimsOf(first.json['access_token'])['auth_time'] });
    expect(server.events.map(({ type }) => type)).toEqual(['token_issued', 'token_refreshed']);
    expect(server.events[0]).toMatchObject({ grantType: CODE, clientId: 'C1', userId: 'user-7' });
  });

  it('turns a decision without a user into a token of the app itself, without a refresh token', async () => {
    const { server } = await start(() => ({}));
    const answer = await ask(server, { scope: 'a' });
    expectOk(answer);
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(claimsOf(answer.json['access_token'])).toMatchObject({ sub: 'C1' });
    expect(claimsOf(answer.json['access_token'])).not.toHaveProperty('auth_time');
  });

  it('gives no refresh token to a client that does not list refresh_token', async () => {
    const { server } = await start(() => ({ userId: 'user-7' }));
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [CODE] });
    const answer = await ask(server);
    expectOk(answer);
    expect(answer.json).not.toHaveProperty('refresh_token');
  });

  it('is asked only for a client that has authenticated and lists it', async () => {
    const { server, calls } = await start(() => ({ userId: 'user-7' }));
    expectE401(await ask(server, {}, basic('C1', 'wrong')));
    expectE401(await ask(server, {}, {}));
    expectE401(await ask(server, { client_id: 'C1' }, {}));
    expectError(await ask(server, {}, C2), 400, 'unauthorized_client');
    expectError(await ask(server, { scope: 'a  b' }), 400, 'invalid_scope');
    expect(calls).toEqual([]);
    expectOk(await ask(server));
    expectOk(await ask(server, { client_id: 'P1' }, {}));
    expect(calls.map(({ client }) => client.id)).toEqual(['C1', 'P1']);
  });

  it('does not exist for a server that was not given it', async () => {
    const server = await serve({ express });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [CODE] });
    expectError(await ask(server), 400, 'unsupported_grant_type');
  });

  it('is handed what the request says, read strictly', async () => {
    const { server, calls } = await start(() => ({ userId: 'user-7' }));
    const body = `grant_type=${encodeURIComponent(CODE)}&code=1%202&empty=&__proto__=x&scope=b+a+b&resource=${encodeURIComponent(AUDIENCE_1)}&resource=${encodeURIComponent(AUDIENCE_2)}`;
    expectOk(await T(server, body, { ...C1, 'x-mark': 'here' }));
    const { params, request, client } = calls[0]!;
    expect(params['code']).toBe('1 2');
    expect(params['empty']).toBeUndefined();
    expect(params['__proto__']).toBe('x');
    expect(params['toString']).toBeUndefined();
    expect(Object.getPrototypeOf(params)).toBeNull();
    expect(request.scopes).toEqual(['b', 'a']);
    expect(request.resources).toEqual([AUDIENCE_1, AUDIENCE_2]);
    expect(request.req.get('x-mark')).toBe('here');
    expect(client).toMatchObject({ id: 'C1', scopes: ['a', 'b', 'c', 'A', 'openid'] });
    expectError(await T(server, `${body}&code=again`), 400, 'invalid_request');
    expectError(await T(server, `${body}&user[]=x`), 400, 'invalid_request');
    expect(calls).toHaveLength(1);
  });

  it.each([undefined, null, false])('refuses with invalid_grant where the handler answers %p', async (answer) => {
    for (const decide of [() => answer, () => Promise.resolve(answer)]) {
      const { server } = await start(decide);
      expectError(await ask(server), 400, 'invalid_grant');
      expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
    }
  });

  it('refuses in words of its own', async () => {
    const { server } = await start(() => { throw new OAuthError('authorization_pending', 'The user has not answered yet', { retryAfter: 5 }); });
    const answer = await ask(server);
    expectError(answer, 400, 'authorization_pending');
    expect(answer.json['error_description']).toBe('The user has not answered yet');
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(server.events).toEqual([expect.objectContaining({ type: 'token_refused', error: 'authorization_pending', grantType: CODE })]);
  });

  it('leaves scopes to the policy of the other grants where it decides none', async () => {
    const { server } = await start(() => ({ userId: 'user-7' }));
    expect((await ask(server)).json['scope']).toBe('a');
    expect((await ask(server, { scope: 'c b' })).json['scope']).toBe('c b');
    expectError(await ask(server, { scope: 'd' }), 400, 'invalid_scope');
    const asked: unknown[] = [];
    const hooked = await start(() => ({ userId: 'user-7' }), {
      grantScopes: ({ client, user, requested }) => {
        asked.push([client.id, user, requested]);
        return ['b'];
      },
    });
    expect((await ask(hooked.server, { scope: 'a' })).json['scope']).toBe('b');
    expect(asked).toEqual([['C1', { id: 'user-7' }, ['a']]]);
  });

  it('decides scopes itself where it names them, each once', async () => {
    const { server } = await start(() => ({ userId: 'user-7', scopes: ['c', 'a', 'c'] }));
    const answer = await ask(server, { scope: 'b' });
    expectOk(answer);
    expect(answer.json['scope']).toBe('c a');
    const none = await start(() => ({ userId: 'user-7', scopes: [] }));
    const empty = await ask(none.server, { scope: 'b' });
    expectOk(empty);
    expect(empty.json).not.toHaveProperty('scope');
    const next = await refresh(none.server, empty.json['refresh_token']);
    expectOk(next);
    expect(next.json).not.toHaveProperty('scope');
    expectError(await refresh(none.server, empty.json['refresh_token'], { scope: 'b' }), 400, 'invalid_scope');
  });

  it('leaves the audience to the request and the client where it decides none', async () => {
    const { server } = await start(() => ({ userId: 'user-7' }));
    expect(claimsOf((await ask(server, { resource: AUDIENCE_1 })).json['access_token'])['aud']).toBe(AUDIENCE_1);
    expectError(await ask(server, { resource: 'https://elsewhere.example/' }), 400, 'invalid_target');
  });

  it('decides the audience itself where it names one, each once', async () => {
    const { server } = await start(() => ({ userId: 'user-7', audience: [AUDIENCE_2, AUDIENCE_1, AUDIENCE_2] }));
    const answer = await ask(server);
    expectOk(answer);
    expect(claimsOf(answer.json['access_token'])['aud']).toEqual([AUDIENCE_2, AUDIENCE_1]);
    const next = await refresh(server, answer.json['refresh_token']);
    expectOk(next);
    expect(claimsOf(next.json['access_token'])['aud']).toEqual([AUDIENCE_2, AUDIENCE_1]);
  });

  it('names its own client or none, never another one', async () => {
    const { server } = await start(({ client }) => ({ clientId: client.id, userId: 'user-7' }));
    expectOk(await ask(server));
    const other = await start(() => ({ clientId: 'C2', userId: 'user-7' }));
    expectError(await ask(other.server), 500, 'server_error');
  });

  // What a store may answer for "not found", and names that nearly are those of a decision: none of it is a yes.
  const mistakes: [string, unknown][] = [
    ['no rows', []], ['rows', [{ userId: 'user-7' }]], ['an error that it returned', new Error('not found')], ['a mistyped userId', { userid: 'user-7' }], ['a user', { id: 'user-7' }],
    ['a user inside', { user: { id: 'user-7' } }], ['true', true], ['a text', 'user-7'], ['null for the user', { userId: null }], ['an empty user', { userId: '' }], ['a number for the user', { userId: 7 }],
    ['text for scopes', { userId: 'user-7', scopes: 'a b' }], ['a scope that is none', { userId: 'user-7', scopes: ['a b'] }], ['an empty audience', { userId: 'user-7', audience: [] }],
  ];
  it.each(mistakes)('is a fault, and no token, where the handler answers %s', async (_name, decision) => {
    const { server } = await start(() => decision);
    const answer = await ask(server);
    expectError(answer, 500, 'server_error');
    expect(server.events.map(({ type }) => type)).toEqual(['fault']);
    expect(String((server.events[0] as { cause?: unknown }).cause)).toContain(`grant ${CODE} answered`);
  });

  it('keeps nothing of a decision that could change afterwards', async () => {
    const decision = { userId: 'user-7', scopes: ['a'], audience: [AUDIENCE_1] };
    const { server } = await start(() => decision);
    const first = await ask(server);
    expectOk(first);
    decision.userId = 'user-8';
    decision.scopes.push('b');
    decision.audience[0] = AUDIENCE_2;
    const next = await refresh(server, first.json['refresh_token']);
    expectOk(next);
    expect(claimsOf(next.json['access_token'])).toMatchObject({ sub: 'user-7', scope: 'a', aud: AUDIENCE_1 });
  });

  it('ends with its user like any other session', async () => {
    let there = true;
    const { server } = await start(() => ({ userId: 'user-7' }), { findUser: (id) => (there ? { id } : undefined) });
    const first = await ask(server);
    const next = await refresh(server, first.json['refresh_token']);
    expectOk(next);
    there = false;
    expectError(await refresh(server, next.json['refresh_token']), 400, 'invalid_grant');
  });

  it('stands beside others, each for the clients that list it', async () => {
    const server = await serve({ express, oauth: { grants: [{ type: CODE, handle: () => ({ userId: 'by-code' }) }, { type: PAIR, handle: () => ({ userId: 'by-pair' }) }] } });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [CODE, PAIR] });
    server.clients.set('C2', { ...server.clients.get('C2')!, grants: [PAIR] });
    for (const [type, sub] of [[CODE, 'by-code'], [PAIR, 'by-pair']] as const) {
      const answer = await T(server, { grant_type: type, client_id: 'C1', client_secret: SECRETS.C1 }, {});
      expectOk(answer);
      expect(claimsOf(answer.json['access_token'])['sub']).toBe(sub);
    }
    expectError(await T(server, { grant_type: CODE }, C2), 400, 'unauthorized_client');
    expectError(await T(server, { grant_type: 'client_credentials' }), 400, 'unauthorized_client');
  });
});
