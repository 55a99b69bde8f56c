import { generateSecret, hashSecret, OAuthError, type Client } from '../../lib';
import { PASSWORD, SECRETS, U1, type TestServer } from '../support/app';
import { passTime } from '../support/clock';
import { expectE401, expectError, expectOk } from '../support/expect';
import { basic, C1, C2, introspect, login, post, refresh, revoke, RS1, type Answer } from '../support/http';
import { serve } from '../support/serve';
import { countOf, expectThrottled, from, machine, retryAfter, serveThrottled, statuses, stranger, throttledEvents, times, tryPassword } from '../support/throttled';

const USUAL = '198.51.100.7';
const ELSEWHERE = '192.0.2.44';
const slowClient = async (id: string, secret: string): Promise<Client> => ({
  id,
  secretHash: await hashSecret(secret, { algorithm: 'bcrypt', cost: 4 }),
  grants: ['client_credentials', 'password'],
  scopes: ['a'],
  defaultScopes: ['a'],
});
/** What a verifier was asked, and a server whose user U1 it verifies after a turn. */
async function serveCounting(throttle: Parameters<typeof serveThrottled>[0] = true): Promise<{ server: TestServer; asked: string[] }> {
  const asked: string[] = [];
  const server = await serveThrottled(throttle, {
    oauth: {
      verifyUser: async (username, password) => {
        asked.push(username);
        await new Promise(setImmediate);
        return password === PASSWORD ? { id: `id of ${username}` } : undefined;
      },
    },
  });
  return { server, asked };
}

