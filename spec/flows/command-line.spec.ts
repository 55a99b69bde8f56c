import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import express from 'express';
import { verifySecret, type KeyOption } from 'express-token-endpoint';
import { runCli } from '../../lib/cli/run';
import { ISSUER, listen, startServer } from '../support/app';
import { R, send } from '../support/http';

const root = resolve(__dirname, '../..');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command in this process, told what a shell would tell it. */
async function run(args: readonly string[], input = ''): Promise<Run> {
  const { code, out, err } = await runCli(args, { input: async () => Promise.resolve(input), fetch });
  return { code, out: out.trim(), err: err.trim() };
}

/** The command as a person runs it: a process of its own. */
function runAsProcess(args: readonly string[], input = ''): Promise<Run> {
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', join(root, 'lib/cli/index.ts'), ...args], { cwd: root });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.on('close', (code) => {
      done({ code, out: out.trim(), err: err.trim() });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

describe('the command line', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'command-line-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('tells what it can do, and refuses what it cannot with exit code 2', async () => {
    const help = await run(['--help']);
    expect(help.code).toBe(0);
    for (const name of ['keys', 'secret', 'hash', 'token', 'doctor']) expect(help.out).toContain(name);
    expect((await run([])).code).toBe(2);
    expect(await run(['frobnicate'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('frobnicate') as string });
    expect(await run(['keys', '--nope'])).toEqual({ code: 2, out: '', err: "express-token-endpoint keys: Unknown option '--nope'; see --help" });
    expect(await run(['keys', '--out'])).toEqual({ code: 2, out: '', err: "express-token-endpoint keys: Option '--out <value>' argument missing; see --help" });
    expect((await run(['keys', '--help'])).out).toContain('--alg');
  });

  it('reads standard input, writes standard output and error, and ends with its code', async () => {
    const { code, out } = await runAsProcess(['hash', '--algorithm', 'sha256'], 'correct horse\n');
    expect({ code, matches: await verifySecret('correct horse', out) }).toEqual({ code: 0, matches: true });
    expect(await runAsProcess(['hash', 'a-secret'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('standard input') as string });
  }, 300_000);

  it('makes a key that signs tokens which a router with that key accepts', async () => {
    for (const alg of ['ES256', 'RS256', 'HS256']) {
      const made = await run(['keys', '--alg', alg]);
      expect(made.code).toBe(0);
      const file = join(folder, `${alg}.key`);
      writeFileSync(file, made.out);
      const token = await run(['token', '--key', file, '--alg', alg, '--issuer', ISSUER, '--scope', 'a b', '--user', 'mike']);
      expect(token.code).toBe(0);
      const key: KeyOption =
        alg === 'HS256' ? { alg, secret: made.out } : { alg: alg as 'ES256', privateKey: JSON.parse(made.out) as import('node:crypto').JsonWebKey, kid: (JSON.parse(made.out) as { kid: string }).kid };
      const server = await startServer({ oauth: { keys: [key] } });
      expect(await R(server, token.out)).toMatchObject({ status: 200, json: { auth: { userId: 'mike', scopes: ['a', 'b'], clientId: 'command-line' } } });
      await server.close();
    }
  }, 300_000);

  it('makes a key as PEM, and says which algorithms there are', async () => {
    expect((await run(['keys', '--pem'])).out).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(await run(['keys', '--alg', 'none'])).toMatchObject({ code: 2, err: expect.stringContaining('ES256') as string });
  });

  it('makes a client id and secret with the hash to store', async () => {
    const { out, code } = await run(['secret', '--id', 'worker', '--json']);
    const made = JSON.parse(out) as { id: string; secret: string; secretHash: string };
    expect({ code, id: made.id }).toEqual({ code: 0, id: 'worker' });
    expect(await verifySecret(made.secret, made.secretHash)).toBe(true);
  });

  it('hashes a secret from standard input, and never takes one from the arguments', async () => {
    const { out, code } = await run(['hash', '--algorithm', 'bcrypt', '--cost', '10'], 'correct horse\n');
    expect(code).toBe(0);
    expect(out).toMatch(/^\$2b\$10\$/);
    expect(await verifySecret('correct horse', out)).toBe(true);
    expect(await run(['hash', 'a-secret'])).toMatchObject({ code: 2, out: '' });
    expect(await run(['hash'], '')).toMatchObject({ code: 2, out: '' });
    expect(await run(['hash', '--algorithm', 'bcrypt'], 'x'.repeat(73))).toMatchObject({ code: 1, err: expect.stringContaining('72') as string });
  });

  it('finds a good deployment good, and says of a bad one what is wrong', async () => {
    const app = express();
    const front = await listen(app);
    const origin = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`;
    const server = await startServer({ oauth: { issuer: `${origin}/oauth` } });
    app.use('/oauth', server.oauth);
    expect(await run(['doctor', `${origin}/oauth`])).toMatchObject({ code: 1, out: expect.stringContaining('app.use(oauth.wellKnown)') as string });
    app.use(server.oauth.wellKnown);
    expect((await send({ url: origin }, '/.well-known/oauth-authorization-server/oauth')).status).toBe(200);
    const good = await run(['doctor', `${origin}/oauth`, '--json']);
    expect(JSON.parse(good.out)).toMatchObject({ ok: true });
    expect(good.code).toBe(0);
    expect((await run(['doctor', `${origin}/oauth/`])).code).toBe(1);
    expect((await run(['doctor', 'http://127.0.0.1:9/oauth'])).code).toBe(1);
    expect((await run(['doctor', 'nonsense'])).code).toBe(2);
    front.close();
    front.closeAllConnections();
    await server.close();
  }, 300_000);
});

describe('doctor', () => {
  /** A deployment in which one thing is wrong. */
  async function examine(spoil: (app: express.Express, issuer: string) => void): Promise<{ ok: boolean; wrong: string[]; code: number | null }> {
    const app = express();
    const front = await listen(app);
    const origin = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`;
    const server = await startServer({ oauth: { issuer: `${origin}/oauth` } });
    spoil(app, `${origin}/oauth`);
    app.use('/oauth', server.oauth);
    app.use(server.oauth.wellKnown);
    const { out, code } = await run(['doctor', `${origin}/oauth`, '--json']);
    front.close();
    front.closeAllConnections();
    await server.close();
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: { ok: boolean; what: string; cure?: string }[] };
    return { ok, code, wrong: findings.flatMap(({ ok: fine, what, cure }) => (fine ? [] : [`${what}: ${cure ?? ''}`])) };
  }
  const changed = (name: string, value: string | undefined): express.RequestHandler => (_req, res, next) => {
    const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => typeof res;
    res.writeHead = ((...args: unknown[]) => {
      if (value === undefined) res.removeHeader(name);
      else res.setHeader(name, value);
      return writeHead(...args);
    }) as typeof res.writeHead;
    next();
  };

  it.each<[string, string, (app: express.Express, issuer: string) => void]>([
    ['a challenge that a proxy strips', 'WWW-Authenticate', (app) => app.use('/oauth/token', changed('WWW-Authenticate', undefined))],
    ['an answer that a proxy lets caches keep', 'no-store', (app) => app.use('/oauth/token', changed('Cache-Control', 'public'))],
    ['a token endpoint that redirects', 'redirects', (app) => app.post('/oauth/token', (_req, res) => { res.redirect(307, '/elsewhere'); })],
    ['a token endpoint that somebody else answers', '401 invalid_client', (app) => app.post('/oauth/token', (_req, res) => { res.send('hello'); })],
    ['a token endpoint that answers GET', 'POST alone', (app) => app.get('/oauth/token', (_req, res) => { res.send('hello'); })],
    ['a token endpoint that hangs up', 'no answer', (app) => app.post('/oauth/token', (req) => { req.socket.destroy(); })],
    ['a token endpoint that hangs up on GET', 'no answer', (app) => app.get('/oauth/token', (req) => { req.socket.destroy(); })],
    ['a token endpoint that is away for a while', '503', (app) => app.post('/oauth/token', (_req, res) => { res.status(503).set('Retry-After', '3').json({ error: 'temporarily_unavailable' }); })],
    ['a refusal without any header', 'WWW-Authenticate', (app) => app.post('/oauth/token', (_req, res) => { res.writeHead(401).end('{"error":"invalid_client"}'); })],
    ['a JWKS that is none', 'no JWKS', (app) => app.get('/oauth/jwks', (_req, res) => { res.send('hello'); })],
    ['a JWKS without keys', 'add a key pair', (app) => app.get('/oauth/jwks', (_req, res) => { res.json({ keys: [] }); })],
    ['a JWKS with a private key', 'replace all keys', (app) => app.get('/oauth/jwks', (_req, res) => { res.json({ keys: [{ kty: 'EC', d: 'x' }] }); })],
    ['a clock that is wrong', 's apart', (app) => app.use(changed('Date', new Date(Date.now() + 3_600_000).toUTCString()))],
    ['metadata of another issuer', 'correct the option issuer', (app) => app.get('/.well-known/oauth-authorization-server/oauth', (_req, res) => { res.json({ issuer: 'https://other.example' }); })],
    ['metadata that is no JSON', 'oauth.wellKnown', (app) => app.get('/.well-known/oauth-authorization-server/oauth', (_req, res) => { res.send('<html>'); })],
  ])('sees %s', async (_name, words, spoil) => {
    const { ok, code, wrong } = await examine(spoil);
    expect({ ok, code }).toEqual({ ok: false, code: 1 });
    expect(wrong.join('\n')).toContain(words);
  });

  it('says in words what is right and what is not', async () => {
    const { out, code } = await run(['doctor', 'http://192.0.2.1.invalid/oauth']);
    expect(code).toBe(1);
    expect(out).toMatch(/^WRONG the issuer uses http\n +serve it over https\nWRONG no metadata at /);
  });
});

