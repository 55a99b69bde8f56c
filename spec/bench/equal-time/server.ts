// The server of equal-time.ts, in a process of its own: routers whose answers must not tell by their time who exists.
import type { AddressInfo } from 'node:net';
import express from 'express';
import { generateSecret, hashSecret, oauthRouter, verifySecret, type Client, type OAuthRouterOptions } from '../../../lib';

const COST = 10;
const bcrypt = (text: string): Promise<string> => hashSecret(text, { algorithm: 'bcrypt', cost: COST });
const sha256 = (text: string): Promise<string> => hashSecret(text, { algorithm: 'sha256' });
const GRANTS = { grants: ['client_credentials', 'password'], scopes: ['a'] };
/** Counted as ever, but never full: a refusal would take no time at all. */
const ENDLESS = { points: 1_000_000 };
const throttle = { userAndAddress: ENDLESS, user: ENDLESS, address: ENDLESS, clientAndAddress: ENDLESS, client: ENDLESS };

async function main(): Promise<void> {
  const app = express();
  const mount = (path: string, clients: readonly Client[], options: Partial<OAuthRouterOptions> = {}): void => {
    const byId = new Map(clients.map((client) => [client.id, client]));
    const keys = [{ alg: 'HS256', secret: generateSecret() }] as const;
    app.use(path, oauthRouter({ issuer: `http://localhost${path}`, findClient: (id) => byId.get(id), keys, throttle, onEvent: () => undefined, ...options }));
  };
  const quick: Client = { id: 'quick', secretHash: await sha256('right'), ...GRANTS };
  const slow: Client = { id: 'slow', secretHash: await bcrypt('right'), ...GRANTS };
  mount('/sha256', [quick]);
  mount('/bcrypt', [slow]);
  mount('/both', [quick, slow]);

  const hashes = new Map([['ana', await bcrypt('right')]]);
  mount('/users', [quick], {
    verifyUser: async (username, password) => ((await verifySecret(password, hashes.get(username))) ? { id: username } : undefined),
  });
  mount('/careless', [quick], {
    verifyUser: async (username, password) => {
      const hash = hashes.get(username);
      return hash !== undefined && (await verifySecret(password, hash)) ? { id: username } : undefined;
    },
  });
  const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

void main();
