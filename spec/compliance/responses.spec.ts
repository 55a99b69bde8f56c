import { OAuthError, type OAuthRouterOptions, type User } from '../../lib';
import { AUDIENCE_1, PASSWORD, SECRETS, type ExpressMajor, type TestServer } from '../support/app';
import { expectChallenge, expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, C2, login, post, R, refresh, send, T, type Answer } from '../support/http';
import { claimsOf } from '../support/jwt';
import { MAJORS, serve } from '../support/serve';

const machine = { grant_type: 'client_credentials' };

/** One answer of each kind that grants tokens. */
async function grantedAnswers(server: TestServer): Promise<Record<string, Answer>> {
  const first = await login(server, { scope: 'a b' });
  return {
    client_credentials: await T(server, machine),
    password: first,
    refresh_token: await refresh(server, first.json['refresh_token']),
    'password with openid': await login(server, { scope: 'a openid' }),
    'a public client': await login(server, { client_id: 'P1' }, {}),
    'no scope at all': await T(server, machine, C2),
  };
}

/** One answer of each kind that refuses: its status and code, as the rows of the checklist give them. */
async function refusedAnswers(server: TestServer): Promise<[Answer, number, string][]> {
  return [
    [await T(server, {}), 400, 'invalid_request'],
    [await T(server, 'grant_type=password&grant_type=password'), 400, 'invalid_request'],
    [await login(server, { username: '' }), 400, 'invalid_request'],
    [await T(server, machine, {}), 401, 'invalid_client'],
    [await T(server, machine, basic('C1', 'wrong')), 401, 'invalid_client'],
    [await login(server, { password: 'wrong' }), 400, 'invalid_grant'],
    [await refresh(server, 'nonsense'), 400, 'invalid_grant'],
    [await T(server, { ...machine, client_id: 'P1' }, {}), 400, 'unauthorized_client'],
    [await T(server, { grant_type: 'implicit' }), 400, 'unsupported_grant_type'],
    [await T(server, { ...machine, scope: 'unknown' }), 400, 'invalid_scope'],
    [await T(server, { ...machine, resource: 'https://elsewhere.example/' }), 400, 'invalid_target'],
    [await send(server, '/oauth/token'), 405, 'invalid_request'],
    [await send(server, '/oauth/token', { method: 'PUT' }), 405, 'invalid_request'],
    [await send(server, '/oauth/token', { method: 'POST', headers: { ...C1, 'content-type': 'application/json' }, body: '{"grant_type":"client_credentials"}' }), 400, 'invalid_request'],
    [await T(server, `grant_type=client_credentials&x=${'x'.repeat(100_000)}`), 413, 'invalid_request'],
    [await post(server, '/oauth/revoke', {}), 400, 'invalid_request'],
    [await post(server, '/oauth/introspect', {}, {}), 401, 'invalid_client'],
  ];
}

