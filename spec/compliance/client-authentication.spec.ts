import { generateSecret, hashSecret, type Client } from '../../lib';
import { SECRETS, type ExpressMajor, type StartOptions, type TestServer } from '../support/app';
import { expectE401, expectError, expectNoCredentials, expectOk } from '../support/expect';
import { sha256Hash } from '../support/hash';
import { basic, C1, C2, login, post, refresh, send, T, type Answer } from '../support/http';
import { MAJORS, serve } from '../support/serve';

const MACHINE = 'grant_type=client_credentials';
const RIGHT = { client_id: 'C1', client_secret: SECRETS.C1 };
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

type Header = Readonly<Record<string, string>>;
const authorization = (value: string): Header => ({ authorization: value });
/** Basic credentials as RFC 6749 §2.3.1 wants them. */
const encoded = (id: string, secret: string): Header => basic(...([id, secret].map((text) => new URLSearchParams({ '': text }).toString().slice(1)) as [string, string]));
const ofBytes = (bytes: Buffer | string): Header => authorization(`Basic ${Buffer.from(bytes as string).toString('base64')}`);

const machine = (server: TestServer, headers: Header, body: Readonly<Record<string, string>> = {}): Promise<Answer> => T(server, { grant_type: 'client_credentials', ...body }, headers);
const inBody = (server: TestServer, id: string, secret: string): Promise<Answer> => machine(server, {}, { client_id: id, client_secret: secret });

/** Everything that an answer says, but for the time. */
const whole = ({ status, headers, text }: Answer): unknown => ({ status, text, headers: [...headers].filter(([name]) => name !== 'date') });

function expectAllAlike(answers: readonly Answer[]): void {
  for (const answer of answers) expectE401(answer);
  expect(answers.map(whole)).toEqual(answers.map(() => whole(answers[0]!)));
}

