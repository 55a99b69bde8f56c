import express from 'express';
import { generateSecret, getAuth, hashSecret, oauthRouter, verifySecret, type Client, type TokenStore } from 'express-token-endpoint';

// Whoever starts the app again, or in several processes, has to give all of them the same secrets.
const { PORT = '3000', APP_SECRET = generateSecret(), SIGNING_SECRET = generateSecret() } = process.env;
const url = `http://localhost:${PORT}`;

/** The same app for every store: logs mike in, keeps his session in the store, and ends in order. */
export async function serve(store: TokenStore, closeHandle: () => Promise<unknown>): Promise<void> {
  const client: Client = { id: 'app', secretHash: await hashSecret(APP_SECRET), grants: ['password', 'refresh_token'], scopes: ['storage'], defaultScopes: ['storage'] };
  const mike = { id: 'user-1', passwordHash: await hashSecret('secret') };
  const oauth = oauthRouter({
    issuer: `${url}/oauth`,
    store,
    keys: [{ alg: 'HS256', secret: SIGNING_SECRET }],
    findClient: (clientId) => (clientId === client.id ? client : undefined),
    verifyUser: async (username, password) => {
      const user = username === 'mike' ? mike : undefined;
      return (await verifySecret(password, user?.passwordHash)) ? user : undefined;
    },
  });

  const app = express();
  app.use('/oauth', oauth);
  app.get('/files', oauth.requireBearer('storage'), (req, res) => {
    res.json({ for: getAuth(req).subject, from: process.pid });
  });
  const server = app.listen(Number(PORT));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.close(() => void oauth.close().then(closeHandle).then(() => process.exit()));
      server.closeIdleConnections();
    });
  }
}

export const instructions = (): string => `
Listening on ${url}. Paste these into another terminal.

# Log mike in, and keep the answer
LOGIN=$(curl -s ${url}/oauth/token -u app:${APP_SECRET} -d grant_type=password -d username=mike -d password=secret)

# Stop the app, start it again as follows, and the session is still there
export APP_SECRET=${APP_SECRET} SIGNING_SECRET=${SIGNING_SECRET}
curl -s ${url}/oauth/token -u app:${APP_SECRET} -d grant_type=refresh_token -d refresh_token=$(echo "$LOGIN" | node -pe 'JSON.parse(require("fs").readFileSync(0)).refresh_token')
`;