/** A flat JSON object: its member names in order, each value a string, number or boolean; nothing stands twice. */
function memberNames(text: string): string[] {
  const member = /"((?:[^"\\]|\\.)*)":("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false)/g;
  expect(text).toMatch(/^\{(?:"(?:[^"\\]|\\.)*":(?:"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false)(?:,(?="))?)*\}$/);
  const names = [...text.matchAll(member)].map(([, name]) => name ?? '');
  expect(new Set(names).size).toBe(names.length);
  return names;
}

describe.each(MAJORS)('token answers on Express %i', (express: ExpressMajor) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth });

  it('RSP-01 are 200 and application/json', async () => {
    for (const answer of Object.values(await grantedAnswers(await start()))) {
      expectOk(answer);
      expect(answer.headers.get('content-type')).toMatch(/^application\/json(?:;|$)/);
      expect(Number(answer.headers.get('content-length'))).toBe(Buffer.byteLength(answer.text));
    }
  });

  it('RSP-01 do not depend on what the client says that it accepts', async () => {
    const server = await start();
    for (const accept of ['text/html', 'application/xml', 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', 'application/jwt', '']) {
      expectOk(await T(server, machine, { ...C1, accept }));
      expectError(await T(server, { grant_type: 'nonsense' }, { ...C1, accept }), 400, 'unsupported_grant_type');
    }
  });

  it('RSP-02 are nobody\'s to keep: tokens, refusals, introspection and revocation', async () => {
    const server = await start();
    const granted = await grantedAnswers(server);
    const token = String(granted['client_credentials']?.json['access_token']);
    const answers = [
      ...Object.values(granted),
      ...(await refusedAnswers(server)).map(([answer]) => answer),
      await post(server, '/oauth/introspect', { token }),
      await post(server, '/oauth/introspect', { token: 'unknown' }),
      await post(server, '/oauth/revoke', { token }),
      await post(server, '/oauth/revoke', { token: 'unknown' }),
    ];
    for (const { headers } of answers) {
      expect(headers.get('cache-control')).toBe('no-store, private');
      expect(headers.get('pragma')).toBe('no-cache');
    }
  });

  it.each(['jwt', 'opaque'] as const)('RSP-03 hold an access token that can be sent as Bearer, and its type (%s)', async (format) => {
    const server = await start({ accessToken: { format } });
    for (const answer of Object.values(await grantedAnswers(server))) {
      expectOk(answer);
      expect(answer.json['access_token']).toMatch(/^[A-Za-z0-9\-._~+/]+=*$/);
      expect(typeof answer.json['token_type']).toBe('string');
    }
    const { json } = await T(server, machine);
    expect((await R(server, json['access_token'])).status).toBe(200);
  });

  it('RSP-04 say as a number how long the token lives, and the token says the same', async () => {
    for (const lifetime of [1, 60, 3600]) {
      const server = await start({ accessToken: { lifetime } });
      for (const { json, text } of Object.values(await grantedAnswers(server))) {
        const { exp, iat } = claimsOf(json['access_token']) as { exp: number; iat: number };
        expect(json['expires_in']).toBe(lifetime);
        expect(exp - iat).toBe(lifetime);
        expect(text).toContain(`"expires_in":${String(lifetime)}`);
      }
    }
  });

  it('RSP-05 say the scope that was granted, where the policy grants less and where it grants what was asked for', async () => {
    const server = await start({ grantScopes: ({ requested }) => requested.filter((scope) => scope !== 'c') });
    const less = await T(server, { ...machine, scope: 'a b c' });
    expectOk(less);
    expect(less.json['scope']).toBe('a b');
    expect(claimsOf(less.json['access_token'])['scope']).toBe('a b');
    const same = await T(server, { ...machine, scope: 'a b' });
    expect(same.json['scope']).toBe('a b');
  });

  it('RSP-05 leave the member out where no scope was granted, and never send null', async () => {
    const server = await start();
    const answer = await T(server, machine, C2);
    expectOk(answer);
    expect(answer.text).not.toMatch(/scope|null/);
    expect(claimsOf(answer.json['access_token'])).not.toHaveProperty('scope');
  });

  it('RSP-06 are flat JSON, strings as strings and numbers as numbers, no member twice', async () => {
    const server = await start();
    for (const [kind, answer] of Object.entries(await grantedAnswers(server))) {
      const names = memberNames(answer.text);
      expect({ kind, names }).toEqual({ kind, names: Object.keys(answer.json) });
      for (const [name, value] of Object.entries(answer.json)) expect({ name, type: typeof value }).toEqual({ name, type: name === 'expires_in' ? 'number' : 'string' });
    }
    for (const [answer] of await refusedAnswers(server)) memberNames(answer.text);
  });

  it('RSP-07 are of type bearer, in lower case, whatever the request says', async () => {
    const server = await start();
    for (const extra of [{}, { token_type: 'mac' }, { req_cnf: 'x' }]) {
      const answer = await T(server, { ...machine, ...extra }, { ...C1, dpop: 'x.y.z' });
      expectOk(answer);
      expect(answer.json['token_type']).toBe('bearer');
    }
  });

  it('RSP-08 live no longer than an hour where nobody says otherwise', async () => {
    for (const answer of Object.values(await grantedAnswers(await start()))) expect(answer.json['expires_in']).toBe(3600);
  });

  it.each(['*', '"x"', 'W/"x"'])('RSP-09 have no ETag and are never 304 (If-None-Match: %s)', async (tag) => {
    const server = await start();
    const conditional = { 'if-none-match': tag, 'if-modified-since': 'Fri, 31 Dec 2100 23:59:59 GMT' };
    const answer = await T(server, machine, { ...C1, ...conditional });
    expectOk(answer);
    expect(answer.headers.get('etag')).toBeNull();
    expect(answer.headers.get('last-modified')).toBeNull();
    expectE401(await T(server, machine, { ...basic('C1', 'wrong'), ...conditional }));
    expectError(await T(server, {}, { ...C1, ...conditional }), 400, 'invalid_request');
  });

  it('RSP-10 tell nothing else: nothing of the user, of the client, or of the server', async () => {
    const user: User & Record<string, unknown> = { id: 'user-1', claims: { password_hash: 'SECRET-hash' }, passwordHash: 'SECRET-hash', email: 'SECRET@example.com' };
    const server = await start({ verifyUser: () => user });
    const leaky = { ...server.clients.get('C1')!, note: 'SECRET-note', owner: { mail: 'SECRET' } };
    server.clients.set('C1', leaky);
    const allowed = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'scope'];
    const withId = ['password with openid'];
    for (const [kind, answer] of Object.entries(await grantedAnswers(server))) {
      expect(Object.keys(answer.json).filter((name) => !allowed.includes(name) && !(withId.includes(kind) && name === 'id_token'))).toEqual([]);
      const claims = claimsOf(answer.json['access_token']);
      expect(Object.keys(claims).filter((name) => !['iss', 'sub', 'aud', 'client_id', 'iat', 'exp', 'jti', 'scope', 'auth_time', 'sid'].includes(name))).toEqual([]);
      const wire = `${answer.text}${JSON.stringify(claims)}${[...answer.headers].join('\n')}`;
      expect(wire).not.toMatch(/SECRET|sha256|secretHash/);
      expect([...answer.headers.keys()].filter((name) => /server|runtime|debug|user/i.test(name))).toEqual([]);
    }
  });
});

