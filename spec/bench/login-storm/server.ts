// The server of login-storm.ts, in a process of its own: logins at bcrypt cost 12 beside a protected route and one that reads a file.
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { generateSecret, hashSecret, oauthRouter, verifySecret, type Client } from '../../../lib';

const FILE = join(__dirname, '../../../package.json');

async function main(): Promise<void> {
  // One hash for all: what is measured is how long it takes, not whose it is.
  const hash = await hashSecret('right', { algorithm: 'bcrypt', cost: 12 });
  const issuer = 'http://localhost/oauth';
  const rest = { grants: ['password', 'client_credentials'], scopes: ['a'], defaultScopes: ['a'] };
  const app: Client = { id: 'app', secretHash: await hashSecret('secret', { algorithm: 'sha256' }), ...rest };
  const oauth = oauthRouter({
    issuer,
    keys: [{ alg: 'HS256', secret: generateSecret() }],
    // Every other name is a client whose secret a person chose.
    findClient: (id) => (id === 'app' ? app : { id, secretHash: hash, ...rest }),
    verifyUser: async (username, password) => ((await verifySecret(password, username === 'nobody' ? undefined : hash)) ? { id: username } : undefined),
    throttle: process.argv[2] !== 'unthrottled',
    onEvent: () => undefined,
  });
  const server = express();
  server.set('trust proxy', 'loopback');
  server.use('/oauth', oauth);
  server.get('/protected', oauth.requireBearer('a'), (_req, res) => { res.json({ done: true }); });
  server.get('/file', async (_req, res) => { res.json({ bytes: (await readFile(FILE)).length }); });
  const listening = server.listen(0, '127.0.0.1', () => process.send?.((listening.address() as AddressInfo).port));
}

void main();
