import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateSecret } from '../../../lib';
import { clusterUrls, engineUrl } from '../../support/engines/urls';
import { freePorts } from '../../support/engines/process';
import { basic, post, send, type Answer } from '../../support/http';

const root = resolve(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'oauth-examples-'));
const secrets = { APP_SECRET: generateSecret(), SIGNING_SECRET: generateSecret() };
const asApp = basic('app', secrets.APP_SECRET);

afterAll(() => { rmSync(folder, { recursive: true }); });

const EXAMPLES: readonly (readonly [file: string, urls: () => readonly string[]])[] = [
  ['sqlite.ts', () => [join(folder, 'sessions.db')]],
  ['postgres.ts', () => [engineUrl('postgres')]],
  ['redis.ts', () => [engineUrl('redis')]],
  ['redis.ts', clusterUrls],
  ['ioredis.ts', () => [engineUrl('redis')]],
  ['ioredis.ts', clusterUrls],
  ['four-workers.ts', () => [engineUrl('redis')]],
];

async function start(file: string, urls: readonly string[], port: number): Promise<ChildProcess> {
  const env = { ...process.env, ...secrets, PORT: String(port) };
  const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'examples/stores', file), ...urls], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const text of child.stdout) if (String(text).includes('Listening')) break;
  child.stdout.resume();
  return child;
}

async function end(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  return (await Promise.race([ended, sleep(10_000, ['still runs'], { ref: false })]))[0];
}

it.each(EXAMPLES)('examples/stores/%s keeps a session through a restart', async (file, urls) => {
  const [port = 0] = await freePorts(1);
  const app = { url: `http://localhost:${String(port)}` };
  const token = (fields: Readonly<Record<string, string>>): Promise<Answer> => post(app, '/oauth/token', fields, asApp);

  const first = await start(file, urls(), port);
  const login = await token({ grant_type: 'password', username: 'mike', password: 'secret' });
  expect(login).toMatchObject({ status: 200 });
  expect(await end(first)).toBe(0);

  const second = await start(file, urls(), port);
  const refreshed = await token({ grant_type: 'refresh_token', refresh_token: String(login.json['refresh_token']) });
  expect(refreshed).toMatchObject({ status: 200 });
  const files = await send(app, '/files', { headers: { authorization: `Bearer ${String(refreshed.json['access_token'])}` } });
  expect(files.json).toMatchObject({ for: 'user-1' });
  expect(await end(second)).toBe(0);
}, 60_000);