describe.each(MAJORS)('refusals on Express %i', (express: ExpressMajor) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth });

  it('ERR-01 are 400 where nothing else is said, and JSON of one shape', async () => {
    for (const [answer, status, code] of await refusedAnswers(await start())) {
      expectError(answer, status, code);
      expect(answer.json['error_description']).toEqual(expect.any(String));
      if (status === 401) expectE401(answer);
      else expect(answer.headers.get('www-authenticate')).toBeNull();
    }
  });

  // What must never come back as it came: quotes, backslashes, line ends, markup, what is not ASCII.
  const attacks = ['"}{"error":"x', '\\u0022\\', 'a\r\nSet-Cookie: x=1', '<script>alert(1)</script>', 'é€😀', '\u2028\u2029', '\u0000', '%0d%0aX: y', '${7*7}', "' OR 1=1 --", 'x'.repeat(2000)];
  const parameters = [
    'grant_type', 'scope', 'username', 'password', 'refresh_token', 'client_id', 'client_secret', 'resource', 'client_assertion', 'client_assertion_type', 'code', 'redirect_uri',
    'assertion', 'token', 'token_type_hint', 'audience', 'state',
  ];
  const endpoints = ['/oauth/token', '/oauth/revoke', '/oauth/introspect'];
  const registered = [
    'invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'invalid_target', 'unsupported_token_type',
  ];

  it('ERR-02 ERR-03 reflect nothing outside of their characters, and use registered codes alone', async () => {
    // Its own throttling would answer this many wrong guesses with 429.
    const server = await start({ throttle: false });
    const codes = new Set<string>();
    const requests = attacks.flatMap((attack) =>
      ['password', 'client_credentials', 'refresh_token', attack].flatMap((grant_type) =>
        parameters.flatMap((name) => [{ grant_type, username: 'U1', password: PASSWORD, refresh_token: 'x', [name]: attack }, { grant_type, [attack]: attack, [`${name}${attack}`]: 'x' }]),
      ),
    );
    for (const [at, fields] of requests.entries()) {
      const endpoint = endpoints[at % endpoints.length] ?? '';
      const headers = [C1, {}, basic('"\\<x>', 'é'), { authorization: 'Basic "\\' }][at % 4] ?? C1;
      const answer = await post(server, endpoint, fields, headers);
      if (answer.status === 200) continue;
      expectError(answer, answer.status, String(answer.json['error']));
      expect([400, 401, 413]).toContain(answer.status);
      codes.add(String(answer.json['error']));
      for (const text of [answer.text, [...answer.headers].join('\n')]) expect(text).not.toMatch(/[<>]|Set-Cookie|[^\n\x20-\x7E]/);
    }
    expect([...codes].filter((code) => !registered.includes(code))).toEqual([]);
    expect(codes.size).toBeGreaterThan(4);
  }, 300_000);

  it('ERR-02 reflect nothing of a header', async () => {
    const server = await start();
    for (const value of ['Basic !!!', 'Basic <x>', 'Digest username="C1", realm="x\\"y"', 'Bearer x', '"', 'Basic '.repeat(50), `Basic ${Buffer.from('a"b\\:c').toString('base64')}`]) {
      const answer = await T(server, machine, { authorization: value });
      expectE401(answer);
      expect(answer.json['error_description']).toBe((await T(server, machine, basic('C1', 'wrong'))).json['error_description']);
    }
  });

  it('ERR-02 keep the words of the app within the characters that may be sent', async () => {
    const words = ['Das "Konto" ist \\gesperrt\\ für Jörg 😀', 'two\r\nlines\tand a tab', '\u0000\u0007', '', '"', 'plain words'];
    for (const description of words) {
      const server = await start({ verifyUser: () => { throw new OAuthError('invalid_grant', description); } });
      const answer = await login(server);
      expectError(answer, 400, 'invalid_grant');
      expect(answer.json['error_description']).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
    }
    expect(() => new OAuthError('bad"code')).toThrow(TypeError);
    expect(() => new OAuthError('bad\ncode')).toThrow(TypeError);
    expect(() => new OAuthError('')).toThrow(TypeError);
    expect(() => new OAuthError('invalid_grant', 'x', { uri: 'https://x.example/a b' })).toThrow(TypeError);
    expect(() => new OAuthError('invalid_grant', 'x', { uri: 'https://x.example/"' })).toThrow(TypeError);
    for (const status of [200, 302, 399, 600, 400.5, Number.NaN]) expect(() => new OAuthError('invalid_grant', 'x', { status })).toThrow(TypeError);
    for (const retryAfter of [Number.NaN, Infinity, -1, '5' as unknown as number]) expect(() => new OAuthError('throttled', 'x', { retryAfter })).toThrow(TypeError);
  });

  it('ERR-02 send the code, status, address and delay that the app chose', async () => {
    const refusals: [OAuthError, number, Record<string, unknown>, string | null][] = [
      [new OAuthError('second_factor_needed', 'Send the code', { uri: 'https://auth.example/help' }), 400, { error: 'second_factor_needed', error_description: 'Send the code', error_uri: 'https://auth.example/help' }, null],
      [new OAuthError('account_locked', 'Locked', { status: 403 }), 403, { error: 'account_locked', error_description: 'Locked' }, null],
      [new OAuthError('throttled', 'Later', { retryAfter: 1.2 }), 429, { error: 'temporarily_unavailable', error_description: 'Later' }, '2'],
      [new OAuthError('temporarily_unavailable'), 503, { error: 'temporarily_unavailable' }, null],
      [new OAuthError('constructor'), 400, { error: 'constructor' }, null],
      [new OAuthError('__proto__'), 400, { error: '__proto__' }, null],
    ];
    for (const [refusal, status, body, retryAfter] of refusals) {
      const server = await start({ verifyUser: () => { throw refusal; } });
      const answer = await login(server);
      expectError(answer, status, String(body['error']));
      expect(JSON.parse(answer.text)).toEqual(body);
      expect(answer.headers.get('retry-after')).toBe(retryAfter);
    }
  });

  it('ERR-03 name a resource\'s refusals by the codes of RFC 6750', async () => {
    const server = await start();
    const { json } = await T(server, { ...machine, scope: 'b' });
    expectChallenge(await R(server, 'nonsense'), 401, 'invalid_token');
    expectChallenge(await R(server, json['access_token']), 403, 'insufficient_scope');
  });
});

