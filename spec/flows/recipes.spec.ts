import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { trace, type Span } from '@opentelemetry/api';
import { hashSync } from 'bcrypt';
import express, { type RequestHandler, type Router } from 'express';
import { register } from 'prom-client';
import ts from 'typescript';
import * as ours from 'express-token-endpoint';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as testing from 'express-token-endpoint/testing';
import { startServer, SECRETS, type TestServer } from '../support/app';
import { basic, login, post, send, T } from '../support/http';

const root = resolve(__dirname, '../..');
const load = createRequire(join(root, 'package.json'));

/** Runs the code that stands under a heading of a page, and gives what it exports. What it only declares is handed in. */
function runRecipe(page: string, heading: string, declared: Readonly<Record<string, unknown>> = {}, modules: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const text = readFileSync(join(root, page), 'utf8');
  const under = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const code = /^```(?:ts|js)\n([^]*?)^```$/m.exec(under)?.[1] ?? '';
  expect(code).not.toBe('');
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true } });
  const exported = {};
  const wanted = (name: string): unknown => modules[name] ?? (name === 'express-token-endpoint' ? ours : name === 'express' ? Object.assign(express, { default: express }) : load(name));
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page's own code is what is tested here
  const run = new Function('require', 'exports', ...Object.keys(declared), outputText) as (...args: unknown[]) => void;
  run(wanted, exported, ...Object.values(declared));
  return exported;
}