describe('guessing a client secret', () => {
  const paths = ['/oauth/token', '/oauth/revoke', '/oauth/introspect'];
  const ways: [string, (id: string, secret: string) => [Record<string, string>, Record<string, string>]][] = [
    ['Basic', (id, secret) => [{}, { ...basic(id, secret) }]],
    ['the body', (id, secret) => [{ client_id: id, client_secret: secret }, {}]],
  ];
  const cases = paths.flatMap((path) => ways.map(([way, credentials]) => [path, way, credentials] as const));

  it.each(cases)('CA-18 RV-13 two hundred wrong secrets at %s by %s end in 429, and the right one elsewhere works', async (path, _way, credentials) => {
    const server = await serveThrottled();
    const ask = (secret: string, address: string): Promise<Answer> => {
      const [fields, headers] = credentials('C1', secret);
      return post(server, path, { grant_type: 'client_credentials', token: 'x', ...fields }, from(address, headers));
    };
    const answers = await times(200, (number) => ask(`guess ${String(number)}`, ELSEWHERE));
    expect(statuses(answers)).toEqual([...Array<number>(20).fill(401), ...Array<number>(180).fill(429)]);
    expectThrottled(answers[20], 300);
    expectThrottled(answers[199], 300);
    // Who guesses learns nothing more, not even by guessing right.
    expectThrottled(await ask('secret-of-C1', ELSEWHERE), 300);
    expect((await ask('secret-of-C1', USUAL)).status).toBe(200);
    passTime(retryAfter(await ask('x', ELSEWHERE)));
    expect((await ask('secret-of-C1', ELSEWHERE)).status).toBe(200);
  });

  it.each<[string, Partial<Client>, string]>([
    ['wrong', {}, 'x'],
    ['right, and the client disabled', { disabled: true }, SECRETS.C1],
    ['right, and the client to come in another way', { authMethod: 'client_secret_post' }, SECRETS.C1],
  ])('CA-18 CA-24 lets through as many attempts where the secret is %s, though all clients are found in the same turn', async (_name, more, secret) => {
    const waiting: (() => void)[] = [];
    const server = await serveThrottled(true, {
      oauth: {
        findClient: (id) =>
          new Promise((resolve) => {
            const found = server.clients.get(id);
            waiting.push(() => { resolve(found && { ...found, ...more }); });
          }),
      },
    });
    const answers = times(60, () => machine(server, from(ELSEWHERE, basic('C1', secret))), 60);
    while (waiting.length < 60) await new Promise(setImmediate);
    for (const find of waiting) find();
    expect(countOf(401, await answers)).toBe(20);
    expect(countOf(429, await answers)).toBe(40);
  });

  it('CA-18 counts the failures of all endpoints together', async () => {
    const server = await serveThrottled();
    const wrong = from(ELSEWHERE, basic('C1', 'wrong'));
    await times(10, () => machine(server, wrong));
    await times(5, () => introspect(server, 'x', wrong));
    expect(statuses(await times(6, () => revoke(server, 'x', {}, wrong)))).toEqual([401, 401, 401, 401, 401, 429]);
    expectThrottled(await refresh(server, 'x', {}, wrong), 300);
  });

  it('CA-24 CA-18 answers alike for a client that does not exist', async () => {
    const server = await serveThrottled();
    const tries = (id: string, address: string): Promise<Answer[]> => times(25, () => machine(server, from(address, basic(id, 'wrong'))));
    const [here, nowhere] = [await tries('C1', '192.0.2.1'), await tries('nobody', '192.0.2.2')];
    const shown = ({ status, text, headers }: Answer): unknown => [status, text, [...headers].filter(([name]) => !['date', 'retry-after'].includes(name))];
    expect(nowhere.map(shown)).toEqual(here.map(shown));
    expect(Math.abs(retryAfter(nowhere[24]!) - retryAfter(here[24]!))).toBeLessThanOrEqual(300);
    expect(throttledEvents(server).map(({ clientId, by, address }) => [clientId, by, address])).toEqual([
      ...Array<unknown>(5).fill(['C1', 'clientAndAddress', '192.0.2.1']),
      ...Array<unknown>(5).fill(['nobody', 'clientAndAddress', '192.0.2.2']),
    ]);
  });

  it('CA-18 never refuses a good client because others guess, not even from its own address', async () => {
    const server = await serveThrottled();
    server.clients.set('slow', await slowClient('slow', 'right'));
    for (const headers of [C1, basic('slow', 'right')]) {
      const wrong = { ...headers, ...basic(headers === C1 ? 'C1' : 'slow', 'wrong') };
      expectOk(await machine(server, from(USUAL, headers)));
      await times(100, () => machine(server, from(USUAL, wrong)), 10);
      expectThrottled(await machine(server, from(USUAL, wrong)), 300);
      expectOk(await machine(server, from(USUAL, headers)));
      expectOk(await machine(server, from(ELSEWHERE, headers)));
    }
  });

  it('CA-18 does not let whoever shares the address of a client try what people think of for ever', async () => {
    const server = await serveThrottled({ client: { points: 100 } });
    server.clients.set('slow', await slowClient('slow', 'right'));
    const long = generateSecret();
    server.clients.set('C2', { ...server.clients.get('C2')!, secretHash: await hashSecret(long) });
    for (const [id, secret] of [['C1', SECRETS.C1], ['slow', 'right']] as const) {
      expectOk(await machine(server, from(USUAL, basic(id, secret))));
      await times(120, (number) => machine(server, from(USUAL, basic(id, `guess ${String(number)}`))));
      expectThrottled(await machine(server, from(USUAL, basic(id, secret))), 300);
      expectOk(await machine(server, from(ELSEWHERE, basic(id, secret))));
    }
    // What cannot be found by trying is never refused.
    expectOk(await machine(server, from(USUAL, basic('C2', long))));
    await times(150, (number) => machine(server, from(USUAL, basic('C2', number % 2 === 0 ? generateSecret() : 'wrong'))));
    expectOk(await machine(server, from(USUAL, basic('C2', long))));
    passTime(900);
    expectOk(await machine(server, from(USUAL, C1)));
  });

  it('CA-18 lets a good client in from anywhere while others guess from everywhere', async () => {
    const server = await serveThrottled({ client: { points: 30 } });
    server.clients.set('slow', await slowClient('slow', 'right'));
    await times(30, (number) => machine(server, from(stranger(number), basic('slow', 'wrong'))), 10);
    // Nobody has shown this secret yet, so it has to be hashed; a new address has one try.
    expect(statuses(await times(2, () => machine(server, from(stranger(31), basic('slow', 'wrong')))))).toEqual([401, 429]);
    expectOk(await machine(server, from(ELSEWHERE, basic('slow', 'right'))));
    expectOk(await machine(server, from(stranger(32), basic('slow', 'right'))));
  });

  it('CA-18 lets no guess slip through beside others under way', async () => {
    const server = await serveThrottled();
    server.clients.set('slow', await slowClient('slow', 'right'));
    for (const id of ['slow', 'nobody']) {
      const answers = await times(80, (number) => machine(server, from(ELSEWHERE, basic(id, `guess ${String(number)}`))), 80);
      expect([countOf(401, answers), countOf(429, answers)]).toEqual([20, 60]);
    }
  });

  it('CA-18 hashes once for a burst of equal requests, and refuses none of them', async () => {
    const server = await serveThrottled({ clientAndAddress: { points: 2 } });
    server.clients.set('slow', await slowClient('slow', 'right'));
    const answers = await times(60, () => machine(server, from(USUAL, basic('slow', 'right'))), 60);
    expect(countOf(200, answers)).toBe(60);
    // And success leaves nothing behind.
    expect(statuses(await times(3, () => machine(server, from(USUAL, basic('slow', 'wrong')))))).toEqual([401, 401, 429]);
  });

  it('CA-18 counts a header that can be read in two ways for both of its clients', async () => {
    const server = await serveThrottled({ clientAndAddress: { points: 3 } });
    server.clients.set('a+b', { ...server.clients.get('C1')!, id: 'a+b' });
    await times(3, () => machine(server, from(ELSEWHERE, basic('a+b', 'wrong'))));
    expectThrottled(await machine(server, from(ELSEWHERE, basic('a%2Bb', 'wrong'))), 300);
    expectThrottled(await machine(server, from(ELSEWHERE, basic('a%20b', 'wrong'))), 300);
  });

  it('CA-18 lets a client that cannot be found just now try again', async () => {
    const server = await serveThrottled(true, { oauth: { findClient: () => Promise.reject(new Error('no database')) } });
    expect(countOf(503, await times(30, () => machine(server, from(USUAL, C1))))).toBe(30);
  });
});

