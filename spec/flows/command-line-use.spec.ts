import { spawn } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import express from 'express';
import { version } from '../../lib/cli/version';
import { runCli, type Result } from '../../lib/cli/run';
import { listen, startServer } from '../support/app';
import { freePorts } from '../support/engines/process';
import { LOCALHOST_TLS } from '../support/localhost-tls';

const run = (args: readonly string[], input = ''): Promise<Result> => runCli(args, { input: async () => input, fetch });
const wrongOnes = (out: string): string[] => (JSON.parse(out) as { findings: { ok: boolean; what: string; cure?: string }[] }).findings.flatMap(({ ok, what, cure }) => (ok ? [] : [`${what} | ${String(cure)}`]));

describe('the command line in use', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'command-line-use-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('explains every option of every command, the exit codes, and its version', async () => {
    for (const [command, options] of Object.entries({ keys: ['alg', 'pem', 'out'], secret: ['id'], hash: ['algorithm', 'cost'], token: ['key', 'issuer', 'audience', 'client', 'user', 'scope', 'lifetime', 'alg'], doctor: [] })) {
      for (const flag of ['--help', '-h']) {
        const { out, code } = await run([command, flag]);
        expect(code).toBe(0);
        for (const option of [...options, 'json', 'help']) expect(out).toMatch(new RegExp(`^  --${option}\\b.*  \\S`, 'm'));
        expect(out).toContain('Exit codes: 0 ');
      }
    }
    expect(await run(['--version'])).toMatchObject({ code: 0, out: version() });
    expect(await run(['-h'])).toMatchObject({ code: 0, out: expect.stringContaining('doctor') as string });
  });

  it('takes no secret as an argument, and does not repeat what looks like one', async () => {
    for (const command of ['keys', 'secret', 'hash', 'token']) {
      const { code, out, err } = await run([command, 'correct-horse'], 'x');
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('standard input');
      expect(err).not.toContain('correct-horse');
    }
    expect(await run(['doctor', 'http://localhost', 'http://localhost'])).toMatchObject({ code: 2 });
  });

  it('shows no secret in the list of processes while it reads one', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--no-warnings', resolve(__dirname, '../../lib/cli/index.ts'), 'hash', '--algorithm', 'sha256']);
    const hashed = new Promise<string>((done) => child.stdout.once('data', (chunk: Buffer) => { done(chunk.toString()); }));
    child.stdin.write('correct-horse');
    const listed = readFileSync(`/proc/${String(child.pid)}/cmdline`, 'utf8') + readFileSync(`/proc/${String(child.pid)}/environ`, 'utf8');
    child.stdin.end();
    expect(await hashed).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(listed).toContain('hash');
    expect(listed).not.toContain('correct-horse');
  });

  it('writes a key into a file that its owner alone can read, and never over another', async () => {
    const file = join(folder, 'key.json');
    expect(await run(['keys', '--out', file])).toMatchObject({ code: 0, out: `A key for ES256 stands in ${file}.` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const made = readFileSync(file, 'utf8');
    expect(JSON.parse(made)).toMatchObject({ alg: 'ES256', use: 'sig', kid: expect.any(String) as string, d: expect.any(String) as string });
    expect((await run(['keys', '--out', file])).code).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(made);
    const told = await run(['keys', '--alg', 'HS256', '--out', join(folder, 'secret'), '--json']);
    expect(JSON.parse(told.out)).toEqual({ alg: 'HS256', file: join(folder, 'secret') });
  });

  describe('doctor', () => {
    it('says that nothing listens, that a name is not known, and that a certificate is not accepted', async () => {
      const [closed = 0] = await freePorts(1);
      expect(wrongOnes((await run(['doctor', `http://127.0.0.1:${String(closed)}/oauth`, '--json'])).out)).toEqual([expect.stringMatching(/nothing listens there \| start the app/)]);
      expect(wrongOnes((await run(['doctor', 'https://nowhere.invalid/oauth', '--json'])).out)).toEqual([expect.stringMatching(/the name of the host is not known/)]);
      const server = createServer(LOCALHOST_TLS);
      await new Promise<void>((done) => server.listen(0, done));
      const { port } = server.address() as AddressInfo;
      expect(wrongOnes((await run(['doctor', `https://localhost:${String(port)}/oauth`, '--json'])).out)).toEqual([expect.stringMatching(/certificate is not accepted \(\w+\) \| .*whole chain/)]);
      server.close();
      server.closeAllConnections();
    });

    it('goes on where the discovery documents are missing at the root alone, and says where nothing is mounted at all', async () => {
      const app = express();
      const front = await listen(app);
      const origin = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`;
      const server = await startServer({ oauth: { issuer: `${origin}/oauth` } });
      app.use('/oauth', server.oauth);
      const atMount = await run(['doctor', `${origin}/oauth`]);
      expect(atMount.out).toContain('app.use(oauth.wellKnown)');
      expect(atMount.out).toContain('ok    the JWKS has 1 key');
      expect(atMount.out).toMatch(/\n\n1 of \d+ things are wrong\.$/);
      const elsewhere = await run(['doctor', `${origin}/elsewhere`, '--json']);
      expect(wrongOnes(elsewhere.out)[1]).toContain('nothing of the router');
      app.use(server.oauth.wellKnown);
      expect((await run(['doctor', `${origin}/oauth`])).out).toMatch(/\n\nNothing is wrong\.$/);
      front.close();
      front.closeAllConnections();
      await server.close();
    });

    it.each([
      ['a token endpoint that is overloaded', (app: express.Express) => app.post('/oauth/token', (_req, res) => { res.set('Retry-After', '7').status(503).json({ error: 'temporarily_unavailable' }); }), /answers 503 \| .*in 7 s/],
      ['an answer of another type', (app: express.Express) => app.post('/oauth/token', (_req, res) => { res.status(401).set({ 'WWW-Authenticate': 'Basic realm="x"', 'Cache-Control': 'no-store' }).type('text/plain').send('{"error":"invalid_client"}'); }), /the answer is: text\/plain.*rewrites/],
      ['a JWKS of nonsense', (app: express.Express) => app.get('/oauth/jwks', (_req, res) => { res.json({ keys: 'none' }); }), /no JWKS/],
    ])('sees %s', async (_name, spoil, words) => {
      const app = express();
      const front = await listen(app);
      const origin = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`;
      const server = await startServer({ oauth: { issuer: `${origin}/oauth` } });
      spoil(app);
      app.use('/oauth', server.oauth).use(server.oauth.wellKnown);
      expect(wrongOnes((await run(['doctor', `${origin}/oauth`, '--json'])).out)).toEqual([expect.stringMatching(words)]);
      front.close();
      front.closeAllConnections();
      await server.close();
    });
  });
});
