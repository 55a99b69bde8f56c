import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { outcomeOf } from '../fuzz/answers';
import { readRequest, type WrittenRequest } from '../fuzz/exchange';
import { fuzz } from '../fuzz/fuzz';
import { isScript, PATHS, serverTargets, withTokens, type Sessions } from '../fuzz/servers';
import { PARSERS } from '../fuzz/targets';
import { startServer, type ExpressMajor, type StartOptions, type TestServer } from '../support/app';
import { expectError } from '../support/expect';
import { basic, C1, login, type Answer } from '../support/http';
import { sendRaw } from '../support/raw';
import { storeAround } from '../support/store';

const corpus = JSON.parse(readFileSync(join(__dirname, '../fuzz/corpus.json'), 'utf8')) as Record<string, string[]>;

describe('fuzzed for a while', () => {
  it.each(PARSERS.map((target) => [target.name, target] as const))('the parser of %s', async (name, target) => {
    expect((await fuzz(target, corpus[name] ?? [], 20_000, 1)).failures).toEqual([]);
  });

  it('whole answers of a server', async () => {
    for (const target of await serverTargets()) expect((await fuzz(target, corpus[target.name] ?? [], 2000, 1)).failures).toEqual([]);
  });
});

/** A header may hold what Node lets through; the rest cannot be sent. */
const sendable = (value: string): boolean => /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const C1_LINE = `Authorization: ${C1['authorization'] ?? ''}`;
const toToken = (body: string, credentials = C1_LINE): string => `POST /oauth/token\n${FORM}\n${credentials}\n\n${body}`;
const toRoute = (authorization: string): string => `GET /resource\nAuthorization: ${authorization}`;

/** The whole corpus as requests. */
const REQUESTS: readonly string[] = [
  ...(corpus['form'] ?? []).flatMap((body) => [toToken(body), toToken(`grant_type=client_credentials&${body}`)]),
  ...(corpus['scope'] ?? []).map((scope) => toToken(`grant_type=client_credentials&scope=${encodeURIComponent(scope)}`)),
  ...(corpus['basic'] ?? []).filter(sendable).map((value) => toToken('grant_type=client_credentials', `Authorization: ${value}`)),
  ...(corpus['bearer'] ?? []).filter(sendable).map(toRoute),
  ...(corpus['jwt'] ?? []).filter(sendable).map((token) => toRoute(`Bearer ${token}`)),
  ...(corpus['jwt'] ?? []).map((token) => `POST /oauth/introspect\n${FORM}\n${C1_LINE}\n\ntoken=${encodeURIComponent(token)}`),
  ...(corpus['claims'] ?? []).map((text) => toRoute(`Bearer ${text.split('\n').map((part) => Buffer.from(part).toString('base64url')).join('.')}.AAAA`)),
  ...(corpus['request'] ?? []),
];

/** Sends it byte for byte, over a socket of its own. */
function sendWritten(server: TestServer, { method, path, headers, body }: WrittenRequest): Promise<Answer> {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers.filter(([name]) => !/^(?:connection|host|upgrade)$/i.test(name)).map((pair) => pair.join(': '))];
  return sendRaw(server, Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`, 'latin1'));
}

const exchanged = ({ status, headers, text }: Answer): Parameters<typeof outcomeOf>[1] => ({ status, headers: Object.fromEntries(headers), text });
const sessionOf = async (server: TestServer): Promise<Sessions> => {
  const { json } = await login(server, { scope: 'a openid' });
  return { access: String(json['access_token']), refresh: String(json['refresh_token']) };
};

describe.each([[5], [4]] as [ExpressMajor][])('the whole corpus over HTTP, with Express %i', (express) => {
  let server: TestServer;
  const start = async (options: StartOptions = {}): Promise<void> => {
    server = await startServer({ express, ...options });
    server.app.all('/resource', server.oauth.requireBearer('a'), (_req, res) => {
      res.set('Cache-Control', 'no-store').json({});
    });
  };
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => {
    rejections.push(reason);
  };
  beforeAll(() => process.on('unhandledRejection', note));
  afterAll(() => process.off('unhandledRejection', note));
  afterEach(async () => {
    await server.close();
    expect(rejections).toEqual([]);
  });

  it('ERR-01 ERR-02 ERR-03 has for each request an answer that is OK or E()', async () => {
    await start();
    for (const written of REQUESTS) {
      const tokens = written.includes('{') ? await sessionOf(server) : { access: '', refresh: '' };
      const request = readRequest(withTokens(written, tokens), PATHS);
      const answer = await sendWritten(server, request);
      const path = request.path.split('?')[0] ?? '';
      // The route's own answer is the app's affair.
      if (path === '/resource' && answer.status === 200) continue;
      outcomeOf(path, exchanged(answer), isScript(request));
    }
    expect(server.events.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  it('ERR-04 ERR-05 ERR-06 has for each request, while all that the app gave is broken, a refusal or a fault without a word of the cause', async () => {
    const canary = 'SECRET-of-the-cause';
    const broken = (): Promise<never> => Promise.reject(new Error(canary));
    await start({
      oauth: { findClient: (id) => (id === 'C1' ? server.clients.get(id) : broken()), verifyUser: broken, findUser: broken, grantScopes: broken, store: storeAround(broken), accessToken: { format: 'opaque' } },
    });
    for (const written of REQUESTS) {
      const request = readRequest(withTokens(written, { access: `at_${'a'.repeat(43)}`, refresh: `${'a'.repeat(32)}.${'b'.repeat(43)}` }), PATHS);
      const answer = await sendWritten(server, request);
      expect(inspect(answer)).not.toContain(canary);
      if (answer.status < 500) {
        // A refusal that needed nobody, or an answer that no token of ours is in.
        if (answer.status === 200) expect({ text: answer.text, path: request.path }).toEqual({ text: '{"active":false}', path: expect.stringContaining('/oauth/introspect') as string });
        else outcomeOf(request.path, exchanged(answer), isScript(request));
      } else {
        expectError(answer, answer.status, answer.status === 503 ? 'temporarily_unavailable' : 'server_error');
        if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      }
    }
    // The operator hears all of it.
    expect(inspect(server.events, { depth: 10 })).toContain(canary);
    expect((await sendRaw(server, `GET /oauth/jwks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).status).toBe(200);
  });
});

it('ERR-03 an id and secret of the corpus never authenticate anyone', async () => {
  const server = await startServer();
  for (const written of corpus['basic'] ?? []) {
    if (!sendable(written)) continue;
    const answer = await sendWritten(server, readRequest(toToken('grant_type=client_credentials', `Authorization: ${written}`), PATHS));
    expect([400, 401]).toContain(answer.status);
  }
  expect((await sendWritten(server, readRequest(toToken('grant_type=client_credentials', `Authorization: ${basic('C1', 'secret-of-C1')['authorization'] ?? ''}`), PATHS))).status).toBe(200);
  await server.close();
});
