import { OAuthError, type User, type VerifyUser } from '../../lib';
import { SECRETS, U1, type ExpressMajor, type StartOptions } from '../support/app';
import { expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, C2, login, R, refresh, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

const PUBLIC = { authorization: '' };
const machine = { grant_type: 'client_credentials' };
/** The headers that say something; a connection's own and the time differ from answer to answer. */
const headersOf = ({ headers }: Answer): [string, string][] => [...headers].filter(([name]) => name !== 'date');

describe.each(MAJORS)('client_credentials on Express %i', (express: ExpressMajor) => {
  const start = (options: StartOptions = {}) => serve({ express, ...options });

  it('CC-01 refuses a public client, however it says who it is', async () => {
    const server = await start();
    expectError(await T(server, { ...machine, client_id: 'P1' }, {}), 400, 'unauthorized_client');
    expectError(await T(server, machine, basic('P1', '')), 400, 'unauthorized_client');
    expectE401(await T(server, machine, basic('P1', 'anything')));
  });

  it('CC-02 refuses a client that does not authenticate', async () => {
    const server = await start();
    expectE401(await T(server, machine, {}));
    expectE401(await T(server, { ...machine, client_id: 'C1' }, {}));
    expectE401(await T(server, machine, basic('C1', 'wrong')));
    expectE401(await T(server, machine, basic('C1', '')));
    expectE401(await T(server, machine, basic('nobody', SECRETS.C1)));
  });

  it('CC-03 gives no refresh token, whatever scope is asked for', async () => {
    const server = await start();
    server.clients.set('C1', { ...server.clients.get('C1')!, scopes: ['a', 'offline_access'] });
    for (const scope of ['a', 'offline_access', 'a offline_access', '']) {
      const answer = await T(server, { ...machine, scope });
      expectOk(answer);
      expect(answer.json).not.toHaveProperty('refresh_token');
      expect(claimsOf(answer.json['access_token'])).not.toHaveProperty('sid');
    }
  });

  it('BP-05 OW-03 CC-04 names the client as subject, and the token of a client named like a user tells that no user stands behind it', async () => {
    const server = await start({
      routes: (app, oauth) => {
        app.get('/mine', oauth.requireBearer('a', { user: true }), (_req, res) => {
          res.json({});
        });
      },
    });
    const client = server.clients.get('C1')!;
    server.clients.set(U1.id, { ...client, id: U1.id });

    const own = await T(server, { ...machine, scope: 'a' }, basic(U1.id, SECRETS.C1));
    const users = await login(server, { scope: 'a' });
    expectOk(own);
    expectOk(users);
    expect(claimsOf(own.json['access_token'])).toMatchObject({ sub: U1.id, client_id: U1.id });
    expect(claimsOf(own.json['access_token'])).not.toHaveProperty('auth_time');
    expect(claimsOf(users.json['access_token'])).toMatchObject({ sub: U1.id, client_id: 'C1' });
    expect(claimsOf(users.json['access_token'])['auth_time']).toEqual(expect.any(Number));

    expect((await R(server, own.json['access_token'])).json['auth']).not.toHaveProperty('userId');
    expect((await R(server, users.json['access_token'])).json['auth']).toMatchObject({ userId: U1.id });
    expect((await R(server, own.json['access_token'], '/mine')).status).toBe(403);
    expect((await R(server, users.json['access_token'], '/mine')).status).toBe(200);
  });

  it('CC-05 gives no id_token, even with scope=openid', async () => {
    const server = await start();
    const answer = await T(server, { ...machine, scope: 'openid' });
    expectOk(answer);
    expect(answer.json['scope']).toBe('openid');
    expect(answer.json).not.toHaveProperty('id_token');
  });
});

describe.each(MAJORS)('password on Express %i', (express: ExpressMajor) => {
  const start = (options: StartOptions = {}) => serve({ express, ...options });
  const noPassword = { grants: ['client_credentials', 'refresh_token'] };

  it('OW-04 PW-01 is off without verifyUser, and for a client that does not list it', async () => {
    const off = await start({ oauth: { verifyUser: undefined } });
    expectError(await login(off), 400, 'unsupported_grant_type');

    let asked = 0;
    const on = await start({ oauth: { verifyUser: () => { asked += 1; return U1; } } });
    on.clients.set('C1', { ...on.clients.get('C1')!, ...noPassword });
    expectError(await login(on), 400, 'unauthorized_client');
    on.clients.set('P1', { ...on.clients.get('P1')!, ...noPassword });
    expectError(await login(on, { client_id: 'P1' }, {}), 400, 'unauthorized_client');
    expect(asked).toBe(0);
  });

  it.each(['PASSWORD', 'Password', ' password', 'password ', 'password\0', 'urn:ietf:params:oauth:grant-type:password', '__proto__', 'constructor'])(
    'PW-01 takes no other spelling of the grant type: %j',
    async (grant_type) => {
      const server = await start();
      server.clients.set('C1', { ...server.clients.get('C1')!, grants: [grant_type, 'client_credentials'] });
      expectError(await T(server, { grant_type, username: 'U1', password: 'pw1' }), 400, 'unsupported_grant_type');
    },
  );

  it.each(['username', 'password'])('PW-02 refuses a request whose %s is missing or empty', async (name) => {
    let asked = 0;
    const server = await start({ oauth: { verifyUser: () => { asked += 1; return U1; } } });
    const complete: Record<string, string> = { grant_type: 'password', username: 'U1', password: 'pw1' };
    const missing = Object.fromEntries(Object.entries(complete).filter(([one]) => one !== name));
    expectError(await T(server, missing), 400, 'invalid_request');
    expectError(await T(server, { ...complete, [name]: '' }), 400, 'invalid_request');
    expect(asked).toBe(0);
  });

  it('PW-03 asks the verifier nothing for a client that did not authenticate', async () => {
    const asked: string[] = [];
    const verifyUser: VerifyUser = (username) => {
      asked.push(username);
      return U1;
    };
    const server = await start({ oauth: { verifyUser } });
    server.clients.set('gone', { ...server.clients.get('C1')!, id: 'gone', disabled: true });
    expectE401(await login(server, {}, basic('C1', 'wrong')));
    expectE401(await login(server, {}, basic('nobody', 'secret')));
    expectE401(await login(server, {}, basic('gone', SECRETS.C1)));
    expectE401(await login(server, { client_id: 'C1' }, {}));
    expectE401(await login(server, { client_id: 'C1', client_secret: 'wrong' }, {}));
    expectE401(await login(server, {}, {}));
    expectE401(await login(server, {}, PUBLIC));
    expect(asked).toEqual([]);

    expectOk(await login(server));
    expectOk(await login(server, { client_id: 'P1' }, {}));
    expect(asked).toEqual(['U1', 'U1']);
  });

  it('PW-03 tells the verifier who asks', async () => {
    const seen: unknown[] = [];
    const server = await start({
      oauth: {
        verifyUser: (_username, _password, { client, req }) => {
          seen.push([client.id, req.get('x-mark')]);
          return U1;
        },
      },
    });
    expectOk(await login(server, {}, { ...C2, 'x-mark': 'here' }));
    expect(seen).toEqual([['C2', 'here']]);
  });

  it('PW-04 answers an unknown user and a wrong password with the same invalid_grant', async () => {
    const server = await start();
    const unknown = await login(server, { username: 'nobody' });
    const wrong = await login(server, { password: 'pw2' });
    expectError(unknown, 400, 'invalid_grant');
    expectError(wrong, 400, 'invalid_grant');
    expect(wrong.text).toBe(unknown.text);
    expect(headersOf(wrong)).toEqual(headersOf(unknown));
    expect(wrong.headers.get('www-authenticate')).toBeNull();
    expect(server.events.filter(({ type }) => type === 'login_failed')).toEqual([
      expect.objectContaining({ clientId: 'C1', username: 'nobody' }),
      expect.objectContaining({ clientId: 'C1', username: 'U1' }),
    ]);
    expect(JSON.stringify(server.events)).not.toContain('pw2');
  });

  const refused: [string, string][] = [
    ['CR', 'a\rb'], ['LF', 'a\nb'], ['NUL', 'a\0b'], ['U+0001', '\u0001'], ['U+0008', '\u0008'], ['U+000B', '\u000b'],
    ['U+001F', '\u001f'], ['DEL', 'a\u007f'], ['U+FFFE', '\ufffe'], ['U+FFFF', '\uffff'],
  ];
  it.each(refused)('PW-06 refuses %s in username and password', async (_name, text) => {
    let asked = 0;
    const server = await start({ oauth: { verifyUser: () => { asked += 1; return U1; } } });
    expectError(await login(server, { username: text }), 400, 'invalid_request');
    expectError(await login(server, { password: text }), 400, 'invalid_request');
    expect(asked).toBe(0);
  });

  it.each(['%ED%A0%80', '%ED%BF%BF', '%C0%80', '%F4%90%80%80', '%FF'])('PW-06 refuses what is no code point: %s', async (escape) => {
    let asked = 0;
    const server = await start({ oauth: { verifyUser: () => { asked += 1; return U1; } } });
    expectError(await T(server, `grant_type=password&username=U1&password=${escape}`), 400, 'invalid_request');
    expectError(await T(server, `grant_type=password&username=${escape}&password=pw1`), 400, 'invalid_request');
    expect(asked).toBe(0);
  });

  const unchanged: [string, string][] = [
    ['TAB', 'a\tb'], ['every printable ASCII character', String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i))],
    ['U+0080', '\u0080'], ['U+D7FF and U+E000', '\ud7ff\ue000'], ['U+FFFD', '\ufffd'], ['U+10000 and U+10FFFF', '\u{10000}\u{10ffff}'],
    ['emoji', '👩‍👩‍👧‍👦🏴‍☠️'], ['right to left', 'كلمة السر‏'], ['combining', 'e\u0301a\u0308'], ['composed', 'éä'], ['a byte order mark', '\ufeffx'],
    ['what looks like a form', 'a=b&c%20d+e'], ['leading and trailing space', '  pw  '], ['both cases', 'PassWORD ß ſ İ'],
    ...[64, 72, 73, 128, 1024].map((length): [string, string] => [`${String(length)} bytes`, `${'x'.repeat(length - 1)}y`]),
  ];
  it.each(unchanged)('PW-06 PW-07 hands %s to the verifier as it came', async (_name, text) => {
    const seen: string[][] = [];
    const server = await start({
      oauth: {
        verifyUser: (username, password) => {
          seen.push([username, password]);
          return U1;
        },
      },
    });
    expectOk(await login(server, { username: text, password: text }));
    expect(seen).toEqual([[text, text]]);
  });

  it('PW-07 tells a long password from its beginning, and one too long for anybody is refused before it is hashed', async () => {
    const password = 'p'.repeat(128);
    let asked = 0;
    const server = await start({
      oauth: {
        verifyUser: (_username, given) => {
          asked += 1;
          return given === password ? U1 : undefined;
        },
      },
    });
    expectOk(await login(server, { password }));
    for (const other of [password.slice(0, 72), `${password}p`, `${password} `, password.toUpperCase()]) {
      expectError(await login(server, { password: other }), 400, 'invalid_grant');
    }
    expect(asked).toBe(5);
    expectError(await login(server, { password: 'p'.repeat(1025) }), 400, 'invalid_request');
    expect(asked).toBe(5);
  });

  const faults: [string, VerifyUser][] = [
    ['throws', () => { throw new Error('pw-fault'); }],
    ['rejects', () => Promise.reject(new Error('pw-fault'))],
    ['never answers', () => new Promise(() => undefined)],
  ];
  it.each(faults)('PW-08 does not call it a wrong password when the verifier %s', async (_name, verifyUser) => {
    const server = await start({ oauth: { verifyUser, timeout: 0.05 } });
    const answer = await login(server);
    expectError(answer, 503, 'temporarily_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.text).not.toContain('pw-fault');
    expect(server.events.map(({ type }) => type)).toEqual(['fault']);
  });

  it('PW-09 keeps to the scopes of the client, and of the user where the user has its own', async () => {
    const user: User = { id: 'user-2', scopes: ['b', 'c', 'd'] };
    const server = await start({ oauth: { verifyUser: (username) => (username === 'U1' ? U1 : user) } });
    expectError(await login(server, { scope: 'd' }), 400, 'invalid_scope');
    expectError(await login(server, { scope: 'a d' }), 400, 'invalid_scope');
    expectError(await login(server, { username: 'U2', scope: 'a' }), 400, 'invalid_scope');
    expectError(await login(server, { username: 'U2', scope: 'd' }), 400, 'invalid_scope');
    const answer = await login(server, { username: 'U2', scope: 'b c' });
    expectOk(answer);
    expect(answer.json['scope']).toBe('b c');
  });

  it('PW-09 lets the server put a ceiling on this grant alone', async () => {
    const server = await start({
      oauth: { grantScopes: ({ user, requested }) => requested.filter((scope) => user === undefined || scope !== 'c') },
    });
    expectError(await login(server, { scope: 'c' }), 400, 'invalid_scope');
    const own = await T(server, { ...machine, scope: 'c' });
    expectOk(own);
    expect(own.json['scope']).toBe('c');
  });

  it('PW-09 gives a refresh token to a client that lists refresh_token, and to no other', async () => {
    const server = await start();
    const first = await login(server);
    expectOk(first);
    expect(first.json['refresh_token']).toEqual(expect.any(String));
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['password'] });
    const second = await login(server);
    expectOk(second);
    expect(second.json).not.toHaveProperty('refresh_token');
    expectError(await refresh(server, first.json['refresh_token']), 400, 'unauthorized_client');
  });

  it('PW-09 gives each client the lifetime that is its own', async () => {
    const server = await start();
    server.clients.set('C1', { ...server.clients.get('C1')!, accessTokenLifetime: 60 });
    const short = await login(server);
    const usual = await login(server, {}, C2);
    expect(short.json['expires_in']).toBe(60);
    expect(usual.json['expires_in']).toBe(3600);
  });

  const noes: [string, unknown][] = [
    ['undefined', undefined], ['null', null], ['false', false], ['true', true], ['0', 0], ['an empty text', ''], ['a text', 'U1'], ['a number', 1],
    ['an object without id', {}], ['an empty id', { id: '' }], ['a number as id', { id: 7 }], ['null as id', { id: null }], ['an object as id', { id: {} }],
    ['an array', []], ['an array of users', [U1]], ['a function', () => U1], ['scopes that are a text', { id: 'u', scopes: 'a b' }],
    ['scopes that are no scopes', { id: 'u', scopes: ['a b'] }], ['claims that are a text', { id: 'u', claims: 'x' }],
  ];
  it.each(noes)('PW-10 takes %s from the verifier for a no', async (_name, found) => {
    for (const answer of [found, Promise.resolve(found)]) {
      const server = await start({ oauth: { verifyUser: () => answer as User } });
      expectError(await login(server), 400, 'invalid_grant');
    }
  });

  it('PW-10 lets the verifier refuse in words of its own', async () => {
    const server = await start({
      oauth: {
        verifyUser: async () => {
          throw new OAuthError('invalid_grant', 'The account is locked', { uri: 'https://auth.example/locked' });
        },
      },
    });
    const answer = await login(server);
    expectError(answer, 400, 'invalid_grant');
    expect(answer.json).toEqual({ error: 'invalid_grant', error_description: 'The account is locked', error_uri: 'https://auth.example/locked' });
    expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it('PW-10 keeps nothing of the user that the verifier could change afterwards', async () => {
    const user = { id: 'user-9', scopes: ['a'] };
    const server = await start({ oauth: { verifyUser: () => user } });
    const answer = await login(server, { scope: 'a' });
    user.id = 'somebody-else';
    user.scopes.push('b');
    const next = await refresh(server, answer.json['refresh_token']);
    expectOk(next);
    expect(claimsOf(next.json['access_token'])).toMatchObject({ sub: 'user-9', scope: 'a' });
  });
});

it('CC-02 PW-03 takes the secret from the body as from the header', async () => {
  const server = await serve();
  const inBody = { client_id: 'C1', client_secret: SECRETS.C1 };
  expectOk(await T(server, { ...machine, ...inBody }, {}));
  expectOk(await login(server, inBody, {}));
  expectError(await login(server, inBody, C1), 400, 'invalid_request');
});
