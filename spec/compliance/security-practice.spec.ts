import { hashSecret, verifySecret } from '../../lib';
import { SECRETS, type TestServer } from '../support/app';
import { OWN_GRANT } from '../support/breakable';
import { expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, login, post, T, type Answer } from '../support/http';
import { serve } from '../support/serve';
import { from, serveThrottled, stranger } from '../support/throttled';

const HOSTILE = [
  `' OR '1'='1`,
  `admin'; DROP TABLE clients; --`,
  '$(touch /tmp/x)`id`;|&',
  'U1\nINFO login ok user=admin',
  '\u001B[31mred',
  '../../etc/passwd',
  '%s%n%x',
  '${7*7}{{7*7}}#{7*7}',
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '\u202Eevil',
  '*)(uid=*))(|(uid=*',
  'x'.repeat(900),
];

describe('identifiers', () => {
  it.each(HOSTILE)('BP-10 are names and no more, in every place of a request: %p', async (text) => {
    const server = await serveThrottled();
    const answers = [
      await T(server, { grant_type: 'client_credentials' }, basic(text, 'x')),
      await T(server, { grant_type: 'client_credentials', client_id: text, client_secret: 'x' }, {}),
      await login(server, { username: text }),
      await login(server, { password: text }),
      await T(server, { grant_type: text }),
      await T(server, { grant_type: 'client_credentials', scope: text }),
      await T(server, { grant_type: 'client_credentials', resource: text }),
      await T(server, { grant_type: 'refresh_token', refresh_token: text }),
    ];
    for (const { status, text: body } of answers) {
      expect([400, 401]).toContain(status);
      expect(body).not.toContain(text);
    }
    for (const path of ['/oauth/revoke', '/oauth/introspect']) expect((await post(server, path, { token: text })).status).toBe(200);
    expectOk(await login(server));
    // In an event a name is a value of its own, which a log that writes JSON cannot mistake for a line.
    for (const event of server.events) expect(JSON.stringify(event)).not.toMatch(/[\n\r\u001B]/);
  });
});

describe('users who do not exist', () => {
  interface Told {
    readonly server: TestServer;
    /** Names that the verifier was asked for, and those that were answered, in order. */
    readonly asked: string[];
    readonly answered: string[];
    ask(username: string, address: string): Promise<Answer>;
  }
  /** A server with one user, whose hash is a real one, and a verifier as the README shows it. */
  async function serveHashes(cost: number): Promise<Told> {
    const hashes = new Map([['ana', await hashSecret('right', { algorithm: 'bcrypt', cost })]]);
    const asked: string[] = [];
    const answered: string[] = [];
    const server = await serveThrottled(true, {
      oauth: {
        verifyUser: async (username, password) => {
          asked.push(username);
          return (await verifySecret(password, hashes.get(username))) ? { id: username } : undefined;
        },
      },
    });
    const ask = async (username: string, address: string): Promise<Answer> => {
      const answer = await login(server, { username, password: 'wrong' }, from(address));
      answered.push(username);
      return answer;
    };
    return { server, asked, answered, ask };
  }

  it('OW-12 OW-23 CA-19 cost a hash as those who do: each waits for its turn at the hashes', async () => {
    const { server, asked, answered, ask } = await serveHashes(11);
    // More than there are hashes under way at any one time, and behind them one of each kind.
    const before = [1, 2, 3, 4].map((number) => ask('ana', stranger(number)));
    while (asked.length < 4) await new Promise(setImmediate);
    const client = T(server, { grant_type: 'client_credentials' }, from(stranger(6))).then(() => answered.push('client'));
    await Promise.all([...before, ask('nobody', stranger(5)), client]);
    expect(answered[0]).toBe('client');
    expect(answered.indexOf('nobody')).toBeGreaterThan(answered.indexOf('ana'));
  });

  it('OW-12 PW-04 are refused in the same words, with the same headers and events', async () => {
    const { server, ask } = await serveHashes(4);
    const seen = async (username: string, address: string): Promise<[Answer, unknown[]]> => {
      const at = server.events.length;
      const answer = await ask(username, address);
      return [answer, server.events.slice(at).map((event) => JSON.stringify(event).replace(username, '').replace(address, ''))];
    };
    const [[here, hereEvents], [nowhere, nowhereEvents]] = [await seen('ana', stranger(1)), await seen('bob', stranger(2))];
    const shown = ({ status, text, headers }: Answer): unknown => [status, text, [...headers].filter(([name]) => name !== 'date')];
    expect(shown(nowhere)).toEqual(shown(here));
    expect(nowhereEvents).toEqual(hereEvents);
  });
});

describe('ways in', () => {
  const grants: readonly [string, Readonly<Record<string, string>>][] = [
    ['client_credentials', {}],
    ['password', { username: 'U1', password: 'pw1' }],
    ['refresh_token', { refresh_token: 'x' }],
    [OWN_GRANT, {}],
  ];
  const ways: readonly [string, Readonly<Record<string, string>>, Readonly<Record<string, string>>][] = [
    ['nothing', {}, {}],
    ['the id alone', { client_id: 'C1' }, {}],
    ['Basic without a secret', {}, basic('C1', '')],
    ['a wrong secret', {}, basic('C1', 'wrong')],
    ['a wrong secret in the body', { client_id: 'C1', client_secret: 'wrong' }, {}],
    ['the secret of another', {}, basic('C1', SECRETS.C2)],
    ['the hash in place of the secret', {}, basic('C1', 'sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b')],
    ['the secret in the URL', {}, {}],
    ['another method than its own', {}, basic('bound', SECRETS.C1)],
    ['a bearer token', {}, { authorization: 'Bearer x' }],
    ['an assertion', { client_id: 'C1', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: 'e30.e30.' }, {}],
    ['a public client that has a secret to show', {}, basic('P1', 'x')],
  ];
  const matrix = grants.flatMap(([grant, params]) => ways.map(([way, fields, headers]) => [grant, way, { ...params, ...fields }, headers] as const));

  it.each(matrix)('OW-13 has no weaker one: %s by %s', async (grant, way, fields, headers) => {
    const asked: string[] = [];
    const server = await serve({
      oauth: {
        verifyUser: (username) => {
          asked.push(username);
          return { id: username };
        },
        grants: [{ type: OWN_GRANT, handle: () => { asked.push('grant'); return { userId: 'x' }; } }],
      },
    });
    const every = { ...server.clients.get('C1')!, grants: grants.map(([type]) => type) };
    server.clients.set('C1', every);
    server.clients.set('bound', { ...every, authMethod: 'client_secret_post', id: 'bound' });
    const query = way === 'the secret in the URL' ? `?client_id=C1&client_secret=${SECRETS.C1}` : '';
    expectE401(await post(server, `/oauth/token${query}`, { grant_type: grant, ...fields }, headers));
    expect(asked).toEqual([]);
    if (grant !== 'refresh_token') expectOk(await post(server, '/oauth/token', { grant_type: grant, ...fields, client_id: 'C1', client_secret: SECRETS.C1, client_assertion: '', client_assertion_type: '' }, {}));
    else expectError(await post(server, '/oauth/token', { grant_type: grant, refresh_token: 'x' }, C1), 400, 'invalid_grant');
  });
});