describe('guessing a password', () => {
  it('PW-05 PW-04 ten failures for a user name from an address end in 429, whether or not there is such a user', async () => {
    const server = await serveThrottled();
    const here = await times(12, () => tryPassword(server, ELSEWHERE));
    const nowhere = await times(12, () => tryPassword(server, '192.0.2.45', 'wrong', 'nobody'));
    expect(statuses(here)).toEqual([...Array<number>(10).fill(400), 429, 429]);
    expect(nowhere.map(({ status, text }) => [status, text])).toEqual(here.map(({ status, text }) => [status, text]));
    expectThrottled(here[10], 900);
    expectThrottled(await tryPassword(server, ELSEWHERE, PASSWORD), 900);
    expect(throttledEvents(server)).toHaveLength(5);
    expect(throttledEvents(server)[0]).toEqual({ type: 'throttled', by: 'userAndAddress', clientId: 'C1', address: ELSEWHERE });
    passTime(900);
    expectOk(await tryPassword(server, ELSEWHERE, PASSWORD));
  });

  it('BP-08 OW-10 OW-25 PW-05 a thousand failures of strangers, then the right password: at once where the user has been, elsewhere after a wait', async () => {
    const { server, asked } = await serveCounting();
    expectOk(await tryPassword(server, USUAL, PASSWORD));
    const failures = await times(1000, (number) => tryPassword(server, stranger(number), `guess ${String(number)}`), 20);
    // NIST SP 800-63B: no more than a hundred for one account, however many addresses they come from.
    expect([countOf(400, failures), countOf(429, failures)]).toEqual([100, 900]);
    expect(asked).toHaveLength(101);
    expectOk(await tryPassword(server, USUAL, PASSWORD));

    const elsewhere = await tryPassword(server, ELSEWHERE, PASSWORD);
    expectThrottled(elsewhere, 3600);
    passTime(retryAfter(elsewhere));
    expectOk(await tryPassword(server, ELSEWHERE, PASSWORD));
    // What is refused is not counted: knocking on does not keep the door shut.
    const again = await times(1000, (number) => tryPassword(server, stranger(number)), 20);
    expect(countOf(400, again)).toBe(100);
    passTime(3600);
    expectOk(await tryPassword(server, stranger(3), PASSWORD));
  });

  it('PW-05 a hundred failures from an address end in 429, whoever is tried, and spare those who have been there before', async () => {
    const { server } = await serveCounting();
    expectOk(await tryPassword(server, '2001:db8:1:2::1', PASSWORD));
    const failures = await times(150, (number) => tryPassword(server, `2001:db8:1:2:${number.toString(16)}::1`, 'wrong', `user ${String(number)}`), 10);
    expect([countOf(400, failures), countOf(429, failures)]).toEqual([100, 50]);
    expectThrottled(await tryPassword(server, '2001:db8:1:2:ffff::9', PASSWORD, 'U2'), 900);
    expectOk(await tryPassword(server, '2001:db8:1:2::9', PASSWORD, 'U1'));
    expectOk(await tryPassword(server, '2001:db8:1:3::9', PASSWORD, 'U2'));
    expect(throttledEvents(server).every(({ by }) => by === 'address')).toBe(true);
  });

  it('PW-05 takes an IPv4 address for the same one when it comes mapped into IPv6', async () => {
    const { server } = await serveCounting({ address: { points: 3 } });
    for (const address of ['192.0.2.9', '::ffff:192.0.2.9', '::ffff:c000:209']) await tryPassword(server, address, 'wrong', address);
    expectThrottled(await tryPassword(server, '192.0.2.9', PASSWORD, 'U4'), 900);
    expectOk(await tryPassword(server, '192.0.2.10', PASSWORD, 'U4'));
  });

  it('PW-05 failures through a client end in 429 for those who have not been there before, and for that client alone', async () => {
    const { server } = await serveCounting({ client: { points: 40 } });
    expectOk(await tryPassword(server, USUAL, PASSWORD));
    const failures = await times(50, (number) => tryPassword(server, stranger(number), 'wrong', `user ${String(number)}`), 10);
    expect([countOf(400, failures), countOf(429, failures)]).toEqual([40, 10]);
    expectThrottled(await tryPassword(server, ELSEWHERE, PASSWORD), 900);
    expectOk(await tryPassword(server, USUAL, PASSWORD));
    expectOk(await login(server, {}, from(ELSEWHERE, C2)));
  });

  it('PW-05 lets no guess slip through beside others under way', async () => {
    const { server, asked } = await serveCounting();
    const answers = await times(100, (number) => tryPassword(server, ELSEWHERE, `guess ${String(number)}`), 100);
    expect([countOf(400, answers), countOf(429, answers), asked.length]).toEqual([10, 90, 10]);
    const spread = await times(300, (number) => tryPassword(server, stranger(number), 'wrong', 'U2'), 100);
    expect([countOf(400, spread), asked.length]).toEqual([100, 110]);
  });

  it('PW-05 refuses nobody for logging in many times at once, and counts no success', async () => {
    const { server } = await serveCounting();
    expect(countOf(200, await times(80, () => tryPassword(server, USUAL, PASSWORD), 80))).toBe(80);
    expect(statuses(await times(11, () => tryPassword(server, USUAL)))).toEqual([...Array<number>(10).fill(400), 429]);
  });

  it('PW-05 knows a user name however it is written', async () => {
    const { server } = await serveCounting({ userAndAddress: { points: 4 } });
    for (const name of ['Ana Straße', 'ana strasse', ' ANA STRASSE ', 'Ána Strasse']) await tryPassword(server, ELSEWHERE, 'wrong', name);
    expectThrottled(await tryPassword(server, ELSEWHERE, 'wrong', 'anastrasse'), 900);
    expect((await tryPassword(server, ELSEWHERE, 'wrong', 'ana strase')).status).toBe(400);
  });

  it('PW-05 counts a refusal in the words of the app, and no fault of it', async () => {
    const server = await serveThrottled(true, {
      oauth: {
        verifyUser: (username, password) => {
          if (username === 'broken') throw new Error('no database');
          if (username === 'busy') throw new OAuthError('temporarily_unavailable', 'Later');
          if (password !== PASSWORD) throw new OAuthError('invalid_grant', 'This account is locked');
          return U1;
        },
      },
    });
    expect(statuses(await times(11, () => tryPassword(server, ELSEWHERE)))).toEqual([...Array<number>(10).fill(400), 429]);
    expect(countOf(503, await times(30, () => tryPassword(server, ELSEWHERE, 'x', 'broken')))).toBe(30);
    expect(countOf(503, await times(30, () => tryPassword(server, ELSEWHERE, 'x', 'busy')))).toBe(30);
  });

  it('PW-05 PW-03 is counted only once the client has authenticated', async () => {
    const { server, asked } = await serveCounting();
    await times(15, () => login(server, { password: 'wrong' }, from(ELSEWHERE, basic('C1', 'wrong'))));
    expect(asked).toEqual([]);
    expectOk(await tryPassword(server, ELSEWHERE, PASSWORD));
  });
});

