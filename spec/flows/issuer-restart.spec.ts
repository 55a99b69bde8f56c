import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { generateSecret } from '../../lib';
import { thumbprint } from '../../lib/tokens/keys';
import { until } from '../support/for-this-test';
import { basic, bearer, post, send } from '../support/http';
import { es256, forge } from '../support/jwt';

const root = resolve(__dirname, '../..');

/** A port that was free a moment ago. */
const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => { done(port); });
    });
  });

const children: ChildProcess[] = [];
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
});

function start(file: string, env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'examples/two-processes', file)], { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  return child;
}

const end = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once('exit', () => { done(); }).kill('SIGKILL');
  });

const answers = (url: string): Promise<boolean> => fetch(url).then(() => true, () => false);

/** What goes on at the resource server, each kind with the statuses that are right whether or not the issuer is there. */
interface Kind {
  readonly path: string;
  readonly token: () => string | undefined;
  readonly right: readonly number[];
}

it('the issuer of the example is killed and restarted under load, and nobody gets a wrong answer', async () => {
  const [issuerPort, storagePort] = [await freePort(), await freePort()];
  const issuer = { url: `http://localhost:${String(issuerPort)}` };
  const storage = { url: `http://localhost:${String(storagePort)}` };
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = {
    ISSUER_PORT: String(issuerPort), STORAGE_PORT: String(storagePort), ISSUER: `${issuer.url}/oauth`, STORAGE_URL: `${storage.url}/`,
    ISSUER_KEY: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), APP_SECRET: generateSecret(), STORAGE_SECRET: generateSecret(),
  };
  const app = basic('app', env.APP_SECRET);
  const issued = async (): Promise<string> => String((await post(issuer, '/oauth/token', { grant_type: 'client_credentials' }, app)).json['access_token']);
  const fresh = (claims: object = {}, header: object = {}, signing: KeyObject = key.privateKey): string =>
    forge({ header: { kid: thumbprint(key.publicKey), ...header }, claims: { iss: env.ISSUER, aud: env.STORAGE_URL, scope: 'storage', ...claims }, sign: es256(signing) });

  let issuing = start('issuer.ts', env);
  const storing = start('resource-server.ts', env);
  let complaints = '';
  storing.stderr?.on('data', (text: Buffer) => (complaints += text.toString()));
  await until(async () => (await answers(issuer.url)) && (await answers(storage.url)), Boolean);

  const token = await issued();
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const past = Math.floor(Date.now() / 1000) - 60;
  const kinds: Readonly<Record<string, Kind>> = {
    'known, by keys': { path: '/files', token: () => token, right: [200] },
    'new, by keys': { path: '/files', token: fresh, right: [200] },
    'of a stranger, by keys': { path: '/files', token: () => fresh({}, {}, stranger), right: [401] },
    'of an unknown key, by keys': { path: '/files', token: () => fresh({}, { kid: generateSecret() }, stranger), right: [401, 503] },
    'expired, by keys': { path: '/files', token: () => fresh({ iat: past - 60, exp: past }), right: [401] },
    'without scope, by keys': { path: '/files', token: () => fresh({ scope: undefined }), right: [403] },
    'none, by keys': { path: '/files', token: () => undefined, right: [401] },
    'known, by asking': { path: '/keys-to-the-safe', token: () => token, right: [200, 503] },
    'new, by asking': { path: '/keys-to-the-safe', token: fresh, right: [200, 503] },
    'of a stranger, by asking': { path: '/keys-to-the-safe', token: () => fresh({}, {}, stranger), right: [401, 503] },
    'none, by asking': { path: '/keys-to-the-safe', token: () => undefined, right: [401] },
  };
  let phase = 'before';
  let wrong: unknown[] = [];
  const seen: Record<string, number> = {};
  const request = async (name: string): Promise<number> => {
    const { path, token: make, right } = kinds[name] as Kind;
    const shown = make();
    const { status, headers, json } = await send(storage, path, { headers: shown === undefined ? {} : bearer(shown) });
    const complete = status === 200 ? Array.isArray(json['files'] ?? json['keys']) : status !== 503 || headers.get('retry-after') !== null;
    if (!right.includes(status) || !complete) wrong = [...wrong, { name, status, json, phase }];
    const line = `${phase}: ${name}: ${String(status)}`;
    seen[line] = (seen[line] ?? 0) + 1;
    return status;
  };

  // Both ways have asked the issuer before it dies.
  for (const name of Object.keys(kinds)) await request(name);
  expect({ wrong, unavailable: Object.keys(seen).filter((line) => line.endsWith('503')) }).toEqual({ wrong: [], unavailable: [] });
  let over = false;
  const load = Promise.all(Array.from({ length: 4 }, async () => {
    while (!over) for (const name of Object.keys(kinds)) await request(name);
  }));

  await until(() => seen['before: new, by asking: 200'] ?? 0, (count) => count > 20);
  await end(issuing);
  phase = 'down';
  await until(() => seen['down: new, by asking: 503'] ?? 0, (count) => count > 50);
  issuing = start('issuer.ts', env);
  await until(() => answers(issuer.url), Boolean);
  phase = 'back';
  await until(() => (seen['back: new, by asking: 200'] ?? 0) > 20 && (seen['back: of an unknown key, by keys: 401'] ?? 0) > 20, Boolean);
  phase = 'after';
  await until(() => seen['after: known, by asking: 200'] ?? 0, (count) => count > 20);
  over = true;
  await load;

  expect(wrong).toEqual([]);
  expect(seen['down: known, by keys: 200']).toBeGreaterThan(20);
  expect(seen['down: new, by keys: 200']).toBeGreaterThan(20);
  expect(Object.keys(seen).filter((line) => line.startsWith('after: ') && line.endsWith('503'))).toEqual([]);
  expect((await send(storage, '/files', { headers: bearer(await issued()) })).status).toBe(200);
  // It told its operator why, and never died: an unhandled rejection would have ended it.
  expect({ exit: storing.exitCode, signal: storing.signalCode }).toEqual({ exit: null, signal: null });
  expect(complaints).toContain('express-token-endpoint: fault in requireBearer');
  expect(complaints).not.toMatch(/unhandled/i);
  expect(complaints).not.toContain(env.STORAGE_SECRET);
}, 300_000);
