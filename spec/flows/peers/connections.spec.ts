import type { ExpressMajor, TestServer } from '../../support/app';
import { head, openConnection, request } from '../../support/connection';
import { expectE401, expectError, expectOk } from '../../support/expect';
import { C1, login, refresh, T, type Answer } from '../../support/http';
import { until } from '../../support/for-this-test';
import { MAJORS, serve } from '../../support/serve';

const MACHINE = 'grant_type=client_credentials';
const LOGIN = 'grant_type=password&username=U1&password=pw1';
const AUTHORIZATION = `Authorization: ${C1['authorization'] ?? ''}`;
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const toToken = (...lines: readonly string[]): readonly string[] => ['POST /oauth/token HTTP/1.1', 'Host: localhost', ...lines];
const good = request(toToken(FORM, AUTHORIZATION), MACHINE);

const invalidRequest = (answer: Answer): void => { expectError(answer, 400, 'invalid_request'); };
/** Each a request of whose body something may be left when it is refused. */
const REFUSED: [string, Buffer, (answer: Answer) => void][] = [
  ['a wrong secret', request(toToken(FORM, 'Authorization: Basic QzE6d3Jvbmc='), MACHINE), expectE401],
  ['no credentials', request(toToken(FORM), MACHINE), expectE401],
  ['JSON', request(toToken('Content-Type: application/json', AUTHORIZATION), '{"grant_type":"client_credentials"}'), invalidRequest],
  ['JSON of which nobody reads the megabyte', request(toToken('Content-Type: application/json', AUTHORIZATION), Buffer.alloc(1_000_000, '1')), invalidRequest],
  ['no type', request(toToken(AUTHORIZATION), MACHINE), invalidRequest],
  ['another charset', request(toToken(`${FORM}; charset=iso-8859-1`, AUTHORIZATION), MACHINE), invalidRequest],
  ['a bad escape', request(toToken(FORM, AUTHORIZATION), 'grant_type=%zz'), invalidRequest],
  ['a packed body', request(toToken(FORM, 'Content-Encoding: gzip', AUTHORIZATION), MACHINE), invalidRequest],
  ['two Authorization lines', request(toToken(FORM, AUTHORIZATION, AUTHORIZATION), MACHINE), invalidRequest],
  ['an unknown grant', request(toToken(FORM, AUTHORIZATION), 'grant_type=x'), (answer) => { expectError(answer, 400, 'unsupported_grant_type'); }],
  ['another method', request(['PUT /oauth/token HTTP/1.1', 'Host: localhost', FORM, AUTHORIZATION], MACHINE), (answer) => { expectError(answer, 405, 'invalid_request'); }],
  ['no token at a route', request(['POST /resource HTTP/1.1', 'Host: localhost', FORM], MACHINE), (answer) => { expect(answer.status).toBe(404); }],
];

describe.each(MAJORS)('a connection on Express %i', (express: ExpressMajor) => {
  it.each(REFUSED)('serves on after it refused %s', async (_name, bytes, expectRefusal) => {
    const connection = await openConnection(await serve({ express }));
    for (let round = 0; round < 3; round += 1) {
      connection.write(bytes);
      expectRefusal(await connection.answer());
      connection.write(good);
      expectOk(await connection.answer());
    }
    connection.hangUp();
  });

  it('answers requests that came at once in their order, good ones and bad ones', async () => {
    const connection = await openConnection(await serve({ express }));
    connection.write(Buffer.concat(REFUSED.flatMap(([, bytes]) => [bytes, good])));
    for (const [, , expectRefusal] of REFUSED) {
      expectRefusal(await connection.answer());
      expectOk(await connection.answer());
    }
    connection.hangUp();
  });

  it('is closed after a body that is too large, which nobody takes for the next request', async () => {
    const connection = await openConnection(await serve({ express }));
    connection.write(head(...toToken(FORM, AUTHORIZATION, 'Content-Length: 40000')) + 'a='.padEnd(40_000, 'x'));
    const answer = await connection.answer();
    expectError(answer, 413, 'invalid_request');
    expect(answer.headers.get('connection')).toBe('close');
    connection.write(good);
    await expect(connection.answer()).rejects.toThrow();
  });
});

/** Where a client hangs up: bytes that it still sends, and what it does not wait for. */
const HANG_UPS: [string, string][] = [
  ['in the middle of the head', head(...toToken(FORM, AUTHORIZATION)).slice(0, 60)],
  ['before the body', head(...toToken(FORM, AUTHORIZATION, 'Content-Length: 29'))],
  ['in the middle of the body', head(...toToken(FORM, AUTHORIZATION, 'Content-Length: 500')) + MACHINE],
  ['in the middle of a chunk', `${head(...toToken(FORM, AUTHORIZATION, 'Transfer-Encoding: chunked'))}1d\r\ngrant_`],
  ['before the last chunk', `${head(...toToken(FORM, AUTHORIZATION, 'Transfer-Encoding: chunked'))}1d\r\n${MACHINE}\r\n`],
  ['before its token', request(toToken(FORM, AUTHORIZATION), MACHINE).toString()],
  ['before the token of a user', request(toToken(FORM, AUTHORIZATION), LOGIN).toString()],
];

describe.each(MAJORS)('a client that hangs up, on Express %i', (express: ExpressMajor) => {
  const faults = ({ events }: TestServer): unknown[] => events.filter(({ type }) => type === 'fault');

  it.each(HANG_UPS)('%s disturbs nobody and is no fault', async (_name, bytes) => {
    const server = await serve({ express, oauth: { verifyUser: async () => { await new Promise(setImmediate); return { id: 'user-1' }; } } });
    for (let turn = 0; turn < 10; turn += 1) {
      const connection = await openConnection(server);
      connection.write(bytes);
      for (let wait = 0; wait < turn; wait += 1) await new Promise(setImmediate);
      connection.hangUp();
    }
    expectOk(await T(server, MACHINE));
    expect(faults(server)).toEqual([]);
  });

  it('before the answer to its refresh finds its session where it left it', async () => {
    const server = await serve({ express });
    const { json } = await login(server);
    const rotated = (): number => server.events.filter(({ type }) => type === 'token_refreshed').length;
    const connection = await openConnection(server);
    connection.write(request(toToken(FORM, AUTHORIZATION), `grant_type=refresh_token&refresh_token=${String(json['refresh_token'])}`));
    await until(rotated, (count) => count === 1);
    connection.hangUp();
    const again = await refresh(server, json['refresh_token']);
    expectOk(again);
    expectOk(await refresh(server, again.json['refresh_token']));
    expect(server.events.filter(({ type }) => type === 'token_replayed')).toEqual([]);
    expect(faults(server)).toEqual([]);
  });
});