describe.each(MAJORS)('client authentication on Express %i', (express: ExpressMajor) => {
  const start = (options: StartOptions = {}): Promise<TestServer> => serve({ express, ...options });
  /** A server that also knows a client of this id and secret. */
  const startWith = async (id: string, secret: string, more: Partial<Client> = {}): Promise<TestServer> => {
    const server = await start();
    server.clients.set(id, { id, secretHash: sha256Hash(secret), grants: ['client_credentials'], scopes: ['a'], ...more });
    return server;
  };

  it('CA-01 takes Basic credentials', async () => {
    expectOk(await machine(await start(), C1));
    const vector = await startWith('s6BhdRkqt3', '7Fjfp0ZBr1KtDRbnfVdmIw');
    expectOk(await machine(vector, authorization('Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3')));
  });

  it('CA-02 takes id and secret form-encoded, and raw as many clients send them', async () => {
    const server = await startWith('client:with:colon', 'p@ss:w+rd %&=/?');
    const header = 'Basic Y2xpZW50JTNBd2l0aCUzQWNvbG9uOnAlNDBzcyUzQXclMkJyZCslMjUlMjYlM0QlMkYlM0Y=';
    expect(encoded('client:with:colon', 'p@ss:w+rd %&=/?')).toEqual(authorization(header));
    expectOk(await machine(server, authorization(header)));
    const raw = await startWith('raw', 'p@ss:w+rd %&=/?');
    expectOk(await machine(raw, basic('raw', 'p@ss:w+rd %&=/?')));
    // Raw, the first colon ends the id: nothing can make an id with a colon out of it.
    expectE401(await machine(server, basic('client:with:colon', 'p@ss:w+rd %&=/?')));
  });

  it('CA-03 reads + as a space and %2B as a plus from those who encode', async () => {
    const server = await startWith('a b', '100%+');
    expectOk(await machine(server, authorization('Basic YStiOjEwMCUyNSUyQg==')));
    expectOk(await machine(server, basic('a b', '100%+')));
    expectE401(await machine(server, encoded('a+b', '100%+')));
    expectE401(await machine(server, encoded('a b', '100% ')));
  });

  it('CA-04 splits at the first colon', async () => {
    const server = await startWith('id', 'a:b%3Ac:d');
    expectOk(await machine(server, basic('id', 'a:b%3Ac:d')));
    expectOk(await machine(server, encoded('id', 'a:b%3Ac:d')));
    expectE401(await machine(server, basic('id', 'a:b:c:d')));
    const colons = await startWith('id', ':::');
    expectOk(await machine(colons, basic('id', ':::')));
  });

  it.each(['bAsIc', 'BASIC', 'basic', 'Basic '])('CA-05 takes the scheme written %j', async (scheme) => {
    expectOk(await machine(await start(), authorization(C1.authorization!.replace('Basic', scheme))));
  });

  const controls = [...Array.from({ length: 32 }, (_, i) => i), 0x7f, 0x80, 0x9f].map((code) => String.fromCharCode(code));
  it.each(controls)('CA-06 refuses the control character %j in id and secret, even if the store should hold it', async (control) => {
    const [id, secret] = [`i${control}d`, `s${control}t`];
    const server = await startWith(id, secret);
    for (const [i, s] of [[id, 'plain'], ['other', secret], [id, secret]] as const) {
      server.clients.set(i, { id: i, secretHash: sha256Hash(s), grants: ['client_credentials'], scopes: ['a'] });
      expectE401(await machine(server, basic(i, s)));
      expectE401(await machine(server, encoded(i, s)));
      expectE401(await machine(server, ofBytes(Buffer.from(`${i}:${s}`, 'latin1'))));
      expectE401(await inBody(server, i, s));
    }
  });

  it('CA-07 refuses what is outside ASCII, for it is nobody', async () => {
    const server = await startWith('test', '123');
    expectE401(await machine(server, authorization('Basic dGVzdDoxMjPCow==')));
    for (const headers of [basic('é', 'x'), encoded('é', 'x'), ofBytes(Buffer.from('\xe9:x', 'latin1')), basic('C1é', SECRETS.C1), basic('Ç1', SECRETS.C1)]) expectE401(await machine(server, headers));
    expectE401(await inBody(server, 'é', 'x'));
  });

  it('CA-07 takes it where the store really holds it', async () => {
    const server = await startWith('café', '123£');
    for (const headers of [basic('café', '123£'), encoded('café', '123£'), ofBytes(Buffer.from('café:123£', 'latin1'))]) expectOk(await machine(server, headers));
    expectOk(await inBody(server, 'café', '123£'));
    // A letter composed otherwise is another letter.
    expectE401(await machine(server, basic('cafe\u0301', '123£')));
  });

  it('CA-08 CA-09 takes credentials in the body, but not of a client that has said Basic', async () => {
    const server = await start();
    expectOk(await inBody(server, 'C1', SECRETS.C1));
    expectE401(await inBody(server, 'C1', 'wrong'));
    server.clients.set('C1', { ...server.clients.get('C1')!, authMethod: 'client_secret_basic' });
    expectE401(await inBody(server, 'C1', SECRETS.C1));
    expectOk(await machine(server, C1));
    server.clients.set('C1', { ...server.clients.get('C1')!, authMethod: 'client_secret_post' });
    expectOk(await inBody(server, 'C1', SECRETS.C1));
    expectE401(await machine(server, C1));
  });

  it('CA-09 takes any characters in the body', async () => {
    const server = await startWith('client:with:colon', 'p@ss:w+rd %&=/?"\\');
    expectOk(await inBody(server, 'client:with:colon', 'p@ss:w+rd %&=/?"\\'));
    // The body is decoded once.
    expectE401(await inBody(server, 'client%3Awith%3Acolon', 'p@ss:w+rd %&=/?"\\'));
  });

  it('CA-10 refuses two mechanisms in one request, whatever they hold', async () => {
    const server = await start();
    for (const headers of [C1, C2, basic('C1', 'wrong'), basic('P1', '')]) {
      for (const secret of [SECRETS.C1, 'wrong']) {
        expectError(await machine(server, headers, { client_id: 'C1', client_secret: secret }), 400, 'invalid_request');
        expectError(await machine(server, headers, { client_secret: secret }), 400, 'invalid_request');
      }
    }
    const assertion = { client_assertion: 'eyJhbGciOiJub25lIn0.e30.', client_assertion_type: JWT_BEARER };
    for (const headers of [C1, {}, basic('C1', 'wrong')]) {
      for (const body of [assertion, { ...RIGHT, ...assertion }, { client_id: 'C1', ...assertion }, { client_assertion: 'x' }, { ...RIGHT, client_assertion_type: JWT_BEARER }]) {
        expectE401(await machine(server, headers, body));
      }
    }
  });

  it('CA-11 takes Basic beside the same client_id for one mechanism', async () => {
    const server = await startWith('a b:c', 'x');
    expectOk(await machine(server, C1, { client_id: 'C1' }));
    expectOk(await machine(server, encoded('a b:c', 'x'), { client_id: 'a b:c' }));
    expectOk(await login(server, { client_id: 'P1' }, basic('P1', '')));
    for (const other of ['C2', 'nobody', 'c1', 'C1 ']) expectError(await machine(server, C1, { client_id: other }), 400, 'invalid_request');
  });

  const padded = basic('RS1', SECRETS.RS1).authorization!;
  const garbage = [
    'Basic', 'Basic ', 'Basic !!!', 'Basic Og==', 'Basic OnNlY3JldA==', `Basic ${Buffer.from('C1').toString('base64')}`, 'Basic YTp!!i$$', `${padded}=junk`, `${padded}junk`, `${padded}=`, padded.replace(/=+$/, ''),
    padded.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`), `${padded} x`, `${padded}, ${padded}`, padded.replace('Basic ', 'Basic="').concat('"'), padded.replace('Basic ', 'Basic,'), padded.replace('Basic ', 'Basic'), padded.replace('Basic ', ''),
    'Basic C1:secret-of-C1', `Basic ${encodeURIComponent(padded.slice(6))}`, 'Basic 8J+YgPCfmIA=', 'Basic //79',
  ];
  it.each(garbage)('CA-12 refuses garbage with 401 and the challenge: %s', async (value) => {
    const server = await start();
    expectAllAlike([await machine(server, authorization(value)), await machine(server, basic('C1', 'wrong')), await machine(server, authorization(value), { client_id: 'C1' })]);
  });

  it('CA-12 gives the same answer to a wrong secret and to an unknown client', async () => {
    const server = await start();
    expectAllAlike([await machine(server, basic('C1', 'wrong')), await machine(server, basic('nobody', 'wrong')), await machine(server, basic('C1', SECRETS.C2)), await machine(server, basic('c1', SECRETS.C1)), await machine(server, basic('C1', SECRETS.C1.toUpperCase()))]);
  });

  it('CA-12 takes no client for another, where the store folds case or trims', async () => {
    const server: TestServer = await start({ oauth: { findClient: (id) => server.clients.get(id.trim().toUpperCase()) } });
    expectAllAlike([await machine(server, basic('c1', SECRETS.C1)), await machine(server, basic('C1 ', SECRETS.C1)), await inBody(server, 'c1', SECRETS.C1), await machine(server, basic('nobody', 'x'))]);
    expectE401(await login(server, { client_id: 'p1' }, {}));
    expectOk(await machine(server, C1));
  });

  it('CA-13 challenges those too who used the body, or nothing', async () => {
    const server = await start();
    for (const body of [{ client_id: 'C1', client_secret: 'wrong' }, { client_id: 'C1' }, { client_id: 'nobody' }, { client_secret: SECRETS.C1 }, {}]) {
      expectE401(await machine(server, {}, body));
    }
  });

  const realms: [string, string][] = [
    ['oauth', '"oauth"'], ['a "b" c', '"a \\"b\\" c"'], ['back\\slash', '"back\\\\slash"'], ['\\', '"\\\\"'], ['"', '"\\""'], ['a, Bearer realm="x', '"a, Bearer realm=\\"x"'],
  ];
  it.each(realms)('CA-14 quotes the realm %s', async (realm, quoted) => {
    const server = await start({ oauth: { realm } });
    const answer = await machine(server, basic('C1', 'wrong'));
    expectError(answer, 401, 'invalid_client');
    expect(answer.headers.get('www-authenticate')).toBe(`Basic realm=${quoted}`);
  });

  it.each(['a\r\nSet-Cookie: x=1', 'a\nb', '\0', 'é', '\u2028', ''])('CA-14 takes no realm that a header cannot carry: %j', async (realm) => {
    await expect(start({ oauth: { realm } })).rejects.toThrow(/realm/);
  });

  it('CA-14 lets no issuer break a challenge', async () => {
    await expect(start({ oauth: { issuer: 'https://auth.example/o\\auth' } })).rejects.toThrow(/issuer/);
    const server = await start({ oauth: { issuer: 'https://auth.example/o"auth' } });
    expectE401(await machine(server, basic('C1', 'wrong')));
    expectNoCredentials(await send(server, '/resource'));
  });

  it.each(['Bearer x', 'Digest username="C1"', 'Negotiate YII=', 'NTLM x', 'DPoP x', 'Basi QzE6eA==', 'BasicX QzE6eA==', 'x', ''])('CA-15 refuses any other scheme: %s', async (value) => {
    const server = await start();
    expectE401(await machine(server, authorization(value)));
    expectE401(await machine(server, authorization(value), { client_id: 'C1' }));
    if (value !== '') expectE401(await machine(server, authorization(value), RIGHT));
  });

  it('CA-16 lets no confidential client do anything without its secret', async () => {
    const server = await start({ oauth: { grants: [{ type: 'urn:example:own', handle: () => ({ userId: 'user-1' }) }] } });
    server.clients.set('C1', { ...server.clients.get('C1')!, grants: ['client_credentials', 'password', 'refresh_token', 'urn:example:own'] });
    const session = await login(server);
    expectOk(session);
    const refreshToken = session.json['refresh_token'];
    const grants: Readonly<Record<string, string>>[] = [
      { grant_type: 'client_credentials' }, { grant_type: 'password', username: 'U1', password: 'pw1' }, { grant_type: 'refresh_token', refresh_token: String(refreshToken) }, { grant_type: 'urn:example:own' },
    ];
    for (const grant of grants) {
      expectE401(await T(server, { ...grant, client_id: 'C1' }, {}));
      expectE401(await T(server, { ...grant, client_id: 'C1', client_secret: '' }, {}));
      expectE401(await T(server, grant, basic('C1', '')));
      expectE401(await T(server, grant, {}));
    }
    expectOk(await refresh(server, refreshToken));
    expectOk(await T(server, { grant_type: 'urn:example:own' }));
  });

  it('CA-17 takes no secret of a public client for a proof', async () => {
    const server = await start();
    for (const secret of ['anything', SECRETS.C1, 'undefined', 'null', 'P1', ' ']) {
      expectE401(await login(server, {}, basic('P1', secret)));
      expectE401(await login(server, { client_id: 'P1', client_secret: secret }, {}));
      expectE401(await machine(server, basic('P1', secret)));
      expectE401(await post(server, '/oauth/introspect', 'token=x', basic('P1', secret)));
    }
    expectE401(await post(server, '/oauth/introspect', 'token=x&client_id=P1', {}));
    expectOk(await login(server, { client_id: 'P1' }, {}));
  });

  it('CA-17 takes no client for public that did not say so, and none that has a secret as well', async () => {
    const server = await start();
    server.clients.set('silent', { id: 'silent', grants: ['password'], scopes: ['a'] });
    server.clients.set('none', { id: 'none', grants: ['password'], scopes: ['a'], authMethod: 'none' });
    server.clients.set('no', { id: 'no', grants: ['password'], scopes: ['a'], public: false });
    for (const id of ['silent', 'none', 'no']) expectE401(await login(server, { client_id: id }, {}));
    server.clients.set('both', { id: 'both', grants: ['password'], scopes: ['a'], public: true, secretHash: sha256Hash('x') });
    expectError(await login(server, { client_id: 'both' }, {}), 500, 'server_error');
    expectError(await login(server, {}, basic('both', 'x')), 500, 'server_error');
  });

  const bcryptHash = (prefix: string) => async (secret: string): Promise<string> => (await hashSecret(secret, { algorithm: 'bcrypt', cost: 4 })).replace(/^\$2.\$/, prefix);
  const hashes: [string, (secret: string) => string | readonly string[] | Promise<string | readonly string[]>][] = [
    ['bcrypt $2b$', bcryptHash('$2b$')], ['bcrypt $2a$', bcryptHash('$2a$')], ['bcrypt $2y$', bcryptHash('$2y$')], ['SHA-256', sha256Hash], ['SHA-256 without prefix', (secret) => sha256Hash(secret).slice(7)],
    ['hashSecret by default', (secret) => hashSecret(secret, { cost: 4 })], ['several hashes, the old one first', (secret) => [sha256Hash('older'), sha256Hash(secret)]],
    ['several hashes, the new one first', async (secret) => [await hashSecret(secret, { cost: 4 }), await hashSecret('older', { cost: 4 })]],
  ];
  it.each(hashes)('CA-19 needs no more of a secret than its hash: %s', async (_name, hash) => {
    const secret = 'sécret of a client, w%th : and +';
    const server = await startWith('hashed', '', { secretHash: await hash(secret) });
    for (let round = 0; round < 2; round += 1) {
      expectOk(await machine(server, basic('hashed', secret)));
      expectOk(await inBody(server, 'hashed', secret));
      for (const wrong of [`${secret}x`, secret.slice(0, -1), secret.toUpperCase(), 'x', [await hash(secret)].flat()[0]!]) {
        expectE401(await machine(server, basic('hashed', wrong)));
        expectE401(await inBody(server, 'hashed', wrong));
      }
    }
    expect(JSON.stringify(server.events)).not.toContain(secret.slice(7, 15));
  });

  it('CA-19 asks the store for the id alone', async () => {
    const asked: unknown[][] = [];
    const server: TestServer = await start({ oauth: { findClient: (...args: unknown[]) => { asked.push(args); return server.clients.get(String(args[0])); } } });
    expectOk(await machine(server, C1));
    expectE401(await machine(server, basic('C1', 'wrong')));
    expect(asked).toEqual([['C1'], ['C1']]);
  });

  it('CA-19 forgets the old secret when the store does, remembered or not', async () => {
    const [older, newer] = await Promise.all(['older', 'newer'].map((secret) => hashSecret(secret, { cost: 4 })));
    const server = await startWith('client', '', { secretHash: [older!, newer!] });
    for (const secret of ['older', 'newer', 'older']) expectOk(await machine(server, basic('client', secret)));
    server.clients.set('client', { ...server.clients.get('client')!, secretHash: newer! });
    expectE401(await machine(server, basic('client', 'older')));
    expectOk(await machine(server, basic('client', 'newer')));
    server.clients.set('client', { ...server.clients.get('client')!, disabled: true });
    expectE401(await machine(server, basic('client', 'newer')));
  });

  it('CA-19 reads a secret to its end, where bcrypt would stop after 72 bytes', async () => {
    const secret = 's'.repeat(72);
    const server = await startWith('client', '', { secretHash: await hashSecret(secret, { algorithm: 'bcrypt', cost: 4 }) });
    expectOk(await machine(server, basic('client', secret)));
    expectE401(await machine(server, basic('client', `${secret}x`)));
    expectE401(await inBody(server, 'client', `${secret}x`));
    await expect(hashSecret(`${secret}x`, { algorithm: 'bcrypt' })).rejects.toThrow(TypeError);
    const long = 'l'.repeat(200);
    const digested = await startWith('client', '', { secretHash: await hashSecret(long, { algorithm: 'sha256' }) });
    expectOk(await machine(digested, basic('client', long)));
    expectE401(await machine(digested, basic('client', `${long.slice(0, -1)}x`)));
  });

  const nothings: [string, Partial<Record<'secret' | 'secretHash', unknown>>][] = [
    ['an empty secret', { secret: '' }], ['no secret', {}], ['null', { secret: null, secretHash: null }], ['an empty hash', { secretHash: '' }], ['no hash at all', { secretHash: [] }], ['the hash of nothing', { secretHash: sha256Hash('') }],
    ['the hash of nothing among others', { secretHash: [sha256Hash('x'), sha256Hash('')] }],
  ];
  it.each(nothings)('CA-20 lets nobody in by %s', async (_name, stored) => {
    const server = await start();
    server.clients.set('id', { id: 'id', grants: ['client_credentials', 'password'], scopes: ['a'], ...(stored as object) });
    for (const secret of ['', ' ', '\0', 'undefined', 'null', 'false', '0', '[]', sha256Hash('')]) {
      expectE401(await machine(server, basic('id', secret)));
      expectE401(await inBody(server, 'id', secret));
    }
    expectE401(await machine(server, {}, { client_id: 'id' }));
    expectE401(await login(server, { client_id: 'id' }, {}));
    expectE401(await machine(server, ofBytes('id')));
  });

  const nonsense: unknown[] = [0, 7, true, {}, 'plain text', [''], [null], ['plain text'], '$2b$10$tooshort', '$2x$10$'.padEnd(60, '.'), sha256Hash('x').toUpperCase(), { algorithm: 'sha256' }];
  it.each(nonsense)('CA-20 takes %j in the place of a hash for a fault, and lets nobody in', async (secretHash) => {
    const server = await startWith('id', '', { secretHash: secretHash as string });
    for (const secret of ['x', 'plain text', '7', '[object Object]']) {
      expectError(await machine(server, basic('id', secret)), 500, 'server_error');
      expectError(await inBody(server, 'id', secret), 500, 'server_error');
    }
    expect(server.events.every(({ type }) => type === 'fault')).toBe(true);
  });

  const misshapen: [string, unknown][] = [
    ['a text', 'C1'], ['true', true], ['a function', () => ({})], ['an array', []], ['an object without id', {}], ['an id that is a number', { id: 7 }],
    ...Object.entries({
      grants: [undefined, null, 'client_credentials', [7], ['']], scopes: [undefined, null, 'a b', ['a b'], [7], ['']], defaultScopes: ['a', ['a b']], audiences: ['https://files.example/', [7]], authMethod: ['basic', 7], public: ['true', 1], disabled: ['false', 0],
      introspection: ['yes'], accessTokenLifetime: [0, -1, 1.5, '60', Infinity], refreshTokenLifetime: [0, '60'], idTokenAlg: ['none', 'HS1'], secret: [7],
    }).flatMap(([name, values]) => values.map((value): [string, unknown] => [`${name}: ${JSON.stringify(value)}`, { [name]: value }])),
  ];
  it.each(misshapen)('takes what is no client for a fault, and lets nobody in: %s', async (_name, found) => {
    const isField = typeof found === 'object' && found !== null && !Array.isArray(found) && !('id' in found) && Object.keys(found).length > 0;
    const client = isField ? { id: 'C1', secretHash: sha256Hash(SECRETS.C1), grants: ['client_credentials'], scopes: ['a'], ...found } : found;
    const server = await start({ oauth: { findClient: () => client as Client } });
    expectError(await machine(server, C1), 500, 'server_error');
    expectError(await inBody(server, 'C1', SECRETS.C1), 500, 'server_error');
    expectError(await login(server, { client_id: 'C1' }, {}), 500, 'server_error');
    expect(server.events.map(({ type }) => type)).toEqual(['fault', 'fault', 'fault']);
  });

  it.each([undefined, null, false])('takes %s for nobody', async (nobody) => {
    const server = await start({ oauth: { findClient: () => nobody as unknown as undefined } });
    for (const answer of [await machine(server, C1), await inBody(server, 'C1', SECRETS.C1), await login(server, { client_id: 'C1' }, {})]) expectE401(answer);
    expect(server.events.map(({ type }) => type)).toEqual(['client_refused', 'client_refused', 'client_refused']);
  });

  it('CA-22 holds a client to its one method', async () => {
    const bound = (method: NonNullable<Client['authMethod']>): Promise<TestServer> => startWith('K1', 'x', { authMethod: method });
    const [byHeader, byBody, byNothing] = [await bound('client_secret_basic'), await bound('client_secret_post'), await bound('none')];
    expectOk(await machine(byHeader, basic('K1', 'x')));
    expectOk(await inBody(byBody, 'K1', 'x'));
    expectAllAlike([await inBody(byHeader, 'K1', 'x'), await machine(byBody, basic('K1', 'x')), await machine(byNothing, basic('K1', 'x')), await inBody(byNothing, 'K1', 'x'), await machine(byNothing, {}, { client_id: 'K1' }), await machine(byHeader, basic('K1', 'wrong'))]);
  });

  it('CA-22 lets nobody in whose method it does not know', async () => {
    const server = await startWith('K1', 'x', { authMethod: 'private_key_jwt' as never });
    expectError(await machine(server, basic('K1', 'x')), 500, 'server_error');
    expectError(await inBody(server, 'K1', 'x'), 500, 'server_error');
    expectE401(await machine(server, {}, { client_id: 'K1', client_assertion_type: JWT_BEARER, client_assertion: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJLMSJ9.' }));
  });

  it.each(['token', 'revoke', 'introspect'])('OW-08 CA-23 wants the client to authenticate at /%s', async (path) => {
    const server = await start();
    const token = String((await machine(server, C1)).json['access_token']);
    const body = { grant_type: 'client_credentials', token };
    for (const [headers, more] of [[{}, {}], [{}, { client_id: 'C1' }], [basic('C1', ''), {}], [basic('C1', 'wrong'), {}], [{}, { client_id: 'C1', client_secret: 'wrong' }], [authorization(`Bearer ${token}`), {}]] as const) {
      expectE401(await post(server, `/oauth/${path}`, { ...body, ...more }, headers));
    }
    expect((await post(server, '/oauth/introspect', { token })).json['active']).toBe(true);
  });

  const stores: [string, (secret: string) => string | Promise<string>][] = [['SHA-256', sha256Hash], ['bcrypt', (secret) => hashSecret(secret, { algorithm: 'bcrypt', cost: 4 })]];
  it.each(stores)('CA-24 answers every failure of a client in the same words: %s', async (_name, hash) => {
    const server = await startWith('gone', '', { secretHash: await hash('x'), disabled: true });
    const here = { ...server.clients.get('gone')!, disabled: false };
    server.clients.set('here', { ...here, id: 'here' });
    server.clients.set('bound', { ...here, id: 'bound', authMethod: 'client_secret_post' });
    server.clients.set('empty', { id: 'empty', grants: [], scopes: [] });
    const pairs = [['nobody', 'x'], ['here', 'wrong'], ['gone', 'x'], ['gone', 'wrong'], ['bound', 'x'], ['empty', 'x'], ['P1', 'x'], ['Here', 'x'], ['here ', 'x'], ['here', 'x '], ['here', ''], ['nobody', ''], ['', 'x'], ['n\0', 'x'], ['é', 'x']] as const;
    const answers: Answer[] = [];
    for (const [id, secret] of pairs) answers.push(await machine(server, basic(id, secret)));
    for (const [id, secret] of pairs) if (id !== 'bound') answers.push(await inBody(server, id, secret));
    expectAllAlike(answers);
    expectOk(await machine(server, basic('here', 'x')));
  });
});

it('CA-19 CA-24 hashes for a client that does not exist as for one that does: it waits for its turn at the hashes', async () => {
  const asked: string[] = [];
  const server: TestServer = await serve({
    // Each request from an address of its own, so that nothing but the hashes can keep it waiting.
    before: (app) => app.set('trust proxy', true),
    oauth: {
      findClient: (id) => {
        asked.push(id);
        return server.clients.get(id);
      },
    },
  });
  server.clients.set('slow', { id: 'slow', secretHash: await hashSecret('x', { algorithm: 'bcrypt', cost: 11 }), grants: ['client_credentials'], scopes: ['a'] });
  expectOk(await machine(server, basic('slow', 'x')));

  const answered: string[] = [];
  const ask = async (id: string, from: number): Promise<void> => {
    expectE401(await machine(server, { ...basic(id, `wrong-${String(from)}`), 'x-forwarded-for': `198.51.100.${String(from)}` }));
    answered.push(id);
  };
  // More than there are hashes under way at any one time.
  const slow = [1, 2, 3, 4].map((from) => ask('slow', from));
  while (asked.length < 5) await new Promise(setImmediate);
  const good = machine(server, { ...C1, 'x-forwarded-for': '198.51.100.6' }).then((answer) => {
    expectOk(answer);
    answered.push('good');
  });
  await Promise.all([ask('nobody', 5), ask('C1', 7), good, ...slow]);
  expect(answered[0]).toBe('good');
  expect(answered.indexOf('C1')).toBeGreaterThan(answered.indexOf('slow'));
  expect(answered.indexOf('nobody')).toBeGreaterThan(answered.indexOf('slow'));
});

it('OW-14 CA-21 makes secrets of 256 random bits', () => {
  const secrets = Array.from({ length: 2000 }, generateSecret);
  expect(new Set(secrets).size).toBe(2000);
  for (const secret of secrets) {
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  }
  // Every bit of them varies: about half of all secrets have it.
  for (let bit = 0; bit < 256; bit += 1) {
    const set = secrets.filter((secret) => ((Buffer.from(secret, 'base64url')[bit >> 3] ?? 0) >> (bit & 7)) & 1).length;
    expect(Math.abs(set - 1000)).toBeLessThan(200);
  }
});

it('CA-21 a generated secret works, and its hash needs no bcrypt', async () => {
  const secret = generateSecret();
  const secretHash = await hashSecret(secret);
  expect(secretHash).toBe(sha256Hash(secret));
  const server = await serve();
  server.clients.set('made', { id: 'made', secretHash, grants: ['client_credentials'], scopes: ['a'] });
  expectOk(await machine(server, basic('made', secret)));
  expectE401(await machine(server, basic('made', generateSecret())));
  expectE401(await machine(server, basic('made', MACHINE)));
});
