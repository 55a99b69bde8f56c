import fc from 'fast-check';
import { startServer, type TestServer } from '../support/app';
import { C1, send, type Answer } from '../support/http';
import { expectError, expectOk } from '../support/expect';

const NAMES = ['grant_type', 'scope', 'username', 'password', 'client_id', 'client_secret', 'refresh_token', 'resource', 'token', 'token_type_hint', 'client_assertion', 'x'];
const VALUES = ['client_credentials', 'password', 'refresh_token', 'a', 'a b', 'U1', 'pw1', 'C1', 'secret-of-C1', 'P1', '', '%ff', '%00', '%zz', 'https://files.example/'];

/** Requests that are nearly right, so that every step of an endpoint gets its share. */
const field = fc.tuple(fc.constantFrom(...NAMES), fc.oneof(fc.constantFrom(...VALUES), fc.string().map(encodeURIComponent)));
const body = fc.oneof(fc.array(field, { maxLength: 7 }).map((fields) => fields.map((pair) => pair.join('=')).join('&')), fc.string({ maxLength: 60 }));
const type = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/x-www-form-urlencoded') },
  fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded; charset=utf-8', 'application/x-www-form-urlencoded; charset=latin1', ''),
);
const credentials = fc.oneof(
  { weight: 4, arbitrary: fc.constant(C1.authorization) },
  fc.constantFrom(undefined, 'Basic', 'Basic Og==', 'Bearer x', 'Digest y', `basic ${Buffer.from('P1:').toString('base64')}`),
  fc.base64String().map((value) => `Basic ${value}`),
);
const path = fc.constantFrom('/oauth/token', '/oauth/token', '/oauth/revoke', '/oauth/introspect');
const method = fc.oneof({ weight: 8, arbitrary: fc.constant('POST') }, fc.constantFrom('GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'));

describe('any request whatever', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const check = (at: string, answer: Answer): void => {
    expect(answer.status).toBeLessThan(500);
    if (answer.status !== 200) expectError(answer, answer.status, String(answer.json.error));
    else if (at === '/oauth/token') expectOk(answer);
    else expect(at === '/oauth/revoke' ? answer.json : typeof answer.json.active).toEqual(at === '/oauth/revoke' ? {} : 'boolean');
  };

  it('gets an answer that is OK or E(), and never a 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(path, method, type, credentials, body, async (at, verb, contentType, authorization, content) => {
        const headers = { ...(contentType === '' ? {} : { 'content-type': contentType }), ...(authorization === undefined ? {} : { authorization }) };
        const answer = await send(server, at, { method: verb, headers, ...(verb === 'GET' ? {} : { body: content }) });
        check(at, answer);
      }),
      { numRuns: 600 },
    );
    expect(server.events.filter(({ type: happening }) => happening === 'fault')).toEqual([]);
  }, 300_000);
});