describe.each(MAJORS)('scope on Express %i', (express: ExpressMajor) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth });

  it.each([
    'a  b', ' a', 'a ', ' ', '  ', 'a\tb', 'a\nb', 'a\r\nb', 'a"b', '"a"', 'a\\b', 'é', 'a é', 'a\u00a0b', 'a\u0000b', 'a\u007f', 'a,b', 'a;b', 'a+b',
  ])('SC-01 refuses %j, which is no list of names with single spaces or names none of this client', async (scope) => {
    const server = await start();
    for (const answer of [await T(server, { ...machine, scope }), await login(server, { scope })]) expectError(answer, 400, 'invalid_scope');
  });

  it('SC-01 takes every character that a name may hold', async () => {
    const server = await start();
    const every = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 0x21 + i)).replace(/["\\]/g, '');
    server.clients.set('C1', { ...server.clients.get('C1')!, scopes: [every, 'https://scopes.example/a?b#c', 'files:read', '!', '~'] });
    for (const scope of [every, 'https://scopes.example/a?b#c files:read', '! ~']) {
      const answer = await T(server, { ...machine, scope });
      expectOk(answer);
      expect(answer.json['scope']).toBe(scope);
    }
  });

  it('SC-02 tells upper case from lower', async () => {
    const server = await start();
    expect((await T(server, { ...machine, scope: 'A' })).json['scope']).toBe('A');
    expect((await T(server, { ...machine, scope: 'a' })).json['scope']).toBe('a');
    expectError(await T(server, { ...machine, scope: 'B' }), 400, 'invalid_scope');
    const { json } = await T(server, { ...machine, scope: 'A' });
    expectChallenge(await R(server, json['access_token']), 403, 'insufficient_scope');
  });

  it('SC-02 takes the same names in any order', async () => {
    const server = await start();
    const names = (answer: Answer): string[] => String(answer.json['scope']).split(' ').sort();
    for (const scope of ['a b c', 'c b a', 'b c a']) {
      const answer = await T(server, { ...machine, scope });
      expectOk(answer);
      expect(names(answer)).toEqual(['a', 'b', 'c']);
      expect((await R(server, answer.json['access_token'])).status).toBe(200);
    }
    const first = await login(server, { scope: 'a b' });
    const next = await refresh(server, first.json['refresh_token'], { scope: 'b a' });
    expectOk(next);
    expect(names(next)).toEqual(['a', 'b']);
  });

  it('SC-03 names a scope once, however often it was asked for', async () => {
    const server = await start();
    const answer = await T(server, { ...machine, scope: 'a a a' });
    expectOk(answer);
    expect(answer.json['scope']).toBe('a');
    expect(claimsOf(answer.json['access_token'])['scope']).toBe('a');
    expect((await login(server, { scope: 'b a b' })).json['scope']).toBe('b a');
    const hooked = await start({ grantScopes: () => ['a', 'b', 'a'] });
    expect((await T(hooked, machine)).json['scope']).toBe('a b');
  });

  it('SC-04 gives the default of the client where none is asked for', async () => {
    const server = await start();
    for (const answer of [await T(server, machine), await login(server), await T(server, 'grant_type=client_credentials&scope='), await T(server, 'grant_type=client_credentials&scope')]) {
      expectOk(answer);
      expect(answer.json['scope']).toBe('a');
    }
    const none = await T(server, machine, C2);
    expectOk(none);
    expect(none.json).not.toHaveProperty('scope');
    expectChallenge(await R(server, none.json['access_token']), 403, 'insufficient_scope');
  });

  it('SC-04 refuses instead, where the app wants it so', async () => {
    const server = await start({
      grantScopes: ({ requested }) => {
        if (requested.length === 0) throw new OAuthError('invalid_scope', 'Say which scope you need');
        return [...requested];
      },
    });
    expectError(await T(server, machine), 400, 'invalid_scope');
    expectError(await login(server), 400, 'invalid_scope');
    expectOk(await T(server, { ...machine, scope: 'a' }));
  });

  it('SC-04 gives of the default what the client still may have, and the user', async () => {
    const server = await start({ verifyUser: () => ({ id: 'u', scopes: ['b'] }) });
    const client = server.clients.get('C1')!;
    server.clients.set('C1', { ...client, scopes: ['b'], defaultScopes: ['a', 'b'] });
    expect((await T(server, machine)).json['scope']).toBe('b');
    server.clients.set('C1', { ...client, defaultScopes: ['a', 'b'] });
    expect((await login(server)).json['scope']).toBe('b');
  });

  it('SC-05 refuses the whole request for one scope too many, unless the app grants in part', async () => {
    const strict = await start();
    for (const scope of ['unknown', 'a unknown', 'unknown a', 'a d']) {
      expectError(await T(strict, { ...machine, scope }), 400, 'invalid_scope');
      expectError(await login(strict, { scope }), 400, 'invalid_scope');
    }
    const lenient = await start({ grantScopes: ({ client, requested }) => requested.filter((scope) => client.scopes.includes(scope)) });
    const part = await T(lenient, { ...machine, scope: 'a unknown b' });
    expectOk(part);
    expect(part.json['scope']).toBe('a b');
    expectError(await T(lenient, { ...machine, scope: 'unknown' }), 400, 'invalid_scope');
  });

  it('SC-06 keeps each client to its own scopes', async () => {
    const server = await start();
    expectError(await T(server, { ...machine, scope: 'd' }), 400, 'invalid_scope');
    expectOk(await T(server, { ...machine, scope: 'd' }, C2));
    expectError(await T(server, { ...machine, scope: 'b' }, C2), 400, 'invalid_scope');
    expectError(await login(server, { scope: 'c', client_id: 'P1' }, {}), 400, 'invalid_scope');
    expectError(await T(server, { ...machine, scope: 'a' }, basic('RS1', SECRETS.RS1)), 400, 'unauthorized_client');
    server.clients.set('C1', { ...server.clients.get('C1')!, scopes: [] });
    expectError(await T(server, { ...machine, scope: 'a' }), 400, 'invalid_scope');
    for (const name of ['__proto__', 'constructor', 'toString', 'length', '0']) expectError(await T(server, { ...machine, scope: name }), 400, 'invalid_scope');
  });

  it('SC-06 keeps the scopes of one resource with it: the audience is no way around them', async () => {
    const server = await start();
    expectError(await T(server, { ...machine, scope: 'd', resource: AUDIENCE_1 }), 400, 'invalid_scope');
    expectOk(await T(server, { ...machine, scope: 'a', resource: AUDIENCE_1 }));
  });
});