describe('guessing a token', () => {
  it('IN-14 a thousand random tokens at introspection end in 429, and a good one is still told', async () => {
    const server = await serveThrottled();
    const { access_token: token, refresh_token: session } = (await login(server, {}, from(USUAL))).json;
    const answers = await times(1000, (number) => introspect(server, `at_${String(number).padStart(43, 'x')}`, from(USUAL, RS1)), 20);
    expect([countOf(200, answers), countOf(429, answers)]).toEqual([500, 500]);
    expectThrottled(answers[999], 60);
    expect((await introspect(server, token, from(USUAL, C1))).json['active']).toBe(true);
    expect((await introspect(server, session, from(USUAL, C1))).json['active']).toBe(true);
    expect(throttledEvents(server)[0]).toEqual({ type: 'throttled', by: 'token', clientId: 'RS1', address: USUAL });
    passTime(60);
    expect((await introspect(server, 'x', from(USUAL, RS1))).status).toBe(200);
  });

  it('IN-14 does not take a token for a guess that was once good, or is not for the one who asks', async () => {
    const server = await serveThrottled({ token: { points: 3 } });
    const { access_token: token } = (await login(server, {}, from(USUAL))).json;
    await revoke(server, token, {}, from(USUAL));
    const answers = await times(10, () => introspect(server, token, from(USUAL, RS1)));
    expect(answers.map(({ text }) => text)).toEqual(Array<string>(10).fill('{"active":false}'));
  });

  it('IN-14 does not take a refresh token of another client for a guess', async () => {
    const server = await serveThrottled({ token: { points: 3 } });
    const { refresh_token: token } = (await login(server, {}, from(USUAL))).json;
    const answers = await times(10, () => introspect(server, token, from(USUAL, C2)));
    expect(answers.map(({ text }) => text)).toEqual(Array<string>(10).fill('{"active":false}'));
  });

  it('RV-13 does not take a token for a guess that is revoked again, or has expired', async () => {
    const server = await serveThrottled({ token: { points: 3 } });
    for (const seconds of [0, 3601]) {
      const { access_token: token } = (await machine(server, from(USUAL))).json;
      passTime(seconds);
      expect(statuses(await times(10, () => revoke(server, token, {}, from(USUAL))))).toEqual(Array<number>(10).fill(200));
    }
  });

  it('RV-13 random tokens at revocation end in 429, and a good one is still revoked', async () => {
    const server = await serveThrottled({ token: { points: 20 } });
    const { refresh_token: token } = (await login(server, {}, from(USUAL))).json;
    const answers = await times(30, (number) => revoke(server, `guess ${String(number)}`, {}, from(USUAL)));
    expect(statuses(answers)).toEqual([...Array<number>(20).fill(200), ...Array<number>(10).fill(429)]);
    expectThrottled(answers[20], 60);
    expect((await revoke(server, token, {}, from(USUAL))).status).toBe(200);
    expect((await refresh(server, token, {}, from(ELSEWHERE))).status).toBe(400);
  });

  it('RV-13 random refresh tokens end in 429, and a good one still refreshes', async () => {
    const server = await serveThrottled({ token: { points: 20 } });
    const { refresh_token: token } = (await login(server, {}, from(USUAL))).json;
    const answers = await times(30, (number) => refresh(server, `guess ${String(number)}`, {}, from(USUAL)));
    expect(statuses(answers)).toEqual([...Array<number>(20).fill(400), ...Array<number>(10).fill(429)]);
    expectOk(await refresh(server, token, {}, from(USUAL)));
  });
});