describe('the recipes', () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  describe('for events', () => {
    it('log with pino', async () => {
      const lines: string[] = [];
      const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => { lines.push(chunk.toString()); done(); } });
      const pino = load('pino') as (options: object, to: Writable) => unknown;
      const { logEvent } = runRecipe('docs/events.md', 'Logging with pino', {}, { pino: { __esModule: true, default: () => pino({ level: 'debug' }, sink) } });
      server = await startServer({ oauth: { onEvent: logEvent as (event: ours.OAuthEvent) => void } });
      await login(server);
      await login(server, { password: 'wrong' });
      const logged = lines.map((line) => JSON.parse(line) as { level: number; msg: string; username?: string });
      expect(logged).toContainEqual(expect.objectContaining({ level: 20, msg: 'token_issued' }));
      expect(logged).toContainEqual(expect.objectContaining({ level: 30, msg: 'login_failed', username: 'U1' }));
    });

    it('count with prom-client', async () => {
      const { countEvent } = runRecipe('docs/events.md', 'Counting with prom-client', {}, { 'prom-client': load('prom-client') });
      server = await startServer({ oauth: { onEvent: countEvent as (event: ours.OAuthEvent) => void } });
      await login(server);
      await login(server);
      await T(server, 'grant_type=client_credentials', basic('invented', 'x'));
      const text = await (load('prom-client') as { register: typeof register }).register.metrics();
      expect(text).toContain('oauth_events_total{type="token_issued",client="C1"} 2');
      expect(text).toContain('oauth_events_total{type="client_refused",client=""} 1');
      expect(text).not.toContain('invented');
    });

    it('add to the span of OpenTelemetry', async () => {
      const added: { name: string; attributes: Readonly<Record<string, string>> }[] = [];
      const span = { addEvent: (name: string, attributes: Readonly<Record<string, string>>) => added.push({ name, attributes }) } as unknown as Span;
      jest.spyOn(trace, 'getActiveSpan').mockReturnValue(span);
      runRecipe('docs/events.md', 'Tracing with OpenTelemetry', {}, { '@opentelemetry/api': { trace } });
      server = await startServer();
      await login(server, { scope: 'a' });
      jest.restoreAllMocks();
      expect(added).toContainEqual({ name: 'oauth.token_issued', attributes: expect.objectContaining({ 'oauth.clientId': 'C1', 'oauth.scopes': 'a' }) as object });
    });
  });

  it('refuse a locked account and ask for a second factor only where the password was right', async () => {
    const users = new Map(['plain', 'locked', 'second'].map((id) => [id, { id, passwordHash: hashSync('pw', 4), locked: id === 'locked', needsCode: id === 'second' }]));
    const { verifyUser } = runRecipe('docs/recipes.md', 'Locked accounts and second factors', {
      findByName: async (name: string) => users.get(name),
      isRightCode: async (_row: unknown, code: string) => code === '123456',
    });
    server = await startServer({ oauth: { verifyUser: verifyUser as ours.VerifyUser, throttle: false } });
    const form = (username: string, password = 'pw'): Record<string, string> => ({ grant_type: 'password', username, password });
    const at = server;
    const answers = async (username: string, password?: string, headers: Record<string, string> = {}): Promise<unknown> => {
      const { status, json } = await post(at, '/oauth/token', form(username, password), { ...basic('C1', SECRETS.C1), ...headers });
      return [status, json.error ?? 'token', json.error_description];
    };
    expect(await answers('plain')).toEqual([200, 'token', undefined]);
    expect(await answers('locked')).toEqual([400, 'invalid_grant', 'This account is locked']);
    expect(await answers('locked', 'wrong')).toEqual([400, 'invalid_grant', 'The user name or password is wrong']);
    expect(await answers('second')).toEqual([400, 'mfa_required', 'A one-time code is needed']);
    expect(await answers('second', 'wrong')).toEqual([400, 'invalid_grant', 'The user name or password is wrong']);
    expect(await answers('second', 'pw', { 'x-one-time-code': '000000' })).toEqual([400, 'invalid_grant', 'The user name or password is wrong']);
    expect(await answers('second', 'pw', { 'x-one-time-code': '123456' })).toEqual([200, 'token', undefined]);
  });

  it('replace an old password hash at the login', async () => {
    const row: { id: string; passwordHash?: string; oldHash?: string } = { id: 'mike', oldHash: 'old:pw' };
    const { verifyUser } = runRecipe('docs/recipes.md', 'Moving password hashes', {
      findByName: async (name: string) => (name === 'mike' ? row : undefined),
      verifyOldHash: async (password: string, hash: string) => hash === `old:${password}`,
      saveHash: async (_id: string, hash: string) => { row.passwordHash = hash; delete row.oldHash; },
    }) as { verifyUser: (username: string, password: string) => Promise<unknown> };
    expect(await verifyUser('mike', 'wrong')).toBeUndefined();
    expect(row.oldHash).toBe('old:pw');
    expect(await verifyUser('mike', 'pw')).toBe(row);
    expect(row.passwordHash).toMatch(/^\$2b\$12\$/);
    expect(await verifyUser('mike', 'pw')).toBe(row);
    expect(await verifyUser('nobody', 'pw')).toBeUndefined();
  });

  it('let pages of another origin in', async () => {
    const { allowPages } = runRecipe('docs/recipes.md', 'CORS');
    server = await startServer({ before: (app) => app.use(allowPages as RequestHandler) });
    const at = server;
    const asked = { origin: 'https://app.example.com', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type,x-requested-with' };
    const preflight = await send(at, '/oauth/token', { method: 'OPTIONS', headers: asked });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-headers')]).toEqual([204, 'https://app.example.com', 'authorization,content-type,x-requested-with']);
    expect((await T(at, 'grant_type=client_credentials', basic('C1', 'wrong'))).headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });

  it('serve Swagger UI', async () => {
    const { swaggerUi } = runRecipe('docs/recipes.md', 'Swagger UI') as { swaggerUi: (oauth: ours.OAuthRouter) => Router };
    const app = express();
    server = await startServer({ routes: (outer) => outer.use('/docs', app) });
    app.use(swaggerUi(server.oauth));
    const { status, json } = await send(server, '/docs/openapi.json');
    expect([status, Object.keys(json.paths as object)]).toEqual([200, ['/oauth/token', '/oauth/revoke', '/oauth/introspect', '/files']]);
    expect((await fetch(`${server.url}/docs/swagger-ui-bundle.js`)).status).toBe(200);
  });

  it('stand before an MCP server, whose tools see the client', async () => {
    const { mcp } = runRecipe('docs/recipes.md', 'Beside an MCP server') as { mcp: (oauth: ours.OAuthRouter) => Router };
    const app = express();
    server = await startServer({ routes: (outer) => outer.use('/mcp', app) });
    app.use(mcp(server.oauth));
    const token = await testing.accessTokenFor(server.oauth, { clientId: 'assistant', scopes: ['mcp'] });
    const client = new Client({ name: 'spec', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), { requestInit: { headers: { authorization: `Bearer ${token}` } } }));
    expect(await client.callTool({ name: 'whoami', arguments: {} })).toMatchObject({ content: [{ type: 'text', text: 'assistant' }] });
    await client.close();
    expect((await send(server, '/mcp', { method: 'POST', body: '{}' })).status).toBe(401);
  });
});
