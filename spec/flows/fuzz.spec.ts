import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer, type TestServer } from '../support/app';
import { expectError, expectOk } from '../support/expect';
import { basic, send, type Answer } from '../support/http';
import { fuzz } from '../fuzz/fuzz';
import { bearerTarget, TARGETS } from '../fuzz/targets';

const corpus = JSON.parse(readFileSync(join(__dirname, '../fuzz/corpus.json'), 'utf8')) as Record<string, string[]>;

describe('the parsers, fuzzed for a while', () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))('%s', (name, target) => {
    expect(fuzz(target, corpus[name] ?? [], 20_000, 1).failures).toEqual([]);
  });

  it('bearer', async () => {
    expect(fuzz(await bearerTarget(), corpus.bearer ?? [], 20_000, 1).failures).toEqual([]);
  });
});

/** A header may hold what Node lets through; the rest cannot be sent. */
const sendable = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);

describe('ERR-01, ERR-02, ERR-03, ERR-04, ERR-06 over the whole corpus', () => {
  const CODES = ['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope', 'invalid_target'];
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const expectOkOrError = (answer: Answer): void => {
    if (answer.status === 200) {
      expectOk(answer);
      return;
    }
    expect([400, 401, 413]).toContain(answer.status);
    expect(CODES).toContain(answer.json.error);
    expectError(answer, answer.status, String(answer.json.error));
  };
  const ask = (body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    send(server, '/oauth/token', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded', ...basic('C1', 'secret-of-C1'), ...headers }, body });

  it.each(corpus.form ?? [])('the form %j', async (input) => {
    expectOkOrError(await ask(input));
    expectOkOrError(await ask(`grant_type=client_credentials&${input}`));
  });

  it.each(corpus.scope ?? [])('the scope %j', async (input) => {
    expectOkOrError(await ask(`grant_type=client_credentials&scope=${encodeURIComponent(input)}`));
  });

  it.each((corpus.basic ?? []).filter(sendable))('the credentials %j', async (authorization) => {
    expectOkOrError(await ask('grant_type=client_credentials', { authorization }));
  });

  it.each([...(corpus.bearer ?? []).filter(sendable), ...(corpus.jwt ?? []).map((token) => `Bearer ${token}`)])('the header %j at a route', async (authorization) => {
    const answer = await send(server, '/resource', { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer realm="oauth"/);
  });
});