describe('the address', () => {
  it('BP-06 PW-05 is not what an untrusted peer says in a header', async () => {
    const server = await serve({ oauth: { throttle: { userAndAddress: { points: 3 } } } });
    const answers = await times(5, (number) => tryPassword(server, stranger(number)));
    expect(statuses(answers)).toEqual([400, 400, 400, 429, 429]);
    expect(throttledEvents(server)[0]?.address).toMatch(/127\.0\.0\.1$/);
  });

  it('BP-06 is one for all whose header names none', async () => {
    const { server } = await serveCounting({ address: { points: 3 } });
    for (const address of ['unknown', 'x'.repeat(1000), '999.1.1.1']) await tryPassword(server, address, 'wrong', address.slice(0, 9));
    expectThrottled(await tryPassword(server, '_hidden', PASSWORD), 900);
    expectOk(await tryPassword(server, '192.0.2.10:51234', PASSWORD));
  });
});

it('CA-18 PW-05 can be turned off', async () => {
  const server = await serveThrottled(false);
  expect(countOf(401, await times(120, () => machine(server, from(ELSEWHERE, basic('C1', 'wrong'))), 20))).toBe(120);
  expect(countOf(400, await times(120, () => tryPassword(server, ELSEWHERE), 20))).toBe(120);
  expect(countOf(200, await times(600, () => introspect(server, 'x', from(USUAL, RS1)), 20))).toBe(600);
  expectError(await tryPassword(server, ELSEWHERE), 400, 'invalid_grant');
  expectE401(await machine(server, from(ELSEWHERE, basic('C1', 'wrong'))));
});
