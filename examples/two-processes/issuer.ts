// The process that issues tokens. Start both processes with start.ts.
import express from 'express';
import { hashSecret, oauthRouter, verifySecret, type Client } from 'express-token-endpoint';

const { ISSUER_PORT = '3000', STORAGE_URL = 'http://localhost:3001/', ISSUER_KEY = '', APP_SECRET = '', STORAGE_SECRET = '' } = process.env;

async function main(): Promise<void> {
  const clients = new Map<string, Client>([
    // Our own app logs users in, and may ask for tokens that are good at the storage service.
    ['app', { id: 'app', secretHash: await hashSecret(APP_SECRET), grants: ['client_credentials', 'password', 'refresh_token'], scopes: ['storage'], defaultScopes: ['storage'] }],
    // The storage service is a client too: it may ask what a token is, if the token is meant for it.
    ['storage', { id: 'storage', secretHash: await hashSecret(STORAGE_SECRET), grants: [], scopes: [], audiences: [STORAGE_URL], introspection: true }],
  ]);
  const mike = { id: 'user-1', passwordHash: await hashSecret('secret') };

  const oauth = oauthRouter({
    issuer: `http://localhost:${ISSUER_PORT}/oauth`,
    // A key that outlives the process: tokens from before a restart stay good. (So do revoked ones here: give it a store.)
    keys: [{ alg: 'ES256', privateKey: ISSUER_KEY }],
    accessToken: { audience: STORAGE_URL },
    findClient: (clientId) => clients.get(clientId),
    verifyUser: async (username, password) => {
      const user = username === 'mike' ? mike : undefined;
      return (await verifySecret(password, user?.passwordHash)) ? user : undefined;
    },
  });

  const app = express();
  app.use('/oauth', oauth);
  app.use(oauth.wellKnown); // where the storage service finds the keys
  app.listen(Number(ISSUER_PORT));
}

void main();
