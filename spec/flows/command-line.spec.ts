import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import express from 'express';
import { verifySecret, type KeyOption } from 'express-token-endpoint';
import { ISSUER, listen, startServer } from '../support/app';
import { R, send } from '../support/http';

const root = resolve(__dirname, '../..');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command as a person runs it: a process of its own. */
function run(args: readonly string[], input = ''): Promise<Run> {
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
    expect(await run(['keys', '--nope'])).toMatchObject({ code: 2, out: '' });
    expect((await run(['keys', '--help'])).out).toContain('--alg');
  });

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
