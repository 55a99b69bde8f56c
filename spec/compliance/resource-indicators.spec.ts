import type { Grant, OAuthRouterOptions } from '../../lib';
import { AUDIENCE_1, AUDIENCE_2, ISSUER, type ExpressMajor, type TestServer } from '../support/app';
import { expectChallenge, expectError, expectOk } from '../support/expect';
import { C1, C2, introspect, login, R, refresh, RS1, T, type Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';

const FORMATS = ['jwt', 'opaque'] as const;
const KINDS: readonly (readonly [ExpressMajor, (typeof FORMATS)[number]])[] = MAJORS.flatMap((major) => FORMATS.map((format) => [major, format] as const));
const UNKNOWN = 'https://other.example/';

/** A form with as many `resource` parameters as there are values. */
const form = (fields: Readonly<Record<string, string>>, ...resources: readonly string[]): string =>
  new URLSearchParams([...Object.entries(fields), ...resources.map((value): [string, string] => ['resource', value])]).toString();
const MACHINE = { grant_type: 'client_credentials', scope: 'a' };
const LOGIN = { grant_type: 'password', username: 'U1', password: 'pw1', scope: 'a' };
const BOTH_GRANTS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [['client_credentials', MACHINE], ['password', LOGIN]];

describe.each(KINDS)('the parameter resource on Express %i with %s access tokens', (express, format) => {
  const start = (oauth: Partial<OAuthRouterOptions> = {}): Promise<TestServer> => serve({ express, oauth: { accessToken: { format }, ...oauth } });
  /** For whom a token is, as its own client may ask. */
  const audienceOf = async (server: TestServer, answer: Answer): Promise<unknown> => {
    expectOk(answer);
    return (await introspect(server, answer.json['access_token'])).json['aud'];
  };
  const again = (server: TestServer, answer: Answer, ...resources: readonly string[]): Promise<Answer> =>
    T(server, form({ grant_type: 'refresh_token', refresh_token: String(answer.json['refresh_token']) }, ...resources));

  const malformed = [
    'api', '/x', './x', '//files.example/', 'files.example', 'https://', 'https:///', 'https://files.example/#f', 'https://files.example/#', 'https://a#f', '#', '?x', ' ',
    ' https://files.example/', 'https://files.example/ ', 'https://files.example/\n', 'https://files.example/\0', 'https://fil es.example/', 'https://files.example/<>', 'https://files.example/é',
    'https://files.example/"', 'https://[', 'http://', '1https://files.example/', 'null', '[object Object]', `${AUDIENCE_1},${AUDIENCE_2}`, `${AUDIENCE_1} ${AUDIENCE_2}`,
  ];
  it.each(BOTH_GRANTS)('RI-01 refuses what is no absolute URI, or has a fragment, at %s', async (_grant, fields) => {
    const server = await start();
    // Not even where the client has it registered: `resource` cannot name it.
    server.clients.set('C1', { ...server.clients.get('C1')!, audiences: [AUDIENCE_1, AUDIENCE_2, ...malformed.filter((one) => !one.includes(AUDIENCE_2))] });
    for (const resource of malformed) expectError(await T(server, form(fields, resource)), 400, 'invalid_target');
    expectError(await T(server, form(fields, AUDIENCE_1, 'api')), 400, 'invalid_target');
    expect(server.events.filter(({ type }) => type === 'token_issued')).toEqual([]);
  });

  it('RI-01 takes every absolute URI that is registered, a URN and one with a query too', async () => {
    const server = await start();
    const audiences = ['urn:example:files', 'https://files.example/?tenant=7', 'tag:files.example,2026:x', 'https://files.example:8443/a/b', 'https://[2001:db8::1]/', 'http://localhost:3000'];
    server.clients.set('C1', { ...server.clients.get('C1')!, audiences });
    for (const resource of audiences) expect(await audienceOf(server, await T(server, form(MACHINE, resource)))).toBe(resource);
  });

  it.each(BOTH_GRANTS)('RI-02 RI-06 refuses a resource that is not the client\'s, at %s', async (_grant, fields) => {
    const server = await start();
    expectError(await T(server, form(fields, UNKNOWN)), 400, 'invalid_target');
    expectError(await T(server, form(fields, AUDIENCE_1, UNKNOWN)), 400, 'invalid_target');
    expectError(await T(server, form(fields, UNKNOWN, AUDIENCE_1)), 400, 'invalid_target');
    // C2 has no list: that allows nothing, it does not allow everything.
    for (const resource of [AUDIENCE_1, UNKNOWN]) expectError(await T(server, form(fields, resource), C2), 400, 'invalid_target');
    expect(await audienceOf(server, await T(server, form(fields), C1))).toBe(ISSUER);
  });

  it('RI-02 asks nobody for the password of a request that names what it may not', async () => {
    let asked = 0;
    const server = await start({ verifyUser: () => { asked += 1; return { id: 'user-1' }; } });
    expectError(await T(server, form(LOGIN, UNKNOWN)), 400, 'invalid_target');
    expect(asked).toBe(0);
  });

  it.each(BOTH_GRANTS)('RI-03 restricts the token to the resource that is named, at %s', async (_grant, fields) => {
    const server = await start();
    const answer = await T(server, form(fields, AUDIENCE_1));
    expect(await audienceOf(server, answer)).toBe(AUDIENCE_1);
    expect((await introspect(server, answer.json['access_token'], RS1)).json).toMatchObject({ active: true, aud: AUDIENCE_1 });
    expectChallenge(await R(server, answer.json['access_token']), 401, 'invalid_token');
  });

  it('RI-03 gives a token for the server\'s own resource to whoever names none, or names that', async () => {
    const own = await start({ accessToken: { format, audience: ['https://api.example/', 'https://api.example/v2'] } });
    const both = ['https://api.example/', 'https://api.example/v2'];
    expect(await audienceOf(own, await T(own, form(MACHINE)))).toEqual(both);
    expect(await audienceOf(own, await T(own, form(MACHINE, ...both)))).toEqual(both);
    const one = await T(own, form(MACHINE, 'https://api.example/v2'), C2);
    expect((await introspect(own, one.json['access_token'], C2)).json['aud']).toBe('https://api.example/v2');
    for (const answer of [await T(own, form(MACHINE)), one]) expect((await R(own, answer.json['access_token'])).status).toBe(200);
  });

  it.each(BOTH_GRANTS)('RI-05 allows several, each once, and says so in the token, at %s', async (_grant, fields) => {
    const server = await start();
    expect(await audienceOf(server, await T(server, form(fields, AUDIENCE_1, AUDIENCE_2)))).toEqual([AUDIENCE_1, AUDIENCE_2]);
    expect(await audienceOf(server, await T(server, form(fields, AUDIENCE_2, AUDIENCE_1, AUDIENCE_2)))).toEqual([AUDIENCE_2, AUDIENCE_1]);
    expect(await audienceOf(server, await T(server, form(fields, AUDIENCE_1, AUDIENCE_1)))).toBe(AUDIENCE_1);
    expect(await audienceOf(server, await T(server, form(fields, '', AUDIENCE_1)))).toBe(AUDIENCE_1);
    expect(await audienceOf(server, await T(server, form(fields, '')))).toBe(ISSUER);
  });

  it('RI-05 does not drown in many', async () => {
    const server = await start();
    const many = Array.from({ length: 500 }, () => AUDIENCE_1);
    expect(await audienceOf(server, await T(server, form(MACHINE, ...many)))).toBe(AUDIENCE_1);
    expectError(await T(server, form(MACHINE, ...many, UNKNOWN)), 400, 'invalid_target');
  });

  it('RI-04 narrows at a refresh, never widens, and a refusal costs nobody the session', async () => {
    const server = await start();
    const first = await T(server, form(LOGIN, AUDIENCE_1, AUDIENCE_2));
    expect(await audienceOf(server, first)).toEqual([AUDIENCE_1, AUDIENCE_2]);
    for (const resource of [ISSUER, UNKNOWN, 'api', 'https://files.example']) expectError(await again(server, first, resource), 400, 'invalid_target');
    expectError(await again(server, first, AUDIENCE_1, UNKNOWN), 400, 'invalid_target');

    const narrow = await again(server, first, AUDIENCE_2);
    expect(await audienceOf(server, narrow)).toBe(AUDIENCE_2);
    // What one refresh left out the next may name again: the session keeps what was granted.
    const other = await again(server, narrow, AUDIENCE_1);
    expect(await audienceOf(server, other)).toBe(AUDIENCE_1);
    expect(await audienceOf(server, await again(server, other))).toEqual([AUDIENCE_1, AUDIENCE_2]);
  });

  it('RI-04 does not reach at a refresh what the login left out', async () => {
    const server = await start();
    const first = await T(server, form(LOGIN, AUDIENCE_1));
    for (const resource of [AUDIENCE_2, ISSUER]) expectError(await again(server, first, resource), 400, 'invalid_target');
    const plain = await login(server, { scope: 'a' });
    expectError(await again(server, plain, AUDIENCE_1), 400, 'invalid_target');
    expect(await audienceOf(server, await again(server, plain, ISSUER))).toBe(ISSUER);
  });

  it('RI-04 judges the client anew at each refresh: a resource taken from it is gone', async () => {
    const server = await start();
    const first = await T(server, form(LOGIN, AUDIENCE_1, AUDIENCE_2));
    const client = server.clients.get('C1')!;
    server.clients.set('C1', { ...client, audiences: [AUDIENCE_2] });
    expectError(await again(server, first, AUDIENCE_1), 400, 'invalid_target');
    const second = await again(server, first);
    expect(await audienceOf(server, second)).toBe(AUDIENCE_2);

    server.clients.set('C1', { ...client, audiences: [] });
    expectError(await again(server, second), 400, 'invalid_target');
    server.clients.set('C1', client);
    expect(await audienceOf(server, await again(server, second))).toEqual([AUDIENCE_1, AUDIENCE_2]);
  });

  const lookalikes = [
    'https://files.example', 'https://FILES.example/', 'HTTPS://files.example/', 'https://files.example:443/', 'https://files.example//', 'https://files.example/.', 'https://files.example/%2e',
    'https://files.example./', 'https://files.example/?', 'https://%66iles.example/', 'https://files.example/index', 'http://files.example/', 'https://user@files.example/', 'https://files.example/x/..',
    'https:files.example/', 'https:/files.example/', 'https://files.example/;', 'https://files.example/%00', `${AUDIENCE_1}x`, AUDIENCE_1.slice(0, -2),
  ];
  it('RI-07 compares exactly: nothing that only looks like a registered resource is one', async () => {
    const server = await start();
    for (const resource of lookalikes) {
      for (const [, fields] of BOTH_GRANTS) expectError(await T(server, form(fields, resource)), 400, 'invalid_target');
    }
    const first = await T(server, form(LOGIN, AUDIENCE_1));
    for (const resource of lookalikes) expectError(await again(server, first, resource), 400, 'invalid_target');
    expect(await audienceOf(server, await again(server, first, AUDIENCE_1))).toBe(AUDIENCE_1);
  });

  it('RI-07 takes each spelling that is registered, and no other for it', async () => {
    const server = await start();
    const spelling = 'https://FILES.example:443/%61pi';
    server.clients.set('C1', { ...server.clients.get('C1')!, audiences: [spelling] });
    expect(await audienceOf(server, await T(server, form(MACHINE, spelling)))).toBe(spelling);
    for (const other of ['https://files.example/api', 'https://files.example:443/%61pi', 'https://FILES.example:443/api']) expectError(await T(server, form(MACHINE, other)), 400, 'invalid_target');
  });

  it('RI-06 holds for a grant of the app too, unless the app itself says for whom', async () => {
    const plain: Grant = { type: 'urn:example:plain', handle: () => ({ userId: 'user-1', scopes: ['a'] }) };
    const saying: Grant = { type: 'urn:example:saying', handle: () => ({ userId: 'user-1', scopes: ['a'], audience: [AUDIENCE_2] }) };
    const seen: unknown[] = [];
    const looking: Grant = { type: 'urn:example:looking', handle: (_client, _params, { resources }) => { seen.push(resources); return { scopes: ['a'] }; } };
    const server = await start({ grants: [plain, saying, looking] });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: [plain.type, saying.type, looking.type, 'refresh_token'] });
    expect(await audienceOf(server, await T(server, form({ grant_type: plain.type }, AUDIENCE_1)))).toBe(AUDIENCE_1);
    for (const resource of [UNKNOWN, 'api']) expectError(await T(server, form({ grant_type: plain.type }, resource)), 400, 'invalid_target');
    const said = await T(server, form({ grant_type: saying.type }));
    expect(await audienceOf(server, said)).toBe(AUDIENCE_2);
    expect(await audienceOf(server, await again(server, said))).toBe(AUDIENCE_2);
    expectOk(await T(server, form({ grant_type: looking.type }, AUDIENCE_1, AUDIENCE_2)));
    expectError(await T(server, form({ grant_type: looking.type }, 'api')), 400, 'invalid_target');
    expect(seen).toEqual([[AUDIENCE_1, AUDIENCE_2]]);
  });

  it('RI-02 does not spend a refresh token on what it refuses', async () => {
    const server = await start();
    const first = await T(server, form(LOGIN, AUDIENCE_1));
    for (let round = 0; round < 5; round += 1) expectError(await again(server, first, UNKNOWN), 400, 'invalid_target');
    expectOk(await refresh(server, first.json['refresh_token']));
    expect(server.events.filter(({ type }) => type === 'token_replayed')).toEqual([]);
  });
});