describe('token', () => {
  let folder = '';
  beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'token-command-')); });
  afterAll(() => { rmSync(folder, { recursive: true }); });

  it('takes a key as PEM, and an audience, a client and a lifetime', async () => {
    const file = join(folder, 'key.pem');
    const { out: pem } = await run(['keys', '--alg', 'ES384', '--pem']);
    writeFileSync(file, pem);
    const made = await run(['token', '--key', file, '--alg', 'ES384', '--issuer', ISSUER, '--scope', 'a', '--client', 'worker', '--lifetime', '60', '--json']);
    expect(JSON.parse(made.out)).toMatchObject({ token_type: 'bearer', expires_in: 60 });
    const { access_token: token } = JSON.parse(made.out) as { access_token: string };
    const server = await startServer({ oauth: { keys: [{ alg: 'ES384', privateKey: pem }] } });
    expect(await R(server, token)).toMatchObject({ status: 200, json: { auth: { clientId: 'worker', subject: 'worker' } } });
    const elsewhere = await run(['token', '--key', file, '--alg', 'ES384', '--issuer', ISSUER, '--audience', 'https://other.example']);
    expect(await R(server, elsewhere.out)).toMatchObject({ status: 401 });
    await server.close();
  });

  it('takes a JWK that says neither what it is for nor its name', async () => {
    const file = join(folder, 'key.jwk');
    const jwk = JSON.parse((await run(['keys'])).out) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...jwk, alg: undefined, kid: undefined }));
    const { out } = await run(['token', '--key', file, '--issuer', ISSUER, '--scope', 'a']);
    const server = await startServer({ oauth: { keys: [{ alg: 'ES256', privateKey: jwk }] } });
    expect(await R(server, out)).toMatchObject({ status: 200 });
    await server.close();
  });

  it.each([
    ['no key', ['token', '--issuer', ISSUER], 2, '--key FILE'],
    ['no issuer', ['token', '--key', 'x'], 2, '--issuer URL'],
    ['a lifetime that is none', ['token', '--key', 'x', '--issuer', ISSUER, '--lifetime', '1.5'], 2, '--lifetime'],
    ['a file that is not there', ['token', '--key', '/nowhere/key', '--issuer', ISSUER], 1, 'express-token-endpoint token: '],
    ['a file that holds no key', ['token', '--key', __filename, '--issuer', ISSUER], 2, '--key: '],
    ['an algorithm that does not fit', ['hash', '--algorithm', 'md5'], 2, 'bcrypt or sha256'],
    ['a cost that is none', ['hash', '--algorithm', 'bcrypt', '--cost', 'high'], 1, 'cost'],
  ])('refuses %s', async (_name, args, code, words) => {
    expect(await run(args, 'a secret')).toMatchObject({ code, out: '', err: expect.stringContaining(words) as string });
  });
});
