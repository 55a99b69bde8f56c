import { gzipSync } from 'node:zlib';
import { hashSecret } from '../../lib';
import type { TestServer } from '../support/app';
import { openConnection, request, head, type Connection } from '../support/connection';
import { expectError, expectOk } from '../support/expect';
import { C1, login, post, R, refresh, T, type Answer } from '../support/http';
import { sendRaw } from '../support/raw';
import { serve } from '../support/serve';
import { heapKept, KINDS, sendMany } from './many';

const FORM = 'Content-Type: application/x-www-form-urlencoded';
const LINES = ['POST /oauth/token HTTP/1.1', 'Host: localhost', FORM, `Authorization: ${C1['authorization'] ?? ''}`];
const MACHINE = 'grant_type=client_credentials';

/** While `attack` goes on, everybody else is served. */
async function othersAreServed(server: TestServer): Promise<void> {
  const session = await login(server);
  expectOk(session);
  expect((await R(server, session.json['access_token'])).status).toBe(200);
}

describe('bodies', () => {
  it('BP-09 that come slowly, two hundred of them, hold up nobody and are told to go', async () => {
    const server = await serve({ oauth: { timeout: 2 } });
    const slow = await Promise.all(Array.from({ length: 200 }, () => openConnection(server)));
    for (const connection of slow) connection.write(`${head(...LINES, `Content-Length: ${String(MACHINE.length)}`)}grant_`);
    await othersAreServed(server);
    const drip = (connection: Connection): void => { connection.write('t'); };
    slow.forEach(drip);
    await othersAreServed(server);
    const answers = await Promise.all(slow.map((connection) => connection.answer()));
    for (const answer of answers) {
      expectError(answer, 408, 'invalid_request');
      expect(answer.headers.get('connection')).toBe('close');
    }
    for (const connection of slow) connection.hangUp();
    await othersAreServed(server);
  });

  it('BP-09 that never end are cut off, and none of them is kept', async () => {
    const server = await serve({ oauth: { timeout: 2 } });
    const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`;
    const flood = await Promise.all(Array.from({ length: 50 }, () => openConnection(server)));
    for (const connection of flood) connection.write(`${head(...LINES, 'Transfer-Encoding: chunked')}${chunk}${chunk}`);
    await othersAreServed(server);
    for (const answer of await Promise.all(flood.map((connection) => connection.answer()))) {
      expect([408, 413]).toContain(answer.status);
      expectError(answer, answer.status, 'invalid_request');
      expect(answer.headers.get('connection')).toBe('close');
    }
    for (const connection of flood) connection.hangUp();
    await othersAreServed(server);
  });

  it('BP-09 that are packed are not unpacked: a bomb of a thousand to one goes unread', async () => {
    const server = await serve();
    const bomb = gzipSync(Buffer.alloc(20_000_000, 'x'));
    expect(bomb.length).toBeLessThan(32_000);
    const answers = await Promise.all(Array.from({ length: 50 }, () => sendRaw(server, request([...LINES, 'Connection: close', 'Content-Encoding: gzip'], bomb))));
    for (const answer of answers) expectError(answer, 400, 'invalid_request');
    await othersAreServed(server);
  });
});

describe('a hundred thousand', () => {
  const hundredThousand = (piece: (number: number) => string): string => Array.from({ length: 100_000 }, (_, number) => piece(number)).join('');
  const refused = (answers: readonly Answer[], status: number): void => {
    for (const answer of answers) expectError(answer, status, String(answer.json['error']));
  };

  it('BP-09 parameters or scopes are too many, also for an app whose own parser takes them', async () => {
    const own = await serve();
    const parsed = await serve({ before: (app, express) => app.use(express.urlencoded({ extended: false, limit: '50mb', parameterLimit: 1e6 })) });
    const bodies = [hundredThousand((number) => `&p${String(number)}=x`), `&scope=${hundredThousand((number) => `+s${String(number)}`).slice(1)}`, hundredThousand((number) => `&resource=https%3A%2F%2Fx.example%2F${String(number)}`)];
    for (const server of [own, parsed]) {
      // What the app's own parser makes of a repeated name is slow beyond measure, and not ours.
      for (const body of server === own ? bodies : bodies.slice(0, 2)) {
        const connection = await openConnection(server);
        connection.write(request(LINES, `${MACHINE}${body}`));
        expectError(await connection.answer(), 413, 'invalid_request');
        connection.hangUp();
      }
      await othersAreServed(server);
    }
  });

  it('BP-09 is not what fits into a body, but as many as fit are read in their time', async () => {
    const server = await serve();
    const fill = (piece: (number: number) => string): string => {
      let text = MACHINE;
      for (let number = 0; text.length < 32_700; number += 1) text += piece(number);
      return text.slice(0, 32_768);
    };
    const short = (number: number): string => number.toString(36);
    expectOk(await T(server, fill((number) => `&${short(number)}=`)));
    expectOk(await T(server, fill(() => '&')));
    refused(await Promise.all([T(server, `${fill((number) => (number === 0 ? '&scope=x' : `+${short(number)}`))}`), T(server, fill((number) => `&resource=x:${short(number)}`)), T(server, fill(() => '&x=%61'))]), 400);
    expectOk(await T(server, fill((number) => (number === 0 ? '&scope=a' : '+a'))));
    await othersAreServed(server);
  });

  it('BP-09 scopes of one client are a list like any other', async () => {
    const server = await serve();
    const scopes = Array.from({ length: 100_000 }, (_, number) => `s${number.toString(36)}`);
    server.clients.set('many', { id: 'many', secretHash: await hashSecret('right', { algorithm: 'sha256' }), grants: ['client_credentials'], scopes });
    const wanted = scopes.slice(-5000).join('+');
    expectOk(await T(server, `${MACHINE}&client_id=many&client_secret=right&scope=${wanted}`, {}));
    await othersAreServed(server);
  });
});

describe('headers', () => {
  it('BP-09 by the thousand are refused by the parser or read, and a long Authorization is no good', async () => {
    const server = await serve();
    const many = Array.from({ length: 1900 }, (_, number) => `X${String(number)}: 1`);
    expect((await sendRaw(server, request([...LINES, 'Connection: close', ...many.slice(0, 900)], MACHINE))).status).toBe(200);
    // Node keeps no more than two thousand lines: what is past them was never there.
    const { status } = await sendRaw(server, request([...LINES, 'Connection: close', ...many], MACHINE));
    expect({ status, isFault: status >= 500 }).toEqual({ status, isFault: false });
    for (const authorization of [`Basic ${'A'.repeat(12_000)}`, `Bearer ${'A'.repeat(12_000)}`, `Basic ${Buffer.from(`${'%'.repeat(4000)}:${'+'.repeat(4000)}`).toString('base64')}`]) {
      expectError(await post(server, '/oauth/token', MACHINE, { authorization }), 401, 'invalid_client');
      expect((await R(server, 'A'.repeat(12_000))).status).toBe(401);
    }
    await othersAreServed(server);
  });
});

describe('distinct names and tokens without end', () => {
  // Past every bound; a million of each by `npm run exhaustion`.
  it.each(Object.keys(KINDS))('BP-09 leave behind no more after a while: %s', async (kind) => {
    const kept = await sendMany(kind, 120_000);
    const [first, second] = [Math.max(...kept.slice(0, 5)), Math.max(...kept.slice(5))];
    expect(second - first).toBeLessThan(40);
  }, 600_000);
});

describe('what is remembered of a request', () => {
  const COUNT = 400;
  const PADDING = 'x'.repeat(31_000);
  type Send = (server: TestServer, number: number, session: Answer) => Promise<Answer>;
  const kinds: readonly (readonly [string, Send])[] = [
    ['a refresh', (server, _number, session) => refresh(server, session.json['refresh_token'], { padding: PADDING })],
    ['a login', (server, number) => login(server, { username: `somebody-${String(number).padStart(20, '0')}`, padding: PADDING })],
    ['a wrong password', (server, number) => login(server, { username: `nobody-${String(number).padStart(20, '0')}`, password: 'wrong', padding: PADDING })],
    ['a wrong secret', (server, number) => T(server, { grant_type: 'client_credentials', client_id: `client-${String(number).padStart(20, '0')}`, client_secret: 'wrong', padding: PADDING }, {})],
  ];

  it.each(kinds)('BP-09 does not hold on to its body: %s', async (kind, send) => {
    const plenty = { points: 1e6, duration: 3600 };
    const verifyUser = (name: string, password: string): { id: string } | undefined => (password === 'wrong' ? undefined : { id: name });
    const server = await serve({ oauth: { verifyUser, throttle: { address: plenty, client: plenty } } });
    const sessions: Answer[] = [];
    for (let number = 0; number < (kind === 'a refresh' ? COUNT : 1); number += 1) sessions.push(await login(server));
    const before = await heapKept();
    for (let number = 0; number < COUNT; number += 1) {
      const session = sessions[number % sessions.length];
      if (session) await send(server, number, session);
    }
    expect((await heapKept()) - before).toBeLessThan((COUNT * PADDING.length) / 4e6);
  });
});
